"""PDF: the lines of every page, joined into paragraphs, without running heads, running feet and page numbers.

Offsets point into the joined text. Scanned pages have no text and fail; nothing is recognised from images.
Several columns are read in the order in which the file stores them, which is the reading order in most files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import pypdfium2

from claimstake.readers import metadata
from claimstake.readers.base import Failure, Limits, Source, check_text, too_long, without_surrogates
from claimstake.records import Article

_SOFT_HYPHEN = "\ufffe"  # what PDFium writes for a hyphen at a line's end
_EDGE_LINES = 3  # lines at the top and bottom of a page that may be running heads or feet
_MARGIN = 0.045  # of the page's height; no text proper stands so near to its edge
_REPEATED_ON = 0.5  # share of pages
_PARAGRAPH_GAP = 1.35  # times the usual distance between lines; 1.2 is set within paragraphs
_INDENT = 6.0  # points
_LONG = 60  # characters; headings are shorter
_SHORT_LINE = 0.8  # of the widest line; shorter ones may end a paragraph
_FONT_CHANGE = 1.15  # ratio of line heights that separates a heading from its paragraph
_JUNK_TITLE = re.compile(r"^(?:microsoft word|untitled|\(?anonymous|.*\.(?:docx?|indd|pdf|qxd|pptx?)$)", re.I)
_PAGE_NUMBER = re.compile(r"[-–— ]*(?:page\s*)?\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?[-–— ]*|[ivxl]{1,7}", re.I)
_CREATED = re.compile(r"D:(\d{4})(\d\d)(\d\d)")
_ITEM = re.compile(r"(?:[•‣▪●○–*-]|\((?:[a-z]|\d{1,2}|[ivx]{1,5})\))\s")
_NUMBERED = re.compile(r"(?:[a-zA-Z]|\d{1,2}|[ivxIVX]{1,5})[.)]\s")  # or the end of a sentence: "July\n12. It"
_WORD_BEFORE = re.compile(r"([A-Za-z]+)$")
_WORD_AFTER = re.compile(r"^([A-Za-z]+)")

# Words, not syllables: a line that ends or begins with one broke at the hyphen of a compound.
_HEADS = """all cross deep dual export five four free government half high import large last lithium long low market mid
    multi near nickel one rare self short single six small sodium solid state ten third three top two well world zero"""
_TAILS = """absorbed acid backed based bearing binding carbon controlled cost country day earth efficiency end energy
    fired foot free fuel grade growing hand intensive ion kilometre led level listed made making metal month off only
    out owned party phosphate produced producing purity quality quarter rate related rich run scale sector sized speed
    state supported tech term time ton tonne trade up use value volume wide year"""
_COMPOUND_HEADS = frozenset(_HEADS.split())
_COMPOUND_TAILS = frozenset(_TAILS.split())


@dataclass(frozen=True)
class Line:
    """One line of a page, in points from its lower left corner."""

    text: str
    left: float
    right: float
    bottom: float
    height: float


def read(source: Source, limits: Limits) -> Iterator[Article | Failure]:
    """One article per file."""
    data = source.read(limits, at_most=limits.max_bytes)
    with _opened(data, source) as document:
        pages = _without_running_lines([_without_margins(*page) for page in _pages(document, source, limits)])
        given = document.get_metadata_dict()
    paragraphs = _joined_across_pages([list(_paragraphs(page)) for page in pages])
    vocabulary = Counter(re.findall(r"[a-z]+", " ".join(paragraphs).lower()))
    text = "\n\n".join(_dehyphenated(paragraph, vocabulary) for paragraph in paragraphs)
    text, notes = without_surrogates(text.replace("\0", ""))
    if not text.strip():
        raise source.error("has no text layer, probably scanned pages", "run OCR on it first")
    check_text(text, source.name, limits)
    published, dated = _published(text, given)
    yield Article(
        id=source.stem,
        text=text,
        title=_title(text, given.get("Title", "")),
        author=_named(given.get("Author", "")),
        published=published,
        source=source.name,
        notes=[*notes, *dated],
    )


def _opened(data: bytes, source: Source) -> pypdfium2.PdfDocument:
    if not data.strip():
        raise source.error("holds no text", "leave it out, or check how it was saved")
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise source.error("is encrypted", "remove the password, for example with qpdf --decrypt") from error
        raise source.error("is a damaged PDF, or none", "open and save it again, or download it again") from error


def _pages(document: pypdfium2.PdfDocument, source: Source, limits: Limits) -> Iterator[tuple[list[Line], float]]:
    """Lines and height of every page."""
    chars = 0
    for number in range(len(document)):
        try:
            page = document[number]
            text_page = page.get_textpage()
            lines, height = _lines(text_page), page.get_height()
        except pypdfium2.PdfiumError as error:
            raise source.error(f"page {number + 1} is damaged", "open and save the PDF again") from error
        text_page.close()
        page.close()
        chars += sum(len(line.text) for line in lines)
        if chars > limits.max_chars:
            raise too_long(source.name, limits)
        yield lines, height


def _lines(page: pypdfium2.PdfTextPage) -> list[Line]:
    """Lines with their places; a line whose end PDFium marked as hyphenated is cut there."""
    text, lines, start = page.get_text_range(), [], 0
    exact = len(text) == page.count_chars()  # beyond the basic plane, characters and boxes are not in step
    for piece in re.split(f"(\r\n|\n|\r|{_SOFT_HYPHEN})", text):
        words = piece.strip()
        if piece == _SOFT_HYPHEN and lines:
            lines[-1] = Line(lines[-1].text + _SOFT_HYPHEN, *_box(lines[-1]))
        elif words:
            first = start + len(piece) - len(piece.lstrip())
            place = _place(page, first, first + len(words) - 1) if exact else (0.0, 0.0, 0.0, 0.0)
            lines.append(Line(" ".join(words.split()), *place))
        start += len(piece)
    return lines


def _box(line: Line) -> tuple[float, float, float, float]:
    return line.left, line.right, line.bottom, line.height


def _place(page: pypdfium2.PdfTextPage, first: int, last: int) -> tuple[float, float, float, float]:
    left, bottom, _, top = page.get_charbox(first, loose=True)
    _, _, right, _ = page.get_charbox(last, loose=True)
    return left, right, bottom, top - bottom


def _without_margins(lines: list[Line], height: float) -> list[Line]:
    """Lines that do not lie in the outermost margin; all of them where that would leave nothing."""
    low, high = _MARGIN * height, (1 - _MARGIN) * height
    inside = [line for line in lines if not line.height or low <= line.bottom <= high]
    return inside or lines


def _without_running_lines(pages: list[list[Line]]) -> list[list[Line]]:
    """Pages without page numbers and without lines that stand at the edge of many pages."""
    seen = Counter(key for page in pages for key in {_key(line) for line in _edges(page)})
    running = {key for key, count in seen.items() if count > 1 and count >= _REPEATED_ON * len(pages)}
    return [_trimmed(page, running) for page in pages]


def _edges(page: list[Line]) -> list[Line]:
    """The highest and the lowest lines; their order in the file says nothing."""
    ordered = sorted(page, key=lambda line: line.bottom)
    return ordered[:_EDGE_LINES] + ordered[-_EDGE_LINES:]


def _key(line: Line) -> str:
    """The line without its numbers, which change from page to page, and its place on the page."""
    return f"{round(line.bottom / 10)} {re.sub(r'[0-9]+', '#', line.text)}"


def _trimmed(page: list[Line], running: set[str]) -> list[Line]:
    edges = {id(line) for line in _edges(page)}
    return [
        line
        for line in page
        if not (id(line) in edges and (_key(line) in running or _PAGE_NUMBER.fullmatch(line.text)))
    ]


def _paragraphs(lines: Sequence[Line]) -> Iterator[str]:
    """Lines joined where nothing says that a new paragraph begins."""
    gaps = [a.bottom - b.bottom for a, b in zip(lines, lines[1:], strict=False) if a.bottom > b.bottom]
    usual = median(gaps) if gaps else 0.0
    widest = max((line.right for line in lines), default=0.0)
    held: list[Line] = []
    for line in lines:
        if held and _begins_paragraph(held[-1], line, usual, widest):
            yield _joined(held)
            held = []
        held.append(line)
    if held:
        yield _joined(held)


def _begins_paragraph(before: Line, line: Line, usual: float, widest: float) -> bool:
    if before.text.endswith(_SOFT_HYPHEN):
        return False
    gap = before.bottom - line.bottom
    tall, low = max(before.height, line.height), min(before.height, line.height)
    ended = before.text.endswith((".", "!", "?", ":", ".”", '."', ".)")) and before.right < _SHORT_LINE * widest
    return (
        gap > _PARAGRAPH_GAP * usual > 0
        or gap < 0
        or tall > _FONT_CHANGE * low > 0
        or ended
        or bool(_ITEM.match(line.text))
        or (bool(_NUMBERED.match(line.text)) and before.text.endswith((".", ":", ";")))
        or (before.text.endswith(".") and line.left - before.left > _INDENT)
    )


def _joined(lines: Sequence[Line]) -> str:
    return "\n".join(line.text for line in lines)


def _dehyphenated(paragraph: str, vocabulary: Counter[str]) -> str:
    """One line of text; a hyphen at a line's end goes only where the joined word is one."""
    parts = re.split(f"(?:{_SOFT_HYPHEN}|(?<=[^\\s-])-(?=\n))\n?", paragraph)
    text = parts[0]
    for part in parts[1:]:
        text += ("" if _is_one_word(text, part, vocabulary) else "-") + part
    return text.replace("\n", " ")


def _is_one_word(before: str, after: str, vocabulary: Counter[str]) -> bool:
    """Whether "lith-" and "ium" are one word, and not a compound such as "lithium-ion" that broke at its hyphen."""
    first, second = _WORD_BEFORE.search(before[-40:]), _WORD_AFTER.match(after[:40])
    if not first or not second or not second[1].islower():
        return False
    head, tail = first[1].lower(), second[1].lower()
    if vocabulary[head + tail]:
        return True
    if head in _COMPOUND_HEADS or tail in _COMPOUND_TAILS:
        return False
    # Both halves stand alone elsewhere in the document (each is counted once as a half): a compound.
    return not (vocabulary[head] > 1 and vocabulary[tail] > 1)


def _joined_across_pages(pages: Sequence[Sequence[str]]) -> list[str]:
    """All paragraphs; one that runs over a page's end is put together."""
    whole: list[str] = []
    for page in pages:
        for i, paragraph in enumerate(page):
            if i == 0 and whole and _runs_on(whole[-1], paragraph):
                whole[-1] += "\n" + paragraph
            else:
                whole.append(paragraph)
    return whole


def _runs_on(before: str, after: str) -> bool:
    if before.endswith(_SOFT_HYPHEN):
        return True
    long = len(before) > _LONG and (len(after) > _LONG or after[:1].islower())
    return long and not before.endswith((".", "!", "?", ":", ";", "”", '"', ")", "…")) and not _ITEM.match(after)


def _title(text: str, stated: str) -> str | None:
    """The file's own title where its first page shows it, else the headline of the text."""
    stated = " ".join(stated.split())
    if stated and not _JUNK_TITLE.match(stated) and stated.casefold() in " ".join(text[:3000].split()).casefold():
        return stated
    return metadata.title_in(text)


def _named(author: str) -> str | None:
    author = " ".join(author.split())
    return None if not author or author.startswith("(") else author


def _published(text: str, given: dict[str, str]) -> tuple[str | None, list[str]]:
    """The date that the text states, else the day on which the file was made, which a note says."""
    stated = metadata.published_in(text)
    created = _CREATED.match(given.get("CreationDate", ""))
    if stated or not created:
        return stated, []
    made = metadata.parse_date("-".join(created.groups()))
    return made, ["published is the day on which the file was made; the text states none"] if made else []
