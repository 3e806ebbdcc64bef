"""The session: safe addresses, and servers that stall, break off, lie about what they are, or are not there."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from claimstake.annotation.account import Account
from claimstake.annotation.session import AwayError, LostError, RefusedError, Session, connect
from claimstake.errors import ConfigError

Answer = Callable[[socket.socket, int], None]


@contextmanager
def listening(answer: Answer) -> Iterator[str]:
    """A server on a real socket that does `answer` with every connection, whose number it gets; yields its address."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(0.1)
        stop, count = threading.Event(), 0
        held: list[socket.socket] = []

        def serve() -> None:
            nonlocal count
            while not stop.is_set():
                try:
                    connection = server.accept()[0]
                except OSError:
                    continue
                held.append(connection)
                connection.settimeout(2)
                answer(connection, count)
                count += 1

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            stop.set()
            thread.join(10)
            for connection in held:
                connection.close()


def http(status: str, kind: str, body: str, more: str = "") -> Answer:
    """Reads a request and answers."""

    def answer(connection: socket.socket, _: int) -> None:
        read_request(connection)
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        connection.sendall(f"{head}{more}\r\n{body}".encode())
        connection.close()

    return answer


def read_request(connection: socket.socket) -> bytes:
    """A whole request; its body's length is in its head."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < sum(lengths):
        body += connection.recv(65536)
    return data


def session(address: str, patience: float = 1.0, read: float = 0.3) -> Session:
    return Session(Account(address, "anna", "secret-9"), patience=patience, read=read)


@pytest.mark.parametrize(
    ("address", "match"),
    [
        ("http://doccano.example.org", "in the clear"),
        ("http://10.0.0.7:8000", "in the clear"),
        ("http://127.0.0.1.example.org", "in the clear"),
        ("http://anna:pw@127.0.0.1:8000", "must not hold"),
        ("127.0.0.1:8000", "no address"),
        ("ftp://127.0.0.1", "no address"),
        ("http://127.0.0.1:port", "no address"),
        ("https://", "no address"),
        ("https://host/?x=1", "no address"),
    ],
)
def test_addresses_that_are_refused(address: str, match: str) -> None:
    """A password is sent in the clear to this machine only."""
    with pytest.raises(ConfigError, match=match):
        Account(address, "anna", "pw")


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:8000/", "http://localhost", "http://[::1]:8000", "http://127.8.9.1", "https://host/doccano/"],
)
def test_addresses_that_are_fine(address: str) -> None:
    """Loopback and https need no permission; a slash at the end is dropped."""
    assert Account(address, "anna", "pw").address == address.rstrip("/")


def test_insecure_is_possible_for_the_asking() -> None:
    """Whoever trusts the network says so."""
    assert Account("http://10.0.0.7", "anna", "pw", insecure=True).address == "http://10.0.0.7"


@pytest.mark.parametrize(("user", "password", "match"), [("", "pw", "--user"), ("anna", "", "PASSWORD")])
def test_name_and_password_are_needed(user: str, password: str, match: str) -> None:
    """What is missing is named before anything is sent."""
    with pytest.raises(ConfigError, match=match):
        Account("https://host", user, password)


def test_the_password_is_not_shown() -> None:
    """Neither by the account nor by a session."""
    account = Account("https://host", "anna", "secret-9")
    assert "secret-9" not in f"{account!r} {account} {vars(Session(account, patience=1))}"


@pytest.mark.timeout(30)
def test_nobody_there_ends_soon() -> None:
    """A log-in waits for a few seconds, not for the whole patience."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    began = time.monotonic()
    with pytest.raises(AwayError, match="connection refused"):
        connect(Account(f"http://127.0.0.1:{port}", "anna", "secret-9"))
    assert time.monotonic() - began < 10


@pytest.mark.timeout(30)
def test_a_server_that_answers_nothing_is_left() -> None:
    """It takes the connection and is silent: reading ends after the patience, and says so without the password."""
    with listening(lambda connection, number: None) as address:
        began = time.monotonic()
        with pytest.raises(AwayError, match="did not answer|broke off") as caught:
            connect(Account(address, "anna", "secret-9"), patience=1, read=0.3)
        assert time.monotonic() - began < 8
        with pytest.raises(AwayError):
            session(address).get("projects")
    assert "secret-9" not in str(caught.value)


@pytest.mark.timeout(30)
def test_a_post_whose_answer_is_lost_is_looked_for_before_it_is_repeated() -> None:
    """The server breaks off twice; what is there by then is taken, and nothing is sent a third time."""
    requests: list[bytes] = []

    def breaks_off(connection: socket.socket, _: int) -> None:
        requests.append(read_request(connection))
        connection.close()

    looked: list[int] = []

    def find() -> dict[str, int] | None:
        looked.append(len(requests))
        return {"id": 7} if len(looked) == 2 else None

    with listening(breaks_off) as address:
        assert session(address, 5).create("projects/1/examples", {"text": "a"}, find=find) == {"id": 7}
        with pytest.raises(LostError):
            session(address, 5).create("projects/1/examples", {"text": "a"})
    assert looked == [1, 2]
    assert len(requests) == 3


@pytest.mark.timeout(30)
def test_a_get_is_repeated() -> None:
    """A proxy's 502 and a connection that breaks off pass; the answer after them counts."""

    def recovers(connection: socket.socket, number: int) -> None:
        if number == 0:
            connection.close()
        elif number == 1:
            http("502 Bad Gateway", "text/html", "<h1>Bad gateway</h1>")(connection, number)
        else:
            http("200 OK", "application/json", '{"id": 1}')(connection, number)

    with listening(recovers) as address:
        assert session(address, 10).get("projects/1") == {"id": 1}


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (http("200 OK", "text/html", "<html>Welcome</html>"), "no doccano server"),
        (http("404 Not Found", "text/html", "<html>Nothing</html>"), "no doccano server"),
        (http("400 Bad Request", "application/json", '{"password": "secret-9?"}'), "wrong name or password"),
        (http("403 Forbidden", "text/html", "<html>secret-9</html>"), "wrong name or password"),
    ],
)
def test_a_log_in_that_fails_says_how_to_mend_it(answer: Answer, match: str) -> None:
    """Another kind of server and a wrong password are errors of configuration; neither repeats what was sent."""
    with listening(answer) as address, pytest.raises(ConfigError, match=match) as caught:
        connect(Account(address, "anna", "secret-9"), patience=1)
    assert "secret-9" not in str(caught.value)


@pytest.mark.timeout(30)
def test_a_redirect_is_not_followed() -> None:
    """The password goes to no host that was not named."""
    moved = http("301 Moved", "text/html", "", "Location: https://elsewhere.example/v1/auth/login/\r\n")
    with listening(moved) as address, pytest.raises(RefusedError, match="elsewhere.example.*--url"):
        connect(Account(address, "anna", "secret-9"), patience=1)


@pytest.mark.timeout(30)
def test_a_server_that_keeps_failing_is_quoted_after_three_tries() -> None:
    """HTTP 500 may pass, so it is tried again; then it is the last word."""
    count: list[int] = []

    def fails(connection: socket.socket, number: int) -> None:
        count.append(number)
        http("500 Oops", "text/html", "<h1>Server Error (500)</h1>")(connection, number)

    with listening(fails) as address, pytest.raises(RefusedError, match="failed inside"):
        session(address, 30).get("projects/1")
    assert len(count) == 3


@pytest.mark.timeout(30)
def test_pages_are_asked_for_by_number() -> None:
    """A `next` that names another host leads nowhere; rows come once, also where the list grows meanwhile."""
    pages = [
        '{"count": 3, "next": "http://elsewhere.example/2", "results": [{"id": 1}, {"id": 2}]}',
        '{"count": 4, "next": null, "results": [{"id": 2}, {"id": 3}]}',
        '{"count": 4, "next": null, "results": [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}]}',
    ]

    def paged(connection: socket.socket, number: int) -> None:
        http("200 OK", "application/json", pages[min(number, 2)])(connection, number)

    with listening(paged) as address:
        assert [row["id"] for row in session(address).listed("projects/1/examples")] == [1, 2, 3, 4]


@pytest.mark.timeout(30)
def test_a_list_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says the same rows over and over, of a number without end."""
    monkeypatch.setattr("claimstake.annotation.session.BEHIND", 5)
    endless = http("200 OK", "application/json", '{"count": 1000000000, "results": [{"id": 1}, {"id": 2}]}')
    with listening(endless) as address:
        assert [row["id"] for row in session(address).listed("projects/1/examples")] == [1, 2]


@pytest.mark.timeout(30)
def test_an_answer_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted as it is unpacked, not as it is sent."""
    monkeypatch.setattr("claimstake.annotation.transport.LARGEST", 1 << 20)
    packed = gzip.compress(b" " * (3 << 20))

    def large(connection: socket.socket, _: int) -> None:
        read_request(connection)
        head = f"Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n"
        connection.sendall(f"HTTP/1.1 200 OK\r\n{head}\r\n".encode() + packed)

    with listening(large) as address, pytest.raises(RefusedError, match="more than 1 MB is not read"):
        session(address).get("projects/1")


@pytest.mark.timeout(30)
def test_a_download_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    """A file appears whole or not at all."""

    def short(connection: socket.socket, _: int) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: 100\r\n\r\nPK")
        connection.close()

    with listening(short) as address, pytest.raises(AwayError, match="broke off"):
        session(address).save("projects/1/download", tmp_path / "all.zip", taskId="1")
    assert not list(tmp_path.iterdir())


@pytest.mark.timeout(30)
def test_waiting_ends_when_another_thread_says_so() -> None:
    """A run that is stopped does not wait for a server that is away."""
    stop = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    found = Session(Account(f"http://127.0.0.1:{port}", "anna", "secret-9"), patience=600, stop=stop)
    threading.Timer(0.5, stop.set).start()
    began = time.monotonic()
    with pytest.raises(AwayError):
        found.get("projects")
    assert time.monotonic() - began < 5
