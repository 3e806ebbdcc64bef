"""Words and stretches of words, in plain Python objects with the attributes of spaCy's Token and Span."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, overload

from spacy.tokens import Span

from claimstake.mirror.letters import Form

if TYPE_CHECKING:
    from claimstake.mirror.document import Mirror

TITLE_SHARE = 0.7  # a sentence with more capitalised words than this is set like a title
LONG_WORD = 4  # letters; shorter words are small ones in titles
FEWEST = 3  # words; a shorter sentence is no evidence
NONE: tuple[Any, ...] = ()


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
        # one by one: this runs for every token, and pairs take a fifth longer
        self.doc = doc
        self.i = i
        self.idx = idx
        self.form = form
        self.text = form.text
        self.lower_ = form.lower_
        self.whitespace_ = whitespace
        self.tag_ = tag
        self.pos_ = pos
        self.lemma_ = lemma
        self.dep_ = dep
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
    def sent(self) -> Sentence:
        """The sentence that the word is in."""
        return self.doc.sentence_at(self.i)

    @property
    def is_sent_start(self) -> bool:
        return self.i in self.doc.starts

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

    __slots__ = ("_root", "_text", "doc", "end", "start")

    def __init__(self, doc: Mirror, start: int, end: int) -> None:
        self.doc, self.start, self.end = doc, start, end
        self._text: str | None = None
        self._root: Word | None = None

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
        return self.doc.chars[self.start]

    @property
    def end_char(self) -> int:
        doc, end = self.doc, self.end
        return doc.chars[end - 1] + len(doc.texts[end - 1]) if end > self.start else doc.chars[end]

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = self.doc.text_of(self.start, self.end)
        return self._text

    @property
    def texts(self) -> list[str]:
        """Its words as written."""
        return self.doc.texts[self.start : self.end]

    @property
    def sent(self) -> Sentence:
        """The sentence that it begins in."""
        return self.doc.sentence_at(self.start)

    @property
    def root(self) -> Word:
        """The word nearest to the sentence's root, the first of several."""
        if self._root is None:
            self._root = self._find_root()
        return self._root

    def _find_root(self) -> Word:
        words = self.doc.words[self.start : self.end]
        if len(words) == 1:
            return words[0]
        for word in words:
            if word.head is word:
                return word
        tops = [w for w in words if not self.start <= w.head.i < self.end]
        return min(tops, key=_depth) if tops else self.doc.words[self.start]


class Sentence(Stretch):
    """A sentence; what is asked of its words as a whole is worked out once."""

    __slots__ = ("_lemmas", "_lowers", "_titled")

    def __init__(self, doc: Mirror, start: int, end: int) -> None:
        super().__init__(doc, start, end)
        self._lemmas: frozenset[str] | None = None
        self._lowers: frozenset[str] | None = None
        self._titled: bool | None = None

    @property
    def lemmas(self) -> frozenset[str]:
        """The lower-case lemmas in it: what none of is here need not be looked for word by word."""
        if self._lemmas is None:
            self._lemmas = frozenset(self.doc.lemmas[self.start : self.end])
        return self._lemmas

    @property
    def lowers(self) -> frozenset[str]:
        """The lower-case words in it."""
        if self._lowers is None:
            self._lowers = frozenset(self.doc.lowers[self.start : self.end])
        return self._lowers

    @property
    def titled(self) -> bool:
        """Whether it is set like a title."""
        if self._titled is None:
            forms = self.doc.letters.forms[self.start : self.end]
            words = [form.text for form in forms if form.is_alpha and len(form.text) >= LONG_WORD]
            capital = sum(1 for word in words if word[0].isupper())
            self._titled = len(words) >= FEWEST and capital > TITLE_SHARE * len(words)
        return self._titled


class Marked(Stretch):
    """A span of one of the doc's span groups.

    Attributes:
        label_: as spaCy's.
        attrs: the record that the group keeps for it; empty where there is none.
    """

    __slots__ = ("attrs", "label_")

    def __init__(self, doc: Mirror, span: Span, attrs: dict[str, Any]) -> None:
        super().__init__(doc, span.start, span.end)
        self.label_, self.attrs = span.label_, attrs


def _depth(word: Word) -> int:
    """Steps from a word up to the root; a sign or space that governs nothing is the last to be a stretch's root."""
    if not word.children and (word.is_space or word.is_punct):
        return len(word.doc) - 1
    return sum(1 for _ in word.ancestors)
