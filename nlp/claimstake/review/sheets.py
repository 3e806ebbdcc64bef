"""Statistics of judgements as tables."""

from __future__ import annotations

from collections.abc import Iterable

from claimstake.evaluation.tables import Sheet
from claimstake.review.statistics import Judged, Statistics

HEAD = ("judged", "accepted", "corrected", "rejected", "precision", "95%", "confidence")
QUOTED = 60  # characters of evidence


def sheets(found: Statistics) -> list[Sheet]:
    """What a lead analyst reads; tables without rows are left out."""
    tables = [
        _judged("Claims by predicate", "predicate", [*found.predicates, found.total]),
        _judged("Claims by extractor", "extractor", found.extractors),
        _judged(_reliability(found), "confidence", found.bands),
        Sheet(
            "Analysts",
            ("analyst", "accepted", "corrected", "rejected", "added", "documents", "last"),
            [
                (w.name, *(f"{n:,}" for n in (w.accepted, w.corrected, w.rejected, w.added, w.documents)), w.last)
                for w in found.analysts
            ],
        ),
        Sheet(
            "Agreement on claims that two judged; whoever came second may have seen the first verdict",
            ("analysts", "both judged", "same", "share", "kappa"),
            [
                (f"{a.first}, {a.second}", f"{a.both:,}", f"{a.same:,}", _share(a.same / a.both), _number(a.kappa))
                for a in found.agreement
            ],
        ),
        Sheet(
            "Rejected again and again, accepted nowhere: a rule to look at",
            ("extractor", "claim", "rejected", "documents", "the last one"),
            [
                (
                    r.extractor,
                    f"{r.subject} {r.predicate} {r.object}",
                    f"{r.rejected:,}",
                    f"{r.documents:,}",
                    _cut(r.evidence),
                )
                for r in found.repeated
            ],
        ),
    ]
    return [sheet for sheet in tables if sheet.rows]


def _judged(title: str, name: str, found: Iterable[Judged]) -> Sheet:
    return Sheet(title, (name, *HEAD), [_row(one) for one in found if one.judged])


def _row(one: Judged) -> tuple[str, ...]:
    corrected = f"{one.corrected:,}" + (f" ({one.qualifiers:,} in qualifiers)" if one.qualifiers else "")
    bounds = f"{_share(one.low)}–{_share(one.high)}"
    counts = f"{one.judged:,}", f"{one.accepted:,}", corrected, f"{one.rejected:,}"
    return one.name or "unknown", *counts, _share(one.precision), bounds, _number(one.confidence)


def _reliability(found: Statistics) -> str:
    told = f"; on average {found.error:.2f} off" if found.error is not None else ""
    return f"Is confidence what it says? Mean confidence beside the share that was right{told}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f}%"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= QUOTED else plain[: QUOTED - 1] + "…"
