"""Trains the gate of triage: which words tell of documents that hold claims of our subject.

Relevant are the corpus's train articles with claims, and raw documents in which the pipeline finds claims of the
subject (`[silver]` of triage.toml); off-topic are raw documents in which it finds none. What lies between is left out.
Words are learned by their presence. The threshold lets a fixed share of the off-topic text in, measured by models that
did not see it. Recall is measured likewise, and on the corpus's dev and test articles and other annotated ones.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from claimstake import output, pipeline
from claimstake.knowledge import tables
from claimstake.linear import LinearModel
from claimstake.records import AnnotatedDocument, Article
from claimstake.training import linear, measuring
from claimstake.training.linear import Sample
from claimstake.training.mentions import articles
from claimstake.training.silver import read_raw
from claimstake.training.stages import OFTEN
from claimstake.triage import gate
from claimstake.triage.gate import UNIT, Gate

if TYPE_CHECKING:
    from claimstake.training.run import Context

OUTCOME = "relevant"
STRENGTH = 0.1  # inverse regularisation; of 0.03 to 1 the one with the widest margin on dev
RAREST = 4  # documents that a word must occur in
PASSED = 0.06  # share of the off-topic text that the weights let in
GOLD_WEIGHT = 3.0
REGULATORY_WEIGHT = 0.1  # of off-topic documents of official journals: nearly all of the corpus' kind are relevant
JOURNALS = ("federal-register",)  # raw files of official journals
SMALLEST = 20  # thousandths of log-odds; lighter words are left out
FOLDS = 5
QUICK = 40  # documents of each raw file
SILVER = "triage.jsonl"  # in the work folder: what the pipeline found, for the next training


@dataclass(frozen=True)
class Text:
    """A document to learn from or to measure on.

    Attributes:
        id: names it.
        set: "corpus", the name of a raw file, or that of a set that is only measured on.
        words: see `gate.words_of`; of corpus articles only those of the body, so that menus tell nothing.
        whole: the text itself.
        relevant: None where nobody knows.
        size: characters.
    """

    id: str
    set: str
    words: tuple[str, ...]
    whole: str
    relevant: bool | None

    @property
    def size(self) -> int:
        return len(self.whole)


def train(context: Context) -> dict[str, Any]:
    """Fit the gate and write it to triage.json beside the base.

    Returns:
        Counts of documents, recall by set with the log-odds between threshold and worst document, and the share let in.
    """
    learned = [*corpus(context, "train"), *raw(context)]
    scores = out_of_fold(learned)
    threshold = threshold_of(learned, scores)
    model = fitted(learned)
    path = context.out / gate.FILE
    save(model, threshold, path)
    ready = Gate.load(path)
    seen = measured_out_of_fold(learned, scores, threshold, ready)
    unseen = {name: recall(texts, ready) for name, texts in measured_on(context)}
    counts = {f"{name}, {side}": n for (name, side), n in sorted(Counter(map(_side, learned)).items())}
    found: dict[str, Any] = {"documents": counts, "words": len(model.features)}
    found |= {"threshold": round(threshold, 3), "bias": round(float(model.bias[0]), 3)}
    return found | {"recall": {**seen["recall"], **unseen}, "let in": seen["let in"], "files": [str(path)]}


def corpus(context: Context, part: str) -> list[Text]:
    """The corpus's articles of a part; those with claims are relevant."""
    return [
        Text(
            document.article["id"],
            "corpus" if part == "train" else f"corpus, {part}",
            tuple(gate.words_of(" ".join(document.record.doc.text[s.start : s.end] for s in document.record.doc.body))),
            document.article["text"],
            bool(document.record.claims),
        )
        for document in articles(context, part)
    ]


def raw(context: Context) -> Iterator[Text]:
    """Unlabelled documents with what the pipeline's claims make of them."""
    found = _Silver(context)
    for file in context.raw_files:
        name = file.name.removesuffix(".gz").removesuffix(".jsonl")
        rows = list(read_raw(file))[: QUICK if context.quick else None]
        for number, article in enumerate(rows, 1):
            points, claims = found.of(article)
            context.tell(step=f"triage {name}", at=number, of=len(rows))
            relevant = _relevant(name, points, claims)
            yield Text(f"{name}/{article.id}", name, tuple(gate.words_of(article.text)), article.text, relevant)
    found.close()


def _relevant(name: str, points: int, claims: int) -> bool | None:
    if name in OFTEN:
        return True if claims else None
    asked = tables.toml("triage.toml")["silver"]["relevant"]
    return True if points >= asked else None if points else False


def points_of(record: AnnotatedDocument) -> int:
    """How much the claims of a document tell that it is of our subject: see `[silver]` of triage.toml."""
    rules = tables.toml("triage.toml")["silver"]
    labels = {entity.id: entity.label for entity in record.entities}
    return sum(
        rules["predicates"].get(claim.predicate)
        or max(rules["labels"].get(labels[end], 0) for end in (claim.subject, claim.object))
        for claim in record.claims
        if claim.confidence >= rules["confidence"]
    )


class _Silver:
    """Points and claims of documents: from the last training with the same base, else by the pipeline."""

    def __init__(self, context: Context) -> None:
        self._context, self._nlp = context, None
        self._path = context.work / SILVER
        manifest = context.base / "manifest.json"
        self._key = hashlib.sha256(manifest.read_bytes()).hexdigest()[:16] if manifest.is_file() else ""
        rows = self._path.read_text(encoding="utf-8").splitlines() if self._path.is_file() else []
        kept = [json.loads(row) for row in rows]
        self._known = {row["sha256"]: (row["points"], row["claims"]) for row in kept if row["base"] == self._key}

    def of(self, article: Article) -> tuple[int, int]:
        digest = hashlib.sha256(article.text.encode("utf-8", "replace")).hexdigest()[:20]
        if digest not in self._known:
            self._nlp = self._nlp or pipeline.build(self._context.base)
            record = output.document(pipeline.annotate(self._nlp, article))
            self._known[digest] = points_of(record), len(record.claims)
        return self._known[digest]

    def close(self) -> None:
        """Keep what is known."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        rows = ({"base": self._key, "sha256": s, "points": p, "claims": c} for s, (p, c) in self._known.items())
        self._path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def fitted(texts: Iterable[Text]) -> LinearModel:
    """A logistic regression over the presence of words."""
    ignored = frozenset(tables.toml("triage.toml")["ignored"]["words"])
    samples = [
        Sample(
            text.id,
            [w for w in set(text.words) if _counts(w) and w not in ignored],
            {OUTCOME: text.relevant},
            _weight(text),
        )
        for text in texts
        if text.relevant is not None
    ]
    return linear.fit(samples, [OUTCOME], strength=STRENGTH, rarest=RAREST)


def _counts(word: str) -> bool:
    """Whether a word can tell of a subject: not a letter, and not a number."""
    return len(word) > 1 and not word.isdigit()


def _weight(text: Text) -> float:
    if text.set == "corpus":
        return GOLD_WEIGHT if text.relevant else 1.0
    return REGULATORY_WEIGHT if text.set in JOURNALS and not text.relevant else 1.0


def out_of_fold(texts: Sequence[Text]) -> np.ndarray:
    """Log-odds of each document by a model that did not see it: (texts,)."""
    scores = np.zeros(len(texts))
    folds = np.array([zlib.crc32(text.id.encode()) % FOLDS for text in texts])
    for fold in range(FOLDS):
        model = fitted(text for text, number in zip(texts, folds, strict=True) if number != fold)
        for i in np.flatnonzero(folds == fold):
            rows = sorted({model.features[w] for w in gate.words_of(texts[i].whole) if w in model.features})
            scores[i] = float(model.weights[rows].sum() + model.bias[0])
    return scores


def threshold_of(texts: Sequence[Text], scores: np.ndarray) -> float:
    """The log-odds that `PASSED` of the off-topic text reaches, that of official journals left out."""
    rows = [i for i, text in enumerate(texts) if text.relevant is False and text.set not in JOURNALS]
    if not rows:
        return -1.0
    order = sorted(rows, key=lambda i: -scores[i])
    sizes = np.cumsum([texts[i].size for i in order]) / sum(texts[i].size for i in order)
    return float(scores[order[min(int(np.searchsorted(sizes, PASSED)), len(order) - 1)]])


def save(model: LinearModel, threshold: float, path: Any) -> None:
    """Write the gate as JSON, a word a line."""
    whole = {word: round(float(model.weights[row, 0]) * UNIT) for word, row in model.features.items()}
    kept = {word: whole[word] for word in sorted(whole) if abs(whole[word]) >= SMALLEST}
    found = {"threshold": round(threshold * UNIT), "bias": round(float(model.bias[0]) * UNIT), "weights": kept}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=0) + "\n", encoding="utf-8")


def measured_on(context: Context) -> Iterator[tuple[str, list[Text]]]:
    """Sets that nothing was learned from: the corpus's dev and test articles, and other annotated articles."""
    from claimstake.training.card import evaluation_folder

    for part in ("dev", "test"):
        yield f"corpus, {part}", corpus(context, part)
    folder = evaluation_folder(context)
    if folder is not None and not context.quick:
        gold = measuring.folder(folder)
        yield "other articles", [_other(article, gold.annotations[article.id]) for article in gold.articles]


def _other(article: Article, record: Any) -> Text:
    return Text(article.id, "other articles", (), article.text, bool(record.claims))


def recall(texts: Sequence[Text], ready: Gate) -> dict[str, Any]:
    """How many documents with claims are let in, and by how much the weights alone clear the worst."""
    wanted = [text for text in texts if text.relevant]
    passed = sum(ready.relevant(text.whole) for text in wanted)
    margin = min((ready.score(text.whole) for text in wanted), default=0.0) - ready.threshold
    return _recall(passed, len(wanted), margin)


def measured_out_of_fold(texts: Sequence[Text], scores: np.ndarray, threshold: float, ready: Gate) -> dict[str, Any]:
    """Recall by set, and the share let in of off-topic documents and of their text, by models that did not see them."""
    recalls: dict[str, Any] = {}
    shares: dict[str, Any] = {}
    let_in = [_passes(ready, text.whole, score, threshold) for text, score in zip(texts, scores, strict=True)]
    for name in dict.fromkeys(text.set for text in texts):
        wanted = [i for i, text in enumerate(texts) if text.set == name and text.relevant]
        if wanted:
            kind = "" if name == "corpus" else "as the pipeline finds claims, "
            margin = min(scores[i] for i in wanted) - threshold
            recalls[f"{name}, {kind}out of fold"] = _recall(sum(let_in[i] for i in wanted), len(wanted), margin)
        others = [i for i, text in enumerate(texts) if text.set == name and text.relevant is False]
        if others:
            sizes = np.array([texts[i].size for i in others])
            share = float(sizes[[let_in[i] for i in others]].sum() / sizes.sum())
            documents = sum(let_in[i] for i in others) / len(others)
            shares[name] = {"off-topic": len(others), "documents": round(documents, 4), "text": round(share, 4)}
    return {"recall": recalls, "let in": shares}


def _passes(ready: Gate, text: str, score: float, threshold: float) -> bool:
    verdict = ready.explain(text)
    return verdict.relevant if verdict.reason != "evidence" else bool(score >= threshold)


def _recall(passed: int, wanted: int, margin: float) -> dict[str, Any]:
    share = round(passed / wanted, 4) if wanted else 1.0
    return {"with claims": wanted, "let in": passed, "recall": share, "margin": round(float(margin), 2)}


def _side(text: Text) -> tuple[str, str]:
    return text.set, {True: "relevant", False: "off-topic", None: "left out"}[text.relevant]
