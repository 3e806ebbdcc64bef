"""Writes the corpus's inline format, such that `inline.parse` gives the record back; see there for the format.

What the format cannot hold is left out and returned, one `Loss` a thing: mentions that overlap in part, that stand
outside the body, at white space or over a line break, nominal ones, dates and measures without a value; claims whose
evidence cannot be quoted, second claims of one triple; confidences, ids of a knowledge base, extractors. Ids of
mentions and claims are counted anew.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import NamedTuple

from claimstake import ontology
from claimstake.errors import CorpusError
from claimstake.records import EDTF_PATTERN, AnnotatedDocument, Entity, Measure
from claimstake.training import inline
from claimstake.training.inline import CLAIMS, DESCRIBING, MEASURED, TEXT
from claimstake.training.inline_claims import claim_lines

PLAIN = re.compile(r"[\[\]{}\\]")  # characters that need a backslash outside a mention
PLAIN_INSIDE = re.compile(r"[\[\]{}\\|]")
SURROGATE = re.compile("[\ud800-\udfff]")
UNHELD = ("author", "publisher", "source")  # of the document
SAVED = 2  # mentions that a name line must save the name of


class Loss(NamedTuple):
    """Something that the format does not hold: its kind ("mention outside the body", "confidence"), and what it is."""

    kind: str
    thing: str


class Written(NamedTuple):
    """A document in the inline format, and what of it is not in there."""

    text: str
    losses: list[Loss]


@dataclass(frozen=True)
class _Marked:
    """A mention that is written: `number` is its place in the record, `value` the field that it needs."""

    entity: Entity
    number: int
    value: str | None

    @property
    def canonical(self) -> str:
        return self.entity.canonical

    @property
    def default(self) -> str:
        """The name that a mention without a name has."""
        common = ontology.default().labels[self.entity.label].common_noun
        return self.entity.text.lower() if common else self.entity.text


def written(document: AnnotatedDocument, about: Mapping[str, str] | None = None) -> Written:
    """Write a document.

    Args:
        document: with its text; no body stands for the whole text.
        about: genre, outlet, country, spelling and source for the header.

    Raises:
        CorpusError: the record has no text or does not fit it, or its id is not on one line.
    """
    text = _checked(document)
    losses = [Loss("mention nominal", e.text) for e in document.entities if e.mention == "nominal"]
    body = _body(document, losses)
    marked = _markable(document, body, losses)
    names = _names(marked)
    head = "\n".join([*_headers(document, about or {}, losses), *_name_lines(names), TEXT, ""])
    head += _marked_text(text, marked, body, names, losses) + f"\n{CLAIMS}\n"
    record = inline.parse(head, document.doc.id).record
    lines, lost = claim_lines(document, record)
    losses += [*map(Loss._make, lost), *_details(document)]
    return Written(head + "".join(f"{line}\n" for line in lines), losses)


def _checked(document: AnnotatedDocument) -> str:
    """The text of a document that can be written.

    Raises:
        CorpusError: as `written`.
    """
    id_, text = document.doc.id, document.doc.text
    if text is None:
        raise CorpusError(f"{id_}: the record carries no text; annotate with --text")
    if id_ != id_.strip() or "\n" in id_:
        raise CorpusError(f"{id_!r}: an id must stand on one line, without blanks around it")
    if SURROGATE.search(id_ + text + "".join(e.canonical for e in document.entities)):
        raise CorpusError(f"{ascii(id_)[1:-1]}: holds half a surrogate pair, which no UTF-8 file can; mend the text")
    known = {e.id for e in document.entities}
    for e in document.entities:
        if not e.start < e.end <= len(text) or e.text != text[e.start : e.end]:
            raise CorpusError(f"{id_}: mention {e.id} {e.text!r} does not stand at {e.start}:{e.end} of the text")
    for c in document.claims:
        if not {c.subject, c.object} <= known or not c.evidence.start <= c.evidence.end <= len(text):
            raise CorpusError(f"{id_}: claim {c.id} points to mentions or evidence that are not there")
    return text


def _body(document: AnnotatedDocument, losses: list[Loss]) -> list[tuple[int, int]]:
    """The body's ranges in order, none in another; an empty body of a document without mentions is an empty range."""
    whole = (0, len(document.doc.text or ""))
    spans = document.doc.body
    if not spans:
        if spans is not None:
            losses.append(Loss("body", "empty"))
        return [whole if spans is None or document.entities else (0, 0)]
    ranges: list[tuple[int, int]] = []
    for start, end in sorted((min(s.start, whole[1]), min(max(s.start, s.end), whole[1])) for s in spans):
        if ranges and start < ranges[-1][1]:
            losses.append(Loss("body", f"ranges overlap at {start}"))
            ranges[-1] = (ranges[-1][0], max(end, ranges[-1][1]))
        else:
            ranges.append((start, end))
    return ranges


def _markable(document: AnnotatedDocument, body: Sequence[tuple[int, int]], losses: list[Loss]) -> list[_Marked]:
    """The mentions that can be written, in order of the text."""
    found: dict[tuple[int, int, str], _Marked] = {}
    for number, entity in enumerate(document.entities):
        if entity.mention == "nominal":
            continue
        value = _value(entity)
        place = (entity.start, entity.end, entity.label)
        kind = "mention twice" if place in found else _unmarkable(entity, value, body)
        if kind:
            losses.append(Loss(kind, entity.text))
        else:
            found[place] = _Marked(entity, number, value)
    claimed = {end for c in document.claims for end in (c.subject, c.object)}
    ordered = sorted(found.values(), key=lambda m: (m.entity.start, -m.entity.end, m.number))
    crossing = _crossing(ordered, claimed)
    losses += [Loss("mention overlaps another in part", m.entity.text) for m in ordered if m.number in crossing]
    return [m for m in ordered if m.number not in crossing]


def _unmarkable(entity: Entity, value: str | None, body: Sequence[tuple[int, int]]) -> str:
    """Why a mention cannot be written; nothing where it can."""
    if entity.label not in ontology.default().labels:
        return "mention of a label of your own"
    if entity.text != entity.text.strip():
        return "mention at white space"
    if "\n" in entity.text:
        return "mention over a line break"
    if not any(start <= entity.start and entity.end <= end for start, end in body):
        return "mention outside the body"
    if value is None and (entity.label == "DATE" or entity.label in MEASURED):
        return "mention without its value"
    return ""


def _crossing(ordered: Sequence[_Marked], claimed: set[str]) -> set[int]:
    """Numbers of the mentions to leave out so that none overlaps another in part: of two the one without claims, else
    the shorter, else the later."""

    def worth(mention: _Marked) -> tuple[bool, int, int]:
        e = mention.entity
        return e.id in claimed, e.end - e.start, -e.start

    dropped: set[int] = set()
    for i, first in enumerate(ordered):
        for second in ordered[i + 1 :]:
            if second.entity.start >= first.entity.end:
                break
            if second.entity.end > first.entity.end and not {first.number, second.number} & dropped:
                dropped.add(min(first, second, key=worth).number)
    return dropped


def _value(entity: Entity) -> str | None:
    """A mention's value as the format has it; None where it has none of the kind that its label needs."""
    value = entity.value
    if entity.label == "DATE":
        return value if isinstance(value, str) and re.fullmatch(EDTF_PATTERN, value) else None
    if entity.label in MEASURED and isinstance(value, Measure):
        numbers = value.value if isinstance(value.value, tuple) else (value.value,)
        if all(map(isfinite, numbers)) and re.fullmatch(r"\S+", value.unit):
            written = " ".join([value.comparator, *map(_number, numbers), value.unit])
            return written if (value.comparator == "..") == (len(numbers) == 2) else None
    return None


def _number(value: float) -> str:
    """A number without exponent: 160, 0.0001."""
    digits = format(Decimal(repr(value)), "f")
    return digits.removesuffix(".0")


def _names(marked: Iterable[_Marked]) -> dict[str, str]:
    """The name lines that save repetition: by surface the name of its mentions that say nothing else."""
    by_surface: dict[str, list[_Marked]] = defaultdict(list)
    for mention in marked:
        if mention.entity.label != "DATE":
            by_surface[mention.entity.text].append(mention)
    names = {}
    for surface, mentions in by_surface.items():
        canonical, _ = Counter(m.canonical for m in mentions).most_common(1)[0]
        saved = sum(m.default != canonical for m in mentions if m.canonical == canonical)
        spent = sum(m.default == m.canonical for m in mentions if m.canonical != canonical)
        if saved - spent >= (SAVED if _fits_inline(canonical) else 1) and _fits_header(surface, canonical):
            names[surface] = canonical
    return names


def _fits_inline(canonical: str) -> bool:
    return bool(re.match(r"\S", canonical)) and "\n" not in canonical


def _fits_header(surface: str, canonical: str) -> bool:
    return "\n" not in canonical and f"{surface} = {canonical}".split(" = ", 1) == [surface, canonical]


def _name_lines(names: Mapping[str, str]) -> Iterator[str]:
    return (f"name: {surface} = {canonical}" for surface, canonical in names.items())


def _headers(document: AnnotatedDocument, about: Mapping[str, str], losses: list[Loss]) -> Iterator[str]:
    """The header's lines but the names."""
    info = document.doc
    yield f"id: {info.id}"
    if info.published and re.fullmatch(EDTF_PATTERN, info.published):
        yield f"published: {info.published}"
    elif info.published:
        losses.append(Loss("published", info.published))
    title = " ".join((info.title or "").split())
    if title != (info.title or ""):
        losses.append(Loss("title", "white space"))
    yield f"title: {title}"
    yield from (f"{key}: {' '.join(about[key].split())}" for key in DESCRIBING if about.get(key, "").strip())


def _marked_text(
    text: str,
    marked: Sequence[_Marked],
    body: Sequence[tuple[int, int]],
    names: Mapping[str, str],
    losses: list[Loss],
) -> str:
    """The text part: the text with its mentions and the body's braces."""
    opened = Counter(m.entity.start for m in marked)
    closed: dict[int, list[str]] = defaultdict(list)
    for m in sorted(marked, key=lambda m: (-m.entity.start, m.entity.end, m.number)):  # inner before outer
        closed[m.entity.end].append(_fields(m, names, losses))
    braces = _braces(body)
    pieces, depth, before = [], 0, 0
    for place in sorted({*opened, *closed, *braces, len(text)}):
        pieces.append((PLAIN_INSIDE if depth else PLAIN).sub(r"\\\g<0>", text[before:place]))
        pieces += [*closed[place], braces.get(place, ""), "[" * opened[place]]
        depth += opened[place] - len(closed[place])
        before = place
    lines = "".join(pieces).split("\n")
    return "\n".join(f"\\{line}" if line in (TEXT, CLAIMS) else line for line in lines)


def _braces(body: Sequence[tuple[int, int]]) -> dict[int, str]:
    """The braces at each place."""
    found: dict[int, str] = defaultdict(str)
    for start, end in body:
        found[start] += "{{"
        found[end] += "}}"
    return found


def _fields(mention: _Marked, names: Mapping[str, str], losses: list[Loss]) -> str:
    """What stands between a mention's text and its closing bracket, and the bracket."""
    entity = mention.entity
    fields = [entity.label]
    implied = mention.value if entity.label == "DATE" else names.get(entity.text, mention.default)
    if entity.canonical != implied:
        if entity.label != "DATE" and _fits_inline(entity.canonical):
            fields.append(f"~{entity.canonical}")
        else:
            losses.append(Loss("canonical name", f"{entity.text} = {entity.canonical}"))
    if mention.value is not None:
        fields.append(mention.value)
    elif entity.value is not None:
        losses.append(Loss("value", f"{entity.label} {entity.text}"))
    return "".join("|" + PLAIN_INSIDE.sub(r"\\\g<0>", field) for field in fields) + "]"


def _details(document: AnnotatedDocument) -> Iterator[Loss]:
    """What the format has no place for."""
    yield from (Loss(key, value) for key in UNHELD if (value := getattr(document.doc, key)))
    if document.doc.language not in (None, "en"):
        yield Loss("language", document.doc.language or "")
    if document.pipeline:
        yield Loss("pipeline", "its description")
    for e in document.entities:
        yield from (Loss(key, e.text) for key in ("kb_id", "confidence", "extractor") if getattr(e, key) is not None)
    for c in document.claims:
        yield from (Loss(key, c.predicate) for key in ("confidence", "extractor") if getattr(c, key) is not None)
