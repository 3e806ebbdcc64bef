"""Runs the systems side by side: rounds in turn, so that a busy machine slows all of them alike; the best counts."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from claimstake import settings
from claimstake.benchmark.systems import LOADERS, OPTIONAL, OURS, REFERENCE, Turn, serve
from claimstake.errors import ClaimstakeError, ModelError
from claimstake.records import Article
from claimstake.threads import numeric_threads

ROUNDS = 3
EXAMPLE = "china-metals-licences.txt"  # of the example articles: the first claim is waited for here

Watch = Callable[[str], Callable[[Iterable[Any]], Iterable[Any]]]  # shows what is being done, and how far


@dataclass(frozen=True)
class Measured:
    """One system.

    Attributes:
        turns: its rounds; none where it is not installed.
        loading: seconds, imports included.
        memory: peak in MB, None where the operating system does not tell.
        problem: why there is nothing else.
    """

    name: str
    turns: tuple[Turn, ...] = ()
    loading: float = 0.0
    memory: float | None = None
    problem: str = ""

    @property
    def seconds(self) -> float:
        """Of the best round."""
        return min(turn.seconds for turn in self.turns)

    @property
    def slowest(self) -> float:
        """Seconds of the slowest round."""
        return max(turn.seconds for turn in self.turns)


@dataclass(frozen=True)
class Benchmark:
    """What was measured.

    Attributes:
        documents: how many.
        tokens: theirs, as our tokenizer divides them; every system's speed is counted in them.
        threads: that numeric libraries may use.
        systems: in the order of `systems.LOADERS`.
        first_claim: seconds from the start of the command to its first claim, a start a round.
        components: seconds of each component in the best of the runs; none where they were not asked for.
    """

    documents: int
    tokens: int
    threads: int
    systems: tuple[Measured, ...]
    first_claim: tuple[float, ...]
    components: dict[str, float] = field(default_factory=dict)

    def speed(self, seconds: float) -> float:
        """Tokens a second."""
        return self.tokens / seconds

    def times_reference(self, system: Measured) -> float | None:
        """How many times as fast as en_core_web_sm a system is; None where one of them is not installed."""
        (reference,) = (one for one in self.systems if one.name == REFERENCE)
        return reference.seconds / system.seconds if reference.turns and system.turns else None


def measure(
    articles: Sequence[Article],
    *,
    rounds: int = ROUNDS,
    threads: int = 1,
    components: bool = False,
    watch: Watch = lambda _: iter,
) -> Benchmark:
    """Measure every system on the same articles, each in a process of its own.

    Args:
        articles: at least one.
        rounds: of each system, and starts of the command.
        threads: that numeric libraries may use.
        components: whether to measure the components of our pipeline, too.
        watch: told what is being done.

    Raises:
        ModelError: our own pipeline cannot be loaded.
        ClaimstakeError: a process ended before it was told to, or the command made no claim.
    """
    with ExitStack() as stack, numeric_threads(threads):
        processes = [stack.enter_context(Worker(name, articles)) for name in watch("loading")(LOADERS)]
        running = [process for process in processes if not process.problem]
        for process in watch("measuring")([*running] * rounds):
            process.turn()
        measured = tuple(process.measured() for process in processes)
        parts = _best_components(processes, rounds, watch) if components else {}
    with numeric_threads(threads):
        first = tuple(first_claim() for _ in watch("waiting for the first claim")(range(rounds)))
    (ours,) = (one for one in measured if one.name == OURS)
    return Benchmark(len(articles), ours.turns[0].tokens, threads, measured, first, parts)


def reference_seconds(articles: Sequence[Article], rounds: int, threads: int = 1) -> float | None:
    """Seconds of en_core_web_sm's best round over some articles; None where it is not installed."""
    with numeric_threads(threads), Worker(REFERENCE, articles) as process:
        if process.problem:
            return None
        for _ in range(rounds):
            process.turn()
        return process.measured().seconds


def first_claim() -> float:
    """Start `claimstake annotate` on an example article and wait for a record with a claim, in seconds.

    Raises:
        ClaimstakeError: none came.
    """
    example = settings.examples_folder() / EXAMPLE
    command = [sys.executable, "-m", "claimstake", "annotate", "--format", "jsonl", "--quiet", str(example)]
    start = time.perf_counter()
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, encoding="utf-8", **pipes) as process:
        line = process.stdout.readline()
        seconds = time.perf_counter() - start
        _, said = process.communicate()
    if not line or not json.loads(line)["claims"]:
        raise ClaimstakeError(f"claimstake annotate {example} made no claim: {said.strip() or 'it said nothing'}")
    return seconds


def _best_components(processes: Iterable[Worker], rounds: int, watch: Watch) -> dict[str, float]:
    (ours,) = (process for process in processes if process.name == OURS)
    found = [ours.ask("components") for _ in watch("measuring components")(range(rounds))]
    return min(found, key=lambda seconds: sum(seconds.values()))


class Worker:
    """A system in a process of its own; it is loaded when this is made, and ends with the `with` block.

    Raises:
        ModelError: the system cannot be loaded, and is none of those that may be absent.
        ClaimstakeError: the process ended.
    """

    def __init__(self, name: str, articles: Sequence[Article]) -> None:
        self.name, self.problem = name, ""
        self._turns: list[Turn] = []
        self._loading, self._documents = 0.0, len(articles)
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, name, articles), daemon=True)
        self.process.start()
        theirs.close()
        try:
            self._load()
        except BaseException:
            self.__exit__()
            raise

    def _load(self) -> None:
        with self._told():
            answer = self._pipe.recv()
        if isinstance(answer, ModelError):
            if self.name not in OPTIONAL:
                raise answer
            self.problem = str(answer)
        else:
            self._loading = answer

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self.process.terminate()
        self.process.join()

    def ask(self, request: str) -> Any:
        """Send a request (see `systems.REQUESTS`) and wait for its answer."""
        with self._told():
            self._pipe.send(request)
            return self._pipe.recv()

    def turn(self) -> None:
        """Run once over all articles."""
        found: Turn = self.ask("turn")
        if found.documents != self._documents:
            raise ClaimstakeError(f"{self.name}: gave {found.documents} of {self._documents} documents")
        self._turns.append(found)

    def measured(self) -> Measured:
        """What was found in all rounds."""
        if self.problem:
            return Measured(self.name, problem=self.problem)
        return Measured(self.name, tuple(self._turns), self._loading, self.ask("memory"))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what happened where the other end of the pipe is gone."""
        try:
            yield
        except (EOFError, OSError):
            self.process.join()
            raise ClaimstakeError(
                f"{self.name}: its process ended with code {self.process.exitcode}; try fewer --documents"
            ) from None
