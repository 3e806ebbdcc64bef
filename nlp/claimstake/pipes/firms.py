"""Firms that no list has, by all that a document says beside a name: "X is a battery maker", "X (ASX: SGA)", "X.com".

Every occurrence of a capitalised name gives points (`evidence` in names.toml); a name that reaches `enough` is a firm
wherever it stands. A name that the lists know as something else is none, unless the text defines it as a firm.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

from claimstake.attributes import GAZETTEER
from claimstake.knowledge.surfaces import Remembered
from claimstake.knowledge.tables import demonyms, toml
from claimstake.mirror import Mirror, Stretch, Word
from claimstake.pipes.name_words import (
    POSSESSIVE,
    acceptable,
    company_context,
    personal_apposition,
    table,
)

Found = tuple[int, int]
ODD_CASE = re.compile(r"[A-Z][a-z]+[A-Z][A-Za-z0-9]*|[a-z]{1,2}[A-Z][a-z]{2,}|[A-Z][A-Za-z]*[0-9][A-Za-z]+")
DOTTED = re.compile(r"[A-Z]{1,2}\.[A-Z]{3,}")
# "acme-metals.com": the ending is looked for first, since few words have one.
TOP_LEVEL = re.compile(r"\.(?:com|net|io|ai|co|de|cn|jp|ca|eu)(?![\w.-])", re.IGNORECASE)
MAX_HOST = 40  # characters
HOST = re.compile(rf"(?<![\w-])[\w-]{{2,{MAX_HOST}}}\Z")
MARKS = frozenset("®™℠")
OPENERS = frozenset("\"“‘'")
FINITE = frozenset({"VBZ", "VBD", "VBP", "MD", "RB"})
AUXILIARIES = frozenset({"has", "have", "had", "will", "also"})
ODD, CAPITALISED = "odd", "capitalised"
MAX_NAME = 5  # words
NAME_TAGS = frozenset({"NNP", "NNPS"})


class FirmFinder:
    """Points for the capitalised names of one document.

    Args:
        doc: tagged, with sentences, entities and doc.spans["gazetteer"].
        body: token ranges of the article.
    """

    def __init__(self, doc: Mirror, body: list[tuple[int, int]]) -> None:
        self.doc = doc
        self.body = body
        self.known = _known(doc)
        self.points = toml("names.toml")["evidence"]

    def find(self) -> Iterator[tuple[int, int, str]]:
        """Token bounds of every occurrence, outside titles, of a name with enough points, and the rule's name."""
        spans: dict[str, list[Found]] = defaultdict(list)
        total: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for low, high in self.body:
            for start, end in _names(self.doc, low, high):
                name = self.doc.text_of(start, end)
                if self.doc.sentence_at(start).titled and not self._ticker(end):
                    continue
                spans[name].append((start, end))
                for kind in self._evidence(start, end):
                    points = self.points[kind]
                    total[name][kind] = min(total[name][kind] + points, max(points, self.points["most"]))
        domains = self._domains() if total else frozenset()
        for name, kinds in total.items():
            if re.sub(r"[\W_]", "", name.lower()) in domains:
                kinds["domain"] = self.points["domain"]
            if sum(kinds.values()) >= self.points["enough"]:
                rule = "name.ticker" if kinds.keys() >= {"listed", "ticker"} else "name.firm"  # outweighs the lists
                yield from ((start, end, rule) for start, end in spans[name])

    def _domains(self) -> frozenset[str]:
        text = self.doc.text
        hosts = (HOST.search(text, max(0, m.start() - MAX_HOST - 1), m.start()) for m in TOP_LEVEL.finditer(text))
        return frozenset(host.group().lower().replace("-", "") for host in hosts if host is not None)

    def _evidence(self, start: int, end: int) -> Iterator[str]:
        """Names of the points that one occurrence gives."""
        doc = self.doc
        span = doc[start:end]
        if not acceptable(span, "COMPANY") or not table()["drop_words"].isdisjoint(span.texts):
            yield "unfit"
            return
        if self._ticker(end):
            yield "ticker"
        elif self._defined(end):
            yield "defined"
        elif company_context(doc, start, end) and not personal_apposition(span):
            yield "context"
        if self.known.get((start, end), "COMPANY") != "COMPANY":
            yield "listed"
        following = doc.words[end] if end < len(doc) else None
        if self._seated(span):
            yield "seated"
        if following is not None:
            yield from self._after(span, following)
        if end - start == 1 and (ODD_CASE.fullmatch(span.text) or DOTTED.fullmatch(span.text)):
            yield "odd_case"
        yield from self._before(span)

    def _after(self, span: Stretch, following: Word) -> Iterator[str]:
        found = _words()
        doc, end = self.doc, span.end
        if following.text in MARKS:
            yield "mark"
        elif following.text in POSSESSIVE:
            if any(t.lemma_.lower() in found["owned"] for t in doc[end + 1 : end + 4]):
                yield "owner"
        elif following.tag_ in FINITE and _acts(doc, following, found["verbs"]):
            yield "subject"
        elif following.lower_ in ("is", "was") and self._copula(end + 1):
            yield "is_firm"

    def _before(self, span: Stretch) -> Iterator[str]:
        doc, start = self.doc, span.start
        label = span[-1].ent_type_
        if label == "PERSON" and not ODD_CASE.search(span.text):
            yield "ner_person"
        elif label in ("GPE", "LOC") and start and doc.words[start - 1].lower_ in ("in", "at", "near", "from", "to"):
            yield "place"
        elif label == "ORG":
            yield "ner_org"
        if start and (doc.words[start - 1].text in table()["titles"] or doc.words[start - 1].tag_ == "DT"):
            yield "article"

    def _ticker(self, end: int) -> bool:
        """ "X (TSXV: LMR)", "X (NYSE American: PLG)" or "X ® (NYSE: ...)"."""
        after = self.doc.texts[end : end + 5]
        if len(after) < 4 or after[0] != "(":
            return False
        if after[3] == ":" and f"{after[1]} {after[2]}" in table()["exchanges"]:
            return True
        return after[1].rstrip(":") in table()["exchanges"] and (after[1][-1] == ":" or after[2] in (":", "-"))

    def _seated(self, span: Stretch) -> bool:
        """ "X Minerals, based in Nevada,": of names with a firm's word, which no person is called by."""
        after = self.doc.lowers[span.end : span.end + 3]
        return after[1:] in (["based", "in"], ["headquartered", "in"]) and not table()["heads"].isdisjoint(span.texts)

    def _defined(self, end: int) -> bool:
        """ "X (“Y” or the “Company”)"."""
        doc = self.doc
        if end + 2 >= len(doc) or doc.words[end].text != "(":
            return False
        inside = doc[end + 1 : end + 12]
        quoted = any(t.text in OPENERS for t in inside)
        return quoted and any(t.text in _words()["selves"] and doc.words[t.i + 1].text in "\"”’'" for t in inside[:-1])

    def _copula(self, i: int) -> bool:
        """ "is a leading provider of": an article and a firm noun before any preposition but "of"."""
        found = table()
        if i >= len(self.doc) or self.doc.words[i].lower_ not in ("a", "an", "the", "one"):
            return False
        for token in self.doc[i + 1 : i + 10]:
            if token.is_punct and token.text not in "-,":
                return False
            if token.lower_ in found["appositives"]:
                return True
        return False


def odd_forms(doc: Mirror, low: int, high: int) -> Iterator[Found]:
    """Firms whose legal form has full stops or small words inside: "Karakum Profil San. ve Tic. Ltd. Sti."."""
    if low >= high:
        return
    for match in _odd_forms().finditer(doc.text, *doc.chars_of(low, high)):
        form = doc.covering(match.start(), match.end())
        start = form.start if form is not None else 0
        bottom = max(low, start - 2 * MAX_NAME)
        while start > bottom and (_name_word(doc.words[start - 1]) or doc.words[start - 1].text in ("&", "-")):
            start -= 1
        if form is not None and start < form.start:
            yield start, form.end


def exchanges(doc: Mirror, low: int, high: int) -> Iterator[tuple[int, int, str]]:
    """Stock exchanges right before a ticker, in brackets: token bounds and row id."""
    rows = toml("names.toml")["exchange_rows"]
    for i in range(low + 1, high - 2):
        if doc.words[i + 1].text != ":" or doc.words[i].lower_ not in rows or not doc.words[i].text[0].isupper():
            continue
        if (
            doc.words[i - 1].text in ("(", ";", ",", "|", "[")
            and doc.words[i + 2].is_upper | doc.words[i + 2].text[:1].isdigit()
        ):
            yield i, i + 1, rows[doc.words[i].lower_]


@cache
def _odd_forms() -> re.Pattern[str]:
    return re.compile(r"(?<=[\s,])(?:" + "|".join(toml("names.toml")["odd_forms"]["patterns"]) + r")(?!\w)")


def _acts(doc: Mirror, verb: Word, verbs: frozenset[str]) -> bool:
    """Whether a verb, or the one after its auxiliary and adverb, is one of those."""
    if verb.lower_ == "is":
        return any(t.tag_ == "VBG" and t.lemma_.lower() in verbs for t in doc[verb.i + 1 : verb.i + 3])
    if verb.lemma_.lower() in verbs:
        return True
    return verb.lower_ in AUXILIARIES and any(t.lemma_.lower() in verbs for t in doc[verb.i + 1 : verb.i + 3])


def _known(doc: Mirror) -> dict[Found, str]:
    return {(s.start, s.end): s.label_ for s in doc.marked(GAZETTEER) if s.attrs.get("strong")}


@cache
def _words() -> dict[str, frozenset[str]]:
    names: dict[str, Any] = toml("names.toml")["firm_words"]
    return {key: frozenset(words) for key, words in names.items()}


def _names(doc: Mirror, low: int, high: int) -> Iterator[Found]:
    """Runs of capitalised words that can be one firm's name: no joints but "&" and hyphens."""
    i, texts = low, doc.texts
    while i < high:
        if not _SHAPES[texts[i]] or not _name_word(doc.words[i]):
            i += 1
            continue
        end = i + 1
        while end < high and not doc.words[end].is_sent_start:
            if _name_word(doc.words[end]):
                end += 1
            elif doc.words[end].text in ("&", "-") and end + 1 < high and _name_word(doc.words[end + 1]):
                end += 2
            else:
                break
        start = i
        while start < end and (
            doc.words[start].lower_ in _words()["never_first"] or doc.words[start].text in demonyms()
        ):
            start += 1
        if start < end and end - start <= MAX_NAME:
            yield start, end
        i = end


def _name_word(token: Word) -> bool:
    """A word that may belong to a name; the first word of a sentence only where the tagger takes it for one."""
    shape = _SHAPES[token.text]
    if shape != CAPITALISED:
        return shape == ODD
    return token.tag_ in NAME_TAGS or token.tag_ == "NN" or not token.is_sent_start and token.tag_ == "JJ"


def _name_shape(text: str) -> str:
    """ODD for what only names look like, CAPITALISED, or "" for what is in no name."""
    if len(text) < 2 or not any(c.isalpha() for c in text):
        return ""
    if ODD_CASE.fullmatch(text) or DOTTED.fullmatch(text):
        return ODD
    return CAPITALISED if text[0].isupper() else ""


_SHAPES = Remembered(_name_shape)  # asked for every word of a text
