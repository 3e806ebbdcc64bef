"""A document in plain Python objects, read out of spaCy once: what the rules ask for thousands of times in each text.

A spaCy Doc builds a new Token, and looks up a new string, whenever it is asked; rules that walk over words and trees
spend most of their time on that. `Mirror`, `Stretch` and `Word` stand for Doc, Span and Token: their attributes have
spaCy's names and values. They are read-only, and hold what the rules use, not all that spaCy has.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import accumulate, repeat
from typing import Any, overload

import numpy as np
from spacy.attrs import DEP, HEAD, LEMMA, ORTH, POS, SENT_START, SPACY, TAG
from spacy.parts_of_speech import NAMES as POS_NAMES
from spacy.strings import StringStore
from spacy.tokens import Doc, SpanGroup
from spacy.vocab import Vocab

ANNOTATIONS = [TAG, POS, LEMMA, DEP, SENT_START, HEAD]  # what components may still change
REMEMBERED = 500_000  # forms; then the memory is begun anew, so that it stays flat over an archive
NONE: tuple[Any, ...] = ()


class Form:
    """What spaCy's Token tells by its letters alone; one object for each written form."""

    __slots__ = (
        *("is_alpha", "is_bracket", "is_lower", "is_punct", "is_quote", "is_space", "is_title", "is_upper"),
        *("like_email", "like_num", "like_url", "lower_", "text"),
    )

    def __init__(self, vocab: Vocab, orth: int) -> None:
        lexeme = vocab[orth]
        for name in self.__slots__:
            setattr(self, name, getattr(lexeme, name))


class Word:
    """A token.

    Attributes:
        doc: the mirror that it is in.
        form: what its letters tell.
        head: the word that governs it; itself at the root.
        children: the words that it governs, in text order.
        text, lower_, lemma_, tag_, pos_, dep_, whitespace_, i, idx: as spaCy's.
    """

    __slots__ = (
        *("children", "dep_", "doc", "form", "head", "i", "idx", "lemma_", "lower_", "pos_"),
        *("tag_", "text", "whitespace_"),
    )

    def __init__(
        self,
        doc: Mirror,
        i: int,
        idx: int,
        form: Form,
        whitespace: str,
        tag: str,
        pos: str,
        lemma: str,
        dep: str,
    ) -> None:
        self.doc, self.i, self.idx, self.form = doc, i, idx, form
        self.text, self.lower_, self.whitespace_ = form.text, form.lower_, whitespace
        self.tag_, self.pos_, self.lemma_, self.dep_ = tag, pos, lemma, dep
        self.head: Word = self
        self.children: list[Word] | tuple[()] = NONE

    def __len__(self) -> int:
        return len(self.text)

    def __repr__(self) -> str:
        return self.text

    @property
    def lefts(self) -> list[Word]:
        """Children before the word."""
        return [c for c in self.children if c.i < self.i]

    @property
    def rights(self) -> list[Word]:
        """Children behind the word."""
        return [c for c in self.children if c.i > self.i]

    @property
    def sent(self) -> Stretch:
        """The sentence that the word is in."""
        return self.doc.sentence_at(self.i)

    @property
    def is_sent_start(self) -> bool:
        return self.doc.sentence_at(self.i).start == self.i

    @property
    def text_with_ws(self) -> str:
        return self.text + self.whitespace_

    @property
    def ent_type_(self) -> str:
        """The label of the entity that it now belongs to."""
        return self.doc.source[self.i].ent_type_

    @property
    def is_alpha(self) -> bool:
        return self.form.is_alpha

    @property
    def is_bracket(self) -> bool:
        return self.form.is_bracket

    @property
    def is_lower(self) -> bool:
        return self.form.is_lower

    @property
    def is_punct(self) -> bool:
        return self.form.is_punct

    @property
    def is_quote(self) -> bool:
        return self.form.is_quote

    @property
    def is_space(self) -> bool:
        return self.form.is_space

    @property
    def is_title(self) -> bool:
        return self.form.is_title

    @property
    def is_upper(self) -> bool:
        return self.form.is_upper

    @property
    def like_num(self) -> bool:
        return self.form.like_num

    @property
    def ancestors(self) -> Iterator[Word]:
        """The words above it, nearest first."""
        word = self
        while word.head is not word:
            word = word.head
            yield word

    @property
    def subtree(self) -> list[Word]:
        """The word and all below it, each between its own left and right children."""
        found: list[Word] = []
        waiting: list[tuple[Word, bool]] = [(self, False)]
        while waiting:
            word, seen = waiting.pop()
            if seen or not word.children:
                found.append(word)
                continue
            waiting += [(c, False) for c in reversed(word.rights)]
            waiting.append((word, True))
            waiting += [(c, False) for c in reversed(word.lefts)]
        return found

    @property
    def conjuncts(self) -> tuple[Word, ...]:
        """The words that it is coordinated with, the first of them first; without itself."""
        first = self
        while first.head is not first and first.dep_ == "conj":
            first = first.head
        found = [first]
        for word in found:
            found += [c for c in word.rights if c.dep_ == "conj"]
        return tuple(w for w in found if w is not self)


class Stretch:
    """The words [start, end) of a mirror, as spaCy's Span."""

    __slots__ = ("_text", "doc", "end", "start")

    def __init__(self, doc: Mirror, start: int, end: int) -> None:
        self.doc, self.start, self.end = doc, start, end
        self._text: str | None = None

    def __len__(self) -> int:
        return self.end - self.start

    def __iter__(self) -> Iterator[Word]:
        return iter(self.doc.words[self.start : self.end])

    @overload
    def __getitem__(self, key: int) -> Word: ...

    @overload
    def __getitem__(self, key: slice) -> Stretch: ...

    def __getitem__(self, key: int | slice) -> Word | Stretch:
        if isinstance(key, slice):
            start, end, _ = key.indices(len(self))
            return Stretch(self.doc, self.start + start, self.start + max(start, end))
        if not -len(self) <= key < len(self):
            raise IndexError(f"no word {key} among {len(self)}")
        return self.doc.words[key + (self.start if key >= 0 else self.end)]

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, Stretch) and (self.start, self.end) == (other.start, other.end)
        return same and self.doc is other.doc

    def __hash__(self) -> int:
        return hash((self.start, self.end))

    def __repr__(self) -> str:
        return self.text

    @property
    def start_char(self) -> int:
        return self.doc.char_at(self.start)

    @property
    def end_char(self) -> int:
        if self.end == self.start:
            return self.start_char
        last = self.doc.words[self.end - 1]
        return last.idx + len(last.text)

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = self.doc.text[self.start_char : self.end_char]
        return self._text

    @property
    def sent(self) -> Stretch:
        """The sentence that it begins in."""
        return self.doc.sentence_at(self.start)

    @property
    def root(self) -> Word:
        """The word nearest to the sentence's root, the first of several."""
        words = self.doc.words[self.start : self.end]
        if len(words) == 1:
            return words[0]
        for word in words:
            if word.head is word:
                return word
        tops = [w for w in words if not self.start <= w.head.i < self.end]
        return min(tops, key=_depth) if tops else self.doc.words[self.start]


def _depth(word: Word) -> int:
    return sum(1 for _ in word.ancestors)


class Mirror:
    """A document.

    Args:
        source: spaCy's.
        annotations: its values of ANNOTATIONS.
    """

    def __init__(self, source: Doc, annotations: np.ndarray) -> None:
        self.source, self.annotations = source, annotations
        tags, pos, lemmas, deps, starts, _ = annotations.T.tolist()
        written = source.to_array([ORTH, SPACY])
        forms = _forms(source.vocab, written[:, 0].tolist())
        spaces = [" " if space else "" for space in written[:, 1].tolist()]
        lengths = [len(form.text) + len(space) for form, space in zip(forms, spaces, strict=True)]
        self._chars = [0, *accumulate(lengths)]
        self.text = "".join([form.text + space for form, space in zip(forms, spaces, strict=True)])
        strings = source.vocab.strings
        self.words: list[Word] = list(
            map(
                Word,
                repeat(self),
                range(len(forms)),
                self._chars,
                forms,
                spaces,
                _strings(strings, tags),
                [POS_NAMES[p] for p in pos],
                _strings(strings, lemmas),
                _strings(strings, deps),
            )
        )
        self._grow(annotations[:, -1].astype("int64").tolist())
        self._starts = [0, *(i for i, start in enumerate(starts) if start == 1 and i)] if forms else []

    def _grow(self, heads: list[int]) -> None:
        """Tie words to their heads, which are given as distances."""
        words = self.words
        for i, distance in enumerate(heads):
            if distance:
                word = words[i]
                word.head = head = words[i + distance]
                if head.children:
                    head.children.append(word)  # type: ignore[union-attr]
                else:
                    head.children = [word]

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[Word]:
        return iter(self.words)

    @overload
    def __getitem__(self, key: int) -> Word: ...

    @overload
    def __getitem__(self, key: slice) -> Stretch: ...

    def __getitem__(self, key: int | slice) -> Word | Stretch:
        if isinstance(key, slice):
            start, end, _ = key.indices(len(self.words))
            return Stretch(self, start, max(start, end))
        return self.words[key]

    @property
    def spans(self) -> Mapping[str, SpanGroup]:
        """The source's span groups, as they now are."""
        return self.source.spans

    def char_at(self, i: int) -> int:
        """The character at which word i begins; the length of the text where there is no such word."""
        return self._chars[i]

    @cached_property
    def sents(self) -> list[Stretch]:
        """Sentences in text order."""
        return list(map(Stretch, repeat(self), self._starts, [*self._starts[1:], len(self.words)]))

    def sentence_at(self, i: int) -> Stretch:
        """The sentence of word i."""
        return self.sents[bisect_right(self._starts, i) - 1]

    def sentence_number(self, i: int) -> int:
        """How many sentences come before that of word i."""
        return bisect_right(self._starts, i) - 1

    def covering(self, start: int, end: int) -> Stretch | None:
        """The words that the characters [start, end) touch; None where the text has no such range."""
        if not 0 <= start < end <= len(self.text):
            return None
        first = bisect_right(self._chars, start) - 1
        if start == self.words[first].idx + len(self.words[first].text):  # the space behind a word is not the word's
            first += 1
        return Stretch(self, first, bisect_left(self._chars, end))

    @cached_property
    def texts(self) -> list[str]:
        """Every word as written."""
        return [word.text for word in self.words]

    @cached_property
    def lowers(self) -> list[str]:
        """Every word in lower case."""
        return [word.lower_ for word in self.words]

    @cached_property
    def lemmas(self) -> list[str]:
        """Lower-case lemma of every word."""
        return [word.lemma_.lower() for word in self.words]


_known_forms: dict[int, Form] = {}
_known_strings: dict[int, str] = {}
_latest: list[Mirror] = []


def _forms(vocab: Vocab, ids: list[int]) -> list[Form]:
    try:
        return list(map(_known_forms.__getitem__, ids))
    except KeyError:
        _learn(_known_forms, {i: Form(vocab, i) for i in set(ids) if i not in _known_forms})
        return _forms(vocab, ids)


def _strings(store: StringStore, ids: list[int]) -> list[str]:
    try:
        return list(map(_known_strings.__getitem__, ids))
    except KeyError:
        _learn(_known_strings, {i: store[i] for i in set(ids) if i not in _known_strings})
        return _strings(store, ids)


def _learn(known: dict[int, Any], new: dict[int, Any]) -> None:
    if len(known) > REMEMBERED:
        known.clear()
    known.update(new)


def mirrored(doc: Doc) -> Mirror:
    """The mirror of a doc as it now is.

    The last one is kept, for components ask one after the other about the same doc; one whose annotations have been
    changed since is made anew.
    """
    annotations = doc.to_array(ANNOTATIONS)
    for made in _latest[:]:
        if made.source is doc and np.array_equal(made.annotations, annotations):
            return made
    made = Mirror(doc, annotations)
    _latest[:] = [made]
    return made
