"""Pull against a real doccano server: what people did there comes back, all of it and nothing else."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from annotation import pushed_documents
from annotation.desk import Desk, log_in
from annotation.doccano_server import DoccanoServer
from claimstake import ontology
from claimstake.annotation import folder
from claimstake.annotation.project import Wanted
from claimstake.annotation.pull import UNFINISHED, Options, Result, pull
from claimstake.annotation.push import Options as PushOptions
from claimstake.annotation.push import Order, push
from claimstake.annotation.server import processes
from claimstake.annotation.session import AwayError, Session
from claimstake.cli import app
from claimstake.errors import ConfigError, ServerError
from claimstake.records import AnnotatedDocument, Span
from claimstake.training import inline, retrain

pytestmark = pytest.mark.doccano

MINE = """id: mine
published: 2025-03-04
title: Zinc
name: Lima = Peru
=== text

  {{[Lima|PLACE] 👩‍🔬 banned exports of [zinc ore|MINERAL] and 锌 to [Chile|PLACE] on [March 3|DATE|2025-03-03].
The caf\u0065\u0301 of [Andes Tin|COMPANY] 🔩 sells [40 t|QUANTITY|= 40 t] of [tin|MINERAL], said [Ana Paz|PERSON].}}

Most read: copper falls
=== claims
restricts_export_of | Peru | zinc ore | status=in_force; measure=ban; target=Chile | "Lima 👩‍🔬 banned"
produces | Andes Tin | tin | attribution=Ana Paz; amount=40 t | "The cafe\u0301 of Andes"
"""
PLAIN = """id: {}
title: T
=== text
{{{{[Oslo|PLACE] digs [nickel|MINERAL].}}}}
=== claims
produces | Oslo | nickel | - | "Oslo digs"
"""


def document(source: str = MINE) -> AnnotatedDocument:
    """A document from the inline format."""
    return inline.parse(source, "d").record


def content(document: AnnotatedDocument) -> tuple[Any, ...]:
    """All that an annotation says; ids of claims and their order say nothing."""
    claims = [
        (c.predicate, c.subject, c.object, str(c.qualifiers), c.evidence.start, c.evidence.end) for c in document.claims
    ]
    return document.doc, document.entities, sorted(claims)


def plain(name: str) -> AnnotatedDocument:
    """A small document."""
    return document(PLAIN.format(name))


class Room:
    """A project with documents in it."""

    def __init__(self, server: DoccanoServer, documents: list[AnnotatedDocument], **layers: Session) -> None:
        self.server, self.session = server, log_in(server)
        self.name = server.project_name("pull")
        wanted = Wanted(self.name, ontology.default(), bool(layers), tuple(layers))
        pushed = push(self.session, documents, wanted, PushOptions(Order.given), layers=layers or None)
        assert pushed.fine, pushed.failed
        self.number = pushed.number
        self.desk = Desk(self.session, self.number)
        self.desks: dict[str, Desk] = {}

    def pull(self, session: Session | None = None, **options: Any) -> Result:
        """All of it, unless options say otherwise."""
        return pull(session or self.session, self.name, Options(**{"all": True, **options}))

    def change(self, path: str, body: dict[str, Any]) -> None:
        """Change something of the project."""
        self.session.change(f"projects/{self.number}{path}", body)


@pytest.fixture
def environment(doccano_server: DoccanoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The superuser's name and password, where the command line takes them from."""
    monkeypatch.setenv("CLAIMSTAKE_DOCCANO_URL", doccano_server.url)
    monkeypatch.setenv("CLAIMSTAKE_DOCCANO_USER", doccano_server.admin.name)
    monkeypatch.setenv("CLAIMSTAKE_DOCCANO_PASSWORD", doccano_server.admin.password)


def said(result: Result) -> list[tuple[str, ...]]:
    """The changes, shortened."""
    return [tuple(filter(None, (c.thing, c.kind, c.part, c.what, c.before, c.after))) for c in result.diff.changes]


class TestRoundTrip:
    def test_untouched(self, doccano_server: DoccanoServer) -> None:
        """What nobody touched comes back as it was pushed, white space, emoji, values, evidence and body included."""
        articles = sorted((Path(__file__).parents[2] / "corpus" / "articles" / "legal").glob("*.md"))[:3]
        documents = [document(), *(inline.read(path).record for path in articles)]
        result = Room(doccano_server, documents).pull()
        assert [v.before for v in result.versions] == documents
        assert [content(v.document) for v in result.versions] == [content(one) for one in documents]
        assert (result.problems, result.diff.changes, result.failures) == ([], [], {})

    def test_edits(self, doccano_server: DoccanoServer) -> None:
        """Spans drawn, erased, relabelled and moved, arcs retyped, drawn and cut: each is named, and nothing else."""
        room = Room(doccano_server, [document(), plain("other")])
        desk = room.desk
        desk.draw("mine", "锌", "MINERAL")
        desk.erase("mine", desk.span("mine", "Ana Paz"))
        desk.relabel("mine", desk.span("mine", "Andes Tin"), "PLACE")
        desk.retype(
            "mine",
            desk.arc("mine", desk.span("mine", "Lima"), desk.span("mine", "zinc ore")),
            "proposed restricts_export_of",
        )
        desk.erase("mine", desk.span("mine", "March 3"))
        desk.draw("mine", "on March 3", "DATE")
        desk.erase("other", desk.span("other", "nickel"))
        desk.join(
            "other",
            desk.span("other", "Oslo"),
            desk.draw("other", "digs", "PRODUCT"),
            "produces",
        )
        result = room.pull()
        assert said(result) == [
            ("mention", "added", "锌", "锌"),
            ("mention", "moved", "March 3", "March 3 (57-64)", "on March 3 (54-64)"),
            ("mention", "relabelled", "Andes Tin", "COMPANY", "PLACE"),
            ("mention", "removed", "Ana Paz", "Ana Paz"),
            ("claim", "changed", "measure", "Peru | zinc ore", "ban", "restriction"),
            ("claim", "changed", "status", "Peru | zinc ore", "in_force", "proposed"),
            ("mention", "added", "digs", "digs"),
            ("mention", "removed", "nickel", "nickel"),
            ("claim", "added", "Oslo | dig"),
            ("claim", "removed", "Oslo | nickel"),
        ]
        drawn = next(e for e in result.versions[0].document.entities if e.text == "锌")
        assert document().doc.text[drawn.start : drawn.end] == "锌"
        assert (drawn.confidence, drawn.extractor) == (None, None)

    def test_comments(self, doccano_server: DoccanoServer) -> None:
        """Lines of comments change names, values and qualifiers; talk changes nothing."""
        room = Room(doccano_server, [document()])
        room.desk.say("mine", "I am not sure about this one.")
        room.desk.say("mine", "name: tin = tin metal\nvalue: March 3 = 2024-03-03")
        room.desk.say("mine", "restricts_export_of | Peru | zinc ore | condition=to firms")
        result = room.pull()
        assert ("mention", "revalued", "March 3", "2025-03-03", "2024-03-03") in said(result)
        assert ("mention", "renamed", "tin", "tin", "tin metal") in said(result)
        assert ("claim", "changed", "condition", "Peru | zinc ore", "to firms") in said(result)
        assert ("claim", "changed", "target", "Peru | zinc ore", "Chile") in said(result)
        assert {c[:2] for c in said(result)} == {("mention", "revalued"), ("mention", "renamed"), ("claim", "changed")}

    def test_what_the_program_knows(self, doccano_server: DoccanoServer) -> None:
        """What a person draws gets its name from the knowledge base and its value by the grammars."""
        source = (
            "id: known\npublished: 2025-03-04\ntitle: T\n=== text\n{{Beijing sold 30 tonnes on Monday.}}\n=== claims\n"
        )
        room = Room(doccano_server, [document(source)])
        for words, label in (("Beijing", "PLACE"), ("30 tonnes", "QUANTITY"), ("Monday", "DATE")):
            room.desk.draw("known", words, label)
        [version] = room.pull().versions
        found = [(e.canonical, e.kb_id is not None, e.value) for e in version.document.entities]
        assert found[0][1:] == (True, None)
        assert found[1][2].unit == "t"
        assert found[2][2] == "2025-03-03"
        assert version.problems == ()

    def test_drawn_outside_the_body(self, doccano_server: DoccanoServer) -> None:
        """A mention on a line that the program took for furniture takes the line into the body."""
        room = Room(doccano_server, [document()])
        room.desk.draw("mine", "copper", "MINERAL")
        [version] = room.pull().versions
        text = version.document.doc.text
        assert [text[s.start : s.end] for s in version.document.doc.body][1:] == ["Most read: copper falls"]


class TestWhich:
    def test_only_confirmed(self, doccano_server: DoccanoServer) -> None:
        """Without --all what is not ticked stays where it is."""
        room = Room(doccano_server, [plain(f"p{n}") for n in range(3)])
        room.desk.tick("p1")
        assert [v.document.doc.id for v in room.pull(all=False).versions] == ["p1"]
        assert [v.confirmed for v in room.pull().versions] == [False, True, False]

    def test_not_pushed_by_claimstake(self, doccano_server: DoccanoServer) -> None:
        """An example that somebody put there in another way is read too, under its number."""
        room = Room(doccano_server, [plain("p")])
        body = {"text": "Zinc 👩‍🔬 from Peru", "meta": {"title": "A title"}}
        number = room.session.create(f"projects/{room.number}/examples", body)["id"]
        units = {"start_offset": 16, "end_offset": 20, "prob": 0}
        types = {row["text"]: row["id"] for row in room.session.get(f"projects/{room.number}/span-types")}
        path = f"projects/{room.number}/examples/{number}/spans"
        room.session.create(path, {**units, "label": types["PLACE"]})
        new = room.pull().versions[1]
        assert (new.document.doc.id, new.document.doc.title, new.before) == (f"example-{number}", "A title", None)
        assert [e.text for e in new.document.entities] == ["Peru"]

    def test_five_hundred(self, doccano_server: DoccanoServer) -> None:
        """Five hundred examples come back, each once and in order, through the pages of the lists."""
        documents = [plain(f"p{n:03}") for n in range(500)]
        room = Room(doccano_server, documents)
        result = room.pull()
        assert [content(v.document) for v in result.versions] == [content(one) for one in documents]
        assert result.diff.changes == []


class TestProblems:
    def test_deleted_and_renamed_types(self, doccano_server: DoccanoServer) -> None:
        """A type that was deleted took its annotations along: that is said, and so is a type that nobody knows."""
        room = Room(doccano_server, [document()])
        types = {row["text"]: row["id"] for row in room.session.get(f"projects/{room.number}/span-types")}
        room.session.remove(f"projects/{room.number}/span-types/{types['MINERAL']}")
        room.change(f"/span-types/{types['PERSON']}", {"text": "Somebody"})
        result = room.pull()
        told = "\n".join(result.versions[0].problems)
        assert "'MINERAL' was deleted or renamed" in told
        assert "2 were pushed" in told
        assert "'Somebody' is no label" in told
        assert [c.what for c in result.diff.changes if c.kind == "removed"] == [
            "zinc ore", "tin", "Ana Paz", "Peru | zinc ore", "Andes Tin | tin",
        ]  # fmt: skip

    def test_text_changed(self, doccano_server: DoccanoServer) -> None:
        """A document whose text was changed on the server is a failure; the others come back."""
        room = Room(doccano_server, [document(), plain("p")])
        number = room.desk.example("mine")
        room.change(f"/examples/{number}", {"text": "Quite another text"})
        result = room.pull()
        assert "its text was changed" in result.failures[f"mine, example {number}"]
        assert [v.document.doc.id for v in result.versions] == ["p"]

    def test_same_document_twice(self, doccano_server: DoccanoServer) -> None:
        """Of two examples of one document the first counts."""
        room = Room(doccano_server, [plain("p")])
        row = next(room.session.listed(f"projects/{room.number}/examples"))
        body = {"text": row["text"], "meta": row["meta"]}
        number = room.session.create(f"projects/{room.number}/examples", body)["id"]
        result = room.pull()
        assert list(result.failures) == [f"p, example {number}"]
        assert len(result.versions) == 1

    def test_damaged_snapshot(self, doccano_server: DoccanoServer) -> None:
        """Where what was pushed is not known any more, the document is a failure that says what to do."""
        room = Room(doccano_server, [plain("p")])
        row = next(room.session.listed(f"projects/{room.number}/examples"))
        room.change(f"/examples/{row['id']}", {"meta": {**row["meta"], "claimstake": "1.AAAA"}})
        [reason] = room.pull().failures.values()
        assert "damaged" in reason
        room.change(f"/examples/{row['id']}", {"meta": {"document": "p"}})
        assert [v.before for v in room.pull().versions] == [None]


@pytest.fixture(scope="module")
def apart(doccano_server: DoccanoServer) -> Room:
    """A project in which anna and ben work apart, and differ on one of two documents."""
    sessions = {name: log_in(doccano_server, doccano_server.account(name)) for name in ("anna", "ben")}
    room = Room(doccano_server, [document(), plain("same")], **sessions)
    room.desks = {name: Desk(session, room.number) for name, session in sessions.items()}
    ben = room.desks["ben"]
    ben.relabel("mine", ben.span("mine", "Andes Tin"), "ORGANIZATION")
    ben.say("mine", "name: zinc ore = zinc")
    for desk in room.desks.values():
        desk.tick("mine", "same")
    return room


class TestAnnotators:
    def test_conflict(self, apart: Room) -> None:
        """What they differ in is a conflict, and nothing is learned from that document."""
        result = apart.pull(all=False)
        assert [(v.document.doc.id, v.annotator) for v in result.versions] == [
            ("mine", "anna"), ("same", "anna"), ("mine", "ben"), ("same", "ben"),
        ]  # fmt: skip
        assert (result.undecided, [v.document.doc.id for v in result.chosen]) == (["mine"], ["same"])
        kinds = [(c.change.kind, c.change.what, c.says(0), c.says(1)) for c in result.agreement.conflicts]
        assert ("relabelled", "Andes Tin", "COMPANY", "ORGANIZATION") in kinds
        assert ("renamed", "zinc ore", "zinc ore", "zinc") in kinds
        figures = result.agreement.pairs["anna", "ben"]
        assert figures["documents"] == 2
        assert 0.8 < figures["entities strict F1"] < 1

    def test_prefer(self, apart: Room) -> None:
        """The preferred annotator's version is learned from."""
        chosen = {v.document.doc.id: v.annotator for v in apart.pull(prefer="ben").chosen}
        assert chosen["mine"] == "ben"
        with pytest.raises(ConfigError, match="there are anna, ben"):
            apart.pull(prefer="bob")

    def test_mine(self, apart: Room) -> None:
        """An annotator who is no administrator reads the own layer, and is told so where that was not asked for."""
        with pytest.raises(ConfigError, match="--mine"):
            apart.pull(apart.desks["ben"].session)
        result = apart.pull(apart.desks["ben"].session, mine=True)
        assert {v.annotator for v in result.versions} == {"ben"}
        exported = {v.document.doc.id: v for v in apart.pull().versions if v.annotator == "ben"}
        assert all(v.document == exported[v.document.doc.id].document for v in result.versions)

    def test_worker_does_not_run(self, apart: Room, tmp_path: Path) -> None:
        """Without a task worker the export never ends: an error in time, which names the worker."""
        state = apart.server.server.home.state()
        assert state
        group = processes.members(state.processes["task worker"], state.environment)
        for process in group:
            os.kill(process.pid, signal.SIGSTOP)
        try:
            with pytest.raises(ServerError, match="doccano task"):
                apart.pull(task=2)
        finally:
            for process in group:
                os.kill(process.pid, signal.SIGCONT)

    def test_folder(self, apart: Room, tmp_path: Path) -> None:
        """All versions are in the folder, by annotator, and are read from it as they were."""
        result = apart.pull(prefer="anna")
        folder.write(result, tmp_path)
        again = folder.read(tmp_path)
        assert again.versions == result.versions
        assert [v.annotator for v in again.chosen] == [v.annotator for v in result.chosen]
        assert {f.name for f in (tmp_path / "layers").iterdir()} == {"anna.jsonl", "ben.jsonl"}


class TestInterrupted:
    def test_server_dies(self, doccano_server: DoccanoServer, tmp_path: Path) -> None:
        """A pull whose server dies half-way ends in time; the same call goes on where it was, and has everything."""
        documents = [plain(f"p{n:02}") for n in range(40)]
        room = Room(doccano_server, documents)
        session = log_in(doccano_server, patience=1.5)

        def watch(asked: Iterable[Any]) -> Iterator[Any]:
            for number, future in enumerate(asked):
                if number == 10:
                    doccano_server.kill()
                yield future

        try:
            with pytest.raises(AwayError):
                pull(session, room.name, Options(all=True), out=tmp_path, watch=watch)
        finally:
            doccano_server.start()
        kept = (tmp_path / UNFINISHED).read_text(encoding="utf-8").count("\n")
        assert kept > 10
        asked: list[Any] = []

        def count(futures: Iterable[Any]) -> Iterator[Any]:
            asked.extend(futures)
            yield from asked

        result = pull(log_in(doccano_server), room.name, Options(all=True), out=tmp_path, watch=count)
        assert len(asked) == len(documents) - (kept - 1)
        assert [content(v.document) for v in result.versions] == [content(one) for one in documents]
        assert not (tmp_path / UNFINISHED).exists()


@pytest.mark.usefixtures("environment")
class TestCommand:
    def test_folder_is_good_for_what_follows(self, doccano_server: DoccanoServer, tmp_path: Path) -> None:
        """What was pulled passes the check of the corpus, is scored and can be learned from; again it is the same."""
        room = Room(doccano_server, [document(), plain("p")])
        room.desk.draw("mine", "Andes Tin 🔩 sells", "PRODUCT")  # no mention may stand around another
        room.desk.tick("mine", "p")
        out = tmp_path / "pulled"
        for _ in range(2):
            done = CliRunner().invoke(app, ["doccano", "pull", "-p", room.name, "-o", str(out), "--json"])
            assert done.exit_code == 0, done.output
            value = json.loads(done.stdout)
            assert (value["documents"], value["to_learn_from"], value["problems"]) == (2, 2, 1)
        check = CliRunner().invoke(app, ["corpus", "check", str(out / "articles")])
        assert check.exit_code == 0, check.output
        same = CliRunner().invoke(
            app, ["evaluate", str(out / "articles"), str(out / "documents.jsonl"), "--json", "--bootstrap", "0"]
        )
        assert json.loads(same.stdout)["claims"]["f"] == 1
        assert {d.doc.id for d in retrain.read_documents(out / "articles")} == {"mine", "p"}
        told = CliRunner().invoke(app, ["doccano", "diff", str(out), "--json"])
        assert [c["kind"] for c in json.loads(told.stdout)["changes"]] == ["added"]

    def test_what_articles_cannot_hold_is_said(self, doccano_server: DoccanoServer, tmp_path: Path) -> None:
        """A sentence that stands there twice cannot be quoted alone; documents.jsonl has its bounds."""
        text = "Oslo digs nickel. It rained. Oslo digs nickel."
        names = [("Oslo", "PLACE"), ("nickel", "MINERAL")] * 2
        twice = pushed_documents.document("twice", text, names, [("produces", 2, 3, {})])
        twice.claims[0].evidence = Span(start=text.rindex("Oslo"), end=len(text))
        out = tmp_path / "pulled"
        arguments = ["doccano", "pull", "-o", str(out), "--all", "-p", Room(doccano_server, [twice]).name]
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, done.output
        (version,) = folder.read(out).versions
        evidence = version.document.claims[0].evidence
        assert (evidence.start, evidence.end) == (text.rindex("Oslo"), len(text))
        assert "articles/ hold less than documents.jsonl: evidence, written wider (1)" in done.stderr

    def test_exit_codes(self, doccano_server: DoccanoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A document that fails gives 1; no such project, one of another kind, a wrong password give 2."""
        room = Room(doccano_server, [plain("p")])
        room.change(f"/examples/{room.desk.example('p')}", {"text": "Another"})
        arguments = ["doccano", "pull", "-o", str(tmp_path / "out"), "--all", "-q", "-p"]
        failed = CliRunner().invoke(app, [*arguments, room.name])
        assert (failed.exit_code, "its text was changed" in failed.stderr) == (1, True)
        missing = CliRunner().invoke(app, [*arguments, "no such project"])
        assert (missing.exit_code, "sees no project" in missing.stderr) == (2, True)
        body = {
            "name": room.name + "x",
            "description": "-",
            "project_type": "Seq2seq",
            "resourcetype": "Seq2seqProject",
        }
        room.session.create("projects", body)
        other = CliRunner().invoke(app, [*arguments, body["name"]])
        assert (other.exit_code, "is of type Seq2seq" in other.stderr) == (2, True)
        monkeypatch.setenv("CLAIMSTAKE_DOCCANO_PASSWORD", "wrong-Secret-9")
        wrong = CliRunner().invoke(app, [*arguments, room.name])
        assert (wrong.exit_code, "wrong name or password" in wrong.stderr) == (2, True)
        assert "wrong-Secret-9" not in wrong.output + wrong.stderr
