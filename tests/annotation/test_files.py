"""Files of `claimstake convert` and a real doccano: its import takes them, and what it exports is read."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from annotation.doccano_server import DoccanoServer
from claimstake.annotation.account import Account
from claimstake.annotation.session import Session, connect
from claimstake.interchange.contract import Losses
from claimstake.interchange.doccano import Doccano
from claimstake.interchange.snapshot import moved
from claimstake.records import AnnotatedDocument
from conversions import corpus, difference

pytestmark = pytest.mark.doccano
WAIT = 120.0  # seconds that a task of the server may take
ANY = {"Accept": "*/*", "Content-Type": None}  # the client's own are JSON alone; uploads and downloads are not
Found = TypeVar("Found")

PROJECT = {
    "description": "files of claimstake convert",
    "guideline": "",
    "project_type": "SequenceLabeling",
    "resourcetype": "SequenceLabelingProject",
    "allow_overlapping": True,
    "use_relation": True,
    "grapheme_mode": False,
    "collaborative_annotation": True,
    "random_order": False,
    "tags": [],
}


class Project:
    """A new project of a server, with doccano's own import and export of files."""

    def __init__(self, server: DoccanoServer) -> None:
        account = Account(server.url, server.admin.name, server.admin.password)
        self.session: Session = connect(account)
        self._http = self.session.client.client_session
        self._root = f"{server.url}/v1"
        name = server.project_name("files")
        self.id = self._post("projects", json={**PROJECT, "name": name}).json()["id"]

    def take(self, path: Path) -> list[Any]:
        """Import a file as its page does; returns the errors that doccano told."""
        with path.open("rb") as stream:
            upload = self._post("fp/process/", files={"filepond": (path.name, stream)}).text
        body = {"format": "JSONL", "task": "RelationExtraction", "uploadIds": [upload]}
        task = self._post(f"projects/{self.id}/upload", json=body).json()["task_id"]
        done = _awaited(lambda: self._get(f"tasks/status/{task}").json(), lambda status: status["ready"])
        return done["result"]["error"]

    def export(self, path: Path) -> None:
        """Export all examples as its page does."""
        body = {"format": "JSONL", "exportApproved": False}
        task = self._post(f"projects/{self.id}/download", json=body).json()["task_id"]
        answer = _awaited(
            lambda: self._get(f"projects/{self.id}/download", params={"taskId": task}),
            lambda answer: answer.headers["Content-Type"] != "application/json",
        )
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            path.write_bytes(packed.read("all.jsonl"))

    def _get(self, path: str, **more: Any) -> Any:
        return self._http.request("GET", f"{self._root}/{path}", headers=ANY, raw=True, **more)

    def _post(self, path: str, **more: Any) -> Any:
        return self._http.request("POST", f"{self._root}/{path}", headers=ANY, raw=True, **more)


def _awaited(ask: Callable[[], Found], ready: Callable[[Found], bool]) -> Found:
    until = time.monotonic() + WAIT
    while not ready(answer := ask()):
        assert time.monotonic() < until, "doccano's task worker did not finish"
        time.sleep(0.3)
    return answer


def documents() -> list[AnnotatedDocument]:
    """Articles; one is behind emoji and Chinese words, so that code points and UTF-16 units differ, and has no date."""
    found = corpus(20)
    text = found[0].doc.text or ""
    odd = " \n😀 中文 e\u0301 😀\n"
    first = moved(found[0], odd + text, len(odd))
    return [first.model_copy(update={"doc": first.doc.model_copy(update={"id": "odd", "published": None})}), *found]


def test_import_and_export_bring_everything_back(doccano_server: DoccanoServer, tmp_path: Path) -> None:
    """Overlapping spans, relations, metadata: what doccano exports is what was imported, mention by mention."""
    before = documents()
    losses = Losses()
    assert Doccano().write(before, tmp_path / "in.jsonl", losses) == len(before)
    assert not losses.counts
    project = Project(doccano_server)
    assert project.take(tmp_path / "in.jsonl") == []
    project.export(tmp_path / "out.jsonl")
    after = {document.doc.id: document for document in Doccano().read(tmp_path / "out.jsonl", losses)}
    assert not losses.counts
    assert not losses.failures
    assert len(after) == len(before)
    for document in before:
        assert difference(document, after[document.doc.id]) == {}


def test_what_annotators_do_in_doccano_is_read_from_its_export(doccano_server: DoccanoServer, tmp_path: Path) -> None:
    """A span drawn and a comment made on the server are in the document that its export is read as."""
    (before,) = corpus()[:1]
    Doccano().write([before], tmp_path / "in.jsonl", Losses())
    project = Project(doccano_server)
    project.take(tmp_path / "in.jsonl")
    (example,) = project.session.listed(f"projects/{project.id}/examples")
    types = {row["text"]: row["id"] for row in project.session.get(f"projects/{project.id}/span-types")}
    start = example["text"].index("reserves")
    drawn = {"label": types["PRODUCT"], "start_offset": start, "end_offset": start + 8, "prob": 0}
    project._post(f"projects/{project.id}/examples/{example['id']}/spans", json=drawn)
    said = {"text": "name: reserves = ore reserve"}
    project._post(f"projects/{project.id}/comments?example={example['id']}", json=said)
    project.export(tmp_path / "out.jsonl")
    losses = Losses()
    (after,) = Doccano().read(tmp_path / "out.jsonl", losses)
    new = [e for e in after.entities if (e.start, e.end) == (start, start + 8)]
    assert [(e.label, e.text, e.canonical) for e in new] == [("PRODUCT", "reserves", "ore reserve")]
    assert len(after.entities) == len(before.entities) + 1
    assert not losses.counts
