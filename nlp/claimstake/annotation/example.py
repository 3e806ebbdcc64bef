"""One document as one example: what is to be there, what is there, and the steps that lead from one to the other.

Everything is written in one order: spans, arcs, the sheet. So what a push left half-way is the beginning of that order,
and anything else is somebody's work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from claimstake.annotation.contract import LAYERS
from claimstake.annotation.project import Project
from claimstake.annotation.session import Session
from claimstake.interchange.drawing import EVIDENCE
from claimstake.interchange.layer import draw
from claimstake.interchange.offsets import in_units
from claimstake.interchange.snapshot import DOCUMENT, Snapshot, shown
from claimstake.ontology import Ontology

if TYPE_CHECKING:
    from doccano_client.beta.controllers import RelationsController, SpansController

NEWEST = 20  # examples that are looked through for one whose creation was not answered

SpanKey = tuple[str, int, int]  # type, start, end
ArcKey = tuple[str, int, int]  # type, places of source and target among the spans


@dataclass(frozen=True)
class Drawing:
    """What is written of a document, in the order of writing; offsets are UTF-16 units of the example's text.

    Attributes:
        spans, arcs: their keys.
        probabilities: of the spans, then of the arcs.
        sheet: text of the comment, empty where there is none.
    """

    text: str
    spans: tuple[SpanKey, ...]
    arcs: tuple[ArcKey, ...]
    probabilities: tuple[float, ...]
    sheet: str

    @property
    def types(self) -> set[str]:
        """Relation types that it needs."""
        return {arc[0] for arc in self.arcs}

    @property
    def content(self) -> tuple[Any, ...]:
        """All but the probabilities: by this two drawings are the same to an annotator."""
        return self.text, self.spans, self.arcs, self.sheet


@dataclass(frozen=True)
class There:
    """What an account sees on an example, oldest first.

    Attributes:
        spans: ids and keys.
        arcs: ids, and type and ids of the ends.
        confirmed: whether it is ticked.
    """

    spans: tuple[tuple[int, SpanKey], ...] = ()
    arcs: tuple[tuple[int, tuple[str, int, int]], ...] = ()
    confirmed: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing is drawn, and nobody ticked it."""
        return not (self.spans or self.arcs or self.confirmed)


@dataclass(frozen=True)
class Comment:
    """A comment on an example."""

    id: int
    text: str
    by: str


def drawing(snapshot: Snapshot, ontology: Ontology) -> Drawing:
    """What the example of a snapshot shows."""
    document = shown(snapshot)
    text = document.doc.text or ""
    layer = in_units(draw(document, ontology, evidence=snapshot.evidence), text)
    spans = sorted((s for s in layer.spans if s.start < s.end), key=lambda s: (s.type == EVIDENCE, s.start, s.end))
    places = {span.id: place for place, span in enumerate(spans)}
    arcs = {(a.type, places[a.source], places[a.target]): a.probability for a in layer.arcs}
    ordered = sorted(arcs, key=lambda arc: (arc[1], arc[2], arc[0]))
    return Drawing(
        text,
        tuple((s.type, s.start, s.end) for s in spans),
        tuple(ordered),
        (*(s.probability for s in spans), *(arcs[arc] for arc in ordered)),
        layer.sheets[0].strip() if layer.sheets else "",
    )


def look(session: Session, project: Project, example: int) -> There:
    """What an account's layer holds."""
    path = f"{project.path}/examples/{example}"
    span_names = {number: name for name, number in project.spans.items()}
    arc_names = {number: name for name, number in project.arcs.items()}
    spans = sorted(session.get(f"{path}/spans"), key=lambda row: row["id"])
    arcs = sorted(session.get(f"{path}/relations"), key=lambda row: row["id"])
    return There(
        tuple((r["id"], (span_names.get(r["label"], ""), r["start_offset"], r["end_offset"])) for r in spans),
        tuple((r["id"], (arc_names.get(r["type"], ""), r["from_id"], r["to_id"])) for r in arcs),
        bool(session.get(path)["is_confirmed"]),
    )


def comments(session: Session, project: Project, example: int) -> list[Comment]:
    """All comments on an example, oldest first; everybody sees all of them."""
    rows = session.listed(f"{project.path}/comments", example=example)
    return [Comment(r["id"], r["text"], r["username"]) for r in sorted(rows, key=lambda row: row["id"])]


def untouched(wanted: Drawing, there: There, *, whole: bool = False) -> bool:
    """Whether a layer is what a push wrote, or (unless `whole`) the beginning of it, and nothing else."""
    spans = [key for _, key in there.spans]
    places = {number: place for place, (number, _) in enumerate(there.spans)}
    arcs = [(type_, places.get(source, -1), places.get(target, -1)) for _, (type_, source, target) in there.arcs]
    complete = len(spans) == len(wanted.spans)
    if there.confirmed or (arcs and not complete) or (whole and (not complete or len(arcs) != len(wanted.arcs))):
        return False
    return spans == list(wanted.spans[: len(spans)]) and arcs == list(wanted.arcs[: len(arcs)])


@dataclass(frozen=True)
class Written:
    """Ids of the spans and arcs of a layer that are ours."""

    spans: frozenset[int]
    arcs: frozenset[int]


class Writer:
    """Writes into one account's layer; for one thread.

    Args:
        session: the account's.
        project: with all types that are needed.

    Attributes:
        lost: whether an answer was lost; its request may be carried out later, when it has been repeated.
    """

    def __init__(self, session: Session, project: Project) -> None:
        self.session, self.project = session, project
        self.lost = False

    def create(self, document: str, text: str, meta: dict[str, Any]) -> int:
        """Make the example of a document; its number."""

        def find() -> dict[str, Any] | None:
            self.lost = True
            return next(iter(self._newest(document)), None)

        path = f"{self.project.path}/examples"
        return int(self.session.create(path, {"text": text, "meta": meta}, find=find)["id"])

    def fill(self, example: int, wanted: Drawing, there: There | None = None) -> Written:
        """Write spans and arcs that are lacking; `there` is the beginning of `wanted`."""
        there = there or There()
        ids = [number for number, _ in there.spans]
        spans, relations = self._controllers(example)
        for place in range(len(ids), len(wanted.spans)):
            ids.append(self._span(spans, wanted, place, set(ids)))
        known = {number for number, _ in there.arcs}
        for place in range(len(known), len(wanted.arcs)):
            known.add(self._arc(relations, wanted, place, ids, known))
        return Written(frozenset(ids), frozenset(known))

    def comment(self, example: int, text: str) -> None:
        """Add the sheet, unless a comment says the same already."""

        def find() -> Comment | None:
            return next((c for c in comments(self.session, self.project, example) if c.text == text), None)

        def find_lost() -> Comment | None:
            self.lost = True
            return find()

        if find() is None:
            path = f"{self.project.path}/comments"
            self.session.create(path, {"text": text}, find=find_lost, params={"example": example})

    def drop_doubles(self, example: int, written: Written) -> None:
        """Take away annotations equal to ours that are not ours: of requests that were carried out after they had been
        given up and repeated. A span that somebody has drawn an arc to stays."""
        there = look(self.session, self.project, example)
        path = f"{self.project.path}/examples/{example}"
        ours = {key for number, key in there.arcs if number in written.arcs}
        double = {number for number, key in there.arcs if number not in written.arcs and key in ours}
        for number in double:
            self.session.remove(f"{path}/relations/{number}")
        used = {end for number, (_, *ends) in there.arcs if number not in double for end in ends}
        own = {key for number, key in there.spans if number in written.spans}
        for number, key in there.spans:
            if number not in written.spans | used and key in own:
                self.session.remove(f"{path}/spans/{number}")

    def drop_sheets(self, example: int, sheet: str) -> None:
        """Take away, for the same reason, our sheets but the first."""
        told = comments(self.session, self.project, example)
        for comment in [c for c in told if c.text == sheet and c.by == self.session.user][1:]:
            self.session.remove(f"{self.project.path}/comments/{comment.id}")

    def drop_copies(self, example: int, copies: Iterable[dict[str, Any]], layers: Iterable[Session]) -> None:
        """Take away, for the same reason, other examples of its document, where nobody has a mark or a comment.

        Args:
            copies: examples of the document, as the server lists them.
            layers: sessions of those who may have drawn on them.
        """
        for row in copies:
            number, pristine = int(row["id"]), not (row["meta"].get(LAYERS) or row["comment_count"])
            seen = (look(session, self.project, number) for session in (self.session, *layers))
            if number != example and pristine and all(there.empty for there in seen):
                self.session.remove(f"{self.project.path}/examples/{number}")

    def copies(self, documents: Collection[str]) -> dict[str, list[dict[str, Any]]]:
        """The project's examples of some documents, by document."""
        found: dict[str, list[dict[str, Any]]] = {document: [] for document in documents}
        for row in self.session.listed(f"{self.project.path}/examples"):
            name = (row["meta"] or {}).get(DOCUMENT)
            if name in found:
                found[name].append(row)
        return found

    def _newest(self, document: str) -> list[dict[str, Any]]:
        """Examples that hold a document, of those that were made last."""
        rows = self.session.get(f"{self.project.path}/examples", ordering="-created_at", limit=NEWEST)["results"]
        return [row for row in rows if (row["meta"] or {}).get(DOCUMENT) == document]

    def clear(self, example: int, there: There) -> None:
        """Take away what is there, last first, so that what is left is a beginning at any moment."""
        path = f"{self.project.path}/examples/{example}"
        for number, _ in reversed(there.arcs):
            self.session.remove(f"{path}/relations/{number}")
        for number, _ in reversed(there.spans):
            self.session.remove(f"{path}/spans/{number}")

    def _controllers(self, example: int) -> tuple[SpansController, RelationsController]:
        from doccano_client.beta.controllers import RelationsController, SpansController

        client = self.session.client
        url = f"{client.api_url}/{self.project.path}/examples/{example}"
        return (
            SpansController(example, None, url, client.client_session),
            RelationsController(example, None, url, client.client_session),
        )

    def _span(self, controller: SpansController, wanted: Drawing, place: int, known: set[int]) -> int:
        from doccano_client.beta.models import Span

        type_, start, end = wanted.spans[place]
        label = self.project.span_type(type_)
        span = Span(label=label, prob=wanted.probabilities[place], start_offset=start, end_offset=end)

        def same(row: dict[str, Any]) -> bool:
            return (row["label"], row["start_offset"], row["end_offset"]) == (label, start, end)

        return self._once(controller.spans_url, lambda: controller.create(span).id, same, known)

    def _arc(
        self, controller: RelationsController, wanted: Drawing, place: int, ids: list[int], known: set[int]
    ) -> int:
        from doccano_client.beta.models.relation import Relation

        type_, source, target = wanted.arcs[place]
        key = (self.project.arcs[type_], ids[source], ids[target])
        probability = wanted.probabilities[len(wanted.spans) + place]
        relation = Relation(type=key[0], prob=probability, from_id=key[1], to_id=key[2])

        def same(row: dict[str, Any]) -> bool:
            return (row["type"], row["from_id"], row["to_id"]) == key

        return self._once(controller.relations_url, lambda: controller.create(relation).id, same, known)

    def _once(self, url: str, post: Callable[[], int], same: Callable[[Any], bool], known: set[int]) -> int:
        """Create an annotation once; after a lost answer, one that is there already and was not known before is it."""

        def find() -> int | None:
            self.lost = True
            rows = self.session.get(url.partition("/v1/")[2])
            return next((row["id"] for row in rows if row["id"] not in known and same(row)), None)

        return int(self.session.once(post, find))
