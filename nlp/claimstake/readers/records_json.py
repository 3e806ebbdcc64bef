"""JSON: one record, a list of records, or JSON Lines, listed without being read (`record` does that).

A bad record names its line or position, and the others go on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from claimstake.readers.base import Failure, Limits, Source
from claimstake.readers.encodings import decode
from claimstake.readers.items import Item
from claimstake.readers.record import invalid

_ESCAPED_CHAR = 12  # bytes that one character takes at most in JSON: a surrogate pair of \uXXXX
_SLACK = 65_536  # bytes of a line that are not its text
_MARKED_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BLANK = b" \t\r\n\0\xef\xbb\xbf\xff\xfe"
_SPACE = re.compile(r"[ \t\r\n]*")


def records(source: Source, limits: Limits) -> Iterator[Item | Failure]:
    """The records of a JSON file: an object, a list of objects, or lines of objects."""
    decoded = decode(source.read(limits, at_most=limits.max_bytes))
    text = decoded.text
    start = _after_space(text, 0)
    if text.startswith("[", start):
        yield from _listed(text, start + 1, source, decoded.notes)
        return
    try:
        _, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        raise invalid(source, error) from error
    if _after_space(text, end) < len(text):
        yield from lines(source, limits)
    else:
        data = text[start:end].encode("utf-8", "surrogatepass")
        yield Item(source.name, source.id, "record", data, stem=source.stem, notes=tuple(decoded.notes))


def lines(source: Source, limits: Limits) -> Iterator[Item | Failure]:
    """The records of a JSON Lines file, one line in memory at a time."""
    longest = limits.max_chars * _ESCAPED_CHAR + _SLACK
    filled = False
    with source.open(limits) as stream:
        for number, line in enumerate(_lines(stream, longest), 1):
            if line is None:
                name = f"{source.name}: line {number}"
                yield Failure(name, f"line is longer than {longest:,} bytes", "split it, or raise max_chars")
            elif record := line.strip(_BLANK):
                yield source.record(record, "line", number)
            filled = filled or line is None or bool(line.strip())
    if not filled:
        raise source.error("holds no text", "leave it out, or check how it was saved")


def _listed(text: str, position: int, source: Source, notes: list[str]) -> Iterator[Item]:
    """The values of a JSON list, each cut out as it stands, so that only one is ever parsed."""
    decoder, number = json.JSONDecoder(), 0
    position = _after_space(text, position)
    if text.startswith("]", position):
        raise source.error("is an empty list", "leave it out")
    while True:
        try:
            _, end = decoder.raw_decode(text, position)
            mark = _after_space(text, end)
            if text[mark : mark + 1] not in ("]", ","):
                raise json.JSONDecodeError("Expecting ',' delimiter", text, mark)
        except (ValueError, RecursionError) as error:
            raise invalid(source, error) from error
        number += 1
        yield source.record(text[position:end].encode("utf-8", "surrogatepass"), "record", number, notes)
        if text[mark] == "]":
            return
        position = _after_space(text, mark + 1)


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


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
