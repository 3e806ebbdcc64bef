"""Why a claim was made, from the record that the claim finder leaves on the Doc."""

from __future__ import annotations

from spacy.language import Language

from claimstake import pipeline
from claimstake.explain import explanations, triggers
from claimstake.output import document
from claimstake.records import Article
from docs import BAN, ban, claim, end


def test_an_explanation_says_what_led_to_the_claim() -> None:
    """Sentence, trigger with its rule, both ends, path and cues, under the id that the output has."""
    doc = ban()
    doc._.claims[0]["cues"] = ["status: since"]
    (found,) = explanations(doc)
    assert found.id == document(doc).claims[0].id
    assert (found.rule, found.version) == ("ban-exports-verb", "rules-1")
    steps = dict(found.steps())
    assert steps["sentence"] == "China banned exports of gallium."
    assert steps["trigger"] == '"banned" at 6, rule ban-exports-verb'
    assert steps["subject"] == 'China (PLACE), "China" at 0'
    assert steps["path"] == "lsubj ← banned → via"
    assert steps["cues"] == "status: since"


def test_a_nominal_says_what_it_stands_for() -> None:
    """Where a pronoun carries the claim, the explanation names both the pronoun and the thing."""
    doc = ban()
    subject, object_ = end(doc, "It", "PLACE", "China", kind="nominal"), end(doc, "gallium", "MINERAL", "gallium")
    claim(doc, "dominates", subject, object_, BAN, "named")
    assert dict(explanations(doc)[1].steps())["subject"] == 'China (PLACE), which "It" at 33 stands for'


def test_one_claim_can_be_asked_for() -> None:
    """By its id or the beginning of it; an id that no claim has gives nothing, and so does a level above all."""
    doc = ban()
    (found,) = explanations(doc)
    assert explanations(doc, claim=found.id[:6]) == [found]
    assert explanations(doc, claim="c000000000") == []
    assert explanations(doc, min_confidence=0.81) == []


def test_explanations_agree_with_the_output(nlp: Language) -> None:
    """On a real text, every claim of the output is explained, with offsets that point at the words."""
    text = "China banned exports of gallium and germanium in December. Tesla makes electric vehicles in Texas."
    doc = pipeline.annotate(nlp, Article(id="a", text=text, published="2025-01-06"))
    found = explanations(doc)
    assert [e.id for e in found] == [c.id for c in document(doc).claims]
    assert {(e.subject.canonical, e.predicate, e.object.canonical) for e in found} >= {
        ("China", "restricts_export_of", "gallium"),
        ("China", "restricts_export_of", "germanium"),
    }
    for e in found:
        assert text[e.start : e.end] == e.sentence
        assert text[e.trigger_start : e.trigger_end] == e.trigger
        assert (e.trigger_start, e.trigger_end) == triggers(doc)[e.id]
        assert e.path
