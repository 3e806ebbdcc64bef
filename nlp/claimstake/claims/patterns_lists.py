"""Lists that are added to: "updated its critical minerals list, adding phosphorus", "added copper to the list".

The list covers what is added; where the list is one of critical or strategic things, who adds designates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from claimstake.claims.candidates import Candidate
from claimstake.claims.family import Family
from claimstake.claims.view import GOODS, Mention
from claimstake.mirror import Sentence, Word

ADD = frozenset({"add", "include", "insert", "place", "put", "list"})
LIST = re.compile(r"\b(?:list|catalog|catalogue|register|schedule|annex|inventory)s?\b", re.I)
ON_LIST = re.compile(
    r"\s*(?:is|are|was|were|remains?|being)\s(?:\w+\s){0,2}(?:on|in|among|part of)\s(?:the\s|its\s)?", re.I
)
VALUED = re.compile(r"\b(?:critical|strategic|essential|dual-use|priority)\b", re.I)
AUTHORITIES = frozenset({"PLACE", "MINISTRY", "ORGANIZATION"})


class ListPatterns(Family):
    """`covers` and `designates` of lists."""

    def find(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """See `Family.find`."""
        lists = [m for m in mentions if m.label == "INSTRUMENT" and LIST.search(m.span.text)]
        if not lists:
            return
        yield from self._standing(sent, mentions)
        for verb in sent:
            if verb.lemma_.lower() not in ADD or verb.pos_ != "VERB":
                continue
            goods = self._added(verb, sent, mentions)
            register = min(lists, key=lambda m: abs(m.start - verb.i))
            trigger = sent.doc[verb.i : verb.i + 1]
            for good in goods:
                yield from self.claim("covers", register, good, sent, trigger, "added-to-list", 0.6)
            if VALUED.search(register.span.text):
                for authority in self._authority(verb, mentions):
                    for good in goods:
                        yield from self.claim(
                            "designates", authority, good, sent, trigger, "added-to-valued-list", 0.55
                        )

    def _standing(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "antimony is on the critical minerals list": the list covers it."""
        for left, right in zip(mentions, mentions[1:], strict=False):
            listed = left.label in GOODS and right.label == "INSTRUMENT" and LIST.search(right.span.text)
            if listed and ON_LIST.fullmatch(self.between(left, right)):
                trigger = self.view.doc[left.end : right.start]
                for good in self.view.group(left, GOODS):
                    yield from self.claim("covers", right, good, sent, trigger, "on-list", 0.6)

    def _added(self, verb: Word, sent: Sentence, mentions: list[Mention]) -> list[Mention]:
        """Goods that are added: the verb's objects, else the first goods behind it."""
        found = [
            m
            for h in self.view.objects(verb)
            for m in self.arguments.fill(h, frozenset(GOODS))
            if m.attrs.get("mention") != "nominal"
        ]
        if found:
            return found
        behind = [m for m in mentions if m.label in GOODS and 0 < m.start - verb.i < 6]
        return self.view.group(behind[0], GOODS) if behind else []

    def _authority(self, verb: Word, mentions: list[Mention]) -> list[Mention]:
        found = [m for s in self.view.subjects(verb) for m in self.arguments.fill(s, AUTHORITIES)]
        if found:
            return found
        before = [
            m
            for m in mentions
            if m.label in ("MINISTRY", "PLACE")
            and m.end <= verb.i
            and m.span.root.dep_ in ("nsubj", "nsubjpass", "poss")
        ]
        return before[-1:]
