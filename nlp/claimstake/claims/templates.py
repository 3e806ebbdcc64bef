"""Templates over the words of a sentence, for what the parse misses: headlines, long clauses, terse lists.

A sentence is written out in lower case with every list of mentions as one slot ("<p0> has banned exports of <g1> to
<p2>"),
brackets left out; the templates of data/templates.toml are matched on that. Their language:

    S:actor O:goods     subject and object slot, with a set of labels ([labels]); B:actor is a list whose members
    stand in the
                        relation to each other, G:place the target, X:any a slot that is passed over
    [ban_verb]          the trigger: one word of a set, in all its forms ([words]) or as it stands ([fixed]), or
    [this|that]
    {exports} {aux}     one word of a set; {exports}? may be missing; {aux}* may come any number of times (at most five)
    on|over by?         plain words, one of several, optional
    ..3                 at most three words, no mention, no comma; ~3 the same, but mentions and commas may be among
    them
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.view import GOODS, Mention
from claimstake.errors import KnowledgeError
from claimstake.knowledge import tables
from claimstake.mirror import Sentence
from claimstake.ontology import Ontology

MAX_TOKENS = 250  # a longer "sentence" is a table or furniture; templates are for prose
KEPT = 1000  # combinations of slots whose templates are kept
MAX_FANOUT = 64  # candidates of one match: 8 actors by 8 goods
CODES = {
    "PLACE": "p", "MINISTRY": "m", "PERSON": "h", "ORGANIZATION": "o", "COMPANY": "c", "INSTRUMENT": "i",
    "TECHNOLOGY": "t", "MINERAL": "r", "PRODUCT": "d", "THRESHOLD": "x", "QUANTITY": "q", "DATE": "y",
}  # fmt: skip
OTHER = "z"  # a label of the user's own
CLASSED = "v"  # goods that are called critical by their very name; they stand wherever minerals may
VALUED = re.compile(r"(?:critical|strategic)\b[- ]", re.I)
WORD = r"(?:[^\s<>,;:\"“”]+ )"
ITEM = r"(?:[^\s;:\"“”]+ )"
SLOT = re.compile(r"[SOBGX]:\w+")
MODIFIED = re.compile(r"<[trdcv]\d+> ")
APPOSED = re.compile(r", (?:an?|the|one) ")
OPENING, CLOSING = "([", ")]"


@dataclass(frozen=True)
class Template:
    """One row of templates.toml, compiled.

    Attributes:
        id, predicate, prior, qualifiers: as in a frame.
        pattern: over the sentence's words and slots; groups S, O, B and T.
        words: trigger words, of which a sentence must hold one.
        slots: for each slot that must be there, the codes that it may have.
        without: words that must not stand in the match.
        carry: whether a missing subject is the actor of the sentence before.
    """

    id: str
    predicate: str
    pattern: re.Pattern[str]
    words: frozenset[str]
    slots: tuple[frozenset[str], ...]
    prior: float
    carry: bool = False
    without: frozenset[str] = frozenset()
    qualifiers: dict[str, str] = field(default_factory=dict, hash=False)


class Templates:
    """Templates by their trigger words.

    Args:
        templates: from `compile_table`.
    """

    def __init__(self, templates: Iterable[Template]) -> None:
        self._templates = tuple(templates)
        self._numbers: dict[str, list[int]] = {}
        for number, template in enumerate(self._templates):
            for word in template.words:
                self._numbers.setdefault(word, []).append(number)
        self.triggers = frozenset(self._numbers)
        self._most = max((len(template.slots) for template in self._templates), default=0)
        self._fitting = lru_cache(maxsize=KEPT)(self._fitting_slots)

    def triggered(self, words: Iterable[str], slots: int, codes: frozenset[str]) -> list[Template]:
        """Those that one of some words triggers and that so many slots of such codes may fit, in their order."""
        numbers = {number for word in self.triggers.intersection(words) for number in self._numbers[word]}
        numbers &= self._fitting(min(slots, self._most), codes)
        return [self._templates[number] for number in sorted(numbers)]

    def _fitting_slots(self, slots: int, codes: frozenset[str]) -> frozenset[int]:
        """Numbers of the templates whose slots may be among those of a sentence."""
        few = (n for n, template in enumerate(self._templates) if len(template.slots) <= slots)
        return frozenset(n for n in few if not any(map(codes.isdisjoint, self._templates[n].slots)))


@cache
def packaged() -> Templates:
    """The templates that ship with the package."""
    return Templates(compile_table(tables.toml("templates.toml"), "templates.toml"))


def compile_table(data: dict[str, Any], source: str) -> Iterator[Template]:
    """Templates of a TOML table.

    Raises:
        KnowledgeError: a template lacks its predicate or trigger, or names a set that does not exist.
    """
    words = {name: [f for w in row for f in forms(w)] for name, row in data.get("words", {}).items()}
    words |= {name: list(row) for name, row in data.get("fixed", {}).items()}
    for row in data["template"]:
        name = row.get("id", "?")
        for key in ("id", "predicate", "texts", "prior"):
            if not row.get(key):
                raise KnowledgeError(f"{source}: template {name} has no {key}")
        for number, text in enumerate(row["texts"]):
            try:
                pattern, triggers, slots = _compile(text, words, data["labels"])
            except (KeyError, re.error) as error:
                raise KnowledgeError(f"{source}: template {name}: {text!r}: unknown or wrong: {error}") from error
            if not triggers:
                raise KnowledgeError(f"{source}: template {name}: {text!r} has no trigger")
            yield Template(
                f"{name}.{number + 1}",
                row["predicate"],
                pattern,
                frozenset(triggers),
                tuple(slots),
                row["prior"],
                row.get("carry", False),
                frozenset(row.get("without", ())),
                row.get("qualifiers", {}),
            )


def _compile(
    text: str, words: dict[str, list[str]], labels: dict[str, list[str]]
) -> tuple[re.Pattern[str], set[str], list[frozenset[str]]]:
    """A template as an expression, with its trigger words and the codes of the slots that it cannot do without."""
    out, triggers, slots = "", set(), []
    for item in text.split():
        optional = item.endswith("?")
        repeated = item.endswith("*")
        item = item.rstrip("?*") if optional or repeated else item
        if SLOT.fullmatch(item):
            codes = "".join(CLASSED if label == "VALUED" else CODES[label] for label in labels[item[2:]])
            codes += CLASSED if "MINERAL" in labels[item[2:]] else ""
            part = rf"<[{codes}]\d+> "
            part = f"(?:{part})" if item[0] == "X" else f"(?P<{item[0]}>{part})"
            slots += [] if optional or repeated else [frozenset(codes)]
        elif item.startswith("["):
            trigger = words.get(item[1:-1]) or item[1:-1].split("|")
            part = f"(?P<T>{_any(trigger)} )"
            triggers |= {w.split()[0] for w in trigger}
        elif item.startswith("{"):
            part = f"(?:{_any(words[item[1:-1]])} )"
        elif re.fullmatch(r"[.~]{1,2}\d", item):
            part = (WORD if item[0] == "." else ITEM) + f"{{0,{item[-1]}}}"
        else:
            part = f"(?:{_any(item.split('|'))} )"
        out += part + ("?" if optional else "{0,5}" if repeated else "")
    slot_first = SLOT.fullmatch(text.split()[0])  # the search skips from slot to slot; none begins inside a word
    return re.compile(out if slot_first else "(?<!\\S)" + out), triggers, slots


def _any(phrases: Iterable[str]) -> str:
    ordered = sorted(set(phrases), key=lambda w: (-len(w), w))
    return "(?:" + "|".join(re.escape(w.replace("_", " ")) for w in ordered) + ")"


@cache
def _irregular() -> dict[str, tuple[str, ...]]:
    return {k: tuple(v) for k, v in tables.toml("templates.toml")["irregular"].items()}


def forms(verb: str) -> list[str]:
    """A word with its regular inflections ("ban", "bans", "banned", "banning"); of a phrase the first word inflects.

    Irregular ones stand in templates.toml. Forms that do not exist ("companys") do no harm: nobody writes them.
    """
    first, _, rest = verb.partition(" ")
    rest = " " + rest if rest else ""
    if first in _irregular():
        found = [first, *_irregular()[first]]
    elif first.endswith("e"):
        found = [first, first + "s", first + "d", first[:-1] + "ing"]
    elif first.endswith("y") and first[-2:-1] not in "aeiou":
        found = [first, first[:-1] + "ies", first[:-1] + "ied", first + "ing"]
    else:
        plural = first + ("es" if first.endswith(("s", "x", "z", "ch", "sh")) else "s")
        found = [first, plural, first + "ed", first + "ing"]
        if re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]|.*(?:[^aeiou]el|[^aeiou]et|mit|fer)", first):
            found += [first + first[-1] + "ed", first + first[-1] + "ing"]
    return [f + rest for f in found]


def _code(mention: Mention) -> str:
    """The letter of a slot."""
    if mention.label in GOODS and VALUED.match(mention.span.text):
        return CLASSED
    return CODES.get(mention.label, OTHER)


@dataclass
class _Written:
    """A sentence as templates see it."""

    text: str
    starts: list[tuple[int, int]]  # character offset in text, token index
    slots: list[list[Mention]]

    def token_at(self, char: int) -> int:
        return next(i for offset, i in reversed(self.starts) if offset <= char)


class TemplateFinder:
    """Matches templates on the sentences of one document.

    Args:
        arguments: of the document.
        ontology: signatures that claims must fit.
        templates: to match.
    """

    def __init__(self, arguments: Arguments, ontology: Ontology, templates: Templates) -> None:
        self.arguments, self.view, self.ontology = arguments, arguments.view, ontology
        self.templates, self.nations = templates, tables.demonyms()

    def find(self, sent: Sentence) -> Iterator[Candidate]:
        """Candidates of a sentence."""
        if len(sent) > MAX_TOKENS or sent.lowers.isdisjoint(self.templates.triggers):
            return
        slots, codes = self._slots(sent)
        templates = self.templates.triggered(sent.lowers, slots, codes) if slots else ()
        if not templates:
            return
        written = self._write(sent)
        words = frozenset(written.text.split())  # without what stands in brackets and in mentions
        for template in templates:
            if template.words.isdisjoint(words):
                continue
            for match in template.pattern.finditer(written.text):
                if template.without and not template.without.isdisjoint(match.group().split()):
                    continue
                yield from self._candidates(template, match, written, sent)

    def _slots(self, sent: Sentence) -> tuple[int, frozenset[str]]:
        """How many slots a sentence may have, 0 without a mention, and their codes: goods' also if they are classed."""
        mentions = [self.view.at[i] for i in range(sent.start, sent.end) if i in self.view.at]
        labels = [m.label for n, m in enumerate(mentions) if not n or m is not mentions[n - 1]]
        if not labels:
            return 0, frozenset()
        nations = [text for text in sent.doc.texts[sent.start : sent.end] if text in self.nations]
        codes = {CODES.get(label, OTHER) for label in labels} | {CODES["PLACE"] for _ in nations[:1]}
        return len(labels) + len(nations), frozenset(codes if GOODS.isdisjoint(labels) else codes | {CLASSED})

    def _write(self, sent: Sentence) -> _Written:
        out, starts, slots, length, depth = [], [], [], 0, 0
        texts, lowers, mentions, i = sent.doc.texts, sent.doc.lowers, self.view.at, sent.start
        while i < sent.end:
            text, word, start = texts[i], None, i
            mention = mentions.get(i)
            if text in OPENING:
                depth += 1
            elif text in CLOSING:
                depth = max(0, depth - 1)
            elif depth or text.isspace():
                pass
            elif mention is not None:
                members = self.view.group(mention)
                last = max(m.end for m in members) if members[0] is mention else mention.end
                i = min(last, sent.end) - 1
                word = f"<{_code(mention)}{len(slots)}>"
                slots.append(members)
            else:
                word = lowers[i]
                if text in self.nations and not self._modifies(i):
                    place = self.arguments.resolver.nationality(sent.doc.words[i])
                    word = word if place is None else f"<p{len(slots)}>"
                    slots += [] if place is None else [[place]]
            if word is not None:
                starts.append((length, start))
                out.append(word)
                length += len(word) + 1
            i += 1
        return _Written(" ".join(out) + " ", starts, slots)

    def _modifies(self, i: int) -> bool:
        """Whether goods stand right behind a token: "Chinese [drones]" is about drones."""
        behind = self.view.at.get(i + 1)
        return behind is not None and behind.label in GOODS

    def _candidates(
        self, template: Template, match: re.Match[str], written: _Written, sent: Sentence
    ) -> Iterator[Candidate]:
        predicate = self.ontology.predicates.get(template.predicate)
        if predicate is None:
            return
        groups = {k: self._members(match, k, written) for k, v in match.groupdict().items() if k != "T" and v}
        if "B" in groups:
            pairs = [(a, b) for n, a in enumerate(groups["B"]) for b in groups["B"][n + 1 :]]
        else:
            subjects = groups.get("S") or (
                self._actor(match, written, sent, predicate.subject) if template.carry else []
            )
            pairs = [(s, o) for s in subjects for o in groups.get("O", [])]
        at = written.token_at(match.start("T"))
        qualifiers = dict(template.qualifiers)
        if "G" in groups:
            qualifiers["target"] = groups["G"][0].canonical
        for s, o in pairs[:MAX_FANOUT]:
            if o.label == "PLACE" and MODIFIED.match(written.text, match.end("O") if "O" in groups else 0):
                continue  # "tariffs on [U.S.] [soybeans]" are on soybeans
            if s.canonical != o.canonical and predicate.accepts(s.label, o.label):
                path = f"template: {match.group().strip()}"
                yield Candidate(
                    template.predicate,
                    s,
                    o,
                    sent.doc[at : at + 1],
                    f"template-{template.id}",
                    path,
                    template.prior,
                    dict(qualifiers),
                    (sent,),
                )

    def _actor(self, match: re.Match[str], written: _Written, sent: Sentence, labels: frozenset[str]) -> list[Mention]:
        """Who acts where the template has no subject: the subject of an earlier clause, else the actor carried on."""
        first = written.token_at(match.start())
        acting = [
            m
            for m in self.view.within(sent)
            if m.end <= first and m.label in ("PLACE", "MINISTRY") and m.span.root.dep_ == "nsubj" and m.label in labels
        ]
        return acting[-1:] or self.arguments.carried(sent, labels)

    def _members(self, match: re.Match[str], group: str, written: _Written) -> list[Mention]:
        """The mentions of a slot: a class in apposition gives way to what it is apposed to, a phrase after a comma
        goes with
        the last of a list ("the U.S. and Peru, a producer of")."""
        members = written.slots[int(match[group].strip()[2:-1])]
        if group == "B":
            return members
        if APPOSED.match(written.text, match.end(group)) and match.end(group) < match.end():
            members = members[-1:]
            members = [self.arguments.seated(members[0])]
            ending = [n for n in members[0].nested if n.end == members[0].end and n.label != "PLACE"]
            return ending[-1:] or members
        first = members[0]
        named = self.arguments.renamed(first, GOODS) if len(members) == 1 else []
        named = named or (
            self.arguments.resolver.pointed(first, GOODS) if group == "S" and first.label in GOODS else []
        )
        return named or members
