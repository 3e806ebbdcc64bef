"""Requests made of the OpenAPI document, right and wrong ones: no answer is a mistake of ours, each is as described."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from desk_server import DeskServer

EXAMPLES = "6"  # for each operation, beside those that go to the bounds of every value
MOST, SECONDS = "40", 240.0  # seconds for requests that are made up; for all
# What a schema cannot say is refused, too: texts without words, cursors of nobody, dates that are none. And whatever is
# sent as text is one, be it JSON.
CONFIG = """
checks.positive_data_acceptance.enabled = false
[[operations]]
include-name = ["POST /v1/annotate", "POST /v1/documents"]
checks.negative_data_rejection.enabled = false
"""
RUN = "from schemathesis.cli import schemathesis; schemathesis()"
MADE = re.compile(r"(\d+) generated")


@pytest.fixture(scope="module")
def desk_server(own_server: DeskServer) -> DeskServer:
    return own_server


def test_answers_are_as_described(desk_server: DeskServer, tmp_path: Path) -> None:
    """Status, headers and bodies follow the document, whatever is sent; links between operations are followed."""
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    words = ["--config-file", str(config), "run", desk_server.url("/openapi.json"), "--max-examples", EXAMPLES]
    words += ["--seed", "1", "--no-color", "--request-timeout", "60", "--max-time", MOST]
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words], capture_output=True, text=True, timeout=SECONDS, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    made = MADE.search(done.stdout)
    assert made
    assert int(made[1]) > 150


def test_every_operation_is_described(desk_server: DeskServer) -> None:
    """Each has a description, errors, and examples of what it takes; nothing is left to guess."""
    document = httpx.get(desk_server.url("/openapi.json"), trust_env=False).json()
    paths = document["paths"]
    assert {"/v1/annotate", "/v1/claims", "/v1/documents/{key}", "/v1/entities/{id}", "/v1/ledger"} <= paths.keys()
    assert {"/healthz", "/metrics", "/v1/judgements"} <= paths.keys()
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            assert "ErrorAnswer" in json.dumps(operation["responses"]["422"]), (method, path)
    body = paths["/v1/annotate"]["post"]["requestBody"]["content"]
    assert {"application/json", "text/plain", "text/html", "application/pdf", "multipart/form-data"} <= body.keys()
    assert body["application/json"]["examples"]
    assert "Retry-After" in paths["/v1/annotate"]["post"]["responses"]["429"]["headers"]
