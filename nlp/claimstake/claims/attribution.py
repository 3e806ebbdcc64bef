"""Who the text gives as the source of what it says: "according to X", "X said", quotations that go on, lists under a
lead.

A source speaks for a range of tokens, its scope; a claim takes the narrowest scope that holds its trigger. What a
sentence
says in passing (a firm's seat, somebody's post) is the article's own unless it stands in the quotation itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.cues import Cues
from claimstake.claims.qualify import in_passing
from claimstake.claims.view import Mention
from claimstake.mirror import Mirror, Sentence, Word

SOURCES = frozenset({"PERSON", "MINISTRY", "COMPANY", "ORGANIZATION", "PLACE"})
NAME_REACH = 45  # characters between "according to" and the name
QUOTE_GAP = 3  # sentences that a quotation may go on without naming its speaker again
# Verbs by which somebody acts rather than tells: "China announced it would limit exports" is China's own act.
ACTING = frozenset({"announce", "declare", "propose", "pledge", "vow", "unveil", "publish", "confirm", "reveal"})
SPEECH = 9  # words in quotation marks from which on they are speech without a verb
QUOTATION_MARK = re.compile('[“”"]')
QUOTED = re.compile(r"[“\"]([^“”\"]{2,2000})(?:[”\"]|$)")
FINITE = ("VBD", "VBZ", "VBP")
CLOSING = frozenset({",", "”", '"', "’", "'"})  # before an inverted "said"
APPOSITION = 16  # tokens between a name and its verb of saying
LAST_WORDS = 10  # tokens of a sentence that ends with who said it
GOES_ON = re.compile(
    r"^\W*(?:similarly|in addition|additionally|moreover|furthermore|likewise|also|further)\b"
    r"|\b(?:by contrast|will also|also be)\b"
    r"|^\W*the (?:report|study|fact sheet|agency|ministry|survey|document)\b",
    re.I,
)


@dataclass(frozen=True)
class Scope:
    """A token range [start, end) that a source speaks for.

    Attributes:
        verb: the verb of saying, "" for "according to".
        quoted: whether the words are the source's own (a quotation, a list under a lead that names the source).
    """

    start: int
    end: int
    name: str
    verb: str = ""
    quoted: bool = False


class Attributions:
    """Sources of the sentences of one document."""

    def __init__(self, arguments: Arguments, cues: Cues) -> None:
        self.view, self.resolver, self.cues = arguments.view, arguments.resolver, cues
        self.arguments = arguments
        self._scopes: dict[int, list[Scope]] = {}  # start of the sentence that they lie in -> scopes
        self._find(self.view.doc)

    def source_of(self, claim: Candidate) -> str | None:
        """The canonical name of the source of a claim; None for the article's own voice."""
        start, end = claim.trigger.start, claim.trigger.end
        holding = [s for s in self._scopes_at(start) if s.start <= start and end <= s.end]
        if not holding or claim.predicate == "affiliated_with":
            return None
        scope = min(holding, key=lambda s: s.end - s.start)
        if scope.name == claim.subject.canonical and scope.verb in ACTING:
            return None
        return None if in_passing(claim) and not scope.quoted else scope.name

    def _scopes_at(self, i: int) -> list[Scope]:
        """Scopes in the sentence of token i."""
        return self._scopes.get(self.view.doc.sentence_at(i).start, [])

    def _add(self, scope: Scope) -> None:
        self._scopes.setdefault(self.view.doc.sentence_at(scope.start).start, []).append(scope)

    def _find(self, doc: Mirror) -> None:
        sents = list(doc.sents)
        quoted = _quoted_sentences(doc)
        last: tuple[str, int] | None = None  # speaker of the last quotation, number of its sentence
        going_on: str | None = None
        for number, sent in enumerate(sents):
            found = self._in_sentence(sent)
            for scope in found:
                self._add(scope)
            speaks = quoted[number] or _quotes(sent)
            if found:
                going_on = None if speaks else found[0].name
                if speaks or sent.text.rstrip().endswith(":"):
                    last = (found[0].name, number)
                    self._backwards(sents, quoted, number, found[0].name)
            elif quoted[number] and last is not None and number - last[1] <= QUOTE_GAP:
                self._add(Scope(sent.start, sent.end, last[0], quoted=True))
                last = (last[0], number)
            elif going_on and not _new_paragraph(sent) and GOES_ON.search(sent.text):
                self._add(Scope(sent.start, sent.end, going_on))
            else:
                going_on = None if _new_paragraph(sent) else going_on
                self._under_lead(sent)

    def _backwards(self, sents: list[Sentence], quoted: list[bool], number: int, name: str) -> None:
        """The quotation may have begun in the sentences before the one that names its speaker."""
        back = number - 1
        while back >= 0 and quoted[back] and number - back <= 2 * QUOTE_GAP and not self._has_source(sents[back]):
            self._add(Scope(sents[back].start, sents[back].end, name, quoted=True))
            back -= 1

    def _under_lead(self, sent: Sentence) -> None:
        """Items of a list speak with the voice of the sentence that leads to it."""
        lead = self.arguments.lead(sent)
        if lead is not None:
            for scope in [s for s in self._scopes_at(lead.start) if s.start <= lead.start and lead.end <= s.end][:1]:
                self._add(Scope(sent.start, sent.end, scope.name, scope.verb, quoted=True))

    def _has_source(self, sent: Sentence) -> bool:
        return bool(self._scopes_at(sent.start))

    def _in_sentence(self, sent: Sentence) -> list[Scope]:
        match = self.cues.according.search(sent.text)
        if match:
            name = self._name_after(sent, sent.start_char + match.end())
            if name:
                return [Scope(sent.start, sent.end, name)]
        generic = self.cues.sources.possible(sent.text)
        if not generic and sent.lemmas.isdisjoint(self.cues.said):
            return []
        for token in sent:
            if generic and token.dep_ == "nsubj" and self._generic(token):
                return [Scope(sent.start, sent.end, self._generic(token))]
            if token.pos_ == "VERB" and token.lemma_.lower() in self.cues.said:
                scope = self._spoken(token, sent)
                if scope is not None:
                    return [scope]
        return list(self._by_place(sent))

    def _by_place(self, sent: Sentence) -> Iterator[Scope]:
        """Who stands beside a verb of saying, however the parse reads it: "..., said Kaye", "Kaye, its head, said"."""
        for verb in sent:
            lemma = verb.lemma_.lower()
            if lemma not in self.cues.said or lemma in ACTING or verb.tag_ not in FINITE or verb.i in self.view.at:
                continue
            behind = self.view.at.get(verb.i + 1)
            turned = verb.i > sent.start and verb.doc[verb.i - 1].text in CLOSING
            if turned and behind is not None and behind.label in SOURCES:
                yield Scope(sent.start, sent.end, behind.canonical, lemma, quoted=True)
                return
            named = self._named_before(verb, sent)
            if named is None or not self._reports(verb, sent):
                continue
            quotes = _quotes(sent)
            opens = named.start - sent.start <= 2
            if quotes or opens or sent.end - verb.i <= LAST_WORDS:
                start = verb.i if opens and not quotes else sent.start
                yield Scope(start, sent.end, named.canonical, lemma, quoted=quotes)
                return

    def _named_before(self, verb: Word, sent: Sentence) -> Mention | None:
        """The person or body before a verb with nothing but its apposition between them."""
        found = None
        for mention in reversed(self.view.among(max(sent.start, verb.i - APPOSITION), verb.i)):
            between = verb.doc[mention.end : verb.i]
            if any(t.tag_ in (*FINITE, "MD") or t.text in ('"', "“", "”", ";", ":") for t in between):
                break
            apposed = len(between) and between[0].text == "," and between[-1].text == ","
            if mention.label in SOURCES - {"PLACE"} and (apposed or all(t.pos_ in ("ADV", "PUNCT") for t in between)):
                found = mention
        return found

    def _reports(self, verb: Word, sent: Sentence) -> bool:
        """Whether a verb of saying has something that is said: a quotation, a clause behind it, or all before it."""
        clause = any(t.tag_ in (*FINITE, "MD") for t in verb.doc[verb.i + 1 : sent.end])
        return clause or _quotes(sent) or sent.end - verb.i <= LAST_WORDS

    def _name_after(self, sent: Sentence, char: int) -> str | None:
        after = [m for m in self.view.within(sent) if m.label in SOURCES and 0 <= m.span.start_char - char < NAME_REACH]
        generic = self.cues.sources.search(sent.text, char - sent.start_char)
        if after and not (generic and generic.start() + sent.start_char < after[0].span.start_char):
            return after[0].canonical
        if generic and generic.start() + sent.start_char - char < 20:
            return generic.group().lower()
        return None

    def _spoken(self, verb: Word, sent: Sentence) -> Scope | None:
        """The clause that a verb of saying reports, and who says it."""
        if self.view.is_passive(verb) and verb.dep_ != "ROOT":
            return None
        quotes = _quotes(sent)
        clause = [c for c in verb.children if c.dep_ == "ccomp" and c.pos_ in ("VERB", "AUX")]
        opening = sent.text.rstrip().endswith(":") and sent.end - verb.i < 5
        if not clause and not quotes and not opening and verb.dep_ != "parataxis":
            return None
        for subject in self._sayers(verb):
            name = self._subject_name(subject)
            if name is None:
                continue
            lemma = verb.lemma_.lower()
            if clause and not quotes:
                parts = list(clause[0].subtree)
                end = sent.end if parts[0].i > verb.i else verb.i + 1
                return Scope(min(parts[0].i, verb.i), end, name, lemma)
            return Scope(sent.start, sent.end, name, lemma, quoted=quotes)
        return None

    def _sayers(self, verb: Word) -> list[Word]:
        return self.view.subjects(verb) or [c for c in verb.children if c.dep_ in ("nsubj", "npadvmod")]

    def _generic(self, subject: Word) -> str:
        """ "state media", "recent studies": a source without a name; else nothing."""
        match = self.cues.sources.fullmatch(" ".join(t.text for t in subject.subtree if t.i <= subject.i))
        return match.group().lower() if match else ""

    def _subject_name(self, subject: Word) -> str | None:
        mention = self.view.at.get(subject.i)
        if mention is not None and mention.label in SOURCES:
            return mention.canonical
        if self._generic(subject):
            return self._generic(subject)
        found = self.resolver.resolve(subject, SOURCES)
        if found:
            return found[0].canonical
        return self._named_beside(subject)

    def _named_beside(self, subject: Word) -> str | None:
        """ "the USGS report says", "a study by the IEA found", "Adam Burstein, technical director, said"."""
        beside: list[Mention | None] = [
            self.view.at.get(c.i) for c in subject.children if c.dep_ in ("compound", "poss", "appos", "nmod")
        ]
        beside += [self.view.at.get(p.i) for p in self.view.prepositional(subject, ("by", "from", "of"))]
        return next((m.canonical for m in beside if m is not None and m.label in SOURCES), None)


def _quotes(sent: Sentence) -> bool:
    """Whether a sentence quotes speech; words set in quotation marks ("dual-use", a list's name) are no speech."""
    for match in QUOTED.finditer(sent.text):
        words = sent.doc.covering(sent.start_char + match.start(1), sent.start_char + match.end(1))
        if words is not None and (len(words) >= SPEECH or any(t.tag_ in ("VBZ", "VBP", "VBD", "MD") for t in words)):
            return True
    return False


def _new_paragraph(sent: Sentence) -> bool:
    if sent.start == 0:
        return True
    before = sent.doc.words[sent.start - 1]
    return "\n\n" in before.text_with_ws or (before.is_space and "\n" in before.text and sent.start > 1)


def _quoted_sentences(doc: Mirror) -> list[bool]:
    """For each sentence whether it lies inside a quotation (from an opening mark not yet closed)."""
    out, depth = [], False
    for sent in doc.sents:
        text = sent.text
        if "\n\n" in text.rstrip() or text.startswith("\n"):
            depth = False
        starts_open = text.lstrip().startswith(("“", '"'))
        out.append(depth or starts_open)
        for mark in QUOTATION_MARK.findall(text):
            depth = not depth if mark == '"' else mark == "“"
        if text.endswith("\n\n"):
            depth = False
    return out
