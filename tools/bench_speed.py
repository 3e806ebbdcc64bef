"""Tokens per second of the pipeline, component by component, beside en_core_web_sm and the bare tokenizer.

usage: python tools/bench_speed.py DOCUMENTS.jsonl[.gz] [--documents N]

DOCUMENTS are JSON Lines with a "text". All systems read the same texts in the same run on one core. en_core_web_sm is
left out where claimstake[build] is not installed. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import spacy
from spacy.language import Language

from claimstake import pipeline
from claimstake.training.base import SOURCE


def texts(path: Path, limit: int) -> list[str]:
    """The first `limit` texts of a JSON Lines file."""
    opener: Callable = gzip.open if path.suffix == ".gz" else open
    out: list[str] = []
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            out.append(json.loads(line)["text"])
            if len(out) == limit:
                break
    return out


def timed(run: Callable[[], Iterable]) -> float:
    """Seconds that a run takes to exhaust."""
    start = time.perf_counter()
    for _ in run():
        pass
    return time.perf_counter() - start


def by_component(nlp: Language, sample: list[str]) -> dict[str, float]:
    """Seconds per component, each run over all docs in turn."""
    docs = [nlp.make_doc(t) for t in sample]
    seconds = {}
    for name, pipe in nlp.pipeline:
        start = time.perf_counter()
        docs = list(pipe.pipe(docs, batch_size=16)) if hasattr(pipe, "pipe") else [pipe(d) for d in docs]
        seconds[name] = time.perf_counter() - start
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", type=Path)
    parser.add_argument("--documents", dest="limit", type=int, default=100, metavar="N")
    args = parser.parse_args()
    sample = texts(args.documents, args.limit)
    start = time.perf_counter()
    nlp = pipeline.load()
    loading = time.perf_counter() - start
    tokens = sum(len(d) for d in nlp.tokenizer.pipe(sample))
    list(nlp.pipe(sample[:5]))  # warm up
    rows = [("claimstake, whole", timed(lambda: nlp.pipe(sample, batch_size=16)))]
    if spacy.util.is_package(SOURCE):
        other = spacy.load(SOURCE)
        list(other.pipe(sample[:5]))
        rows.append(("en_core_web_sm, whole", timed(lambda: other.pipe(sample, batch_size=16))))
        with other.select_pipes(enable=["ner"]):
            rows.append(("en_core_web_sm, NER alone", timed(lambda: other.pipe(sample, batch_size=16))))
    rows.append(("tokenizer alone", timed(lambda: nlp.tokenizer.pipe(sample))))
    out = [f"{len(sample)} documents, {tokens:,} tokens; loading {loading:.1f} s", ""]
    out += ["| system | tokens/s |", "| --- | --- |"]
    out += [f"| {name} | {tokens / seconds:,.0f} |" for name, seconds in rows]
    out += ["", "| component | share of time |", "| --- | --- |"]
    parts = by_component(nlp, sample)
    out += [f"| {name} | {seconds / sum(parts.values()):.1%} |" for name, seconds in parts.items()]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write("\n".join(out) + f"\n\npeak memory {memory:,.0f} MB (all systems together)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
