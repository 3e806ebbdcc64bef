"""The JSON Schema of the output, generated from the models of `claimstake.records` and an ontology.

The models say what a field is; what they cannot say is here: which absent values may also be written as null, which
text is EDTF, and that labels and predicates are those of the ontology in use.
"""

from __future__ import annotations

from typing import Any

from claimstake import ontology as ontology_module
from claimstake.ontology import Ontology
from claimstake.records import EDTF_PATTERN, AnnotatedDocument

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Model -> fields that a writer may fill with null; every other field is left out where there is nothing to say.
NULLABLE = {
    "DocumentInfo": {"source", "title", "author", "publisher", "published", "language"},
    "Entity": {"kb_id", "value"},
    "Qualifiers": {"attribution", "target"},
}
DATED = {"Entity": "value", "Time": "value"}  # model -> the field whose text is EDTF
OPEN = {"Span"}  # models that later versions may add keys to
DESCRIPTIONS = {
    ("DocumentInfo", "source"): "path or address the document was read from",
    ("DocumentInfo", "sha256"): "of the text that the offsets point into, as UTF-8",
    ("DocumentInfo", "published"): "EDTF date",
    ("DocumentInfo", "text"): "the text itself, where it was asked for",
    ("DocumentInfo", "body"): "the parts of the text that are the article; the rest is page furniture",
    ("Entity", "canonical"): "shared by all mentions of one thing in the document",
    ("Entity", "kb_id"): "identifier in the knowledge base",
    ("Entity", "mention"): "nominal mentions ('the ministry') carry claims and are not scored as entities",
    ("Claim", "id"): "stable: the same claim of the same document always has the same id",
    ("Claim", "subject"): "an entity mention of this document: the one in the evidence where there is one",
    ("Claim", "object"): "an entity mention of this document: the one in the evidence where there is one",
    ("Claim", "evidence"): "the sentence, or the two, that say it",
    ("Claim", "confidence"): "how sure the program is that the triple is right",
    ("Claim", "extractor"): "the rule or model that found it, with its version",
    ("Qualifiers", "attribution"): "canonical name of the source; absent for the article's own voice",
    ("Qualifiers", "target"): "canonical name of the place or company that the measure is aimed at",
    ("AnnotatedDocument", "pipeline"): "name, version and model versions of the program that wrote this",
}

Schema = dict[str, Any]


def json_schema(ontology: Ontology | None = None) -> Schema:
    """The schema that every line of output validates against.

    Args:
        ontology: whose labels and predicates are allowed; None takes the packaged one.
    """
    ontology = ontology or ontology_module.default()
    raw = AnnotatedDocument.model_json_schema()
    defs = {name: _model(name, model) for name, model in raw.pop("$defs").items()}
    defs["Entity"]["properties"]["label"] = {"enum": list(ontology.labels)}
    defs["Claim"]["properties"]["predicate"] = {"enum": list(ontology.predicates)}
    root = _model("AnnotatedDocument", raw)
    root["required"] = ["schema_version", *root["required"]]
    about = {
        "$schema": DIALECT,
        "$id": "claims.schema.json",
        "title": "An annotated document",
        "description": "One line of a JSON Lines file: a document, its entity mentions and its claims. "
        "Offsets are Unicode code points into the document's text, half open.",
    }
    return {**about, **root, "$defs": defs}


def _model(name: str, model: Schema) -> Schema:
    out = {k: v for k, v in model.items() if k not in ("title", "description")}
    out["properties"] = {key: _field(name, key, value) for key, value in model["properties"].items()}
    if name in OPEN:
        out.pop("additionalProperties", None)
    return out


def _field(model: str, key: str, value: Schema) -> Schema:
    field = _plain(value, nullable=key in NULLABLE.get(model, ()))
    if DATED.get(model) == key:
        field = _dated(field)
    if (model, key) in DESCRIPTIONS:
        field["description"] = DESCRIPTIONS[model, key]
    return field


def _plain(value: Schema, *, nullable: bool = False) -> Schema:
    """A field without pydantic's titles and null defaults; null itself only where it is `nullable`."""
    value = {k: v for k, v in value.items() if k != "title" and (k, v) != ("default", None)}
    if "anyOf" in value:
        options = [_plain(v) for v in value.pop("anyOf") if nullable or v.get("type") != "null"]
        value = {**options[0], **value} if len(options) == 1 else {"anyOf": options, **value}
    if "prefixItems" in value:  # a pair of numbers; drafts before 2020-12 know only `items`
        value["items"] = value.pop("prefixItems")[0]
    return value


def _dated(field: Schema) -> Schema:
    """The field with the EDTF pattern on its text."""
    if field.get("type") == "string":
        return {**field, "pattern": EDTF_PATTERN}
    return {**field, "anyOf": [_dated(o) if o.get("type") == "string" else o for o in field["anyOf"]]}
