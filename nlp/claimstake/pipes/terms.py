"""Open-class mentions by grammar: a head noun and what narrows it.

Labels TECHNOLOGY, MINERAL, PRODUCT, PLACE, INSTRUMENT. Left out: bare heads ("technologies"), praise and superlatives
at the front, nationality adjectives. Which of overlapping candidates holds is decided by `claimstake_mentions`.

Example: "technologies for extracting metallic lithium and gallium" is one TECHNOLOGY; "critical equipment" is nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry

from claimstake.attributes import BODY, TERMS, add_mention, new_group
from claimstake.mirror import Mirror, mirrored
from claimstake.pipes.component import RuleComponent, span_scorer
from claimstake.pipes.entry_items import entry_items
from claimstake.pipes.instruments import find_instruments
from claimstake.pipes.phrases import GOODS, Phrases, words
from claimstake.pipes.sites import find_sites
from claimstake.pipes.tails import action_end, tail_end
from claimstake.pipes.trade_titles import trade_goods

Found = tuple[int, int, str, str]  # token start, token end, label, rule
NOTHING: frozenset[str] = frozenset()
GRADES = ("-grade", "-purity", "-crystalline", "-bearing", "-rich", "-enriched", "-coated", "-free")
COMMON = ("TECHNOLOGY", "MINERAL", "PRODUCT")
NOUNS = ("NN", "NNS", "NNP", "NNPS", "VBG", "JJ")

term_scorer = span_scorer(TERMS)


@registry.scorers("claimstake_term_scorer.v1")
def make_term_scorer() -> Any:
    return term_scorer


@Language.factory(
    "claimstake_terms",
    assigns=["doc.spans"],
    requires=["doc.spans", "token.tag", "token.lemma", "token.dep", "token.head", "doc.sents"],
    default_config={"scorer": {"@scorers": "claimstake_term_scorer.v1"}},
    default_score_weights={f"spans_{TERMS}_f": 1.0},
)
def make_terms(nlp: Language, name: str, scorer: Any) -> TermFinder:
    return TermFinder(name, scorer=scorer)


class TermFinder(RuleComponent):
    """Writes doc.spans["terms"]; attrs: extractor ("term.<rule>")."""

    def __init__(self, name: str = "claimstake_terms", *, scorer: Any = term_scorer) -> None:
        self.name = name
        self.scorer = scorer
        self._heads = _head_table()

    def __call__(self, doc: Doc) -> Doc:
        group = new_group(doc, TERMS)
        for start, end, label, rule in self.find(doc):
            add_mention(group, start, end, label, extractor=f"term.{rule}")
        return doc

    def find(self, doc: Doc) -> list[Found]:
        """Candidates in text order: token start, token end, label, rule."""
        if not len(doc):
            return []
        mirror = mirrored(doc)
        phrases = Phrases(mirror)
        body = body_tokens(mirror)
        found = set(self._phrases(phrases, body))
        goods = dict(phrases.spans)
        for start, end, label, _ in found:
            if end > goods.get(start, (0, ""))[0]:
                goods[start] = (end, label)
        found.update(self._tails(phrases, body, goods))
        found.update(trade_goods(mirror, phrases, body))
        found.update(entry_items(mirror, phrases, body))
        found.update(find_instruments(mirror, phrases, body))
        found.update(find_sites(mirror, phrases, body))
        return sorted(found)

    def _phrases(self, phrases: Phrases, body: list[tuple[int, int]]) -> Iterator[Found]:
        doc, goods = phrases.doc, phrases.goods
        for low, high in body:
            for i, lemma in enumerate(phrases.lemmas[low:high], low):
                label_kinds = self._heads.get(lemma)
                if lemma == "mining" and (start := self._virtual(phrases, i)) is not None:
                    yield start, i + 1, "TECHNOLOGY", "head"
                elif label_kinds and doc.words[i].tag_ in NOUNS:
                    for label, kind in label_kinds:
                        yield from self._phrase(phrases, i, label, kind)
                elif i in goods and i + 1 not in goods:
                    yield from self._extended(phrases, i)

    def _phrase(self, phrases: Phrases, head: int, label: str, kind: str) -> Iterator[Found]:
        if label == "TECHNOLOGY" and head and phrases.compound_start(head) < head:
            return
        start = phrases.walk(head, label)
        modifiers = list(phrases.modifiers(start, head))
        plural = phrases.doc.words[head].lower_ != phrases.lemmas[head]
        if kind == "plurals" and not plural:
            return
        if not modifiers:
            if label == "PRODUCT" and plural and phrases.lemmas[head] in words(label, "plurals"):
                yield head, head + 1, label, "plural"
            return
        last = phrases.doc.words[modifiers[-1]].lower_
        if last in words(label, "not_after"):
            return
        if kind == "narrow" and not self._says(phrases, modifiers, label, phrases.lemmas[head]):
            return
        if all(phrases.doc.words[i].lower_ in words(label, "never_alone") for i in modifiers):
            return
        yield start, head + 1, label, kind

    def _virtual(self, phrases: Phrases, head: int) -> int | None:
        """Start of "Ethereum mining", "deep-sea mining": mining that says how, not of which mineral."""
        if not head or phrases.titled(phrases.doc.words[head]) and phrases.doc.words[head - 1].is_space:
            return None
        start = phrases.compound_start(head - 1)
        text = phrases.doc[start:head].text.lower()
        return start if text in words("TECHNOLOGY", "virtual_mining") else None

    def _says(self, phrases: Phrases, modifiers: list[int], label: str, head: str) -> bool:
        saying = words(label, "saying")
        kinds = frozenset({"MINERAL"}) if label == "MINERAL" else GOODS
        near = modifiers[-3:] if head not in words(label, "process_only_after") else modifiers[-2:]
        known = any(kinds & phrases.goods.get(i, NOTHING) for i in near)
        if head in words(label, "narrow_not"):
            return known
        return known or any(
            phrases.lemmas[i] in saying or phrases.doc.words[i].lower_ in saying or _word(phrases, i) in saying
            for i in near
        )

    def _extended(self, phrases: Phrases, last: int) -> Iterator[Found]:
        """A known thing with words before it that narrow it: "metallic lithium", "advanced chipmaking"."""
        labels = phrases.goods[last]
        label = next((x for x in ("TECHNOLOGY", "PRODUCT", "MINERAL") if x in labels), "")
        start = phrases.walk(last, label)
        if label == "MINERAL":
            first = last
            while first in phrases.goods and first > start:
                first -= 1
            first = first if first in phrases.goods else first + 1
            yield from self._qualified(phrases, first, last)
        elif start < last and start not in phrases.goods and label:
            yield start, last + 1, label, "extended"

    def _qualified(self, phrases: Phrases, first: int, last: int) -> Iterator[Found]:
        allowed, alone = words("MINERAL", "qualifiers"), words("MINERAL", "never_extend")
        start = first
        while start > 0 and not phrases.doc.words[start - 1].is_space:
            begin = phrases.compound_start(start - 1)
            text = phrases.doc[begin:start].text.lower()
            if text in alone or not (text in allowed or (text.endswith(GRADES) and begin < start - 1)):
                break
            start = begin
        if start < first:
            yield start, last + 1, "MINERAL", "qualified"

    def _tails(
        self, phrases: Phrases, body: list[tuple[int, int]], goods: dict[int, tuple[int, str]]
    ) -> Iterator[Found]:
        heads, actions = words("TECHNOLOGY", "tail_heads"), words("TECHNOLOGY", "action_heads")
        for low, high in body:
            for i, lemma in enumerate(phrases.lemmas[low:high], low):
                if lemma in heads and phrases.doc.words[i].tag_ in NOUNS:
                    end = tail_end(phrases, i, goods)
                    start = phrases.walk(i, "TECHNOLOGY") if end else i
                    if end and not any(k in phrases.goods for k in range(start, i)):
                        yield start, end, "TECHNOLOGY", "tail"
                elif lemma in actions:
                    end = action_end(phrases, i, goods)
                    if end:
                        yield phrases.walk(i, "TECHNOLOGY"), end, "TECHNOLOGY", "action"


def body_tokens(doc: Doc | Mirror) -> list[tuple[int, int]]:
    """Token ranges of the article proper."""
    return [(s.start, s.end) for s in doc.spans[BODY]] if BODY in doc.spans else [(0, len(doc))]


def _word(phrases: Phrases, i: int) -> str:
    """The whole hyphenated word that token i ends or stands in."""
    end = phrases.word_end(i)
    return phrases.doc[phrases.compound_start(end) : end + 1].text.lower()


def _head_table() -> dict[str, list[tuple[str, str]]]:
    table: dict[str, list[tuple[str, str]]] = {}
    for label in COMMON:
        for kind in ("heads", "narrow", "plurals"):
            for word in words(label, kind):
                known = any(label == other for other, _ in table.get(word, ()))
                if not known:
                    table.setdefault(word, []).append((label, "head" if kind == "heads" else kind))
    return table
