"""The trained recogniser: spans read off tag probabilities, labels, saving, the body alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from claimstake import attributes, pipeline
from claimstake.attributes import RECOGNISED
from claimstake.pipes.recognizer import gold_tags, spans

LABELS = ("COMPANY", "PLACE")
TAGS = ["O", *(f"{part}-{label}" for label in LABELS for part in "BILU")]


def probabilities(tags: str, sure: float = 0.9) -> np.ndarray:
    """A row for each tag, with `sure` for it and the rest spread evenly."""
    rows = np.full((len(tags.split()), len(TAGS)), (1 - sure) / (len(TAGS) - 1), dtype="f")
    for row, tag in zip(rows, tags.split(), strict=True):
        row[TAGS.index(tag)] = sure
    return rows


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("O U-PLACE O", [(1, 2, "PLACE")]),
        ("B-COMPANY I-COMPANY L-COMPANY O", [(0, 3, "COMPANY")]),
        ("U-PLACE U-PLACE", [(0, 1, "PLACE"), (1, 2, "PLACE")]),
        ("B-PLACE B-PLACE L-PLACE", [(0, 1, "PLACE"), (1, 3, "PLACE")]),
        ("I-PLACE I-PLACE O", [(0, 2, "PLACE")]),
        ("B-COMPANY I-PLACE O", [(0, 1, "COMPANY"), (1, 2, "PLACE")]),
        ("L-COMPANY L-COMPANY", [(0, 1, "COMPANY"), (1, 2, "COMPANY")]),
        ("O O", []),
    ],
)
def test_spans_are_read_off(tags: str, expected: list[tuple[int, int, str]]) -> None:
    """Well-formed sequences give their spans; impossible ones are mended, not dropped."""
    found = list(spans(probabilities(tags), LABELS))
    assert [(start, end, label) for start, end, label, _ in found] == expected
    assert all(0 < probability <= 1 for *_, probability in found)


def test_no_tokens_no_spans() -> None:
    """An empty doc has no spans."""
    assert list(spans(np.zeros((0, len(TAGS)), dtype="f"), LABELS)) == []


def test_probability_is_that_of_the_least_sure_token() -> None:
    """A span is as sure as its weakest token."""
    rows = np.concatenate([probabilities("B-PLACE"), probabilities("L-PLACE", sure=0.5)])
    ((*_, probability),) = spans(rows, LABELS)
    assert probability < 0.9


def test_only_the_body_is_read(nlp: Language) -> None:
    """Names in page furniture are not recognised."""
    recogniser = nlp.get_pipe("claimstake_recognizer")
    doc = nlp.make_doc("Shares of Glencore rose in London. Shares of Glencore rose in London.")
    half = len(doc) // 2
    attributes.new_group(doc, attributes.BODY).append(doc[:half])
    nlp.get_pipe("tok2vec")(doc)
    recogniser(doc)
    starts = [span.start for span in doc.spans[RECOGNISED]]
    assert starts
    assert max(starts) < half


@pytest.mark.parametrize(
    "ents",
    [
        ["B-COMPANY", "I-COMPANY", "O", "O", None, "B-PLACE", "O"],
        ["B-PLACE", "B-PLACE", "I-PLACE", "I-PLACE", "O", None, None],
        [None, None, None, None, None, "B-PLACE", "I-PLACE"],
        [None] * 7,
    ],
)
def test_gold_tags_are_those_of_spacy(ents: list[str | None]) -> None:
    """Read off the reference where the words agree; spaCy's alignment elsewhere."""
    words = ["Glencore", "AG", "mines", "\n", "cobalt", "in", "Congo"]
    reference = Doc(Vocab(), words=words, ents=ents)
    example = Example(Doc(reference.vocab, words=words), reference)
    assert gold_tags(example) == example.get_aligned_ner()
    other = Example(Doc(reference.vocab, words=["GlencoreAG", *words[2:]], spaces=[True] * 6), reference)
    assert len(gold_tags(other)) == 6


def test_saved_and_read(nlp: Language, tmp_path: Path) -> None:
    """Labels and weights come back from disk and from bytes."""
    recogniser = nlp.get_pipe("claimstake_recognizer")
    fresh = spacy.load(pipeline.base_path()).get_pipe("claimstake_recognizer")
    recogniser.to_disk(tmp_path / "recogniser")
    for again in (fresh.from_disk(tmp_path / "recogniser"), fresh.from_bytes(recogniser.to_bytes())):
        assert again.labels == recogniser.labels
        assert len(again.tags) == 1 + 4 * len(again.labels)


def test_no_label_after_initialization(nlp: Language) -> None:
    """The output layer has its size; a new label is refused with the reason."""
    with pytest.raises(ValueError, match="already initialized"):
        nlp.get_pipe("claimstake_recognizer").add_label("SHIP")


def test_probabilities_are_the_models(nlp: Language) -> None:
    """The layers that only read give what thinc's give, whatever stands beside a doc in its batch."""
    recogniser = nlp.get_pipe("claimstake_recognizer")
    docs = [nlp.make_doc(text) for text in ("Glencore mines cobalt in Congo.", "", "Umicore refines it.", "No.")]
    docs = list(nlp.get_pipe("tok2vec").pipe(docs))
    expected = recogniser.model.predict(docs)
    for found in (recogniser.predict(docs), [recogniser.predict([doc])[0] for doc in docs]):
        assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(found, expected, strict=True))
