"""Annotated documents as they lie on disk: JSON Lines, JSON, packed or not, alone or in folders."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from claimstake.errors import CorpusError

GOLD = ".gold.json"
SUFFIXES = (".jsonl", ".json", ".jsonl.gz", ".json.gz")
ARTICLES = "articles.jsonl"  # texts beside gold annotations, no annotations themselves

Record = dict[str, Any]


def records(path: Path) -> Iterator[tuple[str, Record]]:
    """Every annotated document of a file or folder, with where it stands: of a folder its *.gold.json files if any.

    Raises:
        CorpusError: there is no such path, no record in it, or one that is not JSON or no annotated document.
    """
    found = False
    for file in _files(path):
        for where, record in _read(file):
            found = True
            if not isinstance(record, dict) or not isinstance(record.get("doc"), dict):
                raise CorpusError(f"{where}: is no annotated document (no doc); claimstake annotate writes such")
            yield where, record
    if not found:
        raise CorpusError(f"{path}: no annotated documents there ({', '.join(SUFFIXES)})")


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise CorpusError(f"{path}: there is no such file or folder")
    if not path.is_dir():
        return [path]
    inside = sorted(p for p in path.rglob("*") if p.name.endswith(SUFFIXES) and p.name != ARTICLES)
    return [p for p in inside if p.name.endswith(GOLD)] or inside


def _read(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = raw.decode("utf-8")
    except (EOFError, gzip.BadGzipFile, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: cannot be read: {error}") from error
    if path.name.removesuffix(".gz").endswith(".json"):
        value = _parsed(text, str(path))
        rows = value if isinstance(value, list) else [value]
        yield from ((f"{path}: document {number}", row) for number, row in enumerate(rows, 1))
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield f"{path}:{number}", _parsed(line, f"{path}:{number}")


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{where}: is not JSON: {error}") from error
