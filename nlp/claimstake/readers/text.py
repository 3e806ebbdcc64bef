"""Plain text and Markdown: the text exactly as decoded, so that offsets are those of the file."""

from __future__ import annotations

from collections.abc import Iterator

from claimstake.readers import metadata
from claimstake.readers.base import Failure, Limits, Source, check_text, without_surrogates
from claimstake.readers.encodings import decode
from claimstake.records import Article


def read(source: Source, limits: Limits) -> Iterator[Article | Failure]:
    """One article per file; line ends stay as they are, only a byte order mark is dropped."""
    decoded = decode(source.read_text_bytes(limits), source.encoding)
    text, notes = without_surrogates(decoded.text)
    check_text(text, source.name, limits)
    yield Article(
        id=source.stem,
        text=text,
        title=metadata.title_in(text),
        published=metadata.published_in(text),
        source=source.name,
        notes=[*decoded.notes, *notes],
    )
