"""Tails that say which technology is meant: "technologies FOR EXTRACTING lithium", "processing OF minerals"."""

from __future__ import annotations

from claimstake.pipes.phrases import NOUN_TAGS, Phrases, words

Goods = dict[int, tuple[int, str]]  # start of a known thing -> its end and label
VERBS = frozenset({"VB", "VBG", "VBP", "VBN"})
DETERMINERS = frozenset({"the", "a", "an", "their", "its", "these", "those", "such", "certain"})
PRONOUNS = frozenset({"them", "it"})
SKIP = frozenset({"JJ", "VBN", "HYPH", "VBG", "NN"})
BETWEEN_ACTIONS = DETERMINERS | frozenset({"and", "or", ",", '"', "“", "”", "'", "``", "''"})
MAX_OPENERS = 4
MAX_OBJECTS = 8


def tail_end(phrases: Phrases, head: int, goods: Goods) -> int | None:
    """End of the tail after a technology noun, None where there is none that names goods."""
    openers = words("TECHNOLOGY", "tail_openers")
    doc, k = phrases.doc, head + 1
    stop = phrases.stop[head]
    while k < stop and k - head <= MAX_OPENERS and doc.words[k].lower_ in openers:
        k += 1
    if k == head + 1 or doc.words[k - 1].lower_ not in ("for", "to", "of", "in", "behind"):
        return None
    return _objects(phrases, _past_actions(phrases, k, stop), stop, goods, verbs=True)


def _past_actions(phrases: Phrases, k: int, stop: int) -> int:
    """The token after "the production of", '"development" or "production" of'; k itself where there is none."""
    doc, actions = phrases.doc, words("TECHNOLOGY", "tail_actions")
    i = k
    while i < stop and (doc.lowers[i] in actions or doc.lowers[i] in BETWEEN_ACTIONS):
        i += 1
    return i + 1 if k < i < stop and doc.lowers[i] == "of" and any(w in actions for w in doc.lowers[k:i]) else k


def action_end(phrases: Phrases, head: int, goods: Goods) -> int | None:
    """End of "of X (into Y)" after a noun of action."""
    doc = phrases.doc
    stop = phrases.stop[head]
    if head + 2 >= stop or doc.words[head + 1].lower_ != "of":
        return None
    end = _objects(phrases, head + 2, stop, goods, verbs=False)
    if end and end + 1 < stop and doc.words[end].lower_ == "into":
        return _objects(phrases, end + 1, stop, goods, verbs=False) or end
    return end


def _objects(phrases: Phrases, k: int, stop: int, goods: Goods, *, verbs: bool) -> int | None:
    """End of a list of goods that starts at token k, each perhaps after a verb ("making")."""
    doc, end = phrases.doc, None
    for _ in range(MAX_OBJECTS):
        if verbs and k < stop and doc.words[k].tag_ in VERBS and k not in goods:
            k += 1
        found = _object(phrases, k, stop, goods)
        if found is None:
            return end
        end = k = found
        before = k
        while k < stop and doc.words[k].lower_ in (",", "and", "or", "/", "&"):
            k += 1
        if k == before:
            return end
    return end


def _object(phrases: Phrases, k: int, stop: int, goods: Goods) -> int | None:
    """End of one thing at token k, with the noun of action that may follow it ("lithium refining")."""
    doc = phrases.doc
    while k < stop and doc.words[k].lower_ in DETERMINERS:
        k += 1
    if k < stop and doc.words[k].lower_ in PRONOUNS:
        return k + 1
    for skip in range(4):
        if k + skip >= stop:
            return None
        if k + skip in goods:
            end = goods[k + skip][0]
            while end < stop and doc.words[end].tag_ in NOUN_TAGS and end - k < 10:
                end += 1
            return min(end, stop)
        if doc.words[k + skip].tag_ not in SKIP:
            return None
    return None
