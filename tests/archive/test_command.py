"""`claimstake archive` as users start it: signals, exit codes, what is said, and `archive failures`."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import archive_sources
from claimstake import cli
from claimstake.store.opening import open_sql
from store_runs import contents

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


def invoke(*words: object) -> Any:
    """The command in this process."""
    return CliRunner().invoke(cli.app, ["archive", *map(str, words)], env={"COLUMNS": "120", "NO_COLOR": "1"})


def rows(path: Path) -> dict[str, list[dict[str, Any]]]:
    store = open_sql(path)
    try:
        return contents(store)
    finally:
        store.close()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return archive_sources.lines(tmp_path_factory.mktemp("archive") / "more.jsonl", range(400))


@pytest.fixture(scope="module")
def whole(source: Path) -> tuple[Path, str]:
    """A database that one run filled, and what it wrote with --json."""
    path = source.with_name("whole.db")
    done = archive_sources.run(source, "--to", path, "--json")
    assert done.returncode == 0, done.stderr
    return path, done.stdout


def until_progress(started: subprocess.Popen[str]) -> list[str]:
    """What a run with --json writes, up to the first documents."""
    found = []
    assert started.stdout is not None
    for line in started.stdout:
        found.append(line)
        if json.loads(line).get("documents"):
            break
    return found


def test_json_is_for_programs(whole: tuple[Path, str]) -> None:
    """Lines of progress, and a summary at the end."""
    events = [json.loads(line) for line in whole[1].splitlines()]
    assert {event["event"] for event in events} == {"progress", "summary"}
    assert [event["event"] for event in events].index("summary") == len(events) - 1
    last = events[-1]
    assert (last["state"], last["documents"], last["failures"], last["done_before"]) == ("complete", 400, 0, 0)
    assert last["claims"] == len(rows(whole[0])["claims"])
    assert last["bytes"]["listed"] == last["bytes"]["total"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_ends_in_good_order(
    source: Path, whole: tuple[Path, str], tmp_path: Path, number: signal.Signals
) -> None:
    """What is in flight is committed, the way on is told, and the next run does the rest."""
    path = tmp_path / "claims.db"
    started = archive_sources.start(source, "--to", path, "--json", "-j", 1, start_new_session=True)
    until_progress(started)
    os.killpg(started.pid, number)  # as a terminal, or a service manager, sends it: to workers too
    out, err = started.communicate(timeout=100)
    assert started.returncode == 130, err
    told = archive_sources.summary(out)
    assert told["state"] == "interrupted"
    assert 0 < told["documents"] < 400
    assert len(rows(path)["documents"]) == told["documents"]
    rest = archive_sources.run(source, "--to", path, "-j", 1)
    assert rest.returncode == 0
    assert f"{told['documents']} more were done before" in rest.stderr
    assert rows(path) == rows(whole[0])


def test_the_second_signal_ends_at_once(source: Path, whole: tuple[Path, str], tmp_path: Path) -> None:
    """And does no harm."""
    path = tmp_path / "claims.db"
    started = archive_sources.start(source, "--to", path, "--json", "-j", 1)
    until_progress(started)
    started.send_signal(signal.SIGINT)
    time.sleep(0.05)
    started.send_signal(signal.SIGINT)
    began = time.monotonic()
    started.communicate(timeout=60)
    assert started.returncode == 130
    assert time.monotonic() - began < 15
    assert archive_sources.run(source, "--to", path, "--quiet", "-j", 1).returncode == 0
    assert rows(path) == rows(whole[0])


def test_an_interrupted_run_says_how_to_go_on(source: Path, tmp_path: Path) -> None:
    """In words, where no --json is asked for."""
    started = archive_sources.start(source, "--to", tmp_path / "claims.db", "-j", 1)
    time.sleep(3)
    started.send_signal(signal.SIGINT)
    _, err = started.communicate(timeout=100)
    assert started.returncode == 130
    assert "finishing what is in flight; once more stops at once" in err
    assert err.rstrip().endswith("stopped as asked; the same command goes on from here")


def test_a_document_that_takes_too_long(tmp_path: Path) -> None:
    """Its worker is ended, it is in quarantine, and its neighbours are in the database."""
    folder = archive_sources.folder(tmp_path / "news", range(4))
    (folder / "long.txt").write_text("".join(archive_sources.text(n) for n in range(8_000)), encoding="utf-8")
    done = archive_sources.run(folder, "--to", tmp_path / "a.db", "--timeout", 3, "-j", 1)
    assert done.returncode == 1
    assert "long.txt: takes longer than 3 s" in done.stderr
    assert "4 documents" in done.stderr
    assert "1 failed" in done.stderr


def test_failures_are_listed(tmp_path: Path) -> None:
    """As text, as JSON, from every kind of store; naming a source is all that it takes to make one."""
    for name in ("a.db", "a.jsonl", "a.parquet"):
        sink = tmp_path / name
        result = invoke("nowhere.txt", "--to", sink)
        assert result.exit_code == 1
        assert "nowhere.txt: does not exist" in result.stderr
        assert f"claimstake archive failures {sink}" in result.stderr
        listed = invoke("failures", sink)
        assert listed.stdout == "read: nowhere.txt: does not exist (check the path)\n"
        assert listed.stderr == "1 in quarantine\n"
        (plain,) = map(json.loads, invoke("failures", sink, "--json").stdout.splitlines())
        assert (plain["source"], plain["stage"], plain["problem"]) == ("nowhere.txt", "read", "does not exist")


def test_a_store_that_is_none(tmp_path: Path) -> None:
    """Names what stores there are, before anything is loaded."""
    result = invoke("x.txt", "--to", tmp_path / "claims.xyz")
    assert result.exit_code == 1
    assert "is no store that claimstake knows" in result.stderr
    result = invoke("failures", tmp_path / "nothing.db")
    assert result.exit_code == 1
    assert "no such database" in result.stderr


def test_a_store_that_cannot_be_opened(tmp_path: Path) -> None:
    """There is nothing to tell but why, and a password is not told."""
    (tmp_path / "a.db").write_text("my notes", encoding="utf-8")
    result = invoke("x.txt", "--to", tmp_path / "a.db")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "is no SQLite database" in result.stderr
    for address in ("postgresql://me:s3cret@localhost:1/news", "postgresql://me@localhost:1/news?password=s3cret"):
        for words in ((), ("--json",), ("--quiet",)):
            result = invoke("x.txt", "--to", address, *words)
            assert result.exit_code == 1
            assert "cannot be reached" in result.stderr
            assert "s3cret" not in result.stderr + result.stdout


def test_what_failed_before_is_remembered(tmp_path: Path) -> None:
    """A second run does not pass over what is in quarantine without a word."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / "news" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "news" / name).write_text("", encoding="utf-8")
    sink = tmp_path / "my claims.db"
    assert archive_sources.run(tmp_path / "news", "--to", sink, "-j", 1).returncode == 1
    (tmp_path / "news" / "c.txt").write_text(archive_sources.text(1), encoding="utf-8")
    again = archive_sources.run(tmp_path / "news", "--to", sink, "-j", 1)
    assert again.returncode == 0
    assert again.stderr.splitlines()[1:] == [
        "2 more were done before, or met twice",
        "2 of them failed then and were not tried again",
        f"claimstake archive failures '{sink}' tells what failed; --retry-failed tries it again",
    ]
    retried = archive_sources.run(tmp_path / "news", "--to", sink, "--retry-failed", "--json", "-j", 1)
    told = archive_sources.summary(retried.stdout)
    assert (retried.returncode, told["failures"], told["quarantined_before"], told["done_before"]) == (1, 2, 0, 1)


@pytest.mark.skipif(os.name == "nt", reason="no pseudo terminals")
def test_a_narrow_terminal(source: Path, tmp_path: Path) -> None:
    """Bar, share, time left and counts are all there in 80 columns."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    words = [sys.executable, "-m", "claimstake", "archive", str(source), "--to", str(tmp_path / "a.db")]
    with_size = {**archive_sources.WITH, "TERM": "xterm", "COLUMNS": "80"}
    started = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=with_size)
    os.close(theirs)
    said = _all_of(ours)
    assert started.wait(60) == 0
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\r", said).replace("\r", "")
    assert re.search(r"100% \d:\d\d:\d\d left", drawn)
    assert re.search(r"\d+ documents, [\d,]+ claims, [\d.]+ documents/s, [\d,]+ tokens/s\s", drawn)
    assert "…" not in drawn


def _all_of(terminal: int) -> str:
    said = b""
    while True:
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # the other end is closed
            part = b""
        if not part:
            os.close(terminal)
            return said.decode()
        said += part


def test_a_configuration_that_is_wrong(tmp_path: Path) -> None:
    """Whether the file does not exist, or asks for what does not: a usage error, named once."""
    result = invoke("x.txt", "--to", tmp_path / "a.db", "--config", tmp_path / "none.toml")
    assert result.exit_code == 2
    assert "does not exist" in result.stderr
    (tmp_path / "mine.toml").write_text('off = ["no_such_thing"]\n', encoding="utf-8")
    article = archive_sources.folder(tmp_path / "news", range(1))
    done = archive_sources.run(article, "--to", tmp_path / "a.db", "--config", tmp_path / "mine.toml")
    assert done.returncode == 2
    assert done.stderr.count("there is no 'no_such_thing'") == 1


@pytest.mark.parametrize("words", [(), ("--help",), ("news/", "--help")])
def test_help_is_that_of_the_run(words: tuple[str, ...]) -> None:
    """The command needs no name of its own, and its help tells of the other one."""
    result = invoke(*words)
    assert result.exit_code == 0
    assert "claimstake archive failures" in result.stdout
    assert "--retry-failed" in result.stdout
    assert "archive run" not in result.stdout
    assert "--traceback" in invoke("failures", "--help").stdout
