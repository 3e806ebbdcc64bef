"""The report of a round of improvement: as tables for a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from claimstake.annotation import weighing
from claimstake.evaluation import tables
from claimstake.evaluation.tables import Sheet
from claimstake.sinks.table import printable
from claimstake.terminal import counted

Report = Mapping[str, Any]
FEW = 5  # documents
SHOWN_NAMES = 20
SETS = {
    "gold": "articles that nobody learned ({gold})",
    "held_out": "your documents that were kept apart",
    "learned": "your documents that were learned",
}


def sheets(report: Report) -> list[Sheet]:
    """The tables, those that there is nothing for left out."""
    found = [_documents(report), *_corrections(report)]
    figures = report.get("figures")
    if figures:
        found += [_figures(figures[name], _title(report, name)) for name in SETS if figures.get(name)]
        found += [
            _figures(rows, f"with {report['out']}/names.toml besides, {SETS[name]}", ("without", "with"))
            for name in ("held_out", "learned")
            if (rows := figures.get(f"{name} names"))
        ]
        found.append(_speed(figures["speed"]))
    found.append(_names(report.get("names", ())))
    return [sheet for sheet in found if sheet.rows]


def verdict(report: Report) -> str:
    """What became of the candidate, in a sentence."""
    candidate, model = report.get("candidate", ""), report.get("model", "")
    told = {
        "promoted": f"{candidate} replaces {model}; the old model is {report.get('previous')}",
        "would be promoted": f"nothing speaks against {candidate}; it has not taken the place of {model}",
        "refused": f"{candidate} is refused, {model} is as it was: {'; '.join(report.get('refusals', ()))}",
        "unchanged": f"{model} has learned these very documents before; there is nothing to do",
        "checked": "the documents were checked; nothing was trained",
    }
    obstacle = f", for {report['obstacle']}" if report.get("obstacle") else ""
    return told[report["verdict"]] + obstacle


def next_steps(report: Report) -> list[str]:
    """What a user can do now."""
    out, documents, end = [], report["documents"], report["verdict"]
    if documents["left_out"]:
        out.append(f"mend the documents that were left out ({report['out']}/left-out.json says why) and run it again")
    if documents["warnings"]:
        out.append("look at the warnings below; those documents were learned all the same")
    if end == "would be promoted":
        who = "as somebody who may write there" if report.get("obstacle") else "without --no-promote"
        out.append(f"the same command {who} puts the candidate in the model's place; nothing is trained again")
        out.append(f"or use it where it is: CLAIMSTAKE_MODEL={report['candidate']} claimstake annotate …")
    if end == "refused":
        out.append("look through the corrections for slips, correct more documents, or try more or fewer --steps")
        out.append(f"what was lost, one by one: claimstake evaluate GOLD --model {report['candidate']} --errors 50")
    if end == "promoted":
        out.append(f"to go back: delete {report['model']} and give {report['previous']} its name")
    if report.get("names"):
        out.append(f"look through {report['out']}/names.toml and use it: claimstake annotate --config names.toml …")
    if len(documents["learned"]) > 0 and not documents["held_out"]:
        out.append(f"correct at least {FEW} documents: of fewer none is kept apart, and the gain cannot be shown")
    return out


def to_markdown(report: Report) -> str:
    """The whole report."""
    lines = [f"# Improvement of {report.get('date', '')}", "", f"**{report['verdict']}**: {verdict(report)}.", ""]
    for sheet in sheets(report):
        lines += [sheet.to_markdown(), ""]
    documents = report["documents"]
    for title, key in (("Left out", "left_out"), ("Warnings", "warnings")):
        if documents[key]:
            lines += [f"## {title}", "", *_reasons(documents[key]), ""]
    if steps := next_steps(report):
        lines += ["## What to do next", "", *(f"- {step}" for step in steps), ""]
    return "\n".join(lines)


def _reasons(found: Mapping[str, Sequence[str]]) -> Iterable[str]:
    return (f"- `{printable(where)}`: {printable('; '.join(reasons))}" for where, reasons in found.items())


def _title(report: Report, name: str) -> str:
    return SETS[name].format(gold=report["gold"] or "the corpus's dev articles")


def _documents(report: Report) -> Sheet:
    found = report["documents"]
    rows = [
        ("learned", str(len(found["learned"]))),
        ("kept apart to measure on", str(len(found["held_out"]))),
        ("left out", str(len(found["left_out"]))),
        ("with warnings", str(len(found["warnings"]))),
    ]
    return Sheet(f"documents of {report['source']}", ("documents", "number"), rows)


def _corrections(report: Report) -> list[Sheet]:
    """What annotators added, removed and changed, as the pull says; none where nothing was pulled."""
    found = report.get("corrections") or {}
    out = []
    for title, key, head in (("mentions", "mentions", "label"), ("claims", "claims", "predicate")):
        rows = [
            (name, *(f"{n:,}" if n else "" for n in counts.values())) for name, counts in found.get(key, {}).items()
        ]
        columns = next(iter(found.get(key, {}).values()), {})
        out.append(Sheet(f"{title}, corrected", (head, *columns), rows))
    return out


def _figures(rows: Sequence[Mapping[str, Any]], title: str, names: tuple[str, str] = ("before", "after")) -> Sheet:
    sheet = tables.comparison(map(weighing.verdict_of, rows), *names)
    return Sheet(title, ("of", *sheet.head), [(f"{r['of']:,}", *row) for r, row in zip(rows, sheet.rows, strict=True)])


def _speed(speed: Mapping[str, float]) -> Sheet:
    before, after = speed["before"], speed["after"]
    rows = [("tokens/s", f"{before:,}", f"{after:,}", f"{after / before - 1:+.0%}".replace("-", "−"))]
    return Sheet("speed", ("measure", "before", "after", "difference"), rows)


def _names(found: Sequence[Mapping[str, Any]]) -> Sheet:
    rows = [
        (row["name"], row["label"], str(row["missed"]), str(len(row["documents"])), ", ".join(row.get("aliases", ())))
        for row in found[:SHOWN_NAMES]
    ]
    title = f"names that were missed, {len(rows)} of {counted(len(found), 'proposal')}"
    return Sheet(title, ("name", "label", "missed", "documents", "also"), rows).without_empty()
