"""Judgements as rows of the database. A claim is kept with its two mentions, so that it can be read by itself."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from claimstake.records import Claim, Entity
from claimstake.review.contract import Ends, Judgement

MENTIONS = "mentions"  # key beside those of `records.Claim`: subject and object


def to_json(claim: Claim | None, ends: Ends | None) -> str | None:
    """A claim as `judgements.record` and `judgements.before` hold it."""
    if claim is None or ends is None:
        return None
    plain = claim.model_dump(mode="json", exclude_none=True)
    plain[MENTIONS] = [entity.model_dump(mode="json", exclude_none=True) for entity in ends]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str | None) -> tuple[Claim | None, Ends | None]:
    """What `to_json` wrote."""
    if text is None:
        return None, None
    plain = json.loads(text)
    subject, object_ = (Entity.model_validate(one) for one in plain.pop(MENTIONS))
    return Claim.model_validate(plain), (subject, object_)


def judgement(row: Mapping[str, Any], said: Collection[str]) -> Judgement:
    """A row as a judgement.

    Args:
        said: ids of the claims that the program says of the document now.
    """
    record, ends = from_json(row["record"])
    before, ends_before = from_json(row["before"])
    return Judgement(
        **{name: row[name] for name in ("id", "document", "claim", "verdict", "note", "by", "at")},
        record=record,
        ends=ends,
        before=before,
        ends_before=ends_before,
        gone=before is not None and row["claim"] not in said,
    )
