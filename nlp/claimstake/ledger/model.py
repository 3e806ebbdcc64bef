"""What the ledger is made of: statements of documents, dated steps, rows (one claim across documents), measures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from claimstake.records import Measure as Amount

AFFIRMED, HEDGED = "affirmed", "hedged"
# Where the date of a step comes from, the surest first. The last three are no dates of the text's own.
BASES = ("effective", "event", "deadline", "expires", "announced", "document", "published", "undated")
TOLD = frozenset(BASES[:5])
# Kinds of step in the order in which they happen on one day.
KINDS = ("proposed", "comment_until", "announced", "in_force", "suspended", "lifted", "deadline", "expires")
STATES = frozenset({"proposed", "announced", "in_force", "suspended", "lifted"})


class Thing(NamedTuple):
    """An entity: its canonical name, its label, and its knowledge base id where it has one."""

    name: str
    label: str
    kb_id: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A source. `story` is the same for syndicated copies; where nothing is known of copies it is the key."""

    key: str
    id: str
    title: str | None = None
    publisher: str | None = None
    published: str | None = None
    url: str | None = None
    source: str | None = None
    story: str | None = None

    @property
    def told(self) -> str:
        """What counts once as corroboration."""
        return self.story or self.key

    @property
    def name(self) -> str:
        """Publisher or title, else the id."""
        return self.publisher or self.title or self.id


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim as one document makes it.

    Attributes:
        times: pairs of kind ("effective") and EDTF value.
        value: the object's amount, for limits.
        evidence: the sentence that says it.
    """

    document: Document
    id: str
    predicate: str
    subject: Thing
    object: Thing
    status: str | None = None
    polarity: str = AFFIRMED
    certainty: str = "asserted"
    attribution: str | None = None
    measure: str | None = None
    target: str | None = None
    parameter: str | None = None
    condition: str | None = None
    supersedes: str | None = None
    rate: str | None = None
    share: str | None = None
    amount: str | None = None
    role: str | None = None
    times: tuple[tuple[str, str], ...] = ()
    value: Amount | None = None
    evidence: str = ""
    confidence: float | None = None

    @property
    def affirmed(self) -> bool:
        return self.polarity == AFFIRMED

    @property
    def hedged(self) -> bool:
        return self.certainty == HEDGED


@dataclass(frozen=True, slots=True)
class Mark:
    """A statement's word on when something became so.

    Attributes:
        kind: one of KINDS.
        date: EDTF, None where nothing dates it.
        basis: one of BASES.
        planned: said of a measure that was only proposed ("would take effect on …").
    """

    kind: str
    date: str | None
    basis: str
    statement: Statement
    planned: bool = False


@dataclass(slots=True)
class Step:
    """A point in a measure's life, with everyone who says so. Fields as in `Mark`."""

    kind: str
    date: str | None
    basis: str
    statements: list[Statement] = field(default_factory=list)
    planned: bool = False
    foreseen: bool = False

    @property
    def documents(self) -> list[Document]:
        return documents(self.statements)

    @property
    def hedged(self) -> bool:
        """Whether nobody says it flatly. A proposal is one however it is worded."""
        return self.kind not in ("proposed", "comment_until") and all(s.hedged for s in self.statements)

    @property
    def measures(self) -> list[str]:
        """Kinds of measure it is said to be, "restriction" only where nothing closer is said."""
        found = unique(s.measure for s in self.statements if s.measure)
        return [m for m in found if m != "restriction"] or found

    @property
    def targets(self) -> list[str]:
        return unique(s.target for s in self.statements if s.target)


@dataclass(slots=True)
class Value:
    """A limit or a rate at a time.

    Attributes:
        text: as the first document has it.
        amount: normalised; None where the text could not be read.
        status: proposed, announced, in_force …
        date, basis: as in `Mark`.
    """

    text: str
    amount: Amount | None
    status: str
    date: str | None
    basis: str
    statements: list[Statement] = field(default_factory=list)
    superseded: bool = False

    @property
    def documents(self) -> list[Document]:
        return documents(self.statements)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two sides that cannot both be right.

    Attributes:
        kind: "polarity" or "value".
        says: the difference in a few words.
        sides: the statements of each.
    """

    kind: str
    says: str
    sides: tuple[tuple[Statement, ...], tuple[Statement, ...]]


@dataclass(slots=True)
class Row:
    """One claim across documents: actor, predicate, object, target, parameter.

    Attributes:
        id: hash of what identifies it, the same in every run.
        actor: who acts: a country for its ministries, capital and president where the predicate is a measure.
        parameter: what is limited, for thresholds.
        statements: every document's word for it, oldest first.
        life: dated steps in order; empty for what has no status ("produces").
        values: limits or rates in order of time.
    """

    id: str
    actor: Thing
    predicate: str
    object: Thing
    target: str | None = None
    parameter: str | None = None
    condition: str | None = None
    statements: list[Statement] = field(default_factory=list)
    life: list[Step] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)


def state_of(life: Iterable[Step]) -> Step | None:
    """Where a life stands: its last step that is no plan, one that somebody says flatly where there is one.

    A later report of the same state only confirms the step whose date is told.
    """
    steps = [s for s in life if s.kind in STATES and not s.planned]
    steps = [s for s in steps if not s.hedged] or steps
    while len(steps) > 1 and steps[-1].basis not in TOLD and steps[-1].kind == steps[-2].kind:
        steps.pop()
    return steps[-1] if steps else None


@dataclass(slots=True)
class Part:
    """The rows of a measure that are aimed at one target, or at none, with their steps together."""

    target: str | None
    rows: list[Row]
    life: list[Step]

    @property
    def state(self) -> Step | None:
        return state_of(self.life)


@dataclass(slots=True)
class Measure:
    """Rows that tell of one measure: one actor and predicate, one family of objects, or adopted on the same day.

    Attributes:
        rows: the claims themselves, the best attested first.
        instruments: rows of `issues` and `covers` that tie the measure to catalogue, rule or notice.
        limits: rows of `has_threshold` about what it restricts.
        life: the steps of all parts.
        parts: by target, what is aimed at nobody first.
    """

    rows: list[Row]
    instruments: list[Row] = field(default_factory=list)
    limits: list[Row] = field(default_factory=list)
    life: list[Step] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    @property
    def id(self) -> str:
        return min(row.id for row in self.rows)

    @property
    def actor(self) -> Thing:
        return self.rows[0].actor

    @property
    def predicate(self) -> str:
        return self.rows[0].predicate

    @property
    def all_rows(self) -> list[Row]:
        return [*self.rows, *self.instruments, *self.limits]

    @property
    def statements(self) -> list[Statement]:
        return [s for row in self.all_rows for s in row.statements]

    @property
    def documents(self) -> list[Document]:
        return documents(self.statements)

    @property
    def stories(self) -> int:
        """Sources that do not copy each other."""
        return len({document.told for document in self.documents})

    @property
    def contradictions(self) -> list[Contradiction]:
        return [c for row in self.all_rows for c in row.contradictions]

    @property
    def state(self) -> Step | None:
        """The step that it stands at: that of what is aimed at nobody, else of the first target."""
        return next((part.state for part in self.parts if part.state), None)

    @property
    def seen(self) -> tuple[str | None, str | None]:
        """First and last publication date of its sources, None where no source has one."""
        return span_of(self.documents)


def documents(statements: Iterable[Statement]) -> list[Document]:
    """The documents of statements, each once, oldest first."""
    found = {s.document.key: s.document for s in statements}
    return sorted(found.values(), key=lambda d: (d.published or "9", d.key))


def span_of(found: Iterable[Document]) -> tuple[str | None, str | None]:
    """First and last publication date."""
    dates = sorted(d.published for d in found if d.published)
    return (dates[0], dates[-1]) if dates else (None, None)


def unique(values: Iterable[str]) -> list[str]:
    """Each value once, in order."""
    return list(dict.fromkeys(values))
