"""Word documents (.docx): paragraphs, lists and tables in reading order; headers, footers and notes are left out."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import docx
from docx.document import Document
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree

from claimstake.readers import metadata
from claimstake.readers.base import Failure, Limits, Source, check_text, without_surrogates
from claimstake.records import Article

_OLE = b"\xd0\xcf\x11\xe0"  # the container of .doc and of encrypted .docx
# python-docx puts this day into every new file that its caller does not date.
_TEMPLATE_DAY = datetime(2013, 12, 23).date()
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OpcError,
    KeyError,
    ValueError,
    etree.LxmlError,
)
_SKIPPED = {qn("w:del"), qn("w:moveFrom"), qn("w:txbxContent")}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TEXT, _TAB, _BREAK, _HYPHEN = qn("w:t"), qn("w:tab"), (qn("w:br"), qn("w:cr")), qn("w:noBreakHyphen")


def read(source: Source, limits: Limits) -> Iterator[Article | Failure]:
    """One article per file."""
    document = _opened(source.read(limits, at_most=limits.max_bytes), source, limits)
    text, notes = without_surrogates("\n".join(_blocks(document)))
    check_text(text, source.name, limits)
    properties = document.core_properties
    published, dated = _published(text, properties.created)
    yield Article(
        id=source.stem,
        text=text,
        title=" ".join((properties.title or "").split()) or _heading(document) or metadata.title_in(text),
        author=_author(properties.author),
        published=published,
        source=source.name,
        notes=[*notes, *dated],
    )


def _opened(data: bytes, source: Source, limits: Limits) -> Document:
    if data.startswith(_OLE):
        raise source.error("is encrypted, or an old .doc file", "remove the password, or save it as .docx")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if size > limits.max_bytes:
            raise source.error(f"unpacks to {size:,} bytes", "split it, or raise max_bytes")
        return docx.Document(io.BytesIO(data))
    except _DAMAGE as error:
        raise source.error("is a damaged Word document, or none", "open and save it again as .docx") from error


def _blocks(document: Document) -> Iterator[str]:
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            yield from _rows(block)
        else:
            yield _paragraph(block)


def _paragraph(paragraph: Paragraph) -> str:
    text = "".join(_pieces(paragraph._p)).strip()
    return f"- {text}" if text and _is_item(paragraph) else text


def _pieces(element: Any) -> Iterator[str]:
    """Text of an element and below, insertions included, deletions not; a stack, because files nest as they like."""
    stack = [element]
    while stack:
        node = stack.pop()
        if node.tag == _TEXT:
            yield node.text or ""
        elif node.tag == _TAB and node.getparent().tag == qn("w:r"):
            yield "\t"
        elif node.tag in _BREAK:
            yield "\n"
        elif node.tag == _HYPHEN:
            yield "-"
        elif node.tag not in _SKIPPED and node.tag != _FALLBACK:
            stack.extend(reversed(node))


def _is_item(paragraph: Paragraph) -> bool:
    properties = paragraph._p.pPr
    if properties is not None and properties.numPr is not None:
        return True
    return (paragraph.style.name or "").startswith("List") if paragraph.style is not None else False


def _rows(table: Table) -> Iterator[str]:
    """One line a row; a merged cell counts once."""
    for row in table._tbl.tr_lst:
        cells = [" ".join(" ".join("".join(_pieces(p)) for p in cell.iter(qn("w:p"))).split()) for cell in row.tc_lst]
        if any(cells):
            yield " | ".join(cells)


def _heading(document: Document) -> str | None:
    """The first paragraph set as title or heading."""
    for paragraph in document.paragraphs[:20]:
        name = paragraph.style.name if paragraph.style is not None else ""
        if (name or "").startswith(("Title", "Heading 1")) and paragraph.text.strip():
            return " ".join(paragraph.text.split())
    return None


def _author(author: str | None) -> str | None:
    return None if author in (None, "", "python-docx") else author


def _published(text: str, created: datetime | None) -> tuple[str | None, list[str]]:
    stated = metadata.published_in(text)
    if stated or created is None or created.date() == _TEMPLATE_DAY:
        return stated, []
    return metadata.parse_date(created), ["published is the day on which the file was made; the text states none"]
