"""The whole loop on a real server: pushed, corrected by a person, pulled, learned, reported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import desk_articles
from annotation.doccano_server import DoccanoServer
from claimstake import cli, pipeline
from claimstake.annotation.account import Account
from claimstake.annotation.session import Session, connect
from claimstake.records import AnnotatedDocument
from claimstake.training import check, inline

pytestmark = [pytest.mark.doccano, pytest.mark.timeout(600)]
GOLDEN = Path(__file__).resolve().parents[1] / "golden"
ARTICLES, UNCONFIRMED = 12, 2  # of all articles so many are not ticked


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> dict[str, AnnotatedDocument]:
    """What a careful person would mark, by id."""
    folder = desk_articles.write(tmp_path_factory.mktemp("desk"), ARTICLES)
    found = [inline.read(file).record for file in check.files([folder])]
    return {record.doc.id: record for record in found}


def command(server: DoccanoServer, *args: str | Path) -> Any:
    env = {
        "CLAIMSTAKE_DOCCANO_URL": server.url,
        "CLAIMSTAKE_DOCCANO_USER": server.admin.name,
        "CLAIMSTAKE_DOCCANO_PASSWORD": server.admin.password,
        "COLUMNS": "160",
    }
    return CliRunner().invoke(cli.app, [str(a) for a in args], env=env)


class Person:
    """Somebody who corrects on the server.

    Args:
        name: of the project.
    """

    def __init__(self, server: DoccanoServer, name: str) -> None:
        self.session: Session = connect(Account(server.url, server.admin.name, server.admin.password))
        (row,) = (row for row in self.session.listed("projects") if row["name"] == name)
        self.project = f"projects/{row['id']}"
        self.spans = {t["text"]: t["id"] for t in self.session.get(f"{self.project}/span-types")}
        self.arcs = {t["text"]: t["id"] for t in self.session.get(f"{self.project}/relation-types")}
        self.examples = {e["meta"]["document"]: e for e in self.session.listed(f"{self.project}/examples")}

    def correct(self, document: AnnotatedDocument, *, wrong_arc: bool = False) -> None:
        """Delete everything that is drawn, and draw what the document says."""
        path = f"{self.project}/examples/{self.examples[document.doc.id]['id']}"
        for span in self.session.get(f"{path}/spans"):
            self.session.remove(f"{path}/spans/{span['id']}")
        drawn = {}
        for entity in document.entities:
            body = {
                "start_offset": entity.start,
                "end_offset": entity.end,
                "label": self.spans[entity.label],
                "prob": 0,
            }
            drawn[entity.id] = self.session.create(f"{path}/spans", body)["id"]
        for claim in document.claims:
            ends = [drawn[claim.subject], drawn[claim.object]]
            body = {"from_id": ends[0], "to_id": ends[1], "type": self.arcs[claim.predicate], "prob": 0}
            self.session.create(f"{path}/relations", body)
            if wrong_arc:
                backwards = {**body, "from_id": ends[1], "to_id": ends[0]}
                self.session.create(f"{path}/relations", backwards)

    def tick(self, document: str) -> None:
        self.session.create(f"{self.project}/examples/{self.examples[document]['id']}/states", {})


def test_what_a_person_corrects_is_learned(
    doccano_server: DoccanoServer, gold: dict[str, AnnotatedDocument], tmp_path: Path
) -> None:
    """Ticked documents are learned and a part of them measured on; what was not understood is left out and named."""
    name, source = doccano_server.project_name("improve"), tmp_path / "articles.jsonl"
    lines = [json.dumps({"id": id_, "title": "Desk", "text": record.doc.text}) for id_, record in gold.items()]
    source.write_text("\n".join(lines), encoding="utf-8")
    pushed = command(doccano_server, "doccano", "push", source, "--project", name, "--yes", "--quiet")
    assert pushed.exit_code == 0, pushed.output

    person, ids = Person(doccano_server, name), sorted(gold)
    confirmed, torn = ids[UNCONFIRMED:], ids[-1]
    for id_ in confirmed:
        person.correct(gold[id_], wrong_arc=id_ == torn)
        person.tick(id_)

    current = shutil.copytree(pipeline.base_path(), tmp_path / "models" / "current")
    work = tmp_path / "work"
    args = ("--project", name, "--out", work, "--model", current, "--gold", GOLDEN, "--steps", "40", "--json")
    result = command(doccano_server, "improve", *args)
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["verdict"] == "promoted"
    documents = report["documents"]
    assert set(documents["learned"]) | set(documents["held_out"]) == set(confirmed) - {torn}
    assert documents["held_out"]
    assert list(documents["left_out"]) == [torn]
    assert "produces" in documents["left_out"][torn][0]

    added = report["corrections"]["mentions"]["COMPANY"]["added"]
    assert added > len(confirmed)
    rows = {row["name"]: row for row in report["figures"]["learned"]}
    assert rows["entities strict F1"]["after"] > rows["entities strict F1"]["before"]
    assert "mentions, corrected" in (work / "report.md").read_text(encoding="utf-8")
    for file in (p for p in work.rglob("*") if p.is_file()):
        assert doccano_server.admin.password.encode() not in file.read_bytes(), file


def test_nothing_confirmed_is_said(doccano_server: DoccanoServer, tmp_path: Path) -> None:
    """Of a project where nobody has ticked anything, nothing is learned; of none there is, the name is told."""
    name, source = doccano_server.project_name("improve"), tmp_path / "one.jsonl"
    source.write_text(json.dumps({"id": "one", "text": "Chile produces lithium."}), encoding="utf-8")
    assert command(doccano_server, "doccano", "push", source, "--project", name, "--yes", "--quiet").exit_code == 0
    result = command(doccano_server, "improve", "--project", name, "--out", tmp_path / "work", "--gold", GOLDEN)
    assert result.exit_code == 1
    assert "nothing is confirmed there yet" in result.stderr
    result = command(doccano_server, "improve", "--project", "nowhere", "--out", tmp_path / "other", "--gold", GOLDEN)
    assert result.exit_code == 2
    assert "sees no project 'nowhere'" in result.stderr
