"""Properties that hold for every input."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language

from claimstake import output, pipeline
from claimstake.records import EDTF_PATTERN, Article

VOCABULARY = (
    "China Beijing banned exports of gallium , lithium and the Ministry of Commerce said U.S. on July 15 up to 60% "
    "2024–25 “ ” ( ) no not may CATL Corp. 20,000 tonnes ≥160 mAh/g licence tariffs , such as batteries . ; : "
    "- EU 3.5 V it the company"
)
WORDS = st.sampled_from([*VOCABULARY.split(" "), "\n", "\n\n"])
PROSE = st.lists(WORDS, max_size=60).map(" ".join)
ANYTHING = st.text(alphabet=st.characters(codec="utf-8"), max_size=300)
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(text=PROSE | ANYTHING)
def test_offsets_point_at_what_they_say(nlp: Language, text: str) -> None:
    """text[start:end] == mention.text, for mentions, evidence and body, whatever the text; annotating never raises."""
    doc = pipeline.annotate(nlp, Article(id="x", text=text, published="2025-07-16"))
    record = output.document(doc, text=True).to_json()
    ids = {e["id"] for e in record["entities"]}
    for entity in record["entities"]:
        assert text[entity["start"] : entity["end"]] == entity["text"]
        value = entity.get("value")
        assert not isinstance(value, str) or re.match(EDTF_PATTERN, value)
    for claim in record["claims"]:
        evidence = claim["evidence"]
        assert text[evidence["start"] : evidence["end"]] == evidence["text"]
        assert {claim["subject"], claim["object"]} <= ids
    for span in record["doc"].get("body", []):
        assert 0 <= span["start"] <= span["end"] <= len(text)


@SLOW
@given(text=PROSE)
def test_same_input_same_output(nlp: Language, text: str) -> None:
    """Annotating is deterministic, ids included."""
    article = Article(id="x", text=text, published="2025-07-16")
    first, second = (output.document(pipeline.annotate(nlp, article)).to_json() for _ in range(2))
    assert first == second


def test_order_of_documents_does_not_matter(nlp: Language) -> None:
    """What one document is annotated with does not depend on those before it."""
    texts = [
        "China banned exports of gallium.",
        "The company makes batteries.",
        "Nvidia Corp. said it makes chips in Texas.",
    ]
    articles = [Article(id=str(i), text=t) for i, t in enumerate(texts)]
    forward = {
        a.id: output.document(d).to_json() for a, d in zip(articles, pipeline.annotate_many(nlp, articles), strict=True)
    }
    backward = list(reversed(articles))
    again = {
        a.id: output.document(d).to_json() for a, d in zip(backward, pipeline.annotate_many(nlp, backward), strict=True)
    }
    assert forward == again
