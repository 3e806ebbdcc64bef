"""What our rule components share: nothing to save beyond the package's own data, and a scorer for a span group."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Self

from spacy.scorer import Scorer
from spacy.training import Example


class RuleComponent:
    """A component whose rules are code and packaged tables; saving it writes nothing."""

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        return b""

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        return self

    def to_disk(self, path: Any, *, exclude: Iterable[str] = ()) -> None:
        """Nothing to save."""

    def from_disk(self, path: Any, *, exclude: Iterable[str] = ()) -> Self:
        return self


def span_scorer(key: str) -> Callable[..., dict[str, Any]]:
    """A scorer of precision, recall and F1 for doc.spans[key]."""

    def score(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
        return Scorer.score_spans(
            examples,
            f"spans_{key}",
            getter=lambda doc, _: doc.spans.get(key, []),
            allow_overlap=True,
            has_annotation=lambda doc: key in doc.spans,
        )

    return score
