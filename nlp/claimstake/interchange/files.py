"""Files of annotation formats: which ones there are, their text, and writing that leaves no half file."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TextIO

from claimstake.errors import CorpusError
from claimstake.interchange.contract import Losses

ARRAYS = (".json", ".json.gz")  # suffixes of files that hold one JSON value
START = 65_536  # bytes of a file that recognition looks at
PIECE = 2_048  # bytes that are read at a time there
DAMAGED = (OSError, EOFError, zlib.error, zipfile.BadZipFile)
UNREADABLE = (*DAMAGED, UnicodeDecodeError)
PACKED = "PK\n"


def listed(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """The file itself, whatever its name; of a folder the files below it that have one of the suffixes.

    Raises:
        CorpusError: there is no such path, or no such file in the folder.
    """
    if not path.exists():
        raise CorpusError(f"{path}: there is no such file or folder")
    if not path.is_dir():
        return [path]
    found = [file for file in visible(path) if file.name.lower().endswith(suffixes)]
    if not found:
        raise CorpusError(f"{path}: no file in it ends in {', '.join(suffixes)}")
    return found


def visible(folder: Path) -> Iterator[Path]:
    """Files below a folder in the order of their paths, without hidden ones."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts):
            yield file


def start(path: Path) -> str:
    """The first characters of a file, unpacked, as far as it is whole; empty where it is no UTF-8 text.

    Of a .zip they are `PACKED` and the names of what is in it.
    """
    raw = b""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            return f"{PACKED}{chr(10).join(packed.namelist())}"[:START]
    try:
        with opened(path) as stream:
            while len(raw) < START and (piece := stream.read(PIECE)):
                raw += piece
    except UNREADABLE:
        pass
    for cut in range(4):  # the last character may be cut
        try:
            return raw[: len(raw) - cut].decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
    return ""


def opened(path: Path) -> IO[bytes]:
    """A file's bytes, unpacked where its name ends in .gz."""
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def text(path: Path) -> str:
    """The whole text of a file, line ends as they are; a byte order mark is left out.

    Raises:
        CorpusError: it is damaged or no UTF-8.
    """
    try:
        with opened(path) as stream:
            return stream.read().decode("utf-8-sig")
    except UNREADABLE as error:
        raise CorpusError(f"{path}: {damage(error)}") from error


def lines(path: Path, losses: Losses) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, numbered from 1; one that is no UTF-8, and what is behind damage, fails."""
    for number, line, problem in every_line(path):
        if problem:
            losses.fail(f"{path}:{number}", problem)
        elif line.strip():
            yield number, line


def every_line(path: Path) -> Iterator[tuple[int, str, str]]:
    """Number from 1, line without its end, and what is wrong with it; of a damaged file the lines before the damage."""
    number = 0
    try:
        with opened(path) as stream:
            for number, raw in enumerate(stream, 1):
                try:
                    line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as error:
                    yield number, "", damage(error)
                else:
                    yield number, line.rstrip("\r\n"), ""
    except DAMAGED as error:
        yield number + 1, "", f"{damage(error)}; nothing behind it was read"


def json_rows(path: Path, losses: Losses) -> Iterator[tuple[str, Any]]:
    """Values of a JSON Lines file, or of an array where the name says .json, with file and line or number of each."""
    if path.name.lower().endswith(ARRAYS):
        try:
            value = json.loads(text(path))
        except CorpusError as error:
            losses.fail(str(path), str(error).removeprefix(f"{path}: "))
            return
        except (ValueError, RecursionError) as error:
            if not _lines_of_json(path):
                losses.fail(f"{path}:{getattr(error, 'lineno', 1)}", f"is not JSON: {error}")
                return
        else:
            rows = value if isinstance(value, list) else [value]
            yield from ((f"{path}: document {number}", row) for number, row in enumerate(rows, 1))
            return
    for number, line in lines(path, losses):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            losses.fail(f"{path}:{number}", f"is not JSON: {error}")
        else:
            yield f"{path}:{number}", row


def _lines_of_json(path: Path) -> bool:
    """Whether a file that is called .json holds a value a line all the same."""
    for _, line in lines(path, Losses()):
        try:
            return isinstance(json.loads(line), dict)
        except (ValueError, RecursionError):
            return False
    return False


def damage(error: Exception) -> str:
    """Why a file could not be read."""
    if isinstance(error, UnicodeDecodeError):
        return f"is no UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8"
    if isinstance(error, EOFError | zlib.error | gzip.BadGzipFile | zipfile.BadZipFile):
        return f"is damaged ({error})"
    return f"cannot be read ({getattr(error, 'strerror', None) or error})"


@contextmanager
def appearing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write bytes to, packed where its name ends in .gz; it is there when all went well, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = not path.exists() or path.is_file()  # a device or a pipe is written to, not replaced
    part = path.with_name(f".{path.name}.{os.getpid()}.part") if aside else path
    try:
        with part.open("wb") as raw:
            if path.suffix.lower() == ".gz":
                with gzip.GzipFile("", mode="wb", mtime=0, fileobj=raw) as packed:  # same documents, same bytes
                    yield packed  # type: ignore[misc]
            else:
                yield raw
        if aside:
            part.replace(path)
    finally:
        if aside:
            part.unlink(missing_ok=True)


@contextmanager
def appearing_text(path: Path) -> Iterator[TextIO]:
    """`appearing` for UTF-8 text; line ends are written as they are."""
    with appearing(path) as raw:
        stream = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        yield stream
        stream.flush()
        stream.detach()


def fresh(folder: Path) -> Path:
    """Make a folder to write into.

    Raises:
        CorpusError: it holds files already, which would mix with what is written.
    """
    if folder.exists() and (not folder.is_dir() or next(folder.iterdir(), None) is not None):
        raise CorpusError(f"{folder}: is there already and not empty; name another folder, or empty this one")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def tried(losses: Losses, where: str, task: Callable[[], object]) -> bool:
    """Do something for one document; what is wrong with it goes to the losses. Returns whether it was done."""
    try:
        task()
    except (CorpusError, UnicodeEncodeError) as error:
        reason = str(error).removeprefix(f"{where}: ")
        losses.fail(where, "has half a surrogate pair in it" if isinstance(error, UnicodeEncodeError) else reason)
        return False
    return True
