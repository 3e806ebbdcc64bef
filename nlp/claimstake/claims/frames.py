"""Trigger frames: which words propose which claim, and where its subject and object stand (data/frames.toml)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from claimstake.errors import KnowledgeError
from claimstake.knowledge import tables

POS_OF = {"verb": ("VERB", "AUX"), "noun": ("NOUN", "PROPN"), "adj": ("ADJ", "VERB", "NOUN", "ADV")}
ROLES = {
    "lsubj",
    "lobj",
    "xcomp",
    "poss",
    "compound",
    "governor",
    "governor_obj",
    "head",
    "via",
    "before",
    "after",
    "carry",
    "prep",
    "is",
    "are",
    "near_before",
    "next",
    "near_after",
}


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
        voice: "active" or "passive" where the trigger must be so.
        named: whether the object must be a name, no pronoun or nominal.
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
    named: bool = False
    object_labels: frozenset[str] = frozenset()
    subject_labels: frozenset[str] = frozenset()
    qualifiers: dict[str, str] = field(default_factory=dict, hash=False)
    prior: float = 0.7


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


def index_frames(frames: Iterable[Frame]) -> dict[str, list[Frame]]:
    """Frames by trigger lemma, in the order of their ids."""
    index: dict[str, list[Frame]] = {}
    for frame in sorted(frames, key=lambda f: f.id):
        for lemma in frame.lemmas:
            index.setdefault(lemma, []).append(frame)
    return index
