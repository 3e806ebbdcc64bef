"""Requests made of the OpenAPI document, right and wrong ones: no answer is a mistake of ours, each is as described."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from desk_server import DeskServer

EXAMPLES = "8"  # for each operation, beside those that go to the bounds of every value
# What a schema cannot say is refused too: texts without words, cursors of nobody, dates that are none.
BESIDE = "positive_data_acceptance"
SECONDS = 240.0
RUN = "from schemathesis.cli import schemathesis; schemathesis()"


@pytest.fixture(scope="module")
def desk_server(own_server: DeskServer) -> DeskServer:
    return own_server


def test_answers_are_as_described(desk_server: DeskServer, tmp_path: Path) -> None:
    """Status, headers and bodies follow the document, whatever is sent; links between operations are followed."""
    words = ["run", desk_server.url("/openapi.json"), "--max-examples", EXAMPLES, "--exclude-checks", BESIDE]
    words += ["--seed", "1", "--no-color", "--request-timeout", "60", "--report", "ndjson"]
    words += ["--report-dir", str(tmp_path / "report")]
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words], capture_output=True, text=True, timeout=SECONDS, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    (report,) = (tmp_path / "report").glob("*.ndjson")
    sent = report.read_text(encoding="utf-8").count('"status_code":') + report.read_text().count('"status":"success"')
    assert sent > 100


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
