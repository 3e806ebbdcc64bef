"""Drop folders: what is there, what comes, and nothing that is still being written."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from claimstake.errors import ConfigError
from claimstake.readers.base import Source
from claimstake.watch.folders import Folders
from watching_desk import Desk

SENTENCE = "{} will restrict exports of gallium from 1 March 2027, the ministry said on Monday.\n"


def write(path: Path, who: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SENTENCE.format(who), encoding="utf-8")
    return path


@contextmanager
def watching(desk: Desk, *folders: Path, quiet: float = 0.3) -> Iterator[Callable[[int], None]]:
    """A watcher in a thread; gives a function that waits until there are so many documents."""
    done = threading.Event()
    run = threading.Thread(
        target=lambda: desk.watch(*map(str, folders), once=False, stopped=done.is_set, quiet=quiet), daemon=True
    )
    run.start()

    def wait(documents: int) -> None:
        until = time.monotonic() + 15
        while len(desk.told.of("document")) < documents and time.monotonic() < until:
            time.sleep(0.02)
        assert len(desk.told.of("document")) == documents

    try:
        yield wait
    finally:
        done.set()
        run.join(15)
        assert not run.is_alive()


def test_what_is_there_and_what_comes(desk: Desk, tmp_path: Path) -> None:
    """Existing files, new ones, files in new folders, and whole folders that are moved in."""
    inbox = tmp_path / "inbox"
    write(inbox / "old.txt", "China")
    write(inbox / "below" / "older.txt", "Chile")
    write(tmp_path / "elsewhere" / "moved.txt", "Peru")
    write(tmp_path / "single.txt", "Gabon")
    with watching(desk, inbox) as wait:
        wait(2)
        write(inbox / "new.txt", "Japan")
        write(inbox / "fresh" / "deep" / "newer.txt", "Kenya")
        (tmp_path / "elsewhere").rename(inbox / "arrived")
        (tmp_path / "single.txt").rename(inbox / "single.txt")
        (inbox / ".hidden.txt").write_text(SENTENCE.format("Nobody"))
        (inbox / "half.txt.part").write_text(SENTENCE.format("Nobody"))
        wait(6)
    ids = [name for (name,) in desk.rows("SELECT doc_id FROM documents ORDER BY doc_id")]
    assert ids == ["arrived/moved.txt", "below/older.txt", "fresh/deep/newer.txt", "new.txt", "old.txt", "single.txt"]
    assert desk.watch(str(inbox)).documents == 0
    assert desk.rows("SELECT state FROM runs") == [("complete",)] * len(desk.rows("SELECT state FROM runs"))


def test_half_written_files_wait(desk: Desk, tmp_path: Path) -> None:
    """A file that grows is taken when it is done, once and whole."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    with watching(desk, inbox, quiet=0.6) as wait:
        with (inbox / "slow.txt").open("w") as file:
            for who in ("China", "Chile", "Peru", "Gabon", "Japan"):
                file.write(SENTENCE.format(who))
                file.flush()
                time.sleep(0.25)
                assert not desk.told.of("document")
        wait(1)
    ((text,),) = desk.rows("SELECT text FROM documents")
    assert text.count("will restrict") == 5


def test_mended_file_leaves_quarantine(desk: Desk, tmp_path: Path) -> None:
    """A file that could not be read and is written anew is read, and its failure goes."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "a.txt").write_bytes(b"\0\0\0")
    write(inbox / "b.txt", "China")
    assert desk.watch(str(inbox)).failed == 1
    assert desk.rows("SELECT count(*) FROM failures") == [(1,)]
    write(inbox / "a.txt", "Chile")
    assert desk.watch(str(inbox)).documents == 1
    assert desk.rows("SELECT count(*) FROM failures") == [(0,)]


def test_a_copy_is_no_news(desk: Desk, tmp_path: Path) -> None:
    """The same text under another name is known."""
    write(tmp_path / "inbox" / "a.txt", "China")
    write(tmp_path / "inbox" / "b.txt", "China")
    assert desk.watch(str(tmp_path / "inbox")).documents == 1
    write(tmp_path / "inbox" / "c.txt", "China")
    assert desk.watch(str(tmp_path / "inbox")).documents == 0
    assert [said["source"] for said in desk.told.of("known")] == [str(tmp_path / "inbox" / "c.txt")]


def test_database_in_the_folder(desk: Desk, tmp_path: Path) -> None:
    """A database that lies in the folder is no article; neither is a file that goes away."""
    desk.path = tmp_path / "inbox" / "news.db"
    write(tmp_path / "inbox" / "a.txt", "China")
    assert desk.watch(str(tmp_path / "inbox")).documents == 1
    folders = Folders([str(tmp_path / "inbox")], without=[desk.path], quiet=5)
    folders.begin(once=True)
    (tmp_path / "inbox" / "a.txt").unlink()
    assert (list(folders.ready()), folders.pending) == ([], 0)


def test_same_ids_as_an_archive_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is the same work item to the watcher and to the archive, however its folder is written."""
    from claimstake.readers.streaming import items, listed

    write(tmp_path / "inbox" / "deep" / "a.txt", "China")
    monkeypatch.chdir(tmp_path)
    for name in ("inbox", "inbox/", str(tmp_path / "inbox"), "./inbox"):
        folders = Folders([name], quiet=0)
        folders.begin(once=True)
        os.utime(tmp_path / "inbox" / "deep" / "a.txt", (1, 1))
        (found,) = listed(folders.ready())
        (other,) = items([name])
        assert (found.key, found.source) == (other.key, other.source)


def test_links_that_lead_astray(tmp_path: Path) -> None:
    """One that leads out of the folder is refused; one that leads to itself takes no other file along."""
    secret, inbox = write(tmp_path / "secret.txt", "Japan"), tmp_path / "inbox"
    write(inbox / "a.txt", "China")
    (inbox / "b.txt").symlink_to(secret)
    (inbox / "c.txt").symlink_to(inbox / "c.txt")
    (inbox / "d.txt").symlink_to(inbox / "a.txt")
    folders = Folders([str(inbox)], quiet=0.0)
    folders.begin(once=True)
    found = {Path(str(getattr(one, "name", "") or one.source)).name: one for one in folders.ready()}
    assert "out of the folder" in found["b.txt"].problem
    assert isinstance(found["a.txt"], Source)
    assert all(not isinstance(one, Source) or one.path != str(inbox / "b.txt") for one in found.values())


def test_no_folder(tmp_path: Path) -> None:
    """What is neither a folder nor an address is told at once."""
    with pytest.raises(ConfigError, match="neither a folder nor the address of a feed"):
        Folders([str(tmp_path / "nowhere")])
