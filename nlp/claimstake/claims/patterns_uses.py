"""What goods are used in, where no single word says so: lists of uses with shares, parts of wholes, uses in brackets.

"Uses of antimony were flame retardants, 49%; ammunition, 40%", "the anode and cathode of a battery", "a vehicle's
motor".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.family import BRACKETS, Family, pattern_words, phrases
from claimstake.claims.view import GOODS, Mention
from claimstake.mirror import Sentence
from claimstake.ontology import Ontology

MADE = frozenset({"PRODUCT", "TECHNOLOGY"})
VERB_REACH = 5  # tokens from what is used to the verb that names its uses
NAMING = frozenset({"be", "include", "comprise", "remain"})
PART_OF = re.compile(r"\s+of (?:an?|each|every|any)\s+(?:[a-z-]+\s+)?|['’]s?\s+", re.I)
DETERMINED = re.compile(r"\b(?:an?|each|every|the)\s+(?:[\w-]+\s+){0,2}$", re.I)


class UsePatterns(Family):
    """`used_in` in lists of uses, between a part and its whole, and around words of purpose."""

    def __init__(self, arguments: Arguments, ontology: Ontology) -> None:
        super().__init__(arguments, ontology)
        self.uses = pattern_words("bearing", "uses")
        self.goes_to = phrases(
            "purpose",
            "words",
            before=r"\s*,?\s*",
            after=r"\s+(?:(?:the|its|their|an?|use|"
            r"various|many|most|all|both|every|each|making|producing|in)\s+){0,2}(?:(?!\w+ing\b)[a-z-]+\s+)?",
        )

    def find(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """See `Family.find`."""
        yield from self._uses_are(sent, mentions)
        yield from self._part_of_whole(sent, mentions)
        yield from self._purpose(sent, mentions)

    def _uses_are(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "The leading uses of antimony were flame retardants, 49%; ammunition, 40%": all that is named to the end."""
        if sent.lowers.isdisjoint(self.uses):
            return
        for left in mentions:
            i = left.start - 1
            while i > sent.start and sent.doc.words[i].pos_ in ("DET", "ADJ"):
                i -= 1
            if (
                left.label not in GOODS
                or sent.doc.lowers[i] not in ("of", "for")
                or sent.doc.lowers[i - 1] not in self.uses
            ):
                continue
            sources = self.view.group(left, GOODS)
            end = max(m.end for m in sources)
            verb = next((t for t in sent.doc[end : min(end + VERB_REACH, sent.end)] if t.lemma_ in NAMING), None)
            for use in mentions if verb is not None else ():
                if use.start > verb.i and use.label in MADE:
                    for source in sources:
                        trigger = sent.doc[i - 1 : i]
                        yield from self.claim("used_in", source, use, sent, trigger, "uses-are", 0.62)

    def _part_of_whole(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "the cathode of a battery", "a vehicle's motor": a part is used in its whole."""
        for left, right in zip(mentions, mentions[1:], strict=False):
            if not left.label == right.label == "PRODUCT":
                continue
            gap = self.between(left, right)
            if not PART_OF.fullmatch(gap):
                continue
            whole, part = (right, left) if " of " in gap else (left, right)
            before = self.view.text[sent.start_char : whole.span.start_char]
            if whole is left and not DETERMINED.search(before):
                continue  # "Tesla EV's batteries" and the like are names
            for one in self.view.group(part, {"PRODUCT"}):
                yield from self.claim("used_in", one, whole, sent, sent.doc[left.start : right.end], "part-of", 0.5)

    def _purpose(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "custom-built chips for cryptocurrency mining", "graphite suitable for anodes"."""
        for left, right in zip(mentions, mentions[1:], strict=False):
            if left.label not in ("MINERAL", "PRODUCT") or right.label not in MADE:
                continue
            gap = BRACKETS.sub(" ", self.between(left, right))
            if len(gap) > 70 or not self.goes_to.fullmatch(gap):
                continue
            if right.label == "TECHNOLOGY" and " in " in gap:
                continue
            named = self.arguments.renamed(left, GOODS) or self.view.group(left, GOODS)
            for source in named:
                for use in self.view.group(right, MADE):
                    yield from self.claim(
                        "used_in", source, use, sent, sent.doc[left.end : right.start], "purpose", 0.52
                    )
