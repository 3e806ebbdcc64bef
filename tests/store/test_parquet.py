"""Parquet: row for row what a run that nobody disturbed leaves, whatever is killed when."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from archive_writing import LIMIT, fill, outcome, run, start, until_done, write
from claimstake.errors import StoreError
from claimstake.store import batches, parts
from claimstake.store.contract import Outcome
from claimstake.store.opening import open_store
from claimstake.store.parquet import COPIED, WAITING_BATCHES, ParquetStore
from small_disk import FULL, SmallDisk
from stored_documents import stored

SHORT, ITEMS, LONG = range(60), range(300), range(1200)
Small = partial(ParquetStore, documents=50)  # so that runs of a test have many batches
TOLD_APART = ("run", "annotated", "runs")  # columns, and a table, in which two runs differ
Rows = list[dict[str, Any]]


def rows(path: Path, table: str) -> Rows:
    return ds.dataset(path / table).to_table().to_pylist()


def content(path: Path) -> dict[str, Rows]:
    """Every table, in the order of rows."""
    names = [t.name for t in (*batches.WRITTEN, *COPIED) if t.name not in TOLD_APART]
    return {n: [{k: v for k, v in row.items() if k not in TOLD_APART} for row in rows(path, n)] for n in names}


def undisturbed(path: Path, *fingerprints: str, items: range = ITEMS) -> dict[str, Rows]:
    for number, fingerprint in enumerate(fingerprints):
        write(Small(path), run(fingerprint, number), items)
    return content(path)


def ids(path: Path) -> list[str]:
    return [row["doc_id"] for row in rows(path, "documents")]


def numbers(path: Path) -> list[str]:
    return sorted(p.name for p in (path / "claims").iterdir())


@contextmanager
def journal(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path / "_claimstake" / "journal.sqlite")) as connection, connection:
        yield connection


def test_tables_have_the_columns_of_the_schema(tmp_path: Path) -> None:
    """Names, order and types; also before the first document."""
    store = ParquetStore(tmp_path / "d")
    store.begin(run())
    for table in (*batches.WRITTEN, *COPIED):
        found = ds.dataset(tmp_path / "d" / table.name).schema
        assert found.equals(parts.schema(table))
        assert found.names == table.columns.keys()
    store.finish("complete")
    store.close()
    (row,) = rows(tmp_path / "d", "runs")
    assert (row["state"], row["documents"]) == ("complete", 0)


def test_rows_hang_together(tmp_path: Path) -> None:
    """Keys are unique; every reference points at a row."""
    found = undisturbed(tmp_path / "d", "p")
    for table in (*batches.WRITTEN, *COPIED):
        if table.name in found:
            key = [tuple(row[c.name] for c in table.primary_key) for row in found[table.name]]
            assert len(set(key)) == len(key) > 0, table.name
    documents, entities = ({row[k] for row in found[t]} for t, k in (("documents", "key"), ("entities", "id")))
    assert {row["document"] for row in found["claims"]} <= documents
    assert {row["document"] for row in found["appearances"]} == documents
    assert {row["entity"] for row in found["mentions"]} == entities
    assert [row["doc_id"] for row in found["documents"]][:5] == ["d0", "d1", "d2", "d3", "d3b"]


def test_rows_are_those_of_a_database(tmp_path: Path) -> None:
    """The same runs leave the same rows in SQLite: replaced, shared by items, and gone ones, too."""
    database, dataset = open_store(tmp_path / "claims.db"), Small(tmp_path / "d")
    for store in (database, dataset):
        write(store, run("p"), ITEMS)
        write(store, run("q:proposed", 2), range(90), end="interrupted")
        store.begin(run("q:proposed", 3))
        store.commit([Outcome(outcome(store, n).item, "emptied") for n in (9, 22, 100, 101)])
        store.finish("complete")
        store.close()
    found = content(tmp_path / "d")
    with closing(sqlite3.connect(tmp_path / "claims.db")) as connection:
        connection.row_factory = sqlite3.Row
        for name, expected in found.items():
            stood = [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]
            stood = [{k: v for k, v in row.items() if k not in TOLD_APART} for row in stood]
            assert sorted(stood, key=repr) == sorted(expected, key=repr), name


def test_copies_have_one_story(tmp_path: Path) -> None:
    """The smallest of their keys; where a later copy changes it, no more than documents' own rows are written anew."""
    path = tmp_path / "d"
    undisturbed(path, "p", items=range(28))
    keys = {row["doc_id"]: row["key"] for row in rows(path, "documents")}
    told = {row["doc_id"]: row["story"] for row in rows(path, "documents")}
    copies = {"d8", "d27"} & keys.keys()
    assert told == {i: min(keys[c] for c in copies) if i in copies else key for i, key in keys.items()}
    before = {name: (path / name / "part-00000000.parquet").stat().st_mtime_ns for name in ("claims", "documents")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "WHOLE_DOCUMENTS", 1)  # nothing is merged
        write(Small(path), run("p", 2), ITEMS)
    after = {name: (path / name / "part-00000000.parquet").stat().st_mtime_ns for name in before}
    found = rows(path, "documents")
    assert len({row["story"] for row in found}) < len(found) - 10
    assert after["claims"] == before["claims"]
    assert after["documents"] != before["documents"]
    assert content(path)["documents"] == undisturbed(tmp_path / "a", "p")["documents"]


def test_entities_that_nothing_mentions_go(tmp_path: Path) -> None:
    """When the only document that mentions them is gone."""
    store = ParquetStore(tmp_path / "d")
    store.begin(run())
    store.commit([outcome(store, 0)])
    store.finish("complete")
    assert {row["id"] for row in rows(store.path, "entities")} >= {"china", "MINERAL:gallium"}
    store.begin(run(number=2))
    store.commit([Outcome(outcome(store, 0).item, "emptied")])
    store.finish("complete")
    store.close()
    assert rows(store.path, "entities") == rows(store.path, "documents") == []


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """Twenty kills, then a run that ends: row for row what nobody disturbed."""
    expected = undisturbed(tmp_path / "a", "p", items=LONG)
    assert until_done(Small, tmp_path / "d", run("p"), LONG, kills=20, seed=3) == 20
    assert content(tmp_path / "d") == expected
    assert not list((tmp_path / "d" / "_claimstake" / "staging").iterdir())


def test_killed_at_every_step_of_replacing(tmp_path: Path) -> None:
    """Killed before each time that a file is brought to the disk, moved or removed, under a newer pipeline."""
    write(Small(tmp_path / "before"), run("p"), SHORT)
    newer = run("q:proposed", 1)
    shutil.copytree(tmp_path / "before", tmp_path / "a")
    write(Small(tmp_path / "a"), newer, SHORT)
    expected = content(tmp_path / "a")
    assert {row["status"] for row in expected["claims"]} == {"proposed"}
    for step in range(3, 300, 17):
        path = tmp_path / str(step)
        shutil.copytree(tmp_path / "before", path)
        process = start(Small, path, newer, SHORT, step, together=9)
        process.join(LIMIT)
        write(Small(path), newer, SHORT)
        assert content(path) == expected
        if process.exitcode == 0:
            break
    assert step > 50


def test_a_newer_pipeline_replaces_some(tmp_path: Path) -> None:
    """What an interrupted run under a newer pipeline did stands once; a whole one leaves what it alone would leave."""
    path = tmp_path / "d"
    before = undisturbed(path, "p")
    write(Small(path), run("q:proposed", 2), range(100), end="interrupted")
    newer = undisturbed(tmp_path / "a", "q:proposed", items=range(100))
    assert sorted(ids(path)) == sorted(row["doc_id"] for row in before["documents"])
    assert [r for r in content(path)["claims"] if r["status"] == "proposed"] == newer["claims"]
    write(Small(path), run("q:proposed", 3), ITEMS)
    assert content(path) == undisturbed(tmp_path / "b", "q:proposed")


def test_committing_again_replaces(tmp_path: Path) -> None:
    """An item's documents are those of its last outcome, whether the first was written or waits."""
    for documents in (1, 2, 100):
        store = ParquetStore(tmp_path / str(documents), documents=documents)
        store.begin(run())
        one, two, shared = (store.encode(stored(i, item="a")) for i in ("one", "two", "shared"))
        store.commit([Outcome("a", "a", (one, two)), Outcome("b", "b", (shared,))])
        store.commit([Outcome("a", "a", (two,)), Outcome("c", "c", (one,))])
        assert store.done(["a", "b", "c", "x"], "pipeline-1") == {"a", "b", "c"}
        assert store.done(["a"], "pipeline-2") == set()
        store.commit([Outcome("a", "a", (two,)), Outcome("c", "c")])
        store.finish("complete")
        store.close()
        assert ids(store.path) == ["shared", "two"]
        assert {r["document"] for r in rows(store.path, "evidence")} == {shared.key, two.key}


def test_failures_are_listed_and_retried(tmp_path: Path) -> None:
    """Also those that wait; in the dataset they are a table."""
    store = ParquetStore(tmp_path / "d")
    store.begin(run())
    store.commit([outcome(store, n) for n in range(30)])
    failed = list(store.failures())
    assert [f.source for f in failed] == ["news/16.txt", "news/27.txt", "news/5.txt"]
    store.commit([outcome(store, n) for n in range(30, 40)])
    late = outcome(store, 38)
    assert late.failures
    assert store.done([late.item], "pipeline-1") == {late.item}
    assert store.done([late.item], "pipeline-1", retry_failed=True) == set()
    store.commit([Outcome(late.item, late.source, (store.encode(stored("late", item=late.item)),))])
    store.finish("complete")
    store.close()
    assert sorted(r["source"] for r in rows(tmp_path / "d", "failures")) == [f.source for f in failed]
    assert ids(tmp_path / "d")[-1] == "late"
    assert [f.source for f in ParquetStore(tmp_path / "d").failures()] == [f.source for f in failed]


def test_few_files_in_a_long_run_and_after_it(tmp_path: Path) -> None:
    """Small batches are merged while the run goes on, and at its end; the order of rows stays."""
    store = ParquetStore(tmp_path / "d", documents=1)
    store.begin(run("p"))
    most = 0
    for number in range(60):
        store.commit([outcome(store, number)])
        most = max(most, len(numbers(tmp_path / "d")))
    assert most <= WAITING_BATCHES
    store.finish("complete")
    store.close()
    assert numbers(tmp_path / "d") == ["part-00000000.parquet"]
    assert content(tmp_path / "d") == undisturbed(tmp_path / "a", "p", items=SHORT)


def test_whole_batches_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that is large enough is rewritten only where rows of it were superseded."""
    monkeypatch.setattr(batches, "WHOLE_DOCUMENTS", 30)
    path = tmp_path / "d"
    small = partial(ParquetStore, documents=25)
    write(small(path), run("p"), range(100))
    before = ids(path)
    parts_before = {p: p.stat().st_mtime_ns for p in (path / "claims").iterdir()}
    assert len(parts_before) == 2
    write(small(path), run("p", 2), range(100))
    assert {p: p.stat().st_mtime_ns for p in (path / "claims").iterdir()} == parts_before
    write(small(path), run("q", 3), range(5), end="interrupted")
    changed = [p.name for p, t in parts_before.items() if p.stat().st_mtime_ns != t]
    assert changed == ["part-00000000.parquet"]
    assert sorted(ids(path)) == sorted(before)


def test_readers_of_a_running_dataset_see_whole_documents(tmp_path: Path) -> None:
    """While a run goes on: every document that is there has its claims, and none stands twice."""
    path = tmp_path / "d"
    process = start(partial(ParquetStore, documents=10), path, run(), LONG)
    seen = 0
    while process.is_alive() and seen < 5:
        with suppress(FileNotFoundError):  # a part that was merged in between
            claimed = {row["key"] for row in rows(path, "documents")}
            with_claims = {row["document"] for row in rows(path, "claims")}
            assert claimed <= with_claims
            seen += bool(claimed)
    process.kill()
    process.join(LIMIT)
    assert seen >= 3


def test_what_a_crash_left_is_removed(tmp_path: Path) -> None:
    """Files that no transaction told of; files of the last batch that were not moved yet."""
    path = tmp_path / "d"
    expected = undisturbed(path, "p")
    staging = path / "_claimstake" / "staging"
    (staging / "claims-9").write_bytes(b"PAR1 half a file")
    (path / "claims" / "part-00000000.parquet").rename(staging / "claims-0")
    with journal(path) as connection:
        connection.execute("INSERT INTO pending (staged, place) VALUES ('claims-0', 'claims/part-00000000.parquet')")
    write(Small(path), run("p", 2), ITEMS)
    assert content(path) == expected
    assert not list(staging.iterdir())


def test_a_full_disk_leaves_whole_batches(tmp_path: Path, small_disk: SmallDisk) -> None:
    """The run stops with a clear error, nothing half-written; with room again it goes on."""
    path = small_disk.folder / "d"
    store = Small(path)
    store.begin(run("p"))
    starts = iter(range(0, 40000, 20))
    with pytest.raises(StoreError, match=FULL):
        fill(store, starts)
    with suppress(StoreError):
        store.finish("stopped")
    store.close()
    assert len(set(ids(path))) == len(ids(path)) > 0
    assert {r["key"] for r in rows(path, "documents")} == {r["document"] for r in rows(path, "claims")}
    small_disk.make_room()
    more = range(next(starts))
    write(Small(path), run("p"), more)
    assert content(path) == undisturbed(tmp_path / "a", "p", items=more)


def test_a_changed_dataset_is_refused(tmp_path: Path) -> None:
    """A part that is missing, was changed, or is somebody else's; nothing is touched."""
    path = tmp_path / "d"
    undisturbed(path, "p", items=SHORT)
    part = path / "claims" / "part-00000000.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole + b"x")
    with pytest.raises(StoreError, match="part-00000000.parquet: has .* bytes where the journal tells of"):
        Small(path).begin(run(number=2))
    part.rename(path / "claims" / "mine.parquet")
    with pytest.raises(StoreError, match="mine.parquet: is no part of this dataset.*move it"):
        Small(path).begin(run(number=2))
    (path / "claims" / "mine.parquet").unlink()
    with pytest.raises(StoreError, match="is missing.*start anew"):
        Small(path).begin(run(number=2))
    part.write_bytes(whole)
    write(Small(path), run(number=2), SHORT)


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    """When it has to be rewritten; the dataset stays as it was."""
    path = tmp_path / "d"
    undisturbed(path, "p", items=SHORT)
    part = path / "mentions" / "part-00000000.parquet"
    part.write_bytes(b"?" * part.stat().st_size)
    store = Small(path)
    store.begin(run("q", 2))
    store.commit([outcome(store, 0)])
    with pytest.raises(StoreError, match="mentions/part-00000000.parquet: is damaged"):
        store.finish("complete")
    store.close()


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    """A folder that holds anything but has no journal; and a file."""
    (tmp_path / "mine.parquet").write_bytes(b"precious")
    with pytest.raises(StoreError, match="no journal of an archive run in _claimstake"):
        ParquetStore(tmp_path).begin(run())
    assert [p.name for p in tmp_path.iterdir()] == ["mine.parquet"]
    with pytest.raises(StoreError, match="cannot be written"):
        ParquetStore(tmp_path / "mine.parquet").begin(run())


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    """The second one says so."""
    first, second = (ParquetStore(tmp_path / "d") for _ in range(2))
    first.begin(run())
    with pytest.raises(StoreError, match="another run is writing"):
        second.begin(run(number=2))
    first.close()
    second.begin(run(number=2))
    second.close()


def test_a_journal_of_json_lines_is_refused(tmp_path: Path) -> None:
    """Another store's journal in the folder."""
    write(ParquetStore(tmp_path / "d"), run(), range(3))
    with journal(tmp_path / "d") as connection:
        connection.execute("UPDATE facts SET value = 'JSON Lines' WHERE name = 'kind'")
    with pytest.raises(StoreError, match="is no journal of a Parquet store"):
        ParquetStore(tmp_path / "d").begin(run())


def test_long_texts_do_not_wait_for_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is bounded by its texts too: a few books are a batch."""
    monkeypatch.setattr("claimstake.store.parquet.WAITING_CHARACTERS", 3 * len(stored("a").record.doc.text or ""))
    store = ParquetStore(tmp_path / "d")
    store.begin(run())
    written = []
    for number in range(7):
        document = store.encode(stored(f"d{number}"))
        store.commit([Outcome(document.item, f"{number}.txt", (document,))])
        written.append(len(ids(tmp_path / "d")))
    store.close()
    assert written == [0, 0, 3, 3, 3, 6, 6]
