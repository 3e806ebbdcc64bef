"""The ledger in words: titles, dates and steps, the same in a terminal and on a page."""

from __future__ import annotations

from collections.abc import Sequence

from claimstake.knowledge.tables import toml
from claimstake.ledger.knowing import default
from claimstake.ledger.model import Contradiction, Document, Measure, Part, Row, Step, Value, documents, unique
from claimstake.ledger.values import LIMIT, TARIFF

SHOWN = 5  # objects named in a title
DETAILED = 4  # objects named in a step


def title(measure: Measure) -> str:
    """ "China restricts exports of gallium and germanium"."""
    if measure.predicate == LIMIT:
        return f"Limits of {measure.actor.name}"
    return f"{measure.actor.name} {says(measure.predicate)} {listed(objects(measure.rows))}{_towards(measure)}"


def says(predicate: str) -> str:
    return toml("ledger.toml")["wording"].get(predicate, predicate.replace("_", " "))


def objects(rows: Sequence[Row]) -> list[str]:
    return unique(row.object.name for row in rows)


def listed(names: Sequence[str], most: int = SHOWN) -> str:
    """Names in a row: "a", "a and b", "a, b and c", "a, b and 7 more"."""
    shown = list(names[:most])
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1]))) if shown else ""


def instruments(measure: Measure) -> list[str]:
    """Names of the instruments that a measure is made by; those that are only a kind ("control list") if no other."""
    found = [row.object if row.predicate == "issues" else row.actor for row in measure.instruments]
    named = [thing for thing in found if not default().is_class(thing)]
    return unique(thing.name for thing in named or found)


def _towards(measure: Measure) -> str:
    """Whom all rows are aimed at."""
    targets = {row.target for row in measure.rows}
    return f" ({_joint(measure)} {targets.pop()})" if len(targets) == 1 and None not in targets else ""


def _joint(measure: Measure) -> str:
    """ "to" the United States go exports, "from" it come goods that pay."""
    return toml("ledger.toml")["towards"].get(measure.predicate, "against")


def limit_name(row: Row) -> str:
    """What is limited: "tap density", "tap density at 0.1C"; the unit's kind where no parameter is told."""
    name = row.parameter or ("rate" if row.predicate == TARIFF else "limit")
    return f"{name} ({row.condition})" if row.condition else name


def kind_name(kind: str) -> str:
    return toml("ledger.toml")["steps"][kind]


def step_name(step: Step) -> str:
    """ "in force", "would be in force", "perhaps suspended"."""
    name = kind_name(step.kind)
    if step.kind == "expires" and all(s.status == "suspended" for s in step.statements):
        name = f"{kind_name('suspended')} until"
    if step.planned:
        return f"would be {name}"
    return f"perhaps {name}" if step.hedged else name


def when(step: Step | Value) -> str:
    """The date, or that there is none."""
    return step.date or "undated"


def dated_by(step: Step | Value) -> str:
    """Where the date is from, if not from the text itself; and whether it lay ahead."""
    if isinstance(step, Step) and step.planned:
        return ""
    if step.basis == "published":
        return "reported"
    if step.basis == "document":
        return "date from its document"
    return "as foreseen" if isinstance(step, Step) and step.foreseen and step.kind in ("in_force", "lifted") else ""


def standing(measure: Measure) -> str:
    """Where a measure stands: "in force since 2023-08-01; to United States: suspended since 2025-11-09"."""
    return "; ".join(filter(None, (part_standing(part, measure) for part in measure.parts)))


def part_standing(part: Part, measure: Measure) -> str:
    """Where the part of a measure stands that is aimed at one target."""
    state = part.state
    if state is None:
        return ""
    lasting = state.kind in ("in_force", "suspended")
    joint = ("from" if state.foreseen else "since") if lasting else "on"
    date = f" {joint} {state.date}" if state.date and state.basis != "published" else ""
    reported = f" (reported {state.date})" if state.basis == "published" else ""
    until = next((s.date for s in reversed(part.life) if state.kind == "suspended" and s.kind == "expires"), None)
    whom = f"{_joint(measure)} {part.target}: " if part.target and len(measure.parts) > 1 else ""
    return f"{whom}{step_name(state)}{date}{reported}" + (f" until {until}" if until else "")


def aim(target: str | None, measure: Measure) -> str:
    """ " to United States", " from China", or nothing."""
    return f" {_joint(measure)} {target}" if target else ""


def details(step: Step, measure: Measure) -> str:
    """What a step was, towards whom, and for which objects where not for all."""
    kinds = step.measures
    facts = [" and ".join(kinds)] if kinds and kinds != ["restriction"] else []
    own = [row for row in measure.rows if any(s is t for s in step.statements for t in row.statements)]
    if {row.target for row in measure.rows} - {None} and step.targets and not _towards(measure):
        facts.append(f"{_joint(measure)} {listed(step.targets)}")
    if own and len(objects(own)) < len(objects(measure.rows)):
        facts.append(listed(objects(own), DETAILED))
    return "; ".join(facts)


def sources(found: Sequence[Document], most: int = 3) -> str:
    """Names of sources, syndicated copies counted with their story."""
    stories: dict[str, Document] = {}
    for document in found:
        stories.setdefault(document.told, document)
    names = unique(_short(d.name) for d in stories.values())
    copies = len(found) - len(stories)
    told = listed(names, most)
    return told + (f" (+{copies} {'copy' if copies == 1 else 'copies'})" if copies else "")


def _short(name: str, most: int = 40) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def history(row: Row) -> str:
    """ "25% (was) → 100% (proposed 2024-05-14, in force 2024-09-27)"."""
    told: list[tuple[Value, list[str]]] = []
    for value in row.values:
        same = told and value.amount and told[-1][0].amount and value.amount.value == told[-1][0].amount.value
        if same and value.superseded == told[-1][0].superseded:
            told[-1][1].append(_held(value))
        else:
            told.append((value, [_held(value)]))
    return " → ".join(f"{value.text} ({', '.join(unique(held))})" for value, held in told)


def _held(value: Value) -> str:
    """ "in force 2025-07-15", "announced from 2031-08-18", "proposed, reported 2020-12-11", "was"."""
    if value.superseded:
        return "was"
    status = value.status.replace("_", " ")
    if value.date is None:
        return status
    if value.basis == "published":
        return f"{status}, reported {value.date}"
    ahead = value.basis == "effective" and value.status in ("proposed", "announced")
    return f"{status} from {value.date}" if ahead else f"{status} {value.date}"


def contradiction(found: Contradiction) -> str:
    """ "affirmed and denied: Reuters against Xinhua"."""
    sides = [sources(documents(side)) for side in found.sides]
    return f"{found.says}: {sides[0]} against {sides[1]}"


def count(number: int, noun: str) -> str:
    plural = noun[:-1] + "ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def seen(measure: Measure) -> str:
    """ "3 sources of 2 stories, 2025-01-03 to 2025-07-16"."""
    found = measure.documents
    told = count(len(found), "source")
    if measure.stories < len(found):
        told += f" of {count(measure.stories, 'story')}"
    first, last = measure.seen
    return told + (f", {first}" if first else "") + (f" to {last}" if last and last != first else "")
