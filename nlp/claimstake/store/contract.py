"""What a run and a store say to each other: documents ready to be kept, outcomes of items, failures, runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from claimstake.records import AnnotatedDocument, Article

KEY_LENGTH = 20  # hexadecimal digits of a document's key: 80 bits


@dataclass(frozen=True)
class StoredDocument:
    """A document as it leaves a worker.

    Args:
        key: see `document_key`.
        item: key of the work item it came from.
        record: the annotated document, with its text where texts are kept.
        tokens: of its text; 0 where the gate let it pass unread.
        relevant: False where the gate let it pass, so that it has neither mentions nor claims.
        signature: MinHash of its text, None where it is too short for one.
        url: where the article was published, if that is known.
    """

    key: str
    item: str
    record: AnnotatedDocument
    tokens: int
    relevant: bool = True
    signature: bytes | None = None
    url: str | None = None


@dataclass(frozen=True)
class Failed:
    """A document, or an item, that was put into quarantine.

    Args:
        item: key of the work item.
        source: where it was read: "news.zip: a/b.html".
        stage: "fetch", "read", "annotate", "timeout" or "worker" (its process died).
        error: name of the exception's class; "" where a reader gave the failure.
        problem, mend: as in `readers.Failure`.
        traceback: of the worker; "" where there is none.
        document: id of the record, where it is known.
    """

    item: str
    source: str
    stage: str
    problem: str
    mend: str = ""
    error: str = ""
    traceback: str = ""
    document: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one work item; it is written whole or not at all.

    Args:
        item: its key.
        source: where it was read.
        documents: what `Store.encode` made of its documents.
        failures: what went into quarantine.
        tokens, claims, relevant: of its documents together; `relevant` counts documents that the gate let in.
        mended: there is something else now where the item was read: its failures go, and it is not done.
    """

    item: str
    source: str
    documents: tuple[Any, ...] = ()
    failures: tuple[Failed, ...] = ()
    tokens: int = 0
    claims: int = 0
    relevant: int = 0
    mended: bool = False


@dataclass(frozen=True)
class Run:
    """One start of an archive run.

    Args:
        id: unique, sorts by time.
        fingerprint: of pipeline and configuration; an item done under another one is done again.
        started: UTC, ISO 8601.
        version: of claimstake.
        sources: as the user named them.
        configuration: plain values for the reader of the table.
    """

    id: str
    fingerprint: str
    started: str
    version: str
    sources: tuple[str, ...]
    configuration: dict[str, Any] = field(default_factory=dict)


class Store(Protocol):
    """A place for documents that survives a kill at any moment.

    `commit` writes outcomes together with their manifest rows in one transaction: after a crash an item is either
    wholly there and in `done`, or not there at all. Committing an item again replaces what it had. Whatever the order
    of crashes, resumed runs leave the rows of a run that nobody disturbed (times and run ids apart).

    Attributes:
        encode: makes of a document what `commit` wants; runs in worker processes, so it is a module's function, or a
            picklable object, that holds no connection.
        outputs: files and folders that it writes; what is archived may lie beside them, and they are no sources.
    """

    encode: Callable[[StoredDocument], Any]
    outputs: tuple[Path, ...]

    def begin(self, run: Run) -> None:
        """Create or migrate the schema, mend what a crash left, and note the run."""

    def done(self, items: Sequence[str], fingerprint: str, *, retry_failed: bool = False) -> set[str]:
        """Which of the items need no work under this fingerprint; failed ones do where `retry_failed`."""

    def commit(self, outcomes: Sequence[Outcome]) -> None:
        """Write outcomes and their manifest rows, all or nothing, in their order."""

    def failures(self) -> Iterator[Failed]:
        """What is in quarantine, in the order of sources."""

    def finish(self, state: str) -> None:
        """Note how the run ended: "complete", "interrupted" or "stopped", and tidy up."""

    def close(self) -> None:
        """Let go of files and connections."""


def document_key(article: Article) -> str:
    """A document's key: a hash of all of its content, so that the same document read twice is one.

    Not part of it: `source` and `notes`. A text that was changed, or that has another id, is another document.
    """
    content = article.model_dump(mode="json", exclude={"source", "notes"}, exclude_none=True)
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
    return hashlib.sha256(plain).hexdigest()[:KEY_LENGTH]
