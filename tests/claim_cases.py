"""Case files of claims: sentences with marked mentions and the complete list of their claims.

A claim is written "predicate: subject -> object; qualifier; qualifier". " + " joins several subjects or objects (each
with
each). Qualifiers: `hedged`, `negated`, `status=…`, `measure=…`, `target=…`, `by=…` (attribution), `rate=…`, `share=…`,
`amount=…`, `role=…`, `parameter=…`, `condition=…`, `supersedes=…`, and a date by its kind (`effective=2025-07-15`).
Left out means: in force, affirmed, asserted, in the article's own voice, measure `restriction`, no target, no date.
Rate, share, amount, role, parameter, condition and supersedes are compared where the case gives them.
"""

from __future__ import annotations

import itertools
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spacy.language import Language

from claimstake import ontology
from claimstake.pipes.claims import Claims
from markup import make_doc

FOLDER = Path(__file__).parent / "data" / "claim_cases"
TIMES = ("announced", "effective", "deadline", "expires", "event")
GIVEN = ("rate", "share", "amount", "role", "parameter", "condition", "supersedes")
NAMED = {"status", "measure", "target", "by", *GIVEN, *TIMES}
FLAGS = {"hedged": ("certainty", "hedged"), "negated": ("polarity", "negated")}
Triple = tuple[str, str, str]


@dataclass(frozen=True)
class Case:
    """One sentence or passage.

    Attributes:
        id: unique in its file.
        markup: the marked text.
        claims: triple to its qualifiers.
        either: triples on which two readers may differ; neither counted nor missed.
        must: whether it is asserted exactly, qualifiers included.
    """

    id: str
    markup: str
    claims: dict[Triple, dict[str, Any]]
    must: bool = False
    either: frozenset[Triple] = frozenset()
    aliases: dict[str, str] = field(default_factory=dict, hash=False)


def read(path: Path) -> list[Case]:
    """The cases of one file.

    Raises:
        ValueError: a claim does not parse, an id is used twice, or a claim names what the text does not mark.
    """
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    cases = []
    for row in data["case"]:
        claims: dict[Triple, dict[str, Any]] = {}
        for line in row.get("claims", []):
            claims.update(parse_claim(line, row["id"]))
        either = frozenset(t for line in row.get("either", []) for t in parse_claim(line, row["id"]))
        cases.append(Case(row["id"], row["text"], claims, row.get("must", False), either, data.get("aliases", {})))
    double = [i for i, n in Counter(c.id for c in cases).items() if n > 1]
    if double:
        raise ValueError(f"{path.name}: ids used twice: {double}")
    return cases


def parse_claim(line: str, where: str) -> dict[Triple, dict[str, Any]]:
    """The triples that a claim line stands for, with their qualifiers."""
    head, *rest = (part.strip() for part in line.split(";"))
    predicate, _, pair = head.partition(": ")
    subjects, arrow, objects = pair.partition(" -> ")
    if predicate not in ontology.default().predicates or not arrow:
        raise ValueError(f"{where}: not a claim: {line!r}")
    qualifiers: dict[str, Any] = {}
    for part in rest:
        name, equals, value = part.partition("=")
        if part in FLAGS:
            qualifiers[FLAGS[part][0]] = FLAGS[part][1]
        elif not equals or name not in NAMED:
            raise ValueError(f"{where}: unknown qualifier {part!r}")
        elif name in TIMES:
            qualifiers.setdefault("time", set()).add((name, value))
        else:
            qualifiers["attribution" if name == "by" else name] = value
    return {
        oriented(predicate, s.strip(), o.strip()): dict(qualifiers)
        for s, o in itertools.product(subjects.split(" + "), objects.split(" + "))
    }


def oriented(predicate: str, subject: str, object_: str) -> Triple:
    """The triple, with the sides of a symmetric predicate in alphabetical order."""
    if ontology.default().predicates[predicate].symmetric and object_ < subject:
        subject, object_ = object_, subject
    return predicate, subject, object_


def found(finder: Claims, nlp: Language, case: Case) -> dict[Triple, dict[str, Any]]:
    """What the rules find in a case: triple to the claim's record."""
    claims = finder.find(make_doc(nlp, case.markup, case.aliases))
    triples = {oriented(c["predicate"], c["subject"]["canonical"], c["object"]["canonical"]): c for c in claims}
    return {t: c for t, c in triples.items() if t not in case.either}


def differences(case_qualifiers: dict[str, Any], claim: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Qualifiers in which a claim differs from what the case expects: name, expected, got."""
    got = claim["qualifiers"]
    predicate = ontology.default().predicates[claim["predicate"]]
    defaults = {"polarity": "affirmed", "certainty": "asserted", "attribution": None}
    defaults |= {"status": "in_force"} if "status" in predicate.qualifiers else {}
    defaults |= {"measure": "restriction"} if "measure" in predicate.qualifiers else {}
    defaults |= {"target": None} if "target" in predicate.qualifiers else {}
    for name, default in defaults.items():
        expected, actual = case_qualifiers.get(name, default), got.get(name, default)
        if expected != actual:
            yield name, expected, actual
    times = {(t["kind"], t["value"]) for t in got.get("time", [])}
    if times != case_qualifiers.get("time", set()):
        yield "time", case_qualifiers.get("time", set()), times
    for name in GIVEN:
        if name in case_qualifiers and case_qualifiers[name] != got.get(name):
            yield name, case_qualifiers[name], got.get(name)


@dataclass
class Tally:
    """Counts over cases: per predicate right, found, expected; per qualifier right, compared."""

    right: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    expected: Counter[str] = field(default_factory=Counter)
    agreed: Counter[str] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)

    def add(self, case: Case, claims: dict[Triple, dict[str, Any]]) -> None:
        self.found.update(t[0] for t in claims)
        self.expected.update(t[0] for t in case.claims)
        for triple in claims.keys() & case.claims.keys():
            self.right[triple[0]] += 1
            wrong = {name for name, _, _ in differences(case.claims[triple], claims[triple])}
            predicate = ontology.default().predicates[triple[0]]
            always = {"polarity", "certainty", "status", "measure"} & {"polarity", "certainty", *predicate.qualifiers}
            relevant = set(case.claims[triple]) | wrong | always
            self.compared.update(relevant)
            self.agreed.update(relevant - wrong)

    def f1(self, predicate: str | None = None) -> tuple[float, float, float]:
        """Precision, recall and F1 of one predicate, or of all together."""
        right, got, wanted = (
            c.total() if predicate is None else c[predicate] for c in (self.right, self.found, self.expected)
        )
        p, r = right / got if got else 0.0, right / wanted if wanted else 0.0
        return p, r, 2 * p * r / (p + r) if p + r else 0.0


def tally(finder: Claims, nlp: Language, cases: Iterable[Case]) -> Tally:
    """Run the rules over cases and count."""
    out = Tally()
    for case in cases:
        out.add(case, found(finder, nlp, case))
    return out


def figures(counted: Tally) -> dict[str, float]:
    """What the floors watch: F1 by predicate, accuracy by qualifier, all in [0, 1]."""
    out = {"f1": counted.f1()[2], "precision": counted.f1()[0], "recall": counted.f1()[1]}
    out |= {f"f1 {p}": counted.f1(p)[2] for p in sorted(counted.expected)}
    return out | {f"accuracy {q}": counted.agreed[q] / n for q, n in sorted(counted.compared.items())}
