"""Accounts, sessions, tokens and the audit log of one desk, and the log-in."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from threading import BoundedSemaphore, Lock
from typing import Any

from claimstake.service.safety import passwords
from claimstake.service.safety.accounts import Accounts
from claimstake.service.safety.auditing import Audit
from claimstake.service.safety.books import Books
from claimstake.service.safety.listening import accounts_needed, ensure
from claimstake.service.safety.refusals import Refused
from claimstake.service.safety.sessions import Sessions
from claimstake.service.safety.throttle import Throttle, network
from claimstake.service.safety.tokens import Tokens
from claimstake.service.settings import Settings

PER_CLIENT, PER_ACCOUNT = (10, 6.0), (20, 15.0)  # tries that may fail at once, seconds for each one more
AT_ONCE, QUEUED = 2, 16  # passwords that are checked at a time (32 MB each), and wait for it

log = logging.getLogger(__name__)


class Safety:
    """What the rest of the service asks and tells. Safe to be used by many threads at once.

    The database is opened when it is first needed, but at once where clients have to log in.

    Raises:
        ConfigError: `settings` would let in, or leave out, everybody.
        StoreError: the database cannot be opened.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.accounts_needed = accounts_needed(settings)
        self._lock = Lock()
        self._clients, self._names = Throttle(*PER_CLIENT), Throttle(*PER_ACCOUNT)
        self._places, self._checking = BoundedSemaphore(AT_ONCE + QUEUED), BoundedSemaphore(AT_ONCE)
        ensure(settings, lambda: self.accounts.any())
        if self.accounts_needed:
            passwords.decoy()

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self._books)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self._books)

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self._books)

    @cached_property
    def log(self) -> Audit:
        return Audit(self._books)

    def audit(
        self, by: str, action: str, what: str, detail: Mapping[str, Any] | None = None, address: str | None = None
    ) -> None:
        """Note a change that was made.

        Args:
            by: name of the analyst.
            action: judgement, reading, kept, login …
            what: was changed: a document's key, a claim's id, an account.
            detail: more of it, as JSON takes it; never a secret.
            address: of the client (`request.client.host`).

        Raises:
            StoreError: the database cannot be written.
        """
        self.log.write(by, action, what, detail, address)

    def log_in(self, name: str, password: str, address: str) -> str | None:
        """A new session's secret, None where name or password is wrong. It takes a while: call it in a thread.

        Raises:
            Refused: 429, so many tries failed; 503, too many are being checked.
        """
        client = network(address)
        keys = [(self._clients, client)]
        if not self._is_known(name, address):
            # Whoever logged in from there before is not kept out by what others try.
            keys.append((self._names, name[:64]))
        _take(keys)
        secret = self._checked(name, password)
        if secret is None:
            # What is no account's name may be a password in the wrong field.
            what = name if self.accounts.exists(name) else "no such account"
            self.audit("", "login refused", what, address=address)
            log.warning("log-in refused, from %s", client)
            return None
        for throttle, key in keys:
            throttle.give_back(key)
        self.audit(name, "login", name, address=address)
        return secret

    def log_out(self, name: str, secret: str, address: str) -> None:
        """End a session."""
        self.sessions.end(secret)
        self.audit(name, "logout", name, address=address)

    def close(self) -> None:
        """Let go of connections."""
        if "_opened" in self.__dict__:
            self._opened.close()

    @property
    def _books(self) -> Books:
        with self._lock:
            return self._opened

    @cached_property
    def _opened(self) -> Books:
        return Books.open(self.settings.database)

    def _is_known(self, name: str, address: str) -> bool:
        return bool(self._names.wait(name[:64])) and self.log.knows(name, address)

    def _checked(self, name: str, password: str) -> str | None:
        if not self._places.acquire(blocking=False):
            raise Refused(503, "too many people log in at once", "try again in a moment", {"retry-after": "2"})
        try:
            with self._checking:
                kept = self.accounts.admits(name, password)
            return self.sessions.begin(name, kept) if kept else None
        finally:
            self._places.release()


def _take(keys: list[tuple[Throttle, str]]) -> None:
    """Count a try under each key, or under none."""
    seconds = max(throttle.wait(key) for throttle, key in keys)
    if not seconds:
        seconds = max(throttle.take(key) for throttle, key in keys)
    if seconds:
        told = f"wait {seconds} seconds, then try again"
        raise Refused(429, "too many log-ins failed", told, {"retry-after": str(seconds)})
