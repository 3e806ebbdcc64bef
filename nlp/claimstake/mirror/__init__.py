"""A document in plain Python objects, read out of spaCy once: what the rules ask for thousands of times in each text.

A spaCy Doc builds a new Token, and looks up a new string, whenever it is asked; rules that walk over words and trees
spend most of their time on that. `Mirror`, `Stretch` and `Word` stand for Doc, Span and Token: their attributes have
spaCy's names and values. They are read-only, and hold what the rules use, not all that spaCy has.
"""

from __future__ import annotations

from claimstake.mirror.document import Mirror, mirrored, release, settle
from claimstake.mirror.letters import Form, Letters, letters_of
from claimstake.mirror.tokens import Marked, Sentence, Stretch, Word

__all__ = [
    "Form", "Letters", "Marked", "Mirror", "Sentence", "Stretch", "Word", "letters_of", "mirrored", "release", "settle",
]  # fmt: skip
