"""Indexes for the questions that analysts ask, and the views claims_flat and timeline."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

INDEXES = {
    "documents": [["published"], ["story"]],
    "appearances": [["document"]],
    "mentions": [["entity"]],
    "claims": [
        ["subject_entity", "predicate"],
        ["object_entity", "predicate"],
        ["predicate", "status", "date"],
        ["date"],
    ],
}
HASHED = {"documents": "doc_id", "entities": "canonical"}  # may be longer than a B-tree of PostgreSQL takes


def upgrade() -> None:
    for table, indexes in INDEXES.items():
        for columns in indexes:
            op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
    for table, column in HASHED.items():
        op.create_index(f"ix_{table}_{column}", table, [column], postgresql_using="hash")
    op.execute(CLAIMS_FLAT)
    op.execute(TIMELINE)


def _said(name: str) -> str:
    return f"""(SELECT q.value FROM claim_qualifiers q WHERE q.document = c.document AND q.claim = c.id
        AND q.name = '{name}' AND q.position = 0) AS {name}"""


def _time(kind: str) -> str:
    return f"""(SELECT min(q.value) FROM claim_qualifiers q WHERE q.document = c.document AND q.claim = c.id
        AND q.name = 'time' AND q.kind = '{kind}') AS {kind}"""


OTHERS = ",\n    ".join(_said(n) for n in ("parameter", "condition", "supersedes", "rate", "share", "amount", "role"))
TIMES = ",\n    ".join(_time(kind) for kind in ("announced", "effective", "deadline", "expires", "event"))

CLAIMS_FLAT = f"""
CREATE VIEW claims_flat AS
SELECT
    c.document, c.id AS claim,
    s.canonical AS subject, s.label AS subject_label, c.subject_entity,
    c.predicate,
    o.canonical AS object, o.label AS object_label, c.object_entity,
    c.status, c.polarity, c.certainty, c.measure, c.target, c.attribution,
    m.value AS object_value, m.comparator, m.number, m.number_high, m.unit,
    {OTHERS},
    {TIMES},
    e.text AS evidence, e.start_char, e.end_char,
    c.confidence, c.extractor,
    c.date, d.doc_id, d.title, d.author, d.publisher, d.source, d.url, d.language, d.story
FROM claims c
JOIN documents d ON d.key = c.document
JOIN entities s ON s.id = c.subject_entity
JOIN entities o ON o.id = c.object_entity
LEFT JOIN mentions m ON m.document = c.document AND m.id = c.object
LEFT JOIN evidence e ON e.document = c.document AND e.claim = c.id
"""

WHO_AND_WHAT = """s.canonical AS who, c.predicate, o.canonical AS what,
    c.status, c.polarity, c.certainty, c.measure, c.target, c.subject_entity, c.object_entity,
    c.document, c.id AS claim, d.doc_id, d.title, d.publisher, d.source, d.url, d.story, c.confidence"""
JOINED = """JOIN documents d ON d.key = c.document
JOIN entities s ON s.id = c.subject_entity
JOIN entities o ON o.id = c.object_entity"""

# A claim that names no date stands at the day of its document.
TIMELINE = f"""
CREATE VIEW timeline AS
SELECT q.value AS date, q.kind, {WHO_AND_WHAT}
FROM claims c
JOIN claim_qualifiers q ON q.document = c.document AND q.claim = c.id AND q.name = 'time'
{JOINED}
UNION ALL
SELECT c.date, 'published' AS kind, {WHO_AND_WHAT}
FROM claims c
{JOINED}
WHERE c.date IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM claim_qualifiers q WHERE q.document = c.document AND q.claim = c.id AND q.name = 'time')
"""
