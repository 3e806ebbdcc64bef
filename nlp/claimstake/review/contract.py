"""A judgement of a claim: what is asked of the program, and what is kept."""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from claimstake.queries.contract import Verdict
from claimstake.records import AnnotatedDocument, Claim, Qualifiers


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Mark(_Model):
    """An end of a claim that the program did not find: offsets in code points, and a label of the ontology."""

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
        claim: its id; None where a claim is added.
        correction: for "corrected" and "added" (there with predicate, subject and object).
    """

    verdict: Verdict
    claim: str | None = Field(default=None, max_length=80)
    correction: Correction | None = None
    note: str | None = Field(default=None, max_length=2_000)


class Judgement(_Model):
    """A judgement that is kept."""

    id: int
    document: str
    claim: str
    verdict: Verdict
    record: Claim | None = None
    before: Claim | None = None
    note: str | None = None
    by: str
    at: str  # UTC, ISO 8601


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

    def reviewed(self, record: AnnotatedDocument, found: tuple[Judgement, ...]) -> AnnotatedDocument:
        """The record as people corrected it: without rejected claims, with corrected and added ones."""
