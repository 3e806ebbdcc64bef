"""Reports that leave the target out: when they mean the measure that has one, and when they do not."""

from __future__ import annotations

from claimstake.ledger.model import Statement
from claimstake.ledger.rows import consolidate
from ledger_statements import CHINA, document, mineral, say

GALLIUM = mineral("gallium")


def said(source: str, published: str, **fields: str) -> Statement:
    return say(document(source, published), CHINA, "restricts_export_of", GALLIUM, **fields)


LICENCE = said("licence", "2023-08-02", effective="2023-08-01", measure="licence")
BAN = said("ban", "2024-12-04", event="2024-12-03", measure="ban", target="United States")


def sources(*found: Statement) -> dict[str | None, list[str]]:
    return {row.target: [s.document.key for s in row.statements] for row in consolidate(found)}


def test_by_its_date() -> None:
    """ "In December" beside "on December 3" is the ban; a date of its own row, or of neither, stays."""
    assert sources(LICENCE, BAN, said("x", "2025-07-16", event="2024-12")) == {
        None: ["licence"],
        "United States": ["ban", "x"],
    }
    for date in ("2023-08", "2023-08-01", "2024-06"):
        assert sources(LICENCE, BAN, said("x", "2025-07-16", event=date))[None] == ["licence", "x"]


def test_by_its_kind() -> None:
    """A ban reported after the ban is that; licences, restrictions, and a ban reported before it are not."""
    assert sources(LICENCE, BAN, said("x", "2025-01-06", measure="ban"))["United States"] == ["ban", "x"]
    for published, measure in (("2025-01-06", "licence"), ("2025-01-06", "restriction"), ("2024-01-06", "ban")):
        assert sources(LICENCE, BAN, said("x", published, measure=measure))["United States"] == ["ban"]


def test_a_row_that_nobody_means_goes() -> None:
    """Where nothing else is known of a measure for all, a later report means the one with a target."""
    assert sources(BAN, said("x", "2025-01-06")) == {"United States": ["ban", "x"]}
    assert sources(BAN, said("x", "2024-01-06")) == {"United States": ["ban"], None: ["x"]}
