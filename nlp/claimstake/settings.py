"""What the options of a command come to: a format and its sink, a configuration, a pipeline, reading options.

What is heavy is imported inside the functions, so that the command line answers at once.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimstake.errors import ConfigError

if TYPE_CHECKING:
    from spacy.language import Language

    from claimstake.batch import Options
    from claimstake.extend import Config
    from claimstake.ontology import Ontology


class Format(StrEnum):
    """What annotate writes."""

    jsonl = "jsonl"
    json = "json"
    brat = "brat"
    table = "table"


def sources_of(named: list[str] | None, examples: bool, purpose: str) -> list[str]:
    """What is to be read.

    Raises:
        ConfigError: nothing is; `purpose` says to do what.
    """
    names = [*(named or []), *([str(examples_folder())] if examples else [])]
    if not names:
        raise ConfigError(f"nothing to {purpose}; name files or folders, - for standard input, or --examples")
    return names


def examples_folder() -> Path:
    """The example articles: in the installed package, else in the checkout.

    Raises:
        ConfigError: neither is there.
    """
    packaged = Path(__file__).with_name("examples")
    checkout = Path(__file__).resolve().parents[2] / "corpus" / "examples"
    for folder in (packaged, checkout):
        if folder.is_dir():
            return folder
    raise ConfigError("the example articles are not installed; reinstall claimstake")


def choose_format(chosen: Format | None, as_json: bool, out: Path | None, examples: bool) -> Format:
    """The format asked for, else the one that the output's name or kind suggests."""
    if as_json:
        if chosen not in (None, Format.json):
            raise ConfigError(f"--json and --format {chosen.value} contradict each other")
        return Format.json
    if chosen is Format.brat and (out is None or out.is_file()):
        raise ConfigError("brat writes several files; name a folder with --out")
    if chosen is None and out is not None:
        suffix = out.name.removesuffix(".gz").rpartition(".")[2]
        chosen = {"json": Format.json, "txt": Format.table}.get(suffix, Format.jsonl)
    if out is not None and out.is_dir() and chosen is not Format.brat:
        raise ConfigError(f"{out} is a folder; name a file, or add --format brat")
    if chosen is not None:
        return chosen
    return Format.table if examples or sys.stdout.isatty() else Format.jsonl


@contextmanager
def open_sink(chosen: Format, out: Path | None, labels: Ontology | None) -> Iterator[Any]:
    """The sink of a format on a file, or on standard output."""
    from claimstake.sinks import brat, jsonl, table

    if chosen is Format.brat:
        yield brat.Brat(out or ".", ontology=labels)
        return
    kinds = {Format.jsonl: jsonl.JsonLines, Format.json: jsonl.JsonArray, Format.table: table.ClaimTable}
    with kinds[chosen](out or sys.stdout) as sink:
        yield sink


def read_config(paths: list[Path] | None) -> Config | None:
    """The users' files, None where there are none."""
    if not paths:
        return None
    from claimstake import extend

    return extend.read(paths)


@functools.cache
def _packaged() -> Language:
    """The packaged pipeline, loaded once for all commands of a process; nobody may change it."""
    from claimstake import pipeline

    return pipeline.load()


def load_pipeline(config: Config | None) -> Language:
    """The packaged pipeline, or a new one changed as a configuration asks."""
    if config is None:
        return _packaged()
    from claimstake import extend, pipeline

    return extend.apply(pipeline.load(), config)


def reading_options(
    config: Config | None,
    min_confidence: float | None,
    published: str | None,
    input_format: str | None,
    text_column: str | None,
    max_chars: int | None,
    *,
    text: bool = False,
    skip: Path | None = None,
) -> Options:
    """How documents are read and what is kept; an option outweighs the configuration.

    Raises:
        ConfigError: `published` is no date, or lies in the future.
    """
    from claimstake.batch import Options
    from claimstake.readers import Limits

    level = min_confidence if min_confidence is not None else (config.min_confidence if config else None)
    limits = Limits(max_chars=max_chars or Limits.max_chars, text_column=text_column)
    return Options(limits, input_format, published_date(published), level or 0.0, text, (str(skip),) if skip else ())


def published_date(published: str | None) -> str | None:
    """A date that a user gave, in EDTF.

    Raises:
        ConfigError: it is no date, or lies in the future.
    """
    from claimstake.readers import metadata

    if published is None:
        return None
    found = metadata.parse_date(published)
    if found is None:
        raise ConfigError(f"--published {published!r} is no date; write it as 2025-02-04")
    if metadata.is_future(found):
        raise ConfigError(f"--published {published!r} lies in the future")
    return found
