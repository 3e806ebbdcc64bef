"""Scores the pipeline on annotated articles and keeps the floors that a test holds it to.

usage: python tools/quality.py ../shared [--raise]

Runs the whole pipeline over dev/articles.jsonl of the evaluation data, prints the table of the README, and with --raise
lifts the floors in tests/data/quality_floors.json to what was measured (never lowers one). For more than the table, see
`claimstake evaluate ../shared/dev`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from spacy.language import Language

from claimstake import pipeline, scoring
from claimstake.evaluation.figures import HEADLINE
from claimstake.evaluation.scores import evaluate

FLOORS = Path(__file__).resolve().parents[1] / "tests" / "data" / "quality_floors.json"
SLACK = 0.005  # one mention more or less moves a figure by less than this
ASKED = {
    "entities relaxed F1": 0.90,
    "core six relaxed F1": 0.82,
    "entities strict F1": 0.83,
    "date values F1": 0.92,
    "measure values F1": 0.90,
    "clusters B-cubed F1": 0.92,
    "claims F1": 0.60,
    "claims precision": 0.70,
    "claim pairs F1": 0.68,
    "polarity accuracy": 0.97,
    "certainty accuracy": 0.92,
    "status accuracy": 0.88,
    "attribution accuracy": 0.75,
    "measure accuracy": 0.85,
    "time accuracy": 0.70,
}


def measure(shared: Path, nlp: Language) -> dict[str, float]:
    """The figures that an evaluation is summed up by, of the evaluation articles."""
    gold = scoring.read(shared / "dev")
    scores = evaluate(gold.annotations, scoring.annotate(nlp, gold.texts()))
    return {name: scores.value(name) for name in HEADLINE}


def table(figures: Mapping[str, float]) -> str:
    """The figures as a Markdown table, with the floor that the project asks for where there is one."""
    rows = ["| measure | asked | measured |", "| --- | --- | --- |"]
    for name, value in figures.items():
        rows.append(f"| {name} | {f'≥ {ASKED[name]:.2f}' if name in ASKED else ''} | {value:.3f} |")
    return "\n".join(rows)


def raise_floors(figures: Mapping[str, float]) -> dict[str, float]:
    """Lift each floor to the measured figure less SLACK; a floor is never lowered."""
    floors = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    for name, value in figures.items():
        floors[name] = max(floors.get(name, 0.0), round(value - SLACK, 3))
    FLOORS.write_text(json.dumps(floors, indent=1) + "\n", encoding="utf-8")
    return floors


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, help="folder of the evaluation data (with dev/)")
    parser.add_argument("--raise", dest="lift", action="store_true", help="lift the floors to what was measured")
    args = parser.parse_args()
    nlp = pipeline.load()
    start = time.perf_counter()
    figures = measure(args.shared, nlp)
    sys.stdout.write(f"{table(figures)}\n\n{time.perf_counter() - start:.1f} s\n")
    if args.lift:
        raise_floors(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
