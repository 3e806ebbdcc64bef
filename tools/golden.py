"""Scores the pipeline on the golden articles of tests/golden, which were annotated without looking at its output.

usage: python tools/golden.py

Prints precision, recall and F1 of entities and claims, by label and predicate, as a Markdown table.
"""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path.insert(0, str(TESTS))

from claimstake import output, pipeline  # noqa: E402
from claimstake.records import Article  # noqa: E402
from claimstake.training import inline  # noqa: E402
from golden_score import Counts, Score  # noqa: E402


def rows(counts: Counts, name: str) -> list[str]:
    """Table rows: all together, then by label or predicate."""
    out = []
    for key in (None, *sorted(counts.gold)):
        figures = counts.figures(key)
        numbers = " | ".join(f"{figures[k]:.2f}" for k in ("precision", "recall", "F1"))
        gold = counts.gold.total() if key is None else counts.gold[key]
        out.append(f"| {name if key is None else key} | {numbers} | {gold} |")
    return out


def main() -> int:
    nlp, score = pipeline.load(), Score()
    for path in sorted((TESTS / "golden").glob("*.md")):
        golden = inline.read(path)
        score.add(golden.record, output.document(pipeline.annotate(nlp, Article(**golden.article))))
    lines = ["| golden articles | precision | recall | F1 | gold |", "| --- | --- | --- | --- | --- |"]
    lines += rows(score.entities, "**entities, relaxed**") + rows(score.claims, "**claims**")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
