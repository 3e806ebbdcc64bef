"""Names that no list has: people, firms, bodies and places, by capitalised patterns and by the statistical NER.

A name's own words decide first (legal form, "Ministry of", "University"), then what stands beside it ("CEO of", "NYSE:"),
then the NER's label. Left out: job titles, tickers, cross-references, nationality adjectives.

Example: "Harvey Kaye, executive director of Acme Metals Corp." gives a PERSON and a COMPANY.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span, Token
from spacy.util import registry

from claimstake.attributes import GAZETTEER, NAMES, add_mention, new_group
from claimstake.knowledge.tables import demonyms, toml
from claimstake.pipes.component import RuleComponent, span_scorer
from claimstake.pipes.phrases import TITLE_SHARE
from claimstake.pipes.runs import Run, capital_runs
from claimstake.pipes.terms import body_tokens

Found = tuple[int, int, str, str]  # token start, token end, label, rule
SHAPE = re.compile(r"[A-Z]{2,6}[0-9]{0,3}s?")
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
    """Writes doc.spans["names"]; attrs: extractor ("name.<rule>" or "ner")."""

    def __init__(self, name: str = "claimstake_names", *, scorer: Any = name_scorer) -> None:
        self.name = name
        self.scorer = scorer

    def __call__(self, doc: Doc) -> Doc:
        group = new_group(doc, NAMES)
        for start, end, label, rule in self.find(doc):
            add_mention(group, start, end, label, extractor=rule if rule.startswith("ner") else f"name.{rule}")
        return doc

    def find(self, doc: Doc) -> list[Found]:
        """Candidates in text order."""
        body = body_tokens(doc)
        runs = [run for low, high in body for run in capital_runs(doc, low, high)]
        found = {hit for run in runs for hit in pattern_names(doc, run)}
        for low, high in body:
            found.update(governments(doc, low, high))
            found.update(people_by_role(doc, low, high))
        found.update(self._entities(doc, body))
        return sorted(found)

    def _entities(self, doc: Doc, body: list[tuple[int, int]]) -> Iterator[Found]:
        inside = _membership(body, len(doc))
        for ent in doc.ents:
            label = toml("names.toml")["ner"].get(ent.label_)
            if label is None or not inside[ent.start]:
                continue
            span = _trimmed(ent)
            if span is None or not acceptable(span, label):
                continue
            run = Run(span.start, span.end)
            decided = _by_words(doc, run)
            if decided:
                yield span.start, span.end, decided, "ner.words"
            elif label == "COMPANY":
                rule = _company_rule(doc, span)
                if rule:
                    yield span.start, span.end, label, rule
            elif label == "PERSON":
                rule = _person_rule(doc, span)
                if rule:
                    yield span.start, span.end, label, rule
            else:
                if not titled(span):
                    yield span.start, span.end, label, f"ner.{ent.label_.lower()}"


def _company_rule(doc: Doc, span: Span) -> str | None:
    if company_context(doc, span.start, span.end):
        return "ner.company"
    if titled(span):
        return None
    if len(span) > 1 and span[-1].text in _table()["heads"]:
        return "ner.head"
    return "ner.org" if all(t.tag_ in ("NNP", "NNPS") and t.is_alpha for t in span) and _recurs(doc, span) else None


def _recurs(doc: Doc, span: Span) -> bool:
    """Whether the NER takes the same words for an organisation or person at least twice."""
    key = "claimstake_recurring"
    counts = doc.user_data.get(key)
    if counts is None:
        counts = doc.user_data[key] = Counter(trimmed.text for e in doc.ents if e.label_ in ("ORG", "PERSON") and (trimmed := _trimmed(e)))
    return counts[span.text] > 1


def _person_rule(doc: Doc, span: Span) -> str | None:
    table = _table()
    if len(span) > 1:
        return "ner.title" if titled(span) else "ner.person"
    before = doc[span.start - 1].text if span.start else ""
    after = doc[span.end].lower_ if span.end < len(doc) else ""
    return "ner.person" if before in table["titles"] or after in table["speech"] else None


def titled(span: Span) -> bool:
    """Whether the sentence of a span is set like a title."""
    alphabetic = [t for t in span.sent if t.is_alpha and len(t) > 3]
    return len(alphabetic) > 3 and sum(1 for t in alphabetic if t.text[:1].isupper()) > TITLE_SHARE * len(alphabetic)


def people_by_role(doc: Doc, low: int, high: int) -> Iterator[Found]:
    """ "CEO Belinda Labatte", "President Subianto": capitalised words after a role or title."""
    table = _table()
    for i in range(low, high - 1):
        if doc[i].text not in table["titles"] or not _person_word(doc[i + 1]):
            continue
        end = i + 2
        while end < min(high, i + 5) and (_person_word(doc[end]) or (len(doc[end]) == 2 and doc[end].text[1] == ".")):
            end += 1
        span = doc[i + 1 : end]
        honorific = doc[i].text in table["honorifics"]
        if (end - i > 2 or honorific) and end - i <= 4 and acceptable(span, "PERSON") and not titled(span):
            yield i + 1, end, "PERSON", "role"


def _person_word(token: Token) -> bool:
    table = _table()
    return token.tag_ == "NNP" and token.is_title and token.is_alpha and token.text not in table["titles"] and token.text not in table["not_people"] and token.text not in table["heads"]


def _membership(body: list[tuple[int, int]], length: int) -> list[bool]:
    inside = [False] * length
    for low, high in body:
        inside[low:high] = [True] * (high - low)
    return inside


@cache
def _table() -> dict[str, Any]:
    affixes = toml("company_affixes.toml")
    names = toml("names.toml")
    drop = names["drop"]
    return {
        "legal": frozenset(tuple(re.findall(r"[\w.&/()-]+|,", form)) for form in affixes["legal_forms"]),
        "legal_last": frozenset(form.split()[-1] for form in affixes["legal_forms"]),
        "firm_heads": frozenset(affixes["firm_heads"]),
        "heads": frozenset(affixes["heads"]),
        "firm_nouns": frozenset(n.split()[-1].lower() for n in affixes["firm_nouns"]),
        "appositives": frozenset(toml("names.toml")["COMPANY"]["appositives"]) | frozenset(n.split()[-1].lower() for n in affixes["firm_nouns"]) - {"unit", "group", "giant", "business", "dealer", "seller", "rival", "partner", "parent", "investor", "operator", "contractor"},
        "roles": frozenset(n.split()[-1].lower() for n in affixes["role_nouns"]),
        "drop": frozenset(drop["exact"]),
        "containing": frozenset(drop["containing"]),
        "not_people": frozenset(names["PERSON"]["not_people"]),
        "titles": frozenset(names["PERSON"]["titles"]),
        "honorifics": frozenset(names["PERSON"]["honorifics"]),
        "not_people_ends": tuple(drop["not_people_ends"]),
        "speech": frozenset(names["PERSON"]["speech"]),
        "exchanges": frozenset(names["exchanges"]["before_ticker"]),
        "trailing": frozenset(names["drop"]["trailing"]),
        **{f"{label}.{key}": frozenset(names[label].get(key, ())) for label in ("MINISTRY", "ORGANIZATION") for key in ("openers", "closers", "loose_closers", "not_after")},
    }


def pattern_names(doc: Doc, run: Run) -> Iterator[Found]:
    """A run of capitalised words whose own words say what it names."""
    label = _by_words(doc, run)
    if label:
        yield run.start, run.end, label, "words"
    elif all(t.tag_ in ("NNP", "NNPS") for t in doc[run.start : run.end]) and not titled(doc[run.start : run.end]):
        span = doc[run.start : run.end]
        if acceptable(span, "COMPANY") and _firm_appositive(doc, run.end):
            yield run.start, run.end, "COMPANY", "context"


def _by_words(doc: Doc, run: Run) -> str | None:
    table = _table()
    tokens = doc[run.start : run.end]
    first, last = tokens[0].text, tokens[-1].text
    size = len(tokens)
    if size > 1 and _ends_with_legal_form(tokens):
        return "COMPANY"
    if size < 2:
        return None
    openers = table["MINISTRY.openers"]
    if size > 2 and first in openers and tokens[1].lower_ in ("of", "for", "on"):
        return "MINISTRY"
    if size > 3 and any(t.text in ("Ministry", "Department", "Bureau", "Office", "Commission") and tokens[k + 1].lower_ in ("of", "for") for k, t in enumerate(tokens[:-2])):
        return "MINISTRY"
    if size > 2 and first in table["ORGANIZATION.openers"] and tokens[1].lower_ in ("of", "for"):
        return "ORGANIZATION"
    if last in table["MINISTRY.closers"]:
        return "MINISTRY"
    if last in table["ORGANIZATION.closers"]:
        return "ORGANIZATION" if last != "Council" or tokens[-2].text in table["MINISTRY.not_after"] else "MINISTRY"
    if last in table["MINISTRY.loose_closers"]:
        return "ORGANIZATION" if tokens[-2].text in table["MINISTRY.not_after"] else "MINISTRY"
    if last in table["firm_heads"]:
        return "COMPANY"
    return None


def _ends_with_legal_form(tokens: Span) -> bool:
    table = _table()
    words = [t.text for t in tokens]
    return any(tuple(words[-n:]) in table["legal"] for n in range(1, min(4, len(words) - 1) + 1)) and words[-1] in table["legal_last"]


def governments(doc: Doc, low: int, high: int) -> Iterator[Found]:
    """ "Trump administration", "Dutch government", "Government of Ukraine"."""
    table = toml("names.toml")["MINISTRY"]
    people = demonyms()
    for i in range(low + 1, high):
        token = doc[i]
        if token.text in table["administrations"]:
            k = i - 1
            if doc[k].text in ("'s", "’s") and k > low:
                k -= 1
            if doc[k].ent_type_ == "PERSON" or (doc[k].is_title and doc[k].tag_ == "NNP" and doc[k].text not in people and not doc[k].is_sent_start):
                while k - 1 >= low and doc[k - 1].ent_type_ == "PERSON" and doc[k - 1].is_title:
                    k -= 1
                if doc[k].text[:1].isupper() and doc[k].text not in _table()["MINISTRY.not_after"]:
                    yield k, i + 1, "MINISTRY", "administration"
        elif token.text in table["government_words"] and doc[i - 1].text in people:
            yield i - 1, i + 1, "MINISTRY", "government"


def _trimmed(ent: Span) -> Span | None:
    """The entity without article, possessive, brackets and line breaks."""
    doc, start, end = ent.doc, ent.start, ent.end
    trailing = _table()["trailing"]
    for i in range(end - 1, start, -1):
        if doc[i].text in ("'s", "’s") and i + 1 < end:
            start = i + 1  # "China's Ministry of Commerce", "Pentagon's Defense Logistics Agency"
            break
    for i in range(start, end):
        if doc[i].text == "(" and i > start:
            end = i
            break
        if doc[i].is_space:
            if i > start:
                end = i
                break
            start = i + 1
    while start < end and (doc[start].lower_ in ("the", "a", "an", "this", "its", "our") or doc[start].is_punct or doc[start].is_quote or doc[start].text in trailing):
        start += 1
    while end > start and (doc[end - 1].text in trailing or doc[end - 1].is_quote or doc[end - 1].is_bracket):
        end -= 1
    while end - start > 1 and doc[start].text in _table()["titles"] and ent.label_ == "PERSON":
        start += 1
    return doc[start:end] if start < end else None


def acceptable(span: Span, label: str) -> bool:
    """Whether an NER span can be a name at all."""
    table = _table()
    texts = [t.text for t in span]
    if span.text in table["drop"] or any(t in table["containing"] for t in texts) or span.text in demonyms():
        return False
    if not texts[0][:1].isupper() and not texts[0][:1].isdigit() or len(span.text) < 2 or len(texts) > 9:
        return False
    if not any(t[:1].isupper() and len(t) > 1 for t in texts) or any(c in span.text for c in "$%€£≥≤<>:/_*#[]"):
        return False
    if label == "PERSON":
        return len(texts) < 5 and not any(t in table["not_people"] or t.endswith(table["not_people_ends"]) for t in texts) and all(t[:1].isupper() or t in "-.’'" or t in ("de", "van", "von", "der", "bin", "al") for t in texts) and not any(c.isdigit() for c in span.text) and not span.text.isupper()
    if label == "PLACE":
        return not any(c.isdigit() for c in span.text) and not span.text.isupper()
    return not (len(texts) == 1 and SHAPE.fullmatch(texts[0]) and not company_context(span.doc, span.start, span.end))


def _firm_appositive(doc: Doc, end: int) -> bool:
    """ "X, a lithium miner", "X (NASDAQ: Y)" after a name that ends at token `end`."""
    table = _table()
    after = doc[end : end + 3]
    if len(after) == 3 and after[0].text == "(" and after[1].text.rstrip(":") in table["exchanges"]:
        return True
    if len(after) < 3 or after[0].text != "," or after[1].lower_ not in ("a", "an", "the"):
        return False
    for token in doc[end + 2 : end + 9]:
        if token.is_punct and token.text != "-" or token.tag_ in ("IN", "VBD", "VBZ", "WDT"):
            return False
        if token.lower_ in table["appositives"]:
            return True
    return False


def company_context(doc: Doc, start: int, end: int) -> bool:
    """Whether what stands beside a name makes it a firm: "CEO of", "shares of", "(NYSE: X)", "chipmaker X", "X, a miner"."""
    table = _table()
    after = doc[end : end + 4]
    if len(after) > 1 and after[0].text == "(" and (after[1].text.rstrip(":") in table["exchanges"] or after[1].text.isupper() and len(after) > 2 and after[2].text == ":"):
        return True
    if len(after) > 1 and after[0].text in ("'s", "’s") and after[1].lower_ in table["roles"] | {"shares", "stock"}:
        return True
    if len(after) and after[0].lower_ in table["roles"] | {"shares", "stock"}:
        return True
    if len(after) > 2 and after[0].text == "," and after[1].lower_ in ("a", "an", "the") and any(t.lower_ in table["firm_nouns"] for t in doc[end + 2 : end + 9]):
        return True
    before = doc[max(0, start - 2) : start]
    if len(before) and before[-1].lower_ in table["firm_nouns"]:
        return True
    return len(before) > 1 and before[-1].lower_ in ("of", "at", "for") and before[-2].lower_ in table["roles"] | {"shares", "unit", "subsidiary"}
