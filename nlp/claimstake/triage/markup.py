"""What a page says, without parsing it: its bytes without scripts, styles, comments and tags, in linear time."""

from __future__ import annotations

import re

_SILENT = (b"script", b"style", b"svg")  # elements whose content nobody reads
_TAG = re.compile(rb"<[^<>]*>")
_ENTITY = re.compile(rb"&#?[a-z0-9]{1,10};")


def plain(page: bytes) -> bytes:
    """The text of a page in lower case, in the page's own encoding; tags and character references become spaces."""
    page = _without(page.lower(), b"<!--", b"-->")
    for name in _SILENT:
        page = _without(page, b"<" + name, b"</" + name)
    return _ENTITY.sub(b" ", _TAG.sub(b" ", page))


def _without(page: bytes, start: bytes, end: bytes) -> bytes:
    """Drop what stands between two marks; where the end is missing, up to the next start."""
    first, *others = page.split(start)
    return b" ".join([first, *(other.partition(end)[2] for other in others)]) if others else page
