"""Lists of feeds as people have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimstake.errors import ConfigError
from claimstake.watch import naming

ONE, TWO = "https://one.example/rss", "https://two.example/atom.xml?a=1&b=2"
OPML = f"""<?xml version="1.0"?><opml version="2.0"><body><outline text="Minerals">
<outline type="rss" text="One" xmlUrl="{ONE}"/><outline text="Two" xmlurl="{TWO.replace("&", "&amp;")}"/>
<outline text="a folder"/></outline></body></opml>"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("feeds.txt", f"# ours\n{ONE}\n\n{TWO}  # the other\n"),
        ("feeds.txt", f"\ufeff{ONE} One of them\r\n{TWO}\r\n"),
        ("feeds.opml", OPML),
        ("export", OPML),
        ("feeds.toml", f'feeds = ["{ONE}", {{ url = "{TWO}", title = "Two" }}]'),
    ],
)
def test_lists(tmp_path: Path, name: str, text: str) -> None:
    """An address a line, OPML by name or by its first bytes, TOML."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert naming.listed(path) == [ONE, TWO]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("feeds.txt", "# nothing\n", "lists no feed"),
        ("feeds.opml", OPML[:90], "cannot be read"),
        ("feeds.opml", '<!DOCTYPE o [<!ENTITY a "b">]><opml><outline xmlUrl="&a;"/></opml>', "declares entities"),
        ("feeds.toml", "feeds = 1", "write feeds ="),
        ("feeds.toml", "feeds", "cannot be read"),
    ],
)
def test_bad_lists(tmp_path: Path, name: str, text: str, says: str) -> None:
    """What is wrong with a list is told, with its name."""
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigError, match=says) as caught:
        naming.listed(path)
    assert str(path) in str(caught.value)


def test_addresses_of_feeds() -> None:
    """Each feed once; a password is kept apart and is in no name or message."""
    first, second = naming.feeds([f"{ONE}#top", ONE, "feed://me:sesame@two.example/f"])
    assert (first.name, second.name, second.login) == (ONE, "https://two.example/f", ("me", "sesame"))
    assert "sesame" not in repr(second)
    assert [feed.name for feed in naming.feeds([f"{ONE}?key=a", f"{ONE}?key=b"])] == [
        f"{ONE}?key=***",
        f"{ONE}?key=***#2",
    ]
    with pytest.raises(ConfigError, match="only http and https") as caught:
        naming.feeds(["ftp://me:sesame@two.example/f"])
    assert "sesame" not in str(caught.value)
