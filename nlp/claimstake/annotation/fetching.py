"""Layers from a doccano project by its API: those that all share, or one's own where annotators are kept apart."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from claimstake.annotation.example import Comment
from claimstake.annotation.found import Drawn, Found, Names, Unfinished, layer_of
from claimstake.annotation.project import KIND
from claimstake.annotation.session import RefusedError, Session
from claimstake.errors import ConfigError
from claimstake.interchange import sheet

THREADS = 4  # requests at a time
TRIES = 4  # to see spans and arcs of an example that somebody is drawing on

Watch = Callable[[Iterable[Any]], Iterator[Any]]  # passes things on and shows how many are done


def check(row: dict[str, Any]) -> None:
    """Whether a project's annotations can be read.

    Raises:
        ConfigError: it is of another type, or counts offsets in a way that cannot be trusted.
    """
    who = f"project {row['name']!r} (number {row['id']})"
    if row["project_type"] != KIND:
        raise ConfigError(f"{who} is of type {row['project_type']}, not {KIND}; name another one")
    if row.get("grapheme_mode"):
        raise ConfigError(
            f"{who} counts grapheme clusters, so that offsets after combining marks and emoji mean nothing; "
            "push into a project without 'Count grapheme clusters as one character'"
        )


def names(session: Session, project: int) -> Names:
    """Types of a project."""
    spans, arcs = (
        {row["id"]: row["text"] for row in session.get(f"projects/{project}/{kind}")}
        for kind in ("span-types", "relation-types")
    )
    return Names(spans, arcs)


def layers(
    session: Session,
    row: dict[str, Any],
    *,
    confirmed: bool,
    unfinished: Path | None = None,
    watch: Watch = iter,
) -> list[Found]:
    """The layer that the account sees, of every example, in the project's order.

    Args:
        row: the project as the server describes it; where it keeps annotators apart, the layers are the account's own.
        confirmed: only examples that are ticked.
        unfinished: file that keeps what was fetched, so that a run that broke off goes on there; to be deleted when
            all is done.

    Raises:
        ServerError: the server stays away; what was fetched is in `unfinished`.
    """
    path, shared = f"projects/{row['id']}", bool(row["collaborative_annotation"])
    wanted = {"confirmed": "true"} if confirmed else {}
    examples = [e for e in session.listed(f"{path}/examples", **wanted) if e["is_confirmed"] or not confirmed]
    drawn = _drawn(session, path, examples, unfinished, watch)
    said = comments(session, row["id"])
    known = names(session, row["id"])
    annotator = None if shared else session.user
    found = []
    for example in examples:
        number, rows = example["id"], drawn[example["id"]]
        if rows.spans or _is_there(session, f"{path}/examples/{number}"):
            sheets = sheets_of(said[number], annotator)
            how = {"sheets": sheets, "annotator": annotator, "confirmed": bool(example["is_confirmed"])}
            layer = layer_of(rows, known, example["text"], **how)
            found.append(Found(number, example["text"], layer, example["meta"] or {}))
    return found


def _drawn(
    session: Session, path: str, examples: list[dict[str, Any]], file: Path | None, watch: Watch
) -> dict[int, Drawn]:
    """Spans and arcs of examples, several at a time."""
    source = {"address": session.address, "path": path, "user": session.user}
    kept = Unfinished(file, source) if file is not None else None
    ticked = {e["id"]: bool(e["is_confirmed"]) for e in examples}
    known = kept.known.items() if kept is not None else ()
    # one that was ticked since then may have been worked on since then
    found = {number: rows.drawn for number, rows in known if rows.confirmed is ticked.get(number)}
    local = threading.local()
    pool = ThreadPoolExecutor(THREADS, initializer=lambda: setattr(local, "session", session.twin()))
    try:
        lacking = [e["id"] for e in examples if e["id"] not in found]
        asked = [pool.submit(lambda n: (n, _rows(local.session, f"{path}/examples/{n}")), n) for n in lacking]
        for future in watch(asked):
            number, drawn = future.result()
            found[number] = drawn
            if kept is not None:
                kept.add(number, drawn, confirmed=ticked[number])
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if kept is not None:
            kept.close()
    return found


def _rows(session: Session, path: str) -> Drawn:
    """Rows that fit together."""
    for _ in range(TRIES):
        drawn = Drawn(tuple(session.get(f"{path}/spans")), tuple(session.get(f"{path}/relations")))
        if drawn.whole:
            break
    return drawn


def comments(session: Session, project: int) -> dict[int, list[Comment]]:
    """All comments of a project by example, oldest first."""
    found: dict[int, list[Comment]] = defaultdict(list)
    for row in sorted(session.listed(f"projects/{project}/comments"), key=lambda row: row["id"]):
        found[row["example"]].append(Comment(row["id"], row["text"], row["username"]))
    return found


def sheets_of(said: Sequence[Comment], annotator: str | None) -> tuple[str, ...]:
    """The comments that count for a layer: all where it is shared, else the annotator's own and the sheet that push
    wrote, which is the oldest one."""
    if annotator is None:
        return tuple(c.text for c in said)
    pushed = next((c for c in said if sheet.is_header(c.text.partition("\n")[0])), None)
    return tuple(c.text for c in said if c is pushed or c.by == annotator)


def _is_there(session: Session, path: str) -> bool:
    """Whether an example without spans is still there: of one that is gone the server gives an empty list as well."""
    try:
        session.get(path)
    except RefusedError as problem:
        if problem.status != 404:
            raise
        return False
    return True
