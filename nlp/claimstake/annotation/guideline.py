"""The guidelines that a doccano project shows: what an annotator marks, and how doccano is used for it.

The last line holds a hash of the text above it, by which a text that nobody edited is known and may be renewed.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.resources import files

from claimstake.bases import shipped

MARK = re.compile(r"\n+<!-- claimstake guidelines ([0-9a-f]{16}) -->\s*\Z")
NONE = ("", "Please write annotation guideline.", "Please write annotation guidelines.")  # doccano's own defaults


@cache
def text() -> str:
    """Guidelines in Markdown, as they are put into a project.

    Raises:
        ModelError: they are not installed.
    """
    how = (files("claimstake.annotation") / "data" / "doccano_guide.md").read_text(encoding="utf-8")
    what = shipped("corpus/GUIDELINES.md", "the annotation guidelines").read_text(encoding="utf-8")
    return marked(f"{how.strip()}\n\n{what.strip()}")


def marked(body: str) -> str:
    """A text with the mark of its own hash at its end."""
    return f"{body}\n\n<!-- claimstake guidelines {_hash(body)} -->"


def untouched(found: str) -> bool:
    """Whether a project's guideline is empty, or one of ours as it was put there."""
    mark = MARK.search(found)
    if mark is None:
        return found.strip() in NONE
    return _hash(found[: mark.start()]) == mark[1]


def is_old(found: str) -> bool:
    """Whether a project's guideline began as one of ours."""
    return MARK.search(found) is not None


def _hash(body: str) -> str:
    return hashlib.sha256(body.strip().replace("\r\n", "\n").encode()).hexdigest()[:16]
