"""What a run does with every document: plain values that travel to worker processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from claimstake.readers import Limits


@dataclass(frozen=True)
class Job:
    """How documents are read, annotated and kept.

    Args:
        configs: users' files, as `extend.read` takes them.
        limits: for the readers.
        published: EDTF date that takes the place of what the documents say.
        min_confidence: claims below it are left out, in [0, 1].
        text: keep the texts.
        triage: let documents pass unread in which the gate expects no claims.
    """

    configs: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)
    published: str | None = None
    min_confidence: float = 0.0
    text: bool = True
    triage: bool = True

    def plain(self) -> dict[str, Any]:
        """All of it as JSON values: for the table of runs, and for what tells one job from another."""
        return {
            "configs": [str(path) for path in self.configs],
            **{f"limits.{name}": value for name, value in vars(self.limits).items()},
            "published": self.published,
            "min_confidence": self.min_confidence,
            "text": self.text,
            "triage": self.triage,
        }
