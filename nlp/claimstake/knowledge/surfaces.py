"""How a surface form is normalised before it is looked up, on the list's side and on the text's side alike.

Ignored: case, accents, plural of the last word (common nouns), hyphen against space, possessive marks, British against
American spelling. Kept: every other sign, so that "U.S." and "US" stay two surfaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

WORD = re.compile(r"[^\W_]+|[.,/&():;+'’%]")
GAP = re.compile(r"[ \t\u00a0\u202f]*(?:[-‐‑–—][ \t]?)?(?:\n(?![ \t]*(?:[-•*·–(\n]|[0-9]+[.)])))?[ \t]*")
QUOTES = "'’"
IRREGULAR = {
    "gases": "gas", "lenses": "lens", "buses": "bus", "axes": "axis", "alumni": "alumnus", "matrices": "matrix",
    "indices": "index", "analyses": "analysis", "lives": "life", "knives": "knife", "leaves": "leaf", "dies": "die",
    "vertices": "vertex", "media": "medium", "data": "data", "series": "series", "species": "species", "optics": "optics",
    "electronics": "electronics", "photonics": "photonics", "ceramics": "ceramic", "lithographies": "lithography",
    "gas": "gas", "axis": "axis", "bus": "bus", "lens": "lens", "aerospace": "aerospace", "ties": "tie", "movies": "movie",
}  # fmt: skip
SIBILANT = ("sses", "xes", "ches", "shes", "zzes")


def singular(word: str) -> str:
    """Singular of a lower-case English noun, by suffix; words it does not know as plural come back unchanged."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) <= 2 or not word.endswith("s") or word.endswith(("ss", "us", "is", "'s")):
        return word
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


class Normaliser:
    """Words into keys, remembering what it has seen.

    Args:
        norms: lower-case word to its norm (spacy-lookups-data's lexeme_norm table): "licence" -> "license".
    """

    def __init__(self, norms: Mapping[str, str] | None = None) -> None:
        self._norms = dict(norms or {})
        self._seen: dict[str, tuple[str, str]] = {}

    def word(self, raw: str) -> tuple[str, str]:
        """The key of a word, and the key of its singular."""
        found = self._seen.get(raw)
        if found is None:
            folded = fold(raw)
            if folded == "&":
                folded = "and"
            if len(folded) > 3:
                folded = self._norms.get(folded, folded)
            one = singular(folded) if folded.isalpha() else folded
            if len(one) > 3:
                one = self._norms.get(one, one)
            found = self._seen[raw] = (folded, one)
            if len(self._seen) > 500_000:  # a run over millions of documents must not grow for ever
                self._seen.clear()
        return found

    def key(self, surface: str) -> str:
        """The key of a whole surface: words joined by blanks, the last one in the singular."""
        words = [self.word(m.group()) for m in WORD.finditer(surface) if m.group() not in QUOTES]
        if not words:
            return ""
        return " ".join([w for w, _ in words[:-1]] + [words[-1][1]])
