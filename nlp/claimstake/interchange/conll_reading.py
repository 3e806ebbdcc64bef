"""Tagged tokens into documents: our own columns, CoNLL-2003, and whatever else has a token first and a tag last.

The schemes are told apart by what only one of them has: IOB2 begins every mention with B, IOB1 only where two of a kind
touch, BIOES (BILOU, BMEWO) marks ends and single tokens too; one rule reads them all. Without offsets the text is built
from the tokens, a blank between two and a line for each sentence, which is said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from claimstake.errors import CorpusError
from claimstake.interchange import files, losing
from claimstake.interchange.contract import Losses
from claimstake.records import AnnotatedDocument, DocumentInfo, Entity, text_sha256

COLUMNS = ("FORM", "START", "END", "AFTER")  # of a token, in front of its tags
GLOBAL, DOCUMENT, BEFORE = "global.columns", "document", "before"
COMMENT = re.compile(r"# ?([\w.]+(?: id)?) ?= ?(.*)", re.DOTALL)
NEW_DOCUMENT = ("newdoc id", "newdoc", DOCUMENT)
TAG = re.compile(r"O|_|([BIESLUMW])-(\S+)")
DOCSTART = "-DOCSTART-"
BEGINS, ENDS = set("BSUW"), set("ESLUW")  # a mention begins, or ends, with such a tag
LOOKED_AT = 40  # lines by which a file is recognised

Row = tuple[int, list[str]]  # number of the line, its columns
Place = tuple[int, int]  # start and end in code points


@dataclass
class _Block:
    """Lines of one document; a row without columns ends a sentence."""

    columns: tuple[str, ...]
    id: str | None = None
    about: dict[str, Any] = field(default_factory=dict)
    before: str = ""
    comments: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    wrong: str = ""  # line and reason, of the first line that is no tagged token

    @property
    def empty(self) -> bool:
        return not self.about and not self.wrong and not any(cells for _, cells in self.rows)

    def take(self, number: int, cells: list[str], problem: str) -> None:
        """A token, or the end of a sentence where there are no cells."""
        width = next((len(known) for _, known in self.rows if known), len(cells))
        if problem or (cells and (len(cells) < 2 or len(cells) != width or not TAG.fullmatch(cells[-1]))):
            width_said = f"{width} columns, the last a tag" if width > 1 else "a token and a tag"
            self.wrong = self.wrong or f"{number}: {problem or f'not {width_said} (O, B-NAME, I-NAME): {cells}'}"
        self.rows.append((number, cells))


def looks_tagged(start: str) -> bool:
    """Whether most of the first lines have several columns, the last of them a tag."""
    rows = [cells for line in start.split("\n")[:LOOKED_AT] if (cells := _cells(line)) and not _comment(line, cells)]
    tagged = [cells for cells in rows if len(cells) > 1 and TAG.fullmatch(cells[-1])]
    return len(tagged) >= 2 and len(tagged) >= 0.8 * len(rows)


def read(path: Path, losses: Losses) -> Iterator[AnnotatedDocument]:
    """Documents of a file; one with a bad line in it fails, those around it go on."""
    stem = path.name.split(".")[0] or "document"
    for number, block in enumerate((block for block in _blocks(path) if not block.empty), 1):
        name = block.id or (stem if number == 1 else f"{stem}-{number}")
        try:
            if block.wrong:
                raise CorpusError(f"{path}:{block.wrong}")
            yield _document(path, block, name, losses)
        except CorpusError as error:
            where, _, reason = str(error).partition(": ")
            losses.fail(where, reason)


def _blocks(path: Path) -> Iterator[_Block]:
    block = _Block(())
    for number, line, problem in files.every_line(path):
        cells = _cells(line)
        comment = None if problem else _comment(line, cells)
        if cells and cells[0] == DOCSTART:
            yield block
            block = _Block(block.columns)
        elif comment is None:
            block.take(number, cells, problem)
        elif comment[0] == GLOBAL:
            block.columns = tuple(comment[1].split())
        elif comment[0] in NEW_DOCUMENT:
            yield block
            block = _opened(block.columns, number, *comment)
        elif comment[0] == BEFORE:
            block.before = _string(comment[1])
        else:
            block.comments.append(line)
    yield block


def _opened(columns: tuple[str, ...], number: int, key: str, value: str) -> _Block:
    """A new document, whose first line is a comment that says so."""
    if key != DOCUMENT:
        return _Block(columns, id=value or None)
    try:
        about = json.loads(value)
        return _Block(columns, id=str(about["doc"]["id"]), about=about)
    except (ValueError, TypeError, KeyError):
        return _Block(columns, wrong=f"{number}: the comment is not what a document is as JSON: {value[:80]!r}")


def _cells(line: str) -> list[str]:
    """Columns between tabs, else between blanks; other white space may be part of a token. A blank line has none."""
    if "\t" in line:
        return line.split("\t")
    return [cell for cell in line.split(" ") if cell] if line.strip() else []


def _comment(line: str, cells: list[str]) -> tuple[str, str] | None:
    """Key and value of a comment; None of a token, which may be a # too."""
    if not line.startswith("#"):
        return None
    if match := COMMENT.fullmatch(line):
        return match[1], match[2].strip()
    return None if len(cells) > 1 and TAG.fullmatch(cells[-1]) else ("", line)


def _string(value: str) -> str:
    """A JSON string; anything else is as if it were empty."""
    try:
        found = json.loads(value)
    except ValueError:
        return ""
    return found if isinstance(found, str) else ""


def _document(path: Path, block: _Block, name: str, losses: Losses) -> AnnotatedDocument:
    own = block.columns[: len(COLUMNS)] == COLUMNS
    text, places = _as_written(path, block) if own else _rebuilt(block, name, losses)
    known = block.about.get("doc", {})
    if known.get("sha256", text_sha256(text)) != text_sha256(text):
        raise CorpusError(f"{path}: {name}: its tokens are not the text that it was written from; was one changed?")
    for comment in block.comments:
        losses.add("comment", name, comment)
    levels = range(len(COLUMNS), len(block.columns)) if own else [-1]
    found = [one for level in reversed(levels) for one in _mentions(block.rows, places, level, name, losses)]
    entities = [
        Entity(id=f"e{number}", label=label, text=text[start:end], start=start, end=end, canonical=text[start:end])
        for number, (start, end, label) in enumerate(sorted(found, key=lambda one: (one[0], -one[1])), 1)
    ]
    info = {"id": name, **known, "sha256": text_sha256(text), "text": text}
    try:
        return AnnotatedDocument(
            doc=DocumentInfo(**info), entities=entities, claims=[], pipeline=block.about.get("pipeline")
        )
    except ValidationError as error:
        raise CorpusError(f"{path}: {name}: does not hold together: {error.errors()[0]['msg']}") from error


def _as_written(path: Path, block: _Block) -> tuple[str, dict[int, Place]]:
    """The text by the offsets of its tokens and what stands between them; places of tokens by number of line."""
    pieces, length = [block.before], len(block.before)
    places: dict[int, Place] = {}
    for number, cells in block.rows:
        if not cells:
            continue
        token, start, end, after = cells[: len(COLUMNS)]
        if not (start.isdecimal() and int(start) >= length and end == str(int(start) + len(token))):
            raise CorpusError(f"{path}:{number}: {token!r} does not stand at {start}-{end}")
        gap = "" if after == "_" else _string(after)
        pieces += [" " * (int(start) - length), token, gap]
        places[number] = int(start), int(end)
        length = int(end) + len(gap)
    return "".join(pieces), places


def _rebuilt(block: _Block, name: str, losses: Losses) -> tuple[str, dict[int, Place]]:
    """A text of the tokens; where their second and third columns are offsets, they stand there."""
    losses.add(losing.TEXT, name, "rebuilt from the tokens")
    given = all(len(cells) > 3 and _fits(*cells[:3]) for _, cells in block.rows if cells)
    pieces: list[str] = []
    length, gap = 0, ""
    places: dict[int, Place] = {}
    for number, cells in block.rows:
        if not cells:
            gap = "\n" if pieces else ""
            continue
        if given and int(cells[1]) >= length:
            gap = gap[: int(cells[1]) - length].ljust(int(cells[1]) - length)
        pieces += [gap, cells[0]]
        places[number] = length + len(gap), length + len(gap) + len(cells[0])
        length, gap = places[number][1], " "
    return "".join(pieces), places


def _fits(token: str, start: str, end: str) -> bool:
    return start.isdecimal() and end.isdecimal() and int(end) - int(start) == len(token)


def _mentions(
    rows: list[Row], places: dict[int, Place], column: int, name: str, losses: Losses
) -> list[tuple[int, int, str]]:
    """Start, end and label of the mentions that one column of tags makes; tags against the column's scheme are said."""
    found: list[tuple[int, int, str]] = []
    strays: list[str] = []
    prefixes: set[str] = set()
    before: tuple[str, str] | None = None  # prefix and label of the token before, inside a mention
    begun = False  # a B where IOB1 would have an I
    for number, cells in rows:
        match = TAG.fullmatch(cells[column]) if cells else None
        if match is None or match[1] is None:
            before = None
            continue
        prefix, label = match.groups()
        prefixes.add(prefix)
        start, end = places[number]
        if before is None or prefix in BEGINS or before[0] in ENDS or label != before[1]:
            begun |= prefix == "B" and (before is None or label != before[1])
            strays += [f"line {number}: {cells[column]}"] if prefix not in BEGINS else []
            found.append((start, end, label))
        else:
            found[-1] = (found[-1][0], end, label)
        before = prefix, label
    if begun or prefixes & set("SUW"):  # not IOB1 nor IOE, where a mention may begin with I
        for stray in strays:
            losses.add("tag against the scheme", name, stray)
    return found
