"""Training of the gate: what counts as relevant, the threshold, and that the same texts give the same file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from claimstake.records import AnnotatedDocument, Claim, DocumentInfo, Entity, Qualifiers, Span
from claimstake.training import triage
from claimstake.training.triage import Text
from claimstake.triage.gate import Gate, words_of

CARE, TRADE = "yoga candles brunch wedding poodle", "licence shipment customs ore smelting"


def text(number: int, name: str, relevant: bool | None, words: str) -> Text:
    whole = f"{words} and the of this with for from by {'word ' * 40} {number}"
    return Text(f"{name}/{number}", name, tuple(words_of(whole)), whole, relevant)


def texts() -> list[Text]:
    wanted = [text(i, "corpus", True, " ".join(TRADE.split()[i % 3 :])) for i in range(30)]
    return wanted + [text(i, "releases", False, " ".join(CARE.split()[i % 3 :])) for i in range(100)]


def record(*claims: tuple[str, str, float]) -> AnnotatedDocument:
    """Claims of predicate, label of the object, and confidence."""
    entities, found = [], []
    for number, (predicate, label, confidence) in enumerate(claims):
        names = (f"e{2 * number + 1}", "PLACE"), (f"e{2 * number + 2}", label)
        entities += [Entity(id=i, label=kind, text="x", start=0, end=1, canonical="x") for i, kind in names]
        ends = {"subject": names[0][0], "object": names[1][0], "qualifiers": Qualifiers()}
        span = Span(start=0, end=1, text="x")
        found.append(Claim(id=f"c{number}", predicate=predicate, evidence=span, confidence=confidence, **ends))
    return AnnotatedDocument(doc=DocumentInfo(id="d", sha256="0" * 64), entities=entities, claims=found)


@pytest.mark.parametrize(
    ("claims", "points"),
    [
        ([], 0),
        ([("located_in", "PLACE", 0.9)], 0),
        ([("imposes_tariff_on", "PRODUCT", 0.9)], 2),
        ([("imposes_tariff_on", "PRODUCT", 0.4)], 0),
        ([("produces", "MINERAL", 0.9), ("used_in", "MINERAL", 0.8)], 2),
        ([("produces", "MINERAL", 0.9), ("located_in", "PLACE", 0.9)], 1),
    ],
)
def test_points(claims: list[tuple[str, str, float]], points: int) -> None:
    """Claims of our subject count, unsure ones and whereabouts do not."""
    assert triage.points_of(record(*claims)) == points


def test_threshold_lets_a_share_of_the_text_in() -> None:
    """The share is of the text, not of documents, and official journals do not count."""
    found = [text(i, "releases", False, "word " * 20) for i in range(100)]
    found += [text(i, "federal-register", False, "word " * 20) for i in range(50)]
    scores = np.array([*range(100), *range(1000, 1050)], dtype=float)
    limit = triage.threshold_of(found, scores)
    assert sum(s >= limit for s in scores[:100]) == pytest.approx(100 * triage.PASSED, abs=1)


def test_learned_gate(tmp_path: Path) -> None:
    """Words of the subject speak for it, others against it; the file is the same each time."""
    model = triage.fitted(texts())
    for name in ("a", "b"):
        triage.save(triage.fitted(texts()), -1.0, tmp_path / name / "triage.json")
    content = (tmp_path / "a" / "triage.json").read_text(encoding="utf-8")
    assert content == (tmp_path / "b" / "triage.json").read_text(encoding="utf-8")
    weights = json.loads(content)["weights"]
    assert min(weights[word] for word in TRADE.split()) > 0 > max(weights[word] for word in CARE.split())
    assert list(weights) == sorted(weights)
    gate = Gate.load(tmp_path / "a" / "triage.json")
    row = [model.features[w] for w in set(words_of(CARE)) if w in model.features]
    plain = float(model.weights[row].sum() + model.bias[0])
    assert gate.score(CARE) == pytest.approx(plain, abs=0.01)


def test_scores_are_out_of_fold() -> None:
    """A document is judged by words that others have, not by its own."""
    odd = [*texts(), text(999, "releases", False, "zzqx " * 3 + TRADE)]
    scores = triage.out_of_fold(odd)
    assert scores[-1] > scores[30:-1].max()


def test_recall_and_share() -> None:
    """Recall counts documents with claims; the share let in counts off-topic text."""
    found = texts()
    scores = np.array([1.0] * 29 + [-5.0] + [-5.0] * 90 + [1.0] * 10)
    gate = Gate({"word": 0}, 0, 0, [])
    told = triage.measured_out_of_fold(found, scores, 0.0, gate)
    assert told["recall"] == {
        "corpus, out of fold": {"with claims": 30, "let in": 29, "recall": round(29 / 30, 4), "margin": -5.0}
    }
    assert told["let in"]["releases"]["documents"] == 0.1
