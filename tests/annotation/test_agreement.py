"""Several annotators of one document: conflicts, agreement, and whose version counts."""

from __future__ import annotations

import random

import pytest
from sklearn.metrics import cohen_kappa_score

from claimstake.annotation.agreement import agreement, choose, cohen, krippendorff
from claimstake.annotation.contract import Pulled
from claimstake.records import AnnotatedDocument
from claimstake.training import inline

HEAD = "id: {}\ntitle: T\n=== text\n{{{{"
TAIL = "}}\n=== claims\n"
FULL = "[Oslo|PLACE] opened a [nickel|MINERAL] mine, said [Fjord|COMPANY]."
CLAIM = 'produces | Oslo | nickel | - | "Oslo opened a nickel"\n'


def document(text: str = FULL, claims: str = "", name: str = "d") -> AnnotatedDocument:
    """A document from the inline format."""
    return inline.parse(HEAD.format(name) + text + TAIL + claims, name).record


def version(document: AnnotatedDocument, annotator: str | None, *, confirmed: bool = True) -> Pulled:
    """One annotator's version."""
    return Pulled(document, annotator, confirmed, None)


class TestConflicts:
    def test_same_versions(self) -> None:
        """Two that say the same have no conflict, and agree in full."""
        found = agreement([version(document(claims=CLAIM), "ann"), version(document(claims=CLAIM), "ben")])
        assert found.conflicts == []
        assert found.pairs["ann", "ben"] == {
            "documents": 1, "entities strict F1": 1, "entities relaxed F1": 1, "claims F1": 1, "token labels kappa": 1,
        }  # fmt: skip
        assert found.alpha == 1

    def test_each_difference_is_told(self) -> None:
        """A mention or claim that only one has, another label, another qualifier: all are told, with who says what."""
        ann = document(claims=CLAIM.replace("| -", "| polarity=negated"))
        ben = document(FULL.replace("COMPANY", "ORGANIZATION"), CLAIM)
        cat = document(FULL.replace("[Fjord|COMPANY]", "Fjord"))
        found = agreement([version(ann, "ann"), version(ben, "ben"), version(cat, "cat")])
        assert [c.to_json() for c in found.conflicts] == [
            {"document": "d", "what": "mention relabelled", "of": "COMPANY", "text": "Fjord", "start": 32,
             "ann": "COMPANY", "ben": "ORGANIZATION"},
            {"document": "d", "what": "claim changed", "of": "produces", "text": "Oslo | nickel", "start": 0,
             "part": "polarity", "ann": "negated", "ben": ""},
            {"document": "d", "what": "mention of one", "of": "COMPANY", "text": "Fjord", "start": 32,
             "ann": "Fjord", "cat": ""},
            {"document": "d", "what": "claim of one", "of": "produces", "text": "Oslo | nickel", "start": 0,
             "ann": "polarity=negated", "cat": ""},
            {"document": "d", "what": "mention of one", "of": "ORGANIZATION", "text": "Fjord", "start": 32,
             "ben": "Fjord", "cat": ""},
            {"document": "d", "what": "claim of one", "of": "produces", "text": "Oslo | nickel", "start": 0,
             "ben": "yes", "cat": ""},
        ]  # fmt: skip

    def test_figures(self) -> None:
        """F1 of mentions and claims, whoever of the two is first."""
        less = document(FULL.replace("[Fjord|COMPANY]", "Fjord"))
        for order in (("ann", "ben"), ("ben", "ann")):
            found = agreement([version(document(claims=CLAIM), order[0]), version(less, order[1])]).pairs["ann", "ben"]
            assert found["entities strict F1"] == 0.8
            assert found["claims F1"] == 0

    def test_tables(self) -> None:
        """A table of pairs, and one of conflicts where it is asked for."""
        versions = [version(document(), "ann"), version(document(FULL.replace("[Oslo|PLACE]", "Oslo")), "ben")]
        pairs, conflicts = agreement(versions).sheets(most=5)
        assert pairs.rows == [("ann, ben", "1", "0.800", "0.800", "", "0.757")]
        assert conflicts.rows == [("d", "mention of one", "PLACE", "Oslo", "ann: Oslo", "ben: –")]
        assert agreement(versions[:1]).sheets() == []


class TestChoice:
    def test_one_or_equal(self) -> None:
        """The only version, or the one that all agree on."""
        found = choose([version(document(), "ann"), version(document(), "ben"), version(document(name="f"), "ann")])
        assert {name: choice.chosen.annotator for name, choice in found.items()} == {"d": "ann", "f": "ann"}

    def test_conflict(self) -> None:
        """Where two differ, the preferred one's; without a preference none."""
        versions = [version(document(), "ann"), version(document(claims=CLAIM), "ben")]
        assert choose(versions)["d"].chosen is None
        assert choose(versions, "ben")["d"].chosen is versions[1]
        assert choose(versions, "cat")["d"].chosen is None

    def test_unconfirmed_does_not_count(self) -> None:
        """Beside a confirmed version one that is not confirmed has no say."""
        versions = [version(document(), "ann", confirmed=False), version(document(claims=CLAIM), "ben")]
        assert choose(versions)["d"].chosen is versions[1]
        assert agreement(versions).groups == ()


class TestCoefficients:
    def test_kappa_is_that_of_scikit_learn(self) -> None:
        """Cohen's kappa is what scikit-learn computes."""
        chance = random.Random(1)
        for _ in range(20):
            first = chance.choices("abc", [5, 2, 1], k=40)
            second = [a if chance.random() < 0.7 else chance.choice("abc") for a in first]
            assert cohen(first, second) == pytest.approx(cohen_kappa_score(first, second))

    def test_alpha_of_the_published_example(self) -> None:
        """Krippendorff's own example of four observers, with missing values, has alpha 0.743."""
        observers = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
        units = [[None if v == "." else v for v in unit] for unit in zip(*observers, strict=True)]
        assert krippendorff(units) == pytest.approx(0.743, abs=0.0005)

    def test_undefined(self) -> None:
        """Nothing to compare, or one value only, has no coefficient."""
        assert cohen([], []) is None
        assert cohen("aa", "aa") is None
        assert krippendorff([("a", "a")]) is None
        assert krippendorff([("a", None)]) is None
