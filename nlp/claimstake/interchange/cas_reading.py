"""A UIMA CAS as a record: our own layers, INCEpTION's named entities, and custom layers of other names.

A span layer is one of mentions where the value of a feature, or the layer's name, is a label of the ontology. A
relation layer (Governor, Dependent) is one of claims where the value of a feature is a predicate, also one with closed
qualifiers in front ("proposed restricts_export_of"), or the layer is called like one. What is neither is said.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from claimstake import ontology
from claimstake.errors import CorpusError
from claimstake.interchange import assembling, cas_types, cas_writing, sheet
from claimstake.interchange.assembling import FoundClaim, FoundMention
from claimstake.interchange.cas_types import CLAIM, EVIDENCE, MENTION, METADATA, OBJECT, RECORD, SUBJECT
from claimstake.interchange.contract import Losses
from claimstake.interchange.evidence import chosen
from claimstake.interchange.resolver import PlainResolver
from claimstake.interchange.sheet import SheetError
from claimstake.interchange.types import SAME_AS, decode
from claimstake.records import AnnotatedDocument, Qualifiers

if TYPE_CHECKING:
    from cassis import Cas, TypeSystem

INTERNAL = ("de.tudarmstadt.ukp.clarin.webanno.api.type.", "uima.", cas_types.TOKEN, cas_types.SENTENCE)
BASIC = {"begin", "end", "sofa", SUBJECT, OBJECT}
VIEW = "_InitialView"


def read(raw: bytes, types: TypeSystem | None, name: str, losses: Losses) -> AnnotatedDocument:
    """The record of an XMI file.

    Args:
        raw: the file.
        types: of the TypeSystem.xml beside it; None takes ours and leaves out what is of no type in it.
        name: of the document where the file does not say it.

    Raises:
        CorpusError: it is no XMI of these types, or its offsets do not fit its text.
    """
    cas, missing = _loaded(raw, types)
    reading = _Reading(cas, name, losses)
    for type_ in missing:
        losses.add(f"layer {type_}", reading.name)
    return reading.record()


def type_system(raw: bytes) -> TypeSystem:
    """Raises CorpusError: it is no type system."""
    cassis = cas_types.library()
    _refuse_declarations(raw)
    try:
        return cassis.load_typesystem(BytesIO(raw))
    except Exception as error:  # noqa: BLE001 - lxml and cassis fail in many ways on what is none
        raise CorpusError(f"is no UIMA type system ({_reason(error)})") from error


def _refuse_declarations(raw: bytes) -> None:
    """Entities can hold what other files hold, and grow without end; depends on no parser's own caution."""
    if any("<!DOCTYPE".encode(encoding) in raw for encoding in ("utf-8", "utf-16-le", "utf-16-be")):
        raise CorpusError("has a document type declaration, which XMI has not; it is not read")


def _loaded(raw: bytes, types: TypeSystem | None) -> tuple[Cas, list[str]]:
    """The CAS, and names of types that nothing is known of."""
    cassis = cas_types.library()
    _refuse_declarations(raw)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            known = cas_types.type_system() if types is None else types
            cas = cassis.load_cas_from_xmi(BytesIO(raw), typesystem=known, lenient=types is None)
        except Exception as error:  # noqa: BLE001 - as in `type_system`
            raise CorpusError(_why(error)) from error
    notes = [str(note.message) for note in said]
    if odd := next((note for note in notes if note.startswith("Not mapping")), None):
        raise CorpusError(f"has an annotation whose offset is not in its text ({odd.split('which')[0].strip()})")
    return cas, [note.split("[")[1].split("]")[0] for note in notes if note.startswith("Type with name [")]


def _why(error: Exception) -> str:
    reason = _reason(error)
    if "xmlChar" in reason or "PCDATA invalid" in reason:
        return f"has characters that XML 1.0 does not allow; export it as UIMA CAS XMI (XML 1.0) ({reason})"
    return f"is no XMI of its type system ({reason})"


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


class _Reading:
    def __init__(self, cas: Cas, name: str, losses: Losses) -> None:
        self.cas, self.losses = cas, losses
        self.text = cas.sofa_string or ""
        self.about = self._first(RECORD)
        self.name = (self.about.id if self.about is not None else None) or name
        self.strict = self.about is None
        self.labels, self.predicates = ontology.default().labels, ontology.default().predicates
        self.mentions: dict[int, FoundMention] = {}
        self.evidence: dict[str, tuple[int, int]] = {}

    def record(self) -> AnnotatedDocument:
        if self.cas.sofa_string is None:
            raise CorpusError("has no text")
        for view in self.cas.views:
            if view.sofa.sofaID != VIEW:
                self.losses.add("view", self.name, view.sofa.sofaID)
        found = sorted(self.cas.select_all_fs(), key=lambda fs: fs.xmiID)
        spans, relations = [], []
        for fs in found:
            name = fs.type.name
            if name == EVIDENCE:
                self.evidence[fs.id or f"#{fs.xmiID}"] = fs.begin, fs.end
            elif name in (METADATA, RECORD) or name.startswith(INTERNAL) or not hasattr(fs, "begin"):
                continue
            else:
                (relations if hasattr(fs, SUBJECT) and hasattr(fs, OBJECT) else spans).append(fs)
        for fs in spans:
            self._mention(fs)
        claims = [claim for fs in relations if (claim := self._claim(fs)) is not None]
        return self._assembled(claims)

    def _assembled(self, claims: list[FoundClaim]) -> AnnotatedDocument:
        info, pipeline = self._info()
        numbered = [m for m in self.mentions.values() if m.id is not None]
        fresh = assembling.in_text_order(m for m in self.mentions.values() if m.id is None)
        mentions = [*sorted(numbered, key=_number), *fresh]
        return assembling.assembled(info, mentions, claims, self.losses, any_label=not self.strict, pipeline=pipeline)

    def _first(self, type_: str) -> Any:
        if not self.cas.typesystem.contains_type(type_):
            return None
        return next(iter(self.cas.select(type_)), None)

    def _info(self) -> tuple[Any, dict[str, Any] | None]:
        if self.about is None:
            shown = getattr(self._first(METADATA), "documentTitle", None)
            title = shown if shown not in (None, "", self.name) and not str(shown).startswith(self.name) else None
            return assembling.info(self.name, self.text, title=title), None
        try:
            about = json.loads(self.about.about or "{}")
            body = None if self.about.body is None else cas_writing.places_of(self.about.body)
            pipeline = json.loads(self.about.pipeline) if self.about.pipeline else None
            return assembling.info(self.name, self.text, body=body, **about), pipeline
        except (ValueError, TypeError) as error:
            raise CorpusError(f"the features of {RECORD} are damaged ({_reason(error)})") from error

    # --- mentions -----------------------------------------------------------------------------------------------------

    def _mention(self, fs: Any) -> None:
        features = _features(fs)
        own = fs.type.name == MENTION
        key = "value" if own and "value" in features else self._key(features, self.labels)
        label = str(features.pop(key)).strip() if key else fs.type.short_name.upper()
        if own and key is None and label == "NAMEDENTITY":
            self.losses.add("mention without a label", self.name, self.text[fs.begin : fs.end])
            return
        if label not in self.labels and label.upper() in self.labels:
            label = label.upper()
        if not own and key is None and label not in self.labels:
            self.losses.add(f"layer {fs.type.name}", self.name, self.text[fs.begin : fs.end])
            return
        about = {k: features.pop(k) for k in ("canonical", "confidence", "extractor", "mention") if k in features}
        about["kb_id"] = features.pop("identifier", None)
        about["value"] = self._value(features.pop("normalised", None))
        self.mentions[id(fs)] = FoundMention(fs.begin, fs.end, label, features.pop("id", None), about)
        self._left_over(fs, features)

    def _key(self, features: Mapping[str, Any], known: Mapping[str, Any]) -> str | None:
        """The feature that names a label, or a predicate."""
        named = (k for k, v in features.items() if isinstance(v, str) and (v in known or v.strip().upper() in known))
        return next(named, None)

    def _value(self, text: str | None) -> Any:
        if not text:
            return None
        try:
            return sheet.parse_value(text)
        except SheetError:
            self.losses.add("value that is none", self.name, text)
            return None

    def _left_over(self, fs: Any, features: Mapping[str, Any]) -> None:
        for key, value in features.items():
            self.losses.add(f"feature {fs.type.short_name}.{key}", self.name, str(value))

    # --- claims -------------------------------------------------------------------------------------------------------

    def _claim(self, fs: Any) -> FoundClaim | None:
        features = _features(fs)
        predicate, closed = self._predicate(fs, features)
        if predicate is None:
            self.losses.add(f"layer {fs.type.name}", self.name, str(next(iter(features.values()), "")))
            return None
        ends = self.mentions.get(id(fs[SUBJECT])), self.mentions.get(id(fs[OBJECT]))
        if ends[0] is None or ends[1] is None:
            self.losses.add("claim without its mentions", self.name, predicate)
            return None
        qualifiers = closed | {k: features.pop(k) for k in Qualifiers.model_fields if features.get(k) not in (None, "")}
        if "time" in qualifiers:
            qualifiers["time"] = cas_writing.times_of(qualifiers["time"])
        about = {k: features.pop(k) for k in ("id", "confidence", "extractor") if k in features}
        evidence = self._evidence(features.pop("evidence", None), (ends[0], ends[1]))
        self._left_over(fs, features)
        return FoundClaim(predicate, *ends, evidence, qualifiers, about)

    def _predicate(self, fs: Any, features: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
        """Of the feature `predicate`, whatever it says, else of any feature, else the layer's own name."""
        if fs.type.name == CLAIM and features.get("predicate") and not self.strict:
            said = features.pop("predicate")
            if said in self.predicates or decode(said, ontology.default())[0] is None:
                return said, {}
            features["predicate"] = said
        for key, value in [*features.items(), ("", fs.type.short_name)]:
            named, problems = decode(value, ontology.default()) if isinstance(value, str) else (None, [])
            if named is None or problems or named.predicate == SAME_AS:
                continue
            features.pop(key, None)
            said_too = {k: v for k, v in named.qualifiers.items() if v in value.lower().split()}
            return named.predicate, said_too
        return None, {}

    def _evidence(self, name: str | None, ends: tuple[FoundMention, FoundMention]) -> tuple[int, int]:
        if name in self.evidence:
            return self.evidence[name]
        if name:
            self.losses.add("evidence that is not there", self.name, name)
        bounds = [(end.start, end.end) for end in ends]
        return chosen(bounds, self.evidence.values(), PlainResolver(self.text))


def _features(fs: Any) -> dict[str, Any]:
    """Features with values, of those that are no reference."""
    names = (feature.name for feature in fs.type.all_features)
    found = ((name, fs[name]) for name in names if name not in BASIC)
    return {name: value for name, value in found if isinstance(value, str | int | float | bool)}


def _number(mention: FoundMention) -> tuple[int, int]:
    digits = (mention.id or "").removeprefix("e")
    return int(digits) if digits.isdecimal() else 1 << 60, mention.start
