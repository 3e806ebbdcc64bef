"""Gazetteers: rows of things with their names, and the matcher that finds them in a text.

A row's `aliases` count wherever they stand; its `weak` surfaces ("Target", "Li") only where something supports them,
which the caller decides. Matching is longest-first from every word, in time linear in the text.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from claimstake.errors import KnowledgeError
from claimstake.knowledge.addresses import addresses, outside
from claimstake.knowledge.surfaces import GAP, HYPHENS, NAME_WORD, QUOTES, WORD, Normaliser, Remembered
from claimstake.knowledge.tables import toml

KEYS = {"id", "label", "name", "aliases", "weak", "country", "kind", "broader", "source", "note"}
LOG = logging.getLogger(__name__)
COMMON_NOUNS = frozenset({"MINERAL", "PRODUCT", "TECHNOLOGY"})
INFLECTED = COMMON_NOUNS | {"INSTRUMENT"}
MAX_WORDS = 24
MAX_REMEMBERED = 100_000  # surfaces found, with the rows that fit them
BRACKETED = re.compile(r"\s*\([^()]*\)\s*$")
ALONE, WITH_NEXT = "alone", "with the next"  # how a word may begin a surface
SHORT_CAPITALS = 4  # "IRAN" may be an acronym; it counts as a name in capitals only beside another word in capitals


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
        bare = BRACKETED.sub("", self.name) if self.name.endswith(")") else self.name
        own = () if bare in self.weak or self.name in self.weak else (bare,)
        return own + self.aliases

    def to_json(self) -> dict[str, Any]:
        """The row as an object of a gazetteer file; what is empty is left out."""
        row = {"id": self.id, "label": self.label, "name": self.name, "aliases": list(self.aliases)}
        optional = {"weak": list(self.weak), "country": self.country, "kind": self.kind}
        optional |= {"broader": list(self.broader), "source": self.source}
        return row | {k: v for k, v in optional.items() if v}


class Hit(NamedTuple):
    """A surface found: half-open character offsets, and the rows that have it (strong ones first)."""

    start: int
    end: int
    strong: tuple[Row, ...]
    weak: tuple[Row, ...]


class _Surface(NamedTuple):
    text: str
    row: Row
    strong: bool
    words: str  # normalised, the last one not in the singular


class _Found(NamedTuple):
    text: str
    words: str
    key: str
    among_capitals: bool


@dataclass
class Gazetteer:
    """Rows by id and a matcher over their surfaces.

    Args:
        rows: what to find.
        norms: spelling variants, see `Normaliser`.
        common_nouns: labels whose surfaces match in any case; others match as written, in Title Case or in capitals.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    norms: Mapping[str, str] = field(default_factory=dict)
    common_nouns: frozenset[str] = COMMON_NOUNS

    def __post_init__(self) -> None:
        self._normaliser = Normaliser(self.norms)
        self._surfaces: dict[str, list[_Surface]] = {}
        self._prefixes: set[str] = set()
        self._opens = Remembered(self._opening)
        self._fitting: dict[_Found, tuple[tuple[Row, ...], tuple[Row, ...]]] = {}
        # Surfaces by their first word. They are indexed when a text has the word: most never are, and to index all
        # takes longer than anything else at the start.
        self._unread: dict[str, list[tuple[Row, str, bool]]] = {}
        for row in self.rows.values():
            for surface in row.surfaces:
                self._note(row, surface, True)
            for surface in row.weak:
                self._note(row, surface, False)

    def _note(self, row: Row, surface: str, strong: bool) -> None:
        if first := NAME_WORD.search(surface):
            self._unread.setdefault(self._normaliser.word(first[0])[1], []).append((row, surface, strong))

    def _read(self, first: str) -> None:
        """Index the surfaces that begin with a word (in the singular)."""
        for row, surface, strong in self._unread.get(first, ()):
            self._index(row, surface, strong)
        self._unread.pop(first, None)  # afterwards, for another thread may ask meanwhile

    def _index(self, row: Row, surface: str, strong: bool) -> None:
        words = self._normaliser.words(surface)
        if not words:
            return
        stem = " ".join([word for word, _ in words[:-1]])
        last, one = words[-1]
        whole, key = (f"{stem} {last}", f"{stem} {one}") if stem else (last, one)
        entries = self._surfaces.setdefault(key, [])
        if not any(e.row is row and e.text == surface for e in entries):
            entries.append(_Surface(surface, row, strong, whole))
        while stem and stem not in self._prefixes:  # a known prefix has all of its own prefixes
            self._prefixes.add(stem)
            stem = stem.rpartition(" ")[0]

    def lookup(self, surface: str) -> tuple[Row, ...]:
        """Rows that a whole surface names, strong ones first."""
        words = self._normaliser.words(surface)
        if not words:
            return ()
        key = self._normaliser.key(surface)
        self._read(words[0][1])
        found = _Found(surface, " ".join([w for w, _ in words]), key, False)
        strong, weak = self._rows_of(found, self._surfaces.get(key, ()))
        return (*strong, *weak)

    def find(self, text: str, start: int = 0, end: int | None = None) -> Iterator[Hit]:
        """Yield the longest hit from every word of text[start:end]; hits may nest and overlap."""
        tokens = list(NAME_WORD.finditer(text, start, len(text) if end is None else end))
        if spans := addresses(text):
            tokens = outside(tokens, spans)
        opens = self._opens
        for i in [i for i, token in enumerate(tokens) if opens[token[0]]]:
            if opens[tokens[i][0]] == ALONE or self._goes_on(tokens, i):
                yield from self._longest_from(i, text, tokens)

    def _opening(self, raw: str) -> str:
        """Whether a word, as written, may be a surface ALONE, or begins one WITH_NEXT, or neither (""); the surfaces
        that begin with it are indexed then."""
        first, one = self._normaliser.word(raw)
        self._read(one)
        entries = self._surfaces.get(one)
        if entries and (raw.isupper() or any(self._fit(_Found(raw, first, one, False), entries))):
            return ALONE  # what stands in capitals is judged by the words beside it
        return WITH_NEXT if first in self._prefixes else ""

    def _goes_on(self, tokens: list[re.Match[str]], i: int) -> bool:
        """Whether a surface begins with word i and the next: most names that open with "the" or "new" do not."""
        if i + 1 == len(tokens):
            return False
        first, (word, one) = self._normaliser.word(tokens[i][0])[0], self._normaliser.word(tokens[i + 1][0])
        return f"{first} {word}" in self._prefixes or f"{first} {one}" in self._surfaces

    def _longest_from(self, i: int, text: str, tokens: list[re.Match[str]]) -> Iterator[Hit]:
        surfaces, prefixes, found = self._surfaces, self._prefixes, []
        start = tokens[i].start()
        prefix, key = self._normaliser.word(tokens[i][0])
        for j in range(i, min(i + MAX_WORDS, len(tokens))):
            if j > i:
                if not _joined(text, tokens[j - 1].end(), tokens[j].start()):
                    break
                word, one = self._normaliser.word(tokens[j][0])
                key, prefix = f"{prefix} {one}", f"{prefix} {word}"
            entries = surfaces.get(key)
            if entries:
                stop = tokens[j].end()
                surface = text[start:stop]
                capitals = surface.isupper() and _among_capitals(tokens, i, j)
                found.append((stop, _Found(surface, prefix, key, capitals), entries))
            if prefix not in prefixes:
                break
        seen_labels: set[str] = set()
        for stop, surface, entries in reversed(found):
            if len(surface.text) <= 2 and _part_of_symbol(text, start, stop):
                continue
            strong, weak = self._rows_of(surface, entries)
            if seen_labels:
                strong = tuple(r for r in strong if r.label not in seen_labels)
                weak = tuple(r for r in weak if r.label not in seen_labels)
            if strong or weak:
                yield Hit(start, stop, strong, weak)
                seen_labels.update(r.label for r in strong)

    def _rows_of(self, found: _Found, entries: Iterable[_Surface]) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        """The rows that fit, strong and weak; a surface that stands so in a list goes before the plural of another."""
        known = self._fitting.get(found)
        if known is None:
            if len(self._fitting) > MAX_REMEMBERED:
                self._fitting.clear()
            known = self._fitting[found] = self._fit(found, entries)
        return known

    def _fit(self, found: _Found, entries: Iterable[_Surface]) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        fitting = [e for e in entries if self._number_fits(e, found) and self._case_fits(e, found)]
        if any(e.strong and e.words == found.words for e in fitting):
            fitting = [e for e in fitting if e.words == found.words]
        strong = {e.row.id: e.row for e in fitting if e.strong}
        weak = {e.row.id: e.row for e in fitting if not e.strong and e.row.id not in strong}
        return tuple(strong.values()), tuple(weak.values())

    def _number_fits(self, entry: _Surface, found: _Found) -> bool:
        """As listed, or its plural where the last word is a common noun; never the singular of a listed plural."""
        if entry.words == found.words:
            return True
        inflects = entry.row.label in INFLECTED or entry.text.rpartition(" ")[2].islower()
        return inflects and entry.words == found.key

    def _case_fits(self, entry: _Surface, found: _Found) -> bool:
        text, listed = found.text, entry.text
        if text == listed:
            return True
        if _is_acronym(listed):
            return _acronym_fits(text, listed) or (found.among_capitals and text == f"{listed}S")
        if entry.row.label in self.common_nouns:
            if text.isupper() and listed.islower():  # "GOLD" alone is a ticker, "CHIPS" the short name of an Act
                return entry.strong and (len(text) > SHORT_CAPITALS + 1 or found.among_capitals)
            return entry.strong or text.isupper() == listed.isupper()
        if text.isupper():
            return not listed.islower() and (
                len(text) > SHORT_CAPITALS or (len(text) == SHORT_CAPITALS and found.among_capitals)
            )
        return _words_fit(text, listed)


def _joined(text: str, end: int, start: int) -> bool:
    """Whether two words may belong to one name: blank, hyphen, line break or apostrophe between them."""
    gap = text[end:start]
    return gap in ("", " ", "-") or gap in QUOTES or GAP.fullmatch(text, end, start) is not None


def _among_capitals(tokens: list[re.Match[str]], i: int, j: int) -> bool:
    """Whether a word beside tokens i..j is in capitals and longer than acronyms mostly are: a headline."""
    beside = [tokens[k][0] for k in (i - 1, j + 1) if 0 <= k < len(tokens)]
    return any(word.isupper() and len(word) > SHORT_CAPITALS for word in beside)


def _part_of_symbol(text: str, start: int, end: int) -> bool:
    """Whether one or two letters are part of a word: Li in "Li-ion", U in "U.S.", US in "US$"; not US in "US-made"."""
    after = text[end : end + 1]
    if after == "$" or (after == "." and text[end + 1 : end + 2].isalnum()):
        return True
    if end - start == 2 and text[start:end].isupper():
        return False
    return after in HYPHENS or text[max(start - 1, 0) : start] in HYPHENS


def _is_acronym(surface: str) -> bool:
    if " " in surface or surface.islower():
        return False
    letters = [c for c in surface if c.isalpha()]
    return len(letters) <= 7 and sum(c.isupper() for c in letters) > len(letters) / 2


def _acronym_fits(found: str, listed: str) -> bool:
    """Same letters in the same case but for hyphens and a plural s: "EVs", "VTOL"; never "us" for "US"."""
    if not (found.rstrip("s").isupper() or found.rstrip("s") == listed):
        return False
    return _letters(found) == _letters(listed)


def _letters(word: str) -> list[str]:
    return [c for c in word.rstrip("s") if c.isalnum()]


@cache
def _name_words() -> tuple[frozenset[str], frozenset[str]]:
    """Small words and class words of names, see name_words.toml."""
    words = toml("name_words.toml")
    return frozenset(words["small"]), frozenset(words["class"])


def _words_fit(found: str, listed: str) -> bool:
    """Title Case or as listed, word by word, save small words inside and class words after the first."""
    a, b = WORD.findall(found), WORD.findall(listed)
    if len(a) != len(b):
        return not found.islower()
    small, classes = _name_words()
    for i, (x, y) in enumerate(zip(a, b, strict=True)):
        if x == y or not x.isalpha() or (i and (x in classes or (x.lower() in small and i < len(a) - 1))):
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
    lines = path.read_text(encoding="utf-8").splitlines()
    numbered = [(n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("//")]
    for (number, _), raw in zip(numbered, _objects(path.name, numbered), strict=True):
        yield _row(raw, f"{path.name}:{number}", known)


def _objects(name: str, numbered: list[tuple[int, str]]) -> list[Any]:
    """The JSON of each line, read in one go; line by line where that fails, to say where."""
    try:
        objects = json.loads(f"[{','.join(line for _, line in numbered)}]")
        if len(objects) == len(numbered):
            return objects
    except json.JSONDecodeError:
        pass
    objects = []
    for number, line in numbered:
        try:
            objects.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise KnowledgeError(f"{name}:{number}: not JSON: {error}") from error
    return objects


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
    get = raw.get
    aliases, weak, broader = (tuple(get(k) or ()) for k in ("aliases", "weak", "broader"))
    return Row(raw["id"], raw["label"], raw["name"], aliases, weak, get("country"), get("kind"), broader, get("source"))


def packaged_rows() -> dict[str, Row]:
    """Every row that ships with the package, by id; of two rows with one id the first counts, and the log says so."""
    return dict(_packaged_rows())


@cache
def _packaged_rows() -> dict[str, Row]:
    folder = files("claimstake") / "knowledge" / "data" / "gazetteers"
    rows: dict[str, Row] = {}
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if not path.name.endswith(".jsonl"):
            continue
        for row in read_rows(path):
            if row.id in rows:
                LOG.warning("%s: id %s stands twice, this row is left out", path.name, row.id)
                continue
            rows[row.id] = row
    return rows
