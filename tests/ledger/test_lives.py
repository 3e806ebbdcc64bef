"""Dates of many sources become one life: what fits together, what a report belongs to, what lies ahead."""

from __future__ import annotations

import pytest

from claimstake.ledger import calendar
from claimstake.ledger.model import Row, Statement
from claimstake.ledger.rows import consolidate
from ledger_statements import CHINA, document, mineral, say

GALLIUM = mineral("gallium")


def ban(source: str, published: str | None, status: str, **fields: str) -> Statement:
    return say(document(source, published), CHINA, "restricts_export_of", GALLIUM, status, **fields)


def row(*said: Statement) -> Row:
    (found,) = consolidate(said)
    return found


def told(found: Row) -> list[tuple[str, str | None, str, list[str]]]:
    return [(s.kind, s.date, s.basis, [d.key for d in s.documents]) for s in found.life]


@pytest.mark.parametrize(
    ("edtf", "days"),
    [
        ("2025-07-15", ("2025-07-15", "2025-07-15")),
        ("2024-02", ("2024-02-01", "2024-02-29")),
        ("2025", ("2025-01-01", "2025-12-31")),
        ("199X", ("1990-01-01", "1999-12-31")),
        ("2024/2025", ("2024-01-01", "2025-12-31")),
        ("2025-07/2025-09", ("2025-07-01", "2025-09-30")),
        ("2025-07~", ("2025-07-01", "2025-07-31")),
        ("2025-01-01/", ("2025-01-01", "2025-01-01")),
        ("XXXX-07-15", None),
        ("2025-13", None),
        ("0000", None),
        ("soon", None),
        (None, None),
    ],
)
def test_days_of_a_date(edtf: str | None, days: tuple[str, str] | None) -> None:
    """EDTF as first and last day."""
    assert calendar.days(edtf) == days


def test_proposed_to_lifted() -> None:
    """Each step has its date and its sources, a comment deadline among them."""
    found = row(
        ban("a", "2025-01-03", "proposed", announced="2025-01-02", deadline="2025-02-01"),
        ban("b", "2025-07-02", "announced", announced="2025-07-01", effective="2025-07-15"),
        ban("c", "2025-07-16", "in_force", effective="2025-07-15"),
        ban("d", "2025-11-08", "suspended", effective="2025-11-10", expires="2026-11-10"),
        ban("e", "2027-01-02", "lifted", event="2027-01-01"),
    )
    assert told(found) == [
        ("proposed", "2025-01-02", "announced", ["a"]),
        ("comment_until", "2025-02-01", "deadline", ["a"]),
        ("announced", "2025-07-01", "announced", ["b"]),
        ("in_force", "2025-07-15", "effective", ["b", "c"]),
        ("suspended", "2025-11-10", "effective", ["d"]),
        ("expires", "2026-11-10", "expires", ["d"]),
        ("lifted", "2027-01-01", "event", ["e"]),
    ]
    assert [s.kind for s in found.life if s.foreseen] == ["comment_until", "suspended", "expires"]


def test_a_month_holds_its_day() -> None:
    """Whoever tells the month alone tells of the day that others name; another month is another step."""
    found = row(
        ban("a", "2025-01-06", "in_force", event="2024"),
        ban("b", "2025-01-06", "in_force", event="2024-12"),
        ban("c", "2024-12-04", "in_force", event="2024-12-03"),
        ban("d", "2025-01-06", "in_force", event="2023-07"),
    )
    assert told(found) == [
        ("in_force", "2023-07", "event", ["d"]),
        ("in_force", "2024-12-03", "event", ["c", "a", "b"]),
    ]


def test_reports_without_a_date() -> None:
    """A report belongs to the last step before it, or to one soon after it; else it is a step by its own date."""
    dated = ban("a", "2023-07-04", "in_force", effective="2023-08-01")
    assert told(row(dated, ban("b", "2023-09-01", "in_force"))) == [("in_force", "2023-08-01", "effective", ["a", "b"])]
    assert told(row(dated, ban("b", "2023-07-05", "in_force"))) == [("in_force", "2023-08-01", "effective", ["a", "b"])]
    early = row(dated, ban("b", "2022-07-05", "in_force"))
    assert [(s.date, s.basis) for s in early.life] == [("2022-07-05", "published"), ("2023-08-01", "effective")]
    alone = row(ban("a", "2023-07-05", "in_force"), ban("b", "2023-06-01", "in_force"))
    assert told(alone) == [("in_force", "2023-06-01", "published", ["b", "a"])]


def test_an_undated_document_borrows_its_own_date() -> None:
    """A document that nobody dated dates its claims by what it tells of the same status; else they are undated."""
    source = document("a")
    other = say(source, CHINA, "restricts_export_of", mineral("graphite"), effective="2025-07-15")
    rows = consolidate([other, say(source, CHINA, "restricts_export_of", GALLIUM)])
    assert [(s.date, s.basis) for r in rows for s in r.life] == [
        ("2025-07-15", "effective"),
        ("2025-07-15", "document"),
    ]
    assert told(row(ban("b", None, "in_force"))) == [("in_force", None, "undated", ["b"])]


def test_an_undated_announcement_comes_before_what_it_announces() -> None:
    """So the measure stands where the announcement says, not where it began; else what nothing dates comes last."""
    assert told(row(ban("a", None, "announced", effective="2025-02-04"))) == [
        ("announced", None, "undated", ["a"]),
        ("in_force", "2025-02-04", "effective", ["a"]),
    ]
    later = row(ban("a", "2025-01-02", "in_force"), ban("b", None, "lifted"))
    assert [step.kind for step in later.life] == ["in_force", "lifted"]


def test_the_day_of_a_decision_makes_way() -> None:
    """A decision dates the force of a rule only where nothing says when it took effect."""
    decided = ban("a", "2023-07-04", "in_force", announced="2023-07-03")
    assert told(row(decided)) == [("in_force", "2023-07-03", "announced", ["a"])]
    found = row(decided, ban("b", "2023-08-02", "in_force", effective="2023-08-01"))
    assert told(found) == [
        ("announced", "2023-07-03", "announced", ["a"]),
        ("in_force", "2023-08-01", "effective", ["b"]),
    ]


def test_what_is_denied_or_doubted() -> None:
    """A denial is no step; a step that all doubt is hedged, a proposal never is; plans are marked."""
    assert row(ban("a", "2025-01-01", "in_force", polarity="negated")).life == []
    (step,) = row(ban("a", "2025-01-01", "in_force", certainty="hedged")).life
    assert step.hedged
    proposed, planned = row(ban("a", "2025-01-01", "proposed", certainty="hedged", effective="2025-06-01")).life
    assert (proposed.hedged, proposed.planned) == (False, False)
    assert (planned.kind, planned.planned) == ("in_force", True)


def test_suspended_before_its_day() -> None:
    """What was only foreseen, and suspended by later word, never came into force; by earlier word it did."""
    ahead = ban("a", "2025-10-09", "announced", announced="2025-10-09", effective="2025-11-08")
    stopped = row(ahead, ban("b", "2025-11-07", "suspended", event="2025-11-07", expires="2026-11-10"))
    assert [(s.kind, s.planned) for s in stopped.life][1:3] == [("suspended", False), ("in_force", True)]
    resumed = row(ahead, ban("b", "2025-01-07", "suspended", event="2025-01-07"))
    assert [(s.kind, s.planned) for s in resumed.life][-1] == ("in_force", False)
