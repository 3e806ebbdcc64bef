"""From statements to lives: what each says of when, and what they say together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from claimstake.ledger import calendar
from claimstake.ledger.model import BASES, KINDS, STATES, TOLD, Mark, Statement, Step

# Kind of step by the kind of time, where it is another than the claim's status.
PROPOSAL = {"announced": "proposed", "event": "proposed", "effective": "in_force", "deadline": "comment_until"}
DECISION = {"announced": "announced", "event": "announced", "effective": "in_force"}
# A decision's date stands for the date it took effect only where no later one is told within so many days.
SOON_IN_FORCE = 400
# A report may be so many days older than the step it tells of ("China has curbed exports", a month before it does).
SOON_REPORTED = 100
OPEN, ALWAYS = "9999-12-31", 4_000_000
DocumentDates = Mapping[tuple[str, str], str]


def document_dates(statements: Iterable[Statement]) -> dict[tuple[str, str], str]:
    """The latest date that an undated document tells for each status, by (document, status).

    It dates what else the document says of that status.
    """
    found: dict[tuple[str, str], str] = {}
    for statement in statements:
        if statement.document.published or not statement.status or not statement.affirmed:
            continue
        for mark in _told(statement):
            span = calendar.days(mark.date)
            if span is None or mark.kind != statement.status:
                continue
            place = statement.document.key, mark.kind
            if place not in found or span > calendar.days(found[place]):
                found[place] = mark.date
    return found


def marks(statement: Statement, dates: DocumentDates) -> list[Mark]:
    """What a statement says of when: dates of its own, else when its document was published.

    Nothing for claims without a status, or that deny.
    """
    if statement.status not in STATES or not statement.affirmed:
        return []
    told = list(_told(statement))
    if any(mark.kind == statement.status for mark in told):
        return told
    document = statement.document
    if document.published and calendar.days(document.published):
        return [*told, Mark(statement.status, document.published, "published", statement)]
    borrowed = dates.get((document.key, statement.status))
    return [*told, Mark(statement.status, borrowed, "document" if borrowed else "undated", statement)]


def _told(statement: Statement) -> Iterator[Mark]:
    """The marks of the statement's own times."""
    status = statement.status
    for kind, value in statement.times:
        if calendar.days(value) is None:
            continue
        if kind in ("deadline", "expires"):
            step = PROPOSAL.get(kind, kind) if status == "proposed" else kind
            yield Mark(step, value, kind, statement)
        elif status == "proposed":
            yield Mark(PROPOSAL[kind], value, kind, statement, planned=kind == "effective")
        elif status == "announced":
            yield Mark(DECISION[kind], value, kind, statement)
        else:
            if kind == "announced" and status == "in_force":
                yield Mark("announced", value, kind, statement)
            yield Mark(status, value, kind, statement)


def life(found: Iterable[Mark], *, reach: int = ALWAYS) -> list[Step]:
    """Steps in order: marks of one kind whose dates fit together are one step.

    A month holds the day in it; a report without a date belongs to the last step of its kind before it was
    published, else to one soon after; what nothing dates belongs to the last step of its kind.

    Args:
        found: of one row, or of rows that tell of one measure.
        reach: days after a step that a report of it may be published.
    """
    steps: list[Step] = []
    by_kind: dict[str, list[Mark]] = {}
    for mark in found:
        by_kind.setdefault(mark.kind, []).append(mark)
    for same in by_kind.values():
        steps += _merged(same, reach)
    steps = [step for step in steps if not _overtaken(step, steps)]
    steps = [step for step in steps if not _repeated(step, steps)]
    for step in steps:
        step.foreseen = _foreseen(step)
    for step in steps:
        step.planned |= _forestalled(step, steps)
    return sorted(steps, key=order)


def resume(steps: Iterable[Step]) -> list[Mark]:
    """Steps as marks again, to be put together with those of other rows."""
    return [Mark(step.kind, step.date, step.basis, s, step.planned) for step in steps for s in step.statements]


def _merged(found: list[Mark], reach: int) -> list[Step]:
    """Steps of one kind."""
    if len(found) == 1:
        (mark,) = found
        return [Step(mark.kind, mark.date, mark.basis, [mark.statement], mark.planned)]
    told = [mark for mark in found if mark.basis in TOLD]
    borrowed = [mark for mark in found if mark.basis == "document"]
    steps: list[Step] = []
    for mark in sorted(told, key=_fineness):
        _add(mark, _fitting(mark, steps), steps)
    for mark in sorted(borrowed, key=_fineness):
        _add(mark, _fitting(mark, steps), steps)
    told_steps = list(steps)
    reports = [mark for mark in found if mark.basis == "published"]
    for mark in sorted(reports, key=_fineness_of_reports):
        _add(
            mark, _reported(mark, told_steps, reach) or next((s for s in steps if s.basis == "published"), None), steps
        )
    for mark in found:
        if mark.basis == "undated":
            _add(mark, max(steps, key=order, default=None), steps)
    return steps


def _add(mark: Mark, step: Step | None, steps: list[Step]) -> None:
    if step is None:
        steps.append(Step(mark.kind, mark.date, mark.basis, [mark.statement], mark.planned))
        return
    step.planned &= mark.planned
    if mark.date == step.date and BASES.index(mark.basis) < BASES.index(step.basis):
        step.basis = mark.basis
    if all(s is not mark.statement for s in step.statements):
        step.statements.append(mark.statement)


def _fitting(mark: Mark, steps: list[Step]) -> Step | None:
    """The step whose date lies in the mark's; of several, the one of the most documents."""
    span = calendar.days(mark.date)
    fitting = [step for step in steps if calendar.within(calendar.days(step.date), span)]
    return max(fitting, key=lambda step: len(step.documents), default=None)


def _reported(mark: Mark, steps: list[Step], reach: int) -> Step | None:
    """The step that a report tells of: the last before it was published, else the first soon after."""
    published = calendar.days(mark.date)
    spans = [(calendar.days(step.date), step) for step in steps]
    before = [(span, step) for span, step in spans if 0 <= calendar.apart(span[0], published[1]) <= reach]
    if before:
        return max(before, key=lambda found: found[0])[1]
    after = [(span, step) for span, step in spans if 0 < calendar.apart(published[1], span[0]) <= SOON_REPORTED]
    return min(after, key=lambda found: found[0])[1] if after else None


def _overtaken(step: Step, steps: list[Step]) -> bool:
    """Whether its date is only that of the decision, and another step tells when it took effect."""
    if step.basis != "announced" or step.kind in ("proposed", "announced"):
        return False
    said = calendar.days(step.date)
    later = (calendar.days(s.date) for s in steps if s.kind == step.kind and s.basis in ("effective", "event"))
    return any(0 <= calendar.apart(said[0], span[0]) <= SOON_IN_FORCE for span in later)


def _repeated(step: Step, steps: list[Step]) -> bool:
    """Whether it is the announcement of what by the same word came into force on that day."""
    own = {id(s) for s in step.statements}
    same = (s for s in steps if s.kind == "in_force" and s.date == step.date) if step.kind == "announced" else ()
    return any(own <= {id(s) for s in other.statements} for other in same)


def _foreseen(step: Step) -> bool:
    """Whether all who tell of it wrote before it."""
    span = calendar.days(step.date)
    published = [calendar.days(s.document.published) for s in step.statements]
    if span is None or step.basis not in TOLD or not all(published):
        return False
    return all(written[1] < span[0] for written in published)


def _forestalled(step: Step, steps: list[Step]) -> bool:
    """Whether it was only foreseen, and later word says that it was suspended or lifted before."""
    if not step.foreseen or step.kind != "in_force":
        return False
    day, written = calendar.days(step.date)[0], _last_word(step)
    stops = (s for s in steps if s.kind in ("suspended", "lifted") and not s.planned and calendar.days(s.date))
    return any(calendar.days(stop.date)[0] <= day and _last_word(stop) > written for stop in stops)


def _last_word(step: Step) -> str:
    """When the last of its sources was published."""
    return max((s.document.published or "" for s in step.statements), default="")


def _fineness(mark: Mark) -> tuple[int, str, int]:
    low, high = calendar.days(mark.date)
    return calendar.apart(low, high), low, BASES.index(mark.basis)


def _fineness_of_reports(mark: Mark) -> tuple[str, str]:
    low, high = calendar.days(mark.date)
    return low, high


def order(step: Step) -> tuple[str, int]:
    """By date, and on one day as things happen; what has no date stands before what it announces, else last."""
    span = calendar.days(step.date) or _due(step)
    return (span[0] if span else OPEN), KINDS.index(step.kind)


def _due(step: Step) -> tuple[str, str] | None:
    """When what it tells of takes effect, by its own word."""
    spans = (calendar.days(value) for s in step.statements for kind, value in s.times if kind == "effective")
    return min((span for span in spans if span), default=None)
