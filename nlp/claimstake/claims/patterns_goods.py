"""Goods and who makes them, what they come from: "Chinese-made drones", "its batteries", "a lithium company"."""

from __future__ import annotations

from collections.abc import Iterator

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.family import Family, pattern_words
from claimstake.claims.view import GOODS, Mention
from claimstake.mirror import Sentence, Word
from claimstake.ontology import Ontology

MADE = frozenset({"made", "produced", "built"})
COMPANIES = frozenset({"COMPANY"})
MAX_OWNER = 7  # words from goods to the site that they are from


class GoodsPatterns(Family):
    """`produces`, `used_in` and `derived_from` in noun phrases."""

    def __init__(self, arguments: Arguments, ontology: Ontology) -> None:
        super().__init__(arguments, ontology)
        self.makers = pattern_words("firms", "makers")

    def find(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """See `Family.find`."""
        yield from self._made_in(sent)
        yield from self._making(sent, mentions)
        yield from self._own_goods(sent, mentions)
        yield from self._maker_noun(sent)
        yield from self._process_from(sent, mentions)
        yield from self._from_own_site(sent, mentions)

    def _made_in(self, sent: Sentence) -> Iterator[Candidate]:
        """ "Chinese-made drones", "U.S.-made batteries"."""
        doc = sent.doc
        if sent.lowers.isdisjoint(MADE):
            return
        for token in sent:
            if token.lower_ not in MADE or token.i < sent.start + 2 or doc.words[token.i - 1].text not in "-‐‑–":
                continue
            place = self.view.at.get(token.i - 2) or self.resolver.nationality(doc.words[token.i - 2])
            good = self.view.at.get(token.i + 1)
            if place is not None and place.label == "PLACE" and good is not None and good.label in GOODS:
                yield from self.claim("produces", place, good, sent, doc[token.i : token.i + 1], "x-made", 0.75)

    def _making(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "technology used to make battery cathodes": the technology is used in what it makes."""
        for mention in mentions:
            if mention.label != "TECHNOLOGY":
                continue
            for inner in mention.nested:
                before = self.view.doc[mention.start : inner.start]
                if inner.label == "PRODUCT" and any(
                    t.lemma_.lower() in ("make", "making", "produce", "producing", "manufacture", "build")
                    for t in before
                ):
                    yield from self.claim("used_in", mention, inner, sent, before, "technology-to-make", 0.6)

    def _own_goods(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "the company's dry electrode process", "its batteries": what a firm calls its own it makes."""
        for good in mentions:
            if good.label not in GOODS:
                continue
            for child in good.span.root.lefts:
                if child.dep_ != "poss" or (good.label == "MINERAL" and not self._of_firm(child, good)):
                    continue
                for owner in self.arguments.fill(child, COMPANIES, depth=3):
                    yield from self.claim(
                        "produces", owner, good, sent, child.doc[child.i : child.i + 1], "own-goods", 0.52
                    )

    def _of_firm(self, owner: Word, good: Mention) -> bool:
        """Whether a mineral is a named firm's own and no more is called after it: not "Sprott's [uranium] ETFs"."""
        mention = self.view.at.get(owner.i)
        after = self.view.doc.words[good.end] if good.end < len(self.view.doc) else owner
        more = (
            good.span.root.lemma_.lower() in ("resource", "reserve")
            or after.pos_ in ("NOUN", "PROPN", "CCONJ")
            or after.text == "-"
        )
        return mention is not None and mention.label == "COMPANY" and not more

    def _from_own_site(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "oxide from its White Mesa Mill", "concentrate from the company's Neves Project": owner and site make it."""
        for left, right in zip(mentions, mentions[1:], strict=False):
            if left.label not in ("MINERAL", "PRODUCT") or right.label != "PLACE" or right.start - left.end > MAX_OWNER:
                continue
            between = self.view.doc[left.end : right.start]
            words = [t.lower_ for t in between]
            if "from" not in words[:2] or not {"its", "their", "'s", "’s"} & set(words):
                continue
            named = right.end >= sent.end or self.view.doc.words[right.end].pos_ not in ("NOUN", "PROPN")
            owners = [o for t in between if t.dep_ == "poss" for o in self.arguments.fill(t, COMPANIES, depth=3)]
            for good in self.view.group(left, {left.label}):
                if named:
                    yield from self.claim("produces", right, good, sent, between, "from-site", 0.56)
                for owner in owners:
                    yield from self.claim("produces", owner, good, sent, between, "from-own-site", 0.56)

    def _maker_noun(self, sent: Sentence) -> Iterator[Candidate]:
        """ "Pure Lithium, a lithium metal battery company": a firm is called after what it makes."""
        if sent.lemmas.isdisjoint(self.makers):
            return
        for token in sent:
            good = self.view.at.get(token.i - 1) if token.i > sent.start else None
            if token.lemma_.lower() not in self.makers or good is None or good.kind != "goods":
                continue
            for firm in self.arguments.firms_of(token):
                if firm.label == "COMPANY" and not (firm.start <= token.i < firm.end):
                    for member in self.view.group(good, GOODS):
                        yield from self.claim(
                            "produces", firm, member, sent, sent.doc[token.i : token.i + 1], "maker-noun", 0.6
                        )

    def _process_from(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "[direct [lithium] extraction] from [brines]", "[conversion of [spodumene] into [lithium chemicals]]"."""
        for left, right in zip(mentions, [*mentions[1:], None], strict=False):
            if left.label != "TECHNOLOGY":
                continue
            minerals = [n for n in left.nested if n.label == "MINERAL"]
            if right is not None and self.between(left, right).strip().lower() == "from":
                processed = [n for t in self.view.group(right, {"TECHNOLOGY"}) for n in t.nested[:1]]
                for source in [*self.view.group(right, {"MINERAL"}), *(n for n in processed if n.label == "MINERAL")]:
                    for product in minerals:
                        yield from self.claim(
                            "derived_from",
                            product,
                            source,
                            sent,
                            self.view.doc[left.end : right.start],
                            "process-from",
                            0.62,
                        )
            turned = [
                n
                for n in minerals
                if n.start > left.start and self.view.doc.words[n.start - 1].lower_ in ("into", "to")
            ]
            if turned and any(
                t.lemma_.lower() in ("conversion", "convert", "converting", "processing", "refine") for t in left.span
            ):
                for source in minerals:
                    if source.end <= turned[0].start:
                        yield from self.claim("derived_from", turned[0], source, sent, left.span, "process-into", 0.6)
