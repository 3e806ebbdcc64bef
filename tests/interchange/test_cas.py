"""UIMA CAS XMI: there and back, offsets in UTF-16, INCEpTION's exports, layers of other names."""

from __future__ import annotations

import io
import json
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import cassis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

from claimstake import ontology, pipeline
from claimstake.errors import ConfigError, CorpusError
from claimstake.interchange import cas_types, formats
from claimstake.interchange.cas import UimaCas
from claimstake.interchange.cas_writing import FORBIDDEN
from claimstake.interchange.contract import Losses
from claimstake.output import document
from claimstake.records import AnnotatedDocument, Article, Claim, DocumentInfo, Entity, Qualifiers, Span, text_sha256
from conversions import corpus, difference, there_and_back
from odd_documents import documents, texts

ONE = UimaCas()
TEXT = (
    "\U0001f600 Beijing 中国 banned gallium\U0001f44d\U0001f3fd exports.\r\n"
    "On Thursday, e\u0301 quotas \U0001f1e8\U0001f1f3 fell."
)
MENTION, CLAIM, EVIDENCE = cas_types.MENTION, cas_types.CLAIM, cas_types.EVIDENCE


def loaded(path: Path) -> cassis.Cas:
    types = cassis.load_typesystem(path.parent / "TypeSystem.xml")
    return cassis.load_cas_from_xmi(path, typesystem=types)


def saved(folder: Path, cas: cassis.Cas, name: str = "news") -> Path:
    """A CAS as somebody else's tool writes it: with its own type system beside it."""
    folder.mkdir(exist_ok=True)
    cas.typesystem.to_xml(folder / "TypeSystem.xml")
    cas.to_xmi(folder / f"{name}.xmi")
    return folder / f"{name}.xmi"


def read(path: Path) -> tuple[list[AnnotatedDocument], Losses]:
    losses = Losses()
    return list(ONE.read(path, losses)), losses


def add(cas: cassis.Cas, type_: str, words: str, text: str = TEXT, **features: Any) -> Any:
    begin = text.index(words)
    fs = cas.typesystem.get_type(type_)(begin=begin, end=begin + len(words), **features)
    cas.add(fs)
    return fs


def emojis() -> AnnotatedDocument:
    """Mentions before, between and after characters of two UTF-16 units."""

    def entity(number: int, label: str, words: str) -> Entity:
        start = TEXT.index(words)
        return Entity(id=f"e{number}", label=label, text=words, start=start, end=start + len(words), canonical=words)

    entities = [
        entity(1, "PLACE", "Beijing"),
        entity(2, "PLACE", "中国"),
        entity(3, "MINERAL", "gallium"),
        entity(4, "PRODUCT", "\U0001f44d\U0001f3fd"),
        entity(5, "DATE", "Thursday"),
        entity(6, "PLACE", "\U0001f1e8\U0001f1f3"),
    ]
    claim = Claim(
        id="c1",
        predicate="restricts_export_of",
        subject="e1",
        object="e3",
        qualifiers=Qualifiers(status="in_force", measure="ban"),
        evidence=Span(start=2, end=TEXT.index("\r")),
    )
    info = DocumentInfo(id="emojis", text=TEXT, sha256=text_sha256(TEXT))
    return AnnotatedDocument(doc=info, entities=entities, claims=[claim])


def test_corpus_articles_come_back_as_they_were(tmp_path: Path) -> None:
    """Every part of a record fits, in a folder and in a zip."""
    for name, every in (("folder", 5), ("packed.zip", 30)):
        before = corpus(every)
        back, written, read_ = there_and_back(ONE, before, tmp_path / name)
        assert sorted(back, key=_id) == sorted(map(with_evidence, before), key=_id)
        assert not written.counts + read_.counts
        pairs = zip(sorted(before, key=_id), sorted(back, key=_id), strict=True)
        assert all(not difference(was, now) for was, now in pairs)


def _id(record: AnnotatedDocument) -> str:
    return record.doc.id


def with_evidence(record: AnnotatedDocument) -> AnnotatedDocument:
    """The record with the words of its evidence, which repeat the text."""
    text = record.doc.text or ""
    places = [c.evidence for c in record.claims]
    quoted = [Span(start=at.start, end=at.end, text=text[at.start : at.end]) for at in places]
    claims = [c.model_copy(update={"evidence": at}) for c, at in zip(record.claims, quoted, strict=True)]
    return record.model_copy(update={"claims": claims})


def test_program_output_comes_back_as_it_was(nlp: Language, tmp_path: Path) -> None:
    """Nominals, confidences, ids of the knowledge base, extractors and the pipeline's name too."""
    articles = (Article(id=d.doc.id, text=d.doc.text or "", title=d.doc.title) for d in corpus(60))
    before = [document(pipeline.annotate(nlp, article), text=True) for article in articles]
    found = [entity for one in before for entity in one.entities]
    assert any(e.mention == "nominal" for e in found)
    assert any(e.kb_id and e.confidence for e in found)
    back, written, read_ = there_and_back(ONE, before, tmp_path / "a")
    assert sorted(back, key=_id) == sorted(before, key=_id)
    assert not written.counts + read_.counts


@settings(max_examples=60, deadline=None)
@given(documents(texts(exotic=False)))
def test_odd_documents_come_back_but_for_what_is_counted(before: AnnotatedDocument) -> None:
    """Emoji, line ends of all kinds, crossing mentions; characters that XML has not are a failure with the place."""
    with tempfile.TemporaryDirectory() as folder:
        back, written, read_ = there_and_back(ONE, [emojis(), before], Path(folder) / "a")
    assert not read_.counts + Counter(read_.failures)
    forbidden = any(FORBIDDEN.search(value) for value in _strings(before.to_json()))
    assert forbidden == bool(written.failures)
    found = [one for one in back if one.doc.id != "emojis"]
    if forbidden:
        assert "XML 1.0 does not allow the character U+" in written.failures[before.doc.id]
        assert not found
    else:
        assert difference(before, found[0]) == written.counts


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for inner in pair for text in _strings(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _strings(inner)]
    return [value] if isinstance(value, str) else []


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_written_exactly_or_refused(text: str) -> None:
    """Nothing is replaced or normalised on the way."""
    record = AnnotatedDocument(doc=DocumentInfo(id="d", text=text, sha256=text_sha256(text)), entities=[], claims=[])
    with tempfile.TemporaryDirectory() as folder:
        back, written, _ = there_and_back(ONE, [emojis(), record], Path(folder) / "a")
    assert [one.doc.text for one in back if one.doc.id == "d"] == ([] if FORBIDDEN.search(text) else [text])
    assert bool(written.failures) == bool(FORBIDDEN.search(text))


def test_offsets_are_utf_16_units(tmp_path: Path) -> None:
    """As Java counts them, for a reader that knows nothing of code points."""
    from lxml import etree

    before = emojis()
    back, *_ = there_and_back(ONE, [before], tmp_path / "a")
    assert back == [with_evidence(before)]
    tree = etree.parse(tmp_path / "a" / "emojis.xmi")
    units = TEXT.encode("utf-16-le")
    rows = tree.findall("{*}NamedEntity")
    shown = [units[2 * int(r.get("begin")) : 2 * int(r.get("end"))].decode("utf-16-le") for r in rows]
    assert shown == [e.text for e in before.entities]
    assert rows[0].get("begin") == "3"


def test_sentences_and_tokens_hold_the_text(tmp_path: Path) -> None:
    """INCEpTION shows no text outside of sentences: tokens lie in them, and mentions begin and end with tokens."""
    before = corpus(40)
    ONE.write(before, tmp_path / "a", Losses())
    for file in sorted((tmp_path / "a").glob("*.xmi")):
        cas = loaded(file)
        sentences = cas.select(cas_types.SENTENCE)
        assert all(a.end <= b.begin for a, b in zip(sentences, sentences[1:], strict=False))
        tokens = cas.select(cas_types.TOKEN)
        assert "".join(t.get_covered_text() for t in tokens) == "".join(cas.sofa_string.split())
        assert all(any(s.begin <= t.begin and t.end <= s.end for s in sentences) for t in tokens)
        begins, ends = {t.begin for t in tokens}, {t.end for t in tokens}
        for mention in cas.select(MENTION):
            assert mention.begin in begins
            assert mention.end in ends
            assert any(s.begin <= mention.begin and mention.end <= s.end for s in sentences)
        assert len(cas.select(cas_types.METADATA)) == 1


def test_layers_for_inception_are_those_of_the_type_system(tmp_path: Path) -> None:
    """layers.json has each layer of ours with all its features, labels and predicates as tags."""
    ONE.write(corpus(200), tmp_path / "a", Losses())
    layers = {row["name"]: row for row in json.loads((tmp_path / "a" / "layers.json").read_text())}
    types = cassis.load_typesystem(tmp_path / "a" / "TypeSystem.xml")
    assert [row["type"] for row in layers.values()] == ["span", "relation", "span", "document-metadata"]
    for name, row in layers.items():
        of_inception = ("Governor", "Dependent", "identifier")
        declared = {f.name: f.rangeType.name for f in types.get_type(name).features if f.name not in of_inception}
        assert {f["name"]: f["type"] for f in row["features"]} == declared
    assert layers[CLAIM]["attach_type"] == {"name": MENTION}
    tags = {f["name"]: [t["tag_name"] for t in f.get("tag_set", {}).get("tags", [])] for f in layers[CLAIM]["features"]}
    assert tags["predicate"] == list(ontology.default().predicates)
    assert tags["certainty"] == ["asserted", "hedged"]
    assert not tags["time"]


def test_corrections_made_in_inception_are_read(tmp_path: Path) -> None:
    """A mention, a claim and moved evidence that somebody drew; features that were emptied or changed."""
    ONE.write([emojis()], tmp_path / "a", Losses())
    cas = loaded(tmp_path / "a" / "emojis.xmi")
    beijing, _, gallium, *_ = cas.select(MENTION)
    gallium.canonical = "gallium metal"
    beijing.identifier = None
    quota = add(cas, MENTION, "quotas", value="PRODUCT", normalised="soon")
    (claim,) = cas.select(CLAIM)
    claim.status, claim.measure, claim.time = "lifted", None, "event:2025-07-15, deadline:2026"
    cas.select(EVIDENCE)[0].begin = TEXT.index("banned")
    claims = cas.typesystem.get_type(CLAIM)
    cas.add(claims(begin=0, end=1, Governor=gallium, Dependent=quota, predicate="used_in", certainty="hedged"))
    cas.add(claims(begin=0, end=1, Governor=gallium, Dependent=quota, predicate="designates", status="soon"))
    saved(tmp_path / "a", cas, "emojis")
    (after,), losses = read(tmp_path / "a")
    assert after.doc.id == "emojis"
    assert [(e.id, e.text, e.canonical) for e in after.entities if e.id in ("e3", "e7")] == [
        ("e3", "gallium", "gallium metal"),
        ("e7", "quotas", "quotas"),
    ]
    first, second, third = after.claims
    assert first.qualifiers.model_dump(exclude_none=True) == {
        "status": "lifted",
        "time": [{"kind": "event", "value": "2025-07-15"}, {"kind": "deadline", "value": "2026"}],
    }
    assert first.evidence.text == TEXT[TEXT.index("banned") : TEXT.index("\r")]
    assert (second.predicate, second.subject, second.object, second.confidence) == ("used_in", "e3", "e7", None)
    assert second.evidence.text == first.evidence.text  # the Evidence that holds one of its ends
    assert second.qualifiers.certainty == "hedged"
    assert third.qualifiers == Qualifiers()
    assert losses.counts == Counter({"value that is none": 1, "status that is none": 1})


def foreign(**types: dict[str, str]) -> cassis.Cas:
    """A CAS of somebody else's project: DKPro's types and these layers."""
    system = cassis.load_dkpro_core_typesystem()
    for name, features in types.items():
        made = system.create_type(f"webanno.custom.{name}")
        for feature, range_ in features.items():
            system.create_feature(made, feature, range_)
    cas = cassis.Cas(system)
    cas.sofa_string, cas.sofa_mime = TEXT, "text"
    return cas


def test_named_entities_of_others(tmp_path: Path) -> None:
    """INCEpTION's own layer, and DKPro's subtypes of it; default names; what does not fit is said."""
    cas = foreign()
    add(cas, MENTION, "Beijing", value="PLACE", identifier="http://www.wikidata.org/entity/Q956")
    add(cas, MENTION, "quotas", value="product")
    add(cas, f"{cas_types.DKPRO}ner.type.Organization", "中国", value=None)
    add(cas, MENTION, "gallium", value="CHEM")
    add(cas, MENTION, "Thursday")
    add(cas, cas_types.TOKEN, "banned")
    add(cas, f"{cas_types.DKPRO}lexmorph.type.pos.POS", "banned", PosValue="VBD")
    (after,), losses = read(saved(tmp_path / "a", cas))
    assert after.doc.id == "news"
    assert [(e.label, e.text, e.canonical, e.kb_id) for e in after.entities] == [
        ("PLACE", "Beijing", "Beijing", "http://www.wikidata.org/entity/Q956"),
        ("ORGANIZATION", "中国", "中国", None),
        ("PRODUCT", "quotas", "quotas", None),
    ]
    assert losses.counts == Counter(
        {"label CHEM": 1, "mention without a label": 1, f"layer {cas_types.DKPRO}lexmorph.type.pos.POS": 1}
    )


def test_custom_layers_of_other_names(tmp_path: Path) -> None:
    """Layers are told by what their features say; relations by predicates, also with qualifiers in front."""
    cas = foreign(
        Thing={"kind": "uima.cas.String", "canonical": "uima.cas.String", "comment": "uima.cas.String"},
        Mineral={"note": "uima.cas.String"},
        Mood={"tone": "uima.cas.String"},
        Link={"Governor": "uima.tcas.Annotation", "Dependent": "uima.tcas.Annotation", "sort": "uima.cas.String"},
        Covers={"Governor": "uima.tcas.Annotation", "Dependent": "uima.tcas.Annotation", "status": "uima.cas.String"},
    )
    place = add(cas, "webanno.custom.Thing", "Beijing", kind="PLACE", canonical="China", comment="sure?")
    goods = add(cas, "webanno.custom.Thing", "quotas", kind="PRODUCT")
    metal = add(cas, "webanno.custom.Mineral", "gallium")
    mood = add(cas, "webanno.custom.Mood", "fell", tone="sad")
    link, covers = (cas.typesystem.get_type(f"webanno.custom.{name}") for name in ("Link", "Covers"))
    for type_, source, target, features in (
        (link, place, metal, {"sort": "hedged proposed restricts_export_of"}),
        (covers, goods, metal, {"status": "in_force"}),
        (link, place, goods, {"sort": "likes"}),
        (link, mood, metal, {"sort": "used_in"}),
    ):
        cas.add(type_(begin=target.begin, end=target.end, Governor=source, Dependent=target, **features))
    (after,), losses = read(saved(tmp_path / "a", cas))
    assert [(e.id, e.label, e.canonical) for e in after.entities] == [
        ("e1", "PLACE", "China"),
        ("e2", "MINERAL", "gallium"),
        ("e3", "PRODUCT", "quotas"),
    ]
    assert [(c.predicate, c.subject, c.object, c.qualifiers.model_dump(exclude_none=True)) for c in after.claims] == [
        ("restricts_export_of", "e1", "e2", {"status": "proposed", "certainty": "hedged"}),
        ("covers", "e3", "e2", {"status": "in_force"}),
    ]
    assert after.claims[0].evidence.text == TEXT[: TEXT.index("\r")]
    assert losses.counts == Counter(
        {
            "feature Thing.comment": 1,
            "layer webanno.custom.Mood": 1,
            "layer webanno.custom.Link": 1,
            "claim without its mentions": 1,
        }
    )


def test_a_file_without_its_type_system(tmp_path: Path) -> None:
    """Ours is taken; types that it does not have are said, once for each annotation."""
    cas = foreign(Mood={"tone": "uima.cas.String"})
    add(cas, MENTION, "Beijing", value="PLACE")
    add(cas, "webanno.custom.Mood", "fell", tone="sad")
    file = saved(tmp_path / "a", cas)
    (tmp_path / "a" / "TypeSystem.xml").unlink()
    (after,), losses = read(file)
    assert [e.text for e in after.entities] == ["Beijing"]
    assert losses.counts == Counter({"layer webanno.custom.Mood": 1})


def project(path: Path, *versions: str) -> None:
    """A project as INCEpTION exports it: annotators' and curated documents, each a zip of its own."""
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("exportedproject.json", "{}")
        packed.writestr("source/news.txt", TEXT)
        for number, version in enumerate(versions):
            cas = foreign()
            add(cas, MENTION, ("Beijing", "gallium", "quotas")[number], value="PRODUCT")
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w") as one:
                one.writestr(f"{Path(version).stem}.xmi", cas.to_xmi())
                one.writestr("TypeSystem.xml", cas.typesystem.to_xml())
            packed.writestr(version, inner.getvalue())


def test_a_project_of_inception(tmp_path: Path) -> None:
    """The curated version before annotators', the first annotator before the others, which are said."""
    project(tmp_path / "a.zip", "annotation/news.txt/ann.zip", "annotation/news.txt/bob.zip")
    project(tmp_path / "b.zip", "annotation/news.txt/ann.zip", "curation/news.txt/CURATION_USER.zip")
    (after,), losses = read(tmp_path / "a.zip")
    assert (after.doc.id, [e.text for e in after.entities]) == ("news", ["Beijing"])
    assert losses.examples == {"other version of a document": ["news.txt: annotation/news.txt/bob.zip"]}
    (after,), losses = read(tmp_path / "b.zip")
    assert [e.text for e in after.entities] == ["gallium"]
    assert losses.counts == Counter({"other version of a document": 1})


def test_a_character_that_xml_has_not_spoils_no_other(tmp_path: Path) -> None:
    """The reason names it and the place, in the text and in a name."""
    good = emojis()
    text = "First line.\nform\x0cfeed"
    bad = AnnotatedDocument(doc=DocumentInfo(id="bad", text=text, sha256=text_sha256(text)), entities=[], claims=[])
    named = good.model_copy(update={"doc": good.doc.model_copy(update={"id": "named", "title": "a\x01b"})})
    losses = Losses()
    assert ONE.write([bad, good, named], tmp_path / "a", losses) == 1
    assert losses.failures == {
        "bad": "XML 1.0 does not allow the character U+000C (line 2, character 16); take it out of the text",
        "named": "XML 1.0 does not allow the character U+0001 in 'a\\x01b'",
    }
    assert [one.doc.id for one in read(tmp_path / "a")[0]] == ["emojis"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda raw: raw[: len(raw) // 2], "is no XMI of its type system"),
        (lambda raw: b"", "is no XMI of its type system"),
        (lambda raw: raw.replace(b'begin="3"', b'begin="1"'), r"offset is not in its text \(.*\[1\]"),
        (lambda raw: raw.replace(b'begin="3"', b'begin="999"'), r"offset is not in its text \(.*\[999\]"),
        (lambda raw: raw.replace(b"canonical=", b"cannonical="), "is no XMI of its type system .*cannonical"),
        (lambda raw: raw.replace(b"<cas:NULL", b"<cas:NUL", 1), "is no XMI"),
        (lambda raw: raw.replace(b" fell", b" &#1;ell"), "XML 1.0 does not allow; export it as UIMA CAS XMI .XML 1.0"),
        (
            lambda raw: raw.replace(b"?>\n", b'?>\n<!DOCTYPE x [<!ENTITY y SYSTEM "/etc/passwd">]>\n', 1),
            "type declaration",
        ),
        (
            lambda raw: raw.replace(b"?>\n", b"?>\n<!--" + b"-x" * 4000 + b"--><!DOCTYPE x []>\n", 1),
            "type declaration",
        ),
        (lambda raw: raw.replace(b"&quot;sha", b"sha").replace(b'about="{', b'about="['), "are damaged"),
    ],
    ids=[
        "cut",
        "empty",
        "within a character",
        "outside",
        "feature",
        "tag",
        "XML 1.1",
        "entity",
        "late entity",
        "record",
    ],
)
def test_a_damaged_file_spoils_no_other(change: Any, reason: str, tmp_path: Path) -> None:
    """The failure names the file."""
    good = emojis()
    other = good.model_copy(update={"doc": good.doc.model_copy(update={"id": "other"})})
    ONE.write([good, other], tmp_path / "a", Losses())
    file = tmp_path / "a" / "emojis.xmi"
    raw = file.read_bytes()
    file.write_bytes(change(raw))
    assert file.read_bytes() != raw
    after, losses = read(tmp_path / "a")
    assert [one.doc.id for one in after] == ["other"]
    assert list(losses.failures) == [str(file)]
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(losses.failures[str(file)])


def test_damaged_zips_and_type_systems(tmp_path: Path) -> None:
    """Each is named; a file that unpacks to more than memory should hold is not unpacked."""
    ONE.write([emojis()], tmp_path / "good.zip", Losses())
    raw = (tmp_path / "good.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(raw[: len(raw) // 2])
    half = bytearray(raw)
    half[raw.index(b"emojis.xmi") + 40] ^= 0xFF
    (tmp_path / "flipped.zip").write_bytes(half)
    with zipfile.ZipFile(tmp_path / "types.zip", "w") as packed:
        packed.writestr("a.xmi", b"<x/>")
        packed.writestr("TypeSystem.xml", b"nonsense")
    with zipfile.ZipFile(tmp_path / "entity.zip", "w") as packed:
        packed.writestr("a.xmi", b"<x/>")
        packed.writestr("TypeSystem.xml", '<?xml version="1.0"?><!DOCTYPE x []><x/>'.encode("utf-16"))
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.xmi", b"\0" * ((1 << 28) + 1))
    after, losses = read(tmp_path)
    assert [one.doc.id for one in after] == ["emojis"]
    shown = {Path(where.split(": ")[0]).name: reason for where, reason in losses.failures.items()}
    assert sorted(shown) == ["bomb.zip", "cut.zip", "entity.zip", "flipped.zip", "types.zip"]
    assert "bytes large unpacked" in shown["bomb.zip"]
    assert "is no UIMA type system" in shown["types.zip"]
    assert "type declaration" in shown["entity.zip"]
    with pytest.raises(CorpusError, match="not empty"):
        ONE.write([emojis()], tmp_path, Losses())


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The error says what to install, before anything is written."""
    monkeypatch.setitem(sys.modules, "cassis", None)
    with pytest.raises(ConfigError, match=r'dkpro-cassis is not installed; pip install "claimstake\[uima\]"'):
        ONE.write([emojis()], tmp_path / "a", Losses())
    assert not (tmp_path / "a").exists()
    (tmp_path / "b.xmi").write_text("<x/>")
    with pytest.raises(ConfigError, match="pip install"):
        list(ONE.read(tmp_path / "b.xmi", Losses()))


def test_it_is_recognised(tmp_path: Path) -> None:
    """By its suffix, and in a folder with TypeSystem.xml and layers.json beside."""
    ONE.write([emojis()], tmp_path / "a", Losses())
    ONE.write([emojis()], tmp_path / "a.zip", Losses())
    found = {formats.recognised(tmp_path / name).name for name in ("a", "a.zip", "a/emojis.xmi")}
    assert found == {"cas"}
