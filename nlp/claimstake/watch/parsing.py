"""Feeds into entries, in a process of its own: what a feed sets off there ends with it, and within its time.

The parser gets bytes that we fetched; it opens neither files nor addresses, and no entity of a document is expanded.
"""

from __future__ import annotations

import calendar
import io
import multiprocessing
import re
from concurrent.futures import TimeoutError as TooLateError
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.sax import SAXException

from claimstake.watch.addresses import joined
from claimstake.watch.contract import LATER, Entry, UnfetchedError

SECONDS = 20.0  # for one feed
MOST = 1_000  # entries of one feed that are looked at, the first ones
LONGEST_CONTENT = 2_000_000  # characters of an article in a feed
SHORTEST_CONTENT = 300  # characters, without mark-up, of what is an article and no summary
LONGEST_NAME = 1_000  # characters of a title
MEMORY = 1_500_000_000  # bytes that the process may take
_TAG = re.compile(r"<[^<>]{0,2000}>")


@dataclass(frozen=True)
class Feed:
    """What a feed holds.

    Args:
        entries: in its order, as many as are looked at.
        total: as many as there are.
        title: of the feed.
    """

    entries: tuple[Entry, ...]
    total: int
    title: str | None = None


class Parser:
    """A process that reads feeds; it is started when it is first needed."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._pool: Any = None

    def parse(self, data: bytes, address: str, kind: str | None = None) -> Feed:
        """The entries of a feed.

        Args:
            data: of the feed, as it was fetched.
            address: where, which relative links count from.
            kind: the Content-Type that the server stated.

        Raises:
            UnfetchedError: it is no feed, too broken to be read, or takes too long.
        """
        from pebble import ProcessPool
        from pebble.common import ProcessExpired

        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPool(max_workers=1, context=spawn, initializer=bound_memory)
        try:
            return self._pool.schedule(parse, args=(data, address, kind), timeout=self._seconds).result()
        except TooLateError:
            raise UnfetchedError(f"the feed takes longer than {self._seconds:g} s to read", LATER) from None
        except ProcessExpired as error:
            raise UnfetchedError(f"the process that read the feed ended ({error.exitcode})", LATER) from None
        except MemoryError:
            raise UnfetchedError("the feed takes too much memory to read", LATER) from None
        except UnfetchedError:
            raise
        except Exception as error:
            said = f"{type(error).__name__}: {str(error)[:160]}"
            raise UnfetchedError(f"the feed cannot be read ({said})", LATER) from error

    def close(self) -> None:
        """End the process."""
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
            self._pool = None


def bound_memory() -> None:
    """Let a feed that unfolds end its reader and not the machine; Ctrl-C is for the main process."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        import resource
    except ImportError:  # no Unix
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def parse(data: bytes, address: str, kind: str | None = None) -> Feed:
    """The entries of a feed; see `Parser.parse`."""
    import feedparser

    headers = {"content-type": kind} if kind else {}
    # A stream: bytes and text might be taken for the name of a file.
    found = feedparser.parse(io.BytesIO(data), response_headers={**headers, "content-location": address})
    # Other complaints are of the character set, or of a type that servers state, and harm nobody.
    broken = isinstance(found.get("bozo_exception"), SAXException)
    if not found.entries and (broken or not found.get("version")):
        said = str(found.get("bozo_exception") or "no RSS or Atom")[:160]
        raise UnfetchedError(f"is no feed that can be read ({said})", LATER)
    entries = (entry for one in found.entries[:MOST] if (entry := _entry(one, address)))
    return Feed(tuple(entries), len(found.entries), _line(found.feed.get("title")))


def _entry(found: Any, base: str) -> Entry | None:
    """One item; None where it leads nowhere."""
    link = found.get("link") or (found.get("id") if str(found.get("id", "")).startswith("http") else None)
    if not isinstance(link, str) or not link.strip():
        return None
    try:
        address = joined(base, link)
    except UnfetchedError:
        address = link.strip()
    return Entry(
        address=address,
        id=str(found.get("id") or "")[:LONGEST_NAME],
        title=_line(found.get("title")),
        author=_line(found.get("author")),
        published=_day(found.get("published_parsed") or found.get("updated_parsed")),
        content=_content(found),
    )


def _content(found: Any) -> str | None:
    """The longest whole article that an entry carries; summaries are none."""
    texts = [one.get("value") or "" for one in found.get("content") or [] if one.get("type") != "text/plain"]
    longest = max(texts, key=len, default="")
    is_article = len(_TAG.sub("", longest[:LONGEST_CONTENT])) >= SHORTEST_CONTENT
    return longest if is_article and len(longest) <= LONGEST_CONTENT else None


def _day(moment: Any) -> str | None:
    """The day of a time in UTC."""
    if not moment:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(moment), UTC).strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _line(text: Any) -> str | None:
    """Text on one line, without mark-up."""
    return " ".join(_TAG.sub("", text[:LONGEST_NAME]).split()) or None if isinstance(text, str) else None
