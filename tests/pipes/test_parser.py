"""The selective parser: which sentences are parsed, and that the choice changes nothing in those that are."""

from __future__ import annotations

import pytest
import spacy
from spacy.language import Language
from spacy.pipeline import DependencyParser
from spacy.tokens import Doc

from claimstake import attributes, pipeline
from claimstake.attributes import GAZETTEER

TEXT = (
    "China banned exports of gallium on Monday. It rained and nobody minded at all. "
    "The ministry in Beijing said that germanium needs a licence."
)


@pytest.fixture(scope="module")
def base() -> Language:
    """The base up to its tagger, with our sentences."""
    nlp = spacy.load(pipeline.base_path())
    nlp.add_pipe("claimstake_sentences", before="claimstake_recognizer")
    return nlp


def tagged(base: Language) -> Doc:
    doc = base.make_doc(TEXT)
    for name in ("tok2vec", "tagger", "claimstake_sentences"):
        doc = base.get_pipe(name)(doc)
    return doc


def parsed(base: Language, marked: list[str] | None) -> Doc:
    """The text parsed, with a gazetteer hit at each of the words; None marks nothing at all."""
    doc = tagged(base)
    if marked is not None:
        group = attributes.new_group(doc, GAZETTEER)
        for token in doc:
            if token.text in marked:
                attributes.add_mention(group, token.i, token.i + 1, "MINERAL")
    return base.get_pipe("claimstake_parser")(doc)


def test_sentences_with_two_things_are_parsed_as_if_all_were(base: Language) -> None:
    """A chosen sentence has the parse that it has when everything is parsed; the others are flat."""
    whole = parsed(base, None)
    some = parsed(base, ["China", "gallium", "Beijing", "germanium"])
    first, rain, last = whole.sents
    for sent in (first, last):
        for i in range(sent.start, sent.end):
            assert (some[i].head.i, some[i].dep_) == (whole[i].head.i, whole[i].dep_)
    assert {t.head.i for t in some[rain.start : rain.end]} == {rain.start}
    assert {t.dep_ for t in some[rain.start : rain.end]} == {"ROOT", "dep"}


def test_sentence_bounds_stay(base: Language) -> None:
    """Flat sentences keep their bounds."""
    assert [s.text for s in parsed(base, ["China", "gallium"]).sents] == [s.text for s in parsed(base, None).sents]


def test_nothing_marked_nothing_parsed(base: Language) -> None:
    """Where lists and recogniser found nothing, nothing is parsed."""
    assert {t.dep_ for t in parsed(base, [])} == {"ROOT", "dep"}


def test_one_thing_is_too_few(base: Language) -> None:
    """A claim has two ends: a sentence with one thing in it is not parsed."""
    assert {t.dep_ for t in parsed(base, ["gallium"])} == {"ROOT", "dep"}


def test_empty_doc(base: Language) -> None:
    """A doc without tokens passes."""
    assert len(base.get_pipe("claimstake_parser")(base.get_pipe("tok2vec")(base.make_doc("")))) == 0


def test_predictions_are_spacys(base: Language) -> None:
    """Scoring all states at once gives the trees that spaCy gives, state by state."""
    parser = base.get_pipe("claimstake_parser")
    texts = [TEXT, "Gallium.", "", TEXT.upper(), "Rules that nobody read, which ministers signed, were lifted by May."]
    trees = []
    for predict in (parser.predict, lambda docs: DependencyParser.predict(parser, docs)):
        docs = [base.make_doc(text) for text in texts]
        for name in ("tok2vec", "tagger", "claimstake_sentences"):
            docs = [base.get_pipe(name)(doc) for doc in docs]
        parser.set_annotations(docs, predict(docs))
        trees.append([[(t.head.i, t.dep_) for t in doc] for doc in docs])
    assert trees[0] == trees[1]
    assert any(dep == "nsubjpass" for doc in trees[0] for _, dep in doc)
