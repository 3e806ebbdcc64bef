"""Gazetteers: rows of things with their names, and the matcher that finds them in a text.

A row's `aliases` count wherever they stand; its `weak` surfaces ("Target", "Li") only where something supports them,
which the caller decides. Matching is longest-first from every word, in time linear in the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from claimstake.errors import KnowledgeError
from claimstake.knowledge.surfaces import GAP, QUOTES, WORD, Normaliser

KEYS = {"id", "label", "name", "aliases", "weak", "country", "kind", "broader", "source", "note", "exact"}
COMMON_NOUNS = frozenset({"MINERAL", "PRODUCT", "TECHNOLOGY"})
MAX_WORDS = 24
BRACKETED = re.compile(r"\s*\([^()]*\)\s*$")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing. `id` is our own slug; `name` is canonical, as an encyclopaedia gives it."""

    id: str
    label: str
    name: str
    aliases: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    country: str | None = None
    kind: str | None = None
    broader: tuple[str, ...] = ()
    source: str | None = None

    @property
    def surfaces(self) -> tuple[str, ...]:
        """Every surface that is safe to match: the name (its bracket left out) and the aliases."""
        bare = BRACKETED.sub("", self.name)
        own = () if bare in self.weak or self.name in self.weak else (bare,)
        return own + self.aliases

    def to_json(self) -> dict[str, Any]:
        row = {"id": self.id, "label": self.label, "name": self.name, "aliases": list(self.aliases)}
        optional = {"weak": list(self.weak), "country": self.country, "kind": self.kind, "broader": list(self.broader)}
        return row | {k: v for k, v in optional.items() if v}


@dataclass(frozen=True, slots=True)
class Hit:
    """A surface found: half-open character offsets, and the rows that have it (strong ones first)."""

    start: int
    end: int
    strong: tuple[Row, ...]
    weak: tuple[Row, ...]


@dataclass(slots=True)
class _Surface:
    text: str
    row: Row
    strong: bool


@dataclass
class Gazetteer:
    """Rows by id and a matcher over their surfaces.

    Args:
        rows: what to find.
        norms: spelling variants, see `Normaliser`.
        common_nouns: labels whose surfaces match in any case; the others match as written, in Title Case or in capitals.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    norms: Mapping[str, str] = field(default_factory=dict)
    common_nouns: frozenset[str] = COMMON_NOUNS

    def __post_init__(self) -> None:
        self._normaliser = Normaliser(self.norms)
        self._surfaces: dict[str, list[_Surface]] = {}
        self._prefixes: set[str] = set()
        for row in self.rows.values():
            self._index(row)

    def _index(self, row: Row) -> None:
        for strong, surfaces in ((True, row.surfaces), (False, row.weak)):
            for surface in surfaces:
                key = self._normaliser.key(surface)
                if not key:
                    continue
                entries = self._surfaces.setdefault(key, [])
                if not any(e.row is row and e.text == surface for e in entries):
                    entries.append(_Surface(surface, row, strong))
                self._add_prefixes(surface)

    def _add_prefixes(self, surface: str) -> None:
        prefix = ""
        for match in WORD.finditer(surface):
            if match.group() in QUOTES:
                continue
            word = self._normaliser.word(match.group())[0]
            prefix = f"{prefix} {word}" if prefix else word
            self._prefixes.add(prefix)

    def lookup(self, surface: str) -> tuple[Row, ...]:
        """Rows that a whole surface names, strong ones first."""
        entries = self._surfaces.get(self._normaliser.key(surface), ())
        fitting = [e for e in entries if self._case_fits(e, surface)]
        return tuple(dict.fromkeys(e.row for e in sorted(fitting, key=lambda e: not e.strong)))

    def find(self, text: str, start: int = 0, end: int | None = None) -> Iterator[Hit]:
        """Yield the longest hit from every word of text[start:end]; hits may nest and overlap."""
        tokens = [(m.start(), m.end(), m.group()) for m in WORD.finditer(text, start, len(text) if end is None else end)]
        tokens = [t for t in tokens if t[2] not in QUOTES]
        words = [self._normaliser.word(t[2]) for t in tokens]
        prefixes, surfaces = self._prefixes, self._surfaces
        for i, (first, one) in enumerate(words):
            if first not in prefixes and one not in surfaces:
                continue
            yield from self._longest_from(i, text, tokens, words)

    def _longest_from(self, i: int, text: str, tokens: list, words: list) -> Iterator[Hit]:
        prefix, found = "", []
        for j in range(i, min(i + MAX_WORDS, len(words))):
            if j > i and not GAP.fullmatch(text, tokens[j - 1][1], tokens[j][0]) and not _possessive_gap(text, tokens, j):
                break
            word, one = words[j]
            key = f"{prefix} {one}" if prefix else one
            entries = self._surfaces.get(key)
            if entries:
                found.append((tokens[j][1], entries))
            prefix = f"{prefix} {word}" if prefix else word
            if prefix not in self._prefixes:
                break
        seen_labels: set[str] = set()
        for stop, entries in reversed(found):
            surface = text[tokens[i][0] : stop]
            fitting = [e for e in entries if self._case_fits(e, surface)]
            strong = dict.fromkeys(e.row for e in fitting if e.strong)
            weak = [r for r in dict.fromkeys(e.row for e in fitting if not e.strong) if r not in strong]
            rows = [r for r in (*strong, *weak) if r.label not in seen_labels]
            if rows:
                yield Hit(tokens[i][0], stop, tuple(r for r in rows if r in strong), tuple(r for r in rows if r not in strong))
                seen_labels.update(r.label for r in rows if r in strong)

    def _case_fits(self, entry: _Surface, found: str) -> bool:
        listed = entry.text
        if found == listed:
            return True
        if _is_acronym(listed):
            return _same_letters(found, listed) and (found.rstrip("s").isupper() or not any(c.isalpha() for c in found))
        if entry.row.label in self.common_nouns:
            return entry.strong or found.isupper() == listed.isupper()
        if found.isupper():
            return len(found) > 4 and not listed.islower()
        return _words_fit(found, listed)


def _possessive_gap(text: str, tokens: list, j: int) -> bool:
    return text[tokens[j - 1][1] : tokens[j][0]] in QUOTES


def _is_acronym(surface: str) -> bool:
    letters = [c for c in surface if c.isalpha()]
    return len(letters) <= 7 and sum(c.isupper() for c in letters) > len(letters) / 2 and " " not in surface


def _same_letters(a: str, b: str) -> bool:
    keep = lambda s: [c for c in s.rstrip("s") if c.isalnum()]  # noqa: E731
    return keep(a) == keep(b)


SMALL_WORDS = frozenset("of the and for in on to a an de la du des del di do da y e et und für a des s al as at by from or with".split())


def _words_fit(found: str, listed: str) -> bool:
    """Title Case or as listed, word by word; small words may have either case."""
    a, b = WORD.findall(found), WORD.findall(listed)
    if len(a) != len(b):
        return not found.islower()
    for x, y in zip(a, b, strict=True):
        if x.lower() in SMALL_WORDS or x == y or not x.isalpha():
            continue
        if y[:1].isupper() and not x[:1].isupper():
            return False
        if y[:1].islower() and x[:1].isupper() and len(a) == 1:
            return False
        if y[:1].isupper() and y[1:].islower() and x.isupper() and len(x) > 1:
            return False
    return True


def read_rows(path: Path | Any, *, labels: Iterable[str] | None = None) -> Iterator[Row]:
    """Rows of a gazetteer file (JSON Lines).

    Args:
        path: a path or an importlib resource.
        labels: labels that exist; None accepts any.

    Raises:
        KnowledgeError: a row is not JSON, lacks id, label or name, or has an unknown key or label; names file and line.
    """
    known = None if labels is None else set(labels)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("//"):
            continue
        where = f"{path.name}:{number}"
        try:
            raw = json.loads(line)
        except json.JSONDecodeError as error:
            raise KnowledgeError(f"{where}: not JSON: {error}") from error
        yield _row(raw, where, known)


def _row(raw: Any, where: str, labels: set[str] | None) -> Row:
    if not isinstance(raw, dict):
        raise KnowledgeError(f"{where}: a row is an object with id, label and name")
    for key in ("id", "label", "name"):
        if not isinstance(raw.get(key), str) or not raw[key].strip():
            raise KnowledgeError(f"{where}: the row has no {key}")
    if set(raw) - KEYS:
        raise KnowledgeError(f"{where}: unknown keys {', '.join(sorted(set(raw) - KEYS))}")
    if labels is not None and raw["label"] not in labels:
        raise KnowledgeError(f"{where}: unknown label {raw['label']}")
    lists = {k: tuple(raw.get(k) or ()) for k in ("aliases", "weak", "broader")}
    return Row(raw["id"], raw["label"], raw["name"], country=raw.get("country"), kind=raw.get("kind"), source=raw.get("source"), **lists)


def packaged_rows() -> dict[str, Row]:
    """Every row that ships with the package, by id.

    Raises:
        KnowledgeError: an id stands twice.
    """
    folder = files("claimstake") / "knowledge" / "data" / "gazetteers"
    rows: dict[str, Row] = {}
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if not path.name.endswith(".jsonl"):
            continue
        for row in read_rows(path):
            if row.id in rows:
                raise KnowledgeError(f"{path.name}: id {row.id} stands twice")
            rows[row.id] = row
    return rows
