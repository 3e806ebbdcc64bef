"""A way to a server on which answers are lost and requests are held up, as networks and proxies do."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

LIMIT = 60.0  # seconds that a connection lives


class Unreliable:
    """What happens to requests that write.

    Args:
        target: address of the server.
        lose: share of the requests that are carried out and whose answers are lost.
        hold: share of the requests that are held up for `seconds` before they reach the server; who waited for the
            answer has given up by then.
    """

    def __init__(self, target: str, *, lose: float = 0.0, hold: float = 0.0, seconds: float = 0.0) -> None:
        parts = urlsplit(target)
        self.target = (parts.hostname or "", parts.port or 80)
        self.lose, self.hold, self.seconds = lose, hold, seconds
        self.lost = self.held = 0
        self._chance, self._lock = random.Random(7), threading.Lock()

    def pass_on(self, client: socket.socket) -> None:
        """One request and its answer."""
        with client:
            client.settimeout(LIMIT)
            request = _request(client)
            if not request:
                return
            fate = self._fate() if request.startswith(b"POST") and b"/auth/" not in request[:80] else "passes"
            if fate == "held":
                time.sleep(self.seconds)
            with socket.create_connection(self.target, LIMIT) as server:
                server.sendall(request.replace(b"Connection: keep-alive", b"Connection: close", 1))
                answer = b"".join(iter(lambda: server.recv(65536), b""))
            if fate == "passes":
                client.sendall(answer)

    def _fate(self) -> str:
        with self._lock:
            drawn = self._chance.random()
            if drawn < self.lose:
                self.lost += 1
                return "lost"
            if drawn < self.lose + self.hold:
                self.held += 1
                return "held"
        return "passes"


def _request(client: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = client.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < sum(lengths):
        part = client.recv(65536)
        data, body = data + part, body + part
    return data


@contextmanager
def between(way: Unreliable) -> Iterator[str]:
    """The address from which requests go that way."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0.2)
        ended, threads = threading.Event(), list[threading.Thread]()

        def serve() -> None:
            while not ended.is_set():
                try:
                    client = door.accept()[0]
                except TimeoutError:
                    continue
                threads.append(threading.Thread(target=_quietly, args=(way, client)))
                threads[-1].start()

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            ended.set()
            for thread in (serving, *threads):
                thread.join(LIMIT)


def _quietly(way: Unreliable, client: socket.socket) -> None:
    """A client that gave up meanwhile is what this is for."""
    try:
        way.pass_on(client)
    except OSError:
        return
