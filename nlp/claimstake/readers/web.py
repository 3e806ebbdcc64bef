"""Pages as crawlers store them: the payload of an HTTP response, its format and where it came from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from fastwarc.warc import WarcRecord, WarcRecordType

from claimstake.readers.base import Failure, Limits, Source
from claimstake.readers.items import Item
from claimstake.readers.registry import magic
from claimstake.readers.unpacking import GZIP

# What pages of articles are served as; all else (images, scripts, data) is passed over.
_FORMATS = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    "text/markdown": "text",
    "application/pdf": "pdf",
}
_SCHEMES = frozenset({"http", "https", "ftp", "file"})
_NO_ARTICLES = "/robots.txt"
_OK = 200
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)


@dataclass(frozen=True)
class Page:
    """A page that was fetched.

    Args:
        url: its address.
        format: a key of `registry.READERS`.
        data: the document; None where it is too long.
        encoding: character set that the server stated.
        gzipped: whether `data` could not be decompressed here.
    """

    url: str
    format: str
    data: bytes | None = field(repr=False)
    encoding: str | None = None
    gzipped: bool = False


def http_page(url: str, block: bytes, limits: Limits, *, whole: bool = True) -> Page | None:
    """The page in an HTTP response, without transfer and content encodings; None where it is none.

    Args:
        block: status line, header and payload.
        whole: whether `block` is all of it.
    """
    response = _parsed(block, "none")
    if response.http_headers.status_code != _OK:
        return None
    name = _format(url, response.http_headers.get("Content-Type"))
    if name is None:
        return None
    data, gzipped = _payload(block, limits) if whole else (None, False)
    return _page(url, name, data, response.http_headers.get("Content-Type"), gzipped=gzipped)


def plain_page(url: str, stated: str | None, block: bytes, *, whole: bool = True) -> Page | None:
    """The page that a record holds as it is; `stated` is its content type."""
    name = _format(url, stated)
    return _page(url, name, block if whole else None, stated) if name else None


def item_of(page: Page, source: Source, limits: Limits) -> Item | Failure:
    """A page as a work item of the archive it lies in."""
    where = f"{source.name}: {page.url}"
    if page.data is None or len(page.data) > limits.max_bytes:
        return Failure(where, f"has more than {limits.max_bytes:,} bytes", "raise max_bytes, or leave it out")
    return Item(
        where,
        page.url,
        page.format,
        page.data,
        url=page.url,
        gzipped=page.gzipped,
        stem=page.url,
        encoding=page.encoding,
    )


def _page(url: str, name: str, data: bytes | None, stated: str | None, *, gzipped: bool = False) -> Page | None:
    """None for a page without content: a server that had nothing to say."""
    if data is not None and not data.strip():
        return None
    if data is not None and magic(data[:8]) == "pdf":
        name = "pdf"
    return Page(url, name, data, _charset(stated), gzipped)


def _format(url: str, stated: str | None) -> str | None:
    """The format of a page by its content type, None where it is no article."""
    try:
        address = urlsplit(url)
    except ValueError:
        return None
    if address.scheme.lower() not in _SCHEMES or address.path == _NO_ARTICLES:
        return None
    return _FORMATS.get((stated or "").partition(";")[0].strip().lower())


def _charset(stated: str | None) -> str | None:
    found = _CHARSET.search(stated or "")
    return found[1] if found else None


def _payload(block: bytes, limits: Limits) -> tuple[bytes, bool]:
    """What was sent, and whether it is still compressed: servers and crawlers state encodings that are not there."""
    decodings: tuple[Literal["all", "transfer", "none"], ...] = ("all", "transfer", "none")
    for decoding in decodings:
        try:
            data = _parsed(block, decoding).reader.read(limits.max_bytes + 1)
        except OSError:
            continue
        return data, decoding != "all" and data.startswith(GZIP)
    return b"", False


def _parsed(block: bytes, decoding: Literal["all", "transfer", "none"]) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(WarcRecordType.response)
    record.is_http = True
    record.set_bytes_content(block)
    record.parse_http(auto_decode=decoding, quirks_mode=True)
    return record
