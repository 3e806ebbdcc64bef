"""Claimstake: news and regulatory articles in, structured and sourced claims out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from spacy.language import Language

__version__ = "0.1.0"
__all__ = ["annotate", "load"]


def load(path: str | Path | None = None) -> Language:
    """The pipeline as a spaCy `Language`.

    Args:
        path: folder that `Language.to_disk` wrote; None takes the pipeline that ships with the package.

    Raises:
        ModelError: a part of the model is missing or damaged.
    """
    from claimstake import pipeline

    return pipeline.load(path)


def annotate(
    text: str,
    *,
    published: str | None = None,
    id: str = "text",  # noqa: A002
    nlp: Language | None = None,
) -> dict[str, Any]:
    """Annotate one text and return the record that the command line writes, as JSON values.

    Args:
        text: the article.
        published: its date in EDTF ("2025-07-16"); relative dates are resolved against it.
        id: goes into the record and into the ids of its claims.
        nlp: a pipeline from `load`; None loads one, which takes seconds, so pass it for more than one text.
    """
    from claimstake import output, pipeline
    from claimstake.records import Article

    article = Article(id=id, text=text, published=published)
    return output.document(pipeline.annotate(nlp or pipeline.load(), article)).to_json()
