"""Which articles are for training, for tuning and for the last test; kept in a file, so that it never changes."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from claimstake.errors import CorpusError

PARTS = ("train", "dev", "test")
SHARES = (0.70, 0.15, 0.15)
SHINGLE = 8  # words
NEAR = 0.2  # share of common shingles from which two texts count as copies of one


def read(path: Path) -> dict[str, str]:
    """Article id to "train", "dev" or "test".

    Raises:
        CorpusError: a line is not `id<TAB>part`, or an id stands there twice.
    """
    out: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        id_, _, part = line.partition("\t")
        if part not in PARTS or id_ in out:
            raise CorpusError(f"{path.name}:{number}: a line is an article's id, a tab, and one of {', '.join(PARTS)}")
        out[id_] = part
    return out


def write(path: Path, parts: Mapping[str, str]) -> None:
    """Write the file that `read` reads, sorted by id."""
    lines = ["# article\tpart; made once by `claimstake corpus split`, new articles are added, none ever moves"]
    path.write_text("\n".join([*lines, *(f"{k}\t{v}" for k, v in sorted(parts.items()))]) + "\n", encoding="utf-8")


def assign(groups: Mapping[str, Iterable[tuple[str, str]]], fixed: Mapping[str, str] | None = None) -> dict[str, str]:
    """Parts of articles, by shares within each group; articles in `fixed` stay where they are.

    Args:
        groups: name of a group (kind of source) to its articles' ids and texts.
        fixed: parts given earlier.
    """
    out = dict(fixed or {})
    for articles in groups.values():
        stories = _stories(list(articles))
        for story in stories:
            known = next((out[i] for i in story if i in out), None)
            if known is not None:
                out.update(dict.fromkeys(story, known))
        open_ = [s for s in stories if s[0] not in out]
        open_.sort(key=lambda s: hashlib.sha256(s[0].encode()).hexdigest())
        total = sum(len(s) for s in stories)
        wanted = {p: share * total for p, share in zip(PARTS, SHARES, strict=True)}
        for story in stories:
            if story[0] in out:
                wanted[out[story[0]]] -= len(story)
        for story in open_:
            part = max(PARTS, key=lambda p: wanted[p])
            wanted[part] -= len(story)
            out.update(dict.fromkeys(story, part))
    return out


def near_duplicates(articles: Iterable[tuple[str, str]]) -> list[tuple[str, str, float]]:
    """Pairs of articles that share many word sequences, with the share (Broder 1997's resemblance)."""
    shingles = {id_: _shingles(text) for id_, text in articles}
    holders: dict[int, list[str]] = defaultdict(list)
    for id_, found in shingles.items():
        for shingle in found:
            holders[shingle].append(id_)
    together = {(a, b) for ids in holders.values() for i, a in enumerate(ids) for b in ids[i + 1 :]}
    out = []
    for a, b in sorted(together):
        share = len(shingles[a] & shingles[b]) / max(1, len(shingles[a] | shingles[b]))
        if share >= NEAR:
            out.append((a, b, share))
    return out


def _shingles(text: str) -> set[int]:
    words = text.lower().split()
    return {hash(tuple(words[i : i + SHINGLE])) for i in range(max(1, len(words) - SHINGLE + 1))}


def _stories(articles: list[tuple[str, str]]) -> list[list[str]]:
    """Articles by story: near-duplicates together, each list sorted."""
    story = {id_: [id_] for id_, _ in articles}
    for a, b, _ in near_duplicates(articles):
        if story[a] is not story[b]:
            story[a].extend(story[b])
            for id_ in story[b]:
                story[id_] = story[a]
    return sorted({id(s): sorted(s) for s in story.values()}.values())
