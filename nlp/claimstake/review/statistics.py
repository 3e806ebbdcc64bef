"""What judgements say of the program and of each other: how often a claim was right, who judged, who agrees.

A claim counts once, with its last judgement. Of claims that people added nothing is said of the program's precision;
they are what it missed in the documents that were read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

from pydantic import BaseModel, ConfigDict

from claimstake.review.contract import Judgement

ACCEPTED, REJECTED, CORRECTED, ADDED, UNDONE = "accepted", "rejected", "corrected", "added", "undone"
WITHDRAWN = "withdrawn"  # added and then rejected
BANDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # of confidence; the last one holds 1, too
UNSURE = "none"  # band of claims without a confidence
Z = 1.96  # of a normal distribution, for 95%
FEWEST = 2  # rejections from which a triple is one that is rejected again and again
MOST = 50  # of these


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Judged(_Model):
    """Claims of one predicate, extractor or band of confidence, as they were judged.

    Attributes:
        name: of the predicate and so on.
        accepted, rejected, corrected: claims by their last judgement.
        qualifiers: of the corrected ones those whose triple was right.
        precision: share accepted, and its 95% interval (Wilson); None where nothing was judged.
        confidence: mean of what the program gave them.
    """

    name: str
    accepted: int = 0
    rejected: int = 0
    corrected: int = 0
    qualifiers: int = 0
    precision: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None

    @property
    def judged(self) -> int:
        return self.accepted + self.rejected + self.corrected


class Work(_Model):
    """What one analyst did: claims by his own last verdict."""

    name: str
    accepted: int = 0
    rejected: int = 0
    corrected: int = 0
    added: int = 0
    documents: int = 0
    last: str = ""  # UTC, ISO 8601


class Agreement(_Model):
    """Two analysts and the claims that both judged; the second one to judge may have seen the other's verdict.

    Attributes:
        both: claims that both judged; same: those with the same verdict, and the same triple where it was corrected.
        kappa: Cohen's, over accepted, rejected and corrected; None where one verdict is all there is.
    """

    first: str
    second: str
    both: int
    same: int
    kappa: float | None = None


class Repeated(_Model):
    """A triple that one extractor makes, and that was rejected in several documents and accepted in none."""

    extractor: str
    subject: str
    predicate: str
    object: str
    rejected: int
    documents: int
    evidence: str = ""  # of the last one


class Statistics(_Model):
    """All of it.

    Attributes:
        total: all judged claims of the program.
        error: expected calibration error: mean distance of confidence from precision, weighted by claims.
        added: claims that the program missed.
    """

    total: Judged
    predicates: tuple[Judged, ...]
    extractors: tuple[Judged, ...]
    bands: tuple[Judged, ...]
    error: float | None
    added: int
    analysts: tuple[Work, ...]
    agreement: tuple[Agreement, ...]
    repeated: tuple[Repeated, ...]


@dataclass(frozen=True)
class _Last:
    """What is needed of a claim's last judgement; texts and qualifiers are let go of."""

    outcome: str
    predicate: str = ""
    extractor: str = ""
    confidence: float | None = None
    same_triple: bool = False
    record: str | None = None
    triple: tuple[str, str] = ("", "")
    evidence: str = ""


_Claim = tuple[str, str]  # document, claim


def statistics(judgements: Iterable[Judgement]) -> Statistics:
    """Statistics of judgements, oldest first, such as `Judgements.stream` gives."""
    last: dict[_Claim, _Last] = {}
    own: dict[str, dict[_Claim, _Last]] = defaultdict(dict)
    at: dict[str, str] = {}
    for one in judgements:
        claim = one.document, one.claim
        at[one.by] = max(at.get(one.by, ""), one.at)
        if one.verdict == UNDONE:
            last.pop(claim, None)
            own[one.by].pop(claim, None)
        else:
            last[claim] = own[one.by][claim] = _last(one)
    of_program = {claim: one for claim, one in last.items() if one.outcome not in (ADDED, WITHDRAWN)}
    bands = _by(of_program.values(), lambda one: band(one.confidence))
    return Statistics(
        total=_judged("all", list(of_program.values())),
        predicates=_most_first(_by(of_program.values(), lambda one: one.predicate)),
        extractors=_most_first(_by(of_program.values(), lambda one: one.extractor)),
        bands=bands,
        error=_calibration(bands),
        added=sum(one.outcome == ADDED for one in last.values()),
        analysts=tuple(_work(name, found, at[name]) for name, found in sorted(own.items())),
        agreement=tuple(found for pair in combinations(sorted(own), 2) if (found := _agreement(*pair, own))),
        repeated=_repeated(of_program),
    )


def band(confidence: float | None) -> str:
    """Name of the band of a confidence, such as "0.8-0.9"."""
    if confidence is None:
        return UNSURE
    low = max(edge for edge in BANDS[:-1] if edge <= confidence)
    return f"{low:.1f}-{BANDS[BANDS.index(low) + 1]:.1f}"


def interval(right: int, of: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share."""
    share, squared = right / of, Z * Z
    middle = (share + squared / (2 * of)) / (1 + squared / of)
    half = Z * sqrt(share * (1 - share) / of + squared / (4 * of * of)) / (1 + squared / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def _last(one: Judgement) -> _Last:
    """An accepted correction is a correction: what the program said was not right."""
    if one.before is None:
        return _Last(WITHDRAWN if one.verdict == REJECTED else ADDED, record=one.record.id if one.record else None)
    outcome = CORRECTED if one.verdict == ACCEPTED and one.record is not None else one.verdict
    names = (one.ends_before[0].canonical, one.ends_before[1].canonical) if one.ends_before else ("", "")
    return _Last(
        outcome=CORRECTED if outcome == ADDED else outcome,
        predicate=one.before.predicate,
        extractor=one.before.extractor or "",
        confidence=one.before.confidence,
        same_triple=one.record is not None and one.record.id == one.before.id,
        record=one.record.id if one.record else None,
        triple=names,
        evidence=one.before.evidence.text or "" if outcome == REJECTED else "",
    )


def _by(found: Iterable[_Last], name: object) -> tuple[Judged, ...]:
    groups: dict[str, list[_Last]] = defaultdict(list)
    for one in found:
        groups[name(one)].append(one)  # type: ignore[operator]
    return tuple(_judged(key, group) for key, group in sorted(groups.items()))


def _most_first(found: Iterable[Judged]) -> tuple[Judged, ...]:
    return tuple(sorted(found, key=lambda j: (-j.judged, j.name)))


def _judged(name: str, found: list[_Last]) -> Judged:
    outcomes = Counter(one.outcome for one in found)
    told = [one.confidence for one in found if one.confidence is not None]
    low, high = interval(outcomes[ACCEPTED], len(found)) if found else (None, None)
    return Judged(
        name=name,
        accepted=outcomes[ACCEPTED],
        rejected=outcomes[REJECTED],
        corrected=outcomes[CORRECTED],
        qualifiers=sum(one.same_triple for one in found if one.outcome == CORRECTED),
        precision=outcomes[ACCEPTED] / len(found) if found else None,
        low=low,
        high=high,
        confidence=sum(told) / len(told) if told else None,
    )


def _calibration(bands: Iterable[Judged]) -> float | None:
    known = [b for b in bands if b.name != UNSURE and b.precision is not None and b.confidence is not None]
    total = sum(b.judged for b in known)
    return sum(b.judged * abs(b.confidence - b.precision) for b in known) / total if total else None


def _work(name: str, found: dict[_Claim, _Last], last: str) -> Work:
    outcomes = Counter(one.outcome for one in found.values())
    counts = {key: outcomes[key] for key in (ACCEPTED, REJECTED, CORRECTED, ADDED)}
    return Work(name=name, **counts, documents=len({document for document, _ in found}), last=last)


def _agreement(first: str, second: str, own: dict[str, dict[_Claim, _Last]]) -> Agreement | None:
    both = own[first].keys() & own[second].keys()
    if not both:
        return None
    pairs = [(own[first][claim], own[second][claim]) for claim in both]
    same = sum(a.outcome == b.outcome and a.record == b.record for a, b in pairs)
    kappa = _kappa([(a.outcome, b.outcome) for a, b in pairs])
    return Agreement(first=first, second=second, both=len(pairs), same=same, kappa=kappa)


def _kappa(pairs: list[tuple[str, str]]) -> float | None:
    observed = sum(a == b for a, b in pairs) / len(pairs)
    ones, others = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    by_chance = sum(ones[name] * others[name] for name in ones) / len(pairs) ** 2
    return (observed - by_chance) / (1 - by_chance) if by_chance < 1 else None


def _repeated(found: dict[_Claim, _Last]) -> tuple[Repeated, ...]:
    groups: dict[tuple[str, str, str, str], list[tuple[str, _Last]]] = defaultdict(list)
    for (document, _), one in found.items():
        groups[one.extractor, one.triple[0], one.predicate, one.triple[1]].append((document, one))
    rows = []
    for (extractor, subject, predicate, object_), group in groups.items():
        outcomes = Counter(one.outcome for _, one in group)
        if outcomes[REJECTED] >= FEWEST and not outcomes[ACCEPTED]:
            rejected = [(document, one) for document, one in group if one.outcome == REJECTED]
            about = {"extractor": extractor, "subject": subject, "predicate": predicate, "object": object_}
            documents = len({document for document, _ in rejected})
            said = rejected[-1][1].evidence
            rows.append(Repeated(**about, rejected=len(rejected), documents=documents, evidence=said))
    return tuple(sorted(rows, key=lambda r: (-r.documents, r.extractor, r.subject, r.object))[:MOST])
