"""Extraction quality on the evaluation articles: floors that only rise (tools/quality.py --raise)."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from spacy.language import Language

from claimstake.evaluation.gate import GATED

TOOL = Path(__file__).resolve().parents[1] / "tools" / "quality.py"
FLOORS = Path(__file__).parent / "data" / "quality_floors.json"


@pytest.fixture(scope="module")
def quality():
    """tools/quality.py as a module."""
    spec = importlib.util.spec_from_file_location("quality", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["quality"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def figures(quality, shared: Path, nlp: Language) -> dict[str, float]:
    return quality.measure(shared, nlp)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "floor"), sorted(json.loads(FLOORS.read_text(encoding="utf-8")).items()))
def test_floor_holds(figures: dict[str, float], name: str, floor: float) -> None:
    """No figure falls below its floor."""
    assert figures[name] >= floor


def test_the_gate_guards_what_is_asked(quality) -> None:
    """The figures that the project asks floors for are those that no promoted model may lose."""
    assert set(GATED) <= set(quality.ASKED)


def test_floors_only_rise(quality, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raising floors with worse figures leaves them as they were; better ones lift them."""
    copy = tmp_path / "floors.json"
    copy.write_text(json.dumps({"claims F1": 0.5, "claims precision": 0.6}), encoding="utf-8")
    monkeypatch.setattr(quality, "FLOORS", copy)
    floors = quality.raise_floors({"claims F1": 0.1, "claims precision": 0.9})
    assert floors == {"claims F1": 0.5, "claims precision": pytest.approx(0.895)}
