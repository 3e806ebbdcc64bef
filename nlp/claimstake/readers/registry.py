"""Which reader takes which file: by suffix, or by its first bytes where the suffix says nothing."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from claimstake.readers.base import Lister, Reader


def _reader(module: str, function: str = "read") -> Any:
    """A reader that is imported when it is first asked: what reads HTML takes as long to import as spaCy."""

    def read(*args: Any, **options: Any) -> Any:
        return getattr(import_module(f"claimstake.readers.{module}"), function)(*args, **options)

    return read


# One document each.
READERS: dict[str, Reader] = {
    "text": _reader("text"),
    "html": _reader("html"),
    "pdf": _reader("pdf"),
    "docx": _reader("docx"),
    "record": _reader("record"),
}

# Several documents each.
LISTERS: dict[str, Lister] = {
    "json": _reader("records_json", "records"),
    "jsonl": _reader("records_json", "lines"),
    "csv": _reader("tables", "rows_of_csv"),
    "parquet": _reader("tables", "rows_of_parquet"),
    "warc": _reader("warc", "pages"),
    "arc": _reader("arc", "pages"),
    "zip": _reader("packed", "members_of_zip"),
    "tar": _reader("packed", "members_of_tar"),
}

ARCHIVES = frozenset({"warc", "arc", "zip", "tar"})  # hold whole documents
ONE_PASS = frozenset({"jsonl", "warc", "arc", "tar"})  # can be listed as they come in

FORMATS = (*(name for name in READERS if name != "record"), *LISTERS)

SUFFIXES: dict[str, str] = {
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".markdown": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".warc": "warc",
    ".wet": "warc",
    ".arc": "arc",
    ".zip": "zip",
    ".tar": "tar",
    ".tgz": "tar",
    ".tbz2": "tar",
    ".txz": "tar",
}

# Files that lie beside articles in a folder and are passed over without a word.
_NO_ARTICLES = """.avif .bmp .css .gif .ico .jpeg .jpg .js .map .mjs .png .svg .tif .tiff .webp .woff .woff2 .ttf .otf
    .eot .mp3 .mp4 .webm .wav .py .pyc .sh .toml .yaml .yml .ini .cfg .lock .log .xml .xsl .xslt .rss .crc .cdx .cdxj
    .db .db-wal .db-shm .db-journal .sqlite .sqlite-wal .sqlite-shm .sqlite-journal
    .sqlite3 .sqlite3-wal .sqlite3-shm .sqlite3-journal .part .partial .filepart .crdownload .download .tmp .swp"""
IGNORED_SUFFIXES = frozenset(_NO_ARTICLES.split())
# What Spark and Windows leave beside them.
IGNORED_NAMES = frozenset({"_SUCCESS", "_metadata", "_common_metadata", "Thumbs.db", "desktop.ini"})

_MAGIC = (
    (b"%PDF-", "pdf"),
    (b"PAR1", "parquet"),
    (b"\xd0\xcf\x11\xe0", "docx"),
    (b"WARC/1.", "warc"),
    (b"filedesc://", "arc"),
    (b"PK\x05\x06", "zip"),
)
_ZIPPED = b"PK\x03\x04"
# What other formats that are ZIP archives begin with, after the header of their first member.
_OFFICE = re.compile(rb"\[Content_Types\]|_rels/|docProps/|word/|customXml/")
_OTHER_ZIPPED = re.compile(rb"mimetype|META-INF/|xl/|ppt/")
_NAME_AT = 30
_TAR_AT, _TAR = 257, b"ustar"
_BINARY = (b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"Rar!", b"7z\xbc\xaf", b"BZh", b"SQLite")
_MARKUP = re.compile(rb"\s*(?:<!doctype html|<html|<head|<body|<\?xml[^>]{0,200}>\s*(?:<!doctype html|<html))", re.I)
_JSON = re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*[\{\]])")
_JSON_LINES = re.compile(rb"\s*\{[^\n]*\}\s*\n\s*\{")


def magic(head: bytes) -> str | None:
    """The format that the first bytes give away beyond doubt; "binary" for one that is no document."""
    for mark, name in _MAGIC:
        if head.startswith(mark):
            return name
    if head.startswith(_ZIPPED):
        return _zipped(head)
    if head[_TAR_AT:].startswith(_TAR):
        return "tar"
    return "binary" if head.startswith(_BINARY) else None


def _zipped(head: bytes) -> str:
    if _OTHER_ZIPPED.match(head, _NAME_AT):
        return "binary"
    return "docx" if _OFFICE.match(head, _NAME_AT) else "zip"


def sniff(head: bytes) -> str:
    """The likeliest format of a file by its first kilobytes; "binary" where it is none of ours."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    known = magic(head)
    if known:
        return known
    if _MARKUP.match(head):
        return "html"
    if _JSON_LINES.match(head):
        return "jsonl"
    if _JSON.match(head):
        return "json"
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "binary"
    return "text"
