"""Whole runs of `claimstake archive`, measured from outside: seconds, and the memory of its processes.

An archive is a mixture: of every `Mixture.every` documents the first is about the domain, the others about anything.
Texts come again where there are not enough; each opens with a line of its own, so that none is the same twice.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from claimstake.benchmark.measuring import reference_seconds
from claimstake.benchmark.systems import MEGABYTE
from claimstake.errors import ClaimstakeError
from claimstake.records import Article

LOOK = 0.5  # seconds between two looks at the memory of processes
EVERY = 20  # one document in so many is relevant: 5%
LEAST = 0.01  # seconds; what takes less than the program's start varies cannot be measured
SAMPLE = 100  # documents of a mixture that en_core_web_sm reads
PEAK = b"VmHWM:"


@dataclass(frozen=True)
class Mixture:
    """What an archive is made of.

    Args:
        name: for tables.
        relevant: articles about the domain, at least one.
        other: articles about anything, where `every` is more than 1.
        every: one document in so many is relevant.
    """

    name: str
    relevant: Sequence[Article]
    other: Sequence[Article] = ()
    every: int = 1

    def articles(self, number: int) -> Iterator[Article]:
        """The first `number` documents."""
        relevant, other = cycle(self.relevant), cycle(self.other)
        for place in range(number):
            article = next(other) if place % self.every else next(relevant)
            text = f"Document {place}\n\n{article.text}"
            yield Article(id=f"{place}-{article.id}", text=text, title=article.title, published=article.published)

    def write(self, number: int, path: Path) -> None:
        """Write an archive of the first `number` documents as JSON Lines, compressed."""
        with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
            for article in self.articles(number):
                file.write(article.model_dump_json(exclude_none=True, exclude={"notes"}) + "\n")

    def tokens(self, number: int) -> int:
        """Tokens of the first `number` documents; every text is divided once, however often it comes."""
        import spacy

        from claimstake.tokenizer import customise

        nlp = spacy.blank("en")
        customise(nlp)
        lengths = {id(a): len(nlp.make_doc(a.text)) for a in (*self.relevant, *self.other)}
        line = len(nlp.make_doc("Document 1\n\n"))
        relevant, other = cycle(self.relevant), cycle(self.other)
        chosen = (next(other) if place % self.every else next(relevant) for place in range(number))
        return sum(line + lengths[id(article)] for article in chosen)


@dataclass(frozen=True)
class Archived:
    """One run of the command over an archive.

    Attributes:
        mixture: its name.
        documents, tokens: in it; tokens as our tokenizer divides all texts, also those that the gate lets pass.
        claims: found.
        read: documents that went through the whole pipeline.
        workers: processes that annotated.
        start: seconds that the same takes with a single document.
        seconds: beyond `start`.
        worker_memory: peak of the largest worker, in MB of 2**20 bytes; None where the system does not tell.
        main_memory: peak of the process that feeds them.
        times_reference: tokens a second as a multiple of en_core_web_sm's on a sample of the same mixture.
    """

    mixture: str
    documents: int
    tokens: int
    claims: int
    read: int
    workers: int
    start: float
    seconds: float
    worker_memory: float | None
    main_memory: float | None
    times_reference: float | None = None

    @property
    def speed(self) -> float:
        """Tokens a second."""
        return self.tokens / self.seconds

    @property
    def each(self) -> float:
        """Milliseconds a document."""
        return 1000 * self.seconds / self.documents


def measure(
    mixture: Mixture, numbers: Sequence[int], workers: Sequence[int], folder: Path, *, rounds: int = 1
) -> Iterator[Archived]:
    """Run over archives of several sizes with several numbers of workers, into a SQLite file each.

    Args:
        mixture: of the archives.
        numbers: of documents.
        workers: numbers of processes.
        folder: for what is written on the way.
        rounds: of en_core_web_sm over a sample of the mixture; the best counts.

    Raises:
        ClaimstakeError: a run failed, or lost documents.
    """
    seconds = reference_seconds(list(mixture.articles(SAMPLE)), rounds)
    reference = mixture.tokens(SAMPLE) / seconds if seconds else None
    mixture.write(1, folder / "one.jsonl.gz")
    starts = {w: run(folder / "one.jsonl.gz", folder / f"one-{w}.db", w)[0]["seconds"] for w in workers}
    for number in numbers:
        archive = folder / f"{number}.jsonl.gz"
        mixture.write(number, archive)
        tokens = mixture.tokens(number)
        for count in workers:
            sink = folder / f"{number}-{count}.db"
            summary, memory = run(archive, sink, count)
            if summary["documents"] != number:
                raise ClaimstakeError(f"claimstake archive wrote {summary['documents']:,} of {number:,} documents")
            seconds = max(LEAST, summary["seconds"] - starts[count])
            yield Archived(
                mixture=mixture.name,
                documents=number,
                tokens=tokens,
                claims=summary["claims"],
                read=summary["relevant"],
                workers=count,
                start=starts[count],
                seconds=seconds,
                worker_memory=memory.workers,
                main_memory=memory.main,
                times_reference=tokens / seconds / reference if reference else None,
            )
            for file in folder.glob(f"{sink.name}*"):
                file.unlink()
        archive.unlink()


def run(archive: Path, sink: Path, workers: int) -> tuple[dict[str, Any], Memory]:
    """Run the command, and look at the memory of its processes meanwhile.

    Returns:
        The summary that it prints with --json, and what its processes held.

    Raises:
        ClaimstakeError: it failed; with what it said.
    """
    command = [sys.executable, "-m", "claimstake", "archive", str(archive), "--to", str(sink), "--json"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    with subprocess.Popen([*command, "--workers", str(workers)], **pipes) as process, Memory(process.pid) as memory:
        said, complaints = process.communicate()
    if process.returncode:
        raise ClaimstakeError(f"{' '.join(command[2:])} failed: {(complaints or said).strip()[-500:]}")
    return json.loads(said.splitlines()[-1]), memory


class Memory:
    """Looks at the peak memory of a process and those under it until the `with` block ends; needs Linux's /proc.

    Attributes:
        main: peak of the process, in MB of 2**20 bytes; None where nothing could be seen.
        workers: the highest peak of those under it.
    """

    def __init__(self, pid: int) -> None:
        self.main: float | None = None
        self.workers: float | None = None
        self._pid, self._over = pid, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(LOOK):
            self.main = _higher(self.main, peak(self._pid))
            for pid in descendants(self._pid):
                self.workers = _higher(self.workers, peak(pid))


def peak(pid: int) -> float | None:
    """The most memory that a process has held, in MB of 2**20 bytes; None where it cannot be told."""
    try:
        lines = Path(f"/proc/{pid}/status").read_bytes().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 / MEGABYTE for line in lines if line.startswith(PEAK)), None)


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    children: dict[int, list[int]] = defaultdict(list)
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_bytes().rpartition(b")")[2].split()[1])
        except OSError:  # it has just ended
            continue
        children[parent].append(int(status.parent.name))
    found, left = [], [pid]
    while left:
        below = children[left.pop()]
        found += below
        left += below
    return found


def _higher(one: float | None, other: float | None) -> float | None:
    return max((value for value in (one, other) if value is not None), default=None)
