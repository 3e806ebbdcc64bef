"""Offsets of doccano's page (UTF-16 code units) are code points again after the way there and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from claimstake.interchange.drawing import DrawnSpan, Layer
from claimstake.interchange.offsets import Units, in_code_points, in_units

TEXTS = st.text(st.sampled_from("a中😀👨‍👩‍👧é́\r\n🇺🇸 "), max_size=30)


@given(TEXTS)
def test_units_are_those_of_utf_16(text: str) -> None:
    """Every code point has the offset that its UTF-16 form has, and comes back from it."""
    units = Units(text)
    for point in range(len(text) + 1):
        unit = len(text[:point].encode("utf-16-le")) // 2
        assert units.unit(point) == unit
        assert units.point(unit) == units.point(unit, end=True) == point


def test_a_unit_inside_a_character_keeps_the_character() -> None:
    """Half of an emoji is widened to the whole of it at both ends."""
    units = Units("a😀b")
    assert (units.point(2), units.point(2, end=True)) == (1, 2)


@given(TEXTS, st.data())
def test_a_layer_comes_back(text: str, data: st.DataObject) -> None:
    """Spans that are written in units are read in code points; nothing else of the layer changes."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    layer = Layer((DrawnSpan(1, "PLACE", start, end, 0.5),), (), ("name: a = b",), "ann", True)
    assert in_code_points(in_units(layer, text), text) == layer


def test_what_the_page_of_doccano_drew() -> None:
    """Offsets that a mouse gave on the page of doccano 1.8.4, grapheme mode off, name the words that it ran over."""
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    text = (
        "China \U0001f600 banned gallium.\nCafe\u0301 owners in re\u0301gion sell germanium.\r\n"
        f"{family} family wants lithium \u4e2d\u6587 and \U0001f1fa\U0001f1f8 wants cobalt.\r\n"
        "The end is antimony here."
    )
    drawn = {"germanium": (54, 63), "lithium": (88, 95), "cobalt": (114, 120), "antimony": (134, 142)}
    layer = Layer(tuple(DrawnSpan(i, "MINERAL", *b) for i, b in enumerate(drawn.values())))
    assert [text[s.start : s.end] for s in in_code_points(layer, text).spans] == list(drawn)
