"""Claims as people corrected and added them, from judgements: what a reader is shown in the place of the program's.

The rules are those of `review.applying`. A corrected claim is found under the id that it was judged by, the program's,
as on the page of its document; where the program does not say it any more and says what is right by itself, under that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from claimstake.records import Claim, Entity
from claimstake.store import tables
from claimstake.store.manifest import portions
from claimstake.store.rows import entity_id

Pair = tuple[str, str]  # key of a document, id of a claim
Ends = tuple[Entity, Entity]


@dataclass(frozen=True)
class Judged:
    """The last judgement of a claim; `record` is what is right, as the table holds it."""

    number: int
    claim: str
    verdict: str
    record: str | None


Held = Mapping[str, Mapping[str, Judged]]  # by document and claim


@dataclass(frozen=True)
class Right:
    """What people say is right.

    Attributes:
        id: by which it is found; date: of the document's publication.
    """

    document: str
    id: str
    date: str | None
    judged: Judged

    @property
    def said(self) -> tuple[Claim, Ends]:
        return parsed(self.judged.record or "")


@dataclass(frozen=True)
class People:
    """What people say of some documents.

    Attributes:
        right: what is shown.
        instead: claims of the program in whose place it stands.
    """

    right: tuple[Right, ...] = ()
    instead: frozenset[Pair] = field(default=frozenset())

    @property
    def records(self) -> dict[Pair, str]:
        """What is right, as the table holds it."""
        return {(one.document, one.id): one.judged.record or "" for one in self.right}


def parsed(record: str) -> tuple[Claim, Ends]:
    """What `judgements.record` holds: a claim, its subject and its object."""
    plain = json.loads(record)
    subject, object_ = (Entity.model_validate(one) for one in plain.pop("mentions"))
    return Claim.model_validate(plain), (subject, object_)


def holding(rows: Iterable[Any]) -> Held:
    """The last judgement of each claim; none where it was undone. Rows come oldest first."""
    found: dict[str, dict[str, Judged]] = {}
    for row in rows:
        found.setdefault(row.document, {})[row.claim] = Judged(row.id, row.claim, row.verdict, row.record)
    return {
        document: {claim: one for claim, one in ones.items() if one.verdict != "undone"}
        for document, ones in found.items()
    }


def speaking(connection: sa.Connection, held: Held) -> People:
    """What people say of the documents that are there."""
    keys = [document for document, ones in held.items() if any(one.record for one in ones.values())]
    right: list[Right] = []
    instead: set[Pair] = set()
    d, c = tables.documents.c, tables.claims.c
    query = sa.select(d.key, d.published, c.id)
    query = query.join_from(tables.documents, tables.claims, c.document == d.key, isouter=True)
    for portion in portions(keys):
        dates: dict[str, str | None] = {}
        said: dict[str, set[str]] = {}
        for key, date, claim in connection.execute(query.where(d.key.in_(portion))):
            dates[key] = date
            said.setdefault(key, set()).add(claim)
        for key, date in dates.items():
            shown, gone = _standing(held[key], said[key])
            right += [Right(key, id_, date, one) for id_, one in shown.items()]
            instead |= {(key, id_) for id_ in gone}
    return People(tuple(right), frozenset(instead))


def _standing(held: Mapping[str, Judged], said: set[str]) -> tuple[dict[str, Judged], set[str]]:
    """Claims of people by id, and the ids of the program's that they replace, of one document.

    A correction that makes a claim what another one is stands for both, until that one is judged by itself.
    """
    ids = {one.claim: json.loads(one.record)["id"] for one in held.values() if one.record}
    made: dict[str, Judged] = {}
    for claim, right in ids.items():
        other = held.get(right)
        if right == claim or other is None or other.number < held[claim].number:
            made[right] = held[claim]
    taken = {right for right in made if right in said and right not in ids}  # ids that nothing else is found under
    shown = {right if one.claim not in said and right in taken else one.claim: one for right, one in made.items()}
    return shown, ids.keys() | made.keys()


def things(right: Iterable[Right]) -> dict[str, tuple[str, str, str, str | None]]:
    """What the ends of claims stand for, by id: id, name, label and id of the knowledge base."""
    ends = (end for one in right for end in one.said[1])
    called = ((entity_id(end), end.canonical.replace("\0", "\ufffd"), end.label, end.kb_id) for end in ends)
    return {row[0]: row for row in called}


def row(one: Right) -> tuple[Any, ...]:
    """A claim as `loading` reads those of the program."""
    claim, (subject, object_) = one.said
    said, evidence = claim.qualifiers, claim.evidence
    coded = claim.predicate, said.status, said.polarity or "affirmed", said.certainty or "asserted", said.measure
    ends = entity_id(subject), entity_id(object_)
    return (
        *(one.document, one.id, *coded, *ends, one.date, claim.confidence),
        *(evidence.start, evidence.end, evidence.text),
    )
