"""Which sentences hold a word: sorted words with the numbers of their sentences, in parts that are only ever added."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import numpy.typing as npt

from claimstake.knowledge.surfaces import fold

WORD = re.compile(r"[^\W_]+")
AFTER, LAST = "\0", chr(0x10FFFF)  # sort before and after every letter
MERGED = 50_000  # sentences of a part up to which parts are put together: a blink
Sentences = npt.NDArray[np.int32]


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, without accents; what stands between is left out."""
    return WORD.findall(fold(text))


@dataclass(frozen=True, eq=False)
class Part:
    """Words of some sentences.

    Attributes:
        words: sorted.
        ends: of the word's sentences in `sentences`; they begin where those of the word before end.
        size: how many sentences were read.
    """

    words: Sequence[str]
    ends: npt.NDArray[np.int64]
    sentences: Sentences
    size: int

    def having(self, low: str, high: str) -> Sentences:
        """Sentences with a word from `low` to before `high`; one may come twice."""
        first, last = bisect_left(self.words, low), bisect_left(self.words, high)
        if first == last:
            return self.sentences[:0]
        return self.sentences[self.ends[first - 1] if first else 0 : self.ends[last - 1]]


class Words:
    """Words of all sentences; never changed, `with_` makes another.

    Args:
        parts: of the sentences.
        size: how many sentences there are.
    """

    def __init__(self, parts: tuple[Part, ...] = (), size: int = 0) -> None:
        self.parts, self.size = parts, size

    def with_(self, texts: Iterable[str]) -> Words:
        """With further sentences, numbered on from `size`."""
        added = _part(texts, self.size)
        if not added.size:
            return self
        many, parts = added.size, list(self.parts)
        while parts and parts[-1].size <= 2 * added.size and parts[-1].size + added.size <= MERGED:
            added = _merged(parts.pop(), added)
        return Words((*parts, added), self.size + many)

    def having(self, text: str) -> npt.NDArray[np.bool_] | None:
        """Which sentences hold all words of a text, the last as the beginning of one; None where it has no word."""
        asked = words_of(text)
        if not asked:
            return None
        last = asked[-1]
        found = self._holding(last, last + (LAST if _in_word(text) else AFTER))
        for word in set(asked[:-1]):
            found &= self._holding(word, word + AFTER)
        return found

    def _holding(self, low: str, high: str) -> npt.NDArray[np.bool_]:
        held = np.zeros(self.size, np.bool_)
        for part in self.parts:
            held[part.having(low, high)] = True
        return held


def _in_word(text: str) -> bool:
    """Whether a text ends within a word, so that more letters may follow."""
    return bool(WORD.search(fold(text[-1:])))


def _part(texts: Iterable[str], first: int) -> Part:
    """The words of some sentences; what was read of them is let go of at once, as numbers take a tenth of it."""
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    words, sizes = array("i"), array("i")
    for text in texts:
        held = set(words_of(text))
        words.extend(map(numbers.__getitem__, held))
        sizes.append(len(held))
    own = first + np.arange(len(sizes), dtype=np.int32)
    sentences = np.repeat(own, np.frombuffer(sizes, np.int32))
    return _sorted(list(numbers), np.frombuffer(words, np.int32), sentences, len(sizes))


def _merged(one: Part, other: Part) -> Part:
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    owners = [
        np.repeat(np.array([numbers[word] for word in part.words], np.int32), np.diff(part.ends, prepend=0))
        for part in (one, other)
    ]
    sentences = np.concatenate((one.sentences, other.sentences))
    return _sorted(list(numbers), np.concatenate(owners), sentences, one.size + other.size)


def _sorted(names: Sequence[str], words: npt.NDArray[np.int32], sentences: Sentences, size: int) -> Part:
    """Words in order, each with its sentences together."""
    order = sorted(range(len(names)), key=names.__getitem__)
    ranks = np.empty(len(names), np.int32)
    ranks[order] = np.arange(len(names), dtype=np.int32)
    owners = ranks[words] if len(words) else np.empty(0, np.int32)
    ends = np.cumsum(np.bincount(owners, minlength=len(names)))
    return Part([names[i] for i in order], ends, sentences[np.argsort(owners, kind="stable")], size)
