"""`has_threshold`: what a limit holds for, what it measures, and which limit it replaces."""

from __future__ import annotations

import re
from collections.abc import Iterator

from claimstake.claims.arguments import CONTROL_ENTRY, LIST_ITEM, Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.family import pattern_words, phrases
from claimstake.claims.view import GOODS, Mention
from claimstake.knowledge import tables
from claimstake.mirror import Sentence, Word
from claimstake.ontology import Ontology

HOLDERS = ("MINERAL", "PRODUCT", "TECHNOLOGY", "INSTRUMENT", "PLACE", "COMPANY")
REPLACES = re.compile(r"\b(?:rather than|instead of|down from|up from|from|against|compared with|replacing)\b", re.I)
FOLLOWING = re.compile(r"\b(?:having|meeting|with) (?:any|all|one or more|either) of|\bas follows\b", re.I)
LONGEST_ENTRY = 90  # items of an entry that are looked back through
CONTENT_REACH = 12  # tokens between a thing and a share of something in it
# Ways of finding a holder that were right in less than four of ten cases of the corpus; a model has to believe them.
WEAK = 0.28
DOUBTFUL = frozenset([("nearest", "PLACE"), ("subject", "PLACE"), ("nearest", "COMPANY"), ("subject", "COMPANY")])
HOLDING = frozenset({"with", "containing", "contain", "contains"})
QUANTITIES = re.compile(
    r"\bin (?:individual |single )?(?:shipments?|concentrations?|quantities|amounts?|a concentration|a quantity) of $"
)
PART = re.compile(
    r"\s*of\s[^.;:]{0,40}\b(?:consumption|demand|needs|production|output|supply|imports)\sof\s"
    r"(?:(?:each|any|such|a|an|the|all)\s){0,2}"
)
DRAFT = re.compile(r"\b(?:draft|propos|consult)", re.I)
TARIFF_WORDS = frozenset(pattern_words("limits", "rates"))
MEASURED_BY = {unit: name for name, units in tables.toml("patterns.toml")["limit_units"].items() for unit in units}
AMOUNT_OF = phrases("limits", "measures", before=r"\s*(?:\([^()]{1,40}\)\s*)?of ((?:[a-z-]+ ){0,2}", after=r")\b")
VAGUE = (None, "quantity", "quantities", "amount", "amounts")
PER_COUNTRY = re.compile(r"\s*(?:per (?:calendar )?year )?to any one country\b")


class LimitFinder:
    """Links each THRESHOLD of a sentence to the thing it holds for."""

    def __init__(self, arguments: Arguments, ontology: Ontology) -> None:
        self.arguments, self.view, self.ontology = arguments, arguments.view, ontology
        self.labels = frozenset(HOLDERS)
        self.rated, self.norms = pattern_words("limit_holders", "rated"), pattern_words("limit_holders", "norms")
        self.private, self.containing = (
            pattern_words("limit_holders", "private"),
            pattern_words("limit_holders", "containing"),
        )
        self.caps, self.parted = pattern_words("limit_holders", "caps"), pattern_words("limit_holders", "parted")
        self.rate_words = pattern_words("limit_holders", "rate_words")

    def find(self, sent: Sentence) -> Iterator[Candidate]:
        mentions = self.view.within(sent)
        limits = [m for m in mentions if m.label == "THRESHOLD"]
        rule = self.ontology.predicates.get("has_threshold")
        if rule is None or not limits:
            return
        private = "royalty" in sent.lemmas and not sent.lemmas.isdisjoint(self.private)
        before = sent.doc.words[sent.start - 1].sent.lemmas if sent.start else frozenset()
        ruled = not (sent.lemmas.isdisjoint(self.norms) and self.caps.isdisjoint(before))
        for limit in limits if not private else ():
            holders, how, score = self._holders(limit, sent, mentions)
            for holder in holders:
                if holder.label == "COMPANY" and not ruled:
                    continue  # "the company receives 20% of the proceeds"
                if rule.accepts(holder.label, limit.label):
                    path = f"{holder.span.text} ← {how} → {limit.span.text}"
                    qualifiers = {k: limit.attrs[k] for k in ("parameter", "condition") if limit.attrs.get(k)}
                    qualifiers |= self._measured(limit, sent, how)
                    yield Candidate(
                        "has_threshold", holder, limit, limit.span, f"limit-{how}", path, score, qualifiers, (sent,)
                    )

    def _holders(self, limit: Mention, sent: Sentence, mentions: list[Mention]) -> tuple[list[Mention], str, float]:
        before = sent.doc.words[sent.start - 1].sent.lemmas if sent.start else frozenset()
        for how, score, find in (
            ("item", 0.62, self._of_entry),
            ("on", 0.64, self._rated),
            ("content", 0.6, self._containing),
            ("adjacent", 0.66, self._adjacent),
            ("part", 0.62, self._part),
            ("quantity", 0.62, self._shipped),
            ("host", 0.66, self._hosts),
            ("tariff", 0.62, self._taxed),
            ("taxing", WEAK, self._taxing),
            ("subject", 0.6, self._subjects),
            ("opening", 0.6, self._listed),
            ("nearest", 0.5, self._nearest),
        ):
            found = find(limit, sent, mentions)
            if found:
                doubtful = (how, found[0].label) in DOUBTFUL and self.caps.isdisjoint(sent.lemmas | before)
                return found, how, WEAK if doubtful else score
        lead = self.arguments.lead(sent)
        if lead is not None:
            holders = [
                m for m in self.view.within(lead) if m.label in ("INSTRUMENT", "PRODUCT", "MINERAL", "TECHNOLOGY")
            ]
            if holders:
                return holders[:1], "lead", 0.5
        found = self.arguments.carried(sent, frozenset({"INSTRUMENT", "PRODUCT", "MINERAL", "TECHNOLOGY"}))
        return found, "carried", 0.32

    def _measured(self, limit: Mention, sent: Sentence, how: str) -> dict[str, str]:
        """What a limit measures where its construction says so: the tariff, or how much of a thing there is."""
        if how == "adjacent" and limit.attrs.get("kind") not in ("percent", "money", "duration"):
            return {"parameter": "quantity"}
        if how == "content" and not limit.attrs.get("parameter"):
            part = self.view.at.get(limit.end) or self.view.at.get(limit.start - 1)
            return {"parameter": part.span.text} if part is not None else {}
        vague = limit.attrs.get("parameter") in VAGUE and limit.attrs.get("kind") != "percent"
        told = (_amount_of(limit) if vague else None) or (
            "exports to any one country" if how == "quantity" and _per_country(limit) else None
        )
        if told is not None:
            return {"parameter": told}
        rate = (
            how in ("tariff", "taxing", "on")
            or limit.attrs.get("kind") == "percent"
            and not limit.attrs.get("parameter")
        )
        words = [t for t in sent if t.lemma_.lower() in TARIFF_WORDS] if rate else []
        if words:
            word = min(words, key=lambda t: abs(t.i - limit.start))
            rated = word.i + 1 < sent.end and sent.doc.words[word.i + 1].lower_ == "rate"
            name = word.lemma_.lower() if word.lemma_.lower() in ("tariff", "duty") else word.lower_
            return {"parameter": f"{name} rate" if rated else name}
        unit = (limit.attrs.get("value") or {}).get("unit")
        if unit in MEASURED_BY and not limit.attrs.get("parameter"):
            return {"parameter": MEASURED_BY[unit]}
        return {}

    def _of_entry(self, limit: Mention, sent: Sentence, mentions: list[Mention]) -> list[Mention]:
        """ "a.2.a. Converters having all of these: / a.2.a.1. Rated for ... ": an item that names nothing itself limits
        what the entry above it names."""
        if sent.start == 0 or sent.doc.words[sent.start].tag_ not in ("VBN", "VBG", "VBD", "JJ"):
            return []
        items, where = self.arguments.listing.items, limit.span.start_char
        own = next((n for n, i in enumerate(items) if i.start <= where < i.end), None)
        if own is None or items[own].mentions:
            return []
        path = items[own].path
        for item in reversed(items[max(0, own - LONGEST_ENTRY) : own]):
            named = [m for m in item.mentions if m.label in GOODS]
            if named and len(item.path) < len(path) and path[: len(item.path)] == item.path:
                return named[:1]
        heading = sent.doc.words[0].sent
        named = [m for m in self.view.within(heading) if m.label in GOODS]
        return self.view.group(named[0], GOODS) if named and FOLLOWING.search(heading.text) else []

    def _rated(self, limit: Mention, sent: Sentence, mentions: list[Mention]) -> list[Mention]:
        """ "25% on soybeans and 10% on almonds", "rates of 9.19 percent for PhosAgro": what stands right behind it."""
        if limit.attrs.get("kind") != "percent" or sent.lemmas.isdisjoint(self.rated):
            return []
        behind = next((m for m in mentions if m.start >= limit.end), None)
        if behind is None or behind.start - limit.end > 5 or behind.label not in HOLDERS:
            return []
        gap = [t.lower_ for t in sent.doc[limit.end : behind.start]]
        words = [w for w in gap if w not in self.rate_words]
        if not words or words[0] not in ("on", "for") or len(words) > 3 or any(w in (",", ";", "and") for w in words):
            return []
        after = self.view.at.get(behind.end)  # "on Indian goods", "for Chinese solar cells"
        return self.view.group(after if after is not None and after.label in GOODS else behind, HOLDERS)

    def _containing(self, limit: Mention, sent: Sentence, mentions: list[Mention]) -> list[Mention]:
        """ "batteries containing more than 0.004 % lead", "concentrate with TiO2 of 52%": a share limits what it is a
        share of."""
        if limit.attrs.get("kind") != "percent" or limit.start - 1 < sent.start:
            return []
        part = self.view.at.get(limit.end) or self.view.at.get(limit.start - 1)
        if part is None and limit.end + 1 < sent.end and sent.doc.words[limit.end].lower_ in self.parted:
            part = self.view.at.get(limit.end + 1)  # "at least 6% recycled lithium"
        if part is None or part.label != "MINERAL":
            return []
        earlier = [m for m in mentions if m.end <= min(part.start, limit.start) and m.label in ("PRODUCT", "MINERAL")]
        if not earlier:
            return []
        first = min(part.start, limit.start)
        for whole in reversed(earlier):
            gap = sent.doc[whole.end : min(whole.end + 2, first)]
            told = any(t.lower_ in self.containing for t in gap) or "\t" in gap.text
            if told and first - whole.end < CONTENT_REACH:
                return self.view.group(whole, GOODS)
        return []

    def _adjacent(self, limit: Mention, sent: Sentence, mentions: list[Mention]) -> list[Mention]:
        """ "3.12 micrograms thorium-227"; not "magnets with 0.1% dysprosium", which limits the magnets."""
        behind = self.view.at.get(limit.end)
        held = limit.start > sent.start and sent.doc.words[limit.start - 1].lower_ in HOLDING
        return [behind] if behind is not None and behind.label in GOODS and not held else []

    def _shipped(self, limit: Mention, sent: Sentence, mentions: list[Mention]) -> list[Mention]:
        """ "thorium, ..., in concentrations of 5 percent": what a rule lists first, or lets be exported, has the
        limit."""
        before = sent.doc[max(sent.start, limit.start - 4) : limit.start].text.lower()
        if not QUANTITIES.search(before + " ") and not self._goes_on(limit, before, mentions):
            return []
        goods = [m for m in mentions if m.label in GOODS and m.end <= limit.start and not self._excepted(m, sent)]
        verbs = [t.i for t in sent if t.lemma_.lower() == "export" and t.pos_ == "VERB" and t.i < limit.start]
        exported = [m for m in goods if verbs and m.start > verbs[0]]
        first = exported[:1] or (goods[:1] if LIST_ITEM.match(sent.text) else [])
        return self.view.group(first[0], GOODS) if first else []

    def _goes_on(self, limit: Mention, before: str, mentions: list[Mention]) -> bool:
        """ "..., not to exceed 1,000 kilograms per year or 500 kilograms": a further limit on the same shipments."""
        earlier = [m for m in mentions if m.label == "THRESHOLD" and m.end <= limit.start]
        near = bool(earlier) and limit.start - earlier[-1].end < 15
        return near and (limit.span.text.lower().startswith("not to exceed") or before.endswith(" or"))

    def _part(self, limit: Mention, sent: Sentence, mentions: list[Mention]) -> list[Mention]:
        """ "at least 10% of the Union's annual consumption of tungsten": what it is a part of has the limit."""
        if limit.attrs.get("kind") != "percent":
            return []
        behind = next((m for m in mentions if m.start >= limit.end and m.label in GOODS), None)
        if behind is None or not PART.fullmatch(self.view.text[limit.span.end_char : behind.span.start_char]):
            return []
        return self.view.group(behind, GOODS)

    def _hosts(self, limit: Mention, sent: Sentence, mentions: list[Mention]) -> list[Mention]:
        """The noun that the limit hangs on: "batteries with a capacity greater than 2 kWh", "batteries containing
        more than ..."."""
        token = limit.span.root
        for _ in range(7):
            head = token.head
            if head is token or head.i < sent.start or head.i >= sent.end:
                return []
            mention = self.view.at.get(head.i)
            if mention is not None and mention.label in GOODS and mention.end <= limit.start:
                return self.view.group(mention, GOODS)
            if head.pos_ == "VERB" and head.dep_ in ("acl", "relcl"):
                host = self.view.at.get(head.head.i)
                if host is not None and host.label in GOODS:
                    return self.view.group(host, GOODS)
            if head.pos_ in ("VERB", "AUX") and head.dep_ not in ("acl", "relcl", "pcomp"):
                return []
            token = head
        return []

    def _taxed(self, limit: Mention, sent: Sentence, mentions: list[Mention]) -> list[Mention]:
        """A tariff's rate holds for the goods, else the country or rule, that the tariff is on."""
        words = [t for t in sent if t.lemma_.lower() in TARIFF_WORDS]
        if not words:
            return []
        word = min(words, key=lambda t: abs(t.i - limit.start))
        heads = self.view.prepositional(word, ("on", "for", "of")) or self.view.prepositional(
            word.head, ("on", "for", "of")
        )
        found = [m for h in heads for m in self.arguments.fill(h, frozenset(GOODS)) if m is not limit]
        found = found or [m for h in heads for m in self.arguments.fill(h, frozenset({"PLACE"}))]
        if found:
            return found
        if any(c.lower_ in ("these", "the", "those", "such") for c in word.lefts) and self.arguments.objects_of.get(
            "imposes_tariff_on"
        ):
            return self.arguments.objects_of["imposes_tariff_on"]
        return []

    def _taxing(self, limit: Mention, sent: Sentence, mentions: list[Mention]) -> list[Mention]:
        """Who has the tariff, where nothing says what it is on."""
        if sent.lemmas.isdisjoint(TARIFF_WORDS):
            return []
        return [m for m in mentions if m.label in ("INSTRUMENT", "PLACE") and m.end <= limit.start][-1:]

    def _subjects(self, limit: Mention, sent: Sentence, mentions: list[Mention]) -> list[Mention]:
        verb = self.view.governor(limit.span.root)
        if verb is None:
            return []
        heads: list[Word] = self.view.objects(verb) if self.view.is_passive(verb) else self.view.subjects(verb)
        out: list[Mention] = []
        for head in heads:
            out += [
                m
                for m in self.arguments.fill(head, self.labels)
                if m.key not in {x.key for x in out} and m is not limit
            ]
        return [m for m in out if m.label not in ("PLACE", "COMPANY")] or out

    def _listed(self, limit: Mention, sent: Sentence, mentions: list[Mention]) -> list[Mention]:
        """What an item of a control list names first has the limits of the item: "b. Mirrors made from X, exceeding
        3 mm"."""
        law = self.arguments.law
        if law is None or not CONTROL_ENTRY.match(law.span.text):
            return []
        where = limit.span.start_char
        named = [i.mentions for i in self.arguments.listing.items if i.start <= where < i.end and i.mentions]
        return [m for m in named[0] if m.label in GOODS and m.end <= limit.start] if named else []

    def _nearest(self, limit: Mention, sent: Sentence, mentions: list[Mention]) -> list[Mention]:
        goods_after = [m for m in mentions if m.start >= limit.end and m.label in GOODS]
        held = limit.start > sent.start and sent.doc.words[limit.start - 1].lower_ in (
            "with",
            "containing",
            "contain",
            "contains",
        )
        if goods_after and goods_after[0].start == limit.end and not held:  # "3.12 micrograms thorium-227"
            return [goods_after[0]]
        before = [m for m in mentions if m.end <= limit.start and m.label in HOLDERS and not self._excepted(m, sent)]
        goods = [m for m in before if m.label in GOODS]
        rules = [m for m in before if m.label == "INSTRUMENT"]
        after = [m for m in goods_after if m.start - limit.end < 6]
        for group in (goods[-1:], rules[-1:], after[:1], before[-1:]):
            if group:
                return self.view.group(group[0], HOLDERS)
        return []

    def _excepted(self, mention: Mention, sent: Sentence) -> bool:
        """Whether a mention stands in "other than A, B or C"."""
        first = min(self.view.group(mention), key=lambda m: m.start)
        before = sent.doc[max(sent.start, first.start - 3) : first.start]
        return any(t.lower_ in ("than", "except", "excluding", "excepting") for t in before)


def _amount_of(limit: Mention) -> str | None:
    """What stands behind a limit as its measure: "less than 3.7 TBq (100 mCi) of alpha activity"."""
    match = AMOUNT_OF.match(_behind(limit))
    return match.group(1) if match else None


def _per_country(limit: Mention) -> bool:
    return PER_COUNTRY.match(_behind(limit)) is not None


def _behind(limit: Mention) -> str:
    doc = limit.span.doc
    return doc[limit.end : min(len(doc), limit.end + 16)].text


def superseded(found: list[Candidate]) -> None:
    """Where one limit replaces another ("220 MPa rather than 300 MPa", "from 10% to 14%"): `supersedes` on the new,
    `proposed`,
    `lifted` or nothing on the old. Changes the candidates in place."""
    limits = [c for c in found if c.predicate == "has_threshold"]
    for new in limits:
        for old in limits:
            if new.object is old.object or new.subject.canonical != old.subject.canonical or new.sents != old.sents:
                continue
            first, second = sorted((new.object, old.object), key=lambda m: m.start)
            gap = f" {first.span.doc[first.end : second.start].text} "
            if len(gap) > 60:
                continue
            if (
                second is old.object
                and REPLACES.search(gap)
                and not re.search(r"\bto\b", gap)
                or (
                    second is new.object
                    and re.fullmatch(
                        r"\s*(?:in (?:the|its|an?) (?:\w+ )?(?:draft|proposal)\s+)?to\s+(?:rates that vary from\s+)?",
                        gap,
                    )
                    and _from_before(first)
                )
            ):
                _mark(new, old, _with_previous(first.span.sent))


def _with_previous(sent: Sentence) -> str:
    """The sentence and the one before it: the draft may have been named there."""
    start = sent.doc.words[sent.start - 1].sent.start if sent.start else sent.start
    return sent.doc[start : sent.end].text


def _from_before(mention: Mention) -> bool:
    return mention.start > 0 and mention.span.doc.words[mention.start - 1].lower_ == "from"


def _mark(new: Candidate, old: Candidate, sentence: str) -> None:
    new.qualifiers["supersedes"] = old.object.span.text
    old.qualifiers["status"] = "proposed" if DRAFT.search(sentence) else "lifted"
