"""What judgements say of the program: worked out by hand, then asked of the program."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import pytest
from typer.testing import CliRunner

from claimstake.cli import app
from claimstake.records import Claim, Entity, Qualifiers, Span
from claimstake.review.contract import Judgement
from claimstake.review.judgements import Judgements
from claimstake.review.statistics import Statistics, band, interval, statistics
from reviewing import BAN, DOMINATES, MINES, ONE, QUOTA, TWO, accept, add, correct, key, mark, reject, undo

NUMBERS = count(1)


def mention(number: int, name: str) -> Entity:
    return Entity(id=f"e{number}", label="MINERAL", text=name, start=0, end=len(name), canonical=name)


def claim(id_: str, *, predicate: str = "produces", extractor: str = "rule@1", confidence: float | None = 0.8) -> Claim:
    said = {"subject": "e1", "object": "e2", "qualifiers": Qualifiers(), "evidence": Span(start=0, end=4, text="Said")}
    return Claim(id=id_, predicate=predicate, confidence=confidence, extractor=extractor, **said)


def judged(
    verdict: str,
    what: Claim | None,
    *,
    by: str = "ada",
    document: str = "d1",
    right: Claim | None = None,
    things: tuple[str, str] = ("Rock Tech", "tungsten"),
) -> Judgement:
    ends = mention(1, things[0]), mention(2, things[1])
    number = next(NUMBERS)
    return Judgement(
        id=number,
        document=document,
        claim=what.id if what else right.id,  # type: ignore[union-attr]
        verdict=verdict,
        record=right,
        ends=ends if right else None,
        before=what,
        ends_before=ends if what else None,
        by=by,
        at=f"2026-11-{number % 28 + 1:02}T08:00:00Z",
    )


def test_shares_and_intervals() -> None:
    low, high = interval(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)  # Wilson, as in textbooks
    assert (interval(0, 3)[0], interval(3, 3)[1]) == (0, 1)
    assert [band(c) for c in (None, 0.0, 0.49, 0.5, 0.89, 0.9, 1.0)] == [
        *("none", "0.0-0.5", "0.0-0.5", "0.5-0.6", "0.8-0.9", "0.9-1.0", "0.9-1.0"),
    ]


def test_a_claim_counts_once_with_its_last_judgement() -> None:
    a, b, c = claim("c1", confidence=0.95), claim("c2", confidence=0.85), claim("c3", confidence=None)
    found = statistics(
        [
            judged("rejected", a),
            judged("accepted", a, by="ben"),
            judged("corrected", b, right=b),
            judged("accepted", b, right=b, by="ben"),
            judged("rejected", c),
            judged("added", None, right=claim("c9")),
            judged("added", None, right=claim("c8")),
            judged("rejected", None, right=claim("c8")),
            judged("accepted", claim("c4")),
            judged("undone", claim("c4")),
        ]
    )
    assert (found.total.accepted, found.total.corrected, found.total.rejected, found.added) == (1, 1, 1, 1)
    assert (found.total.qualifiers, found.total.precision, found.total.confidence) == (1, 1 / 3, pytest.approx(0.9))
    assert [(b.name, b.judged, b.precision) for b in found.bands] == [
        ("0.8-0.9", 1, 0.0),
        ("0.9-1.0", 1, 1.0),
        ("none", 1, 0.0),
    ]
    assert found.error == pytest.approx((0.85 + 0.05) / 2)
    assert [(w.name, w.accepted, w.corrected, w.rejected, w.added) for w in found.analysts] == [
        ("ada", 0, 1, 2, 1),
        ("ben", 1, 1, 0, 0),
    ]


def test_agreement_of_two() -> None:
    """Five claims: both accept two, both reject one, once they differ, once they correct it differently."""
    claims = [claim(f"c{n}") for n in range(5)]
    ada = ["accepted", "accepted", "rejected", "accepted", "corrected"]
    ben = ["accepted", "accepted", "rejected", "rejected", "corrected"]
    rights = {"ada": claim("x1"), "ben": claim("x2")}
    rows = [
        judged(verdict, c, by=by, right=rights[by] if verdict == "corrected" else None)
        for by, verdicts in (("ada", ada), ("ben", ben))
        for c, verdict in zip(claims, verdicts, strict=True)
    ]
    (pair,) = statistics([*rows, judged("accepted", claims[0], by="eva", document="d2")]).agreement
    chance = (3 * 2 + 1 * 2 + 1 * 1) / 25
    assert (pair.first, pair.second, pair.both, pair.same) == ("ada", "ben", 5, 3)
    assert pair.kappa == pytest.approx((4 / 5 - chance) / (1 - chance))


def test_triples_that_are_rejected_again_and_again() -> None:
    rows = [judged("rejected", claim("c1"), document=f"d{n}") for n in range(3)]
    rows += [judged("rejected", claim("c2"), document=f"d{n}", things=("Rock Tech", "tin")) for n in range(3)]
    rows += [judged("accepted", claim("c2"), document="d9", things=("Rock Tech", "tin"))]
    rows += [judged("rejected", claim("c3", extractor="other@1"), document="d1")]
    (found,) = statistics(rows).repeated
    assert (found.extractor, found.subject, found.predicate, found.object) == (
        *("rule@1", "Rock Tech", "produces", "tungsten"),
    )
    assert (found.rejected, found.documents, found.evidence) == (3, 3, "Said")


def test_statistics_of_a_database(judgements: Judgements, address: str) -> None:
    judgements.judge(key(ONE), accept(BAN), by="ada")
    judgements.judge(key(ONE), correct(QUOTA, object=mark("shipments", "PRODUCT")), by="ada")
    judgements.judge(key(ONE), reject(DOMINATES), by="ada")
    judgements.judge(key(ONE), accept(DOMINATES), by="ben")
    judgements.judge(key(TWO), reject(MINES), by="ben")
    judgements.judge(key(TWO), undo(MINES), by="ada")
    about = {
        "subject": "e1",
        "object": mark("germanium", "MINERAL", "Rock Tech mines tungsten in Almonda. The firm sells germanium"),
    }
    judgements.judge(key(TWO), add(predicate="produces", **about), by="ada")
    done = CliRunner().invoke(app, ["review", "stats", "--db", address, "--json"])
    assert done.exit_code == 0, done.output
    found = Statistics.model_validate_json(done.stdout)
    assert found == statistics(judgements.stream())
    assert [(p.name, p.accepted, p.corrected, p.rejected) for p in found.predicates] == [
        ("restricts_export_of", 1, 1, 0),
        ("dominates", 1, 0, 0),
    ]
    assert [e.name for e in found.extractors] == [
        "ban-exports-verb@rules-1",
        "caps-shipments@rules-1",
        "learned@pairs-1",
    ]
    assert (found.added, [(a.both, a.same) for a in found.agreement]) == (1, [(1, 0)])
    table = CliRunner().invoke(app, ["review", "stats", "--db", address])
    assert "caps-shipments@rules-1" in table.stdout
    assert "1 claim was added that the program had missed" in table.stderr
    assert json.loads(done.stdout)["total"]["precision"] == pytest.approx(2 / 3)


def test_nothing_judged(kept: Judgements, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["review", "stats", "--db", str(tmp_path / "news.db")])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "nothing was judged yet" in done.stderr
