"""Writes the models' card, README.md, and scores.json beside it: from measurements, not from memory.

Measured are the corpus's test articles and, where it lies beside the checkout, a folder of other annotated articles
(`*.gold.json` with articles.jsonl). What earlier steps returned is taken from the work folder. Speed apart, the same
models, data and code give the same card.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import numpy as np

import claimstake
from claimstake import pipeline
from claimstake.errors import CorpusError
from claimstake.evaluation.tables import Sheet, sheets, to_json
from claimstake.training import measuring, plots
from claimstake.training.base import SOURCE_VERSION
from claimstake.training.claims import judged_mentions
from claimstake.training.linear import expected_calibration_error
from claimstake.training.measuring import Annotations, Judgements, Level
from claimstake.training.mentions import articles

if TYPE_CHECKING:
    from claimstake.training.run import Context

ASKED_ECE = 0.05
MOST = 40  # MB that the models may take
BINS = 10
TEMPLATE = Path(__file__).with_name("model_card.md")
CORPUS_TEST, OTHER = "corpus, test", "other articles"
STEPS = "steps.json"
HISTORY = ".scores.json"  # ending of files that hold the course of a training


@dataclass(frozen=True)
class Scored:
    """What a set of articles came to: figures as JSON and as tables, by least confidence, and how sure claims were."""

    report: dict[str, Any]
    tables: list[Sheet]
    levels: list[Level]
    judged: Judgements


def write(context: Context) -> dict[str, Any]:
    """Measure the models in `context.out` and write README.md, scores.json and, with matplotlib, the charts.

    The charts go into the folder docs beside `context.out`.

    Returns:
        The headline figures; "files" names what was written.

    Raises:
        CorpusError: the corpus has no test articles.
        ModelError: the models are missing or do not fit their manifest.
    """
    nlp = pipeline.build(context.base)
    sets = {CORPUS_TEST: _scored(nlp, measuring.corpus(articles(context, "test")), context)}
    folder = evaluation_folder(context)
    if folder is not None and not context.quick:
        sets[OTHER] = _scored(nlp, measuring.folder(folder), context)
    mentions = judged_mentions(nlp, articles(context, "test"))
    calibration = {f"claims, {name}": reliability(*one.judged) for name, one in sets.items()}
    calibration[f"mentions, {CORPUS_TEST}"] = reliability(*mentions)
    speed = measuring.speed(nlp, [d.article["text"] for part in ("dev", "test") for d in articles(context, part)])
    found = {
        "version": claimstake.__version__,
        "code": measuring.digest(Path(claimstake.__file__).parent, ("*.py", "*.toml", "*.jsonl", "*.tsv"))[:16],
        "data": measuring.digest(context.corpus, ("articles/**/*.md", "splits.tsv")),
        "size": measuring.megabytes(context.out),
        "scores": {name: one.report for name, one in sets.items()},
        "min_confidence": {name: [level.to_json() for level in one.levels] for name, one in sets.items()},
        "calibration": calibration,
        "speed": speed,
        "training": results(context.work),
    }
    context.out.mkdir(parents=True, exist_ok=True)
    written = [context.out / "README.md", context.out / "scores.json"]
    written[0].write_text(text(context, found, sets), encoding="utf-8")
    written[1].write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    docs = context.out.resolve().parent / "docs"
    drawn = plots.draw(calibration, {name: one.levels for name, one in sets.items()}, docs)
    context.tell(step="card", charts=[p.name for p in drawn] or "left out: matplotlib is not installed")
    ece = {f"{name} ECE": one["ece"] for name, one in calibration.items()}
    claims = {f"claims F1, {name}": one.report["claims"]["f"] for name, one in sets.items()}
    return {**claims, **ece, "size": found["size"], "files": [str(path) for path in (*written, *drawn)]}


def evaluation_folder(context: Context) -> Path | None:
    """The folder of other annotated articles, shared/dev beside the checkout, if there is one."""
    found = context.corpus.resolve().parent.parent / "shared" / "dev"
    return found if (found / "articles.jsonl").is_file() else None


def reliability(confidence: np.ndarray, right: np.ndarray, bins: int = BINS) -> dict[str, Any]:
    """The expected calibration error, and for each bin that is not empty: bounds, number, mean confidence, share right.

    Args:
        confidence: (n,), in [0, 1].
        right: (n,) of booleans.
        bins: how many, of equal width.
    """
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    rows = [
        {
            "from": b / bins,
            "to": (b + 1) / bins,
            "number": int((index == b).sum()),
            "confidence": round(float(confidence[index == b].mean()), 4),
            "right": round(float(right[index == b].mean()), 4),
        }
        for b in range(bins)
        if (index == b).any()
    ]
    return {"ece": round(expected_calibration_error(confidence, right, bins), 4), "number": len(right), "bins": rows}


def results(work: Path) -> dict[str, Any]:
    """What the steps of a training returned, and what other JSON objects lie in the work folder, by step or file."""
    found: dict[str, Any] = {}
    for path in sorted(work.glob("*.json")):
        value = json.loads(path.read_text(encoding="utf-8"))
        if path.name == STEPS:
            found |= {name: step["result"] for name, step in value.items() if name != "card" and step.get("result")}
        elif isinstance(value, dict) and not path.name.endswith(HISTORY):
            found[path.stem] = value
    return found


def text(context: Context, found: Mapping[str, Any], sets: Mapping[str, Scored]) -> str:
    """The card, from the template and what was measured."""
    parts = Counter(context.splits.values())
    trained = context.base / pipeline.TRAINED
    folders = sorted(p.name for p in trained.iterdir()) if trained.is_dir() else []
    other = "\n\n".join(s.to_markdown() for s in sets[OTHER].tables) if OTHER in sets else "None were at hand."
    curves = [_levels(name, one.levels) for name, one in sets.items()]
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        version=found["version"],
        code=found["code"],
        data=found["data"],
        articles=sum(parts.values()),
        parts=", ".join(f"{name} {parts[name]}" for name in ("train", "dev", "test")),
        size=found["size"],
        most=MOST,
        source=SOURCE_VERSION,
        trained=", ".join(folders) or "nothing",
        test="\n\n".join(s.to_markdown() for s in sets[CORPUS_TEST].tables),
        other=other,
        asked=ASKED_ECE,
        calibration="\n\n".join(_calibration(*item) for item in found["calibration"].items()),
        curves="\n\n".join(s.to_markdown() for s in curves),
        results="\n\n".join(s.to_markdown() for s in tabled(_short(found["training"]))) or "Nothing was recorded.",
        speed=_speed(found["speed"]),
    )


def _short(found: Mapping[str, Any]) -> dict[str, Any]:
    """What the steps returned without figures by label, which scores.json has; what each part adds comes first."""
    first = {name: found[name] for name in ("ablations",) if name in found}
    return {
        name: _short(value) if isinstance(value, Mapping) else value
        for name, value in {**first, **found}.items()
        if name != "labels"
    }


def tabled(found: Mapping[str, Any], title: str = "") -> list[Sheet]:
    """Nested results as tables: objects of equal shape become rows of one table, single values a table of their own."""
    single = [(name, _cell(v)) for name, v in found.items() if not isinstance(v, Mapping)]
    out = [Sheet(title, ("", "value"), single)] if single else []
    for name, value in found.items():
        if not isinstance(value, Mapping):
            continue
        below = f"{title}, {name}" if title else name
        rows = list(value.values())
        if rows and all(isinstance(row, Mapping) and list(row) == list(rows[0]) for row in rows) and _flat(rows):
            cells = [(key, *(_cell(v) for v in row.values())) for key, row in value.items()]
            out.append(Sheet(below, ("", *map(str, rows[0])), cells))
        else:
            out += tabled(value, below)
    return out


def _scored(nlp: Any, gold: Annotations, context: Context) -> Scored:
    if not gold.annotations:
        raise CorpusError(f"{context.corpus}: the corpus has no test articles")
    documents = measuring.annotate(nlp, gold)
    scores = measuring.scores(gold, documents)
    intervals = scores.intervals()
    judged = measuring.judged(gold, documents)
    return Scored(to_json(scores, intervals), sheets(scores, intervals), measuring.levels(gold, documents), judged)


def _calibration(name: str, found: Mapping[str, Any]) -> str:
    rows = [
        (f"{b['from']:.1f} – {b['to']:.1f}", f"{b['number']:,}", f"{b['confidence']:.3f}", f"{b['right']:.3f}")
        for b in found["bins"]
    ]
    verdict = "as asked" if found["ece"] <= ASKED_ECE else "more than asked"
    title = f"{name}: ECE {found['ece']:.3f} over {found['number']:,}, {verdict}"
    return Sheet(title, ("confidence", "number", "mean confidence", "share right"), rows).to_markdown()


def _levels(name: str, found: Iterable[Level]) -> Sheet:
    rows = [(f"{x.level:.2f}", f"{x.precision:.3f}", f"{x.recall:.3f}", f"{x.f1:.3f}") for x in found]
    return Sheet(name, ("--min-confidence", "precision", "recall", "F1"), rows)


def _speed(found: Mapping[str, Any]) -> str:
    rows = [(name, f"{value:,}") for name, value in found["tokens_per_second"].items()]
    table = Sheet("", ("system", "tokens/s"), rows).to_markdown()
    return f"{found['tokens']:,} tokens of dev and test articles, one process, each system once in turn.\n\n{table}"


def _flat(rows: Iterable[Mapping[str, Any]]) -> bool:
    return not any(isinstance(value, Mapping | list) for row in rows for value in row.values())


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
