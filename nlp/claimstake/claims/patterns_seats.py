"""Where a firm, a body or a site is, told right behind its name: "Hefei Qinglan Energy in China", "Acme, a re-roller
in Karnataka", "its wholly owned Bear Lake Project in the Nechako region of British Columbia".

What stands between the name and the place decides; nothing is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.family import BRACKETS, FIRMS, Family, pattern_words
from claimstake.claims.view import GOODS, Mention
from claimstake.mirror import Sentence, Word
from claimstake.ontology import Ontology

MAX_GAP = 130  # characters between a name and its place
OWNERS_REACH = 14  # tokens from "its" to the place of what is owned
TOWARDS = r"(?:(?:the|(?:north|south|east|west|central|mid)(?:[-\s]?(?:north|south|east|west|central))?(?:ern)?)\s+)*"
IN = rf"(?:in|near|based in|headquartered in|located in)\s+{TOWARDS}"
BEHIND = re.compile(rf"\s*,?\s*{IN}", re.I)
FIRM_OF = re.compile(rf"\s*,?\s*of\s+{TOWARDS}", re.I)  # "of" in the name of a body is half of the name
WORDS = r"(?:(?!(?:that|which|who|to|by|with|from|if|will|is|was|has|had|said)\b)[\w'’&/-]+,?\s+)"
NOUN = r"(?!(?:one|first|second|third|last|leader|mover|player|participant|partner|investor|owner)\b)[\w'’-]+\s+"
APPOSED = re.compile(rf",\s+(?:an?|the)\s+{WORDS}{{0,5}}?({NOUN})(?:{IN}|from\s+|of\s+{TOWARDS})", re.I)
IS_ONE = re.compile(
    rf"(?:\s*,)?\s+(?:is|are|was|remains)\s+(?:an?|the|one of the)\s+{WORDS}{{1,9}}"
    rf"(?:discovery|exploration|development|production|mining|company|producer|explorer|developer|operator|firm|miner)"
    rf"\s+(?:in|across|throughout)\s+{TOWARDS}",
    re.I,
)
SITES_ONLY = frozenset({"project", "deposit", "mine", "property", "prospect", "site", "facility"})  # no firm is one
LEADING_OFF = frozenset({"for", "to", "from", "by", "with", "in"})  # "its licence for a plant in Ohio"
PASSED = GOODS | {"PLACE", "QUANTITY"}
FINITE = frozenset({"VBD", "VBZ", "VBP", "MD"})
OWN = frozenset({"its", "our", "'s", "’s"})
SITED = re.compile(
    rf"(?:\s*,?\s*(?:is|are|which is|which are))?(?:\s*,?\s*(?:located|situated))?\s*(?:in|at|near)\s+{TOWARDS}", re.I
)


class SeatPatterns(Family):
    """`located_in` by the words between a name and a place."""

    def __init__(self, arguments: Arguments, ontology: Ontology) -> None:
        super().__init__(arguments, ontology)
        self.sites = pattern_words("sites", "nouns")

    def find(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """See `Family.find`."""
        if len(mentions) < 2 or not any(m.label == "PLACE" for m in mentions):
            return
        named = [m for m in mentions if m.label not in GOODS and not self._bracketed(m)]
        for left, right in zip(named, named[1:], strict=False):
            if right.label == "PLACE" and left.label in ("COMPANY", "ORGANIZATION", "MINISTRY", "PLACE"):
                yield from self._behind(sent, left, right)
        yield from self._owned_site(sent, mentions)

    def _bracketed(self, mention: Mention) -> bool:
        """Whether it is a short name right behind an opening bracket."""
        return mention.label in FIRMS and self.view.text[mention.span.start_char - 1 : mention.span.start_char] == "("

    def _behind(self, sent: Sentence, left: Mention, right: Mention) -> Iterator[Candidate]:
        gap = self.between(left, right)
        if len(gap) > MAX_GAP:
            return
        gap = BRACKETS.sub(" ", gap)
        trigger = sent.doc[left.end : right.start]
        firm = left.label == "COMPANY"
        if (left.label in FIRMS and BEHIND.fullmatch(gap)) or (firm and FIRM_OF.fullmatch(gap)):
            for place in self.view.group(right, {"PLACE"}):
                yield from self.claim("located_in", left, place, sent, trigger, "seat-behind", 0.55)
        elif (apposed := APPOSED.fullmatch(gap)) is not None:
            if not firm or apposed.group(1).strip().lower() not in SITES_ONLY:
                for place in self.view.group(right, {"PLACE"}):
                    yield from self.claim("located_in", left, place, sent, trigger, "seat-apposed", 0.55)
        elif firm and IS_ONE.fullmatch(gap):
            yield from self.claim("located_in", left, right, sent, trigger, "seat-copula", 0.5)

    def _owned_site(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "its 100% owned Bear Lake Project in British Columbia": the firm is where its project is."""
        if OWN.isdisjoint(sent.lowers):
            return
        words = sent.doc.words
        for token in (words[i] for i in range(sent.start, sent.end) if sent.doc.lowers[i] in OWN):
            near = [m for m in mentions if token.i < m.start <= token.i + OWNERS_REACH]
            if not any(m.label == "PLACE" for m in near):
                continue
            for place in self._places_of_site(sent, token, near):
                for firm in self._owners(token):
                    trigger = sent.doc[token.i : place.start]
                    yield from self.claim("located_in", firm, place, sent, trigger, "owned-site", 0.5)

    def _owners(self, token: Word) -> list[Mention]:
        """Who "its", "the company's" or "Acme's" points to."""
        firms = frozenset({"COMPANY"})
        if token.lower_ in ("its", "our"):
            return self.resolver.resolve(token, firms)
        named = self.view.at.get(token.i - 1)
        if named is not None:
            return [named] if named.label == "COMPANY" else []
        return self.resolver.resolve(token.doc.words[token.i - 1], firms) if token.i else []

    def _places_of_site(self, sent: Sentence, token: Word, near: list[Mention]) -> Iterator[Mention]:
        """The place of the first site behind "its", with goods, figures and the site's name at most on the way."""
        words = sent.doc.words
        for i in range(token.i + 1, min(sent.end, token.i + OWNERS_REACH)):
            word, named = words[i], self.view.at.get(i)
            finite = word.tag_ in FINITE and word.lower_ != "owned"
            if finite or word.text in ",;:." or (named is None and word.lower_ in LEADING_OFF):
                return
            if named is not None and named.label not in PASSED:
                return
            own = named is not None and named.label == "PLACE"
            if not own and word.lemma_.lower() not in self.sites:
                continue
            end = named.end if named is not None and own else i + 1
            if words[min(end, sent.end - 1)].lemma_.lower() in self.sites:
                continue
            place = next((m for m in near if m.start >= end), None)
            if place is None or place.label != "PLACE":
                return
            if SITED.fullmatch(self.view.text[words[end - 1].idx + len(words[end - 1].text) : place.span.start_char]):
                yield place
            return
