"""People and their posts: "Harvey Kaye, the company's executive director", "Tesla CEO Elon Musk"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.family import FIRMS, Family, pattern_words
from claimstake.claims.view import Mention
from claimstake.mirror import Sentence, Word
from claimstake.ontology import Ontology

JOINED = re.compile(r"[^.;:]{0,30}\b(?:joined|joins|appointed|named|serves|served|rejoined)\b[^.;:,]{0,30}", re.I)
HELD = frozenset({"was", "serves", "served", "serving", "became"})
HOLDS_POST = re.compile(r"(?:as\s+|previously\s+|formerly\s+|also\s+)*(?:an?|the|its|our|[A-Z])", re.ASCII)
AS_ROLE = re.compile(r"\s+as\s+(?:its\s+|the\s+|an?\s+)?([\w\s-]{3,60}?)(?=\s+(?:in|on|from|since|after|of)\b|[.,;]|$)")

NOMINAL_POST = 6  # tokens of a post between "its" and a person


class PeoplePatterns(Family):
    """`affiliated_with`."""

    def __init__(self, arguments: Arguments, ontology: Ontology) -> None:
        super().__init__(arguments, ontology)
        self.role_nouns = pattern_words("roles", "nouns")

    def find(self, sent: Sentence, mentions: list[Mention]) -> Iterator[Candidate]:
        """See `Family.find`."""
        for person in mentions:
            if person.label == "PERSON":
                yield from self._post_after(sent, person, mentions)
                yield from self._post_before(sent, person, mentions)
                yield from self._appointed(sent, person, mentions)

    def _post_after(self, sent: Sentence, person: Mention, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Harvey Kaye, the company's executive director"; "Chris Hogg, Chief Revenue Officer at INN"; "X, CEO of
        Y"."""
        doc = sent.doc
        behind = doc.words[person.end].lower_ if person.end < sent.end else ""
        if behind not in (",", "(", "–", "—", "is", "was", "of", "from", "serves", "served", "serving", "became"):
            return
        stop = self._phrase_end(sent, person.end + 1)
        words = doc[person.end + 1 : stop]
        if behind in HELD and not HOLDS_POST.match(words.text):
            return
        if not any(self._is_role(t) for t in words) and doc.words[person.end].lower_ not in ("of", "from"):
            return
        orgs = [m for m in mentions if m.label in FIRMS and person.end < m.start <= stop]
        if orgs:
            org = orgs[0]
            role = _role_text(doc, person.end + 1, org, stop) if behind != "from" else {}
            if not any(w.strip(",.").lower() in self.role_nouns for w in role.get("role", "").split()):
                role = {}
            yield from self.claim(
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
                        yield from self.claim(
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

    def _phrase_end(self, sent: Sentence, start: int) -> int:
        """Where the apposition ends: a finite verb, a quote, or 20 tokens on."""
        for i in range(start, min(sent.end, start + 20)):
            token = sent.doc.words[i]
            if (
                (token.pos_ in ("VERB", "AUX") and token.tag_ in ("VBD", "VBZ", "VBP", "MD"))
                or token.text in '“”"'
                or token.is_space
            ):
                return i
        return min(sent.end, start + 20)

    def _is_role(self, token: Word) -> bool:
        return token.lemma_.lower() in self.role_nouns or token.lower_ in self.role_nouns

    def _appointed(self, sent: Sentence, person: Mention, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "X joined Y as chief executive in 2017"."""
        for org in mentions:
            if org.label not in FIRMS or org.start < person.end:
                continue
            between, after = self.between(person, org), self.view.text[org.span.end_char : sent.end_char]
            role = AS_ROLE.match(after)
            if role and JOINED.fullmatch(between):
                name = role.group(1)
                yield from self.claim("affiliated_with", person, org, sent, org.span, "appointed", 0.7, role=name)

    def _post_before(self, sent: Sentence, person: Mention, mentions: list[Mention]) -> Iterator[Candidate]:
        """ "Lomiko Metals CEO Belinda Labatte", "Pure Lithium Founder, Chairman and CEO X", "Y's chief economist X"."""
        doc, i = sent.doc, person.start - 1
        roles = 0
        while i >= sent.start and person.start - i < 14 and self.view.at.get(i) is None:
            token = doc.words[i]
            roles += self._is_role(token)
            if token.pos_ in ("VERB", "AUX") and not self._is_role(token) or token.text in ".;:“”()":
                return
            if roles and token.tag_ in ("PRP$", "POS") and self.view.at.get(i - 1) is None:
                yield from self._post_of_nominal(sent, person, i)
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
        yield from self.claim("affiliated_with", person, org, sent, gap, "post-before-person", 0.72, role=role)

    def _post_of_nominal(self, sent: Sentence, person: Mention, owner: int) -> Iterator[Candidate]:
        """ "its chairman, Maria Lopez", "the company's founder Maria Lopez"."""
        doc = sent.doc
        word = doc.words[owner] if doc.words[owner].tag_ == "PRP$" else doc.words[owner - 1]
        post = doc[owner + 1 : person.start]
        if len(post) > NOMINAL_POST or any(t.lower_ in ("and", "with", "by", "to") for t in post):
            return
        for org in self.resolver.resolve(word, FIRMS)[:1]:
            role = _trim(post.text)
            yield from self.claim("affiliated_with", person, org, sent, post, "nominal-post-before", 0.62, role=role)


def _role_text(doc: object, start: int, org: Mention, stop: int) -> dict[str, str]:
    """The post's words: what stands before "of ORG", or after "ORG's"."""
    before = doc[start : org.start].text  # type: ignore[index]
    after = doc[org.end : stop].text  # type: ignore[index]
    if re.match(r"['’]s\s", after):
        return {"role": _trim(re.split(r"[,.;]", after[2:])[0])}
    role = re.sub(r"(?:\s+(?:of|at|for|with|in|the|on behalf of|to)|,|\s|['’]s)+$", "", before.strip())
    if not role:  # "Scott Bessent, Treasury Secretary"
        role = re.split(r"[,.;]|\s(?:and|who|said)\s", after)[0]
    return {"role": _trim(role)} if role.strip() else {}


def _trim(role: str) -> str:
    role = re.sub(r"^['’]s\s+", "", role.strip())
    role = re.sub(r"^(?:as|the|a|an|its|their|his|her|is|was|,|\s)+\s+", "", " ".join(role.split()), flags=re.I)
    return role.strip(" ,;()-–—’'")
