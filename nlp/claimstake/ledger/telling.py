"""A question, answered: statements are read where they are kept, put together, and those that answer are chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from claimstake.errors import ConfigError, StoreError
from claimstake.ledger import knowing, records
from claimstake.ledger.asking import NARROW, Answer, Question, context_predicates, did_you_mean
from claimstake.ledger.measures import measures
from claimstake.ledger.model import Document, Measure, Statement, documents
from claimstake.ledger.rows import consolidate, measure_predicates
from claimstake.ledger.values import LIMIT

MOST_CLAIMS = 200_000
LINES = (".jsonl", ".jsonl.gz", ".ndjson")


@dataclass(frozen=True)
class Ledger:
    """Measures, and what stands beside them.

    Attributes:
        measures: of governments, with their lives, in order of time.
        facts: what else is claimed ("produces"), a row each, and limits of no known measure.
        documents: all sources, oldest first.
        claims: how many were put together.
    """

    measures: list[Measure]
    facts: list[Measure]
    documents: list[Document]
    claims: int


def tell(address: str, question: Question, most: int = MOST_CLAIMS, seconds: float | None = None) -> Ledger:
    """The ledger of what is asked.

    Args:
        address: a SQLite file, the address of a PostgreSQL database, a Parquet dataset, or annotated documents as JSON
            Lines.
        question: what is asked.
        most: claims that are taken into memory at most.
        seconds: how long a database may take to look them up; None waits.

    Raises:
        StoreError, ReadError: there is no such database or file, or it is none of claimstake's.
        ConfigError: a name, predicate or date that does not exist; more claims than `most` answer, or it takes too
            long; the message names the mend.
    """
    question.check()
    answer = Answer(question, knowing.default())
    if address.endswith(LINES):
        own, context = _from_lines(address, answer, most)
    else:
        from claimstake.ledger import stored

        with stored.connected(address, seconds) as connection:
            own, context = stored.read(connection, answer, most)
    return gather(own, context, answer)


def gather(own: list[Statement], context: list[Statement], answer: Answer) -> Ledger:
    """Put statements together, and leave out what only context tells of."""
    asked = {(s.document.key, s.id) for s in own}

    def wanted(measure: Measure) -> bool:
        return not asked.isdisjoint((s.document.key, s.id) for s in measure.statements)

    found = measures(consolidate([*own, *context], answer.known), answer.known, wanted if context else None)
    chosen = [measure for measure in found if answer.in_time(measure)]
    told = measure_predicates() | {LIMIT}
    kept = documents(s for measure in chosen for row in measure.all_rows for s in row.statements)
    return Ledger(
        [m for m in chosen if m.predicate in told], [m for m in chosen if m.predicate not in told], kept, len(own)
    )


def _from_lines(address: str, answer: Answer, most: int) -> tuple[list[Statement], list[Statement]]:
    if not Path(address).is_file():
        raise StoreError(address, "there is no such file", "name the output of claimstake annotate, or a database")
    own: list[Statement] = []
    context: list[Statement] = []
    names: set[str] = set()
    beside = context_predicates()
    for document in _by_document(records.read(Path(address))):
        taken = [s for s in document if answer.takes(s)]
        own += taken
        if taken:
            context += [s for s in document if s.predicate in beside and all(s is not t for t in taken)]
        names.update(thing.name for s in document for thing in (s.subject, s.object))
        if len(own) > most:
            raise ConfigError(f"more than {most:,} claims answer that, {NARROW}")
    if not own:
        _explain(answer.question, names)
    return own, context


def _explain(question: Question, names: set[str]) -> None:
    """Name what is asked for and does not occur."""
    for name in (*question.about, *filter(None, (question.actor,))):
        if hint := did_you_mean(name, names):
            raise ConfigError(f"no claim tells of {name!r}{hint}")


def _by_document(found: Iterable[Statement]) -> Iterator[list[Statement]]:
    held: list[Statement] = []
    for statement in found:
        if held and held[-1].document is not statement.document:
            yield held
            held = []
        held.append(statement)
    if held:
        yield held
