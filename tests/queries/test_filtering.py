"""Any filter, in pages of any size, gives the rows that plain Python finds among all records, once each."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claimstake.errors import ConfigError
from claimstake.knowledge.surfaces import fold
from claimstake.ledger import calendar
from claimstake.ledger.asking import Answer, Question, with_kinds
from claimstake.ledger.knowing import default
from claimstake.ledger.model import Thing as Named
from claimstake.queries.contract import ClaimFilter, ClaimRow
from claimstake.queries.open import reader
from claimstake.queries.reading import DatabaseReader
from claimstake.records import AnnotatedDocument, Claim, Entity, Qualifiers
from claimstake.review.contract import Correction, Judging
from claimstake.review.judgements import Judgements, open_judgements
from claimstake.store.contract import KEY_LENGTH
from claimstake.store.rows import entity_id
from stores import fill

DOCUMENTS = 40
DATES = ("2025-07", "2024", "199X", "2023-05-05/2023-06-10", None, "2025-07-31", "2025-08-01~", "2025-13-45")
ODD = ('"', "'; DROP TABLE claims; --", "%", "_", "*", "NEAR(a b)", "a OR b", "gallium AND", "(", "text:china", "^x",
       "{", "\\", "\0", "é", "a-b", "-china", "+", "china*", "𝒳", "china\" OR \"1\"=\"1", "${7*7}")  # fmt: skip
VERDICTS = ("accepted", "rejected", "corrected", "corrected", "added", "added", "undone")
JUDGED = 100


@dataclass(frozen=True)
class Row:
    """A claim with its document, its ends and its verdict; its id is that by which it is judged."""

    key: str
    claim: Claim
    date: str | None
    subject: Entity
    object: Entity
    verdict: str | None


@dataclass(frozen=True)
class Known:
    desk: DatabaseReader
    rows: list[Row]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory, maker: ModuleType) -> Iterator[Known]:
    """Invented documents with odd dates, missing and equal confidences, and judgements."""
    chance = random.Random(3)
    address = str(tmp_path_factory.mktemp("filters") / "claims.db")
    made = maker.Maker(3)
    records = [_odd(made.document(number), number, chance) for number in range(DOCUMENTS)]
    fill(address, records)
    judgements = open_judgements(address)
    _judge(judgements, records[::2], chance)
    desk = reader(address)
    _judge(judgements, records, chance)
    yield Known(desk, [row for record in records for row in _rows(record, judgements)])
    judgements.close()
    desk.close()


def _odd(record: AnnotatedDocument, number: int, chance: random.Random) -> AnnotatedDocument:
    if number % 4 == 0:
        record.doc.published = DATES[number // 4 % len(DATES)]
    for claim in record.claims:
        claim.confidence = chance.choice((claim.confidence, claim.confidence, 0.5, None))
    return record


def _rows(record: AnnotatedDocument, judgements: Judgements) -> list[Row]:
    """What is right, as people have it, and what the program said that they rejected."""
    held = judgements.of(record.doc.sha256[:KEY_LENGTH])
    verdicts: dict[str, tuple[str, str | None]] = {j.claim: (j.claim, j.verdict) for j in held}
    verdicts |= {j.record.id: (j.claim, j.verdict) for j in held if j.record}
    right = judgements.reviewed(record, held)
    wrong = {j.claim for j in held if j.verdict == "rejected"}
    rows = [_row(right, claim, *verdicts.get(claim.id, (claim.id, None))) for claim in right.claims]
    return rows + [_row(record, claim, claim.id, "rejected") for claim in record.claims if claim.id in wrong]


def _row(record: AnnotatedDocument, claim: Claim, id_: str, verdict: str | None) -> Row:
    ends = {entity.id: entity for entity in record.entities}
    key, date = record.doc.sha256[:KEY_LENGTH], record.doc.published
    own = claim.model_copy(update={"id": id_})
    return Row(key, own, date, ends[claim.subject], ends[claim.object], verdict)


def _judge(judgements: Judgements, records: list[AnnotatedDocument], chance: random.Random) -> None:
    """A judgement or two of some claims; some that are wrong are refused, which changes nothing."""
    names = sorted({claim.predicate for record in records for claim in record.claims})
    for record in chance.choices(records, k=JUDGED):
        claim, other = chance.choice(record.claims), chance.choice(record.claims)
        verdict = chance.choice(VERDICTS)
        correction = None
        if verdict in ("corrected", "added"):
            said = Qualifiers(status=chance.choice(("announced", "lifted")), polarity=chance.choice((None, "negated")))
            ends = {"subject": chance.choice((claim.subject, other.subject)), "object": other.object}
            correction = Correction(predicate=chance.choice((claim.predicate, *names)), **ends, qualifiers=said)
        named = None if verdict == "added" else claim.id
        with suppress(ConfigError):
            key = record.doc.sha256[:KEY_LENGTH]
            judgements.judge(key, Judging(verdict=verdict, claim=named, correction=correction), by="ada")


def _answers(row: Row, wanted: ClaimFilter) -> bool:
    """The filter, word for word as the contract has it."""
    said, claim = row.claim.qualifiers, row.claim
    days = _days(row.date)
    since, until = (calendar.days(value) for value in (wanted.since, wanted.until))
    sure = claim.confidence
    conditions: list[Callable[[], Any]] = [
        lambda: not wanted.predicate or claim.predicate in wanted.predicate,
        lambda: not wanted.status or said.status in wanted.status,
        lambda: not wanted.measure or said.measure in wanted.measure,
        lambda: wanted.polarity in (None, said.polarity or "affirmed"),
        lambda: wanted.certainty in (None, said.certainty or "asserted"),
        lambda: not since or (days and days[1] >= since[0]),
        lambda: not until or (days and days[0] <= until[1]),
        lambda: wanted.min_confidence is None or (sure is not None and sure >= wanted.min_confidence),
        lambda: wanted.max_confidence is None or (sure is not None and sure <= wanted.max_confidence),
        lambda: wanted.document in (None, row.key),
        lambda: wanted.verdict in (None, row.verdict or "open"),
        lambda: wanted.entity is None or wanted.entity in (entity_id(row.subject), entity_id(row.object)),
        lambda: wanted.actor is None or _is_actor(row.subject, wanted.actor),
        lambda: wanted.object is None or _is_object(row.object, wanted.object),
        lambda: wanted.text is None or _says(claim.evidence.text or "", wanted.text),
    ]
    return all(condition() for condition in conditions)


def _days(date: str | None) -> tuple[str, str] | None:
    try:
        return calendar.days(date)
    except ValueError:
        return None


def _is_actor(entity: Entity, name: str) -> bool:
    thing = Named(entity.canonical, entity.label, entity.kb_id)
    return entity_id(entity) == name or _answer(name).is_actor(thing)


@cache
def _answer(actor: str) -> Answer:
    return Answer(Question(actor=actor), default())


def _is_object(entity: Entity, name: str) -> bool:
    known = default()
    if entity_id(entity) == name or known.key(entity.canonical) == known.key(name):
        return True
    return entity.kb_id in _kinds(name)


@cache
def _kinds(name: str) -> set[str]:
    return with_kinds(default().ids_named(name), default())


def _says(evidence: str, text: str) -> bool:
    words, asked = re.findall(r"[^\W_]+", fold(evidence)), re.findall(r"[^\W_]+", fold(text))
    if not asked:
        return True
    begun = bool(re.search(r"[^\W_]$", fold(text)))
    last = any(word.startswith(asked[-1]) if begun else word == asked[-1] for word in words)
    return last and set(asked[:-1]) <= set(words)


WORDS = ("china", "China", "CHINESE", "united states", "gallium", "Gallium ", "rare earths", "ministry of commerce",
         "permit", "perm", "shipments of gallium", "rotterdam gal", "european union", "china zzz")  # fmt: skip


@st.composite
def filters(draw: st.DrawFn, rows: list[Row]) -> ClaimFilter:
    """Filters of which many hold for some row."""
    row = draw(st.sampled_from(rows))
    one, says = row.claim.qualifiers, (row.claim.evidence.text or "x").split()
    odd = st.sampled_from(ODD)
    values: dict[str, st.SearchStrategy[Any]] = {
        "actor": st.one_of(st.sampled_from([row.subject.canonical, entity_id(row.subject), "China"]), odd),
        "object": st.one_of(st.sampled_from([row.object.canonical, entity_id(row.object), "metal"]), odd),
        "entity": st.one_of(st.sampled_from([entity_id(row.subject), entity_id(row.object)]), odd),
        "predicate": st.just((row.claim.predicate, "sanctions")),
        "status": st.sampled_from([(one.status or "lifted",), ("lifted", "proposed")]),
        "measure": st.just((one.measure or "ban",)),
        "polarity": st.sampled_from(["affirmed", "negated"]),
        "certainty": st.sampled_from(["asserted", "hedged"]),
        "since": st.sampled_from(["2025", "2024-05", "1995-03-01", "2025-07-31"]),
        "until": st.sampled_from(["2025-08", "2026-01-01", "1994", "2023-05"]),
        "min_confidence": st.sampled_from([0.0, 0.5, row.claim.confidence or 0.7]),
        "max_confidence": st.sampled_from([1.0, 0.5, row.claim.confidence or 0.7]),
        "text": st.one_of(
            st.sampled_from([*WORDS, says[0], " ".join(says[-2:]), says[-1][:3], f"{says[1]} {says[0]}"]), odd
        ),
        "document": st.one_of(st.just(row.key), odd),
        "verdict": st.sampled_from([*VERDICTS[:-1], "open"]),
    }
    names = draw(st.lists(st.sampled_from(sorted(values)), max_size=4, unique=True))
    return ClaimFilter(**{name: draw(values[name]) for name in names})


def _paged(desk: DatabaseReader, wanted: ClaimFilter, order: Any, limit: int) -> list[ClaimRow]:
    found, cursor = [], None
    for _ in range(1_000):
        page = desk.claims(wanted, order=order, cursor=cursor, limit=limit)
        assert len(page.claims) <= limit
        found += page.claims
        cursor = page.next
        if cursor is None:
            assert page.found == len(found)
            assert not page.ceiling
            return found
    raise AssertionError("pages without an end")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_filter_in_pages_of_any_size(known: Known, data: st.DataObject) -> None:
    wanted = data.draw(filters(known.rows))
    order = data.draw(st.sampled_from(["newest", "surest", "doubtful"]))
    limit = data.draw(st.sampled_from([7, 40, 500]))
    found = [(row.document, row.id) for row in _paged(known.desk, wanted, order, limit)]
    expected = {(row.key, row.claim.id) for row in known.rows if _answers(row, wanted)}
    assert len(set(found)) == len(found)
    assert set(found) == expected
    assert [(row.document, row.id) for row in known.desk.stream(wanted, order=order)] == found


def test_the_reference_tells_rows_apart(known: Known) -> None:
    """Each single condition holds for some rows and not for others, so that the test above can fail."""
    for wanted in (
        *(ClaimFilter(text="permit"), ClaimFilter(actor="China"), ClaimFilter(object=known.rows[0].object.canonical)),
        *(ClaimFilter(verdict=verdict) for verdict in ("accepted", "rejected", "corrected", "added")),
        *(ClaimFilter(since="2025"), ClaimFilter(min_confidence=0.9)),
        *(ClaimFilter(polarity="negated"), ClaimFilter(status=("announced",)), ClaimFilter(measure=("ban",))),
    ):
        assert 0 < sum(_answers(row, wanted) for row in known.rows) < len(known.rows), wanted


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("newest", lambda row: tuple(-int(n) for n in (_days(row.date) or ("0-0-0",))[0].split("-"))),
        ("surest", lambda row: 1 if row.confidence is None else -row.confidence),
        ("doubtful", lambda row: 2 if row.confidence is None else row.confidence),
    ],
)
def test_orders(known: Known, order: Any, key: Callable[[ClaimRow], Any]) -> None:
    keys = [key(row) for row in _paged(known.desk, ClaimFilter(), order, 100)]
    assert keys == sorted(keys)


def test_rows_say_what_was_written(known: Known) -> None:
    written = {(row.key, row.claim.id): row for row in known.rows}
    for found in _paged(known.desk, ClaimFilter(), "newest", 500):
        row = written[found.document, found.id]
        said = row.claim.qualifiers
        assert found.evidence == row.claim.evidence
        assert (found.predicate, found.status, found.polarity) == (
            *(row.claim.predicate, said.status),
            said.polarity or "affirmed",
        )
        assert (found.verdict, found.confidence, found.date) == (row.verdict, row.claim.confidence, row.date)
        assert list(found.time) == (row.claim.qualifiers.time or [])
        assert (found.subject.id, found.object.name) == (entity_id(row.subject), row.object.canonical)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"predicate": ("restrict_export_of",)}, "did you mean 'restricts_export_of'"),
        ({"status": ("in force",)}, "did you mean 'in_force'"),
        ({"measure": ("bann",)}, "did you mean 'ban'"),
        ({"since": "yesterday"}, "'yesterday' is no date"),
        ({"until": "2025-13"}, "'2025-13' is no date"),
    ],
)
def test_a_wrong_question_is_refused(known: Known, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        known.desk.claims(ClaimFilter(**wrong))


@pytest.mark.parametrize("limit", [0, -1, 1_001])
def test_a_page_has_a_size(known: Known, limit: int) -> None:
    with pytest.raises(ConfigError, match="a page has"):
        known.desk.claims(ClaimFilter(), limit=limit)


@pytest.mark.parametrize("odd", ODD)
def test_odd_names_are_only_names(known: Known, odd: str) -> None:
    """Wherever a name is looked up."""
    desk = known.desk
    assert desk.document(odd) is None
    assert desk.entity(odd) is None
    assert all(fold(thing.name).startswith(fold(odd)) for thing in desk.suggest(odd))


def test_every_row_of_the_database_is_still_there(known: Known) -> None:
    assert len(_paged(known.desk, ClaimFilter(), "newest", 1_000)) == len(known.rows)
