"""Code points against the UTF-16 code units that pages in JavaScript count: doccano's, with grapheme mode off.

The two differ after every character beyond U+FFFF: an emoji is one code point and two units. doccano's server keeps
whatever its page sends and shows whatever it is given, so spans are written and read in units (see docs/doccano.md).
With grapheme mode on the page counts grapheme clusters, which cannot be told from code points by looking at an offset.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

from claimstake.interchange.drawing import Layer

WIDEST = 0xFFFF  # the last character that is one unit


class Units:
    """Offsets of one text in both counts.

    Args:
        text: as the server has it.
    """

    def __init__(self, text: str) -> None:
        # The i-th character of two units begins at code point `points[i]` and at unit `points[i] + i`.
        self.points = [] if text.isascii() else [i for i, c in enumerate(text) if ord(c) > WIDEST]
        self.units = [point + i for i, point in enumerate(self.points)]

    def unit(self, point: int) -> int:
        """The unit at which a code point begins; offsets beyond the text go on from its end."""
        return point + bisect_left(self.points, point)

    def point(self, unit: int, *, end: bool = False) -> int:
        """The code point that a unit belongs to; one in the middle of a character is moved to the character's
        beginning, or, as the end of a span, behind it."""
        pairs = bisect_left(self.units, unit)  # characters of two units that begin before it
        halved = pairs > 0 and self.units[pairs - 1] + 1 == unit
        return unit - pairs + (1 if halved and end else 0)


def in_units(layer: Layer, text: str) -> Layer:
    """The layer with spans as doccano takes them; those of `layer` are code points of the text. Sheets stay as they
    are: their offsets are always code points."""
    units = Units(text)
    spans = tuple(replace(s, start=units.unit(s.start), end=units.unit(s.end)) for s in layer.spans)
    return replace(layer, spans=spans)


def in_code_points(layer: Layer, text: str) -> Layer:
    """The layer with spans in code points of the text; those of `layer` are as doccano gives them."""
    units = Units(text)
    spans = tuple(replace(s, start=units.point(s.start), end=units.point(s.end, end=True)) for s in layer.spans)
    return replace(layer, spans=spans)
