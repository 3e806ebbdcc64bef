"""Parts of speech and lemmas: the same as asking spaCy's ruler and lemmatizer token by token."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import spacy
from spacy.attrs import TAG
from spacy.language import Language
from spacy.tokens import Doc

from claimstake import attributes, pipeline
from claimstake.pipes.words import Words

SENTENCES = [
    "The ministries have banned exports of gallium, which miners were selling.",
    "It doesn't say whether smaller batteries are better, but traders had bought them.",
    "She'd rather have cells than geese.",
]


@pytest.fixture(scope="module")
def base() -> Language:
    return spacy.load(pipeline.base_path(), exclude=["claimstake_recognizer", "claimstake_parser"])


@pytest.mark.parametrize("text", SENTENCES)
def test_as_ruler_and_lemmatizer(base: Language, text: str) -> None:
    """Without a parse, every token has the part of speech and lemma that the wrapped components give it."""
    words: Words = base.get_pipe("claimstake_words")
    doc = base(text)
    plain = Doc(base.vocab, words=[t.text for t in doc], spaces=[bool(t.whitespace_) for t in doc])
    plain.from_array([TAG], np.array([[t.tag] for t in doc], dtype="uint64"))
    words.lemmatizer(words.ruler(plain))
    assert [(t.pos_, t.lemma_) for t in doc] == [(t.pos_, t.lemma_) for t in plain]


def test_the_parse_tells_auxiliaries(nlp: Language) -> None:
    """ "have" is an auxiliary before a participle and a verb by itself, by the parse."""
    doc = nlp("China and India have banned gallium exports. China and India have gallium and germanium plants.")
    helping, owning = [t for t in doc if t.text == "have"]
    assert helping.pos_ == "AUX"
    assert owning.pos_ == "VERB"


def test_saved_and_read(base: Language, tmp_path: Path) -> None:
    """Tables and patterns come back from disk and from bytes."""
    words: Words = base.get_pipe("claimstake_words")
    words.to_disk(tmp_path / "words")
    tagged = base("The miners sold their mines.")
    for again in (Words(base.vocab).from_disk(tmp_path / "words"), Words(base.vocab).from_bytes(words.to_bytes())):
        assert [t.lemma_ for t in again(tagged)] == ["the", "miner", "sell", "their", "mine", "."]


def test_memory_is_begun_anew(base: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered stays bounded over an archive, and answers stay right."""
    monkeypatch.setattr("claimstake.pipes.words.REMEMBERED", 5)
    words: Words = base.get_pipe("claimstake_words")
    for text in SENTENCES * 2:
        doc = base(text)
        assert all(t.pos_ for t in doc)
    assert len(words._known) < 100


def test_only_the_body_has_tags(nlp: Language) -> None:
    """Tags beside the body, where the networks have not read, are taken away."""
    doc = nlp.make_doc("China bans gallium. Share this page.")
    attributes.new_group(doc, attributes.BODY).append(doc[:4])
    for name in ("tok2vec", "tagger", "claimstake_words"):
        doc = nlp.get_pipe(name)(doc)
    assert [bool(t.tag_ and t.pos_ and t.lemma_) for t in doc] == [t.i < 4 for t in doc]
