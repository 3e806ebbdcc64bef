"""JSON Lines, one document a line, packed where the name ends in .gz; and one JSON array where that is wanted."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Self, TextIO

from pydantic import ValidationError

from claimstake.errors import ReadError
from claimstake.records import AnnotatedDocument


def to_line(document: AnnotatedDocument) -> str:
    """A document as one line of JSON, without the line end. Same document, same line."""
    return json.dumps(document.to_json(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class JsonLines:
    """Writes documents as they come, each flushed, so that an interrupted run leaves whole lines.

    Args:
        target: path (".gz" is packed), or an open text stream that is left open.
    """

    def __init__(self, target: str | Path | TextIO) -> None:
        self._owned = isinstance(target, str | Path)
        self._stream: TextIO = _open(Path(target)) if isinstance(target, str | Path) else target

    def write(self, document: AnnotatedDocument) -> None:
        self._stream.write(to_line(document) + "\n")
        self._stream.flush()

    def close(self) -> None:
        if self._owned:
            self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class JsonArray(JsonLines):
    """Writes one indented JSON array of documents."""

    def __init__(self, target: str | Path | TextIO) -> None:
        super().__init__(target)
        self._count = 0

    def write(self, document: AnnotatedDocument) -> None:
        text = json.dumps(document.to_json(), ensure_ascii=False, indent=2, allow_nan=False)
        self._stream.write((",\n" if self._count else "[\n") + text)
        self._count += 1

    def close(self) -> None:
        self._stream.write("\n]\n" if self._count else "[]\n")
        self._stream.flush()
        super().close()


def _open(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        # No time in the header: the same documents give the same bytes.
        raw: IO[bytes] = gzip.GzipFile(path, mode="wb", mtime=0)
        return io.TextIOWrapper(raw, encoding="utf-8", newline="\n")
    return path.open("w", encoding="utf-8", newline="\n")


def read(path: str | Path) -> Iterator[AnnotatedDocument]:
    """Documents of a JSON Lines file (.gz too), or of a .json file that holds one or an array of them.

    Raises:
        ReadError: the file cannot be read, or a line is no annotated document; names the file and the line.
    """
    path = Path(path)
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as stream:
            if path.name.removesuffix(".gz").endswith(".json"):
                value = _parsed(stream.read(), str(path))
                for number, item in enumerate(value if isinstance(value, list) else [value], 1):
                    yield _checked(item, f"{path}: document {number}")
                return
            for number, line in enumerate(stream, 1):
                if line.strip():
                    where = f"{path}: line {number}"
                    yield _checked(_parsed(line, where), where)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ReadError(str(path), f"cannot be read: {error}", "check the file") from error


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReadError(where, f"is not JSON: {error}", "write it with claimstake annotate") from error


def _checked(value: Any, where: str) -> AnnotatedDocument:
    try:
        return AnnotatedDocument.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the record"
        problem = f"is no annotated document: {place}: {first['msg']}"
        raise ReadError(where, problem, "write it with claimstake annotate") from error
