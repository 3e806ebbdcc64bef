"""Finds calendar expressions and resolves them: "until Feb. 1", published 2025-01-06, is 2025-02-01.

Left out on purpose: durations, clock times, recurring dates, and what is metadata (datelines, stamps, citations).
Where `published` is missing, a dateline or a year that the text itself makes certain is the anchor; without one the
year stays open ("XXXX-02-01").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import registry

from claimstake.attributes import BODY, DATES, add_mention, attrs_of, new_group
from claimstake.grammar.date_lexicon import words
from claimstake.grammar.date_tense import REACH, surface_tense
from claimstake.grammar.dates import DateExpression, Tense, find_dates, implied_anchor, resolve
from claimstake.mirror import Mirror, Stretch, Word, letters_of, mirrored
from claimstake.pipes.component import RuleComponent

EXTRACTOR = "dates"
LABEL = "DATE"
FLAT = frozenset({"", "dep", "ROOT"})  # all that a sentence has which was not parsed
NOMINAL = frozenset({"compound", "nmod", "amod", "poss", "npadvmod", "nummod"})
OPENING = 3  # tokens at the beginning of a sentence in which the date that it is about stands
CLIMB = 12  # steps from a date to its verb


def date_scorer(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    """Span precision, recall and F1 of doc.spans["dates"], and the share of right values among the spans found."""
    examples = list(examples)
    scores = Scorer.score_spans(
        examples,
        f"spans_{DATES}",
        getter=lambda doc, _: doc.spans.get(DATES, []),
        has_annotation=lambda doc: DATES in doc.spans,
    )
    found = right = 0
    for example in examples:
        gold, predicted = _values(example.reference), _values(example.predicted)
        both = gold.keys() & predicted.keys()
        found += len(both)
        right += sum(gold[bounds] == predicted[bounds] for bounds in both)
    return {**scores, f"{DATES}_value_acc": right / found if found else None}


def _values(doc: Doc) -> dict[tuple[int, int], str | None]:
    """Character bounds of a document's dates with their values."""
    return {(s.start_char, s.end_char): attrs_of(doc, DATES, s).get("value") for s in doc.spans.get(DATES, ())}


@registry.scorers("claimstake_date_scorer.v1")
def make_date_scorer() -> Any:
    return date_scorer


CONTEXT = 50  # dates before it that one is resolved against


@Language.factory(
    "claimstake_dates",
    assigns=["doc.spans"],
    default_config={"fiscal_country": None, "scorer": {"@scorers": "claimstake_date_scorer.v1"}},
    default_score_weights={f"spans_{DATES}_f": 0.5, f"{DATES}_value_acc": 0.5},
)
def make_dates(nlp: Language, name: str, fiscal_country: str | None, scorer: Any) -> DateFinder:
    return DateFinder(name, fiscal_country=fiscal_country, scorer=scorer)


class DateFinder(RuleComponent):
    """Writes doc.spans["dates"]; attrs: value (EDTF, left out where nothing is known), extractor."""

    def __init__(self, name: str, *, fiscal_country: str | None, scorer: Any = date_scorer) -> None:
        """Args:
        name: of the component.
        fiscal_country: id in calendar.toml whose fiscal years "FY2025" means, None for the plain year.
        scorer: see `date_scorer`.
        """
        self.name = name
        self.fiscal_country = fiscal_country
        self.scorer = scorer

    def __call__(self, doc: Doc) -> Doc:
        group = new_group(doc, DATES)
        for span, value in self.find(doc):
            attrs = {"value": value} if value is not None else {}
            add_mention(group, span.start, span.end, LABEL, **attrs, extractor=EXTRACTOR)
        return doc

    def find(self, doc: Doc) -> list[tuple[Stretch, str | None]]:
        """The dates in the article's prose, in order, each with its EDTF value."""
        expressions = find_dates(letters_of(doc).text)
        if not expressions:
            return []
        found = [(e, span) for e, span in _aligned(mirrored(doc), expressions) if e.metadata is None]
        tense = _tense_by_parse if _is_parsed(doc) else _tense_by_words
        prose = [(e, span, tense(span)) for e, span in found]
        published = (doc._.article or {}).get("published") or _dateline(expressions)
        published = published or implied_anchor((e, tense) for e, _, tense in prose)
        context: list[str | None] = []
        sentence, nearby, divided = -1, None, doc.has_annotation("SENT_START")
        for expression, span, tense in _in_headed_year(prose):
            begin = span[0].sent.start if divided else -1
            nearby = nearby if begin == sentence and divided else None
            sentence = begin
            known = {"published": published, "tense": tense, "context": context[-CONTEXT:], "nearby": nearby}
            context.append(resolve(expression, **known, fiscal_country=self.fiscal_country))
            if divided and _gives_year(expression, span, nearby):
                nearby = context[-1]
        return [(span, value) for (_, span, _), value in zip(prose, context, strict=True)]


HEADS_A_YEAR = frozenset({"in", "during", "throughout"})
OF_A_YEAR = frozenset({"month", "day", "quarter", "half", "season"})
Dated = tuple[DateExpression, Stretch, Tense | None]


def _in_headed_year(prose: Iterable[Dated]) -> Iterator[Dated]:
    """Dates without a year take the one that their sentence opens with: "In 2024, prices doubled from May to June"."""
    headed: tuple[int, int | None] = (-1, None)  # start of a sentence, the year that it opens with
    for expression, span, tense in prose:
        sentence = span.doc.sentence_at(span.start).start
        if sentence != headed[0]:
            lead = span.doc.words[sentence].lower_ if span.start == sentence + 1 else ""
            opens = expression.kind == "year" and lead in HEADS_A_YEAR
            headed = (sentence, expression.year if opens else None)
        elif headed[1] is not None:
            expression = _in_year(expression, headed[1])
        yield expression, span, tense


def _in_year(expression: DateExpression, year: int) -> DateExpression:
    first, last = expression.first, expression.last
    if first is not None and last is not None:
        return replace(expression, first=_in_year(first, year), last=_in_year(last, year))
    yearless = expression.kind in OF_A_YEAR and _yearless(expression)
    return replace(expression, year=year) if yearless else expression


def _yearless(expression: DateExpression) -> bool:
    given = (expression.year, expression.shift, expression.year_shift)
    return all(v is None for v in given) and not expression.anaphoric


def _gives_year(expression: DateExpression, span: Stretch, nearby: str | None) -> bool:
    """Whether the dates after it in its sentence are of its time: it opens the sentence, or goes on from one that
    does."""
    opens = span.start - span[0].sent.start < OPENING and expression.lead in ("in", "on", "")
    return expression.kind in ("day", "month") and (opens or nearby is not None)


def _regions(doc: Mirror) -> list[tuple[int, int]]:
    """Character ranges to read: the body, or everything where no body is marked."""
    if BODY in doc.spans:
        return [(s.start_char, s.end_char) for s in doc.spans[BODY]]
    return [(0, len(doc.text))]


def _aligned(doc: Mirror, expressions: Iterable[DateExpression]) -> Iterator[tuple[DateExpression, Stretch]]:
    """Expressions that lie inside the body, with their token spans; the text around a body range was read too."""
    regions = _regions(doc)
    end = 0
    for expression in expressions:
        if not any(low <= expression.start and expression.end <= high for low, high in regions):
            continue
        span = doc.covering(expression.start, expression.end)
        if span is not None and span.start >= end:
            end = span.end
            yield expression, span


def _dateline(expressions: Iterable[DateExpression]) -> str | None:
    """The first dateline that names its year; outside the body too."""
    lines = (e for e in expressions if e.metadata == "dateline" and e.year is not None)
    first = next(lines, None)
    return resolve(first) if first else None


def tense_of(span: Span) -> Tense | None:
    """Tense of the verb that governs a date: from the parse, else from tags, else from the look of the words."""
    words = mirrored(span.doc)[span.start : span.end]
    parsed = _is_parsed(span.doc) and any(t.dep_ not in FLAT for t in words[0].sent)
    return _tense_by_parse(words) if parsed else _tense_by_words(words)


def _is_parsed(doc: Doc) -> bool:
    return doc.has_annotation("DEP") and doc.has_annotation("TAG")


def _tense_by_words(span: Stretch) -> Tense | None:
    """The tense that the words of the sentence before and after a date look like, the nearest ones only."""
    doc = span.doc
    first, last = max(0, span.start - REACH), min(len(doc), span.end + REACH)
    if doc.source.has_annotation("SENT_START"):
        first, last = max(first, span[0].sent.start), min(last, span[-1].sent.end)
    return surface_tense(doc.texts[first : span.start], doc.texts[span.end : last])


def _tense_by_parse(span: Stretch) -> Tense | None:
    token = span.root
    is_nominal = token.dep_ in NOMINAL and token.head.pos_ in ("NOUN", "PROPN")
    for _ in range(CLIMB):
        if token.pos_ in ("VERB", "AUX"):
            tense = _tense_of_verb(token)
            if is_nominal and tense != "past":
                return None  # "the July update formalises": the noun's time is not the verb's
            if tense is not None:
                return tense
        if token.head.i == token.i:
            return None
        token = token.head
    return None


def _tense_of_verb(verb: Word) -> Tense | None:
    """Tense of a verb with its auxiliaries; None for a gerund, which takes its clause's tense."""
    auxiliaries = [t for t in verb.lefts if t.dep_ in ("aux", "auxpass") or t.tag_ == "MD"]
    tags, forms = {t.tag_ for t in auxiliaries}, {t.lower_ for t in auxiliaries}
    if "MD" in tags:
        return "past" if "have" in forms else "future"
    if "TO" in tags:
        return _tense_of_infinitive(verb)
    if forms & {"was", "were", "had"}:
        return "past"
    if verb.lemma_.lower() in words("tense", "ahead") and verb.tag_ != "VBD":
        return "future"
    if _is_planning(verb) and _has_infinitive(verb):
        return "future"
    if verb.tag_ == "VBD" or forms & {"did", "has", "have", "been"}:
        return "past"
    if tags & {"VBZ", "VBP"} or verb.tag_ in ("VBZ", "VBP"):
        return "future" if _is_set(verb) else "present"
    return "past" if verb.tag_ == "VBN" else None


def _is_planning(token: Word) -> bool:
    """Whether a word speaks of what lies ahead: "plan", "expect", "due"."""
    listed = words("tense", "planning")
    return token.lemma_.lower() in listed or token.lower_ in listed


def _tense_of_infinitive(verb: Word) -> Tense:
    """ "plans to start", "is expected to", "Mine to Open in May": ahead; "moved to ban": with its verb."""
    head = verb.head
    if verb.dep_ == "ROOT" or _is_planning(head) or head.pos_ not in ("VERB", "AUX"):
        return "future"
    return "past" if _tense_of_verb(head) == "past" else "future"


def _has_infinitive(verb: Word) -> bool:
    return any(t.dep_ == "xcomp" and any(c.tag_ == "TO" for c in t.lefts) for t in verb.rights)


def _is_set(verb: Word) -> bool:
    """ "is due", "is set": a copula with a word of planning."""
    return verb.lemma_.lower() == "be" and any(_is_planning(t) for t in verb.rights)
