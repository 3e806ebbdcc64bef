"""What lies on the server, as rows: an example with spans, arcs and comments of one layer; kept in a file meanwhile."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from claimstake.interchange.drawing import DrawnArc, DrawnSpan, Layer
from claimstake.interchange.offsets import in_code_points

FRESH = 120.0  # seconds for which a layer that was fetched by a run that broke off is taken as it is

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """One layer of one example.

    Attributes:
        example: the server's id.
        text: as the server has it.
        layer: offsets are code points of `text`.
        meta: the example's metadata.
    """

    example: int
    text: str
    layer: Layer
    meta: Row = field(default_factory=dict)


@dataclass(frozen=True)
class Names:
    """Names of span types and relation types by the server's ids."""

    spans: Mapping[int, str]
    arcs: Mapping[int, str]

    def of_span(self, number: int) -> str:
        """A name that no label has where the type is gone."""
        return self.spans.get(number, f"deleted type {number}")

    def of_arc(self, number: int) -> str:
        """As `of_span`."""
        return self.arcs.get(number, f"deleted type {number}")


@dataclass(frozen=True)
class Drawn:
    """Rows of spans and relations of one example, as the server gives them."""

    spans: tuple[Row, ...]
    arcs: tuple[Row, ...]

    @property
    def whole(self) -> bool:
        """Whether every arc's ends are there; not so where somebody draws between the two requests."""
        known = {row["id"] for row in self.spans}
        return all({row["from_id"], row["to_id"]} <= known for row in self.arcs)


def layer_of(
    drawn: Drawn, names: Names, text: str, *, sheets: tuple[str, ...], annotator: str | None, confirmed: bool
) -> Layer:
    """The layer that rows come to."""
    spans = tuple(
        DrawnSpan(r["id"], names.of_span(r["label"]), r["start_offset"], r["end_offset"], r.get("prob") or 0.0)
        for r in drawn.spans
    )
    arcs = tuple(
        DrawnArc(r["id"], names.of_arc(r["type"]), r["from_id"], r["to_id"], r.get("prob") or 0.0) for r in drawn.arcs
    )
    return in_code_points(Layer(spans, arcs, sheets, annotator, confirmed), text)


@dataclass(frozen=True)
class Kept:
    """Rows of an example in an unfinished run.

    Attributes:
        at: when they were fetched, in seconds since 1970.
        confirmed: whether the example was ticked then.
    """

    at: float
    confirmed: bool
    drawn: Drawn


class Unfinished:
    """Rows of a run that is not at its end: the next run that asks for the same takes those that are fresh.

    Args:
        file: is made at the first row; its folder must be there.
        source: what is asked for; rows of anything else are dropped.
    """

    def __init__(self, file: Path, source: Row) -> None:
        self.file, self.source = file, json.loads(json.dumps(source))
        self.known = dict(self._read())
        self._out: Any = None

    def add(self, example: int, drawn: Drawn, *, confirmed: bool) -> None:
        """Keep the rows of an example, and whether it was ticked."""
        if self._out is None:
            self._begin()
        self._keep(example, Kept(time.time(), confirmed, drawn))

    def close(self) -> None:
        """Stop writing."""
        if self._out is not None:
            self._out.close()

    def _begin(self) -> None:
        kept, self._out = list(self.known.items()), self.file.open("w", encoding="utf-8")
        self._write({"source": self.source})
        for example, rows in kept:
            self._keep(example, rows)

    def _keep(self, example: int, kept: Kept) -> None:
        rows = {"spans": kept.drawn.spans, "arcs": kept.drawn.arcs}
        self._write({"example": example, "at": kept.at, "confirmed": kept.confirmed, **rows})

    def _write(self, row: Row) -> None:
        self._out.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._out.flush()

    def _read(self) -> Iterator[tuple[int, Kept]]:
        if not self.file.is_file():
            return
        lines = self.file.read_text(encoding="utf-8", errors="replace").split("\n")
        if _row(lines[0]).get("source") != self.source:
            return
        oldest = time.time() - FRESH
        for row in map(_row, lines[1:]):
            if oldest < row.get("at", 0) <= time.time():
                drawn = Drawn(tuple(row["spans"]), tuple(row["arcs"]))
                yield row["example"], Kept(row["at"], bool(row["confirmed"]), drawn)


def _row(line: str) -> dict[str, Any]:
    """A line that was written whole; nothing of one that was not."""
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
