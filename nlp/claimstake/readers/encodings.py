"""Bytes to text: byte order marks, UTF-8, then a guess; broken bytes are replaced and reported, never fatal."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import BinaryIO

from charset_normalizer import from_bytes

# UTF-32 before UTF-16: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = "cp1252"
# Python codecs that are no character sets; decoding punycode takes quadratic time.
_NO_CHARSET = {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "utf-7", "utf-8", "undefined"}
# Labels that browsers read as the larger set (WHATWG Encoding Standard, section 4.2).
_AS_BROWSERS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932"}
_SAMPLE = 65_536  # bytes shown to the guesser; more only costs time
_CHUNK = 1 << 20
_FEW_NON_ASCII = 0.3  # share of letters: French and German stay below 0.15, Cyrillic in Latin disguise lies above 0.8
_WESTERN_CHARS = re.compile(
    "[\u00a0-\u00ff\u20ac\u201a\u0192\u201e\u2026\u2020-\u2022\u2030\u0160\u0161\u2039\u203a"
    "\u0152\u0153\u017d\u017e\u0178\u2018\u2019\u201c\u201d\u2013\u2014\u02c6\u02dc\u2122]"
)
# "po³ska": a sign inside a word shows that the guess is wrong; so do three accented letters in a row.
_NOT_WESTERN = re.compile(r"[A-Za-z][¹²³¼½¾¿ºª¶§¤¦][A-Za-z]|[À-ÖØ-öø-ÿ²³¹¿¼½¾º»±·¸µ´¶]{3}")


@dataclass(frozen=True)
class Decoded:
    """Text, the codec that gave it, and what the user should know about it."""

    text: str
    encoding: str
    notes: list[str]


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Decode a whole document; the byte order mark is dropped, nothing else is changed.

    Args:
        data: raw bytes.
        declared: codec that the document itself names (HTML); tried where there is no mark and UTF-8 fails.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _decoded(data, codec)
    if wide := _unmarked_utf16(data):
        return _decoded(data, wide)
    try:
        return Decoded(data.decode("utf-8"), "utf-8", [])
    except UnicodeDecodeError:
        return _decoded(data, guess(data, declared))


def guess(data: bytes, declared: str | None = None) -> str:
    """Name the codec of bytes that are not valid UTF-8."""
    named = _trusted(declared)
    if named and _fits(data, named):
        return named
    if _is_damaged_utf8(data):
        return "utf-8"
    if _is_western(data):
        return _WESTERN
    best = from_bytes(_sample(data)).best()
    return best.encoding if best else _WESTERN


def detect(stream: BinaryIO) -> str:
    """Name the codec of a stream, in one pass and constant memory."""
    head = stream.read(4096)
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return codec
    if wide := _unmarked_utf16(head):
        return wide
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk = head
    try:
        while chunk:
            decoder.decode(chunk)
            chunk = stream.read(_CHUNK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return guess(chunk)
    return "utf-8"


def note_of(encoding: str) -> list[str]:
    """What the user should know about the codec itself."""
    if encoding.startswith(("utf", "ascii")):
        return []
    return [f"not UTF-8: decoded as {encoding}"]


def _decoded(data: bytes, codec: str) -> Decoded:
    notes = note_of(codec)
    try:
        return Decoded(data.decode(codec), codec, notes)
    except UnicodeDecodeError:
        text = data.decode(codec, "replace")
    broken = text.count("\ufffd")
    return Decoded(text, codec, [*notes, f"{broken} undecodable bytes replaced by U+FFFD ({codec})"])


def _trusted(declared: str | None) -> str | None:
    """The codec that a page's label stands for in browsers; None for labels that name no character set."""
    try:
        name = codecs.lookup(declared or "").name
    except (LookupError, ValueError):
        return None
    return None if name in _NO_CHARSET else _AS_BROWSERS.get(name, name)


def _fits(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _unmarked_utf16(data: bytes) -> str | None:
    """Latin text as UTF-16 without a mark, whose every other byte is NUL (which is valid UTF-8)."""
    sample = data[:4096]
    half = len(sample) // 2
    if half < 2 or 0 not in sample:
        return None
    for codec, nuls in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        if nuls.count(0) > 0.4 * half and sample.count(0) < 1.2 * half and _fits(data[: len(data) // 2 * 2], codec):
            return codec
    return None


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether there are as many valid multi-byte characters as broken bytes, or more."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    valid = len(text) - len(text.encode("ascii", "ignore")) - broken
    return valid >= broken


def _is_western(data: bytes) -> bool:
    """Whether the bytes read as Western European text, which statistical guessers often miss when accents are few."""
    try:
        text = data.decode(_WESTERN)
    except UnicodeDecodeError:
        return False
    ascii_letters = sum(map(len, re.findall(r"[A-Za-z]+", text)))
    others = [char for char in text if char > "\x7f"]
    if len(others) > _FEW_NON_ASCII * max(ascii_letters, 1):
        return False
    return all(_WESTERN_CHARS.match(char) for char in set(others)) and not _NOT_WESTERN.search(text)


def _sample(data: bytes) -> bytes:
    """The stretch around the first non-ASCII byte."""
    found = re.search(rb"[\x80-\xff]", data)
    start = max(0, found.start() - _SAMPLE // 4) if found else 0
    return data[start : start + _SAMPLE]
