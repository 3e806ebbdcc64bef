"""Documents from a doccano project, as their annotators left them, and a folder that holds them.

    result = pull(session, "Export controls", Path("pulled"))

Where the project shares one layer, every document has one version; where annotators are kept apart, one each, and the
one to learn from is what they agree on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from claimstake import ontology as ontologies
from claimstake.annotation import exporting, fetching, project
from claimstake.annotation.agreement import Agreement, Choice, agreement, choose
from claimstake.annotation.contract import Pulled
from claimstake.annotation.diff import Diff, difference
from claimstake.annotation.fetching import Watch
from claimstake.annotation.found import Found
from claimstake.annotation.session import Session
from claimstake.annotation.understanding import LayerError, document_name, pulled
from claimstake.errors import ConfigError
from claimstake.ontology import Ontology

UNFINISHED = ".unfinished.jsonl"  # in the output folder: what a run fetched that broke off


@dataclass(frozen=True)
class Options:
    """What is pulled, and how.

    Attributes:
        all: also what nobody has confirmed.
        mine: only the account's own layers, of a project that keeps its annotators apart.
        prefer: account whose version is learned from where annotators differ.
        task: seconds that the server's task worker gets for an export.
    """

    all: bool = False
    mine: bool = False
    prefer: str | None = None
    task: float = exporting.TASK


@dataclass
class Result:
    """What came back.

    Attributes:
        source: address, project, account: where from.
        versions: every annotator's version of every document that could be read.
        failures: documents that could not be read, with the reason.
        prefer: see `Options`.
    """

    source: dict[str, Any]
    versions: list[Pulled] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    prefer: str | None = None

    @cached_property
    def choices(self) -> dict[str, Choice]:
        """The version to learn from, by document."""
        return choose(self.versions, self.prefer)

    @property
    def chosen(self) -> list[Pulled]:
        """Versions to learn from."""
        return [choice.chosen for choice in self.choices.values() if choice.chosen is not None]

    @property
    def undecided(self) -> list[str]:
        """Documents whose annotators differ, so that none is learned from."""
        return [name for name, choice in self.choices.items() if choice.chosen is None]

    @cached_property
    def diff(self) -> Diff:
        """Against what was pushed."""
        return difference(self.versions)

    @cached_property
    def agreement(self) -> Agreement:
        """Between annotators."""
        return agreement(self.versions)

    @property
    def problems(self) -> list[dict[str, Any]]:
        """What an annotator should look at again: document, annotator, example, problem; and what could not be read."""
        rows: list[dict[str, Any]] = []
        for v in self.versions:
            where = {"document": v.document.doc.id, "annotator": v.annotator, "example": v.example}
            rows += [{**where, "problem": problem} for problem in v.problems]
        for name in self.undecided:
            who = ", ".join(str(version.annotator) for version in self.choices[name].versions)
            rows.append({"document": name, "problem": f"{who} differ; settle it in doccano, or choose with --prefer"})
        return [*rows, *({"document": name, "problem": reason} for name, reason in self.failures.items())]

    @property
    def fine(self) -> bool:
        """Whether every document could be read."""
        return not self.failures

    def summary(self) -> dict[str, Any]:
        """Numbers of what came back."""
        return {
            "documents": len(self.choices),
            "versions": len(self.versions),
            "confirmed": sum(version.confirmed for version in self.versions),
            "to_learn_from": len(self.chosen),
            "undecided": self.undecided,
            "problems": sum(len(version.problems) for version in self.versions),
            "failures": self.failures,
        }

    def to_json(self, most: int | None = None) -> dict[str, Any]:
        """As plain values; `most` limits the single changes that are listed."""
        return {
            "source": self.source,
            **self.summary(),
            "diff": self.diff.to_json(most),
            "agreement": self.agreement.to_json(),
        }


def pull(
    session: Session,
    name: str,
    options: Options | None = None,
    *,
    out: Path | None = None,
    ontology: Ontology | None = None,
    watch: Watch = iter,
) -> Result:
    """Read a project.

    Args:
        name: of the project, or its number.
        out: folder that keeps what was fetched where the run breaks off; the same call goes on there where it is
            given soon (`found.FRESH`).
        ontology: None takes the packaged one.
        watch: passes on what is fetched one by one.

    Raises:
        ConfigError: there is no such project, it is of another kind, the account may not read it, or whose version is
            preferred has annotated nothing.
        ServerError: the server stays away, or its task worker does not do its work.
    """
    options, ontology = options or Options(), ontology or ontologies.default()
    row = project.existing(session, name)
    fetching.check(row)
    file = out / UNFINISHED if out is not None else None
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    found = _found(session, row, options, file, watch)
    annotators = sorted({one.layer.annotator for one in found if one.layer.annotator})
    if options.prefer and annotators and options.prefer not in annotators:
        raise ConfigError(f"{options.prefer} has annotated nothing here; there are {', '.join(annotators)}")
    known = fetching.names(session, row["id"])
    source = {"address": session.address, "project": row["name"], "number": row["id"], "user": session.user}
    result = Result(source, prefer=options.prefer)
    _read(result, found, ontology, {*known.spans.values(), *known.arcs.values()})
    if file is not None:
        file.unlink(missing_ok=True)
    return result


def _found(
    session: Session, row: dict[str, Any], options: Options, unfinished: Path | None, watch: Watch
) -> list[Found]:
    shared, confirmed = bool(row["collaborative_annotation"]), not options.all
    if options.mine and shared:
        raise ConfigError(f"all share one layer in project {row['name']!r}; leave --mine out")
    if shared or options.mine:
        return fetching.layers(session, row, confirmed=confirmed, unfinished=unfinished, watch=watch)
    return exporting.layers(session, row, confirmed=confirmed, timeout=options.task)


def _read(result: Result, found: Iterable[Found], ontology: Ontology, types: set[str]) -> None:
    seen: dict[tuple[str, str | None], int] = {}
    for one in found:
        name, annotator = document_name(one), one.layer.annotator
        where = f"{name} ({annotator})" if annotator else name
        try:
            version = pulled(one, ontology, types)
        except LayerError as error:
            result.failures[f"{where}, example {one.example}"] = str(error)
            continue
        first = seen.setdefault((version.document.doc.id, annotator), one.example)
        if first != one.example:
            reason = f"example {first} is of the same document; delete one of them in doccano"
            result.failures[f"{where}, example {one.example}"] = reason
        else:
            result.versions.append(version)
