"""Sources in, work items out, and work items into articles: one bad source or record never stops the others.

`items` lists and hardly reads, so that one process feeds many; `articles` does the work, wherever it runs.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, TypeVar

from claimstake.errors import ConfigError, ReadError
from claimstake.readers import metadata
from claimstake.readers.base import Failure, Limits, Source
from claimstake.readers.items import Item
from claimstake.readers.position import Position
from claimstake.readers.registry import FORMATS, LISTERS, READERS, SUFFIXES, magic, sniff
from claimstake.readers.sources import format_suffix, walk
from claimstake.records import Article

_HEAD = 4_096  # bytes looked at to tell the format
_NAMES = {"pdf": "a PDF document", "docx": "a Word document or another ZIP archive", "parquet": "a Parquet file"}
_TEXTUAL = ("text", "html", "json", "jsonl", "csv")

T = TypeVar("T")


def items(
    names: Iterable[str | Path],
    *,
    limits: Limits | None = None,
    input_format: str | None = None,
    watch: Position | None = None,
) -> Iterator[Item | Failure]:
    """Every document of the sources as a work item, in their order; what cannot be listed is a Failure in its place.

    Memory stays that of the largest document and of the names in one folder.

    Args:
        names: files, folders, globs, or "-" for standard input.
        limits: how much to take in; the defaults of `Limits` where None.
        input_format: one of `registry.FORMATS` to use whatever the suffixes say.
        watch: is moved on as items are listed.

    Raises:
        ConfigError: `input_format` is not known. Nothing else is raised, whatever the sources hold.
    """
    if input_format is not None and input_format not in FORMATS:
        raise ConfigError(f"unknown input format {input_format!r}; known are {', '.join(FORMATS)}")
    return _items(names, limits or Limits(), input_format, watch)


def articles(item: Item, limits: Limits | None = None) -> Iterator[Article | Failure]:
    """Read one work item; whatever its reader runs into is a Failure."""
    stem, data = item.id, item.data
    source = Source(item.source, stem, item.id, data=data, gzipped=item.gzipped, encoding=item.encoding)
    for found in _guarded(source, READERS[item.format](source, limits or Limits())):
        yield _finished(found, item) if isinstance(found, Article) else found


def measure(names: Iterable[str | Path]) -> int | None:
    """Bytes of all files that `items` would list, as they lie on disk; None where standard input is among them."""
    total = 0
    for source in walk(names):
        if isinstance(source, Source):
            if source.size is None:
                return None
            total += source.size
    return total


def _items(
    names: Iterable[str | Path], limits: Limits, input_format: str | None, watch: Position | None
) -> Iterator[Item | Failure]:
    for source in walk(names):
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
    source = _held(source, limits) if source.once else source
    name = input_format or _format(source, limits)
    if name not in LISTERS:
        yield Item(source.name, source.id, name, _stored(source, limits), gzipped=source.gzipped, stem=source.stem)
        return
    for piece in LISTERS[name](source, limits):
        if isinstance(piece, Source):
            yield from _listed(piece, limits, input_format)
        else:
            yield piece


def _stored(source: Source, limits: Limits) -> bytes:
    """The bytes of one document as they are stored; ReadError where there are too many."""
    if source.size is None or source.size <= limits.max_bytes:
        with source.open_stored() as stream:
            data = stream.read(limits.max_bytes + 1)
        if len(data) <= limits.max_bytes:
            return data
        size = f"more than {limits.max_bytes:,} bytes"
    else:
        size = f"{source.size:,} bytes, more than {limits.max_bytes:,}"
    raise source.error(f"has {size}", "split it, or raise max_bytes")


def _held(source: Source, limits: Limits) -> Source:
    """A source that can be read twice."""
    return replace(source, data=_stored(source, limits), opener=None, once=False)


def _guarded(source: Source, found: Iterator[T]) -> Iterator[T | Failure]:
    """What is found in one source; whatever happens on the way ends it with a Failure."""
    try:
        yield from found
    except ReadError as error:
        yield Failure.of(error)
    except (EOFError, zlib.error):
        yield Failure(source.name, "is a damaged or cut gzip file", "download or pack it again")
    except OSError as error:
        if source.gzipped and error.errno is None:  # gzip.BadGzipFile, a checksum that does not fit
            yield Failure(source.name, f"is a damaged gzip file: {error}", "download or pack it again")
        else:
            yield Failure(source.name, f"cannot be read: {error.strerror}", "check the file and its permissions")
    except MemoryError:
        yield Failure(source.name, "takes more memory than there is", "split it")
    except Exception as error:  # noqa: BLE001 - parsers of others raise anything on damaged input
        problem = f"cannot be parsed ({type(error).__name__}: {str(error)[:120]})"
        yield Failure(source.name, problem, "save it in another format")


def _format(source: Source, limits: Limits) -> str:
    """The format by suffix, unless the first bytes contradict it; by the bytes where there is no known suffix."""
    suffix = format_suffix(source.id) if not source.id.startswith("stdin") else ""
    head = _head(source, limits)
    by_suffix = SUFFIXES.get(suffix)
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


def _head(source: Source, limits: Limits) -> bytes:
    stream: BinaryIO
    with source.open(limits) as stream:
        return stream.read(_HEAD)


def _finished(article: Article, item: Item) -> Article:
    """The article with what its container says, and a credible date."""
    article.url = article.url or item.url
    article.notes = [*item.notes, *article.notes]
    if article.published and metadata.is_future(article.published):
        article.notes.append(f"published {article.published} lies in the future, ignored")
        article.published = None
    return article
