"""The mirror of a document, and how it is made."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import repeat
from typing import overload

import numpy as np
from spacy.attrs import DEP, HEAD, LEMMA, POS, SENT_START, TAG
from spacy.parts_of_speech import NAMES as POS_NAMES
from spacy.strings import StringStore
from spacy.tokens import Doc, SpanGroup

from claimstake.mirror.letters import learn, letters_of
from claimstake.mirror.tokens import Marked, Sentence, Stretch, Word

ANNOTATIONS = [TAG, POS, LEMMA, DEP, SENT_START, HEAD]  # what components may still change
SETTLED = "claimstake_settled"  # key of doc.user_data, see `settle`


class Mirror:
    """A document.

    Args:
        source: spaCy's.
        annotations: its values of ANNOTATIONS.

    Attributes:
        words: in text order.
        letters, text, texts, lowers, chars: as written, see `Letters`.
    """

    def __init__(self, source: Doc, annotations: np.ndarray) -> None:
        self.source, self.annotations = source, annotations
        self._marked: dict[str, tuple[SpanGroup, list[Marked]]] = {}
        tags, pos, lemmas, deps, starts, _ = annotations.T.tolist()
        self.letters = letters_of(source)
        self.text, self.texts, self.chars = self.letters.text, self.letters.texts, self.letters.chars
        self.lowers = self.letters.lowers
        strings = source.vocab.strings
        self.words: list[Word] = list(
            map(
                Word,
                repeat(self),
                range(len(self.texts)),
                self.letters.chars,
                self.letters.forms,
                self.letters.spaces,
                _strings(strings, tags),
                [POS_NAMES[p] for p in pos],
                _strings(strings, lemmas),
                _strings(strings, deps),
            )
        )
        self._grow(np.arange(len(self.words)) + annotations[:, -1].astype("int64"))
        self._starts = [0, *(i for i, start in enumerate(starts) if start == 1 and i)] if self.texts else []

    def _grow(self, heads: np.ndarray) -> None:
        """Tie words to their heads, which are given by their places."""
        words = self.words
        for word, head in zip(words, map(words.__getitem__, heads.tolist()), strict=True):
            if head is not word:
                word.head = head
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
            return Stretch(self, start, end if end > start else start)
        return self.words[key]

    def marked(self, key: str) -> list[Marked]:
        """The spans of one of the source's groups as it now is, in the group's order; none where there is no group."""
        group = self.source.spans.get(key)
        if group is None:
            return []
        known, spans = self._marked.get(key, (None, []))
        if known is not group or len(spans) != len(group):
            attrs = group.attrs
            spans = [Marked(self, span, attrs.get(span.id_, {})) for span in group]
            self._marked[key] = group, spans
        return spans

    @property
    def spans(self) -> Mapping[str, SpanGroup]:
        """The source's span groups, as they now are."""
        return self.source.spans

    def text_of(self, start: int, end: int) -> str:
        """The text of the words [start, end)."""
        return self.text[self.chars[start] : self.chars[end - 1] + len(self.texts[end - 1])] if end > start else ""

    def chars_of(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the words [start, end), which are not none: where they begin and end."""
        return self.chars[start], self.letters.end(end - 1)

    @cached_property
    def sents(self) -> list[Sentence]:
        """Sentences in text order."""
        return list(map(Sentence, repeat(self), self._starts, [*self._starts[1:], len(self.words)]))

    def sentence_at(self, i: int) -> Sentence:
        """The sentence of word i."""
        return self.sents[bisect_right(self._starts, i) - 1]

    @cached_property
    def starts(self) -> frozenset[int]:
        """The words that sentences begin with."""
        return frozenset(self._starts)

    def covering(self, start: int, end: int) -> Stretch | None:
        """The words that the characters [start, end) touch; None where the text has no such range."""
        touched = self.letters.covering(start, end)
        return None if touched is None else Stretch(self, *touched)

    @cached_property
    def tags(self) -> list[str]:
        """Every word's tag."""
        return [word.tag_ for word in self.words]

    @cached_property
    def lemmas(self) -> list[str]:
        """Lower-case lemma of every word."""
        return [word.lemma_.lower() for word in self.words]


_known_strings: dict[int, str] = {}
_latest: list[Mirror] = []


def _strings(store: StringStore, ids: list[int]) -> list[str]:
    try:
        return list(map(_known_strings.__getitem__, ids))
    except KeyError:
        learn(_known_strings, {i: store[i] for i in set(ids) if i not in _known_strings})
        return _strings(store, ids)


def mirrored(doc: Doc) -> Mirror:
    """The mirror of a doc as it now is.

    The last one is kept, for components ask one after the other about the same doc; one whose annotations have been
    changed since is made anew.
    """
    latest = next((made for made in _latest[:] if made.source is doc), None)
    if latest is not None and SETTLED in doc.user_data:
        return latest
    annotations = doc.to_array(ANNOTATIONS)
    if latest is not None and np.array_equal(latest.annotations, annotations):
        return latest
    made = Mirror(doc, annotations)
    _latest[:] = [made]
    return made


def settle(doc: Doc) -> None:
    """Promise that nobody will change the doc's annotations between the first question for its mirror and `release`.

    To look for changes takes longer than most rules do.
    """
    doc.user_data[SETTLED] = True


def release(doc: Doc) -> None:
    """Take the mirror of a doc apart, once no component will ask for it any more.

    Words know their document and each other. In such circles they would wait for the garbage collector, and looking
    for them takes a twentieth of the time of annotating. Without heads, and with a document that knows nothing any
    more, there are no circles.
    """
    doc.user_data.pop(SETTLED, None)
    for made in _latest[:]:
        if made.source is doc:
            _latest.remove(made)
            for word in made.words:
                del word.head
            made.__dict__.clear()
