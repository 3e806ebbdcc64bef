# ruff: noqa: T201 - a command line tool
"""How qualifiers of claims could travel to doccano and back: what of the corpus survives each way, and what it costs.

    python tools/qualifier_ways.py

A way is what stands on the page besides arcs from subject to object: words in the arcs' types, a comment, arcs to the
mention that holds a qualifier's value, or several of these. "Kept" is the share of claims whose qualifiers read back
unchanged from the page alone. Metadata keeps all and is not measured here: annotators cannot edit it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "nlp"))

from claimstake import ontology
from claimstake.interchange import sheet
from claimstake.interchange.drawing import Layer
from claimstake.interchange.layer import draw, understood
from claimstake.interchange.types import CLOSED, decode, encode
from claimstake.records import AnnotatedDocument, Claim, Entity, Qualifiers
from claimstake.training import inline

CORPUS = Path(__file__).parents[1] / "corpus" / "articles"
ONTOLOGY = ontology.default()


@dataclass
class Page:
    """What one way puts on the page of one document, and what is read from it."""

    read: list[dict[str, Any]]
    types: set[str]
    arcs: int = 0
    lines: int = 0


def said(claim: Claim) -> dict[str, Any]:
    """A claim's qualifiers."""
    return claim.qualifiers.model_dump(exclude_none=True)


def typed(claim: Claim) -> dict[str, Any]:
    """The qualifiers that the arc's type gives back."""
    named, _ = decode(encode(claim.predicate, claim.qualifiers), ONTOLOGY)
    return dict(named.qualifiers) if named is not None else {}


def by_types(document: AnnotatedDocument) -> Page:
    """Closed qualifiers in the type, nothing else."""
    types = {encode(c.predicate, c.qualifiers) for c in document.claims}
    return Page([typed(c) for c in document.claims], types, len(document.claims))


def by_types_alone(document: AnnotatedDocument) -> Page:
    """Every qualifier in the type, free text too; names over 100 characters do not exist."""
    names = [
        f"{encode(c.predicate, c.qualifiers)} {free}" if (free := _free(c)) else c.predicate for c in document.claims
    ]
    fits = [len(name) <= 100 for name in names]
    read = [said(c) if fit else typed(c) for c, fit in zip(document.claims, fits, strict=True)]
    return Page(read, {n for n, fit in zip(names, fits, strict=True) if fit}, len(names))


def _free(claim: Claim) -> str:
    line = sheet.ClaimLine("", "", "", {k: v for k, v in said(claim).items() if k not in CLOSED})
    return str(line).rsplit(" | ", 1)[-1].strip("-")


def by_comment(document: AnnotatedDocument) -> Page:
    """Plain arcs, and a comment with a line for every claim that has qualifiers."""
    names = {e.id: e.canonical for e in document.entities}
    lines = [
        sheet.ClaimLine(c.predicate, names[c.subject], names[c.object], said(c)) for c in document.claims if said(c)
    ]
    read, _ = sheet.parse(sheet.write(lines), ONTOLOGY)
    found = {(x.predicate, x.subject, x.object): x.qualifiers for x, _ in read if isinstance(x, sheet.ClaimLine)}
    keys = [(c.predicate, names[c.subject], names[c.object]) for c in document.claims]
    return Page([found.get(key, {}) for key in keys], {c.predicate for c in document.claims}, len(keys), len(lines))


def by_arcs(document: AnnotatedDocument) -> Page:
    """Closed qualifiers in the type, free ones as arcs from the claim's object to the mention that holds the value."""
    arcs: dict[str, dict[tuple[str, str], None]] = {}
    for claim in document.claims:
        for key, value in _wanted(claim):
            holders = [e for e in document.entities if value in (e.text, e.canonical, e.value)]
            if holders:
                arcs.setdefault(claim.object, {})[key, value] = None
    read = []
    for claim in document.claims:
        found: dict[str, Any] = typed(claim)
        for key, value in arcs.get(claim.object, ()):
            kind, _, time = key.partition(":")
            if kind == "time":
                found.setdefault("time", []).append({"kind": time, "value": value})
            elif kind == "attribution" or kind in ONTOLOGY.predicates[claim.predicate].qualifiers:
                found[kind] = value
        read.append(found)
    types = {encode(c.predicate, c.qualifiers) for c in document.claims} | {key for a in arcs.values() for key, _ in a}
    return Page(read, types, len(document.claims) + sum(map(len, arcs.values())))


def _wanted(claim: Claim) -> Iterator[tuple[str, str]]:
    for key, value in said(claim).items():
        if key == "time":
            yield from ((f"time:{t['kind']}", t["value"]) for t in value)
        elif key not in CLOSED:
            yield key, value


def by_mix(document: AnnotatedDocument) -> Page:
    """What claimstake does: closed qualifiers in the type, free ones in the sheet."""
    return _mixed(document, draw(document))


def by_mix_bare(document: AnnotatedDocument) -> Page:
    """The same with all comments deleted."""
    layer = draw(document)
    return _mixed(document, Layer(layer.spans, layer.arcs))


def _mixed(document: AnnotatedDocument, layer: Layer) -> Page:
    read, _ = understood(document.doc.text or "", layer, info=document.doc)
    claims = {(c.predicate, *_places(c, read.entities)): said(c) for c in read.claims}
    keys = [(c.predicate, *_places(c, document.entities)) for c in document.claims]
    lines = sum(row.count(" | ") >= 3 for s in layer.sheets for row in s.split("\n"))
    return Page([claims.get(key, {}) for key in keys], {a.type for a in layer.arcs}, len(layer.arcs), lines)


def _places(claim: Claim, entities: list[Entity]) -> tuple[int, int, int, int]:
    ends = {e.id: (e.start, e.end) for e in entities}
    return *ends[claim.subject], *ends[claim.object]


WAYS: dict[str, Callable[[AnnotatedDocument], Page]] = {
    "relation types, closed qualifiers": by_types,
    "relation types, all qualifiers": by_types_alone,
    "comment": by_comment,
    "types, and arcs to the values": by_arcs,
    "types and sheet (claimstake)": by_mix,
    "types and sheet, comments lost": by_mix_bare,
}


def main() -> None:
    """Print the table."""
    documents = [inline.read(path).record for path in sorted(CORPUS.rglob("*.md"))]
    total = sum(len(d.claims) for d in documents)
    print(f"{len(documents)} articles, {total} claims")
    print(f"{'way':36} {'kept':>7} {'types':>6} {'arcs':>7} {'lines':>6}")
    for name, way in WAYS.items():
        kept, types, counts = 0, set(), Counter()
        for document in documents:
            page = way(document)
            kept += sum(Qualifiers(**r) == c.qualifiers for r, c in zip(page.read, document.claims, strict=True))
            types |= page.types
            counts.update(arcs=page.arcs, lines=page.lines)
        print(f"{name:36} {kept / total:7.2%} {len(types):6} {counts['arcs']:7} {counts['lines']:6}")


if __name__ == "__main__":
    main()
