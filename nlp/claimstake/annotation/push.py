"""Documents to a doccano project, each once: what is there is never changed, what was left half-way is finished.

    pushed = push(session, documents, Wanted("Export controls", ontology.default()), Options(budget=100))

A document is known by its id, which the example's metadata holds together with a snapshot of what was pushed and, when
all is written, the mark of the layers that are complete. A run that is killed at any moment goes on from there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from claimstake.annotation import order, project
from claimstake.annotation.present import Present, present
from claimstake.annotation.project import Project, Wanted
from claimstake.annotation.pushing import Crew, Outcome, Task, carry_out
from claimstake.annotation.session import AwayError, RefusedError, Session
from claimstake.errors import ClaimstakeError, ConfigError
from claimstake.records import AnnotatedDocument

THREADS = 4
Watch = Callable[[Iterable[Future[Outcome]]], Iterator[Future[Outcome]]]


class Order(StrEnum):
    """Which documents come first."""

    uncertainty = "uncertainty"
    given = "given"
    random = "random"


@dataclass(frozen=True)
class Options:
    """What is pushed of the documents, and how.

    Attributes:
        order: see `Order`.
        budget: how many of the documents the project holds in the end, with those that it holds already; None for all.
        seed: of the random order.
        evidence: draw the sentences that claims rest on.
        refresh: bring examples that nobody touched up to date with what the documents say now.
        dry_run: only say what would be done.
        threads: documents that are written at a time.
    """

    order: Order = Order.uncertainty
    budget: int | None = None
    seed: int = 0
    evidence: bool = True
    refresh: bool = False
    dry_run: bool = False
    threads: int = THREADS


@dataclass
class Pushed:
    """What a push did, or would do where it was a dry run; lists hold document ids.

    Attributes:
        project, number, address: where; the number is None where the project would be made.
        made: whether the project is new.
        pushed: new examples, in their order.
        completed: examples that an earlier run had left half-way.
        refreshed: examples whose pre-annotations are of the newest model now.
        there: examples that were complete, and stayed as they were.
        left: examples that were not completed or refreshed, with the reason.
        failed: documents that are not there, with the reason.
        beyond: how many documents the budget left out.
        notes: what the user should know.
        stopped: why the run ended before its time; None where it did not.
    """

    project: str
    address: str
    number: int | None = None
    made: bool = False
    pushed: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    beyond: int = 0
    notes: list[str] = field(default_factory=list)
    stopped: str | None = None
    dry_run: bool = False

    @property
    def fine(self) -> bool:
        """Whether everything that was asked for is there."""
        return not self.failed and self.stopped is None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return dict(vars(self))


def push(
    session: Session,
    documents: Sequence[AnnotatedDocument],
    wanted: Wanted,
    options: Options | None = None,
    *,
    layers: Mapping[str, Session] | None = None,
    signals: Mapping[str, order.Signals] | None = None,
    watch: Watch = iter,
) -> Pushed:
    """Bring documents into a project, which is made where it is not there.

    Args:
        session: of an administrator of the project.
        documents: with their texts and different ids.
        wanted: the project.
        options: see `Options`.
        layers: sessions of the annotators, by name, who get layers of their own; where the project shares one, None.
        signals: for the order, see `order.rank`.
        watch: passes the documents' futures on, to show how far it is.

    Raises:
        ConfigError: the project cannot take them; nothing was pushed.
        ServerError: the server was away from the beginning; later that is `Pushed.stopped`.
    """
    options = options or Options()
    if wanted.separate and not layers:
        raise ConfigError("separate layers need the annotators' accounts; name them with --annotator")
    run = _Run(session, wanted, options, dict(layers or {session.user: session}))
    run.signals = dict(signals or {})
    return run.go(documents, watch)


class _Run:
    def __init__(self, session: Session, wanted: Wanted, options: Options, layers: dict[str, Session]) -> None:
        self.session, self.wanted, self.options, self.layers = session, wanted, options, layers
        self.signals: dict[str, order.Signals] = {}
        self.result = Pushed(wanted.name, session.address, dry_run=options.dry_run)

    def go(self, documents: Sequence[AnnotatedDocument], watch: Watch) -> Pushed:
        if self.options.dry_run or not documents:  # no project is made for a path that was mistyped
            found, known = self._dry()
        else:
            found = project.prepare(self.session, self.wanted)
            known = {} if found.made else present(self.session, found)
        self._tell(found, known)
        tasks = self._tasks(documents, known)
        if found is None or self.options.dry_run:
            for task in tasks:
                self._note(task, Outcome(task.kind))
        else:
            self._work(found, tasks, watch)
        return self.result

    def _dry(self) -> tuple[Project | None, dict[str, Present]]:
        row = project.find(self.session, self.wanted.name)
        if row is None:
            return None, {}
        project.check(row, separate=self.wanted.separate)
        found = Project(row["id"], row["name"], row["collaborative_annotation"])
        return found, present(self.session, found)

    def _tell(self, found: Project | None, known: Mapping[str, Present]) -> None:
        result = self.result
        result.made = self.options.dry_run if found is None else found.made
        if found is not None:
            result.project, result.number = found.name, found.id
            result.notes += found.notes
        doubles = [f"{name} (examples {', '.join(map(str, p.all))})" for name, p in known.items() if len(p.all) > 1]
        if doubles:
            result.notes.append(f"documents that are there more than once: {'; '.join(doubles)}")

    def _tasks(self, documents: Sequence[AnnotatedDocument], known: Mapping[str, Present]) -> list[Task]:
        """What is to be done, in order: what is there first, then new documents as far as the budget reaches."""
        old: list[Task] = []
        new: list[AnnotatedDocument] = []
        for document in documents:
            name = document.doc.id
            if problem := unfit(document):
                self.result.failed[name] = problem
            elif name not in known:
                new.append(document)
            elif not known[name].holds(document):
                number = known[name].number
                self.result.failed[name] = f"example {number} has another text of this id; give the document another id"
            elif not known[name].complete(self._names):
                old.append(Task("completed", document, known[name]))
            elif self.options.refresh:
                old.append(Task("refreshed", document, known[name]))
            else:
                self.result.there.append(name)
        return [*old, *self._chosen(new, len(old) + len(self.result.there), documents)]

    @property
    def _names(self) -> set[str] | None:
        return set(self.layers) if self.wanted.separate else None

    def _chosen(self, new: list[AnnotatedDocument], held: int, every: Sequence[AnnotatedDocument]) -> list[Task]:
        room = len(new) if self.options.budget is None else max(0, self.options.budget - held)
        wanted = {document.doc.id for document in new}
        ranked = [task for task in self._ordered(new, every) if task.name in wanted]
        self.result.beyond = max(0, len(ranked) - room)
        return ranked[:room]

    def _ordered(self, new: list[AnnotatedDocument], every: Sequence[AnnotatedDocument]) -> Iterator[Task]:
        if self.options.order is Order.uncertainty and new:
            # All of them are ranked, also those that are there: the order is the same after a run that was stopped.
            for ranked in order.rank(every, self.signals):
                yield Task("pushed", ranked.document, None, ranked.uncertainty, ranked.why)
            return
        chosen = list(new)
        if self.options.order is Order.random:
            chosen = sorted(every, key=lambda document: document.doc.id)
            random.Random(self.options.seed).shuffle(chosen)
        yield from (Task("pushed", document) for document in chosen)

    def _work(self, found: Project, tasks: list[Task], watch: Watch) -> None:
        crew = Crew(self.session, self.layers, found, self.wanted.ontology, evidence=self.options.evidence)
        pool = ThreadPoolExecutor(max(1, min(self.options.threads, len(tasks))))
        gone, done = None, 0
        try:
            futures = [pool.submit(carry_out, crew, task, turn) for turn, task in enumerate(tasks)]
            for task, future in zip(tasks, watch(futures), strict=True):
                try:
                    self._note(task, future.result())
                    done += 1
                except AwayError as problem:
                    gone = gone or problem
                    crew.halt()
                except ClaimstakeError as problem:
                    self.result.failed[task.name] = str(problem)
            if gone is None:
                gone = self._settle(crew)
        finally:
            crew.halt()
            pool.shutdown(wait=True, cancel_futures=True)
        if gone is not None:
            after = f"it went away after {done:,} of {len(tasks):,} documents"
            self.result.stopped = f"{gone}; {after}; run the same command again to go on"

    def _settle(self, crew: Crew) -> AwayError | None:
        try:
            crew.settle()
        except AwayError as problem:
            return problem
        except RefusedError as problem:
            self.result.notes.append(f"after lost answers, something may be there twice: {problem}")
        return None

    def _note(self, task: Task, outcome: Outcome) -> None:
        if outcome.why:
            self.result.left[task.name] = outcome.why
        else:
            getattr(self.result, outcome.kind).append(task.name)


def unfit(document: AnnotatedDocument) -> str | None:
    """Why doccano cannot take a document; None where it can."""
    text = document.doc.text
    if text is None:
        return "the record does not carry its text (write it with claimstake annotate --text)"
    if not text.strip():
        return "its text is empty"
    for what, value in (("text", text), ("id", document.doc.id)):
        if "\0" in value:
            return f"its {what} holds a NUL character at {value.index(chr(0))}, which doccano refuses"
        if any("\ud800" <= char <= "\udfff" for char in value):
            return f"its {what} holds half of a surrogate pair, which doccano refuses"
    return None
