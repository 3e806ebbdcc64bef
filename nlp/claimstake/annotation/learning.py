"""What learns in a simulation: the recogniser of a student, fine-tuned like `stages.make_recogniser` does, but shorter.

Tagger and parser stand still meanwhile. Forty updates take some three seconds on a core.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from claimstake.annotation import signals
from claimstake.annotation.order import Signals
from claimstake.attributes import BODY, MENTIONS, PROBABILITIES, RECOGNISED
from claimstake.errors import ModelError
from claimstake.records import AnnotatedDocument, Entity
from claimstake.training import neural, retrain, silver
from claimstake.training.augment import SILVER, Augmenter, Names
from claimstake.training.neural import Plan, Source
from claimstake.training.stages import GOLD, OFTEN

LEARNING = ("tok2vec", "claimstake_recognizer")
MADE = "claimstake train --raw RAW --work build/train --only silver --only student makes one in build/train/student"


@dataclass(frozen=True)
class Lesson:
    """How a model learns in one round.

    Attributes:
        steps: updates.
        own, rehearsed: tokens of a batch from what was revealed, and from silver.
        rate, dropout: as `neural.Plan`.
        chunks: of silver, drawn once.
    """

    steps: int = 40
    own: int = 700
    rehearsed: int = 300
    rate: float = 0.001
    dropout: float = 0.15
    chunks: int = 1500


class RecogniserLearner:
    """A recogniser that has learned no annotated article, and gold to reveal.

    Args:
        path: folder of a student (`claimstake train --only student`), or of a run-time base.
        pool: documents that can be revealed.
        held_out: documents that are measured on.
        rehearsed: folder of silver annotations, of which some are rehearsed; None rehearses nothing.
        lesson: see `Lesson`.
        rules: document id to the bounds and label of what rules find in the pool; without it nothing disagrees.

    Raises:
        ModelError: there is no such student.
    """

    def __init__(
        self,
        path: Path,
        pool: Sequence[AnnotatedDocument],
        held_out: Sequence[AnnotatedDocument],
        *,
        rehearsed: Path | None = None,
        lesson: Lesson = Lesson(),  # noqa: B008 - frozen
        rules: Mapping[str, signals.Spans] | None = None,
    ) -> None:
        self.nlp, self.lesson, self.rules = loaded(path), lesson, rules
        self.pool = {document.doc.id: document for document in pool}
        with silver.parsing(self.nlp):
            self._gold = {document.doc.id: silver.gold(self.nlp, document) for document in pool}
            self._held_out = silver.chunks(silver.gold(self.nlp, document) for document in held_out)
        self._silver = drawn(rehearsed, self.nlp, lesson.chunks) if rehearsed else []
        self.nlp.remove_pipe("claimstake_sentences")
        self.nlp.select_pipes(enable=list(LEARNING))
        self._start = self._weights()

    def start(self) -> dict[str, bytes]:
        return self._start

    def learn(self, model: dict[str, bytes], ids: Sequence[str], seed: int) -> dict[str, bytes]:
        self._adopt(model)
        docs, lesson, chance = [self._gold[name] for name in sorted(ids)], self.lesson, random.Random(seed)
        sources = [Source(silver.chunks(docs), lesson.own, change=self._change(Names.gathered(docs), chance))]
        if self._silver:
            change = Augmenter(Names(), self.nlp.tokenizer, chance, SILVER)
            sources.append(Source(self._silver, lesson.rehearsed, change=change))
        plan = Plan(lesson.steps, lesson.rate, lesson.dropout, warm_up=0, every=lesson.steps + 1, seed=seed)
        neural.fine_tune(self.nlp, sources, {}, plan)
        return self._weights()

    def look(self, model: dict[str, bytes], ids: Sequence[str]) -> tuple[list[AnnotatedDocument], dict[str, Signals]]:
        self._adopt(model)
        records, known = [], {}
        for name in ids:
            doc = self._read(self._gold[name])
            records.append(_record(doc, self.pool[name]))
            found = {(s.start_char, s.end_char, s.label_) for s in doc.spans[RECOGNISED]}
            differing = signals.disagreements(found, self.rules[name]) if self.rules is not None else 0
            known[name] = Signals(differing, signals.uncertainty(doc.user_data[PROBABILITIES][0]))
        return records, known

    def measure(self, model: dict[str, bytes]) -> dict[str, float]:
        self._adopt(model)
        found = neural.scores(self.nlp, {"here": self._held_out})["here"]
        return {"precision": found["ents_p"], "recall": found["ents_r"], "f1": found["ents_f"]}

    def _change(self, names: Names, chance: random.Random) -> Augmenter:
        return Augmenter(names, self.nlp.tokenizer, chance)

    def _read(self, gold: Doc) -> Doc:
        """A doc of the same words as the model sees it."""
        doc = Doc(self.nlp.vocab, [t.text for t in gold], [bool(t.whitespace_) for t in gold])
        doc.spans[BODY] = [doc[span.start : span.end] for span in gold.spans[BODY]]
        for name in LEARNING:
            doc = self.nlp.get_pipe(name)(doc)
        return doc

    def _weights(self) -> dict[str, bytes]:
        return {name: self.nlp.get_pipe(name).to_bytes() for name in LEARNING}

    def _adopt(self, model: dict[str, bytes]) -> None:
        for name in LEARNING:
            self.nlp.get_pipe(name).from_bytes(model[name])


def loaded(path: Path) -> Language:
    """A student, or a run-time base, that parses within our sentence bounds.

    Raises:
        ModelError: the folder holds neither.
    """
    if (path / "manifest.json").is_file():
        return retrain.trainable(path)
    if not (path / "config.cfg").is_file():
        raise ModelError(f"{path}: holds no student; {MADE}")
    nlp = spacy.load(path)
    if missing := {"parser", *LEARNING} - set(nlp.pipe_names):
        raise ModelError(f"{path}: is no student (without {', '.join(sorted(missing))}); {MADE}")
    nlp.add_pipe("claimstake_sentences", before="parser")
    return nlp


def drawn(folder: Path, nlp: Language, number: int) -> list[silver.Chunk]:
    """Some chunks of silver, of our own domain where there is such a file."""
    files = sorted(p for p in folder.glob("*.spacy") if p.name != GOLD)
    files = [p for p in files if p.stem in OFTEN] or files
    chunks = [chunk for file in files for chunk in silver.chunks(silver.load(file, nlp.vocab))]
    return random.Random(0).sample(chunks, min(number, len(chunks)))


def rules_in(documents: Sequence[AnnotatedDocument]) -> Iterator[tuple[str, signals.Spans]]:
    """What the rules alone find in documents: id, and bounds (characters) and label of the mentions."""
    from claimstake import pipeline
    from claimstake.records import Article
    from claimstake.training.mentions import ARBITER

    nlp = pipeline.build(exclude=["claimstake_recognizer", pipeline.CLAIMS])
    nlp.get_pipe(ARBITER).judging = None
    for document in documents:
        info = document.doc
        doc = pipeline.annotate(nlp, Article(id=info.id, text=info.text or "", published=info.published))
        group = doc.spans[MENTIONS]
        names = (s for s in group if group.attrs[s.id_].get("mention", "name") == "name")
        yield info.id, {(s.start_char, s.end_char, s.label_) for s in names}


def _record(doc: Doc, gold: AnnotatedDocument) -> AnnotatedDocument:
    """What the recogniser found, as a record."""
    group = doc.spans[RECOGNISED]
    entities = [
        Entity(
            id=f"e{number}",
            label=span.label_,
            text=span.text,
            start=span.start_char,
            end=span.end_char,
            canonical=span.text.casefold(),
            confidence=min(1.0, group.attrs[span.id_]["probability"]),
        )
        for number, span in enumerate(group, 1)
    ]
    return AnnotatedDocument(doc=gold.doc, entities=entities, claims=[])
