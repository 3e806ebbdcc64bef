"""An annotator at work: what a person does on doccano's page, through the requests that the page sends.

The page counts UTF-16 units, and so do the spans drawn here.
"""

from __future__ import annotations

from typing import Any

from annotation.doccano_server import Credentials, DoccanoServer
from claimstake.annotation.session import Account, Session, connect
from claimstake.interchange.offsets import Units


def log_in(server: DoccanoServer, who: Credentials | None = None, **how: Any) -> Session:
    """A session of an account, the superuser's where none is named."""
    who = who or server.admin
    return connect(Account(server.url, who.name, who.password), **how)


class Desk:
    """One account's view of one project.

    Args:
        number: the project's.
    """

    def __init__(self, session: Session, number: int) -> None:
        self.session, self.path = session, f"projects/{number}"

    def example(self, document: str) -> int:
        """Number of the example of a document."""
        return int(self._row(document)["id"])

    def draw(self, document: str, surface: str, label: str, nth: int = 0) -> int:
        """Mark the nth place of some words."""
        row = self._row(document)
        start = -1
        for _ in range(nth + 1):
            start = row["text"].index(surface, start + 1)
        units = Units(row["text"])
        body = {
            "label": self._type("span-types", label),
            "start_offset": units.unit(start),
            "end_offset": units.unit(start + len(surface)),
            "prob": 0,
        }
        return int(self.session.create(f"{self._of(document)}/spans", body)["id"])

    def span(self, document: str, surface: str, label: str | None = None, nth: int = 0) -> int:
        """The span on some words."""
        text = self._row(document)["text"].encode("utf-16-le")
        types = {row["id"]: row["text"] for row in self.session.get(f"{self.path}/span-types")}
        found = [
            row["id"]
            for row in sorted(self.session.get(f"{self._of(document)}/spans"), key=lambda row: row["start_offset"])
            if text[2 * row["start_offset"] : 2 * row["end_offset"]].decode("utf-16-le") == surface
            and (label or types[row["label"]]) == types[row["label"]]
        ]
        return int(found[nth])

    def erase(self, document: str, span: int) -> None:
        """Take a span away, and with it the arcs at it."""
        self.session.remove(f"{self._of(document)}/spans/{span}")

    def relabel(self, document: str, span: int, label: str) -> None:
        """Give a span another label."""
        self.session.change(f"{self._of(document)}/spans/{span}", {"label": self._type("span-types", label)})

    def join(self, document: str, source: int, target: int, type_: str) -> int:
        """Draw an arc."""
        body = {"type": self._type("relation-types", type_), "from_id": source, "to_id": target, "prob": 0}
        return int(self.session.create(f"{self._of(document)}/relations", body)["id"])

    def arc(self, document: str, source: int, target: int) -> int:
        """The arc between two spans."""
        rows = self.session.get(f"{self._of(document)}/relations")
        [found] = [row["id"] for row in rows if (row["from_id"], row["to_id"]) == (source, target)]
        return int(found)

    def retype(self, document: str, arc: int, type_: str) -> None:
        """Give an arc another type."""
        body = {"type": self._type("relation-types", type_)}
        self.session.change(f"{self._of(document)}/relations/{arc}", body)

    def cut(self, document: str, arc: int) -> None:
        """Take an arc away."""
        self.session.remove(f"{self._of(document)}/relations/{arc}")

    def say(self, document: str, text: str) -> None:
        """Add a comment."""
        self.session.create(f"{self.path}/comments", {"text": text}, params={"example": self.example(document)})

    def tick(self, *documents: str) -> None:
        """Confirm documents; a second time takes it back."""
        for document in documents:
            self.session.create(f"{self._of(document)}/states", {})

    def _of(self, document: str) -> str:
        return f"{self.path}/examples/{self.example(document)}"

    def _row(self, document: str) -> dict[str, Any]:
        rows = self.session.listed(f"{self.path}/examples")
        return next(row for row in rows if row["meta"].get("document") == document)

    def _type(self, kind: str, name: str) -> int:
        rows = self.session.get(f"{self.path}/{kind}")
        return next(row["id"] for row in rows if row["text"] == name)
