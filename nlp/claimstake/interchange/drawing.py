"""An annotated document as doccano shows it: spans, arcs between them, and a sheet of text; pure, without a server.

- A span is a mention (its type is the label), a nominal mention (type `NOMINAL`), or an evidence sentence (`EVIDENCE`).
- An arc is a claim from subject to object; its type names the predicate and, in front of it, every closed qualifier
  that is not the usual one: "proposed restricts_export_of", "hedged negated produces", "lifted ban
  restricts_import_of".
  The arc `same_as` says that a mention is the thing that another one is.
- The sheet is a text (a doccano comment) in the words of the corpus format: names of mentions, values, and qualifiers
  that are free text; see `interchange.sheet`. Later sheets win over earlier ones, line by line.

All offsets are Unicode code points of the document's text, half open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

NOMINAL = "NOMINAL"
EVIDENCE = "EVIDENCE"
SAME_AS = "same_as"


@dataclass(frozen=True)
class DrawnSpan:
    """A span on the page.

    Attributes:
        id: unique among the layer's spans; the server's where it comes from one.
        type: name of its span type.
        start, end: code points.
        probability: confidence of the mention in [0, 1]; 0 where a human drew it.
        by: account that drew it, where known.
    """

    id: int
    type: str
    start: int
    end: int
    probability: float = 0.0
    by: str | None = None


@dataclass(frozen=True)
class DrawnArc:
    """An arc from one span to another (their ids)."""

    id: int
    type: str
    source: int
    target: int
    probability: float = 0.0
    by: str | None = None


@dataclass(frozen=True)
class Layer:
    """All that one annotator (or all together, in a shared project) sees on one document.

    Attributes:
        spans, arcs: in any order.
        sheets: texts of the comments, oldest first; those that are no sheet are ignored.
        annotator: whose layer it is; None where the project shares one.
        confirmed: whether the annotator ticked the document.
    """

    spans: tuple[DrawnSpan, ...] = ()
    arcs: tuple[DrawnArc, ...] = ()
    sheets: Sequence[str] = field(default=())
    annotator: str | None = None
    confirmed: bool = False
