"""Classes and their members: "minerals such as copper", "antimony, a critical mineral", "copper and other metals"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.family import Family, pattern_words, phrases
from claimstake.claims.view import GOODS, Mention
from claimstake.mirror import Sentence
from claimstake.ontology import Ontology

LISTING = (":", "—", "–", "--", "-")  # between a class and its members, where these are several
FEWEST = 3


class ClassPatterns(Family):
    """`covers` between a class and what it includes."""

    def __init__(self, arguments: Arguments, ontology: Ontology) -> None:
        super().__init__(arguments, ontology)
        self.examples = phrases("examples", "after", after=r"[:,]?\s*(?:the\s+|certain\s+|those\s+for\s+)?")
        self.others = phrases("examples", "before", after=r"(?:\s+\w+)?\s*")
        self.classes = pattern_words("classes", "heads")

    def find(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """See `Family.find`."""
        yield from self._members(sent, mentions)
        yield from self._apposed_class(sent, mentions)

    def _members(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        for place, right in enumerate(mentions[1:], 1):
            left = mentions[place - 1]
            if right.kind != "goods" or left.label not in (*GOODS, "INSTRUMENT"):
                continue
            if left.label == "TECHNOLOGY" and right.label == "MINERAL" and not left.nested:
                classes = [
                    m for m in mentions[max(0, place - 4) : place] if m.label == right.label and self._is_class(m)
                ]
                if not classes or not self.examples.fullmatch(self.between(left, right).strip(' ,(—–-:“"\n') + " "):
                    continue
                for member in self.view.group(right, GOODS):
                    yield from self.claim(
                        "covers", classes[-1], member, sent, self.view.doc[left.end : right.start], "such-as", 0.6
                    )
                continue
            gap = self.between(left, right)
            words = gap.strip(' ,(—–-:“"\n')
            example = self.examples.fullmatch(words + " ") if words else None
            bracket = gap.strip() == "(" and left.kind == "goods" and self._is_class(left)
            if gap.strip() in LISTING and left.kind == "goods" and self._is_class(left):
                bracket = len(self.view.group(right, GOODS)) >= FEWEST
            if left.label == right.label == "TECHNOLOGY" and re.fullmatch(r"(?:\w+\s+){0,3}\(", gap.strip()):
                bracket = True  # "key lithium refining steps (carbonate production, ...)"
            if example or bracket:
                trigger = self.view.doc[left.end : right.start]
                inner = [n for n in left.nested if n.end == left.end and self._is_class(n)]
                left = inner[-1] if inner else left
                for member in self.view.group(right, GOODS):
                    yield from self.claim("covers", left, member, sent, trigger, "such-as", 0.74 if example else 0.5)
            if self.others.fullmatch(words + " ") and self._is_class(right):
                for member in self.view.group(left, GOODS):
                    if member is not right:
                        yield from self.claim(
                            "covers", right, member, sent, self.view.doc[left.end : right.start], "and-other", 0.66
                        )

    def _is_class(self, mention: Mention) -> bool:
        return mention.span.root.lemma_.lower() in self.classes or mention.canonical.split()[-1] in self.classes

    def _apposed_class(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "antimony, a critical mineral ..."; "gallium is a critical mineral"."""
        for left, right in zip(mentions, mentions[1:], strict=False):
            if left.kind != "goods" or right.kind != "goods" or left.label != right.label or not self._is_class(right):
                continue
            gap = self.between(left, right).strip().lower()
            if re.fullmatch(r"(?:,|is|are|—|–)\s+(?:an?|the|one of the|one of)(?:\s+[\w-]+){0,2}", gap) or re.fullmatch(
                r", (?:key|critical|vital)", gap
            ):
                for member in self.view.group(left, GOODS):
                    yield from self.claim(
                        "covers", right, member, sent, self.view.doc[left.end : right.start], "apposed-class", 0.6
                    )


def expand_members(candidates: list[Candidate]) -> Iterator[Candidate]:
    """What a sentence says of a class it says of the members it names: copies claims from class to members."""
    members: dict[tuple[int, str], list[Mention]] = {}
    for c in candidates:
        if c.frame in ("pattern-such-as",):
            members.setdefault((c.sents[0].start, c.subject.canonical), []).append(c.object)
    if not members:
        return
    for c in candidates:
        rules = c.predicate == "covers" and c.subject.label == "INSTRUMENT"  # "applies to batteries, namely A and B"
        if (c.frame.startswith("pattern-") or c.predicate == "covers") and not rules or not c.sents:
            continue
        for role in ("subject", "object"):
            whole: Mention = getattr(c, role)
            for member in members.get((c.sents[0].start, whole.canonical), ()):
                other = c.object if role == "subject" else c.subject
                if member.canonical == other.canonical:
                    continue
                s, o = (member, c.object) if role == "subject" else (c.subject, member)
                yield Candidate(
                    c.predicate,
                    s,
                    o,
                    c.trigger,
                    c.frame,
                    c.path + " (member of the class)",
                    c.score - 0.06,
                    dict(c.qualifiers),
                    c.sents,
                )
