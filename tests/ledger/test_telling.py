"""Questions to databases and files: what is found, what is left in the store, what is said when nothing is there."""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

import stores
from claimstake.errors import ConfigError, ReadError, StoreError
from claimstake.ledger import stored
from claimstake.ledger.asking import Question
from claimstake.ledger.plain import ledger
from claimstake.ledger.telling import Ledger, tell
from claimstake.records import AnnotatedDocument
from claimstake.store.tables import documents

NAMES = {
    "gallium": ("MINERAL", "gallium"),
    "germanium": ("MINERAL", "germanium"),
    "samarium": ("MINERAL", "samarium"),
    "nickel ore": ("MINERAL", "nickel-ore"),
    "China": ("PLACE", "china"),
    "Ministry of Commerce (China)": ("MINISTRY", "ministry-of-commerce-china"),
    "Ministry of Rare Metals (China)": ("MINISTRY", None),
    "Indonesia": ("PLACE", "indonesia"),
}
Claims = list[tuple[str, str, str, dict[str, object]]]


def record(id_: str, published: str, said: Claims) -> AnnotatedDocument:
    """An annotated document that makes claims, each of them by a sentence."""
    names = list(dict.fromkeys(name for s, _, o, _ in said for name in (s, o)))
    entities = [
        {"id": f"e{n}", "label": NAMES[name][0], "text": name, "start": n, "end": n + 1, "canonical": name}
        | ({"kb_id": NAMES[name][1]} if NAMES[name][1] else {})
        for n, name in enumerate(names, 1)
    ]
    claims = [
        {
            "id": f"{id_}-{n}", "predicate": p, "subject": f"e{names.index(s) + 1}", "object": f"e{names.index(o) + 1}",
            "qualifiers": q, "evidence": {"start": 0, "end": 9, "text": f"Sentence {n} of {id_}."}, "confidence": 0.5,
        }
        for n, (s, p, o, q) in enumerate(said, 1)
    ]  # fmt: skip
    doc = {
        "id": id_,
        "sha256": hashlib.sha256(id_.encode()).hexdigest(),
        "published": published,
        "publisher": f"{id_} Times",
    }
    return AnnotatedDocument.model_validate({"doc": doc, "entities": entities, "claims": claims})


def times(**found: str) -> dict[str, object]:
    return {"time": [{"kind": kind, "value": value} for kind, value in found.items()]}


RECORDS = [
    record("one", "2023-07-03", [
        ("Ministry of Commerce (China)", "restricts_export_of", "gallium",
         {"status": "announced", "measure": "licence", **times(announced="2023-07-03", effective="2023-08-01")}),
        ("Ministry of Commerce (China)", "restricts_export_of", "germanium",
         {"status": "announced", "measure": "licence", **times(announced="2023-07-03", effective="2023-08-01")}),
        ("China", "produces", "gallium", {}),
    ]),
    record("two", "2023-08-02", [
        ("China", "restricts_export_of", "gallium", {"status": "in_force", **times(effective="2023-08-01")}),
        ("Ministry of Rare Metals (China)", "restricts_export_of", "samarium", {"status": "in_force"}),
    ]),
    record("three", "2020-01-02", [
        ("Indonesia", "restricts_export_of", "nickel ore", {"status": "in_force", **times(effective="2020-01-01")}),
    ]),
]  # fmt: skip


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("lines") / "claims.jsonl"
    path.write_text("".join(f"{json.dumps(r.to_json())}\n" for r in RECORDS), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("sqlite") / "claims # 1.db"  # a name that has to be quoted in an address
    stores.fill(str(path), RECORDS)
    return str(path)


@pytest.fixture(scope="module")
def postgres(server: Any) -> str:
    address = f"{server.get_uri()}&schema=ledger"
    stores.fill(address, RECORDS)
    return address


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("parquet") / "claims.parquet"
    stores.fill(str(path), RECORDS)
    return str(path)


@pytest.fixture(params=["lines", "sqlite", "postgres", "parquet"])
def address(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(request.param)


def named(found: Ledger) -> list[tuple[str, list[str]]]:
    return [(m.actor.name, sorted(row.object.name for row in m.rows)) for m in found.measures]


def test_the_same_ledger_from_everywhere(lines: str, sqlite: str, postgres: str, parquet: str) -> None:
    """Lines, databases and datasets tell the same, but for the keys of documents."""

    def told(address: str) -> object:
        plain = ledger(tell(address, Question()))
        names = {d["key"]: d["id"] for d in plain["documents"]}
        for measure in plain["measures"]:
            measure["sources"] = [names[key] for key in measure["sources"]]
        return [(m["title"], m["standing"], m["sources"], m["stories"]) for m in plain["measures"]], plain["claims"]

    expected = told(lines)
    assert expected == told(sqlite) == told(postgres) == told(parquet)
    assert expected[1] == 6


def test_everything(address: str) -> None:
    """Measures in order of time, facts apart."""
    found = tell(address, Question())
    assert named(found) == [
        ("Indonesia", ["nickel ore"]),
        ("China", ["gallium", "germanium"]),
        ("China", ["samarium"]),
    ]
    assert [fact.predicate for fact in found.facts] == ["produces"]
    gallium = found.measures[1]
    assert [(s.kind, s.date, [d.id for d in s.documents]) for s in gallium.life] == [
        ("announced", "2023-07-03", ["one"]),
        ("in_force", "2023-08-01", ["one", "two"]),
    ]
    assert {s.evidence for s in gallium.statements} == {
        "Sentence 1 of one.",
        "Sentence 2 of one.",
        "Sentence 1 of two.",
    }


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Question(about=("gallium",)), [("China", ["gallium", "germanium"])]),
        (Question(about=("Gallium metal",)), [("China", ["gallium", "germanium"])]),
        (Question(about=("rare earths",)), [("China", ["samarium"])]),
        (Question(about=("ore",)), [("Indonesia", ["nickel ore"])]),
        (Question(actor="China"), [("China", ["gallium", "germanium"]), ("China", ["samarium"])]),
        (Question(actor="Beijing", about=("samarium",)), [("China", ["samarium"])]),
        (Question(actor="MOFCOM"), [("China", ["gallium", "germanium"])]),
        (Question(predicates=("produces",)), []),
        (Question(until="2022"), [("Indonesia", ["nickel ore"])]),
        (Question(since="2023-07", until="2023-07-20"), [("China", ["gallium", "germanium"])]),
    ],
    ids=str,
)
def test_questions(address: str, question: Question, expected: list[tuple[str, list[str]]]) -> None:
    """By thing, other name, class or word; by actor, capital or ministry; by predicate; by time."""
    assert named(tell(address, question)) == expected


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (Question(about=("galium",)), "'galium', did you mean 'gallium'"),
        (Question(actor="Indonesai"), "'Indonesai', did you mean 'Indonesia'"),
        (Question(predicates=("restrict_export_of",)), "did you mean 'restricts_export_of'"),
        (Question(since="last week"), "--since 'last week' is no date"),
    ],
    ids=str,
)
def test_what_is_misspelt(address: str, question: Question, message: str) -> None:
    """A name that does not occur is answered with those that come near."""
    with pytest.raises(ConfigError, match=message):
        tell(address, question)


def test_too_many_claims(address: str) -> None:
    """More claims than are taken in: the message says how to ask for fewer."""
    with pytest.raises(ConfigError, match="more than 5 claims answer that, narrow it with --about"):
        tell(address, Question(), most=5)
    assert named(tell(address, Question(about=("nickel ore",)), most=5)) == [("Indonesia", ["nickel ore"])]


@pytest.mark.parametrize("name", ["sqlite", "postgres"])
def test_a_query_that_takes_too_long_is_stopped(request: pytest.FixtureRequest, name: str) -> None:
    """The database stops it, and the message names the mend; a quick one is answered."""
    address = request.getfixturevalue(name)
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT max(i) FROM n"
    with (
        pytest.raises(ConfigError, match="longer than 0.2 s to look up, narrow it with --about"),
        stored.connected(address, 0.2) as connection,
    ):
        connection.exec_driver_sql(slow)
    assert named(tell(address, Question(about=("nickel ore",)), seconds=60)) == [("Indonesia", ["nickel ore"])]


def test_other_claims_stay_in_the_store(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only claims of documents that answer are read."""
    read: list[str] = []
    plain = stored._statement  # noqa: SLF001
    monkeypatch.setattr(stored, "_statement", lambda row, *rest: read.append(row.id) or plain(row, *rest))
    tell(sqlite, Question(about=("nickel ore",)))
    assert read == ["three-1"]


def _missing(path: Path) -> str:
    return str(path / "no.db")


def _text(path: Path) -> str:
    (path / "a.db").write_text("no database, but long enough to be looked at as one" * 9)
    return str(path / "a.db")


def _foreign(path: Path) -> str:
    with sqlite3.connect(path / "b.db") as connection:
        connection.execute("create table claims (id text)")
    connection.close()
    return str(path / "b.db")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (_missing, "there is no such database"),
        (lambda path: f"sqlite:///{path / 'no.db'}", "there is no such database"),
        (lambda path: str(path / "no.jsonl"), "there is no such file"),
        (_text, "cannot be read: file is not a database"),
        (_foreign, "is no claimstake database"),
        (str, "is no claimstake dataset: it has no folder documents"),
        (lambda _: "postgresql://localhost:1/none", "cannot be read: .*refused"),
        (lambda _: "nosuch://x/y", "is no store that claimstake knows"),
    ],
)
def test_no_database(tmp_path: Path, made: Callable[[Path], str], message: str) -> None:
    """Each kind of nothing has its own message, which names what was asked for."""
    with pytest.raises(StoreError, match=message):
        tell(made(tmp_path), Question())
    assert not list(tmp_path.glob("no.*"))


def test_lines_of_a_store(tmp_path: Path) -> None:
    """A store of JSON Lines is read like the output of annotate."""
    stores.fill(str(tmp_path / "store.jsonl.gz"), RECORDS)
    assert len(named(tell(str(tmp_path / "store.jsonl.gz"), Question()))) == 3


@pytest.mark.parametrize("name", ["store.jsonl", "store.db"])
def test_two_texts_under_one_id_are_two_documents(tmp_path: Path, name: str) -> None:
    """An article that was changed, or a page that was fetched twice; the same text again counts once."""
    old = record("page", "2025-01-02", [("China", "restricts_export_of", "gallium", {"status": "proposed"})])
    new = record("page", "2025-07-15", [("China", "restricts_export_of", "gallium", {"status": "in_force"})])
    new = new.model_copy(update={"doc": new.doc.model_copy(update={"sha256": "f" * 64})})
    stores.fill(str(tmp_path / name), [old, new, old])
    found = tell(str(tmp_path / name), Question())
    assert len({document.key for document in found.documents}) == len(found.documents) == 2
    assert [(step.kind, len(step.documents)) for step in found.measures[0].life] == [("proposed", 1), ("in_force", 1)]


def test_one_state_of_a_database_is_read(tmp_path: Path, server: Any) -> None:
    """What a run writes meanwhile is not seen in part."""
    for address in (str(tmp_path / "own.db"), f"{server.get_uri()}&schema=own"):
        stores.fill(address, RECORDS)
        with stored.connected(address) as connection:
            before = connection.scalar(select(func.count()).select_from(documents))
            more = record("meanwhile", "2025-07-15", [("China", "produces", "gallium", {})])
            stores.fill(address, [more])
            assert connection.scalar(select(func.count()).select_from(documents)) == before


def test_a_damaged_dataset(tmp_path: Path) -> None:
    """The message says which table."""
    stores.fill(str(tmp_path / "d.parquet"), RECORDS)
    for part in (tmp_path / "d.parquet" / "claims").iterdir():
        part.write_bytes(b"PAR1 torn")
    with pytest.raises(StoreError, match="claims cannot be read"):
        tell(str(tmp_path / "d.parquet"), Question())


def test_lines_that_are_no_documents(tmp_path: Path) -> None:
    """The message names file and line."""
    path = tmp_path / "bad.jsonl"
    path.write_text(f"{json.dumps(RECORDS[0].to_json())}\n{{}}\n", encoding="utf-8")
    with pytest.raises(ReadError, match=r"bad\.jsonl:2: no annotated document"):
        tell(str(path), Question())


@pytest.mark.parametrize("name", ["cut.jsonl.gz", "none.jsonl.gz", "binary.jsonl"])
def test_damaged_lines(tmp_path: Path, name: str) -> None:
    """A packed file that is cut, or is none, and bytes that are no text."""
    path = tmp_path / name
    whole = gzip.compress(b"\n" * 10_000)
    path.write_bytes({"cut": whole[:-9], "none": b"no gzip at all"}.get(name.partition(".")[0], b"\xff\xfe\x00\xd8"))
    with pytest.raises(ReadError, match=rf"{name}: is damaged, or no file of lines"):
        tell(str(path), Question())
