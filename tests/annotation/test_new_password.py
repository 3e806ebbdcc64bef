"""How the password of a new account is come by."""

from __future__ import annotations

import os
import pty
import sys

import pytest

from claimstake.cli.doccano_login import new_password
from claimstake.errors import ConfigError

ASKING = "from claimstake.cli.doccano_login import new_password; print('got', len(new_password('mei', own=False)))"


def typed(*lines: str) -> str:
    """What stands on a terminal after answering its questions."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.pop("CLAIMSTAKE_DOCCANO_PASSWORD_MEI", None)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        os.execv(sys.executable, [sys.executable, "-c", ASKING])
    shown, waiting = b"", list(lines)
    try:
        while part := os.read(terminal, 1000):
            shown += part
            if waiting and shown.endswith(b": "):
                os.write(terminal, waiting.pop(0).encode() + b"\n")
    except OSError:  # the terminal is closed
        pass
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)
    return shown.decode()


@pytest.mark.timeout(60)
def test_asked_for_twice() -> None:
    """Until both agree, and never shown."""
    shown = typed("kiln-and-Kite", "kiln-and-Kit", "kiln-and-Kite", "kiln-and-Kite")
    assert "They differ" in shown
    assert "got 13" in shown
    assert "kiln" not in shown


@pytest.mark.timeout(60)
def test_gives_up() -> None:
    """After three times."""
    assert "differed 3 times" in typed(*(f"kiln-{number}" for number in range(6)))


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """One's own from one variable, another's from one with the name; none of them and no terminal is an error."""
    monkeypatch.setenv("CLAIMSTAKE_DOCCANO_PASSWORD", "own one")
    monkeypatch.setenv("CLAIMSTAKE_DOCCANO_PASSWORD_MEI_LIN", "mei's one")
    assert new_password("admin", own=True) == "own one"
    assert new_password("mei.lin", own=False) == "mei's one"
    with pytest.raises(ConfigError, match="CLAIMSTAKE_DOCCANO_PASSWORD_TOM"):
        new_password("tom", own=False)
