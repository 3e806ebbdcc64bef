"""Questions to a database: those of docs/store.md, the views, and datasette, which needs no further work."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from datasette.app import Datasette

from claimstake.records import Measure
from claimstake.store import tables
from claimstake.store.contract import StoredDocument
from claimstake.store.sql import SqlStore
from store_runs import outcome, run
from stored_documents import record, stored

Open = Callable[..., SqlStore]
PAGE = (Path(__file__).parents[2] / "docs" / "store.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"\n(\w[^\n]*\?[^\n]*)\n\n```sql\n(.*?)```", PAGE, re.DOTALL)

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)
SHOWN = [query for block in BLOCKS for query in block.split(";") if query.strip()]


@pytest.fixture
def filled(opened: Open, address: str) -> SqlStore:
    """Three documents of two publishers; two of them are one story, one has a limit of another kind."""
    store = opened(address)
    store.begin(run())
    other = record(
        "d3", measure=Measure(comparator="<=", value=3.5, unit="V"), published="2025-08-02", publisher="Post"
    )
    documents = [
        stored("d1", title="One"),
        stored("d2", title="Two", publisher="Courier"),
        StoredDocument("k3", "i3", other, 5),
    ]
    store.commit([outcome(store, f"i{n}", document) for n, document in enumerate(documents, 1)])
    with store.database.writing() as connection:
        copies = tables.documents.c.doc_id.in_(["d1", "d2"])
        connection.execute(sa.update(tables.documents).where(copies).values(story=documents[0].key))
    store.finish("complete")
    return store


def asked(store: SqlStore, question: str) -> list[dict[str, Any]]:
    (query,) = [query for words, query in QUERIES if question in words]
    with store.database.reading() as connection:
        return [dict(row) for row in connection.execute(sa.text(query)).mappings()]


def test_the_queries_of_the_readme(filled: SqlStore) -> None:
    """Five, in both databases."""
    answers = []
    for query in SHOWN:
        with filled.database.reading() as connection:
            answers.append([dict(row) for row in connection.execute(sa.text(query)).mappings()])
    assert len(answers) == 5
    (ban,), countries, limits, happened, agreed = answers
    assert (ban["subject"], ban["measure"], ban["stories"]) == ("China", "ban", 2)
    assert countries[0]["things"] == 1
    assert {row["unit"] for row in limits} >= {"V"}
    assert [row["date"] for row in happened] == sorted(row["date"] for row in happened)
    assert happened
    assert all(row["stories"] > 1 for row in agreed)


def test_the_questions_of_the_page(filled: SqlStore) -> None:
    """All of them run, in both databases, and the answers are right."""
    assert len(QUERIES) == 6
    (ban,) = asked(filled, "restricts gallium")
    assert (ban["subject"], ban["measure"], ban["target"], ban["stories"]) == ("China", "ban", "United States", 2)
    assert (ban["first_seen"], ban["last_seen"]) == ("2025-07-16", "2025-08-02")
    (country,) = asked(filled, "by country")
    assert (country["country"], country["things"]) == ("China", 1)
    limits = [(r["parameter"], r["comparator"], r["number"], r["unit"]) for r in asked(filled, "by parameter")]
    assert limits == [("purity", ">=", 99.9, "%"), ("purity", ">=", 99.9, "%"), ("purity", "<=", 3.5, "V")]
    sources = {row["publisher"]: (row["claims"], row["documents"]) for row in asked(filled, "source says")}
    assert sources == {"The Gazette": (2, 1), "Courier": (2, 1), "Post": (2, 1)}
    most = asked(filled, "corroborated most")[0]
    assert (most["subject"], most["object"], most["stories"], most["publishers"]) == ("China", "gallium", 2, 3)
    history = [(row["date"], row["kind"]) for row in asked(filled, "in order")]
    assert history == [("2025-07-15", "announced")] * 3 + [("2025-08-01", "effective")] * 3


def test_the_views_have_a_row_for_everything(filled: SqlStore) -> None:
    """One per claim; one per claim and date, and one for a claim that names none."""
    with filled.database.reading() as connection:
        flat = list(connection.execute(sa.text("SELECT * FROM claims_flat ORDER BY document, claim")).mappings())
        line = list(connection.execute(sa.text("SELECT * FROM timeline WHERE predicate = 'has_threshold'")).mappings())
    assert len(flat) == 6
    ban = next(row for row in flat if row["doc_id"] == "d1" and row["predicate"] == "restricts_export_of")
    assert (ban["announced"], ban["effective"], ban["expires"]) == ("2025-07-15", "2025-08-01", None)
    assert ban["evidence"] == "China banned exports of gallium."
    assert [(row["kind"], row["who"]) for row in line] == [("published", "gallium")] * 3
    assert sorted(row["date"] for row in line) == ["2025-07-16", "2025-07-16", "2025-08-02"]


def test_the_diagram_is_the_schema() -> None:
    """Every table is drawn, every column that is drawn exists with its type, and every key is marked."""
    drawn = dict(re.findall(r"\n    (\w+) \{\n(.*?)\n    \}", PAGE, re.DOTALL))
    assert set(drawn) == set(tables.metadata.tables)
    kinds = {"text": sa.Text, "int": sa.Integer, "float": sa.Double, "blob": sa.LargeBinary}
    for name, lines in drawn.items():
        table = tables.metadata.tables[name]
        for kind, column, marks in re.findall(r"(\w+) (\w+)([^\"\n]*)", lines):
            if kind in kinds:
                assert isinstance(table.c[column].type, kinds[kind]), f"{name}.{column}"
                assert ("PK" in marks) == table.c[column].primary_key, f"{name}.{column}"


def test_datasette_opens_it(opened: Open, tmp_path: Path) -> None:
    """Tables, views, rows with links along foreign keys, and the page's queries, by datasette itself."""
    store = opened(tmp_path / "claims.db")
    store.begin(run())
    store.commit([outcome(store, "i1", stored("d1", title="One")), outcome(store, "i2", failures=1)])
    store.finish("complete")
    store.close()
    asyncio.run(browse(tmp_path / "claims.db", stored("d1", title="One").key))


async def browse(path: Path, key: str) -> None:
    client = Datasette([str(path)]).client

    async def rows(address: str, **asked: str) -> Any:
        answer = await client.get(address, params={"_shape": "array", **asked})
        assert answer.status_code == 200, answer.text
        return answer.json()

    for name in (*tables.metadata.tables, "claims_flat", "timeline"):
        found = await rows(f"/claims/{name}.json")
        assert bool(found) == (name not in {"signatures", *(table.name for table in tables.DESK)}), name
        assert (await client.get(f"/claims/{name}")).status_code == 200
    page = (await client.get("/claims/claims?_facet=predicate&status=in_force")).text
    assert '<a href="/claims/entities/china">china</a>' in page
    assert f'<a href="/claims/documents/{key}">One</a>' in page
    document = (await client.get(f"/claims/documents/{key}")).text
    assert f"/claims/claims?document={key}" in document
    for question, query in QUERIES:
        assert await rows("/claims.json", sql=query), question
