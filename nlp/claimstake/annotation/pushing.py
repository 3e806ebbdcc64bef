"""Several documents at a time into a project; new examples appear in their order whatever thread makes them."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from claimstake.annotation.contract import LAYERS
from claimstake.annotation.example import Drawing, There, Writer, Written, comments, drawing, look, untouched
from claimstake.annotation.present import Present, layer_names
from claimstake.annotation.project import Project
from claimstake.annotation.session import AwayError, RefusedError, Session
from claimstake.interchange.snapshot import DOCUMENT, META, Snapshot, SnapshotError, pack, trimmed, unpack
from claimstake.ontology import Ontology
from claimstake.records import AnnotatedDocument

WORKED_ON = "somebody has worked on it"
LARGEST = 2_500_000  # bytes that Django takes in a request where nothing else is set
LATE = 15.0  # seconds that a request which was given up is waited for in the end
TITLE = 200  # characters of a title in the metadata that the page shows


@dataclass(frozen=True)
class Task:
    """What is to be done with a document.

    Attributes:
        kind: "pushed", "completed" or "refreshed".
        there: its example; None for a new one.
        uncertainty, why: its place in the order.
    """

    kind: str
    document: AnnotatedDocument
    there: Present | None = None
    uncertainty: float | None = None
    why: str = ""

    @property
    def name(self) -> str:
        """Id of the document."""
        return self.document.doc.id


@dataclass(frozen=True)
class Outcome:
    """What was done: the name of a list of `Pushed`, or why the example was left as it is."""

    kind: str
    why: str = ""


@dataclass(frozen=True)
class Doubt:
    """An example some of whose requests had no answer, with what is ours in each layer."""

    example: int
    document: str
    sheet: str
    layers: Mapping[str, Written]


class Turns:
    """Lets numbered things happen in the order of their numbers, 0 first."""

    def __init__(self) -> None:
        self._next, self._done = 0, set[int]()
        self._changed, self.stopped = threading.Condition(), threading.Event()

    @contextmanager
    def turn(self, number: int) -> Iterator[None]:
        """Waits until all lower numbers have been.

        Raises:
            AwayError: all was stopped.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._next >= number or self.stopped.is_set())
        if self.stopped.is_set():
            raise AwayError("the run was stopped")
        try:
            yield
        finally:
            self.skip(number)

    def skip(self, number: int) -> None:
        """Nobody has to wait for this number; saying it twice does no harm."""
        with self._changed:
            self._done.add(number)
            while self._next in self._done:
                self._next += 1
            self._changed.notify_all()

    def stop(self) -> None:
        """Nothing happens any more."""
        with self._changed:
            self.stopped.set()
            self._changed.notify_all()


class Crew:
    """Sessions for threads: every member has its own of every account.

    Args:
        owner: administrator of the project.
        layers: accounts whose layers are written, by name.
        evidence: draw the sentences that claims rest on.
    """

    def __init__(
        self, owner: Session, layers: Mapping[str, Session], project: Project, ontology: Ontology, *, evidence: bool
    ) -> None:
        self.turns, self.types = Turns(), threading.Lock()
        self.project, self.ontology, self.evidence = project, ontology, evidence
        self.doubts: list[Doubt] = []
        self._owner, self._layers = owner, layers
        self._free: queue.SimpleQueue[Member] = queue.SimpleQueue()

    @contextmanager
    def member(self) -> Iterator[Member]:
        """One that is free, for as long as the block lasts."""
        stop = self.turns.stopped
        if stop.is_set():
            raise AwayError("the run was stopped")
        try:
            member = self._free.get_nowait()
        except queue.Empty:
            layers = {name: Writer(session.twin(stop), self.project) for name, session in self._layers.items()}
            member = Member(self, Writer(self._owner.twin(stop), self.project), layers)
        try:
            yield member
        finally:
            self._free.put(member)

    def settle(self) -> None:
        """After lost answers, when all is written: take away what was made twice.

        A request that was given up may still be carried out; it is waited for as long as an answer may take.
        """
        if not self.doubts or self.turns.stopped.wait(min(self._owner.read, LATE)):
            return
        with self.member() as member:
            copies = member.owner.copies({doubt.document for doubt in self.doubts})
            layers = [writer.session for writer in member.layers.values()]
            for doubt in self.doubts:
                for name, written in doubt.layers.items():
                    member.layers[name].drop_doubles(doubt.example, written)
                member.owner.drop_sheets(doubt.example, doubt.sheet)
                member.owner.drop_copies(doubt.example, copies[doubt.document], layers)

    def halt(self) -> None:
        """End all waiting; what has not begun does not begin."""
        self.turns.stop()


@dataclass(frozen=True)
class Member:
    """What one thread works with.

    Attributes:
        owner: writes examples, sheets and marks.
        layers: writers of the annotators' layers by name; of the owner's alone where all share one.
    """

    crew: Crew
    owner: Writer
    layers: Mapping[str, Writer]

    def drawn(self, snapshot: Snapshot) -> Drawing:
        """The drawing of a snapshot, whose relation types are there."""
        found = drawing(snapshot, self.crew.ontology)
        with self.crew.types:
            self.crew.project.needs(self.owner.session, found.types, self.crew.ontology)
        return found

    def meta(self, example: int) -> dict[str, Any]:
        """An example's metadata as they are now."""
        found = self.owner.session.get(self._path(example))["meta"]
        return found if isinstance(found, dict) else {}

    def mark(self, example: int, meta: Mapping[str, Any]) -> None:
        """Write an example's metadata."""
        self.owner.session.change(self._path(example), {"meta": dict(meta)})

    def _path(self, example: int) -> str:
        return f"{self.crew.project.path}/examples/{example}"


def carry_out(crew: Crew, task: Task, turn: int) -> Outcome:
    """Do a task; examples are made in the order of `turn`, which counts from 0 without a gap.

    Raises:
        AwayError: the server stays away, or all was stopped.
        ServerError: it refuses something of this document.
        ConfigError: the document has labels that the ontology lacks.
    """
    try:
        with crew.member() as member:
            if task.kind == "pushed":
                return _make(member, task, turn)
            crew.turns.skip(turn)
            return _finish(member, task) if task.kind == "completed" else _renew(member, task)
    finally:
        crew.turns.skip(turn)


def _make(member: Member, task: Task, turn: int) -> Outcome:
    """Push a document that is not there."""
    text, offset = trimmed(task.document.doc.text or "")
    snapshot = Snapshot(task.document, offset, task.uncertainty, member.crew.evidence)
    drawn = member.drawn(snapshot)
    meta = described(task) | {LAYERS: "", META: pack(snapshot)}
    with member.crew.turns.turn(turn):
        example = _create(member, task.name, text, meta)
    _write(member, example, drawn, meta, dict.fromkeys(member.layers, There()))
    return Outcome(task.kind)


def _create(member: Member, name: str, text: str, meta: dict[str, Any]) -> int:
    try:
        return member.owner.create(name, text, meta)
    except RefusedError as problem:
        size = len(json.dumps([text, meta]))
        if problem.status in (400, 413) and size > LARGEST:
            said = f"text and annotations are too large for the server ({size / 1e6:.1f} MB): split the document"
            raise RefusedError(said, problem.status) from None
        raise


def _finish(member: Member, task: Task) -> Outcome:
    """Complete an example that a run left half-way, or that lacks the layer of an annotator."""
    example = task.there.number if task.there else 0
    meta = member.meta(example)
    try:
        drawn = member.drawn(unpack(meta.get(META)))
    except SnapshotError as error:
        return Outcome(task.kind, str(error))
    lacking = [name for name in member.layers if name not in layer_names(meta.get(LAYERS))]
    found = {name: look(member.layers[name].session, member.crew.project, example) for name in lacking}
    free = {name: there for name, there in found.items() if untouched(drawn, there)}
    if free:
        _write(member, example, drawn, meta, free)
    touched = [name for name in lacking if name not in free]
    return Outcome(task.kind, f"{WORKED_ON} ({', '.join(touched)})" if touched else "")


def _write(member: Member, example: int, drawn: Drawing, meta: dict[str, Any], layers: Mapping[str, There]) -> None:
    """Write layers, marking each when it is complete; the sheet comes before the first mark."""
    written = {}
    for name, there in layers.items():
        written[name] = member.layers[name].fill(example, drawn, there)
        if drawn.sheet and not meta.get(LAYERS):
            member.owner.comment(example, drawn.sheet)
        meta[LAYERS] = ",".join([*layer_names(meta.get(LAYERS)), name])
        member.mark(example, meta)
    writers = (member.owner, *member.layers.values())
    if any(writer.lost for writer in writers):
        for writer in writers:
            writer.lost = False
        member.crew.doubts.append(Doubt(example, str(meta.get(DOCUMENT)), drawn.sheet, written))


def _renew(member: Member, task: Task) -> Outcome:
    """Bring an example that nobody touched up to date."""
    example = task.there.number if task.there else 0
    meta, project = member.meta(example), member.crew.project
    try:
        old = unpack(meta.get(META))
    except SnapshotError as error:
        return Outcome(task.kind, str(error))
    before = member.drawn(old)
    offset = trimmed(task.document.doc.text or "")[1]
    new = Snapshot(task.document, offset, task.uncertainty or old.uncertainty, member.crew.evidence)
    after = member.drawn(new)
    if after.content == before.content:
        return Outcome("there")
    found = {name: look(writer.session, project, example) for name, writer in member.layers.items()}
    told = comments(member.owner.session, project, example)
    strange = [c for c in told if c.by != member.owner.session.user or c.text != before.sheet]
    if strange or not all(untouched(before, there, whole=True) for there in found.values()):
        return Outcome(task.kind, WORKED_ON)
    if set(layer_names(meta.get(LAYERS))) - set(member.layers) and not project.shared:
        return Outcome(task.kind, "it has layers of annotators that are not named; name all with --annotator")
    _empty(member, example, meta, found, [c.id for c in told])
    meta |= described(task) | {LAYERS: "", META: pack(new)}
    member.mark(example, meta)
    _write(member, example, after, meta, dict.fromkeys(member.layers, There()))
    return Outcome(task.kind)


def _empty(member: Member, example: int, meta: dict[str, Any], found: Mapping[str, There], sheets: list[int]) -> None:
    """Unmark an example and take away what was pushed; a run that is killed meanwhile leaves a beginning."""
    member.mark(example, meta | {LAYERS: ""})
    for number in sheets:
        member.owner.session.remove(f"{member.crew.project.path}/comments/{number}")
    for name, writer in member.layers.items():
        writer.clear(example, found[name])


def described(task: Task) -> dict[str, str]:
    """Metadata that the annotator reads."""
    info = task.document.doc
    found = {DOCUMENT: info.id, "published": info.published, "title": info.title and _plain(info.title)}
    if task.uncertainty is not None:
        found["uncertainty"] = f"{task.uncertainty:.2f}" + (f" ({task.why})" if task.why else "")
    return {key: value for key, value in found.items() if value}


def _plain(title: str) -> str:
    """A title in one line, of characters that every database takes."""
    kept = "".join(c for c in title if c != "\0" and not "\ud800" <= c <= "\udfff")
    return " ".join(kept.split())[:TITLE]
