"""HTTP that is patient for a while: a time limit on every wait, and what is safe to repeat is repeated.

A server that is restarted, a proxy that answers for it, or a database that is locked for a moment costs some seconds;
a server that stays away raises `AwayError` in a bounded time. What doccano refuses for good raises `RefusedError` at
once.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import requests
from requests import exceptions
from urllib3.exceptions import NewConnectionError

from claimstake.errors import ServerError

CONNECT, READ, WHOLE = 5.0, 60.0, 300.0  # seconds: to connect, between bytes, for a whole answer
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0  # seconds between tries
BROKEN = 3  # times that a server may answer 500 before that counts as its last word
PASSING = (429, 502, 503, 504)  # what a proxy says while the server is away
LARGEST = 1 << 28  # bytes of an answer that is read into memory
SHOWN = 300  # characters of a server's message
CHUNK = 1 << 16
NO_LOGIN = ("credentials were not provided", "csrf failed", "invalid token")  # of an answer that asks for a log-in


class AwayError(ServerError):
    """The server stays away, or answers nothing; the same thing can be tried again later."""


class LostError(AwayError):
    """A request was sent and its answer never came: what it asks may have been done or not."""


class RefusedError(ServerError):
    """The server says no.

    Args:
        status: of HTTP.
        detail: the server's own words, cut.
    """

    def __init__(self, message: str, status: int = 0, detail: str = "") -> None:
        self.status, self.detail = status, detail
        super().__init__(message)


class Waiting:
    """Pauses between tries that grow, and end.

    Args:
        patience: seconds from the first failure until `AwayError` is raised.
        stop: set by another thread to end all waiting.
    """

    def __init__(self, patience: float, stop: threading.Event | None = None) -> None:
        self._patience, self._stop = patience, stop or threading.Event()
        self._ends: float | None = None
        self._pause, self._broken = FIRST_PAUSE, 0

    def after(self, problem: AwayError | RefusedError) -> None:
        """Wait a little after a failure.

        Raises:
            AwayError: it has taken too long.
            RefusedError: the server has answered 500 too often.
        """
        if isinstance(problem, RefusedError):
            self._broken += 1
            if self._broken >= BROKEN:
                raise problem
        now = time.monotonic()
        self._ends = self._ends or now + self._patience
        pause = self._pause * random.uniform(0.8, 1.2)
        if now + pause > self._ends or self._stop.wait(pause):
            raise AwayError(f"{problem} (tried for {self._patience:g} s)") from problem
        self._pause = min(2 * self._pause, LONGEST_PAUSE)


class Patient(requests.Session):
    """A session of requests that every request of the doccano client goes through.

    Args:
        address: of the server; stands in messages.
        log_in: called when the session has expired, once for a request.
        patience: seconds to wait for a server that went away.
        read: seconds to wait for an answer's next bytes.
        stop: ends all waiting.
        environment: whether proxies and certificates of the environment count.
    """

    def __init__(
        self,
        address: str,
        log_in: Callable[[], None],
        *,
        patience: float,
        read: float = READ,
        stop: threading.Event | None = None,
        environment: bool = True,
    ) -> None:
        super().__init__()
        self.trust_env = environment
        self.auth = _unchanged  # else requests sends what ~/.netrc has for the host
        self.patience, self.stop = patience, stop
        self._address, self._log_in, self._read = address, log_in, read

    def request(  # type: ignore[override]
        self, method: str, url: str, *, repeat: bool = True, raw: bool = False, **options: Any
    ) -> requests.Response:
        """Send a request; a POST whose answer is lost is not sent again.

        Args:
            repeat: False leaves it at one try, and at one log-in.
            raw: the answer may be anything, not only JSON; it is not read yet.
            options: of requests; `read` shortens the wait for an answer's next bytes.

        Raises:
            AwayError: the server stays away; `LostError` where it is not known what a POST has done.
            RefusedError: it says no, or it is no doccano server.
        """
        waiting, expired = Waiting(self.patience, self.stop), False
        while True:
            try:
                return self._once(method, url, raw, dict(options))
            except AwayError as problem:
                if not repeat or (isinstance(problem, LostError) and method.upper() == "POST"):
                    raise
                waiting.after(problem)
            except RefusedError as problem:
                if problem.status == 500 and method.upper() != "POST" and repeat:
                    waiting.after(problem)
                elif repeat and not expired and _asks_for_login(problem):
                    expired = True
                    self._log_in()
                else:
                    raise

    def _once(self, method: str, url: str, raw: bool, options: dict[str, Any]) -> requests.Response:
        read = min(self._read, options.pop("read", self._read))
        limits = {"timeout": (CONNECT, read), "allow_redirects": False, "stream": True}
        try:
            response = super().request(method, url, **{**options, **limits})
            if not (raw and response.ok):
                _read_whole(response)
        except exceptions.SSLError as error:
            raise RefusedError(f"{self._address}: its certificate is not accepted: {_cut(str(error))}") from None
        except (exceptions.ConnectTimeout, exceptions.ProxyError) as error:
            raise AwayError(f"{self._address} cannot be reached ({type(error).__name__})") from None
        except exceptions.ConnectionError as error:
            raise self._unreachable(error) from None
        except (exceptions.Timeout, exceptions.ChunkedEncodingError, exceptions.ContentDecodingError) as error:
            raise LostError(f"{self._address} did not answer in time or broke off ({type(error).__name__})") from None
        except exceptions.RequestException as error:
            raise RefusedError(f"{self._address}: {_cut(str(error))}") from None
        self._judge(response, method, raw)
        return response

    def _unreachable(self, error: exceptions.ConnectionError) -> AwayError:
        reason = getattr(error.args[0] if error.args else None, "reason", None)
        if isinstance(reason, NewConnectionError):
            why = "its name is not known" if "resol" in str(reason).lower() else "connection refused"
            return AwayError(f"{self._address} cannot be reached ({why})")
        return LostError(f"{self._address} broke off the connection")

    def _judge(self, response: requests.Response, method: str, raw: bool) -> None:
        status = response.status_code
        if 300 <= status < 400:
            target = response.headers.get("location", "somewhere else")
            raise RefusedError(f"{self._address} sends on to {_cut(target)}; name that server with --url", status)
        if status in PASSING:
            kind = AwayError if status == 429 else LostError
            raise kind(f"{self._address} is not available (HTTP {status})")
        if not response.ok:
            said = told(response)
            asked = f"{method.upper()} {response.url.partition('/v1/')[2].partition('?')[0]}"
            raise RefusedError(f"{self._address} refuses to {asked} (HTTP {status}): {said}", status, said)
        if not raw and status != 204 and "json" not in response.headers.get("content-type", ""):
            said = "answers with a page where doccano answers with JSON"
            raise RefusedError(f"{self._address} {said}; check --url", status)


def told(response: requests.Response) -> str:
    """What a refusal says, in one line; a page of HTML says nothing that helps."""
    try:
        value = response.json()
    except ValueError:
        return "the server failed inside; its log says why" if response.status_code >= 500 else "no reason is given"
    return _cut("; ".join(_sentences(value)) or "no reason is given")


def _sentences(value: Any, name: str = "") -> list[str]:
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in _sentences(item, str(key))]
    if isinstance(value, list):
        return [line for item in value for line in _sentences(item, name)]
    return [f"{name}: {value}" if name not in ("", "detail", "non_field_errors") else str(value)]


def _read_whole(response: requests.Response) -> None:
    """Read the body with limits on its size, unpacked, and the whole time: the library's own is one between bytes."""
    ends, parts, size = time.monotonic() + WHOLE, [], 0
    for part in response.iter_content(CHUNK):
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            response.close()
            raise exceptions.RequestException(f"an answer of more than {LARGEST >> 20} MB is not read")
        if time.monotonic() > ends:
            response.close()
            raise exceptions.ReadTimeout("the answer takes too long")
    response._content = b"".join(parts)


def _asks_for_login(problem: RefusedError) -> bool:
    return problem.status in (401, 403) and any(words in problem.detail.lower() for words in NO_LOGIN)


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
