"""The article proper: `doc.spans["body"]`, one span per stretch of text between page furniture.

Where the reader knew the article (HTML), its ranges are taken; else the lines decide (`knowledge.body_lines`), and a
model, where there is one, has the last word on lines that no rule names (`pipes.body_judging`). The text is never cut:
later components leave alone what lies outside. Not found here: headings, sentences, quotations.

Example: of "Home > Mining > Article\n\nChina bans gallium exports\n\nShare it!" the second line is body.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import registry

from claimstake import attributes
from claimstake.knowledge.body_lines import body_spans
from claimstake.linear import SETTINGS, LinearModel
from claimstake.mirror.letters import letters_of
from claimstake.pipes.body_judging import FEWEST_LINES, LineJudge
from claimstake.pipes.component import RuleComponent

LABEL = "BODY"


def body_scorer(examples: Iterable[Example], **_: Any) -> dict[str, float]:
    """Precision, recall and F1 of body characters that are not white space; 0 to 1.

    Examples whose reference has no body group are left out.
    """
    found = expected = both = 0
    for example in examples:
        if attributes.BODY not in example.reference.spans:
            continue
        gold, ours = _characters(example.reference), _characters(example.predicted)
        found, expected, both = found + len(ours), expected + len(gold), both + len(gold & ours)
    precision = both / found if found else 0.0
    recall = both / expected if expected else 0.0
    mean = 2 * both / (found + expected) if found + expected else 0.0
    return {"body_p": precision, "body_r": recall, "body_f": mean}


@registry.scorers("claimstake_body_scorer.v1")
def make_body_scorer() -> Any:
    return body_scorer


@Language.factory(
    "claimstake_body",
    assigns=["doc.spans"],
    default_config={"scorer": {"@scorers": "claimstake_body_scorer.v1"}},
    default_score_weights={"body_f": 1.0, "body_p": None, "body_r": None},
)
def make_body(nlp: Language, name: str, scorer: Any) -> BodyFinder:
    return BodyFinder(name, scorer=scorer)


class BodyFinder(RuleComponent):
    """Sets `doc.spans["body"]`; reads `doc._.article["body"]` where a reader left it there, and the article's title.

    Attributes:
        model: judges lines that no rule names; None leaves it at the rules.
    """

    def __init__(
        self, name: str = "claimstake_body", *, scorer: Any = body_scorer, model: LinearModel | None = None
    ) -> None:
        self.name = name
        self.scorer = scorer
        self.model = model

    @property
    def model(self) -> LinearModel | None:
        return self._model

    @model.setter
    def model(self, model: LinearModel | None) -> None:
        self._model = model
        self._judge = LineJudge(model, FEWEST_LINES) if model is not None else None

    def __call__(self, doc: Doc) -> Doc:
        attributes.new_group(doc, attributes.BODY).extend(self.find(doc))
        return doc

    def find(self, doc: Doc) -> list[Span]:
        """Body spans in order, not overlapping, without white space at their ends."""
        article = doc._.article or {}
        known = article.get("body")
        judge = partial(self._judge.labels, title=article.get("title") or "") if self._judge is not None else None
        letters = letters_of(doc)
        ranges = body_spans(letters.text, judge) if known is None else known
        spans: list[Span] = []
        for start, end in ranges:
            touched = letters.covering(start, end)
            if touched is None:
                continue
            first = max(touched[0], spans[-1].end if spans else 0)
            if first < touched[1]:
                spans.append(Span(doc, first, touched[1], label=LABEL))
        return spans

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:
        """Write the model, where there is one."""
        if self.model is not None:
            self.model.save(Path(path))

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> BodyFinder:
        """Read the model, where there is one."""
        if (Path(path) / SETTINGS).is_file():
            self.model = LinearModel.load(Path(path))
        return self

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        return self.scorer(examples, **kwargs)


def _characters(doc: Doc) -> set[int]:
    text = doc.text
    spans = doc.spans.get(attributes.BODY, [])
    return {i for span in spans for i in range(span.start_char, span.end_char) if not text[i].isspace()}
