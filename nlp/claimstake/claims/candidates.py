"""A proposed claim: what frames, patterns, templates and limits yield and the assembler turns into records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from claimstake.claims.view import Mention
from claimstake.mirror import Sentence, Stretch


@dataclass(eq=False)
class Candidate:
    """Who, what, to whom, on the strength of which words.

    Attributes:
        predicate, subject, object: the triple.
        trigger: the words that propose it.
        frame: id of the frame, pattern or template.
        path: how subject and object were reached, for `explain`.
        score: confidence before duplicates are merged, in [0, 1].
        qualifiers: those that the construction itself decides.
        sents: the sentences that say it.
        probability: what the relation model makes of it; None without one.
    """

    predicate: str
    subject: Mention
    object: Mention
    trigger: Stretch
    frame: str
    path: str
    score: float
    qualifiers: dict[str, Any] = field(default_factory=dict)
    sents: tuple[Sentence, ...] = ()
    probability: float | None = None
