"""The command as people and cron start it: real processes, killed, stopped, started again."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import feed_server
from claimstake.cli.watch import seconds
from claimstake.errors import ConfigError
from feed_server import Site, item, news

NAMES = ("one", "two", "three", "four", "five")
MINERALS = ("gallium", "germanium", "antimony", "graphite", "tungsten")


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "claimstake", "watch", *map(str, words)]


@contextmanager
def started(*words: object, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own; killed in the end if it still runs."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": folder}
    process = subprocess.Popen(command(*words), start_new_session=True, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=20)


def until(process: subprocess.Popen[str], event: str) -> dict[str, Any]:
    """Read JSON lines up to an event."""
    assert process.stdout is not None
    for line in process.stdout:
        said = json.loads(line)
        if said["event"] == event:
            return said
    raise AssertionError(f"it ended without {event}: {process.stderr.read() if process.stderr else ''}")


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def fed(site: Site) -> Site:
    """A feed with five articles, which says 304 to whoever knows it."""
    for name, mineral in zip(NAMES, MINERALS, strict=True):
        site.put(f"/{name}", news("China", mineral))
    body = feed_server.rss(*(item(site.address(f"/{name}")) for name in NAMES)).encode()

    def give(handler: feed_server.Handler) -> None:
        known = handler.headers.get("If-None-Match") == '"v1"'
        handler.give(b"" if known else body, 304 if known else 200, ETag='"v1"', Content_Type="application/rss+xml")

    site.routes["/feed"] = give
    return site


def test_killed_started_again_and_stopped(fed: Site, tmp_path: Path) -> None:
    """Killed once the feed is read, and again between two articles; then it goes on, alone, until Ctrl-C.

    Each article is there exactly once, with what was put into the folder.
    """
    (tmp_path / "inbox").mkdir()
    words = ["inbox", fed.address("/feed"), "--to", "news.db", "--allow-host", fed.host, "--json", "--quiet-for", "0.1"]
    for event in ("feed", "document"):
        with started(*words, "--once", "--pause", "0.05", folder=tmp_path) as process:
            until(process, event)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)
    with started(*words, "--every", "1h", "--pause", "0", folder=tmp_path) as process:
        said = until(process, "document")
        assert said["claims"] >= 1
        assert said["url"].startswith(fed.address("/"))
        second = subprocess.run(command(*words), capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
        assert (second.returncode, "another claimstake watch is at work" in second.stderr) == (1, True)
        (tmp_path / "inbox" / "dropped.txt").write_text("Gabon will ban exports of manganese from 2029.")
        while until(process, "document")["source"] != "inbox/dropped.txt":
            pass
        os.kill(process.pid, signal.SIGINT)
        assert until(process, "summary")["documents"] < 6
        assert process.wait(20) == 0
    database = tmp_path / "news.db"
    articles = [fed.address(f"/{name}") for name in sorted(NAMES)]
    assert [url for (url,) in rows(database, "SELECT url FROM documents WHERE url > '' ORDER BY url")] == articles
    assert rows(database, "SELECT state, count(*) FROM fetches GROUP BY state") == [("done", 5)]
    assert rows(database, "SELECT count(*) FROM appearances") == [(6,)]
    assert rows(database, "SELECT count(*) > 5 FROM claims") == [(1,)]
    assert rows(database, "SELECT state FROM runs ORDER BY id DESC LIMIT 1") == [("complete",)]
    assert fed.paths().count("/feed") == 3


def test_exit_code_and_lines_of_cron(site: Site, tmp_path: Path) -> None:
    """For once with something that fails: the rest is done, the exit code is 1, and no password is shown."""
    site.routes["/gone"] = feed_server.status(404)
    site.feed("/feed", item(site.address("/gone")), item("file:///etc/passwd"))
    (tmp_path / "feeds.txt").write_text(f"http://me:sesame@{site.host}/feed?token=abrakadabra\n")
    words = ["--feeds", "feeds.txt", "--to", "news.db", "--allow-host", site.host, "--once", "--pause", "0"]
    ended = subprocess.run(command(*words), capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
    assert ended.returncode == 1
    assert "/gone: the server answers 404 (check the address)" in ended.stderr
    assert "an address of file: is not fetched" in ended.stderr
    assert "2 entries, 2 new" in ended.stderr
    with closing(sqlite3.connect(tmp_path / "news.db")) as connection:
        kept = "\n".join(connection.iterdump())
    for secret in ("sesame", "abrakadabra"):
        assert secret not in ended.stderr + ended.stdout + kept
    assert site.asked[-2][0] == "/feed?token=abrakadabra"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nowhere"], "neither a folder nor the address of a feed"),
        ([], "nothing to watch"),
        (["ftp://feeds.example/x"], "only http and https"),
        ([".", "--every", "1s"], "write a time of 10 seconds or more"),
        ([".", "--to", "claims.jsonl"], "is no database"),
        ([".", "--contact", "a\nb"], "--contact"),
    ],
)
def test_what_cannot_be_watched(words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told at once, with what to do."""
    from typer.testing import CliRunner

    from claimstake.cli import app

    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(app, ["watch", *words, "--once"])
    assert ended.exit_code in (1, 2)
    assert says in ended.output


def test_times() -> None:
    """Times as people write them."""
    assert [seconds(said) for said in ("90s", "15m", "2h", "1d", "900", "1.5h")] == [90, 900, 7200, 86400, 900, 5400]
    for said in ("soon", "5s", "-5m", ""):
        with pytest.raises(ConfigError):
            seconds(said)
