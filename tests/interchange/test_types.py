"""Types of a doccano project: names, colours, keys, and the qualifiers that the name of a relation type carries."""

from __future__ import annotations

import re
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimstake import ontology
from claimstake.errors import ConfigError
from claimstake.interchange.types import (
    CLOSED_VALUES,
    KEYS,
    USUAL,
    ShownType,
    decode,
    encode,
    readable,
    relation_types,
    span_types,
)
from claimstake.records import Qualifiers

ONTOLOGY = ontology.default()


def own(**tables: list[dict[str, object]]) -> ontology.Ontology:
    """The packaged ontology and a user's labels and predicates."""
    return ONTOLOGY.extended(tables, source="own.toml")


def check(types: tuple[ShownType, ...]) -> None:
    """What doccano asks of a project's types of one kind."""
    assert len({t.name for t in types}) == len(types)
    assert all(0 < len(t.name) <= 100 for t in types)
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for t in types for colour in (t.background, t.text))
    keys = [t.key for t in types if t.key]
    assert len(keys) == len(set(keys))
    assert set(keys) <= set(KEYS)


def test_every_label_is_a_span_type() -> None:
    """Labels in order with their colours, then nominals and evidence; each has a key of its own."""
    types = span_types(ONTOLOGY)
    check(types)
    assert [t.name for t in types] == [*ONTOLOGY.labels, "NOMINAL", "EVIDENCE"]
    assert [t.background for t in types[:-2]] == [label.colour for label in ONTOLOGY.labels.values()]
    assert all(t.key and t.prefix is None for t in types)


def test_relation_types_offer_one_word_changes() -> None:
    """An annotator, who cannot make types, finds each predicate with each status, and with hedged and negated."""
    types = relation_types(ONTOLOGY)
    check(types)
    names = {t.name for t in types}
    assert {*ONTOLOGY.predicates, "same_as", "lifted sanctions", "hedged produces", "ban restricts_export_of"} <= names
    assert not names & {"proposed produces", "ban sanctions", "in_force sanctions", "proposed same_as"}


def test_types_that_claims_need_are_added() -> None:
    """Combinations of words come where an arc has them, once, in the usual order; what is no type does not."""
    used = ["ban hedged lifted restricts_export_of", "hedged lifted ban restricts_export_of", "nonsense", "sanctions"]
    added = [t.name for t in relation_types(ONTOLOGY, used)[len(relation_types(ONTOLOGY)) :]]
    assert added == ["hedged lifted ban restricts_export_of"]


def test_keys_stay_when_labels_are_added() -> None:
    """A user's label takes a free key and no other label's, also where its name has no letter of the keyboard."""
    before = {t.name: t.key for t in span_types(ONTOLOGY)}
    types = span_types(own(label=[{"name": "ALLOY"}, {"name": "矿物"}, {"name": "ÉÉ"}]))
    check(types)
    assert before.items() <= {t.name: t.key for t in types}.items()
    assert all(t.key for t in types)


def test_own_keys() -> None:
    """A key that the ontology names is taken, with its prefix, and no other type gets it."""
    types = span_types(own(label=[{"name": "ALLOY", "key": "ctrl shift m"}, {"name": "SHIP", "key": "7"}]))
    check(types)
    shown = {t.name: (t.prefix, t.key) for t in types}
    assert shown["ALLOY"] == ("ctrl shift", "m")
    assert shown["SHIP"] == (None, "7")


@pytest.mark.parametrize("key", ["ö", "alt m", "mm", "ctrl"])
def test_keys_that_doccano_does_not_know(key: str) -> None:
    """They are refused with the label's name."""
    with pytest.raises(ConfigError, match="ALLOY"):
        span_types(own(label=[{"name": "ALLOY", "key": key}]))


def test_one_key_twice_is_refused() -> None:
    """doccano's page does not look at prefixes, so that two types with one letter would get in each other's way."""
    with pytest.raises(ConfigError, match="same key 'm'"):
        span_types(own(label=[{"name": "ALLOY", "key": "m"}, {"name": "SHIP", "key": "shift m"}]))


def test_more_types_than_keys() -> None:
    """Types beyond the 36 keys have none."""
    types = span_types(own(label=[{"name": f"KIND_{i}"} for i in range(40)]))
    check(types)
    assert sum(t.key is None for t in types) == len(types) - len(KEYS)


@pytest.mark.parametrize(
    ("tables", "name"),
    [
        ({"label": [{"name": "EVIDENCE"}]}, "EVIDENCE"),
        ({"label": [{"name": "L" * 101}]}, "L" * 101),
        ({"predicate": [{"name": "same_as", "subject": ["PLACE"], "object": ["PLACE"]}]}, "same_as"),
        ({"predicate": [{"name": "proposed", "subject": ["PLACE"], "object": ["PLACE"]}]}, "proposed"),
        ({"predicate": [{"name": "p" * 80, "subject": ["PLACE"], "object": ["PLACE"]}]}, "p" * 80),
    ],
)
def test_names_that_cannot_be_types(tables: dict[str, list[dict[str, object]]], name: str) -> None:
    """What would be taken for something else, or is too long, is refused by name."""
    with pytest.raises(ConfigError, match=name):
        (span_types(own(**tables)), relation_types(own(**tables)))


def test_a_user_predicate() -> None:
    """It has a colour, a key and the statuses that its qualifiers name."""
    row = {"name": "ships_to", "subject": ["COMPANY"], "object": ["PLACE"], "qualifiers": ["status"]}
    types = relation_types(own(predicate=[row]))
    check(types)
    assert {"ships_to", "suspended ships_to", "negated ships_to"} <= {t.name for t in types}


QUALIFIERS = st.builds(Qualifiers, **{name: st.sampled_from((None, *values)) for name, values in CLOSED_VALUES.items()})


@given(st.sampled_from(sorted(ONTOLOGY.predicates)), QUALIFIERS)
def test_encode_and_decode(predicate: str, qualifiers: Qualifiers) -> None:
    """Closed qualifiers come back from a type's name, filled up with the usual values that the predicate takes."""
    takes = [q for q in ("status", "measure") if q in ONTOLOGY.predicates[predicate].qualifiers]
    said = {q: v for q, v in qualifiers.model_dump(exclude_none=True).items() if q not in ("status", "measure")}
    said |= {q: getattr(qualifiers, q) or USUAL[q] for q in takes}
    kept = Qualifiers(**{q: v for q, v in said.items() if q in takes or v != USUAL[q]})
    name = encode(predicate, kept, ONTOLOGY)
    named, problems = decode(name, ONTOLOGY)
    assert named is not None
    assert (named.predicate, Qualifiers(**named.qualifiers), named.name, problems) == (predicate, kept, name, [])
    assert not set(name.split()) & set(USUAL.values())


def test_words_in_any_order() -> None:
    """Four words mean the same in each of their orders, in large letters too."""
    words = ["hedged", "Lifted", "BAN", "restricts_export_of"]
    read = {str(decode(" ".join(order), ONTOLOGY)) for order in permutations(words)}
    assert len(read) == 1
    named, problems = decode(" ".join(words), ONTOLOGY)
    assert problems == []
    assert named is not None
    assert named.qualifiers == {"certainty": "hedged", "status": "lifted", "measure": "ban"}


@pytest.mark.parametrize(
    ("name", "predicate", "problem"),
    [
        ("planned sanctions", "sanctions", "unknown word 'planned'"),
        ("lifted proposed sanctions", "sanctions", "'lifted' and 'proposed' are both a status"),
        ("proposed located_in", "located_in", "takes no status"),
        ("hedged", None, "no predicate"),
        ("sanctions produces", None, "two predicates"),
        ("", None, "no predicate"),
    ],
)
def test_what_is_wrong_with_a_name(name: str, predicate: str | None, problem: str) -> None:
    """Each wrong word is told; the predicate is read all the same where there is one."""
    named, problems = decode(name, ONTOLOGY)
    assert (named.predicate if named is not None else None) == predicate
    assert problem in "; ".join(problems)


@pytest.mark.parametrize(
    ("background", "text"), [("#ffffff", "#000000"), ("#000000", "#ffffff"), ("#fff0a3", "#000000")]
)
def test_text_is_readable(background: str, text: str) -> None:
    """Black on light, white on dark."""
    assert readable(background) == text
