"""A document as the claim finder sees it: mentions by token, coordination, and logical arguments of verbs and nouns.

Reads doc.spans["mentions"], sentence bounds, the parse, tags and lemmas. Changes nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from spacy.tokens import Doc

from claimstake.attributes import MENTIONS
from claimstake.claims.coordination import joined
from claimstake.mirror import Sentence, Stretch, Word, mirrored

GOODS = frozenset({"TECHNOLOGY", "MINERAL", "PRODUCT"})
ACTORS = frozenset({"PLACE", "MINISTRY", "COMPANY", "PERSON", "ORGANIZATION"})
MEASURED = frozenset({"THRESHOLD", "QUANTITY"})
KINDS = {
    label: kind for kind, labels in (("goods", GOODS), ("actors", ACTORS), ("measured", MEASURED)) for label in labels
}
PREPOSITIONS = frozenset({"prep", "agent", "dative", "prt"})
BRACKETED = 7  # tokens behind a mention in which its bracket closes
RELATIVE = frozenset({"which", "that", "who", "whose", "whom"})
SUBJECTS = frozenset({"nsubj", "csubj"})
PASSIVE_SUBJECTS = frozenset({"nsubjpass", "csubjpass"})
ANY_SUBJECTS = SUBJECTS | PASSIVE_SUBJECTS
MAX_ASIDE = 6  # tokens from a mention in brackets to their end
PASSIVE = PASSIVE_SUBJECTS | {"auxpass"}


@dataclass(eq=False)
class Mention:
    """One mention: its span, label, canonical name of its cluster, and what is nested in it."""

    span: Stretch
    label: str
    canonical: str
    attrs: dict[str, Any] = field(default_factory=dict)
    nested: list[Mention] = field(default_factory=list)
    parent: Mention | None = None
    start: int = field(init=False)
    end: int = field(init=False)
    kind: str = field(init=False)  # what it can be coordinated with: goods, actors, or its own label

    def __post_init__(self) -> None:
        self.start, self.end = self.span.start, self.span.end
        self.kind = KINDS.get(self.label, self.label)

    @property
    def key(self) -> tuple[int, int, str, str]:
        """Where it stands and what it names; a plural nominal stands for several things at one place."""
        return self.span.start, self.span.end, self.label, self.canonical

    def __repr__(self) -> str:
        return f"{self.label}:{self.span.text}"


class View:
    """Token-to-mention maps and argument finding for one doc."""

    def __init__(self, doc: Doc) -> None:
        self.doc = mirrored(doc)
        self.text = self.doc.text
        self.mentions: list[Mention] = []
        self.at: dict[int, Mention] = {}  # token -> outermost mention
        self.inner: dict[int, Mention] = {}  # token -> innermost mention
        self._load()
        self.top = [m for m in self.mentions if m.parent is None]  # outermost mentions in text order
        self._starts = [m.start for m in self.top]
        self._within: dict[int, list[Mention]] = {}  # start of a sentence -> mentions in it
        self.group_of = self._coordinate()

    def _load(self) -> None:
        for span in sorted(self.doc.marked(MENTIONS), key=lambda s: (s.start, -s.end)):
            if span.attrs.get("mention", "name") != "name":
                continue
            mention = Mention(span, span.label_, span.attrs.get("canonical", span.text), span.attrs)
            outer = self.at.get(span.start)
            if outer is not None and outer.end >= span.end and outer.key != mention.key:
                mention.parent = outer
                outer.nested.append(mention)
            else:
                for i in range(span.start, span.end):
                    self.at.setdefault(i, mention)
            for i in range(span.start, span.end):
                self.inner[i] = mention
            self.mentions.append(mention)

    def among(self, start: int, end: int) -> list[Mention]:
        """Outermost mentions that lie in a range of tokens, in text order."""
        low, high = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return [m for m in self.top[low:high] if m.end <= end]

    def within(self, sent: Sentence) -> list[Mention]:
        """Outermost mentions inside a sentence; all who ask get the same list."""
        known = self._within.get(sent.start)
        if known is None:
            known = self._within[sent.start] = self.among(sent.start, sent.end)
        return known

    # --- coordination -------------------------------------------------------------------------------------------

    def _coordinate(self) -> dict[int, list[Mention]]:
        """Lists of coordinated mentions, by id of each member."""
        groups: dict[int, list[Mention]] = {}
        run: list[Mention] = []
        conjoined = False
        previous: Mention | None = None
        source: Mention | None = None  # "production [from spodumene], ..." does not end a list of processes
        asides: list[tuple[Mention, Mention]] = []
        for mention in self.top:
            if previous is not None and self._aside(previous, mention):
                asides.append((mention, previous))  # "lithium iron phosphate (LFP), ..." does not end a list
                continue
            if previous is not None and self._in_brackets(previous, mention):
                continue  # "China Construction Bank (Jinan branch), ..." neither
            if source is not None and previous is not None and mention.label == previous.label:
                link = self._link(previous, mention, source.end)
            else:
                link = self._link(previous, mention, previous.end) if previous is not None else ""
            if not link and source is None and previous is not None and self._is_source(previous, mention):
                source = mention
                continue
            if not link and source is not None:
                self._close(run, conjoined, groups)
                run, conjoined = [source], False
                link = self._link(source, mention, source.end)
            source = None
            if link:
                run.append(mention)
                conjoined = conjoined or link == "and"
            else:
                self._close(run, conjoined, groups)
                run, conjoined = [mention], False
            previous = mention
        self._close(run, conjoined, groups)
        for short, full in asides:
            exact = short.start == full.end + 1 and self.doc.texts[short.end] == ")"
            if exact and id(full) in groups:
                groups[id(short)] = groups[id(full)]
        return groups

    def _close(self, run: list[Mention], conjoined: bool, groups: dict[int, list[Mention]]) -> None:
        if len(run) > 1 and (conjoined or (len(run) > 2 and run[0].kind == "goods")):
            for member in run:
                groups[id(member)] = run

    def _is_source(self, previous: Mention, mention: Mention) -> bool:
        """Whether a mention only says what the one before is made from, of or for."""
        return (
            previous.kind == mention.kind == "goods"
            and previous.label == "TECHNOLOGY" != mention.label
            and mention.start == previous.end + 1
            and self.doc.lowers[previous.end] in ("from", "of", "in", "for")
        )

    def _aside(self, previous: Mention, mention: Mention) -> bool:
        """An abbreviation or another word in brackets does not interrupt a list."""
        doc, opening = self.doc, previous.end
        if opening >= mention.start or doc.words[opening].text != "(":
            return False
        alone = mention.start == opening + 1 and doc.texts[mention.end : mention.end + 1] == [")"]
        if alone or mention.kind != previous.kind:
            return alone
        inside = doc.lowers[opening : mention.end + MAX_ASIDE]
        if ")" not in inside or ")" in inside[: mention.end - opening]:
            return False
        return not {",", ";", "and", "or"} & set(inside[: inside.index(")")])  # else a list of its own

    def _in_brackets(self, previous: Mention, mention: Mention) -> bool:
        """Whether an actor only stands in the brackets behind another: its exchange, its branch."""
        start, texts = mention.start, self.doc.texts
        if not (mention.kind == previous.kind == "actors" and previous.end == start - 1 and texts[start - 1] == "("):
            return False
        return ")" in texts[mention.end : mention.end + BRACKETED]

    def _link(self, left: Mention, right: Mention, start: int) -> str:
        """How two neighbours are joined by the words from token `start` on, see `coordination.joined`."""
        if left.kind != right.kind or right.start >= self.doc.sentence_at(left.start).end:
            return ""
        between = [t for t in self.doc.words[start : right.start] if not t.form.is_space]
        return joined(between, actors=left.kind == "actors")

    def group(self, mention: Mention, labels: Iterable[str] | None = None) -> list[Mention]:
        """The list that a mention stands in (itself included), members of `labels` only."""
        members = self.group_of.get(id(mention), [mention])
        return [m for m in members if labels is None or m.label in labels]

    # --- logical arguments --------------------------------------------------------------------------------------

    def is_passive(self, verb: Word) -> bool:
        if any(c.dep_ in PASSIVE for c in verb.children):
            return True
        return (
            verb.dep_ in ("acl", "relcl", "advcl", "amod")
            and verb.tag_ == "VBN"
            and not any(c.dep_ == "aux" for c in verb.children)
        )

    def subjects(self, verb: Word, depth: int = 0) -> list[Word]:
        """Heads of the logical subject of a verb: nsubj of the active, agent of the passive, else inherited."""
        if depth > 5:
            return []
        if self.is_passive(verb):
            return [p for c in verb.children if c.dep_ == "agent" for p in c.children if p.dep_ == "pobj"]
        own = [c for c in verb.children if c.dep_ in SUBJECTS]
        if own:
            if own[0].lower_ in RELATIVE and verb.dep_ == "relcl":
                return [verb.head]
            return own
        head = verb.head
        if head is verb:
            return []
        owners = [c for c in head.lefts if c.dep_ == "poss"]
        if verb.dep_ == "acl" and verb.tag_ == "VB" and owners:
            return owners  # "Washington's decision to tax"
        if verb.dep_ == "acl" and verb.tag_ in ("VBG", "VB"):
            return [head] if verb.tag_ == "VBG" else self._governor_subjects(head, depth)
        if verb.dep_ in ("conj", "xcomp", "advcl", "ccomp", "pcomp", "prep", "aux", "dep"):
            if head.pos_ in ("VERB", "AUX"):
                if verb.dep_ == "conj" and self.is_passive(head) and not self.is_passive(verb):
                    return [c for c in head.children if c.dep_ in PASSIVE_SUBJECTS]
                if verb.dep_ == "xcomp":
                    objects = [c for c in head.children if c.dep_ == "dobj"]
                    if objects and head.lemma_ in (
                        "allow",
                        "require",
                        "force",
                        "permit",
                        "ask",
                        "order",
                        "urge",
                        "enable",
                        "help",
                    ):
                        return objects
                    if self.is_passive(head):
                        return [c for c in head.children if c.dep_ in PASSIVE_SUBJECTS]
                return self.subjects(head, depth + 1)
            if verb.dep_ == "pcomp" and head.lower_ == "from" and self.objects(head.head):
                return []  # "Washington barred X from selling": Washington does not sell, nor does X
            if head.pos_ in ("ADP", "SCONJ", "ADJ", "NOUN"):
                return self._governor_subjects(head, depth)
        return []

    def _governor_subjects(self, token: Word, depth: int) -> list[Word]:
        for ancestor in token.ancestors:
            if ancestor.pos_ in ("VERB", "AUX"):
                found = self.subjects(ancestor, depth + 1)
                return [f for f in found if f.i != token.i]
        return []

    def governor(self, noun: Word) -> Word | None:
        """The verb that a noun is the object, complement or prepositional object of, through nouns on the way."""
        token = noun
        for _ in range(6):
            head = token.head
            if head is token:
                return None
            if head.pos_ in ("VERB", "AUX"):
                return None if token.dep_ in ANY_SUBJECTS else head
            token = head
        return None

    def objects(self, verb: Word) -> list[Word]:
        """Heads of the logical object of a verb: dobj or attr, nsubj of the passive, the noun that a participle
        modifies."""
        if self.is_passive(verb):
            found = [c for c in verb.children if c.dep_ in PASSIVE_SUBJECTS]
            if found and found[0].lower_ in RELATIVE and verb.dep_ == "relcl":
                return [verb.head]
            if not found and verb.dep_ in ("acl", "relcl", "amod"):
                return [verb.head]
            if not found and verb.dep_ == "conj" and self.is_passive(verb.head):
                return self.objects(verb.head)
            return found + [c for c in verb.children if c.dep_ in ("dobj", "oprd")]
        found = [c for c in verb.children if c.dep_ in ("dobj", "attr", "oprd", "dative")]
        if (
            not found
            and verb.dep_ == "relcl"
            and any(c.dep_ in SUBJECTS and c.lower_ not in RELATIVE for c in verb.children)
        ):
            return [verb.head]
        if not found:
            found = [
                o
                for c in verb.children
                if c.dep_ == "conj" and c.pos_ == "VERB" and c.i > verb.i and not _has_subject(c)
                for o in self.objects(c)
            ]
        return found

    def prepositional(self, head: Word, preps: Iterable[str]) -> list[Word]:
        """Objects of the prepositions that hang on a token; "such as" and "as well as" count as written."""
        wanted = set(preps)
        out = []
        for child in head.children:
            word = child.lower_
            if child.dep_ not in PREPOSITIONS and (child.dep_ != "mark" or word != "for"):
                continue
            if word in wanted or (
                word == "as" and "such as" in wanted and any(c.lower_ == "such" for c in child.children)
            ):
                out += [g for g in child.children if g.dep_ in ("pobj", "pcomp")]
                for nested in child.children:
                    if nested.dep_ == "prep":
                        out += [g for g in nested.children if g.dep_ in ("pobj", "pcomp")]
            elif child.dep_ == "prt" and word in wanted:
                continue
        return out


def _has_subject(verb: Word) -> bool:
    return any(c.dep_ in ANY_SUBJECTS for c in verb.children)
