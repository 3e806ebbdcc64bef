"""What was changed of a document is named, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from claimstake.annotation.changes import Change, changes
from claimstake.annotation.contract import Pulled
from claimstake.annotation.diff import difference
from claimstake.records import AnnotatedDocument, Claim, Entity, Measure, Qualifiers, Span, Time
from claimstake.training import inline

SOURCE = """id: d
published: 2025-03-04
title: Zinc
name: Lima = Peru
=== text
{{[Lima|PLACE] banned exports of [zinc ore|MINERAL] and [tin|MINERAL] to [Chile|PLACE] on [March 3|DATE|2025-03-03].
[Chile|PLACE] buys [40 t|QUANTITY|= 40 t] of [tin|MINERAL] from [Lima|PLACE], and [Andes Tin|COMPANY] sells it.}}
=== claims
restricts_export_of | Peru | zinc ore + tin | status=in_force; measure=ban; target=Chile | "Lima banned exports of"
partners_with | Chile | Peru | - | "Chile buys 40 t"
"""
DOCUMENT = inline.parse(SOURCE, "d").record
Edit = Callable[[AnnotatedDocument], object]


def edited(*edits: Edit) -> AnnotatedDocument:
    """A copy of the document with changes."""
    copy = DOCUMENT.model_copy(deep=True)
    for edit in edits:
        edit(copy)
    return copy


def of(document: AnnotatedDocument, surface: str, number: int = 0) -> Entity:
    """The mention of a surface."""
    return [e for e in document.entities if e.text == surface][number]


def found(*edits: Edit) -> list[tuple[str, ...]]:
    """The changes, shortened."""
    return [
        tuple(filter(None, (c.thing, c.kind, c.part, c.what, c.before, c.after)))
        for c in changes(DOCUMENT, edited(*edits))
    ]


def replace(surface: str, number: int = 0, **values: object) -> Edit:
    """Change fields of a mention."""
    return lambda d: [setattr(of(d, surface, number), key, value) for key, value in values.items()]


def take(surface: str) -> Edit:
    """Remove a mention and the claims that end at it, as doccano does."""

    def edit(document: AnnotatedDocument) -> None:
        gone = of(document, surface)
        document.entities.remove(gone)
        document.claims = [c for c in document.claims if gone.id not in (c.subject, c.object)]

    return edit


def add(document: AnnotatedDocument) -> None:
    """Draw a mention."""
    start = document.doc.text.index("sells")
    document.entities.append(
        Entity(id="e99", label="PRODUCT", text="sells", start=start, end=start + 5, canonical="sells")
    )


def qualify(**values: object) -> Edit:
    """Change qualifiers of the first claim."""

    def edit(document: AnnotatedDocument) -> None:
        document.claims[0].qualifiers = document.claims[0].qualifiers.model_copy(update=values)

    return edit


def move(document: AnnotatedDocument) -> None:
    """Draw "zinc ore" without "ore"."""
    mention = of(document, "zinc ore")
    mention.end, mention.text, mention.canonical = mention.end - 4, "zinc", "zinc"


def turn(claim: Claim) -> None:
    """Swap the ends of a claim."""
    claim.subject, claim.object = claim.object, claim.subject


BOTH = "Peru | zinc ore"


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda d: None, []),
        (lambda d: d.entities.reverse(), []),
        (lambda d: [setattr(c, "confidence", 0.5) for c in (*d.claims, *d.entities)], []),
        (add, [("mention", "added", "sells", "sells")]),
        (
            take("zinc ore"),
            [
                ("mention", "removed", "zinc ore", "zinc ore"),
                ("claim", "removed", BOTH, "measure=ban; status=in_force; target=Chile"),
            ],
        ),
        (
            replace("Andes Tin", label="ORGANIZATION"),
            [("mention", "relabelled", "Andes Tin", "COMPANY", "ORGANIZATION")],
        ),
        (move, [("mention", "moved", "zinc ore", "zinc ore (23-31)", "zinc (23-27)")]),
        (replace("tin", 1, canonical="tin metal"), [("mention", "renamed", "tin", "tin", "tin metal")]),
        (
            replace("March 3", value="2024-03-03", canonical="2024-03-03"),
            [("mention", "revalued", "March 3", "2025-03-03", "2024-03-03")],
        ),
        (
            replace("40 t", value=Measure(comparator="~", value=40, unit="t")),
            [("mention", "revalued", "40 t", "= 40 t", "~ 40 t")],
        ),
        (
            qualify(status="proposed", target=None, polarity="affirmed"),
            [
                ("claim", "changed", "status", BOTH, "in_force", "proposed"),
                ("claim", "changed", "target", BOTH, "Chile"),
            ],
        ),
        (
            qualify(time=[Time(kind="event", value="2025-03")]),
            [("claim", "changed", "time", BOTH, "event:2025-03")],
        ),
        (
            lambda d: setattr(d.claims[0], "predicate", "restricts_import_of"),
            [("claim", "changed", "predicate", BOTH, "restricts_export_of", "restricts_import_of")],
        ),
        (
            lambda d: setattr(d.claims[1], "object", of(d, "tin", 1).id),
            [("claim", "changed", "object", "Peru | tin", "tin (36-39)", "tin (80-83)")],
        ),
        (
            lambda d: setattr(d.claims[0], "evidence", Span(start=0, end=31)),
            [("claim", "changed", "evidence", BOTH, DOCUMENT.doc.text[:60], DOCUMENT.doc.text[:31])],
        ),
        (lambda d: d.claims.pop(2), [("claim", "removed", "Chile | Peru")]),
        (lambda d: turn(d.claims[2]), []),
    ],
)  # fmt: skip
def test_change_is_named(edit: Edit, expected: list[tuple[str, ...]]) -> None:
    """One edit gives one change, and what follows from it in doccano."""
    assert found(edit) == expected


def test_ends_swapped_of_a_directed_claim() -> None:
    """A claim turned round is another claim."""

    assert [c[:3] for c in found(lambda d: turn(d.claims[0]))] == [
        ("claim", "removed", BOTH),
        ("claim", "added", "zinc ore | Peru"),
    ]


def test_two_claims_of_one_pair() -> None:
    """Of two claims about one pair of mentions each finds its own."""

    def twice(document: AnnotatedDocument) -> None:
        copy = document.claims[0].model_copy(
            deep=True, update={"id": "c9", "qualifiers": Qualifiers(polarity="negated")}
        )
        document.claims.insert(0, copy)

    before = edited(twice)
    after = before.model_copy(deep=True)
    after.claims.reverse()
    assert changes(before, after) == []
    assert [(c.kind, c.after) for c in changes(DOCUMENT, before)] == [("added", "polarity=negated")]


class TestDiff:
    @staticmethod
    def pulled(document: AnnotatedDocument, before: AnnotatedDocument | None = DOCUMENT, name: str = "d") -> Pulled:
        """A version of a document under a name."""
        rename = [
            None if d is None else d.model_copy(update={"doc": d.doc.model_copy(update={"id": name})})
            for d in (document, before)
        ]
        return Pulled(rename[0], None, True, rename[1])

    def test_nothing_changed(self) -> None:
        """Where nothing was changed all figures are 1, and every count stays."""
        diff = difference([self.pulled(DOCUMENT)])
        assert (diff.changed, diff.changes) == (0, [])
        assert diff.scores.value("entities strict F1") == diff.scores.value("claims F1") == 1
        assert diff.mentions["PLACE"] == {"before": 4, "after": 4}

    def test_counts(self) -> None:
        """Counts by label and predicate add up: what was there, less what went, more what came, is there now."""
        one = self.pulled(edited(take("tin"), add, qualify(status="proposed", target=None)))
        other = self.pulled(edited(replace("Andes Tin", label="ORGANIZATION")), name="f")
        new = self.pulled(DOCUMENT, None, name="g")
        diff = difference([one, other, new])
        assert (len(diff.versions), diff.changed, diff.unknown) == (2, 2, 1)
        value = diff.to_json()
        assert value["mentions"]["MINERAL"] == {
            "before": 6, "added": 0, "removed": 1, "relabelled": 0, "moved": 0, "renamed": 0, "revalued": 0, "after": 5,
        }  # fmt: skip
        assert value["mentions"]["COMPANY"]["relabelled"] == 1
        assert value["claims"]["restricts_export_of"] == {
            "before": 4,
            "added": 0,
            "removed": 1,
            "changed": 1,
            "after": 3,
        }
        assert value["claim_parts"]["status"] == [{"before": "in_force", "after": "proposed", "number": 1}]
        assert len(value["changes"]) == 6
        assert value["figures"]["claims"] == {"p": 0.8333, "r": 1.0, "f": 0.9091, "gold": 5, "pred": 6}

    def test_tables(self) -> None:
        """The tables list labels, predicates, changed qualifiers, and as many changes as asked for."""
        diff = difference([self.pulled(edited(qualify(status="proposed"), add))])
        titles = [sheet.title for sheet in diff.sheets(most=1)]
        assert titles == [
            "1 of 1 documents changed; what was pushed, scored against what came back",
            "mentions by label",
            "claims by predicate",
            "what was changed of claims",
            "changes, 1 of 2",
        ]
        assert diff.sheets()[3].rows == [("status", "1", "in_force → proposed (1)")]

    def test_no_documents(self) -> None:
        """Of nothing there is an empty report."""
        assert difference([]).to_json()["changes"] == []


def test_offsets_of_a_change() -> None:
    """A change says where it stands, in code points."""
    [change] = changes(DOCUMENT, edited(replace("tin", 1, canonical="tin metal")))
    assert change == Change("d", "mention", "renamed", "MINERAL", "tin", "", "tin", "tin metal", 80)
    assert change.to_json()["start"] == 80
