"""Layers of all annotators who are kept apart: doccano gives them only as an export, which its task worker makes."""

from __future__ import annotations

import io
import json
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from claimstake.annotation.contract import LAYERS
from claimstake.annotation.fetching import comments, sheets_of
from claimstake.annotation.found import Found
from claimstake.annotation.present import layer_names
from claimstake.annotation.session import RefusedError, Session
from claimstake.errors import ConfigError, ServerError
from claimstake.interchange.drawing import DrawnArc, DrawnSpan, Layer
from claimstake.interchange.offsets import in_code_points
from claimstake.interchange.snapshot import META

TASK = 120.0  # seconds that an export may take
LARGEST = 1 << 30  # bytes of an annotator's file in an export
PAUSE = 0.3  # seconds between questions whether it is ready
OWN = ("id", "text", "entities", "relations", "Comments")  # keys of an exported row that are not metadata


def layers(session: Session, row: dict[str, Any], *, confirmed: bool, timeout: float = TASK) -> list[Found]:
    """The layer of every member on every example, without those that nobody was given and that are empty.

    Args:
        row: the project as the server describes it.
        confirmed: only what its annotator has ticked.
        timeout: seconds that the task worker gets for an export.

    Raises:
        ConfigError: the account is no administrator of the project.
        ServerError: the task worker does not run, or fails; or the server stays away.
    """
    path = f"projects/{row['id']}/download"
    ticked = {
        (name, line["id"]) for name, line in _lines(_exported(session, row, path, approved=True, timeout=timeout))
    }
    exported = _exported(session, row, path, approved=False, timeout=timeout)
    said = comments(session, row["id"])
    found = []
    for name, line in _lines(exported):
        one = _found(name, line, sheets_of(said[line["id"]], name), confirmed=(name, line["id"]) in ticked)
        if _counts(one) and (one.layer.confirmed or not confirmed):
            found.append(one)
    return found


def _exported(session: Session, row: dict[str, Any], path: str, *, approved: bool, timeout: float) -> bytes:
    """The zip file of an export."""
    body = {"format": "JSONL", "exportApproved": approved}
    try:
        task = session.create(path, body, find=lambda: None)["task_id"]
    except RefusedError as problem:
        if problem.status != 403:
            raise
        raise ConfigError(
            f"{session.user} is no administrator of project {row['name']!r}, and only one may read what others "
            "annotate; log in as one, or read your own annotations with --mine"
        ) from None
    _wait(session, task, timeout)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "export.zip"
        session.save(path, file, taskId=task)
        return file.read_bytes()


def _wait(session: Session, task: str, timeout: float) -> None:
    """Until a task is ready.

    Raises:
        ServerError: it fails, or is not ready in time.
    """
    ends = time.monotonic() + timeout
    while True:
        status = session.get(f"tasks/status/{task}")
        if error := status.get("error"):
            said = error.get("text", "") if isinstance(error, dict) else error
            raise ServerError(f"{session.address} failed to export the project: {said}")
        if status.get("ready"):
            return
        if time.monotonic() > ends:
            raise ServerError(
                f"{session.address} has not exported the project in {timeout:g} s: its task worker does not run, or "
                "is busy; start it on the server with `doccano task` (`claimstake doccano up` does so), and pull again"
            )
        time.sleep(PAUSE)


def _lines(exported: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names of members, each with a row for every example."""
    try:
        with zipfile.ZipFile(io.BytesIO(exported)) as archive:
            for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
                if entry.file_size > LARGEST:
                    raise ServerError(
                        f"the server's export has a file of {entry.file_size >> 20} MB, which is not read"
                    )
                name = PurePosixPath(entry.filename).name.removesuffix(".jsonl")
                with archive.open(entry) as lines:
                    yield from ((name, json.loads(line)) for line in lines if line.strip())
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise ServerError(f"the server's export is damaged ({error}); pull again") from None


def _found(name: str, row: dict[str, Any], sheets: tuple[str, ...], *, confirmed: bool) -> Found:
    spans = tuple(DrawnSpan(r["id"], r["label"], r["start_offset"], r["end_offset"]) for r in row["entities"])
    arcs = tuple(DrawnArc(r["id"], r["type"], r["from_id"], r["to_id"]) for r in row["relations"])
    meta = {key: value for key, value in row.items() if key not in OWN and value is not None}
    layer = in_code_points(Layer(spans, arcs, sheets, name, confirmed), row["text"])
    return Found(row["id"], row["text"], layer, meta)


def _counts(found: Found) -> bool:
    """Whether a layer is somebody's work: they were given it, or drew something; else its emptiness says nothing."""
    ticked = found.layer.confirmed and META not in found.meta
    return bool(found.layer.annotator in layer_names(found.meta.get(LAYERS)) or found.layer.spans or ticked)
