"""brat standoff folders: what `sinks.brat` writes comes back as it was, other people's as far as a record can hold it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from claimstake.errors import CorpusError
from claimstake.interchange import brat_reading, checking, files, losing
from claimstake.interchange.contract import Holds, Losses
from claimstake.records import AnnotatedDocument, DocumentInfo
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
        for file in files.listed(path, self.suffixes):
            name = file.relative_to(path).with_suffix("").as_posix() if path.is_dir() else file.stem
            try:
                yield _document(file, name, losses)
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


def _document(file: Path, name: str, losses: Losses) -> AnnotatedDocument:
    text = _text(file.with_suffix(".txt"))
    about = _about(file, text)
    info = DocumentInfo(**{"id": name, **about.get("doc", {}), "sha256": checking.sha256(text), "text": text})
    found = brat_reading.read(file, text, info.id, losses)
    return AnnotatedDocument(doc=info, entities=found.entities, claims=found.claims, pipeline=about.get("pipeline"))
