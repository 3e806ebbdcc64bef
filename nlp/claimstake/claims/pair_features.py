"""Features of a candidate pair, as strings: a linear model gives each a weight for every predicate.

Labels, order and distance; the words between and beside; the path through the parse; voice; trigger words near;
coordination and nesting; and which rules fired, for this pair and for its neighbours in a list.
"""

from __future__ import annotations

from collections.abc import Iterator

from claimstake.claims.frames import Frame
from claimstake.claims.pairs import Pair
from claimstake.claims.view import Mention, View
from claimstake.mirror import Sentence, Word

BETWEEN = 12  # words between two mentions that are features by themselves
EXACT = 6  # words between that are one feature as they stand
PATH = 7  # arcs of the longest path that is a feature
DISTANCES = (0, 1, 2, 3, 5, 8, 12, 18, 26, 40)
COUNTS = (0, 1, 2, 3, 5, 8)


class SentenceFeatures:
    """Features of the pairs of one sentence; what several pairs share is worked out once.

    Args:
        view: of the document.
        sent: the sentence.
        pairs: of the sentence, with their rules.
        frames: triggers by lemma.
    """

    def __init__(self, view: View, sent: Sentence, pairs: list[Pair], frames: dict[str, list[Frame]]) -> None:
        self.view, self.sent = view, sent
        self.low = sent.start
        self.words = [_word(t) for t in sent]
        self.triggers = self._triggers(frames)
        self.by_subject: dict[int, set[str]] = {}
        self.by_object: dict[int, set[str]] = {}
        self.proposed: set[tuple[int, int, str]] = set()
        for pair in pairs:
            for rule in pair.rules:
                self.by_subject.setdefault(pair.subject.start, set()).add(rule.predicate)
                self.by_object.setdefault(pair.object.start, set()).add(rule.predicate)
                self.proposed.add((pair.subject.start, pair.object.start, rule.predicate))
        self.own = sorted({p.subject.key: p.subject for p in pairs} | {p.object.key: p.object for p in pairs})
        self.crowd = _bucket(len(view.within(sent)), COUNTS)
        self.all_rules = {r.predicate for p in pairs for r in p.rules}

    def _triggers(self, frames: dict[str, list[Frame]]) -> list[tuple[int, str, frozenset[str]]]:
        """Word, lemma and predicates of each trigger word."""
        found = []
        for i, lemma in enumerate(self.sent.doc.lemmas[self.sent.start : self.sent.end], self.sent.start):
            if lemma in frames:
                found.append((i, lemma, frozenset(f.predicate for f in frames[lemma])))
        return found

    def of(self, pair: Pair) -> list[str]:
        """The pair's features."""
        s, o = pair.subject, pair.object
        labels = f"{s.label}>{o.label}"
        out = [f"l:{labels}", f"ls:{s.label}", f"lo:{o.label}", f"crowd:{self.crowd}"]
        out += self._rules(pair, labels)
        if pair.carried:
            return out + list(self._carried(pair, labels))
        first, second = (s, o) if s.start <= o.start else (o, s)
        order = "so" if first is s else "os"
        out += [f"ord:{order}:{labels}"]
        out += self._kinds(s, o)
        if o.parent is s or s.parent is o:
            out += [f"nested:{order}:{labels}"]
        out += self._between(first, second, order, labels)
        out += self._beside(s, "s")
        out += self._beside(o, "o")
        out += self._path(s, o, labels)
        out += self._near(first, second, order)
        return out

    def _carried(self, pair: Pair, labels: str) -> Iterator[str]:
        """Where one end stands outside the sentence: what the other does in it."""
        how, side = pair.carried, "s" if pair.carried == "goods" else "o"
        inside = pair.subject if side == "s" else pair.object
        yield f"c:{how}"
        yield f"c:{how}:{labels}"
        for word in self.words[:4]:
            yield f"cw:{word}"
            yield f"cw:{how}:{word}"
        yield from self._beside(inside, f"c{side}")
        yield from self._governors(inside, f"c{side}")
        actors = sum(m.label in ("PLACE", "MINISTRY", "INSTRUMENT", "COMPANY") for m in self.view.within(self.sent))
        yield f"c:own:{min(actors, 3)}:{how}"
        for _, lemma, predicates in self.triggers:
            yield f"tr:{lemma}:c"
            yield f"tr:{lemma}:c:{labels}"
            for predicate in predicates:
                yield f"tp:{predicate}:c"
        gap = self.low - pair.subject.end if side == "o" else 0
        yield f"cd:{how}:{_bucket(gap, DISTANCES)}"

    def _rules(self, pair: Pair, labels: str) -> Iterator[str]:
        for rule in pair.rules:
            yield f"rule:{rule.predicate}"
            yield f"rule:{rule.predicate}:{rule.frame}"
            yield f"rule:{rule.predicate}:{labels}"
            yield f"ruleq:{rule.predicate}:{int(rule.score * 10)}"
            yield f"rulep:{rule.path}"[:60]
        own = {r.predicate for r in pair.rules}
        for predicate in pair.predicates:
            if predicate in own:
                continue
            yield f"norule:{predicate}"
            if predicate in self.by_subject.get(pair.subject.start, ()):
                yield f"rule-s:{predicate}"
            if predicate in self.by_object.get(pair.object.start, ()):
                yield f"rule-o:{predicate}"
            if (pair.object.start, pair.subject.start, predicate) in self.proposed:
                yield f"rule-back:{predicate}"
            if predicate in self.all_rules:
                yield f"rule-sent:{predicate}"

    def _kinds(self, s: Mention, o: Mention) -> Iterator[str]:
        for side, mention in (("s", s), ("o", o)):
            if mention.attrs.get("mention", "name") != "name":
                yield f"nominal:{side}"
            yield f"head:{side}:{_word(mention.span.root)}"
            yield f"dep:{side}:{mention.span.root.dep_}"
        group = self.view.group_of.get(id(s))
        if group is not None and any(m is o for m in group):
            yield f"coordinated:{s.label}>{o.label}"

    def _between(self, first: Mention, second: Mention, order: str, labels: str) -> Iterator[str]:
        low, high = first.end - self.low, second.start - self.low
        between = self.words[max(0, low) : max(0, high)]
        distance = _bucket(len(between), DISTANCES)
        yield f"d:{distance}"
        yield f"d:{distance}:{order}:{labels}"
        inner = self.view.among(first.end, second.start) if high > low else []
        yield f"n:{_bucket(len(inner), COUNTS)}:{order}"
        for label in {m.label for m in inner}:
            yield f"nl:{label}:{order}"
        same = sum(m.label == second.label for m in inner)
        yield f"ns:{min(same, 4)}:{order}"
        if not between:
            yield f"adjacent:{order}:{labels}"
        if len(between) <= EXACT:
            text = " ".join(between)
            yield f"ex:{order}:{text}"
            yield f"ex:{labels}:{order}:{text}"
        spoken = between if len(between) <= BETWEEN else [*between[: BETWEEN // 2], *between[-BETWEEN // 2 :]]
        for word in dict.fromkeys(spoken):
            yield f"b:{order}:{word}"
        for a, b in zip(spoken, spoken[1:], strict=False):
            yield f"bb:{order}:{a}_{b}"
        if between:
            yield f"bf:{order}:{between[0]}"
            yield f"bl:{order}:{between[-1]}"

    def _beside(self, mention: Mention, side: str) -> Iterator[str]:
        low, high = mention.start - self.low, mention.end - self.low
        if low < 0 or high > len(self.words):
            return
        before = self.words[max(0, low - 3) : low]
        after = self.words[high : high + 3]
        yield f"w-1:{side}:{before[-1] if before else '^'}"
        yield f"w-2:{side}:{'_'.join(before[-2:])}"
        yield f"w+1:{side}:{after[0] if after else '$'}"
        yield f"w+2:{side}:{'_'.join(after[:2])}"
        for word in before[:-1]:
            yield f"w-:{side}:{word}"
        for word in after[1:]:
            yield f"w+:{side}:{word}"

    def _path(self, s: Mention, o: Mention, labels: str) -> Iterator[str]:
        up, down, top = _path(s.span.root, o.span.root)
        if top is None:
            yield "p:none"
            return
        yield f"plen:{_bucket(len(up) + len(down), COUNTS)}"
        yield f"top:{_word(top)}"
        yield f"top:{top.pos_}:{labels}"
        if len(up) + len(down) > PATH:
            return
        route = ">".join(t.dep_ for t in up) + "^" + "<".join(t.dep_ for t in reversed(down))
        yield f"p:{route}"
        yield f"p:{route}:{_word(top)}"
        yield f"p:{labels}:{route}"
        yield f"up:{'>'.join(t.dep_ for t in up)}:{_word(top)}"
        yield f"down:{'<'.join(t.dep_ for t in reversed(down))}:{_word(top)}"
        for token in up[1:] + down[1:]:
            yield f"pw:{_word(token)}"
        if top.pos_ in ("VERB", "AUX"):
            passive = any(c.dep_ in ("nsubjpass", "auxpass") for c in top.children)
            yield f"voice:{'p' if passive else 'a'}:{_word(top)}"

    def _governors(self, mention: Mention, side: str) -> Iterator[str]:
        token = mention.span.root
        for step in range(4):
            if token.head is token:
                return
            yield f"g{step}:{side}:{token.dep_}:{_word(token.head)}"
            yield f"g:{side}:{_word(token.head)}"
            token = token.head

    def _near(self, first: Mention, second: Mention, order: str) -> Iterator[str]:
        """Trigger words, by where they stand: before, between, or after the two."""
        for i, lemma, predicates in self.triggers:
            where = "<" if i < first.start else ">" if i >= second.end else "-"
            if first.start <= i < first.end or second.start <= i < second.end:
                where = "in"
            near = min(abs(i - first.start), abs(i - second.start)) <= 8
            yield f"tr:{lemma}:{where}:{order}"
            for predicate in predicates:
                yield f"tp:{predicate}:{where}:{order}:{near:d}"


def _word(token: Word) -> str:
    if token.like_num:
        return "0"
    return token.lemma_.lower() if token.pos_ in ("NOUN", "VERB", "AUX", "ADJ") else token.lower_


def _bucket(n: int, bounds: tuple[int, ...]) -> int:
    return next((b for b in bounds if n <= b), 99)


def common_ancestor(a: Word, b: Word) -> Word | None:
    """The lowest token that governs both, or is one of them; None across sentences."""
    return _path(a, b)[2]


def _path(a: Word, b: Word) -> tuple[list[Word], list[Word], Word | None]:
    """Tokens from a up to below the common ancestor, from b up likewise, and the ancestor."""
    ups = [a, *a.ancestors]
    places = {t.i: n for n, t in enumerate(ups)}
    down: list[Word] = []
    for token in (b, *b.ancestors):
        if token.i in places:
            return ups[: places[token.i]], down, token
        down.append(token)
    return ups, down, None
