"""Cue words of qualifiers (data/cues.toml), compiled for matching on a clause."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from claimstake.knowledge import tables
from claimstake.mirror import Word


@dataclass(frozen=True)
class CueSet:
    """Lemmas and phrases that stand for one value."""

    lemmas: frozenset[str]
    phrases: re.Pattern[str] | None

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
    pseudo: re.Pattern[str]
    said: frozenset[str]
    according: re.Pattern[str]
    sources: re.Pattern[str]
    measure: dict[str, frozenset[str]]
    not_ban: re.Pattern[str]
    time: dict[str, re.Pattern[str]]


@cache
def packaged() -> Cues:
    """The cues that ship with the package."""
    data = tables.toml("cues.toml")
    return Cues(
        status={name: _cue_set(row) for name, row in data["status"].items()},
        hedged=_cue_set(data["hedged"]),
        negated=_cue_set(data["negated"]),
        pseudo=_words(data["negated"]["pseudo"]),
        said=frozenset(data["attribution"]["verbs"]),
        according=_words(data["attribution"]["phrases"]),
        sources=_words(data["attribution"]["nouns"]),
        measure={k: frozenset(v) for k, v in data["measure"].items() if k != "not_ban"},
        not_ban=_words(data["measure"]["not_ban"]),
        time={k: _words(v) for k, v in data["time"].items()},
    )


def _cue_set(row: dict[str, Any]) -> CueSet:
    return CueSet(frozenset(row.get("lemmas", ())), _words(row["phrases"]) if row.get("phrases") else None)


def _words(words: list[str]) -> re.Pattern[str]:
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(w).replace(r"\ ", r"\s+") for w in ordered) + r")(?:s|es|ed|d)?(?!\w)", re.I
    )
