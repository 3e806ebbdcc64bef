"""The one relational schema, as SQLAlchemy metadata. Offsets are code points, dates EDTF, times UTC in ISO 8601.

Rows are tuples in the order of the columns here (`rows.py`). `documents.story` is for what links near-duplicates; a
store leaves it NULL. `fingerprint` and `run` say under which pipeline, and by which start, something was written.
"""

from __future__ import annotations

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s"})


def _text(name: str, *, null: bool = False, key: bool = False, to: str | None = None) -> Column[str]:
    return Column(name, Text, *([ForeignKey(to)] if to else []), nullable=null, primary_key=key)


def _document(*, key: bool = True) -> Column[str]:
    return _text("document", key=key, to="documents.key")


def _number(name: str) -> Column[float]:
    return Column(name, Double, nullable=True)


def _count(name: str, *, key: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=False, primary_key=key, autoincrement=False)


runs = Table(
    "runs",
    metadata,
    _text("id", key=True),
    _text("fingerprint"),
    _text("started"),
    _text("finished", null=True),
    _text("state"),  # running, complete, interrupted, stopped; a killed run stays at running
    _text("version"),
    _text("sources"),  # JSON list
    _text("configuration"),  # JSON object
    *(_count(name) for name in ("items", "documents", "claims", "tokens", "failures")),  # committed by this run
)

manifest = Table(
    "manifest",
    metadata,
    _text("item", key=True),
    _text("fingerprint"),
    _text("state"),  # done, failed
    _text("source"),
    *(_count(name) for name in ("documents", "relevant", "claims", "tokens")),
    _text("run", to="runs.id"),
)

documents = Table(
    "documents",
    metadata,
    _text("key", key=True),
    _text("item"),  # the first of its work items in the order of their keys; `appearances` has all
    _text("doc_id"),
    *(_text(name, null=True) for name in ("source", "url", "title", "author", "publisher", "published", "language")),
    _text("sha256"),  # of the text
    _count("tokens"),
    _count("relevant"),  # 0 where the gate let it pass unread, else 1
    _text("story", null=True),
    _text("run", to="runs.id"),
    _text("fingerprint"),
    _text("annotated"),
    _text("text", null=True),  # last, so that nothing reads past it
    Index(None, "doc_id", postgresql_using="hash"),  # an id may be longer than a B-tree page takes
    Index(None, "published"),
    Index(None, "story"),
)

appearances = Table(
    "appearances",
    metadata,
    _text("item", key=True, to="manifest.item"),
    _document(),
    _text("source", null=True),
    Index(None, "document"),
    sqlite_with_rowid=False,
)

entities = Table(
    "entities",
    metadata,
    _text("id", key=True),
    _text("label"),
    _text("canonical"),
    _text("kb_id", null=True),
    _text("fingerprint"),
    Index(None, "canonical", postgresql_using="hash"),
)

mentions = Table(
    "mentions",
    metadata,
    _document(),
    _text("id", key=True),
    _text("entity", to="entities.id"),
    _text("label"),
    _text("text"),
    _count("start_char"),
    _count("end_char"),
    _text("mention"),  # name, nominal
    _text("value", null=True),  # EDTF, or comparator, number and unit in one: "<= 60 %"
    _text("comparator", null=True),
    _number("number"),  # the lower one of a range
    _number("number_high"),  # the higher one of a range
    _text("unit", null=True),
    _number("confidence"),
    _text("extractor", null=True),
    Index(None, "entity"),
    sqlite_with_rowid=False,
)

claims = Table(
    "claims",
    metadata,
    _document(),
    _text("id", key=True),
    _text("predicate"),
    _text("subject"),  # mentions.id in the same document
    _text("object"),
    _text("subject_entity", to="entities.id"),
    _text("object_entity", to="entities.id"),
    *(_text(name, null=True) for name in ("status", "polarity", "certainty", "measure")),
    _text("date", null=True),  # of publication, as in documents
    _number("confidence"),
    *(_text(name, null=True) for name in ("attribution", "target", "extractor")),
    Index(None, "subject_entity", "predicate"),
    Index(None, "object_entity", "predicate"),
    Index(None, "predicate", "status", "date"),
    Index(None, "date"),
    Index(None, "confidence"),
)

claim_qualifiers = Table(
    "claim_qualifiers",
    metadata,
    _document(),
    _text("claim", key=True),
    _text("name", key=True),  # time, parameter, condition, supersedes, rate, share, amount, role
    _count("position", key=True),
    _text("kind", null=True),  # of a time: announced, effective, deadline, expires, event
    _text("value"),
    sqlite_with_rowid=False,
)

evidence = Table(
    "evidence",
    metadata,
    _document(),
    _text("claim", key=True),
    _count("start_char"),
    _count("end_char"),
    _text("text", null=True),
    sqlite_with_rowid=False,
)

signatures = Table(
    "signatures",
    metadata,
    _document(),
    Column("signature", LargeBinary, nullable=False),  # MinHash, as its maker wrote it
    sqlite_with_rowid=False,
)

failures = Table(
    "failures",
    metadata,
    _text("item", key=True, to="manifest.item"),
    _count("position", key=True),
    _text("source"),
    _text("stage"),  # read, annotate, timeout, worker
    *(_text(name) for name in ("error", "problem", "mend", "traceback")),
    _text("document", null=True),  # doc_id, where it is known
    _text("run", to="runs.id"),
)

# What hangs on a document, and is written and deleted with it.
PARTS = (mentions, claims, claim_qualifiers, evidence, signatures)
