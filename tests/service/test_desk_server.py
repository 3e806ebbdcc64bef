"""The server that tests of the desk talk to leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import archive_sources
import desk_server as servers

OWNER = """
import sys, time
from pathlib import Path
from desk_server import serving
with serving(Path(sys.argv[1])) as server:
    print(server.process.pid, flush=True)
    time.sleep(300)
"""


def test_its_owner_may_be_killed(own_database: Path) -> None:
    """Server and workers are gone soon after whoever started them is killed."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(own_database)], stdout=subprocess.PIPE, env=archive_sources.WITH
    )
    assert owner.stdout is not None
    head = int(owner.stdout.readline())
    assert len(servers.group(head)) > 1  # a worker at least
    os.kill(owner.pid, signal.SIGKILL)
    owner.communicate()
    end = time.monotonic() + 30
    while servers.group(head) and time.monotonic() < end:
        time.sleep(0.05)
    assert servers.group(head) == []
