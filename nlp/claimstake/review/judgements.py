"""Judgements in SQLite or PostgreSQL: rows are only ever added, and the last one of a claim holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from claimstake import ontology as ontologies
from claimstake.errors import ConfigError, StoreError
from claimstake.ontology import Ontology
from claimstake.queries.stored import record as restored
from claimstake.records import AnnotatedDocument
from claimstake.review import applying, correcting, rows
from claimstake.review.contract import Judgement, Judging
from claimstake.review.correcting import Said
from claimstake.store import migrating, tables
from claimstake.store.databases import Database, explained
from claimstake.store.manifest import REFUSED, now, upsert
from claimstake.store.opening import open_sql
from claimstake.store.retrying import retrying

READERS = 4  # connections that are kept; as many again may be opened
PATIENCE = 20.0  # seconds that a database may be busy or away
PAGE = 500  # judgements that are read at a time
WITH_CORRECTION = ("corrected", "added")
AGAIN = "the document may have been annotated anew meanwhile; load it again"

JUDGEMENTS = tables.judgements.c
T = TypeVar("T")


def open_judgements(address: str | Path, *, ontology: Ontology | None = None) -> Judgements:
    """The judgements of a database, see `store.opening.open_sql`.

    Raises:
        StoreError: it is no database of ours.
    """
    return Judgements(open_sql(address).database, ontology=ontology)


class Judgements:
    """See `contract.Judgements`.

    Args:
        database: with the desk's tables.
        ontology: that corrections have to fit; None takes the packaged one.
        patience: seconds to try again for, while another program writes or the database is away.
    """

    def __init__(self, database: Database, *, ontology: Ontology | None = None, patience: float = PATIENCE) -> None:
        self.database, self.patience = database, patience
        self._readers = database.readers(READERS)  # of their own: those of writers may be waiting for another program
        self.ontology = ontology or ontologies.default()
        self._checked = False

    def judge(self, document: str, judging: Judging, *, by: str) -> Judgement:
        """See `contract.Judgements.judge`."""
        _consistent(judging)
        return self._trying(partial(self._judge, document, judging, by))

    def of(self, document: str) -> tuple[Judgement, ...]:
        """See `contract.Judgements.of`."""
        return applying.holding(self.history(document))

    def history(self, document: str) -> tuple[Judgement, ...]:
        """See `contract.Judgements.history`."""
        return self.asked(partial(_history, document))

    def read(self, document: str, state: Literal["new", "done", "skipped"], *, by: str) -> None:
        """See `contract.Judgements.read`."""
        self._trying(partial(self._read, document, state, by))

    def stream(self, *, since: str | None = None, by: str | None = None) -> Iterator[Judgement]:
        """See `contract.Judgements.stream`."""
        if by is not None and "\0" in by:  # PostgreSQL takes none
            return
        last = 0
        while page := self.asked(partial(_page, last, since, by)):
            yield from page
            last = page[-1].id

    def reviewed(self, record: AnnotatedDocument, found: Iterable[Judgement]) -> AnnotatedDocument:
        """See `contract.Judgements.reviewed`."""
        return applying.reviewed(record, found)

    def asked(self, question: Callable[[sa.Connection], T]) -> T:
        """What a question to the database finds, in one reading transaction.

        Raises:
            StoreError: the database cannot be read.
        """

        def ask() -> T:
            with self._reading() as connection:
                return question(connection)

        return self._trying(ask)

    def close(self) -> None:
        """Let go of connections."""
        for engine in (self._readers, self.database.engine):
            engine.dispose()

    # --- writing ------------------------------------------------------------------------------------------------------

    def _judge(self, document: str, judging: Judging, by: str) -> Judgement:
        with self._writing(document) as connection:
            record = restored(connection, document)
            if record is None:
                raise ConfigError(f"document: there is none with the key {document!r}; {AGAIN}")
            history = rows_of(connection, document, [claim.id for claim in record.claims])
            row = self._row(record, history, judging)
            note = REFUSED.sub("\ufffd", judging.note).strip() if judging.note else None
            row |= {"document": document, "verdict": judging.verdict, "note": note or None, "by": by, "at": now()}
            row["id"] = connection.execute(sa.insert(tables.judgements).values(row)).inserted_primary_key[0]
            return rows.judgement(row, [claim.id for claim in record.claims])

    def _row(self, record: AnnotatedDocument, history: tuple[Judgement, ...], judging: Judging) -> dict[str, Any]:
        """Claim, record and before of the row to be written."""
        held = {one.claim: one for one in applying.holding(history)}
        shown = applying.reviewed(record, history)
        if judging.verdict == "added":
            said = correcting.corrected(shown, None, judging.correction, self.ontology)  # type: ignore[arg-type]
            _not_there(said, shown, None)
            _free(said, held)
            return {"claim": said.claim.id, "record": rows.to_json(said.claim, said.ends), "before": None}
        claim = _meant(judging.claim or "", record, history, held)
        before, current = _before(claim, record, history), held.get(claim)
        person = _person(claim, held)
        said = None
        if judging.verdict == "undone" and current is None:
            raise ConfigError(f"claim: {claim} was not judged, so there is nothing to undo")
        if judging.verdict == "accepted":
            said = person
        elif judging.verdict == "corrected":
            said = self._corrected(shown, person or before, judging)
        return {
            "claim": claim,
            "record": rows.to_json(said.claim, said.ends) if said else None,
            "before": rows.to_json(before.claim, before.ends) if before else None,
        }

    def _corrected(self, shown: AnnotatedDocument, current: Said | None, judging: Judging) -> Said:
        if current is None:
            raise ConfigError(f"claim: nothing is known of {judging.claim} any more; add the claim that is right")
        said = correcting.corrected(shown, current, judging.correction, self.ontology)  # type: ignore[arg-type]
        if correcting.same(said, current):
            raise ConfigError("correction: it changes nothing; accept the claim instead")
        _not_there(said, shown, current)
        return said

    def _read(self, document: str, state: str, by: str) -> None:
        readings = tables.readings
        with self._writing(document) as connection:
            found = sa.select(tables.documents.c.key).where(tables.documents.c.key == document)
            if connection.scalar(found) is None:
                raise ConfigError(f"document: there is none with the key {document!r}")
            if state == "new":
                connection.execute(sa.delete(readings).where(readings.c.document == document))
            else:
                upsert(connection, readings, [{"document": document, "state": state, "by": by, "at": now()}])

    # --- connections --------------------------------------------------------------------------------------------------

    def _trying(self, work: Callable[[], T]) -> T:
        with explained(self.database):
            return retrying(work, self._passes, patience=self.patience)

    def _passes(self, error: Exception) -> bool:
        return self.database.passes(error) and (self._checked or not self.database.silent(error))

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        if not self.database.exists():
            raise StoreError(self.database.name, "no such database", "name the output of an archive run")
        with self._readers.begin() as connection:
            self._check(connection)
            yield connection

    @contextmanager
    def _writing(self, document: str) -> Iterator[sa.Connection]:
        """A transaction that no other judgement of the document runs beside: what is read in it still holds."""
        if not self.database.exists():
            raise StoreError(self.database.name, "no such database", "name the output of an archive run")
        with self.database.writing() as connection:
            self._check(connection)
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock(document))))
            yield connection

    def _check(self, connection: sa.Connection) -> None:
        if not self._checked:
            migrating.check(connection, self.database.name)
            self._checked = True


def _lock(document: str) -> int:
    """Number of a document's advisory lock."""
    digest = hashlib.blake2b(document.encode(), digest_size=8, person=b"judgement").digest()
    return int.from_bytes(digest, "big", signed=True)


def _history(document: str, connection: sa.Connection) -> tuple[Judgement, ...]:
    claims = tables.claims.c
    return rows_of(connection, document, connection.scalars(sa.select(claims.id).where(claims.document == document)))


def _page(last: int, since: str | None, by: str | None, connection: sa.Connection) -> list[Judgement]:
    query = sa.select(tables.judgements).where(JUDGEMENTS.id > last).order_by(JUDGEMENTS.id).limit(PAGE)
    if since is not None:
        query = query.where(JUDGEMENTS.at >= since)
    if by is not None:
        query = query.where(JUDGEMENTS.by == by)
    found = [row._mapping for row in connection.execute(query)]
    claims = tables.claims.c
    keys = {row["document"] for row in found}
    said: dict[str, list[str]] = {}
    for key, id_ in connection.execute(sa.select(claims.document, claims.id).where(claims.document.in_(keys))):
        said.setdefault(key, []).append(id_)
    return [rows.judgement(row, said.get(row["document"], ())) for row in found]


def rows_of(connection: sa.Connection, document: str, said: Iterable[str]) -> tuple[Judgement, ...]:
    """All judgements of a document, oldest first.

    Args:
        said: ids of the claims that the program says of it now.
    """
    query = sa.select(tables.judgements).where(JUDGEMENTS.document == document).order_by(JUDGEMENTS.id)
    ids = frozenset(said)
    return tuple(rows.judgement(row._mapping, ids) for row in connection.execute(query))


def _consistent(judging: Judging) -> None:
    """See that verdict, claim and correction go together."""
    verdict = judging.verdict
    if (judging.claim is None) != (verdict == "added"):
        told = "leave it out where a claim is added" if verdict == "added" else "name the claim that is judged"
        raise ConfigError(f"claim: {told}")
    if (judging.correction is None) == (verdict in WITH_CORRECTION):
        told = "say what is right" if judging.correction is None else f"{verdict!r} has none"
        raise ConfigError(f"correction: {told}")


def _meant(name: str, record: AnnotatedDocument, history: Iterable[Judgement], held: dict[str, Judgement]) -> str:
    """The id under which a claim is judged: it may be called by the id that its correction got."""
    if any(claim.id == name for claim in record.claims) or any(one.claim == name for one in history):
        return name
    found = next((one.claim for one in held.values() if one.record and one.record.id == name), None)
    if found is None:
        raise ConfigError(f"claim: the document has no claim {name!r}; {AGAIN}")
    return found


def _person(claim: str, held: dict[str, Judgement]) -> Said | None:
    """What people said of a claim, or what they made another one into that is the same."""
    void = applying.overruled(held.values())
    made = (one for one in held.values() if one.record and one.record.id == claim and one.id not in void)
    one = held.get(claim) or next(made, None)
    return Said(one.record, one.ends) if one and one.record and one.ends else None


def _before(claim: str, record: AnnotatedDocument, history: Iterable[Judgement]) -> Said | None:
    """What the program says; where it does not any more, what it said when the claim was judged last."""
    found = next((one for one in record.claims if one.id == claim), None)
    if found is not None:
        return correcting.said_of(record, found)
    last = next((j for j in reversed(tuple(history)) if j.claim == claim and j.before and j.ends_before), None)
    return Said(last.before, last.ends_before) if last else None  # type: ignore[arg-type]


def _not_there(said: Said, shown: AnnotatedDocument, current: Said | None) -> None:
    """See that no other claim says the same."""
    own = current.claim.id if current else None
    if said.claim.id != own and any(claim.id == said.claim.id for claim in shown.claims):
        mend = "correct that one instead" if current is None else "reject this one instead"
        raise ConfigError(f"correction: another claim ({said.claim.id}) says this already; {mend}")


def _free(said: Said, held: dict[str, Judgement]) -> None:
    """See that no judgement is lost by adding what the program had said and somebody has corrected."""
    one = held.get(said.claim.id)
    if one is not None and one.verdict != "rejected":
        raise ConfigError(f"correction: claim {one.claim} said this, and {one.by} corrected it; undo that first")
