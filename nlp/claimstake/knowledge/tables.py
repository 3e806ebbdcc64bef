"""Small data tables of the package: TOML and TSV files under data/, loaded once."""

from __future__ import annotations

import csv
import io
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from claimstake.errors import KnowledgeError


@cache
def toml(name: str) -> dict[str, Any]:
    """A TOML file of knowledge/data.

    Raises:
        KnowledgeError: the file is not TOML; names the file and the line.
    """
    path = files("claimstake") / "knowledge" / "data" / name
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise KnowledgeError(f"{name}: {error}") from error


@cache
def tsv(name: str) -> tuple[dict[str, str], ...]:
    """Rows of a tab-separated file of knowledge/data with a header line; lines that begin with # are left out."""
    path = files("claimstake") / "knowledge" / "data" / name
    text = path.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return tuple(csv.DictReader(io.StringIO("\n".join(lines)), delimiter="\t"))


@cache
def lines(name: str) -> frozenset[str]:
    """Lines of a text file of knowledge/data; those that begin with # and empty ones are left out."""
    path = files("claimstake") / "knowledge" / "data" / name
    return frozenset(
        line.strip()
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    )


@cache
def demonyms() -> dict[str, str]:
    """Adjective or inhabitant ("Chinese", "Dutch") to the id of its place."""
    return {row["adjective"]: row["place_id"] for row in tsv("demonyms.tsv")}
