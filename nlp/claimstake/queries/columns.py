"""Claims and documents as columns of numbers, for questions that look at all of them at once.

A claim takes some 80 bytes, so that a million of them fit in any machine's memory, and a condition on one column of a
million is answered in a millisecond, whatever is asked beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.generic]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


class _Table:
    """Columns of one length; tables are never changed, only made anew."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))  # type: ignore[arg-type]

    def taken(self, where: Mask | Places) -> Self:
        """Some of the rows."""
        return type(self)(**{f.name: getattr(self, f.name)[where] for f in fields(self)})  # type: ignore[arg-type]

    def followed(self, other: Self) -> Self:
        """The rows of both."""
        pairs = {f.name: (getattr(self, f.name), getattr(other, f.name)) for f in fields(self)}  # type: ignore[arg-type]
        return type(self)(**{name: np.concatenate(pair) for name, pair in pairs.items()})


@dataclass(frozen=True, eq=False)
class Claims(_Table):
    """A row for each claim.

    Attributes:
        document: place of its document in `Documents`.
        predicate, status, polarity, certainty, measure, verdict: codes.
        subject, object: places of things.
        first, last: days of publication, as ordinals; NO_DAY without one.
        confidence: nan where there is none.
        start: of the evidence.
        number: of the id, see `codes.number`.
        id: as ASCII bytes where it is such.
        sentence: place of the evidence's words.
    """

    document: Column
    predicate: Column
    subject: Column
    object: Column
    status: Column
    polarity: Column
    certainty: Column
    measure: Column
    verdict: Column
    first: Column
    last: Column
    confidence: Column
    start: Column
    number: Column
    id: Column
    sentence: Column


TYPES = {
    **dict.fromkeys(("document", "subject", "object", "first", "last", "start", "sentence"), np.int32),
    **dict.fromkeys(("predicate", "status", "polarity", "certainty", "measure", "verdict"), np.int16),
    "confidence": np.float64,
    "number": np.uint64,
}


@dataclass(frozen=True, eq=False)
class Documents(_Table):
    """A row for each document that was ever met; one that is gone is not `there`.

    Attributes:
        order: number of its key.
        arrived: when it was annotated, see `codes.moment`.
        story: number of its story's key.
        there, relevant: whether it is in the database, and whether it was read.
        state: code of its reading; 0 where it is new.
    """

    order: Column
    arrived: Column
    story: Column
    there: Column
    relevant: Column
    state: Column


DOCUMENT_TYPES = {
    "order": np.uint64,
    "arrived": np.int64,
    "story": np.uint64,
    "there": np.bool_,
    "relevant": np.bool_,
    "state": np.int8,
}


def no_claims() -> Claims:
    return Claims(id=np.empty(0, "S17"), **{name: np.empty(0, kind) for name, kind in TYPES.items()})


def no_documents() -> Documents:
    return Documents(**{name: np.empty(0, kind) for name, kind in DOCUMENT_TYPES.items()})
