"""What is said of a thing, and who does what to what."""

from __future__ import annotations

from itertools import chain

import numpy as np
import sqlalchemy as sa

from claimstake.ledger.rows import measure_predicates
from claimstake.queries import paging, rows
from claimstake.queries.codes import NO_DAY, days
from claimstake.queries.columns import Column, Places
from claimstake.queries.contract import ClaimFilter, ClaimRow, Count, Edge, EntityView, Moment, Thing
from claimstake.queries.filtering import answering
from claimstake.queries.memory import State
from claimstake.store import tables

SURFACES = 50  # names of a thing that are shown
LOOKED_AT = 200  # documents in which they are looked for, the newest
TOLD = 1_000  # claims of a timeline at most: the last published ones


def thing(connection: sa.Connection, state: State, id_: str) -> Thing | None:
    """A thing by id; one that no claim is about is looked up."""
    place = state.names.things.places.get(id_)
    if place is not None:
        return state.names.things.thing(place)
    if "\0" in id_:  # PostgreSQL takes none
        return None
    e = tables.entities.c
    row = connection.execute(sa.select(e.id, e.canonical, e.label, e.kb_id).where(e.id == id_)).one_or_none()
    return Thing(id=row.id, name=row.canonical, label=row.label, kb_id=row.kb_id) if row else None


def entity(connection: sa.Connection, state: State, id_: str) -> EntityView | None:
    """A thing, its names in the newest documents, and how often it does what."""
    found = thing(connection, state, id_)
    if found is None:
        return None
    own = _own(state, id_)
    newest = paging.page(own, state.newest, None, paging.MOST)[0]
    held = list(dict.fromkeys(state.claims.document[newest].tolist()))[:LOOKED_AT]
    true = _true(state, own)
    return EntityView(
        thing=found,
        surfaces=_surfaces(connection, id_, [state.names.keys[place] for place in held]),
        counts=_counts(state, true, id_),
        documents=len(np.unique(state.claims.document[true])),
    )


def _own(state: State, id_: str) -> Places:
    return answering(ClaimFilter(entity=id_[:400]), state)


def _true(state: State, found: Places) -> Places:
    """Claims but those that were rejected."""
    return found if state.rejected is None else found[~state.rejected[found]]


def _surfaces(connection: sa.Connection, id_: str, keys: list[str]) -> tuple[str, ...]:
    """How the newest documents call it, the most frequent first; any of its names where no claim is about it."""
    m = tables.mentions.c
    many = sa.func.count()
    query = sa.select(m.text).where(m.entity == id_, m.mention == "name").group_by(m.text)
    query = query.where(m.document.in_(keys)) if keys else query
    return tuple(connection.scalars(query.order_by(many.desc(), m.text).limit(SURFACES)))


def _counts(state: State, own: Places, id_: str) -> tuple[Count, ...]:
    place, names = state.names.things.places.get(id_, -1), state.names.codes["predicate"].names
    found = []
    for role in ("subject", "object"):
        here = own[getattr(state.claims, role)[own] == place]
        codes, many = np.unique(state.claims.predicate[here], return_counts=True)
        found += [
            Count(predicate=names[code], role=role, claims=count)
            for code, count in zip(codes.tolist(), many.tolist(), strict=True)
        ]
    return tuple(sorted(found, key=lambda count: (-count.claims, count.role, count.predicate)))


def timeline(connection: sa.Connection, state: State, id_: str, limit: int) -> tuple[Moment, ...]:
    """The moments that the last published claims about a thing name, oldest first."""
    found = paging.page(_true(state, _own(state, id_)), state.newest, None, TOLD)[0]
    moments = chain.from_iterable(map(_moments, rows.claims(connection, state, found)))
    ordered = sorted(moments, key=lambda moment: (*days(moment.date), moment.claim.document, moment.claim.id))
    return tuple(ordered[-limit:])


def _moments(claim: ClaimRow) -> list[Moment]:
    dated = [Moment(date=time.value, kind=time.kind, claim=claim) for time in claim.time]
    if not dated and claim.date:
        dated = [Moment(date=claim.date, kind="published", claim=claim)]
    return [moment for moment in dated if days(moment.date)[0] != NO_DAY]


def graph(state: State, wanted: ClaimFilter, limit: int) -> tuple[Edge, ...]:
    """The edges that most stories tell; of rejected claims only where they are asked for."""
    if not wanted.predicate:
        known = measure_predicates() & state.names.codes["predicate"].keys()
        if not known:
            return ()
        wanted = wanted.model_copy(update={"predicate": tuple(sorted(known))})
    found = answering(wanted, state)
    if wanted.verdict != "rejected":
        found = _true(state, found)
    keys, edges, many = np.unique(_edge_keys(state, found), return_inverse=True, return_counts=True)
    told = np.bincount(_pairs(edges, state.story[found]), minlength=len(keys))
    first = np.empty(len(keys), np.int64)
    first[edges] = found
    order = np.lexsort((keys, -many, -told))[:limit]
    return tuple(_edge(state, int(first[at]), int(many[at]), int(told[at])) for at in order)


def _edge_keys(state: State, found: Places) -> Column:
    """A number for each subject, object, predicate and status."""
    c, codes = state.claims, state.names.codes
    key = c.subject[found].astype(np.int64)
    for column, size in (
        (c.object, len(state.names.things)),
        (c.predicate, len(codes["predicate"])),
        (c.status, len(codes["status"])),
    ):
        key = key * size + column[found]
    return key


def _pairs(edges: Column, stories: Column) -> Column:
    """The edge of each pair of edge and story, once."""
    order = np.lexsort((stories, edges))
    edges, stories = edges[order], stories[order]
    fresh = np.ones(len(edges), np.bool_)
    fresh[1:] = (edges[1:] != edges[:-1]) | (stories[1:] != stories[:-1])
    return edges[fresh]


def _edge(state: State, at: int, claims: int, stories: int) -> Edge:
    names, thing_at = state.names, state.names.things.thing
    return Edge(
        subject=thing_at(state.claims.subject[at]),
        object=thing_at(state.claims.object[at]),
        predicate=names.codes["predicate"].names[state.claims.predicate[at]],
        status=names.codes["status"].names[state.claims.status[at]],
        claims=claims,
        stories=stories,
    )
