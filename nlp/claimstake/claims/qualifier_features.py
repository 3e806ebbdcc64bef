"""Features of a claim for its status, certainty, polarity and kind of measure: cues, tense, and words around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from claimstake.claims.candidates import Candidate
from claimstake.mirror import Word

CLIMB = 5  # governing words that are looked at
WINDOW = 6  # tokens on either side of trigger and object whose words are features by themselves
CLOSED = ("status", "certainty", "polarity", "measure")


def qualifier_features(claim: Candidate, read: Mapping[str, Any]) -> list[str]:
    """Features of a claim.

    Args:
        claim: a candidate with trigger and sentences.
        read: its qualifiers as the rules read them.
    """
    out = [f"p:{claim.predicate}", f"frame:{claim.frame}"]
    for name in CLOSED:
        value = read.get(name, "-")
        out += [f"rule:{name}:{value}", f"rule:{name}:{value}:{claim.predicate}"]
    out += [f"time:{t['kind']}" for t in read.get("time", ())] or ["time:-"]
    trigger = claim.trigger.root
    out += _chain(trigger, claim.predicate)
    out += _words(claim)
    return out


def _chain(trigger: Word, predicate: str) -> Iterator[str]:
    """The trigger, what hangs on it, and what governs it."""
    token = trigger
    yield f"tr:{_lemma(token)}"
    yield f"tr:{_lemma(token)}:{predicate}"
    yield f"tag:{token.tag_}:{predicate}"
    for step in range(CLIMB):
        for child in token.children:
            if child.dep_ in ("aux", "auxpass", "neg", "advmod", "mark", "prt", "det", "amod", "compound", "poss"):
                yield f"ch{min(step, 2)}:{child.dep_}:{child.lower_}"
                yield f"ch:{child.lower_}"
        if token.head is token:
            break
        yield f"up:{token.dep_}:{_lemma(token.head)}"
        yield f"up:{_lemma(token.head)}"
        yield f"up{min(step, 2)}:{token.head.tag_}"
        token = token.head


def _words(claim: Candidate) -> Iterator[str]:
    """The words of the sentence, by where they stand to trigger and object."""
    sent = claim.sents[-1] if claim.object.start >= claim.sents[-1].start else claim.sents[0]
    inside = set(range(claim.subject.start, claim.subject.end)) | set(range(claim.object.start, claim.object.end))
    spoken = [t for t in sent if not t.form.is_punct and not t.form.is_space]
    words = [(t.i, _lemma(t), t.lower_) for t in spoken if t.i not in inside]
    trigger, object_ = claim.trigger.start, claim.object.start
    previous = "^"
    for i, lemma, lower in words:
        near = abs(i - trigger) <= WINDOW or abs(i - object_) <= WINDOW
        yield f"w:{lower}"
        if near:
            side = "<" if i < trigger else ">" if i > trigger else "="
            yield f"n:{side}:{lemma}"
            yield f"n:{lower}:{claim.predicate}"
            yield f"b:{previous}_{lower}"
        previous = lower
    before = [lower for i, _, lower in words if i < claim.object.start][-3:]
    yield f"o-1:{'_'.join(before[-1:])}"
    yield f"o-2:{'_'.join(before[-2:])}"
    after = [lower for i, _, lower in words if i >= claim.object.end][:3]
    yield f"o+1:{'_'.join(after[:1])}"
    yield f"o+2:{'_'.join(after[:2])}"


def _lemma(token: Word) -> str:
    return "0" if token.like_num else token.lemma_.lower()
