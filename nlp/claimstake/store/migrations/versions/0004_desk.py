"""Tables of the analyst's desk: judgements, readings, accounts, tokens, sessions, audit, feeds and fetches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TYPES = {"c": CODE, "t": sa.Text(), "i": sa.Integer()}

# "name:type name:type?": c code, t text, i integer; ? may be NULL. Key first; "#" is a number that counts up.
TABLES = {
    "judgements": "id:# document:c claim:c verdict:c record:t? before:t? note:t? by:c at:c",
    "readings": "document:c state:c by:c at:c",
    "accounts": "name:c password:t created:c disabled:c?",
    "tokens": "id:c account:c digest:c says:t created:c expires:c?",
    "sessions": "digest:c account:c created:c expires:c",
    "audit": "id:# at:c by:c action:c what:t detail:t? address:c?",
    "feeds": "address:c etag:t? modified:t? checked:c? next:c? failed:i problem:t?",
    "fetches": "digest:c address:t feed:t state:c tries:i at:c next:c? problem:t? item:c? entry:c? said:t?",
}
INDEXES = {"judgements": ["document", "at"], "audit": ["at"], "fetches": ["state", "entry"]}


def upgrade() -> None:
    for name, described in TABLES.items():
        first, *others = (word.split(":") for word in described.split())
        op.create_table(name, _key(*first), *(_column(*word) for word in others))
    for table, columns in INDEXES.items():
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index("ix_tokens_digest", "tokens", ["digest"], unique=True)


def _key(name: str, kind: str) -> sa.Column:
    if kind == "#":
        return sa.Column(name, sa.Integer(), primary_key=True)
    return sa.Column(name, TYPES[kind], primary_key=True, nullable=False)


def _column(name: str, kind: str) -> sa.Column:
    return sa.Column(name, TYPES[kind.rstrip("?")], nullable=kind.endswith("?"))
