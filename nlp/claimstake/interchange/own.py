"""The program's own records: JSON Lines, or one JSON array; all that a record can say is kept as it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from pydantic import ValidationError

from claimstake.errors import CorpusError
from claimstake.evaluation.files import ARTICLES
from claimstake.interchange import checking, files
from claimstake.interchange.contract import Holds, Losses
from claimstake.records import AnnotatedDocument


class Records:
    """See `contract.Format`."""

    name = "records"
    says = "claimstake's own records with their texts: JSON Lines, or an array where the name ends in .json"
    suffixes = (".jsonl.gz", ".json.gz", ".jsonl", ".json")
    folder = False
    holds = Holds()

    def recognises(self, start: str) -> bool:
        """By the keys that every record begins with."""
        return '"schema_version"' in start or ('"doc"' in start and '"entities"' in start)

    def read(self, path: Path, losses: Losses) -> Iterator[AnnotatedDocument]:
        """See `contract.Format`; texts of records without any come from articles.jsonl beside them."""
        found = False
        for file in files.listed(path, self.suffixes):
            if path.is_dir() and file.name == ARTICLES:
                continue
            texts = _Texts(file.parent / ARTICLES)
            for where, row in files.json_rows(file, losses):
                found = True
                try:
                    document = _record(row, texts)
                except CorpusError as error:
                    losses.fail(where, str(error))
                else:
                    yield document
        if not found and not losses.failures:
            raise CorpusError(f"{path}: no records in it; claimstake annotate --text writes such")

    def write(self, documents: Iterable[AnnotatedDocument], path: Path, losses: Losses) -> int:
        """See `contract.Format`."""
        with files.appearing_text(path) as stream:
            if path.name.lower().endswith(files.ARRAYS):
                return _write_array(documents, stream)
            count = 0
            for count, document in enumerate(documents, 1):  # noqa: B007 - the last one counts
                stream.write(_json(document, separators=(",", ":")) + "\n")
            return count


def _record(row: Any, texts: _Texts) -> AnnotatedDocument:
    try:
        document = AnnotatedDocument.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the record"
        raise CorpusError(f"is no record: {place}: {first['msg']}") from error
    if document.doc.text is None and (text := texts.get(document.doc.id)) is not None:
        document = document.model_copy(update={"doc": document.doc.model_copy(update={"text": text})})
    checking.check(document)
    return document


class _Texts:
    """Texts by document id of a file of articles; read when first asked for, empty where there is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._texts: Mapping[str, str] | None = None

    def get(self, id_: str) -> str | None:
        if self._texts is None:
            self._texts = dict(self._read())
        return self._texts.get(id_)

    def _read(self) -> Iterator[tuple[str, str]]:
        if not self._path.is_file():
            return
        for _, line in files.lines(self._path, Losses()):
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict) and isinstance(row.get("text"), str):
                yield str(row.get("id")), row["text"]


def _write_array(documents: Iterable[AnnotatedDocument], stream: TextIO) -> int:
    count = 0
    for count, document in enumerate(documents, 1):
        stream.write((",\n" if count > 1 else "[\n") + _json(document, indent=2))
    stream.write("\n]\n" if count else "[]\n")
    return count


def _json(document: AnnotatedDocument, **how: Any) -> str:
    plain = document.to_json()
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, **how)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold escaped
        return json.dumps(plain, allow_nan=False, **how)
    return text
