"""Legal texts: what an article covers, licences and their exceptions, whose order it is, pacts and answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.family import Family, pattern_words, phrases
from claimstake.claims.view import GOODS, Mention
from claimstake.mirror import Sentence
from claimstake.ontology import Ontology

PROPOSED = re.compile(r"\b(?:proposed|draft|advance notice)\b", re.I)
EXPORT_OF_GOODS = re.compile(
    r"\bto (?:export|reexport|ship|transfer)(?:,? (?:or|and|export|reexport|transfer),?){0,4} (?!to\b|or\b|any item)",
    re.I,
)
DESTINED = re.compile(r"\b(?:destined|bound|intended) (?:for|to)\b", re.I)
GENERAL_LICENCE = re.compile(
    r"\bgeneral licen[cs]e (?:is|are|was|were) (?:hereby )?issued\b[^.;]{0,80}\bto export\b", re.I
)
LICENCE_RULE = re.compile(
    r"\b(?:licen[cs]e|permit|authori[sz]ation)s?\b[^.]{0,40}\b(?:is|are|shall be) required\b", re.I
)
ANY = re.compile(r"\W*(?:any|certain|the|all)?\W*", re.I)
SUBJECT_TO = re.compile(r"\bsubject to (?:the )?", re.I)


class LawPatterns(Family):
    """Constructions of rules and of relations between states."""

    def __init__(self, arguments: Arguments, ontology: Ontology) -> None:
        super().__init__(arguments, ontology)
        self.answers = phrases("answers", "after", before=r"\b", after=r"\b")
        self.answered = pattern_words("answers", "measures")
        self.pacts = pattern_words("pacts", "words")

    def find(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """See `Family.find`."""
        yield from self._between_two(sent, mentions)
        yield from self._own_order(sent, mentions)
        yield from self._of_the_law(sent, mentions)
        yield from self._exceptions(sent, mentions)
        yield from self._general_licence(sent, mentions)
        yield from self._in_this_rule(sent, mentions)

    def _between_two(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "a memorandum signed between the U.S. and Peru": both issue it, and they are partners."""
        if sent.lemmas.isdisjoint(self.pacts):
            return
        for left, right in zip(mentions, mentions[1:], strict=False):
            before = self.view.doc[max(sent.start, left.start - 2) : left.start].text.lower()
            if (
                left.kind != "actors"
                or right.kind != "actors"
                or "between" not in before
                or len(self.view.group(left)) != 2
            ):
                continue
            trigger = self.view.doc[max(sent.start, left.start - 1) : left.start]
            yield from self.claim("partners_with", left, right, sent, trigger, "between", 0.6)
            pact = [m for m in mentions if m.label == "INSTRUMENT" and 0 <= left.start - m.end < 8]
            for party in (left, right):
                for instrument in pact[-1:]:
                    yield from self.claim("issues", party, instrument, sent, trigger, "between", 0.55)

    def _own_order(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Trump's executive order on ...": a person's order is issued by the person."""
        for left, right in zip(mentions, mentions[1:], strict=False):
            if left.label == "DATE":
                continue
            owner = left
            if right.label == "DATE" and left.label == "PERSON":
                after = [m for m in mentions if m.start >= right.end]
                right = after[0] if after else right
            if owner.label != "PERSON" or right.label != "INSTRUMENT":
                continue
            gap = self.view.doc[owner.end : right.start]
            if 0 < len(gap) < 6 and gap[0].text in ("’s", "'s", "’", "'"):
                yield from self.claim("issues", owner, right, sent, gap, "own-order", 0.6)

    def _of_the_law(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """What the title of a legal article names, and what it says "shall" of, the article covers."""
        law = self.arguments.law
        if law is None:
            return
        goods = [m for m in mentions if m.kind == "goods"]
        title = 0 < sent.start - law.end < 4 or sent.start <= law.start < sent.end
        if title and not any(t.pos_ == "AUX" or t.tag_ in ("VBZ", "VBD", "VBP") for t in sent):
            for good in goods:
                yield from self.claim("covers", law, good, sent, law.span, "law-title", 0.6)
            return
        for token in sent:
            if token.lower_ == "shall" and token.tag_ == "MD":
                heads = (
                    self.view.objects(token.head)
                    if self.view.is_passive(token.head)
                    else self.view.subjects(token.head)
                )
                for head in heads:
                    for good in self.arguments.fill(head, frozenset(GOODS)):
                        yield from self.claim(
                            "covers", law, good, sent, sent.doc[token.i : token.i + 1], "law-shall", 0.5
                        )
        if re.match(r"\s*(?:\(?[a-z0-9]{1,3}[.)]\s*)?(?:for|in the case of)\b", sent.text, re.I):
            for good in goods[:1]:
                for member in self.view.group(good, GOODS):
                    yield from self.claim("covers", law, member, sent, law.span, "law-item", 0.45)

    def _exceptions(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "A licence is required to export any item subject to the EAR other than food": what is excepted, and where
        it goes."""
        if "required" not in sent.text.lower() or not LICENCE_RULE.search(sent.text):
            return
        rule = SUBJECT_TO.search(sent.text)
        start = sent.start_char + rule.end() if rule else None
        rules = [
            m for m in mentions if m.label == "INSTRUMENT" and (start is None or 0 <= m.span.start_char - start < 6)
        ]
        law = rules[0] if rules else self.arguments.law
        if law is None:
            return
        trigger = law.span
        aimed: dict[str, str] = {}
        for mention in mentions:
            before = sent.doc[max(sent.start, mention.start - 4) : mention.start].text.lower()
            if mention.label == "PLACE" and re.search(
                r"\b(?:to|within)\b(?:,? or transfer within,?)?(?: the| so-called|,)*(?: \w+){0,3}$", before
            ):
                aimed.setdefault("target", mention.canonical)
                if self._for_goods(mention, sent, mentions):
                    continue  # a licence for certain goods to a place is no embargo on the place
                for place in self.view.group(mention, {"PLACE"}):
                    yield from self.claim("sanctions", law, place, sent, trigger, "legal-place", 0.5)
            elif mention.kind == "goods" and re.search(r"\b(?:other than|except(?: for)?|excluding)\b", before):
                for good in self.view.group(mention, GOODS):
                    yield from self.claim(
                        "restricts_export_of",
                        law,
                        good,
                        sent,
                        trigger,
                        "legal-excepted",
                        0.5,
                        polarity="negated",
                        measure="licence",
                        **aimed,
                    )
            elif mention.kind == "goods" and re.search(r"\bany$|\bany (?:\w+ )?$", before):
                yield from self.claim(
                    "restricts_export_of",
                    law,
                    mention,
                    sent,
                    trigger,
                    "legal-licence",
                    0.5,
                    measure="licence",
                    **aimed,
                )

    def _for_goods(self, place: Mention, sent: Sentence, mentions: list[Mention]) -> bool:
        """Whether a sentence names what may not go to a place, before it or right behind it ("to X any cameras")."""
        goods = [m for m in mentions if m.kind == "goods"]
        if any(ANY.fullmatch(sent.doc[place.end : g.start].text) for g in goods if g.start > place.end):
            return True
        named = EXPORT_OF_GOODS.search(sent.text) or DESTINED.search(sent.text)
        return named is not None and any(g.end <= place.start for g in goods)

    def _in_this_rule(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "In this final rule, DOE responds to comments": the rule is DOE's."""
        first = mentions[0]
        if first.label != "INSTRUMENT":
            return
        before = sent.doc[sent.start : first.start].text.strip().lower()
        if before not in (
            "in this",
            "by this",
            "through this",
            "with this",
            "under this",
        ):
            return
        makers = [m for m in mentions if m.label == "MINISTRY" and m.span.root.dep_ == "nsubj"]
        for maker in makers[:1]:
            status = {"status": "proposed"} if PROPOSED.search(first.span.text) else {}
            yield from self.claim("issues", maker, first, sent, first.span, "in-this-rule", 0.6, **status)

    def _general_licence(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "A general license is issued to any person to export X": the licence, else the article, controls and
        covers X."""
        match = GENERAL_LICENCE.search(sent.text) if "to export" in sent.text.lower() else None
        if match is None:
            return
        start, end = sent.start_char + match.start(), sent.start_char + match.end()
        named = [m for m in mentions if m.label == "INSTRUMENT" and start <= m.span.start_char < end]
        law = named[0] if named else self.arguments.law
        goods = [m for m in mentions if m.label in GOODS and m.span.start_char >= end]
        if law is None or not goods:
            return
        for good in self.view.group(goods[0], GOODS):
            yield from self.claim(
                "restricts_export_of", law, good, sent, goods[0].span, "legal-general", 0.56, measure="licence"
            )

    def answers_in(self, sent: Sentence, found: list[Candidate]) -> Iterator[Candidate]:
        """Who answers whom: a measure found in this sentence, an answer cue, and another's measure behind the cue."""
        measures = [
            c
            for c in found
            if c.predicate in ("restricts_export_of", "restricts_import_of", "imposes_tariff_on", "sanctions")
            and c.subject.label in ("PLACE", "MINISTRY")
        ]
        subjects = {c.subject.canonical: c.subject for c in measures}
        if not subjects:
            return
        text = sent.text
        for match in self.answers.finditer(text):
            start = sent.start_char + match.end()
            words = {t.lemma_.lower() for t in sent if t.idx >= start}
            if not words & self.answered:
                continue
            behind = [
                m
                for m in self.view.within(sent)
                if m.span.start_char >= start and m.label in ("PLACE", "MINISTRY") and m.span.start_char - start < 60
            ]
            if behind:
                trigger = sent.doc.covering(sent.start_char + match.start(), start)
                for subject in subjects.values():
                    if subject.start < behind[0].start:
                        yield from self.claim("responds_to", subject, behind[0], sent, trigger, "answer", 0.5)
