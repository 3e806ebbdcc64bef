"""Answers of servers, and articles that a feed carries whole, as work items of the archive."""

from __future__ import annotations

import json

from claimstake.readers import Failure, Limits
from claimstake.readers.base import Source
from claimstake.readers.items import Item
from claimstake.readers.registry import sniff
from claimstake.readers.web import item_of, plain_page
from claimstake.watch.addresses import normalised
from claimstake.watch.contract import FAILED, Answer, Entry, UnfetchedError

HEAD = 4_096  # bytes by which a page without Content-Type is known
KINDS = {"html": "text/html", "text": "text/plain", "pdf": "application/pdf"}


def fetched(answer: Answer, entry: Entry, limits: Limits) -> tuple[Item, str]:
    """A page as a work item, and its normalised address.

    Raises:
        UnfetchedError: it is no page that may hold an article.
    """
    address = normalised(answer.address)
    stated = answer.headers.get("Content-Type") or KINDS.get(sniff(answer.body[:HEAD]), "")
    page = plain_page(address, stated, answer.body)
    if page is None:
        kind = stated.partition(";")[0][:60] if answer.body.strip() else "empty"
        raise UnfetchedError(f"is {kind or 'data of an unknown kind'}, which holds no article", FAILED)
    made = item_of(page, Source("", ""), limits)
    if isinstance(made, Failure):
        raise UnfetchedError(made.problem, FAILED, mend=made.mend)
    return _named(made, address, entry), address


def carried(entry: Entry, address: str) -> Item | None:
    """The article that a feed carries whole; None where it carries none.

    Args:
        address: normalised, of its page.
    """
    if not entry.content:
        return None
    stated = {"id": address, "url": address, "title": entry.title, "author": entry.author, "html": _page(entry)}
    record = json.dumps({**stated, "published": entry.published}, ensure_ascii=True, sort_keys=True)
    return Item(address, address, "record", record.encode(), url=address, stem=address, notes=("text of the feed",))


def _named(item: Item, address: str, entry: Entry) -> Item:
    return Item(
        source=address,
        id=address,
        format=item.format,
        data=item.data,
        url=address,
        gzipped=item.gzipped,
        stem=address,
        encoding=item.encoding,
        published=entry.published,
    )


def _page(entry: Entry) -> str:
    return f"<html><body><article>{entry.content}</article></body></html>"
