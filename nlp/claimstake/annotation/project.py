"""The doccano project that documents go to: found or made, with label types, relation types, guidelines and members.

What people changed there stays: their own types, colours and keys, a guideline that they wrote or edited.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from claimstake.annotation import guideline
from claimstake.annotation.session import RefusedError, Session
from claimstake.errors import ConfigError
from claimstake.interchange.drawing import SAME_AS
from claimstake.interchange.types import ShownType, relation_types, span_types
from claimstake.ontology import Ontology

KIND = "SequenceLabeling"
LONGEST_NAME = 100  # characters, of doccano's projects
DESCRIPTION = "Claims and mentions that claimstake found, to be corrected."
NAMED = 5  # types that a note names
ANNOTATOR = "annotator"  # name of doccano's role
NEEDED = {  # setting, what it must be, and its name on doccano's page
    "allow_overlapping": (True, "Allow overlapping entities"),
    "use_relation": (True, "Use relation labeling"),
    "grapheme_mode": (False, "Count grapheme clusters as one character"),
}


@dataclass(frozen=True)
class Wanted:
    """What a project should be.

    Attributes:
        name: or its number, where it exists.
        ontology: of labels and predicates.
        separate: every annotator has a layer that the others do not see.
        annotators: accounts that are to be members.
    """

    name: str
    ontology: Ontology
    separate: bool = False
    annotators: tuple[str, ...] = ()


@dataclass
class Project:
    """A project that is ready to take documents.

    Attributes:
        id: the server's.
        name: as it stands there.
        shared: whether all members see one layer.
        spans, arcs: ids of span types and relation types by name.
        made: whether it was made just now.
        notes: what the user should know, one line each.
    """

    id: int
    name: str
    shared: bool
    spans: dict[str, int] = field(default_factory=dict)
    arcs: dict[str, int] = field(default_factory=dict)
    made: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Under which everything of it lies."""
        return f"projects/{self.id}"

    def needs(self, session: Session, names: Iterable[str], ontology: Ontology) -> None:
        """Make the relation types that arcs need and that are not there."""
        lacking = sorted(set(names) - set(self.arcs))
        known = {shown.name: shown for shown in relation_types(ontology, lacking)} if lacking else {}
        types = [known.get(name) or replace(known[SAME_AS], name=name, key=None) for name in lacking]
        _make_types(session, f"{self.path}/relation-types", types, self.arcs, set())

    def span_type(self, name: str) -> int:
        """Id of a span type.

        Raises:
            ConfigError: the project has none of this name, nor has the ontology.
        """
        if name not in self.spans:
            raise ConfigError(f"label {name!r} is not of the ontology; name the file that adds it with --config")
        return self.spans[name]


def find(session: Session, name: str) -> dict[str, Any] | None:
    """The project of a name, else of a number, as the server describes it; None where there is none.

    Raises:
        ConfigError: several have the name.
    """
    rows = list(session.listed("projects"))
    found = [row for row in rows if row["name"] == name.strip()]
    if len(found) > 1:
        numbers = ", ".join(str(row["id"]) for row in sorted(found, key=lambda row: row["id"]))
        raise ConfigError(f"{len(found)} projects are called {name!r}; name one by its number: {numbers}")
    by_number = [row for row in rows if str(row["id"]) == name.strip()]
    return next(iter([*found, *by_number]), None)


def existing(session: Session, name: str) -> dict[str, Any]:
    """As `find`, of a project that must be there.

    Raises:
        ConfigError: it is not, or several have the name.
    """
    row = find(session, name)
    if row is None:
        known = sorted(r["name"] for r in session.listed("projects"))
        listed = f"it sees {', '.join(known[:10])}" if known else "it sees none"
        raise ConfigError(f"{session.user} sees no project {name!r} on {session.address}; {listed}")
    return row


def check(row: dict[str, Any], *, separate: bool) -> None:
    """Whether a project can hold what is pushed.

    Raises:
        ConfigError: it is of another type, or its settings forbid overlapping spans, relations or the layers asked for.
    """
    who = f"project {row['name']!r} (number {row['id']})"
    if row["project_type"] != KIND:
        raise ConfigError(f"{who} is of type {row['project_type']}, not {KIND}; name another one, or a new name")
    for name, (value, shown) in NEEDED.items():
        if bool(row.get(name)) is not value:
            switch = "on" if value else "off"
            raise ConfigError(f"{who}: switch {switch} '{shown}' in its settings in doccano, or name another project")
    if separate and row["collaborative_annotation"]:
        raise ConfigError(f"{who} shares one layer among all; leave --separate out, or name another project")
    if not separate and not row["collaborative_annotation"]:
        raise ConfigError(f"{who} keeps its annotators apart; add --separate and --annotator NAME")


def prepare(session: Session, wanted: Wanted) -> Project:
    """Find or make a project, and give it the types, guidelines and members that it lacks.

    Raises:
        ConfigError: it cannot hold what is pushed, or the account may not change it.
        ServerError: the server stays away.
    """
    row = find(session, wanted.name)
    if row is not None:
        check(row, separate=wanted.separate)
    try:
        return _prepared(session, wanted, row)
    except RefusedError as problem:
        if problem.status != 403:
            raise
        where = f"project {wanted.name!r}" if row else "new projects"
        raise ConfigError(
            f"{session.user} may not set up {where} on {session.address}: log in as an administrator of it"
            + ("" if row else " (staff accounts may make projects)")
        ) from None


def _prepared(session: Session, wanted: Wanted, row: dict[str, Any] | None) -> Project:
    made = row is None
    if row is None:
        row = _make(session, wanted)
    project = Project(row["id"], row["name"], row["collaborative_annotation"], made=made)
    if row["random_order"]:
        project.notes.append("it shows documents in random order; its settings can switch that off")
    _add_types(session, project, wanted.ontology)
    _update_guideline(session, project, row)
    _add_members(session, project, wanted.annotators)
    return project


def _make(session: Session, wanted: Wanted) -> dict[str, Any]:
    name = wanted.name.strip()
    if not name or len(name) > LONGEST_NAME or name.isdigit():
        raise ConfigError(
            f"{wanted.name!r} cannot be a project's name: up to {LONGEST_NAME} characters, not digits alone"
        )
    body = {
        "name": name,
        "description": DESCRIPTION,
        "guideline": guideline.text(),
        "project_type": KIND,
        "resourcetype": f"{KIND}Project",
        "collaborative_annotation": not wanted.separate,
        "allow_member_to_create_label_type": True,
        **{setting: value for setting, (value, _) in NEEDED.items()},
    }
    made: dict[str, Any] = session.create("projects", body, find=lambda: find(session, name))
    return made


def _add_types(session: Session, project: Project, ontology: Ontology) -> None:
    spans, arcs = span_types(ontology), relation_types(ontology)
    for kind, types, known in (("span-types", spans, project.spans), ("relation-types", arcs, project.arcs)):
        path = f"{project.path}/{kind}"
        rows = session.get(path)
        known.update((row["text"], row["id"]) for row in rows)
        lacking = [t for t in types if t.name not in known]
        _make_types(session, path, lacking, known, {row["suffix_key"] for row in rows})
        if rows and lacking and not project.made:
            more = f" and {len(lacking) - NAMED} more" if len(lacking) > NAMED else ""
            names = ", ".join(t.name for t in lacking[:NAMED]) + more
            project.notes.append(
                f"{kind.replace('-', ' ')} that were not there are made: {names}; "
                "annotations that somebody deleted with one of them do not come back"
            )


def _make_types(
    session: Session, path: str, types: Sequence[ShownType], known: dict[str, int], keys: set[str | None]
) -> None:
    """Make types, without a key where another type has it; ids go into `known`."""
    for shown in types:
        free = shown.key is not None and shown.key not in keys
        body = {
            "text": shown.name,
            "background_color": shown.background,
            "text_color": shown.text,
            "suffix_key": shown.key if free else None,
            "prefix_key": shown.prefix if free else None,
        }
        keys.add(shown.key)
        known[shown.name] = session.create(path, body, find=lambda name=shown.name: _type(session, path, name))["id"]


def _type(session: Session, path: str, name: str) -> dict[str, Any] | None:
    return next((row for row in session.get(path) if row["text"] == name), None)


def _update_guideline(session: Session, project: Project, row: dict[str, Any]) -> None:
    """Give a project our newest guidelines, unless somebody wrote or edited what it has."""
    there, ours = row["guideline"], guideline.text()
    if there == ours:
        return
    if guideline.untouched(there):
        session.change(project.path, {"guideline": ours, "resourcetype": row["resourcetype"]})
    elif guideline.is_old(there):
        project.notes.append("its guidelines were edited in doccano, and are left as they are")


def _add_members(session: Session, project: Project, names: Sequence[str]) -> None:
    path = f"{project.path}/members"
    lacking = [] if not names else [n for n in names if n not in {row["username"] for row in session.get(path)}]
    if not lacking:
        return
    role = next((r["id"] for r in session.get("roles") if r["name"] == ANNOTATOR), None)
    if role is None:
        raise ConfigError(
            f"{session.address} knows no role {ANNOTATOR!r}; add {', '.join(lacking)} to the project there"
        )
    for name in lacking:
        body = {"user": _user(session, name), "role": role}
        session.create(path, body, find=lambda name=name: _member(session, path, name))
        project.notes.append(f"{name} is a member now, as annotator")


def _user(session: Session, name: str) -> int:
    for row in session.get("users", q=name):
        if row["username"] == name:
            return int(row["id"])
    raise ConfigError(f"{session.address} has no account {name!r}; make it there first ({session.address}/admin/)")


def _member(session: Session, path: str, name: str) -> dict[str, Any] | None:
    return next((row for row in session.get(path) if row["username"] == name), None)
