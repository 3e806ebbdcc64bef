"""Measures the measure grammar on public test sets, and on articles with gold annotations.

    python tools/bench_measures.py BENCH            Recognizers-Text and grobid-quantities, as a Markdown table
    python tools/bench_measures.py BENCH --dev DEV  also spans, values and labels on gold articles
    python tools/bench_measures.py BENCH --misses 40

BENCH is a folder with `load.py` (`recognizers`, `grobid_quantities`); DEV holds articles.jsonl and *.gold.json.
The other sets count differently, so: Recognizers gives no denominators ("500,000 barrels a day" is 500,000 barrels),
which is held right here if the numerator is; their two-sided ranges ("more than 20 and less than 30") count as found
if both bounds are; grobid-quantities annotates bare counts too, and is scored with and without them.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import spacy

from claimstake.attributes import MEASURES
from claimstake.grammar.measures import MeasureMatch, find_measures
from claimstake.knowledge.units import Unit, units
from claimstake.pipes import measures as _measures  # noqa: F401  (registers the component)
from claimstake.pipes import thresholds as _thresholds  # noqa: F401
from claimstake.tokenizer import customise

OTHER_NAMES = {"United States dollar": "US dollar", "Bitcoin": "bitcoin"}


MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"


@dataclass
class Tally:
    """Counts of one test set."""

    name: str
    gold: int = 0
    predicted: int = 0
    found: int = 0
    hits: int = 0
    right: dict[str, int] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)

    def add(self, what: str, right: bool) -> None:
        self.right[what] = self.right.get(what, 0) + right

    def rows(self) -> Iterator[str]:
        """Markdown table rows: figure, value, count."""
        recall = self.found / self.gold if self.gold else 0.0
        precision = self.hits / self.predicted if self.predicted else 0.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        yield f"| {self.name} | found (F1) | {f1:.3f} (P {precision:.3f}, R {recall:.3f}) | {self.gold} |"
        for what, count in self.right.items():
            yield f"| {self.name} | {what} | {count / self.gold if self.gold else 0.0:.3f} | {self.gold} |"


def load_module(folder: Path) -> ModuleType:
    """The bench folder's own loader."""
    spec = importlib.util.spec_from_file_location("bench_load", folder / "load.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"bench_measures: no load.py in {folder}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def expected_unit(name: str, money: bool) -> Unit | None:
    """The table's unit for the other project's name of it."""
    if money and name == "Pound":
        return units().get("£")
    if " per " in name:
        above, _, below = name.partition(" per ")
        one, two = units().get(above.lower()), units().get(below)
        return one.per(two) if one and two else None
    return units().get(OTHER_NAMES.get(name, name[:1].lower() + name[1:])) or units().get(name)


def overlapping(matches: Iterable[MeasureMatch], start: int, end: int) -> MeasureMatch | None:
    """The match that shares most with a range."""
    shared = [(min(m.end, end) - max(m.start, start), m) for m in matches]
    best = max(shared, key=lambda pair: pair[0], default=(0, None))
    return best[1] if best[0] > 0 else None


def touches(match: MeasureMatch, start: int, end: int) -> bool:
    return match.start < end and start < match.end


def with_units(bench: ModuleType, model: str) -> Tally:
    """Recognizers-Text Dimension or Currency: what is found, and with which value and unit."""
    tally = Tally(f"Recognizers {model.rpartition('/')[2]}")
    money = "Currency" in model
    for case in bench.recognizers(model):
        text = case["Input"]
        matches = [m for m in find_measures(text) if is_of(m, money)]
        tally.predicted += len(matches)
        tally.hits += sum(any(touches(m, r["Start"], r["End"] + 1) for r in case["Results"]) for m in matches)
        for result in case["Results"]:
            resolution = result.get("Resolution") or {}
            if resolution.get("value") is None:  # a unit without a number
                continue
            tally.gold += 1
            match = overlapping(matches, result["Start"], result["End"] + 1)
            unit = expected_unit(resolution["unit"], money)
            right_unit = bool(match and unit and numerator(match.unit) == numerator(unit.symbol))
            right_value = bool(match and same_value(match, float(resolution["value"]), unit))
            tally.found += match is not None
            tally.add("value", right_value)
            tally.add("value and unit", right_value and right_unit)
            if not (right_value and right_unit):
                got = match and (match.value, match.unit)
                tally.misses.append(f"{tally.name}: {result['Text']!r} {resolution} got {got}")
    return tally


def is_of(match: MeasureMatch, money: bool) -> bool:
    """Whether a match belongs to the currency model (`money`) or to the dimension model."""
    return ("money" in match.dimension) == money and match.kind not in ("percent", "duration")


def numerator(symbol: str) -> str:
    return symbol.partition("/")[0]


def same_value(match: MeasureMatch, value: float, unit: Unit | None) -> bool:
    """Whether the number is the expected one, in the unit as written or as written out."""
    values = match.value if isinstance(match.value, tuple) else (match.value,)
    wanted = (value, value * unit.factor) if unit else (value,)
    return any(abs(v - w) <= 1e-6 * max(1.0, abs(w)) for v in values for w in wanted)


def bounds_of(interval: str) -> set[tuple[str, float]]:
    """ "[20,30)" as {(">=", 20), ("<", 30)}."""
    low, high = interval[1:-1].split(",")
    found = set()
    if low:
        found.add((">=" if interval[0] == "[" else ">", float(low)))
    if high:
        found.add(("<=" if interval[-1] == "]" else "<", float(high)))
    return found


def number_ranges(bench: ModuleType) -> Tally:
    """Recognizers-Text NumberRange: bounds of bare numbers."""
    tally = Tally("Recognizers NumberRange")
    for case in bench.recognizers("Number/English/NumberRangeModel"):
        matches = [m for m in find_measures(case["Input"], bare=True) if m.comparator not in ("=", "~")]
        tally.predicted += len(matches)
        tally.hits += sum(any(touches(m, r["Start"], r["End"] + 1) for r in case["Results"]) for m in matches)
        for result in case["Results"]:
            tally.gold += 1
            start, end = result["Start"], result["End"] + 1
            inside = [m for m in matches if m.start < end and start < m.end]
            wanted = bounds_of(result["Resolution"]["value"])
            got = set().union(*(match_bounds(m) for m in inside)) if inside else set()
            tally.found += bool(inside)
            right = {v for _, v in wanted} == {v for _, v in got}
            tally.add("value", right)
            tally.add("comparator and value", wanted == got or (".." in {m.comparator for m in inside} and right))
            if wanted != got:
                tally.misses.append(f"{tally.name}: {result['Text']!r} wanted {sorted(wanted)} got {sorted(got)}")
    return tally


def match_bounds(match: MeasureMatch) -> set[tuple[str, float]]:
    if isinstance(match.value, tuple):
        return {(">=", match.value[0]), ("<=", match.value[1])}
    return {(match.comparator, match.value)}


def grobid(bench: ModuleType, bare: bool) -> Tally:
    """grobid-quantities: span overlap and exact bounds, with or without bare counts."""
    tally = Tally("grobid-quantities, all" if bare else "grobid-quantities, with a unit")
    measured = re.compile(rf"(?!.*(?:{MONTHS}))(?:.*\d[\s)-]*[^\W\d_]|.*[%°‰$€£¥]|.*\w[\s-][a-z]{{3}})", re.DOTALL)
    for paragraph, spans in bench.grobid_quantities():
        matches = find_measures(paragraph, bare=bare)
        gold = [(s, e) for s, e, kind in spans if kind != "list" and (bare or measured.match(paragraph[s:e]))]
        every = [(s, e) for s, e, _ in spans]
        tally.gold += len(gold)
        hits = sum(any(touches(m, *span) for span in gold) for m in matches)
        tally.hits += hits
        tally.predicted += hits + sum(not any(touches(m, *span) for span in every) for m in matches)
        for start, end in gold:
            match = overlapping(matches, start, end)
            tally.found += match is not None
            span = paragraph[start:end].strip()
            got = (paragraph[match.core_start : match.core_end], paragraph[match.start : match.end]) if match else ()
            exact = span in got
            tally.add("exact bounds", exact)
            if not exact:
                context = f"{paragraph[max(0, start - 25) : start]}[[{paragraph[start:end]}]]"
                tally.misses.append(f"{tally.name}: {context} got {got[:1]}")
    return tally


def gold_articles(folder: Path) -> Tally:
    """Gold articles: strict spans, values and labels through the spaCy components."""
    nlp = spacy.blank("en")
    customise(nlp)
    nlp.add_pipe("claimstake_measures")
    nlp.add_pipe("claimstake_thresholds")
    texts = {}
    for line in (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        texts[record["id"]] = record["text"]
    tally = Tally("gold articles")
    for path in sorted(folder.glob("*.gold.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        doc = nlp(texts[gold["doc"]["id"]])
        group = doc.spans[MEASURES]
        spans = list(group)
        tally.predicted += len(spans)
        measured = [e for e in gold["entities"] if e["label"] in ("THRESHOLD", "QUANTITY")]
        tally.hits += sum(any(s.start_char < e["end"] and e["start"] < s.end_char for e in measured) for s in spans)
        for entity in gold["entities"]:
            if entity["label"] in ("THRESHOLD", "QUANTITY"):
                tally.gold += 1
                hits = [s for s in spans if s.start_char < entity["end"] and entity["start"] < s.end_char]
                _compare(tally, entity, hits, group.attrs)
    return tally


def _compare(tally: Tally, entity: dict[str, Any], hits: list[spacy.tokens.Span], attrs: dict[str, Any]) -> None:
    hit = hits[0] if hits else None
    value = attrs[hit.id_]["value"] if hit is not None else None
    tally.found += hit is not None
    exact = hit is not None and (hit.start_char, hit.end_char) == (entity["start"], entity["end"])
    label = hit is not None and hit.label_ == entity["label"]
    same = value is not None and entity.get("value") == {**value, "value": value["value"]}
    tally.add("exact bounds", exact)
    tally.add("value", same)
    tally.add("label", label)
    if not (exact and label and same):
        got = hit is not None and hit.label_
        tally.misses.append(f"gold: {entity['text']!r} {entity['label']} {entity.get('value')} got {hit} {got} {value}")


def speed(bench: ModuleType) -> str:
    """Characters a second of find_measures over company descriptions."""
    texts = [row.get("summary") or " ".join(map(str, row.values())) for row in bench.company_summaries()]
    start = time.process_time()
    found = sum(len(find_measures(text)) for text in texts)
    taken = time.process_time() - start
    size = sum(map(len, texts))
    return f"| company descriptions | million characters a second | {size / taken / 1e6:.2f} | {found} measures |"


def main() -> None:
    """Parse the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path, help="folder of public data with load.py")
    parser.add_argument("--dev", type=Path, help="folder of gold articles")
    parser.add_argument("--misses", type=int, default=0, metavar="N", help="print up to N misses of every set")
    args = parser.parse_args()
    bench = load_module(args.bench)
    tallies = [with_units(bench, f"NumberWithUnit/English/{m}Model") for m in ("Dimension", "Currency")]
    tallies += [number_ranges(bench), grobid(bench, bare=False), grobid(bench, bare=True)]
    if args.dev:
        tallies.append(gold_articles(args.dev))
    lines = ["| set | figure | value | cases |", "| --- | --- | --- | --- |"]
    lines += [row for tally in tallies for row in tally.rows()]
    lines.append(speed(bench))
    misses = [miss for tally in tallies for miss in tally.misses[: args.misses]]
    sys.stdout.write("\n".join([*lines, *misses]) + "\n")


if __name__ == "__main__":
    main()
