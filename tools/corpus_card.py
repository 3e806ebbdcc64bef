"""Refreshes the tables of corpus/README.md, between its marker comments, from the corpus itself.

usage: python tools/corpus_card.py [--check] [--first FOLDER]

The agreement stands in corpus/agreement.json, since the first annotation pass is not part of the corpus any more; with
--first, a folder of those articles as the first pass left them, it is measured again. --check writes nothing and exits
with 1 where the card is out of date.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from claimstake import ontology, scoring
from claimstake.evaluation import tables
from claimstake.evaluation.figures import HEADLINE
from claimstake.evaluation.scores import evaluate
from claimstake.training import check, splits

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
CARD, AGREEMENT = CORPUS / "README.md", CORPUS / "agreement.json"
PASSES = {"first": "first pass and blind pass", "final": "corpus and blind pass"}
INTERVALS = ("entities strict F1", "entities relaxed F1", "claims F1", "claim pairs F1")
BLOCK = re.compile(r"(<!-- (?P<name>[a-z]+) -->\n)(?P<old>.*?)(<!-- end -->)", re.S)


def main() -> int:
    """Write the card, or compare it with what would be written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where the card is out of date")
    parser.add_argument("--first", type=Path, metavar="FOLDER", help="articles as the first pass left them")
    args = parser.parse_args()
    if args.first:
        found = {"first": agreement(args.first), "final": agreement(CORPUS / "articles")}
        AGREEMENT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    old = CARD.read_text(encoding="utf-8")
    new = refreshed(old, blocks())
    if args.check:
        return int(new != old)
    CARD.write_text(new, encoding="utf-8")
    return 0


def refreshed(card: str, found: Mapping[str, str]) -> str:
    """A card with new text between its markers.

    Raises:
        KeyError: a marker names a block that there is not.
    """
    return BLOCK.sub(lambda m: f"{m[1]}{found[m['name']]}\n{m[4]}", card)


def blocks() -> dict[str, str]:
    """The text of every marker.

    Raises:
        SystemExit: an article does not parse.
    """
    report = check.check([CORPUS / "articles"])
    if report.errors:
        sys.exit("\n".join(report.errors))
    counts, parts = report.counts, splits.read(CORPUS / "splits.tsv")
    by_part = {
        part: check.count(d for d in report.documents.values() if parts.get(d.article["id"]) == part)["sum"]
        for part in splits.PARTS
    }
    claims = counts["sum"]["claims"]
    return {
        "sums": _sums({"whole": counts["sum"], **by_part}),
        "labels": _table("label", counts["label"]),
        "predicates": _table("predicate", _complete(counts["predicate"], ontology.default().predicates)),
        "qualifiers": _qualifiers(counts, claims),
        "genres": _table("genre", counts["genre"]),
        "countries": _line(counts["country"]),
        "spelling": _line(counts["spelling"]),
        "agreement": _agreement(json.loads(AGREEMENT.read_text(encoding="utf-8"))),
    }


def agreement(articles: Path) -> dict[str, Any]:
    """Figures of the blind pass against another pass over the same articles, as `claimstake corpus agreement`."""
    ours, blind = scoring.read(articles).annotations, scoring.read(CORPUS / "second").annotations
    scores = evaluate({id_: one for id_, one in ours.items() if id_ in blind}, blind)
    return tables.to_json(scores, scores.intervals(HEADLINE))


def _complete(found: Mapping[str, int], names: Iterable[str]) -> Counter[str]:
    return Counter(dict.fromkeys(names, 0) | dict(found))


def _sums(sums: Mapping[str, Mapping[str, int]]) -> str:
    keys = ("documents", "words", "body_words", "entities", "claims", "with_furniture")
    head = ("part", "articles", "words", "words of the body", "mentions", "claims", "with page furniture")
    return _rows(head, [(name, *(f"{found[key]:,}" for key in keys)) for name, found in sums.items()])


def _table(kind: str, found: Counter[str]) -> str:
    return _rows((kind, "number"), [(name, f"{n:,}") for name, n in _ordered(found)])


def _qualifiers(counts: Mapping[str, Counter[str]], claims: int) -> str:
    """Values of the closed qualifiers; polarity and certainty are written down only where they are the rarer one."""
    polarity = counts["polarity"] | {"affirmed": claims - counts["polarity"]["negated"]}
    certainty = counts["certainty"] | {"asserted": claims - counts["certainty"]["hedged"]}
    kinds = {"status": counts["status"], "polarity": polarity, "certainty": certainty, "measure": counts["measure"]}
    return _rows(("qualifier", "values"), [(name, _line(Counter(found))) for name, found in kinds.items()])


def _line(found: Counter[str]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in _ordered(found))


def _ordered(found: Counter[str]) -> list[tuple[str, int]]:
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def _agreement(found: Mapping[str, Any]) -> str:
    """Headline figures of both comparisons; the F1s with their 95% intervals."""
    rows = [(name, *(_interval(found[key]["intervals"][name]) for key in PASSES)) for name in INTERVALS]
    for name in ("date_values", "measure_values"):
        rows.append((f"{name.replace('_', ' ')} F1", *(f"{found[key][name]['f']:.3f}" for key in PASSES)))
    for name in sorted(found["final"]["qualifiers"]):
        rows.append((f"{name} accuracy", *(f"{found[key]['qualifiers'][name]['accuracy']:.3f}" for key in PASSES)))
    return _rows(("measure", *PASSES.values()), rows)


def _interval(found: Mapping[str, float]) -> str:
    return f"{found['value']:.3f} ({found['low']:.3f} – {found['high']:.3f})"


def _rows(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = tuple(head)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


if __name__ == "__main__":
    sys.exit(main())
