"""What a sentence says of a firm right behind its name: "X, a Utah-based company focused on the extraction of lithium".

The parser often loses the thread in such profiles, so they are read by word order: the name, brackets, a comma or a
copula, an article; and then what the firm does and where, up to the next finite verb.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.family import Family, pattern_words, phrases
from claimstake.claims.view import GOODS, Mention
from claimstake.mirror import Sentence, Stretch, Word
from claimstake.ontology import Ontology

ARTICLES = frozenset({"a", "an", "the", "one"})
COPULAS = frozenset({"is", "are", "was", "remains"})
RELATIVES = frozenset({"that", "which", "who"})
FINITE = frozenset({"VBZ", "VBD", "VBP", "MD"})
PARTICIPLES = frozenset(
    {"focused", "engaged", "based", "specialized", "specialised", "dedicated", "committed", "located"}
)
SEATED = frozenset({"based", "headquartered", "located"})
BRACKETED = 40  # tokens of a bracket with short names and tickers
MAX_PROFILE = 50  # tokens
MAX_SEAT = 15  # tokens of ", located in X,"
SEAT_REACH = 4  # tokens from the article to the place of "a U.S.-based"
GOODS_GAP = re.compile(r"(?:\s*(?!(?:for|to|from|using|through|with|in|by|at|into)\b)[A-Za-z’'-]+,?){0,7}\s*", re.I)
EARLY = re.compile(r"\b(?:explor|junior|develop|aim|seek|work|plan|project|advanc|pre-production|start-?up)", re.I)
THAT_MAKES = re.compile(
    r"\b(?:that|which)\s+(?:also |currently |primarily |already )?"
    r"(?:produces|makes|manufactures|mines|refines|develops|supplies|extracts|recycles|designs|builds|processes)\s+",
    re.I,
)


class ProfilePatterns(Family):
    """`located_in` and `produces` in the profile behind a firm's name."""

    def __init__(self, arguments: Arguments, ontology: Ontology) -> None:
        super().__init__(arguments, ontology)
        self.firm_nouns, self.makers = pattern_words("firms", "nouns"), pattern_words("firms", "makers")
        self.owned = pattern_words("sites", "nouns")
        self.business = phrases("business", "verbs", before=r"\b", after=r"\s+(?:the\s+|its\s+)?")
        self.making = phrases("business", "making", before=r"(?:[a-z-]+\s+){0,2}?", after=r"\b")

    def find(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """See `Family.find`."""
        for firm in mentions:
            if firm.label != "COMPANY" and not self._is_site(firm):
                continue
            profile = self._profile(sent, firm, mentions)
            if profile is not None:
                inside = [m for m in mentions if profile.start <= m.start and m.end <= profile.end]
                yield from self._seat(sent, firm, profile, inside)
                yield from self._business(sent, firm, profile, inside)
                yield from self._ranked(sent, firm, profile, inside)

    def _is_site(self, mention: Mention) -> bool:
        """Whether a name says that it is a project, mine or the like."""
        return mention.label == "PLACE" and mention.span.texts[-1].lower() in self.owned

    def _profile(self, sent: Sentence, firm: Mention, mentions: list[Mention]) -> Stretch | None:
        """The words behind a firm's name and its brackets that say what it is; None where none do."""
        words, i = sent.doc.words, firm.end
        while i < sent.end and words[i].text in ("(", "®", "™"):
            closing = (t.i for t in sent.doc[i : min(sent.end, i + BRACKETED)] if t.text == ")")
            i = next(closing, sent.end) + 1 if words[i].text == "(" else i + 1
        i = self._past_seat(sent, i)
        if i + 2 >= sent.end or words[i + 1].lower_ not in ARTICLES:
            return None
        of = firm.start > sent.start and words[firm.start - 1].tag_ == "IN"  # "X, a unit of Y, is a maker of Z"
        if words[i].text != "," and (words[i].lower_ not in COPULAS or of):
            return None
        others = [m.start for m in mentions if m.label == "COMPANY" and m.start > i]
        stop = min([sent.end, i + MAX_PROFILE, *others])
        return sent.doc[i + 1 : self._end(words, i + 1, stop)]

    def _past_seat(self, sent: Sentence, i: int) -> int:
        """Behind ", located in X," if that stands at a token."""
        words = sent.doc.words
        if i + 2 >= sent.end or words[i].text != "," or words[i + 1].lower_ not in SEATED:
            return i
        comma = (t.i for t in sent.doc[i + 2 : min(sent.end, i + MAX_SEAT)] if t.text == ",")
        return next(comma, sent.end) + 1

    def _end(self, words: list[Word], start: int, stop: int) -> int:
        """The next finite verb that no relative pronoun opens, or the end of the clause."""
        relative = False
        for i in range(start, stop):
            if words[i].text in (";", ":", "“", '"'):
                return i
            relative = relative or words[i].lower_ in RELATIVES
            if words[i].tag_ in FINITE and words[i].lower_ not in PARTICIPLES:
                if not relative:
                    return i
                relative = False
        return stop

    def _seat(self, sent: Sentence, firm: Mention, profile: Stretch, inside: list[Mention]) -> Iterator[Candidate]:
        """ "a U.S. based energy company", "a producing mine located in South Africa"."""
        words = sent.doc.words
        for place in inside:
            if place.label != "PLACE":
                continue
            behind = [words[i].lower_ for i in range(place.end, min(profile.end, place.end + 2))]
            based = "based" in behind and (behind[0] == "based" or behind[0] in "-‐‑–")
            on = place.end + 1 < profile.end and words[place.end + 1].lower_ in ("on", "upon")
            before = [words[i].lower_ for i in range(max(profile.start, place.start - 3), place.start)]
            located = not SEATED.isdisjoint(before) and before[-1] in ("in", "at", "the", "near")
            named = place.start == profile.start + 1 and self._a_firm(sent, place.end, profile.end)
            if named or (based and not on and place.start - profile.start <= SEAT_REACH) or located:
                yield from self.claim("located_in", firm, place, sent, place.span, "profile-seat", 0.7)
            if located:
                return

    def _a_firm(self, sent: Sentence, start: int, end: int) -> bool:
        """Whether the noun phrase that goes on at a token is a firm's: "a San Francisco [battery start-up]"."""
        for token in sent.doc[start:end]:
            if token.lemma_.lower() in self.firm_nouns:
                return True
            if token.pos_ not in ("NOUN", "ADJ", "PROPN", "PUNCT") or token.text == ",":
                return False
        return False

    def _ranked(self, sent: Sentence, firm: Mention, profile: Stretch, inside: list[Mention]) -> Iterator[Candidate]:
        """ "one of the largest biodiesel producers in India"."""
        words = sent.doc.words
        if words[profile.start].lower_ != "one":
            return
        for good in inside:
            after = words[good.end] if good.end < profile.end else None
            if good.label in GOODS and after is not None and after.lemma_.lower() in self.makers:
                yield from self.claim("produces", firm, good, sent, good.span, "profile-ranked", 0.56)
                return

    def _business(self, sent: Sentence, firm: Mention, profile: Stretch, inside: list[Mention]) -> Iterator[Candidate]:
        """ "focused on the extraction of X", "with a focus on producing X", "that produces X"."""
        text, offset = profile.text, profile.start_char
        for match in THAT_MAKES.finditer(text):
            yield from self._made(sent, firm, inside, offset + match.end(), {}, "profile-makes")
        site = firm.label == "PLACE"
        for match in self.business.finditer(text):
            hedge = {"certainty": "hedged"} if site or EARLY.search(text) else {}
            made = self.making.match(text, match.end())
            at = offset + match.end()
            named = next((m for m in inside if m.span.start_char == at and m.label == "TECHNOLOGY"), None)
            if named is not None:
                yield from self.claim("produces", firm, named, sent, named.span, "profile-technology", 0.5, **hedge)
                for good in named.nested if made is not None else ():
                    yield from self.claim("produces", firm, good, sent, named.span, "profile-business", 0.5, **hedge)
            elif made is not None or site:
                behind = offset + made.end() if made is not None else at
                yield from self._made(sent, firm, inside, behind, hedge, "profile-business")

    def _made(
        self, sent: Sentence, firm: Mention, inside: list[Mention], at: int, hedge: dict[str, str], name: str
    ) -> Iterator[Candidate]:
        """The goods right behind a character, with their list."""
        good = next((m for m in inside if m.label in GOODS and m.span.start_char >= at), None)
        if good is None or not GOODS_GAP.fullmatch(self.view.text[at : good.span.start_char]) or self._modifies(good):
            return
        for member in self.view.group(good, GOODS):
            yield from self.claim("produces", firm, member, sent, good.span, name, 0.56, **hedge)

    def _modifies(self, good: Mention) -> bool:
        """Whether goods only say of what kind the next noun is, sites aside: "developing [lithium] policies"."""
        words = self.view.doc.words
        after = words[good.end] if good.end < len(words) else None
        if after is None or after.pos_ not in ("NOUN", "PROPN") or good.span.root.i >= good.end:
            return False
        return after.lemma_.lower() not in self.owned
