"""Checks annotated documents: that each parses, and what the whole holds against what it should hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from claimstake import ontology
from claimstake.errors import CorpusError
from claimstake.records import AnnotatedDocument, Entity
from claimstake.training import inline
from claimstake.training.inline import Annotated

OPENING_ARTICLE = re.compile(r"(?:the|a|an)\s", re.I)
NESTING = ("MINERAL", "PRODUCT", "PLACE")  # what may stand inside a TECHNOLOGY, guidelines 2.2
PART_OF_NAME = re.compile(r"\w['’]s$|^['\"“‘]|['\"”’]$")


@dataclass
class Report:
    """What a check found.

    Args:
        errors: one line each, file and line first: what must be mended.
        warnings: what an annotator should look at again.
        documents: the documents that parse, by path.
        counts: how often each label, predicate, status, polarity, certainty, genre and country occurs.
    """

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    documents: dict[Path, Annotated] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(default_factory=dict)


def files(paths: Iterable[Path]) -> list[Path]:
    """The corpus files (`*.md`) among files and folders, in order of their names.

    Raises:
        CorpusError: a path does not exist, or none holds a corpus file.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise CorpusError(f"{path}: there is no such file or folder")
        found += sorted(path.rglob("*.md")) if path.is_dir() else [path]
    if not found:
        raise CorpusError(f"{', '.join(map(str, paths))}: no corpus files (*.md) there")
    return found


def check(paths: Iterable[Path]) -> Report:
    """Read every file; errors do not stop the rest.

    Raises:
        CorpusError: as `files`.
    """
    report = Report()
    ids: dict[str, Path] = {}
    for path in files(paths):
        try:
            document = inline.read(path)
        except (CorpusError, UnicodeDecodeError) as error:
            message = str(error)
            report.errors.append(message if message.startswith(path.name) else f"{path.name}:1: {message}")
            continue
        id_ = document.article["id"]
        if id_ in ids:
            report.errors.append(f"{path.name}:1: the id {id_!r} is also that of {ids[id_].name}")
        ids[id_] = path
        report.documents[path] = document
        report.errors += [f"{path.name}: {problem}" for problem in nested(document.record)]
        report.warnings += [f"{path.name}: {oddity}" for oddity in odd(document.record)]
    report.counts = count(report.documents.values())
    return report


def count(documents: Iterable[Annotated]) -> dict[str, Counter[str]]:
    """How often each value occurs, by kind of value, and the sums under "sum"."""
    kinds = ("label", "predicate", "status", "polarity", "certainty", "measure", "genre", "country", "spelling", "sum")
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in kinds}
    for document in documents:
        record, about = document.record, document.about
        for kind in ("genre", "country", "spelling"):
            if kind in about:
                counts[kind][about[kind]] += 1
        counts["label"].update(e.label for e in record.entities)
        counts["predicate"].update(c.predicate for c in record.claims)
        for kind in ("status", "polarity", "certainty", "measure"):
            counts[kind].update(v for c in record.claims if (v := getattr(c.qualifiers, kind)))
        body = sum(len(record.doc.text[s.start : s.end].split()) for s in record.doc.body)
        counts["sum"].update(
            documents=1,
            words=len(record.doc.text.split()),
            body_words=body,
            entities=len(record.entities),
            claims=len(record.claims),
            with_furniture=len(record.doc.text.split()) > body,
        )
    return counts


def nested(record: AnnotatedDocument) -> Iterator[str]:
    """Mentions that overlap otherwise than a good inside a technology, one line each; nominal ones do not count."""
    for outer, inner in overlapping(record):
        yield f"{inner.label} {inner.text!r} lies inside {outer.label} {outer.text!r}"


def overlapping(record: AnnotatedDocument) -> Iterator[tuple[Entity, Entity]]:
    """The mentions of `nested`, the one that begins first in front."""
    entities = sorted((e for e in record.entities if e.mention == "name"), key=lambda e: (e.start, -e.end))
    for i, outer in enumerate(entities):
        for inner in entities[i + 1 :]:
            if inner.start >= outer.end:
                break
            if not (outer.label == "TECHNOLOGY" and inner.label in NESTING and inner.end <= outer.end):
                yield outer, inner


def odd(record: AnnotatedDocument) -> Iterator[str]:
    """What an annotator should look at again among names, one line each; each label must be one of the ontology's."""
    known = ontology.default().labels
    labels: dict[str, set[str]] = {}
    for e in (e for e in record.entities if e.mention == "name"):
        labels.setdefault(e.canonical, set()).add(e.label)
        if OPENING_ARTICLE.match(e.text) and e.label not in ("DATE", "ORGANIZATION"):
            yield f"{e.label} {e.text!r} opens with an article"
        if PART_OF_NAME.search(e.text) and e.label not in ("DATE", "PRODUCT"):
            yield f"{e.label} {e.text!r} has a possessive or quotation marks at its edge"
        if known[e.label].common_noun and e.canonical and e.canonical.endswith("ies") and e.canonical == e.text.lower():
            yield f"{e.canonical!r} looks plural: common nouns have the singular as their name"
    for canonical, found in labels.items():
        if len(found) > 1:
            yield f"{canonical!r} is both {' and '.join(sorted(found))}"
