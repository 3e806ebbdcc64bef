"""Statements from SQLite or PostgreSQL: what is asked for is looked up by its indexes, the rest stays there."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Select, create_engine, func, or_, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from claimstake.errors import ConfigError, StoreError
from claimstake.ledger import datasets
from claimstake.ledger.asking import NARROW, Answer, context_predicates, did_you_mean
from claimstake.ledger.model import Document, Statement, Thing
from claimstake.records import Measure
from claimstake.store import migrating
from claimstake.store.databases import Sqlite, first_line
from claimstake.store.opening import open_sql
from claimstake.store.tables import claim_qualifiers, claims, documents, entities, evidence, mentions

IDS_AT_ONCE = 2_000  # parameters in a query; SQLite takes 32,766, PostgreSQL 65,535
NAMES_COMPARED = 200_000  # names that a misspelt one is compared with
NUMBERS = ("comparator", "number", "number_high", "unit")
STEPS = 10_000  # of SQLite's machine, about a millisecond, between two looks at the clock
T = TypeVar("T")
FORMS = "name a SQLite file, postgresql://user@host/name, a .parquet folder, or annotated documents (.jsonl)"


@contextmanager
def connected(address: str, seconds: float | None = None) -> Iterator[Connection]:
    """An open connection that only reads.

    Args:
        address: a SQLite file, a Parquet dataset (a folder), or a URL as `store.opening` takes them.
        seconds: how long queries of a database may take; None waits for them.

    Raises:
        StoreError: there is no such database, it cannot be read, or it holds no claims.
        ConfigError: queries took longer than `seconds`.
    """
    if "://" not in address and Path(address).is_dir():
        with datasets.connected(Path(address)) as connection:
            yield connection
        return
    name, engine = _engine(address)
    try:
        with engine.connect() as connection:
            _begin(connection)
            migrating.check(connection, name)
            _limit(connection, seconds)
            yield connection
    except DatabaseError as error:
        if seconds is not None and _stopped(error):
            raise ConfigError(f"that takes longer than {seconds:g} s to look up, {NARROW}") from error
        raise StoreError(name, f"cannot be read: {first_line(error)}") from error
    finally:
        engine.dispose()


def _begin(connection: Connection) -> None:
    """All queries see one state of the database, whatever a run writes and drops meanwhile."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")  # Python's driver begins nothing for a reader
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _limit(connection: Connection, seconds: float | None) -> None:
    """Let the database itself stop what takes too long."""
    if seconds is None:
        return
    if connection.dialect.name == "sqlite":
        end = monotonic() + seconds
        connection.connection.driver_connection.set_progress_handler(lambda: monotonic() > end, STEPS)
    else:
        connection.execute(select(func.set_config("statement_timeout", str(int(seconds * 1000)), True)))


def _stopped(error: DatabaseError) -> bool:
    told = first_line(error)
    return "interrupted" in told or "statement timeout" in told


def _engine(address: str) -> tuple[str, Engine]:
    """Name for messages, and engine. A SQLite file is opened for reading, so that nothing is made or changed."""
    database = open_sql(address).database if "://" in address else Sqlite(Path(address))
    if not isinstance(database, Sqlite):
        return database.name, database.engine
    if not database.exists():
        raise StoreError(database.name, "there is no such database", FORMS)
    path = quote(database.path.resolve().as_posix())
    connect = partial(sqlite3.connect, f"file:{path}?mode=ro", uri=True)
    return database.name, create_engine("sqlite://", creator=connect, poolclass=NullPool)


def read(connection: Connection, answer: Answer, most: int) -> tuple[list[Statement], list[Statement]]:
    """Statements that answer, and what the same documents say of their instruments and limits.

    Raises:
        ConfigError: more than `most` claims answer; or a name that is asked for does not occur.
    """
    keys = _asked(connection, answer, most)
    found = list(_statements(connection, keys))
    if not answer.question.about and not answer.question.actor and not answer.question.predicates:
        return found, []
    return found, list(_statements(connection, _context(connection, found)))


def _asked(connection: Connection, answer: Answer, most: int) -> list[tuple[str, str]]:
    """Document and id of the claims that answer."""
    question = answer.question
    actors = _actors(connection, answer) if question.actor else None
    about = _about(connection, answer) if question.about else None
    wanted = select(claims.c.document, claims.c.id, claims.c.subject_entity, claims.c.object_entity)
    if question.predicates:
        wanted = wanted.where(claims.c.predicate.in_(question.predicates))
    found: dict[tuple[str, str], None] = {}
    for query in _by_index(wanted, actors, about):
        for document, id_, subject, object_ in connection.execute(query):
            if actors is not None and subject not in actors:
                continue
            if about is None or subject in about or object_ in about:
                found[document, id_] = None
                if len(found) > most:
                    raise ConfigError(f"more than {most:,} claims answer that, {NARROW}")
    return list(found)


def _by_index(wanted: Select[Any], actors: set[str] | None, about: set[str] | None) -> Iterator[Select[Any]]:
    """The queries of the fewest ids: by subject, or by what it is about."""
    if actors is None and about is None:
        yield wanted
    elif about is None or (actors is not None and len(actors) <= len(about)):
        for some in _portions(sorted(actors or ())):
            yield wanted.where(claims.c.subject_entity.in_(some))
    else:
        for some in _portions(sorted(about)):
            yield wanted.where(claims.c.subject_entity.in_(some))
            yield wanted.where(claims.c.object_entity.in_(some))


def _actors(connection: Connection, answer: Answer) -> set[str]:
    """Entities that are the actor asked for: known ones by id, the others by name."""
    name = answer.question.actor or ""
    likely = or_(
        entities.c.kb_id.is_(None) & entities.c.label.in_(("MINISTRY", "INSTRUMENT")),
        func.lower(entities.c.canonical) == name.lower(),
    )
    found = {id_ for id_, thing in _things(connection, select_entities().where(likely)) if answer.is_actor(thing)}
    for some in _portions(sorted(answer.actors)):
        found.update(connection.scalars(select(entities.c.id).where(entities.c.kb_id.in_(some))))
    return found or _nothing(connection, name, "actor")


def _about(connection: Connection, answer: Answer) -> set[str]:
    """Entities that are asked about, by a scan of names: there are far fewer of them than claims."""
    likely = [func.lower(entities.c.canonical).contains(stem, autoescape=True) for stem in answer.stems]
    by_name = select_entities().where(or_(*likely))
    found = {id_ for id_, thing in _things(connection, by_name) if answer.is_about(thing)}
    for some in _portions(sorted(answer.ids)):
        found.update(connection.scalars(select(entities.c.id).where(entities.c.kb_id.in_(some))))
    return found or _nothing(connection, " or ".join(answer.question.about), "thing")


def _nothing(connection: Connection, name: str, what: str) -> set[str]:
    names = connection.scalars(select(entities.c.canonical).distinct().limit(NAMES_COMPARED))
    raise ConfigError(f"no {what} here is called {name!r}{did_you_mean(name, names)}")


def select_entities() -> Select[Any]:
    return select(entities.c.id, entities.c.canonical, entities.c.label, entities.c.kb_id)


def _things(connection: Connection, query: Select[Any]) -> Iterator[tuple[str, Thing]]:
    for id_, name, label, kb_id in connection.execution_options(stream_results=True).execute(query):
        yield id_, Thing(name, label, kb_id)


def _context(connection: Connection, found: Sequence[Statement]) -> list[tuple[str, str]]:
    """Claims of the same documents about instruments and limits."""
    own = {(s.document.key, s.id) for s in found}
    keys = sorted({s.document.key for s in found})
    wanted = select(claims.c.document, claims.c.id).where(claims.c.predicate.in_(context_predicates()))
    rows = (
        tuple(row) for some in _portions(keys) for row in connection.execute(wanted.where(claims.c.document.in_(some)))
    )
    return [row for row in rows if row not in own]


def _statements(connection: Connection, keys: Iterable[tuple[str, str]]) -> Iterator[Statement]:
    """Claims with their documents, ends, qualifiers and sentences, in the order of the keys."""
    sources: dict[str, Document] = {}
    named: dict[str, Thing] = {}
    for some in _portions(keys):
        held = sorted({document for document, _ in some})
        rows = {(row.document, row.id): row for row in connection.execute(_claims(held))}
        said = _qualifiers(connection, held)
        wanted = [rows[key] for key in some if key in rows]
        _learn(connection, wanted, sources, named)
        for row in wanted:
            yield _statement(row, sources[row.document], named, said.get((row.document, row.id), []))


def _claims(held: Collection[str]) -> Select[Any]:
    spoken = (evidence.c.document == claims.c.document) & (evidence.c.claim == claims.c.id)
    object_ = (mentions.c.document == claims.c.document) & (mentions.c.id == claims.c.object)
    return (
        select(claims, evidence.c.text.label("said"), *(mentions.c[name] for name in NUMBERS))
        .join(evidence, spoken, isouter=True)
        .join(mentions, object_, isouter=True)
        .where(claims.c.document.in_(held))
    )


def _qualifiers(connection: Connection, held: Collection[str]) -> dict[tuple[str, str], list[Any]]:
    q = claim_qualifiers
    query = select(q).where(q.c.document.in_(held)).order_by(q.c.document, q.c.claim, q.c.name, q.c.position)
    found: dict[tuple[str, str], list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault((row.document, row.claim), []).append(row)
    return found


def _learn(connection: Connection, rows: list[Any], sources: dict[str, Document], named: dict[str, Thing]) -> None:
    """Read the documents and entities of claims that are not known yet."""
    fresh = sorted({row.document for row in rows} - sources.keys())
    d = documents.c
    fields = (d.key, d.doc_id, d.title, d.publisher, d.published, d.url, d.source, d.story)
    for row in connection.execute(select(*fields).where(d.key.in_(fresh))) if fresh else ():
        sources[row.key] = Document(*row)
    ends = sorted({end for row in rows for end in (row.subject_entity, row.object_entity)} - named.keys())
    for some in _portions(ends):
        named.update(_things(connection, select_entities().where(entities.c.id.in_(some))))


def _statement(row: Any, document: Document, named: dict[str, Thing], said: list[Any]) -> Statement:
    single = {q.name: q.value for q in said if q.name != "time"}
    return Statement(
        document, row.id, row.predicate, named[row.subject_entity], named[row.object_entity],
        status=row.status, polarity=row.polarity or "affirmed", certainty=row.certainty or "asserted",
        attribution=row.attribution, measure=row.measure, target=row.target,
        times=tuple((q.kind, q.value) for q in said if q.name == "time"),
        value=_value(row), evidence=row.said or "", confidence=row.confidence, **single,
    )  # fmt: skip


def _value(row: Any) -> Measure | None:
    if row.comparator is None or row.number is None:
        return None
    number = row.number if row.number_high is None else (row.number, row.number_high)
    return Measure(comparator=row.comparator, value=number, unit=row.unit or "")


def _portions(found: Iterable[T]) -> Iterator[tuple[T, ...]]:
    rest = iter(found)
    while some := tuple(islice(rest, IDS_AT_ONCE)):
        yield some
