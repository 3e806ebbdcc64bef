"""Sources in, articles and failures out: one bad source or record never stops the others."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from claimstake.errors import ConfigError, ReadError
from claimstake.readers import metadata
from claimstake.readers.base import Failure, Limits, Source
from claimstake.readers.registry import READERS, SUFFIXES, magic, sniff
from claimstake.readers.sources import format_suffix, walk
from claimstake.records import Article

_HEAD = 4_096  # bytes looked at to tell the format
_NAMES = {"pdf": "a PDF document", "docx": "a Word document or another ZIP archive", "parquet": "a Parquet file"}
_TEXTUAL = ("text", "html", "json", "jsonl", "csv")


def read(
    sources: Iterable[str | Path], *, limits: Limits | None = None, input_format: str | None = None
) -> Iterator[Article | Failure]:
    """Read every source into articles, as they come; what cannot be read comes as a Failure in its place.

    Args:
        sources: files, folders, globs, or "-" for standard input.
        limits: how much to take in; the defaults of `Limits` where None.
        input_format: a key of `registry.READERS` to use whatever the suffixes say.

    Raises:
        ConfigError: `input_format` is not known. Nothing else is raised, whatever the sources hold.
    """
    if input_format is not None and input_format not in READERS:
        raise ConfigError(f"unknown input format {input_format!r}; known are {', '.join(READERS)}")
    return _read(sources, limits or Limits(), input_format)


def _read(sources: Iterable[str | Path], limits: Limits, input_format: str | None) -> Iterator[Article | Failure]:
    taken: dict[str, str] = {}
    for source in walk(sources, limits):
        if isinstance(source, Failure):
            yield source
            continue
        for item in _read_one(source, limits, input_format):
            yield _checked(item, source, taken) if isinstance(item, Article) else item


def _read_one(source: Source, limits: Limits, input_format: str | None) -> Iterator[Article | Failure]:
    """Everything in one source; whatever its reader runs into ends it with a Failure."""
    try:
        yield from READERS[input_format or _format(source, limits)](source, limits)
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
    with source.open(limits) as stream:
        head = stream.read(_HEAD)
    suffix = format_suffix(source.path) if source.path else ""
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


def _checked(article: Article, source: Source, taken: dict[str, str]) -> Article | Failure:
    """The article with an id of its own and a credible date, or the failure that its id is taken."""
    where = article.source or source.name
    if article.id in taken:
        longer = source.longer_id
        if article.id != source.stem or not longer or longer in taken:
            problem = f"duplicate id, first used by {taken[article.id]}"
            return Failure(where, problem, "give every document an id of its own", article.id)
        article.notes.append(f"id {article.id!r} is taken by {taken[article.id]}; {longer!r} is used")
        article.id = longer
    taken[article.id] = where
    if article.published and metadata.is_future(article.published):
        article.notes.append(f"published {article.published} lies in the future, ignored")
        article.published = None
    return article
