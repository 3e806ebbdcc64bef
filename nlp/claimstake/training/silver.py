"""Annotated Docs to train on, in one form: silver ones that a teacher makes, and the corpus' gold.

The teacher is en_core_web_sm 3.8.0 (`training.base`) with our rule components on top: it gives tags and parses, the
rules give mentions and the body (distant supervision, as in Meng et al. 2021). Where its own NER sees a name and the
rules see nothing, nobody is right for certain: such tokens are without an answer, not outside ("doubtful"). So are
tokens outside the body. Gold mentions come from the corpus; only tags and parses are the teacher's.

Stored as DocBin: tags, heads and labels of tokens, and the span groups mentions, body and doubtful.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example
from spacy.vocab import Vocab

from claimstake import pipeline
from claimstake.attributes import BODY, MENTIONS, in_order, new_group
from claimstake.errors import CorpusError
from claimstake.records import AnnotatedDocument, Article
from claimstake.training.base import assemble

DOUBTFUL = "doubtful"  # doc.spans key: what the teacher's own NER takes for a name
ID = "article"  # doc.user_data key
ATTRIBUTES = ("TAG", "HEAD", "DEP")
# Labels of the teacher's NER that a name of ours may hide behind; its dates and numbers are the grammars' matter.
NAME_LABELS = frozenset({"ORG", "PERSON", "GPE", "LOC", "FAC", "LAW", "PRODUCT", "EVENT", "WORK_OF_ART"})
PLACES = {"tok2vec": "tok2vec", "claimstake_recognizer": "parser"}  # pipe of the run-time base to that of the teacher
PARSED_WITH = ("tok2vec", "tagger", "claimstake_sentences", "parser")
LONGEST = 120  # tokens of a passage, unless one sentence is longer
UNUSABLE = 260  # tokens; a longer "sentence" is a table


@Language.component("claimstake_doubtful", requires=["doc.ents"], assigns=["doc.spans"])
def remember_entities(doc: Doc) -> Doc:
    """Keep the names that the NER before it found, since the arbiter writes its own doc.ents."""
    doc.spans[DOUBTFUL] = [span for span in doc.ents if span.label_ in NAME_LABELS]
    return doc


def teacher() -> Language:
    """The source pipeline with our rule components, claims left out.

    Raises:
        ModelError: the source package is not installed.
    """
    nlp = assemble()
    nlp.max_length = pipeline.MAX_LENGTH
    nlp.add_pipe("claimstake_doubtful", after="ner")
    for name, before in pipeline.COMPONENTS:
        if name != pipeline.CLAIMS:
            place = PLACES.get(before or "")
            nlp.add_pipe(name, **({"before": place} if place else {}))
    return nlp


def read_raw(path: Path) -> Iterator[Article]:
    """The articles of JSON Lines: id, text and perhaps published and title.

    Args:
        path: .jsonl or .jsonl.gz.

    Raises:
        CorpusError: a line is no such record.
    """
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row: dict[str, Any] = json.loads(line)
                known = {key: row[key] for key in ("title", "published") if isinstance(row.get(key), str)}
                yield Article(id=str(row["id"]), text=row["text"], **known)
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                raise CorpusError(f"{path}:{number}: is no record with id and text: {error}") from error


def make(nlp: Language, articles: Iterable[Article]) -> Iterator[Doc]:
    """Silver annotation of a stream of articles, in its order.

    Args:
        nlp: see `teacher`.
    """
    for doc in pipeline.annotate_many(nlp, articles):
        group = doc.spans[MENTIONS]
        names = [s for s in in_order(group) if group.attrs.get(s.id_, {}).get("mention", "name") == "name"]
        body, doubtful = list(doc.spans[BODY]), list(doc.spans[DOUBTFUL])
        yield _kept(doc, doc._.article["id"], names, body, doubtful)


def gold(nlp: Language, document: AnnotatedDocument) -> Doc:
    """An annotated document's mentions and body on the parse of a pipeline.

    Args:
        nlp: parses sentences that are given; see `parsing`.
        document: with text; without body spans all of it is body.

    Raises:
        CorpusError: the document is without text, or an entity lies outside it.
    """
    text = document.doc.text
    if text is None:
        raise CorpusError(f"{document.doc.id}: is without its text; claimstake annotate --text writes it")
    doc = nlp(text)
    body = [_span(doc, s.start, s.end, "", document) for s in document.doc.body or ()] or [doc[:]]
    names = [_span(doc, e.start, e.end, e.label, document) for e in document.entities if e.mention == "name"]
    return _kept(doc, document.doc.id, in_order(names), body, [])


class parsing:  # noqa: N801 - a context manager
    """For a while, a pipeline that only tags and parses: all that `gold` needs.

    Args:
        nlp: of `teacher`, or a run-time base with our sentence bounds.
    """

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp

    def __enter__(self) -> Language:
        wanted = [name for name in (*PARSED_WITH, "claimstake_parser") if name in self.nlp.pipe_names]
        self._disabled = self.nlp.select_pipes(enable=wanted)
        return self.nlp

    def __exit__(self, *_: object) -> None:
        self._disabled.restore()


def save(docs: Iterable[Doc], path: Path) -> int:
    """Write docs as one DocBin; returns how many they are."""
    stored = DocBin(attrs=ATTRIBUTES, store_user_data=True)
    for doc in docs:
        stored.add(doc)
    path.parent.mkdir(parents=True, exist_ok=True)
    stored.to_disk(path)
    return len(stored)


def load(path: Path, vocab: Vocab) -> list[Doc]:
    """Read what `save` wrote."""
    return list(DocBin().from_disk(path).get_docs(vocab))


def id_of(doc: Doc) -> str:
    """The id of the article that a stored doc is."""
    return doc.user_data[ID]


def _span(doc: Doc, start: int, end: int, label: str, document: AnnotatedDocument) -> Span:
    span = doc.char_span(start, end, label=label, alignment_mode="expand")
    if span is None:
        raise CorpusError(f"{document.doc.id}: nothing stands at characters {start} to {end}")
    return span


def _kept(doc: Doc, id_: str, names: list[Span], body: list[Span], doubtful: list[Span]) -> Doc:
    """The doc with nothing on it but what training needs; of mentions that overlap, the outer or the first."""
    doc.spans.clear()
    doc.user_data = {ID: id_}
    for key, found in ((BODY, body), (DOUBTFUL, doubtful)):
        doc.spans[key] = [Span(doc, s.start, s.end) for s in found]
    group, last = new_group(doc, MENTIONS), 0
    for span in names:
        if span.start >= last:
            group.append(Span(doc, span.start, span.end, label=span.label))
            last = span.end
    return doc


# --- passages: what is learned at a time --------------------------------------------------------------------------


class Chunk(NamedTuple):
    """Some sentences of a stored doc: token bounds, and which of the doc's tokens have an answer."""

    doc: Doc
    known: np.ndarray
    start: int
    end: int


@dataclass
class Passage:
    """A chunk in plain lists, which augmentation may change.

    Attributes:
        words, spaces: as `Doc` takes them.
        mentions: token start, token end and label; sorted, none overlap.
        known: for each token, whether the gold says what it is; mentions are known.
        tags, heads, deps: None where no parse fits the words any more. Heads are token indices.
    """

    words: list[str]
    spaces: list[bool]
    mentions: list[tuple[int, int, str]]
    known: list[bool]
    tags: list[str] | None = None
    heads: list[int] | None = None
    deps: list[str] | None = None

    @property
    def text(self) -> str:
        return "".join(w + (" " if s else "") for w, s in zip(self.words, self.spaces, strict=True))


def chunks(docs: Iterable[Doc]) -> list[Chunk]:
    """Docs cut between sentences into pieces of about `LONGEST` tokens; what is no sentence is left out."""
    out: list[Chunk] = []
    for doc in docs:
        known = np.zeros(len(doc), dtype=bool)
        for key, value in ((BODY, True), (DOUBTFUL, False), (MENTIONS, True)):
            for span in doc.spans.get(key, ()):
                known[span.start : span.end] = value
        out += [Chunk(doc, known, start, end) for start, end in _pieces(doc)]
    return out


def _pieces(doc: Doc) -> Iterator[tuple[int, int]]:
    start = end = 0
    for sent in doc.sents:
        usable = len(sent) <= UNUSABLE
        if end > start and (not usable or sent.end - start > LONGEST):
            yield start, end
            start = end
        if usable:
            start, end = (sent.start if end <= start else start), sent.end
        else:
            start = end = sent.end
    if end > start:
        yield start, end


def passage(chunk: Chunk) -> Passage:
    """A chunk in plain lists; of a mention that its bounds cut, the tokens have no answer."""
    doc, known, start, end = chunk
    tokens, answered = doc[start:end], known[start:end].copy()
    mentions = []
    for span in doc.spans.get(MENTIONS, ()):
        if span.end <= start or end <= span.start:
            continue
        if start <= span.start and span.end <= end:
            mentions.append((span.start - start, span.end - start, span.label_))
        else:
            answered[max(0, span.start - start) : span.end - start] = False
    return Passage(
        [t.text for t in tokens],
        [bool(t.whitespace_) for t in tokens],
        mentions,
        answered.tolist(),
        [t.tag_ for t in tokens],
        [t.head.i - start for t in tokens],
        [t.dep_ for t in tokens],
    )


def example(vocab: Vocab, given: Passage) -> Example:
    """A passage as spaCy trains on it; tokens without an answer have a missing entity tag."""
    entities: list[str | None] = ["O" if known else None for known in given.known]
    for start, end, label in given.mentions:
        entities[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 1)]
    parse = {"tags": given.tags, "heads": given.heads, "deps": given.deps} if given.heads is not None else {}
    reference = Doc(vocab, words=given.words, spaces=given.spaces, ents=entities, **parse)
    return Example(Doc(vocab, words=given.words, spaces=given.spaces), reference)
