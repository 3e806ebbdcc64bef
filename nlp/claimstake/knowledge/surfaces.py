"""How a surface form is normalised before it is looked up, on the list's side and on the text's side alike.

Ignored: case, accents, plural of the last word (common nouns), hyphen against space, possessive marks, British against
American spelling. Kept: every other sign, so that "U.S." and "US" stay two surfaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

WORD = re.compile(r"[^\W_]+|[.,/&():;+'’%]")
NAME_WORD = re.compile(r"[^\W_]+|[.,/&():;+%]")  # apostrophes are no words of a name
HYPHENS = tuple("-‐‑‒–−")
# Blanks, or a hyphen with none before it, perhaps after a trade mark; a line break may follow,
# unless a list item, a bracket or an empty line comes after it.
GAP = re.compile(r"[™®©]?(?:[^\S\n]*|[-‐‑‒–−][^\S\n]?)(?:\n(?![^\S\n]*(?:[-•*·–(\n]|[0-9]+[.)]))[^\S\n]*)?")
QUOTES = "'’"
MAX_REMEMBERED = 500_000  # words; a run over millions of documents must not grow for ever
IRREGULAR = {
    "gases": "gas", "lenses": "lens", "buses": "bus", "axes": "axis", "alumni": "alumnus", "matrices": "matrix",
    "indices": "index", "analyses": "analysis", "lives": "life", "knives": "knife", "leaves": "leaf", "dies": "die",
    "vertices": "vertex", "media": "medium", "data": "data", "series": "series", "species": "species",
    "optics": "optics", "electronics": "electronics", "photonics": "photonics", "ceramics": "ceramic",
    "lithographies": "lithography", "gas": "gas", "axis": "axis", "bus": "bus", "lens": "lens",
    "aerospace": "aerospace", "ties": "tie", "movies": "movie", "shoes": "shoe", "toes": "toe", "canoes": "canoe",
    "caches": "cache", "niches": "niche", "aches": "ache", "crises": "crisis", "theses": "thesis",
    "syntheses": "synthesis", "prostheses": "prosthesis", "apparatuses": "apparatus", "viruses": "virus",
    "women": "woman", "men": "man", "feet": "foot", "criteria": "criterion", "bacteria": "bacterium",
    "shelves": "shelf", "molasses": "molasses", "loaves": "loaf",
}  # fmt: skip
SIBILANT = ("sses", "xes", "ches", "shes", "zzes")
# Sciences and trades end in -ics and have no singular ("robotics" is not "robotic"); these are the plurals among them.
COUNTED_ICS = (
    *("plastics", "ceramics", "fabrics", "antibiotics", "narcotics", "diagnostics", "dielectrics"),
    *("topics", "critics", "republics", "clinics", "metrics"),
)


T = TypeVar("T")


@lru_cache(maxsize=100_000)
def singular(word: str) -> str:
    """Singular of a lower-case English noun, by suffix; words it does not know as plural come back unchanged."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) <= 2 or not word.endswith("s") or word.endswith(("ss", "us", "is", "'s")):
        return word
    if word.endswith("gas") or (word.endswith("ics") and not word.endswith(COUNTED_ICS)):
        return word
    if word.endswith(("gases", "oes")):
        return word[:-2]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(SIBILANT):
        return word[:-2]
    return word[:-1]


def fold(word: str) -> str:
    """Lower case without accents."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


class Remembered(dict[str, T]):
    """Answers by word, each worked out when it is first asked for; begun anew at `limit` words."""

    def __init__(self, answer: Callable[[str], T], limit: int = MAX_REMEMBERED) -> None:
        super().__init__()
        self._answer, self._limit = answer, limit

    def __missing__(self, word: str) -> T:
        if len(self) >= self._limit:
            self.clear()
        answer = self[word] = self._answer(word)
        return answer


class Normaliser:
    """Words into keys, remembering what it has seen.

    Args:
        norms: lower-case word to its norm (spacy-lookups-data's lexeme_norm table): "licence" -> "license". Only `get`
            is used, since that table keeps hashes for keys.
    """

    def __init__(self, norms: Mapping[str, str] | None = None) -> None:
        self._norms = norms if norms is not None else {}
        self._keys = Remembered(self._key_of)

    def _key_of(self, raw: str) -> tuple[str, str]:
        folded = fold(raw)
        if folded == "&":
            folded = "and"
        if len(folded) > 3:
            folded = self._norms.get(folded, folded)
        one = singular(folded) if folded.isalpha() else folded
        if len(one) > 3:
            one = self._norms.get(one, one)
        return folded, one

    def word(self, raw: str) -> tuple[str, str]:
        """The key of a word, and the key of its singular."""
        return self._keys[raw]

    def all(self, raw: Iterable[str]) -> list[tuple[str, str]]:
        """`word` of each."""
        keys = self._keys
        return [keys[word] for word in raw]

    def words(self, surface: str) -> list[tuple[str, str]]:
        """`word` of every word of a surface; apostrophes are no words."""
        return self.all(NAME_WORD.findall(surface))

    def key(self, surface: str) -> str:
        """The key of a whole surface: words joined by blanks, the last one in the singular."""
        words = self.words(surface)
        return " ".join([w for w, _ in words[:-1]] + [words[-1][1]]) if words else ""
