"""Documents into pages: articles are annotated first, records that carry their text are taken as they are."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spacy.language import Language

from claimstake import batch
from claimstake.errors import ReadError
from claimstake.explain import triggers
from claimstake.ontology import Ontology
from claimstake.readers import Failure
from claimstake.records import AnnotatedDocument, Article
from claimstake.sinks import jsonl
from claimstake.sinks.page import index_page, page

RECORDS = (".jsonl", ".jsonl.gz", ".json", ".json.gz")
RECORD = re.compile(r'\s*\[?\s*\{\s*"schema_version"\s*:')
UNSAFE = re.compile(r"[^\w.\-]+")
NAME_CHARS = 80  # of a page's file name


@dataclass(frozen=True)
class Shown:
    """A record with its text, and the offsets of its claims' triggers where they are known."""

    article: Article
    record: AnnotatedDocument
    triggers: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def documents(names: Iterable[str], options: batch.Options, load: Callable[[], Language]) -> Iterator[Shown | Failure]:
    """Everything to be shown, in order; `load` is called once, and only where something has to be annotated."""
    nlp: Language | None = None
    for name in names:
        if _is_record(Path(name)):
            yield from _records(Path(name))
            continue
        nlp = nlp or load()
        for item in batch.run(nlp, [name], options):
            yield item if isinstance(item, Failure) else Shown(item.article, item.record, triggers(item.doc))


def write(shown: list[Shown], out: Path | None, ontology: Ontology | None) -> Path | None:
    """Write the pages; returns the page to open, None where there is nothing to show.

    One document gets one page. Several get an index, at `out` where that is a .html name, else in the folder `out`, and
    their pages in a folder.
    """
    if not shown:
        return None
    if len(shown) == 1 and not (out and _is_folder(out)):
        target = out or Path(f"{_stem(shown[0], set())}.claims.html")
        return _save(target, page(shown[0].record, triggers=shown[0].triggers, ontology=ontology))
    index = (out or Path("claims")) / "index.html" if out is None or _is_folder(out) else out
    folder = index.parent if index.name == "index.html" else index.parent / f"{index.stem}_pages"
    back = "index.html" if folder == index.parent else f"../{index.name}"
    taken = {"index"}
    listed = []
    for item in shown:
        path = folder / f"{_stem(item, taken)}.html"
        _save(path, page(item.record, triggers=item.triggers, ontology=ontology, index=back))
        listed.append((item.record, path.relative_to(index.parent).as_posix()))
    return _save(index, index_page(listed))


def _is_record(path: Path) -> bool:
    """Whether a file holds records that claimstake has written."""
    if not path.name.endswith(RECORDS) or not path.is_file():
        return False
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8", errors="replace") as stream:
            return bool(RECORD.match(stream.read(200)))
    except (OSError, EOFError):
        return False  # the readers say what is wrong with it


def _records(path: Path) -> Iterator[Shown | Failure]:
    try:
        for record in jsonl.read(path):
            if record.doc.text is None:
                problem = "the record does not carry its text"
                yield Failure(str(path), problem, "write it with claimstake annotate --text", record.doc.id)
                continue
            yield Shown(Article(id=record.doc.id, text=record.doc.text, source=str(path)), record)
    except ReadError as error:
        yield Failure.of(error)


def _is_folder(out: Path) -> bool:
    return out.is_dir() or out.suffix not in (".html", ".htm")


def _stem(item: Shown, taken: set[str]) -> str:
    plain = UNSAFE.sub("_", item.record.doc.id).strip("._")[:NAME_CHARS] or "document"
    stem, number = plain, 1
    while stem.casefold() in taken:
        number += 1
        stem = f"{plain}-{number}"
    taken.add(stem.casefold())
    return stem


def _save(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
