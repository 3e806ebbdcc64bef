"""Finds many groups of cue words in one pass over a text.

A word list is indexed by the first three letters of each entry's first word, so that a word of the text is compared
with the few entries that may begin there, however many groups there are. Linear in the text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*|§")
_KEY = 3
_REMEMBERED = 100_000  # words; enough for the common ones of any archive


class _Entry:
    """An entry's words, and the group that it belongs to; with `stem` its last word may go on."""

    __slots__ = ("between", "group", "last", "more", "stem", "words")

    def __init__(self, words: list[str], stem: bool, group: str) -> None:
        self.words, self.stem, self.group = words, stem, group
        self.more, self.between, self.last = len(words) - 1, words[1:-1], words[-1]

    def begins(self, word: str) -> bool:
        """Whether it may begin with a word of a text."""
        return word.startswith(self.words[0]) if self.stem and not self.more else word == self.words[0]

    def goes_on(self, words: list[str], index: int) -> bool:
        """Whether all of it stands in a text, where it may begin with the word at `index`."""
        end = index + self.more
        if end >= len(words):
            return False
        last = words[end]
        return (last == self.last or (self.stem and last.startswith(self.last))) and (
            self.more < 2 or words[index + 1 : end] == self.between
        )


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue found: half-open character range and the group it belongs to."""

    start: int
    end: int
    group: str


class CueIndex:
    """Looks cue words up by group; a trailing * of an entry is any ending.

    Args:
        groups: group name -> entries of one or more words, in any case.
    """

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        self._entries: dict[str, list[_Entry]] = defaultdict(list)
        self._begun: dict[str, tuple[_Entry, ...]] = {}  # word of a text -> entries that it may begin
        for group, phrases in groups.items():
            for phrase in phrases:
                words = _WORD.findall(phrase.lower())
                self._entries[words[0][:_KEY]].append(_Entry(words, phrase.endswith("*"), group))

    def find(self, text: str) -> Iterator[Hit]:
        """Every entry that stands in a lower-case text, by its start; entries of other groups may overlap."""
        places = list(_WORD.finditer(text))
        words = [place[0] for place in places]
        for index, last, entry in self._found(words):
            yield Hit(places[index].start(), places[last].end(), entry.group)

    def count(self, text: str) -> int:
        """How many entries stand in a lower-case text."""
        return sum(1 for _ in self._found(_WORD.findall(text)))

    def _found(self, words: list[str]) -> Iterator[tuple[int, int, _Entry]]:
        """First and last word of every entry that stands there."""
        for index, (word, entries) in enumerate(zip(words, map(self._begun.get, words), strict=True)):
            if entries is None:
                entries = self._beginning(word)
            for entry in entries:  # for most words there is none
                if not entry.more or entry.goes_on(words, index):
                    yield index, index + entry.more, entry

    def _beginning(self, word: str) -> tuple[_Entry, ...]:
        """Entries that a word may begin; words are asked about again and again, so the answer is remembered."""
        found = tuple(entry for entry in self._entries_at(word) if entry.begins(word))
        if len(self._begun) < _REMEMBERED:
            self._begun[word] = found
        return found

    def _entries_at(self, word: str) -> Iterator[_Entry]:
        for length in range(1, min(_KEY, len(word)) + 1):
            for entry in self._entries.get(word[:length], ()):
                if length == _KEY or len(entry.words[0]) == length:
                    yield entry
