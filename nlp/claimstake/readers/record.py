"""One record as JSON into an article: an object of a JSON file, or a row of a table.

A record is {"id", "text" or "html", "title", "published", "url", ...}; keys that are not known are left alone.
claimstake's own output is read too where it carries the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from claimstake.errors import ReadError
from claimstake.readers import fields
from claimstake.readers.base import TEXT_NAMES, Failure, Limits, Source
from claimstake.readers.encodings import decode
from claimstake.records import Article

_SHAPE = '{"id": ..., "text": ..., "title": ..., "published": ...}'


def read(source: Source, limits: Limits) -> Iterator[Article | Failure]:
    """The article of one record."""
    decoded = decode(source.read(limits))
    try:
        value = json.loads(decoded.text)
    except (ValueError, RecursionError) as error:
        raise invalid(source, error) from error
    if not isinstance(value, dict):
        raise source.error(f"is a {type(value).__name__}, not an object", f"write {_SHAPE}")
    values = _unwrapped(value)
    try:
        name = _text_name(value, values, source, limits)
        article = fields.to_article(values, name, values[name], source.stem, source, limits)
    except ReadError as error:
        yield Failure.of(error, fields.identifier(values))
        return
    article.notes = [*decoded.notes, *article.notes]
    yield article


def invalid(where: Source, error: ValueError | RecursionError) -> ReadError:
    """The error for text that is no JSON."""
    if isinstance(error, json.JSONDecodeError):
        place = f"line {error.lineno}, " if error.lineno > 1 else ""
        return where.error(f"invalid JSON: {error.msg} at {place}column {error.colno}", "mend or remove it")
    problem = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:100]
    return where.error(f"invalid JSON: {problem}", "mend or remove it")


def _unwrapped(value: dict[str, Any]) -> dict[str, Any]:
    """The record itself; for a line of our own output, its "doc"."""
    doc = value.get("doc")
    return doc if isinstance(doc, dict) and "schema_version" in value else value


def _text_name(value: dict[str, Any], values: dict[str, Any], where: Source, limits: Limits) -> str:
    """The key that the text stands under.

    Raises:
        ReadError: there is none, or none that holds text.
    """
    filled = fields.text_name([key for key, item in values.items() if isinstance(item, str) and item], limits)
    if filled is not None:
        return filled
    if values is not value:
        raise where.error("is claimstake output without doc.text", "write it with its text, or read the article")
    named = fields.text_name(list(values), limits)
    if named is None:
        found = ", ".join(str(key)[:30] for key in list(values)[:8]) or "none"
        wanted = limits.text_column or " or ".join(TEXT_NAMES)
        mend = f"write {_SHAPE}, or name the key with text_column"
        raise where.error(f"has no text under {wanted}; keys: {found}", mend)
    if not values[named]:
        raise where.error(f"holds no text under {named!r}", "leave it out, or check how it was saved")
    problem = f"holds a {type(values[named]).__name__}, not text, under {named!r}"
    raise where.error(problem, "name another key or column with text_column")
