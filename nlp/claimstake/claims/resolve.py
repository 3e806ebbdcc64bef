"""Pronouns, nominals and nationality words into the mention they stand for.

Recency with three preferences that hold in news: the subject of the sentence before, the same number, and, for
"the company" or "the government", the thing that the document is mostly about.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

from claimstake.claims.view import ACTORS, GOODS, SUBJECTS, Mention, View
from claimstake.knowledge import tables
from claimstake.knowledge.surfaces import singular
from claimstake.mirror import Word

STATE_REACH = 120  # tokens before its sentence in which the country of "the government" may stand
PLACES_BEHIND = frozenset(
    {"Columbia", "Guiana", "Polynesia", "Samoa", "Virgin", "Antilles", "Sea", "Ocean"}
)  # "British Columbia"
WINDOW = 3  # sentences back in which an antecedent may stand


@dataclass(frozen=True)
class _PointingWords:
    """nominals.toml: labels by class noun, number by pronoun, determiners, words for a government, kinds of
    instruments by noun."""

    labels: dict[str, set[str]]
    pronouns: dict[str, str]
    determiners: frozenset[str]
    government: frozenset[str]
    kinds: dict[str, str]


@cache
def _pointing_words() -> _PointingWords:
    data = tables.toml("nominals.toml")
    labels: dict[str, set[str]] = {}
    for label, heads in data["heads"].items():
        for head in heads:
            labels.setdefault(head, set()).add(label)
    pronouns = {
        word: number
        for name, number in (("singular", "one"), ("plural", "many"), ("person", "person"))
        for word in data["pronouns"][name]
    }
    determiners, government = data["determiners"]["words"], data["government"]["words"]
    kinds = {noun: kind for kind, nouns in data["kinds"].items() for noun in nouns}
    return _PointingWords(labels, pronouns, frozenset(determiners), frozenset(government), kinds)


class Resolver:
    """Finds antecedents in one document.

    Args:
        view: the document.
        places: id of a place to its canonical name, for nationality words.
    """

    def __init__(self, view: View, places: dict[str, str]) -> None:
        self.view = view
        self.places = places
        words = _pointing_words()
        self._labels_of, self._pronouns = words.labels, words.pronouns
        self._determiners, self._government, self._kinds = words.determiners, words.government, words.kinds
        self._count = Counter(m.canonical for m in view.mentions)

    @cached_property
    def _place_names(self) -> frozenset[str]:
        return frozenset(self.places.values())

    def resolve(self, token: Word, labels: Iterable[str]) -> list[Mention]:
        """The mentions that a word stands for, restricted to labels; empty where it stands for none of them.

        The mentions returned are copies placed at the word itself, so that evidence and offsets are its own.
        """
        wanted = set(labels)
        place = self.nationality(token)
        if place is not None:
            return [place] if "PLACE" in wanted else []
        lower = token.lower_
        if lower in self._pronouns and token.pos_ in ("PRON", "DET"):
            return self._placed(token, self._antecedent(token, wanted, self._pronouns[lower]))
        lemma = token.lemma_.lower()
        if token.pos_ in ("NOUN", "PROPN") and lemma in self._labels_of and self._definite(token):
            if lemma in self._government or lower in self._government:
                return self._placed(token, self._government_of(token, wanted))
            allowed = wanted & self._labels_of[lemma]
            if allowed:
                many = "many" if token.tag_ in ("NNS", "NNPS") else "one"
                return self._placed(token, self._antecedent(token, allowed, many, nominal=True))
        if lower in self._government and "PLACE" in wanted:
            return self._placed(token, self._government_of(token, wanted))
        return []

    def pointed(self, mention: Mention, labels: Iterable[str]) -> list[Mention]:
        """ "these minerals" after "copper and lithium": the members, where a class is pointed back at; else nothing."""
        doc, start = mention.span.doc, mention.start
        if mention.label not in GOODS or start == 0 or doc.words[start - 1].lower_ not in ("these", "those", "this"):
            return []
        earlier = [
            m
            for m in self._candidates(doc.words[start])
            if m.label == mention.label and m.label in labels and m.canonical != mention.canonical
        ]
        same = [m for m in earlier if m.span.sent.start < mention.span.sent.start]
        return self.view.group(same[-1], {mention.label}) if same else []

    def nationality(self, token: Word) -> Mention | None:
        """The place of a nationality word ("Chinese", "Dutch"), as a nominal mention; None for other words."""
        place_id = tables.demonyms().get(token.text)
        if place_id is None or not token.text[:1].isupper() or _opens_name(token):
            return None
        canonical = self.places.get(place_id)
        if canonical is None:
            return None
        return self._copy(token, "PLACE", canonical)

    def _definite(self, noun: Word) -> bool:
        if noun.text[:1].isupper() and noun.i + 1 < len(noun.doc) and any(c.lower_ == "the" for c in noun.lefts):
            return True  # "the Company", "the Act"
        return any(c.dep_ in ("det", "poss", "predet") and c.lower_ in self._determiners for c in noun.lefts)

    def _placed(self, token: Word, found: list[Mention]) -> list[Mention]:
        return [self._copy(token, m.label, m.canonical) for m in found]

    def _copy(self, token: Word, label: str, canonical: str) -> Mention:
        span = token.doc[token.i : token.i + 1]
        return Mention(span, label, canonical, {"mention": "nominal", "canonical": canonical})

    def _government_of(self, token: Word, wanted: set[str]) -> list[Mention]:
        if "PLACE" not in wanted:
            return []
        for child in token.lefts:
            place = self.nationality(child)
            if place is not None:
                return [place]
            inside = self.view.at.get(child.i)
            if inside is not None and inside.label == "PLACE":
                return [inside]
        recent = self.view.among(max(0, token.sent.start - STATE_REACH), token.i)
        countries = [m for m in recent if m.label == "PLACE" and _is_country(m, self._place_names)]
        return countries[-1:]

    def _antecedent(self, token: Word, labels: set[str], number: str, *, nominal: bool = False) -> list[Mention]:
        if number == "person":
            labels = labels & {"PERSON"}
        elif number == "one" and not nominal:
            labels = labels - {"PERSON"}
            owner = self._conjoined_owner(token, labels)
            if owner is not None:
                return [owner]
            nominals = self._nominals_before(token, labels)
            if nominals:
                return nominals
            if not (token.dep_ == "dobj" and labels <= GOODS) and self._other_subject(token, labels):
                return []
        earlier = [m for m in self._candidates(token) if m.label in labels]
        if nominal and token.lemma_.lower() in self._kinds:
            same = [m for m in earlier if self._same_kind(m, token)]
            single = [m for m in same if not self._several(m, token)]
            told = any(m.label == "MINISTRY" and m.end <= token.i for m in self.view.top)
            earlier = single if single or told else same  # a rule is its maker's before it is the code that it amends
        if not earlier:
            return []
        if number == "many":
            return self._plural(token, earlier)
        if (
            nominal and token.text[:1].isupper() and token.i > token.sent.start
        ):  # "the Company": whom the release is about
            every = [m for m in self.view.mentions if m.label in labels and m.end <= token.i and m.parent is None]
            return [max(every, key=lambda m: (self._count[m.canonical], -m.start))] if every else []
        best = max(earlier, key=lambda m: self._score(m, token, nominal))
        return [best]

    def _same_kind(self, mention: Mention, noun: Word) -> bool:
        """Whether a kind of instrument can stand for this one; a name that tells no kind may be any."""
        if mention.label != "INSTRUMENT":
            return True
        told = [self._kinds[w] for w in re.findall(r"[a-z]+", mention.span.text.lower()) if w in self._kinds]
        told = told or [self._kinds[w] for w in re.findall(r"[a-z]+", mention.canonical.lower()) if w in self._kinds]
        return not told or self._kinds[noun.lemma_.lower()] in told

    def _several(self, mention: Mention, noun: Word) -> bool:
        """Whether an instrument is many by its name: "this rule" is hardly the "Export Administration Regulations"."""
        last = mention.canonical.lower().rpartition(" ")[2]
        return noun.tag_ == "NN" and last not in self._kinds and singular(last) in self._kinds

    def _conjoined_owner(self, token: Word, labels: set[str]) -> Mention | None:
        """ "Huawei and its chips": the chips are Huawei's."""
        i = token.i
        if i < 2 or token.lower_ != "its" or token.doc.words[i - 1].lower_ not in ("and", "with", ","):
            return None
        left = self.view.at.get(i - 2)
        return left if left is not None and left.label in labels else None

    def _other_subject(self, token: Word, labels: set[str]) -> bool:
        """Whether "it" goes on with a named actor of its own sentence that the role does not take."""
        acting = [
            m
            for m in self.view.within(token.sent)
            if m.end <= token.i and m.label in ACTORS and m.label != "PERSON" and m.span.root.dep_ in SUBJECTS
        ]
        return bool(acting) and not any(m.label in labels for m in acting)

    def _nominals_before(self, token: Word, labels: set[str]) -> list[Mention]:
        """ "the company's director said that it will": the pronoun goes on with the nominal of its sentence."""
        for earlier in reversed(token.doc[token.sent.start : token.i]):
            if (
                earlier.pos_ == "NOUN"
                and earlier.tag_ == "NN"
                and self._labels_of.get(earlier.lemma_.lower(), set()) & labels & {"COMPANY", "MINISTRY"}
                and self._definite(earlier)
            ):
                allowed = labels & self._labels_of[earlier.lemma_.lower()]
                return self._antecedent(earlier, allowed, "one", nominal=True)
        return []

    def _candidates(self, token: Word) -> list[Mention]:
        sentences = _sentences_back(token, WINDOW)
        low = sentences[-1].start if sentences else 0
        return self.view.among(low, token.i)

    def _score(self, mention: Mention, token: Word, nominal: bool) -> float:
        back = len(_sentences_between(mention, token))
        root = mention.span.root
        score = -1.5 * back
        if root.dep_ in SUBJECTS or root.dep_ == "nsubjpass":
            score += 1.6
        elif root.dep_ in ("compound", "nmod", "npadvmod", "amod"):
            score -= 1.2
        elif root.dep_ in ("poss", "pobj"):
            score -= 0.8 if mention.label == "PLACE" else 0.3
        if nominal:
            score += min(1.0, 0.25 * self._count[mention.canonical])
        score += 0.2 * min(4, self._count[mention.canonical])
        score -= 0.002 * (token.i - mention.start)
        return score

    def _with_class(self, group: list[Mention], earlier: list[Mention]) -> list[Mention]:
        """A list with the class it was given as examples of ("minerals such as copper and lithium")."""
        first = min(group, key=lambda m: m.start)
        before = [m for m in earlier if m.end <= first.start and m.label == first.label and first.start - m.end <= 3]
        joined = before and any(
            t.lower_ in ("such", "including", "like", "as") for t in first.span.doc[before[-1].end : first.start]
        )
        return [before[-1], *group] if joined else group

    def _plural(self, token: Word, earlier: list[Mention]) -> list[Mention]:
        """A plural stands for the last list of the sentence before, else for the last plural name."""
        same = [m for m in earlier if m.span.sent.start != token.sent.start] or earlier
        last = same[-1]
        group = self.view.group(last, {last.label})
        if len(group) > 1:
            return self._with_class(group, earlier)
        lists = [
            m for m in same if len(self.view.group(m, {m.label})) > 1 and m.span.sent.start == last.span.sent.start
        ]
        if lists:
            return self.view.group(lists[-1], {lists[-1].label})
        plurals = [m for m in same if m.span.root.tag_ in ("NNS", "NNPS")]
        return [plurals[-1]] if plurals else []


def _is_country(mention: Mention, names: frozenset[str]) -> bool:
    return mention.attrs.get("kind") in (None, "country", "capital") and mention.canonical in names


def _sentences_back(token: Word, n: int) -> list:
    out, sent = [], token.sent
    for _ in range(n):
        out.append(sent)
        if sent.start == 0:
            break
        sent = sent.doc.words[sent.start - 1].sent
    return out


def _sentences_between(mention: Mention, token: Word) -> list:
    sents, sent = [], token.sent
    while sent.start > mention.start and len(sents) < WINDOW + 2:
        sents.append(sent)
        sent = sent.doc.words[sent.start - 1].sent
    return sents


def _opens_name(token: Word) -> bool:
    """Whether a nationality word is the first of a place's name: "British Columbia"."""
    following = token.doc.words[token.i + 1] if token.i + 1 < len(token.doc) else None
    return following is not None and following.text in PLACES_BEHIND
