"""`claimstake doccano up`, `down`, `status`, `user`: with a real doccano."""

from __future__ import annotations

import pytest
import requests

from annotation.doccano_server import Credentials, DoccanoServer

pytestmark = [pytest.mark.doccano, pytest.mark.timeout(300)]


def log_in(server: DoccanoServer, who: Credentials) -> requests.Response:
    asked = {"username": who.name, "password": who.password}
    return requests.post(f"{server.url}/v1/auth/login/", json=asked, timeout=30)


def test_accounts_log_in(doccano_server: DoccanoServer) -> None:
    """The superuser and an annotator do, a wrong password does not."""
    annotator = doccano_server.account("server-anna")
    assert log_in(doccano_server, doccano_server.admin).status_code == 200
    assert log_in(doccano_server, annotator).status_code == 200
    assert log_in(doccano_server, Credentials("admin", annotator.password)).status_code == 400


def test_data_last(doccano_server: DoccanoServer) -> None:
    """Stopped, killed, started: the address and the accounts are the same."""
    url = doccano_server.url
    doccano_server.kill()
    assert not doccano_server.server.status().running
    doccano_server.start()
    assert doccano_server.url == url
    assert log_in(doccano_server, doccano_server.admin).status_code == 200
    doccano_server.stop()
    doccano_server.start()
    assert log_in(doccano_server, doccano_server.admin).status_code == 200
