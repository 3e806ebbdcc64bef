"""Scores the pipeline on annotated articles and keeps the floors that a test holds it to.

usage: python tools/quality.py ../shared [--raise] [--json]

Runs the whole pipeline over dev/articles.jsonl of the evaluation data, scores it with its eval/score.py, prints the
table of the README, and with --raise lifts the floors in tests/data/quality_floors.json to what was measured (never
lowers one).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from claimstake import output, pipeline
from claimstake.records import Article

FLOORS = Path(__file__).resolve().parents[1] / "tests" / "data" / "quality_floors.json"
SLACK = 0.005  # one mention more or less moves a figure by less than this
MEASURES = (
    ("entities relaxed F1", ("entities_relaxed", "f"), 0.82),
    ("core six relaxed F1", ("core_relaxed", "f"), 0.82),
    ("entities strict F1", ("entities_strict", "f"), 0.74),
    ("date values F1", ("date_values", "f"), 0.88),
    ("measure values F1", ("measure_values", "f"), 0.85),
    ("clusters B-cubed F1", ("clusters_b3",), 0.90),
    ("claims F1", ("claims", "f"), 0.40),
    ("claims precision", ("claims", "p"), 0.55),
    ("claim pairs F1", ("claim_pairs", "f"), None),
    ("polarity accuracy", ("qualifiers", "polarity", "accuracy"), 0.90),
    ("certainty accuracy", ("qualifiers", "certainty", "accuracy"), 0.90),
    ("status accuracy", ("qualifiers", "status", "accuracy"), 0.80),
    ("attribution accuracy", ("qualifiers", "attribution", "accuracy"), None),
    ("measure accuracy", ("qualifiers", "measure", "accuracy"), None),
    ("time accuracy", ("qualifiers", "time", "accuracy"), None),
)


def scorer(shared: Path) -> ModuleType:
    """The evaluation data's own scorer, as a module."""
    spec = importlib.util.spec_from_file_location("score", shared / "eval" / "score.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{shared}: no eval/score.py there")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def predictions(shared: Path, nlp: Any) -> dict[str, dict[str, Any]]:
    """Annotated documents of the evaluation articles, by id."""
    lines = (shared / "dev" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    articles = [Article(**json.loads(line)) for line in lines]
    docs = pipeline.annotate_many(nlp, articles)
    return {a.id: output.document(doc).to_json() for a, doc in zip(articles, docs, strict=True)}


def measure(shared: Path, nlp: Any) -> tuple[dict[str, float], dict[str, Any], list[str]]:
    """The figures of MEASURES by name, the scorer's whole report, and its list of errors."""
    score = scorer(shared)
    records = [json.loads(p.read_text(encoding="utf-8")) for p in sorted((shared / "dev").glob("*.gold.json"))]
    gold = {record["doc"]["id"]: record for record in records}
    report, wrong = score.score(gold, predictions(shared, nlp), 1)
    figures = {}
    for name, path, _ in MEASURES:
        value: Any = report
        for key in path:
            value = value.get(key, 0.0) if isinstance(value, dict) else 0.0
        figures[name] = float(value)
    return figures, report, wrong


def table(figures: dict[str, float]) -> str:
    """The figures as a Markdown table, with the floor that the project asks for where there is one."""
    rows = ["| measure | asked | measured |", "| --- | --- | --- |"]
    for name, _, asked in MEASURES:
        rows.append(f"| {name} | {'' if asked is None else f'≥ {asked:.2f}'} | {figures[name]:.3f} |")
    return "\n".join(rows)


def raise_floors(figures: dict[str, float]) -> dict[str, float]:
    """Lift each floor to the measured figure less SLACK; a floor is never lowered."""
    floors = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    for name, value in figures.items():
        floors[name] = max(floors.get(name, 0.0), round(value - SLACK, 3))
    FLOORS.write_text(json.dumps(floors, indent=1) + "\n", encoding="utf-8")
    return floors


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, help="folder of the evaluation data (with dev/ and eval/)")
    parser.add_argument("--raise", dest="lift", action="store_true", help="lift the floors to what was measured")
    parser.add_argument("--json", action="store_true", help="print the scorer's whole report")
    parser.add_argument("--errors", type=int, default=0, metavar="N", help="print up to N errors")
    args = parser.parse_args()
    nlp = pipeline.load()
    start = time.perf_counter()
    figures, report, wrong = measure(args.shared, nlp)
    seconds = time.perf_counter() - start
    sys.stdout.write((json.dumps(report, indent=1) if args.json else table(figures)) + f"\n\n{seconds:.1f} s\n")
    for line in wrong[: args.errors]:
        sys.stdout.write(line + "\n")
    if args.lift:
        raise_floors(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
