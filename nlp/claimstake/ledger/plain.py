"""The ledger as JSON values."""

from __future__ import annotations

from typing import Any

from claimstake.ledger import wording
from claimstake.ledger.model import Contradiction, Document, Measure, Row, Statement, Step, Value
from claimstake.ledger.telling import Ledger
from claimstake.ledger.values import LIMIT
from claimstake.ledger.wording import objects


def ledger(found: Ledger) -> dict[str, Any]:
    """Measures, facts and the documents that they point to by key; absent values are left out."""
    return {
        "claims": found.claims,
        "documents": [_document(document) for document in found.documents],
        "measures": [measure(m) for m in found.measures],
        "facts": [measure(m) for m in found.facts],
    }


def measure(found: Measure) -> dict[str, Any]:
    first, last = found.seen
    state = found.state
    return _filled(
        id=found.id,
        title=wording.title(found),
        actor=_thing(found.actor),
        predicate=found.predicate,
        objects=objects(found.rows),
        status=state.kind if state else None,
        standing=wording.standing(found),
        first_seen=first,
        last_seen=last,
        sources=[d.key for d in found.documents],
        stories=found.stories,
        life=[_step(step) for step in found.life],
        rows=[_row(row) for row in found.rows],
        instruments=[_row(row) for row in found.instruments],
        limits=[_row(row) for row in found.limits],
        contradictions=[_contradiction(c) for c in found.contradictions],
    )


def _row(row: Row) -> dict[str, Any]:
    return _filled(
        id=row.id,
        actor=_thing(row.actor),
        predicate=row.predicate,
        object=None if row.values and row.predicate == LIMIT else _thing(row.object),
        target=row.target,
        parameter=row.parameter,
        condition=row.condition,
        life=[_step(step) for step in row.life],
        values=[_value(value) for value in row.values],
        claims=[_statement(s) for s in row.statements],
    )


def _step(step: Step) -> dict[str, Any]:
    return _filled(
        step=step.kind,
        date=step.date,
        dated_by=step.basis,
        measure=step.measures,
        target=step.targets,
        planned=step.planned,
        foreseen=step.foreseen,
        hedged=step.hedged,
        sources=[d.key for d in step.documents],
        claims=[s.id for s in step.statements],
    )


def _value(value: Value) -> dict[str, Any]:
    return _filled(
        text=value.text,
        value=value.amount.model_dump(mode="json") if value.amount else None,
        status=value.status,
        date=value.date,
        dated_by=value.basis,
        superseded=value.superseded,
        sources=[d.key for d in value.documents],
    )


def _contradiction(found: Contradiction) -> dict[str, Any]:
    sides = [[{"source": s.document.key, "claim": s.id, "evidence": s.evidence} for s in side] for side in found.sides]
    return {"kind": found.kind, "says": found.says, "sides": sides}


def _statement(said: Statement) -> dict[str, Any]:
    return _filled(
        id=said.id,
        source=said.document.key,
        subject=said.subject.name,
        object=said.object.name,
        status=said.status,
        polarity=said.polarity,
        certainty=said.certainty,
        attribution=said.attribution,
        measure=said.measure,
        time=[{"kind": kind, "value": value} for kind, value in said.times],
        evidence=said.evidence,
        confidence=said.confidence,
    )


def _document(document: Document) -> dict[str, Any]:
    return _filled(
        key=document.key,
        id=document.id,
        title=document.title,
        publisher=document.publisher,
        published=document.published,
        url=document.url,
        source=document.source,
        story=document.story,
    )


def _thing(thing: Any) -> dict[str, Any]:
    return _filled(name=thing.name, label=thing.label, kb_id=thing.kb_id)


def _filled(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [], False)}
