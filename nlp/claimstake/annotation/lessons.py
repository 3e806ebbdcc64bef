"""Which of a user's documents are learned, which are kept apart to measure on, and which are left out, and why.

Kept apart is a fifth, by a hash of the id: the same documents in every round, so that the report can always say what
a model does with documents of this user that no round has learned.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from claimstake import ontology
from claimstake.annotation.understanding import lawful
from claimstake.duplicates import signature
from claimstake.knowledge.gazetteer import packaged_rows
from claimstake.records import AnnotatedDocument
from claimstake.training import check, splits

HELD_OUT = 0.2  # share that is measured on and not learned
LEAST_TO_HOLD_OUT = 5  # documents
SYSTEMATIC = 3  # documents, and different names, from which a label in another's place is no slip
MOSTLY = 0.5  # share of the mentions of names that gazetteers know
SHOWN = 3  # examples in a message


@dataclass
class Lessons:
    """What a round has to learn from.

    Attributes:
        learned, held_out: sorted by id; labels and predicates that the models cannot learn are taken out of them.
        left_out: document or file to the reasons, one line each.
        warnings: document to what an annotator should look at again; it is learned all the same.
        foreign: surfaces by labels that the models do not know, which are for a configuration.
    """

    learned: list[AnnotatedDocument] = field(default_factory=list)
    held_out: list[AnnotatedDocument] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)
    foreign: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def taken(self) -> list[AnnotatedDocument]:
        """Those that are learned or measured on."""
        return [*self.learned, *self.held_out]

    def to_json(self) -> dict[str, Any]:
        """Ids and reasons, without the documents."""
        return {
            "learned": [d.doc.id for d in self.learned],
            "held_out": [d.doc.id for d in self.held_out],
            "left_out": self.left_out,
            "warnings": self.warnings,
            "foreign": {label: dict(found.most_common()) for label, found in self.foreign.items()},
        }


def lessons(
    documents: Iterable[AnnotatedDocument],
    labels: Collection[str],
    measured: Mapping[str, str],
    *,
    problems: Mapping[str, Sequence[str]] | None = None,
    with_problems: bool = False,
    failures: Mapping[str, str] | None = None,
    kept_apart: Collection[str] = (),
    learned_before: Collection[str] = (),
) -> Lessons:
    """Sort documents into those to learn, to measure on, and to leave out.

    Args:
        documents: with their texts.
        labels: that the models know.
        measured: id to text of the articles that models are judged by; nobody may learn them or copies of them.
        problems: document id to what was not understood of it; of a document that is not there, why it is not.
        with_problems: whether documents that have problems are learned all the same, with a warning; of mentions that
            may not lie in one another the longer counts.
        failures: file or document to why it could not be read.
        kept_apart: ids that an earlier round measured on.
        learned_before: ids that an earlier round learned, when there were too few to keep any apart; these cannot
            measure any more.
    """
    out = Lessons(left_out={where: [reason] for where, reason in (failures or {}).items()})
    good: dict[str, AnnotatedDocument] = {}
    doubtful = {id_: list(told) for id_, told in (problems or {}).items()}
    for document in documents:
        id_ = document.doc.id
        plain = without_foreign(document, labels, out)
        told = [*doubtful.pop(id_, []), *check.nested(plain)]
        if with_problems:
            plain = lawful(plain)
        reasons = faults(plain) if with_problems else [*told, *faults(plain)]
        if id_ in good:
            reasons.append("another document has the same id")
        if reasons:
            out.left_out.setdefault(id_, []).extend(reasons)
            continue
        good[id_] = plain
        if odd := [*told, *dict.fromkeys(check.odd(plain))]:
            out.warnings.setdefault(id_, []).extend(odd)
    for id_, told in doubtful.items():
        out.left_out.setdefault(id_, []).extend(told)
    for reasons in (_contradictions(list(good.values())), _copies(good, measured)):
        _leave_out(good, reasons, out)
    apart = _apart(good, kept_apart, learned_before)
    _leave_out(good, _copies_within(good, apart), out)
    for id_, document in sorted(good.items()):
        (out.held_out if id_ in apart else out.learned).append(document)
    return out


def is_held_out(id_: str) -> bool:
    """Whether the hash of an id says so."""
    return _share(id_) < HELD_OUT


def without_foreign(document: AnnotatedDocument, labels: Collection[str], out: Lessons) -> AnnotatedDocument:
    """A document without mentions of labels and claims of predicates that the models do not know.

    Args:
        out: the surfaces taken out are counted here, and a warning says what to do with them.
    """
    predicates = ontology.default().predicates
    known = [e for e in document.entities if e.label in labels]
    ids = {e.id for e in known}
    claims = [c for c in document.claims if c.predicate in predicates and {c.subject, c.object} <= ids]
    foreign = [e for e in document.entities if e.label not in labels]
    for entity in foreign:
        out.foreign.setdefault(entity.label, Counter())[entity.text] += 1
    if foreign or len(claims) < len(document.claims):
        out.warnings.setdefault(document.doc.id, []).extend(_foreign(document, {e.label for e in foreign}))
    return document.model_copy(update={"entities": known, "claims": claims})


def faults(document: AnnotatedDocument) -> list[str]:
    """What in a document cannot be learned, or is against the ontology, one line each."""
    found = [] if document.doc.text else ["is without its text; claimstake annotate --text writes it"]
    if not any(e.mention == "name" for e in document.entities):
        found.append("has no mention that could be learned")
    by_id, predicates = {e.id: e for e in document.entities}, ontology.default().predicates
    for claim in document.claims:
        subject, object_ = by_id[claim.subject], by_id[claim.object]
        if not predicates[claim.predicate].accepts(subject.label, object_.label):
            ends = f"{subject.text!r} ({subject.label}) to {object_.text!r} ({object_.label})"
            found.append(f"{claim.predicate} cannot go from {ends}")
    return list(dict.fromkeys(found))


def _foreign(document: AnnotatedDocument, labels: set[str]) -> list[str]:
    told = []
    if labels:
        told.append(
            f"{', '.join(sorted(labels))}: models cannot learn a new label; names.toml proposes its names as entities, "
            "to use with --config; the rest of the document is learned"
        )
    known = ontology.default().predicates
    if own := {c.predicate for c in document.claims} - set(known):
        told.append(f"{', '.join(sorted(own))}: models cannot learn a new predicate; give it triggers in a --config")
    return told


def _leave_out(good: dict[str, AnnotatedDocument], reasons: Mapping[str, str], out: Lessons) -> None:
    for id_, reason in reasons.items():
        if good.pop(id_, None) is not None:
            out.left_out.setdefault(id_, []).append(reason)


# --- what contradicts the gazetteers all the time ---------------------------------------------------------------------


def _contradictions(documents: Sequence[AnnotatedDocument]) -> dict[str, str]:
    """Documents that give most names which gazetteers know under one label another one: a slip in the labels."""
    known = _known_names()
    seen: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for document in documents:
        for entity in document.entities:
            listed = known.get(entity.text)
            if listed is not None and entity.mention == "name":
                seen[listed][entity.label].append((entity.text, document.doc.id))
    out: dict[str, str] = {}
    for listed, given in seen.items():
        total = sum(map(len, given.values()))
        for label, found in given.items():
            names, ids = dict.fromkeys(n for n, _ in found), dict.fromkeys(i for _, i in found)
            if label == listed or len(names) < SYSTEMATIC or len(ids) < SYSTEMATIC or len(found) <= MOSTLY * total:
                continue
            shown = ", ".join(map(repr, list(names)[:SHOWN]))
            reason = (
                f"marks what the gazetteers know as {listed} as {label}: {shown}; of {total} such mentions in all "
                f"documents {len(found)} are marked so, which is no matter of single names: mend the labels"
            )
            out.update(dict.fromkeys(ids, reason))
    return out


@cache
def _known_names() -> dict[str, str]:
    """Surfaces that are safe to match and belong to one label."""
    labels: dict[str, set[str]] = defaultdict(set)
    for row in packaged_rows().values():
        for surface in row.surfaces:
            labels[surface].add(row.label)
    return {surface: next(iter(found)) for surface, found in labels.items() if len(found) == 1}


# --- copies, and what is kept apart -----------------------------------------------------------------------------------


def _copies(good: Mapping[str, AnnotatedDocument], measured: Mapping[str, str]) -> dict[str, str]:
    """Documents that are, or are copies of, articles which models are measured on."""
    own = {id_: document.doc.text or "" for id_, document in good.items()}
    said = "is a copy of {!r}, which models are measured on; what is learned cannot measure"
    return {id_: said.format(other) for id_, other in pairs(own, measured)}


def _copies_within(good: Mapping[str, AnnotatedDocument], apart: Collection[str]) -> dict[str, str]:
    own = {id_: document.doc.text or "" for id_, document in good.items()}
    learned = {id_: text for id_, text in own.items() if id_ not in apart}
    kept = {id_: text for id_, text in own.items() if id_ in apart}
    return {id_: f"is a copy of {other!r}, which is kept apart to measure on" for id_, other in pairs(learned, kept)}


def pairs(ones: Mapping[str, str], others: Mapping[str, str]) -> list[tuple[str, str]]:
    """Which texts are copies of which others, by id, the first of each; near-duplicates are copies, too."""
    found: dict[str, str] = {id_: id_ for id_ in ones if ones[id_] == others.get(id_)}
    texts = [*(("a" + i, text) for i, text in ones.items()), *(("b" + i, text) for i, text in others.items())]
    for a, b, _ in splits.near_duplicates(texts):
        if a[0] == "a" and b[0] == "b":
            found.setdefault(a[1:], b[1:])
    known = [(id_, signed) for id_, text in others.items() if (signed := signature.signature(text))]
    for id_, text in ones.items():
        own = signature.signature(text) if id_ not in found else None
        other = next((i for i, signed in known if own and signature.are_copies(own, signed)), None)
        if other is not None:
            found[id_] = other
    return sorted(found.items())


def _apart(
    good: Mapping[str, AnnotatedDocument], kept_apart: Collection[str], learned_before: Collection[str]
) -> set[str]:
    """Ids to measure on: those of earlier rounds, those that the hash says, at least one where there are enough."""
    found = {id_ for id_ in good if id_ in kept_apart}
    if len(good) < LEAST_TO_HOLD_OUT:
        return found
    fresh = good.keys() - set(learned_before)
    found |= {id_ for id_ in fresh if is_held_out(id_)}
    return found or set(sorted(fresh, key=_share)[:1])


def _share(id_: str) -> float:
    digest = hashlib.blake2b(id_.encode("utf-8", "surrogatepass"), digest_size=8, person=b"kept apart").digest()
    return int.from_bytes(digest, "big") / 2**64
