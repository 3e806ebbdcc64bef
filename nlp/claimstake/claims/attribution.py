"""Who the text gives as the source of what it says: "according to X", "X said", and quotations that go on.

For every sentence the source's canonical name, or None for the article's own voice.
"""

from __future__ import annotations

import re

from spacy.tokens import Doc, Span, Token

from claimstake.claims.cues import Cues
from claimstake.claims.resolve import Resolver
from claimstake.claims.view import Mention, View

SOURCES = frozenset({"PERSON", "MINISTRY", "COMPANY", "ORGANIZATION", "PLACE"})
OPEN, CLOSE = '“"', '”"'


class Attributions:
    """Sources of the sentences of one document."""

    def __init__(self, view: View, resolver: Resolver, cues: Cues) -> None:
        self.view, self.resolver, self.cues = view, resolver, cues
        self._scopes: list[tuple[int, int, str]] = []  # token range that a source speaks for
        self._find(view.doc)

    def source_of(self, start: int, end: int) -> str | None:
        """The source that speaks for a token range; the narrowest scope that holds it."""
        holding = [s for s in self._scopes if s[0] <= start and end <= s[1]]
        return min(holding, key=lambda s: s[1] - s[0])[2] if holding else None

    def _find(self, doc: Doc) -> None:
        quoted = _quoted_sentences(doc)
        last: tuple[str, int] | None = None
        for number, sent in enumerate(doc.sents):
            found = self._in_sentence(sent)
            for low, high, name in found:
                self._scopes.append((low, high, name))
            if found and (quoted[number] or any(t.text in OPEN + CLOSE for t in sent)):
                last = (found[0][2], number)
                back = number - 1  # the quotation may have begun in the sentences before
                sents = list(doc.sents)
                while back >= 0 and quoted[back] and not self._has_source(sents[back]):
                    self._scopes.append((sents[back].start, sents[back].end, found[0][2]))
                    back -= 1
            elif quoted[number] and last is not None and number - last[1] <= 3:
                self._scopes.append((sent.start, sent.end, last[0]))
                last = (last[0], number)

    def _has_source(self, sent: Span) -> bool:
        return any(s[0] >= sent.start and s[1] <= sent.end for s in self._scopes)

    def _in_sentence(self, sent: Span) -> list[tuple[int, int, str]]:
        out = []
        match = self.cues.according.search(sent.text)
        if match:
            name = self._name_after(sent, sent.start_char + match.end())
            if name:
                out.append((sent.start, sent.end, name))
        for token in sent:
            if token.dep_ == "nsubj" and token.head.pos_ == "VERB" and self._generic(token) and not out:
                out.append((sent.start, sent.end, self._generic(token) or ""))
            elif token.pos_ == "VERB" and token.lemma_.lower() in self.cues.said and not out:
                scope = self._spoken(token, sent)
                if scope is not None:
                    out.append(scope)
        return out

    def _name_after(self, sent: Span, char: int) -> str | None:
        after = [m for m in self.view.within(sent) if m.label in SOURCES and 0 <= m.span.start_char - char < 45]
        generic = self.cues.sources.search(sent.text, char - sent.start_char)
        if after and not (generic and generic.start() + sent.start_char < after[0].span.start_char):
            return self._speaker(after[0])
        if generic and generic.start() + sent.start_char - char < 20:
            return generic.group().lower()
        return None

    def _speaker(self, mention: Mention) -> str:
        """The agency that reports for "Xinhua", the body for "a USGS report"."""
        return mention.canonical

    def _spoken(self, verb: Token, sent: Span) -> tuple[int, int, str] | None:
        """The clause that a verb of saying reports, and who says it."""
        if self.view.is_passive(verb) and verb.dep_ != "ROOT":
            return None
        quotes = any(t.text in OPEN + CLOSE for t in sent)
        clause = [c for c in verb.children if c.dep_ in ("ccomp",) and c.pos_ in ("VERB", "AUX")]
        if not clause and not quotes and verb.dep_ != "parataxis":
            return None
        subjects = self.view.subjects(verb) or [c for c in verb.children if c.dep_ in ("nsubj", "npadvmod")]
        for subject in subjects:
            name = self._subject_name(subject)
            if name is None:
                continue
            if clause and not quotes:
                parts = list(clause[0].subtree)
                return min(parts[0].i, verb.i), sent.end if parts[0].i > verb.i else verb.i + 1, name
            return sent.start, sent.end, name
        return None

    def _generic(self, subject: Token) -> str | None:
        """ "state media", "recent studies": a source without a name."""
        words = " ".join(t.text for t in subject.subtree if t.i <= subject.i)
        match = self.cues.sources.fullmatch(words)
        return match.group().lower() if match and " " in match.group() else None

    def _subject_name(self, subject: Token) -> str | None:
        mention = self.view.at.get(subject.i)
        if mention is not None and mention.label in SOURCES:
            return mention.canonical
        generic = self.cues.sources.fullmatch(
            " ".join(t.text for t in subject.subtree if t.i <= subject.i)
        ) or self.cues.sources.fullmatch(subject.text)
        if generic:
            return generic.group().lower()
        found = self.resolver.resolve(subject, SOURCES)
        if found:
            return found[0].canonical
        for child in subject.children:  # "the USGS report says", "Adam Burstein, technical director"
            inner = self.view.at.get(child.i)
            if child.dep_ in ("compound", "poss", "appos") and inner is not None and inner.label in SOURCES:
                return inner.canonical
        return None


def _quoted_sentences(doc: Doc) -> list[bool]:
    """For each sentence whether it lies inside a quotation (from an opening mark not yet closed)."""
    out, depth = [], False
    for sent in doc.sents:
        text = sent.text
        if "\n\n" in text.rstrip() or text.startswith("\n"):
            depth = False
        starts_open = bool(re.match(r"\s*[“\"]", text))
        out.append(depth or starts_open)
        for char in text:
            if char == "“":
                depth = True
            elif char == "”":
                depth = False
            elif char == '"':
                depth = not depth
        if text.endswith("\n\n"):
            depth = False
    return out
