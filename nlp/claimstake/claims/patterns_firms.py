"""Firms, their sites and what they make there, as press releases put it; goods and where they come from or go to.

"Canmax's lithium hydroxide plant in Meishan", "(ASX:SGA) managing director X", "USPG for lithium-ion anodes",
"steel nails from China", "the rare earths terbium and dysprosium".
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

WHERE = ("in", "at", "near", "across", "along")
MAKE = frozenset(
    ["produce", "make", "mine", "manufacture", "refine", "develop", "build", "supply", "extract", "smelt", "recycle"]
    + ["commercialise", "commercialize", "assemble", "design", "process", "recover", "dig", "pump", "press", "test"]
)
BUILD = frozenset({"build", "develop", "design", "test", "press"})  # what says little without goods
OWNS = re.compile(r"\s*['’]s\s*")
ROLE_REACH = 14  # tokens between a firm and the person whose post stands between them
PLANNED = re.compile(
    r"\b(?:proposed|planned|future|prospective|potential|plans?|aims?|to (?:build|establish|construct))\b", re.I
)
COURT = re.compile(r"\b(?:court|tribunal)\b", re.I)
OPENED = re.compile(r"\b(?:scheduling|institution|hearing)\b", re.I)  # a case in which nothing is taxed yet
REVIEWED = re.compile(
    r",\s(?:an?|the|both)\s(?:\w+\s){0,2}producers?(?:/|\s(?:and|or|and/or)\s)exporters?\s"
    r"(?:that\s(?:is|are)\s)?subject to\s(?:this|the)\b"
)
DUTY_CASE = re.compile(r"\b(?:antidumping|anti-dumping|countervailing|safeguard)\b", re.I)
PRELIMINARY = re.compile(r"\b(?:preliminary|initiation|proposed)\b", re.I)
COMES_FROM = re.compile(
    r"\)?\s*(?:\([^()]*\)\s*)?(?:imported |originating |produced |made |mined )?(?:from|in)(?: the)?\s+", re.I
)
GOES_TO = re.compile(r"\s*(?:used |for use |applications? )?(?:for|in)(?: the| its| their)?(?: [a-z-]+){0,1}\s+", re.I)


class FirmPatterns(Family):
    """`located_in`, `produces`, `affiliated_with`, `used_in`, `covers` and `imposes_tariff_on` in noun phrases."""

    def __init__(self, arguments: Arguments, ontology: Ontology) -> None:
        super().__init__(arguments, ontology)
        self.sites = pattern_words("sites", "nouns") | pattern_words("sites", "land")
        self.works = pattern_words("sites", "works")
        self.role_nouns = pattern_words("roles", "nouns")

    def find(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """See `Family.find`."""
        yield from self._post_after_ticker(sent, mentions)
        yield from self._place_of_firm(sent, mentions)
        yield from self._sites(sent, mentions)
        yield from self._goods_for_goods(sent, mentions)
        yield from self._goods_from(sent, mentions)
        yield from self._class_then_members(sent, mentions)
        yield from self._duty_case(sent, mentions)
        yield from self._reviewed(sent, mentions)
        yield from self._makes(sent)

    def _post_after_ticker(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Sarytogan Graphite Ltd (ASX:SGA) managing director Sean Gregory"; "Proactive's Jonathan Jackson"."""
        doc = sent.doc
        for person in mentions:
            if person.label != "PERSON":
                continue
            firms = [
                m for m in mentions if m.label in FIRMS and m.end <= person.start and person.start - m.end <= ROLE_REACH
            ]
            if not firms:
                continue
            owns = firms[-1].label == "COMPANY" or len(firms) == 1 or self._owns(firms[-1], person)
            firm = firms[-1] if owns else firms[0]
            gap = self.view.text[firm.span.end_char : person.span.start_char]
            words = BRACKETS.sub(" ", gap).strip()
            trigger = doc[firm.end : person.start] if person.start > firm.end else person.span
            if self._owns(firm, person):
                yield from self.claim("affiliated_with", person, firm, sent, trigger, "firms-own", 0.6)
            elif BRACKETS.search(gap) and words and not re.search(r"[.;:,“”\"]", words):
                tokens = [t for t in trigger if t.text in words.split()]
                if any(t.lemma_.lower() in self.role_nouns for t in tokens) and not any(
                    t.tag_ in ("VBD", "VBZ", "VBP") for t in tokens
                ):
                    yield from self.claim(
                        "affiliated_with", person, firm, sent, trigger, "post-after-ticker", 0.74, role=words
                    )

    def _owns(self, firm: Mention, person: Mention) -> bool:
        """Whether nothing but "'s" stands between a firm and a person."""
        return OWNS.fullmatch(self.between(firm, person)) is not None

    def _place_of_firm(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "South Africa's Industrial Development Corporation" is in South Africa."""
        for left, right in zip(mentions, mentions[1:], strict=False):
            if left.label == "PLACE" and right.label in ("COMPANY", "ORGANIZATION"):
                gap = self.between(left, right).strip()
                if gap in ("’s", "'s"):
                    yield from self.claim(
                        "located_in", right, left, sent, sent.doc[left.start : right.start], "place-own-firm", 0.6
                    )

    # --- sites --------------------------------------------------------------------------------------------------

    def _sites(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """A site's place is the place of its firm and of the site by name; a site named after goods makes them."""
        if sent.lemmas.isdisjoint(self.sites):
            return
        for token in sent:
            if token.pos_ not in ("NOUN", "PROPN") or token.lemma_.lower() not in self.sites:
                continue
            places = self._places(token, mentions)
            goods = self._goods_before(token) if token.lemma_.lower() in self.works else []
            if not places and not goods:
                continue
            site, owners = self.view.at.get(token.i), self._owners(token)
            planned = {"certainty": "hedged"} if PLANNED.search(sent.text) else {}
            trigger = sent.doc[token.i : token.i + 1]
            for place in places:
                for owner in owners:
                    yield from self.claim("located_in", owner, place, sent, trigger, "firm-site", 0.5, **planned)
                if site is not None and site.label == "PLACE":
                    yield from self.claim("located_in", site, place, sent, trigger, "site", 0.56)
            for owner in owners:
                for good in goods:
                    yield from self.claim("produces", owner, good, sent, trigger, "goods-site", 0.5, **planned)

    def _owners(self, site: Word) -> list[Mention]:
        """The firm whose site it is: the possessor, else the subject of the verb that governs it."""
        companies = frozenset({"COMPANY"})
        for child in site.lefts:
            if child.dep_ in ("poss", "compound", "nmod"):
                found = self.arguments.fill(child, companies)
                if found:
                    return found
        verb = self.view.governor(site)
        if verb is None:
            return []
        return [m for s in self.view.subjects(verb) for m in self.arguments.fill(s, companies)]

    def _places(self, site: Word, mentions: list[Mention]) -> list[Mention]:
        """Places behind "in", "at", "near" right after a site, and the places that hold them ("Kwinana, Western
        Australia")."""
        heads = self.view.prepositional(site, WHERE)
        if not heads and site.dep_ == "dobj":  # the parser hung "in Chile" on the verb
            heads = [h for h in self.view.prepositional(site.head, WHERE) if h.i > site.i]
        heads += [c for c in site.lefts if c.dep_ == "poss"]  # "Australia's first refinery"
        found = [m for h in heads for m in [self.view.at.get(h.i)] if m is not None and m.label == "PLACE"]
        if not found:
            return []
        out = [found[0]]
        for mention in mentions:
            if (
                mention.label == "PLACE"
                and mention.start > out[-1].start
                and self.between(out[-1], mention).strip() in (",", "of", "in")
            ):
                out.append(mention)
        return out

    def _goods_before(self, site: Word) -> list[Mention]:
        """Goods right before a site noun: "lithium hydroxide plant"."""
        before = self.view.at.get(site.i - 1) if site.i else None
        return self.view.group(before, GOODS) if before is not None and before.label in ("MINERAL", "PRODUCT") else []

    def _makes(self, sent: Sentence) -> Iterator[Candidate]:
        """ "Firebird's strategy to produce X": the possessor makes it; "produces X in Quebec": and is there."""
        if sent.lemmas.isdisjoint(MAKE):
            return
        companies = frozenset({"COMPANY"})
        for verb in sent:
            if verb.pos_ != "VERB" or verb.lemma_.lower() not in MAKE:
                continue
            noun = verb.head if verb.dep_ == "acl" else verb.head.head if verb.dep_ == "pcomp" else None
            trigger = sent.doc[verb.i : verb.i + 1]
            if noun is not None and noun.pos_ == "NOUN":
                for child in noun.lefts:
                    for owner in self.arguments.fill(child, companies) if child.dep_ == "poss" else ():
                        for head in self.view.objects(verb):
                            for good in self.arguments.fill(head, frozenset(GOODS)):
                                yield from self.claim(
                                    "produces", owner, good, sent, trigger, "aim-to-make", 0.52, certainty="hedged"
                                )
            direct = () if verb.lemma_ == "supply" else self.view.objects(verb)
            if verb.lemma_ in BUILD and not any(self.arguments.fill(o, GOODS) for o in self.view.objects(verb)):
                continue  # "has built a reputation in Christchurch"
            behind = [h for o in direct for h in self.view.prepositional(o, ("in", "at")) if o.i > verb.i]
            for head in [*self.view.prepositional(verb, ("in", "at")), *behind]:
                place = self.view.at.get(head.i)
                if place is not None and place.label == "PLACE":
                    for maker in [m for s in self.view.subjects(verb) for m in self.arguments.fill(s, companies)]:
                        yield from self.claim("located_in", maker, place, sent, trigger, "makes-in-place", 0.48)

    # --- goods --------------------------------------------------------------------------------------------------

    def _goods_for_goods(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "high-purity manganese for EV batteries", "graphite in lithium-ion anodes"."""
        for left, right in zip(mentions, mentions[1:], strict=False):
            if left.label not in GOODS or right.label != "PRODUCT" or left.canonical == right.canonical:
                continue
            if left.label == "TECHNOLOGY" or not GOES_TO.fullmatch(BRACKETS.sub(" ", self.between(left, right))):
                continue
            trigger = sent.doc[left.end : right.start]
            for source in self.arguments.renamed(left, GOODS) or self.view.group(left, GOODS):
                for use in self.view.group(right, {"PRODUCT"}):
                    yield from self.claim("used_in", source, use, sent, trigger, "goods-for-goods", 0.5)

    def _goods_from(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "steel nails from China", "Chinese batteries": who they come from makes them."""
        for left, right in zip(mentions, mentions[1:], strict=False):
            if (
                left.label in ("PRODUCT", "MINERAL")
                and right.label == "PLACE"
                and COMES_FROM.fullmatch(self.between(left, right))
            ):
                if (
                    self.between(left, right).split()[
                        -1 if not self.between(left, right).rstrip().endswith("the") else -2
                    ]
                    == "in"
                ):
                    continue
                if self._modifier(right) and "Project" not in right.span.text:
                    continue  # "inverters from Austria's Fronius", "germanium from the Big Hill slag heap"
                for place in self.view.group(right, {"PLACE"}):
                    yield from self.claim(
                        "produces", place, left, sent, sent.doc[left.end : right.start], "goods-from", 0.5
                    )
        for good in mentions:
            if good.label != "PRODUCT" or good.start == sent.start:
                continue
            place = self.resolver.nationality(sent.doc.words[good.start - 1])
            if place is not None and not self._modifier(good):
                yield from self.claim(
                    "produces", place, good, sent, sent.doc[good.start - 1 : good.start], "national-goods", 0.5
                )

    def _modifier(self, good: Mention) -> bool:
        """Whether goods only say of what kind the next noun is: "Chinese [EV] demand"."""
        doc = good.span.doc
        if good.end >= len(doc):
            return False
        after = doc.words[good.end]
        return after.pos_ in ("NOUN", "PROPN") or after.text in ("-", "/", "'s", "’s")

    def _class_then_members(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "the rare earth elements terbium, dysprosium and neodymium": a class right before its members."""
        for left, right in zip(mentions, mentions[1:], strict=False):
            if not (left.label == right.label == "MINERAL" and left.end == right.start):
                continue
            members = self.view.group(right, {right.label})
            if len(members) > 1 and left.span.root.tag_ in ("NNS", "NNPS"):
                for member in members:
                    yield from self.claim("covers", left, member, sent, left.span, "class-members", 0.6)

    def _duty_case(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Steel Nails From China: Final Results of the Antidumping Duty Review": the notice's authority taxes."""
        if sent.start > 60 or not DUTY_CASE.search(sent.text) or any(t.tag_ in ("VBZ", "VBD", "VBP") for t in sent):
            return
        bodies = [m for m in self.view.top if m.label == "MINISTRY" and not COURT.search(m.span.text)]
        authority = next((m for m in bodies if "Commerce" in m.canonical), next(iter(bodies), None))
        goods = [m for m in mentions if m.label in ("PRODUCT", "MINERAL")]
        if authority is None or not goods or OPENED.search(sent.text):
            return
        status = {"status": "proposed"} if PRELIMINARY.search(sent.text) else {}
        for good in self.view.group(goods[0], {"PRODUCT", "MINERAL"}):
            yield from self.claim("imposes_tariff_on", authority, good, sent, goods[0].span, "duty-case", 0.5, **status)

    def _reviewed(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Harlan NV, a producer and exporter subject to this review": it makes what the notice's title names."""
        match = REVIEWED.search(sent.text) if "subject to" in sent.text else None
        title = self.view.doc.words[0].sent
        if match is None or title.start == sent.start or not DUTY_CASE.search(title.text):
            return
        start = sent.start_char + match.start()
        firms = [m for m in mentions if m.label == "COMPANY" and m.span.end_char <= start]
        goods = [m for m in self.view.within(title) if m.label in ("PRODUCT", "MINERAL")]
        if firms and goods and start - firms[-1].span.end_char < 4:
            for firm in self.view.group(firms[-1], {"COMPANY"}):
                yield from self.claim("produces", firm, goods[0], sent, firms[-1].span, "reviewed", 0.55)
