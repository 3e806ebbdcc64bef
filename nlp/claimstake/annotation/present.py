"""What a project holds already: which documents, complete for whom."""

from __future__ import annotations

from dataclasses import dataclass

from claimstake.annotation.contract import LAYERS
from claimstake.annotation.project import Project
from claimstake.annotation.session import Session
from claimstake.interchange.snapshot import DOCUMENT, trimmed
from claimstake.records import AnnotatedDocument, text_sha256


@dataclass(frozen=True)
class Present:
    """An example that was pushed.

    Attributes:
        number: the server's id of it.
        sha256: of its text as the server has it.
        layers: names of the accounts whose layer is complete.
        all: ids of all examples that hold the document, oldest first.
    """

    number: int
    sha256: str
    layers: frozenset[str]
    all: tuple[int, ...]

    def complete(self, names: set[str] | None) -> bool:
        """Whether the layers of these accounts are complete; None where all share one."""
        return bool(self.layers) if names is None else names <= self.layers

    def holds(self, document: AnnotatedDocument) -> bool:
        """Whether the example's text is the document's."""
        return self.sha256 == text_sha256(trimmed(document.doc.text or "")[0])


def present(session: Session, project: Project) -> dict[str, Present]:
    """The project's examples that were pushed, by document id; of several the first that is complete for somebody."""
    found: dict[str, Present] = {}
    for row in session.listed(f"{project.path}/examples", ordering="created_at"):
        meta = row["meta"] if isinstance(row["meta"], dict) else {}
        name = meta.get(DOCUMENT)
        if not isinstance(name, str):
            continue
        layers = frozenset(layer_names(meta.get(LAYERS)))
        other = found.get(name)
        numbers = (*(other.all if other else ()), row["id"])
        if other is not None and (other.layers or not layers):
            found[name] = Present(other.number, other.sha256, other.layers, numbers)
        else:
            found[name] = Present(row["id"], text_sha256(row["text"] or ""), layers, numbers)
    return found


def layer_names(value: object) -> list[str]:
    """Names in the mark of an example's metadata."""
    return [name.strip() for name in str(value or "").split(",") if name.strip()]
