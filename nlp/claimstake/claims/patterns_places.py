"""Where firms and sites are: "a Utah-based company", "Chinese giant CATL", "Quebec, Canada", "its mine in Jiangxi"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.family import FIRMS, Family, pattern_words
from claimstake.claims.view import Mention
from claimstake.knowledge.gazetteer import packaged_rows
from claimstake.mirror import Sentence
from claimstake.ontology import Ontology

MAX_GAP = 6
HOLDS = r",|\(?(?:in|of)(?: the| (?:north|south|east|west|central)(?:east|west)?(?:ern)?)*"
SEATED = frozenset({"based", "headquartered", "listed", "incorporated"})


class PlacePatterns(Family):
    """`located_in`, and `produces` where the words before a firm's name say what it makes."""

    def __init__(self, arguments: Arguments, ontology: Ontology) -> None:
        super().__init__(arguments, ontology)
        self.firm_nouns = pattern_words("firms", "nouns")
        self.site_nouns = pattern_words("sites", "nouns")

    def find(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """See `Family.find`."""
        yield from self._based(sent)
        yield from self._firm_before_name(sent, mentions)
        yield from self._place_in_place(sent, mentions)
        yield from self._site_in_place(sent, mentions)

    def _based(self, sent: Sentence) -> Iterator[Candidate]:
        """ "a Utah-based company", "Asia-based firms such as TSMC"."""
        doc = sent.doc
        if sent.lowers.isdisjoint(SEATED):
            return
        for token in sent:
            if token.lower_ not in SEATED or token.i < sent.start + 2 or doc.words[token.i - 1].text not in "-‐‑–":
                continue
            seats = self._seats(token.i - 2)
            if not seats:
                continue
            head = token.head if token.head.i > token.i else None
            firms = self.arguments.firms_of(head) if head is not None else []
            firms = firms or self._this_firm(sent, seats[-1].start - 1, token.i)
            if not firms:
                after = [
                    m
                    for m in self.view.within(sent)
                    if m.start > token.i and m.start - token.i < MAX_GAP and m.label in FIRMS
                ]
                firms = after[:1]
            for firm in firms:
                for place in seats:
                    yield from self.claim("located_in", firm, place, sent, doc[token.i : token.i + 1], "x-based", 0.82)

    def _seats(self, last: int) -> list[Mention]:
        """The places that end at a token, as "Perth, Australia" does; a region's letters may be no mention."""
        place, words = self.view.at.get(last), self.view.doc.words
        first = place.start if place is not None else last
        before = self.view.at.get(first - 2) if first > 1 and words[first - 1].text == "," else None
        if place is None and not (words[last].is_upper and before is not None):
            return []
        return [m for m in (place, before) if m is not None and m.label == "PLACE"]

    def _this_firm(self, sent: Sentence, determiner: int, based: int) -> list[Mention]:
        """What "this U.S.-based mineral exploration company" points to."""
        words = sent.doc.words
        if determiner < sent.start or words[determiner].lower_ not in ("this", "the"):
            return []
        for token in sent.doc[based + 1 : min(sent.end, based + MAX_GAP + 2)]:
            if token.lemma_.lower() in self.firm_nouns:
                return self.resolver.resolve(token, frozenset({"COMPANY"}))
            if token.pos_ not in ("NOUN", "ADJ", "PROPN", "CCONJ"):
                return []
        return []

    def _firm_before_name(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Chinese battery giant CATL": where it is from, and what it makes."""
        doc = sent.doc
        for firm in mentions:
            if firm.label not in ("COMPANY", "ORGANIZATION"):
                continue
            i, seen_noun, place, goods = firm.start - 1, False, None, []
            steps = 0
            while i >= sent.start and steps < 7:
                token = doc.words[i]
                mention = self.view.at.get(i)
                if mention is not None and mention.label == "PLACE" and seen_noun:
                    place = mention
                    break
                if mention is not None and mention.kind == "goods" and seen_noun:
                    goods = goods or [mention]
                    i = mention.start - 1
                    steps += 1
                    continue
                nationality = self.resolver.nationality(token)
                if nationality is not None:
                    place = nationality if seen_noun or steps == 0 else None
                    break
                if token.lemma_.lower() in self.firm_nouns:
                    if steps and doc.words[i + 1].text == "," and self._apposition(i, firm):
                        break  # "Nio, the EV maker, CATL": the maker is the firm before
                    seen_noun = True
                elif token.lower_ in ("like", "including", "as", "such", ","):
                    pass
                elif token.pos_ not in ("NOUN", "ADJ", "PROPN", "NUM", "PUNCT") or token.text in ",;:()":
                    break
                i, steps = i - 1, steps + 1
            if not seen_noun and not (place is not None and steps == 0):
                continue
            trigger = doc[firm.start - 1 : firm.start]
            for member in self.view.group(firm, FIRMS):
                if place is not None:
                    yield from self.claim("located_in", member, place, sent, trigger, "national-firm", 0.72)
                for good in goods:
                    yield from self.claim("produces", member, good, sent, trigger, "maker-before-name", 0.6)

    def _apposition(self, i: int, firm: Mention) -> bool:
        """Whether the noun phrase that ends at token i is in apposition to a firm before it."""
        head = self.view.doc.words[i]
        before = min((t.i for t in head.lefts), default=i) - 2
        named = self.view.at.get(before)
        return named is not None and named.label in FIRMS and named is not firm

    def _place_in_place(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Quebec, Canada"; "the James Bay region of Quebec"; "the Stibnite project in Idaho"."""
        for left, right in zip(mentions, mentions[1:], strict=False):
            if right.label != "PLACE" or left.label != "PLACE":
                continue
            gap = self.between(left, right).strip().lower()
            if gap == "," and _is_of(left, "country") and not _is_of(right, "region"):
                continue  # "In the U.S., California plans"
            if gap == "," and not self._in_list(left, right):
                score = 0.62
            elif re.fullmatch(
                r"(?:regions?|provinces?|districts?|area|county|city|port|territory|project|mine)?,?\s*(?:of|in)"
                r"(?: the)?(?: (?:north|south|east|west|central|mid)(?:east|west)?(?:ern)?)?",
                gap,
            ):
                score = 0.66
            elif gap in ("’s", "'s"):
                left, right, score = right, left, 0.5
            else:
                continue
            yield from self.claim(
                "located_in", left, right, sent, self.view.doc[left.start : right.end], "place-in-place", score
            )

    def _in_list(self, left: Mention, right: Mention) -> bool:
        return len(self.view.group(left, {"PLACE"})) > 1

    def _site_in_place(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "CATL's mine in Jiangxi", "its new headquarters in Chicago": a firm's site is where the firm is."""
        if sent.lemmas.isdisjoint(self.site_nouns):
            return
        for token in sent:
            if token.lemma_.lower() not in self.site_nouns or token.pos_ not in ("NOUN", "PROPN"):
                continue
            places = [
                m
                for h in self.view.prepositional(token, ("in", "at", "near", "across"))
                for m in self.arguments.fill(h, frozenset({"PLACE"}))
            ]
            places = places or [
                m
                for c in token.lefts
                if c.dep_ == "compound"
                for m in [self.view.at.get(c.i)]
                if m is not None and m.label == "PLACE"
            ]
            if not places:
                continue
            # that a firm is "in" its own mill or project nobody says
            places = [p for p in self._with_containers(places) if not p.start <= token.i < p.end]
            owners = [
                m
                for c in token.lefts
                if c.dep_ in ("poss", "compound")
                for m in self.arguments.fill(c, frozenset({"COMPANY"}))
            ]
            verb = self.view.governor(token)
            if (
                not owners
                and verb is not None
                and verb.lemma_
                in (
                    "open",
                    "operate",
                    "own",
                    "build",
                    "have",
                    "run",
                    "close",
                    "shut",
                    "develop",
                    "hold",
                    "advance",
                    "explore",
                    "construct",
                    "commission",
                    "control",
                    "establish",
                )
            ):
                owners = [m for s in self.view.subjects(verb) for m in self.arguments.fill(s, frozenset({"COMPANY"}))]
            for owner in owners:
                for place in places:
                    yield from self.claim(
                        "located_in", owner, place, sent, sent.doc[token.i : token.i + 1], "site-in-place", 0.6
                    )

    def containers(self, found: list[Candidate]) -> Iterator[Candidate]:
        """For each firm or site said to be in a place, the places that hold that place."""
        for c in found:
            if c.predicate != "located_in" or (c.subject.label == "PLACE" and not self._is_site(c.subject)):
                continue
            held = [c.object]
            for _ in range(2):  # "Olen, Antwerp, Belgium"
                outer = self._holder(held[-1])
                if outer is None:
                    break
                held.append(outer)
                yield replace(c, object=outer, frame=f"{c.frame}+holder", score=c.score - 0.04)

    def _is_site(self, place: Mention) -> bool:
        """Whether a name says that it is a project, mine or the like."""
        return place.span.texts[-1].lower() in self.site_nouns

    def _holder(self, place: Mention) -> Mention | None:
        """The place right behind a place that holds it; none in a list of places."""
        if len(self.view.group(place, {"PLACE"})) > 1 or place.attrs.get("mention") == "nominal":
            return None
        following = self.view.among(place.end, place.end + 4)[:1]
        if not following or following[0].label != "PLACE":
            return None
        gap = self.between(place, following[0]).strip().lower()
        return following[0] if re.fullmatch(HOLDS, gap) else None

    def _with_containers(self, places: list[Mention]) -> list[Mention]:
        """ "Quebec, Canada": the second place holds the first, and what lies in one lies in both."""
        out = list(places)
        tops = self.view.top
        for left, right in zip(tops, tops[1:], strict=False):
            if (
                left.label == right.label == "PLACE"
                and any(left is p for p in out)
                and self.between(left, right).strip() in (",", "of", "in")
            ):
                out.append(right)
        return out


def _is_of(place: Mention, kind: str) -> bool:
    """Whether the gazetteer has it as a place of a kind."""
    return place.canonical in _names_of(kind)


@cache
def _names_of(kind: str) -> frozenset[str]:
    return frozenset(row.name for row in packaged_rows().values() if row.label == "PLACE" and row.kind == kind)
