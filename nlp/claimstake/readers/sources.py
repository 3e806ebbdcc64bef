"""From what the user names (files, folders, globs, "-") to single sources, in a fixed order, each once.

Memory is that of the names in one folder, however large the tree.
"""

from __future__ import annotations

import io
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from claimstake.readers.base import Failure, Source
from claimstake.readers.registry import IGNORED_NAMES, IGNORED_SUFFIXES, SUFFIXES

STDIN = "-"
_WILD = re.compile(r"[*?\[]")
_ANY_DEPTH = "**"


@dataclass(frozen=True)
class _Found:
    path: str
    relative: str  # path below the folder it was met in
    real: str  # path without links


@dataclass
class _Seen:
    """Which files came already, or are not to come. Folders are kept by name only, so that memory does not grow.

    Args:
        several: whether there are other names than the one that is expanded.
    """

    several: bool
    files: set[str] = field(default_factory=set)
    folders: list[str] = field(default_factory=list)

    @property
    def asked(self) -> bool:
        """Whether a file may be held at all."""
        return bool(self.several or self.files or self.folders)

    def holds(self, real: str) -> bool:
        return real in self.files or any(_lists(folder, real) for folder in self.folders)


def walk(names: Iterable[str | Path], *, without: Iterable[Path] = ()) -> Iterator[Source | Failure]:
    """Every source that `names` stand for; a file that two names cover comes once.

    Args:
        names: files, folders (searched with all below, hidden files left out), globs ("**" too), or "-" for
            standard input. A single path works too.
        without: files, and folders with all below, that are passed over.
    """
    listed = [names] if isinstance(names, str | Path) else list(names)
    left_out = [os.path.realpath(path) for path in without]
    seen = _Seen(len(listed) > 1, set(left_out), [path for path in left_out if os.path.isdir(path)])  # noqa: PTH112
    for name in listed:
        if str(name) == STDIN:
            yield Source("standard input", "stdin", "stdin", opener=_standard_input, once=True)
            continue
        for found in _expand(name, seen):
            yield found if isinstance(found, Failure) else _source(found)


def below(folder: str | Path, path: str | Path) -> Source | Failure | None:
    """What `walk` gives for one file somewhere below a folder; None for one that it passes over.

    Args:
        folder: as the user names it.
        path: of the file, whether it is still there or not; below the folder, as far as names tell.
    """
    relative = os.path.relpath(path, folder)
    if relative.startswith("..") or is_passed_over(relative):
        return None
    start = "" if str(folder) == "." else str(folder).rstrip("/") + "/"
    return _source(_Found(start + relative, relative, os.path.realpath(path)))


def format_suffix(name: str) -> str:
    """The suffix that tells the format, in lower case and without ".gz"."""
    lower = name.lower()
    if lower.endswith((".tar.bz2", ".tar.xz")):
        return ".tar"
    return os.path.splitext(lower.removesuffix(".gz"))[1]  # noqa: PTH122 - a Path costs ten times the time


def is_passed_over(relative: str) -> bool:
    """Whether a file met in a folder or an archive is left out without a word: hidden, or never an article."""
    if "/." in relative or "/__MACOSX/" in f"/{relative}" or relative.startswith("."):
        return True
    name = relative.rpartition("/")[2]
    return format_suffix(name) in IGNORED_SUFFIXES or name in IGNORED_NAMES


def stem_of(name: str) -> str:
    """A file's name without folder, ".gz" and suffix."""
    base = name.rpartition("/")[2]
    return os.path.splitext(base[:-3] if base.lower().endswith(".gz") else base)[0] or "document"  # noqa: PTH122


def _expand(name: str | Path, seen: _Seen) -> Iterator[_Found | Failure]:
    path = Path(name).expanduser()
    shown = _shown(str(path))
    try:
        is_folder, exists = path.is_dir(), path.exists() or path.is_symlink()
        real = os.path.realpath(path)
    except (OSError, ValueError) as error:  # a name that is too long, or with a NUL
        yield Failure(shown[:200], f"is no path: {error}", "check the name")
        return
    if is_folder:
        yield from _folder(str(path), real, seen)
        seen.folders.append(real)
    elif exists or not _WILD.search(str(name)):
        if not exists:
            yield Failure(shown, "does not exist", "check the path")
        elif not seen.holds(real):
            seen.files.add(real)
            yield _Found(str(path), path.name, real)
    else:
        yield from _matches(str(path), seen)


def _folder(folder: str, real: str, seen: _Seen) -> Iterator[_Found | Failure]:
    empty = True
    for found in _below(folder, real):
        empty = False
        if isinstance(found, Failure) or not (seen.holds(found.real) or _is_link_within(found, real)):
            yield found
    if empty:
        known = " ".join(SUFFIXES)
        problem = "is a folder without files to read"
        yield Failure(_shown(folder), problem, f"readable are {known}, and .gz of text")


def _is_link_within(found: _Found, root: str) -> bool:
    """Whether a link leads to a file that the same folder lists anyway."""
    return found.real != os.path.join(root, found.relative) and _lists(root, found.real)  # noqa: PTH118


def _lists(folder: str, real: str) -> bool:
    """Whether a folder that is walked lists a file."""
    within = folder.rstrip("/") + "/"
    return real.startswith(within) and not is_passed_over(real[len(within) :])


def _below(folder: str, real: str) -> Iterator[_Found | Failure]:
    """Every file below a folder: its own by name, then those of its folders."""
    start = "" if folder == "." else folder.rstrip("/") + "/"
    waiting = [""]
    while waiting:
        below = waiting.pop()
        here = start + below
        try:
            files, folders = _entries(here or ".")
        except OSError as error:
            yield _unreadable_folder(here, error)
            continue
        for name, is_link in files:
            if not is_passed_over(name):
                path = here + name
                yield _Found(path, below + name, os.path.realpath(path) if is_link else f"{real}/{below}{name}")
        waiting.extend(f"{below}{name}/" for name in reversed(folders))


def _entries(folder: str) -> tuple[list[tuple[str, bool]], list[str]]:
    """Names in one folder, sorted: files, with whether they are links, and folders that are not hidden or links."""
    files: list[tuple[str, bool]] = []
    folders: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not _is_folder(entry):
                files.append((entry.name, entry.is_symlink()))
            elif not entry.name.startswith(".") and not entry.is_symlink():
                folders.append(entry.name)
    return sorted(files), sorted(folders)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself, which must not take the files beside it along
        return False


def _unreadable_folder(folder: str, error: OSError) -> Failure:
    return Failure(_shown(folder.rstrip("/")), f"cannot be listed: {error.strerror}", "check its permissions")


def _matches(pattern: str, seen: _Seen) -> Iterator[_Found | Failure]:
    parts = pattern.split("/")
    fixed = next(i for i, part in enumerate(parts) if _WILD.search(part))
    root = "/".join(parts[:fixed]) + "/" if fixed else "./"
    found = False
    for relative in _globbed(root, "", parts[fixed:]):
        found = True
        real = os.path.realpath(root + relative) if seen.asked else ""
        if not seen.holds(real):
            if seen.several:
                seen.files.add(real)
            yield _Found(root + relative if fixed else relative, relative, real)
    if not found:
        yield Failure(_shown(pattern), "matches no file", "check the pattern, and quote it against the shell")


def _globbed(root: str, below: str, parts: list[str]) -> Iterator[str]:
    """Files below `root` that match the parts of a pattern; hidden ones only where the pattern names the dot."""
    part, *rest = parts
    try:
        files, folders = _entries(root + below)
    except OSError:
        return
    if part == _ANY_DEPTH:
        yield from _globbed(root, below, rest or ["*"])
        for name in folders:
            yield from _globbed(root, f"{below}{name}/", parts)
    elif rest and not _WILD.search(part):
        yield from _globbed(root, f"{below}{part}/", rest)
    else:
        names = folders if rest else [name for name, _ in files]
        for name in names:
            if fnmatch(name, part) and (part.startswith(".") or not name.startswith(".")):
                yield from _globbed(root, f"{below}{name}/", rest) if rest else (below + name,)


def _source(found: _Found) -> Source | Failure:
    shown = _shown(found.path)
    try:
        status = os.stat(found.path)  # noqa: PTH116 - a Path costs ten times the time
    except OSError as error:
        return Failure(shown, f"cannot be read: {error.strerror}", "check the path and its permissions")
    if not stat.S_ISREG(status.st_mode):
        return Failure(shown, "is no regular file", "name a file, a folder, or - for standard input")
    name = _shown(found.relative)
    gzipped = name.lower().endswith(".gz")
    return Source(shown, stem_of(name), name, path=found.path, gzipped=gzipped, size=status.st_size)


def _standard_input() -> io.BufferedReader:
    return sys.stdin.buffer  # type: ignore[return-value]


def _shown(path: str) -> str:
    """A path that can be printed and stored, whatever bytes the file system holds."""
    return os.fsencode(path).decode("utf-8", "replace")
