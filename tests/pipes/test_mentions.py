"""The arbiter: which candidates stay."""

from __future__ import annotations

import pytest
from spacy.language import Language

from claimstake.attributes import MENTIONS
from claimstake.pipes.arbitration import Candidate, choose


def found(nlp: Language, text: str) -> list[tuple[str, str]]:
    doc = nlp(text, disable=["claimstake_claims"])
    return [(s.text, s.label_) for s in doc.spans[MENTIONS]]


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([(0, 1, "PRODUCT", "gazetteer"), (0, 2, "PRODUCT", "term.head")], [(0, 2, "PRODUCT")]),
        ([(0, 3, "COMPANY", "ner.org"), (1, 2, "MINERAL", "gazetteer")], [(1, 2, "MINERAL")]),
        (
            [(0, 3, "TECHNOLOGY", "term.head"), (0, 1, "MINERAL", "gazetteer")],
            [(0, 3, "TECHNOLOGY"), (0, 1, "MINERAL")],
        ),
        ([(0, 3, "TECHNOLOGY", "term.head"), (0, 1, "COMPANY", "gazetteer")], [(0, 3, "TECHNOLOGY")]),
        ([(0, 3, "PRODUCT", "term.head"), (0, 1, "MINERAL", "gazetteer")], [(0, 3, "PRODUCT")]),
        ([(0, 1, "COMPANY", "gazetteer.weak"), (0, 1, "PERSON", "ner.person")], [(0, 1, "PERSON")]),
    ],
)
def test_overlaps(candidates: list[tuple], expected: list[tuple]) -> None:
    """Reliable before unreliable, then longer before shorter; only goods and places nest, only in technologies."""
    chosen = choose([Candidate(*c) for c in candidates], 5)
    assert [(c.start, c.end, c.label) for c in chosen] == expected


def test_weak_surface_needs_support(nlp: Language) -> None:
    """An ordinary word that is also a firm's name counts only where something makes it a name."""
    assert ("target", "COMPANY") not in found(nlp, "They missed the target.")
    assert ("Target", "COMPANY") not in found(nlp, "Target prices were cut.")


def test_class_noun_that_points_back(nlp: Language) -> None:
    """ "these minerals" is a nominal, "minerals" a mention."""
    assert found(nlp, "Everybody wants these minerals.") == []
    assert found(nlp, "Everybody wants minerals.") == [("minerals", "MINERAL")]


def test_dateline_and_ticker_are_unmarked(nlp: Language) -> None:
    """The place of a dateline is metadata, a ticker is no name; the exchange is an organisation."""
    text = "DETROIT, MICHIGAN - October 17, 2025 (NEWMEDIAWIRE) - Kivikoski Mining Corp. (NYSE: KVM) fell."
    assert found(nlp, text) == [("Kivikoski Mining Corp.", "COMPANY"), ("NYSE", "ORGANIZATION")]


def test_sure_once_is_found_everywhere(nlp: Language) -> None:
    """A name found surely is found again in its short forms."""
    names = found(nlp, "Kivikoski Mining Corp. dug. Helena Brandt, its chief executive, left. Kivikoski paid Brandt.")
    assert ("Kivikoski", "COMPANY") in names
    assert ("Brandt", "PERSON") in names
