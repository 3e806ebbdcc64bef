"""The project in doccano: made with all that it needs, mended where something lacks, never taken from its people."""

from __future__ import annotations

import pytest

from annotation.doccano_server import DoccanoServer
from annotation.pushed_documents import logged_in
from claimstake import ontology
from claimstake.annotation import guideline, project
from claimstake.annotation.project import Wanted, prepare
from claimstake.annotation.session import Session
from claimstake.errors import ConfigError
from claimstake.interchange.types import relation_types, span_types

doccano = pytest.mark.doccano
ONTOLOGY = ontology.default()


@pytest.fixture
def wanted(doccano_server: DoccanoServer) -> Wanted:
    """A project that is not there yet."""
    return Wanted(doccano_server.project_name("project"), ONTOLOGY)


def test_guidelines_are_those_of_the_corpus_and_say_how_doccano_is_used() -> None:
    """Both parts are there, and the mark fits them."""
    text = guideline.text()
    assert "# Annotation guidelines" in text
    assert "same_as" in text
    assert guideline.untouched(text)
    assert guideline.untouched(text.replace("\n", "\r\n") + "\n")


@pytest.mark.parametrize(
    "found", ["", " \n", "Please write annotation guideline.", guideline.marked("Mark every metal.")]
)
def test_what_may_be_renewed(found: str) -> None:
    """Nothing, doccano's own filling, and an older text of ours."""
    assert guideline.untouched(found)


@pytest.mark.parametrize(
    "found", ["Mark every metal.", guideline.marked("Mark every metal.").replace("every", "no"), guideline.text() + "x"]
)
def test_what_somebody_wrote_is_known(found: str) -> None:
    """A text of their own, and one of ours with a change anywhere."""
    assert not guideline.untouched(found)


@doccano
def test_a_new_project_has_what_it_needs(session: Session, wanted: Wanted) -> None:
    """Type, settings, guidelines, and every label and predicate with colour and key."""
    made = prepare(session, wanted)
    row = session.get(made.path)
    assert made.made
    assert row["project_type"] == "SequenceLabeling"
    assert row["allow_overlapping"]
    assert row["use_relation"]
    assert row["collaborative_annotation"]
    assert not row["grapheme_mode"]
    assert guideline.untouched(row["guideline"])
    for path, types in (("span-types", span_types(ONTOLOGY)), ("relation-types", relation_types(ONTOLOGY))):
        rows = {
            r["text"]: (r["background_color"], r["text_color"], r["suffix_key"])
            for r in session.get(f"{made.path}/{path}")
        }
        assert rows == {t.name: (t.background, t.text, t.key) for t in types}


@doccano
def test_twice_changes_nothing(session: Session, wanted: Wanted) -> None:
    """The second time it is found, by name and by number, and says nothing."""
    first = prepare(session, wanted)
    before = [session.get(f"{first.path}/{kind}") for kind in ("span-types", "relation-types", "members")]
    again = prepare(session, Wanted(str(first.id), ONTOLOGY))
    assert (again.id, again.made, again.notes) == (first.id, False, [])
    assert (again.spans, again.arcs) == (first.spans, first.arcs)
    assert before == [session.get(f"{first.path}/{kind}") for kind in ("span-types", "relation-types", "members")]


@doccano
def test_types_of_the_people_stay_and_lacking_ones_are_made(session: Session, wanted: Wanted) -> None:
    """A deleted label comes back without the key that another one took; own labels and colours stay."""
    made = prepare(session, wanted)
    path = f"{made.path}/span-types"
    session.remove(f"{path}/{made.spans['PLACE']}")
    key = next(t.key for t in span_types(ONTOLOGY) if t.name == "PLACE")
    own = session.create(path, {"text": "OURS", "background_color": "#123456", "suffix_key": key, "prefix_key": None})
    session.change(f"{path}/{made.spans['MINERAL']}", {"background_color": "#654321"})
    again = prepare(session, wanted)
    rows = {row["text"]: row for row in session.get(path)}
    assert rows["PLACE"]["suffix_key"] is None
    assert rows["OURS"]["id"] == own["id"]
    assert rows["MINERAL"]["background_color"] == "#654321"
    assert any("PLACE" in note and "do not come back" in note for note in again.notes)
    assert again.spans["PLACE"] != made.spans["PLACE"]


@doccano
def test_a_guideline_is_renewed_only_where_nobody_edited_it(session: Session, wanted: Wanted) -> None:
    """An older text of ours gives way to the newest; an edited one stays, and that is said."""
    made = prepare(session, wanted)
    ours = session.get(made.path)["guideline"]
    session.change(
        made.path, {"guideline": guideline.marked("Mark every metal."), "resourcetype": "SequenceLabelingProject"}
    )
    assert prepare(session, wanted).notes == []
    assert session.get(made.path)["guideline"] == ours
    edited = ours.replace("Twelve labels", "Some labels")
    session.change(made.path, {"guideline": edited, "resourcetype": "SequenceLabelingProject"})
    assert any("edited" in note for note in prepare(session, wanted).notes)
    assert session.get(made.path)["guideline"] == edited


@doccano
@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"project_type": "Seq2seq", "resourcetype": "Seq2seqProject"}, "of type Seq2seq"),
        ({"allow_overlapping": False}, "Allow overlapping entities"),
        ({"use_relation": False}, "Use relation labeling"),
        ({"grapheme_mode": True}, "grapheme"),
        ({"collaborative_annotation": False}, "--separate"),
    ],
)
def test_a_project_that_cannot_hold_it_is_refused(
    session: Session, wanted: Wanted, settings: dict[str, object], match: str
) -> None:
    """The message names what to switch, and nothing in the project is changed."""
    body = {
        "name": wanted.name,
        "description": "Another",
        "project_type": "SequenceLabeling",
        "resourcetype": "SequenceLabelingProject",
        "collaborative_annotation": True,
        "allow_overlapping": True,
        "use_relation": True,
        **settings,
    }
    made = session.create("projects", body)
    with pytest.raises(ConfigError, match=match):
        prepare(session, wanted)
    assert session.get(f"projects/{made['id']}") == made
    assert session.get(f"projects/{made['id']}/span-types") == []


@doccano
def test_two_projects_of_a_name_need_a_number(session: Session, wanted: Wanted) -> None:
    """doccano lets names be the same; the message lists the numbers."""
    first = prepare(session, wanted)
    row = session.get(first.path)
    second = session.create(
        "projects",
        {k: row[k] for k in ("name", "description", "project_type")} | {"resourcetype": "SequenceLabelingProject"},
    )
    with pytest.raises(ConfigError, match=f"{first.id}, {second['id']}"):
        project.find(session, wanted.name)
    assert project.existing(session, str(second["id"]))["id"] == second["id"]
    with pytest.raises(ConfigError, match="sees no project"):
        project.existing(session, wanted.name + "?")


@doccano
def test_members_are_added_once(doccano_server: DoccanoServer, session: Session, wanted: Wanted) -> None:
    """With the role of an annotator; who is no account is named."""
    anna = doccano_server.account("push-anna")
    both = Wanted(wanted.name, ONTOLOGY, annotators=(anna.name,))
    made = prepare(session, both)
    assert prepare(session, both).notes == []
    rows = session.get(f"{made.path}/members")
    assert [(r["username"], r["rolename"]) for r in rows if r["username"] == anna.name] == [(anna.name, "annotator")]
    with pytest.raises(ConfigError, match="no account 'nobody-here'"):
        prepare(session, Wanted(wanted.name, ONTOLOGY, annotators=("nobody-here",)))


@doccano
def test_who_may_not_is_told(doccano_server: DoccanoServer, session: Session, wanted: Wanted) -> None:
    """An annotator neither makes projects nor changes one."""
    anna = doccano_server.account("push-anna")
    hers = logged_in(doccano_server, anna)
    with pytest.raises(ConfigError, match="may not set up new projects"):
        prepare(hers, wanted)
    made = prepare(session, Wanted(wanted.name, ONTOLOGY, annotators=(anna.name,)))
    session.remove(f"{made.path}/span-types/{made.spans['PLACE']}")
    session.change(made.path, {"allow_member_to_create_label_type": False, "resourcetype": "SequenceLabelingProject"})
    with pytest.raises(ConfigError, match="may not set up project"):
        prepare(hers, wanted)
