"""What the parts of the annotation loop hand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from claimstake.interchange.drawing import Layer
from claimstake.interchange.snapshot import DOCUMENT as DOCUMENT
from claimstake.interchange.snapshot import META as META
from claimstake.interchange.snapshot import Snapshot as Snapshot
from claimstake.records import AnnotatedDocument

LAYERS = "pushed for"  # key that names the accounts whose layer is complete, a comma between them


@dataclass(frozen=True)
class Fetched:
    """One layer of one example, as it came from the server.

    Attributes:
        example: the server's id.
        text: the example's text, as the server has it.
        layer: offsets are those of `text`.
        snapshot: None where the example was not pushed by claimstake.
        meta: the example's metadata.
    """

    example: int
    text: str
    layer: Layer
    snapshot: Snapshot | None
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pulled:
    """One annotator's version of one document.

    Attributes:
        document: with its text; no confidences on what a human drew or changed.
        annotator: None where the project shares one layer.
        confirmed: whether it was ticked.
        before: what was pushed; None where it was not pushed by claimstake.
        problems: what the annotator should look at again, one line each.
        example: the server's id.
    """

    document: AnnotatedDocument
    annotator: str | None
    confirmed: bool
    before: AnnotatedDocument | None
    problems: tuple[str, ...] = ()
    example: int | None = None
