"""Which lines of a scraped text are the article, and which are page furniture.

Nothing is cut: the answer is character ranges. A line is body unless something speaks against it: a rule of
data/body.toml, or its place (short lines above the headline, headlines after "Most popular"). The work is done in two
steps, `line_features` describes lines, `label_lines` decides; a trained classifier may add a third
(`pipes.body_judging`). Every step is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from claimstake.knowledge.body_description import WORD, Features, describe
from claimstake.knowledge.body_rules import Rules, packaged_rules

Span = tuple[int, int]
Judge = Callable[[Sequence[Features], Sequence[str | None]], Sequence[str | None]]

_LINE = re.compile(r"[^\r\n]+")
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()\s]*\)")
_ABOUT = re.compile(r"about (?!the\b)\S.{1,80}$|about the (?=[A-Z]).{2,80}$", re.I)
_BY_NAME = re.compile(r"(?:\b[Bb]y:? |\band |, )([A-Z][\w'’-]+(?: [A-Z][\w'’.-]+){1,2})")
_NAVIGATION = frozenset({"menu", "interface", "breadcrumb", "promotion", "legal notice", "link"})


def body_spans(text: str, judge: Judge | None = None) -> list[Span]:
    """Half-open character ranges of the article proper, in order, without white space at their ends.

    Lines that follow each other without furniture between them are one range. A text without furniture is one range.

    Args:
        text: of a page.
        judge: decides again, from the features of all lines and from what the rules say of them; None leaves it at
            the rules.
    """
    places = [(found.start(), found.end()) for found in _LINE.finditer(text)]
    lines = [text[start:end] for start, end in places]
    features = line_features(lines)
    labels: Sequence[str | None] = label_lines(features)
    if judge is not None:
        labels = judge(features, labels)
    spans: list[list[int]] = []
    joins = False
    for (start, end), line, label in zip(places, lines, labels, strict=True):
        if not line.strip():
            continue
        pieces = [] if label else _pieces(line, start, end)
        for piece in pieces:
            if joins:
                spans[-1][1] = piece[1]
            else:
                spans.append([*piece])
            joins = piece is pieces[-1] and piece[1] >= start + len(line.rstrip())
        joins = joins and not label
    return [(start, end) for start, end in spans]


def line_features(lines: Sequence[str]) -> list[Features]:
    """Describe every line (blank ones too) on its own and beside its neighbours; plain JSON values.

    Keys: text (without marks), chars, words, ends_sentence, prose, bullet, heading (level), links (share of the line
    that is addresses), capitals (share of words that begin with one), cells (parts between bars, tabs and wide gaps),
    figures (cells that begin with a number), kind and does (of the first rule that matches,
    or None), blank. Equal lines share one dict.
    """
    rules = packaged_rules()
    known: dict[str, Features] = {}
    features = []
    for line in lines:
        if line not in known:
            known[line] = describe(line, rules)
        features.append(known[line])
    return features


def label_lines(features: Sequence[Features]) -> list[str | None]:
    """Name the furniture among lines; None is body. Reads nothing but the features."""
    filled = [i for i, feature in enumerate(features) if not feature["blank"]]
    page = _Page([features[i] for i in filled], packaged_rules())
    labels: list[str | None] = [None] * len(features)
    for i, label in zip(filled, page.label(), strict=True):
        labels[i] = label
    return labels


class _Page:
    """The filled lines of one text, and what their order says about them."""

    def __init__(self, lines: Sequence[Features], rules: Rules) -> None:
        self.lines = lines
        self.rules = rules
        self.labels: list[str | None] = [line["kind"] for line in lines]
        self.first_prose = next((i for i in range(len(lines)) if self._is_prose(i)), len(lines))

    def label(self) -> list[str | None]:
        """One label per line; the order of the steps matters, each sees what those before it decided."""
        self._keep_lone_teasers()
        self._menus()
        self._captions_said_twice()
        self._cut_end()
        self._follow_ups()
        self._publishers()
        self._head()
        self._trailing_teasers()
        self._biographies()
        self._trailing_lines()
        self._wrapper_headings()
        self._empty_sections()
        return self.labels

    def _is_prose(self, i: int) -> bool:
        return self.labels[i] is None and self.lines[i]["prose"]

    def _is_heading(self, i: int) -> bool:
        """A line that opens a section: Markdown heading, "About X", or a rule that says so."""
        line = self.lines[i]
        return bool(line["heading"]) or bool(_ABOUT.match(line["text"]) and line["words"] <= 9 and not line["prose"])

    def _mark(self, i: int, label: str) -> None:
        if self.labels[i] is None:
            self.labels[i] = label

    def _keep_lone_teasers(self) -> None:
        """A biography is one only at the end: `_biographies` decides, not the rule alone."""
        self.biographies = {i for i, label in enumerate(self.labels) if label == "biography"}
        for i in self.biographies:
            self.labels[i] = None

    def _menus(self) -> None:
        """Runs of entries that site menus have, and single lines that are nothing but such entries."""
        limits, rules = self.rules.limits, self.rules
        for start, end in self._runs(self._could_be_entry):
            entries = sum(
                self.labels[i] is not None or self.lines[i]["text"].casefold() in rules.menu for i in range(start, end)
            )
            listed = start > 0 and self.lines[start - 1]["text"].endswith(":")
            if end - start >= limits["menu_run"] and entries >= rules.menu_share * (end - start) and not listed:
                for i in range(start, end):
                    self._mark(i, "menu")
        for i, line in enumerate(self.lines):
            words = [word.casefold() for word in WORD.findall(line["text"])] if line["chars"] <= 300 else []
            if len(words) >= 5 and sum(word in rules.menu for word in words) > 0.8 * len(words):
                self._mark(i, "menu")

    def _could_be_entry(self, i: int) -> bool:
        line = self.lines[i]
        return (
            self.labels[i] in (None, "interface", "legal notice", "teasers", "link")
            and 0 < line["words"] <= self.rules.limits["short_words"]
            and not line["ends_sentence"]
            and not self._is_protected(i)
        )

    def _is_protected(self, i: int) -> bool:
        return bool(self.rules.protected.match(self.lines[i]["text"]))

    def _runs(self, test: Any) -> Iterator[Span]:
        """Half-open ranges of neighbouring lines that fulfil a test."""
        start = None
        for i in range(len(self.lines) + 1):
            inside = i < len(self.lines) and test(i)
            if inside and start is None:
                start = i
            elif not inside and start is not None:
                yield start, i
                start = None

    def _captions_said_twice(self) -> None:
        """Alternative text stands above its caption, which adds the credit."""
        for i in range(len(self.lines) - 1):
            above, below = self.lines[i]["text"], self.lines[i + 1]["text"]
            if self.labels[i + 1] == "caption" and len(above) > 15 and below.startswith(above.rstrip(".")):
                self._mark(i, "caption")

    def _cut_end(self) -> None:
        """Everything from the comments or the author's portrait on."""
        before, after = 0, sum(line["chars"] for i, line in enumerate(self.lines) if self._is_prose(i))
        for i, line in enumerate(self.lines):
            if self._is_prose(i):
                before, after = before + line["chars"], after - line["chars"]
            ends = line["does"] == "end" and before > 0
            if ends or (line["does"] == "tail" and before > 0 and after < before):
                for k in range(i, len(self.lines)):
                    self._mark(k, "end")
                return
            if line["does"] == "tail" and before > 0:
                self.labels[i] = None  # "Comments" as a heading of a rule

    def _follow_ups(self) -> None:
        """What a contact line, a legal heading or a list of teasers draws in below itself."""
        stop = {"contact": self._stops_contact, "section": self._is_heading, "teasers": self._stops_teasers}
        i = 0
        while i < len(self.lines):
            test = stop.get(self.lines[i]["does"]) if self.labels[i] else None
            label = self.labels[i]
            i += 1
            while test and i < len(self.lines) and not test(i) and self.lines[i]["does"] not in stop:
                self._mark(i, str(label))
                i += 1

    def _stops_contact(self, i: int) -> bool:
        """A sentence, a heading, or the label of what comes next; names and addresses are none of these."""
        line = self.lines[i]
        titles = self.labels[i] is None and i + 1 < len(self.lines) and self._is_prose(i + 1)
        label = self.labels[i] is None and (line["text"].endswith(":") or self._is_protected(i))
        return self._is_heading(i) or self._is_prose(i) or line["words"] > 20 or titles or label

    def _stops_teasers(self, i: int) -> bool:
        """A real paragraph, or two sentences in a row, show that the article goes on."""
        if self.lines[i]["heading"]:
            return True
        if not self._is_prose(i):
            return False
        follows = i + 1 < len(self.lines) and self._is_prose(i + 1)
        return self.lines[i]["chars"] >= self.rules.limits["paragraph_chars"] or follows

    def _publishers(self) -> None:
        """ "About X" where X is the wire or paper that spreads the text."""
        i = 0
        while i < len(self.lines):
            start = i
            i += 1
            if self.labels[start] or not self._is_heading(start) or not _ABOUT.match(self.lines[start]["text"]):
                continue
            while i < len(self.lines) and self.labels[i] is None and not self._is_heading(i):
                i += 1
            said = self.lines[start + 1]["text"][:600] if i > start + 1 else ""
            empty = i == start + 1 < len(self.lines) and self.labels[i] is not None
            if empty or self.rules.publisher.search(said):
                for k in range(start, i):
                    self._mark(k, "publisher")

    def _head(self) -> None:
        """Above the first paragraph: the headline counts once, section labels and bits of bylines do not."""
        head = [i for i in range(min(self.first_prose, len(self.lines))) if self.labels[i] is None]
        self._headline_said_twice(head)
        headline = next((i for i in head if self._is_headline(i)), None)
        furniture = any(self.labels[: self.first_prose])
        navigation = any(label in _NAVIGATION for label in self.labels[: headline or 0])
        if headline is None or not furniture:
            return
        for i in head:
            line = self.lines[i]
            short = line["words"] <= self.rules.limits["short_words"] and not line["ends_sentence"]
            if not short or line["heading"] or line["bullet"] or self._is_protected(i):
                continue
            if i < headline:
                if navigation:
                    self._mark(i, "menu")
            elif i + 1 < self.first_prose and line["text"].casefold() not in self.rules.openers:
                self._mark(i, "byline")

    def _is_headline(self, i: int) -> bool:
        line = self.lines[i]
        return line["heading"] == 1 or (self.labels[i] is None and line["words"] > self.rules.limits["short_words"])

    def _headline_said_twice(self, head: Sequence[int]) -> None:
        """The page's title above the headline: the last one is the article's."""
        last: dict[str, int] = {}
        for i in reversed(head):
            key = re.sub(r"\W+", "", self.lines[i]["text"]).casefold()
            longer = re.sub(r"\W+", "", re.split(r" [|–—-] ", self.lines[i]["text"])[0]).casefold()
            if len(key) >= 20 and (key in last or longer in last):
                self._mark(i, "headline said twice")
            last[key] = i

    def _trailing_teasers(self) -> None:
        """After the last paragraph, headlines that stand beside bylines and days are other articles."""
        last = max((i for i in range(len(self.lines)) if self._is_paragraph(i)), default=len(self.lines))
        marks = [i for i in range(last + 1, len(self.lines)) if self.labels[i] in ("byline", "metadata")]
        if len(marks) < 3:
            return
        for i in range(max(last + 1, marks[0] - 3), len(self.lines)):
            if not self.lines[i]["ends_sentence"] or self.lines[i]["words"] < self.rules.limits["prose_words"]:
                self._mark(i, "teasers")

    def _is_paragraph(self, i: int) -> bool:
        return self._is_prose(i) and self.lines[i]["chars"] >= self.rules.limits["paragraph_chars"]

    def _biographies(self) -> None:
        """Lines about the author are biography where no paragraph follows."""
        names = [found[1] for i, label in enumerate(self.labels) if label == "byline" for found in self._names(i)]
        for i in reversed(range(len(self.lines))):
            if i in self.biographies or (self.labels[i] is None and self.lines[i]["text"].startswith(tuple(names))):
                self._mark(i, "biography")
            elif self._is_prose(i):
                return

    def _names(self, i: int) -> Iterator[re.Match[str]]:
        return _BY_NAME.finditer(self.lines[i]["text"])

    def _trailing_lines(self) -> None:
        """Scraps below the first furniture that stands after the last sentence."""
        last = max((i for i in range(len(self.lines)) if self._is_prose(i)), default=len(self.lines))
        begun = False
        for i in range(last + 1, len(self.lines)):
            begun = begun or self.labels[i] is not None
            if begun and not self.lines[i]["heading"] and not self._is_protected(i):
                self._mark(i, "trailing")

    def _wrapper_headings(self) -> None:
        """ "## Summary" right under the metadata of a repository's wrapper."""
        for i in range(1, len(self.lines)):
            text = self.lines[i]["text"].casefold().rstrip(":")
            if self.lines[i]["heading"] and text in self.rules.wrapper and self.labels[i - 1] == "metadata":
                self._mark(i, "wrapper")

    def _empty_sections(self) -> None:
        """A Markdown heading over nothing but furniture is furniture."""
        filled: bool | None = None
        for i in reversed(range(len(self.lines))):
            if self.lines[i]["heading"] >= 2:
                if filled is False:
                    self._mark(i, "empty section")
                filled = None if self.labels[i] else True
            elif self.labels[i] is None:
                filled = True
            elif filled is None:
                filled = False


def _pieces(line: str, start: int, end: int) -> list[Span]:
    """The ranges of a body line, images in it left out."""
    cuts = [(found.start(), found.end()) for found in _IMAGE.finditer(line)]
    edges = [0, *(edge for cut in cuts for edge in cut), end - start]
    pieces = []
    for left, right in zip(edges[::2], edges[1::2], strict=True):
        piece = line[left:right]
        left += len(piece) - len(piece.lstrip())
        right -= len(piece) - len(piece.rstrip())
        if left < right:
            pieces.append((start + left, start + right))
    return pieces
