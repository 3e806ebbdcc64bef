"""What every format has to do: bring back what it was given, but for what it said it could not hold."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

from claimstake.interchange import formats
from claimstake.interchange.contract import Format, Losses
from claimstake.records import AnnotatedDocument
from conversions import corpus, difference, documents, programs, target, there_and_back

EVERY = list(formats.every())
EXACT = {"records", "doccano", "brat", "docbin", "labelstudio", "cas"}
ids = pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)


def lost(before: list[AnnotatedDocument], after: list[AnnotatedDocument]) -> Counter[str]:
    """What of some documents is lacking in others of the same ids."""
    found = {document.doc.id: document for document in after}
    assert len(found) == len(before)
    return sum((difference(document, found[document.doc.id]) for document in before), Counter())


@ids
def test_the_corpus_comes_back(one: Format, tmp_path: Path) -> None:
    """All articles, or every fifth where reading and writing all would take long; what is lost is what was said."""
    before = corpus(1 if one.name in ("records", "brat", "conll") else 5)
    after, written, read = there_and_back(one, before, target(one, tmp_path))
    assert not written.failures
    assert not read.failures
    assert lost(before, after) == written.counts
    assert not written.counts or one.name not in EXACT
    if one.name == "corpus":
        assert not written.counts


@ids
def test_what_the_program_writes_comes_back(one: Format, tmp_path: Path, nlp: Language) -> None:
    """Nominals, knowledge base ids, confidences and extractors are kept, or counted."""
    before = programs(nlp)
    assert any(e.mention == "nominal" for d in before for e in d.entities)
    assert any(e.kb_id and e.confidence and e.extractor for d in before for e in d.entities)
    after, written, read = there_and_back(one, before, target(one, tmp_path))
    assert not read.failures
    assert lost(before, after) == written.counts
    assert bool(written.counts) == (one.name not in EXACT)
    for kind, examples in written.examples.items():
        assert 0 < len(examples) <= min(3, written.counts[kind])


@ids
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_odd_documents_come_back_but_for_what_was_said(one: Format, data: st.DataObject) -> None:
    """Whatever the text and the mentions: a document fails with a reason, or what it lost was counted, nothing else."""
    before = data.draw(documents(tidy=one.name == "doccano"))
    with TemporaryDirectory() as folder:
        path = target(one, Path(folder))
        written, read = Losses(), Losses()
        if not one.write([before], path, written):
            assert list(written.failures)
            return
        (after,) = one.read(path, read)
    assert difference(before, after) == written.counts
