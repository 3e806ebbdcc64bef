"""Public money: who gives a grant, a loan or an award, who gets it, and what it is for.

"secured a $16 million loan from X", "a $225 million X grant", "X granted a $30 million award to recover gallium", "$6
million in funding for a domestic supply chain for gallium". Private deals are left to the triggers of frames.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.family import Family, pattern_words
from claimstake.claims.view import GOODS, MEASURED, Mention
from claimstake.mirror import Sentence, Word
from claimstake.ontology import Ontology

FUNDERS = frozenset({"MINISTRY", "PLACE", "ORGANIZATION", "COMPANY"})
PUBLIC = frozenset({"MINISTRY"})
FUNDED = frozenset({"COMPANY", "PLACE"})
NOMINAL = frozenset({"NOUN", "ADJ", "PROPN", "PART", "NUM"})
REACH = 12  # tokens between the money and who gives it
PURPOSE = 32  # tokens behind the money in which what it is for stands
FROM = re.compile(
    r"(?:[^.;:]*?\s)?(?:from|by|provided by|administered by|through|with)(?: the| its)?(?: [A-Z][\w.]+['’]s)?\s*$"
)
AIM = re.compile(
    r"\b(?:to|for|in)\b[^.;]*?\b(?:source|supply|supplies|suppl(?:y|ies) chain|production|produce|recover(?:y|s)?|"
    r"process(?:ing)?|refin(?:e|ing)|mine|mining|develop(?:ment)?|extract(?:ion)?|stockpile|recycl(?:e|ing)|plant|project)\b",
    re.I,
)


class FundingPatterns(Family):
    """`invests_in` where money is named."""

    def __init__(self, arguments: Arguments, ontology: Ontology) -> None:
        super().__init__(arguments, ontology)
        self.money = pattern_words("funding", "nouns")
        self.give = pattern_words("funding", "give")
        self.receive = pattern_words("funding", "receive")

    def find(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """See `Family.find`."""
        if sent.lemmas.isdisjoint(self.money) or not any(m.label in FUNDERS for m in mentions):
            return
        if not any(m.label in MEASURED for m in mentions) and sent.lemmas.isdisjoint(self.give | self.receive):
            return
        done: set[tuple[str, str]] = set()
        for token in sent:
            named = self.view.at.get(token.i)
            if token.lemma_.lower() not in self.money or (named is not None and named.label != "INSTRUMENT"):
                continue
            funders = self._funders(token, sent, mentions)
            for funder in funders:
                for funded, score in self._funded(token, funder, sent, mentions):
                    pair = (funder.canonical, funded.canonical)
                    if pair not in done:
                        done.add(pair)
                        trigger = sent.doc[token.i : token.i + 1]
                        yield from self.claim("invests_in", funder, funded, sent, trigger, "funding", score)

    # --- who gives ----------------------------------------------------------------------------------------------

    def _funders(self, money: Word, sent: Sentence, mentions: list[Mention]) -> list[Mention]:
        """Who gives: behind "from" or "by", right before the noun, or the subject of a verb of giving."""
        after = [m for m in mentions if m.label in FUNDERS and money.i < m.start <= money.i + REACH]
        for mention in after:
            gap = sent.doc[money.i + 1 : mention.start].text
            if FROM.fullmatch(gap) and not self._verb_between(money.i + 1, mention.start, sent):
                return [mention]
        before = [m for m in mentions if m.label in PUBLIC and m.end <= money.i and money.i - m.end < 4]
        if before and all(
            t.pos_ in ("NOUN", "ADJ", "PROPN", "PART", "NUM") for t in sent.doc[before[-1].end : money.i]
        ):
            return [before[-1]]
        verb = self.view.governor(money)
        if verb is None or verb.lemma_.lower() not in self.give or self.view.is_passive(verb):
            return []
        return [m for s in self.view.subjects(verb) for m in self.arguments.fill(s, FUNDERS - {"COMPANY"})][:1]

    def _verb_between(self, start: int, end: int, sent: Sentence) -> bool:
        return any(t.tag_ in ("VBD", "VBZ", "VBP", "MD") for t in sent.doc[start:end])

    # --- who gets it, and what for ------------------------------------------------------------------------------

    def _funded(
        self, money: Word, funder: Mention, sent: Sentence, mentions: list[Mention]
    ) -> Iterator[tuple[Mention, float]]:
        """The receiver, and for a ministry's money the minerals and techniques that it is for, with scores."""
        for receiver in self._receivers(money, funder, mentions):
            if receiver.canonical != funder.canonical:
                yield receiver, 0.6
        if funder.label not in PUBLIC:
            return
        start = max(money.i + 1, funder.end if funder.start > money.i else 0)
        goods = [m for m in mentions if m.label in GOODS and start <= m.start <= start + PURPOSE]
        first = next((m for m in goods if m.label != "PRODUCT"), None)
        if first is not None and AIM.search(sent.doc[start : first.start].text + " ") or self._named_for(first, start):
            for good in self.view.group(first, {"MINERAL", "TECHNOLOGY"}) if first is not None else ():
                yield good, 0.5

    def _named_for(self, good: Mention | None, start: int) -> bool:
        """ "funding for antimony"."""
        return good is not None and good.span.doc[start : good.start].text.strip() in ("for", "to", "in")

    def _receivers(self, money: Word, funder: Mention, mentions: list[Mention]) -> list[Mention]:
        """Who gets it: the subject of a verb of receiving, the object of one of giving, whoever stands behind "to"."""
        verb = self.view.governor(money)
        if verb is None:
            return []
        lemma = verb.lemma_.lower()
        passive = self.view.is_passive(verb)
        heads: list[Word] = []
        if lemma in self.receive or (passive and lemma in self.give):
            heads = self.view.objects(verb) if passive else self.view.subjects(verb)
        elif lemma in self.give:
            heads = [h for h in self.view.objects(verb) if h.i != money.i]
            heads += [c for c in verb.children if c.dep_ == "dative"] + self.view.prepositional(verb, ("to",))
            heads += self.view.prepositional(money, ("to",))
        found = [m for h in heads if h.i != money.i for m in self.arguments.fill(h, FUNDED)]
        return [m for m in found if m.label == "COMPANY" or m.attrs.get("kind") not in ("country", "capital")][:3]
