"""What the guard lets through and what not, request by request, against the real application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claimstake.errors import ConfigError
from claimstake.service.safety.accounts import Accounts
from claimstake.service.safety.books import Books
from claimstake.service.safety.headers import POLICY
from claimstake.service.settings import Limits, Settings
from desk_requests import PASSWORD, Client, application

FOREIGN = ("http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1.evil.example", "//", "http://[")


@pytest.fixture(scope="module")
def own() -> Callable[..., Client]:
    """A desk for its own machine, without accounts."""
    app, _ = application(Settings("unused.db", user="Ada", limits=Limits(body=20_000, request=0.4)))
    return Client(app)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A desk that others reach, with an account; gives application and `Safety`."""
    database = str(tmp_path_factory.mktemp("shared") / "desk.db")
    books = Books.open(database)
    Accounts(books).add("mei", PASSWORD)
    books.close()
    app, safety = application(Settings(database, host="0.0.0.0", names=("desk.example",), insecure=True))
    yield app, safety
    safety.close()


# --- Host ---


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8321", "localhost:8321", "LOCALHOST", "localhost.", "[::1]:8321", "[::1]", "127.9.9.9:80"]
)
def test_names_of_this_machine_are_right(own: Client, host: str) -> None:
    """Loopback in all its spellings, IPv4 and IPv6, with and without a port."""
    assert own("GET", "/v1/tests/who", headers={"Host": host}).json()["name"] == "Ada"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 421),
        ("evil.example:8321", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("192.168.1.7:8321", 421),
        ("[2001:db8::1]:8321", 421),
        ("", 400),
        ("a b", 400),
        ("::1", 400),
        ("user@localhost", 400),
        ("localhost:port", 400),
        ("localhost/..", 400),
    ],
)
def test_other_names_are_refused(own: Client, host: str, status: int) -> None:
    """A name of an attacker's that leads to this machine (DNS rebinding) opens nothing, whatever is asked for."""
    for path in ("/v1/tests/who", "/healthz", "/static/desk.css", "/"):
        answer = own("GET", path, headers={"Host": host})
        assert answer.status_code == status
        assert "Ada" not in answer.text
        assert not host or host not in answer.text


def test_two_hosts_are_none(own: Client) -> None:
    """Which one a proxy before us believed is not known."""
    answer = own("GET", "/v1/tests/who", headers=[("Host", "localhost"), ("Host", "evil.example")])
    assert answer.status_code == 400


@pytest.mark.parametrize("host", ["desk.example", "Desk.Example:443", "10.1.2.3:8321", "[2001:db8::7]:8321"])
def test_listening_everywhere_takes_given_names_and_addresses(shared: Any, host: str) -> None:
    """No name can be made to mean an address in digits, so these are no one else's."""
    assert Client(shared[0])("GET", "/v1/tests/who", headers={"Host": host}).status_code == 401
    assert Client(shared[0])("GET", "/v1/tests/who", headers={"Host": "other.example"}).status_code == 421


# --- headers ---


def test_the_policy_lets_nothing_in_but_our_own_files() -> None:
    """Neither inline script and style, nor frames, nor other servers."""
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules.pop("img-src") == "'self' data:"
    for name in ("default-src", "frame-ancestors", "base-uri"):
        assert rules.pop(name) == "'none'"
    assert rules == dict.fromkeys(("script-src", "style-src", "font-src", "connect-src", "form-action"), "'self'")


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/v1/tests/who", "localhost"),
        ("/v1/tests/broken", "localhost"),
        ("/no/such/page", "localhost"),
        ("/static/desk.css", "localhost"),
        ("/static/missing.css", "localhost"),
        ("/v1/tests/who", "evil.example"),
        ("/", "evil.example"),
    ],
)
def test_headers_stand_on_every_answer(own: Client, path: str, host: str) -> None:
    """Errors, refusals and faults of ours too."""
    headers = own("GET", path, headers={"Host": host}).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static/") else "no-store")
    assert "access-control-allow-origin" not in headers
    assert "strict-transport-security" not in headers


def test_https_is_remembered(tmp_path: Path) -> None:
    """Where the desk is reached by https."""
    app, _ = application(Settings(str(tmp_path / "unused.db"), secure=True))
    headers = Client(app, "https://localhost")("GET", "/v1/tests/who").headers
    assert headers["strict-transport-security"].startswith("max-age=")


# --- other sites ---


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_program_of_this_machine_needs_no_token(own: Client, method: str) -> None:
    """It sends nothing that only browsers send."""
    assert own(method, "/v1/tests/change").json()["by"] == "Ada"


def test_a_page_of_ours_sends_its_token(own: Client) -> None:
    """As scripts do."""
    token = own("GET", "/v1/tests/who").json()["csrf"]
    browser = {"Origin": "http://127.0.0.1:8321", "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": token}
    assert own("POST", "/v1/tests/change", headers=browser).status_code == 200
    assert own("POST", "/tests/change", headers=browser).status_code == 200
    for wrong in ("", "0" * 64, token[:-1], token + "0", "ü"):
        sent = {**browser, "X-CSRF-Token": wrong.encode()}
        assert own("POST", "/v1/tests/change", headers=sent).status_code == 403
    del browser["X-CSRF-Token"]
    assert own("POST", "/v1/tests/change", headers=browser).status_code == 403


@pytest.mark.parametrize("mark", [{"Origin": "http://127.0.0.1:8321"}, {"Cookie": "a=b"}, {"Sec-Fetch-Mode": "cors"}])
def test_whatever_looks_like_a_browser_needs_the_token(own: Client, mark: dict[str, str]) -> None:
    """One such header is enough; pages need it from everybody."""
    assert own("POST", "/v1/tests/change", headers=mark).status_code == 403
    assert own("POST", "/tests/change").status_code == 403


@pytest.mark.parametrize("origin", FOREIGN)
def test_other_origins_change_nothing(own: Client, origin: str) -> None:
    """Not even with the right token."""
    token = own("GET", "/v1/tests/who").json()["csrf"]
    headers = {"Origin": origin, "X-CSRF-Token": token}
    assert own("POST", "/v1/tests/change", headers=headers).status_code == 403
    assert own("GET", "/v1/tests/who", headers={"Origin": origin}).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_other_sites_change_and_read_nothing(own: Client, site: str) -> None:
    """Other ports of this machine are the same site, and another's all the same; links may be followed."""
    token = own("GET", "/v1/tests/who").json()["csrf"]
    fetch = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    assert own("GET", "/v1/tests/who", headers=fetch).status_code == 403
    assert own("POST", "/v1/tests/change", headers={**fetch, "X-CSRF-Token": token}).status_code == 403
    link = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert own("GET", "/tests/who", headers=link).status_code == 200
    assert own("GET", "/tests/who", headers={**link, "Sec-Fetch-Dest": "iframe"}).status_code == 403
    assert own("POST", "/tests/change", headers={**link, "X-CSRF-Token": token}).status_code == 403


def test_a_form_bears_the_token_in_its_first_field(own: Client) -> None:
    """And arrives whole behind the guard, which read its beginning."""
    token = own("GET", "/v1/tests/who").json()["csrf"]
    ours = {"Origin": "http://127.0.0.1:8321"}
    long = "x" * 9_000
    form = {"csrf": token, "text": long}
    assert own("POST", "/v1/tests/form", data=form, headers=ours).json() == form
    files = {"file": ("a.txt", long)}
    found = own("POST", "/v1/tests/form", data={"csrf": token}, files=files, headers=ours)
    assert found.json() == {"csrf": token, "file": long}
    for wrong in ({"text": "x", "csrf": token}, {"csrf": "0" * 64, "text": "x"}, {"text": token}):
        assert own("POST", "/v1/tests/form", data=wrong, headers=ours).status_code == 403
        assert own("POST", "/v1/tests/form", data=wrong, files=files, headers=ours).status_code == 403
    as_file = {"csrf": ("csrf", token)}
    assert own("POST", "/v1/tests/form", files=as_file, headers=ours).status_code == 403


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=" + "x" * 300, "text/plain", "a/b; \x7f=", ""]
)
def test_odd_forms_bear_no_token(own: Client, kind: str) -> None:
    """They are refused, and nothing breaks."""
    headers = {"Origin": "http://127.0.0.1:8321", "Content-Type": kind}
    assert own("POST", "/v1/tests/form", content=b"csrf=1", headers=headers).status_code == 403


# --- bodies ---


def test_long_bodies_are_refused_before_they_come(own: Client) -> None:
    """By what they say of their length."""
    assert own("POST", "/v1/tests/change", content=b"x" * 20_000).json()["bytes"] == 20_000
    answer = own("POST", "/v1/tests/change", content=b"x" * 20_001)
    assert answer.status_code == 413
    assert "20,000 bytes" in answer.json()["error"]["what"]
    assert answer.headers["connection"] == "close"
    for length in ("9" * 40, "-1", "1e3", ""):
        found = own("POST", "/v1/tests/change", content=b"x", headers={"Content-Length": length})
        assert found.status_code in (400, 413)


def test_words_are_shorter_than_documents() -> None:
    """Each of a million wrong values would be checked in the event loop, and told."""
    app, _ = application(Settings("unused.db", limits=Limits(body=20_000, words=1_000)))
    client = Client(app)
    assert client("POST", "/v1/tests/change", content=b"x" * 1_000).status_code == 200
    assert client("POST", "/v1/tests/change", content=b"x" * 1_001).status_code == 413
    assert client("POST", "/v1/annotate", content=b"x" * 20_001).status_code == 413
    assert client("POST", "/v1/annotate", content=b"x" * 1_001, headers={"Content-Type": "a/b"}).status_code == 415


def test_two_ends_of_a_request_are_refused(own: Client) -> None:
    """A proxy that believes the other one would let a second request through within the first."""
    headers = {"Content-Length": "4", "Transfer-Encoding": "chunked"}
    answer = own("POST", "/v1/tests/change", content=b"0000", headers=headers)
    assert (answer.status_code, answer.headers["connection"]) == (400, "close")


def test_long_bodies_without_a_length_are_refused_as_they_come(own: Client) -> None:
    """Chunk by chunk; what the application makes of the break is not what the client reads."""

    async def endless() -> Any:
        for _ in range(1_000):
            yield b"x" * 1_000

    for path in ("/v1/tests/change", "/v1/tests/form"):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = own("POST", path, content=endless(), headers=kind)
        assert answer.status_code == 413
        assert "20,000 bytes" in answer.json()["error"]["what"]


def test_slow_bodies_are_refused(own: Client) -> None:
    """They do not keep anything waiting for longer than the limit."""

    async def slow() -> Any:
        for _ in range(100):
            yield b"x"
            await asyncio.sleep(0.1)

    answer = own("POST", "/v1/tests/change", content=slow())
    assert answer.status_code == 408


# --- who asks ---


def test_nobody_is_let_in_where_accounts_are(shared: Any) -> None:
    """Programs are told so, people are led to the log-in and back."""
    ask = Client(shared[0])
    for method, path in (("GET", "/v1/tests/who"), ("POST", "/v1/tests/change"), ("GET", "/openapi.json")):
        answer = ask(method, path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
    answer = ask("GET", "/claims?text=a%20b&since=2025")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Fclaims%3Ftext%3Da%2520b%26since%3D2025"
    assert ask("POST", "/tests/change").status_code == 401
    assert ask("GET", "/static/desk.css").status_code == 200
    assert ask("GET", "/static/../v1/tests/who").status_code in (401, 404)
    assert ask("GET", "/static/%2e%2e/app.py").status_code == 404


def test_a_log_in_opens_the_desk_and_a_log_out_closes_it(shared: Any) -> None:
    """The cookie is for this site and for no script; the session's token works, another's does not."""
    ask, other = Client(shared[0]), Client(shared[0])
    answer = ask.log_in("mei", then="/claims?text=x")
    assert (answer.status_code, answer.headers["location"]) == (303, "/claims?text=x")
    (cookie,) = [line for line in answer.headers.get_list("set-cookie") if line.startswith("claimstake=")]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    mine = ask("GET", "/v1/tests/who").json()
    assert mine["name"] == "mei"
    other.log_in("mei")
    theirs = other("GET", "/v1/tests/who").json()["csrf"]
    assert theirs != mine["csrf"]
    assert ask("POST", "/v1/tests/change").status_code == 403
    assert ask("POST", "/v1/tests/change", headers={"X-CSRF-Token": theirs}).status_code == 403
    assert ask("POST", "/v1/tests/change", headers={"X-CSRF-Token": mine["csrf"]}).json()["by"] == "mei"
    secret = ask.jar["claimstake"]
    assert ask("POST", "/logout", data={"csrf": mine["csrf"]}).headers["location"] == "/login"
    assert "claimstake" not in ask.jar
    ask.jar.set("claimstake", secret)
    assert ask("GET", "/v1/tests/who").status_code == 401
    assert other("GET", "/v1/tests/who").status_code == 200


def test_a_session_is_never_one_that_was_there_before(shared: Any) -> None:
    """Nobody can plant a cookie that a log-in makes good (session fixation)."""
    ask, planted = Client(shared[0]), "A" * 43
    ask.jar.set("claimstake", planted, domain="127.0.0.1")
    answer = ask.log_in("mei")
    assert answer.status_code == 303
    assert ask.jar["claimstake"] != planted
    assert ask("GET", "/v1/tests/who").json()["name"] == "mei"
    thief = Client(shared[0])
    thief.jar.set("claimstake", planted)
    assert thief("GET", "/v1/tests/who").status_code == 401


def test_a_log_in_form_is_good_for_its_browser_alone(shared: Any) -> None:
    """Another site cannot log somebody in to an account of its own."""
    token = Client(shared[0]).csrf()
    form = {"csrf": token, "name": "mei", "password": PASSWORD}
    assert Client(shared[0])("POST", "/login", data=form).status_code == 403
    ask = Client(shared[0])
    form["csrf"] = ask.csrf()
    assert ask("POST", "/login", data=form, headers={"Origin": "http://evil.example"}).status_code == 403
    assert ask("POST", "/login", data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert ask("POST", "/login", data=form).status_code == 303


@pytest.mark.parametrize(
    ("name", "password"), [("mei", "five other words"), ("nobody", PASSWORD), ("", ""), ("a\0b", "\0 z")]
)
def test_a_wrong_log_in_tells_nothing(shared: Any, name: str, password: str) -> None:
    """Neither whether there is such an account, nor anything that was typed but the name."""
    ask = Client(shared[0], address=f"10.0.0.{len(name) + 1}")
    answer = ask.log_in(name, password)
    assert answer.status_code == 403
    assert "Account or password is wrong." in answer.text
    assert "claimstake" not in ask.jar
    assert not password or password not in answer.text


@pytest.mark.parametrize(
    "wanted",
    [
        *("//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example/", "javascript:alert(1)"),
        *("/\t/evil.example", "/a\r\nSet-Cookie: x=y", "evil.example", "", "///evil.example", "/login", "/a" * 2_000),
    ],
)
def test_the_log_in_leads_to_pages_of_ours_alone(shared: Any, wanted: str) -> None:
    """No open redirect, and no header of somebody else's making."""
    ask = Client(shared[0])
    ask.csrf()
    assert f'value="{wanted}"' not in ask("GET", "/login", params={"next": wanted}).text or not wanted
    answer = ask.log_in("mei", then=wanted)
    assert answer.headers["location"] == "/"
    assert "x" not in ask.jar
    assert ask("GET", "/login", params={"next": wanted}).headers["location"] == "/"


def test_tokens_of_programs(shared: Any) -> None:
    """They need nothing else, end when revoked, and are refused wherever else than in their header."""
    app, safety = shared
    id_, token = safety.tokens.issue("mei", "tests", None)
    ask, bearer = Client(app), {"Authorization": f"Bearer {token}"}
    assert ask("GET", "/v1/tests/who", headers=bearer).json() == {"name": "mei", "csrf": ""}
    assert ask("POST", "/v1/tests/change", headers=bearer).json()["by"] == "mei"
    assert ask("POST", "/v1/tests/change", headers={**bearer, "Origin": "http://evil.example"}).status_code == 403
    for place in (f"/v1/tests/who?token={token}", f"/v1/tests/who?x=1&access_token={token}", f"/v1/{token}"):
        answer = ask("GET", place)
        assert answer.status_code == 400
        assert "revoke" in answer.json()["error"]["mend"]
        assert token not in answer.text
    for wrong in (f"Bearer {token}x", "Bearer", "Basic bWVpOng=", f"Bearer {token.lower()}", "Bearer csk_\xfc"):
        answer = ask("GET", "/v1/tests/who", headers={"Authorization": wrong.encode("latin-1")})
        assert answer.status_code == 401
        assert "invalid_token" in answer.headers["www-authenticate"]
    safety.tokens.revoke(id_)
    assert ask("GET", "/v1/tests/who", headers=bearer).status_code == 401


def test_a_link_from_another_site_is_followed_by_a_page_of_ours(shared: Any) -> None:
    """The cookie is kept back on the way here, so that the desk asks once more from here."""
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    answer = Client(shared[0])("GET", '/claims?text="><script>', headers=link)
    assert answer.status_code == 200
    assert 'content="0; url=/login?next=%2Fclaims%3Ftext%3D' in answer.text
    assert "<script" not in answer.text


# --- proxies ---


def test_nobody_gets_in_through_a_proxy_that_we_were_not_told_of(own: Client) -> None:
    """A desk for one machine stays that, if something passes requests on to it."""
    for name in ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded"):
        assert own("GET", "/v1/tests/who", headers={name: "10.0.0.1"}).status_code == 403


def test_a_proxy_is_believed_where_it_is_told_of(tmp_path: Path) -> None:
    """Its last words: what a client put before them is the client's."""
    database = str(tmp_path / "desk.db")
    with pytest.raises(ConfigError, match="claimstake account add"):
        application(Settings(database, proxied=True))
    books = Books.open(database)
    Accounts(books).add("mei", PASSWORD)
    books.close()
    app, safety = application(Settings(database, names=("desk.example",), proxied=True, secure=True))
    _, token = safety.tokens.issue("mei", "", None)
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-Host": "desk.example", "X-Forwarded-Proto": "https"}
    headers["X-Forwarded-For"] = "6.6.6.6, 10.0.0.9"
    ask = Client(app)
    assert ask("POST", "/v1/tests/change", headers=headers).json()["from"] == "10.0.0.9"
    ours = {**headers, "Origin": "https://desk.example"}
    assert ask("POST", "/v1/tests/change", headers=ours).status_code == 200
    assert ask("POST", "/v1/tests/change", headers={**ours, "Origin": "http://desk.example"}).status_code == 403
    assert ask("GET", "/v1/tests/who", headers={**headers, "X-Forwarded-Host": "evil.example"}).status_code == 421
    browser = Client(app, "https://desk.example")
    answer = browser.log_in("mei")
    (cookie,) = [line for line in answer.headers.get_list("set-cookie") if line.startswith("__Host-claimstake=")]
    assert {"HttpOnly", "SameSite=strict", "Secure", "Path=/"} <= set(cookie.split("; "))
    assert "domain" not in cookie.lower()
    safety.close()
