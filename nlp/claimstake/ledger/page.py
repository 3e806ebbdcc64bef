"""The ledger as one self-contained HTML page, without script.

Nothing is loaded from elsewhere. What comes from documents is always escaped.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from importlib.resources import files

from claimstake import __version__
from claimstake.ledger.asking import Question
from claimstake.ledger.telling import Ledger
from claimstake.ledger.writing import body, style

SLOT = re.compile(r"\{\{(\w+)\}\}")


def page(found: Ledger, question: Question, *, most: int, facts: bool) -> str:
    """The page of a ledger; arguments as in `writing.body`."""
    parts = body(found, question, most=most, facts=facts)
    return _fill(
        title=escape(parts.heading),
        generator=f"claimstake {__version__}",
        css=f"{style('frame.css')}\n{style()}",
        meta=escape(parts.meta),
        legend=parts.legend,
        overview=parts.overview,
        measures=parts.measures,
        facts=parts.facts,
        sources=parts.sources,
    )


def _fill(**slots: str) -> str:
    """The template with its slots filled in one pass, so that no filling is read as a slot."""
    return SLOT.sub(lambda slot: slots[slot[1]], _template())


@cache
def _template() -> str:
    return (files("claimstake") / "ledger" / "templates" / "ledger.html").read_text(encoding="utf-8").rstrip("\n")
