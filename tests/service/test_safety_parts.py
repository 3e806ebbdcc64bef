"""Parts of the guard by themselves: passwords, throttles, sessions, tokens, audit, what must hold at the start."""

from __future__ import annotations

import hmac
import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from claimstake.errors import ConfigError, StoreError
from claimstake.service.safety import books as books_module
from claimstake.service.safety import forgery, passwords
from claimstake.service.safety.accounts import Accounts
from claimstake.service.safety.auditing import Audit
from claimstake.service.safety.books import Books, when
from claimstake.service.safety.listening import accounts_needed, ensure
from claimstake.service.safety.refusals import Refused
from claimstake.service.safety.safety import Safety
from claimstake.service.safety.sessions import IDLE, LONGEST, Sessions
from claimstake.service.safety.throttle import REMEMBERED, Throttle, network
from claimstake.service.safety.tokens import Tokens
from claimstake.service.settings import Settings
from claimstake.store.tables import sessions as sessions_table
from claimstake.store.tables import tokens as tokens_table
from postgresql_server import postgresql

GOOD = "seven grey herons wade"


@pytest.fixture(autouse=True)
def _quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hashes of less work, but for tests of the work."""
    if "real_work" not in request.fixturenames:
        monkeypatch.setattr(passwords, "LOG_N", 8)
    passwords.decoy.cache_clear()
    yield
    passwords.decoy.cache_clear()


@pytest.fixture
def real_work() -> None:
    """Marks a test of how long hashes take."""


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """A PostgreSQL of our own."""
    with postgresql() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def books(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Books]:
    """An empty desk in either database."""
    target = str(tmp_path / "desk.db")
    if request.param == "postgresql":
        target = f"{request.getfixturevalue('server').get_uri()}&schema=desk_{uuid4().hex}"
    found = Books.open(target)
    yield found
    found.close()


# --- passwords ---


@pytest.mark.usefixtures("real_work")
def test_what_is_kept_of_a_password_is_its_scrypt_hash() -> None:
    """With parameters and salt; the same password is never kept twice alike, and typed otherwise in Unicode it fits."""
    kept = passwords.hashed(GOOD)
    assert kept.startswith("scrypt$15$8$3$")
    assert GOOD not in kept
    assert kept != passwords.hashed(GOOD)
    assert passwords.matches(GOOD, kept)
    assert not passwords.matches(GOOD + " ", kept)
    assert passwords.matches("caf\u00e9 au lait, twice", passwords.hashed("cafe\u0301 au lait, twice"))


@pytest.mark.parametrize(
    "kept", ["", "scrypt", "plain$15$8$3$x$y", "scrypt$a$8$3$AA==$AA==", "scrypt$40$8$3$AA==$AA=="]
)
def test_a_damaged_hash_is_of_no_password(kept: str) -> None:
    """It does not break the log-in, and takes no more memory than is allowed."""
    assert not passwords.matches(GOOD, kept)


@pytest.mark.parametrize(
    "password", ["", "short", "x" * 11, "aaaaaaaaaaaaaaaa", "mei123456789", "MEI-2025!!!!", "y" * 1_001]
)
def test_bad_passwords_are_refused(password: str) -> None:
    """The message never repeats them."""
    with pytest.raises(ConfigError) as error:
        passwords.checked(password, "mei")
    assert len(password) < 3 or password not in str(error.value)


def test_secrets_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Passwords, CSRF tokens and API tokens all go through `hmac.compare_digest`."""
    seen: list[tuple] = []
    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: seen.append((a, b)) or real(a, b))
    kept = passwords.hashed(GOOD)
    assert passwords.matches(GOOD, kept)
    assert forgery.same("one", "one")
    found = Books.open(str(tmp_path / "desk.db"))
    Accounts(found).add("mei", GOOD)
    _, token = Tokens(found).issue("mei", "", None)
    assert Tokens(found).account(token) == "mei"
    found.close()
    assert len(seen) == 3


# --- accounts, sessions, tokens ---


def test_accounts_come_and_go(books: Books) -> None:
    """In SQLite and PostgreSQL alike; unknown names are told of with the command that lists the known."""
    accounts = Accounts(books)
    assert not accounts.any()
    accounts.add("mei", GOOD)
    accounts.add("Zoë.K@desk", GOOD)
    with pytest.raises(ConfigError, match="there is an account 'mei'"):
        accounts.add("mei", GOOD)
    for bad in ("", "a b", "-a", "a\nb", "x" * 65, "a/b", "<b>"):
        with pytest.raises(ConfigError, match="a name has"):
            accounts.add(bad, GOOD)
    assert accounts.admits("mei", GOOD)
    assert not accounts.admits("mei", GOOD + "x")
    assert not accounts.admits("Mei", GOOD)
    accounts.disable("mei")
    assert not accounts.admits("mei", GOOD)
    assert [(a.name, bool(a.disabled)) for a in accounts.list()] == [("Zoë.K@desk", False), ("mei", True)]
    accounts.enable("mei")
    assert accounts.admits("mei", GOOD)
    accounts.remove("mei")
    for change in (accounts.remove, accounts.disable, accounts.enable, lambda n: accounts.set_password(n, GOOD)):
        with pytest.raises(ConfigError, match="claimstake account list"):
            change("mei")


def test_sessions_end_with_what_they_stand_on(books: Books) -> None:
    """New password, disabled, removed; logged out; one of an old password that was checked too early never begins."""
    accounts, sessions = Accounts(books), Sessions(books)
    accounts.add("mei", GOOD)
    kept = accounts.admits("mei", GOOD)

    def begun() -> str:
        secret = sessions.begin("mei", accounts.admits("mei", GOOD))
        assert sessions.account(secret) == "mei"
        return secret

    secret = begun()
    sessions.end(secret)
    assert sessions.account(secret) is None
    for change in (lambda: accounts.set_password("mei", GOOD), lambda: accounts.disable("mei")):
        secret = begun()
        change()
        assert sessions.account(secret) is None
    accounts.enable("mei")
    assert sessions.account(secret) is None
    assert sessions.begin("mei", kept) is None
    secret = begun()
    accounts.remove("mei")
    assert sessions.account(secret) is None
    assert sessions.account("") is None
    assert sessions.account("\udcff") is None


def test_sessions_last_while_they_are_used_and_not_for_ever(books: Books) -> None:
    """Each use moves the end, up to some days after the log-in; an idle one ends, and is forgotten."""
    accounts, sessions = Accounts(books), Sessions(books)
    accounts.add("mei", GOOD)
    kept = accounts.admits("mei", GOOD)
    secret = sessions.begin("mei", kept)

    def moved(created: timedelta, expires: timedelta) -> str:
        change = sa.update(sessions_table).values(created=when(created), expires=when(expires))
        books.write(lambda connection: connection.execute(change))
        assert sessions.account(secret) in ("mei", None)
        return books.read(lambda connection: connection.execute(sa.select(sessions_table.c.expires)).scalar())

    assert moved(timedelta(0), timedelta(hours=1)) >= when(IDLE - timedelta(seconds=5))
    assert moved(timedelta(0), IDLE - timedelta(minutes=1)) <= when(IDLE - timedelta(minutes=1))
    near = moved(timedelta(hours=1) - LONGEST, timedelta(minutes=5))
    assert when(timedelta(minutes=59)) <= near <= when(timedelta(minutes=61))
    moved(-LONGEST, timedelta(seconds=-1))
    assert sessions.account(secret) is None
    sessions.begin("mei", kept)
    assert books.read(lambda c: c.execute(sa.select(sa.func.count()).select_from(sessions_table)).scalar()) == 1


def test_tokens_stand_for_an_account_until_they_expire(books: Books) -> None:
    """Or it is disabled; only their hash is kept."""
    accounts, tokens = Accounts(books), Tokens(books)
    with pytest.raises(ConfigError, match="no account 'mei'"):
        tokens.issue("mei", "", None)
    accounts.add("mei", GOOD)
    id_, token = tokens.issue("mei", "export", timedelta(days=1))
    assert token.startswith("csk_")
    assert len(token) == 47
    assert tokens.account(token) == "mei"
    assert [(t.id, t.account, t.says) for t in tokens.list()] == [(id_, "mei", "export")]
    rows = books.read(lambda connection: connection.execute(sa.select(tokens_table)).all())
    assert token not in repr(rows)
    for wrong in ("", token[:-1], token + "A", "csk_" + "A" * 43, "\0", token.removeprefix("csk_")):
        assert tokens.account(wrong) is None
    accounts.disable("mei")
    assert tokens.account(token) is None
    accounts.enable("mei")
    assert tokens.account(token) == "mei"
    books.write(lambda connection: connection.execute(sa.update(tokens_table).values(expires=when())))
    assert tokens.account(token) is None
    assert tokens.revoke(id_) == "mei"
    with pytest.raises(ConfigError, match="no token"):
        tokens.revoke(id_)


def test_secrets_do_not_stand_in_the_file(tmp_path: Path) -> None:
    """The bytes of the database and its log hold neither password nor token nor what a cookie holds."""
    path = tmp_path / "desk.db"
    found = Books.open(str(path))
    Accounts(found).add("mei", GOOD)
    _, token = Tokens(found).issue("mei", "", None)
    secret = Sessions(found).begin("mei", Accounts(found).admits("mei", GOOD))
    held = b"".join(part.read_bytes() for part in tmp_path.iterdir())
    assert b"mei" in held
    for word in (GOOD, token, token.removeprefix("csk_"), secret):
        assert word.encode() not in held
    found.close()


# --- log-in and throttle ---


def test_a_throttle_makes_nobody_wait_for_long() -> None:
    """Some failures are free, then one every so many seconds: however many there were, the wait stays that short."""
    now = [0.0]
    throttle = Throttle(3, 10.0, clock=lambda: now[0])
    assert [throttle.take("a") for _ in range(6)] == [0, 0, 0, 10, 10, 10]
    assert throttle.take("b") == 0
    now[0] = 9.5
    assert throttle.take("a") == 1
    now[0] = 10.0
    assert throttle.take("a") == 0
    assert throttle.take("a") == 10
    throttle.give_back("a")
    assert throttle.wait("a") == 0
    now[0] = 1_000.0
    assert [throttle.take("a") for _ in range(4)] == [0, 0, 0, 10]
    for number in range(REMEMBERED + 10):
        throttle.take(str(number))
    assert throttle.wait("a") == 0


def test_one_customer_is_one_client() -> None:
    """Who has 64 bits of addresses has no more tries than who has one."""
    assert network("2001:db8:1:2:3::9") == network("2001:db8:1:2:ffff::1") != network("2001:db8:1:3::1")
    assert network("::ffff:10.0.0.1") == network("10.0.0.1") == "10.0.0.1"
    assert network("fe80::1%eth0") == network("fe80::2")
    assert network("testclient") == "testclient"


@pytest.fixture
def safety(tmp_path: Path) -> Iterator[Safety]:
    """A desk with the account of mei."""
    database = str(tmp_path / "desk.db")
    found = Books.open(database)
    Accounts(found).add("mei", GOOD)
    found.close()
    safety = Safety(Settings(database, accounts=True))
    yield safety
    safety.close()


def test_guessing_is_slowed_down_and_keeps_nobody_out(safety: Safety) -> None:
    """By client, and by account over all clients; who logged in from there before is let in all the same."""
    assert safety.log_in("mei", GOOD, "10.0.0.1")
    refused = []
    for number in range(60):
        try:
            assert safety.log_in("mei", "wrong words, all of them", f"10.1.{number % 4}.1") is None
        except Refused as found:
            refused.append(found)
    assert len(refused) >= 35
    assert {found.status for found in refused} == {429}
    assert 1 <= int(refused[-1].headers["retry-after"]) <= 15
    with pytest.raises(Refused):
        safety.log_in("mei", GOOD, "10.9.9.9")
    assert safety.log_in("mei", GOOD, "10.0.0.1")
    actions = [(entry.action, entry.what, entry.by) for entry in safety.log.entries()]
    assert actions.count(("login", "mei", "mei")) == 2
    assert actions.count(("login refused", "mei", "")) == 60 - len(refused)


def test_a_password_in_the_wrong_field_is_not_noted(safety: Safety) -> None:
    """Names that are no account's stand nowhere."""
    assert safety.log_in(GOOD, "mei", "10.0.0.1") is None
    (entry,) = safety.log.entries()
    assert (entry.action, entry.what, entry.address) == ("login refused", "no such account", "10.0.0.1")


@pytest.mark.usefixtures("real_work")
def test_unknown_names_take_as_long(safety: Safety) -> None:
    """Processor time of a refusal: minimum of three, within a fifth of each other."""

    def taken(name: str) -> float:
        times = []
        for _ in range(3):
            began = time.thread_time()
            assert safety.accounts.admits(name, "wrong words, all of them") is None
            times.append(time.thread_time() - began)
        return min(times)

    known, unknown = taken("mei"), taken("nobody")
    assert 0.8 < known / unknown < 1.25


def test_few_passwords_are_checked_at_a_time(safety: Safety, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others wait, and those too many are told to come again."""
    inside, most, lock, opened = 0, 0, threading.Lock(), threading.Event()

    def admits(name: str, password: str) -> None:
        nonlocal inside, most
        with lock:
            inside, most = inside + 1, max(most, inside + 1)
        opened.wait(20)
        with lock:
            inside -= 1

    monkeypatch.setattr(safety.accounts, "admits", admits)
    answers: list[object] = []

    def ask(number: int) -> None:
        try:
            answers.append(safety.log_in(f"n{number}", "x", f"10.2.{number}.1"))
        except Refused as refused:
            answers.append(refused.status)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(25)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 20
    while len(answers) < 7 and time.monotonic() < end:
        time.sleep(0.01)
    opened.set()
    for thread in threads:
        thread.join(20)
    assert most == 2
    assert sorted(answers, key=str) == [503] * 7 + [None] * 18


# --- audit ---


def test_the_audit_log_is_read_as_it_was_written(books: Books) -> None:
    """Oldest first; by account, action, time, and only the last of them."""
    audit = Audit(books)
    audit.write("mei", "judgement", "k1 c1", {"verdict": "accepted", "note": "ü\n<b>"}, "10.0.0.1")
    audit.write("tom", "kept", "x" * 5_000 + "\0")
    audit.write("mei", "reading", "k1\0", {"state": "done"})
    found = list(audit.entries())
    assert [entry.by for entry in found] == ["mei", "tom", "mei"]
    assert found[0].detail == {"verdict": "accepted", "note": "ü\n<b>"}
    assert len(found[1].what) == 2_000
    assert found[2].what == "k1\ufffd"
    assert [entry.action for entry in audit.entries(by="mei")] == ["judgement", "reading"]
    assert [entry.action for entry in audit.entries(action="kept")] == ["kept"]
    assert [entry.action for entry in audit.entries(last=2)] == ["kept", "reading"]
    assert [entry.action for entry in audit.entries(last=1, by="mei")] == ["reading"]
    assert list(audit.entries(since="2999")) == []
    assert len(list(audit.entries(since="2025-01-01"))) == 3
    assert list(audit.entries(by="mei' OR '1'='1")) == []


# --- where it listens ---


def test_accounts_are_needed_where_others_may_ask() -> None:
    """Another address, another name, a proxy; not on loopback, in any spelling."""
    assert not any(
        accounts_needed(Settings("x.db", host=host)) for host in ("127.0.0.1", "::1", "localhost", "127.1.2.3")
    )
    assert all(
        accounts_needed(Settings("x.db", host=host)) for host in ("0.0.0.0", "::", "10.0.0.1", "desk.example", "")
    )
    assert accounts_needed(Settings("x.db", accounts=True))
    assert accounts_needed(Settings("x.db", proxied=True))
    assert accounts_needed(Settings("x.db", names=("desk.example",)))


def test_a_desk_for_others_does_not_open_without_accounts_or_in_the_clear(tmp_path: Path) -> None:
    """The messages name the command and the options; a password in the database's address is not told."""
    database = str(tmp_path / "desk.db")
    with pytest.raises(ConfigError, match=f"claimstake account add NAME --db {database}"):
        Safety(Settings(database, host="0.0.0.0", insecure=True))
    with pytest.raises(ConfigError) as error:
        ensure(Settings("postgresql://me:hunter2@host/desk", accounts=True), lambda: False)
    assert "hunter2" not in str(error.value)
    found = Books.open(database)
    Accounts(found).add("mei", GOOD)
    found.close()
    with pytest.raises(ConfigError, match="--certificate.*--behind-proxy.*--insecure"):
        Safety(Settings(database, host="0.0.0.0"))
    for fine in ({"secure": True}, {"insecure": True}, {"proxied": True}, {"host": "::1", "accounts": True}):
        Safety(Settings(database, **{"host": "0.0.0.0", **fine})).close()


def test_a_database_that_is_away_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As any other: by a StoreError without a query in it."""
    monkeypatch.setattr(books_module, "PATIENCE", 0.1)
    path = tmp_path / "desk.db"
    found = Books.open(str(path))
    found.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE accounts")
    with pytest.raises(StoreError) as error:
        Accounts(found).exists("secret-name")
    assert "secret-name" not in str(error.value)
    with pytest.raises(StoreError, match="there is no such file"):
        Books.open(str(tmp_path / "none.db"), make=False)
    assert not (tmp_path / "none.db").exists()
