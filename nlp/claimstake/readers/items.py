"""Work items: the bytes of one document, or one record of a table, with all that is needed to read it elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

KEY_LENGTH = 32  # hexadecimal digits of an item's key: 128 bits


@dataclass(frozen=True)
class Item:
    """One unit of work; what lists items does not parse them, whoever gets one does (`streaming.articles`).

    Args:
        source: what messages and `Article.source` show: "news.zip: a/b.html", "x.jsonl: line 3".
        id: of the article where the document states none of its own; never depends on where the archive lies.
        format: a key of `registry.READERS` for `data`; "record" for one record as JSON.
        data: the document's bytes, or the record as JSON.
        url: address it was fetched from, where the container says so (WARC).
        gzipped: whether `data` is to be decompressed first.
        stem: a shorter id, for those who see to it that no two documents have the same.
        encoding: character set that the container states for `data` (WARC).
        notes: for the article, such as what its table was decoded with.
        published: EDTF date that whoever pointed to the document gives it, for one that states none (a feed).
    """

    source: str
    id: str
    format: str
    data: bytes = field(repr=False)
    url: str | None = None
    gzipped: bool = False
    stem: str = ""
    encoding: str | None = None
    notes: tuple[str, ...] = ()
    published: str | None = None

    @property
    def key(self) -> str:
        """Hash of format, id, address and bytes: the same document met in two places is one item."""
        digest = hashlib.blake2b(digest_size=KEY_LENGTH // 2)
        for part in (self.format, self.id, self.url or ""):
            digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
        digest.update(self.data)
        return digest.hexdigest()
