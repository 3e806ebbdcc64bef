"""The articles that a benchmark runs over: those that ship with the package, or a user's."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, groupby, islice, zip_longest
from pathlib import Path

from claimstake import readers
from claimstake.readers import Failure
from claimstake.records import Article
from claimstake.training import check, inline
from claimstake.training.retrain import corpus_path


def packaged(most: int) -> list[Article]:
    """Up to `most` articles of the corpus that comes with claimstake, of each kind in turn.

    Raises:
        CorpusError: the corpus is not there, or an article does not parse.
    """
    found = check.files([corpus_path() / "articles"])
    kinds = [list(files) for _, files in groupby(found, key=lambda file: file.parent)]
    mixed = (file for file in chain.from_iterable(zip_longest(*kinds)) if file is not None)
    return [Article(**inline.read(file).article) for file in islice(mixed, most)]


def given(sources: Iterable[str | Path], most: int) -> tuple[list[Article], list[Failure]]:
    """The first `most` articles of some sources, and what could not be read on the way."""
    articles: list[Article] = []
    failures: list[Failure] = []
    for item in readers.read(sources):
        if isinstance(item, Failure):
            failures.append(item)
            continue
        articles.append(item)
        if len(articles) == most:
            break
    return articles, failures
