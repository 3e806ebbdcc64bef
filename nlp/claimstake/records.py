"""What goes in and what comes out: the contract, as pydantic models.

`Article` is what a reader produces; `AnnotatedDocument` is one line of output. The JSON Schema that
users validate against is generated from the models here (`json_schema`).
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = "1.0"

EDTF_PATTERN = (
    r"^[0-9X]{4}(-[0-9X]{2}(-[0-9X]{2})?)?[~?%]?"
    r"(/([0-9X]{4}(-[0-9X]{2}(-[0-9X]{2})?)?[~?%]?)?)?$"
)

Edtf = str


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Article(_Record):
    """One document, as read. Every offset that claimstake reports points into `text`.

    Attributes:
        id: the record's own id, else the file's stem.
        text: the text, exactly as offsets count it (Unicode code points).
        title, author, publisher, published, url, language: metadata where the source states them;
            `published` is EDTF ("2025-07-16", "2025-07", "2025").
        source: path or address it was read from.
        body: half-open character ranges of `text` that are the article proper, where the reader knows
            them (HTML, PDF); None leaves the decision to the `claimstake_body` component.
        notes: what the reader wants the user to know ("published lies in the future, ignored").
    """

    id: str = Field(min_length=1)
    text: str
    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None
    source: str | None = None
    body: list[tuple[int, int]] | None = None
    notes: list[str] = Field(default_factory=list)

    @property
    def sha256(self) -> str:
        return text_sha256(self.text)


class Span(_Record):
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str | None = None


class Measure(_Record):
    """A normalised amount: comparator, number (or [low, high] with ".."), UCUM-like unit symbol."""

    comparator: Literal["=", "<", "<=", ">", ">=", "~", ".."]
    value: float | tuple[float, float]
    unit: str


class Entity(_Record):
    id: str = Field(pattern=r"^e[0-9]+$")
    label: str
    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    canonical: str
    kb_id: str | None = None
    mention: Literal["name", "nominal"] = "name"
    value: Edtf | Measure | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)
    extractor: str | None = None


class Time(_Record):
    kind: Literal["announced", "effective", "deadline", "expires", "event"]
    value: Edtf


class Qualifiers(_Record):
    status: Literal["proposed", "announced", "in_force", "suspended", "lifted"] | None = None
    polarity: Literal["affirmed", "negated"] | None = None
    certainty: Literal["asserted", "hedged"] | None = None
    attribution: str | None = None
    measure: Literal["ban", "licence", "quota", "restriction"] | None = None
    target: str | None = None
    time: list[Time] | None = None
    parameter: str | None = None
    condition: str | None = None
    supersedes: str | None = None
    rate: str | None = None
    share: str | None = None
    amount: str | None = None
    role: str | None = None


class Claim(_Record):
    id: str
    predicate: str
    subject: str = Field(pattern=r"^e[0-9]+$")
    object: str = Field(pattern=r"^e[0-9]+$")
    qualifiers: Qualifiers
    evidence: Span
    confidence: float | None = Field(default=None, ge=0, le=1)
    extractor: str | None = None


def text_sha256(text: str) -> str:
    """SHA-256 of a text as UTF-8, in hexadecimal; half a surrogate pair counts as it would be encoded alone."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def claim_id(document: str, predicate: str, subject: str, object_: str, polarity: str) -> str:
    """A claim's stable id: a hash of document id, triple and polarity, so that writing twice is writing once."""
    text = "\x1f".join((document, predicate, subject, object_, polarity))
    return "c" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class DocumentInfo(_Record):
    id: str = Field(min_length=1)
    source: str | None = None
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    language: str | None = None
    text: str | None = None
    body: list[Span] | None = None


class AnnotatedDocument(_Record):
    schema_version: Literal["1.0"] = SCHEMA_VERSION
    doc: DocumentInfo
    entities: list[Entity]
    claims: list[Claim]
    pipeline: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; absent values are left out, as the schema asks."""
        return self.model_dump(mode="json", exclude_none=True)
