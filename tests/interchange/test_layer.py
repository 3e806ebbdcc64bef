"""Documents as layers and back: nothing changes on the way, corrections arrive, and what does not fit is told."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

from claimstake import ontology
from claimstake.interchange.drawing import DrawnArc, DrawnSpan, Layer
from claimstake.interchange.layer import draw, understood
from claimstake.interchange.resolver import Resolved
from claimstake.records import AnnotatedDocument, Claim, DocumentInfo, Entity, Measure, Qualifiers, Span, claim_id
from claimstake.training import inline
from conversions import programs

CORPUS = Path(__file__).parents[2] / "corpus" / "articles"
ONTOLOGY = ontology.default()


def info(text: str) -> DocumentInfo:
    """What is known of a document besides its annotation."""
    sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return DocumentInfo(id="d1", sha256=sha256, text=text)


def plain(document: AnnotatedDocument) -> dict[str, Any]:
    """All that an annotator decides on, in order; the corpus numbers its claims and quotes no evidence."""
    found = document.model_dump(mode="json")
    for entity in found["entities"]:
        del entity["kb_id"], entity["confidence"], entity["extractor"]
    for claim in found["claims"]:
        del claim["id"], claim["confidence"], claim["extractor"], claim["evidence"]["text"]
    return {"entities": found["entities"], "claims": found["claims"]}


# --- there and back ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", sorted(p.name for p in CORPUS.iterdir()))
def test_the_corpus_comes_back(folder: str) -> None:
    """Every article of the corpus, from its layer alone: mentions, names, values, claims, qualifiers, evidence."""
    for path in sorted((CORPUS / folder).glob("*.md")):
        gold = inline.read(path).record
        text = gold.doc.text or ""
        read, problems = understood(text, draw(gold), info=gold.doc)
        assert (problems, plain(read)) == ([], plain(gold)), path.name
        assert all(c.evidence.text == text[c.evidence.start : c.evidence.end] for c in read.claims)


@pytest.mark.parametrize("evidence", [True, False])
def test_what_was_pushed_comes_back_whole(evidence: bool) -> None:
    """With the snapshot everything is kept: knowledge base ids, confidences, extractors, the order of claims."""
    document = sample()
    layer = draw(document, evidence=evidence)
    assert {s.type for s in layer.spans} >= ({"EVIDENCE", "NOMINAL"} if evidence else {"NOMINAL"})
    assert understood(document.doc.text or "", layer, snapshot=document) == (document, [])


def test_program_output_comes_back(nlp: Language) -> None:
    """What the program writes of the examples, nominals included: whole with the snapshot, without it but for knowledge
    base ids and extractors."""
    documents = programs(nlp)
    assert any(e.mention == "nominal" for d in documents for e in d.entities)
    for document in documents:
        text, layer = document.doc.text or "", draw(document)
        assert understood(text, layer, snapshot=document) == (document, [])
        read, problems = understood(text, layer, info=document.doc)
        assert (plain(read), problems) == (plain(document), [])
        for kept in ("entities", "claims"):
            values = [[one.confidence for one in getattr(d, kept)] for d in (document, read)]
            assert values[0] == values[1]
        assert [c.id for c in read.claims] == [c.id for c in document.claims]


LETTERS = st.sampled_from(
    ["a", "B", "é", "é", "中", "文", "😀", "👩‍👧", "🇺🇸", " ", "\n", "\r\n", ".", "|", "=", '"', "\xa0"]
)
NAMES = st.lists(LETTERS, min_size=1, max_size=3).map("".join)
EDTF = st.sampled_from(["2025-07-15", "2025-07", "2024/2025", "XXXX-07-15"])
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
MEASURES = st.builds(Measure, comparator=st.sampled_from(["=", "<", ">="]), value=NUMBERS, unit=NAMES)
VALUES = {"DATE": st.none() | EDTF, "THRESHOLD": st.none() | MEASURES}


@st.composite
def documents(draws: st.DrawFn) -> AnnotatedDocument:
    """Documents with odd texts and names, mentions that nest or overlap, nominals, and claims with all qualifiers."""
    text = draws(st.lists(LETTERS, min_size=1, max_size=25).map("".join))
    bounds = [(a, b) for a, b in combinations(range(len(text) + 1), 2) if text[a:b].strip() == text[a:b]]
    mentions: dict[tuple[Any, ...], dict[str, Any]] = {}
    for start, end in draws(st.lists(st.sampled_from(bounds), max_size=6)) if bounds else []:
        label = draws(st.sampled_from(["PLACE", "MINERAL", "DATE", "THRESHOLD", "COMPANY"]))
        fields = {"label": label, "canonical": draws(NAMES), "value": draws(VALUES.get(label, st.none()))}
        mentions[start, end, label] = {"start": start, "end": end, "mention": "name", **fields}
    things = [m for m in mentions.values() if m["value"] is None and m["label"] not in VALUES]
    for start, end in draws(st.lists(st.sampled_from(bounds), max_size=2)) if things else []:
        thing = draws(st.sampled_from(things))
        key = (start, end, "nominal", thing["label"], thing["canonical"])
        mentions[key] = {**thing, "start": start, "end": end, "mention": "nominal"}
    if bounds and draws(st.booleans()):
        start, end = draws(st.sampled_from(bounds))
        if not any(m["mention"] == "nominal" and (m["start"], m["end"]) == (start, end) for m in mentions.values()):
            nominal = {"label": "MINISTRY", "canonical": draws(NAMES), "value": None, "mention": "nominal"}
            mentions["nominal"] = {"start": start, "end": end, **nominal}
    order = sorted(
        mentions.values(), key=lambda m: (m["start"], -m["end"], m["mention"] != "name", m["label"], m["canonical"])
    )
    entities = [Entity(id=f"e{i}", text=text[m["start"] : m["end"]], **m) for i, m in enumerate(order, 1)]
    return AnnotatedDocument(doc=info(text), entities=entities, claims=draws(claims(text, entities, bounds)))


QUALIFIERS = {
    "attribution": st.none() | NAMES,
    "target": st.none() | NAMES,
    "parameter": st.none() | NAMES,
    "time": st.none() | st.lists(EDTF.map(lambda v: {"kind": "event", "value": v}), min_size=1, max_size=2),
    "certainty": st.sampled_from([None, "hedged", "asserted"]),
    "polarity": st.sampled_from([None, "negated"]),
    "status": st.sampled_from([None, "proposed", "in_force"]),
    "measure": st.sampled_from([None, "ban", "restriction"]),
}


@st.composite
def claims(draws: st.DrawFn, text: str, entities: list[Entity], bounds: list[tuple[int, int]]) -> list[Claim]:
    """Claims between entities that the signatures allow, each between two things at most once, anywhere in the text."""
    pairs = [(s, o) for s, o in product(entities, entities) if s is not o]
    fitting = [(p, s, o) for p in ONTOLOGY.predicates.values() for s, o in pairs if p.accepts(s.label, o.label)]
    found: dict[tuple[str, ...], Claim] = {}
    for predicate, s, o in draws(st.lists(st.sampled_from(fitting), max_size=4)) if fitting else []:
        names = sorted((s.canonical, o.canonical)) if predicate.symmetric else (s.canonical, o.canonical)
        qualifiers = Qualifiers(**{key: draws(values) for key, values in QUALIFIERS.items()})
        start, end = draws(st.sampled_from(bounds))
        found.setdefault(
            (predicate.name, *names),
            Claim(
                id=claim_id("d1", predicate.name, s.canonical, o.canonical, qualifiers.polarity or "affirmed"),
                predicate=predicate.name,
                subject=s.id,
                object=o.id,
                qualifiers=qualifiers,
                evidence=Span(start=start, end=end, text=text[start:end]),
            ),
        )
    return list(found.values())


@settings(max_examples=150, deadline=None)
@given(documents(), st.booleans())
def test_any_document_comes_back(document: AnnotatedDocument, evidence: bool) -> None:
    """From the layer alone, whatever stands in text and names; claims have the ids of the program's output."""
    layer = draw(document, evidence=evidence)
    read, problems = understood(document.doc.text or "", layer, info=document.doc)
    assert read == document
    assert all("overlap in part" in problem for problem in problems)


# --- corrections ------------------------------------------------------------------------------------------------------

TEXT = (
    "Beijing banned exports of gallium on July 15. The ministry may lift the ban on Thursday.\n"
    "Chile produces lithium, and Beijing buys it."
)


def mention(number: int, words: str, label: str, canonical: str, **more: Any) -> Entity:
    """The first mention with these words."""
    start = TEXT.index(words)
    fields = {"confidence": 0.9, "extractor": "gazetteer@1", **more}
    return Entity(
        id=f"e{number}", label=label, text=words, start=start, end=start + len(words), canonical=canonical, **fields
    )


def sample() -> AnnotatedDocument:
    """A small document as the program gives it: a nominal, two dates, a claim with free qualifiers."""
    again = TEXT.rindex("Beijing")
    entities = [
        mention(1, "Beijing", "PLACE", "China", kb_id="cn"),
        mention(2, "gallium", "MINERAL", "gallium"),
        mention(3, "July 15", "DATE", "2025-07-15", value="2025-07-15"),
        mention(4, "The ministry", "PLACE", "China", kb_id="cn", mention="nominal"),
        mention(5, "Thursday", "DATE", "2025-07-17", value="2025-07-17"),
        mention(6, "Chile", "PLACE", "Chile"),
        mention(7, "lithium", "MINERAL", "lithium"),
        mention(8, "Beijing", "PLACE", "China").model_copy(update={"start": again, "end": again + 7}),
    ]
    ban = Qualifiers(status="in_force", measure="ban", time=[{"kind": "event", "value": "2025-07-15"}], target="Chile")
    return AnnotatedDocument(
        doc=info(TEXT),
        entities=entities,
        claims=[
            stated("restricts_export_of", entities[0], entities[1], ban, TEXT[:45]),
            stated("produces", entities[5], entities[6], Qualifiers(), TEXT[TEXT.index("Chile") :]),
        ],
        pipeline={"name": "claimstake"},
    )


def stated(predicate: str, subject: Entity, object_: Entity, qualifiers: Qualifiers, words: str) -> Claim:
    """A claim as the program gives it."""
    start = TEXT.index(words)
    return Claim(
        id=claim_id("d1", predicate, subject.canonical, object_.canonical, qualifiers.polarity or "affirmed"),
        predicate=predicate,
        subject=subject.id,
        object=object_.id,
        qualifiers=qualifiers,
        evidence=Span(start=start, end=start + len(words), text=words),
        confidence=0.8,
        extractor="rule@1",
    )


def drawn(layer: Layer, words: str, type_: str, nth: int = 0) -> Layer:
    """The layer with another span over these words."""
    start = -1
    for _ in range(nth + 1):
        start = TEXT.index(words, start + 1)
    number = max(s.id for s in layer.spans) + 1
    return replace(layer, spans=(*layer.spans, DrawnSpan(number, type_, start, start + len(words))))


def joined(layer: Layer, type_: str, source: int, target: int) -> Layer:
    """The layer with another arc."""
    number = max((a.id for a in layer.arcs), default=0) + 1
    return replace(layer, arcs=(*layer.arcs, DrawnArc(number, type_, source, target)))


def said(layer: Layer, *comments: str) -> Layer:
    """The layer with more comments."""
    return replace(layer, sheets=(*layer.sheets, *comments))


def read(layer: Layer) -> tuple[AnnotatedDocument, list[str]]:
    """What a corrected layer of the sample says."""
    return understood(TEXT, layer, snapshot=sample())


def triples(document: AnnotatedDocument) -> list[tuple[str, str, str]]:
    """Predicate and names of all claims."""
    names = {e.id: e.canonical for e in document.entities}
    return [(c.predicate, names[c.subject], names[c.object]) for c in document.claims]


def test_an_arc_of_another_type() -> None:
    """Another status: qualifiers and evidence stay, confidence and extractor go, other claims keep theirs."""
    layer = draw(sample())
    arcs = tuple(replace(a, type="lifted ban restricts_export_of") if "restricts" in a.type else a for a in layer.arcs)
    document, problems = read(replace(layer, arcs=arcs))
    before = sample().claims[0]
    changed = before.qualifiers.model_copy(update={"status": "lifted"})
    expected = before.model_copy(update={"qualifiers": changed, "confidence": None, "extractor": None})
    assert (document.claims, problems) == ([expected, sample().claims[1]], [])


def test_a_comment_changes_a_claim() -> None:
    """The line replaces the earlier one, free qualifiers and all; a closed one in it wins over the arc."""
    line = "restricts_export_of | China | gallium | time=effective:2025-08; status=announced"
    document, problems = read(said(draw(sample()), line))
    found = document.claims[0].qualifiers
    assert problems == []
    assert found == Qualifiers(status="announced", measure="ban", time=[{"kind": "effective", "value": "2025-08"}])


def test_later_comments_win_line_by_line() -> None:
    """Of two comments on one thing the later holds; what they do not mention stays."""
    layer = said(
        draw(sample()), "value: July 15 = 2024-07-15\nname: Chile = Chile (country)", "value: July 15 = 2023-07-15"
    )
    document, problems = read(layer)
    dates = [e for e in document.entities if e.label == "DATE"]
    assert problems == []
    assert [(e.value, e.canonical) for e in dates] == [("2023-07-15", "2023-07-15"), ("2025-07-17", "2025-07-17")]
    assert [(e.confidence, e.extractor) for e in dates] == [(None, None), (0.9, "gazetteer@1")]
    assert triples(document)[1] == ("produces", "Chile (country)", "lithium")


def test_a_name_for_all_and_for_one() -> None:
    """A name line holds for all mentions of the words, with an offset for one; nominals follow their arcs."""
    document, problems = read(said(draw(sample()), "name: Beijing = People's Republic of China"))
    assert problems == []
    assert [e.canonical for e in document.entities if e.label == "PLACE"] == [
        *["People's Republic of China"] * 2,
        "Chile",
        "People's Republic of China",
    ]
    assert ("restricts_export_of", "People's Republic of China", "gallium") in triples(document)
    assert sample().claims[0].qualifiers in [c.qualifiers for c in document.claims]
    document, problems = read(said(draw(sample()), f"name: Beijing @{TEXT.rindex('Beijing')} = Beijing"))
    assert problems == []
    assert [e.canonical for e in document.entities if e.text == "Beijing"] == ["China", "Beijing"]


def test_a_renamed_target_is_renamed_in_claims() -> None:
    """Qualifiers that are names follow a thing that is called otherwise now."""
    document, _ = read(said(draw(sample()), "name: Chile = Republic of Chile"))
    assert document.claims[0].qualifiers.target == "Republic of Chile"


def test_a_corrected_date_is_corrected_in_claims() -> None:
    """The times of claims follow the date that they came from, unless a comment on the claim says another."""
    document, problems = read(said(draw(sample()), "value: July 15 = 2024-07-15"))
    assert (document.claims[0].qualifiers.time or [])[0].value == "2024-07-15"
    own = "restricts_export_of | China | gallium | time=event:2025-07-15"
    document, problems = read(said(draw(sample()), "value: July 15 = 2024-07-15", own))
    assert (document.claims[0].qualifiers.time or [])[0].value == "2025-07-15"
    assert problems == []


def test_a_wrong_cluster() -> None:
    """An arc same_as gives one mention the name of another; the rest of the cluster stays."""
    layer = draw(sample())
    spans = {(s.type, s.start): s.id for s in layer.spans}
    again, chile = spans["PLACE", TEXT.rindex("Beijing")], spans["PLACE", TEXT.index("Chile")]
    document, problems = read(joined(layer, "same_as", again, chile))
    assert problems == []
    assert [e.canonical for e in document.entities if e.text == "Beijing"] == ["China", "Chile"]


def test_a_new_mention_and_a_new_claim() -> None:
    """What a human draws has no confidence and the name of its like; the claim rests on the sentence."""
    layer = drawn(drawn(draw(sample()), "ban", "INSTRUMENT", 1), "The ministry", "MINISTRY")
    document, problems = read(joined(layer, "hedged lifted issues", layer.spans[-1].id, layer.spans[-2].id))
    new = [e for e in document.entities if e.confidence is None]
    assert problems == []
    assert [(e.text, e.label, e.canonical, e.extractor) for e in new] == [
        ("The ministry", "MINISTRY", "The ministry", None),
        ("ban", "INSTRUMENT", "ban", None),
    ]
    claim = document.claims[-1]
    assert claim.qualifiers == Qualifiers(certainty="hedged", status="lifted")
    assert claim.id == claim_id("d1", "issues", "The ministry", "ban", "affirmed")
    assert claim.evidence.text == "The ministry may lift the ban on Thursday."
    assert claim.confidence is None


def test_a_deleted_arc_takes_its_line_along() -> None:
    """A claim that is deleted leaves nothing to complain of, though the program's sheet still has its line."""
    layer = draw(sample())
    document, problems = read(replace(layer, arcs=tuple(a for a in layer.arcs if "restricts" not in a.type)))
    assert (triples(document), problems) == ([("produces", "Chile", "lithium")], [])


def test_an_arc_of_another_predicate_loses_its_line() -> None:
    """Qualifiers are not moved to another claim in silence: the comment to add is given."""
    layer = draw(sample())
    arcs = tuple(replace(a, type="ban restricts_import_of") if "restricts" in a.type else a for a in layer.arcs)
    document, problems = read(replace(layer, arcs=arcs))
    assert document.claims[-1].qualifiers == Qualifiers(status="in_force", measure="ban")
    assert len(problems) == 1
    assert "restricts_import_of | China | gallium | target=Chile; time=event:2025-07-15" in problems[0]


def test_a_mention_drawn_anew_is_reminded_of_its_line() -> None:
    """Who mends bounds draws the arc again: the line of the old one is offered for the new one."""
    layer = without(draw(sample()), GALLIUM)
    layer = drawn(replace(layer, arcs=layer.arcs[:1] + layer.arcs[2:]), "exports of gallium", "MINERAL")
    assert read(layer)[1] == []
    document, problems = read(joined(layer, "ban restricts_export_of", BEIJING, layer.spans[-1].id))
    assert document.claims[-1].qualifiers.time is None
    assert len(problems) == 1
    assert "restricts_export_of | China | exports of gallium | target=Chile; time=event:2025-07-15" in problems[0]


def test_another_sentence_as_evidence() -> None:
    """A drawn sentence that holds both ends and is smaller wins; a comment may quote one."""
    document, _ = read(drawn(draw(sample()), "Chile produces lithium", "EVIDENCE"))
    assert document.claims[1].evidence.text == "Chile produces lithium"
    document, problems = read(
        said(draw(sample()), 'produces | Chile | lithium | - | "Chile produces ... Beijing buys"')
    )
    assert (document.claims[1].evidence.text, problems) == ("Chile produces lithium, and Beijing buys", [])


def test_a_nominal_for_several_things() -> None:
    """A claim of "both" is a claim of each that its arcs name."""
    layer = drawn(draw(sample()), "it", "NOMINAL", TEXT[: TEXT.rindex("it")].count("it"))
    spans = {(s.type, s.start): s.id for s in layer.spans}
    it = layer.spans[-1].id
    for words in ("gallium", "lithium"):
        layer = joined(layer, "same_as", it, spans["MINERAL", TEXT.index(words)])
    layer = joined(layer, "invests_in", spans["PLACE", TEXT.rindex("Beijing")], it)
    document, problems = read(layer)
    assert problems == []
    assert triples(document)[2:] == [("invests_in", "China", "gallium"), ("invests_in", "China", "lithium")]


class Knowing:
    """A resolver that knows one word of each kind."""

    def mention(self, start: int, end: int, label: str) -> Resolved:
        known = {"ban": Resolved("the ban of July", None, "kb7"), "July 15": Resolved(value="2025-07-15")}
        return known.get(TEXT[start:end], Resolved())

    def sentence(self, offset: int) -> tuple[int, int]:
        return 0, len(TEXT)


def test_a_resolver_knows_names_and_values() -> None:
    """Without a snapshot and a sheet, names, values and ids come from the resolver."""
    layer = drawn(drawn(Layer(spans=(DrawnSpan(1, "PLACE", 0, 7),)), "ban", "INSTRUMENT", 1), "July 15", "DATE")
    document, problems = understood(TEXT, layer, info=info(TEXT), resolver=Knowing())
    assert problems == []
    assert [(e.canonical, e.value, e.kb_id) for e in document.entities] == [
        ("Beijing", None, None),
        ("2025-07-15", "2025-07-15", None),
        ("the ban of July", None, "kb7"),
    ]


# --- problems ---------------------------------------------------------------------------------------------------------

BEIJING, GALLIUM, JULY, MINISTRY, THURSDAY, CHILE, LITHIUM, AGAIN = range(1, 9)


def span(layer: Layer, type_: str, start: int, end: int) -> Layer:
    """The layer with a span anywhere."""
    return replace(layer, spans=(*layer.spans, DrawnSpan(99, type_, start, end)))


def without(layer: Layer, *numbers: int) -> Layer:
    """The layer without these spans; their arcs stay, as they would in a damaged export."""
    return replace(layer, spans=tuple(s for s in layer.spans if s.id not in numbers))


PROBLEMS = {
    "unknown span type": (lambda x: span(x, "TOWN", 0, 7), "'TOWN' is no label"),
    "no character": (lambda x: span(x, "PLACE", 5, 5), "without a character"),
    "beyond the text": (lambda x: span(x, "PLACE", 5, 9999), "the text ends at"),
    "only white space": (lambda x: span(x, "PLACE", 7, 8), "white space"),
    "white space at the ends": (lambda x: span(x, "ORGANIZATION", 7, 15), "'banned' (line 1, characters 8-14)"),
    "overlap in part": (lambda x: span(x, "ORGANIZATION", 3, 14), "overlap in part"),
    "date without a value": (lambda x: drawn(x, "the", "DATE"), "value: the = 2025-07-15"),
    "nominal for nothing": (lambda x: drawn(x, "buys", "NOMINAL"), "same_as arc"),
    "unknown word": (lambda x: joined(x, "planned located_in", BEIJING, CHILE), "unknown word 'planned'"),
    "no predicate": (lambda x: joined(x, "hedged", BEIJING, CHILE), "no predicate"),
    "status where there is none": (lambda x: joined(x, "lifted located_in", BEIJING, CHILE), "takes no status"),
    "misfit": (lambda x: joined(x, "located_in", BEIJING, GALLIUM), "from PLACE to MINERAL; change its type"),
    "turned round": (lambda x: joined(x, "dominates", GALLIUM, BEIJING), "turn it round"),
    "to evidence": (lambda x: joined(x, "covers", GALLIUM, 9), "EVIDENCE span"),
    "to itself": (lambda x: joined(x, "located_in", CHILE, CHILE), "to itself"),
    "to nothing": (lambda x: joined(x, "located_in", CHILE, 777), "not there"),
    "drawn twice, alike": (lambda x: joined(x, "ban restricts_export_of", AGAIN, GALLIUM), "the first one is taken"),
    "drawn twice, not alike": (
        lambda x: joined(x, "lifted ban restricts_export_of", BEIJING, GALLIUM),
        "the later one",
    ),
    "symmetric, both ways": (
        lambda x: joined(joined(x, "partners_with", BEIJING, CHILE), "partners_with", CHILE, AGAIN),
        "drawn twice",
    ),
    "claim line without an arc": (lambda x: said(x, "dominates | China | gallium | share=9"), "no such arc"),
    "name line without a mention": (lambda x: said(x, "name: Peking = China"), "no mention 'Peking'"),
    "line that is none": (lambda x: said(x, "name: a\nvalue: July 15 = 2025-07-15"), "comment line 'name: a'"),
    "date with an amount": (lambda x: said(x, "value: July 15 = 60 %"), "no value of a DATE"),
    "unknown target": (lambda x: said(x, "restricts_export_of | China | gallium | target=Mars"), "'Mars'"),
    "evidence not found": (lambda x: said(x, 'produces | Chile | lithium | - | "Peru mines"'), "evidence is not found"),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_does_not_fit_is_told(name: str) -> None:
    """One line that names place and mend; all else of the document is as it was."""
    spoil, told = PROBLEMS[name]
    document, problems = read(spoil(draw(sample())))
    assert len(problems) == 1, problems
    assert told in problems[0]
    assert {(e.start, e.end, e.label) for e in sample().entities} <= {
        (e.start, e.end, e.label) for e in document.entities
    }
    assert set(triples(sample())) <= set(triples(document))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("value: July 15 = yesterday", "value: July 15 = 2025-07-16"),
        ("produces | Chile | lithium | amount: 4 t", "- produces | Chile|lithium | amount=4 t"),
    ],
)
def test_a_later_line_mends_one_that_was_not_understood(wrong: str, right: str) -> None:
    """Only its author can change a comment; so anybody's right line takes the problem away, an earlier one does not."""
    assert read(said(draw(sample()), wrong, right)) == read(said(draw(sample()), right))
    assert read(said(draw(sample()), right))[1] == []
    assert len(read(said(draw(sample()), right, wrong))[1]) == 1
    assert len(read(said(draw(sample()), wrong, "value: July 1 = 2025-07-16"))[1]) == 2


def test_of_two_claims_the_later_is_taken() -> None:
    """Two arcs between the same things with different words: the claim is there once, as the later says."""
    document, _ = read(joined(draw(sample()), "lifted ban restricts_export_of", BEIJING, GALLIUM))
    assert [c.qualifiers.status for c in document.claims] == ["lifted", None]


def test_the_same_span_drawn_twice_is_one() -> None:
    """Two people who mark the same words mean one mention, and arcs from either are its own."""
    layer = drawn(draw(sample()), "lithium", "MINERAL")
    document, problems = read(joined(layer, "produces", CHILE, layer.spans[-1].id))
    assert (document, problems) == (sample(), [])


def test_a_lost_end_loses_the_claim_with_a_word() -> None:
    """An arc whose span is gone or of no use is told, and the rest stays."""
    document, problems = read(without(draw(sample()), LITHIUM))
    assert triples(document) == triples(sample())[:1]
    assert len(problems) == 1
    assert "'produces'" in problems[0]
    document, problems = read(joined(span(draw(sample()), "TOWN", 0, 7), "located_in", CHILE, 99))
    assert document == sample()
    assert ["left out" in problem for problem in problems] == [False, True]


def test_talk_in_comments_is_left_alone() -> None:
    """A comment that is no sheet changes nothing."""
    assert read(said(draw(sample()), "Should this be proposed?")) == (sample(), [])


def test_info_or_snapshot_is_needed() -> None:
    """Without either there is no document to speak of."""
    with pytest.raises(ValueError, match="info"):
        understood(TEXT, draw(sample()))


def test_drawing_needs_the_text() -> None:
    """A record without its text is refused by name."""
    bare = sample().model_copy(update={"doc": sample().doc.model_copy(update={"text": None})})
    with pytest.raises(ValueError, match="d1: the record carries no text"):
        draw(bare)
