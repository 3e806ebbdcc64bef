"""What speaks for or against a candidate where it stands: support for weak surfaces, and places where nothing is marked."""

from __future__ import annotations

from spacy.tokens import Doc, Span

from claimstake.knowledge.tables import toml
from claimstake.pipes.arbitration import Candidate

COMMON = frozenset({"MINERAL", "PRODUCT", "TECHNOLOGY"})
NOUN_TAGS = frozenset({"NN", "NNS", "NNP", "NNPS", "FW"})


def supported(doc: Doc, span: Span, sure: bool, named: bool, defined: bool) -> bool:
    """Whether a weak surface counts here.

    Args:
        sure: the same thing is named by a safe surface in the document.
        named: the NER or the context takes it for a name of that label.
        defined: the document explains it as an abbreviation.
    """
    if defined:
        return False  # what it stands for is decided by its long form
    if span.label_ in COMMON:
        token = span[-1]
        if span.text.isupper() or any(c.isupper() for c in span.text[1:]):
            return sure
        return (sure or len(span) > 1) and token.tag_ in NOUN_TAGS
    if not span.text[:1].isupper():
        return sure and len(span) > 1
    if len(span) == 1 and span[0].tag_ not in NOUN_TAGS:
        return False
    if span[0].is_sent_start and len(span) == 1 and not named:
        return False
    return sure or named


def blocked(doc: Doc, candidate: Candidate) -> bool:
    """Whether a candidate stands where nothing is marked: tickers, web addresses, e-mail, verbs."""
    start, end = candidate.start, candidate.end
    if candidate.extractor in ("dates", "measures", "thresholds"):
        return False
    first, last = doc[start], doc[end - 1]
    if any(t.like_url or t.like_email for t in doc[start:end]):
        return True
    if start and doc[start - 1].text in ("@", "www.", "//") or (end < len(doc) and doc[end].text.startswith((".com", ".org", "@"))):
        return True
    if _is_ticker(doc, start):
        return True
    if candidate.label in COMMON and end - start == 1 and first.tag_ in ("VB", "VBD", "VBP", "VBZ", "RB", "IN", "MD") and first.is_lower:
        return True
    if candidate.label in COMMON and first.text == "lead" and last is first:
        return first.tag_ not in ("NN",) or (end < len(doc) and doc[end].tag_ in ("NN", "IN", "TO"))
    return False


def _is_ticker(doc: Doc, start: int) -> bool:
    """ "(NYSE: PLG)": the symbol after an exchange and a colon."""
    if start < 2 or doc[start - 1].text != ":" or not doc[start].is_upper:
        return False
    exchanges = toml("names.toml")["exchanges"]["before_ticker"]
    return doc[start - 2].text in exchanges or doc[max(0, start - 3) : start - 1].text in exchanges
