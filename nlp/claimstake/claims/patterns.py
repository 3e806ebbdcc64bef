"""Claims that stand in fixed constructions rather than with a trigger verb.

Classes and their members ("minerals such as copper"), firms and where they are ("a Utah-based company"), people and their
posts, measures that answer measures, makers of things ("battery giant CATL").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spacy.tokens import Span, Token

from claimstake.claims.frames import Candidate, FrameFinder
from claimstake.claims.view import GOODS, Mention, View
from claimstake.knowledge import tables

FIRMS = frozenset({"COMPANY", "ORGANIZATION", "MINISTRY"})
MAX_GAP = 6
LEGAL_HEAD = re.compile(r"(?:Article|Section|Annex|Rule|Regulation|§+|Art\.|Sec\.|Chapter|Part|Schedule)\s*[0-9IVX]", re.I)
LICENCE_RULE = re.compile(r"\b(?:licen[cs]e|permit|authori[sz]ation)s?\b[^.]{0,40}\b(?:is|are|shall be) required\b", re.I)
SUBJECT_TO = re.compile(r"\bsubject to (?:the )?", re.I)


class PatternFinder:
    """Finds the constructions in one sentence; `frames` gives argument filling and the resolver."""

    def __init__(self, frames: FrameFinder) -> None:
        self.frames, self.view, self.resolver = frames, frames.view, frames.resolver
        data = tables.toml("patterns.toml")
        self.examples = re.compile(
            _phrases(data["examples"]["after"]) + r"[:,]?\s*(?:the\s+|certain\s+|those\s+for\s+)?", re.I
        )
        self.others = re.compile(_phrases(data["examples"]["before"]) + r"(?:\s+\w+)?\s*", re.I)
        self.classes = set(data["classes"]["heads"])
        self.firm_nouns, self.makers = set(data["firms"]["nouns"]), set(data["firms"]["makers"])
        self.role_nouns, self.site_nouns = set(data["roles"]["nouns"]), set(data["sites"]["nouns"])
        self.answers = re.compile(r"\b" + _phrases(data["answers"]["after"]) + r"\b", re.I)
        self.pacts = set(data["pacts"]["words"])
        self.answered = set(data["answers"]["measures"])

    def find(self, sent: Span) -> Iterator[Candidate]:
        mentions = self.view.within(sent)
        if not mentions:
            return
        yield from self._members(sent, mentions)
        yield from self._apposed_class(sent, mentions)
        yield from self._based(sent)
        yield from self._firm_before_name(sent, mentions)
        yield from self._place_in_place(sent, mentions)
        yield from self._site_in_place(sent, mentions)
        yield from self._posts(sent, mentions)
        yield from self._made_in(sent)
        yield from self._making(sent, mentions)
        yield from self._between_two(sent, mentions)
        yield from self._own_goods(sent, mentions)
        yield from self._maker_noun(sent)
        yield from self._own_order(sent, mentions)
        yield from self._of_the_law(sent, mentions)
        yield from self._exceptions(sent, mentions)
        yield from self._process_from(sent, mentions)

    def _claim(
        self,
        predicate: str,
        s: Mention,
        o: Mention,
        sent: Span,
        trigger: Span,
        name: str,
        score: float,
        **qualifiers: str,
    ) -> Iterator[Candidate]:
        rule = self.frames.ontology.predicates.get(predicate)
        if rule is None or not rule.accepts(s.label, o.label) or s.canonical == o.canonical:
            return
        path = f"{s.span.text} · {trigger.text} · {o.span.text}"
        yield Candidate(predicate, s, o, trigger, f"pattern-{name}", path, score, dict(qualifiers), (sent,))

    def _between(self, left: Mention, right: Mention) -> str:
        return self.view.doc.text[left.span.end_char : right.span.start_char]

    # --- classes and members ------------------------------------------------------------------------------------

    def _members(self, sent: Span, mentions: list[Mention]) -> Iterator[Candidate]:
        for place, right in enumerate(mentions[1:], 1):
            left = mentions[place - 1]
            if right.kind != "goods" or left.label not in (*GOODS, "INSTRUMENT"):
                continue
            if left.label == "TECHNOLOGY" and right.label == "MINERAL" and not left.nested:
                classes = [
                    m for m in mentions[max(0, place - 4) : place] if m.label == right.label and self._is_class(m)
                ]
                if not classes or not self.examples.fullmatch(self._between(left, right).strip(' ,(—–-:“"\n') + " "):
                    continue
                for member in self.view.group(right, GOODS):
                    yield from self._claim(
                        "covers", classes[-1], member, sent, self.view.doc[left.end : right.start], "such-as", 0.6
                    )
                continue
            gap = self._between(left, right)
            words = gap.strip(' ,(—–-:“"\n')
            example = self.examples.fullmatch(words + " ") if words else None
            bracket = gap.strip() == "(" and left.kind == "goods" and self._is_class(left)
            if left.label == right.label == "TECHNOLOGY" and re.fullmatch(r"(?:\w+\s+){0,3}\(", gap.strip()):
                bracket = True  # "key lithium refining steps (carbonate production, ...)"
            if example or bracket:
                trigger = self.view.doc[left.end : right.start]
                inner = [n for n in left.nested if n.end == left.end and self._is_class(n)]
                left = inner[-1] if inner else left
                for member in self.view.group(right, GOODS):
                    yield from self._claim("covers", left, member, sent, trigger, "such-as", 0.74 if example else 0.5)
            if self.others.fullmatch(words + " ") and self._is_class(right):
                for member in self.view.group(left, GOODS):
                    if member is not right:
                        yield from self._claim(
                            "covers", right, member, sent, self.view.doc[left.end : right.start], "and-other", 0.66
                        )

    def _is_class(self, mention: Mention) -> bool:
        return mention.span.root.lemma_.lower() in self.classes or mention.canonical.split()[-1] in self.classes

    def _apposed_class(self, sent: Span, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "antimony, a critical mineral ..."; "gallium is a critical mineral"."""
        for left, right in zip(mentions, mentions[1:], strict=False):
            if left.kind != "goods" or right.kind != "goods" or left.label != right.label or not self._is_class(right):
                continue
            gap = self._between(left, right).strip().lower()
            if re.fullmatch(r"(?:,|is|are|—|–)\s+(?:an?|the|one of the|one of)(?:\s+[\w-]+){0,2}", gap) or re.fullmatch(
                r", (?:key|critical|vital)", gap
            ):
                for member in self.view.group(left, GOODS):
                    yield from self._claim(
                        "covers", right, member, sent, self.view.doc[left.end : right.start], "apposed-class", 0.6
                    )

    # --- places -------------------------------------------------------------------------------------------------

    def _based(self, sent: Span) -> Iterator[Candidate]:
        """ "a Utah-based company", "Asia-based firms such as TSMC"."""
        doc = sent.doc
        for token in sent:
            if (
                token.lower_ not in ("based", "headquartered", "listed", "incorporated")
                or token.i < sent.start + 2
                or doc[token.i - 1].text not in "-‐‑–"
            ):
                continue
            place = self.view.at.get(token.i - 2)
            if place is None or place.label != "PLACE":
                continue
            head = token.head if token.head.i > token.i else None
            firms = self._firms_of(head) if head is not None else []
            if not firms:
                after = [
                    m
                    for m in self.view.within(sent)
                    if m.start > token.i and m.start - token.i < MAX_GAP and m.label in FIRMS
                ]
                firms = after[:1]
            for firm in firms:
                yield from self._claim("located_in", firm, place, sent, doc[token.i : token.i + 1], "x-based", 0.82)

    def _maker_noun(self, sent: Span) -> Iterator[Candidate]:
        """ "Pure Lithium, a lithium metal battery company": a firm is called after what it makes."""
        for token in sent:
            good = self.view.at.get(token.i - 1) if token.i > sent.start else None
            if token.lemma_.lower() not in self.makers or good is None or good.kind != "goods":
                continue
            for firm in self._firms_of(token):
                if firm.label == "COMPANY" and not (firm.start <= token.i < firm.end):
                    for member in self.view.group(good, GOODS):
                        yield from self._claim(
                            "produces", firm, member, sent, sent.doc[token.i : token.i + 1], "maker-noun", 0.6
                        )

    def _firms_of(self, head: Token) -> list[Mention]:
        """Firms that a noun phrase with a generic head ("a company", "companies like X") stands for."""
        own = self.view.at.get(head.i)
        if own is not None and own.label in FIRMS:
            return self.view.group(own, FIRMS)
        found = [
            m
            for h in self.view.prepositional(head, ("like", "such as", "including"))
            for m in self.frames.fill(h, FIRMS)
        ]
        if found:
            return found
        if head.dep_ in ("appos", "attr"):
            anchor = (
                head.head if head.dep_ == "appos" else next((c for c in head.head.children if c.dep_ == "nsubj"), None)
            )
            mention = self.view.at.get(anchor.i) if anchor is not None else None
            if mention is not None and mention.label in FIRMS:
                return [mention]
        for child in head.children:
            mention = self.view.at.get(child.i)
            if child.dep_ in ("appos",) and mention is not None and mention.label in FIRMS:
                return [mention]
        return []

    def _firm_before_name(self, sent: Span, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Chinese battery giant CATL": where it is from, and what it makes."""
        doc = sent.doc
        for firm in mentions:
            if firm.label not in ("COMPANY", "ORGANIZATION"):
                continue
            i, seen_noun, place, goods = firm.start - 1, False, None, []
            steps = 0
            while i >= sent.start and steps < 7:
                token = doc[i]
                mention = self.view.at.get(i)
                if mention is not None and mention.label == "PLACE" and seen_noun:
                    place = mention
                    break
                if mention is not None and mention.kind == "goods" and seen_noun:
                    goods = goods or [mention]
                    i = mention.start - 1
                    steps += 1
                    continue
                nationality = self.resolver.nationality(token)
                if nationality is not None:
                    place = nationality if seen_noun or steps == 0 else None
                    break
                if token.lemma_.lower() in self.firm_nouns:
                    seen_noun = True
                elif token.lower_ in ("like", "including", "as", "such", ","):
                    pass
                elif token.pos_ not in ("NOUN", "ADJ", "PROPN", "NUM", "PUNCT") or token.text in ",;:()":
                    break
                i, steps = i - 1, steps + 1
            if not seen_noun and not (place is not None and steps == 0):
                continue
            trigger = doc[firm.start - 1 : firm.start]
            for member in self.view.group(firm, FIRMS):
                if place is not None:
                    yield from self._claim("located_in", member, place, sent, trigger, "national-firm", 0.72)
                for good in goods:
                    yield from self._claim("produces", member, good, sent, trigger, "maker-before-name", 0.6)

    def _place_in_place(self, sent: Span, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Quebec, Canada"; "the James Bay region of Quebec"; "the Stibnite project in Idaho"."""
        for left, right in zip(mentions, mentions[1:], strict=False):
            if right.label != "PLACE" or left.label != "PLACE":
                continue
            gap = self._between(left, right).strip().lower()
            if gap == "," and not self._in_list(left, right):
                score = 0.62
            elif re.fullmatch(
                r"(?:regions?|provinces?|districts?|area|county|city|port|territory|project|mine)?,?\s*(?:of|in)(?: the| northern| southern| eastern| western| central| north| south)?",
                gap,
            ):
                score = 0.66
            elif gap in ("’s", "'s"):
                left, right, score = right, left, 0.5
            else:
                continue
            yield from self._claim(
                "located_in", left, right, sent, self.view.doc[left.start : right.end], "place-in-place", score
            )

    def _in_list(self, left: Mention, right: Mention) -> bool:
        return len(self.view.group(left, {"PLACE"})) > 1

    def _site_in_place(self, sent: Span, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "CATL's mine in Jiangxi", "its new headquarters in Chicago": a firm's site is where the firm is."""
        for token in sent:
            if token.lemma_.lower() not in self.site_nouns or token.pos_ not in ("NOUN", "PROPN"):
                continue
            places = [
                m
                for h in self.view.prepositional(token, ("in", "at", "near", "across"))
                for m in self.frames.fill(h, frozenset({"PLACE"}))
            ]
            places = places or [
                m
                for c in token.lefts
                if c.dep_ == "compound"
                for m in [self.view.at.get(c.i)]
                if m is not None and m.label == "PLACE"
            ]
            if not places:
                continue
            places = self._with_containers(places)
            owners = [
                m
                for c in token.lefts
                if c.dep_ in ("poss", "compound")
                for m in self.frames.fill(c, frozenset({"COMPANY"}))
            ]
            verb = self.view.governor(token)
            if (
                not owners
                and verb is not None
                and verb.lemma_
                in ("open", "operate", "own", "build", "have", "run", "close", "shut", "develop", "hold")
            ):
                owners = [m for s in self.view.subjects(verb) for m in self.frames.fill(s, frozenset({"COMPANY"}))]
            for owner in owners:
                for place in places:
                    yield from self._claim(
                        "located_in", owner, place, sent, sent.doc[token.i : token.i + 1], "site-in-place", 0.6
                    )

    def _with_containers(self, places: list[Mention]) -> list[Mention]:
        """ "Quebec, Canada": the second place holds the first, and what lies in one lies in both."""
        out = list(places)
        tops = self.view.top
        for left, right in zip(tops, tops[1:], strict=False):
            if (
                left.label == right.label == "PLACE"
                and any(left is p for p in out)
                and self._between(left, right).strip() in (",", "of")
            ):
                out.append(right)
        return out

    # --- people -------------------------------------------------------------------------------------------------

    def _posts(self, sent: Span, mentions: list[Mention]) -> Iterator[Candidate]:
        for person in mentions:
            if person.label == "PERSON":
                yield from self._post_after(sent, person, mentions)
                yield from self._post_before(sent, person, mentions)

    def _post_after(self, sent: Span, person: Mention, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Harvey Kaye, the company's executive director"; "Chris Hogg, Chief Revenue Officer at INN"; "X, CEO of Y"."""
        doc = sent.doc
        if person.end >= sent.end or doc[person.end].text not in (",", "(", "–", "—"):
            if not (person.end < sent.end and doc[person.end].lower_ in ("is", "of", "from")):
                return
        stop = self._phrase_end(sent, person.end + 1)
        words = doc[person.end + 1 : stop]
        if not any(self._is_role(t) for t in words) and doc[person.end].lower_ not in ("of", "from"):
            return
        orgs = [m for m in mentions if m.label in FIRMS and person.end < m.start <= stop]
        if orgs:
            org = orgs[0]
            role = _role_text(doc, person.end + 1, org, stop)
            yield from self._claim(
                "affiliated_with",
                person,
                org,
                sent,
                words[:1] if len(words) else person.span,
                "person-post",
                0.8,
                **role,
            )
            return
        for token in words:
            if self._is_role(token):
                owners = [c for c in token.lefts if c.dep_ == "poss"] + self.view.prepositional(
                    token, ("of", "at", "for", "to")
                )
                for owner in owners:
                    for org in self.resolver.resolve(owner, FIRMS):
                        role = {
                            "role": _trim(
                                doc[owner.i + 1 : token.i + 1].text
                                if owner.i < token.i
                                else doc[person.end + 1 : token.i + 1].text
                            )
                        }
                        yield from self._claim(
                            "affiliated_with",
                            person,
                            org,
                            sent,
                            doc[token.i : token.i + 1],
                            "person-nominal-post",
                            0.7,
                            **role,
                        )
                        return

    def _phrase_end(self, sent: Span, start: int) -> int:
        """Where the apposition ends: a finite verb, a quote, or 20 tokens on."""
        for i in range(start, min(sent.end, start + 20)):
            token = sent.doc[i]
            if (
                (token.pos_ in ("VERB", "AUX") and token.tag_ in ("VBD", "VBZ", "VBP", "MD"))
                or token.text in '“”"'
                or token.is_space
            ):
                return i
        return min(sent.end, start + 20)

    def _is_role(self, token: Token) -> bool:
        return token.lemma_.lower() in self.role_nouns or token.lower_ in self.role_nouns

    def _post_before(self, sent: Span, person: Mention, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Lomiko Metals CEO Belinda Labatte", "Pure Lithium Founder, Chairman and CEO X", "Y's chief economist X"."""
        doc, i = sent.doc, person.start - 1
        roles = 0
        while i >= sent.start and person.start - i < 14 and self.view.at.get(i) is None:
            token = doc[i]
            roles += self._is_role(token)
            if token.pos_ in ("VERB", "AUX") and not self._is_role(token) or token.text in ".;:“”()":
                return
            i -= 1
        if not roles or i < sent.start:
            return
        org = self.view.at.get(i)
        if org is None or org.label not in FIRMS:
            return
        gap = doc[org.end : person.start]
        if gap.text.strip() in (",", "and") or any(t.text == "," and not roles for t in gap):
            return
        role = _trim(re.sub(r"^(?:['’]s)\s+", "", gap.text.strip()))
        yield from self._claim("affiliated_with", person, org, sent, gap, "post-before-person", 0.72, role=role)

    # --- goods --------------------------------------------------------------------------------------------------

    def _made_in(self, sent: Span) -> Iterator[Candidate]:
        """ "Chinese-made drones", "U.S.-made batteries"."""
        doc = sent.doc
        for token in sent:
            if (
                token.lower_ not in ("made", "produced", "built")
                or token.i < sent.start + 2
                or doc[token.i - 1].text not in "-‐‑–"
            ):
                continue
            place = self.view.at.get(token.i - 2) or self.resolver.nationality(doc[token.i - 2])
            good = self.view.at.get(token.i + 1)
            if place is not None and place.label == "PLACE" and good is not None and good.label in GOODS:
                yield from self._claim("produces", place, good, sent, doc[token.i : token.i + 1], "x-made", 0.75)

    def _making(self, sent: Span, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "technology used to make battery cathodes": the technology is used in what it makes."""
        for mention in mentions:
            if mention.label != "TECHNOLOGY":
                continue
            for inner in mention.nested:
                before = self.view.doc[mention.start : inner.start]
                if inner.label == "PRODUCT" and any(
                    t.lemma_.lower() in ("make", "making", "produce", "producing", "manufacture", "build")
                    for t in before
                ):
                    yield from self._claim("used_in", mention, inner, sent, before, "technology-to-make", 0.6)

    def _between_two(self, sent: Span, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "a memorandum signed between the U.S. and Peru": both issue it, and they are partners."""
        words = {t.lemma_.lower() for t in sent}
        if not words & self.pacts:
            return
        for left, right in zip(mentions, mentions[1:], strict=False):
            before = self.view.doc[max(sent.start, left.start - 2) : left.start].text.lower()
            if (
                left.kind != "actors"
                or right.kind != "actors"
                or "between" not in before
                or len(self.view.group(left)) != 2
            ):
                continue
            trigger = self.view.doc[max(sent.start, left.start - 1) : left.start]
            yield from self._claim("partners_with", left, right, sent, trigger, "between", 0.6)
            pact = [m for m in mentions if m.label == "INSTRUMENT" and 0 <= left.start - m.end < 8]
            for party in (left, right):
                for instrument in pact[-1:]:
                    yield from self._claim("issues", party, instrument, sent, trigger, "between", 0.55)

    def _own_goods(self, sent: Span, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "the company's dry electrode process", "its batteries": what a firm calls its own it makes."""
        for good in mentions:
            if good.label not in ("PRODUCT", "TECHNOLOGY"):
                continue
            for child in good.span.root.lefts:
                if child.dep_ != "poss":
                    continue
                for owner in self.frames.fill(child, frozenset({"COMPANY"}), depth=3):
                    yield from self._claim(
                        "produces", owner, good, sent, child.doc[child.i : child.i + 1], "own-goods", 0.52
                    )

    def _own_order(self, sent: Span, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Trump's executive order on ...": a person's order is issued by the person."""
        for left, right in zip(mentions, mentions[1:], strict=False):
            if left.label == "DATE":
                continue
            owner = left
            if right.label == "DATE" and left.label == "PERSON":
                after = [m for m in mentions if m.start >= right.end]
                right = after[0] if after else right
            gap = self.view.doc[owner.end : right.start]
            if (
                owner.label == "PERSON"
                and right.label == "INSTRUMENT"
                and 0 < len(gap) < 6
                and gap[0].text in ("’s", "'s", "’", "'")
            ):
                yield from self._claim("issues", owner, right, sent, gap, "own-order", 0.6)

    # --- laws ---------------------------------------------------------------------------------------------------

    def _law(self) -> Mention | None:
        """The article or section that a legal text is: an instrument alone on the document's first line."""
        tops = self.view.top
        if not tops or tops[0].label != "INSTRUMENT" or not LEGAL_HEAD.match(tops[0].span.text):
            return None
        doc = self.view.doc
        return tops[0] if not doc[: tops[0].start].text.strip() else None

    def _of_the_law(self, sent: Span, mentions: list[Mention]) -> Iterator[Candidate]:
        """What the title of a legal article names, and what it says "shall" of, the article covers."""
        law = self._law()
        if law is None:
            return
        goods = [m for m in mentions if m.kind == "goods"]
        title = 0 < sent.start - law.end < 4 or sent.start <= law.start < sent.end
        if title and not any(t.pos_ == "AUX" or t.tag_ in ("VBZ", "VBD", "VBP") for t in sent):
            for good in goods:
                yield from self._claim("covers", law, good, sent, law.span, "law-title", 0.6)
            return
        for token in sent:
            if token.lower_ == "shall" and token.tag_ == "MD":
                heads = self.view.objects(token.head) if self.view.is_passive(token.head) else self.view.subjects(token.head)
                for head in heads:
                    for good in self.frames.fill(head, frozenset(GOODS)):
                        yield from self._claim("covers", law, good, sent, sent.doc[token.i : token.i + 1], "law-shall", 0.5)
        if re.match(r"\s*(?:\(?[a-z0-9]{1,3}[.)]\s*)?(?:for|in the case of)\b", sent.text, re.I):
            for good in goods[:1]:
                for member in self.view.group(good, GOODS):
                    yield from self._claim("covers", law, member, sent, law.span, "law-item", 0.45)

    def _exceptions(self, sent: Span, mentions: list[Mention]) -> Iterator[Candidate]:
        """"A licence is required to export any item subject to the EAR other than food": what is excepted, and where it goes."""
        if not LICENCE_RULE.search(sent.text):
            return
        rule = SUBJECT_TO.search(sent.text)
        start = sent.start_char + rule.end() if rule else None
        rules = [m for m in mentions if m.label == "INSTRUMENT" and (start is None or 0 <= m.span.start_char - start < 6)]
        law = rules[0] if rules else self._law()
        if law is None:
            return
        trigger = law.span
        for mention in mentions:
            before = sent.doc[max(sent.start, mention.start - 4) : mention.start].text.lower()
            if mention.label == "PLACE" and re.search(r"\b(?:to|within)\b(?:,? or transfer within,?)?(?: the| so-called|,)*(?: \w+){0,3}$", before):
                for place in self.view.group(mention, {"PLACE"}):
                    yield from self._claim("sanctions", law, place, sent, trigger, "licence-to-place", 0.5)
            elif mention.kind == "goods" and re.search(r"\b(?:other than|except(?: for)?|excluding)\b", before):
                for good in self.view.group(mention, GOODS):
                    yield from self._claim("restricts_export_of", law, good, sent, trigger, "excepted", 0.5, polarity="negated", measure="licence")
            elif mention.kind == "goods" and re.search(r"\bany$|\bany (?:\w+ )?$", before):
                yield from self._claim("restricts_export_of", law, mention, sent, trigger, "licence-required", 0.5, measure="licence")

    def _process_from(self, sent: Span, mentions: list[Mention]) -> Iterator[Candidate]:
        """"[direct [lithium] extraction] from [brines]", "[conversion of [spodumene] into [lithium chemicals]]"."""
        for left, right in zip(mentions, [*mentions[1:], None], strict=False):
            if left.label != "TECHNOLOGY":
                continue
            minerals = [n for n in left.nested if n.label == "MINERAL"]
            if right is not None and right.label == "MINERAL" and self._between(left, right).strip().lower() == "from":
                for source in self.view.group(right, {"MINERAL"}):
                    for product in minerals:
                        yield from self._claim("derived_from", product, source, sent, self.view.doc[left.end : right.start], "process-from", 0.62)
            turned = [n for n in minerals if n.start > left.start and self.view.doc[n.start - 1].lower_ in ("into", "to")]
            if turned and any(t.lemma_.lower() in ("conversion", "convert", "converting", "processing", "refine") for t in left.span):
                for source in minerals:
                    if source.end <= turned[0].start:
                        yield from self._claim("derived_from", turned[0], source, sent, left.span, "process-into", 0.6)

    # --- answers ------------------------------------------------------------------------------------------------

    def answers_in(self, sent: Span, found: list[Candidate]) -> Iterator[Candidate]:
        """Who answers whom: a measure found in this sentence, an answer cue, and another's measure behind the cue."""
        measures = [
            c
            for c in found
            if c.predicate in ("restricts_export_of", "restricts_import_of", "imposes_tariff_on", "sanctions")
            and c.subject.label in ("PLACE", "MINISTRY")
        ]
        subjects = {c.subject.canonical: c.subject for c in measures}
        if not subjects:
            return
        text = sent.text
        for match in self.answers.finditer(text):
            start = sent.start_char + match.end()
            words = {t.lemma_.lower() for t in sent if t.idx >= start}
            if not words & self.answered:
                continue
            behind = [
                m
                for m in self.view.within(sent)
                if m.span.start_char >= start and m.label in ("PLACE", "MINISTRY") and m.span.start_char - start < 60
            ]
            if behind:
                trigger = sent.doc.char_span(sent.start_char + match.start(), start, alignment_mode="expand")
                for subject in subjects.values():
                    if subject.start < behind[0].start:
                        yield from self._claim("responds_to", subject, behind[0], sent, trigger, "answer", 0.5)


def _phrases(words: list[str]) -> str:
    return "(?:" + "|".join(re.escape(w).replace(r"\ ", r"\s+") for w in sorted(words, key=len, reverse=True)) + ")"


def _role_text(doc: object, start: int, org: Mention, stop: int) -> dict[str, str]:
    """The post's words: what stands before "of ORG", or after "ORG's"."""
    before = doc[start : org.start].text  # type: ignore[index]
    after = doc[org.end : stop].text  # type: ignore[index]
    if re.match(r"['’]s\s", after):
        return {"role": _trim(re.split(r"[,.;]", after[2:])[0])}
    role = re.sub(r"(?:\s+(?:of|at|for|with|in|the|on behalf of|to)|,|\s|['’]s)+$", "", before.strip())
    return {"role": _trim(role)} if role else {}


def _trim(role: str) -> str:
    role = re.sub(r"^(?:the|a|an|its|their|his|her|is|,|\s)+\s+", "", " ".join(role.split()), flags=re.I)
    return role.strip(" ,;()-–—’'")


def expand_members(candidates: list[Candidate]) -> Iterator[Candidate]:
    """What a sentence says of a class it says of the members it names: copies claims from class to members."""
    members: dict[tuple[int, str], list[Mention]] = {}
    for c in candidates:
        if c.frame in ("pattern-such-as",):
            members.setdefault((c.sents[0].start, c.subject.canonical), []).append(c.object)
    if not members:
        return
    for c in candidates:
        if c.frame.startswith("pattern-") or c.predicate == "covers" or not c.sents:
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


def from_view(view: View, frames: FrameFinder) -> PatternFinder:
    """A finder for a document."""
    assert frames.view is view
    return PatternFinder(frames)
