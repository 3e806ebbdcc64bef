"""Cue words of qualifiers (data/cues.toml), compiled for matching on a clause."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from claimstake.knowledge import tables
from claimstake.mirror import Word


class Phrases:
    """Phrases in running text, in any case, with an ending of their last word.

    Most texts hold none, which their longest words tell much faster than the expression does.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        ordered = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
        self._needed = tuple({max(phrase.split(), key=len).lower() for phrase in ordered})
        choice = "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in ordered)
        self._pattern = re.compile(rf"(?<!\w)(?:{choice})(?:s|es|ed|d)?(?!\w)", re.IGNORECASE)

    def possible(self, text: str) -> bool:
        """Whether a text has the words that some phrase needs."""
        return any(map(text.lower().__contains__, self._needed))

    def search(self, text: str, start: int = 0) -> re.Match[str] | None:
        """The first phrase from character `start` on."""
        return self._pattern.search(text, start) if self.possible(text) else None

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """The phrase that the whole text is."""
        return self._pattern.fullmatch(text) if self.possible(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """All phrases."""
        return self._pattern.finditer(text) if self.possible(text) else iter(())


@dataclass(frozen=True)
class CueSet:
    """Lemmas and phrases that stand for one value."""

    lemmas: frozenset[str]
    phrases: Phrases | None

    def lemma_in(self, tokens: Iterable[Word]) -> Word | None:
        """The first token whose lemma is a cue."""
        return next((t for t in tokens if t.lemma_.lower() in self.lemmas or t.lower_ in self.lemmas), None)

    def phrase_in(self, text: str) -> re.Match[str] | None:
        return self.phrases.search(text) if self.phrases is not None else None


@dataclass(frozen=True)
class Cues:
    status: dict[str, CueSet]
    hedged: CueSet
    negated: CueSet
    pseudo: Phrases
    said: frozenset[str]
    according: Phrases
    sources: Phrases
    measure: dict[str, frozenset[str]]
    not_ban: Phrases


@cache
def packaged() -> Cues:
    """The cues that ship with the package."""
    data = tables.toml("cues.toml")
    return Cues(
        status={name: _cue_set(row) for name, row in data["status"].items()},
        hedged=_cue_set(data["hedged"]),
        negated=_cue_set(data["negated"]),
        pseudo=Phrases(data["negated"]["pseudo"]),
        said=frozenset(data["attribution"]["verbs"]),
        according=Phrases(data["attribution"]["phrases"]),
        sources=Phrases(data["attribution"]["nouns"]),
        measure={k: frozenset(v) for k, v in data["measure"].items() if k != "not_ban"},
        not_ban=Phrases(data["measure"]["not_ban"]),
    )


def _cue_set(row: dict[str, Any]) -> CueSet:
    return CueSet(frozenset(row.get("lemmas", ())), Phrases(row["phrases"]) if row.get("phrases") else None)
