"""Own sentences whose measures are marked as limits, reports or neither, in JSON Lines.

A row is {"id", "split", "text"}; in the text `[[25%|THRESHOLD]]` marks a measure, with THRESHOLD, QUANTITY or (for what
is no measure at all) drop. Rows of the split "tune" may be learned from, those of "held_out" only measure.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

LABELS = ("THRESHOLD", "QUANTITY", "drop")
SPLITS = ("tune", "held_out")
_MARK = re.compile(r"\[\[(?P<text>[^|\]]+)\|(?P<label>[A-Za-z]+)\]\]")


@dataclass(frozen=True)
class Mark:
    """A marked measure: half-open character range and label."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Case:
    """A text with its marks, which are in order."""

    id: str
    split: str
    text: str
    marks: tuple[Mark, ...]


def read(path: Path) -> list[Case]:
    """Parse a file of cases.

    Raises:
        ValueError: a row names an unknown split or label, or its marks do not close.
    """
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [parse(row) for row in rows]


def parse(row: dict[str, str]) -> Case:
    """Read one row.

    Raises:
        ValueError: as `read`.
    """
    text, marks, last = "", [], 0
    for found in _MARK.finditer(row["text"]):
        text += row["text"][last : found.start()]
        marks.append(Mark(len(text), len(text) + len(found["text"]), found["label"]))
        text += found["text"]
        last = found.end()
    text += row["text"][last:]
    if row["split"] not in SPLITS or "[[" in text or "]]" in text or any(m.label not in LABELS for m in marks):
        raise ValueError(f"{row['id']}: unknown split or label, or unbalanced marks")
    return Case(row["id"], row["split"], text, tuple(marks))
