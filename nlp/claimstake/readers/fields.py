"""A mapping of names to values (a JSON object, a table row) into an article."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from claimstake.readers import html, metadata
from claimstake.readers.base import HTML_NAME, TEXT_NAMES, Limits, Source, check_text, without_surrogates
from claimstake.records import Article

# Our name for a field, and the names it goes by elsewhere; compared without case.
NAMES = {
    "id": ("id", "_id", "doc_id", "document_id", "uuid"),
    "title": ("title", "headline"),
    "author": ("author", "byline"),
    "publisher": ("publisher", "sitename"),
    "published": ("published", "published_at", "publication_date", "date_published", "pubdate", "date"),
    "url": ("url", "link"),
    "language": ("language", "lang"),
    "source": ("source",),
}


def text_name(names: list[str], limits: Limits) -> str | None:
    """The one of `names` that holds the text: the one asked for, else the first of `TEXT_NAMES`."""
    wanted = (limits.text_column,) if limits.text_column else TEXT_NAMES
    known = {name.strip().casefold(): name for name in reversed(names)}
    return next((known[name.casefold()] for name in wanted if name.casefold() in known), None)


def identifier(values: Mapping[str, Any]) -> str | None:
    """The record's own id as text, None where it has none."""
    value = _value(values, "id")
    if isinstance(value, bool | dict | list) or value is None:
        return None
    return without_surrogates(str(value))[0].strip() or None


def to_article(
    values: Mapping[str, Any], name: str, text: str, fallback_id: str, where: Source, limits: Limits
) -> Article:
    """Build the article of one record.

    Args:
        values: the record; keys that are not known are left alone.
        name: key or column that `text` stood under; "html" says that it is markup.
        text: its text.
        fallback_id: id for a record without one.
        where: named with line or row, for messages.
        limits: as given to `read`.

    Raises:
        ReadError: the text is empty, binary, too long, or HTML without an article.
    """
    given = _metadata(values)
    notes = given.pop("notes")
    if name.casefold() == HTML_NAME:
        page = html.extract(text, where, limits)
        article = page.model_copy(update={k: v for k, v in given.items() if v})
    else:
        text, replaced = without_surrogates(text)
        check_text(text, where.name, limits)
        article = Article(id=fallback_id, text=text, **given)
        notes += replaced
        article.title = article.title or metadata.title_in(text)
        article.published = article.published or metadata.published_in(text)
    article.id = identifier(values) or fallback_id
    article.source = given["source"] or where.name
    article.notes = [*notes, *article.notes]
    return article


def _metadata(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {key: _line(_value(values, key)) for key in NAMES if key not in ("id", "published")}
    found["notes"] = []
    raw = _value(values, "published")
    found["published"] = metadata.parse_date(raw) if raw is not None else None
    if raw is not None and found["published"] is None:
        found["notes"].append(f"published {str(raw)[:60]!r} is no date that can be read, ignored")
    return found


def _value(values: Mapping[str, Any], key: str) -> Any:
    """The first filled value among the names of a field, in whatever case they are written."""
    filled = {str(k).strip().casefold(): v for k, v in values.items() if not _is_empty(v)}
    return next((filled[name] for name in NAMES[key] if name in filled), None)


def _is_empty(value: Any) -> bool:
    """None, empty text, or the not-a-number that tables write for a missing value."""
    return value is None or value == "" or value != value


def _line(value: Any) -> str | None:
    """A text value on one line; anything else is no metadata."""
    if not isinstance(value, str):
        return None
    return " ".join(without_surrogates(value[:1000])[0].split()) or None
