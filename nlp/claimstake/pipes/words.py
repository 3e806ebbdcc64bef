"""Parts of speech and lemmas: spaCy's attribute ruler and rule lemmatizer, asked once for each tagged form.

The ruler matches 179 patterns against every token, which takes longer than tagging. A word and its tag decide nearly
all of them, so each pair is asked once and remembered; what only the parse can tell (words.toml) is set afterwards.
Beside the body, which the networks do not read, the tagger can but guess: tags are taken away there.

Reads: token.tag, token.dep. Writes: token.pos, token.lemma, and beside the body token.tag.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from pathlib import Path
from typing import Any, Self

import numpy as np
from spacy import util
from spacy.attrs import DEP, LEMMA, LOWER, ORTH, POS, TAG
from spacy.lang.en.lemmatizer import EnglishLemmatizer
from spacy.language import Language
from spacy.parts_of_speech import IDS as POS_IDS
from spacy.pipeline import AttributeRuler
from spacy.tokens import Doc
from spacy.vocab import Vocab

from claimstake.knowledge import tables
from claimstake.pipes.networks import tokens_read

INDEX = "lemma_index"
REMEMBERED = 300_000  # tagged forms; then the memory is begun anew, so that it stays flat over an archive
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # odd; a word's number times it, with the tag's mixed in, is a key of both


@Language.factory("claimstake_words", requires=["token.tag"], assigns=["token.pos", "token.lemma", "token.tag"])
def make_words(nlp: Language, name: str) -> Words:
    return Words(nlp.vocab, name)


class Words:
    """Sets part of speech and lemma of every token in the body.

    Args:
        vocab: of the pipeline.
        name: of the component.
    """

    def __init__(self, vocab: Vocab, name: str = "claimstake_words") -> None:
        self.vocab, self.name = vocab, name
        self.ruler = AttributeRuler(vocab)
        self.lemmatizer = EnglishLemmatizer(vocab, None, mode="rule")
        self._known: dict[int, int] = {}  # key of word and tag to row of the next
        self._values = np.zeros((1, 2), dtype="uint64")  # part of speech and lemma
        self._by_parse = [_Rule(vocab, row) for row in tables.toml("words.toml")["by_parse"]]

    def __call__(self, doc: Doc) -> Doc:
        tokens = tokens_read(doc)
        values = np.zeros((len(doc), 3), dtype="uint64")
        if len(tokens):
            read = doc.to_array([ORTH, TAG, LOWER, DEP])[tokens]
            known = self._looked_up(read)
            if read[:, 3].any():
                for rule in self._by_parse:
                    known[rule.fits(read), 0] = rule.pos
            values[tokens, 0] = read[:, 1]
            values[tokens, 1:] = known
        return doc.from_array([TAG, POS, LEMMA], values)

    def _looked_up(self, read: np.ndarray) -> np.ndarray:
        """Part of speech and lemma for each row of word, tag and more."""
        keys = ((read[:, 0] * SPREAD) ^ read[:, 1]).tolist()
        rows = list(map(self._known.get, keys))
        if None in rows:
            self._learn(keys, read)
            rows = [self._known[key] for key in keys]
        return self._values[rows]

    def _learn(self, keys: list[int], read: np.ndarray) -> None:
        """Ask ruler and lemmatizer about tagged forms, all in one made-up doc."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        new = {key: i for i, key in enumerate(keys) if key not in self._known}
        asked = read[list(new.values())]
        words = [self.vocab.strings[orth] for orth in asked[:, 0].tolist()]
        doc = Doc(self.vocab, words=words, spaces=[True] * len(words))
        doc.from_array([TAG], asked[:, 1:2])
        begin, end = len(self._known), len(self._known) + len(new)
        if end > len(self._values):
            self._values = np.resize(self._values, (2 * end, 2))
        self._values[begin:end] = self.lemmatizer(self.ruler(doc)).to_array([POS, LEMMA])
        self._known.update(zip(new, range(begin, end), strict=True))

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        parts = {
            "ruler": lambda: self.ruler.to_bytes(exclude=["vocab"]),
            "lemmatizer": lambda: self.lemmatizer.to_bytes(exclude=["vocab"]),
        }
        return util.to_bytes(parts, exclude)

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        parts = {
            "ruler": lambda b: self.ruler.from_bytes(b, exclude=["vocab"]),
            "lemmatizer": lambda b: self.lemmatizer.from_bytes(b, exclude=["vocab"]),
        }
        util.from_bytes(data, parts, exclude)
        return self._begun()

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:
        """Write the ruler's patterns and the lemmatizer's tables."""
        parts = {
            "ruler": lambda p: self.ruler.to_disk(p, exclude=["vocab"]),
            "lemmatizer": lambda p: self.lemmatizer.to_disk(p, exclude=["vocab"]),
        }
        util.to_disk(util.ensure_path(path), parts, exclude)

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> Self:
        """Read the ruler's patterns and the lemmatizer's tables."""
        parts = {
            "ruler": lambda p: self.ruler.from_disk(p, exclude=["vocab"]),
            "lemmatizer": lambda p: self.lemmatizer.from_disk(p, exclude=["vocab"]),
        }
        util.from_disk(util.ensure_path(path), parts, exclude)
        return self._begun()

    def _begun(self) -> Self:
        """Ready to learn forms: the lemmatizer asks of each whether its index has it, which is a list as read."""
        self._known.clear()
        if self.lemmatizer.lookups.has_table(INDEX):
            index = self.lemmatizer.lookups.get_table(INDEX)
            for pos in index:
                index[pos] = dict.fromkeys(index[pos])
        return self


class _Rule:
    """One row of words.toml, with strings as the vocab's numbers."""

    def __init__(self, vocab: Vocab, row: dict[str, Any]) -> None:
        self.pos = POS_IDS[row["pos"]]
        self._tests = [
            (column, self._ids(vocab, row[key]), key.startswith("not_"))
            for key, column in (("tags", 1), ("not_tags", 1), ("words", 2), ("deps", 3), ("not_deps", 3))
            if key in row
        ]

    def _ids(self, vocab: Vocab, strings: list[str]) -> list[np.uint64]:
        return [np.uint64(vocab.strings.add(s) if s else 0) for s in strings]

    def fits(self, read: np.ndarray) -> np.ndarray:
        """Which rows of (ORTH, TAG, LOWER, DEP) the rule fits: a boolean for each token."""
        fits = np.ones(len(read), dtype=bool)
        for column, ids, negated in self._tests:
            among = reduce(
                np.logical_or, [read[:, column] == i for i in ids]
            )  # isin sorts, which takes ten times longer
            fits &= ~among if negated else among
        return fits
