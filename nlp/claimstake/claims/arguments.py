"""From words to mentions: what a noun phrase names, stands for, lists or is "of"; and who goes on acting."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, cached_property

from claimstake.claims.listing import Listing
from claimstake.claims.resolve import Resolver
from claimstake.claims.view import GOODS, Mention, View
from claimstake.knowledge import tables
from claimstake.mirror import Sentence, Word

PARTS = frozenset(
    {"region", "area", "part", "province", "district", "state", "heart", "north", "south", "east", "west"}
)
LIST_ITEM = re.compile(r"\s*(?:[-*•·–—▪]|\(?[0-9a-zA-Z]{1,4}[.)]|(?:[0-9a-z]{1,2}\.){2,6})\s")
DESCEND = ("of", "like", "including", "such as", "called")
FIRMS = frozenset({"COMPANY", "ORGANIZATION", "MINISTRY"})
MATTER = frozenset({"mineral", "metal", "material", "element", "ore", "compound", "alloy"})
RULES = frozenset({"INSTRUMENT"})
SEATED = frozenset({"of", "in", "at", "from", "based", "headquartered"})
MAKERS = frozenset({"COMPANY", "PLACE"})  # who may produce
CARRY_TOKENS = 250  # how far an actor carries: four or five sentences of news
LEGAL_HEAD = re.compile(
    r"(?:Article|Section|Annex|Rule|Regulation|§+|Art\.|Sec\.|Chapter|Part|Schedule)\s*[0-9IVX]|[0-9][A-E][0-9]{3}",
    re.I,
)


CONTROL_ENTRY = re.compile(r"(?:ECCN\s)?[0-9][A-E][0-9]{3}")  # of a control list
ACTORS_BACK = 200  # claims of one sentence that are looked through for its first actor


@cache
def pattern_words(table: str, key: str) -> frozenset[str]:
    """One of the word lists of patterns.toml."""
    return frozenset(tables.toml("patterns.toml")[table][key])


@cache
def _measure_nouns() -> frozenset[str]:
    nouns = frozenset(tables.toml("nominals.toml")["heads"]["INSTRUMENT"])
    return nouns | {"restriction", "control", "curb", "tariff", "move", "sanction"}


class Arguments:
    """Fills roles in one document.

    Args:
        view, resolver: of the document.

    Attributes:
        actors: (sentence start, subject) of the measures told of so far; the assembler adds to it.
        objects_of: predicate to the objects of its last claim.
    """

    def __init__(self, view: View, resolver: Resolver) -> None:
        self.view, self.resolver = view, resolver
        self.actors: list[tuple[int, Mention]] = []
        self.objects_of: dict[str, list[Mention]] = {}
        self._leads: dict[int, Sentence | None] = {}  # sentence start -> its lead
        self.measure_nouns = _measure_nouns()
        self.class_nouns = pattern_words("classes", "heads")
        self.firm_nouns = pattern_words("firms", "nouns")
        self.generic_nouns = pattern_words("generic", "heads")
        self.site_nouns = pattern_words("sites", "nouns")

    @cached_property
    def law(self) -> Mention | None:
        """The article, section or entry that a legal text is: an instrument alone at the document's beginning."""
        tops = self.view.top
        if not tops or tops[0].label != "INSTRUMENT" or not LEGAL_HEAD.match(tops[0].span.text):
            return None
        return tops[0] if not self.view.doc[: tops[0].start].text.strip() else None

    def mentions(self, heads: Iterable[Word], labels: frozenset[str], trigger: Word) -> list[Mention]:
        out: list[Mention] = []
        for head in heads:
            for mention in self.fill(head, labels, trigger) or self._behind_measure(head, labels):
                if mention.key not in {m.key for m in out}:
                    out.append(mention)
        return out

    def _behind_measure(self, head: Word, labels: frozenset[str]) -> list[Mention]:
        """Who is behind a measure without a name: "X introduced [measures] that curbed", "X's [restrictions]
        target"."""
        if head.lemma_.lower() not in self.measure_nouns:
            return []
        owners = [c for c in head.lefts if c.dep_ in ("poss", "compound", "amod", "nmod")]
        owners += self.view.prepositional(head, ("by", "from", "of"))
        verb = self.view.governor(head)
        owners += self.view.subjects(verb) if verb is not None else []
        for owner in owners:
            found = (
                [m for m in self.fill(owner, labels, depth=3) if m.label in ("PLACE", "MINISTRY", "PERSON")]
                if owner.i != head.i
                else []
            )
            if found:
                return found
        return []

    def fill(self, head: Word, labels: frozenset[str], trigger: Word | None = None, depth: int = 0) -> list[Mention]:
        """Mentions that a noun phrase is about: the one at its head (with its list), else what the head resolves to,
        else what it is "of"."""
        mention = self.view.at.get(head.i)
        trigger_inside = mention is not None and trigger is not None and mention.start <= trigger.i < mention.end
        body = self._body_of(mention, labels) if mention is not None and not trigger_inside else None
        if body is not None:
            return [body]
        if mention is not None and not trigger_inside:
            group = self.view.group(mention, labels)
            if group:
                return self.resolver.pointed(mention, labels) or self.renamed(mention, labels) or group
            inner = self.view.inner.get(head.i)
            if inner is not None and inner.label in labels:
                return [inner]
            if mention.kind == "measured":  # "nearly 80% of the antimony market"
                return self._below(mention.span.root, labels, trigger, depth + 1) if depth < 4 else []
            if mention.kind != "goods":  # a firm's name does not stand for what its apposition names
                return []
        if head.lower_ in ("those", "that", "ones", "one") and any(c.dep_ in ("prep", "acl") for c in head.children):
            for inner in self.view.prepositional(head, ("for", "of", "from", "in")):  # "covers those for producing LFP"
                found = self.fill(inner, labels, trigger, depth + 1)
                if found:
                    return found
        if head.lower_ in PARTS and "PLACE" in labels:
            for inner in self.view.prepositional(head, ("of",)):  # "the central region of Newfoundland"
                mention = self.view.at.get(inner.i)
                if mention is not None and mention.label == "PLACE":
                    return self.view.group(mention, labels)
        resolved = self.resolver.resolve(head, labels)
        if resolved:
            return resolved
        if depth > 5:
            return []
        return self._apposed(head, labels, depth) or self._below(head, labels, trigger, depth)

    def _body_of(self, mention: Mention, labels: frozenset[str]) -> Mention | None:
        """ "the Department of the Treasury's Office of Foreign Assets Control": the office, however parsed."""
        doc, i = mention.span.doc, mention.end
        if mention.label not in ("MINISTRY", "PLACE") or i + 1 >= len(doc) or doc.words[i].text not in ("'s", "’s"):
            return None
        body = self.view.at.get(i + 1)
        same = body is not None and body.start == i + 1 and body.label == "MINISTRY" and "MINISTRY" in labels
        return body if same else None

    def renamed(self, mention: Mention, labels: frozenset[str]) -> list[Mention]:
        """ "antimony, a critical mineral used in X": what is said of the class in apposition is said of antimony."""
        doc, i = mention.span.doc, mention.start - 1
        if (
            mention.span.root.lemma_.lower() not in self.class_nouns
            or i < 2
            or doc.words[i].lower_ not in ("a", "an", "the", "key", "critical")
        ):
            return []
        if doc.words[i - 1].text not in ",—–(":
            return []
        named = self.view.at.get(i - 2) or (self.view.at.get(i - 3) if doc.words[i - 2].text == ")" else None)
        return self.view.group(named, labels) if named is not None and named.label == mention.label else []

    def seated(self, near: Mention) -> Mention:
        """ "Lotte Fine Chemical of Ulsan, the largest maker": who is apposed to a firm's place is the firm."""
        if near.label != "PLACE":
            return near
        before = self.view.among(near.span.sent.start, near.start)[-1:]
        if not before or before[0].label not in FIRMS:
            return near
        gap = [t.lower_ for t in near.span.doc[before[0].end : near.start]]
        return before[0] if gap and len(gap) < 4 and gap[-1] in SEATED and set(gap) <= SEATED | {",", "the"} else near

    def _apposed(self, head: Word, labels: frozenset[str], depth: int) -> list[Mention]:
        """ "gallium and lithium, key minerals used for X": a class noun in apposition stands for what it is apposed
        to."""
        site = "PLACE" in labels and head.lemma_.lower() in self.site_nouns
        if not site and head.lemma_.lower() not in self.class_nouns and head.lemma_.lower() not in self.firm_nouns:
            return []
        labels = frozenset({"PLACE"}) if site else labels
        start = min((t.i for t in head.lefts), default=head.i)
        before = start - 1
        if before > 0 and head.doc.words[before].text in (",", "—", "–", "-", "("):
            nested_first = head.lemma_.lower() in MATTER  # "extraction of gallium, a vital material" is on gallium
            tables_ = (self.view.inner, self.view.at) if nested_first else (self.view.at, self.view.inner)
            for table in tables_:
                mention = table.get(before - 1)
                if mention is None and head.doc.words[before - 1].text == ")":
                    mention = table.get(before - 2)
                if mention is not None and mention.label in labels:
                    return self.view.group(mention, labels)
        if head.dep_ in ("appos", "attr") and depth < 3:
            anchors = [head.head] if head.dep_ == "appos" else [c for c in head.head.children if c.dep_ == "nsubj"]
            for anchor in anchors:
                if anchor.i != head.i:
                    return self.fill(anchor, labels, None, depth + 1)
        return []

    def _below(self, head: Word, labels: frozenset[str], trigger: Word | None, depth: int) -> list[Mention]:
        if labels <= GOODS:  # "EV models including those from Tesla": the compound says what they are
            for child in head.lefts:
                mention = self.view.at.get(child.i)
                if child.dep_ in ("compound", "nmod", "amod") and mention is not None and mention.label in labels:
                    return self.view.group(mention, labels)
        if labels == RULES and depth > 1:
            return []  # "an order to extend the status of drugs under the Act" is not the Act
        if head.lower_ == "everything":  # "everything from phones to jet engines"
            ends = self.view.prepositional(head, ("from", "to"))
            return [m for end in ends for m in self.fill(end, labels, trigger, depth + 1)]
        firm = head.lemma_.lower() in self.firm_nouns
        preps = DESCEND + ("for", "in") if head.lemma_.lower() in self.generic_nouns else DESCEND
        for prep in self.view.prepositional(head, preps):
            found = self.fill(prep, labels, trigger, depth + 1)
            if found:
                return found
        for child in head.children:
            if child.dep_ in ("appos", "pcomp"):
                found = self.fill(child, labels, trigger, depth + 1)
                if found:
                    return found
        if head.pos_ == "VERB":
            for child in self.view.objects(head):
                found = self.fill(child, labels, trigger, depth + 1)
                if found:
                    return found
        lefts = [c for c in head.lefts if c.dep_ in ("compound", "nmod", "amod", "poss")]
        for child in reversed(lefts):
            found = [m for m in self.fill(child, labels, trigger, depth + 1) if not (firm and m.label == "PLACE")]
            if found:
                return found
        for child in head.children:
            if child.dep_ == "conj" and child.lemma_.lower() not in self.measure_nouns:
                found = self.fill(child, labels, trigger, depth + 1)
                if found:
                    return found
        return self._where_made(head) if labels == MAKERS else []

    def _where_made(self, head: Word) -> list[Mention]:
        """ "one company in Montana", "a plant in Louisiana": a maker without a name makes where it is."""
        lemma = head.lemma_.lower()
        if (lemma not in self.firm_nouns and lemma not in self.site_nouns) or any(c.dep_ == "poss" for c in head.lefts):
            return []
        for place in self.view.prepositional(head, ("in", "at")):
            mention = self.view.at.get(place.i)
            if mention is not None and mention.label == "PLACE":
                return self.view.group(mention, {"PLACE"})
        return []

    @cached_property
    def listing(self) -> Listing:
        """The document's lists."""
        return Listing(self.view)

    def items(self, sent: Sentence, labels: frozenset[str]) -> list[Mention]:
        """What the items name of the list that follows a sentence ending in a colon."""
        text = sent.text.rstrip()
        if not text.endswith(":"):
            return []
        items = self.listing.after(sent.start_char + len(text))
        return [m for item in items for m in self.listing.named(item, labels)]

    def lead(self, sent: Sentence) -> Sentence | None:
        """The sentence ending in a colon that a list item belongs to."""
        if sent.start not in self._leads:
            self._leads[sent.start] = self._find_lead(sent)
        return self._leads[sent.start]

    def _find_lead(self, sent: Sentence) -> Sentence | None:
        doc, start = sent.doc, sent.start
        for _ in range(40):
            if start == 0:
                return None
            before = doc.words[start - 1].sent
            text = before.text.rstrip(" \n\t*")
            if text.endswith(":"):
                return before
            if not (text.endswith((";", ",", "and", "or")) or LIST_ITEM.match(text + " ") or len(text) < 6):
                return None
            start = before.start
        return None

    def carried(self, sent: Sentence, labels: frozenset[str]) -> list[Mention]:
        """The actor that goes on acting: of this sentence's claims, of the sentence before, else of the last measure
        told of."""
        if sent.start == 0:
            return []
        if self.law is not None and self.law.label in labels and labels.isdisjoint(GOODS):
            return [self._ruling(sent, self.law)]
        before = sent.doc.words[sent.start - 1].sent
        for index in range(len(self.actors) - 1, -1, -1):
            start, mention = self.actors[index]
            if start < before.start:
                break
            if mention.label in labels:
                same = [
                    m
                    for s, m in self.actors[max(0, index - ACTORS_BACK) : index + 1]
                    if s == start and m.label in labels
                ]
                return same[:1]
        told = [m for m in self.view.within(before) if m.label in labels]
        for roles in (("nsubj",), ("poss", "nsubjpass")):
            for mention in told:
                if mention.span.root.dep_ in roles:
                    return [mention]
        for start, mention in reversed(self.actors):
            if sent.start - start >= CARRY_TOKENS:
                break
            if mention.label in labels:
                return [mention]
        return []

    def _ruling(self, sent: Sentence, law: Mention) -> Mention:
        """What rules in a legal text: the last instrument that did ("a general license is issued"), else the law."""
        for start, mention in reversed(self.actors):
            if sent.start - start >= CARRY_TOKENS:
                break
            if mention.label == law.label:
                return mention
        return law

    def firms_of(self, head: Word) -> list[Mention]:
        """Firms that a noun phrase with a generic head ("a company", "companies like X") stands for."""
        own = self.view.at.get(head.i)
        if own is not None and own.label in FIRMS:
            return self.view.group(own, FIRMS)
        found = [
            m for h in self.view.prepositional(head, ("like", "such as", "including")) for m in self.fill(h, FIRMS)
        ]
        if found:
            return found
        if head.dep_ in ("appos", "attr"):
            anchor = (
                head.head if head.dep_ == "appos" else next((c for c in head.head.children if c.dep_ == "nsubj"), None)
            )
            mention = self.view.at.get(anchor.i) if anchor is not None else None
            if mention is not None and mention.label in FIRMS:
                return [mention]
        for child in head.children:
            mention = self.view.at.get(child.i)
            if child.dep_ in ("appos",) and mention is not None and mention.label in FIRMS:
                return [mention]
        return []
