"""Raise the floors of tests/data/claim_floors.json to what the claim rules reach now; nothing is ever lowered.

usage: python tools/claim_floors.py [--check]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import spacy

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
FLOORS = ROOT / "tests" / "data" / "claim_floors.json"
SLACK = 0.005  # of a figure that other components' changes may move


def main() -> int:
    """Print the figures; write the floors unless --check is given."""
    import claimstake.pipes.sentences  # noqa: F401  (registers the component)
    from claim_cases import FOLDER, figures, read, tally
    from claimstake.pipeline import base_path
    from claimstake.pipes.claims import Claims

    nlp = spacy.load(base_path(), exclude=["claimstake_recognizer"])
    nlp.add_pipe("claimstake_sentences", before="claimstake_parser")
    finder = Claims("claimstake_claims", floor=0.3)
    old = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    new = {}
    for name in ("rules", "held"):
        now = figures(tally(finder, nlp, read(FOLDER / f"{name}.toml")))
        before = old.get(name, {})
        new[name] = {k: max(before.get(k, 0.0), round(max(0.0, v - SLACK), 3)) for k, v in now.items()}
        for key, value in now.items():
            sys.stdout.write(f"{name} {key}: {value:.3f} (floor {before.get(key, 0.0):.3f})\n")
    if "--check" not in sys.argv:
        FLOORS.write_text(json.dumps(new, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
