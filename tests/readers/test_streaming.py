"""Work items: listing without reading, ids and keys that do not depend on the place, positions, flat memory."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from claimstake.readers import Failure, Limits, read
from claimstake.readers.items import Item
from claimstake.readers.position import Position
from claimstake.readers.streaming import articles, items, measure
from claimstake.records import Article

TEXT = "Russia limits exports of palladium, the government said."


def lines(count: int) -> str:
    return "".join(json.dumps({"text": f"Ore {i}."}) + "\n" for i in range(count))


def listed(*names: object) -> list[Item]:
    found = list(items(names))
    assert all(isinstance(item, Item) for item in found), found
    return found


def test_items_of_a_folder(write, tmp_path: Path) -> None:
    """Ids are paths below the folder; records add their number."""
    write("news/b.txt", TEXT)
    write("news/2024/a.html", f"<p>{TEXT}</p>")
    write("news/2024/c.jsonl", lines(2))
    write("news/2024/d.jsonl.gz", gzip.compress(lines(1).encode()))
    found = listed(tmp_path / "news")
    assert [item.id for item in found] == ["b.txt", "2024/a.html", "2024/c-1", "2024/c-2", "2024/d-1"]
    assert [item.format for item in found] == ["text", "html", "record", "record", "record"]
    assert found[2].source == f"{tmp_path}/news/2024/c.jsonl: line 1"


def test_keys_do_not_depend_on_the_place(write, tmp_path: Path) -> None:
    """The same folder elsewhere gives the same keys."""
    for place in ("here", "there/deeper"):
        write(f"{place}/sub/a.txt", TEXT)
        write(f"{place}/b.jsonl", lines(3))
    here, there = listed(tmp_path / "here"), listed(tmp_path / "there" / "deeper")
    assert [item.key for item in here] == [item.key for item in there]
    assert [item.source for item in here] != [item.source for item in there]
    assert [i.key for i in listed(f"{tmp_path}/here/**/*.*")] == [i.key for i in here]


def test_items_are_read_as_read_reads_them(write, tmp_path: Path) -> None:
    """What a worker makes of an item is what `read` gives, but for the id where the document states none."""
    write("a.txt", TEXT)
    write("b.csv", "id,text,published\nr1,Tin.,2090-01-01\nr2,,\n")
    write("c.json", json.dumps([{"text": "Zinc."}, {"id": "z"}]))
    worked = [found for item in listed(tmp_path) for found in articles(item)]
    straight = list(read([tmp_path]))
    assert [type(found) for found in worked] == [Article, Article, Failure, Article, Failure]
    assert [str(f) for f in worked if isinstance(f, Failure)] == [str(f) for f in straight if isinstance(f, Failure)]
    assert [a.text for a in worked if isinstance(a, Article)] == [a.text for a in straight if isinstance(a, Article)]
    assert [a.id for a in worked if isinstance(a, Article)] == ["a.txt", "r1", "c-1"]
    assert worked[1].published is None
    assert "lies in the future" in worked[1].notes[0]


def test_position(write, tmp_path: Path) -> None:
    """Bytes done rise to the total, within a file too."""
    write("a.jsonl", lines(100_000))
    write("b.txt", TEXT)
    write("c.jsonl.gz", gzip.compress(lines(100_000).encode()))
    watch = Position(measure([tmp_path]))
    seen = []
    for _ in items([tmp_path], watch=watch):
        seen.append(watch.done)
    assert seen == sorted(seen)
    assert len(set(seen)) > 10
    assert watch.done == watch.total == sum(file.stat().st_size for file in tmp_path.iterdir())


def test_no_total_for_standard_input(write) -> None:
    """Nobody knows how much will come."""
    assert measure([write("a.txt", TEXT), "-"]) is None


def test_files_of_many_documents_may_be_large(write) -> None:
    """What holds many documents is not measured like one."""
    limits = Limits(max_chars=100, max_bytes=1_000)
    path = write("a.jsonl", lines(1_000))
    assert path.stat().st_size > 10 * limits.max_bytes
    assert sum(isinstance(item, Item) for item in items([path], limits=limits)) == 1_000
    packed = write("a.jsonl.gz", gzip.compress(path.read_bytes()))
    assert sum(isinstance(item, Item) for item in items([packed], limits=limits)) == 1_000


def test_list_is_good_up_to_its_fault(write) -> None:
    """Records before a fault in a JSON list come."""
    path = write("a.json", '[{"text": "Tin."}, {"text": "Zinc."}, {"text": }]')
    first, second, failure = items([path])
    assert [first.data, second.data] == [b'{"text": "Tin."}', b'{"text": "Zinc."}']
    assert "invalid JSON: Expecting value at column 48" in failure.problem


# Memory

_WATCHED = """
import sys
from claimstake.readers.streaming import items

def highest() -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

for number, item in enumerate(items([sys.argv[1]]), 1):
    if number == 2_000:
        early = highest()
print(number, highest() - early)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured by /proc")
def test_memory_of_a_large_folder(tmp_path: Path) -> None:
    """A hundred thousand files take no more memory than two thousand."""
    for folder in range(100):
        (tmp_path / f"{folder:02}").mkdir()
        for number in range(1_000):
            os.mknod(f"{tmp_path}/{folder:02}/{number}.txt")
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    shutil.rmtree(tmp_path)
    listed, grown = map(int, done.stdout.split())
    assert listed == 100_000
    assert grown < 2_000, f"{grown} kB"


def large_table() -> bytes:
    held = io.StringIO()
    writer = csv.writer(held)
    writer.writerow(["id", "text"])
    writer.writerows([f"r{i}", f"Ore {i}. " * 300] for i in range(10_000))
    return held.getvalue().encode()


def large_lines() -> bytes:
    return b"".join(json.dumps({"id": f"r{i}", "text": f"Ore {i}. " * 300}).encode() + b"\n" for i in range(10_000))


def large_tar() -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz", compresslevel=1) as archive:
        for number in range(10_000):
            info = tarfile.TarInfo(f"{number}.txt")
            data = f"Ore {number}. ".encode() * 300
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return held.getvalue()


LARGE = {
    "a.jsonl": large_lines,
    "a.jsonl.gz": lambda: gzip.compress(large_lines(), 1),
    "a.csv": large_table,
    "a.tar.gz": large_tar,
}


@pytest.mark.parametrize("name", LARGE)
def test_memory_of_large_files(write, name: str) -> None:
    """Thirty megabytes of documents are listed in a few."""
    path = write(name, LARGE[name]())
    next(items([path]))  # what is imported on the way is not counted
    tracemalloc.start()
    try:
        count = sum(isinstance(item, Item) for item in items([path]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 10_000
    assert peak < 4_000_000
