"""spaCy DocBin: there and back without a loss, ready to train with, and what others' files hold."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import given, settings
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span, SpanGroup
from spacy.training import Example, offsets_to_biluo_tags

from claimstake import pipeline
from claimstake.errors import CorpusError
from claimstake.interchange.contract import Losses
from claimstake.interchange.docbin import SpacyDocs
from claimstake.output import document
from claimstake.records import AnnotatedDocument, Article, DocumentInfo, Entity, text_sha256
from conversions import corpus, difference, there_and_back
from docs import ban
from odd_documents import documents

ONE = SpacyDocs()
TEXT = "On Thursday Beijing banned gallium exports."


def docs_of(path: Path) -> list[Doc]:
    return list(DocBin().from_disk(path).get_docs(spacy.blank("en").vocab))


def foreign(path: Path, *docs: Doc) -> tuple[list[AnnotatedDocument], Losses]:
    """What is read of Docs that somebody else saved."""
    DocBin(docs=docs, store_user_data=True).to_disk(path)
    losses = Losses()
    return list(ONE.read(path, losses)), losses


def marked(doc: Doc, words: str, label: str, **more: Any) -> Span:
    start = doc.text.index(words)
    span = doc.char_span(start, start + len(words), label=label, **more)
    assert span is not None
    return span


def test_corpus_articles_come_back_as_they_were(tmp_path: Path) -> None:
    """Every part of a record fits."""
    before = corpus(5)
    back, written, read = there_and_back(ONE, before, tmp_path / "a.spacy")
    assert back == before
    assert not written.counts
    assert not read.counts


def test_program_output_comes_back_as_it_was(nlp: Language, tmp_path: Path) -> None:
    """Nominals, confidences, ids of the knowledge base, extractors and the pipeline's name too."""
    before = [_annotated(nlp, d.doc.id, d.doc.text) for d in corpus(60)]
    assert any(e.mention == "nominal" for d in before for e in d.entities)
    back, written, read = there_and_back(ONE, before, tmp_path / "a.spacy")
    assert back == before
    assert not written.counts + read.counts


def _annotated(nlp: Language, name: str, text: str | None) -> AnnotatedDocument:
    return document(pipeline.annotate(nlp, Article(id=name, text=text or "")), text=True)


@settings(max_examples=100, deadline=None)
@given(documents())
def test_odd_documents_come_back_as_they_were(before: AnnotatedDocument) -> None:
    """Any text, mentions within words, across line ends and on blanks, crossing ones."""
    with tempfile.TemporaryDirectory() as folder:
        back, written, read = there_and_back(ONE, [before], Path(folder) / "a.spacy")
    assert back == [before]
    assert not difference(before, back[0])
    assert not written.counts + read.counts


def test_a_recogniser_can_be_trained_at_once(tmp_path: Path) -> None:
    """doc.ents are the longest named mentions that do not overlap, on whole tokens."""
    before = corpus(20)
    ONE.write(before, tmp_path / "a.spacy", Losses())
    nlp = spacy.blank("en")
    recogniser = nlp.add_pipe("ner")
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in docs_of(tmp_path / "a.spacy")]
    optimizer = nlp.initialize(lambda: examples)
    assert set(recogniser.labels) >= {"MINERAL", "PLACE", "COMPANY"}
    assert nlp.update(examples[:4], sgd=optimizer)["ner"] > 0
    for doc, record in zip(docs_of(tmp_path / "a.spacy"), before, strict=True):
        bounds = {(e.start, e.end, e.label) for e in record.entities}
        ents = {(e.start_char, e.end_char, e.label_) for e in doc.ents}
        assert ents <= bounds
        for start, end, _ in bounds - ents:  # only what lies in or across a longer one is left out
            assert any(a < end and start < b and b - a >= end - start for a, b, _ in ents)


def test_a_mention_within_a_word_cuts_the_token(tmp_path: Path) -> None:
    """Its bounds stay exact, and the text with them."""
    record = AnnotatedDocument(
        doc=DocumentInfo(id="d", text="Sinobattery rose.", sha256=text_sha256("Sinobattery rose.")),
        entities=[Entity(id="e1", label="PRODUCT", text="battery", start=4, end=11, canonical="battery")],
        claims=[],
    )
    ONE.write([record], tmp_path / "a.spacy", Losses())
    (doc,) = docs_of(tmp_path / "a.spacy")
    assert [t.text_with_ws for t in doc] == ["Sino", "battery ", "rose", "."]
    assert [(e.text, e.label_) for e in doc.ents] == [("battery", "PRODUCT")]
    assert "-" not in offsets_to_biluo_tags(doc, [(4, 11, "PRODUCT")])


def test_corrections_made_with_spacy_are_read(tmp_path: Path) -> None:
    """A span that was added is a mention with a default name; claims of one that was removed are said."""
    before = next(d for d in corpus(7) if len(d.claims) > 2)
    file = tmp_path / "a.spacy"
    ONE.write([before], file, Losses())
    (doc,) = docs_of(file)
    gone = before.claims[0].subject
    group, kept = doc.spans["mentions"], [s for s in doc.spans["mentions"] if s.id_ != gone]
    fresh = Span(doc, 0, 1, label="PERSON")
    doc.spans["mentions"] = SpanGroup(doc, name="mentions", attrs=dict(group.attrs), spans=[*kept, fresh])
    DocBin(docs=[doc], store_user_data=True).to_disk(file)
    losses = Losses()
    (after,) = ONE.read(file, losses)
    assert len(after.entities) == len(before.entities)
    added = after.entities[-1]
    assert (added.label, added.text, added.canonical, added.confidence) == ("PERSON", doc[0].text, doc[0].text, None)
    assert added.id not in {e.id for e in after.entities[:-1]}
    lost = [c for c in before.claims if gone in (c.subject, c.object)]
    assert losses.counts == Counter({"claim without its mentions": len(lost)})
    assert [c.id for c in after.claims] == [c.id for c in before.claims if c not in lost]


def test_docs_of_the_pipeline_are_read(tmp_path: Path) -> None:
    """A DocBin that somebody made of annotated Docs is a record as `claimstake annotate` writes it."""
    doc = ban()
    found, losses = foreign(tmp_path / "a.spacy", doc)
    assert found == [document(doc, text=True)]
    assert found[0].claims
    assert not losses.counts


def test_entities_of_others_get_default_names(tmp_path: Path) -> None:
    """doc.ents alone; a common noun's name is in lower case, a label that is not ours is left out and said."""
    doc = spacy.blank("en").make_doc(TEXT.replace("gallium", "Gallium"))
    doc.ents = [
        marked(doc, "Thursday", "DATE"),
        marked(doc, "Beijing", "PLACE", kb_id="Q956"),
        marked(doc, "Gallium", "MINERAL"),
        marked(doc, "exports", "NORP"),
    ]
    found, losses = foreign(tmp_path / "news.spacy", doc)
    assert [(e.id, e.label, e.text, e.canonical, e.kb_id, e.value) for e in found[0].entities] == [
        ("e1", "DATE", "Thursday", "Thursday", None, None),
        ("e2", "PLACE", "Beijing", "Beijing", "Q956", None),
        ("e3", "MINERAL", "Gallium", "gallium", None, None),
    ]
    assert found[0].doc.id == "news"
    assert found[0].doc.text == doc.text
    assert losses.counts == Counter({"label NORP": 1})
    assert losses.examples == {"label NORP": ["news: exports"]}


def test_span_groups_of_others(tmp_path: Path) -> None:
    """The span categorizer's group where there is one, else all; the same span twice is one; other groups are said."""
    nlp = spacy.blank("en")
    doc, other = nlp.make_doc(TEXT), nlp.make_doc(TEXT)
    doc.spans["sc"] = [marked(doc, "Beijing", "PLACE"), marked(doc, "gallium exports", "PRODUCT")]
    doc.spans["drafts"] = [marked(doc, "Thursday", "DATE")]
    doc.ents = [marked(doc, "Beijing", "PLACE", kb_id="Q956")]
    doc.cats["trade"] = 1.0
    doc.user_data["note"] = "x"
    other.spans["a"] = [marked(other, "gallium", "MINERAL")]
    other.spans["b"] = [marked(other, "gallium exports", "PRODUCT")]
    found, losses = foreign(tmp_path / "n.spacy", doc, other)
    assert [[(e.text, e.label, e.kb_id) for e in one.entities] for one in found] == [
        [("Beijing", "PLACE", "Q956"), ("gallium exports", "PRODUCT", None)],
        [("gallium exports", "PRODUCT", None), ("gallium", "MINERAL", None)],
    ]
    assert [one.doc.id for one in found] == ["n-1", "n-2"]
    assert losses.counts == Counter({"span group": 1, "category": 1, "user data": 1})


def test_a_document_that_cannot_be_packed_spoils_no_other(tmp_path: Path) -> None:
    """Half a surrogate pair, offsets that do not fit, no text."""
    good = corpus(100)[0]
    split = "a\ud800"
    half = AnnotatedDocument(doc=DocumentInfo(id="half", text=split, sha256=text_sha256(split)), entities=[], claims=[])
    moved = good.model_copy(update={"doc": good.doc.model_copy(update={"id": "moved", "text": "Other text."})})
    bare = good.model_copy(update={"doc": good.doc.model_copy(update={"id": "bare", "text": None})})
    huge = good.model_copy(update={"doc": good.doc.model_copy(update={"id": "huge"}), "pipeline": {"n": 1 << 70}})
    losses = Losses()
    assert ONE.write([half, moved, good, bare, huge], tmp_path / "a.spacy", losses) == 1
    assert list(ONE.read(tmp_path / "a.spacy", Losses())) == [good]
    assert losses.failures["half"] == "has half a surrogate pair in it"
    assert "its sha256 is not that of its text" in losses.failures["moved"]
    assert "has no text" in losses.failures["bare"]
    assert "DocBin cannot hold" in losses.failures["huge"]


def test_damaged_files(tmp_path: Path) -> None:
    """Alone an error that names the file; among others a failure, and the others go on."""
    good = corpus(100)
    ONE.write(good, tmp_path / "a.spacy", Losses())
    whole = (tmp_path / "a.spacy").read_bytes()
    for number, content in enumerate((b"", b"not a DocBin", whole[: len(whole) // 2], b"x" + whole)):
        file = tmp_path / f"bad{number}.spacy"
        file.write_bytes(content)
        with pytest.raises(CorpusError, match=rf"bad{number}\.spacy: is damaged or no DocBin"):
            list(ONE.read(file, Losses()))
    losses = Losses()
    assert list(ONE.read(tmp_path, losses)) == good
    assert sorted(losses.failures) == [str(tmp_path / f"bad{n}.spacy") for n in range(4)]


def test_a_damaged_document_spoils_no_other(tmp_path: Path) -> None:
    """Its number is named."""
    good = corpus(100)
    file = tmp_path / "a.spacy"
    ONE.write(good, file, Losses())
    packed = DocBin(store_user_data=True).from_disk(file)
    packed.span_groups[0] = b"\xc1"
    packed.user_data[1] = packed.user_data[1].replace(b"schema_version", b"schema_versiom")
    packed.to_disk(file)
    losses = Losses()
    assert list(ONE.read(file, losses)) == good[2:]
    assert "is damaged" in losses.failures[f"{file}: document 1"]
    assert "is no record" in losses.failures[f"{file}: document 2"]
