"""An archive run without a pipeline, in a process of its own that can be killed: outcomes made by number."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from claimstake.duplicates.signature import signature
from claimstake.store.contract import Failed, Outcome, Run, Store
from copied_texts import STORY
from stored_documents import TEXT, stored

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(
    ["archive_writing", "claimstake.store.jsonl", "claimstake.store.parquet", "claimstake.duplicates.stories"]
)
COPY = signature(STORY)
LIMIT = 60  # seconds for one run


def run(fingerprint: str = "pipeline-1", number: int = 1) -> Run:
    return Run(f"run-{number}", fingerprint, "2026-01-05T08:00:00Z", "0.2", ("news/",))


def outcome(store: Store, number: int, status: str = "in_force") -> Outcome:
    """Of item `number`: mostly one document; now and then two, none, a failure, or the document of an earlier item."""
    item = f"item-{number * 7919 % 10007:05}"  # in no order
    source = f"news/{number}.txt"
    if number % 11 == 5:
        return Outcome(item, source, failures=(Failed(item, source, "read", "is encrypted", "unlock it"),))
    ids = [f"d{number - 5 if number % 13 == 9 else number}", *([f"d{number}b"] if number % 7 == 3 else [])]
    if number % 17 == 16:
        ids = []
    documents = [stored(i, item=item, text=_text(i), status=status, source=source, signature=_signed(i)) for i in ids]
    encoded = tuple(store.encode(d) for d in documents)
    return Outcome(item, source, encoded, tokens=12 * len(ids), claims=2 * len(ids), relevant=len(ids))


def _text(name: str) -> str:
    number = int(name.strip("db"))
    return TEXT + f" It is said {number % 5} times over." * (number % 23)


def _signed(name: str) -> bytes:
    """Every 19th document is a copy of one story."""
    return (COPY if name.strip("d").isdigit() and int(name.strip("d")) % 19 == 8 else None) or name.encode()


def write(store: Store, this: Run, numbers: range, *, together: int = 5, end: str = "complete", **asked: Any) -> None:
    """What an archive run does with a store: ask what is done, commit the rest in order, finish."""
    store.begin(this)
    status = this.fingerprint.partition(":")[2] or "in_force"
    for start in range(numbers.start, numbers.stop, together):
        made = [outcome(store, n, status) for n in range(start, min(start + together, numbers.stop))]
        done = store.done([o.item for o in made], this.fingerprint, **asked)
        store.commit([o for o in made if o.item not in done])
    store.finish(end)
    store.close()


def fill(store: Store, starts: Iterator[int]) -> None:
    """Commit twenty items from each of the starts."""
    for start_ in starts:
        store.commit([outcome(store, n) for n in range(start_, start_ + 20)])


def die_at(step: int) -> None:
    """Kill this process at its nth file that is brought to the disk, moved or removed."""
    left = step

    def watched(name: str, module: Any) -> None:
        original = getattr(module, name)

        def counted(*args: Any, **more: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*args, **more)

        setattr(module, name, counted)

    watched("fsync", os)
    watched("replace", Path)
    watched("unlink", Path)


def start(make: Any, path: Path, this: Run, numbers: range, step: int | None = None, **more: Any) -> BaseProcess:
    """Start `write` in another process.

    Args:
        make: class of the store.
        step: see `die_at`.
    """
    process = processes.Process(target=_written, args=(make, path, this, numbers, step, more), daemon=True)
    process.start()
    return process


def killed(process: BaseProcess, seconds: float) -> bool:
    """Kill a process after a while; says whether it was still running."""
    process.join(seconds)
    running = process.is_alive()
    process.kill()
    process.join(LIMIT)
    return running


def until_done(make: Any, path: Path, this: Run, numbers: range, *, kills: int, seed: int, **more: Any) -> int:
    """Start runs and kill them at random moments, then let one end; returns how many were killed while they ran."""
    chance = random.Random(seed)
    count = 0
    while count < kills:
        if not killed(start(make, path, this, numbers, **more), chance.uniform(0.02, 0.25)):
            break
        count += 1
    last = start(make, path, this, numbers, **more)
    last.join(LIMIT)
    assert last.exitcode == 0
    return count


def _written(make: Any, path: Path, this: Run, numbers: range, step: int | None, more: dict[str, Any]) -> None:
    if step is not None:
        die_at(step)
    write(make(path), this, numbers, **more)
