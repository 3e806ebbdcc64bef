# ruff: noqa: T201 - a command line tool
"""Measures the date grammar on public test sets and on annotated articles; prints Markdown tables.

    python tools/bench_dates.py ../shared/bench --dev ../shared/dev

BENCH is a folder with recognizers-text/Specs (Microsoft Recognizers-Text, English DateTimeModel) and
duckling-en/duckling_en_corpus.json (Duckling, English Time corpus). Both test more than calendar dates; what is left
out and why is counted in a table of its own.

How it is measured: "overlap" pairs expected and found spans one to one, "exact" wants the same span once leading
prepositions and articles are off. A value is right if it covers the same days. Recognizers-Text lists a past and a
future reading of a date without a year, and either counts; Duckling always means the next one, so its cases are
resolved with tense "future". "early", "late" and "end of" are not expressed in EDTF values here, and seasons have no
days: such cases count for extraction only. The end of a range may be meant inclusively (EDTF) or exclusively
(Recognizers-Text); "two months ago" is a month here and right if the day expected lies in it.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from claimstake.grammar.date_calendar import shift_month
from claimstake.grammar.dates import find_dates, resolve

Days = tuple[date, date]  # half open
MODEL = Path(__file__).parent.parent / "models/en_base"
DUCKLING_NOW = "2013-02-12"
OPENERS = re.compile(
    r"(?:(?:on|in|at|by|before|after|since|until|till|til|from|between|during|around|about|of|the|a|an|"
    r"for|this|approximately|beginning|starting|effective|prior to|as of|circa|within|later than|earlier than|"
    r"sooner than|through|throughout|to|or|and)\s+)+",
    re.IGNORECASE,
)
UNIT = (
    r"(?:day|week|month|quarter|year|decade|weekend|fortnight|century|centurie|hour|minute|second|business day|weekday|"
    r"wk|yr|qtr)"
)
NUMBER = r"(?:[0-9]+|an?|one|two|three|four|five|six|seven|eight|nine|ten|few|several|couple(?: of)?|some|half|pair of)"
LENGTH = re.compile(
    rf"\b(?:last|past|previous|next|coming|upcoming|following|first|within|in|for|over|than|another|"
    rf"more|{NUMBER})\s+(?:the\s+)?(?:{NUMBER}\s+)?(?:upcoming\s+|more\s+|business\s+|full\s+|"
    rf"and\s+)*{UNIT}s?\b|\b{UNIT}s\b",
    re.IGNORECASE,
)
POINTS = re.compile(
    rf"\b(?:ago|{UNIT}s? of|month of|days? after|days? before)\b|"
    rf"\b(?:last|next|past|previous|coming|upcoming|following)\s+{UNIT}\b",
    re.IGNORECASE,
)
NOW = re.compile(
    r"\b(?:now|asap|as soon as possible|recent(?:ly)?|currently|current|at the moment|at this time|present|eod|eoy|eom|"
    r"boy|bom|mtd|ytd|to date)\b",
    re.IGNORECASE,
)
CLOCK_WORDS = re.compile(
    r"\b(?:morning|afternoon|evening|night|tonight|noon|midnight|o'?clock|[0-9]{1,2}\s*[ap]m|lunch\w*|dinner|breakfast|"
    r"weekhours|hours?)\b",
    re.IGNORECASE,
)
CALENDAR = re.compile(
    r"[0-9]|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|spring|summer|fall|autumn|winter|today|"
    r"tomorrow|yesterday|day|week|month|year|quarter|decade|tmr|q[1-4]|first|second|third|fourth)", re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True)
class Expected:
    """One expected date: its span, the stretches of days that are right (empty: not judged) or why it is left out."""

    start: int
    end: int
    days: tuple[Days, ...] = ()
    left_out: str = ""


@dataclass
class Score:
    """Counts over one test set."""

    cases: int = 0
    expected: int = 0
    found: int = 0
    overlap: int = 0
    exact: int = 0
    judged: int = 0
    right: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def row(self, name: str) -> str:
        """One line of the result table."""
        precision, recall = ratio(self.overlap, self.found), ratio(self.overlap, self.expected)
        f_exact = ratio(2 * self.exact, self.found + self.expected)
        f_overlap = ratio(2 * self.overlap, self.found + self.expected)
        return (
            f"| {name} | {self.cases} | {self.expected} | {precision:.3f} | {recall:.3f} | {f_overlap:.3f} "
            f"| {f_exact:.3f} | {ratio(self.right, self.judged):.3f} ({self.right}/{self.judged}) |"
        )


def ratio(a: int, b: int) -> float:
    """a / b, 0 where b is 0."""
    return a / b if b else 0.0


def covered(value: str | None) -> Days | None:
    """The days an EDTF value covers, half open; None where a part is unknown."""
    if value and re.fullmatch(r"[0-9]{3}X", value):
        return date(int(value[:3]) * 10, 1, 1), date(int(value[:3]) * 10 + 10, 1, 1)
    if not value or "X" in value:
        return None
    first, _, last = value.partition("/")
    start, end = _days_of(first), _days_of(last or first)
    return (start[0], end[1]) if start and end else None


def _days_of(point: str) -> Days | None:
    parts = [int(p) for p in point.split("-") if p.isdigit()]
    if not parts:
        return None
    try:
        if len(parts) == 1:
            return date(parts[0], 1, 1), date(parts[0] + 1, 1, 1)
        if len(parts) == 2 and parts[1] > 20:  # season: northern, by meteorological months
            month = {21: 3, 22: 6, 23: 9, 24: 12}[parts[1]]
            return date(parts[0], month, 1), date(*shift_month(parts[0], month, 3), 1)
        if len(parts) == 2:
            return date(parts[0], parts[1], 1), date(*shift_month(parts[0], parts[1], 1), 1)
        return date(*parts), date(*parts) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without leading prepositions and articles and without trailing punctuation."""
    opener = OPENERS.match(text, start, end)
    if opener and opener.end() < end:
        start = opener.end()
    while end > start and text[end - 1] in " .,;:'?!":
        end -= 1
    return start, end


def measure(cases: Iterable[tuple[str, str, list[Expected]]], tense: Any) -> Score:
    """Score find_dates and resolve on (text, reference date, expected) triples."""
    score = Score()
    for text, reference, expected in cases:
        score.cases += 1
        found = find_dates(text)
        context: list[str | None] = []
        values = []
        for expression in found:
            values.append(resolve(expression, published=reference, tense=tense, context=context))
            context.append(values[-1])
        skipped = [e for e in expected if e.left_out]
        free = [k for k, d in enumerate(found) if not any(d.start < e.end and e.start < d.end for e in skipped)]
        score.left_out.update(e.left_out for e in skipped)
        score.found += len(free)
        for wanted in (e for e in expected if not e.left_out):
            score.expected += 1
            hits = [k for k in free if found[k].start < wanted.end and wanted.start < found[k].end]
            if not hits:
                score.errors.append(f"missed  {text!r}: {text[wanted.start : wanted.end]!r}")
                continue
            best = max(hits, key=lambda k: min(found[k].end, wanted.end) - max(found[k].start, wanted.start))
            free.remove(best)
            _compare(score, text, wanted, found[best], values[best], reference)
        score.errors += [f"extra   {text!r}: {found[k].text!r}" for k in free]
    return score


def _is_right(value: str | None, days: tuple[Days, ...], *, coarse: bool) -> bool:
    """Whether a value covers one of the expected stretches of days.

    The end of a range may be meant inclusively (EDTF) or exclusively (Recognizers-Text); `coarse` accepts a longer one.
    """
    own = covered(value)
    if own is None:
        return False
    last = _days_of(str(value).partition("/")[2]) if "/" in str(value) else None
    readings = {own} | ({(own[0], last[0])} if last else set())
    return bool(readings & set(days)) or (coarse and any(own[0] <= a and b <= own[1] for a, b in days))


def _compare(score: Score, text: str, wanted: Expected, found: Any, value: str | None, reference: str) -> None:
    score.overlap += 1
    exact = trimmed(text, wanted.start, wanted.end) == trimmed(text, found.start, found.end)
    score.exact += exact
    if not exact:
        score.errors.append(f"span    {text!r}: {text[wanted.start : wanted.end]!r} found {found.text!r}")
    if wanted.days and found.part is None and found.kind != "season":
        score.judged += 1
        right = _is_right(value, wanted.days, coarse=found.kind == "offset")
        score.right += right
        if not right:
            days = " or ".join(f"{a}..{b}" for a, b in wanted.days)
            score.errors.append(f"value   {text!r} on {reference}: {found.text!r} = {value}, expected {days}")


# Recognizers-Text

PLAIN_TIMEX = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


def recognizers(bench: Path) -> Iterator[tuple[str, str, list[Expected]]]:
    """Cases of the English DateTimeModel."""
    path = bench / "recognizers-text/Specs/DateTime/English/DateTimeModel.json"
    for case in json.loads(path.read_text(encoding="utf-8-sig")):
        if "Input" in case and "Context" in case:
            results = [_recognized(r) for r in case["Results"] if "Start" in r and "TypeName" in r]
            yield case["Input"], case["Context"]["ReferenceDateTime"][:10], results


def _recognized(result: dict[str, Any]) -> Expected:
    kind = result["TypeName"].split(".")[1]
    start, end, text = result["Start"], result["End"] + 1, result["Text"]
    values = (result.get("Resolution") or {}).get("values", [])
    return Expected(start, end, _recognized_days(values), _why_not(kind, text, values))


def _why_not(kind: str, text: str, values: list[dict[str, Any]]) -> str:
    """Why an expected result is no calendar date in the sense of the guidelines; "" if it is one."""
    if kind in ("time", "timerange", "datetime", "datetimerange", "timezone"):
        return "clock time"
    if kind == "set":
        return "recurring set"
    if kind == "duration":
        return "duration"
    if NOW.search(text):
        return "now, currently, to date"
    if not CALENDAR.search(text):
        return "holiday or other name of a day"
    timex = values[0].get("timex", "") if values else ""
    is_length = LENGTH.search(text) is not None and not POINTS.search(text)
    if is_length and (timex.startswith("(") or " in " in f" {text} " or "P" in timex):
        return 'length of time ("next 3 days", "in two weeks")'
    return ""


def _recognized_days(values: list[dict[str, Any]]) -> tuple[Days, ...]:
    out: list[Days] = []
    for value in values:
        if value.get("Mod") in ("start", "mid", "end", "before-start", "approx-start", "less", "more"):
            continue
        if "value" in value and (point := _days_of(value["value"][:10])):
            out.append(point)
        start, end = (_day(value.get(key)) for key in ("start", "end"))
        timex = _days_of(value["timex"]) if PLAIN_TIMEX.fullmatch(value.get("timex", "")) else None
        if timex and (value.get("Mod") or not (start or end)):
            out.append(timex)
        elif start and end:
            out.append((start, end))
    return tuple(out)


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat((value or "")[:10])
    except ValueError:
        return None


# Duckling

TUPLE = re.compile(r"\((-?[0-9]+), *(-?[0-9]+), *(-?[0-9]+), *(-?[0-9]+), *(-?[0-9]+), *(-?[0-9]+)\)")


def duckling(bench: Path) -> Iterator[tuple[str, str, list[Expected]]]:
    """Positive and negative examples of the English Time corpus; the whole example is the date."""
    corpus = json.loads((bench / "duckling-en/duckling_en_corpus.json").read_text(encoding="utf-8"))["Time"]
    for row in corpus["positive"]:
        days, reason = _duckling_value(row["value_hs"])
        for example in row["examples"]:
            why = reason or _why_not("date", example, [{"timex": "P"}])
            why = why or ("clock time" if CLOCK_WORDS.search(example) else "")
            yield example, DUCKLING_NOW, [Expected(0, len(example), days, why)]
    for example in corpus.get("negative", []):
        yield example if isinstance(example, str) else str(example), DUCKLING_NOW, []


def _duckling_value(value: str) -> tuple[tuple[Days, ...], str]:
    grain = value.rsplit(")", 1)[-1].split()[0] if value.rsplit(")", 1)[-1].split() else ""
    if "Holiday" in value:
        return (), "holiday or other name of a day"
    points = [tuple(map(int, t)) for t in TUPLE.findall(value)]
    if grain in ("Hour", "Minute", "Second", "NoGrain") or any(any(p[3:]) for p in points):
        return (), "clock time"
    if "OpenInterval" in value or not points or min(p[0] for p in points) < 1:
        return (), "open interval or year before 1" if points else "no value"
    start = date(*points[0][:3])
    end = date(*points[1][:3]) if len(points) > 1 else _after(start, grain)
    return ((start, end),), ""


def _after(start: date, grain: str) -> date:
    months = {"Month": 1, "Quarter": 3, "Year": 12}.get(grain)
    if months:
        return date(*shift_month(start.year, start.month, months), 1)
    return start + timedelta(days=7 if grain == "Week" else 1)


# Annotated articles


def dev(folder: Path, model: Path) -> tuple[Score, str]:
    """Score the component on articles with gold annotations; only between the first and last gold mention of each."""
    import spacy

    import claimstake.pipes.dates  # noqa: F401 - registers the factory

    nlp = spacy.load(model, exclude=["claimstake_recognizer"]) if model.exists() else spacy.blank("en")
    nlp.add_pipe("claimstake_dates")
    score = Score()
    for line in (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines():
        article = json.loads(line)
        gold = json.loads((folder / f"{article['id']}.gold.json").read_text(encoding="utf-8"))["entities"]
        doc = nlp.make_doc(article["text"])
        doc._.article = {"published": article["published"]}
        _score_article(score, nlp(doc), gold)
    return score, "with " + (model.name if model.exists() else "a blank pipeline")


def _score_article(score: Score, doc: Any, gold: list[dict[str, Any]]) -> None:
    score.cases += 1
    low, high = min(e["start"] for e in gold), max(e["end"] for e in gold)
    group = doc.spans["dates"]
    spans = [s for s in group if low <= s.start_char and s.end_char <= high]
    inside = [e for e in gold if e["label"] != "DATE"]
    nested = [s for s in spans if any(e["start"] <= s.start_char and s.end_char <= e["end"] for e in inside)]
    score.left_out['inside another mention ("Act of 2014")'] += len(nested)
    free = [s for s in spans if s not in nested]
    score.found += len(free)
    for entity in (e for e in gold if e["label"] == "DATE"):
        score.expected += 1
        hit = next((s for s in free if s.start_char < entity["end"] and entity["start"] < s.end_char), None)
        if hit is None:
            score.errors.append(f"missed  {entity['text']!r}")
            continue
        free.remove(hit)
        score.overlap += 1
        score.exact += (hit.start_char, hit.end_char) == (entity["start"], entity["end"])
        score.judged += 1
        value = group.attrs[hit.id_].get("value")
        score.right += value == entity["value"]
        if value != entity["value"]:
            score.errors.append(f"value   {entity['text']!r} = {value}, expected {entity['value']}")
    score.errors += [f"extra   {s.text!r} after {doc.text[max(0, s.start_char - 40) : s.start_char]!r}" for s in free]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Measure the date grammar on public test sets; prints Markdown.")
    parser.add_argument("bench", type=Path, help="folder with recognizers-text and duckling-en")
    parser.add_argument("--dev", type=Path, help="folder with articles.jsonl and *.gold.json")
    parser.add_argument("--model", type=Path, default=MODEL, help="spaCy pipeline for --dev")
    parser.add_argument("--errors", type=int, default=0, help="how many errors of each set to print")
    options = parser.parse_args()
    scores = {
        "Recognizers-Text DateTimeModel": measure(recognizers(options.bench), None),
        "Duckling Time": measure(duckling(options.bench), "future"),
    }
    if options.dev:
        score, how = dev(options.dev, options.model)
        scores[f"annotated articles, {how}"] = score
    print("| test set | cases | dates | precision | recall | F1 overlap | F1 exact | values right |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, score in scores.items():
        print(score.row(name))
    print("\n| left out of | reason | dates |\n| --- | --- | --- |")
    for name, score in scores.items():
        for reason, count in score.left_out.most_common():
            print(f"| {name} | {reason} | {count} |")
    for name, score in scores.items():
        for error in score.errors[: options.errors]:
            print(f"{name}: {error}")


if __name__ == "__main__":
    main()
