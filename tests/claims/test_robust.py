"""The claim rules never raise, give the same twice, and stay linear in the length of what they read."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc

from claimstake import attributes, ontology
from claimstake.pipes.claims import Claims
from markup import make_doc

LABELS = sorted(ontology.default().labels)
WORDS = [
    "China",
    "bans",
    "exports",
    "of",
    "gallium",
    ",",
    "which",
    "is",
    "used",
    "in",
    "chips",
    "and",
    "by",
    "the",
    "said",
    "that",
    "it",
    "will",
    "because",
    "tariffs",
    "on",
    "from",
    "to",
    "sanctions",
    "U.S.",
    "'s",
    '"',
    "“",
    "”",
    "(",
    ")",
    ":",
    ";",
    "-",
    "•",
    "25",
    "%",
    "than",
    "such",
    "as",
    "including",
    "list",
    "no",
    "not",
    "proposed",
    "by",
    "until",
    "announced",
    "its",
    "these",
    "Article",
    "7",
    "shall",
    "\n",
    "\n\n",
    "a)",
]
MENTION = st.tuples(st.integers(0, 80), st.integers(1, 6), st.sampled_from(LABELS), st.sampled_from("ABCD"))


@pytest.fixture(scope="module")
def finder() -> Claims:
    return Claims("claimstake_claims", floor=0.0)


def marked(doc: Doc, mentions: list[tuple[int, int, str, str]]) -> Doc:
    """The doc with mentions at arbitrary places, overlapping ones too."""
    group = attributes.new_group(doc, attributes.MENTIONS)
    for start, length, label, name in mentions:
        if start + length <= len(doc):
            value = "2025-07-15" if label == "DATE" else None
            attributes.add_mention(group, start, start + length, label, canonical=name, value=value)
    return doc


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.sampled_from(WORDS), max_size=80), mentions=st.lists(MENTION, max_size=25))
def test_any_text(words: list[str], mentions: list[tuple[int, int, str, str]], finder: Claims, base: Language) -> None:
    """Words in any order with mentions anywhere: no error, the same claims twice, signatures and offsets kept."""
    doc = marked(base(" ".join(words)), mentions)
    claims = finder.find(doc)
    assert claims == finder.find(doc)
    for claim in claims:
        predicate = ontology.default().predicates[claim["predicate"]]
        assert predicate.accepts(claim["subject"]["label"], claim["object"]["label"])
        assert claim["subject"]["canonical"] != claim["object"]["canonical"]
        evidence = claim["evidence"]
        assert doc.text[evidence["start"] : evidence["end"]] == evidence["text"]
        assert 0 < claim["confidence"] < 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200), mentions=st.lists(MENTION, max_size=10))
def test_any_characters(text: str, mentions: list[tuple[int, int, str, str]], finder: Claims, base: Language) -> None:
    """Any characters at all: no error."""
    finder.find(marked(base(text), mentions))


def test_no_mentions(finder: Claims, base: Language) -> None:
    """A doc without the span group has no claims."""
    assert finder.find(base("China banned exports of gallium.")) == []
    assert finder.find(base("")) == []


SENTENCES = {
    "list": "[China|PLACE] banned exports of {} and [zinc|MINERAL].",
    "clauses": "[China|PLACE] banned exports of [zinc|MINERAL]{} on [Friday|DATE|=2025-07-18].",
}
PARTS = {
    "list": " [mineral{0}|MINERAL|m{0}] ,",
    "clauses": " , and said that [Firm{0}|COMPANY|f{0}] mines [ore{0}|MINERAL|o{0}] for [chips|PRODUCT]",
}


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_long_sentences(kind: str, finder: Claims, base: Language) -> None:
    """A sentence of some two thousand tokens and three hundred mentions takes seconds; four times the words not sixteen
    times the time."""
    spent = []
    for count in (75, 300):
        body = "".join(PARTS[kind].format(i) for i in range(count))
        doc = make_doc(base, SENTENCES[kind].format(body))
        start = time.perf_counter()
        finder.find(doc)
        spent.append(time.perf_counter() - start)
    assert spent[1] < 20
    assert spent[1] < 10 * max(spent[0], 0.2)


def test_state_survives_bytes(finder: Claims, base: Language) -> None:
    """A component restored from bytes finds the same."""
    doc = make_doc(base, "[China|PLACE] banned exports of [gallium|MINERAL] to [Japan|PLACE].")
    restored = Claims("other", floor=0.9).from_bytes(finder.to_bytes())
    assert restored.find(doc) == finder.find(doc) != []
