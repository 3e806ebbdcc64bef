"""The article proper: rules over lines, and the component that puts them on a Doc."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.training import Example

from claimstake.attributes import BODY
from claimstake.knowledge.body_lines import body_spans, label_lines, line_features
from claimstake.pipes.body import BodyFinder, body_scorer

# Pages as people scrape them: "+" stands before lines of the article, "-" before furniture, nothing before blank lines.
PAGES = {path.stem: path.read_text("utf-8") for path in sorted(Path(__file__).with_name("pages").glob("*.txt"))}


def marked(page: str) -> tuple[str, list[str], list[str]]:
    """The text of a page, its article lines and its furniture lines."""
    text, body, furniture = [], [], []
    for line in page.strip("\n").split("\n"):
        if not line.strip():
            text.append(line)
            continue
        mark, content = line[0], line[2:]
        assert mark in "+-", f"line without mark: {line!r}"
        assert content.strip()
        text.append(content)
        (body if mark == "+" else furniture).append(content)
    return "\n".join(text), body, furniture


def covered(text: str) -> list[str]:
    """The lines of which every character that is not white space lies in a body span."""
    inside = {i for start, end in body_spans(text) for i in range(start, end)}
    lines, start = [], 0
    for line in text.split("\n"):
        places = [start + i for i, char in enumerate(line) if not char.isspace()]
        if places and all(place in inside for place in places):
            lines.append(line)
        else:
            assert not any(place in inside for place in places), f"half covered: {line!r}"
        start += len(line) + 1
    return lines


@pytest.mark.parametrize("name", PAGES)
def test_pages(name: str) -> None:
    """Every line of the article is body, every line of furniture is not."""
    text, body, furniture = marked(PAGES[name])
    assert body
    assert covered(text) == body


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_ends_do_not_matter(newline: str) -> None:
    """Windows and old Mac line ends give the same lines."""
    text, body, _ = marked(PAGES["breadcrumb-and-lists"])
    turned = text.replace("\n", newline)
    assert [part.strip() for s, e in body_spans(turned) for part in turned[s:e].split(newline) if part.strip()] == body


def test_text_without_furniture_is_one_span() -> None:
    """Prose, headings and bullets run through; only white space at the ends is left out."""
    text = "\n\n Export bans widen\n\nChina widened its export bans on Monday.\n- Gallium is listed.\n \n"
    assert [text[s:e] for s, e in body_spans(text)] == [text.strip()]


def test_image_inside_a_line_is_left_out() -> None:
    """A Markdown image splits the line that holds it."""
    text = "The plant is in Nevada ![](https://img.example.net/1.png) and refines lithium for batteries."
    assert [text[s:e] for s, e in body_spans(text)] == ["The plant is in Nevada", "and refines lithium for batteries."]


@pytest.mark.parametrize(
    "line",
    [
        "By 2030, the European Union wants to refine 40% of the strategic raw materials that it uses.",
        "Source rocks in the basin hold lithium that the company wants to extract directly.",
        "Related parties hold 12% of the shares of the Chinese graphite producer.",
        "Subscribers to the grid pay a levy on imported solar cells since June 2024.",
        "Images from satellites show that the refinery in Guinea has grown.",
        "Contact lenses and optical fibres use germanium, which China restricts.",
        "Photo resist makers such as JSR depend on export licences from Japan.",
        "The minister told Reuters that licences would be issued within 45 days.",
        "Home appliances fall under the tariff as well, the customs agency said.",
        "Most of the cobalt that the world uses comes from the Democratic Republic of Congo.",
        "About 60% of the world's lithium is refined in China, according to the agency.",
        "Latest figures show that exports of antimony fell by 97% in October.",
        "- Gallium",
        "Tariffs",
        "(c)",
        "Comments on the proposed rule are due by February 1, 2025.",
        "The privacy policy of the firm is not affected by the export rule.",
    ],
)
def test_prose_that_looks_like_furniture_stays(line: str) -> None:
    """Words that open furniture also open sentences."""
    text = f"China widened its export bans on Monday, officials said.\n{line}\nThe rule takes effect on December 1."
    assert body_spans(text) == [(0, len(text))]


def test_heading_comments_in_a_rule_does_not_end_it() -> None:
    """A line "Comments" ends an article only where little prose follows."""
    rule = "The bureau amends its rules on advanced chips and on the tools that make them."
    text = f"{rule}\n\nComments\n\n" + "The bureau received comments from twelve firms on this. " * 9
    assert body_spans(text) == [(0, len(text.rstrip()))]


@pytest.mark.parametrize("text", ["", " \n\t\r\n ", "\ufeff", "---", "Share it!"])
def test_nothing_to_read(text: str) -> None:
    """Texts without an article have no body, and raise nothing."""
    assert body_spans(text) == []


lines = st.one_of(
    st.text(max_size=60),
    st.sampled_from([line for page in PAGES.values() for line in marked(page)[0].split("\n")]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(lines, max_size=40), st.sampled_from(["\n", "\r\n", "\n\n", "\r", "\x0b"]))
def test_spans_are_valid(parts: list[str], newline: str) -> None:
    """Whatever the text: in order, apart from each other, inside it, and never with white space at the ends."""
    text = newline.join(parts)
    spans = body_spans(text)
    assert all(0 <= s < e <= len(text) for s, e in spans)
    assert all(a[1] < b[0] for a, b in zip(spans, spans[1:], strict=False))
    assert all(text[s:e] == text[s:e].strip() for s, e in spans)
    assert spans == body_spans(text)


def test_labels_follow_the_lines() -> None:
    """One label per line, blank ones too, and features are plain values."""
    parts = ["Share it!", "", "China bans gallium exports to the United States."]
    features = line_features(parts)
    assert label_lines(features) == ["interface", None, None]
    assert features[2]["prose"]
    assert all(isinstance(v, str | int | float | bool | None) for feature in features for v in feature.values())


@pytest.mark.parametrize(
    "text",
    [
        "lithium " * 130_000,
        "- item\n" * 150_000,
        "![" * 500_000,
        "**" * 500_000 + "x",
        "\n".join(f"terms policy {i} " * 8 for i in range(6_000)),
        "\n".join(f"by A{i} B C D E F by A B C by " * 5 for i in range(6_000)),
    ],
    ids=["one line", "bullets", "open images", "emphasis", "footers", "bylines"],
)
def test_a_megabyte_takes_seconds(text: str) -> None:
    """No rule takes more than linear time; 30 seconds leave room for a slow, busy machine."""
    start = time.perf_counter()
    body_spans(text)
    assert time.perf_counter() - start < 30


@pytest.fixture(scope="module")
def nlp() -> spacy.Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("claimstake_body")
    return nlp


def test_component_marks_the_lines(nlp: spacy.Language) -> None:
    """doc.spans["body"] holds what body_spans finds, as BODY."""
    text, body, _ = marked(PAGES["press-release"])
    doc = nlp(text)
    assert [(s.start_char, s.end_char, s.label_) for s in doc.spans[BODY]] == [(*s, "BODY") for s in body_spans(text)]
    assert len(doc.spans[BODY]) == 2


def test_component_takes_what_the_reader_knew(nlp: spacy.Language) -> None:
    """Ranges on the article count, even where the lines say otherwise."""
    doc = nlp.make_doc("Share it! China bans gallium.")
    doc._.article = {"id": "a", "body": [(0, 9)]}
    assert [s.text for s in nlp(doc).spans[BODY]] == ["Share it!"]


@pytest.mark.parametrize("ranges", [[], [(0, 5), (3, 12)], [(2, 3)], [(0, 99)], [(4, 4)]])
def test_component_survives_odd_ranges(nlp: spacy.Language, ranges: list[tuple[int, int]]) -> None:
    """Ranges that overlap, cut tokens or leave the text never raise and never overlap as spans."""
    doc = nlp.make_doc("China bans gallium.")
    doc._.article = {"id": "a", "body": ranges}
    spans = list(nlp(doc).spans[BODY])
    assert all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False))


def test_component_on_an_empty_doc(nlp: spacy.Language) -> None:
    """No tokens, no spans, but the group is there."""
    assert list(nlp("").spans[BODY]) == []


def test_saved_pipeline_finds_the_same(nlp: spacy.Language) -> None:
    """Bytes and back change nothing."""
    text, _, _ = marked(PAGES["code-section"])
    again = spacy.blank("en")
    again.add_pipe("claimstake_body")
    again.from_bytes(nlp.to_bytes())
    ours, theirs = nlp(text), again(text)
    assert [s.text for s in theirs.spans[BODY]] == [s.text for s in ours.spans[BODY]]


def _example(nlp: spacy.Language, gold: list[tuple[int, int]], found: list[tuple[int, int]]) -> Example:
    docs = []
    for ranges in (found, gold):
        doc = nlp.make_doc("abcd efgh")
        doc._.article = {"id": "a", "body": ranges}
        docs.append(BodyFinder()(doc))
    return Example(*docs)


@pytest.mark.parametrize(
    ("gold", "found", "expected"),
    [
        ([(0, 9)], [(0, 9)], (1.0, 1.0, 1.0)),
        ([(0, 9)], [(0, 4)], (1.0, 0.5, 2 / 3)),
        ([(0, 4)], [(5, 9)], (0.0, 0.0, 0.0)),
        ([], [(5, 9)], (0.0, 0.0, 0.0)),
    ],
)
def test_scorer(nlp: spacy.Language, gold: list, found: list, expected: tuple[float, float, float]) -> None:
    """Characters are counted, white space is not."""
    scores = body_scorer([_example(nlp, gold, found)])
    assert (scores["body_p"], scores["body_r"], scores["body_f"]) == pytest.approx(expected)


def test_scorer_leaves_out_documents_without_gold(nlp: spacy.Language) -> None:
    """A reference without a body group says nothing about the prediction."""
    predicted, reference = nlp("China bans gallium."), Doc(nlp.vocab, words=["China", "bans", "gallium", "."])
    assert body_scorer([Example(predicted, reference)]) == {"body_p": 0.0, "body_r": 0.0, "body_f": 0.0}
