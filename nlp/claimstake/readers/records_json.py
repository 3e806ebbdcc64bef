"""JSON: one record, a list of records, or JSON Lines; claimstake's own output is read too where it carries the text.

A record is {"id", "text" or "html", "title", "published", "url", ...}; keys that are not known are left alone. A bad
record becomes a Failure that names its line or position, and the others go on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from claimstake.errors import ReadError
from claimstake.readers import fields
from claimstake.readers.base import TEXT_NAMES, Failure, Limits, Source
from claimstake.readers.encodings import decode
from claimstake.records import Article

_ESCAPED_CHAR = 12  # bytes that one character takes at most in JSON: a surrogate pair of \uXXXX
_SLACK = 65_536  # bytes of a line that are not its text
_MARKED_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read(source: Source, limits: Limits) -> Iterator[Article | Failure]:
    """The records of a JSON file: an object, a list of objects, or lines of objects."""
    decoded = decode(source.read(limits, at_most=limits.max_bytes))
    try:
        value = _parsed(decoded.text)
    except ValueError as error:
        if "Extra data" not in str(error):
            raise _invalid(source, error) from error
        yield from read_lines(source, limits)
        return
    if not isinstance(value, list):
        yield _record(value, source, source.stem, limits, decoded.notes)
        return
    if not value:
        raise source.error("is an empty list", "leave it out")
    for number, item in enumerate(value, 1):
        where = replace(source, name=f"{source.name}: record {number}")
        yield _record(item, where, f"{source.stem}-{number}", limits, decoded.notes)


def read_lines(source: Source, limits: Limits) -> Iterator[Article | Failure]:
    """The records of a JSON Lines file, one line in memory at a time."""
    longest = limits.max_chars * _ESCAPED_CHAR + _SLACK
    filled = False
    with source.open(limits) as stream:
        for number, line in enumerate(_lines(stream, longest), 1):
            where = replace(source, name=f"{source.name}: line {number}")
            if line is None:
                yield Failure(where.name, f"line is longer than {longest:,} bytes", "split it, or raise max_chars")
            elif line.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
                yield _line(line, where, f"{source.stem}-{number}", limits)
            filled = filled or line is None or bool(line.strip())
    if not filled:
        raise source.error("holds no text", "leave it out, or check how it was saved")


def _lines(stream: BinaryIO, longest: int) -> Iterator[bytes | None]:
    """Lines without a byte order mark; None stands for one that is too long."""
    head = stream.read(2)
    if head in _MARKED_UTF16:
        text = (head + stream.read()).decode("utf-16", "replace")
        yield from (line.encode("utf-8", "replace") for line in text.split("\n"))
        return
    line = head if head.endswith(b"\n") else head + stream.readline(longest)
    line = line.removeprefix(b"\xef\xbb\xbf")
    while line:
        if len(line) >= longest and not line.endswith(b"\n"):
            _skip_line(stream)
            yield None
        else:
            yield line
        line = stream.readline(longest)


def _skip_line(stream: BinaryIO) -> None:
    while (rest := stream.readline(1 << 20)) and not rest.endswith(b"\n"):
        pass


def _line(line: bytes, where: Source, fallback_id: str, limits: Limits) -> Article | Failure:
    decoded = decode(line)
    try:
        value = _parsed(decoded.text)
    except ValueError as error:
        return Failure.of(_invalid(where, error))
    return _record(value, where, fallback_id, limits, decoded.notes)


def _record(value: Any, where: Source, fallback_id: str, limits: Limits, notes: list[str]) -> Article | Failure:
    if not isinstance(value, dict):
        return Failure(where.name, f"is a {type(value).__name__}, not an object", f"write {_shape()}")
    values = _unwrapped(value)
    identifier = fields.identifier(values)
    name = fields.text_name([key for key, item in values.items() if isinstance(item, str) and item], limits)
    try:
        if name is None:
            raise _without_text(value, values, where, limits)
        article = fields.to_article(values, name, values[name], fallback_id, where, limits)
    except ReadError as error:
        return Failure.of(error, identifier)
    article.notes = [*notes, *article.notes]
    return article


def _unwrapped(value: dict[str, Any]) -> dict[str, Any]:
    """The record itself; for a line of our own output, its "doc"."""
    doc = value.get("doc")
    return doc if isinstance(doc, dict) and "schema_version" in value else value


def _without_text(value: dict[str, Any], values: dict[str, Any], where: Source, limits: Limits) -> ReadError:
    if values is not value:
        return where.error("is claimstake output without doc.text", "write it with its text, or read the article")
    found = ", ".join(str(key)[:30] for key in list(values)[:8]) or "none"
    wanted = limits.text_column or " or ".join(TEXT_NAMES)
    mend = f"write {_shape()}, or name the key with text_column"
    return where.error(f"has no text under {wanted}; keys: {found}", mend)


def _shape() -> str:
    return '{"id": ..., "text": ..., "title": ..., "published": ...}'


def _parsed(text: str) -> Any:
    """JSON value; too deep a nesting is a ValueError like any other fault."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _invalid(where: Source, error: ValueError) -> ReadError:
    if isinstance(error, json.JSONDecodeError):
        place = f"line {error.lineno}, " if error.lineno > 1 else ""
        return where.error(f"invalid JSON: {error.msg} at {place}column {error.colno}", "mend or remove it")
    return where.error(f"invalid JSON: {str(error)[:100]}", "mend or remove it")
