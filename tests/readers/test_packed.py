"""ZIP and tar archives: what is in them, what is wrong with them, and bombs."""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
import tarfile
import time
import tracemalloc
import zipfile
from pathlib import Path

import docx
import pytest

from claimstake.readers import Failure, Limits, read
from claimstake.readers.items import Item
from claimstake.readers.streaming import articles, items
from claimstake.records import Article

TEXT = "Russia limits exports of palladium, the government said."
PAGE = f"<html><body><article><h1>Palladium</h1><p>{TEXT} It gave no date.</p></article></body></html>"
LINES = json.dumps({"id": "r1", "text": "Tin."}) + "\n" + json.dumps({"text": "Zinc."}) + "\n"
MEMBERS = {
    "news/a.txt": TEXT.encode(),
    "news/2024/b.html": PAGE.encode(),
    "c.jsonl": LINES.encode(),
    "d.jsonl.gz": gzip.compress(LINES.encode()),
    "e.csv": b"text\nNickel.\n",
}
IDS = ["news/a.txt", "news/2024/b.html", "r1", "c-2", "r1", "d-2", "e-1"]
PASSED_OVER = {"style.css": b"p {}", ".hidden.txt": b"no", "__MACOSX/._a.txt": b"no", "news/.git/x.txt": b"no"}


def zipped(members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", packing) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return held.getvalue()


def tarred(members: dict[str, bytes], packing: str = "") -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=f"w:{packing}") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return held.getvalue()


def worked(path: Path, limits: Limits | None = None) -> list[Article | Failure]:
    """Everything in an archive as workers read it."""
    found: list[Article | Failure] = []
    for item in items([path], limits=limits):
        found.extend(articles(item, limits) if isinstance(item, Item) else [item])
    return found


def ids(found: list[Article | Failure]) -> list[str]:
    return [got.id if isinstance(got, Article) else f"!{got.problem}" for got in found]


PACKED = {
    "a.zip": lambda members: zipped(members),
    "stored.zip": lambda members: zipped(members, zipfile.ZIP_STORED),
    "bzip2.zip": lambda members: zipped(members, zipfile.ZIP_BZIP2),
    "lzma.zip": lambda members: zipped(members, zipfile.ZIP_LZMA),
    "a.tar": lambda members: tarred(members),
    "a.tar.gz": lambda members: tarred(members, "gz"),
    "a.tgz": lambda members: tarred(members, "gz"),
    "a.tar.bz2": lambda members: tarred(members, "bz2"),
    "a.tar.xz": lambda members: tarred(members, "xz"),
    "zip without suffix": lambda members: zipped(members),
    "tar without suffix": lambda members: tarred(members),
}


@pytest.mark.parametrize("name", PACKED)
def test_members(write, name: str) -> None:
    """Members of every format are read; what would be passed over in a folder is passed over."""
    path = write(name, PACKED[name]({**MEMBERS, **PASSED_OVER}))
    found = worked(path)
    assert ids(found) == IDS
    assert found[0].text == TEXT
    assert [found[0].source, found[3].source] == [f"{path}: news/a.txt", f"{path}: c.jsonl: line 2"]


def test_read_reads_archives(write) -> None:
    """The same way in for `claimstake annotate`; short ids, where they are free."""
    members = {"2023/a.txt": b"Tin.", "2024/a.txt": b"Zinc.", "2025/a.txt": b"Lead."}
    assert [a.id for a in read([write("a.zip", zipped(members))])] == ["a", "2024/a.txt", "2025/a.txt"]


def test_keys_do_not_depend_on_the_archive(write) -> None:
    """The same members in a ZIP here and a tar there are the same items."""
    here, there = write("here/a.zip", zipped(MEMBERS)), write("b/c/there.tar.xz", tarred(MEMBERS, "xz"))
    assert [i.key for i in items([here])] == [i.key for i in items([there])]


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_archives_in_archives(write, name: str) -> None:
    """To a small depth; ids and sources say where."""
    inner = PACKED[name]({"x/a.txt": TEXT.encode()})
    path = write(name, PACKED[name]({f"sub/{name}": inner, "b.txt": b"Tin."}))
    found = worked(path)
    assert ids(found) == [f"sub/{name}/x/a.txt", "b.txt"]
    assert found[0].source == f"{path}: sub/{name}: x/a.txt"
    deep = inner
    for _ in range(4):
        deep = PACKED[name]({name: deep})
    (failure,) = worked(write(f"deep-{name}", deep))
    assert "lies in 3 archives" in failure.problem
    assert failure.mend


@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
def test_names_are_only_names(write, tmp_path: Path, name: str) -> None:
    """Paths that lead out of the archive write nothing anywhere and give plain ids."""
    members = {"../../out.txt": b"Tin.", "/etc/b.txt": b"Zinc.", "./c/../d.txt": b"Lead.", "C:\\e.txt": b"Iron."}
    assert ids(worked(write(name, PACKED[name](members)))) == ["out.txt", "etc/b.txt", "c/d.txt", "C:/e.txt"]
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_links_and_devices_in_tar(write) -> None:
    """Only files are read."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, kind in (("l.txt", tarfile.SYMTYPE), ("h.txt", tarfile.LNKTYPE), ("d", tarfile.DIRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        for name, kind in (("c.txt", tarfile.CHRTYPE), ("f.txt", tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(name)
            info.type = kind
            archive.addfile(info)
        info = tarfile.TarInfo("a.txt")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"Tin."))
    assert ids(worked(write("a.tar", held.getvalue()))) == ["a.txt"]


def test_links_in_zip(write) -> None:
    """A link's target is not taken for a text."""
    info = zipfile.ZipInfo("l.txt")
    info.external_attr = 0o120777 << 16
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(info, "/etc/passwd")
        archive.writestr("folder/", "")
        archive.writestr("a.txt", "Tin.")
    assert ids(worked(write("a.zip", held.getvalue()))) == ["a.txt"]


def test_word_documents_are_no_archives(write) -> None:
    """A .docx is a ZIP archive that is read as one document, inside an archive and without its suffix too."""
    held = io.BytesIO()
    document = docx.Document()
    document.add_paragraph(TEXT)
    document.save(held)
    assert ids(worked(write("a.zip", zipped({"a.docx": held.getvalue(), "b": held.getvalue()})))) == ["a.docx", "b"]
    (failure,) = worked(write("book.epub", zipped({"mimetype": b"application/epub+zip"})))
    assert "is binary data of an unknown format" in failure.problem


# What is damaged


def entry_of(data: bytes, name: str) -> int:
    """Where a member's bytes begin."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo(name)
    return info.header_offset + 30 + len(name)


def test_member_with_a_bad_checksum(write) -> None:
    """It fails alone."""
    data = bytearray(zipped({"a.txt": b"Tin.", "b.txt": b"Zinc ore.", "c.txt": b"Lead."}, zipfile.ZIP_STORED))
    data[entry_of(bytes(data), "b.txt")] ^= 0xFF
    path = write("a.zip", bytes(data))
    first, failure, third = worked(path)
    assert [first.id, third.id] == ["a.txt", "c.txt"]
    assert failure.source == f"{path}: b.txt"
    assert "is damaged: Bad CRC-32" in failure.problem
    assert failure.mend


def test_member_that_cannot_be_inflated(write) -> None:
    """It fails alone, too."""
    data = bytearray(zipped({"a.txt": TEXT.encode() * 20, "b.txt": b"Zinc."}))
    at = entry_of(bytes(data), "a.txt")
    data[at : at + 20] = b"\xff" * 20
    failure, kept = worked(write("a.zip", bytes(data)))
    assert "is damaged" in failure.problem
    assert kept.id == "b.txt"


def test_encrypted_member(write) -> None:
    """It is named with what to do; the others come."""
    data = bytearray(zipped({"a.txt": b"Tin.", "b.txt": b"Zinc."}))
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1
    failure, kept = worked(write("a.zip", bytes(data)))
    assert (failure.problem, failure.mend) == ("is encrypted", "unpack it with its password")
    assert kept.id == "b.txt"


def test_member_packed_in_an_unknown_way(write) -> None:
    """A compression that Python does not know is a failure of that member."""
    data = bytearray(zipped({"a.txt": b"Tin.", "b.txt": b"Zinc."}))
    central = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, 8, 9)
    struct.pack_into("<H", data, central + 10, 9)
    failure, kept = worked(write("a.zip", bytes(data)))
    assert "cannot be unpacked" in failure.problem
    assert kept.id == "b.txt"


@pytest.mark.parametrize("damage", ["cut", "directory", "no archive", "empty"])
def test_zip_without_its_directory(write, damage: str) -> None:
    """One failure that names the file."""
    data = zipped(MEMBERS)
    at = data.index(b"PK\x01\x02")
    broken = {
        "cut": data[: at + 40],
        "directory": data[:at] + b"\xff" * 40 + data[at + 40 :],
        "no archive": b"PK\x03\x04 no archive at all",
        "empty": b"",
    }
    path = write("a.zip", broken[damage])
    (failure,) = worked(path)
    assert (failure.source, failure.mend) == (str(path), "download or pack it again")
    assert "is a damaged ZIP archive, or none" in failure.problem


@pytest.mark.parametrize("packing", ["", "gz", "bz2", "xz"])
def test_cut_tar(write, packing: str) -> None:
    """Members before the end of a cut archive come, then a failure."""
    members = {
        f"{i}.txt": bytes(f"Ore {i}. ", "ascii") + json.dumps(list(range(i, i + 9000))).encode() for i in range(9)
    }
    data = tarred(members, packing)
    path = write(f"a.tar.{packing}" if packing else "a.tar", data[: int(len(data) * 0.7)])
    found = worked(path)
    good = [got.id for got in found if isinstance(got, Article)]
    assert good == [f"{i}.txt" for i in range(len(good))]
    if packing != "bz2" and packing != "xz":
        assert len(good) >= 4
    assert any(isinstance(got, Failure) and got.source.startswith(str(path)) for got in found)


def test_tar_with_a_damaged_header(write) -> None:
    """Members before and after it come, then a failure."""
    data = bytearray(tarred({"a.txt": b"Tin.", "b.txt": b"Zinc.", "c.txt": b"Lead."}))
    data[1024:1100] = b"\xff" * 76
    first, third, failure = worked(write("a.tar", bytes(data)))
    assert [first.id, third.id] == ["a.txt", "c.txt"]
    assert "some of its members could not be found" in failure.problem


@pytest.mark.parametrize("data", [b"", b"no archive " * 100, bytes(5000)])
def test_no_tar(write, data: bytes) -> None:
    """What is none fails."""
    (failure,) = worked(write("a.tar", data))
    assert "is damaged" in failure.problem or "is a damaged tar archive, or none" in failure.problem


# Bombs: bounded time and memory, one failure


def checked(path: Path, limits: Limits) -> list[Article | Failure]:
    """What an archive gives, listed within ten seconds and 100 MB."""
    began = time.monotonic()
    tracemalloc.start()
    try:
        found: list[Article | Failure] = []
        for item in items([path], limits=limits):
            found.extend(list(articles(item, limits))[:20] if isinstance(item, Item) else [item])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.monotonic() - began < 10
    assert peak < 100_000_000, peak
    return found


SMALL = Limits(max_bytes=5_000_000, max_chars=1_000_000)


def zeros(name: str, size: int) -> bytes:
    """A ZIP archive of one member that unpacks to `size` zeros, 1:1000, without holding them."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
        for _ in range(size >> 20):
            member.write(bytes(1 << 20))
    return held.getvalue()


@pytest.mark.parametrize("name", ["zeros.txt", "zeros.jsonl", "zeros.csv", "zeros.html.gz"])
def test_bomb_of_one_member(write, name: str) -> None:
    """Whatever it pretends to be."""
    data = zeros(name, 60 << 20)
    assert len(data) < 100_000
    (failure,) = checked(write("a.zip", data), SMALL)
    assert isinstance(failure, Failure)
    assert failure.mend


def test_nested_bomb(write) -> None:
    """Archives of archives of zeros: all layers count as one."""
    layer = zeros("zeros.jsonl", 60 << 20)
    for _ in range(2):
        layer = zipped({f"{i}.zip": layer for i in range(16)})
    found = checked(write("a.zip", layer), SMALL)
    assert 0 < len(found) < 20
    assert any("times what it is packed in" in got.problem for got in found)


def test_many_small_bombs(write) -> None:
    """Members that are small enough each stop when they are too much together."""
    data = zipped({f"{i}.jsonl": b'{"text": "' + b"x" * 900_000 + b'"}\n' for i in range(60)})
    found = checked(write("a.zip", data), SMALL)
    assert isinstance(found[-1], Failure)
    assert "times what it is packed in" in found[-1].problem
    assert len(found) < 20


def test_overlapping_members(write) -> None:
    """Thousands of directory entries that share the bytes of one member."""
    kernel = zipped({"a.txt": bytes(4_000_000)})
    at, end = kernel.index(b"PK\x01\x02"), kernel.index(b"PK\x05\x06")
    count = 10_000
    directory = kernel[at:end] * count
    closing = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), at, 0)
    found = checked(write("a.zip", kernel[:at] + directory + closing), SMALL)
    assert len(found) < 1_000
    assert isinstance(found[-1], Failure)


def test_archive_that_holds_itself(write) -> None:
    """Archives in archives without an end come to one."""
    data = zipped({"a.zip": b""})
    for _ in range(20):
        data = zipped({"a.zip": data})
    (failure,) = checked(write("a.zip", data), SMALL)
    assert "lies in 3 archives" in failure.problem


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_tar_bomb(write, packing: str) -> None:
    """A member that declares and unpacks to far too much."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=f"w:{packing}") as archive:
        info = tarfile.TarInfo("zeros.jsonl")
        info.size = 40 << 20
        archive.addfile(info, io.BufferedReader(_Zeros(info.size)))
    found = checked(write(f"a.tar.{packing}", held.getvalue()), SMALL)
    assert any("times what it is packed in" in str(got) for got in found)


class _Zeros(io.RawIOBase):
    def __init__(self, left: int) -> None:
        self.left = left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        count = min(self.left, len(buffer))
        buffer[:count] = bytes(count)
        self.left -= count
        return count


def test_tar_with_an_endless_header(write) -> None:
    """A header that asks for gigabytes of memory is not read."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 8 << 30
    held = io.BytesIO()
    with gzip.GzipFile(fileobj=held, mode="wb") as stream:
        stream.write(info.tobuf())
        for _ in range(100):
            stream.write(b"x" * (1 << 20))
    (failure,) = checked(write("a.tar.gz", held.getvalue()), Limits(max_bytes=200_000_000))
    assert isinstance(failure, Failure)


def test_too_many_members(write) -> None:
    """An archive with more members than allowed fails before its directory is held."""
    members = {f"{i}.txt": b"x" for i in range(400)}
    limits = Limits(max_members=100)
    assert "has more than 100 members" in worked(write("a.zip", zipped(members)), limits)[-1].problem
    assert "has more than 100 members" in worked(write("a.tar", tarred(members)), limits)[-1].problem


def test_standard_input(monkeypatch) -> None:
    """Archives come through a pipe, too."""
    for name in ("a.zip", "a.tar", "a.tar.gz"):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(PACKED[name](MEMBERS)))))
        found = [got for item in items(["-"]) for got in (articles(item) if isinstance(item, Item) else [item])]
        assert ids(found) == IDS


# Anything at all

INNER = {"i.zip": zipped(MEMBERS), "j.tar.gz": tarred(MEMBERS, "gz"), "k.tar.xz": tarred(MEMBERS, "xz")}


def scrambled(data: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, lost, added or set, or the end cut off."""
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        at, kind = chance.randrange(len(damaged) + 1), chance.randrange(5)
        if kind == 0:
            damaged[at : at + 1] = chance.randbytes(1)
        elif kind == 1:
            del damaged[at : at + chance.randint(1, 50)]
        elif kind == 2:
            damaged[at:at] = chance.randbytes(chance.randint(1, 30))
        elif kind == 3:
            damaged[at : at + 4] = chance.choice([b"\0", b"\xff"]) * 4
        else:
            del damaged[at:]
    return bytes(damaged)


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tar.xz"])
def test_any_damage(write, name: str) -> None:
    """Whatever is wrong with an archive, it ends in items and in failures that name it and say what to do."""
    chance = random.Random(name)
    whole = PACKED[name]({**MEMBERS, **INNER})
    for _ in range(150):
        path = write(name, scrambled(whole, chance))
        for found in items([path], limits=SMALL):
            if isinstance(found, Failure):
                assert found.source.startswith(str(path))
                assert found.mend
                assert "cannot be parsed" not in found.problem
