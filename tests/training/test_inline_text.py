"""The inline format, written and read back: every article of the corpus, and texts full of its own signs."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimstake.errors import CorpusError
from claimstake.records import (
    AnnotatedDocument,
    Claim,
    DocumentInfo,
    Entity,
    Measure,
    Qualifiers,
    Span,
)
from claimstake.training import inline
from claimstake.training.inline_text import Loss, written

ROOT = Path(__file__).parents[2]
ARTICLES = sorted((ROOT / "corpus" / "articles").rglob("*.md"))
TEXT = "Peru banned exports of 12 t of zinc ore on May 2. Zinc prices rose."


def record(text: str, entities: list[Entity] = (), claims: list[Claim] = (), **info: Any) -> AnnotatedDocument:
    """A record of a text."""
    sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    doc = DocumentInfo(**{"id": "d", "title": "T", "language": "en", **info}, sha256=sha256, text=text)
    return AnnotatedDocument(doc=doc, entities=list(entities), claims=list(claims))


def mention(text: str, surface: str, label: str, number: int = 1, canonical: str | None = None, **more: Any) -> Entity:
    """A mention of the first place of a surface."""
    start = more.pop("start", text.find(surface))
    place = {"text": surface, "start": start, "end": start + len(surface)}
    return Entity(id=f"e{number}", label=label, canonical=canonical or surface, **place, **more)


def claim(predicate: str, subject: int, object_: int, evidence: tuple[int, int], **qualifiers: Any) -> Claim:
    """A claim between numbered mentions."""
    span = Span(start=evidence[0], end=evidence[1])
    ends = {"subject": f"e{subject}", "object": f"e{object_}"}
    return Claim(id="c1", predicate=predicate, **ends, qualifiers=Qualifiers(**qualifiers), evidence=span)


def peru(**qualifiers: Any) -> AnnotatedDocument:
    """A small record with one claim."""
    entities = [mention(TEXT, "Peru", "PLACE", 1), mention(TEXT, "zinc ore", "MINERAL", 2)]
    said = {"status": "in_force", "measure": "ban", **qualifiers}
    return record(TEXT, entities, [claim("restricts_export_of", 1, 2, (0, 49), **said)])


class TestCorpus:
    def test_there_are_articles(self) -> None:
        """The corpus is there to be written."""
        assert len(ARTICLES) > 250

    @pytest.mark.parametrize("path", ARTICLES, ids=lambda p: p.stem)
    def test_article_comes_back(self, path: Path) -> None:
        """Parsed, written and parsed again, an article of the corpus is the same, and nothing is lost."""
        once = inline.read(path)
        text, losses = written(once.record, once.about)
        again = inline.parse(text, path.name)
        assert again.record == once.record
        assert (again.article, again.about) == (once.article, once.about)
        assert losses == []


class TestText:
    @pytest.mark.parametrize(
        "text",
        [
            "=== text",
            "=== claims\nthen",
            "a [b] {{c}} | d \\ e",
            "\\",
            "\\=== text",
            "C:\\[x]\\",
            "\\\\[\\|",
            "",
            "\n",
            "a\r\nb\rc\n",
            "\ufeff漢字 👩‍🔬 e\u0301 \u2028x",
            "{{{{",
            "\x00",
        ],
    )
    def test_comes_back_from_a_file(self, text: str, tmp_path: Path) -> None:
        """Whatever signs of the format, line ends and other oddities a text has, it is the same after writing."""
        path = tmp_path / "d.md"
        path.write_bytes(written(record(text)).text.encode())
        assert inline.read(path).record.doc.text == text

    def test_windows_file(self, tmp_path: Path) -> None:
        """A file whose own lines end in carriage returns is read as one without."""
        path = tmp_path / "d.md"
        path.write_bytes(written(peru()).text.replace("\n", "\r\n").encode())
        assert inline.read(path).record == inline.parse(written(peru()).text, "d").record

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            (None, [(0, 67)]),
            ([(0, 10), (20, 30)], [(0, 10), (20, 30)]),
            ([(0, 10), (10, 30)], [(0, 10), (10, 30)]),
            ([(20, 30), (0, 0)], [(0, 0), (20, 30)]),
            ([(0, 10), (5, 99)], [(0, 67)]),
            ([], [(0, 0)]),
        ],
    )
    def test_body(self, body: list[tuple[int, int]] | None, expected: list[tuple[int, int]]) -> None:
        """Without a body the whole text is it; several ranges stay apart, overlapping ones become one."""
        spans = None if body is None else [Span(start=a, end=b) for a, b in body]
        found = inline.parse(written(record(TEXT, body=spans)).text, "d").record.doc.body
        assert [(s.start, s.end) for s in found] == expected

    @pytest.mark.parametrize(
        ("document", "says"),
        [
            (record(TEXT, id="a\nb"), "one line"),
            (record("half \ud83d"), "surrogate"),
            (record(TEXT).model_copy(update={"doc": record(TEXT).doc.model_copy(update={"text": None})}), "no text"),
            (record(TEXT, [mention(TEXT, "Peru", "PLACE", start=3)]), "does not stand"),
            (record(TEXT, [], [claim("covers", 1, 2, (0, 4))]), "not there"),
        ],
    )
    def test_cannot_be_written(self, document: AnnotatedDocument, says: str) -> None:
        """What is no whole document is an error that names it."""
        with pytest.raises(CorpusError, match=says):
            written(document)


class TestMentions:
    def test_name_line_where_it_saves(self) -> None:
        """A surface named twice gets a name line, one named once says its name in place."""
        text = "Lima and Lima and Oslo"
        entities = [
            mention(text, "Lima", "PLACE", 1, "Peru"),
            mention(text, "Lima", "PLACE", 2, "Peru", start=9),
            mention(text, "Oslo", "PLACE", 3, "Norway"),
        ]
        document = record(text, entities)
        found = written(document)
        assert "name: Lima = Peru\n" in found.text
        assert "[Oslo|PLACE|~Norway]" in found.text
        assert [e.canonical for e in inline.parse(found.text, "d").record.entities] == ["Peru", "Peru", "Norway"]

    @pytest.mark.parametrize(
        ("entities", "kind"),
        [
            ([("12 t of", "MINERAL", None), ("t of zinc", "MINERAL", None)], "mention overlaps another in part"),
            ([(" on", "PLACE", None)], "mention at white space"),
            ([("May 2", "DATE", None)], "mention without its value"),
            ([("12 t", "QUANTITY", Measure(comparator="..", value=12, unit="t"))], "mention without its value"),
            (
                [("12 t", "QUANTITY", Measure(comparator="=", value=float("inf"), unit="t"))],
                "mention without its value",
            ),
            ([("Peru", "VESSEL", None)], "mention of a label of your own"),
            ([("Peru", "PLACE", None), ("Peru", "PLACE", None)], "mention twice"),
        ],
    )
    def test_left_out(self, entities: list[tuple[str, str, Any]], kind: str) -> None:
        """A mention that the format cannot hold is named as lost, and the rest is written."""
        made = [mention(TEXT, s, label, n, value=value) for n, (s, label, value) in enumerate(entities, 1)]
        found = written(record(TEXT, made))
        assert [loss.kind for loss in found.losses] == [kind]
        assert len(inline.parse(found.text, "d").record.entities) == len(entities) - 1

    def test_outside_the_body_and_over_lines(self) -> None:
        """So is one outside the body, or on two lines."""
        text = "Menu: Peru\nRio\nTinto"
        made = [mention(text, "Peru", "PLACE", 1), mention(text, "Rio\nTinto", "COMPANY", 2)]
        found = written(record(text, made, body=[Span(start=11, end=20)]))
        assert [loss.kind for loss in found.losses] == ["mention outside the body", "mention over a line break"]

    def test_claimed_mention_is_kept(self) -> None:
        """Of two that overlap in part the one with a claim stays."""
        document = peru()
        document.entities.append(mention(TEXT, "t of zinc", "PRODUCT", 3))
        found = written(document)
        assert found.losses == [Loss("mention overlaps another in part", "t of zinc")]
        assert len(inline.parse(found.text, "d").record.claims) == 1

    @pytest.mark.parametrize("value", [12, 0.0000125, 1e22, -4.5])
    def test_numbers(self, value: float) -> None:
        """A number has no exponent and is the same when read back."""
        measure = Measure(comparator="~", value=value, unit="t")
        [found] = inline.parse(
            written(record(TEXT, [mention(TEXT, "12 t", "QUANTITY", value=measure)])).text, "d"
        ).record.entities
        assert found.value == measure

    def test_details(self) -> None:
        """Confidences, extractors and ids of a knowledge base are counted as lost, each where it is."""
        document = record(TEXT, [mention(TEXT, "Peru", "PLACE", kb_id="pe", confidence=0.5, extractor="x")], author="A")
        assert [loss.kind for loss in written(document).losses] == ["author", "kb_id", "confidence", "extractor"]


class TestClaims:
    def test_list_fans(self) -> None:
        """Claims that differ in their object alone stand on one line."""
        text = "Chile exports copper, lithium and iodine, it said."
        names = ["Chile", "copper", "lithium", "iodine"]
        labels = ["PLACE", "MINERAL", "MINERAL", "MINERAL"]
        entities = [mention(text, s, label, n) for n, (s, label) in enumerate(zip(names, labels, strict=True), 1)]
        document = record(text, entities, [claim("produces", 1, n, (0, len(text))) for n in (2, 3, 4)])
        found = written(document).text
        assert 'produces | Chile | copper + lithium + iodine | - | "Chile exports copper, lithium"\n' in found
        assert [c.object for c in inline.parse(found, "d").record.claims] == ["e2", "e3", "e4"]

    @pytest.mark.parametrize("end", [40, 48, 49, 54, len(TEXT)])
    def test_evidence_ends_anywhere(self, end: int) -> None:
        """Evidence ends where it did: in a sentence, at its end, in the next one."""
        document = peru()
        document.claims[0].evidence.end = end
        [found] = inline.parse(written(document).text, "d").record.claims
        assert (found.evidence.start, found.evidence.end) == (0, end)

    def test_evidence_that_stands_twice(self) -> None:
        """Evidence that is in the text twice is quoted from a line before; with nothing before it the claim is lost."""
        line = "Peru banned exports of zinc ore."
        text = f"{line}\nMore:\n{line}"
        later = len(line) + 7
        entities = [mention(text, "Peru", "PLACE", 1), mention(text, "zinc ore", "MINERAL", 2)]
        qualifiers = {"status": "in_force", "measure": "ban"}
        second = written(record(text, entities, [claim("restricts_export_of", 1, 2, (later, len(text)), **qualifiers)]))
        assert [loss.kind for loss in second.losses] == ["evidence, written wider"]
        [found] = inline.parse(second.text, "d").record.claims
        assert (found.evidence.start, found.evidence.end) == (len(line) + 1, len(text))
        first = written(record(text, entities, [claim("restricts_export_of", 1, 2, (0, len(line)), **qualifiers)]))
        assert [loss.kind for loss in first.losses] == ["claim: evidence cannot be quoted"]

    @pytest.mark.parametrize(
        ("qualifiers", "kind", "cell"),
        [
            ({"attribution": "a; b"}, "qualifier attribution", "status=in_force; measure=ban"),
            ({"target": "Mars"}, "qualifier target", "status=in_force; measure=ban"),
            ({"time": [{"kind": "event", "value": "soon"}]}, "qualifier time", "status=in_force; measure=ban"),
            ({"measure": None}, "qualifier measure", "status=in_force; measure=restriction"),
        ],
    )
    def test_qualifier_lost(self, qualifiers: dict[str, Any], kind: str, cell: str) -> None:
        """A qualifier that the format cannot hold is lost alone."""
        found = written(peru(**qualifiers))
        assert [loss.kind for loss in found.losses] == [kind]
        assert f" | {cell} | " in found.text

    def test_second_polarity_is_lost(self) -> None:
        """Two claims of one triple are one in the format: the first."""
        document = peru()
        document.claims.append(document.claims[0].model_copy(update={"qualifiers": Qualifiers(polarity="negated")}))
        found = written(document)
        assert "claim twice" in [loss.kind for loss in found.losses]
        assert len(inline.parse(found.text, "d").record.claims) == 1

    def test_nominal_end(self) -> None:
        """A claim about a nominal mention is written about its cluster."""
        text = "Peru spoke. The country banned exports of zinc ore."
        entities = [
            mention(text, "Peru", "PLACE", 1),
            mention(text, "The country", "PLACE", 2, "Peru", mention="nominal"),
            mention(text, "zinc ore", "MINERAL", 3),
        ]
        said = claim("restricts_export_of", 2, 3, (12, len(text)), status="in_force", measure="ban")
        found = written(record(text, entities, [said]))
        assert [loss.kind for loss in found.losses] == ["mention nominal", "which mention a claim stands at"]
        [back] = inline.parse(found.text, "d").record.claims
        assert (back.subject, back.object) == ("e1", "e2")


ODD = st.text(
    st.one_of(st.sampled_from('[]|{}\\=~ \n\r\t"+;.?#'), st.characters(codec="utf-8", max_codepoint=0x2FFFF)),
    max_size=60,
)
LINES = st.lists(st.one_of(ODD, st.sampled_from(["=== text", "=== claims", "\\=== text"])), max_size=4).map("\n".join)
LABELS = st.sampled_from(["PLACE", "MINERAL", "DATE", "QUANTITY", "TECHNOLOGY", "INSTRUMENT"])
VALUES = st.sampled_from(
    [
        None,
        "2025-07",
        "soon",
        Measure(comparator="<", value=2.5, unit="a|b]"),
        Measure(comparator="..", value=(1, 2), unit="%"),
    ]
)
PREDICATES = st.sampled_from(["covers", "produces", "restricts_export_of", "partners_with"])


@st.composite
def odd_documents(draw: st.DrawFn) -> AnnotatedDocument:
    """A document whose text, names, mentions and claims are as odd as the schema lets them be."""
    text = draw(LINES)
    places = st.integers(0, len(text))
    entities = []
    for number in range(draw(st.integers(0, 6))):
        start, end = sorted((draw(places), draw(places)))
        if start < end:
            where = {"start": start, "end": end, "text": text[start:end]}
            named = draw(st.one_of(ODD, st.just(text[start:end])))
            kind = draw(st.sampled_from(["name", "name", "nominal"]))
            what = {"label": draw(LABELS), "canonical": named, "mention": kind, "value": draw(VALUES)}
            entities.append(Entity(id=f"e{number}", **where, **what))
    claims = []
    for number in range(draw(st.integers(0, 4)) if entities else 0):
        ends = {"subject": draw(st.sampled_from(entities)).id, "object": draw(st.sampled_from(entities)).id}
        start, end = sorted((draw(places), draw(places)))
        said = draw(st.fixed_dictionaries({}, optional={"status": st.just("lifted"), "role": ODD, "target": ODD}))
        said = {**said, "evidence": Span(start=start, end=end)}
        evidence = said.pop("evidence")
        claims.append(
            Claim(id=f"c{number}", predicate=draw(PREDICATES), **ends, qualifiers=Qualifiers(**said), evidence=evidence)
        )
    body = draw(st.none() | st.lists(st.tuples(places, places).map(sorted), max_size=3))
    spans = None if body is None else [Span(start=a, end=b) for a, b in body]
    return record(text, entities, claims, body=spans, title=draw(ODD))


@settings(max_examples=200, deadline=None)
@given(odd_documents())
def test_all_that_is_written_parses(document: AnnotatedDocument) -> None:
    """What is written parses, has the same text, and holds no more than the record; what it holds not is named."""
    found = written(document)
    again = inline.parse(found.text, "d").record
    assert again.doc.text == document.doc.text
    places = {(e.start, e.end, e.label) for e in document.entities}
    assert {(e.start, e.end, e.label) for e in again.entities} <= places
    lost = [loss.kind for loss in found.losses]
    assert len(document.entities) - len(again.entities) == sum(kind.startswith("mention ") for kind in lost)
    assert len(document.claims) - len(again.claims) == sum(kind.startswith("claim") for kind in lost)
    assert written(again).text == written(inline.parse(written(again).text, "d").record).text
    assert not written(again).losses
