"""Clients that are slow, many, or gone; documents that take long; a service that ends in the middle of its work."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

import archive_sources
import desk_server as servers
from claimstake.service import serving
from desk_server import DeskServer

TEXT = "China suspended exports of gallium to the United States on 4 December 2024. "
LOAD = Path(__file__).parents[2] / "tools" / "serve_load.py"
TIGHT = {"request": 1.5, "annotating": 4.0, "waiting": 4}
LONG = TEXT * 12_000  # a million characters: some twenty seconds of work


@pytest.fixture(scope="module")
def tight(desk_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    """A server with little patience."""
    database = tmp_path_factory.mktemp("tight") / "desk.db"
    with servers.serving(database, limits=json.dumps(TIGHT)) as server:
        yield server


def connected(server: DeskServer) -> socket.socket:
    host, _, port = server.address.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=30)


def head(server: DeskServer, *more: str, path: str = "/v1/annotate") -> bytes:
    host = server.address.removeprefix("http://")
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Type: text/plain", *more]
    return "\r\n".join([*lines, "", ""]).encode()


def rest(client: socket.socket) -> bytes:
    """All that comes until the server closes."""
    found = b""
    try:
        while part := client.recv(65_536):
            found += part
    except ConnectionResetError:
        pass
    return found


def answer(client: socket.socket) -> bytes:
    """One answer, whole."""
    found = b""
    while b"\r\n\r\n" not in found:
        found += client.recv(65_536)
    begin, _, body = found.partition(b"\r\n\r\n")
    length = int(begin.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += client.recv(65_536)
    return begin


def post(server: DeskServer, text: str) -> httpx.Response:
    return httpx.post(
        server.url("/v1/annotate"), content=text, headers={"Content-Type": "text/plain"}, timeout=60, trust_env=False
    )


def drip(client: socket.socket, data: bytes, *, seconds: float) -> float:
    """Send a byte now and then until the server has enough of it; returns how long that took."""
    began = time.monotonic()
    client.settimeout(0.2)
    for byte in data:
        try:
            client.send(bytes([byte]))
            if not client.recv(1, socket.MSG_PEEK):
                break
            break
        except TimeoutError:
            pass
        except OSError:
            break
        if time.monotonic() - began > seconds:
            break
    client.settimeout(30)
    return time.monotonic() - began


def test_answers_do_not_wait_for_acknowledgements() -> None:
    """What asyncio asks of a socket before it sets TCP_NODELAY on the connections that it accepts."""
    with serving.bound("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_a_head_that_drips_is_cut_off(tight: DeskServer) -> None:
    """Bytes now and then do not keep a connection open; who sends something is told why."""
    with connected(tight) as client:
        assert drip(client, head(tight) * 4, seconds=15) < 8
        assert rest(client).startswith(b"HTTP/1.1 408")


def test_a_connection_without_a_word_is_closed(tight: DeskServer) -> None:
    """Silently: browsers open some in advance."""
    with connected(tight) as client:
        assert rest(client) == b""


def test_a_body_that_drips_is_cut_off(tight: DeskServer) -> None:
    """However long it says that it will be."""
    with connected(tight) as client:
        client.sendall(head(tight, "Content-Length: 1000"))
        assert drip(client, b"x" * 100, seconds=15) < 10
        assert rest(client).startswith(b"HTTP/1.1 408")


def test_a_second_request_has_its_own_time(tight: DeskServer) -> None:
    """A connection that is used again is timed again, and closed where nothing more comes."""
    with connected(tight) as client:
        for _ in range(2):
            client.sendall(head(tight, f"Content-Length: {len(TEXT)}") + TEXT.encode())
            assert answer(client).startswith(b"HTTP/1.1 200")
            time.sleep(1.0)
        client.sendall(b"POST /v1/annotate HT")
        assert rest(client).startswith(b"HTTP/1.1 408")


def test_a_document_that_takes_too_long_costs_itself(tight: DeskServer) -> None:
    """504 for it, and a new process for the next one."""
    answer = post(tight, LONG)
    assert answer.status_code == 504, answer.text[:300]
    assert "takes longer" in answer.json()["error"]["what"]
    assert post(tight, TEXT).status_code == 200
    assert 'replaced_total{why="late"} 1.0' in httpx.get(tight.url("/metrics"), trust_env=False).text


def test_a_killed_worker_is_not_noticed(tight: DeskServer) -> None:
    """The document that it had is done by its successor."""
    server = psutil.Process(tight.process.pid)
    before = {child.pid for child in server.children() if "spawn_main" in " ".join(child.cmdline())}
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert post(tight, TEXT).status_code == 200
    assert not before & {child.pid for child in server.children()}


def test_clients_that_go_away_leave_the_queue(tight: DeskServer) -> None:
    """Their places are free at once, so that others are served."""
    body = (TEXT * 500).encode()
    clients = [connected(tight) for _ in range(5)]  # one is worked on, four wait: as many as may
    for client in clients:
        client.sendall(head(tight, f"Content-Length: {len(body)}") + body)
    until(lambda: gauge(tight, "claimstake_waiting") == 4)
    assert post(tight, TEXT).status_code == 429
    for client in clients:
        client.close()
    until(lambda: gauge(tight, "claimstake_waiting") == 0)
    assert post(tight, TEXT).status_code == 200


def gauge(server: DeskServer, name: str) -> float:
    lines = httpx.get(server.url("/metrics"), trust_env=False).text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.split()[0] == name)


def until(holds: object, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end, "it never was so"
        time.sleep(0.02)


def test_a_crowd_is_told_to_wait(desk_server: DeskServer) -> None:
    """Two hundred connections at once get answers and 429s, and nothing else; the service is well afterwards."""
    command = [sys.executable, LOAD, "--address", desk_server.address, "--at-once", "200", "--seconds", "6"]
    done = subprocess.run(
        [*command, "--words", "60"], capture_output=True, text=True, timeout=120, check=False, env=archive_sources.WITH
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answers = json.loads(done.stdout)["answers"]
    assert answers.keys() == {"200", "429"}
    assert min(answers.values()) > 20
    assert post(desk_server, TEXT).status_code == 200


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_what_was_begun_is_finished(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Asked to end, it answers what it has, takes nothing new, and leaves no process behind."""

    async def ask(server: DeskServer) -> tuple[int, int]:
        async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
            body = {"content": TEXT * 600, "headers": {"Content-Type": "text/plain"}}
            asked = asyncio.create_task(client.post(server.url("/v1/annotate"), **body))
            await asyncio.sleep(0.3)
            assert not asked.done()
            server.process.send_signal(number)
            answer = await asked
            with pytest.raises(httpx.TransportError):
                await client.get(server.url("/healthz"))
            return answer.status_code, await asyncio.to_thread(server.process.wait, 30)

    with servers.serving(tmp_path / "desk.db") as server:
        children = psutil.Process(server.process.pid).children(recursive=True)
        assert asyncio.run(ask(server)) == (200, code)
        assert psutil.wait_procs(children, timeout=15)[1] == []
        assert "Traceback" not in server.told()
