"""The measures component: spans and attributes on the Doc, within the body, aligned with tokens."""

from __future__ import annotations

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.training import Example

from claimstake.attributes import BODY, MEASURES, add_mention, attrs_of, new_group
from claimstake.pipes.measures import line_sentence, sentence_of
from claimstake.tokenizer import customise

TEXT = "The draft asks for a tap density >1.2 g/cc and an output of about 20,000 tonnes per year."


@pytest.fixture(scope="module")
def finder() -> Language:
    """A blank pipeline with the project's tokenizer and the measures component."""
    nlp = spacy.blank("en")
    customise(nlp)
    nlp.add_pipe("claimstake_measures")
    return nlp


def spans_of(doc: Doc) -> list[str]:
    return [span.text for span in doc.spans[MEASURES]]


def test_spans_and_attributes(finder: Language) -> None:
    """Every measure is a QUANTITY span with value, kind, extractor and, where named, parameter."""
    doc = finder(TEXT)
    first, second = doc.spans[MEASURES]
    assert [(s.text, s.label_) for s in (first, second)] == [
        (">1.2 g/cc", "QUANTITY"),
        ("about 20,000 tonnes per year", "QUANTITY"),
    ]
    assert attrs_of(doc, MEASURES, first) == {
        "value": {"comparator": ">", "value": 1.2, "unit": "g/cm3"},
        "kind": "amount",
        "extractor": "measures",
        "parameter": "tap density",
    }
    assert attrs_of(doc, MEASURES, second)["value"] == {"comparator": "~", "value": 20000.0, "unit": "t/a"}


def test_a_range_is_a_list_of_two(finder: Language) -> None:
    """Values stay plain JSON: a range is a list."""
    doc = finder("Royalties vary from 14-19% there.")
    assert attrs_of(doc, MEASURES, doc.spans[MEASURES][0])["value"] == {
        "comparator": "..",
        "value": [14.0, 19.0],
        "unit": "%",
    }


def test_a_parameter_is_carried_over(finder: Language) -> None:
    """What the first of two linked measures gives, the second gives too."""
    doc = finder("The tap density was eased to 1.2 g/cc from 2.1 g/cc in the draft.")
    assert [attrs_of(doc, MEASURES, s).get("parameter") for s in doc.spans[MEASURES]] == ["tap density"] * 2


def test_only_the_body_is_read(finder: Language) -> None:
    """Measures outside doc.spans["body"] are not marked."""
    doc = finder.make_doc("Share 5 kg\nThe mine shipped 10 kg of ore.\nRelated: 7 kg")
    body = new_group(doc, BODY)
    start = next(token.i for token in doc if token.text == "The")
    end = next(token.i for token in doc if token.text == "Related")
    add_mention(body, start, end, BODY)
    assert spans_of(finder(doc)) == ["10 kg"]


def test_an_empty_text_has_no_measures(finder: Language) -> None:
    """The group exists and is empty."""
    assert spans_of(finder("")) == []


def test_slashed_amounts_are_two_spans(finder: Language) -> None:
    """The tokenizer keeps "30GW/111GWh" apart, so each has its own span."""
    assert spans_of(finder("approximately 30GW/111GWh of storage")) == ["approximately 30GW", "111GWh"]


def test_spans_grow_to_whole_tokens() -> None:
    """Where a tokenizer glues text to a measure, the span covers the token and spans do not overlap."""
    nlp = spacy.blank("xx")
    nlp.tokenizer = lambda text: Doc(nlp.vocab, words=["x(5kg)y", "a"], spaces=[True, False])
    nlp.add_pipe("claimstake_measures")
    assert spans_of(nlp("x(5kg)y a")) == ["x(5kg)y"]


def test_attributes_survive_serialisation(finder: Language) -> None:
    """Spans and attributes come back from a DocBin."""
    doc = finder(TEXT)
    store = DocBin(docs=[doc])
    back = next(DocBin().from_bytes(store.to_bytes()).get_docs(finder.vocab))
    assert spans_of(back) == spans_of(doc)
    assert [attrs_of(back, MEASURES, s)["value"]["unit"] for s in back.spans[MEASURES]] == ["g/cm3", "t/a"]


def test_scorer_counts_bounds(finder: Language) -> None:
    """One of two reference spans found gives recall 1/2; labels do not matter."""
    reference = finder.make_doc("It costs $5 and weighs two stones.")
    group = new_group(reference, MEASURES)
    add_mention(group, 2, 4, "THRESHOLD")
    add_mention(group, 6, 8, "QUANTITY")
    example = Example(finder(finder.make_doc(reference.text)), reference)
    component = finder.get_pipe("claimstake_measures")
    scores = component.score([example])
    assert (scores["spans_measures_p"], scores["spans_measures_r"]) == (1.0, 0.5)


def test_sentence_without_annotation_is_the_line() -> None:
    """Line ends and full stops before capitals bound the sentence, abbreviations do not."""
    text = "Title\nThe U.S. limit is 5 kg. Nobody asked."
    at = text.index("5 kg")
    start, end = line_sentence(text, at, at + 4)
    assert text[start:end] == "The U.S. limit is 5 kg."


def test_sentence_with_annotation_is_the_parser_s(finder: Language) -> None:
    """Sentence starts on the tokens win over the guess."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    doc = nlp("we sell 5 kg. they buy 6 kg.")
    span = doc.char_span(8, 12)
    assert span is not None
    start, end = sentence_of(span, 0, doc.text, sentences=True)
    assert doc.text[start:end] == "we sell 5 kg."
