"""A snapshot survives packing; what is damaged, too large or too new is said to be so."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimstake.interchange import snapshot
from claimstake.interchange.snapshot import Snapshot, SnapshotError, moved, pack, shown, trimmed, unpack
from claimstake.records import AnnotatedDocument, Claim, DocumentInfo, Entity, Qualifiers, Span

TEXT = "  Peking 北京 limits 😀 gállium\u0301 exports.\n"


def example(text: str = TEXT) -> Snapshot:
    first, second = (
        Entity(id=f"e{i}", label=label, text=word, start=start, end=start + len(word), canonical=word, confidence=0.5)
        for i, (label, word, start) in enumerate((("PLACE", "Peking", 2), ("MINERAL", "gállium\u0301", 21)), 1)
    )
    claim = Claim(
        id="c1",
        predicate="restricts_export_of",
        subject="e1",
        object="e2",
        qualifiers=Qualifiers(status="proposed"),
        evidence=Span(start=2, end=30),
    )
    info = DocumentInfo(id="a", sha256=hashlib.sha256(text.encode()).hexdigest(), text=text)
    return Snapshot(AnnotatedDocument(doc=info, entities=[first, second], claims=[claim]), offset=2, uncertainty=0.25)


def repacked(change: dict[str, object]) -> str:
    value = json.loads(zlib.decompress(base64.b64decode(pack(example()).partition(".")[2])))
    return "1." + base64.b64encode(zlib.compress(json.dumps(value | change).encode())).decode()


def test_what_is_packed_comes_back() -> None:
    """Text, offsets, claims, offset and uncertainty are the same."""
    packed = pack(example())
    assert unpack(packed) == example()
    assert packed.isascii()
    assert len(packed.split()) == 1


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_comes_back(text: str) -> None:
    """Every text that doccano can hold survives, and what is cut off its front is counted in code points."""
    info = DocumentInfo(id="a", sha256="0" * 64, text=text)
    kept, offset = trimmed(text)
    found = unpack(pack(Snapshot(AnnotatedDocument(doc=info, entities=[], claims=[]), offset)))
    assert found.document.doc.text == text
    assert text[found.offset : found.offset + len(kept)] == kept == text.strip()


@given(st.integers(0, len(pack(example())) - 1), st.sampled_from("Az0+/=. "))
def test_a_changed_letter_is_noticed(place: int, letter: str) -> None:
    """An edited value is a SnapshotError or still the same, never another snapshot or a crash."""
    packed = pack(example())
    try:
        found = unpack(packed[:place] + letter + packed[place + 1 :])
    except SnapshotError:
        return
    assert found == example()


@pytest.mark.parametrize(
    "value",
    [
        *(None, 3, {}, "", "1.", "x", "1.!!", pack(example())[:40]),
        *(repacked({"offset": offset}) for offset in (99, float("inf"), [1], "x")),
    ],
)
def test_damage_is_said(value: object) -> None:
    """What is no snapshot is named as damage."""
    with pytest.raises(SnapshotError, match="record of what was pushed"):
        unpack(value)


def test_claims_need_their_mentions() -> None:
    """A snapshot whose claim points at nothing is damaged."""
    broken = example().document.to_json()
    broken["entities"].pop()
    with pytest.raises(SnapshotError, match="mentions that it lacks"):
        unpack(repacked({"document": broken}))


def test_a_newer_version_asks_for_a_newer_program() -> None:
    """The message says what would read it."""
    with pytest.raises(SnapshotError, match="newer claimstake"):
        unpack("2." + pack(example()).partition(".")[2])


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that unpacks to more than the bound is damage."""
    monkeypatch.setattr(snapshot, "LARGEST", 1000)
    bomb = "1." + base64.b64encode(zlib.compress(b" " * 100_000)).decode()
    with pytest.raises(SnapshotError, match="damaged"):
        unpack(bomb)


def test_a_document_as_drawn_and_back() -> None:
    """Offsets of the example's text select the same words, and lead back to the document's."""
    found = example()
    drawn = shown(found)
    assert drawn.doc.text == TEXT.strip()
    assert [drawn.doc.text[e.start : e.end] for e in drawn.entities] == [e.text for e in found.document.entities]
    assert moved(drawn, TEXT, found.offset) == found.document
