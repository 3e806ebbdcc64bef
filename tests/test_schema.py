"""The generated JSON Schema against the contract (tests/data/claims.schema.json)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from claimstake.ontology import default
from claimstake.records import AnnotatedDocument
from claimstake.schema import json_schema

CONTRACT = json.loads((Path(__file__).parent / "data" / "claims.schema.json").read_text(encoding="utf-8"))
SAYS_NOTHING = {"title", "description", "default", "$schema", "$id", "$defs"}
ORDERLESS = {"required", "enum"}

DOCUMENT: dict[str, Any] = {
    "schema_version": "1.0",
    "doc": {"id": "a", "sha256": "0" * 64, "published": "2025", "title": None, "body": [{"start": 0, "end": 5}]},
    "entities": [
        {"id": "e1", "label": "PLACE", "text": "China", "start": 0, "end": 5, "canonical": "China", "kb_id": None},
        {
            "id": "e2",
            "label": "THRESHOLD",
            "text": "up to 60%",
            "start": 9,
            "end": 18,
            "canonical": "60%",
            "value": {"comparator": "<=", "value": 60, "unit": "%"},
        },
        {
            "id": "e3",
            "label": "DATE",
            "text": "July",
            "start": 20,
            "end": 24,
            "canonical": "2025-07",
            "value": "2025-07",
        },
    ],
    "claims": [
        {
            "id": "c1",
            "predicate": "has_threshold",
            "subject": "e1",
            "object": "e2",
            "qualifiers": {"target": None, "status": "proposed", "time": [{"kind": "event", "value": "2025-07"}]},
            "evidence": {"start": 0, "end": 24, "text": "China sets up to 60%"},
            "confidence": 0.5,
        }
    ],
    "pipeline": {"name": "claimstake", "anything": [1]},
}


def normal(schema: Any, defs: dict[str, Any]) -> Any:
    """A schema reduced to what it accepts: references inlined, one spelling for each way to say the same."""
    if isinstance(schema, list):
        return [normal(item, defs) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return normal(defs[schema["$ref"].rpartition("/")[2]], defs)
    out = {}
    for key, value in schema.items():
        if key == "properties":
            out[key] = {name: normal(field, defs) for name, field in value.items()}
        elif key not in SAYS_NOTHING:
            out[key] = sorted(value) if key in ORDERLESS else normal(value, defs)
    if "const" in out:
        out["enum"] = [out.pop("const")]
    if isinstance(out.get("type"), list):
        out["anyOf"] = [{"type": name} for name in out.pop("type")]
    if "enum" in out:
        out.pop("type", None)
    if out.get("additionalProperties") is True:
        del out["additionalProperties"]
    if len(out.get("allOf", [])) == 1:
        out |= out.pop("allOf")[0]
    if "anyOf" in out:
        out["anyOf"] = sorted(out["anyOf"], key=lambda option: json.dumps(option, sort_keys=True))
    return out


def test_the_schema_is_the_contract() -> None:
    """Generated from our models, it says the same as the contract, key by key."""
    ours = json_schema()
    assert normal(ours, ours["$defs"]) == normal(CONTRACT, CONTRACT["$defs"])


def test_the_contract_is_the_shared_one(shared: Path) -> None:
    """The copy in tests/data is the one that the evaluation uses."""
    original = json.loads((shared / "annotation" / "claims.schema.json").read_text(encoding="utf-8"))
    assert original == CONTRACT


def changed(path: str, value: Any) -> dict[str, Any]:
    """The document with one value replaced; `path` is dotted, the value "-" takes the key out."""
    out = copy.deepcopy(DOCUMENT)
    *way, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    at: Any = out
    for key in way:
        at = at[key]
    if value == "-":
        del at[last]
    else:
        at[last] = value
    return out


@pytest.mark.parametrize("schema", [json_schema(), CONTRACT], ids=["ours", "contract"])
class TestSchema:
    """What both accept and refuse."""

    def test_accepts_a_document(self, schema: dict[str, Any]) -> None:
        """A complete document is valid, and our models read it back to the same."""
        jsonschema.validate(DOCUMENT, schema)
        again = AnnotatedDocument.model_validate(DOCUMENT).to_json()
        jsonschema.validate(again, schema)

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("schema_version", "2.0"),
            ("schema_version", "-"),
            ("extra", 1),
            ("doc.sha256", "abc"),
            ("doc.text", None),
            ("doc.id", ""),
            ("entities.0.label", "FRUIT"),
            ("entities.0.id", "1"),
            ("entities.0.start", -1),
            ("entities.0.start", 0.5),
            ("entities.0.mention", "pronoun"),
            ("entities.0.confidence", 1.2),
            ("entities.0.extractor", None),
            ("entities.1.value", {"comparator": "≤", "value": 60, "unit": "%"}),
            ("entities.1.value.value", [1, 2, 3]),
            ("entities.1.value.value", "60"),
            ("entities.2.value", "July 2025"),
            ("claims.0.predicate", "likes"),
            ("claims.0.subject", "China"),
            ("claims.0.evidence", "-"),
            ("claims.0.qualifiers.status", None),
            ("claims.0.qualifiers.mood", "bad"),
            ("claims.0.qualifiers.time", [{"kind": "event", "value": "soon"}]),
            ("claims.0.qualifiers.time", [{"kind": "birthday", "value": "2025"}]),
        ],
    )
    def test_refuses(self, schema: dict[str, Any], path: str, value: Any) -> None:
        """One wrong value makes a document invalid."""
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(changed(path, value), schema)


def test_a_users_ontology_widens_the_schema() -> None:
    """Labels and predicates of the ontology in use are allowed, and no others."""
    table = {
        "label": [{"name": "SHIP"}],
        "predicate": [{"name": "carries", "subject": ["SHIP"], "object": ["MINERAL"]}],
    }
    schema = json_schema(default().extended(table, source="mine.toml", off=["QUANTITY"]))
    document = changed("entities.0.label", "SHIP")
    document["claims"][0]["predicate"] = "carries"
    jsonschema.validate(document, schema)
    with pytest.raises(jsonschema.ValidationError, match="QUANTITY"):
        jsonschema.validate(changed("entities.0.label", "QUANTITY"), schema)
