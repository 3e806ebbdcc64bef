"""Who the text gives as the source of what it says: "according to X", "X said", quotations that go on, lists under a
lead.

A source speaks for a range of tokens, its scope; a claim takes the narrowest scope that holds its trigger. What a
sentence
says in passing (a firm's seat, somebody's post) is the article's own unless it stands in the quotation itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.cues import Cues
from claimstake.claims.qualify import in_passing
from claimstake.claims.speech import MARKS, closes_quotation, dialogue, new_paragraph, quoted_sentences, quotes_speech
from claimstake.claims.view import Mention
from claimstake.mirror import Mirror, Sentence, Word

SOURCES = frozenset({"PERSON", "MINISTRY", "COMPANY", "ORGANIZATION", "PLACE"})
NAME_REACH = 45  # characters between "according to" and the name
QUOTE_GAP = 3  # sentences that a quotation may go on without naming its speaker again
# Verbs by which somebody acts rather than tells: "China announced it would limit exports" is China's own act.
ACTING = frozenset({"announce", "declare", "propose", "pledge", "vow", "unveil", "publish", "confirm", "reveal"})
CONTENT = frozenset({"has_threshold", "covers"})  # of what somebody announces: his act as well
FINDING = frozenset({"find", "determine", "conclude"})  # what they report is all found, also what stands in a modifier
FINITE = ("VBD", "VBZ", "VBP")
CLOSING = frozenset({",", "”", '"', "’", "'"})  # before an inverted "said"
APPOSITION = 16  # tokens between a name and its verb of saying
LEAD_WORDS = 8  # tokens between a verb of saying and the colon that opens what is said
LAST_WORDS = 10  # tokens of a sentence that ends with who said it
STATING = re.compile(r"\b(?:said|says|stated|commented|added):\s*(?![\s“\"])")
FIRST_PERSON = re.compile(r"\b(?:we|our|us|I|my)\b", re.I)
STOPS = re.compile(r"[,;:()]")  # between "according to" and a name that is not the source
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
        own = scope.name == claim.subject.canonical or claim.predicate in CONTENT and self._is_authority(scope.name)
        if own and scope.verb in ACTING:
            return None
        closed = scope.verb and claim.predicate != "located_in" and self.view.doc[scope.end - 1].lemma_ == scope.verb
        told = scope.quoted or scope.verb in FINDING or closed or (scope.verb and told_in_passing(claim))
        return None if in_passing(claim) and not told else scope.name

    def _is_authority(self, name: str) -> bool:
        return any(m.label in ("MINISTRY", "PLACE") for m in self.view.top if m.canonical == name)

    def _scopes_at(self, i: int) -> list[Scope]:
        """Scopes in the sentence of token i."""
        return self._scopes.get(self.view.doc.sentence_at(i).start, [])

    def _add(self, scope: Scope) -> None:
        self._scopes.setdefault(self.view.doc.sentence_at(scope.start).start, []).append(scope)

    def _find(self, doc: Mirror) -> None:
        sents = list(doc.sents)
        quoted = quoted_sentences(doc)
        self._closing = {s.start for s, inside in zip(sents, quoted, strict=True) if inside and closes_quotation(s)}
        labels = dialogue(self.view, sents)
        last: tuple[str, int] | None = None  # speaker of the last quotation, number of its sentence
        going_on: str | None = None
        stated: str | None = None  # who makes the statement without quotation marks that goes on
        for number, sent in enumerate(sents):
            if sent.start in labels:
                self._add(Scope(sent.start, sent.end, labels[sent.start], quoted=True))
                continue
            found = self._in_sentence(sent)
            for scope in found:
                self._add(scope)
            speaks = quoted[number] or self._quotes(sent)
            if found:
                going_on = None if speaks or found[0].verb in FINDING else found[0].name
                stated = found[0].name if not speaks and STATING.search(sent.text) else None
                if speaks or sent.text.rstrip().endswith(":"):
                    last = (found[0].name, number)
                    self._backwards(sents, quoted, number, found[0].name)
            elif quoted[number] and last is not None and number - last[1] <= QUOTE_GAP:
                self._add(Scope(sent.start, sent.end, last[0], quoted=True))
                last = (last[0], number)
            elif stated and (not new_paragraph(sent) or FIRST_PERSON.search(sent.text)):
                self._add(Scope(sent.start, sent.end, stated, quoted=True))
            elif going_on and not new_paragraph(sent) and GOES_ON.search(sent.text):
                self._add(Scope(sent.start, sent.end, going_on))
            else:
                going_on = stated = None
                self._under_lead(sent)

    def _quotes(self, sent: Sentence) -> bool:
        """Whether speech in quotation marks stands in a sentence, or ends in it."""
        return sent.start in self._closing or quotes_speech(sent)

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

    def _clipped(self, scope: Scope, cue: int) -> Scope:
        """A scope within the semicolons around the word that names the source."""
        marks = [t.i for t in self.view.doc[scope.start : scope.end] if t.text == ";"]
        start = max([i + 1 for i in marks if i < cue], default=scope.start)
        end = min([i for i in marks if i > cue], default=scope.end)
        return replace(scope, start=start, end=end)

    def _speech(self, verb: Word, sent: Sentence, name: str, *, turned: bool = False) -> Iterator[Scope]:
        """What a sentence that quotes says in its speaker's words: not what it tells of the speaker ("said Kaye, who
        runs a mine in Montana")."""
        lemma, marks = verb.lemma_.lower(), [t.i for t in sent if t.text in MARKS]
        behind = [i for i in marks if i > verb.i]
        if turned or any(i < verb.i for i in marks) or not behind:
            yield Scope(sent.start, verb.i + 1, name, lemma, quoted=True)
        further = next((t.i for t in verb.doc[verb.i + 1 : sent.end] if t.lemma_.lower() in self.cues.said), sent.end)
        opens = bool(behind) and marks[0] > verb.i and not turned
        start = min(verb.i if opens else further, *behind[:1], sent.end)
        if start < sent.end:
            yield Scope(start, sent.end, name, lemma, quoted=True)

    def _in_sentence(self, sent: Sentence) -> list[Scope]:
        cited = self._cited(sent)
        if cited is not None and cited.end - cited.start == len(sent):
            return [cited]
        found = [cited] if cited is not None else []
        generic = self.cues.sources.possible(sent.text)
        if not generic and sent.lemmas.isdisjoint(self.cues.said):
            return found
        for token in sent:
            if generic and token.dep_ in ("nsubj", "dobj") and self._generic(token):
                name, verb = self._generic(token), token.head
                speech = list(self._speech(verb, sent, name)) if self._quotes(sent) else []
                if speech or token.dep_ == "nsubj":
                    return found + (speech or [Scope(sent.start, sent.end, name)])
            if token.pos_ == "VERB" and token.lemma_.lower() in self.cues.said and not _seeking(token):
                scopes = self._spoken(token, sent)
                if scopes:
                    return found + scopes
        return found or list(self._by_place(sent))

    def _cited(self, sent: Sentence) -> Scope | None:
        """The scope of "according to X"."""
        match = self.cues.according.search(sent.text)
        name = self._name_after(sent, sent.start_char + match.end()) if match else None
        if match is None or name is None:
            return None
        cue = next(t.i for t in sent if t.idx + len(t.text) > sent.start_char + match.start())
        return self._clipped(Scope(sent.start, sent.end, name), cue)

    def _by_place(self, sent: Sentence) -> Iterator[Scope]:
        """Who stands beside a verb of saying, however the parse reads it: "..., said Kaye", "Kaye, its head, said"."""
        for verb in sent:
            lemma = verb.lemma_.lower()
            if lemma not in self.cues.said or lemma in ACTING or verb.tag_ not in FINITE or verb.i in self.view.at:
                continue
            behind = self.view.at.get(verb.i + 1)
            turned = verb.i > sent.start and verb.doc[verb.i - 1].text in CLOSING
            if turned and behind is not None and behind.label in SOURCES:
                yield from self._speech(verb, sent, behind.canonical, turned=True)
                return
            named = self._named_before(verb, sent)
            if named is None:
                continue
            if self._quotes(sent):
                yield from self._speech(verb, sent, named.canonical)
                return
            opens = named.start - sent.start <= 2
            if self._clause_behind(verb, sent) if opens else sent.end - verb.i <= LAST_WORDS:
                start = verb.i if opens else sent.start
                yield self._clipped(Scope(start, sent.end, named.canonical, lemma), verb.i)
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

    def _clause_behind(self, verb: Word, sent: Sentence) -> bool:
        """Whether a verb of saying has a clause behind it that it may report, not one that goes on beside it."""
        first = next((t for t in verb.doc[verb.i + 1 : sent.end] if t.tag_ in (*FINITE, "MD")), None)
        return first is not None and verb.doc.words[first.i - 1].tag_ != "CC"

    def _name_after(self, sent: Sentence, char: int) -> str | None:
        after = [m for m in self.view.within(sent) if m.label in SOURCES and 0 <= m.span.start_char - char < NAME_REACH]
        if after and STOPS.search(sent.text, char - sent.start_char, after[0].span.start_char - sent.start_char):
            return None
        generic = self.cues.sources.search(sent.text, char - sent.start_char)
        if after and not (generic and generic.start() + sent.start_char < after[0].span.start_char):
            return after[0].canonical
        if generic and generic.start() + sent.start_char - char < 20:
            return generic.group().lower()
        return None

    def _spoken(self, verb: Word, sent: Sentence) -> list[Scope]:
        """The clause that a verb of saying reports, and who says it."""
        if self.view.is_passive(verb) and verb.dep_ != "ROOT":
            return []
        quotes = self._quotes(sent)
        clause = [c for c in verb.children if c.dep_ == "ccomp" and c.pos_ in ("VERB", "AUX")]
        opening = sent.text.rstrip().endswith(":") and sent.end - verb.i < 5
        colon = next(
            (t.i for t in verb.doc[verb.i + 1 : verb.i + LEAD_WORDS] if t.text == ":" and t.i < sent.end), None
        )
        if not clause and not quotes and not opening and colon is None and verb.dep_ != "parataxis":
            return []
        for subject in self._sayers(verb):
            name = self._subject_name(subject)
            if name is None:
                continue
            lemma = verb.lemma_.lower()
            if clause and not quotes:
                parts = list(clause[0].subtree)
                end = sent.end if parts[0].i > verb.i else verb.i + 1
                return [self._clipped(Scope(min(parts[0].i, verb.i), end, name, lemma), verb.i)]
            if quotes:
                return list(self._speech(verb, sent, name, turned=subject.i > verb.i and verb.i - sent.start > 2))
            start = sent.start if colon is None else colon
            return [self._clipped(Scope(start, sent.end, name, lemma), verb.i)]
        return []

    def _sayers(self, verb: Word) -> list[Word]:
        return self.view.subjects(verb) or [c for c in verb.children if c.dep_ in ("nsubj", "npadvmod")]

    def _generic(self, subject: Word) -> str:
        """ "state media", "recent studies": a source without a name; else nothing."""
        words = [t.text for t in subject.subtree if t.i <= subject.i and t.pos_ != "DET"]
        match = self.cues.sources.fullmatch(" ".join(words))
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


def told_in_passing(claim: Candidate) -> bool:
    """Whether a claim in a modifier is yet what a "said that" tells: a use, a mine that somebody has."""
    return claim.predicate == "used_in" or claim.frame == "pattern-goods-site"


def _seeking(verb: Word) -> bool:
    """ "to determine if there are other elements": nothing is found yet."""
    return verb.tag_ in ("VB", "VBG") and verb.lemma_.lower() in FINDING
