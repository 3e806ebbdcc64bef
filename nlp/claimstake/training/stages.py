"""The steps of `training.run` that make the neural base: silver, student, recogniser."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from claimstake.errors import CorpusError
from claimstake.records import Article
from claimstake.training import base, check, neural, silver, student
from claimstake.training.augment import SILVER, Augmenter, Names
from claimstake.training.inline import Annotated
from claimstake.training.neural import Plan, Source
from claimstake.training.run import Context, Result

GOLD = "gold.spacy"
HELD_OUT = 300  # chunks of silver that are only measured on; a tenth where there are few
OFTEN = ("press-domain",)  # raw files of our own domain are learned twice as often as others
GOLD_TOKENS, SILVER_TOKENS = 1100, 900  # of a batch of stage 2


@dataclass(frozen=True)
class Length:
    """Steps of training, and tokens of a batch (stage 1: at first and later)."""

    student: int = 8250
    recogniser: int = 1500
    batch: tuple[int, int] = (1000, 2000)


LONG = Length()
QUICK = Length(student=20, recogniser=10, batch=(400, 400))


def length(context: Context) -> Length:
    return QUICK if context.quick else LONG


def make_silver(context: Context) -> Result:
    """Silver annotations of the raw texts, and the train and dev articles with their gold mentions."""
    documents = read_articles(context)
    nlp = silver.teacher()
    counts: dict[str, int] = {}
    for name, articles in _raw(context, documents):
        told = _told(context, articles, f"silver {name}")
        counts[name] = silver.save(silver.make(nlp, told), context.silver / f"{name}.spacy")
    with silver.parsing(nlp):
        docs = (silver.gold(nlp, document.record) for document in _told(context, documents, "gold"))
        counts["gold"] = silver.save(docs, context.silver / GOLD)
    for name in ("tagger", "parser"):
        srsly.write_json(context.silver / f"{name}.json", nlp.get_pipe(name).label_data)
    return {"documents": counts}


def make_student(context: Context) -> Result:
    """Stage 1: the student, with spaCy's own parser, in the folder `student`."""
    vocab = Vocab()
    found = {p.stem: silver.load(p, vocab) for p in sorted(context.silver.glob("*.spacy")) if p.name != GOLD}
    gold = silver.load(context.silver / GOLD, vocab)
    labels = neural.labels_in([*gold, *(doc for docs in found.values() for doc in docs)])
    learned, held_out = _parted([c for n, docs in found.items() for c in _often(n, silver.chunks(docs))], context)
    lengths = length(context)
    nlp, history = neural.distil(
        learned,
        held_out,
        labels,
        context.silver,
        Plan(lengths.student, seed=context.seed),
        change=Augmenter(Names(), spacy.blank("en").tokenizer, random.Random(context.seed), SILVER),
        batch=lengths.batch,
        watch=_watch(context, "student"),
    )
    nlp.to_disk(context.student)
    return _measured(context.student, history)


def make_recogniser(context: Context) -> Result:
    """Stage 2: the bases of the folds, and the one that learned all train articles, as they are used at run time."""
    results: Result = {}
    for number, path in [*context.folds, (None, context.base)]:
        results["full" if number is None else f"fold{number}"] = _fine_tuned(context, number, path)
    return results


def _fine_tuned(context: Context, fold: int | None, path: Path) -> Result:
    """Fine-tune a copy of the student without the articles of a fold; None learns from all of train."""
    nlp = spacy.load(context.student)
    gold = silver.load(context.silver / GOLD, nlp.vocab)
    train = [doc for doc in gold if context.splits[silver.id_of(doc)] == "train"]
    dev = [doc for doc in gold if context.splits[silver.id_of(doc)] == "dev"]
    learned = [doc for doc in train if fold is None or context.fold_of(silver.id_of(doc)) != fold]
    left_out = [doc for doc in train if fold is not None and context.fold_of(silver.id_of(doc)) == fold]
    rehearsed = [
        chunk
        for file in sorted(context.silver.glob("*.spacy"))
        if file.name != GOLD
        for chunk in silver.chunks(_without(left_out, silver.load(file, nlp.vocab)))
    ]
    rehearsed, measured = _parted(rehearsed, context)
    chance = random.Random(context.seed)
    change = Augmenter(Names.gathered(learned), nlp.tokenizer, chance)
    sources = [
        Source(silver.chunks(learned), GOLD_TOKENS, change=change),
        Source(rehearsed, SILVER_TOKENS, change=Augmenter(Names(), nlp.tokenizer, chance, SILVER)),
    ]
    held_out = {"dev" if fold is None else "fold": silver.chunks(dev if fold is None else left_out), "silver": measured}
    plan = Plan(length(context).recogniser, rate=0.0007, dropout=0.15, warm_up=0, seed=context.seed)
    name = "recogniser" if fold is None else f"recogniser, fold {fold}"
    history = neural.fine_tune(nlp, sources, held_out, plan, _watch(context, name))
    write_base(student.runtime(nlp), path)
    return _measured(context.work / path.name, history)


def write_base(nlp: Language, path: Path) -> None:
    """Write a run-time base with a manifest; what else lies in the folder stays."""
    path.mkdir(parents=True, exist_ok=True)
    nlp.to_disk(path)
    base.drop_strings(path)
    base.write_manifest(path)


def read_articles(context: Context) -> list[Annotated]:
    """The annotated articles of train and dev; test articles are for nobody.

    Raises:
        CorpusError: an article does not parse or has no split, or train is empty.
    """
    report = check.check([context.articles])
    if report.errors:
        raise CorpusError(report.errors[0])
    found = list(report.documents.values())
    if lacking := [d.article["id"] for d in found if d.article["id"] not in context.splits]:
        raise CorpusError(f"{lacking[0]}: is in no split; claimstake corpus split gives it one")
    kept = [document for document in found if context.splits[document.article["id"]] in ("train", "dev")]
    if not any(context.splits[document.article["id"]] == "train" for document in kept):
        raise CorpusError(f"{context.corpus}: no article is in the train split")
    return kept


def _raw(context: Context, documents: Sequence[Annotated]) -> Iterable[tuple[str, Iterable[Article]]]:
    """Name and articles of each source of silver."""
    for file in context.raw_files:
        yield file.name.removesuffix(".gz").removesuffix(".jsonl"), silver.read_raw(file)
    if context.raw is None:
        train = [d for d in documents if context.splits[d.article["id"]] == "train"]
        yield "corpus", [Article(**document.article) for document in train]


def _often(name: str, chunks: list[silver.Chunk]) -> list[silver.Chunk]:
    return chunks * 2 if name in OFTEN else chunks


def _without(left_out: Sequence[Doc], docs: Iterable[Doc]) -> list[Doc]:
    """Silver docs that are not articles of the fold left out: there they would tell what the rules found in them."""
    ids = {silver.id_of(doc) for doc in left_out}
    return [doc for doc in docs if silver.id_of(doc) not in ids]


def _parted(chunks: list[silver.Chunk], context: Context) -> tuple[list[silver.Chunk], list[silver.Chunk]]:
    """Chunks to learn from and chunks to measure on; of one article all are on one side."""
    order = sorted({silver.id_of(chunk.doc) for chunk in chunks})
    random.Random(context.seed).shuffle(order)
    most = min(HELD_OUT, len(chunks) // 10)
    held: set[str] = set()
    by_id: dict[str, list[silver.Chunk]] = {}
    for chunk in chunks:
        by_id.setdefault(silver.id_of(chunk.doc), []).append(chunk)
    size = 0
    for id_ in order[:-1]:
        if size >= most:
            break
        held.add(id_)
        size += len(by_id[id_])
    learned = [chunk for chunk in chunks if silver.id_of(chunk.doc) not in held]
    return learned, [chunk for chunk in chunks if silver.id_of(chunk.doc) in held][:HELD_OUT]


def _measured(path: Path, history: list[dict[str, Any]]) -> Result:
    """Keep the measurements beside the work, and give back the last."""
    path.parent.mkdir(parents=True, exist_ok=True)
    srsly.write_json(path.with_name(f"{path.name}.scores.json"), history)
    return {key: value for key, value in history[-1].items() if key not in ("losses", "at", "of")}


def _watch(context: Context, name: str) -> Callable[[dict[str, Any]], None]:
    return lambda event: context.tell(step=name, **event)


def _told(context: Context, items: Iterable[Any], name: str) -> Iterable[Any]:
    for number, item in enumerate(items, 1):
        yield item
        context.tell(step=name, at=number)
