"""Tables of documents, entities, mentions, claims, runs, manifest and failures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    for name, columns in TABLES.items():
        many = FOREIGN.get(name, []) if op.get_bind().dialect.name == "sqlite" else []
        foreign = [sa.ForeignKeyConstraint(own, theirs) for own, theirs in (*ENFORCED.get(name, []), *many)]
        key = sa.PrimaryKeyConstraint(*KEYS[name])
        op.create_table(name, *_columns(columns), key, *foreign, sqlite_with_rowid=name not in WITHOUT_ROWID)


def _columns(described: str) -> list[sa.Column]:
    """Columns from "name:type name:type?": c code, t text, i integer, d double, b bytes; ? may be NULL."""
    types = {"c": CODE, "t": sa.Text(), "i": sa.Integer(), "d": sa.Double(), "b": sa.LargeBinary()}
    columns = (word.rstrip("?").split(":") for word in described.split())
    optional = (word.endswith("?") for word in described.split())
    return [sa.Column(name, types[kind], nullable=null) for (name, kind), null in zip(columns, optional, strict=True)]


TABLES = {
    "runs": "id:c fingerprint:c started:c finished:c? state:c version:t sources:t configuration:t"
    " items:i documents:i claims:i tokens:i failures:i",
    "manifest": "item:c fingerprint:c state:c source:t documents:i relevant:i claims:i tokens:i run:c",
    "documents": "key:c item:c doc_id:c source:t? url:t? title:t? author:t? publisher:t? published:c? language:c?"
    " sha256:c tokens:i relevant:i story:c? run:c fingerprint:c annotated:c text:t?",
    "entities": "id:c label:c canonical:t kb_id:c? fingerprint:c",
    "failures": "item:c position:i source:t stage:c error:t problem:t mend:t traceback:t document:c? run:c",
    "appearances": "item:c document:c source:t?",
    "mentions": "document:c id:c entity:c label:c text:t start_char:i end_char:i mention:c value:t? comparator:c?"
    " number:d? number_high:d? unit:t? confidence:d? extractor:t?",
    "claims": "document:c id:c predicate:c subject:c object:c subject_entity:c object_entity:c status:c? polarity:c"
    " certainty:c measure:c? date:c? confidence:d? attribution:t? target:t? extractor:t?",
    "signatures": "document:c signature:b",
    "claim_qualifiers": "document:c claim:c name:c position:i kind:c? value:t",
    "evidence": "document:c claim:c start_char:i end_char:i text:t?",
}
KEYS = {
    "runs": ["id"],
    "manifest": ["item"],
    "documents": ["key"],
    "entities": ["id"],
    "failures": ["item", "position"],
    "appearances": ["item", "document"],
    "mentions": ["document", "id"],
    "claims": ["document", "id"],
    "signatures": ["document"],
    "claim_qualifiers": ["document", "claim", "name", "position"],
    "evidence": ["document", "claim"],
}
WITHOUT_ROWID = {"appearances", "signatures", "claim_qualifiers", "evidence"}
ENFORCED = {
    "manifest": [(["run"], ["runs.id"])],
    "documents": [(["run"], ["runs.id"])],
    "failures": [(["item"], ["manifest.item"]), (["run"], ["runs.id"])],
}
OF_DOCUMENT = (["document"], ["documents.key"])
OF_CLAIM = (["document", "claim"], ["claims.document", "claims.id"])
FOREIGN = {
    "appearances": [(["item"], ["manifest.item"]), OF_DOCUMENT],
    "mentions": [OF_DOCUMENT, (["entity"], ["entities.id"])],
    "claims": [OF_DOCUMENT, (["subject_entity"], ["entities.id"]), (["object_entity"], ["entities.id"])],
    "signatures": [OF_DOCUMENT],
    "claim_qualifiers": [OF_DOCUMENT, OF_CLAIM],
    "evidence": [OF_DOCUMENT, OF_CLAIM],
}
