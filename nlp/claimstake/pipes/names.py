"""Names that no list has: people, firms, bodies and places, by capitalised patterns and by the statistical NER.

A name's own words decide first (legal form, "Ministry of", "University"), then what stands beside it ("CEO of",
"NYSE:"), then the NER's label. Left out: job titles, tickers, cross-references, nationality adjectives.

Example: "Harvey Kaye, executive director of Acme Metals Corp." gives a PERSON and a COMPANY.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry

from claimstake.attributes import GAZETTEER, NAMES, add_mention, new_group
from claimstake.knowledge.tables import demonyms, lines, toml
from claimstake.mirror import Stretch, mirrored
from claimstake.pipes.component import RuleComponent, span_scorer
from claimstake.pipes.firms import FirmFinder, exchanges, odd_forms
from claimstake.pipes.name_words import (
    POSSESSIVE,
    acceptable,
    company_context,
    firm_appositive,
    has_role,
    label_by_words,
    personal_apposition,
    table,
    tells,
    trimmed,
    two_bodies,
)
from claimstake.pipes.people import find_people, goes_on
from claimstake.pipes.runs import Run, capital_runs
from claimstake.pipes.terms import body_tokens

Found = tuple[int, int, str, str, str]  # token start, token end, label, extractor, row id or ""
RECURRING = frozenset({"ORG", "PERSON"})  # labels of the NER whose repetition is evidence
BODIES = frozenset({"COMPANY", "MINISTRY", "ORGANIZATION"})
PROPER = frozenset({"NNP", "NNPS"})
name_scorer = span_scorer(NAMES)


@registry.scorers("claimstake_name_scorer.v1")
def make_name_scorer() -> Any:
    return name_scorer


@Language.factory(
    "claimstake_names",
    assigns=["doc.spans"],
    requires=["doc.ents", "doc.sents", "token.tag"],
    default_config={"scorer": {"@scorers": "claimstake_name_scorer.v1"}},
    default_score_weights={f"spans_{NAMES}_f": 1.0},
)
def make_names(nlp: Language, name: str, scorer: Any) -> NameFinder:
    return NameFinder(name, scorer=scorer)


class NameFinder(RuleComponent):
    """Writes doc.spans["names"]; attrs: extractor ("name.<rule>" or "ner.<rule>"), rows where a rule knows the row."""

    def __init__(self, name: str = "claimstake_names", *, scorer: Any = name_scorer) -> None:
        self.name = name
        self.scorer = scorer

    def __call__(self, doc: Doc) -> Doc:
        group = new_group(doc, NAMES)
        for start, end, label, extractor, row in self.find(doc):
            add_mention(group, start, end, label, extractor=extractor, **({"rows": [row]} if row else {}))
        return doc

    def find(self, doc: Doc) -> list[Found]:
        """Candidates in text order."""
        return sorted(_NameReader(doc).read()) if len(doc) else []


class _NameReader:
    """One document's names."""

    def __init__(self, doc: Doc) -> None:
        self.doc = mirrored(doc)
        self.body = body_tokens(doc)

    def read(self) -> set[Found]:
        found: set[Found] = set()
        for low, high in self.body:
            for run in capital_runs(self.doc, low, high):
                found.update(self._by_pattern(run))
            found.update(self._governments(low, high))
            found.update((start, end, "PERSON", rule, "") for start, end, rule in find_people(self.doc, low, high))
            found.update((start, end, "COMPANY", "name.words", "") for start, end in odd_forms(self.doc, low, high))
            listed = exchanges(self.doc, low, high)
            found.update((start, end, "ORGANIZATION", "name.exchange", row) for start, end, row in listed)
        found.update(self._entities())
        firms = FirmFinder(self.doc, self.body).find()
        found.update((start, end, "COMPANY", rule, "") for start, end, rule in firms)
        return found

    def _by_pattern(self, run: Run) -> Iterator[Found]:
        """A run of capitalised words whose own words, or an apposition, say what it names."""
        apposed = firm_appositive(self.doc, run.end)
        if not apposed and run.end - run.start < 2:
            return
        span = self.doc[run.start : run.end]
        label = label_by_words(span)
        if label and self._qualified(run):
            return
        if label:
            yield run.start, run.end, label, "name.words", ""
            return
        if (
            apposed
            and all(t.tag_ in PROPER for t in span)
            and not self._titled(run.start)
            and acceptable(span, "COMPANY")
        ):
            yield run.start, run.end, "COMPANY", "name.context", ""

    def _qualified(self, run: Run) -> bool:
        """Whether ordinary words stand before a listed name: "Latest Nuclear Suppliers Group"."""
        start = self._listed.get(run.end, run.start)
        ordinary = lines("ordinary_words.txt")
        return start > run.start and all(t in ordinary for t in self.doc.lowers[run.start : start])

    @cached_property
    def _listed(self) -> dict[int, int]:
        """End of each listed body's name of more than one word, with its first token."""
        spans = (s for s in self.doc.marked(GAZETTEER) if s.attrs.get("strong") and s.label_ in BODIES)
        return {s.end: s.start for s in spans if s.end - s.start > 1}

    def _titled(self, i: int) -> bool:
        return self.doc.sentence_at(i).titled

    def _entities(self) -> Iterator[Found]:
        inside = [False] * len(self.doc)
        for low, high in self.body:
            inside[low:high] = [True] * (high - low)
        labels = toml("names.toml")["ner"]
        for ner_label, start, span in self._trimmed:
            label = labels.get(ner_label)
            if span is None or label is None or not inside[start] or not acceptable(span, label):
                continue
            by_words = label_by_words(span)
            if two_bodies(span):
                continue
            if not by_words and label == "COMPANY" and personal_apposition(span):
                label = "PERSON"
            if by_words:
                yield span.start, span.end, by_words, "ner.words", ""
            elif rule := self._rule(span, label, ner_label):
                yield span.start, span.end, label, rule, ""

    @cached_property
    def _trimmed(self) -> list[tuple[str, int, Stretch | None]]:
        """Label and first token of each NER span, and what `trimmed` leaves of it."""
        read = {*toml("names.toml")["ner"], *RECURRING}
        ents = [(ent.label_, ent.start, ent.end) for ent in self.doc.source.ents if ent.label_ in read]
        return [(label, start, trimmed(self.doc[start:end], label)) for label, start, end in ents]

    def _rule(self, span: Stretch, label: str, ner_label: str) -> str | None:
        """Which evidence there is for an NER span; None where there is too little."""
        if label == "COMPANY":
            return self._company_rule(span)
        if label == "PERSON":
            return self._person_rule(span)
        if self._titled(span.start) or not tells(span, label):
            return None
        return f"ner.{ner_label.lower()}"

    def _company_rule(self, span: Stretch) -> str | None:
        if company_context(self.doc, span.start, span.end):
            return "ner.company"
        if self._titled(span.start):
            return None
        if len(span) > 1 and span[-1].text in table()["telling_heads"]:
            return "ner.head"
        proper = all(t.tag_ in PROPER and t.is_alpha for t in span)
        return "ner.org" if proper and self._recurring[span.text] > 1 else None

    def _person_rule(self, span: Stretch) -> str | None:
        if len(span) > 1:
            unsure = self._titled(span.start) and not has_role(span)
            cut = span.end < len(self.doc) and not self._titled(span.start) and goes_on(self.doc.words[span.end])
            return None if unsure or cut else "ner.person"
        before = self.doc.words[span.start - 1].text if span.start else ""
        after = self.doc.words[span.end].lower_ if span.end < len(self.doc) else ""
        return "ner.person" if before in table()["titles"] or after in table()["speech"] else None

    @cached_property
    def _recurring(self) -> Counter[str]:
        """How often the NER takes the same words for an organisation or person."""
        spans = (span for label, _, span in self._trimmed if label in RECURRING)
        return Counter(span.text for span in spans if span is not None)

    def _governments(self, low: int, high: int) -> Iterator[Found]:
        """ "Trump administration", "Dutch government", "the Commission" where the text speaks of the European Union."""
        doc, people = self.doc, demonyms()
        lists, short = toml("names.toml")["MINISTRY"], self._short_bodies
        heads = {*lists["administrations"], *lists["government_words"], *short}
        for i, text in enumerate(doc.texts[low + 1 : high], low + 1):
            if text not in heads:
                continue
            if text in lists["administrations"]:
                start = self._administration_start(i, low)
                if start is not None:
                    yield start, i + 1, "MINISTRY", "name.administration", ""
            elif text in short and doc.words[i - 1].lower_ in ("the", "by") and self._alone(i, high):
                yield i, i + 1, "MINISTRY", "name.short", short[text]
            elif text in lists["government_words"] and doc.words[i - 1].text in people:
                yield i - 1, i + 1, "MINISTRY", "name.government", ""

    def _administration_start(self, i: int, low: int) -> int | None:
        """First token of the person's name before "administration" at token i."""
        doc = self.doc
        k = i - 2 if doc.words[i - 1].text in POSSESSIVE and i - 2 >= low else i - 1
        token = doc.words[k]
        named = token.ent_type_ == "PERSON" or (token.is_title and token.tag_ == "NNP" and not token.is_sent_start)
        if (
            not named
            or not token.text[:1].isupper()
            or token.text in demonyms()
            or token.text in table()["MINISTRY.not_after"]
        ):
            return None
        while k - 1 >= low and doc.words[k - 1].ent_type_ == "PERSON" and doc.words[k - 1].is_title:
            k -= 1
        return k

    @cached_property
    def _short_bodies(self) -> dict[str, str]:
        """Capitalised short forms that this text may use, with their rows."""
        text = self.doc.text
        rows = toml("names.toml")["short_bodies"]
        return {word: row["id"] for word, row in rows.items() if any(cue in text for cue in row["cues"])}

    def _alone(self, i: int, high: int) -> bool:
        """Not the beginning of a longer name."""
        return i + 1 >= high or not (self.doc.words[i + 1].text[:1].isupper() or self.doc.words[i + 1].lower_ == "of")
