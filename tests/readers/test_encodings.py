"""Bytes to text."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimstake.readers.encodings import decode, detect

WESTERN = "Le ministère a relevé les droits à l’exportation – jusqu’à 5 % – pour « l’uranium » : 12 €."
JAPANESE = "経済産業省は半導体製造装置の輸出を規制すると発表した。対象は23品目である。"
CHINESE = "商务部公布对镓、锗相关物项实施出口管制的公告，自2023年8月1日起正式实施。"
RUSSIAN = "Министерство промышленности сообщило об ограничении экспорта титана и урана."
KOREAN = "산업통상자원부는 흑연 수출 통제에 대응하겠다고 밝혔다. 대상은 23개 품목이다."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", [WESTERN, JAPANESE, "Plain ASCII."])
def test_marked_and_utf8(text: str, encoding: str) -> None:
    """UTF-8 and everything with a byte order mark is read exactly, without the mark and without a note."""
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.notes) == (text, [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_mark(encoding: str) -> None:
    """Latin text in UTF-16 is known by its zero bytes."""
    assert decode("China bans gallium exports.".encode(encoding)).text == "China bans gallium exports."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (WESTERN, "cp1252"),
        ("Zölle auf Lithium aus Australien und Graphit: 25 %", "latin-1"),
        ("The firm, Société Minière, pays a duty of £5 a tonne.", "latin-1"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (CHINESE, "gb18030"),
        (RUSSIAN, "cp1251"),
        (KOREAN, "cp949"),
    ],
)
def test_older_encodings_are_guessed(text: str, encoding: str) -> None:
    """The text comes out right, and a note names the guess."""
    decoded = decode(text.encode(encoding))
    assert decoded.text == text
    assert decoded.notes == [f"not UTF-8: decoded as {decoded.encoding}"]


def test_declared_encoding_counts_where_utf8_fails() -> None:
    """What an HTML page declares is taken before any guess, in the sense that browsers give it."""
    assert decode("wolfram – “tungsten”".encode("cp1252"), "iso-8859-1").text == "wolfram – “tungsten”"
    assert decode("ограничения".encode("koi8-r"), "koi8-r").text == "ограничения"


@pytest.mark.parametrize("declared", ["punycode", "zip", "no-such-thing", "rot13", "idna", "utf-7", "a\0b", ""])
def test_declared_nonsense_is_passed_over(declared: str) -> None:
    """A label that names no character set cannot break or slow the reader."""
    assert decode("Société Minière".encode("latin-1") * 1000, declared).text.startswith("Société Minière")


def test_broken_bytes_are_replaced_and_counted() -> None:
    """A damaged UTF-8 file stays UTF-8; each broken place is one replacement character."""
    decoded = decode("Beijing’s ban — ".encode() + b"\xe2\x80 and \xff.")
    assert decoded.text == "Beijing’s ban — \ufffd and \ufffd."
    assert decoded.notes == ["2 undecodable bytes replaced by U+FFFD (utf-8)"]


def test_odd_utf16_is_not_fatal() -> None:
    """A cut UTF-16 file loses only its last character."""
    decoded = decode("gallium".encode("utf-16") + b"\x41")
    assert decoded.text.startswith("gallium")
    assert "replaced" in decoded.notes[0]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "cp1252", "shift_jis", "big5"]))
def test_any_bytes_decode(data: bytes, declared: str | None) -> None:
    """No bytes raise, and what is valid UTF-8 is read as that."""
    assert isinstance(decode(data, declared).text, str)
    assert isinstance(detect(io.BytesIO(data)), str)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (WESTERN.encode(), "utf-8"),
        (WESTERN.encode("cp1252") * 100, "cp1252"),
        (b"a" * 3_000_000 + "é".encode(), "utf-8"),
        (b"a" * 3_000_000 + "é ".encode("latin-1"), "cp1252"),
        ("gallium".encode("utf-16"), "utf-16"),
        (b"", "utf-8"),
    ],
)
def test_detect_reads_the_whole_stream(data: bytes, expected: str) -> None:
    """The codec of a stream, also where the first megabytes are plain ASCII."""
    assert detect(io.BytesIO(data)) == expected
