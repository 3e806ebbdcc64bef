"""Sources in, work items out, and work items into articles: one bad source or record never stops the others.

`items` lists and hardly reads, so that one process feeds many; `articles` does the work, wherever it runs.
"""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from claimstake.errors import ConfigError, ReadError
from claimstake.readers import metadata
from claimstake.readers.base import Failure, Limits, Source
from claimstake.readers.items import Item
from claimstake.readers.position import Position
from claimstake.readers.registry import ARCHIVES, FORMATS, LISTERS, ONE_PASS, READERS, SUFFIXES, magic, sniff
from claimstake.readers.sources import format_suffix, walk
from claimstake.readers.unpacking import GZIP, head_of, rejoined
from claimstake.records import Article

_HEAD = 4_096  # bytes looked at to tell the format
_SMALL = 1 << 20  # bytes of a file that is read at once
_NAMES = {
    "pdf": "a PDF document",
    "docx": "a Word document or another ZIP archive",
    "zip": "a Word document or another ZIP archive",
    "parquet": "a Parquet file",
}
_TEXTUAL = ("text", "html", "json", "jsonl", "csv")
_SOUGHT_IN = ("zip", "parquet")  # within an archive that cannot be sought in
_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError)
_PACK_AGAIN = "download or pack it again"

T = TypeVar("T")


def items(
    names: Iterable[str | Path],
    *,
    limits: Limits | None = None,
    input_format: str | None = None,
    watch: Position | None = None,
    without: Sequence[Path] = (),
) -> Iterator[Item | Failure]:
    """Every document of the sources as a work item, in their order; what cannot be listed is a Failure in its place.

    Memory stays that of the largest document and of the names in one folder.

    Args:
        names: files, folders, globs, or "-" for standard input.
        limits: how much to take in; the defaults of `Limits` where None.
        input_format: one of `registry.FORMATS` to use whatever the suffixes say.
        watch: is moved on as items are listed.
        without: files and folders that are passed over wherever they are met, such as what a run writes.

    Raises:
        ConfigError: `input_format` is not known. Nothing else is raised, whatever the sources hold.
    """
    if input_format is not None and input_format not in FORMATS:
        raise ConfigError(f"unknown input format {input_format!r}; known are {', '.join(FORMATS)}")
    return _items(walk(names, without=without), limits or Limits(), input_format, watch)


def listed(
    sources: Iterable[Source | Failure], limits: Limits | None = None, input_format: str | None = None
) -> Iterator[Item | Failure]:
    """Work items of sources that are found already, such as by `sources.below`; failures go by."""
    return _items(sources, limits or Limits(), input_format, None)


def articles(item: Item, limits: Limits | None = None) -> Iterator[Article | Failure]:
    """Read one work item; whatever its reader runs into is a Failure."""
    stem, data = item.id, item.data
    source = Source(item.source, stem, item.id, data=data, gzipped=item.gzipped, encoding=item.encoding)
    for found in _guarded(source, READERS[item.format](source, limits or Limits())):
        yield _finished(found, item) if isinstance(found, Article) else found


def measure(names: Iterable[str | Path], *, without: Sequence[Path] = ()) -> int | None:
    """Bytes of all files that `items` would list, as they lie on disk; None where standard input is among them."""
    total = 0
    for source in walk(names, without=without):
        if isinstance(source, Source):
            if source.size is None:
                return None
            total += source.size
    return total


def _items(
    sources: Iterable[Source | Failure], limits: Limits, input_format: str | None, watch: Position | None
) -> Iterator[Item | Failure]:
    for source in sources:
        if isinstance(source, Failure):
            yield source
            continue
        yield from _listed(replace(source, watch=watch) if watch else source, limits, input_format)
        if watch:
            watch.finish(source.size or 0)


def _listed(source: Source, limits: Limits, input_format: str | None) -> Iterator[Item | Failure]:
    yield from _guarded(source, _pieces(source, limits, input_format))


def _pieces(source: Source, limits: Limits, input_format: str | None) -> Iterator[Item | Failure]:
    """The items of one source, whether it is a document or holds several."""
    head, data, source = _looked_into(source, limits)
    name, gzipped = _format(source, head, input_format), _is_gzipped(source, head)
    if name in ARCHIVES and source.depth >= limits.max_nesting:
        raise source.error(f"lies in {source.depth} archives, one in the other", "unpack it, or raise max_nesting")
    if name not in LISTERS:
        data = _stored(source, limits) if data is None else data
        yield Item(source.name, source.id, name, data, gzipped=gzipped, stem=source.stem)
        return
    if data is None and (source.once and name not in ONE_PASS or source.depth and name in _SOUGHT_IN):
        data = _stored(source, limits)
    if data is not None or gzipped != source.gzipped:
        source = _held(source, data, gzipped=gzipped)
    for piece in LISTERS[name](source, limits):
        if isinstance(piece, Source):
            yield from _listed(piece, limits, input_format)
        else:
            yield piece


def _looked_into(source: Source, limits: Limits) -> tuple[bytes, bytes | None, Source]:
    """First bytes of a source, all of them where it is small, and the source still at its beginning."""
    if source.size is not None and source.size <= min(_SMALL, limits.max_bytes):
        data = _stored(source, limits)
        return data[:_HEAD], data, source
    if source.once:
        stream = source.open_stored()
        head = stream.read(_HEAD)
        return head, None, replace(source, opener=lambda: rejoined(head, stream))
    with source.open_stored() as stream:
        return stream.read(_HEAD), None, source


def _is_gzipped(source: Source, head: bytes) -> bool:
    """By its name; by its bytes where the name says nothing about them."""
    return source.gzipped or head.startswith(GZIP) and format_suffix(source.id) not in SUFFIXES


def _stored(source: Source, limits: Limits) -> bytes:
    """The bytes of one document as they are stored; ReadError where there are too many."""
    most = limits.max_bytes
    if source.size is not None and source.size > most:
        raise source.error(f"has {source.size:,} bytes, more than {most:,}", "split it, or raise max_bytes")
    with source.open_stored() as stream:
        data = stream.read((most if source.size is None else source.size) + 1)
    if len(data) > most:
        raise source.error(f"has more than {most:,} bytes", "split it, or raise max_bytes")
    return data


def _held(source: Source, data: bytes | None, *, gzipped: bool) -> Source:
    """The source with its bytes, where there are any, so that it can be read as often as needed."""
    if data is None:
        return replace(source, gzipped=gzipped)
    return replace(source, path=None, data=data, opener=None, once=False, size=len(data), gzipped=gzipped)


def _guarded(source: Source, found: Iterator[T]) -> Iterator[T | Failure]:
    """What is found in one source; whatever happens on the way ends it with a Failure."""
    try:
        yield from found
    except Exception as error:  # noqa: BLE001 - parsers of others raise anything on damaged input
        yield _told(error, source)


def _told(error: Exception, source: Source) -> Failure:
    """An error as a user should read it."""
    if isinstance(error, ReadError):
        return Failure.of(error)
    if isinstance(error, MemoryError):
        return Failure(source.name, "takes more memory than there is", "split it")
    if isinstance(error, OSError) and error.errno is not None:
        return Failure(source.name, f"cannot be read: {error.strerror}", "check the file and its permissions")
    if isinstance(error, EOFError | zlib.error) and source.gzipped:
        return Failure(source.name, "is a damaged or cut gzip file", _PACK_AGAIN)
    if isinstance(error, _DAMAGE):
        is_packing = isinstance(error, tarfile.TarError | zipfile.BadZipFile)
        kind = "a damaged gzip file" if source.gzipped and not is_packing else "damaged"
        return Failure(source.name, f"is {kind}: {str(error)[:120]}", _PACK_AGAIN)
    if isinstance(error, NotImplementedError) and source.depth:
        return Failure(source.name, f"cannot be unpacked: {str(error)[:120]}", "pack it with deflate")
    problem = f"cannot be parsed ({type(error).__name__}: {str(error)[:120]})"
    return Failure(source.name, problem, "save it in another format")


def _format(source: Source, head: bytes, input_format: str | None) -> str:
    """The format by suffix, unless the first bytes contradict it; by the bytes where there is no known suffix.

    Args:
        head: its first bytes, as they are stored.
        input_format: is used whatever suffix and bytes say; archives are opened to read their members by it.
    """
    suffix = format_suffix(source.id) if source.id != "stdin" else ""
    by_suffix = SUFFIXES.get(suffix)
    if input_format and by_suffix not in ARCHIVES:
        return input_format
    head = head_of(head) if _is_gzipped(source, head) else head
    by_bytes = magic(head)
    if by_suffix in _TEXTUAL and by_bytes in _NAMES:
        raise source.error(f"is {_NAMES[by_bytes]} with the suffix {suffix}", "give it the suffix of its real format")
    if by_suffix:
        return by_suffix
    sniffed = sniff(head)
    if sniffed == "binary":
        known = " ".join(SUFFIXES)
        raise source.error(f"is binary data of an unknown format ({suffix or 'no suffix'})", f"readable are {known}")
    return sniffed


def _finished(article: Article, item: Item) -> Article:
    """The article with what its container says, and a credible date."""
    article.url = article.url or item.url
    article.published = article.published or item.published
    article.notes = [*item.notes, *article.notes]
    if article.published and metadata.is_future(article.published):
        article.notes.append(f"published {article.published} lies in the future, ignored")
        article.published = None
    return article
