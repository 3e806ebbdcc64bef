"""HTML pages: trafilatura finds the article and its metadata, htmldate the day it was first published.

The extracted text is what offsets point into, so all of it is body. A page is measured before it is parsed: the
parser works recursively and must not meet a hundred thousand nested tags.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

import trafilatura
from trafilatura.settings import Document, use_config

from claimstake.readers import metadata
from claimstake.readers.base import Failure, Limits, Source, check_text, too_long
from claimstake.readers.encodings import decode
from claimstake.records import Article

MARKUP = 10  # characters of a page for one of its text, at most; news pages have 3 to 8
_FEWEST_CHARS = 40  # a page whose "article" is shorter holds only its menu
_SHORTEST_ARTICLE = "80"  # characters; trafilatura's 250 would flatten short notices into one line
_LONGEST_TAG = 30_000  # characters; the parser compares each attribute of a tag with all others
# htmldate's search: the first publication that mark-up states, nothing guessed from prose; later checks see the future.
_STATED_DATE = {"original_date": True, "extensive_search": False, "max_date": "2100-01-01"}
_SEARCHED_FOR_CHARSET = 2_048  # bytes, as in browsers

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s{0,5}=\s{0,5}["']?\s{0,5}([a-zA-Z0-9_:.-]{2,30})""", re.I)
_LANGUAGE = re.compile(r"""<html\b[^>]{0,500}?\blang\s{0,5}=\s{0,5}["']?([a-zA-Z]{2,3})\b""", re.I)
_TAG = re.compile(r"<(?:(!--)|(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30}))")
_RAW_TEXT = {
    "script": "</script",
    "style": "</style",
    "textarea": "</textarea",
    "svg": "</svg",
    "noscript": "</noscript",
}
# Tags that hold nothing, or that may be left open.
_OPEN_TAGS = """area base br col embed hr img input link meta param source track wbr p li dt dd tr td th
    thead tbody tfoot option optgroup colgroup html head body rp rt"""
_UNCOUNTED = frozenset(_OPEN_TAGS.split())
# Tags that change only how words look. Thousands of them in one block make trafilatura's work quadratic.
_INLINE = frozenset({"a", "b", "big", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "tt", "u"})
_INLINE_TAG = re.compile(rf"</?(?:{'|'.join(sorted(_INLINE))})\b[^<>]*>", re.I)
_MOST_INLINE = 3_000  # in one block; 6,000 take 1.5 seconds, 80,000 took nine minutes
_EMBEDDED = re.compile(r"data:[a-z]+/[\w.+-]{1,60}(?:;[\w=-]{1,40}){0,3},[A-Za-z0-9+/=%_-]{500,}", re.I)
_TABLE_RULE = re.compile(r"^\|(?:-{3}\|)+\n", re.M)


def read(source: Source, limits: Limits) -> Iterator[Article | Failure]:
    """One article per page."""
    data = source.read_text_bytes(limits, markup=MARKUP)
    stated = _CHARSET.search(data[:_SEARCHED_FOR_CHARSET])
    decoded = decode(data, source.encoding or (stated[1].decode("ascii") if stated else None))
    article = extract(decoded.text, source, limits)
    article.notes = [*decoded.notes, *article.notes]
    yield article


def extract(page: str, source: Source, limits: Limits) -> Article:
    """The article of one page, named after its source.

    Raises:
        ReadError: the page is empty, too long, nested too deeply, or holds no article.
    """
    page = _EMBEDDED.sub("data:,", page)
    if len(page) > limits.max_chars * MARKUP:
        raise too_long(source.name, limits)
    if not page.strip():
        raise source.error("holds no text", "leave it out, or check how it was saved")
    if _check_markup(page, source, limits) > _MOST_INLINE:
        page = _INLINE_TAG.sub("", page)
    found = _extracted(page)
    text = _TABLE_RULE.sub("", found.text or "").strip() if found else ""
    if len(text) < _FEWEST_CHARS:
        raise source.error("the page holds no article text", "save the article page itself, or its text as .txt")
    if found.title and not _opens_with(text, found.title):
        text = f"{found.title}\n{text}"
    check_text(text, source.name, limits)
    return Article(
        id=source.stem,
        text=text,
        title=found.title,
        author=found.author,
        publisher=found.sitename,
        published=found.date or metadata.published_in(text),
        url=found.url,
        language=_language(page),
        source=source.name,
        body=[(0, len(text))],
    )


def _extracted(page: str) -> Document | None:
    config = use_config()
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", _SHORTEST_ARTICLE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the date parser warns of every time zone that it does not know
        return trafilatura.bare_extraction(
            page,
            with_metadata=True,
            include_comments=False,
            include_tables=True,
            date_extraction_params=_STATED_DATE,
            config=config,
        )


def _language(page: str) -> str | None:
    found = _LANGUAGE.search(page[:20_000])
    return found[1].lower() if found else None


def _opens_with(text: str, title: str) -> bool:
    """Whether the title is already the first line, whatever its spacing and case."""
    wanted = re.sub(r"\W+", "", title).casefold()
    return re.sub(r"\W+", "", text[: 3 * len(title) + 40]).casefold().startswith(wanted)


def _check_markup(page: str, source: Source, limits: Limits) -> int:
    """Raise ReadError for a page that no parser should be given, in one pass over the tags.

    Returns:
        The largest number of inline tags between two others.
    """
    depth = elements = inline = most_inline = 0
    for name, closes in _tags(page.lower(), source):
        elements += not closes
        inline = inline + 1 if name in _INLINE else 0
        most_inline = max(most_inline, inline)
        if name not in _UNCOUNTED:
            depth = max(0, depth - 1) if closes else depth + 1
        if depth > limits.max_depth:
            problem = f"tags are nested more than {limits.max_depth} deep"
            raise source.error(problem, "save the article as text, or raise max_depth")
        if elements - most_inline > limits.max_elements:
            problem = f"has more than {limits.max_elements:,} elements"
            raise source.error(problem, "save the article as text, split it, or raise max_elements")
    return most_inline


def _tags(page: str, source: Source) -> Iterator[tuple[str, bool]]:
    """Name of every tag of a lower-case page, and whether it closes; comments and scripts are passed over."""
    position = 0
    while found := _TAG.search(page, position):
        position = found.end()
        name, closes = found[3], bool(found[2])
        if found[1]:
            position = _after(page, "-->", position)
        elif name in _RAW_TEXT and not closes:
            position = _after(page, _RAW_TEXT[name], position)
        else:
            end = page.find(">", position, position + _LONGEST_TAG)
            if end < 0 and len(page) - position > _LONGEST_TAG:
                problem = f"a tag is longer than {_LONGEST_TAG:,} characters"
                raise source.error(problem, "save the page as text, without embedded data")
            if end < 0 or page[end - 1] != "/":
                yield name, closes


def _after(text: str, mark: str, start: int) -> int:
    end = text.find(mark, start)
    return len(text) if end < 0 else end + len(mark)
