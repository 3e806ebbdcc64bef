"""Short forms explained in brackets: "lithium iron phosphate (LFP)", 'Acme Metals Corp. ("Acme" or the "Company")'.

The letters of an abbreviation must stand in its long form in order (Schwartz and Hearst 2003); a quoted short name must
be words of the long one. Which label both get is the arbiter's matter.

Writes: doc._.abbreviations, a list of [short_start, short_end, long_start, long_end] (token offsets).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry

from claimstake.mirror import Mirror, mirrored
from claimstake.pipes.component import RuleComponent
from claimstake.pipes.terms import body_tokens

Pair = tuple[int, int, int, int]
OPEN, CLOSE = frozenset("(["), frozenset(")]")
QUOTES = frozenset("\"'“”‘’`")
MAX_NAME = 16  # tokens before the bracket in which a quoted short name is looked for
MAX_TICKERS = 45  # the same where tickers in brackets stand between
MAX_INSIDE = 12  # tokens between the brackets that are looked at
GENERIC = frozenset(
    {
        "company",
        "corporation",
        "issuer",
        "project",
        "agreement",
        "property",
        "offering",
        "department",
        "agency",
        "buyer",
        "seller",
    }
)


def abbreviation_scorer(examples: Iterable[Example], **_: Any) -> dict[str, float]:
    """Precision, recall and F1 of the pairs; examples without reference pairs are left out."""
    found = expected = both = 0
    for example in examples:
        if example.reference._.abbreviations is None:
            continue
        gold = {tuple(p) for p in example.reference._.abbreviations}
        ours = {tuple(p) for p in example.predicted._.abbreviations or []}
        found, expected, both = found + len(ours), expected + len(gold), both + len(gold & ours)
    return {
        "abbreviations_p": both / found if found else 0.0,
        "abbreviations_r": both / expected if expected else 0.0,
        "abbreviations_f": 2 * both / (found + expected) if found + expected else 0.0,
    }


@registry.scorers("claimstake_abbreviation_scorer.v1")
def make_abbreviation_scorer() -> Any:
    return abbreviation_scorer


@Language.factory(
    "claimstake_abbreviations",
    assigns=["doc._.abbreviations"],
    requires=["doc.sents"],
    default_config={"scorer": {"@scorers": "claimstake_abbreviation_scorer.v1"}},
    default_score_weights={"abbreviations_f": 1.0, "abbreviations_p": None, "abbreviations_r": None},
)
def make_abbreviations(nlp: Language, name: str, scorer: Any) -> AbbreviationFinder:
    return AbbreviationFinder(name, scorer=scorer)


class AbbreviationFinder(RuleComponent):
    """Sets doc._.abbreviations."""

    def __init__(self, name: str = "claimstake_abbreviations", *, scorer: Any = abbreviation_scorer) -> None:
        self.name = name
        self.scorer = scorer

    def __call__(self, doc: Doc) -> Doc:
        doc._.abbreviations = [list(pair) for pair in self.find(doc)]
        return doc

    def find(self, doc: Doc) -> list[Pair]:
        """Pairs in text order."""
        out: list[Pair] = []
        text = mirrored(doc)
        for low, high in body_tokens(doc):
            for i, word in enumerate(text.texts[low + 1 : high], low + 1):
                if word in OPEN:
                    out.extend(_pairs(text, i, max(low, text.sentence_at(i - 1).start), high))
        return out


def _pairs(doc: Mirror, bracket: int, low: int, high: int) -> Iterator[Pair]:
    close = next((k for k in range(bracket + 1, min(high, bracket + MAX_INSIDE)) if doc.words[k].text in CLOSE), None)
    if close is None:
        return
    for start, end in _short_forms(doc, bracket + 1, close):
        long_form = _long_form(doc, start, end, bracket, low)
        if long_form is not None:
            yield (start, end, *long_form)


def _short_forms(doc: Mirror, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The bracket's content, or each of its quoted parts ('"Acme" or the "Company"')."""
    quoted = [k for k in range(start, end) if doc.words[k].text in QUOTES]
    if len(quoted) >= 2:
        for a, b in zip(quoted[::2], quoted[1::2], strict=False):
            if a + 1 < b:
                yield a + 1, b
        return
    if quoted:
        return
    while start < end and doc.words[start].lower_ in ("the", "or", "also", "hereinafter"):
        start += 1
    if 0 < end - start <= 4 and ":" not in doc[start:end].text:
        alternative = next((k for k in range(start, end) if doc.words[k].lower_ == "or"), end)
        if alternative > start:
            yield start, alternative
    elif end - start > 4:
        alternative = next((k for k in range(start, end) if doc.words[k].lower_ == "or"), None)
        if alternative is not None and 0 < alternative - start <= 2:
            yield start, alternative


def _long_form(doc: Mirror, start: int, end: int, bracket: int, low: int) -> tuple[int, int] | None:
    short = doc[start:end].text
    if len(short) < 2 or not short[0].isalnum() or short.lower() in GENERIC or not any(c.isupper() for c in short):
        return None
    if end - start <= 2 and len(short) <= 12 and sum(c.isupper() for c in short) >= 2:
        return _schwartz_hearst(doc, short, bracket, low)
    return _quoted_name(doc, start, end, bracket, low)


def _schwartz_hearst(doc: Mirror, short: str, bracket: int, floor: int) -> tuple[int, int] | None:
    """Match the short form's letters from the right into the words before the bracket."""
    letters = [c.lower() for c in short if c.isalnum()]
    if len(letters) > 2 and short.endswith("s") and letters[-1] == "s":
        letters.pop()
    first = max(floor, bracket - min(len(letters) + 5, 2 * len(letters)) - 4)
    offset = doc.words[first].idx
    text = doc[first:bracket].text
    position, bottom = len(text) - 1, 0
    for n in range(len(letters) - 1, -1, -1):
        while position >= bottom and (
            text[position].lower() != letters[n] or (n == 0 and position > 0 and text[position - 1].isalnum())
        ):
            position -= 1
        if position < bottom:
            return None
        position -= 1
    span = doc.covering(offset + position + 1, doc.words[bracket - 1].idx + len(doc.words[bracket - 1]))
    if span is None or span.text.lower() == short.lower() or len(span.text) <= len(short):
        return None
    if any(sign in span.text for sign in OPEN):  # another's long and short form stand in it
        return None
    return (span.start, span.end)


def _quoted_name(doc: Mirror, start: int, end: int, bracket: int, floor: int) -> tuple[int, int] | None:
    """ "Acme Metals Corp. ("Acme")": the short form's words open the capitalised name before the bracket."""
    wanted = [t.text for t in doc[start:end]]
    reach = MAX_TICKERS if doc.words[bracket - 1].text in CLOSE else MAX_NAME
    for k in range(bracket - 1, max(floor, bracket - reach) - 1, -1):
        if doc.words[k].text == wanted[0] and [t.text for t in doc[k : k + len(wanted)]] == wanted:
            return (k, _before_tickers(doc, k, bracket))
    return None


def _before_tickers(doc: Mirror, start: int, bracket: int) -> int:
    for k in range(start, bracket):
        if doc.words[k].text in OPEN:
            return k
    return bracket
