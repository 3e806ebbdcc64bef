"""What the parts of the annotation loop hand to each other."""

from __future__ import annotations

from dataclasses import dataclass

from claimstake.records import AnnotatedDocument

LAYERS = "pushed for"  # key that names the accounts whose layer is complete, a comma between them


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
