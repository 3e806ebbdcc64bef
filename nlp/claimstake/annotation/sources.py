"""What is pushed: annotated documents as they are, articles through the pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from claimstake.annotation.order import Signals
from claimstake.errors import ClaimstakeError, ConfigError
from claimstake.interchange import formats
from claimstake.interchange.contract import Format, Losses
from claimstake.records import AnnotatedDocument

if TYPE_CHECKING:
    from spacy.language import Language

    from claimstake.batch import Options

ANNOTATED = ("records", "corpus")  # formats that are taken as they are; others go through claimstake convert
STANDARD_INPUT = "-"


@dataclass
class Gathered:
    """Documents with their texts, each id once, in the order of the sources.

    Attributes:
        signals: what the pipeline knows of its own doubt, by document id, for documents that went through it here.
        failures: what could not be read or annotated, by file or id, with the reason.
    """

    documents: list[AnnotatedDocument] = field(default_factory=list)
    signals: dict[str, Signals] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def gather(
    names: Iterable[str],
    options: Options,
    load: Callable[[], Language],
    watch: Callable[[AnnotatedDocument], None] = lambda document: None,
) -> Gathered:
    """Read all sources.

    Args:
        names: files, folders, globs, - for standard input.
        options: for articles; texts are kept.
        load: the pipeline; called once, and only where there is an article.
        watch: told of every document.
    """
    found, known = Gathered(), {}
    for document in _documents(names, options, load, found):
        watch(document)
        name, text = document.doc.id, document.doc.text
        if text is None:
            found.failures[name] = "the record does not carry its text (write it with claimstake annotate --text)"
        elif name not in known:
            known[name] = text
            found.documents.append(document)
        elif known[name] != text:
            found.failures[f"{name} (again)"] = "another document of the sources has this id; give one of them another"
    return found


def _documents(
    names: Iterable[str], options: Options, load: Callable[[], Language], found: Gathered
) -> Iterator[AnnotatedDocument]:
    from claimstake import batch
    from claimstake.annotation import signals
    from claimstake.readers import Failure

    load = cache(load)
    for name in names:
        as_is = _format(name)
        if as_is is not None:
            yield from _annotated(as_is, Path(name), found.failures)
            continue
        nlp = load()
        for item in batch.run(nlp, [name], options):
            if isinstance(item, Failure):
                found.failures[item.source] = str(item).removeprefix(f"{item.source}: ")
            else:
                found.signals.setdefault(item.record.doc.id, signals.of(nlp, item.doc))
                yield item.record


def _format(name: str) -> Format | None:
    """The format of annotated documents; None for articles, and for what is not there: the readers say so."""
    if name == STANDARD_INPUT or not Path(name).exists():
        return None
    try:
        found = formats.recognised(Path(name))
    except ConfigError:
        return None
    return found if found.name in ANNOTATED else None


def _annotated(form: Format, path: Path, failures: dict[str, str]) -> Iterator[AnnotatedDocument]:
    losses = Losses()
    try:
        yield from form.read(path, losses)
    except ClaimstakeError as error:
        failures[str(path)] = str(error).removeprefix(f"{path}: ")
    failures.update(losses.failures)
