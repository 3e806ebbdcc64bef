"""Trigger words propose claims: frames from data/frames.toml, their roles filled over the parse.

A frame names a predicate, the lemmas that trigger it, and where its subject and object stand ("lsubj", "lobj",
"prep:on,of", "via" a theme noun such as exports, ...). Roles are tried in order; what is found fans out over lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from spacy.tokens import Span, Token

from claimstake.claims.resolve import Resolver
from claimstake.claims.view import GOODS, Mention, View
from claimstake.errors import KnowledgeError
from claimstake.knowledge import tables
from claimstake.ontology import Ontology

LIST_ITEM = re.compile(r"\s*(?:[-*•·–—▪]|\(?[0-9a-zA-Z]{1,4}[.)])\s")
DESCEND = ("of", "like", "including", "such as", "called")
CARRY_TOKENS = 250  # how far an actor carries: four or five sentences of news
NOUN_TAGS = ("NOUN", "PROPN", "ADJ", "VERB")
POS_OF = {"verb": ("VERB", "AUX"), "noun": ("NOUN", "PROPN"), "adj": ("ADJ", "VERB", "NOUN", "ADV")}
ROLES = {
    "lsubj", "lobj", "xcomp", "poss", "compound", "governor", "governor_obj", "head", "via", "before", "after", "carry", "prep",
    "is", "near_before", "near_after",
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """One row of frames.toml.

    Attributes:
        id: unique name, shown by `explain`.
        predicate: what it proposes.
        kind: part of speech of the trigger: verb, noun or adj.
        lemmas: trigger lemmas.
        subject, object: role expressions, tried in order.
        via: theme nouns ("export", "shipment") that must stand between trigger and object.
        near, not_near: lemmas of which one must (none may) stand within `window` tokens of the trigger.
        qualifiers: qualifiers that the trigger itself decides.
        prior: confidence of a claim of this frame before its path is looked at, in [0, 1].
    """

    id: str
    predicate: str
    kind: str
    lemmas: frozenset[str]
    subject: tuple[str, ...]
    object: tuple[str, ...]
    via: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    not_near: frozenset[str] = frozenset()
    window: int = 6
    voice: str = ""
    object_labels: frozenset[str] = frozenset()
    subject_labels: frozenset[str] = frozenset()
    qualifiers: dict[str, str] = field(default_factory=dict, hash=False)
    prior: float = 0.7


@dataclass(eq=False)
class Candidate:
    """A proposed claim: who, what, to whom, on the strength of which words."""

    predicate: str
    subject: Mention
    object: Mention
    trigger: Span
    frame: str
    path: str
    score: float
    qualifiers: dict[str, Any] = field(default_factory=dict)
    sents: tuple[Span, ...] = ()


def parse_frame(row: dict[str, Any], source: str) -> Frame:
    """A frame from its TOML table.

    Raises:
        KnowledgeError: a key is missing or unknown, or a role does not exist.
    """
    name = row.get("id") or f"{row.get('predicate')}-{'-'.join(row.get('lemmas', [])[:1])}"
    for key in ("predicate", "kind", "lemmas", "subject", "object"):
        if not row.get(key):
            raise KnowledgeError(f"{source}: frame {name} has no {key}")
    if row["kind"] not in POS_OF:
        raise KnowledgeError(f"{source}: frame {name}: kind is verb, noun or adj, not {row['kind']}")
    for role in (*row["subject"], *row["object"]):
        if role.split(":")[0] not in ROLES:
            raise KnowledgeError(f"{source}: frame {name}: unknown role {role}")
    sets = {
        k: frozenset(row[k])
        for k in ("lemmas", "via", "near", "not_near", "object_labels", "subject_labels")
        if k in row
    }
    rest = {k: v for k, v in row.items() if k not in sets and k not in ("id", "subject", "object")}
    try:
        return Frame(id=name, subject=tuple(row["subject"]), object=tuple(row["object"]), **sets, **rest)
    except TypeError as error:
        raise KnowledgeError(f"{source}: frame {name}: {error}") from error


@cache
def packaged() -> tuple[Frame, ...]:
    """The frames that ship with the package."""
    data = tables.toml("frames.toml")
    sets = data.get("sets", {})
    frames = []
    for row in data["frame"]:
        row = {k: _expand(v, sets) if k in ("lemmas", "via", "near", "not_near") else v for k, v in row.items()}
        frames.append(parse_frame(row, "frames.toml"))
    return tuple(frames)


def _expand(words: list[str], sets: dict[str, list[str]]) -> list[str]:
    """ "@name" in a word list stands for the set of that name."""
    out: list[str] = []
    for word in words:
        out += sets[word[1:]] if word.startswith("@") else [word]
    return out


class FrameFinder:
    """Applies frames to sentences.

    Args:
        view, resolver: of the document.
        ontology: signatures that fillers must fit.
        index: lemma to frames, from `index_frames`.
    """

    def __init__(self, view: View, resolver: Resolver, ontology: Ontology, index: dict[str, list[Frame]]) -> None:
        self.view, self.resolver, self.ontology, self.index = view, resolver, ontology, index
        self.actors: list[tuple[int, Mention]] = []  # (sentence start, subject) of the claims found so far
        self.measure_nouns = frozenset(tables.toml("nominals.toml")["heads"]["INSTRUMENT"]) | {
            "restriction",
            "control",
            "curb",
            "tariff",
            "move",
            "sanction",
        }
        patterns = tables.toml("patterns.toml")
        self.class_nouns = frozenset(patterns["classes"]["heads"])
        self.firm_nouns = frozenset(patterns["firms"]["nouns"])
        self.generic_nouns = frozenset(patterns["generic"]["heads"])
        self.objects_of: dict[str, list[Mention]] = {}  # predicate -> objects of its last claim

    def find(self, sent: Span) -> Iterator[Candidate]:
        """Yield what the sentence's triggers propose."""
        for token in sent:
            for frame in self.index.get(token.lemma_.lower(), ()):
                if token.pos_ in POS_OF[frame.kind] and self._fits(frame, token, sent):
                    yield from self._apply(frame, token, sent)

    def _fits(self, frame: Frame, token: Token, sent: Span) -> bool:
        if frame.kind == "verb" and token.dep_ == "amod" and token.i < token.head.i:
            return False  # "an updated version", "advanced chips"
        mention = self.view.at.get(token.i)
        if mention is not None and frame.kind != "noun" and mention.label not in ("TECHNOLOGY", "INSTRUMENT"):
            return False
        if frame.voice and (frame.voice == "passive") != self.view.is_passive(token):
            return False
        if frame.near or frame.not_near:
            low, high = max(sent.start, token.i - frame.window), min(sent.end, token.i + frame.window + 1)
            around = {w for t in token.doc[low:high] if t.i != token.i for w in (t.lemma_.lower(), t.lower_)}
            if frame.near and not around & frame.near:
                return False
            if around & frame.not_near:
                return False
        return True

    def _apply(self, frame: Frame, token: Token, sent: Span) -> Iterator[Candidate]:
        predicate = self.ontology.predicates.get(frame.predicate)
        if predicate is None:
            return
        object_labels = predicate.object & frame.object_labels if frame.object_labels else predicate.object
        subject_labels = predicate.subject & frame.subject_labels if frame.subject_labels else predicate.subject
        objects, object_path, object_cost = self._fill(frame, frame.object, token, sent, object_labels)
        if not objects and frame.kind != "adj":
            objects, object_path, object_cost = self._items(sent, object_labels), "items", 0.1
        if not objects:
            return
        subjects, subject_path, subject_cost = self._fill(frame, frame.subject, token, sent, subject_labels)
        subjects = [s for s in subjects if s.key not in {o.key for o in objects}]
        if not subjects:
            return
        score = max(0.05, frame.prior - object_cost - subject_cost)
        for s in subjects:
            for o in objects:
                if s.canonical == o.canonical or not predicate.accepts(s.label, o.label):
                    continue
                path = f"{subject_path} ← {token.text} → {object_path}"
                yield Candidate(
                    frame.predicate,
                    s,
                    o,
                    token.doc[token.i : token.i + 1],
                    frame.id,
                    path,
                    score,
                    dict(frame.qualifiers),
                    (sent,),
                )

    # --- roles --------------------------------------------------------------------------------------------------

    def _fill(
        self, frame: Frame, roles: Iterable[str], token: Token, sent: Span, labels: frozenset[str]
    ) -> tuple[list[Mention], str, float]:
        for rank, role in enumerate(roles):
            name, _, argument = role.partition(":")
            words = tuple(argument.split(",")) if argument else ()
            if name in ("before", "after", "near_before", "near_after", "carry"):
                found = self._linear(name, token, sent, labels)
                cost = 0.16
            else:
                heads = self._heads(name, words, frame, token)
                found = self._mentions(heads, labels, token)
                cost = 0.04 * rank
            if found:
                return found, role, cost
        return [], "", 0.0

    def _heads(self, name: str, words: tuple[str, ...], frame: Frame, token: Token) -> list[Token]:
        view = self.view
        if name == "lsubj":
            return view.subjects(token)
        if name == "lobj":
            return view.objects(token)
        if name == "prep":
            return self._preps(token, words)
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
            return [c for c in token.lefts if c.dep_ in ("poss", "compound", "nmod", "amod", "nsubj")]
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
        if name == "head":
            return self._modified(token)
        return []

    def _preps(self, token: Token, words: Iterable[str]) -> list[Token]:
        """Prepositional objects of a trigger; of what it is a compound of ("the tariff rate [for] X"); or of the verb that it is
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

    def _copula(self, noun: Token) -> list[Token]:
        """The subject of "X is a producer of": noun is the attribute."""
        if noun.dep_ in ("attr", "oprd", "acomp") and noun.head.pos_ in ("VERB", "AUX"):
            return [c for c in noun.head.children if c.dep_ in ("nsubj", "nsubjpass") and c.i != noun.i]
        if noun.dep_ == "appos":
            before = min((t.i for t in noun.lefts), default=noun.i) - 2
            if before > 0 and noun.doc[before + 1].text in ",(—–":
                near = self.view.at.get(before) or (
                    self.view.at.get(before - 1) if noun.doc[before].text == ")" else None
                )
                if near is not None:
                    return [near.span.root]
            return [noun.head]
        return []

    def _modified(self, adjective: Token) -> list[Token]:
        """What an adjective or participle is said of: the subject of its copula, or the noun it modifies."""
        head = adjective.head
        if adjective.dep_ in ("acomp", "attr", "oprd", "ccomp") and head.pos_ in ("VERB", "AUX"):
            own = (
                self._copula(adjective)
                or self.view.subjects(head)
                or (self.view.objects(head) if adjective.dep_ == "oprd" else [])
            )
            return own
        if adjective.dep_ in ("amod", "acl", "relcl", "appos"):
            return [head]
        if adjective.dep_ == "conj" and head.pos_ == "ADJ":
            return self._modified(head)
        if adjective.dep_ in ("ROOT", "ccomp", "advcl"):
            return [c for c in adjective.children if c.dep_ in ("nsubj", "nsubjpass")]
        return []

    def _via(self, frame: Frame, token: Token, words: tuple[str, ...]) -> list[Token]:
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

    def _inside_via(self, noun: Token, frame: Frame) -> list[Token]:
        """The theme noun one step further down: "its control over [the export] of X"."""
        out = []
        for child in noun.children:
            if child.dep_ == "prep":
                for inner in child.children:
                    if inner.lemma_.lower() in frame.via and inner.dep_ == "pobj":
                        out += self.view.prepositional(inner, ("of", "for"))
                        out += [c for c in inner.lefts if c.dep_ in ("compound", "nmod", "amod")]
        return out

    # --- from heads to mentions ---------------------------------------------------------------------------------

    def _mentions(self, heads: Iterable[Token], labels: frozenset[str], trigger: Token) -> list[Mention]:
        out: list[Mention] = []
        for head in heads:
            for mention in self.fill(head, labels, trigger) or self._behind_measure(head, labels):
                if mention.key not in {m.key for m in out}:
                    out.append(mention)
        return out

    def _behind_measure(self, head: Token, labels: frozenset[str]) -> list[Mention]:
        """Who is behind a measure without a name: "X introduced [measures] that curbed", "X's [restrictions] target"."""
        if head.lemma_.lower() not in self.measure_nouns:
            return []
        owners = [c for c in head.lefts if c.dep_ in ("poss", "compound", "amod", "nmod")]
        owners += self.view.prepositional(head, ("by", "from", "of"))
        verb = self.view.governor(head)
        owners += self.view.subjects(verb) if verb is not None else []
        for owner in owners:
            found = (
                [m for m in self.fill(owner, labels, depth=3) if m.label in ("PLACE", "MINISTRY", "PERSON")]
                if owner.i != head.i
                else []
            )
            if found:
                return found
        return []

    def fill(self, head: Token, labels: frozenset[str], trigger: Token | None = None, depth: int = 0) -> list[Mention]:
        """Mentions that a noun phrase is about: the one at its head (with its list), else what the head resolves to, else what it is "of"."""
        mention = self.view.at.get(head.i)
        trigger_inside = mention is not None and trigger is not None and mention.start <= trigger.i < mention.end
        if mention is not None and not trigger_inside:
            group = self.view.group(mention, labels)
            if group:
                return self.resolver.pointed(mention, labels) or self._renamed(mention, labels) or group
            inner = self.view.inner.get(head.i)
            if inner is not None and inner.label in labels:
                return [inner]
            if mention.kind == "measured":  # "nearly 80% of the antimony market"
                return self._below(mention.span.root, labels, trigger, depth + 1) if depth < 4 else []
            if mention.kind not in ("goods", "actors"):
                return []
        if head.lower_ in ("those", "that", "ones", "one") and any(c.dep_ in ("prep", "acl") for c in head.children):
            for inner in self._preps(head, ("for", "of", "from", "in")):  # "covers those for producing LFP"
                found = self.fill(inner, labels, trigger, depth + 1)
                if found:
                    return found
        resolved = self.resolver.resolve(head, labels)
        if resolved:
            return resolved
        if depth > 5:
            return []
        return self._apposed(head, labels, depth) or self._below(head, labels, trigger, depth)

    def _renamed(self, mention: Mention, labels: frozenset[str]) -> list[Mention]:
        """ "antimony, a critical mineral used in X": what is said of the class in apposition is said of antimony."""
        doc, i = mention.span.doc, mention.start - 1
        if (
            mention.span.root.lemma_.lower() not in self.class_nouns
            or i < 2
            or doc[i].lower_ not in ("a", "an", "the", "key", "critical")
        ):
            return []
        if doc[i - 1].text not in ",—–(":
            return []
        named = self.view.at.get(i - 2) or (self.view.at.get(i - 3) if doc[i - 2].text == ")" else None)
        return self.view.group(named, labels) if named is not None and named.label == mention.label else []

    def _apposed(self, head: Token, labels: frozenset[str], depth: int) -> list[Mention]:
        """ "gallium and lithium, key minerals used for X": a class noun in apposition stands for what it is apposed to."""
        if head.lemma_.lower() not in self.class_nouns and head.lemma_.lower() not in self.firm_nouns:
            return []
        start = min((t.i for t in head.lefts), default=head.i)
        before = start - 1
        if before > 0 and head.doc[before].text in (",", "—", "–", "-", "("):
            for table in (self.view.at, self.view.inner):
                mention = table.get(before - 1)
                if mention is None and head.doc[before - 1].text == ")":
                    mention = table.get(before - 2)
                if mention is not None and mention.label in labels:
                    return self.view.group(mention, labels)
        if head.dep_ in ("appos", "attr") and depth < 3:
            anchors = [head.head] if head.dep_ == "appos" else [c for c in head.head.children if c.dep_ == "nsubj"]
            for anchor in anchors:
                if anchor.i != head.i:
                    return self.fill(anchor, labels, None, depth + 1)
        return []

    def _below(self, head: Token, labels: frozenset[str], trigger: Token | None, depth: int) -> list[Mention]:
        if labels <= GOODS:  # "EV models including those from Tesla": the compound says what they are
            for child in head.lefts:
                mention = self.view.at.get(child.i)
                if child.dep_ in ("compound", "nmod", "amod") and mention is not None and mention.label in labels:
                    return self.view.group(mention, labels)
        firm = head.lemma_.lower() in self.firm_nouns
        preps = DESCEND + ("for", "in") if head.lemma_.lower() in self.generic_nouns else DESCEND
        for prep in self.view.prepositional(head, preps):
            found = self.fill(prep, labels, trigger, depth + 1)
            if found:
                return found
        for child in head.children:
            if child.dep_ in ("appos", "pcomp"):
                found = self.fill(child, labels, trigger, depth + 1)
                if found:
                    return found
        if head.pos_ == "VERB":
            for child in self.view.objects(head):
                found = self.fill(child, labels, trigger, depth + 1)
                if found:
                    return found
        lefts = [c for c in head.lefts if c.dep_ in ("compound", "nmod", "amod", "poss")]
        for child in reversed(lefts):
            found = [m for m in self.fill(child, labels, trigger, depth + 1) if not (firm and m.label == "PLACE")]
            if found:
                return found
        for child in head.children:
            if child.dep_ == "conj" and child.lemma_.lower() not in self.measure_nouns:
                found = self.fill(child, labels, trigger, depth + 1)
                if found:
                    return found
        return []

    def _items(self, sent: Span, labels: frozenset[str]) -> list[Mention]:
        """First mentions of the list items that follow a sentence ending in a colon."""
        if not sent.text.rstrip().endswith(":"):
            return []
        out: list[Mention] = []
        start = sent.end
        while start < len(sent.doc) and len(out) < 30:
            item = sent.doc[start].sent
            if not LIST_ITEM.match(item.text):
                break
            if len(item.text.strip()) < 6 and item.end < len(sent.doc):  # "(a)" on a line of its own
                item = sent.doc[item.end].sent
            own = [m for m in self.view.within(item) if m.label in labels]
            out += own[:1]
            start = item.end
        return out

    def lead(self, sent: Span) -> Span | None:
        """The sentence ending in a colon that a list item belongs to."""
        doc, start = sent.doc, sent.start
        for _ in range(40):
            if start == 0:
                return None
            before = doc[start - 1].sent
            text = before.text.rstrip()
            if text.endswith(":"):
                return before
            if not (text.endswith((";", ",", "and", "or")) or LIST_ITEM.match(before.text) or len(text) < 6):
                return None
            start = before.start
        return None

    def _linear(self, name: str, token: Token, sent: Span, labels: frozenset[str]) -> list[Mention]:
        mentions = [m for m in self.view.within(sent) if m.label in labels]
        if name == "carry":
            return self._carried(sent, labels)
        if name.endswith("before"):
            before = [m for m in mentions if m.end <= token.i]
            if name == "near_before":
                before = [m for m in before if token.i - m.end < 8 and not _verb_between(token.doc, m.end, token.i)]
            return self.view.group(before[-1], labels) if before else []
        after = [m for m in mentions if m.start > token.i]
        if name == "near_after":
            after = [m for m in after if m.start - token.i < 8 and not _verb_between(token.doc, token.i + 1, m.start)]
        return self.view.group(after[0], labels) if after else []

    def _carried(self, sent: Span, labels: frozenset[str]) -> list[Mention]:
        """The actor that goes on acting: of this sentence's claims, of the sentence before, else of the last measure told of."""
        if sent.start == 0:
            return []
        before = sent.doc[sent.start - 1].sent
        for start, mention in reversed(self.actors):
            if start >= before.start and mention.label in labels:
                return [m for s, m in self.actors if s == start and m.label in labels][:1]
        for mention in self.view.within(before):
            if mention.label in labels and mention.span.root.dep_ in ("nsubj", "nsubjpass", "poss"):
                return [mention]
        for start, mention in reversed(self.actors):
            if mention.label in labels and sent.start - start < CARRY_TOKENS:
                return [mention]
        return []


def _verb_between(doc: Any, start: int, end: int) -> bool:
    return any(t.pos_ == "VERB" and t.tag_ not in ("VBN", "VBG") for t in doc[start:end])


def index_frames(frames: Iterable[Frame]) -> dict[str, list[Frame]]:
    """Frames by trigger lemma."""
    index: dict[str, list[Frame]] = {}
    for frame in frames:
        for lemma in frame.lemmas:
            index.setdefault(lemma, []).append(frame)
    return index
