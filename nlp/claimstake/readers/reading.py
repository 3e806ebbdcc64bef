"""Sources in, articles and failures out, each article with an id of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from claimstake.readers.base import Failure, Limits
from claimstake.readers.items import Item
from claimstake.readers.streaming import articles, items
from claimstake.records import Article


def read(
    sources: Iterable[str | Path], *, limits: Limits | None = None, input_format: str | None = None
) -> Iterator[Article | Failure]:
    """Read every source into articles, as they come; what cannot be read comes as a Failure in its place.

    Args:
        sources: files, folders, globs, or "-" for standard input.
        limits: how much to take in; the defaults of `Limits` where None.
        input_format: one of `registry.FORMATS` to use whatever the suffixes say.

    Raises:
        ConfigError: `input_format` is not known. Nothing else is raised, whatever the sources hold.
    """
    return _read(items(sources, limits=limits, input_format=input_format), limits)


def _read(listed: Iterator[Item | Failure], limits: Limits | None) -> Iterator[Article | Failure]:
    taken: dict[str, str] = {}
    for item in listed:
        if isinstance(item, Failure):
            yield item
            continue
        for found in articles(replace(item, id=item.stem or item.id), limits):
            yield _with_own_id(found, item, taken) if isinstance(found, Article) else found


def _with_own_id(article: Article, item: Item, taken: dict[str, str]) -> Article | Failure:
    """The article with an id that nobody has, or the failure that its id is taken."""
    where = article.source or item.source
    if article.id in taken:
        if article.id != (item.stem or item.id):
            problem = f"duplicate id, first used by {taken[article.id]}"
            return Failure(where, problem, "give every document an id of its own", article.id)
        longer = next(name for name in _longer(item.id) if name not in taken)
        article.notes.append(f"id {article.id!r} is taken by {taken[article.id]}; {longer!r} is used")
        article.id = longer
    taken[article.id] = where
    return article


def _longer(name: str) -> Iterator[str]:
    """The id that a document's place gives it, then the same with numbers: two visits to one address."""
    yield name
    yield from (f"{name}-{number}" for number in count(2))
