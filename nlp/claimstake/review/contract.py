"""A judgement of a claim: what is asked of the program, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from claimstake.queries.contract import Verdict
from claimstake.records import AnnotatedDocument, Claim, Entity, Qualifiers


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Mark(_Model):
    """An end of a claim that the program did not find.

    Attributes:
        start, end: code points of the stored text; white space at both ends is left out.
        label: of the ontology.
        canonical: name of the thing; None takes the knowledge base's name of these words, else the words.
    """

    start: int = Field(ge=0)
    end: int = Field(ge=1)
    label: str = Field(max_length=60)
    canonical: str | None = Field(default=None, max_length=300)


class Correction(_Model):
    """What is right instead: what is None stays as it was; `qualifiers` replaces all of them.

    Attributes:
        subject, object: id of a mention of the document, or a mark that makes a new one.
    """

    predicate: str | None = Field(default=None, max_length=80)
    subject: str | Mark | None = None
    object: str | Mark | None = None
    qualifiers: Qualifiers | None = None


class Judging(_Model):
    """What somebody says of a claim of a document.

    Attributes:
        verdict: "accepted" says that the claim is right as the desk shows it, so that of a corrected or added claim the
            correction is accepted; "undone" makes it one that nobody judged.
        claim: its id, or the id that its correction gave it; None where a claim is added.
        correction: for "corrected" and "added" (there with predicate, subject and object).
    """

    verdict: Verdict
    claim: str | None = Field(default=None, max_length=80)
    correction: Correction | None = None
    note: str | None = Field(default=None, max_length=2_000)


Ends = tuple[Entity, Entity]


class Judgement(_Model):
    """A judgement that is kept.

    Attributes:
        id: counts up; the last one of a claim holds.
        document: key.
        claim: id that the program gave the claim, whatever became of it; of an added claim the id that it got.
        record: what is right, where somebody corrected or added it, with its own id; else None.
        ends: subject and object of `record` as they were marked then; offsets hold, numbers of mentions may change.
        before: what the program said then; None for an added claim.
        ends_before: its subject and object.
        gone: the program does not say `before` any more; what people said instead holds all the same.
        at: UTC, ISO 8601.
    """

    id: int
    document: str
    claim: str
    verdict: Verdict
    record: Claim | None = None
    ends: Ends | None = None
    before: Claim | None = None
    ends_before: Ends | None = None
    note: str | None = None
    by: str
    at: str
    gone: bool = False


class Judgements(Protocol):
    """Judgements of one database. Safe to be used by many threads at once."""

    def judge(self, document: str, judging: Judging, *, by: str) -> Judgement:
        """Keep a judgement.

        Raises:
            ConfigError: there is no such document, claim, mention, predicate or qualifier; the message names it.
            StoreError: the database cannot be written.
        """

    def of(self, document: str) -> tuple[Judgement, ...]:
        """The judgements of a document that hold (the last one of each claim, "undone" ones left out)."""

    def history(self, document: str) -> tuple[Judgement, ...]:
        """All judgements of a document, oldest first."""

    def read(self, document: str, state: Literal["new", "done", "skipped"], *, by: str) -> None:
        """Say that a document was read, or is to be read again."""

    def stream(self, *, since: str | None = None, by: str | None = None) -> Iterator[Judgement]:
        """Judgements of all documents, oldest first; memory stays flat.

        Args:
            since: UTC, ISO 8601, or the beginning of it ("2026-11"), inclusive.
            by: name of an analyst.
        """

    def reviewed(self, record: AnnotatedDocument, found: tuple[Judgement, ...]) -> AnnotatedDocument:
        """The record as people corrected it: without rejected claims, with corrected and added ones.

        Ids of mentions stay as they are; what people marked gets the next free numbers.
        """

    def close(self) -> None:
        """Let go of connections."""
