"""What the words of a name, and those beside it, say about it: a body, a firm, an organisation, a person.

All word lists are in names.toml and company_affixes.toml.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from claimstake.knowledge.tables import demonyms, lines, toml
from claimstake.mirror import Mirror, Stretch, Word

SHAPE = re.compile(r"[A-Z]{2,6}[0-9]{0,3}s?")
CAMEL = re.compile(r"^(?!Mc|Mac|De|La|Le|O’|O')[A-Z]?[a-z]+[A-Z]")
BODY_HEADS = frozenset({"Ministry", "Department", "Bureau", "Office", "Commission"})
SCHOLARLY = frozenset({"Institute", "University", "College", "Academy", "Association", "Society", "Centre", "Center"})
PARTICLES = frozenset({"de", "la", "van", "von", "der", "bin", "al", "da", "dos", "el", "-", ".", "’", "'"})
NEVER_IN_NAMES = frozenset("$%€£≥≤<>:/_*#[]")
LEADING = frozenset({"LLC", "OOO", "OAO", "ZAO", "PAO", "AO", "JSC", "PJSC", "OJSC", "CJSC", "PT", "CV"})  # forms
POSSESSIVE = frozenset({"'s", "’s"})
ARTICLES = frozenset({"the", "a", "an", "this", "its", "our"})
LOCATIVES = frozenset({"in", "at", "near", "from", "to", "of", "around"})
JOINERS = frozenset({"of", "and", "for", "on", "in", "the", "to", "or"})
STATES = frozenset({"state", "states", "commonwealth", "kingdom", "republic", "city", "county", "province"})
MAX_WORDS = 9
MAX_PERSON_WORDS = 4
APPOSITIVE_REACH = 9  # tokens after a name in which "a lithium miner" must come


@cache
def table() -> dict[str, Any]:
    """Word sets, ready to look up."""
    affixes, names = toml("company_affixes.toml"), toml("names.toml")
    firm_nouns = _last_words(affixes["firm_nouns"])
    found = {
        "legal": frozenset(tuple(re.findall(r"[\w.&/()-]+|,", form)) for form in affixes["legal_forms"]),
        "firm_heads": frozenset(affixes["firm_heads"]),
        "heads": frozenset(affixes["heads"]),
        "telling_heads": frozenset(affixes["heads"]) - frozenset(names["COMPANY"]["weak_heads"]),
        "firm_nouns": firm_nouns,
        "appositives": (firm_nouns | frozenset(names["COMPANY"]["appositives"])) - frozenset(names["COMPANY"]["vague"]),
        "roles": _last_words(affixes["role_nouns"]),
        "instruments": frozenset(toml("terms.toml")["INSTRUMENT"]["heads"]) | {"Agreements", "Project", "Projects"},
        "drop": frozenset(names["drop"]["exact"]),
        "containing": frozenset(names["drop"]["containing"]),
        "trailing": frozenset(names["drop"]["trailing"]),
        "not_people_ends": tuple(names["drop"]["not_people_ends"]),
        "exchanges": frozenset(names["exchanges"]["before_ticker"]),
    }
    found["drop_words"] = found["drop"] - frozenset(names["drop"]["within"])
    found["owned"] = found["roles"] | {"shares", "stock"}
    found["owners"] = found["roles"] | {"shares", "unit", "subsidiary"}
    for key in ("titles", "honorifics", "speech", "not_people", "place_heads"):
        found[key] = frozenset(names["PERSON"][key])
    for label in ("MINISTRY", "ORGANIZATION"):
        for key in ("openers", "closers", "loose_closers", "not_after"):
            found[f"{label}.{key}"] = frozenset(names[label].get(key, ()))
    return found


def _last_words(phrases: list[str]) -> frozenset[str]:
    return frozenset(phrase.split()[-1].lower() for phrase in phrases)


def label_by_words(tokens: Stretch) -> str | None:
    """The label that a capitalised name's own words give it, None where they say nothing."""
    words = tokens.texts
    if len(words) < 2 or words[-1] in table()["instruments"] or tokens.text in table()["drop"]:
        return None
    if words[0] in ("Co.", "Co", "Working"):
        return None
    if ends_with_legal_form(words) or words[0] in LEADING:
        return "COMPANY"
    return _by_opener(words) or _by_closer(words)


def _by_opener(words: list[str]) -> str | None:
    found = table()
    if len(words) > 2 and words[1].lower() in ("of", "for", "on"):
        if words[0] in found["MINISTRY.openers"]:
            return "MINISTRY"
        if words[0] in found["ORGANIZATION.openers"] and words[1].lower() != "on":
            return "ORGANIZATION"
    first_of = next((k for k, w in enumerate(words) if w.lower() in ("of", "for")), 0)
    if not 0 < first_of < len(words) - 1:
        return None
    if words[first_of - 1] in BODY_HEADS:
        return "MINISTRY"  # "Illinois Department of Commerce"
    return "ORGANIZATION" if words[first_of - 1] in SCHOLARLY else None  # "Perth Institute for Policy"


def two_bodies(span: Stretch) -> bool:
    """Whether a span joins two bodies: "Ministry of Commerce and Ministry of Science"."""
    lowers, texts = span.doc.lowers[span.start : span.end], span.texts
    return "and" in lowers and any(a == "and" and b in BODY_HEADS for a, b in zip(lowers, texts[1:], strict=False))


def _by_closer(words: list[str]) -> str | None:
    found = table()
    before, last = words[-2], words[-1]
    unofficial = before in found["MINISTRY.not_after"]
    if last == "District":
        return "MINISTRY" if before in ("Control", "Management", "School", "Utility") else None
    if last in found["MINISTRY.closers"]:
        return "MINISTRY"
    if last in found["ORGANIZATION.closers"] and before in found["ORGANIZATION.not_after"]:
        return None
    if last in found["ORGANIZATION.closers"] and (last != "Council" or unofficial):
        return "ORGANIZATION"
    if last in found["MINISTRY.loose_closers"]:
        return "ORGANIZATION" if unofficial else "MINISTRY"
    return "COMPANY" if last in found["firm_heads"] else None


def ends_with_legal_form(words: list[str]) -> bool:
    """Whether "Corp.", "Co., Ltd." ends a name of more than that."""
    return any(tuple(words[-n:]) in table()["legal"] for n in range(1, min(4, len(words) - 1) + 1))


def trimmed(ent: Stretch, label: str) -> Stretch | None:
    """An NER span without article, possessor, role, brackets and line breaks; None where nothing is left."""
    doc, found = ent.doc, table()
    start, end = _inner_bounds(ent)
    while start < end and (
        doc.words[start].lower_ in ARTICLES or doc.words[start].is_punct or doc.words[start].text in found["trailing"]
    ):
        start += 1
    while end > start and (
        doc.words[end - 1].text in found["trailing"]
        or doc.lowers[end - 1] in JOINERS
        or doc.words[end - 1].is_quote
        or doc.words[end - 1].is_bracket
    ):
        end -= 1
    while end - start > 1 and label == "PERSON" and doc.words[start].text in found["titles"]:
        start += 1
    return doc[start:end] if start < end else None


def _inner_bounds(ent: Stretch) -> tuple[int, int]:
    """After the last possessor ("China's") and role ("Co-Founder of"), before a bracket or line break."""
    doc, start, end = ent.doc, ent.start, ent.end
    for i in range(ent.start + 1, ent.end - 1):
        if doc.words[i].text in POSSESSIVE or (
            doc.words[i].lower_ in ("of", "at") and doc.words[i - 1].lower_ in table()["roles"]
        ):
            start = i + 1
    for i in range(start, end):
        if doc.words[i].is_space and i == start:
            start = i + 1
        elif doc.words[i].is_space or (doc.words[i].text == "(" and i > start):
            return start, i
    return start, end


def tells(span: Stretch, label: str) -> bool:
    """Whether a name that only the recogniser found says whose it is: more than ordinary words, and not cut short.

    "Control" in "Available Control Technology" and "Trial Package" say nothing; "Core List" has an instrument's head.
    """
    doc, texts, ordinary = span.doc, span.texts, lines("ordinary_words.txt")
    following = doc.words[span.end] if span.end < len(doc) else None
    cut = following is not None and following.text[:1].isupper() and not following.is_sent_start
    if following is not None and following.lower_ == "of" and texts[-1].lower() in STATES:
        return False
    if cut and not (label == "PLACE" and span.start and doc.lowers[span.start - 1] in LOCATIVES):
        return False
    if cross_reference(span, label):
        return False
    if any(t.isalpha() and t.lower() not in ordinary and t.lower() not in JOINERS for t in texts):
        return True
    if label == "INSTRUMENT" and texts[-1] in table()["instruments"]:
        return len(texts) > 1
    return len(texts) > 1 and texts[-1] in toml("names.toml")["telling_ends"].get(label, ())


def cross_reference(span: Stretch, label: str) -> bool:
    """Whether an instrument is nothing but a part of something that is not named: "Annex II", "Section 5", "5"."""
    first, *others = span.texts
    part = first in toml("names.toml")["parts"]["words"] or _counted(first)
    return label == "INSTRUMENT" and part and all(map(_counted, others))


def _counted(text: str) -> bool:
    """Whether a word is the number of a part: "II", "5", "10a", "(b)"."""
    return not text.strip("()IVXLC0123456789.,abcdef")


def acceptable(span: Stretch, label: str) -> bool:
    """Whether an NER span can be a name of that label at all."""
    found = table()
    text, texts = span.text, span.texts
    if text in found["drop"] or text in demonyms() or not found["containing"].isdisjoint(texts):
        return False
    if not (texts[0][:1].isupper() or texts[0][:1].isdigit()) or len(text) < 2 or len(texts) > MAX_WORDS:
        return False
    if not any(t[:1].isupper() and len(t) > 1 for t in texts) or not NEVER_IN_NAMES.isdisjoint(text):
        return False
    if label == "PERSON":
        return _personal(span, texts)
    if label == "PLACE":
        return not any(c.isdigit() for c in text) and not text.isupper()
    return len(texts) > 1 or not SHAPE.fullmatch(texts[0]) or company_context(span.doc, span.start, span.end)


def _personal(span: Stretch, texts: list[str]) -> bool:
    found = table()
    if len(texts) > MAX_PERSON_WORDS or span.text.isupper() or any(c.isdigit() for c in span.text):
        return False
    if any(t in found["not_people"] or t.endswith(found["not_people_ends"]) or CAMEL.search(t) for t in texts):
        return False
    if any(t.text in "-–" and t.i > span.start and span.doc.words[t.i - 1].whitespace_ for t in span):
        return False  # "Aqua Regia - ICP"
    return not LEADING & set(texts[:1]) and all(t[:1].isupper() or t in PARTICLES for t in texts)


def person_word(token: Word) -> bool:
    """Whether a token can belong to a person's name after a title."""
    found = table()
    known = (found["titles"], found["not_people"], found["heads"])
    return token.tag_ == "NNP" and token.is_title and token.is_alpha and not any(token.text in words for words in known)


def has_role(span: Stretch) -> bool:
    """Whether a role stands right before a name or after its comma ("X, Founder and CEO of Y")."""
    doc, found = span.doc, table()
    if span.start and (
        doc.words[span.start - 1].text in found["titles"] or doc.words[span.start - 1].lower_ in found["roles"]
    ):
        return True
    if span.end >= len(doc) or doc.words[span.end].text != ",":
        return False
    return any(t.lower_ in found["roles"] or t.text in found["titles"] for t in doc[span.end + 1 : span.end + 6])


def personal_apposition(span: Stretch) -> bool:
    """Whether "X, the firm's chief executive" follows a name of two or three words that is no firm's by its own."""
    doc, found = span.doc, table()
    if not 2 <= len(span) <= 3 or not acceptable(span, "PERSON") or any(t.text in found["heads"] for t in span):
        return False
    if span.end >= len(doc) or doc.words[span.end].text != ",":
        return False
    for token in doc[span.end + 1 : span.end + 7]:
        if token.is_punct or token.tag_ in ("IN", "VBD", "VBZ"):
            return False
        if token.lower_ in found["roles"]:
            return True
    return False


def firm_appositive(doc: Mirror, end: int) -> bool:
    """ "X, a lithium miner", "X (NASDAQ: Y)" after a name that ends at token `end`."""
    found = table()
    after = doc.texts[end : end + 3]
    if len(after) < 3:
        return False
    if after[0] == "(":
        return after[1].rstrip(":") in found["exchanges"]
    if after[0] != "," or after[1].lower() not in ("a", "an", "the"):
        return False
    for token in doc[end + 2 : end + APPOSITIVE_REACH]:
        if (token.is_punct and token.text != "-") or token.tag_ in ("IN", "VBD", "VBZ", "WDT"):
            return False
        if token.lower_ in found["appositives"]:
            return token.i + 1 >= len(doc) or doc.words[token.i + 1].text not in POSSESSIVE
    return False


def company_context(doc: Mirror, start: int, end: int) -> bool:
    """Whether what stands beside a name makes it a firm: "CEO of X", "X shares", "X (NYSE: Y)", "chipmaker X"."""
    found = table()
    after, owned = doc.words[end : end + 4], found["owned"]
    if len(after) > 1 and after[0].text == "(" and _ticker_follows(after):
        return True
    if after and (
        after[0].lower_ in owned or (after[0].text in POSSESSIVE and len(after) > 1 and after[1].lower_ in owned)
    ):
        return True
    if firm_appositive(doc, end):
        return True
    if start and doc.words[start - 1].lower_ in found["firm_nouns"]:
        return True
    beside_owner = start > 1 and doc.lowers[start - 1] in ("of", "at", "for")
    # "Vice President of Exploration", but "founder of Arm"
    plain = end - start == 1 and doc.texts[start].istitle() and doc.lowers[start] in lines("ordinary_words.txt")
    department = plain and not doc.lowers[start - 2].endswith(("founder", "owner"))
    return beside_owner and not department and doc.lowers[start - 2] in found["owners"]


def _ticker_follows(after: Sequence[Word]) -> bool:
    exchange = after[1].text.rstrip(":") in table()["exchanges"]
    return exchange or (after[1].text.isupper() and len(after) > 2 and after[2].text == ":")
