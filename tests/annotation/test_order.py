"""The order in which documents are annotated: doubt by the word, copies last, the same however the input stands."""

from __future__ import annotations

import hashlib
import random
import zlib

import pytest

from claimstake.annotation.order import Signals, Weights, entropy, rank, words_of
from claimstake.records import AnnotatedDocument, Claim, DocumentInfo, Entity, Qualifiers, Span

WORDS = ("harbour", "smelter", "quota", "cobalt", "refinery", "customs", "notice", "ministry", "licence", "tariff")
ALONE = Weights(diversity=0.0)


def text_of(seed: int, words: int) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choice(WORDS) + str(chance.randrange(50)) for _ in range(words))


def document(
    name: str,
    confidences: list[float],
    *,
    text: str | None = None,
    words: int = 200,
    label: str = "PLACE",
    claims: list[float] | None = None,
    extractor: str = "gazetteer",
) -> AnnotatedDocument:
    """A record with mentions of those confidences, one a word, and claims between the first two."""
    text = text if text is not None else text_of(zlib.crc32(name.encode()), words)
    places, start = [], 0
    for word in text.split():
        places.append((start, start + len(word)))
        start += len(word) + 1
    entities = [
        Entity(
            id=f"e{i + 1}",
            label=label,
            text=text[a:b],
            start=a,
            end=b,
            canonical=text[a:b],
            confidence=p,
            extractor=extractor,
        )
        for i, (p, (a, b)) in enumerate(zip(confidences, places, strict=False))
    ]
    found = [
        Claim(
            id=f"c{i}",
            predicate="located_in",
            subject="e1",
            object="e2",
            qualifiers=Qualifiers(),
            evidence=Span(start=0, end=len(text)),
            confidence=p,
            extractor="site@rules-1",
        )
        for i, p in enumerate(claims or [])
    ]
    info = DocumentInfo(id=name, sha256=hashlib.sha256(text.encode()).hexdigest(), text=text)
    return AnnotatedDocument(doc=info, entities=entities, claims=found)


def ids(ranked: list) -> list[str]:
    return [one.document.doc.id for one in ranked]


def varied(number: int = 25) -> list[AnnotatedDocument]:
    chance = random.Random(3)
    labels = ("PLACE", "MINERAL", "COMPANY")
    return [
        document(
            f"doc{i}",
            [chance.random() for _ in range(chance.randrange(12))],
            words=chance.randrange(60, 500),
            label=chance.choice(labels),
        )
        for i in range(number)
    ]


def test_nothing_gives_nothing() -> None:
    assert rank([]) == []


def test_order_does_not_depend_on_the_order_of_the_input() -> None:
    given = varied()
    wanted = rank(given)
    for seed in range(5):
        shuffled = random.Random(seed).sample(given, len(given))
        assert rank(shuffled) == wanted


def test_every_document_has_one_place_and_an_uncertainty_in_bounds() -> None:
    given = varied()
    ranked = rank(given)
    assert sorted(ids(ranked)) == sorted(d.doc.id for d in given)
    assert all(0 <= one.uncertainty <= 1 and one.why for one in ranked)


def test_sure_documents_come_last() -> None:
    ranked = rank([document("sure", [1.0] * 9), document("half", [0.5] * 9), document("rather", [0.9] * 9)])
    assert ids(ranked) == ["half", "rather", "sure"]
    assert rank([ranked[-1].document], weights=Weights(found=0.0))[0].uncertainty == 0
    assert ranked[-1].why == "nothing in it is doubtful"


def test_of_texts_that_are_as_doubtful_the_one_with_more_in_it_teaches_more() -> None:
    rich, poor = document("rich", [1.0] * 20), document("poor", [1.0] * 4)
    assert ids(rank([poor, rich])) == ["rich", "poor"]


def test_a_claim_may_be_what_is_doubtful() -> None:
    ranked = rank([document("a", [0.97, 0.97]), document("b", [0.97, 0.97], claims=[0.5, 0.45])])
    assert ids(ranked) == ["b", "a"]
    assert ranked[0].why == "2 claims between 0.4 and 0.6"


@pytest.mark.parametrize("times", [2, 10])
def test_length_does_not_dominate(times: int) -> None:
    """A text of the same doubt by the word is not put first because it is longer."""
    dense = document("dense", [0.5] * 12, words=120)
    long = document("long", [0.5] * 12 + [0.99] * 12 * times, words=120 * times)
    assert ids(rank([long, dense], weights=ALONE)) == ["dense", "long"]


def test_a_few_words_do_not_win_by_chance() -> None:
    """One doubtful mention in six words is less than many in a text of usual length."""
    others = [document(f"other{i}", [0.9] * 5) for i in range(10)]
    ranked = rank([document("tiny", [0.5], words=6), document("rich", [0.5] * 20), *others], weights=ALONE)
    assert ids(ranked)[0] == "rich"


def test_copies_of_a_story_come_after_the_first_of_every_story() -> None:
    story = text_of(99, 300)
    copies = [document(f"copy{i}", [0.5] * (20 + i), text=story) for i in range(4)]
    others = [document(f"other{i}", [0.97] * 3, words=300) for i in range(5)]
    ranked = rank([*copies, *others])
    assert ids(ranked)[0] == "copy3"
    assert set(ids(ranked)[-3:]) == {"copy0", "copy1", "copy2"}
    assert all(one.why.startswith("a copy of copy3") for one in ranked[-3:])


def test_other_things_come_before_more_of_the_same() -> None:
    """Of documents that are about as doubtful, one that shows what was not shown yet comes second."""
    same = [document(f"same{i}", [0.5] * 12, text=f"{text_of(7, 12)} {text_of(i, 200)}") for i in range(4)]
    other = document("other", [0.5] * 11 + [0.6], words=212, label="COMPANY")
    assert "other" in ids(rank([*same, other]))[:2]
    assert ids(rank([*same, other], weights=ALONE))[-1] == "other"


def test_disagreement_counts() -> None:
    given = [document("agreed", [0.95] * 8), document("found", [0.95] * 8, extractor="recognised")]
    ranked = rank(given)
    assert ids(ranked) == ["found", "agreed"]
    assert "disagree on 8 mentions" in ranked[0].why
    told = rank(given, {"agreed": Signals(disagreements=30), "found": Signals()})
    assert ids(told) == ["agreed", "found"]


def test_records_without_text_or_confidence_are_ranked_all_the_same() -> None:
    bare = document("bare", [0.5] * 3)
    bare = bare.model_copy(update={"doc": bare.doc.model_copy(update={"text": None})})
    human = document("human", [])
    assert ids(rank([human, bare])) == ["bare", "human"]
    assert words_of(bare) >= 1


def test_places_beyond_the_greedy_ones_go_by_uncertainty() -> None:
    ranked = rank(varied(), greedy=5)
    rest = [one.uncertainty for one in ranked[5:]]
    assert rest == sorted(rest, reverse=True)


@pytest.mark.parametrize(("p", "bits"), [(0.0, 0.0), (1.0, 0.0), (0.5, 1.0)])
def test_entropy(p: float, bits: float) -> None:
    assert entropy(p) == bits
