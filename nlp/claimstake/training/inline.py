r"""Reads the corpus's inline format: an article with its mentions marked in the text, then its claims.

A file has three parts, divided by the lines `=== text` and `=== claims`:

    id: wire-gallium
    published: 2025-07-16
    title: What the article is called
    genre: wire
    outlet: a national news agency
    country: China
    spelling: British
    name: Beijing = China
    === text
    {{[Beijing|PLACE] banned exports of [gallium|MINERAL] on [July 15|DATE|2025-07-15].}}
    === claims
    restricts_export_of | China | gallium | status=in_force; measure=ban; time=event:2025-07-15 | "Beijing banned"

Text: a mention is `[text|LABEL|~canonical|value]`, the last two optional and in any order; mentions nest; `{{` and `}}`
bound the article's body; a backslash makes `[`, `]`, `|`, `{`, `}`, `=` and itself plain. A value is EDTF for a DATE
and `comparator number unit` for a measure (`>= 160 mAh/g`, `.. 5 10 %`). Without `~canonical` the name is the one that
a `name:` line gives the surface, else the text, in lower case for common nouns.

Claims: `A + B` on either side stands for one claim each. Evidence is quoted by its first words, which occur once in the
text, and runs to the end of that sentence; `"first words ... last words"` says where else it ends.

What does not parse raises `CorpusError` with file and line: gold with a slip in it must fail, not score.
`training.inline_text` writes the format.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from claimstake import ontology
from claimstake.errors import CorpusError
from claimstake.records import EDTF_PATTERN, AnnotatedDocument, Claim, DocumentInfo, Entity, Measure, Qualifiers, Span

HEADERS = ("id", "published", "title")
DESCRIBING = ("genre", "outlet", "country", "spelling", "source")  # of the document; free words, for tables and splits
ESCAPED = frozenset("[]|{}=\\")  # what a backslash makes plain
TEXT, CLAIMS = "=== text", "=== claims"  # the lines that divide a file
MEASURED = ("THRESHOLD", "QUANTITY")
RESTRICTS = ("restricts_export_of", "restricts_import_of")
WITH_STATUS = (*RESTRICTS, "imposes_tariff_on", "sanctions", "issues", "covers", "has_threshold", "designates")
ABBREVIATION = re.compile(r"\b(?:[A-Z]|Co|Corp|Inc|Ltd|Mr|Ms|Dr|No|St|vs|e\.g|i\.e)\.$")
SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*(?=\s|$)|\n")
_Found = tuple[int, int, str, str, str | Measure | None]  # start, end, label, canonical name, value
NUMBER = r"[-+]?\d+(?:\.\d+)?"
MEASURE = re.compile(rf"(=|<=|>=|<|>|~|\.\.)\s+({NUMBER})(?:\s+({NUMBER}))?\s+(\S+)")


@dataclass(frozen=True)
class Annotated:
    """One annotated document: what the program gets, and what it should find.

    Args:
        article: id, published, title and text, as a reader would give them.
        record: the gold, in the form of the program's own output.
        about: genre, outlet, country, spelling and source, where the header names them.
    """

    article: dict[str, Any]
    record: AnnotatedDocument
    about: dict[str, str] = field(default_factory=dict)


@dataclass
class _Mention:
    start: int
    line: int
    fields: list[str] = field(default_factory=list)


@dataclass
class _Source:
    """A corpus file cut into its parts; rows are (line number, line)."""

    name: str
    headers: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    text: list[tuple[int, str]] = field(default_factory=list)
    claims: list[tuple[int, str]] = field(default_factory=list)

    def error(self, line: int, message: str) -> CorpusError:
        return CorpusError(f"{self.name}:{line}: {message}")


def read(path: Path) -> Annotated:
    """Parse a corpus file.

    Raises:
        CorpusError: something in it does not parse or does not fit together.
    """
    source = path.read_bytes().decode("utf-8")  # read_text would take carriage returns out of the article's text
    if source.partition("\n")[0].endswith("\r"):
        source = source.replace("\r\n", "\n")
    return parse(source, path.name)


def parse(source: str, name: str) -> Annotated:
    """Parse a document from its source; `name` stands in error messages.

    Raises:
        CorpusError: as `read`.
    """
    parts = _parts(source, name)
    text, found, body = _Text(parts).read()
    gold_entities = _numbered(text, found)
    claims = _claims(parts, text, gold_entities)
    info = DocumentInfo(
        id=parts.headers["id"],
        sha256=hashlib.sha256(text.encode("utf-8")).hexdigest(),
        title=parts.headers["title"] or None,
        published=parts.headers.get("published"),
        language="en",
        text=text,
        body=[Span(start=a, end=b) for a, b in body],
    )
    article = {k: v for k, v in parts.headers.items() if v and k in HEADERS} | {"text": text}
    about = {k: v for k, v in parts.headers.items() if k in DESCRIBING}
    return Annotated(article, AnnotatedDocument(doc=info, entities=gold_entities, claims=claims), about)


def _parts(source: str, name: str) -> _Source:
    parts = _Source(name)
    section = "header"
    for number, line in enumerate(source.split("\n"), 1):
        if line in (TEXT, CLAIMS):
            following = {"header": "text", "text": "claims"}.get(section)
            if line != f"=== {following}":
                raise parts.error(number, f"{line!r} in the wrong place")
            section = following
        elif section == "header":
            _header(parts, number, line)
        else:
            (parts.text if section == "text" else parts.claims).append((number, line))
    if section != "claims":
        raise parts.error(number, "a document needs the parts '=== text' and '=== claims'")
    if missing := {"id", "title"} - set(parts.headers):
        raise parts.error(1, f"header without {', '.join(sorted(missing))}")
    return parts


def _header(parts: _Source, number: int, line: str) -> None:
    key, found, value = line.partition(": ")
    if not line.strip():
        return
    if key == "name" and " = " in value:
        surface, canonical = value.split(" = ", 1)
        if surface in parts.names:
            raise parts.error(number, f"{surface!r} is named twice")
        parts.names[surface] = canonical
    elif found and key in (*HEADERS, *DESCRIBING) and key not in parts.headers:
        parts.headers[key] = value.strip()
    else:
        raise parts.error(number, f"not a header line: {line!r}")
    if key == "published" and not re.fullmatch(EDTF_PATTERN, parts.headers[key]):
        raise parts.error(number, f"published is no EDTF date: {value!r}")


class _Text:
    """The text part, read character by character."""

    def __init__(self, parts: _Source) -> None:
        self.parts = parts
        self.plain: list[str] = []
        self.open: list[_Mention] = []
        self.found: list[_Found] = []
        self.body: list[tuple[int, int]] = []
        self.body_start: int | None = None
        self.used: set[str] = set()

    def read(self) -> tuple[str, list[_Found], list[tuple[int, int]]]:
        """The plain text, the mentions (start, end, label, canonical, value) and the body's spans."""
        rows = self.parts.text
        for row, (number, line) in enumerate(rows):
            self._line(number, line)
            if row + 1 < len(rows):
                self._put("\n")
        last = rows[-1][0] if rows else 1
        if self.open:
            raise self.parts.error(self.open[-1].line, "a mention is never closed")
        if self.body_start is not None or not self.body:
            raise self.parts.error(last, "the body's braces {{ }} are missing or never closed")
        if unused := set(self.parts.names) - self.used:
            raise self.parts.error(last, f"no mention has the surface {sorted(unused)[0]!r} of a name line")
        return "".join(self.plain), self.found, self.body

    def _line(self, number: int, line: str) -> None:
        i = 0
        while i < len(line):
            char, pair = line[i], line[i : i + 2]
            if char == "\\" and i + 1 < len(line) and line[i + 1] in ESCAPED:
                self._put(line[i + 1])
                i += 1
            elif pair in ("{{", "}}"):
                self._brace(number, pair)
                i += 1
            elif char == "[":
                self._opened(number)
            elif char == "|" and self.open:
                self.open[-1].fields.append("")
            elif char == "]":
                self._closed(number)
            else:
                self._put(char)
            i += 1

    def _put(self, char: str) -> None:
        if self.open and self.open[-1].fields:
            self.open[-1].fields[-1] += char
        else:
            self.plain.append(char)

    def _brace(self, number: int, pair: str) -> None:
        if self.open or (self.body_start is None) != (pair == "{{"):
            raise self.parts.error(number, f"{pair!r} in the wrong place")
        if pair == "{{":
            self.body_start = len(self.plain)
        else:
            self.body.append((self.body_start or 0, len(self.plain)))
            self.body_start = None

    def _opened(self, number: int) -> None:
        if self.body_start is None:
            raise self.parts.error(number, "a mention outside the body")
        if self.open and self.open[-1].fields:
            raise self.parts.error(number, "a mention inside a label")
        self.open.append(_Mention(len(self.plain), number))

    def _closed(self, number: int) -> None:
        if not self.open:
            raise self.parts.error(number, "a closing bracket without its opening")
        mention = self.open.pop()
        text = "".join(self.plain[mention.start :])
        if not mention.fields or not text or text != text.strip() or "\n" in text:
            raise self.parts.error(mention.line, f"a mention is [text|LABEL] on one line, not {text!r}")
        label = mention.fields[0]
        if label not in ontology.default().labels:
            raise self.parts.error(mention.line, f"unknown label {label!r} of {text!r}")
        canonical, value = self._fields(mention, text, label)
        self.found.append((mention.start, len(self.plain), label, canonical, value))

    def _fields(self, mention: _Mention, text: str, label: str) -> tuple[str, str | Measure | None]:
        names = [f[1:] for f in mention.fields[1:] if re.match(r"~\S", f)]
        values = [f for f in mention.fields[1:] if not re.match(r"~\S", f)]
        if len(names) > 1 or len(values) != (label == "DATE" or label in MEASURED):
            raise self.parts.error(mention.line, f"{text!r}: a DATE or measure needs one value, no other label has one")
        if text in self.parts.names:
            self.used.add(text)
        value = self._value(mention, label, values[0]) if values else None
        if isinstance(value, str):
            return value, value
        common = ontology.default().labels[label].common_noun
        return (names or [self.parts.names.get(text, text.lower() if common else text)])[0], value

    def _value(self, mention: _Mention, label: str, value: str) -> str | Measure:
        if label == "DATE":
            if not re.fullmatch(EDTF_PATTERN, value):
                raise self.parts.error(mention.line, f"no EDTF date: {value!r}")
            return value
        match = MEASURE.fullmatch(value)
        if match is None or (match[1] == "..") != (match[3] is not None):
            raise self.parts.error(mention.line, f"no measure: {value!r}")
        low = float(match[2])
        return Measure(comparator=match[1], value=low if match[3] is None else (low, float(match[3])), unit=match[4])


def _numbered(text: str, found: list[_Found]) -> list[Entity]:
    ordered = sorted(found, key=lambda m: (m[0], -m[1]))
    return [
        Entity(id=f"e{i}", label=label, text=text[start:end], start=start, end=end, canonical=canonical, value=value)
        for i, (start, end, label, canonical, value) in enumerate(ordered, 1)
    ]


def claims_of(line: str, text: str, entities: list[Entity], *, name: str = "claims", number: int = 1) -> list[Claim]:
    """The claims of one line; their ids count from c1.

    Args:
        entities: in the order of the text.
        name, number: file and line for error messages.

    Raises:
        CorpusError: the line does not parse, or does not fit the text and its mentions.
    """
    parts = _Source(name)
    cells = [cell.strip() for cell in line.split(" | ")]
    if len(cells) != 5:
        raise parts.error(number, 'a claim is: predicate | subject | object | qualifiers | "evidence"')
    predicate, subjects, objects, qualifiers, quoted = cells
    evidence = _evidence(parts, number, text, quoted)
    found = []
    for i, pair in enumerate(product(subjects.split(" + "), objects.split(" + ")), 1):
        subject, object_ = _ends(parts, number, (predicate, *pair), entities, evidence)
        said = _qualifiers(parts, number, predicate, qualifiers, entities)
        ends = {"subject": subject.id, "object": object_.id}
        found.append(Claim(id=f"c{i}", predicate=predicate, **ends, qualifiers=said, evidence=evidence))
    return found


def _claims(parts: _Source, text: str, entities: list[Entity]) -> list[Claim]:
    names = {e.id: e.canonical for e in entities}
    claims: dict[tuple[str, str, str], Claim] = {}
    for number, line in parts.claims:
        if not line.strip() or line.startswith("#"):
            continue
        for claim in claims_of(line, text, entities, name=parts.name, number=number):
            key = (claim.predicate, names[claim.subject], names[claim.object])
            if key in claims:
                raise parts.error(number, f"the same claim twice: {' | '.join(key)}")
            claims[key] = claim.model_copy(update={"id": f"c{len(claims) + 1}"})
    return list(claims.values())


def _ends(
    parts: _Source, number: int, key: tuple[str, str, str], entities: list[Entity], evidence: Span
) -> tuple[Entity, Entity]:
    known = ontology.default().predicates.get(key[0])
    if known is None:
        raise parts.error(number, f"unknown predicate {key[0]!r}")
    sides = []
    for name in key[1:]:
        mentions = [e for e in entities if e.canonical == name]
        if not mentions:
            raise parts.error(number, f"no mention has the canonical name {name!r}")
        inside = [e for e in mentions if evidence.start <= e.start and e.end <= evidence.end]
        sides.append((inside or mentions)[0])
    if not known.accepts(sides[0].label, sides[1].label):
        raise parts.error(number, f"{' | '.join(key)}: not from {sides[0].label} to {sides[1].label}")
    return sides[0], sides[1]


def _evidence(parts: _Source, number: int, text: str, quoted: str) -> Span:
    if len(quoted) < 3 or not (quoted[0] == quoted[-1] == '"'):
        raise parts.error(number, f"evidence stands in quotation marks, not {quoted!r}")
    first, _, last = quoted[1:-1].partition(" ... ")
    if text.count(first) != 1:
        raise parts.error(number, f"evidence occurs {text.count(first)} times, not once: {first!r}")
    start = text.index(first)
    if last:
        end = text.find(last, start)
        if end < 0:
            raise parts.error(number, f"evidence not found: {last!r}")
        return Span(start=start, end=end + len(last))
    return Span(start=start, end=sentence_end(text, start))


def sentence_end(text: str, start: int) -> int:
    for match in SENTENCE_END.finditer(text, start):
        if match[0] == "\n":
            return match.start()
        if not ABBREVIATION.search(text, max(0, match.start() - 8), match.start() + 1):
            return match.end()
    return len(text)


def _qualifiers(parts: _Source, number: int, predicate: str, cell: str, entities: list[Entity]) -> Qualifiers:
    found: dict[str, Any] = {}
    for item in (item.strip() for item in cell.split(";") if cell != "-"):
        key, equals, value = item.partition("=")
        if not equals or not value or key in found:
            raise parts.error(number, f"not a qualifier: {item!r}")
        found[key] = _times(parts, number, value) if key == "time" else value
    if ("status" in found) != (predicate in WITH_STATUS) or ("measure" in found) != (predicate in RESTRICTS):
        raise parts.error(number, f"{predicate}: rules have a status, restrictions a measure, others neither: {cell!r}")
    if found.get("target") and found["target"] not in {e.canonical for e in entities}:
        raise parts.error(number, f"no mention has the target's name {found['target']!r}")
    try:
        return Qualifiers(**found)
    except ValueError as error:
        raise parts.error(number, f"qualifiers {cell!r}: {error}") from error


def _times(parts: _Source, number: int, value: str) -> list[dict[str, str]]:
    times = []
    for item in value.split(","):
        kind, _, date = item.strip().partition(":")
        if not re.fullmatch(EDTF_PATTERN, date):
            raise parts.error(number, f"no EDTF date in {item!r}")
        times.append({"kind": kind, "value": date})
    return times
