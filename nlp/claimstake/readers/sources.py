"""From what the user names (files, folders, globs, "-") to single sources, in a fixed order, each once."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from claimstake.readers.base import Failure, Limits, Source
from claimstake.readers.registry import IGNORED_SUFFIXES, SUFFIXES

STDIN = "-"
_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class _Found:
    path: Path
    listed: bool  # named by the user, not met in a folder
    relative: str  # path below the folder it was met in


def walk(names: Iterable[str | Path], limits: Limits) -> Iterator[Source | Failure]:
    """Every source that `names` stand for; a file that two names cover comes once.

    Args:
        names: files, folders (searched with all below, hidden files left out), globs ("**" too), or "-" for
            standard input. A single path works too.
        limits: files above `max_bytes` are failures.
    """
    seen: set[str] = set()
    for name in [names] if isinstance(names, str | Path) else names:
        if str(name) == STDIN:
            yield _standard_input(limits)
            continue
        for found in _expand(name):
            if isinstance(found, Failure):
                yield found
                continue
            real = os.path.realpath(found.path)
            if real not in seen:
                seen.add(real)
                yield _source(found, limits)


def format_suffix(path: Path) -> str:
    """The suffix that tells the format, without ".gz"."""
    name = path.name.lower()
    return Path(name.removesuffix(".gz")).suffix


def _expand(name: str | Path) -> Iterator[_Found | Failure]:
    path = Path(name).expanduser()
    shown = _shown(path)
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except (OSError, ValueError) as error:  # a name that is too long, or with a NUL
        yield Failure(shown[:200], f"is no path: {error}", "check the name")
        return
    if is_folder:
        yield from _folder(path)
    elif exists or path.is_symlink():
        yield _Found(path, listed=True, relative=path.name)
    elif _WILD.search(str(name)):
        yield from _matches(str(path))
    else:
        yield Failure(shown, "does not exist", "check the path")


def _folder(folder: Path) -> Iterator[_Found | Failure]:
    problems: list[Failure] = []
    empty = True
    for root, folders, files in os.walk(folder, onerror=lambda error: problems.append(_unreadable_folder(error))):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for file in sorted(files):
            path = Path(root) / file
            if not file.startswith(".") and format_suffix(path) not in IGNORED_SUFFIXES:
                empty = False
                yield _Found(path, listed=False, relative=str(path.relative_to(folder)))
    yield from problems
    if empty and not problems:
        known = " ".join(SUFFIXES)
        yield Failure(_shown(folder), "is a folder without files to read", f"readable are {known}, and .gz of text")


def _unreadable_folder(error: OSError) -> Failure:
    return Failure(str(error.filename), f"cannot be listed: {error.strerror}", "check its permissions")


def _matches(pattern: str) -> Iterator[_Found | Failure]:
    found = False
    for name in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207 - Path.glob takes no absolute patterns
        path = Path(name)
        if path.is_dir():
            continue
        found = True
        yield _Found(path, listed=False, relative=path.name)
    if not found:
        yield Failure(pattern, "matches no file", "check the pattern, and quote it against the shell")


def _source(found: _Found, limits: Limits) -> Source | Failure:
    path, shown = found.path, _shown(found.path)
    try:
        status = path.stat()
    except OSError as error:
        return Failure(shown, f"cannot be read: {error.strerror}", "check the path and its permissions")
    if not path.is_file():
        return Failure(shown, "is no regular file", "name a file, a folder, or - for standard input")
    if status.st_size > limits.max_bytes:
        problem = f"has {status.st_size:,} bytes, more than {limits.max_bytes:,}"
        return Failure(shown, problem, "split it, or raise max_bytes")
    gzipped = path.name.lower().endswith(".gz")
    return Source(shown, _stem(path, gzipped), path=path, gzipped=gzipped, longer_id=_shown(Path(found.relative)))


def _standard_input(limits: Limits) -> Source | Failure:
    data = sys.stdin.buffer.read(limits.max_bytes + 1)
    if len(data) > limits.max_bytes:
        return Failure("standard input", f"has more than {limits.max_bytes:,} bytes", "split it, or raise max_bytes")
    return Source("standard input", "stdin", data=data)


def _stem(path: Path, gzipped: bool) -> str:
    name = path.name[:-3] if gzipped else path.name
    return _shown(Path(Path(name).stem)) or "document"


def _shown(path: Path) -> str:
    """A path that can be printed and stored, whatever bytes the file system holds."""
    return os.fsencode(path).decode("utf-8", "replace")
