"""Token vectors: those of spaCy's Tok2Vec, whatever is remembered."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.pipeline import Tok2Vec

from claimstake import pipeline
from claimstake.attributes import BODY, body_mask, new_group
from claimstake.pipes.vectors import Vectors

TEXTS = [
    "China banned exports of gallium, germanium and antimony.",
    "Gallium prices can't fall; GALLIUM traders cannot sell.",  # a token of "can't" has another norm than its form
    "",
    "Ga-68 – “gallium” – in São Paulo 🙂.",
]


@pytest.fixture
def base() -> Language:
    return spacy.load(pipeline.base_path(), exclude=["claimstake_recognizer", "claimstake_parser", "claimstake_words"])


@pytest.fixture
def vectors(base: Language) -> Vectors:
    return base.get_pipe("tok2vec")


def close(found: Iterator[np.ndarray], expected: Iterator[np.ndarray]) -> bool:
    return all(a.shape == b.shape and np.allclose(a, b, atol=1e-5) for a, b in zip(found, expected, strict=True))


def test_as_spacy(base: Language, vectors: Vectors) -> None:
    """Every token has the vector that spaCy computes for it, on first sight and when its form is known."""
    docs = [base.make_doc(text) for text in TEXTS]
    expected = Tok2Vec.predict(vectors, docs)
    for _ in range(2):
        assert close(vectors.predict(docs), expected)
    assert close([vectors.predict([doc])[0] for doc in docs], expected)


def test_nothing_but_empty_docs(base: Language, vectors: Vectors) -> None:
    """Docs without tokens have vectors without rows."""
    assert [v.shape for v in vectors.predict([base.make_doc("")])] == [(0, vectors.model.get_dim("nO"))]


def test_other_weights_other_vectors(base: Language, vectors: Vectors) -> None:
    """What was remembered under other weights is forgotten, as while averages are tried in training."""
    docs = [base.make_doc(TEXTS[0])]
    before = vectors.predict(docs)[0].copy()
    mix = next(n for n in vectors.model.layers[0].walk() if n.has_param("W") and n.name == "maxout")
    mix.set_param("W", mix.get_param("W") * 0.5)
    after = vectors.predict(docs)[0]
    assert not np.allclose(before, after)
    assert close([after], Tok2Vec.predict(vectors, docs))


def test_memory_is_begun_anew(base: Language, vectors: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered stays bounded over an archive, and vectors stay right."""
    monkeypatch.setattr("claimstake.pipes.vectors.REMEMBERED", 3)
    docs = [base.make_doc(text) for text in TEXTS]
    for doc, expected in zip(docs, Tok2Vec.predict(vectors, docs), strict=True):
        assert close([vectors.predict([doc])[0]], [expected])
    assert len(vectors._rows) < 20


def test_only_the_body_is_read(base: Language, vectors: Vectors) -> None:
    """In the body, and in each stretch of it, vectors are those of the whole text; far from it there are none."""
    doc = base.make_doc(" ".join(TEXTS) + " Share this page! " + " ".join(TEXTS))
    whole = Tok2Vec.predict(vectors, [doc])[0]
    new_group(doc, BODY).extend([doc[3:9], doc[20:21], doc[len(doc) - 4 :]])
    found = vectors.predict([base.make_doc(TEXTS[0]), doc])[1]
    inside = body_mask(doc)
    assert np.allclose(found[inside], whole[inside], atol=1e-5)
    assert not found[13:16].any()


def test_long_texts_in_parts(base: Language, vectors: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rows are divided between parts changes nothing."""
    docs = [base.make_doc(text) for text in TEXTS]
    expected = Tok2Vec.predict(vectors, docs)
    for rows in (1, 2, 7):
        monkeypatch.setattr("claimstake.pipes.networks.ROWS", rows)
        assert close(vectors.predict(docs), expected)
