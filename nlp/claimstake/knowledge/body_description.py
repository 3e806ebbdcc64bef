"""A line of a scraped text by itself: its length, signs and marks, and the first rule that it fulfils."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from claimstake.knowledge.body_rules import Kind, Rules, holds

Features = dict[str, Any]

_LEADING_MARKUP = re.compile(r"(?:[\s>*_#`|•‣▪●○◦·–—-]|&gt;)+")
_TRAILING_MARKUP = " *_#`|"
_BULLET = re.compile(r"^\s*(?:[•‣▪●○◦·*–—-]|\d{1,2}[.)])\s")
_HEADING = re.compile(r"^\s*(#{1,6})\s")
_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")
_REACHABLE = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.[a-z]{2,}|\+?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}")
_CELL = re.compile(r"[ \u00a0]*(?:\t|\|)[ \t\u00a0]*|[ \u00a0]{2,}")
_GAPS = ("\t", "|", "  ", " \u00a0", "\u00a0 ", "\u00a0\u00a0")  # one of them is between two cells
_TABLE_RULE = re.compile(r"\|? *:?-{3,}:? *\|[ :|-]*$")
_FIGURE = re.compile(r"[-+–≥≤<>~]? ?[$€£¥]?\d")
_ENDS_SENTENCE = re.compile(r"[.!?…。！？;:][\"'”’»)\]*_]*$")
_SCANNED = 300  # characters of a line that rules without an end are shown
_DESCRIBED = 20_000  # characters of a line that are described; what follows in it changes nothing
WORD = re.compile(r"\w[\w.'’&/-]*")


def describe(line: str, rules: Rules) -> Features:
    """A line on its own; for the keys see `body_lines.line_features`."""
    stripped = line.strip()
    text = " ".join(stripped[:_DESCRIBED].split()).rstrip(_TRAILING_MARKUP)
    marked = _LEADING_MARKUP.match(text)
    text = text[marked.end() if marked else 0 :].replace("**", "").replace("__", "")
    words = WORD.findall(text)
    heading = _HEADING.match(line)
    ends = bool(_ENDS_SENTENCE.search(stripped[-20:]))
    plain = (heading and len(heading[1]) == 1) or _TABLE_RULE.match(stripped)
    kind = None if plain else _kind(stripped, text, words, rules)
    limits = rules.limits
    cells = _cells(stripped[:_SCANNED])
    return {
        "text": text,
        "chars": len(stripped),
        "words": len(words),
        "ends_sentence": ends,
        "prose": (ends and len(words) >= limits["prose_words"]) or len(words) >= limits["long_words"],
        "bullet": bool(_BULLET.match(line)),
        "heading": len(heading[1]) if heading else 0,
        "links": _linked(stripped[:_DESCRIBED]),
        "capitals": sum([word[0].isupper() for word in words]) / max(1, len(words)),
        "cells": len(cells),
        "figures": sum(bool(_FIGURE.match(cell)) for cell in cells),
        "kind": kind.name if kind else None,
        "does": kind.does if kind else None,
        "blank": not stripped,
    }


def _cells(line: str) -> list[str]:
    """What bars, tabs and wide gaps divide a line into."""
    return [cell for cell in _CELL.split(line) if cell] if holds(line, _GAPS) else [line] if line else []


def _linked(line: str) -> float:
    """The share of a line that is addresses."""
    return sum(map(len, _ADDRESS.findall(line))) / max(1, len(line)) if _may_link(line) else 0.0


def _kind(stripped: str, text: str, words: Sequence[str], rules: Rules) -> Kind | None:
    """The first rule that the line fulfils; what is little else than links or addresses needs no pattern."""
    shown = text if len(text) <= 1500 else text[:_SCANNED]
    lower = shown.lower()
    for kind in rules.kinds:
        if len(text) <= kind.longest and kind.fits(shown, lower):
            return kind
    if len(stripped) > 1500:
        return None
    beside = _ADDRESS.sub(" ", _MARKDOWN_LINK.sub(" ", stripped)) if _may_link(stripped) else stripped
    if beside != stripped and len(WORD.findall(beside)) <= 3:
        return Kind("link", "line", 0, rules.protected)
    if len(stripped) <= 250 and sum(map(str.islower, words)) <= 5 and _REACHABLE.search(stripped):
        return Kind("contact line", "line", 0, rules.protected)
    return None


def _may_link(line: str) -> bool:
    """Whether a line has what every address and every Markdown link has."""
    return "](" in line or "://" in line or "www." in line
