"""Addresses: which may be asked at all, when two are one, how they are shown.

Every one is read by httpx, which also makes the request, so that no two readers can differ about its host.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from fnmatch import translate
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx

from claimstake.watch.contract import REFUSED, UnfetchedError

SCHEMES = {"http": 80, "https": 443}
LONGEST = 4_000  # characters of an address
HIDDEN = "***"
_USER = re.compile(r"(?<=//)[^/?#\s]*@")


def parsed(address: str) -> httpx.URL:
    """An address that may be asked, without its fragment.

    Raises:
        UnfetchedError: it is none, of another kind than http and https, or carries a user's name.
    """
    if len(address) > LONGEST:
        raise UnfetchedError(f"the address is longer than {LONGEST:,} characters", REFUSED)
    try:
        url = httpx.URL(address.strip())
        host = url.host  # read here, as it fails on names whose punycode says nothing
    except (httpx.InvalidURL, ValueError) as error:
        raise UnfetchedError(f"is no address: {str(error)[:100]}", REFUSED) from None
    if url.scheme not in SCHEMES:
        kind = f"an address of {url.scheme[:20]}:" if url.scheme else "an address without scheme"
        raise UnfetchedError(f"{kind} is not fetched, only http and https", REFUSED)
    if not host:
        raise UnfetchedError("the address names no host", REFUSED)
    if url.userinfo:
        raise UnfetchedError("the address carries a user name", REFUSED)
    return url.copy_with(fragment=None)


def without_login(address: str) -> tuple[str, tuple[str, str] | None]:
    """An address that the user names, and the name and password in it, if there are any.

    Raises:
        UnfetchedError: as `parsed`.
    """
    try:
        url = httpx.URL(address.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise UnfetchedError(f"is no address: {str(error)[:100]}", REFUSED) from None
    login = (url.username, url.password) if url.userinfo else None
    return str(parsed(str(url.copy_with(userinfo=b"")))), login


def joined(base: str, reference: str) -> str:
    """Where a reference in an answer from `base` leads.

    Raises:
        UnfetchedError: nowhere.
    """
    try:
        return str(httpx.URL(base).join(reference.strip()))
    except (httpx.InvalidURL, ValueError) as error:
        raise UnfetchedError(f"leads to no address: {str(error)[:100]}", REFUSED) from None


def normalised(address: str) -> str:
    """The form in which an article's address is kept and compared: no fragment, no parameters that only track.

    Raises:
        UnfetchedError: as `parsed`.
    """
    url = parsed(address)
    pairs = parse_qsl(url.query.decode("ascii"), keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not _matches("tracking", name)]
    if len(kept) == len(pairs):
        return str(url)
    return str(url.copy_with(query=urlencode(kept).encode() if kept else None))


def digest(address: str) -> str:
    """Of a normalised address; http and https are one."""
    return hashlib.sha256(re.sub(r"^https?:", "", address).encode("utf-8", "surrogatepass")).hexdigest()


def origin(address: str) -> str:
    """Scheme, host and port: what one robots.txt speaks for."""
    url = httpx.URL(address)
    return str(url.copy_with(raw_path=b"/", userinfo=b"", fragment=None))


def host_of(address: str) -> str:
    """The host, as names are compared."""
    return host_name(httpx.URL(address).host)


def host_name(name: str) -> str:
    """A host's name as names are compared."""
    return name.lower().rstrip(".").strip("[]")


def shown(address: str) -> str:
    """An address as it may be printed and kept: no password, no value of a parameter that lets somebody in."""
    bare = _USER.sub("", address)
    head, mark, query = bare.partition("?")
    if not mark:
        return bare
    query, fragment_mark, fragment = query.partition("#")
    pairs = (part.partition("=") for part in query.split("&"))
    told = "&".join(f"{name}={HIDDEN}" if eq and _matches("secret", name) else name + eq + v for name, eq, v in pairs)
    return f"{head}?{told}{fragment_mark}{fragment}"


@cache
def table() -> dict[str, Any]:
    """What `addresses.toml` says."""
    return tomllib.loads(resources.files(__package__).joinpath("addresses.toml").read_text(encoding="utf-8"))


def _matches(kind: str, name: str) -> bool:
    return _pattern(kind).match(name.lower()) is not None


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{translate(name)})" for name in table()[kind]))
