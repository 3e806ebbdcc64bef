"""Documents as people corrected them, for `claimstake improve` and `claimstake convert`.

Which: those that somebody marked done, where what nobody judged counts as right, and those of which every claim was
judged. With `everything` also documents that were judged in part: what nobody judged stands as the program says it, so
that its errors are learned as truth, and what it missed as false. What was skipped is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from claimstake.interchange import checking
from claimstake.knowledge.body_lines import body_spans
from claimstake.queries.stored import record as restored
from claimstake.records import AnnotatedDocument, Span, text_sha256
from claimstake.review import applying
from claimstake.review.contract import Judgement
from claimstake.review.judgements import Judgements, rows_of
from claimstake.review.repeating import repeated
from claimstake.store import tables

JUDGEMENTS, READINGS = tables.judgements.c, tables.readings.c
DONE, SKIPPED = "done", "skipped"
NO_TEXT, PARTLY, WAS_SKIPPED = "without its text", "not judged to the end", "skipped"


@dataclass(frozen=True)
class Wanted:
    """Which documents are exported, and whose judgements count.

    Attributes:
        everything: also documents that were judged in part.
        since: judged or read since then: UTC, ISO 8601, or the beginning of it.
        by: an analyst, whose judgements and readings alone count; None takes all, the last of a claim holds.
    """

    everything: bool = False
    since: str | None = None
    by: str | None = None


@dataclass
class Told:
    """What became of documents that were judged or read.

    Attributes:
        exported: documents.
        claims: in them; judged: how many of these somebody judged, corrected or added.
        left_out: documents by reason.
    """

    exported: int = 0
    claims: int = 0
    judged: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, object]:
        """Plain values."""
        counts = {"exported": self.exported, "claims": self.claims, "judged": self.judged}
        return {**counts, "left_out": dict(self.left_out)}


def export(judgements: Judgements, wanted: Wanted, told: Told) -> Iterator[AnnotatedDocument]:
    """Corrected records with their texts, in the order of keys; one at a time.

    Args:
        judgements: of the database.
        wanted: which.
        told: is filled on the way.

    Raises:
        StoreError: the database cannot be read.
    """
    for key in judgements.asked(lambda connection: _keys(connection, wanted)):
        found = judgements.asked(lambda connection, key=key: _read(connection, key, wanted))
        reason = found if isinstance(found, str) else _fault(found, wanted)
        if reason is not None:
            told.left_out[reason] += 1
            continue
        assert not isinstance(found, str)
        out = found.corrected()
        told.exported += 1
        told.claims += len(out.claims)
        told.judged += found.judged(out)
        yield out


@dataclass(frozen=True)
class _Found:
    """A document with what people said of it."""

    record: AnnotatedDocument
    held: tuple[Judgement, ...]
    state: str | None

    def judged(self, out: AnnotatedDocument) -> int:
        """How many of the claims that are exported somebody judged."""
        ids = {one.record.id if one.record else one.claim for one in self.held}
        return sum(claim.id in ids for claim in out.claims)

    def corrected(self) -> AnnotatedDocument:
        """With the ranges that are the article, and with who corrected it."""
        out = repeated(applying.reviewed(self.record, self.held))
        text = out.doc.text or ""
        body = _with_lines([*body_spans(text)], out, text)
        info = out.doc.model_copy(update={"sha256": text_sha256(text), "body": body})  # a NUL of the text is replaced
        about = {"by": sorted({one.by for one in self.held}), "state": self.state or "new"}
        out = out.model_copy(update={"doc": info, "pipeline": (out.pipeline or {}) | {"review": about}})
        checking.check(out)
        return out


def _keys(connection: sa.Connection, wanted: Wanted) -> list[str]:
    """Documents that were judged or read."""
    judged, read = sa.select(JUDGEMENTS.document), sa.select(READINGS.document)
    if wanted.since is not None:
        judged, read = judged.where(JUDGEMENTS.at >= wanted.since), read.where(READINGS.at >= wanted.since)
    if wanted.by is not None:
        judged, read = judged.where(JUDGEMENTS.by == wanted.by), read.where(READINGS.by == wanted.by)
    return sorted(set(connection.scalars(judged.union(read))))


def _read(connection: sa.Connection, key: str, wanted: Wanted) -> _Found | str:
    record = restored(connection, key)
    if record is None:
        return "not in the database any more"
    query = sa.select(READINGS.state, READINGS.by).where(READINGS.document == key)
    state = next((s for s, by in connection.execute(query) if wanted.by in (None, by)), None)
    history = rows_of(connection, key, [claim.id for claim in record.claims])
    return _Found(record, applying.holding(j for j in history if wanted.by in (None, j.by)), state)


def _fault(found: _Found, wanted: Wanted) -> str | None:
    """Why a document is left out."""
    if found.record.doc.text is None:
        return NO_TEXT
    if found.state == SKIPPED:
        return WAS_SKIPPED
    if found.state == DONE or (wanted.everything and found.held):
        return None
    judged = {one.claim for one in found.held}
    whole = found.held and all(claim.id in judged for claim in found.record.claims)
    return None if whole else PARTLY


def _with_lines(body: list[tuple[int, int]], record: AnnotatedDocument, text: str) -> list[Span]:
    """The article's ranges, and the lines on which something is marked: the program marks nothing outside of it."""
    for entity in record.entities:
        if not any(a <= entity.start and entity.end <= b for a, b in body):
            end = text.find("\n", entity.end)
            body.append((text.rfind("\n", 0, entity.start) + 1, end if end >= 0 else len(text)))
    joined: list[tuple[int, int]] = []
    for a, b in sorted(body):
        if joined and a <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(b, joined[-1][1])
        else:
            joined.append((a, b))
    return [Span(start=a, end=b) for a, b in joined]
