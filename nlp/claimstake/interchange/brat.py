"""brat standoff folders: what `sinks.brat` writes comes back as it was, others' as far as a record can hold it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from claimstake.errors import CorpusError
from claimstake.interchange import brat_reading, checking, files, losing
from claimstake.interchange.contract import Holds, Losses
from claimstake.records import AnnotatedDocument, DocumentInfo, text_sha256
from claimstake.sinks import brat as sink


class Brat:
    """See `contract.Format`."""

    name = "brat"
    says = "brat standoff: .txt and .ann, with brat's settings; qualifiers are attributes and notes"
    suffixes = (".ann",)
    folder = True
    holds = Holds()

    def recognises(self, start: str) -> bool:
        """By the first annotation."""
        return re.match(r"T\d+\t\S+ \d+ \d+(;\d+ \d+)*\t", start) is not None

    def read(self, path: Path, losses: Losses) -> Iterator[AnnotatedDocument]:
        """See `contract.Format`; a document without documents.jsonl has its path in the folder as its id."""
        abouts = _Abouts(losses)
        for file in files.listed(path, self.suffixes):
            name = file.relative_to(path).with_suffix("").as_posix() if path.is_dir() else file.stem
            try:
                yield _document(file, name, abouts, losses)
            except CorpusError as error:
                where, _, reason = str(error).partition(": ")
                losses.fail(where, reason)

    def write(self, documents: Iterable[AnnotatedDocument], path: Path, losses: Losses) -> int:
        """See `contract.Format`; a mention of nothing but line ends has no place in brat, nor have its claims."""
        folder = sink.Brat(files.fresh(path))
        return sum(
            files.tried(losses, document.doc.id, lambda document=document: _write(folder, document, losses))
            for document in documents
        )


def _write(folder: sink.Brat, document: AnnotatedDocument, losses: Losses) -> None:
    text = checking.text_of(document)
    folder.write(document)
    without = {entity.id for entity in document.entities if not sink.fragments(text, entity)}
    for entity in document.entities:
        if entity.id in without:
            losing.whole_mention(losses, document, entity)
    for claim in document.claims:
        if {claim.subject, claim.object} & without:
            losing.whole_claim(losses, document, claim)


def _document(file: Path, name: str, abouts: _Abouts, losses: Losses) -> AnnotatedDocument:
    text = _text(file)
    about = abouts.of(file)
    info = {"id": name, **about.get("doc", {})}
    if info.get("sha256") not in (None, text_sha256(text)) and info.pop("body", None) is not None:
        losses.add(losing.BODY, info["id"], "the text is another one than when it was written")
    info |= {"sha256": text_sha256(text), "text": text}
    found = brat_reading.read(file, text, info["id"], losses)
    try:
        return AnnotatedDocument(
            doc=DocumentInfo(**info), entities=found.entities, claims=found.claims, pipeline=about.get("pipeline")
        )
    except ValidationError as error:
        where = f"{file.with_name(sink.DOCUMENTS)}: the line of {file.stem}"
        raise CorpusError(f"{where} does not hold together: {error.errors()[0]['msg']}") from error


def _text(file: Path) -> str:
    path = file.with_suffix(".txt")
    try:
        return path.read_bytes().decode("utf-8")  # a byte order mark counts, as it does in brat
    except FileNotFoundError:
        raise CorpusError(f"{file}: there is no {path.name} beside it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: {files.damage(error)}") from error


class _Abouts:
    """What is said of documents as a whole, by folder and name of file; the last line wins."""

    def __init__(self, losses: Losses) -> None:
        self._losses = losses
        self._folders: dict[Path, dict[str, dict[str, Any]]] = {}

    def of(self, file: Path) -> dict[str, Any]:
        if file.parent not in self._folders:
            self._folders[file.parent] = dict(self._read(file.with_name(sink.DOCUMENTS)))
        return self._folders[file.parent].get(file.stem, {})

    def _read(self, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
        for number, line in files.lines(path, self._losses) if path.is_file() else ():
            try:
                row = json.loads(line)
                yield row["file"], {"doc": dict(row["doc"]), "pipeline": row.get("pipeline")}
            except (ValueError, TypeError, KeyError):
                self._losses.fail(f"{path}:{number}", "does not say what a document is; its .ann is read without")
