"""A model's word on lines: what it decides, what the rules keep, and the component that holds it."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from claimstake.attributes import BODY
from claimstake.knowledge.body_features import page_features
from claimstake.knowledge.body_lines import body_spans, label_lines, line_features
from claimstake.linear import LinearModel
from claimstake.pipes.body import BodyFinder
from claimstake.pipes.body_judging import JUDGED, OUTCOME, LineJudge


def model(bias: float = 4.0, **weights: float) -> LinearModel:
    """Lines are body but for what some features say; "_" stands for ":" in their names."""
    names = [name.replace("_", ":", 1).replace("_", " ") for name in weights]
    return LinearModel(
        (OUTCOME,),
        {name: i for i, name in enumerate(names)},
        np.array([[weight] for weight in weights.values()]).reshape(len(names), 1),
        np.array([bias]),
        np.array([[1.0, 0.0]]),
        np.array([0.5]),
    )


def labels(judge: LinearModel, *lines: str, title: str = "") -> list[str | None]:
    features = line_features(lines)
    return LineJudge(judge).labels(features, label_lines(features), title)


def test_unlikely_line_is_furniture() -> None:
    """A line that no rule names is furniture where the model says so."""
    found = labels(model(word_tickets=-9.0), "China bans gallium exports from today.", "Tickets for the gala")
    assert found == [None, JUDGED]


def test_rules_are_not_overruled() -> None:
    """What a rule calls furniture stays furniture, however sure the model is."""
    assert labels(model(bias=30.0), "Share it!", "China bans gallium exports.") == ["interface", None]


@pytest.mark.parametrize("line", ["# Gallium ban", "Article 13", "(b)", "|---|---|"])
def test_some_forms_stay(line: str) -> None:
    """Markdown's headline, bare enumerators and a table's ruling stay whatever the model says."""
    assert labels(model(bias=-9.0), line) == [None]


def test_what_an_enumerator_counts_stays() -> None:
    """A line below a bare "(b)" is an item of the law; below anything else it is judged."""
    assert labels(model(bias=-9.0), "(b)", "85 % lead;") == [None, None]
    assert labels(model(bias=-9.0), "(see below)", "85 % lead;") == [JUDGED, JUDGED]


def test_the_line_above_counts_as_far_as_it_is_likely() -> None:
    """Furniture draws in what follows, where the model has learned that."""
    judge = model(bias=1.0, word_tickets=-9.0, before_furniture=-5.0)
    assert labels(judge, "Tickets here", "Front rows left") == [JUDGED, JUDGED]
    assert labels(judge, "Ban extended", "Front rows left") == [None, None]


def test_title_is_known() -> None:
    """A line that is the article's title has a feature of its own, whatever its signs and case."""
    features = line_features(["Ban on Gallium!", "Other"])
    first, second = page_features(features, [None, None], "Ban on gallium")
    assert "title" in first
    assert "title" not in second
    assert "title" not in page_features(features, [None, None])[0]


def test_blank_lines_have_no_label() -> None:
    """Blank lines are neither judged nor counted."""
    assert labels(model(bias=-9.0), "", "Tickets", " ") == [None, JUDGED, None]


@pytest.mark.parametrize(
    ("line", "feature"),
    [
        ("Menu | News | Sport", "sign:bar"),
        ("Menu | News | Sport", "cells:3"),
        ("Copper\t10,962\t+1.1%", "cells:3|figures:2"),
        ("Reach us at desk@mail.example", "sign:at"),
        ("Give your friends a subscription", "speaks to reader"),
        ("F-47", "first:f-00"),
        ("12:05 The minister arrives", "sign:time"),
    ],
)
def test_features_of_a_line(line: str, feature: str) -> None:
    """Signs, cells and words of a line are features, digits as zeros."""
    features = line_features([line])
    assert feature in page_features(features, label_lines(features))[0]


def test_topic_is_a_feature() -> None:
    """A line about what the paragraphs are about differs from one about something else."""
    prose = "The ministry said that licences for gallium and germanium would be granted within weeks. " * 4
    features = line_features(["Gallium licences granted", prose, "Singer marries dancer"])
    own, _, other = page_features(features, [None] * 3)
    assert "shared:4" in own or "shared:5" in own
    assert "shared:0" in other


def test_component_with_a_model(tmp_path: Path) -> None:
    """The component asks its model, saves it, reads it, and goes by the rules without one."""
    before = "China bans gallium exports from today.\nTraders had waited for it.\nThe ministry gave no reason."
    after = "The ban has no end date, it said.\nPrices rose at once."
    text = f"{before}\nTickets for the gala\n{after}"
    nlp = spacy.blank("en")

    def found(finder: BodyFinder) -> list[str]:
        doc = finder(nlp.make_doc(text))
        return [span.text for span in doc.spans[BODY]]

    finder = BodyFinder(model=model(word_tickets=-9.0))
    assert found(finder) == [before, after]
    finder.to_disk(tmp_path / "body")
    again = BodyFinder().from_disk(tmp_path / "body")
    assert found(again) == found(finder)
    again.model = None
    assert found(again) == [text]


@pytest.mark.parametrize("text", ["Tickets for the gala", "\n".join(["Tickets for the gala"] * 9)])
def test_something_stays(text: str) -> None:
    """A line that somebody typed is no page, and no page is all furniture."""
    doc = BodyFinder(model=model(word_tickets=-9.0))(spacy.blank("en").make_doc(text))
    assert doc.spans[BODY]


def test_nothing_to_save_without_a_model(tmp_path: Path) -> None:
    """A component without a model writes nothing and reads nothing."""
    BodyFinder().to_disk(tmp_path / "body")
    assert not (tmp_path / "body").exists()
    assert BodyFinder().from_disk(tmp_path / "body").model is None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=50), max_size=30), st.floats(-40, 40))
def test_any_text_is_judged(parts: list[str], bias: float) -> None:
    """Whatever the text and the weights: spans in order, apart, without white space at their ends."""
    text = "\n".join(parts)
    spans = body_spans(text, LineJudge(model(bias=bias, word_a=-50.0)).labels)
    assert all(0 <= s < e <= len(text) for s, e in spans)
    assert all(a[1] < b[0] for a, b in zip(spans, spans[1:], strict=False))
    assert all(text[s:e] == text[s:e].strip() for s, e in spans)


@pytest.mark.parametrize(
    "text",
    ["lithium " * 130_000, "- item\n" * 150_000, "a | " * 250_000, "".join(f"{i} b\n" for i in range(60_000))],
    ids=["one line", "bullets", "cells", "short lines"],
)
def test_a_megabyte_takes_seconds(text: str) -> None:
    """Features are linear in the text; 60 seconds leave room for a slow, busy machine."""
    start = time.perf_counter()
    body_spans(text, LineJudge(model(word_item=-1.0)).labels)
    assert time.perf_counter() - start < 60
