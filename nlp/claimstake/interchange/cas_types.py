"""The type system of our UIMA CAS files, and the same as layers that INCEpTION imports.

Mentions are DKPro's `NamedEntity` (value: the label, identifier: the knowledge base id) with features of our own;
claims are a relation layer on it; the sentences that claims rest on are a span layer; what concerns the whole document
is a layer of document metadata. Token and Sentence are what INCEpTION shows a text by.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from claimstake.errors import ConfigError
from claimstake.interchange.types import CLOSED_VALUES
from claimstake.ontology import Ontology
from claimstake.records import Qualifiers

if TYPE_CHECKING:
    from cassis import TypeSystem

DKPRO = "de.tudarmstadt.ukp.dkpro.core.api."
METADATA = f"{DKPRO}metadata.type.DocumentMetaData"
SENTENCE = f"{DKPRO}segmentation.type.Sentence"
TOKEN = f"{DKPRO}segmentation.type.Token"
MENTION = f"{DKPRO}ner.type.NamedEntity"
CLAIM = "webanno.custom.Claim"
EVIDENCE = "webanno.custom.Evidence"
RECORD = "webanno.custom.ClaimstakeRecord"
SUBJECT, OBJECT = "Governor", "Dependent"  # INCEpTION's names of a relation's two ends

STRING, FLOAT, INTEGER, BOOLEAN = (f"uima.cas.{name}" for name in ("String", "Float", "Integer", "Boolean"))
ANNOTATION = "uima.tcas.Annotation"
# Features of ours by type, with the kind of their values; of a mention, those that NamedEntity does not have by itself.
FEATURES: dict[str, dict[str, str]] = {
    MENTION: {
        "canonical": STRING,
        "normalised": STRING,
        "mention": STRING,
        "confidence": FLOAT,
        "extractor": STRING,
        "id": STRING,
    },
    EVIDENCE: {"id": STRING},
    CLAIM: {
        "predicate": STRING,
        **dict.fromkeys(Qualifiers.model_fields, STRING),
        "evidence": STRING,
        "confidence": FLOAT,
        "extractor": STRING,
        "id": STRING,
    },
    RECORD: dict.fromkeys(("id", "about", "body", "pipeline"), STRING),
}
SAYS = {
    "canonical": "name that all mentions of the thing share",
    "normalised": "a DATE in EDTF (2025-07-15), a measure as comparator, number and unit (>= 97 %)",
    "mention": "name, or nominal (the ministry)",
    "time": "kinds and dates, a comma between them: event:2025-07-15, deadline:2026",
    "evidence": "id of the Evidence that the claim rests on; without one, the smallest that holds both ends is taken",
    "about": "other metadata of the document, JSON",
    "body": "parts of the text that are the article, in code points: 0-1200 1300-1500",
    "pipeline": "what made the annotations, JSON",
}
HIDDEN = ("id", "confidence", "extractor", "about", "body", "pipeline")  # not shown beside the text


def type_system() -> TypeSystem:
    """Types of the files that we write.

    Raises:
        ConfigError: dkpro-cassis is not installed.
    """
    cassis = library()
    types = cassis.TypeSystem()
    types.create_type(SENTENCE)
    types.create_type(TOKEN)
    types.create_type(METADATA, "uima.tcas.DocumentAnnotation")
    for name in ("documentTitle", "documentId", "documentUri", "collectionId", "documentBaseUri"):
        types.create_feature(METADATA, name, STRING)
    types.create_feature(METADATA, "isLastSegment", BOOLEAN)
    for name in (MENTION, EVIDENCE, CLAIM):
        types.create_type(name)
    types.create_type(RECORD, "uima.cas.AnnotationBase")
    for name in ("value", "identifier"):
        types.create_feature(MENTION, name, STRING)
    for name in (SUBJECT, OBJECT):
        types.create_feature(CLAIM, name, MENTION)
    for name, features in FEATURES.items():
        for feature, kind in features.items():
            types.create_feature(name, feature, kind, description=SAYS.get(feature))
    return types


def library() -> Any:
    """The module cassis.

    Raises:
        ConfigError: it is not installed; says how to install it.
    """
    try:
        import cassis
    except ImportError:
        raise ConfigError('dkpro-cassis is not installed; pip install "claimstake[uima]"') from None
    return cassis


def layers(ontology: Ontology) -> str:
    """The layers as INCEpTION imports them (Settings, Layers, Import): JSON."""
    labels = {label.name: label.says for label in ontology.labels.values()}
    predicates = {row.name: row.says for row in ontology.predicates.values()}
    closed = {name: dict.fromkeys(values, "") for name, values in CLOSED_VALUES.items()}
    tags = {
        MENTION: {"value": labels, "mention": {"name": "", "nominal": ""}},
        CLAIM: {"predicate": predicates, **closed},
    }
    mentions = _layer(MENTION, "Named entity", "span", tags, {"value": STRING, **FEATURES[MENTION]}, built_in=True)
    rows = [
        mentions,
        _layer(CLAIM, "Claim", "relation", tags, FEATURES[CLAIM], attach_type={"name": MENTION}),
        _layer(EVIDENCE, "Evidence", "span", tags, FEATURES[EVIDENCE]),
        _layer(RECORD, "Claimstake record", "document-metadata", tags, FEATURES[RECORD]),
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def _layer(
    name: str, shown: str, kind: str, tags: dict[str, Any], features: dict[str, str], **more: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "uiName": shown,
        "type": kind,
        "description": None,
        "enabled": True,
        "built_in": False,
        "readonly": False,
        "allow_stacking": True,
        "cross_sentence": True,
        "show_hover": True,
        "anchoring_mode": "CHARACTERS",
        "overlap_mode": "ANY_OVERLAP",
        "validation_mode": "NEVER",
        "lock_to_token_offset": False,
        "multiple_tokens": False,
        "linked_list_behavior": False,
        "features": [
            _feature(feature, of, rank, tags.get(name, {}).get(feature))
            for rank, (feature, of) in enumerate(features.items())
        ],
        **more,
    }


def _feature(name: str, kind: str, rank: int, tags: dict[str, str] | None) -> dict[str, Any]:
    row = {
        "name": name,
        "uiName": name,
        "type": kind,
        "description": SAYS.get(name),
        "enabled": True,
        "visible": name not in HIDDEN and rank < 2,
        "include_in_hover": name not in HIDDEN,
        "required": False,
        "remember": False,
        "hideUnconstraintFeature": False,
        "multi_value_mode": "NONE",
        "link_mode": "NONE",
        "curatable": name not in HIDDEN,
        "rank": rank,
    }
    if tags:
        row["tag_set"] = {
            "name": f"claimstake {name}",
            "description": None,
            "language": "en",
            "tags": [{"tag_name": tag, "tag_description": says} for tag, says in tags.items()],
            "create_tag": False,
        }
    return row
