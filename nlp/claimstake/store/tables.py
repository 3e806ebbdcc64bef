"""The one relational schema, as SQLAlchemy metadata. Offsets are code points, dates EDTF, times UTC in ISO 8601.

Rows are tuples in the order of the columns here (`rows.py`). `documents.story` is the smallest key among copies of one
text, worked out when a run ends (`stories.py`); a document alone, and a new one, is its own story. `fingerprint` and
`run` say under which pipeline, and by which start, something was written.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

VERSION_TABLE = "claimstake_schema"  # where alembic notes the revision

metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s"})

# Keys and codes are compared by code point, as Python and SQLite do; so are indexes, which makes them much quicker.
Code = Text().with_variant(Text(collation="C"), "postgresql")


def _code(name: str, *, null: bool = False, key: bool = False, to: str | None = None) -> Column[str]:
    return Column(name, Code, *([ForeignKey(to)] if to else []), nullable=null, primary_key=key)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _number(name: str) -> Column[float]:
    return Column(name, Double, nullable=True)


def _count(name: str, *, key: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=False, primary_key=key, autoincrement=False)


def _belongs(columns: str | list[str], to: str | list[str]) -> ForeignKeyConstraint:
    """A foreign key of many rows: in SQLite only, as PostgreSQL fires a trigger a row and takes twice as long."""
    names = ([columns], [to]) if isinstance(columns, str) else (columns, to)
    return ForeignKeyConstraint(*names).ddl_if(dialect="sqlite")


runs = Table(
    "runs",
    metadata,
    _code("id", key=True),
    _code("fingerprint"),
    _code("started"),
    _code("finished", null=True),
    _code("state"),  # running, complete, interrupted, stopped; a killed run stays at running
    _text("version"),
    _text("sources"),  # JSON list
    _text("configuration"),  # JSON object
    *(_count(name) for name in ("items", "documents", "claims", "tokens", "failures")),  # committed by this run
)

manifest = Table(
    "manifest",
    metadata,
    _code("item", key=True),
    _code("fingerprint"),
    _code("state"),  # done, failed
    _text("source"),
    *(_count(name) for name in ("documents", "relevant", "claims", "tokens")),
    _code("run", to="runs.id"),
)

documents = Table(
    "documents",
    metadata,
    _code("key", key=True),
    _code("item"),  # the first of its work items in the order of their keys; `appearances` has all
    _code("doc_id"),
    *(_text(name, null=True) for name in ("source", "url", "title", "author", "publisher")),
    _code("published", null=True),
    _code("language", null=True),
    _code("sha256"),  # of the text
    _count("tokens"),
    _count("relevant"),  # 0 where the gate let it pass unread, else 1
    _code("story", null=True),
    _code("run", to="runs.id"),
    _code("fingerprint"),
    _code("annotated"),
    _text("text", null=True),  # last, so that nothing reads past it
    Index(None, "doc_id", postgresql_using="hash"),  # an id may be longer than a B-tree page takes
    Index(None, "published"),
    Index(None, "story"),
)

appearances = Table(
    "appearances",
    metadata,
    _code("item", key=True),
    _code("document", key=True),
    _text("source", null=True),
    _belongs("item", "manifest.item"),
    _belongs("document", "documents.key"),
    Index(None, "document"),
    sqlite_with_rowid=False,
)

entities = Table(
    "entities",
    metadata,
    _code("id", key=True),
    _code("label"),
    _text("canonical"),
    _code("kb_id", null=True),
    _code("fingerprint"),
    Index(None, "canonical", postgresql_using="hash"),
)

mentions = Table(
    "mentions",
    metadata,
    _code("document", key=True),
    _code("id", key=True),
    _code("entity"),
    _code("label"),
    _text("text"),
    _count("start_char"),
    _count("end_char"),
    _code("mention"),  # name, nominal
    _text("value", null=True),  # EDTF, or comparator, number and unit in one: "<= 60 %"
    _code("comparator", null=True),
    _number("number"),  # the lower one of a range
    _number("number_high"),  # the higher one of a range
    _text("unit", null=True),
    _number("confidence"),
    _text("extractor", null=True),
    _belongs("document", "documents.key"),
    _belongs("entity", "entities.id"),
    Index(None, "entity"),
)

claims = Table(
    "claims",
    metadata,
    _code("document", key=True),
    _code("id", key=True),
    _code("predicate"),
    _code("subject"),  # mentions.id in the same document
    _code("object"),
    _code("subject_entity"),
    _code("object_entity"),
    _code("status", null=True),
    _code("polarity"),  # affirmed, negated; where a record says nothing it is affirmed
    _code("certainty"),  # asserted, hedged; where a record says nothing it is asserted
    _code("measure", null=True),
    _code("date", null=True),  # of publication, as in documents
    _number("confidence"),
    *(_text(name, null=True) for name in ("attribution", "target", "extractor")),
    _belongs("document", "documents.key"),
    _belongs("subject_entity", "entities.id"),
    _belongs("object_entity", "entities.id"),
    Index(None, "subject_entity", "predicate"),
    Index(None, "object_entity", "predicate"),
    Index(None, "predicate", "status", "date"),
    Index(None, "date"),
)

claim_qualifiers = Table(
    "claim_qualifiers",
    metadata,
    _code("document", key=True),
    _code("claim", key=True),
    _code("name", key=True),  # time, parameter, condition, supersedes, rate, share, amount, role
    _count("position", key=True),
    _code("kind", null=True),  # of a time: announced, effective, deadline, expires, event
    _text("value"),
    _belongs("document", "documents.key"),
    _belongs(["document", "claim"], ["claims.document", "claims.id"]),
    sqlite_with_rowid=False,
)

evidence = Table(
    "evidence",
    metadata,
    _code("document", key=True),
    _code("claim", key=True),
    _count("start_char"),
    _count("end_char"),
    _text("text", null=True),
    _belongs("document", "documents.key"),
    _belongs(["document", "claim"], ["claims.document", "claims.id"]),
    sqlite_with_rowid=False,
)

signatures = Table(
    "signatures",
    metadata,
    _code("document", key=True),
    Column("signature", LargeBinary, nullable=False),  # MinHash, as its maker wrote it
    _belongs("document", "documents.key"),
    sqlite_with_rowid=False,
)

failures = Table(
    "failures",
    metadata,
    _code("item", key=True, to="manifest.item"),
    _count("position", key=True),
    _text("source"),
    _code("stage"),  # read, annotate, timeout, worker
    *(_text(name) for name in ("error", "problem", "mend", "traceback")),
    _code("document", null=True),  # doc_id, where it is known
    _code("run", to="runs.id"),
)

# What people and the watcher add; it hangs on documents' keys and claims' ids, which a newer annotation keeps, and is
# never deleted with them.

judgements = Table(
    "judgements",
    metadata,
    Column("id", Integer, primary_key=True),  # in the order of time; the last one of a claim holds
    _code("document"),  # documents.key
    _code("claim"),  # claims.id; of an added claim the id that it gets
    _code("verdict"),  # accepted, rejected, corrected, added, undone
    _text("record", null=True),  # JSON of records.Claim and its "mentions": what is right, where corrected or added
    _text("before", null=True),  # likewise: what the program had said then
    _text("note", null=True),
    _code("by"),
    _code("at"),
    Index(None, "document"),
    Index(None, "at"),
)

readings = Table(
    "readings",
    metadata,
    _code("document", key=True),
    _code("state"),  # done, skipped
    _code("by"),
    _code("at"),
)

accounts = Table(
    "accounts",
    metadata,
    _code("name", key=True),
    _text("password"),  # scrypt, with its salt and parameters
    _code("created"),
    _code("disabled", null=True),  # when
)

tokens = Table(
    "tokens",
    metadata,
    _code("id", key=True),
    _code("account"),
    _code("digest"),  # SHA-256 of 256 random bits
    _text("says"),
    _code("created"),
    _code("expires", null=True),
    Index(None, "digest", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    _code("digest", key=True),  # SHA-256 of what the cookie holds
    _code("account"),
    _code("created"),
    _code("expires"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    _code("at"),
    _code("by"),
    _code("action"),  # judgement, reading, kept, login, login refused, account, token …
    _text("what"),
    _text("detail", null=True),  # JSON
    _code("address", null=True),  # of the client
    Index(None, "at"),
)

feeds = Table(
    "feeds",
    metadata,
    _code("address", key=True),
    _text("etag", null=True),
    _text("modified", null=True),
    _code("checked", null=True),
    _code("next", null=True),  # not to be asked before
    _count("failed"),  # times in a row
    _text("problem", null=True),
)

fetches = Table(
    "fetches",
    metadata,
    _code("digest", key=True),  # SHA-256 of the normalised address: an address may be longer than an index takes
    _text("address"),
    _text("feed"),
    _code("state"),  # waiting, done, failed, refused
    _count("tries"),
    _code("at"),
    _code("next", null=True),
    _text("problem", null=True),
    _code("item", null=True),  # manifest.item
    _code("entry", null=True),  # SHA-256 of the feed's host and the id that it gives the entry
    _text("said", null=True),  # JSON of what the feed says of it; gone when it is done
    Index(None, "state"),
    Index(None, "entry"),
)

# What no run writes.
DESK = (judgements, readings, accounts, tokens, sessions, audit, feeds, fetches)

# What hangs on a document and is written and deleted with it; what is pointed at comes first.
PARTS = (mentions, claims, claim_qualifiers, evidence, signatures)

# Indexes that a first fill is quicker without: see `indexing.py`.
LATER = tuple(sorted((*mentions.indexes, *claims.indexes), key=lambda index: str(index.name)))
