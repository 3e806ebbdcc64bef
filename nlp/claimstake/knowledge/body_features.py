"""Lines of a scraped text as named features, for a classifier that decides which of them are the article.

Three sorts: what the line is like (its length, signs, words), where it stands (among paragraphs, from the page's ends,
whether its words are those of the paragraphs), and what the rules of `body_lines` say of it and its neighbours. Linear
in the text.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from claimstake.knowledge.body_lines import Features
from claimstake.knowledge.body_rules import holds, packaged_rules

BEFORE = ("before:start", "before:body", "before:furniture")  # what the line above was decided to be
_WORDS = 24  # of a line, from each end, that are features by themselves
_READ = 4000  # characters of a line whose words count
_SHORT = 20  # words of a line in which a sign says much
_LENGTHS = (1, 2, 3, 4, 6, 8, 12, 20, 40, 80, 150, 300)
_FEW = (3, 6, 12)
_SHARES = (0.01, 0.15, 0.35, 0.6, 0.85, 0.999)
_PLACES = (1, 2, 3, 5, 9)
_TOKEN = re.compile(r"[^\W\d_][\w'’-]*|\d[\d.,:/-]*")
_SIGNS = re.compile(r"[\W_]+")
_DIGIT = re.compile(r"\d")
_FOREIGN_LETTER = re.compile(r"[^\W\d_\x00-\x7f]")
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())


@dataclass(frozen=True, slots=True)
class Sign:
    """A pattern, and what a line that holds it holds one of; nothing where it is always tried."""

    name: str
    pattern: re.Pattern[str]
    needs: tuple[str, ...] = ()

    def within(self, text: str) -> bool:
        """Whether a line holds it."""
        return (not self.needs or holds(text, self.needs)) and self.pattern.search(text) is not None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """data/body_features.toml, compiled; see the comments there."""

    signs: tuple[Sign, ...]
    function: frozenset[str]
    reader: frozenset[str]
    house: frozenset[str]


@cache
def vocabulary() -> Vocabulary:
    """The signs and words that come with the package, read once."""
    source = files("claimstake.knowledge").joinpath("data/body_features.toml")
    data = tomllib.loads(source.read_text(encoding="utf-8"))
    words = {name: frozenset(listed) for name, listed in data["words"].items()}
    return Vocabulary(tuple(_sign(name, row) for name, row in data["signs"].items()), **words)


def _sign(name: str, row: str | dict[str, Any]) -> Sign:
    if isinstance(row, str):
        return Sign(name, re.compile(row))
    return Sign(name, re.compile(row["pattern"]), tuple(row["needs"]))


def page_features(lines: Sequence[Features], labels: Sequence[str | None], title: str = "") -> list[list[str]]:
    """Features of every line of a page, without those that say what the line above is (`BEFORE`).

    Args:
        lines: as `body_lines.line_features` describes them, blank ones left out.
        labels: what `body_lines.label_lines` says of them.
        title: of the article, where it is known.
    """
    own: dict[int, list[str]] = {}
    said: dict[int, list[str]] = {}  # equal lines are one object
    named = _key(title)
    for line in lines:
        if id(line) not in own:
            said[id(line)] = tokens = _TOKEN.findall(line["text"][:_READ].lower())
            own[id(line)] = line_words(line, tokens)
    places = _Places(lines, said)
    seen: Counter[int] = Counter(id(line) for line in lines)
    out = []
    for i, line in enumerate(lines):
        found = [*own[id(line)], *places.of(i), *_ruled(lines, labels, i)]
        if seen[id(line)] > 1:
            found.append("repeated")
        if named and _key(line["text"]) == named:
            found.append("title")
        found += _alike(lines, i)
        out.append(found)
    return out


def line_words(line: Features, said: Sequence[str]) -> list[str]:
    """What a line says and looks like, taken by itself.

    Args:
        line: as `body_lines.line_features` describes it.
        said: its words in lower case.
    """
    text, known = line["text"], vocabulary()
    tokens = [word if word.isalpha() else _DIGIT.sub("0", word) for word in said]
    size = _bin(line["words"], _LENGTHS)
    found = [f"words:{size}", f"capitals:{_bin(line['capitals'], _SHARES)}"]
    found += [name for name in ("ends_sentence", "prose", "bullet") if line[name]]
    found += [f"heading:{min(line['heading'], 3)}"] if line["heading"] else []
    found += ["links"] if line["links"] else []
    shown = text if len(text) <= 600 else text[:300] + text[-300:]
    signs = [sign.name for sign in known.signs if sign.within(shown)]
    found += [f"sign:{name}|{size}" for name in signs]
    if line["words"] <= _SHORT:
        found += [f"sign:{name}" for name in signs]
    if line["cells"] > 1:
        cells = min(line["cells"], 5)
        found += [f"cells:{cells}", f"cells:{cells}|figures:{min(line['figures'], 3)}"]
    letters = _count_letters(text[:_READ])
    found.append(f"letters:{_bin(letters / max(1, min(len(text), _READ)), (0.3, 0.5, 0.65, 0.75))}")
    if tokens:
        share = sum(map(known.function.__contains__, tokens)) / len(tokens)
        found.append(f"function words:{_bin(share, (0.01, 0.1, 0.2, 0.3, 0.4))}|{size}")
        found += [f"first:{tokens[0]}", f"first two:{' '.join(tokens[:2])}", f"last:{tokens[-1]}"]
        found += ["speaks to reader"] if known.reader.intersection(tokens) else []
        found += ["speaks of itself"] if known.house.intersection(tokens) else []
    near = tokens if len(tokens) <= 2 * _WORDS else tokens[:_WORDS] + tokens[-_WORDS:]
    return found + [f"word:{t}" for t in dict.fromkeys(near)]


def _count_letters(text: str) -> int:
    """Letters of any script; those of ASCII are counted without a pattern, which takes ten times as long."""
    foreign = 0 if text.isascii() else len(_FOREIGN_LETTER.findall(text))
    return foreign + len(text.encode("ascii", "ignore").translate(None, _NO_LETTERS))


class _Places:
    """Where lines stand among the paragraphs of their page."""

    def __init__(self, lines: Sequence[Features], said: dict[int, list[str]]) -> None:
        self.lines = lines
        long = packaged_rules().limits["paragraph_chars"]
        self.long = [i for i, line in enumerate(lines) if line["prose"] and line["chars"] >= long]
        prose = self.long or [i for i, line in enumerate(lines) if line["prose"]]
        self.first, self.last = (prose[0], prose[-1]) if prose else (len(lines), -1)
        self.content = {key: _content(words) for key, words in said.items()}
        self.said = Counter(word for line in lines if line["prose"] for word in self.content[id(line)])
        self.above = self._distances(range(len(lines)))
        self.below = self._distances(reversed(range(len(lines))))

    def of(self, i: int) -> Iterator[str]:
        """Features of the place of line i."""
        line, count = self.lines[i], len(self.lines)
        zone = "head" if i < self.first else "tail" if i > self.last else "middle"
        size = _bin(line["words"], _LENGTHS)
        ends = "." if line["ends_sentence"] else ""
        yield f"zone:{zone}"
        yield f"zone:{zone}|{size}{ends}"
        yield f"from top:{_bin(i, _PLACES)}"
        yield f"from end:{_bin(count - 1 - i, _PLACES)}"
        yield f"paragraph above:{self.above[i]}"
        yield f"paragraph below:{self.below[i]}"
        yield f"between:{self.above[i]}|{self.below[i]}"
        shared = f"shared:{self._shared(line)}"
        yield shared
        yield f"{shared}|{zone}"
        yield f"{shared}|{size}"

    def _shared(self, line: Features) -> str:
        """How much of what a line is about the paragraphs are about, too."""
        words = self.content[id(line)]
        if not words:
            return "none"
        own = 1 if line["prose"] else 0
        return str(_bin(sum(self.said[word] > own for word in words) / len(words), (0.01, 0.26, 0.5, 0.75, 0.999)))

    def _distances(self, order: Sequence[int] | Iterator[int]) -> list[str]:
        """Lines to the nearest paragraph passed on the way through the page, each line's own not counted."""
        out = [""] * len(self.lines)
        last: int | None = None
        long = set(self.long)
        for i in order:
            out[i] = "none" if last is None else str(_bin(abs(i - last), _PLACES))
            if i in long:
                last = i
        return out


def _ruled(lines: Sequence[Features], labels: Sequence[str | None], i: int) -> Iterator[str]:
    """What the rules say of line i and of those around it."""
    line = lines[i]
    yield f"rules:{'furniture' if labels[i] else 'body'}"
    yield f"label:{labels[i]}"
    yield f"kind:{line['kind']}"
    for step, name in ((-2, "2 above"), (-1, "above"), (1, "below"), (2, "2 below")):
        k = i + step
        if not 0 <= k < len(lines):
            yield f"{name}:none"
            continue
        other = lines[k]
        size = _bin(other["words"], _FEW)
        shape = "prose" if other["prose"] else "sentence" if other["ends_sentence"] else size
        yield f"{name}:{shape}"
        yield f"{name}:{'furniture' if labels[k] else 'body'}"
        yield f"{name}:{'furniture' if labels[k] else 'body'}|{shape}|{_bin(line['words'], (3, 6, 12))}"
        if abs(step) == 1:
            yield f"{name}:{labels[k]}"
            yield f"{name} bullet:{other['bullet']}|{line['bullet']}"
    near = [labels[k] is not None for k in range(max(0, i - 4), min(len(lines), i + 5)) if k != i]
    yield f"furniture around:{_bin(sum(near) / max(1, len(near)), (0.01, 0.26, 0.51, 0.76))}"


def _alike(lines: Sequence[Features], i: int) -> Iterator[str]:
    """Whether a line looks like the one above and the one below: entries of one list, rows of one table."""
    own = _shape(lines[i])
    above = i > 0 and _shape(lines[i - 1]) == own
    below = i + 1 < len(lines) and _shape(lines[i + 1]) == own
    yield f"alike:{above:d}{below:d}"
    if above or below:
        yield f"alike:{own}"
    if i and lines[i - 1]["text"].endswith((":", "—")):
        yield "introduced"


def _shape(line: Features) -> str:
    """The kind of a line's beginning, and how many cells it has."""
    text = line["text"]
    start = text[:1]
    kind = "0" if start.isdigit() else "A" if start.isupper() else "a" if start.isalpha() else start
    return f"{kind}{min(line['cells'], 5)}{':' if ':' in text[:40] else ''}{'.' if line['ends_sentence'] else ''}"


def _key(text: str) -> str:
    """A line's letters and digits, to compare it with a title."""
    return _SIGNS.sub("", text.casefold())


def _content(said: Sequence[str]) -> frozenset[str]:
    """Words that say what a line is about, stemmed roughly."""
    common = vocabulary().function
    return frozenset(
        [w.removesuffix("s") for w in dict.fromkeys(said) if len(w) > 3 and w not in common and not w[0].isdigit()]
    )


def _bin(value: float, edges: Sequence[float]) -> int:
    """How many edges a value reaches."""
    return bisect_right(edges, value)
