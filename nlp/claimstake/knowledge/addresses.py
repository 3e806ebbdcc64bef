"""Web and mail addresses: they hold words but no mentions ("…/news/antimony-prices-rise")."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

WEB = re.compile(r"(?:https?://|www\.)[^\s<>\"\])]+")
MAIL = re.compile(r"@[\w.-]{1,255}")
MAILBOX = re.compile(r"[\w.+-]{0,64}\Z")


def addresses(text: str) -> list[tuple[int, int]]:
    """Spans of web and mail addresses, in order."""
    spans = [m.span() for m in WEB.finditer(text)] if "://" in text or "www." in text else []
    if "@" in text:
        for mail in MAIL.finditer(text):
            mailbox = MAILBOX.search(text, max(0, mail.start() - 64), mail.start())
            spans.append((mailbox.start() if mailbox else mail.start(), mail.end()))
        spans.sort()
    return spans


def outside(tokens: list[re.Match[str]], spans: list[tuple[int, int]]) -> list[re.Match[str]]:
    """The tokens that lie in none of the spans; both are in order."""
    kept: list[re.Match[str]] = []
    done = 0
    for low, high in spans:
        first = bisect_right(tokens, low, done, key=re.Match.end)
        kept += tokens[done:first]
        done = bisect_left(tokens, high, first, key=re.Match.start)
    return kept + tokens[done:]
