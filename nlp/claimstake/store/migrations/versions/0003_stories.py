"""Views that count copies once: stories, and corroboration of claims by independent stories."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

STORIES = """
CREATE VIEW stories AS
SELECT
    d.story, count(*) AS documents, min(d.published) AS first_published, max(d.published) AS last_published,
    count(DISTINCT d.publisher) AS publishers, min(d.title) AS title
FROM documents d
WHERE d.relevant = 1
GROUP BY d.story
"""

# Without confidence and status: the same thing said of the same things, whatever came of it.
CORROBORATION = """
CREATE VIEW corroboration AS
SELECT
    s.canonical AS subject, c.predicate, o.canonical AS object, c.polarity,
    count(DISTINCT d.story) AS stories, count(DISTINCT c.document) AS documents,
    min(c.date) AS first_date, max(c.date) AS last_date, c.subject_entity, c.object_entity
FROM claims c
JOIN documents d ON d.key = c.document
JOIN entities s ON s.id = c.subject_entity
JOIN entities o ON o.id = c.object_entity
GROUP BY c.subject_entity, c.predicate, c.object_entity, c.polarity, s.canonical, o.canonical
"""


def upgrade() -> None:
    op.execute("UPDATE documents SET story = key WHERE story IS NULL")
    op.execute(STORIES)
    op.execute(CORROBORATION)
