"""What speaks for or against a candidate where it stands: support for weak surfaces, spots where nothing is marked."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from functools import cache

from claimstake.attributes import GAZETTEER, RECOGNISED
from claimstake.knowledge.tables import toml
from claimstake.mirror import Mirror, Stretch
from claimstake.pipes.arbitration import Candidate

ACRONYM_LABELS = frozenset({"ORGANIZATION", "COMPANY", "PERSON"})
LIST_WORDS = frozenset({",", "and", "or", "/", "&", "the", "as"})
CLASS_NOUNS = frozenset(
    {"mineral", "metal", "material", "element", "ore", "commodity", "chemical", "compound", "alloy"}
)
# City in capitals at the head of a line, perhaps region and date, then the wire in brackets or a dash.
DATELINE = re.compile(
    r"^[ \t#*_]{0,8}[A-Z][A-Z.'’ -]{2,40}(?:,[ ][A-Z][\w.,'’ -]{1,60})?"
    r"(?:[ ]?[(/][A-Z][^()/\n]{2,40}[)/][ ]?(?:[-–—]{1,2}|$)"
    r"|[ ][-–—]{1,2}[ ](?:\(?[A-Z][^()\n]{2,40}\)?[ ][-–—]{1,2}[ ])?)",
    re.MULTILINE,
)
BEFORE_ADDRESS, BEHIND_ADDRESS = frozenset({"@", "www.", "//"}), (".com", ".org", "@")
COMMON = frozenset({"MINERAL", "PRODUCT", "TECHNOLOGY"})
NOUN_TAGS = frozenset({"NN", "NNS", "NNP", "NNPS", "FW"})


class Surroundings:
    """What the arbiter looks up of a document more than once.

    Args:
        doc: with doc.spans["gazetteer"].
    """

    def __init__(self, doc: Mirror) -> None:
        strong = (s for s in doc.marked(GAZETTEER) if s.label_ == "MINERAL" and s.attrs.get("strong"))
        self.minerals = frozenset(i for s in strong for i in range(s.start, s.end))
        forms = doc.letters.forms
        self.addresses = frozenset(i for i, form in enumerate(forms) if form.like_url or form.like_email)
        self.datelines = [m.span() for m in DATELINE.finditer(doc.text)]
        self.exchanges = frozenset(toml("names.toml")["exchanges"]["before_ticker"])

    def in_dateline(self, offset: int) -> bool:
        """Whether a character lies in "DETROIT, MICHIGAN - October 17, 2025 (NEWMEDIAWIRE) -", which is metadata."""
        k = bisect_right(self.datelines, (offset, sys.maxsize)) - 1
        return k >= 0 and self.datelines[k][0] <= offset < self.datelines[k][1]


def supported(span: Stretch, label: str, around: Surroundings, *, sure: bool, named: bool, defined: bool) -> bool:
    """Whether a weak surface counts here.

    Args:
        span: the surface.
        label: of the candidate.
        around: what the document says elsewhere.
        sure: the same thing is named by a safe surface in the document.
        named: the NER or the context takes it for a name of that label.
        defined: the document explains it as an abbreviation.
    """
    if defined:
        return False  # what it stands for is decided by its long form
    if label in COMMON:
        return _common_supported(span, label, sure, around.minerals)
    if not span.text[:1].isupper():
        return sure and len(span) > 1
    if len(span) == 1 and span[0].tag_ not in NOUN_TAGS:
        return False
    if label == "ORGANIZATION" and _speaker(span):
        return True  # "with Proactive's Jane Roe"
    if span[0].is_sent_start and len(span) == 1 and not named:
        return False
    if label == "ORGANIZATION" and span.start and span.doc.words[span.start - 1].lower_ in ("from", "told", "with"):
        return True  # "Jonathan Jackson from Proactive", "told Benzinga"
    return sure or named


def _speaker(span: Stretch) -> bool:
    """Whether a possessor stands before a capitalised name, as a medium does before its reporter's."""
    after = span.doc.words[span.end : span.end + 2]
    return len(after) == 2 and after[0].text in ("'s", "’s") and after[1].text[:1].isupper()


def _common_supported(span: Stretch, label: str, sure: bool, minerals: frozenset[int]) -> bool:
    """A weak common noun: a symbol where its thing is named; a word also in a list of its kind or as a modifier."""
    if label == "MINERAL" and _listed_beside(span, minerals):
        return True
    if len(span.text) < 3 or (len(span) == 1 and any(c.isupper() for c in span.text[1:])):
        return sure
    doc = span.doc
    following = doc.words[span.end] if span.end < len(doc) else None
    modifies = (
        following is not None
        and following.tag_ in NOUN_TAGS
        and span.text in toml("mentions.toml")["bare"]["modifiers"]
    )
    if modifies:
        return True
    if not sure or span[-1].tag_ not in NOUN_TAGS:
        return False
    return len(span) > 1 or (following is not None and following.tag_ in NOUN_TAGS)


def _listed_beside(span: Stretch, minerals: frozenset[int]) -> bool:
    """Whether a known mineral stands beside it in a list, or a percentage right before it ("0.004 % lead")."""
    doc = span.doc
    if span[-1].tag_ not in NOUN_TAGS and span[-1].is_lower:
        return False
    if span.start and doc.words[span.start - 1].text in ("%", "percent"):
        return True
    left, right = span.start - 1, span.end
    while left >= 0 and doc.words[left].lower_ in LIST_WORDS and span.start - left < 4:
        left -= 1
    while right < len(doc) and doc.words[right].lower_ in LIST_WORDS and right - span.end < 3:
        right += 1
    beside_left = left < span.start - 1 and left in minerals
    beside_right = right > span.end and right < len(doc) and right in minerals
    return beside_left or beside_right


NUMERAL = re.compile(r"[IVXLC]{2,7}|Nos?\.?")  # of an annex or a case, no instrument alone


def blocked(doc: Mirror, candidate: Candidate, around: Surroundings) -> bool:
    """Whether a candidate stands where nothing is marked: tickers, web addresses, e-mail, verbs."""
    start, end = candidate.start, candidate.end
    if candidate.extractor in ("dates", "measures", "thresholds"):
        return False
    first, last, texts = doc.words[start], doc.words[end - 1], doc.texts
    if candidate.extractor == RECOGNISED and end - start == 1 and first.lower_ in _bare():
        return True
    if (
        candidate.extractor == RECOGNISED
        and candidate.label == "INSTRUMENT"
        and NUMERAL.fullmatch(doc.text_of(start, end))
    ):
        return True
    if around.addresses and not around.addresses.isdisjoint(range(start, end)):
        return True
    if start and texts[start - 1] in BEFORE_ADDRESS or end < len(texts) and texts[end].startswith(BEHIND_ADDRESS):
        return True
    if end - start == 1 and candidate.label in ACRONYM_LABELS and first.is_upper and _glued(doc, start):
        return True
    ticker = start and texts[start - 1] == ":" and _is_ticker(doc, start, around.exchanges)
    if ticker or around.in_dateline(first.idx):
        return True
    if _is_nominal(doc, candidate):
        return True
    if candidate.label == "PLACE" and end - start == 2 and doc[end - 1 : end + 1].text.endswith("Government"):
        return True
    if (
        candidate.label in COMMON
        and end - start == 1
        and first.tag_ in ("VB", "VBD", "VBP", "VBZ", "RB", "IN", "MD")
        and first.is_lower
    ):
        return True
    if candidate.label in COMMON and first.text == "lead" and last is first:
        return first.tag_ not in ("NN",) or (end < len(doc) and doc.words[end].tag_ in ("NN", "IN", "TO"))
    return False


@cache
def _bare() -> frozenset[str]:
    return frozenset(toml("mentions.toml")["bare"]["words"])


def _glued(doc: Mirror, i: int) -> bool:
    """ "ADB-FUBINACA", "5F-ADB": part of a code."""
    before = (
        i > 1
        and doc.words[i - 1].text == "-"
        and not doc.words[i - 1].whitespace_
        and not doc.words[i - 2].whitespace_
        and (doc.words[i - 2].is_upper or _digits(doc.words[i - 2].text))
    )
    after = (
        i + 2 < len(doc)
        and doc.words[i + 1].text == "-"
        and not doc.words[i].whitespace_
        and not doc.words[i + 1].whitespace_
        and (doc.words[i + 2].is_upper or _digits(doc.words[i + 2].text))
    )
    return before or after


def _digits(text: str) -> bool:
    return any(c.isdigit() for c in text)


def _is_nominal(doc: Mirror, candidate: Candidate) -> bool:
    """ "these minerals", "the metal": a class noun that points back."""
    if candidate.label not in COMMON or candidate.length > 1 or candidate.start == 0:
        return False
    token = doc.words[candidate.start]
    if token.lower_.rstrip("s") not in CLASS_NOUNS or not token.is_lower:
        return False
    following = doc.words[candidate.end] if candidate.end < len(doc) else None
    if (
        following is not None
        and following.tag_ in NOUN_TAGS
        and token.lower_ in toml("mentions.toml")["bare"]["modifiers"]
    ):
        return False
    before = doc.lowers[candidate.start - 1]
    return before in ("this", "that", "these", "those") or (before == "the" and not token.lower_.endswith("s"))


def _is_ticker(doc: Mirror, start: int, exchanges: frozenset[str]) -> bool:
    """ "(NYSE: PLG)": the symbol after an exchange and a colon."""
    if start < 2 or doc.texts[start - 1] != ":" or not doc.words[start].is_upper:
        return False
    return doc.words[start - 2].text in exchanges or doc[max(0, start - 3) : start - 1].text in exchanges
