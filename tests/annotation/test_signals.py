"""What the pipeline knows of its own doubt: entropy of words, places where rules and recogniser disagree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from spacy.language import Language

from claimstake import pipeline
from claimstake.annotation import signals
from claimstake.annotation.order import Signals, rank
from claimstake.annotation.sources import gather
from claimstake.batch import Options
from claimstake.records import Article

TEXT = "On Friday the Ministry of Commerce of China limited exports of gallium; Vexlorn AG of Oslo objected."


@pytest.mark.parametrize(
    ("recognised", "chosen", "places"),
    [
        ({(0, 2, "PLACE")}, {(0, 2, "PLACE")}, 0),
        ({(0, 2, "PLACE")}, {(0, 2, "COMPANY")}, 1),
        ({(0, 2, "PLACE")}, {(0, 3, "PLACE")}, 1),
        ({(0, 2, "PLACE")}, set(), 1),
        (set(), {(0, 2, "PLACE"), (4, 5, "DATE")}, 2),
        ({(0, 5, "TECHNOLOGY")}, {(0, 5, "TECHNOLOGY"), (3, 5, "MINERAL")}, 0),
        ({(3, 5, "MINERAL")}, {(0, 5, "TECHNOLOGY"), (3, 5, "MINERAL")}, 1),
    ],
)
def test_disagreements(recognised: signals.Spans, chosen: signals.Spans, places: int) -> None:
    assert signals.disagreements(recognised, chosen) == places


def test_entropy_is_counted_in_the_body_alone() -> None:
    even = np.full((3, 4), 0.25, dtype="float32")
    sure = np.array([[1, 0, 0, 0]], dtype="float32")
    beside = np.zeros((5, 4), dtype="float32")
    assert signals.uncertainty(np.concatenate([even, sure, beside])) == pytest.approx(6.0)


def test_signals_of_an_annotated_doc(nlp: Language) -> None:
    """They can be asked for after the run, and a long list of unknown names has more of them."""
    odd = "Vexlorn met Quorbat Zuhn in Ilmaru, said Tessik Orl of Brandlo Mhek and Haskan Dwor of Pellit."
    articles = [Article(id="plain", text=TEXT, published="2025-01-03"), Article(id="odd", text=odd)]
    found = dict(zip(("plain", "odd"), (known for _, known in signals.annotated(nlp, articles)), strict=True))
    assert found["odd"].tokens > found["plain"].tokens > 0
    again = signals.of(nlp, pipeline.annotate(nlp, articles[0]))
    assert again.disagreements == found["plain"].disagreements
    assert again.tokens == pytest.approx(found["plain"].tokens, rel=1e-3)


def test_a_pipeline_without_recogniser_has_none(nlp: Language) -> None:
    assert signals.of(nlp, nlp.make_doc(TEXT)) == Signals()


def test_articles_that_are_pushed_carry_their_signals(nlp: Language, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(TEXT, encoding="utf-8")
    found = gather([str(tmp_path / "one.txt")], Options(text=True), lambda: nlp)
    assert list(found.signals) == [d.doc.id for d in found.documents]
    assert found.signals["one"].tokens > 0


def test_signals_are_asked_only_where_all_documents_have_them(nlp: Language) -> None:
    articles = [Article(id=name, text=TEXT.replace("Friday", name)) for name in ("Monday", "Tuesday")]
    records = [record for record, _ in signals.annotated(nlp, articles)]
    most = Signals(disagreements=500)
    assert rank(records, {"Monday": most}) == rank(records)
    assert rank(records, {"Monday": most, "Tuesday": Signals()}) != rank(records)
