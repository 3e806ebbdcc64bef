"""Consistency over a document: a name found surely once is found everywhere, in full and in its short forms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from claimstake.attributes import GAZETTEER
from claimstake.knowledge.tables import demonyms, toml
from claimstake.mirror import Mirror
from claimstake.pipes.arbitration import Candidate, weight

PROPAGATED = frozenset({"COMPANY", "PERSON", "ORGANIZATION", "MINISTRY", "INSTRUMENT", "PLACE"})
SURE = 0.75  # confidence from which a name counts as sure
MIN_FIRST = 5  # characters of the first word of a firm's name that may stand for the whole
MIN_SHORT = 3  # characters of a one-word short form


@cache
def _affixes() -> tuple[frozenset[str], frozenset[str]]:
    table = toml("company_affixes.toml")
    legal = frozenset(word.strip(",") for form in table["legal_forms"] for word in form.split()) | {"&", ","}
    return legal, frozenset(table["heads"])


def without_legal_form(words: list[str]) -> list[str]:
    """A firm's name without "Corp.", "Co., Ltd." at its end; never empty."""
    legal, _ = _affixes()
    end = len(words)
    while end > 1 and words[end - 1].strip(",") in legal and words[end - 1] != "Group":
        end -= 1
    return words[:end]


def short_company(words: list[str]) -> list[str] | None:
    """ "Lomiko" for "Lomiko Metals", "Blue Sky" for "Blue Sky Uranium"; None where nothing distinctive is left."""
    _, heads = _affixes()
    words = without_legal_form(words)
    end = len(words)
    while end > 1 and words[end - 1] in heads:
        end -= 1
    short = words[:end]
    return short if short != words and len(" ".join(short)) >= MIN_SHORT and short[0] not in heads else None


def names_of(
    doc: Mirror, mentions: Iterable[Candidate], sites: frozenset[str] = frozenset()
) -> dict[tuple[str, ...], Candidate]:
    """Word sequences to look for, with the mention they stand for; longer names of one thing first.

    A short form that the lists know as something else ("Texas" of "Texas Mineral Resources") is none, but a firm's
    short form goes before a deposit or plant that is called like it.

    Args:
        doc: with doc.spans["gazetteer"].
        mentions: those found directly.
        sites: ids of places that are but deposits, mines and plants.
    """
    wanted: dict[tuple[str, ...], Candidate] = {}
    listed: dict[str, set[str]] = {}
    for span in doc.marked(GAZETTEER):
        ids = span.attrs.get("strong")
        if ids and not (span.label_ == "PLACE" and sites.issuperset(ids)):
            listed.setdefault(span.text.casefold(), set()).add(span.label_)
    ordinary: frozenset[str] | None = None
    stop = frozenset(toml("names.toml")["short_forms"]["never"])
    for mention in sorted(mentions, key=lambda m: -m.length):
        if mention.label not in PROPAGATED or weight(mention.extractor)[2] < SURE or mention.attrs.get("nested"):
            continue
        words = doc.texts[mention.start : mention.end]
        for form in _forms(words, mention):
            other = listed.get(" ".join(form).casefold(), set()) - {mention.label}
            if len(form) < len(words) and (other or (len(form) == 1 and (form[0] in stop or form[0] in demonyms()))):
                continue
            if len(form) == 1 and len(without_legal_form(words)) > 2:
                ordinary = _ordinary(doc) if ordinary is None else ordinary
                if form[0].lower() in ordinary:
                    continue
            wanted.setdefault(tuple(form), mention)
    return wanted


def _ordinary(doc: Mirror) -> frozenset[str]:
    """Words that the text also uses in lower case, parts of addresses aside."""
    return frozenset(
        t.text for t in doc if t.is_lower and t.whitespace_ and (t.i == 0 or doc.words[t.i - 1].whitespace_)
    )


def _forms(words: list[str], mention: Candidate) -> Iterator[list[str]]:
    yield words
    if mention.label == "COMPANY":
        bare = without_legal_form(words)
        yield bare
        short = short_company(words)
        if short:
            yield short
        if len(bare) > 2 and len(bare[0]) >= MIN_FIRST and bare[0].istitle() and bare[0] not in _affixes()[1]:
            yield bare[:1]
    elif mention.label == "PERSON" and len(words) > 1:
        yield words[-1:]
    elif (
        mention.label == "PLACE" and len(words) > 2 and words[-1].lower() in ("project", "mine", "deposit", "property")
    ):
        yield words[:-1]


def occurrences(
    doc: Mirror, wanted: dict[tuple[str, ...], Candidate], body: list[tuple[int, int]]
) -> Iterator[Candidate]:
    """Every place in the body where one of the names stands; the longest from each word."""
    if not wanted:
        return
    by_first: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}  # first word -> (words in the text, form)
    for form in sorted(wanted, key=len, reverse=True):
        by_first.setdefault(form[0], []).append((form, form))
        capitals = tuple(word.upper() for word in form)
        if capitals[0] != form[0]:
            by_first.setdefault(capitals[0], []).append((capitals, form))
    texts = doc.texts
    for low, high in body:
        for i, text in enumerate(texts[low:high], low):
            for words, form in by_first.get(text, ()):
                end = i + len(words)
                if end > high or tuple(texts[i:end]) != words:
                    continue
                source = wanted[form]
                if source.label == "INSTRUMENT" and form[0].islower() and (not i or doc.lowers[i - 1] != "the"):
                    break  # "this final rule" may be another than "the final rule"
                if _stands_alone(doc, end, source, form):
                    name = doc.text_of(source.start, source.end)
                    yield Candidate(i, end, source.label, "propagated", {**source.attrs, "name": name})
                break


def _stands_alone(doc: Mirror, end: int, source: Candidate, form: tuple[str, ...]) -> bool:
    """Whether a one-word short form is not the beginning of a longer capitalised name."""
    if len(form) > 1 or source.label == "PERSON" or source.length == 1 or end >= len(doc):
        return True
    following = doc.words[end]
    return not (following.is_alpha and following.text[0].isupper() and following.tag_ in ("NNP", "NNPS"))
