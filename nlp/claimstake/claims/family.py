"""What all families of constructions share: making a candidate, and the words between two mentions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from claimstake.claims.arguments import FIRMS, Arguments, pattern_words
from claimstake.claims.candidates import Candidate
from claimstake.claims.view import Mention
from claimstake.mirror import Sentence, Stretch
from claimstake.ontology import Ontology

__all__ = ["BRACKETS", "FIRMS", "Family", "pattern_words", "phrases"]

BRACKETS = re.compile(r"\([^()]*\)")  # what stands in brackets: tickers, short forms


class Family:
    """Constructions of one kind in one document.

    Args:
        arguments: of the document.
        ontology: signatures that claims must fit.
    """

    def __init__(self, arguments: Arguments, ontology: Ontology) -> None:
        self.arguments, self.ontology = arguments, ontology
        self.view, self.resolver = arguments.view, arguments.resolver

    def find(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """Candidates of a sentence; `mentions` are its outermost ones."""
        raise NotImplementedError

    def claim(
        self,
        predicate: str,
        s: Mention,
        o: Mention,
        sent: Sentence,
        trigger: Stretch,
        name: str,
        score: float,
        **qualifiers: str,
    ) -> Iterator[Candidate]:
        """A candidate, if the ontology has the predicate and accepts the two labels."""
        rule = self.ontology.predicates.get(predicate)
        if rule is None or not rule.accepts(s.label, o.label) or s.canonical == o.canonical:
            return
        path = f"{s.span.text} · {trigger.text} · {o.span.text}"
        yield Candidate(predicate, s, o, trigger, f"pattern-{name}", path, score, dict(qualifiers), (sent,))

    def between(self, left: Mention, right: Mention) -> str:
        """The text from one mention to the next."""
        return self.view.text[left.span.end_char : right.span.start_char]


@cache
def phrases(table: str, key: str, *, before: str = "", after: str = "") -> re.Pattern[str]:
    """Any phrase of a list of patterns.toml, the longest first, in any case.

    Args:
        table, key: of the list.
        before, after: regular expressions around the phrase.
    """
    ordered = sorted(pattern_words(table, key), key=lambda phrase: (-len(phrase), phrase))
    choice = "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in ordered)
    return re.compile(f"{before}(?:{choice}){after}", re.IGNORECASE)
