"""Pushes that are disturbed: whatever dies meanwhile, in the end all is as if nothing had happened."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from annotation.doccano_server import DoccanoServer
from annotation.pushed_documents import GIVEN, Row, ban, command, environment, held, logged_in, pushed, written
from annotation.unreliable import Unreliable, between
from claimstake import ontology
from claimstake.annotation.account import Account
from claimstake.annotation.project import Wanted
from claimstake.annotation.push import push
from claimstake.annotation.session import Session, connect
from claimstake.records import AnnotatedDocument

pytestmark = [pytest.mark.doccano, pytest.mark.timeout(600)]
ONTOLOGY = ontology.default()
LOOK = 0.05  # seconds between two looks at how far a push is
LIMIT = 120.0  # seconds that it may take to come so far


@pytest.fixture
def wanted(doccano_server: DoccanoServer) -> Wanted:
    """A project that is not there yet."""
    return Wanted(doccano_server.project_name("disturbed"), ONTOLOGY)


def count(session: Session, name: str) -> int:
    """Examples of a project; -1 where it is not there yet."""
    found = [row["id"] for row in session.listed("projects") if row["name"] == name]
    return int(session.get(f"projects/{found[0]}/examples", limit=1)["count"]) if found else -1


def wait_for(session: Session, name: str, examples: int) -> None:
    """Until a project holds so many examples."""
    ends = time.monotonic() + LIMIT
    while count(session, name) < examples:
        assert time.monotonic() < ends, f"the push does not reach {examples} examples"
        time.sleep(LOOK)


def undisturbed(session: Session, wanted: Wanted, documents: Sequence[AnnotatedDocument]) -> list[Row]:
    """What a push that nothing happens to leaves."""
    other = Wanted(wanted.name + " undisturbed", ONTOLOGY)
    return held(session, pushed(session, other, documents).number)


@contextmanager
def killed_at(server: DoccanoServer, name: str, *examples: int, again: bool) -> Iterator[None]:
    """Kills the server each time that the project holds so many examples; `again` starts it at once.

    All of it must have happened when the block ends.
    """
    done: list[int] = []

    def disturb() -> None:
        for number in examples:
            wait_for(logged_in(server), name, number)
            server.kill()
            if again:
                server.start()
            done.append(number)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        yield
    finally:
        thread.join(LIMIT + 60)
    assert done == list(examples), "the push was faster than what should disturb it"


@pytest.mark.timeout(900)
def test_a_server_that_dies_half_way(doccano_server: DoccanoServer, wanted: Wanted) -> None:
    """500 documents: the run ends in a bounded time and says how far it came; the next one adds what is lacking."""
    documents = [ban(i) for i in range(500)]
    hasty = logged_in(doccano_server, patience=2)
    with killed_at(doccano_server, wanted.name, 200, again=False):
        first = push(hasty, documents, wanted, GIVEN)
    doccano_server.start()
    assert "run the same command again" in (first.stopped or "")
    assert 150 < len(first.pushed) < 450
    session = logged_in(doccano_server)
    second = pushed(session, wanted, documents)
    assert len(second.there) + len(second.completed) + len(second.pushed) == 500
    assert set(first.pushed) <= set(second.there)
    rows = held(session, second.number, metadata=False)
    assert [row["document"] for row in rows] == [d.doc.id for d in documents]
    assert {len(row["spans"]) for row in rows} == {3}
    assert {len(row["arcs"]) for row in rows} == {1}
    assert [len(row["comments"]) for row in rows] == [int(i % 5 == 0) for i in range(500)]
    assert {row["layers"] for row in rows} == {"admin"}


def test_a_server_that_comes_back_is_waited_for(doccano_server: DoccanoServer, wanted: Wanted) -> None:
    """Killed and started while a run goes on: nothing is there twice, nothing is lacking."""
    documents = [ban(i) for i in range(80)]
    patient = logged_in(doccano_server)
    with killed_at(doccano_server, wanted.name, 10, 30, again=True):
        found = push(patient, documents, wanted, GIVEN)
    session = logged_in(doccano_server)
    assert found.fine, (found.stopped, found.failed)
    assert held(session, found.number) == undisturbed(session, wanted, documents)


def test_a_client_that_is_killed(doccano_server: DoccanoServer, wanted: Wanted, tmp_path: Path) -> None:
    """At several moments: after a run to the end all is as if nothing had happened."""
    documents = [ban(i) for i in range(60)]
    source = written(tmp_path, documents)
    asked = command(doccano_server, str(source), "-p", wanted.name, "--order", "given", "--json")
    session = logged_in(doccano_server)
    for examples in (0, 1, 12, 25):
        client = subprocess.Popen(asked, env=environment(doccano_server), stdout=subprocess.DEVNULL)
        try:
            wait_for(session, wanted.name, examples)
        finally:
            client.send_signal(signal.SIGKILL)
        assert client.wait(30) == -signal.SIGKILL, "the push was faster than its end"
    last = subprocess.run(asked, env=environment(doccano_server), capture_output=True, text=True, timeout=300)
    assert last.returncode == 0, last.stderr
    assert held(session, json.loads(last.stdout)["number"]) == undisturbed(session, wanted, documents)


@pytest.mark.parametrize(
    ("lose", "hold", "read"), [(0.15, 0.0, 30.0), (0.0, 0.04, 2.0)], ids=["answers are lost", "requests come late"]
)
def test_a_bad_way_to_the_server(
    doccano_server: DoccanoServer, wanted: Wanted, lose: float, hold: float, read: float
) -> None:
    """Requests whose answers never come were carried out, or are later, after they were repeated: nothing is twice."""
    documents = [ban(i) for i in range(30)]
    way = Unreliable(doccano_server.url, lose=lose, hold=hold, seconds=1.5 * read)
    with between(way) as address:
        account = Account(address, doccano_server.admin.name, doccano_server.admin.password)
        found = push(connect(account, read=read), documents, wanted, GIVEN)
    assert way.lost + way.held > 5
    session = logged_in(doccano_server)
    assert found.fine, (found.stopped, found.failed)
    assert held(session, found.number) == undisturbed(session, wanted, documents)
