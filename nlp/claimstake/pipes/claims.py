"""Finds the claims of a document: trigger frames, constructions and limits propose, qualifiers and confidence follow.

Reads mentions with their clusters, sentences, tags and the parse; writes doc._.claims, a list of plain records (see
claims/assemble.py). It does not find anything whose words are not in the text: a claim needs a trigger, a subject and
an
object that the text names or points to.

Example: "Beijing banned exports of gallium" -> restricts_export_of(China, gallium), measure ban, in force.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry

from claimstake import ontology as ontologies
from claimstake.claims.assemble import ClaimFinder, default_frames
from claimstake.claims.frames import Frame, index_frames, parse_frame
from claimstake.claims.learned import Models
from claimstake.knowledge.gazetteer import packaged_rows
from claimstake.mirror import release
from claimstake.ontology import Ontology


def claim_scorer(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    """Precision, recall and F1 of (predicate, subject, object) triples; gold triples that were never proposed count
    as missed."""
    found = right = gold = 0
    for example in examples:
        predicted = {_triple(c) for c in example.predicted._.claims or ()}
        expected = {_triple(c) for c in example.reference._.claims or ()}
        found, gold, right = found + len(predicted), gold + len(expected), right + len(predicted & expected)
    p, r = right / found if found else 0.0, right / gold if gold else 0.0
    return {"claims_p": p, "claims_r": r, "claims_f": 2 * p * r / (p + r) if p + r else 0.0}


def _triple(claim: dict[str, Any]) -> tuple[str, str, str]:
    return claim["predicate"], claim["subject"]["canonical"], claim["object"]["canonical"]


@registry.scorers("claimstake_claim_scorer.v1")
def make_claim_scorer() -> Any:
    return claim_scorer


@Language.factory(
    "claimstake_claims",
    assigns=["doc._.claims"],
    requires=["doc.spans", "doc.sents", "token.dep", "token.tag", "token.lemma"],
    default_config={"floor": 0.3, "thorough": False, "scorer": {"@scorers": "claimstake_claim_scorer.v1"}},
    default_score_weights={"claims_f": 1.0, "claims_p": 0.0, "claims_r": 0.0},
)
def make_claims(nlp: Language, name: str, floor: float, thorough: bool, scorer: Any) -> Claims:
    return Claims(name, floor=floor, thorough=thorough, scorer=scorer)


class Claims:
    """Writes doc._.claims.

    Args:
        name: of the component in the pipeline.
        floor: claims below this confidence are dropped where there is no model, in [0, 1].
        thorough: let the model judge all pairs of a sentence: more recall, less precision, half the speed.
        scorer: see `claim_scorer`.
    """

    def __init__(self, name: str, *, floor: float, thorough: bool = False, scorer: Any = claim_scorer) -> None:
        self.name, self.floor, self.thorough, self.scorer = name, floor, thorough, scorer
        self.models: Models | None = None  # from the model folder, see `pipeline.build`
        self.places = {r.id: r.name for r in packaged_rows().values() if r.label == "PLACE"}
        self.configure(ontologies.default(), default_frames())

    def configure(self, ontology: Ontology, frames: dict[str, list[Frame]]) -> None:
        """Replace ontology and trigger frames."""
        self.ontology, self.frames = ontology, frames
        self.finder = ClaimFinder(ontology, frames, self.places, floor=self.floor)
        self.finder.models, self.finder.thorough = self.models, self.thorough

    def adopt(self, models: Models | None) -> None:
        """Take trained models; None goes back to the rules alone."""
        self.models = self.finder.models = models

    def __call__(self, doc: Doc) -> Doc:
        doc._.claims = self.find(doc)
        release(doc)
        return doc

    def find(self, doc: Doc) -> list[dict[str, Any]]:
        """Claims of a doc, in text order."""
        return self.finder.find(doc)

    def _state(self) -> dict[str, Any]:
        frames = {f.id: f for rows in self.frames.values() for f in rows}
        return {
            "frames": [_plain(frames[name]) for name in sorted(frames)],
            "label": [_plain(x) for x in self.ontology.labels.values()],
            "predicate": [_plain(x) for x in self.ontology.predicates.values()],
            "places": self.places,
            "floor": self.floor,
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self.places, self.floor = state["places"], state["floor"]
        frames = index_frames(parse_frame(row, "frames") for row in state["frames"])
        self.configure(Ontology({}, {}).extended(state, source="ontology"), frames)

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        return json.dumps({} if "state" in exclude else self._state()).encode()

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Claims:
        state = json.loads(data)
        if state and "state" not in exclude:
            self._restore(state)
        return self

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:
        """Write ontology and frames, so that the folder is complete on its own."""
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        if "state" not in exclude:
            (path / "state.json").write_text(json.dumps(self._state(), ensure_ascii=False, indent=1), encoding="utf-8")
            if self.models is not None:
                self.models.save(path / "models")

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> Claims:
        file = Path(path) / "state.json"
        if file.exists() and "state" not in exclude:
            self._restore(json.loads(file.read_text(encoding="utf-8")))
        if (Path(path) / "models").is_dir() and "models" not in exclude:
            self.adopt(Models.load(Path(path) / "models"))
        return self


def _plain(record: Any) -> dict[str, Any]:
    """A dataclass as JSON values: sets sorted, empty ones left out."""
    out = {}
    for key, value in asdict(record).items():
        if isinstance(value, frozenset | set):
            value = sorted(value)
        if value not in ((), [], {}, ""):
            out[key] = list(value) if isinstance(value, tuple) else value
    return out
