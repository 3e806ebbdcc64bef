"""JSON Lines: exactly the lines of a run that nobody disturbed, whatever is killed when."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from archive_writing import LIMIT, fill, outcome, run, start, until_done, write
from claimstake.errors import StoreError
from claimstake.records import AnnotatedDocument
from claimstake.sinks.jsonl import read
from claimstake.store.contract import Outcome
from claimstake.store.jsonl import JsonLinesStore
from small_disk import FULL, SmallDisk
from stored_documents import stored

SHORT, ITEMS, LONG = range(60), range(400), range(2500)
NAMES = ["claims.jsonl", "claims.jsonl.gz"]


def lines(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines(keepends=True)


def ids(found: list[bytes]) -> list[str]:
    return [json.loads(line)["doc"]["id"] for line in found]


def undisturbed(folder: Path, name: str, *fingerprints: str, items: range = ITEMS) -> list[bytes]:
    folder.mkdir()
    for number, fingerprint in enumerate(fingerprints):
        write(JsonLinesStore(folder / name), run(fingerprint, number), items)
    return lines(folder / name)


@pytest.mark.parametrize("name", NAMES)
def test_lines_are_those_of_annotate_in_order(tmp_path: Path, name: str) -> None:
    """Valid records, one a document, in the order of items; a document of two items stands once."""
    found = undisturbed(tmp_path / "a", name, "p", items=range(60))
    records = [AnnotatedDocument.model_validate_json(line) for line in found]
    assert records == list(read(tmp_path / "a" / name))
    ids = [r.doc.id for r in records]
    assert ids[:5] == ["d0", "d1", "d2", "d3", "d3b"]
    assert len(set(found)) == len(found)
    assert all(line.endswith(b"\n") for line in found)


@pytest.mark.parametrize("name", NAMES)
def test_killed_at_random_moments(tmp_path: Path, name: str) -> None:
    """Twenty kills, then a run that ends: byte for byte what nobody disturbed."""
    expected = undisturbed(tmp_path / "a", name, "p", items=LONG)
    assert until_done(JsonLinesStore, tmp_path / name, run("p"), LONG, kills=20, seed=7) == 20
    assert lines(tmp_path / name) == expected
    AnnotatedDocument.model_validate_json(expected[-1])


@pytest.mark.parametrize("name", NAMES)
def test_killed_at_every_step_of_replacing(tmp_path: Path, name: str) -> None:
    """Killed before each time that a file is brought to the disk, moved or removed, under a newer pipeline."""
    expected = undisturbed(tmp_path / "a", name, "p", "q:proposed", items=SHORT)
    assert b'"status":"proposed"' in expected[0]
    newer = run("q:proposed", 1)
    for step in range(100):
        folder = tmp_path / str(step)
        folder.mkdir()
        write(JsonLinesStore(folder / name), run("p"), SHORT)
        process = start(JsonLinesStore, folder / name, newer, SHORT, step, together=9)
        process.join(LIMIT)
        write(JsonLinesStore(folder / name), newer, SHORT)
        assert lines(folder / name) == expected
        if process.exitcode == 0:
            break
    assert step > 10


def test_a_newer_pipeline_replaces_some(tmp_path: Path) -> None:
    """What an interrupted run under a newer pipeline did stands behind the rest, each document once."""
    path = tmp_path / "claims.jsonl"
    before = undisturbed(tmp_path / "a", path.name, "p")
    write(JsonLinesStore(path), run("p"), ITEMS)
    write(JsonLinesStore(path), run("q:proposed", 2), range(100), end="interrupted")
    found = lines(path)
    assert sorted(ids(found)) == sorted(ids(before))
    assert sum(b'"status":"proposed"' in line for line in found) == len(
        undisturbed(tmp_path / "b", "x", "p", items=range(100))
    )
    write(JsonLinesStore(path), run("q:proposed", 3), ITEMS)
    assert lines(path) == undisturbed(tmp_path / "c", path.name, "q:proposed")


def test_committing_again_replaces(tmp_path: Path) -> None:
    """An item's documents are those of its last outcome; one that another item still contains stays."""
    path = tmp_path / "claims.jsonl"
    store = JsonLinesStore(path)
    store.begin(run())
    one, two, shared = (store.encode(stored(i, item="a")) for i in ("one", "two", "shared"))
    store.commit([Outcome("a", "a", (one, two, shared)), Outcome("b", "b", (shared,))])
    store.commit([Outcome("a", "a", (two,)), Outcome("c", "c", (one,))])
    store.commit([Outcome("a", "a", (two,)), Outcome("c", "c")])
    store.finish("complete")
    assert ids(lines(path)) == ["shared", "two"]
    store.close()


def test_failures_are_listed_and_retried(tmp_path: Path) -> None:
    """They are in quarantine until a run retries them."""
    path = tmp_path / "claims.jsonl"
    write(JsonLinesStore(path), run(), range(30))
    failed = list(JsonLinesStore(path).failures())
    assert [f.source for f in failed] == ["news/16.txt", "news/27.txt", "news/5.txt"]
    assert (failed[0].stage, failed[0].mend) == ("read", "unlock it")
    store = JsonLinesStore(path)
    store.begin(run(number=2))
    items = [f.item for f in failed]
    assert store.done(items, "pipeline-1") == set(items)
    assert store.done(items, "pipeline-1", retry_failed=True) == set()
    store.commit([Outcome(items[0], "news/16.txt", (store.encode(stored("late", item=items[0])),))])
    store.finish("complete")
    store.close()
    assert [f.source for f in JsonLinesStore(path).failures()] == ["news/27.txt", "news/5.txt"]
    assert ids(lines(path))[-1] == "late"


@pytest.mark.parametrize("tail", [b'{"schema_version":"1.0","doc"', b"\0" * 5000, b'{"doc":{}}\n'])
@pytest.mark.parametrize("name", NAMES)
def test_a_torn_tail_is_cut_off(tmp_path: Path, name: str, tail: bytes) -> None:
    """What a power loss left behind the committed lines goes, and the run goes on."""
    expected = undisturbed(tmp_path / "a", name, "p")
    store = JsonLinesStore(tmp_path / name)
    store.begin(run("p"))
    store.commit([outcome(store, n) for n in range(50)])
    store.close()  # without finish: the run was killed
    with (tmp_path / name).open("ab") as stream:
        stream.write(tail)
    write(JsonLinesStore(tmp_path / name), run("p"), ITEMS)
    assert lines(tmp_path / name) == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_leaves_whole_lines(tmp_path: Path, small_disk: SmallDisk, name: str) -> None:
    """The run stops with a clear error, nothing half-written; with room again it goes on."""
    path = small_disk.folder / name
    store = JsonLinesStore(path)
    store.begin(run("p"))
    starts = iter(range(0, 20000, 20))
    with pytest.raises(StoreError, match=FULL):
        fill(store, starts)
    for line in lines(path):
        AnnotatedDocument.model_validate_json(line)
    with suppress(StoreError):
        store.finish("stopped")
    store.close()
    small_disk.make_room()
    more = range(next(starts))
    write(JsonLinesStore(path), run("p"), more)
    assert lines(path) == undisturbed(tmp_path / "a", name, "p", items=more)


def test_somebody_elses_file_is_left_alone(tmp_path: Path) -> None:
    """A file without a journal is neither overwritten nor appended to."""
    path = tmp_path / "claims.jsonl"
    path.write_text("precious\n")
    with pytest.raises(StoreError, match="no journal .* in claims.jsonl.journal"):
        JsonLinesStore(path).begin(run())
    assert path.read_text() == "precious\n"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(StoreError, match="has no journal"):
        list(JsonLinesStore(path).failures())


def test_an_edited_file_is_refused(tmp_path: Path) -> None:
    """Shorter, longer after a run that ended, or gone: the error says what to do, and nothing is changed."""
    path = tmp_path / "claims.jsonl"
    write(JsonLinesStore(path), run(), range(30))
    whole = path.read_bytes()
    for changed, problem in ((whole[:-9], "where its journal tells of"), (whole + b"{}\n", "3 bytes more")):
        path.write_bytes(changed)
        with pytest.raises(StoreError, match=problem):
            JsonLinesStore(path).begin(run(number=2))
        assert path.read_bytes() == changed
    path.unlink()
    with pytest.raises(StoreError, match="is missing.*start anew"):
        JsonLinesStore(path).begin(run(number=2))
    path.write_bytes(whole)
    write(JsonLinesStore(path), run(number=2), range(30))
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE facts SET value = '99' WHERE name = 'version'", "has version 99"),
        ("UPDATE facts SET value = 'Parquet' WHERE name = 'kind'", "is no journal of a JSON Lines store"),
        ("DROP TABLE facts", "is no journal"),
    ],
)
def test_a_journal_of_another_kind_is_refused(tmp_path: Path, change: str, problem: str) -> None:
    """Another version, another store, or some other database."""
    path = tmp_path / "claims.jsonl"
    write(JsonLinesStore(path), run(), range(3))
    with closing(sqlite3.connect(tmp_path / "claims.jsonl.journal" / "journal.sqlite")) as journal, journal:
        journal.execute(change)
    with pytest.raises(StoreError, match=problem):
        JsonLinesStore(path).begin(run(number=2))


def test_a_damaged_journal_is_named(tmp_path: Path) -> None:
    """Bytes that are no database."""
    path = tmp_path / "claims.jsonl"
    write(JsonLinesStore(path), run(), range(3))
    (tmp_path / "claims.jsonl.journal" / "journal.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="journal.sqlite: cannot be used: file is not a database"):
        JsonLinesStore(path).begin(run(number=2))


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    """The second one says so; after the first has closed it can go on."""
    first, second = (JsonLinesStore(tmp_path / "claims.jsonl") for _ in range(2))
    first.begin(run())
    with pytest.raises(StoreError, match="another run is writing"):
        second.begin(run(number=2))
    first.close()
    second.begin(run(number=2))
    second.close()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A path below a file."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        JsonLinesStore(tmp_path / "file" / "claims.jsonl").begin(run())
