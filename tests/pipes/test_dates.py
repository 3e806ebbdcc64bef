"""The component claimstake_dates: which dates it keeps, the tense it reads, the anchor it resolves against."""

import re

import pytest
import spacy
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example

import claimstake.pipes.dates  # noqa: F401 - registers the factory
from claimstake.attributes import BODY, DATES, attrs_of
from claimstake.pipes.dates import tense_of
from claimstake.records import EDTF_PATTERN


@pytest.fixture(scope="module")
def nlp():
    """A blank pipeline with the component: the tense comes from the look of the words."""
    blank = spacy.blank("en")
    blank.add_pipe("sentencizer")
    blank.add_pipe("claimstake_dates")
    return blank


def annotated(nlp, text, published=None):
    """The document of a text published at a date."""
    doc = nlp.make_doc(text)
    doc._.article = {"published": published}
    return nlp(doc)


def dates(doc):
    """Surface and value of every date kept."""
    return [(s.text, attrs_of(doc, DATES, s).get("value")) for s in doc.spans[DATES]]


@pytest.mark.parametrize(
    ("text", "published", "expected"),
    [
        ("Beijing banned exports on July 15.", "2025-07-16", [("July 15", "2025-07-15")]),
        ("The rules were proposed in January.", "2025-07", [("January", "2025-01")]),
        ("The rules will apply in January.", "2025-07", [("January", "2026-01")]),
        ("The draft is open until Feb. 1.", "2025-01-06", [("Feb. 1", "2025-02-01")]),
        ("On Thursday the ministry proposed limits.", "2025-01-03", [("Thursday", "2025-01-02")]),
        ("The ministry will decide on Thursday.", "2025-01-03", [("Thursday", "2025-01-09")]),
        ("Prices fell in November.", "2025-01-03", [("November", "2024-11")]),
        ("Output was cut in 2024–25.", None, [("2024–25", "2024/2025")]),
        ("Duties apply from August 1.", None, [("August 1", "XXXX-08-01")]),
        ("Last month it closed.", None, [("Last month", None)]),
        ("It closed within 60 days.", "2025-07-16", []),
        ("Thursday's ruling stands.", "2025-01-03", [("Thursday", "2025-01-02")]),
        (
            "It banned gallium in December 2024; earlier that year it curbed graphite.",
            "2025-07-16",
            [("December 2024", "2024-12"), ("earlier that year", "2024")],
        ),
        (
            "In 2023, zinc doubled from May to June. It fell in August.",
            "2025-07-16",
            [("2023", "2023"), ("May to June", "2023-05/2023-06"), ("August", "2024-08")],
        ),
        ("", None, []),
        ("2025", "2025-07-16", []),
    ],
)
def test_spans_and_values(nlp, text, published, expected):
    """Spans lie on tokens, values follow publication date and tense; unknown values are left out."""
    assert dates(annotated(nlp, text, published)) == expected


def test_attributes(nlp):
    """A date carries label, EDTF value and extractor, and nothing else."""
    doc = annotated(nlp, "It opened on May 2, 2024.")
    (span,) = doc.spans[DATES]
    assert span.label_ == "DATE"
    assert attrs_of(doc, DATES, span) == {"value": "2024-05-02", "extractor": "dates"}
    assert re.fullmatch(EDTF_PATTERN, attrs_of(doc, DATES, span)["value"])


def test_no_value_is_no_attribute(nlp):
    """Where nothing is known there is no value rather than a guess."""
    doc = annotated(nlp, "It opened yesterday in Perth.")
    assert [attrs_of(doc, DATES, s) for s in doc.spans[DATES]] == [{"extractor": "dates"}]


@pytest.mark.parametrize(
    ("text", "published", "expected"),
    [
        ("PERTH, November 13, 2025 (NEWSWIRE) - Acme said on Tuesday.", None, [("Tuesday", "2025-11-11")]),
        ("PERTH, November 13, 2025 (NEWSWIRE) - Acme said on Tuesday.", "2025-11-20", [("Tuesday", "2025-11-18")]),
        ("Published: July 15, 2025\n\nAcme cut output in June.", "2025-07-15", [("June", "2025-06")]),
        ("See [75 FR 44088, July 28, 2010].", "2025-07-15", []),
    ],
)
def test_metadata_is_no_mention(nlp, text, published, expected):
    """Datelines, stamps and citations are left out; a dateline is the anchor where `published` is missing."""
    assert dates(annotated(nlp, text, published)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Curbs came in 2024–25 and held in 2025. They were floated in January.", "2025-01"),
        ("Curbs came in 2024 and in 2023. They were floated in January.", "XXXX-01"),
        ("Curbs came in 2024 and in 2024. Mines will open by 2030. They were floated in January.", "2024-01"),
    ],
)
def test_year_that_the_text_makes_certain(nlp, text, expected):
    """Without publication date only a year beyond doubt completes a bare month."""
    assert dates(annotated(nlp, text))[-1] == ("January", expected)


def test_only_the_body_is_read(nlp):
    """Dates outside the body spans are page furniture."""
    doc = nlp.make_doc("Read on May 2, 2024. It opened on May 3, 2024. Subscribe by May 4, 2024.")
    start = next(t.i for t in doc if t.text == "It")
    doc.spans[BODY] = [Span(doc, start, start + 8)]
    assert dates(nlp(doc)) == [("May 3, 2024", "2024-05-03")]


LEMMAS = {"plans": "plan", "expected": "expect", "moved": "move", "published": "publish"}


def parsed(words, tags, heads, deps, pos):
    """A document with a hand-made parse."""
    spaces = [k + 1 < len(words) and words[k + 1] not in (".", ",") for k in range(len(words))]
    lemmas = [LEMMAS.get(word, word) for word in words]
    vocab = spacy.blank("en").vocab
    return Doc(vocab, words=words, spaces=spaces, tags=tags, heads=heads, deps=deps, pos=pos, lemmas=lemmas)


@pytest.mark.parametrize(
    ("words", "tags", "heads", "deps", "pos", "expected"),
    [
        (
            ["It", "fell", "in", "May"],
            ["PRP", "VBD", "IN", "NNP"],
            [1, 1, 1, 2],
            ["nsubj", "ROOT", "prep", "pobj"],
            ["PRON", "VERB", "ADP", "PROPN"],
            "past",
        ),
        (
            ["It", "will", "fall", "in", "May"],
            ["PRP", "MD", "VB", "IN", "NNP"],
            [2, 2, 2, 2, 3],
            ["nsubj", "aux", "ROOT", "prep", "pobj"],
            ["PRON", "AUX", "VERB", "ADP", "PROPN"],
            "future",
        ),
        (
            ["It", "may", "have", "fallen", "in", "May"],
            ["PRP", "MD", "VB", "VBN", "IN", "NNP"],
            [3, 3, 3, 3, 3, 4],
            ["nsubj", "aux", "aux", "ROOT", "prep", "pobj"],
            ["PRON", "AUX", "AUX", "VERB", "ADP", "PROPN"],
            "past",
        ),
        (
            ["It", "falls", "in", "May"],
            ["PRP", "VBZ", "IN", "NNP"],
            [1, 1, 1, 2],
            ["nsubj", "ROOT", "prep", "pobj"],
            ["PRON", "VERB", "ADP", "PROPN"],
            "present",
        ),
        (
            ["It", "plans", "to", "open", "in", "May"],
            ["PRP", "VBZ", "TO", "VB", "IN", "NNP"],
            [1, 1, 3, 1, 3, 4],
            ["nsubj", "ROOT", "aux", "xcomp", "prep", "pobj"],
            ["PRON", "VERB", "PART", "VERB", "ADP", "PROPN"],
            "future",
        ),
        (
            ["It", "moved", "to", "ban", "exports", "in", "May"],
            ["PRP", "VBD", "TO", "VB", "NNS", "IN", "NNP"],
            [1, 1, 3, 1, 3, 3, 5],
            ["nsubj", "ROOT", "aux", "xcomp", "dobj", "prep", "pobj"],
            ["PRON", "VERB", "PART", "VERB", "NOUN", "ADP", "PROPN"],
            "past",
        ),
        (
            ["results", "expected", "in", "May"],
            ["NNS", "VBN", "IN", "NNP"],
            [0, 0, 1, 2],
            ["ROOT", "acl", "prep", "pobj"],
            ["NOUN", "VERB", "ADP", "PROPN"],
            "future",
        ),
        (
            ["a", "list", "published", "in", "May"],
            ["DT", "NN", "VBN", "IN", "NNP"],
            [1, 1, 1, 2, 3],
            ["det", "ROOT", "acl", "prep", "pobj"],
            ["DET", "NOUN", "VERB", "ADP", "PROPN"],
            "past",
        ),
        (
            ["The", "report", "follows", "a", "May"],
            ["DT", "NN", "VBZ", "DT", "NNP"],
            [1, 2, 2, 4, 2],
            ["det", "nsubj", "ROOT", "det", "dobj"],
            ["DET", "NOUN", "VERB", "DET", "PROPN"],
            "present",
        ),
        (
            ["The", "tests", "of", "May"],
            ["DT", "NNS", "IN", "NNP"],
            [1, 1, 1, 2],
            ["det", "ROOT", "prep", "pobj"],
            ["DET", "NOUN", "ADP", "PROPN"],
            None,
        ),
    ],
)
def test_tense_from_the_parse(words, tags, heads, deps, pos, expected):
    """The verb that governs the date gives the tense, with its auxiliaries and the verb it depends on."""
    doc = parsed(words, tags, heads, deps, pos)
    assert tense_of(doc[len(doc) - 1 :]) == expected


def test_tense_of_a_modifier_is_not_that_of_the_verb():
    """ "The May report will follow" says nothing of when May was."""
    doc = parsed(
        ["The", "May", "report", "will", "follow"],
        ["DT", "NNP", "NN", "MD", "VB"],
        [2, 2, 4, 4, 4],
        ["det", "compound", "nsubj", "aux", "ROOT"],
        ["DET", "PROPN", "NOUN", "AUX", "VERB"],
    )
    assert tense_of(doc[1:2]) is None


def test_fiscal_country_is_configured():
    """With a country configured its fiscal years become intervals."""
    nlp = spacy.blank("en")
    nlp.add_pipe("claimstake_dates", config={"fiscal_country": "united-states"})
    assert dates(nlp("Spending rose in FY2025.")) == [("FY2025", "2024-10/2025-09")]


def test_round_trips(nlp, tmp_path):
    """Bytes, disk and DocBin keep spans and values."""
    doc = annotated(nlp, "It opened on May 2, 2024.", "2025-07-16")
    assert dates(Doc(nlp.vocab).from_bytes(doc.to_bytes())) == dates(doc)
    packed = DocBin(store_user_data=True, docs=[doc]).to_bytes()
    assert dates(next(DocBin().from_bytes(packed).get_docs(nlp.vocab))) == dates(doc)
    nlp.to_disk(tmp_path)
    assert dates(annotated(spacy.load(tmp_path), doc.text, "2025-07-16")) == dates(doc)


def test_scorer(nlp):
    """Spans and values are scored apart: a right span with a wrong value costs value accuracy only."""
    text = "It opened on May 2 and closed on June 3."
    gold, predicted = annotated(nlp, text, "2025-07-16"), annotated(nlp, text, "2024-07-16")
    scores = nlp.get_pipe("claimstake_dates").scorer([Example(predicted, gold), Example(gold, gold)])
    assert scores["spans_dates_f"] == 1.0
    assert scores["dates_value_acc"] == 0.5


@pytest.mark.parametrize("text", ["", " ", "\n\n", "May", "2" * 5000, "on July " + "9" * 500])
def test_odd_documents(nlp, text):
    """Empty, blank and odd documents pass with an empty group."""
    assert dates(annotated(nlp, text)) in ([], [("July", "XXXX-07")])
