"""A doccano server, logged in: on doccano-client, with time limits, paging, and creation that makes nothing twice.

session = connect(Account("http://127.0.0.1:8000", "anna", password))
for row in session.listed("projects/3/examples"): ...
session.get("projects/3/examples/17/spans")
session.client.projects.get(3)  # the client's own controllers, with the same limits
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimstake.annotation.account import Account
from claimstake.annotation.transport import CHUNK, READ, WHOLE, AwayError, LostError, Patient, RefusedError, Waiting
from claimstake.errors import ConfigError, ServerError

if TYPE_CHECKING:
    from doccano_client.beta import DoccanoClient

__all__ = ["Account", "AwayError", "LostError", "RefusedError", "Session", "connect"]

PATIENCE = 60.0  # seconds that a run waits for a server that went away
FIRST_CONTACT = 5.0  # seconds that a log-in waits for one
LOG_IN = 15.0  # seconds that an answer to it may take
PAGE = 200  # rows asked for at a time; an example with its snapshot has some 20 kB
BEHIND = 10 * PAGE  # rows that may come again in a reading before it is begun anew
PASSES = 3  # readings of a list that changes meanwhile


def connect(
    account: Account, *, patience: float = PATIENCE, read: float = READ, stop: threading.Event | None = None
) -> Session:
    """Log in.

    Args:
        patience: seconds that any later request waits for a server that went away.
        read: seconds that it waits for an answer's next bytes.
        stop: set it to end all waiting.

    Raises:
        ConfigError: wrong name or password, or doccano-client is not installed.
        ServerError: there is no server, or it is none of doccano.
    """
    session = Session(account, patience=patience, read=read, stop=stop)
    session.log_in()
    return session


class Session:
    """An account's session; for one thread, another one gets its `twin`.

    Paths are those behind /v1/: "projects/3/examples". Every method raises `AwayError` when the server stays away, and
    `RefusedError` when it says no; both are ServerErrors.

    Attributes:
        client: doccano-client's own object, whose controllers go through the same limits.
        read: seconds that an answer's next bytes are waited for.
    """

    def __init__(
        self, account: Account, *, patience: float, read: float = READ, stop: threading.Event | None = None
    ) -> None:
        self.account = account
        self.client = _client(account.address)
        headers = self.client.client_session.headers
        self._http = Patient(
            account.address, self.log_in, patience=patience, read=read, stop=stop, environment=not account.local
        )
        self._http.headers.update(headers)
        self.read = read
        self.client.client_session = self._http

    @property
    def user(self) -> str:
        """Name of the account."""
        return self.account.user

    @property
    def address(self) -> str:
        """Of the server."""
        return self.account.address

    def log_in(self) -> None:
        """Begin a new session on the server.

        Raises:
            ConfigError: wrong name or password.
            ServerError: there is no server, or it is none of doccano.
        """
        self._http.cookies.clear()
        self._http.headers.pop("X-CSRFToken", None)
        waiting = Waiting(min(FIRST_CONTACT, self._http.patience), self._http.stop)
        body = {"username": self.user, "password": self.account.password}
        while True:
            try:
                self._http.request("POST", self.client.login_url, json=body, repeat=False, read=LOG_IN)
                break
            except AwayError as problem:
                waiting.after(problem)
            except RefusedError as problem:
                raise self._not_let_in(problem) from None
        self._http.headers["X-CSRFToken"] = self._http.cookies.get("csrftoken", "")

    def twin(self, stop: threading.Event | None = None) -> Session:
        """The same log-in for another thread, whose waiting `stop` ends."""
        twin = Session(self.account, patience=self._http.patience, read=self.read, stop=stop or self._http.stop)
        twin._http.cookies.update(self._http.cookies)
        twin._http.headers.update(self._http.headers)
        return twin

    def get(self, path: str, **params: Any) -> Any:
        """The value at a path; lists that have pages come from `listed`."""
        return self._http.request("GET", self._url(path), params=params).json()

    def listed(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """All rows of a list that comes in pages, each row once, also where the list changes meanwhile.

        The addresses of further pages are made here; those that the server names may lead to another host.
        """
        seen: set[int] = set()
        for _ in range(PASSES):
            offset, counts = 0, set()
            while True:
                rows, count = self._page(path, offset, params)
                counts.add(count)
                fresh = [row for row in rows if row["id"] not in seen]
                seen.update(row["id"] for row in fresh)
                yield from fresh
                offset += len(rows)
                if not rows or offset >= count or offset > len(seen) + BEHIND:
                    break
            if len(counts) == 1 and len(seen) >= count:
                return

    def _page(self, path: str, offset: int, params: dict[str, Any]) -> tuple[list[dict[str, Any]], int]:
        page = self.get(path, **{"limit": PAGE, "offset": offset, **params})
        try:
            return list(page["results"]), int(page["count"])
        except (KeyError, TypeError, ValueError):
            raise ServerError(f"{self.address}: {path} is no list with pages; is this doccano 1.8?") from None

    def create(
        self,
        path: str,
        body: Any,
        *,
        find: Callable[[], Any | None] | None = None,
        params: dict[str, Any] | None = None,
    ) -> Any:
        """POST a value, once.

        Args:
            find: looks whether the thing is there already; asked when an answer was lost, before anything is sent
                again. Without it a lost answer is an error; `lambda: None` where doing it twice does no harm.
        """
        return self.once(lambda: self._http.post(self._url(path), json=body, params=params).json(), find)

    def once(self, post: Callable[[], Any], find: Callable[[], Any | None] | None) -> Any:
        """Call `post`, which may be a controller's `create`, until it is known to have worked, once; see `create`."""
        waiting = Waiting(self._http.patience, self._http.stop)
        while True:
            try:
                return post()
            except (LostError, RefusedError) as problem:
                if find is None or (isinstance(problem, RefusedError) and problem.status != 500):
                    raise
                waiting.after(problem)
            found = find()
            if found is not None:
                return found

    def change(self, path: str, body: Any) -> Any:
        """PATCH a value; doing it twice does no harm."""
        return self._http.request("PATCH", self._url(path), json=body).json()

    def remove(self, path: str) -> None:
        """DELETE a thing; one that is gone already is fine."""
        try:
            self._http.request("DELETE", self._url(path))
        except RefusedError as problem:
            if problem.status != 404:
                raise

    def save(self, path: str, file: Path, **params: Any) -> None:
        """Download what is at a path into a file, which appears whole or not at all."""
        partial, ends = file.with_name(file.name + ".part"), time.monotonic() + WHOLE
        response = self._http.request("GET", self._url(path), params=params, raw=True, headers={"accept": "*/*"})
        try:
            with partial.open("wb") as out:
                for part in response.iter_content(CHUNK):
                    out.write(part)
                    if time.monotonic() > ends:
                        raise TimeoutError
            partial.replace(file)
        except OSError as error:  # what requests raises is one as well
            partial.unlink(missing_ok=True)
            if error.errno is not None:
                raise
            raise AwayError(f"{self.address} broke off a download; run the same command again") from None

    def _url(self, path: str) -> str:
        return f"{self.client.api_url}/{path}"

    def _not_let_in(self, problem: RefusedError) -> Exception:
        if problem.status in (400, 401, 403):
            return ConfigError(
                f"{self.address} does not let {self.user} in: wrong name or password; check --user "
                "(or CLAIMSTAKE_DOCCANO_USER) and CLAIMSTAKE_DOCCANO_PASSWORD"
            )
        if problem.status in (200, 404, 405):
            return ConfigError(f"{self.address} is no doccano server (HTTP {problem.status}); check --url")
        return problem


def _client(address: str) -> DoccanoClient:
    try:
        from doccano_client.beta import DoccanoClient
    except ImportError:
        raise ConfigError('doccano-client is not installed; pip install "claimstake[doccano]"') from None
    return DoccanoClient(address)
