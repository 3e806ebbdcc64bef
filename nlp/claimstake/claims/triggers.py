"""Applies trigger frames to sentences: finds the trigger, fills its roles over the parse, fans out over lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from claimstake.claims.arguments import Arguments, pattern_words
from claimstake.claims.candidates import Candidate
from claimstake.claims.frames import POS_OF, Frame
from claimstake.claims.view import RELATIVE, Mention
from claimstake.mirror import Sentence, Word
from claimstake.ontology import Ontology

MAX_FANOUT = 200  # claims of one trigger; real lists stay below (a sanctions notice names some dozens)
CITING = re.compile(r"\b(?:according to|citing|per)(?: the| an?)?$")
GOVERNMENTS = frozenset({"PLACE", "MINISTRY"})
GOODS_TOLD = frozenset({"produces", "used_in", "derived_from", "dominates", "located_in"})
LICENCE = re.compile(r"(?:licen[cs]e|permit|authori[sz]ation)s?$", re.I)
LEAD_END = 8  # tokens from "is used in" to the end of the sentence whose list says in what
ACTED = frozenset({"restricts_export_of", "restricts_import_of", "imposes_tariff_on", "sanctions"})


class FrameFinder:
    """Applies frames to sentences.

    Args:
        arguments: of the document.
        ontology: signatures that fillers must fit.
        index: lemma to frames, from `frames.index_frames`.
    """

    def __init__(self, arguments: Arguments, ontology: Ontology, index: dict[str, list[Frame]]) -> None:
        self.arguments, self.view, self.ontology, self.index = arguments, arguments.view, ontology, index
        self._beside: tuple[int, int, set[str]] = (-1, 0, set())
        self.uses, self.unmade = pattern_words("bearing", "uses"), pattern_words("bearing", "unmade")

    def find(self, sent: Sentence) -> Iterator[Candidate]:
        """Yield what the sentence's triggers propose.

        A measure without an actor of its own ("..., as well as curbs on graphite shipments") is that of the
        sentence's others.
        """
        found: list[Candidate] = []
        orphans: list[tuple[Frame, Word, list[Mention], float]] = []
        index, lemmas = self.index, sent.doc.lemmas
        for i in [i for i in range(sent.start, sent.end) if lemmas[i] in index]:
            token = sent.doc.words[i]
            for frame in index[lemmas[i]]:
                if token.pos_ in POS_OF[frame.kind] and self._fits(frame, token, sent):
                    found += self._apply(frame, token, sent, orphans)
        yield from found
        for frame, token, objects, cost in orphans:
            same = {c.subject.key: c.subject for c in found if c.predicate == frame.predicate}
            yield from self._pairs(frame, token, sent, list(same.values()), objects, "same actor", "object", cost + 0.1)

    def _fits(self, frame: Frame, token: Word, sent: Sentence) -> bool:
        before = token.doc.words[token.i - 1] if token.i > sent.start else None
        glued = before is not None and before.text == "-" and not before.whitespace_
        if glued and frame.kind == "noun" and frame.predicate in ACTED:
            return False  # "after-tax", "anti-sanctions"
        if frame.kind == "verb" and token.dep_ == "amod" and token.i < token.head.i:
            return False  # "an updated version", "advanced chips"
        if frame.kind == "verb" and before is not None and before.lower_ == "as" and token.tag_ == "VBN":
            return False  # "the Act, as amended"
        mention = self.view.at.get(token.i)
        if mention is not None and frame.kind != "noun":
            return False  # part of a name says nothing by itself
        if mention is not None and frame.predicate == "imposes_tariff_on" and token.i < mention.end - 1:
            return False  # "the Harmonized Tariff Schedule" is no tariff
        if frame.voice and (frame.voice == "passive") != self.view.is_passive(token):
            return False
        if frame.near or frame.not_near:
            return self._surrounded(frame, token, sent)
        return True

    def _surrounded(self, frame: Frame, token: Word, sent: Sentence) -> bool:
        """Whether what must stand near the trigger does, and what must not does not."""
        near, not_near = frame.near, frame.not_near
        if near and sent.lemmas.isdisjoint(near) and sent.lowers.isdisjoint(near):
            return False
        if not near and sent.lemmas.isdisjoint(not_near) and sent.lowers.isdisjoint(not_near):
            return True
        around = self._around(token, frame.window, sent)
        return not (near and around.isdisjoint(near)) and around.isdisjoint(not_near)

    def _around(self, token: Word, window: int, sent: Sentence) -> set[str]:
        """Words and lemmas beside a token; several frames ask about one trigger."""
        if self._beside[:2] != (token.i, window):
            i, low, high = token.i, max(sent.start, token.i - window), min(sent.end, token.i + window + 1)
            lemmas, lowers = token.doc.lemmas, token.doc.lowers
            around = {*lemmas[low:i], *lemmas[i + 1 : high], *lowers[low:i], *lowers[i + 1 : high]}
            self._beside = (i, window, around)
        return self._beside[2]

    def _apply(
        self, frame: Frame, token: Word, sent: Sentence, orphans: list[tuple[Frame, Word, list[Mention], float]]
    ) -> Iterator[Candidate]:
        predicate = self.ontology.predicates.get(frame.predicate)
        if predicate is None:
            return
        object_labels = predicate.object & frame.object_labels if frame.object_labels else predicate.object
        subject_labels = predicate.subject & frame.subject_labels if frame.subject_labels else predicate.subject
        objects, object_path, object_cost = self._fill(frame, frame.object, token, sent, object_labels)
        if frame.named:
            objects = [o for o in objects if o.attrs.get("mention") != "nominal"]
        if not objects and frame.kind != "adj" and not self._lists_others(frame, token, sent):
            objects, object_path, object_cost = self.arguments.items(sent, object_labels), "items", 0.1
        if not objects:
            return
        subjects, subject_path, subject_cost = self._fill(frame, frame.subject, token, sent, subject_labels)
        subjects = [s for s in subjects if s.key not in {o.key for o in objects}]
        if not subjects:
            if frame.predicate in ACTED and (frame.kind == "noun" or frame.predicate != "imposes_tariff_on"):
                orphans.append((frame, token, objects, object_cost))
            return
        yield from self._pairs(
            frame, token, sent, subjects, objects, subject_path, object_path, object_cost + subject_cost
        )

    def _lists_others(self, frame: Frame, token: Word, sent: Sentence) -> bool:
        """Whether a list is none of the frame's objects: of something else, or, in a legal text, of what the trigger
        names ("subject to the following limitations:")."""
        if frame.via and sent.lemmas.isdisjoint(frame.via):
            return True
        if frame.predicate == "derived_from" and self.arguments.law is not None:
            return True  # "the following shares recovered from waste: (a) 16% cobalt"
        if frame.predicate in GOODS_TOLD and sent.end - token.i > LEAD_END:
            return True  # "the next chains are at the centre of interest, with five directions outlined:"
        behind = sent.doc[token.i + 1 : sent.end].text.strip()
        return token.pos_ == "NOUN" and behind == ":" and self.arguments.law is not None

    def _pairs(
        self,
        frame: Frame,
        token: Word,
        sent: Sentence,
        subjects: list[Mention],
        objects: list[Mention],
        subject_path: str,
        object_path: str,
        cost: float,
    ) -> Iterator[Candidate]:
        """Each subject with each object, if their labels fit; at most MAX_FANOUT of them."""
        predicate = self.ontology.predicates[frame.predicate]
        score = max(0.05, frame.prior - cost)
        pairs = [(s, o) for s in subjects for o in objects][:MAX_FANOUT]
        path = f"{subject_path} ← {token.text} → {object_path}"
        trigger = token.doc[token.i : token.i + 1]
        for s, o in pairs:
            if s.canonical != o.canonical and predicate.accepts(s.label, o.label):
                sents = (sent, o.span.sent) if o.start >= sent.end else (sent,)
                yield Candidate(frame.predicate, s, o, trigger, frame.id, path, score, dict(frame.qualifiers), sents)

    # --- roles --------------------------------------------------------------------------------------------------

    def _fill(
        self, frame: Frame, roles: Iterable[str], token: Word, sent: Sentence, labels: frozenset[str]
    ) -> tuple[list[Mention], str, float]:
        for rank, role in enumerate(roles):
            name, words = _parsed(role)
            if name in ("before", "after", "near_before", "near_after", "next", "carry"):
                found = self._linear(frame, name, token, sent, labels)
                cost = 0.16
            else:
                heads = self._heads(name, words, frame, token)
                found = self.arguments.mentions(self._bearing(frame, name, heads), labels, token)
                if name == "is" and token.dep_ == "appos" and token.tag_ == "NN" and len(found) > 1:
                    found = [
                        m for m in found if m.start <= heads[0].i < m.end
                    ] or found  # "the U.S. and Peru, a producer"
                cost = 0.04 * rank
            if found:
                return found, role, cost
        return [], "", 0.0

    def _bearing(self, frame: Frame, name: str, heads: list[Word]) -> list[Word]:
        """Heads whose inside may fill a role: not "uses" in "uses of X include Y", nor "exports" in "makes exports"."""
        if frame.predicate == "covers" and name == "lsubj":
            return [h for h in heads if h.lower_ not in self.uses]
        if frame.predicate == "produces" and name == "lobj":
            return [h for h in heads if h.lemma_ not in self.unmade or h.i in self.view.at]
        return heads

    def _heads(self, name: str, words: tuple[str, ...], frame: Frame, token: Word) -> list[Word]:
        view = self.view
        if name == "lsubj":
            return view.subjects(token)
        if name == "lobj":
            return view.objects(token)
        if name == "prep":
            found = self._preps(token, words)
            return [h for h in found if not _origin(h, token)] if frame.predicate == "imposes_tariff_on" else found
        if name == "via":
            return self._via(frame, token, words)
        if name == "xcomp":
            clauses = [
                c
                for c in token.children
                if c.dep_ in ("xcomp", "advcl", "pcomp", "ccomp", "acl", "relcl") and c.i > token.i and c.pos_ == "VERB"
            ]
            clauses += [
                g
                for c in token.children
                if c.dep_ == "prep" and c.lower_ in ("in", "for", "to", "of")
                for g in c.children
                if g.dep_ == "pcomp"
            ]
            if words:
                clauses = [c for c in clauses if c.lemma_ in words]
            return [o for c in clauses for o in view.objects(c)]
        if name == "poss":
            lefts = [c for c in token.lefts if c.dep_ in ("poss", "compound", "nmod", "amod", "nsubj")]
            return [c for c in lefts if not self._required(c, token)]
        if name == "compound":
            return [c for c in token.lefts if c.dep_ in ("compound", "nmod", "amod", "npadvmod")]
        if name in ("governor", "governor_obj"):
            verb = view.governor(token)
            if verb is None:
                return []
            if name == "governor_obj":
                return [o for o in view.objects(verb) if o.i != token.i]
            return [s for s in view.subjects(verb) if s.i != token.i] or self._copula(token)
        if name == "is":
            return self._copula(token)
        if name == "are":
            return self._named_by(token)
        if name == "head":
            return self._modified(token)
        return []

    def _required(self, left: Word, token: Word) -> bool:
        """Whether a licence before "requirement" is what is required: "imposed export license requirements"."""
        mention = self.view.at.get(left.i)
        return (
            mention is not None
            and mention.label == "INSTRUMENT"
            and token.lemma_ == "requirement"
            and bool(LICENCE.search(mention.span.text))
        )

    def _preps(self, token: Word, words: Iterable[str]) -> list[Word]:
        """Prepositional objects of a trigger; of what it is a compound of ("the tariff rate [for] X"); or of the verb
        that it is
        the object of, where the parser hung them ("put curbs [on] X")."""
        found = self.view.prepositional(token, words)
        if not found and token.dep_ == "compound":
            found = self.view.prepositional(token.head, words)
        if not found and token.dep_ in ("dobj", "nsubjpass", "conj", "pobj") and token.pos_ == "NOUN":
            verb = (
                self.view.governor(token)
                if token.dep_ in ("dobj", "conj")
                else token.head.head
                if token.dep_ == "pobj"
                else token.head
            )
            if verb is not None:
                found = [p for p in self.view.prepositional(verb, words) if p.i > token.i]
        return found

    def _copula(self, noun: Word) -> list[Word]:
        """The subject of "X is a producer of": noun is the attribute, or stands in apposition to X."""
        if noun.dep_ in ("attr", "oprd", "acomp") and noun.head.pos_ in ("VERB", "AUX"):
            own = [c for c in noun.head.children if c.dep_ in ("nsubj", "nsubjpass") and c.i != noun.i]
            plain = own and own[0].lower_ not in RELATIVE
            return own if plain else [s for s in self.view.subjects(noun.head) if s.i != noun.i] or own
        if noun.dep_ == "appos":
            before = min((t.i for t in noun.lefts), default=noun.i) - 2
            if before > 0 and noun.doc.words[before + 1].text in ",(—–":
                near = self.view.at.get(before) or (
                    self.view.at.get(before - 1) if noun.doc.words[before].text == ")" else None
                )
                if near is not None:
                    return [self.arguments.seated(near).span.root]
            return [noun.head]
        return []

    def _named_by(self, noun: Word) -> list[Word]:
        """What a subject noun is said to be: "[uses] of X include A, B", "the largest [producers] are A and B"."""
        verb = noun.head
        if noun.dep_ != "nsubj" or verb.lemma_ not in ("be", "include", "comprise", "range", "remain"):
            return []
        named = [c for c in verb.children if c.i > verb.i and c.dep_ in ("dobj", "attr", "oprd")]
        named += self.view.prepositional(verb, ("from", "to")) if verb.lemma_ == "range" else []
        return [w for n in named for w in (n, *n.conjuncts)]

    def _modified(self, adjective: Word) -> list[Word]:
        """What an adjective or participle is said of: the subject of its copula, or the noun it modifies."""
        head = adjective.head
        if adjective.dep_ in ("acomp", "attr", "oprd", "ccomp") and head.pos_ in ("VERB", "AUX"):
            return (
                self._copula(adjective)
                or self.view.subjects(head)
                or (self.view.objects(head) if adjective.dep_ == "oprd" else [])
            )
        if adjective.dep_ in ("amod", "acl", "relcl", "appos"):
            return [head]
        if adjective.dep_ == "conj" and head.pos_ == "ADJ":
            return self._modified(head)
        if adjective.dep_ in ("ROOT", "ccomp", "advcl"):
            return [c for c in adjective.children if c.dep_ in ("nsubj", "nsubjpass")]
        return []

    def _via(self, frame: Frame, token: Word, words: tuple[str, ...]) -> list[Word]:
        """Objects of the theme noun: "ban [exports] of X", "restrictions on X [shipments]"."""
        starts = self.view.objects(token) if token.pos_ in ("VERB", "AUX") else []
        starts += self._preps(token, ("on", "of", "over", "for", "against", "to", "from", "in"))
        out = []
        for start in starts:
            for noun in (start, *start.conjuncts):
                if noun.lemma_.lower() in frame.via:
                    out += self.view.prepositional(noun, ("of", "for", "in", "on"))
                    out += self.view.objects(noun) if noun.pos_ == "VERB" else []
                    out += [c for c in noun.lefts if c.dep_ in ("compound", "nmod", "amod", "poss")]
                else:
                    out += self._inside_via(noun, frame)
        return out

    def _inside_via(self, noun: Word, frame: Frame) -> list[Word]:
        """The theme noun one step further down: "its control over [the export] of X"."""
        out = []
        for child in noun.children:
            if child.dep_ == "prep":
                for inner in child.children:
                    if inner.lemma_.lower() in frame.via and inner.dep_ == "pobj":
                        out += self.view.prepositional(inner, ("of", "for"))
                        out += [c for c in inner.lefts if c.dep_ in ("compound", "nmod", "amod")]
        return out

    def _linear(self, frame: Frame, name: str, token: Word, sent: Sentence, labels: frozenset[str]) -> list[Mention]:
        mentions = [m for m in self.view.within(sent) if m.label in labels and not _source(m)]
        if name == "carry":
            acting = [
                m for m in mentions if m.end <= token.i and m.span.root.dep_ == "nsubj" and m.label in GOVERNMENTS
            ]
            if acting:
                return self.view.group(acting[-1], labels)
            return self.arguments.carried(sent, labels)
        if name.endswith("before"):
            before = [m for m in mentions if m.end <= token.i]
            if name == "near_before":
                before = [m for m in before if token.i - m.end < 8 and not _verb_between(token.doc, m.end, token.i)]
                before = [m for m in before if m.span.root.dep_ != "poss" or "poss" in frame.subject]
            return self.view.group(before[-1], labels) if before else []
        after = [m for m in mentions if m.start > token.i]
        if name == "next":
            after = [m for m in after if m.start - token.i < 3 and not token.doc.words[token.i + 1].is_punct]
        if name == "near_after":
            after = [m for m in after if m.start - token.i < 8 and not _verb_between(token.doc, token.i + 1, m.start)]
        return self.view.group(after[0], labels) if after else []


@cache
def _parsed(role: str) -> tuple[str, tuple[str, ...]]:
    """A role's name and its words: "prep:of,from"."""
    name, _, argument = role.partition(":")
    return name, tuple(argument.split(",")) if argument else ()


def _origin(head: Word, tariff: Word) -> bool:
    """Whether "from" tells where the goods that pay come from: "a tariff on cars from China"."""
    between = head.doc.words[tariff.i + 1 : head.head.i]
    return head.head.lower_ == "from" and any(word.lower_ == "on" for word in between)


def _source(mention: Mention) -> bool:
    """Whether a mention is whom the sentence cites ("according to the White House")."""
    before = mention.span.doc[max(0, mention.start - 3) : mention.start].text.lower()
    return bool(CITING.search(before))


def _verb_between(doc: Any, start: int, end: int) -> bool:
    return any(t.pos_ == "VERB" and t.tag_ not in ("VBN", "VBG") for t in doc[start:end])
