"""Pushing to a real doccano: what arrives, what a second push leaves alone, and what survives that either side dies."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from annotation.doccano_server import DoccanoServer
from annotation.pushed_documents import (
    GIVEN,
    ban,
    command,
    document,
    environment,
    held,
    logged_in,
    numbers,
    pushed,
    written,
)
from claimstake import ontology
from claimstake.annotation.contract import LAYERS
from claimstake.annotation.example import NEWEST
from claimstake.annotation.project import Project, Wanted
from claimstake.annotation.pull import Options as PullOptions
from claimstake.annotation.pull import pull
from claimstake.annotation.push import Options, Order, push
from claimstake.annotation.pushing import Crew, Doubt
from claimstake.annotation.session import Session
from claimstake.errors import ConfigError
from claimstake.interchange.offsets import Units
from claimstake.records import AnnotatedDocument

pytestmark = [pytest.mark.doccano, pytest.mark.timeout(300)]
ONTOLOGY = ontology.default()


@pytest.fixture
def wanted(doccano_server: DoccanoServer) -> Wanted:
    """A project that is not there yet."""
    return Wanted(doccano_server.project_name("push"), ONTOLOGY)


def test_spans_and_relations_arrive(session: Session, wanted: Wanted) -> None:
    """Overlapping, behind emoji, Chinese, combining marks and white space that doccano cuts off: the same words."""
    text = " \n😀 北京 limits ga\u0301llium extraction technology 👩‍🔬 and germanium. More follows.\n"
    mentions = [
        ("北京", "PLACE"),
        ("ga\u0301llium extraction technology", "TECHNOLOGY"),
        ("ga\u0301llium", "MINERAL"),
        ("germanium", "MINERAL"),
    ]
    unusual = {"status": "lifted", "measure": "ban", "certainty": "hedged", "polarity": "negated"}
    claims = [
        ("restricts_export_of", 0, 1, {"status": "proposed", "measure": "restriction"}),
        ("restricts_export_of", 0, 3, unusual),
        ("covers", 1, 2, {"status": "in_force", "attribution": "北京"}),
    ]
    found = pushed(session, wanted, [document("hard", text, mentions, claims)])
    row = held(session, found.number)[0]
    units = Units(row["text"])
    words = {(type_, row["text"][units.point(start) : units.point(end)]) for type_, start, end in row["spans"]}
    sentence = text[text.index("😀") : text.index(".") + 1]
    assert words == {(label, words) for words, label in mentions} | {("EVIDENCE", sentence)}
    named = {span: row["text"][units.point(span[1]) : units.point(span[2])] for span in row["spans"]}
    assert {(type_, named[source], named[target]) for type_, source, target in row["arcs"]} == {
        ("proposed restricts_export_of", "北京", "ga\u0301llium extraction technology"),
        ("hedged negated lifted ban restricts_export_of", "北京", "germanium"),
        ("covers", "ga\u0301llium extraction technology", "ga\u0301llium"),
    }
    assert row["text"] == text.strip()
    assert len(row["comments"]) == 1
    assert "attribution=北京" in row["comments"][0]
    assert row["layers"] == "admin"


def test_twice_adds_nothing(session: Session, wanted: Wanted) -> None:
    """Nor in another order, nor with documents that are new."""
    documents = [ban(i) for i in range(6)]
    first = pushed(session, wanted, documents[:4])
    before = held(session, first.number)
    again = pushed(session, wanted, documents[3::-1])
    assert (first.pushed, again.pushed) == ([d.doc.id for d in documents[:4]], [])
    assert sorted(again.there) == sorted(first.pushed)
    assert held(session, first.number) == before
    assert pushed(session, wanted, documents).pushed == ["ban-004", "ban-005"]
    assert held(session, first.number)[:4] == before


def test_what_people_did_survives(session: Session, wanted: Wanted) -> None:
    """Deleted, moved, added, renamed, commented and ticked: a second push and a refresh leave all of it."""
    documents = [ban(i) for i in range(6)]
    number = pushed(session, wanted, documents).number
    path, places = f"projects/{number}", numbers(session, number)
    types = {row["text"]: row["id"] for row in session.get(f"{path}/span-types")}
    example = [f"{path}/examples/{places[f'ban-{i:03}']}" for i in range(6)]
    spans = [session.get(f"{e}/spans") for e in example]
    session.remove(f"{example[0]}/spans/{spans[0][0]['id']}")
    session.change(f"{example[1]}/spans/{spans[1][1]['id']}", {"start_offset": spans[1][1]["start_offset"] + 1})
    more = {"label": types["PERSON"], "start_offset": 0, "end_offset": 3, "prob": 0}
    session.create(f"{example[2]}/spans", more)
    session.change(f"{example[3]}/spans/{spans[3][0]['id']}", {"label": types["MINISTRY"]})
    session.create(f"{path}/comments", {"text": "name: Beijing = China"}, params={"example": places["ban-004"]})
    session.create(f"{example[5]}/states", {})
    before = held(session, number)
    assert pushed(session, wanted, documents).there == [d.doc.id for d in documents]
    refreshed = push(session, [without_claims(d) for d in documents], wanted, Options(refresh=True))
    assert set(refreshed.left) == {d.doc.id for d in documents}
    assert refreshed.refreshed == []
    assert held(session, number) == before


def without_claims(found: AnnotatedDocument) -> AnnotatedDocument:
    """As another model might see it."""
    return found.model_copy(update={"claims": []})


def test_refresh_renews_what_nobody_touched(session: Session, wanted: Wanted) -> None:
    """Annotations and snapshot are those of a push of the newer documents; what is the same stays as it is."""
    documents = [ban(5), ban(6)]
    number = pushed(session, wanted, documents).number
    newer = [without_claims(documents[0]), documents[1]]
    found = pushed(session, wanted, newer, Options(order=Order.given, refresh=True))
    assert (found.refreshed, found.there) == (["ban-005"], ["ban-006"])
    other = Wanted(wanted.name + " other", ONTOLOGY)
    assert held(session, number) == held(session, pushed(session, other, newer).number)
    assert pushed(session, wanted, newer, Options(refresh=True)).refreshed == []


def test_refresh_with_other_white_space_in_front(session: Session, wanted: Wanted) -> None:
    """The newer document begins with lines that doccano cuts off: its marks stand on the same words."""
    text = "Oslo digs nickel. Nobody else was named."
    old = document("moved", text, [("Oslo", "PLACE")])
    newer = document("moved", f"\n  {text}", [("Oslo", "PLACE"), ("nickel", "MINERAL")])
    number = pushed(session, wanted, [old]).number
    assert pushed(session, wanted, [newer], Options(Order.given, refresh=True)).refreshed == ["moved"]
    (row,) = held(session, number)
    assert row["spans"] == [("MINERAL", 10, 16), ("PLACE", 0, 4)]
    (version,) = pull(session, wanted.name, PullOptions(all=True)).versions
    assert version.document.doc.text == newer.doc.text
    assert [(e.start, e.text) for e in version.document.entities] == [(3, "Oslo"), (13, "nickel")]


def test_copies_of_late_requests_go_wherever_they_are(
    doccano_server: DoccanoServer, session: Session, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also behind many newer examples; one that an annotator has drawn on stays."""
    ben = logged_in(doccano_server, doccano_server.account("push-ben"))
    apart = Wanted(wanted.name, ONTOLOGY, separate=True, annotators=("push-ben",))
    documents = [ban(1), ban(2)]
    number = push(session, documents, apart, GIVEN, layers={"push-ben": ben}).number or 0
    path, places = f"projects/{number}", numbers(session, number)
    made = []
    for name in ("ban-001", "ban-002"):
        row = session.get(f"{path}/examples/{places[name]}")
        made.append(session.create(f"{path}/examples", {"text": row["text"], "meta": row["meta"] | {LAYERS: ""}})["id"])
    type_ = session.get(f"{path}/span-types")[0]["id"]
    ben.create(f"{path}/examples/{made[1]}/spans", {"label": type_, "start_offset": 0, "end_offset": 3, "prob": 0})
    for i in range(NEWEST + 2):
        session.create(f"{path}/examples", {"text": f"Filler {i}.", "meta": {}})
    found = Project(number, wanted.name, False)
    monkeypatch.setattr("claimstake.annotation.pushing.LATE", 0.0)
    crew = Crew(session, {"push-ben": ben}, found, ONTOLOGY, evidence=True)
    crew.doubts += [Doubt(places[name], name, "", {}) for name in places]
    crew.settle()
    left = {row["id"] for row in session.listed(f"{path}/examples")}
    assert left & {*places.values(), *made} == {*places.values(), made[1]}


def test_separate_layers(doccano_server: DoccanoServer, session: Session, wanted: Wanted) -> None:
    """Each annotator has the marks in a layer that only they see; who comes later gets them too."""
    names = [doccano_server.account(name) for name in ("push-anna", "push-ben", "push-carl")]
    theirs: dict[str, Session] = {}
    documents = [ban(i) for i in range(4, 7)]
    for count in (2, 3):
        apart = Wanted(wanted.name, ONTOLOGY, separate=True, annotators=tuple(n.name for n in names[:count]))
        theirs |= {n.name: logged_in(doccano_server, n) for n in names[:count]}
        found = push(session, documents, apart, GIVEN, layers={n.name: theirs[n.name] for n in names[:count]})
        assert found.fine
        assert len(found.pushed if count == 2 else found.completed) == 3
        if count == 2:
            before = held(theirs["push-anna"], found.number)
            example = f"projects/{found.number}/examples/{numbers(session, found.number)['ban-005']}"
            theirs["push-ben"].remove(f"{example}/spans/{theirs['push-ben'].get(f'{example}/spans')[0]['id']}")
    layers = [held(theirs[n.name], found.number, metadata=False) for n in names]
    assert [row["spans"] for row in layers[0]] == [row["spans"] for row in before]
    assert [len(row["spans"]) for row in layers[1]] == [3, 2, 3]
    assert [row["spans"] for row in layers[2]] == [row["spans"] for row in before]
    assert [row["arcs"] for row in layers[2]] == [row["arcs"] for row in before]
    assert [len(row["comments"]) for row in layers[0]] == [0, 1, 0]
    assert {row["layers"] for row in layers[0]} == {"push-anna,push-ben,push-carl"}
    assert all(row["spans"] == [] for row in held(session, found.number))
    with pytest.raises(ConfigError, match="--separate"):
        push(session, documents, wanted, GIVEN)


def test_what_was_left_half_way_is_finished_or_left_to_its_annotator(session: Session, wanted: Wanted) -> None:
    """The end of what was written is lacking: it is added; something else is lacking: somebody was there."""
    documents = [ban(i) for i in (5, 10, 15)]
    number = pushed(session, wanted, documents).number
    whole, path, places = held(session, number), f"projects/{number}", numbers(session, number)
    for name, place in (("ban-005", -1), ("ban-010", 0)):
        example = f"{path}/examples/{places[name]}"
        arcs, spans = session.get(f"{example}/relations"), session.get(f"{example}/spans")
        session.remove(f"{example}/relations/{arcs[0]['id']}")
        session.remove(f"{example}/spans/{sorted(s['id'] for s in spans)[place]}")
        for comment in session.listed(f"{path}/comments", example=places[name]):
            session.remove(f"{path}/comments/{comment['id']}")
        session.change(example, {"meta": session.get(example)["meta"] | {"pushed for": ""}})
    found = pushed(session, wanted, documents)
    assert (found.completed, list(found.left), found.there) == (["ban-005"], ["ban-010"], ["ban-015"])
    after = held(session, number)
    assert (after[0], after[2]) == (whole[0], whole[2])
    assert len(after[1]["spans"]) == 2


def test_documents_that_doccano_refuses_are_named(session: Session, wanted: Wanted) -> None:
    """NUL, half a surrogate pair, nothing but blanks, a label that nobody knows, too large: the others go on."""
    good = [ban(1), ban(2)]
    strange = document("strange", "Mars mines ice.", [("Mars", "PLANET")])
    large = document("large", "Word. " * 500_000, [])
    bad = [document(name, text, []) for name, text in (("nul", "a\0."), ("half", "a\ud83d."), ("blank", " ."))]
    bad[2].doc.text = " \n "
    found = push(session, [bad[0], good[0], bad[1], strange, bad[2], large, good[1]], wanted, GIVEN)
    assert found.pushed == ["ban-001", "ban-002"]
    assert set(found.failed) == {"nul", "half", "blank", "strange", "large"}
    assert "PLANET" in found.failed["strange"]
    assert "large" in found.failed["large"]
    assert not found.fine


def test_a_document_with_the_id_of_another_is_refused(session: Session, wanted: Wanted) -> None:
    """The example stays, and the message says which it is."""
    number = pushed(session, wanted, [ban(1)]).number
    before = held(session, number)
    found = push(session, [ban(1, "germanium")], wanted, Options(refresh=True))
    assert f"example {numbers(session, number)['ban-001']} has another text" in found.failed["ban-001"]
    assert held(session, number) == before


def test_a_budget_is_what_the_project_holds_in_the_end(session: Session, wanted: Wanted) -> None:
    """The same command twice adds nothing, a greater budget the next ones of the same order; a seed gives one order."""
    documents = [ban(i) for i in range(12)]
    orders = {}
    for order in (Order.random, Order.uncertainty):
        one = Wanted(f"{wanted.name} {order}", ONTOLOGY)
        first = pushed(session, one, documents, Options(order, budget=4, seed=3))
        assert (len(first.pushed), first.beyond) == (4, 8)
        again = pushed(session, one, documents[::-1], Options(order, budget=4, seed=3))
        assert (again.pushed, again.beyond, len(again.there)) == ([], 8, 4)
        more = pushed(session, one, documents, Options(order, budget=6, seed=3))
        orders[order] = first.pushed + more.pushed
        assert [row["document"] for row in held(session, first.number)] == orders[order]
    whole = push(session, documents, wanted, Options(Order.random, budget=6, seed=3, dry_run=True))
    assert whole.pushed == orders[Order.random] != sorted(orders[Order.random])
    other = push(session, documents, wanted, Options(Order.random, budget=6, seed=4, dry_run=True))
    assert other.pushed != whole.pushed


def test_a_dry_run_does_nothing(session: Session, wanted: Wanted) -> None:
    """It says the same as the run after it."""
    dry = push(session, [ban(1), ban(2)], wanted, Options(Order.given, dry_run=True))
    assert (dry.pushed, dry.number, dry.made) == (["ban-001", "ban-002"], None, True)
    assert wanted.name not in [row["name"] for row in session.listed("projects")]
    assert pushed(session, wanted, [ban(1)]).pushed == ["ban-001"]
    before = held(session, dry.number or push(session, [], wanted).number)
    dry = push(session, [ban(1), ban(2)], wanted, Options(Order.given, dry_run=True))
    assert (dry.pushed, dry.there) == (["ban-002"], ["ban-001"])
    assert held(session, dry.number) == before


def test_nothing_to_push_makes_no_project(session: Session, wanted: Wanted) -> None:
    """A path that was mistyped leaves no empty project behind."""
    found = push(session, [], wanted)
    assert (found.number, found.made) == (None, False)
    assert wanted.name not in [row["name"] for row in session.listed("projects")]


def test_a_label_that_was_deleted(session: Session, wanted: Wanted) -> None:
    """It comes back for new documents; old ones stay as they were left, and that is said."""
    number = pushed(session, wanted, [ban(1)]).number
    types = {row["text"]: row["id"] for row in session.get(f"projects/{number}/span-types")}
    session.remove(f"projects/{number}/span-types/{types['MINERAL']}")
    found = pushed(session, wanted, [ban(1), ban(2)])
    assert any("MINERAL" in note for note in found.notes)
    old, new = held(session, number)
    assert ([s[0] for s in old["spans"]], old["arcs"]) == (["EVIDENCE", "PLACE"], [])
    assert [s[0] for s in new["spans"]] == ["EVIDENCE", "MINERAL", "PLACE"]


def test_a_wrong_password_is_an_error_of_configuration(doccano_server: DoccanoServer, tmp_path: Path) -> None:
    """It says what to set, and neither password is shown."""
    source = written(tmp_path, [ban(1)])
    wrong = doccano_server.admin.password[::-1]
    asked = command(doccano_server, str(source), "-p", "never made")
    found = subprocess.run(asked, env=environment(doccano_server, wrong), capture_output=True, text=True, timeout=60)
    assert found.returncode == 2
    assert "wrong name or password" in found.stderr
    assert "CLAIMSTAKE_DOCCANO_PASSWORD" in found.stderr
    assert wrong not in found.stdout + found.stderr


def test_the_command_annotates_articles(doccano_server: DoccanoServer, session: Session, tmp_path: Path) -> None:
    """Articles go through the pipeline; one that cannot be read is named, and the exit code says so."""
    name = doccano_server.project_name("push command")
    article, broken = tmp_path / "export.txt", tmp_path / "broken.pdf"
    article.write_text("Beijing banned exports of gallium to Japan on July 3, 2023.\n", encoding="utf-8")
    broken.write_bytes(b"%PDF-1.7 nothing")
    asked = command(doccano_server, str(article), str(broken), "-p", name, "--json")
    found = subprocess.run(asked, env=environment(doccano_server), capture_output=True, text=True, timeout=200)
    assert found.returncode == 1
    assert "broken.pdf" in found.stderr
    result = json.loads(found.stdout)
    assert result["pushed"] == ["export"]
    row = held(session, result["number"])[0]
    assert any(arc[0].endswith("restricts_export_of") for arc in row["arcs"])
    assert {"uncertainty", "document", "claimstake"} <= set(row["meta"])


def test_annotators_log_in_with_passwords_of_their_own(doccano_server: DoccanoServer, tmp_path: Path) -> None:
    """From variables that bear their names; one that is lacking is named before anything is made."""
    name, source = doccano_server.project_name("push apart"), written(tmp_path, [ban(1)])
    people = [doccano_server.account(who) for who in ("push-anna", "push-ben")]
    who = [part for person in people for part in ("-a", person.name)]
    asked = command(doccano_server, str(source), "-p", name, "--separate", *who, "--json")
    known = environment(doccano_server) | {"CLAIMSTAKE_DOCCANO_PASSWORD_PUSH_ANNA": people[0].password}
    found = subprocess.run(asked, env=known, capture_output=True, text=True, timeout=60)
    assert found.returncode == 2
    assert "CLAIMSTAKE_DOCCANO_PASSWORD_PUSH_BEN" in found.stderr
    known["CLAIMSTAKE_DOCCANO_PASSWORD_PUSH_BEN"] = people[1].password
    found = subprocess.run(asked, env=known, capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stderr
    number = json.loads(found.stdout)["number"]
    layers = [held(logged_in(doccano_server, person), number)[0]["spans"] for person in people]
    assert layers[0] == layers[1]
    assert len(layers[0]) == 3
