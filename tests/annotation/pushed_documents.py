"""Small documents to push, ways to push them, and all that a project holds, in a form without the server's numbers."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from annotation.doccano_server import Credentials, DoccanoServer
from claimstake.annotation.account import Account
from claimstake.annotation.contract import LAYERS
from claimstake.annotation.project import Wanted
from claimstake.annotation.push import Options, Order, Pushed, push
from claimstake.annotation.session import Session, connect
from claimstake.interchange.snapshot import DOCUMENT
from claimstake.records import AnnotatedDocument, Claim, DocumentInfo, Entity, Qualifiers, Span

Row = dict[str, Any]
GIVEN = Options(order=Order.given)


def document(
    name: str, text: str, mentions: Sequence[tuple[str, str]], claims: Sequence[tuple[str, int, int, Row]] = ()
) -> AnnotatedDocument:
    """A document whose mentions are (words, label), each found behind the one before or inside it, and whose claims are
    (predicate, place of subject, place of object, qualifiers) with all of the text's first line as evidence."""
    entities, at = [], 0
    for number, (words, label) in enumerate(mentions, 1):
        start = text.index(words, at)
        entities.append(
            Entity(
                id=f"e{number}",
                label=label,
                text=words,
                start=start,
                end=start + len(words),
                canonical=words,
                confidence=0.75,
            )
        )
        at = start
    first = len(text) - len(text.lstrip())
    evidence = Span(start=first, end=text.index(".", first) + 1)
    made = [
        Claim(
            id=f"c{number}",
            predicate=predicate,
            subject=f"e{source + 1}",
            object=f"e{target + 1}",
            qualifiers=Qualifiers(**qualifiers),
            evidence=evidence,
            confidence=0.6,
        )
        for number, (predicate, source, target, qualifiers) in enumerate(claims, 1)
    ]
    sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    info = DocumentInfo(id=name, sha256=sha256, title=f"About {name}", text=text)
    return AnnotatedDocument(doc=info, entities=entities, claims=made)


def ban(number: int, metal: str = "gallium") -> AnnotatedDocument:
    """A sentence with two mentions and a claim; every fifth has a qualifier that only a sheet can hold."""
    text = f"Beijing order {number} bars shipments of {metal}. Nobody else was named."
    rest = {"attribution": "Beijing"} if number % 5 == 0 else {}
    qualifiers = {"status": "proposed" if number % 2 else "in_force", "measure": "ban", **rest}
    claims = [("restricts_export_of", 0, 1, qualifiers)]
    return document(f"ban-{number:03}", text, [("Beijing", "PLACE"), (metal, "MINERAL")], claims)


def logged_in(server: DoccanoServer, who: Credentials | None = None, patience: float = 60.0) -> Session:
    """A session of an account, the superuser's where none is named."""
    who = who or server.admin
    return connect(Account(server.url, who.name, who.password), patience=patience)


def held(session: Session, project: int, *, metadata: bool = True) -> list[Row]:
    """Everything on a project's examples that an account sees, in the order of the examples."""
    return list(_held(session, f"projects/{project}", metadata))


def _held(session: Session, path: str, metadata: bool) -> Iterator[Row]:
    spans = {row["id"]: row["text"] for row in session.get(f"{path}/span-types")}
    arcs = {row["id"]: row["text"] for row in session.get(f"{path}/relation-types")}
    said: dict[int, list[str]] = {}
    for row in session.listed(f"{path}/comments"):
        said.setdefault(row["example"], []).append(row["text"])
    for row in session.listed(f"{path}/examples", ordering="created_at"):
        here = f"{path}/examples/{row['id']}"
        drawn = {r["id"]: (spans[r["label"]], r["start_offset"], r["end_offset"]) for r in session.get(f"{here}/spans")}
        ends = session.get(f"{here}/relations")
        yield {
            "document": row["meta"].get(DOCUMENT),
            "text": row["text"],
            "spans": sorted(drawn.values()),
            "arcs": sorted((arcs[r["type"]], drawn[r["from_id"]], drawn[r["to_id"]]) for r in ends),
            "comments": sorted(said.get(row["id"], [])),
            "confirmed": row["is_confirmed"],
            "layers": row["meta"].get(LAYERS),
            "meta": row["meta"] if metadata else None,
        }


def numbers(session: Session, project: int) -> dict[str, int]:
    """The server's numbers of examples by document id."""
    rows = session.listed(f"projects/{project}/examples")
    return {row["meta"][DOCUMENT]: row["id"] for row in rows}


def pushed(
    session: Session, wanted: Wanted, documents: Sequence[AnnotatedDocument], options: Options = GIVEN
) -> Pushed:
    """A push that must do everything."""
    found = push(session, documents, wanted, options)
    assert found.fine, (found.failed, found.stopped)
    return found


def command(server: DoccanoServer, *arguments: str) -> list[str]:
    """The command line of a push."""
    return [sys.executable, "-m", "claimstake", "doccano", "push", "--url", server.url, *arguments]


def environment(server: DoccanoServer, password: str | None = None) -> dict[str, str]:
    """That the command runs in: the superuser, with another password where one is given."""
    given = {"CLAIMSTAKE_DOCCANO_USER": "admin", "CLAIMSTAKE_DOCCANO_PASSWORD": password or server.admin.password}
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **given}


def written(folder: Path, documents: Sequence[AnnotatedDocument]) -> Path:
    """The documents as a file of records."""
    path = folder / "documents.jsonl"
    path.write_text("".join(f"{json.dumps(d.to_json())}\n" for d in documents), encoding="utf-8")
    return path
