"""Feeds as users list them: addresses, one a line; OPML, as feed readers export it; TOML."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.parsers import expat

from claimstake.errors import ConfigError
from claimstake.watch.addresses import shown, without_login
from claimstake.watch.contract import UnfetchedError

SIZE = 10_000_000  # bytes of a list


@dataclass(frozen=True)
class FeedAddress:
    """A feed to watch.

    Args:
        address: without login.
        login: name and password, where the user gave them.
        name: the address as it is shown and remembered, numbered where two look the same without what is secret.
    """

    address: str
    login: tuple[str, str] | None = field(default=None, repr=False)
    name: str = ""


def is_address(name: str) -> bool:
    """Whether a word is meant as a feed's address and not as a folder."""
    return "://" in name


def feeds(names: Iterable[str]) -> list[FeedAddress]:
    """Feeds by their addresses, each once.

    Raises:
        ConfigError: one of them is no address that can be fetched.
    """
    found: dict[str, FeedAddress] = {}
    shared: Counter[str] = Counter()
    for name in names:
        name = re.sub(r"^feed:(//)?", lambda found: "https://" if found[1] else "", name)
        try:
            feed = FeedAddress(*without_login(name))
        except UnfetchedError as error:
            raise ConfigError(f"{shown(name)}: {error.problem}") from None
        if feed.address not in found:
            told = shown(feed.address)
            shared[told] += 1
            found[feed.address] = replace(feed, name=told if shared[told] == 1 else f"{told}#{shared[told]}")
    return list(found.values())


def listed(path: Path) -> list[str]:
    """Addresses in a list of feeds.

    Args:
        path: OPML (.opml, .xml), TOML (`feeds = ["https://…"]`), or text with an address a line and # for remarks.

    Raises:
        ConfigError: it cannot be read, or holds none.
    """
    try:
        with path.open("rb") as file:
            data = file.read(SIZE + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > SIZE:
        raise ConfigError(f"{path}: is longer than {SIZE:,} bytes, which no list of feeds is")
    try:
        found = _found(path, data)
    except (expat.ExpatError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read as a list of feeds: {error}") from None
    if not found:
        raise ConfigError(f"{path}: lists no feed; write an address a line, or export OPML")
    return found


def _found(path: Path, data: bytes) -> list[str]:
    suffix = path.suffix.lower()
    if suffix in (".opml", ".xml") or data.lstrip()[:5].lower() in (b"<?xml", b"<opml"):
        return _opml(data)
    text = data.decode("utf-8-sig")
    if suffix == ".toml":
        said = tomllib.loads(text).get("feeds")
        if not isinstance(said, list):
            raise ValueError('write feeds = ["https://…", …]')
        return [str(one.get("url", "")) if isinstance(one, dict) else str(one) for one in said]
    lines = (line.split(" #")[0].strip() for line in text.splitlines())
    return [line.split()[0] for line in lines if line and not line.startswith("#")]


def _opml(data: bytes) -> list[str]:
    """Values of xmlUrl, in their order; a document with entities of its own is refused."""
    found: list[str] = []

    def start(_: str, attributes: dict[str, str]) -> None:
        address = next((value for name, value in attributes.items() if name.lower() == "xmlurl"), "").strip()
        if address:
            found.append(address)

    def refuse(*_: object) -> None:
        raise ValueError("it declares entities")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse
    parser.Parse(data, True)
    return found
