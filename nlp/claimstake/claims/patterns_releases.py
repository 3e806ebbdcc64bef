"""What press releases say without a verb: posts around ticker brackets, nationalities in apposition, sites by name.

"Atlantic Lithium Ltd (AIM:ALL, ASX:A11) Executive Chairman Neil Herbert", "CEO Mark Chalmers", "Nio Inc., the Chinese
EV maker", "the Los Azules copper deposit in Argentina".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.family import BRACKETS, FIRMS, Family, pattern_words
from claimstake.claims.view import GOODS, Mention
from claimstake.mirror import Sentence
from claimstake.ontology import Ontology

SIGN = frozenset({"sign", "ink", "conclude", "strike"})
ACQUIRE = frozenset({"acquire", "purchase"})
TO_ACQUIRE = re.compile(r"\b(?:agreement|option|letter of intent|LOI|deal|contract|right)\s+to\s+$")
SOME_WORDS = re.compile(r"\s*(?:[a-z0-9%-]+\s+){0,6}")
PARTIES = frozenset({"COMPANY", "PLACE", "MINISTRY", "ORGANIZATION"})
POST_WORDS = 8  # words of a post between a firm and a person, brackets left out
MAIN_FIRM_MENTIONS = 3  # a document is about a firm that it names at least so often
SECOND = re.compile(r",?\s*and\s+((?:(?:[A-Z][\w&/-]*|of|for|and|&|the|in)\s+){1,8}|(?:[a-z-]+\s+){1,3})")
APPOINTED = re.compile(
    r"\b(?:appoint(?:s|ed|ing|ments?(?:\s+of)?)|hir(?:es|ed|ing)(?:\s+of)?|promot(?:es|ed|ions?(?:\s+of)?)"
    r"|additions?\s+of|nam(?:es|ed|ing)|announc(?:es|ed)|welcom(?:es|ed|ing))\s+(?:(?:Mr|Ms|Mrs|Dr)\.?\s+)?$",
    re.I,
)
AS_POST = re.compile(
    r"(?:\s+to\s+(?:the|its|our)\s+\w+(?:\s+team)?)?\s*,?\s+(?:as|to the (?:role|position) of|to)\s+"
    r"(?:its\s+|the\s+|our\s+|an?\s+|new\s+|interim\s+)*([A-Za-z][\w\s&-]{2,60}?)"
    r"(?=\s+(?:in|on|from|since|after|of|and|effective|with|for)\b|[.,;:]|$)"
)
SITE_GAP = re.compile(
    r"\s*(?:(?!with\b|has\b|and\b|where\b)[a-z-]+\s+){0,2}(?:property|project|deposit|mine|mill|plant|target|prospect|field|operation|refinery|smelter)"
    r"\s*(?:,\s*)?(?:located |situated )?(?:in|at)"
    r"(?: the| (?:north|south|east|west|central)(?:east|west)?(?:ern)?)*\s*",
    re.I,
)


class ReleasePatterns(Family):
    """`affiliated_with` and `located_in` as releases write them."""

    def __init__(self, arguments: Arguments, ontology: Ontology) -> None:
        super().__init__(arguments, ontology)
        self.posts = pattern_words("roles", "nouns")
        self.sites = pattern_words("sites", "nouns")
        self.corporate = pattern_words("corporate", "posts")
        self.firm_nouns = pattern_words("firms", "nouns")
        named = Counter(m.canonical for m in self.view.mentions if m.label == "COMPANY")
        best = named.most_common(1)
        main = best[0][0] if best and best[0][1] >= MAIN_FIRM_MENTIONS else None
        self.main = next((m for m in self.view.mentions if m.canonical == main), None) if main else None

    def find(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """See `Family.find`."""
        for person in mentions:
            if person.label == "PERSON":
                yield from self._post(sent, mentions, person)
                yield from self._second_post(sent, mentions, person)
                yield from self._appointment(sent, mentions, person)
        yield from self._apposed_nationality(sent, mentions)
        yield from self._named_site(sent, mentions)
        yield from self._signed_together(sent, mentions)
        yield from self._to_acquire(sent, mentions)

    def _post(self, sent: Sentence, mentions: list[Mention], person: Mention) -> Iterator[Candidate]:
        """The post right before a person: of the firm before it, brackets left out; else of the release's own firm."""
        text = self.view.text
        before = BRACKETS.sub(" ", text[sent.start_char : person.span.start_char])
        inside = [m for m in mentions if m.end <= person.start and self._bracketed(sent, m)]
        for firm in reversed([m for m in mentions if m.label in FIRMS and m.end <= person.start and m not in inside]):
            words = BRACKETS.sub(" ", text[firm.span.end_char : person.span.start_char]).split()
            if len(words) > POST_WORDS or re.search(r"[.;:“”\"]", " ".join(words)):
                return
            trigger = sent.doc[firm.end : person.start]
            others = any(m.label == "PERSON" and m.start >= firm.end and m.end <= person.start for m in mentions)
            verbs = any(t.tag_ in ("VBD", "VBZ", "VBP", "MD") or t.lower_ in ("with", "from", "by") for t in trigger)
            if self._is_post(words) and words[0] not in (",", "and") and not others and not verbs:
                role = re.sub(r"^['’]s\s+", "", " ".join(words)).strip(" ,")
                yield from self.claim("affiliated_with", person, firm, sent, trigger, "release-post", 0.7, role=role)
            return
        words = before.split()[-3:]
        post = [w for w in words if w.strip(",").lower() in self.corporate]
        if self.main is not None and post and words[-1].strip(",").lower() in self.corporate:
            trigger = sent.doc[max(sent.start, person.start - 1) : person.start]
            yield from self.claim(
                "affiliated_with", person, self.main, sent, trigger, "release-main-firm", 0.5, role=" ".join(post)
            )

    def _second_post(self, sent: Sentence, mentions: list[Mention], person: Mention) -> Iterator[Candidate]:
        """ "Acme CEO Jane Roe and Vice President of Operations John Doe": the second person belongs to Acme, too."""
        before = [m for m in mentions if m.end <= person.start and not self._bracketed(sent, m)][-2:]
        if [m.label == "PERSON" for m in before] != [False, True] or before[0].label not in FIRMS:
            return
        firm, first = before
        own = BRACKETS.sub(" ", self.between(firm, first)).split()
        joined = SECOND.fullmatch(self.between(first, person))
        if joined is None or len(own) > POST_WORDS or not self._is_post(own):
            return
        role = joined.group(1).strip()
        if self._is_post(role.split()):
            trigger = sent.doc[first.end : person.start]
            yield from self.claim("affiliated_with", person, firm, sent, trigger, "second-post", 0.68, role=role)

    def _appointment(self, sent: Sentence, mentions: list[Mention], person: Mention) -> Iterator[Candidate]:
        """ "Acme appointed Jane Roe as its chief financial officer", "the appointment of Jane Roe as CEO"."""
        text = self.view.text
        role = AS_POST.match(text[person.span.end_char : sent.end_char])
        if role is None or not APPOINTED.search(text[sent.start_char : person.span.start_char]):
            return
        if not self._is_post(role.group(1).split()):
            return
        firms = [m for m in mentions if m.label == "COMPANY" and m.end <= person.start and not self._bracketed(sent, m)]
        firm = firms[0] if len({m.canonical for m in firms}) == 1 else self.main if not firms else None
        if firm is not None:
            trigger = sent.doc[person.start : person.end]
            yield from self.claim(
                "affiliated_with", person, firm, sent, trigger, "appointment", 0.6, role=role.group(1)
            )

    def _bracketed(self, sent: Sentence, mention: Mention) -> bool:
        """Whether a mention stands in brackets, as the exchange of a ticker does."""
        before = self.view.text[sent.start_char : mention.span.start_char]
        return before.count("(") > before.count(")")

    def _is_post(self, words: list[str]) -> bool:
        return any(w.strip(",").lower() in self.posts for w in words)

    def _apposed_nationality(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Nio Inc., the Chinese EV maker": the firm is Chinese."""
        doc = sent.doc
        for firm in mentions:
            if firm.label != "COMPANY":
                continue
            end = firm.end
            if end < sent.end and doc.words[end].text == "(":
                end = next((t.i + 1 for t in doc[end : min(sent.end, end + 20)] if t.text == ")"), end)
            if end >= sent.end or doc.words[end].text != ",":
                continue
            phrase = doc[end + 1 : min(sent.end, end + 9)]
            place = next((p for t in phrase[:3] for p in [self.resolver.nationality(t)] if p is not None), None)
            if place is not None and any(t.lemma_.lower() in self.firm_nouns for t in phrase):
                yield from self.claim("located_in", firm, place, sent, phrase[:1], "apposed-nationality", 0.64)

    def _named_site(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "the Los Azules copper deposit in Argentina", "the Ewoyaa property in Ghana"."""
        places = [m for m in mentions if m.label == "PLACE"]
        for left, right in zip(places, places[1:], strict=False):
            gap = self.view.text[left.span.end_char : right.span.start_char]
            between = [m for m in mentions if left.end <= m.start and m.end <= right.start]
            if len(gap) < 60 and all(m.label in GOODS for m in between) and SITE_GAP.fullmatch(gap):
                yield from self.claim(
                    "located_in", left, right, sent, sent.doc[left.end : right.start], "named-site", 0.56
                )

    def _signed_together(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Australia and the United States signed the framework": who sign something together are partners."""
        if sent.lemmas.isdisjoint(SIGN):
            return
        for verb in sent:
            if verb.pos_ != "VERB" or verb.lemma_.lower() not in SIGN:
                continue
            for head in self.view.subjects(verb):
                first = self.view.at.get(head.i)
                parties = self.view.group(first, PARTIES) if first is not None else []
                if len(parties) == 2 and parties[0].label == parties[1].label:
                    trigger = sent.doc[verb.i : verb.i + 1]
                    yield from self.claim(
                        "partners_with", parties[0], parties[1], sent, trigger, "signed-together", 0.6
                    )

    def _to_acquire(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Acme entered into an agreement (the “Agreement”) to acquire (the “Acquisition”) the Rowland Project"."""
        if sent.lemmas.isdisjoint(ACQUIRE):
            return
        text = self.view.text
        for verb in sent:
            if verb.lemma_.lower() not in ACQUIRE or verb.pos_ != "VERB":
                continue
            buyers = [m for m in mentions if m.label == "COMPANY" and m.end <= verb.i and not self._bracketed(sent, m)]
            bought = next((m for m in mentions if m.start > verb.i and not self._bracketed(sent, m)), None)
            if not buyers or bought is None or bought.label not in ("COMPANY", "PLACE"):
                continue
            before = BRACKETS.sub(" ", text[buyers[0].span.end_char : verb.idx])
            gap = BRACKETS.sub(" ", text[verb.idx + len(verb.text) : bought.span.start_char])
            if TO_ACQUIRE.search(before) and SOME_WORDS.fullmatch(gap) and self._owned(bought):
                trigger = sent.doc[verb.i : verb.i + 1]
                yield from self.claim(
                    "invests_in", buyers[0], bought, sent, trigger, "to-acquire", 0.6, certainty="hedged"
                )

    def _owned(self, mention: Mention) -> bool:
        """Whether it can be bought: a firm, or a place that is called a project, mine or the like."""
        return mention.label == "COMPANY" or mention.span.texts[-1].lower() in self.sites
