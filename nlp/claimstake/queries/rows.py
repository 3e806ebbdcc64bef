"""Claims and documents as readers see them, from the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from claimstake.queries.columns import Places
from claimstake.queries.contract import ClaimRow, DocumentRow
from claimstake.queries.memory import State
from claimstake.queries.people import Pair, parsed
from claimstake.records import Span, Time
from claimstake.store import tables
from claimstake.store.rows import OWN_ROWS, value_columns

PAIRS = 250  # of document and claim in a query
BEGINS = 240  # characters of a text that lists show
STATES = {None: "new"}
CLAIM = ("predicate", "status", "polarity", "certainty", "measure", "target", "attribution", "confidence", "extractor")
DOCUMENT = ("doc_id", "title", "publisher", "url")
LISTED = ("doc_id", "title", "publisher", "published", "url", "source")


def claims(connection: sa.Connection, state: State, found: Places) -> Iterator[ClaimRow]:
    """The claims at some places, in their order; one that is gone meanwhile is left out."""
    for first in range(0, len(found), PAIRS):
        yield from _claims(connection, state, found[first : first + PAIRS])


def _claims(connection: sa.Connection, state: State, found: Places) -> Iterator[ClaimRow]:
    keys, ids, verdicts = state.names.keys, state.claims.id, state.names.codes["verdict"].names
    pairs = [(keys[state.claims.document[at]], ids[at].decode("utf-8", "surrogatepass")) for at in found]
    rows = {(row.document, row.id): row for row in connection.execute(_query(pairs))}
    said = _qualifiers(connection, pairs)
    about = _about(connection, {pair[0] for pair in pairs if pair in state.people}) if state.people else {}
    for at, pair in zip(found, pairs, strict=True):
        verdict = verdicts[state.claims.verdict[at]]
        if pair in state.people:
            if pair[0] in about:
                yield _right(pair, about[pair[0]], state, at, verdict)
        elif pair in rows:
            yield _claim(rows[pair], state, at, said[pair], verdict)


def _query(pairs: Sequence[tuple[str, str]]) -> sa.Select[Any]:
    wanted = _wanted(pairs)
    c, d, e, m = (table.c for table in (tables.claims, tables.documents, tables.evidence, tables.mentions))
    columns = (c.document, c.id, c.date, *(c[name] for name in CLAIM), *(d[name] for name in DOCUMENT))
    return (
        sa.select(*columns, e.start_char, e.end_char, e.text, m.value)
        .join_from(wanted, tables.claims, (c.document == wanted.c.document) & (c.id == wanted.c.claim))
        .join(tables.documents, d.key == c.document)
        .join(tables.evidence, (e.document == c.document) & (e.claim == c.id), isouter=True)
        .join(tables.mentions, (m.document == c.document) & (m.id == c.object), isouter=True)
    )


def _wanted(pairs: Sequence[tuple[str, str]]) -> sa.CTE:
    """Pairs as a table to join with, as SQLite reads all claims where it is to find pairs IN a list."""
    columns = sa.column("document", tables.Code), sa.column("claim", tables.Code)
    return sa.values(*columns, name="wanted").data(list(pairs)).cte("wanted")


def _qualifiers(connection: sa.Connection, pairs: Sequence[tuple[str, str]]) -> defaultdict[tuple[str, str], list[Any]]:
    """Qualifiers without a column of their own, times among them, in order."""
    q = tables.claim_qualifiers.c
    wanted = _wanted(pairs)
    here = (q.document == wanted.c.document) & (q.claim == wanted.c.claim)
    query = sa.select(tables.claim_qualifiers).join_from(wanted, tables.claim_qualifiers, here)
    found: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in connection.execute(query.order_by(q.document, q.claim, q.name, q.position)):
        found[row.document, row.claim].append(row)
    return found


def _claim(row: Any, state: State, at: int, said: Sequence[Any], verdict: str | None) -> ClaimRow:
    thing = state.names.things.thing
    return ClaimRow(
        document=row.document,
        id=row.id,
        subject=thing(state.claims.subject[at]),
        object=thing(state.claims.object[at]),
        time=times(said),
        **{name: getattr(row, name) for name in (*CLAIM, *DOCUMENT)},
        **{q.name: q.value for q in said if q.name in OWN_ROWS},
        value=row.value,
        evidence=Span(start=row.start_char or 0, end=row.end_char or 0, text=row.text),
        date=row.date,
        verdict=verdict,
    )


def _about(connection: sa.Connection, keys: Collection[str]) -> dict[str, Any]:
    """What is known of documents, by key."""
    d = tables.documents.c
    query = sa.select(d.key, d.published, *(d[name] for name in DOCUMENT)).where(d.key.in_(list(keys)))
    return {row.key: row for row in connection.execute(query)} if keys else {}


def _right(pair: Pair, about: Any, state: State, at: int, verdict: str | None) -> ClaimRow:
    """A claim as people have it."""
    claim, (_, object_) = parsed(state.people[pair])
    thing, said = state.names.things.thing, claim.qualifiers.model_dump(exclude_none=True)
    return ClaimRow(
        document=pair[0],
        id=pair[1],
        predicate=claim.predicate,
        subject=thing(state.claims.subject[at]),
        object=thing(state.claims.object[at]),
        **said | {"time": tuple(claim.qualifiers.time or ())},
        **{name: getattr(about, name) for name in DOCUMENT},
        value=value_columns(object_.value)[0],
        confidence=claim.confidence,
        extractor=claim.extractor,
        evidence=claim.evidence,
        date=about.published,
        verdict=verdict,
    )


def times(said: Sequence[Any]) -> tuple[Time, ...]:
    """The times among rows of qualifiers."""
    return tuple(Time(kind=q.kind, value=q.value) for q in said if q.name == "time")


def _cut(text: str) -> str:
    """A text of more than `BEGINS` characters ends with its last whole word and an ellipsis."""
    if len(text) <= BEGINS:
        return text
    words = text[: BEGINS + 1].rsplit(None, 1)
    return (words[0] if len(words) == 2 else text[:BEGINS]) + "…"


def documents(connection: sa.Connection, state: State, keys: Collection[str]) -> list[DocumentRow]:
    """Documents by key, in their order; one that is gone meanwhile is left out."""
    d = tables.documents.c
    begins = sa.func.substr(d.text, 1, BEGINS + 1).label("begins")
    query = sa.select(d.key, d.annotated, d.relevant, d.story, *(d[name] for name in LISTED), begins)
    rows = {row.key: row for row in connection.execute(query.where(d.key.in_(list(keys))))}
    copies = _copies(connection, {row.story for row in rows.values() if row.story})
    return [_document(rows[key], state, copies) for key in keys if key in rows]


def _copies(connection: sa.Connection, stories: Collection[str]) -> dict[str, int]:
    """How many documents tell a story."""
    d = tables.documents.c
    query = sa.select(d.story, sa.func.count()).where(d.story.in_(list(stories))).group_by(d.story)
    return {row[0]: row[1] for row in connection.execute(query)}


def _document(row: Any, state: State, copies: dict[str, int]) -> DocumentRow:
    at = state.names.places.get(row.key)
    known = at is not None and at < len(state.documents)
    doubt = float(state.doubts[at]) if known else float("nan")
    reading = state.names.codes["state"].names[state.documents.state[at]] if known else None
    return DocumentRow(
        key=row.key,
        **{name: getattr(row, name) for name in LISTED},
        arrived=row.annotated,
        relevant=bool(row.relevant),
        claims=int(state.counts[at]) if known else 0,
        judged=int(state.judged[at]) if known else 0,
        doubt=None if np.isnan(doubt) else doubt,
        copies=copies.get(row.story, 1) - 1,
        state=reading or "new",
        begins=_cut(row.begins or ""),
    )
