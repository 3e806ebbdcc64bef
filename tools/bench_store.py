"""Rows a second by store: python tools/bench_store.py claims.db postgresql://… claims.jsonl [--documents 10000]."""

from __future__ import annotations

import argparse
import sys

from claimstake.benchmark.stores import annotated, copies, fill
from claimstake.benchmark.texts import packaged
from claimstake.store.opening import open_store


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("targets", nargs="+", help="stores that do not exist yet")
    asked.add_argument("--documents", type=int, default=10_000)
    asked.add_argument("--together", type=int, default=500, help="documents in one transaction")
    asked.add_argument("--articles", type=int, default=50, help="of the corpus, annotated once")
    options = asked.parse_args()
    documents = annotated(packaged(options.articles))
    say("| store | documents | claims | rows | seconds | claim rows/s | all rows/s | processor seconds |")
    say("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for target in options.targets:
        store = open_store(target)
        found = fill(store, copies(documents), options.documents, together=options.together)
        store.close()
        figures = f"{found.documents:,} | {found.claims:,} | {found.rows:,} | {found.seconds:.2f}"
        speeds = f"{found.claims_a_second:,.0f} | {found.rows_a_second:,.0f} | {found.processor:.2f}"
        say(f"| {target.partition('://')[0]} | {figures} | {speeds} |")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
