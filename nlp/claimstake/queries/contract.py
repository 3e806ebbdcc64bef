"""What can be asked of a database of claims, and what comes back: the models of the API and the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from claimstake.records import AnnotatedDocument, Span, Time

Order = Literal["newest", "surest", "doubtful"]  # by date, by confidence falling, by confidence rising
InboxOrder = Literal["newest", "most", "doubtful"]  # last arrived, most claims, least certain claims first
Verdict = Literal["accepted", "rejected", "corrected", "added", "undone"]
ReadingState = Literal["new", "done", "skipped"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClaimFilter(_Model):
    """Which claims are meant; what is left out asks for nothing. All conditions hold at once.

    Attributes:
        actor: name or id of the subject; a country's ministries count as it where the knowledge base says so.
        object: name or id of the object.
        entity: id of a thing that is either end.
        predicate, status, measure: any of these.
        polarity, certainty: as in records.
        since, until: EDTF; of the date of publication, both inclusive.
        min_confidence, max_confidence: in [0, 1].
        text: words that the evidence holds, all of them; the last may be the beginning of a word.
        document: key of a document.
        verdict: of the last judgement; "open" for claims that nobody judged.
    """

    actor: str | None = Field(default=None, max_length=200)
    object: str | None = Field(default=None, max_length=200)
    entity: str | None = Field(default=None, max_length=400)
    predicate: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    measure: tuple[str, ...] = ()
    polarity: Literal["affirmed", "negated"] | None = None
    certainty: Literal["asserted", "hedged"] | None = None
    since: str | None = Field(default=None, max_length=30)
    until: str | None = Field(default=None, max_length=30)
    min_confidence: float | None = Field(default=None, ge=0, le=1)
    max_confidence: float | None = Field(default=None, ge=0, le=1)
    text: str | None = Field(default=None, max_length=200)
    document: str | None = Field(default=None, max_length=40)
    verdict: Literal["accepted", "rejected", "corrected", "added", "open"] | None = None


class Thing(_Model):
    """An entity across documents.

    Attributes:
        id: of the knowledge base, else "LABEL:name".
    """

    id: str
    name: str
    label: str
    kb_id: str | None = None


class ClaimRow(_Model):
    """A claim with all that a reader needs; `evidence` offsets are code points of the document's text.

    A claim that people corrected or added is as they have it, without confidence; `id` is that by which it is judged,
    of a corrected one the program's.
    """

    document: str
    id: str
    predicate: str
    subject: Thing
    object: Thing
    status: str | None = None
    polarity: str = "affirmed"
    certainty: str = "asserted"
    measure: str | None = None
    target: str | None = None
    attribution: str | None = None
    time: tuple[Time, ...] = ()
    parameter: str | None = None
    condition: str | None = None
    supersedes: str | None = None
    rate: str | None = None
    share: str | None = None
    amount: str | None = None
    role: str | None = None
    value: str | None = None  # of an object that is a date or an amount
    confidence: float | None = None
    extractor: str | None = None
    evidence: Span
    date: str | None = None
    doc_id: str
    title: str | None = None
    publisher: str | None = None
    url: str | None = None
    verdict: Verdict | None = None


class ClaimPage(_Model):
    """Some rows, and how to go on.

    Attributes:
        next: cursor of the next page, None after the last. A page may hold fewer rows than asked for, even none, and
            still have a next one: a search is bounded in time, and the next page goes on where it stopped.
        found: how many claims answer, counted up to `ceiling`; None where that would take too long.
        ceiling: whether there are more than `found`.
    """

    claims: tuple[ClaimRow, ...]
    next: str | None = None
    found: int | None = None
    ceiling: bool = False


class DocumentRow(_Model):
    """A document as lists show it.

    Attributes:
        key: of the database, in addresses of pages.
        doc_id: the document's own.
        claims: how many it holds; judged: how many of them were judged.
        doubt: mean of 1 - confidence over its claims, None without claims.
        copies: other documents of the same story.
    """

    key: str
    doc_id: str
    title: str | None = None
    publisher: str | None = None
    published: str | None = None
    url: str | None = None
    source: str | None = None
    arrived: str
    relevant: bool = True
    claims: int = 0
    judged: int = 0
    doubt: float | None = None
    copies: int = 0
    state: ReadingState = "new"
    begins: str = ""  # the first words of the text


class DocumentPage(_Model):
    documents: tuple[DocumentRow, ...]
    next: str | None = None


class StoredRecord(_Model):
    """A document with its row and its whole record as the store holds it (text and all, where texts are kept)."""

    row: DocumentRow
    record: AnnotatedDocument


class Count(_Model):
    """How often a thing is the subject or the object of a predicate."""

    predicate: str
    role: Literal["subject", "object"]
    claims: int


class Moment(_Model):
    """A dated thing that a claim says: an entry of a timeline."""

    date: str  # EDTF
    kind: str  # announced, effective, deadline, expires, event; published where the claim names no date
    claim: ClaimRow


class EntityView(_Model):
    """A thing, under which names it was met, and what is said of it."""

    thing: Thing
    surfaces: tuple[str, ...] = ()
    counts: tuple[Count, ...] = ()
    documents: int = 0
    ceiling: bool = False  # counts are of so many claims at most


class Edge(_Model):
    """Who does what to what, over all claims that answer a filter."""

    subject: Thing
    object: Thing
    predicate: str
    status: str | None
    claims: int
    stories: int


class Reader(Protocol):
    """Questions to one database. Safe to be used by many threads at once; nothing is written.

    Every method raises StoreError where the database cannot be read, and ConfigError where the question is wrong (a
    predicate or date that does not exist, a cursor that is none of ours).
    """

    def claims(
        self, wanted: ClaimFilter, *, order: Order = "newest", cursor: str | None = None, limit: int = 50
    ) -> ClaimPage:
        """A page of claims."""

    def stream(self, wanted: ClaimFilter, *, order: Order = "newest") -> Iterator[ClaimRow]:
        """All claims that answer, for downloads; memory stays flat."""

    def inbox(
        self, *, order: InboxOrder = "newest", state: ReadingState = "new", cursor: str | None = None, limit: int = 50
    ) -> DocumentPage:
        """Documents, relevant ones only."""

    def document(self, key: str) -> StoredRecord | None:
        """A document by key, or by its own id (the last annotated one of that id)."""

    def entity(self, id_: str) -> EntityView | None:
        """A thing by id; rejected claims are not counted."""

    def timeline(self, id_: str, *, limit: int = 500) -> tuple[Moment, ...]:
        """What happened to a thing, oldest first; of more than `limit` the newest. Rejected claims are left out."""

    def graph(self, wanted: ClaimFilter, *, limit: int = 60) -> tuple[Edge, ...]:
        """Edges of the most stories, among restricting claims that answer (all claims, where predicates are given).

        Rejected claims are left out, unless the filter asks for them.
        """

    def suggest(self, begins: str, *, limit: int = 10) -> tuple[Thing, ...]:
        """Things whose name begins so, the most claimed first."""

    def close(self) -> None:
        """Let go of connections."""
