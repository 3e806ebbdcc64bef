"""The words of a document as they are written: what no component changes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property
from itertools import accumulate
from typing import Any

from spacy.attrs import ORTH, SPACY
from spacy.tokens import Doc
from spacy.vocab import Vocab

KEPT = 60_000  # tokens of the docs whose letters are kept: those of two batches
REMEMBERED = 500_000  # forms; then the memory is begun anew, so that it stays flat over an archive


class Form:
    """What a word tells by its letters alone; one object for each written form.

    Attributes:
        capital: it begins with a capital letter and has letters.
        others: as spaCy's Token.
    """

    __slots__ = (
        "capital",
        *("is_alpha", "is_ascii", "is_bracket", "is_lower", "is_punct", "is_quote", "is_space", "is_title"),
        *("is_upper", "like_email", "like_num", "like_url", "lower_", "text"),
    )

    def __init__(self, vocab: Vocab, orth: int) -> None:
        lexeme = vocab[orth]
        for name in self.__slots__[1:]:
            setattr(self, name, getattr(lexeme, name))
        self.capital = self.text[:1].isupper() and any(c.isalpha() for c in self.text)


class Letters:
    """A document's words and white space.

    Args:
        source: spaCy's document.

    Attributes:
        text: of the document; spaCy's Doc joins it anew each time it is asked.
        forms: of each word.
        texts: each word as written.
        spaces: " " behind each word, or nothing.
        chars: the character at which each word begins, then the length of the text.
    """

    def __init__(self, source: Doc) -> None:
        self.source = source
        written = source.to_array([ORTH, SPACY])
        self.forms = _forms(source.vocab, written[:, 0].tolist())
        self.texts = [form.text for form in self.forms]
        self.spaces = [" " if space else "" for space in written[:, 1].tolist()]
        pieces = [word + space for word, space in zip(self.texts, self.spaces, strict=True)]
        self.text = "".join(pieces)
        self.chars = [0, *accumulate(map(len, pieces))]

    @cached_property
    def lowers(self) -> list[str]:
        """Each word in lower case."""
        return [form.lower_ for form in self.forms]

    def end(self, i: int) -> int:
        """The character behind word i."""
        return self.chars[i] + len(self.texts[i])

    def covering(self, start: int, end: int) -> tuple[int, int] | None:
        """First word, and the one behind the last, of those that the characters [start, end) touch.

        None where the text has no such range.
        """
        if not 0 <= start < end <= len(self.text):
            return None
        first = bisect_right(self.chars, start) - 1
        if start == self.end(first):  # the space behind a word is not the word's
            first += 1
        return first, bisect_left(self.chars, end)


_known_forms: dict[int, Form] = {}
_kept: dict[int, Letters] = {}  # by id of their doc, which they keep alive, the oldest first


def _forms(vocab: Vocab, ids: list[int]) -> list[Form]:
    try:
        return list(map(_known_forms.__getitem__, ids))
    except KeyError:
        learn(_known_forms, {i: Form(vocab, i) for i in set(ids) if i not in _known_forms})
        return _forms(vocab, ids)


def learn(known: dict[int, Any], new: dict[int, Any]) -> None:
    """Add to what is remembered, begun anew where it has grown beyond REMEMBERED."""
    if len(known) > REMEMBERED:
        known.clear()
    known.update(new)


def letters_of(doc: Doc) -> Letters:
    """The letters of a doc.

    Those of the last docs are kept, for components ask one after the other about the docs of a batch.
    """
    made = _kept.get(id(doc))
    if made is not None and made.source is doc and len(made.forms) == len(doc):  # merged tokens make it another
        return made
    made = Letters(doc)
    _kept.pop(id(doc), None)
    _kept[id(doc)] = made
    for oldest in list(_kept)[:-1] if sum(len(letters.forms) for letters in _kept.values()) > KEPT else ():
        _kept.pop(oldest, None)
    return made
