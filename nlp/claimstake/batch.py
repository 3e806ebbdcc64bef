"""Sources through the pipeline: records and failures as they come. One bad document never stops the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from claimstake.output import document
from claimstake.pipeline import annotate
from claimstake.readers import Failure, Limits, read
from claimstake.records import AnnotatedDocument, Article

_MESSAGE = 300  # characters of another library's message that a failure repeats


@dataclass(frozen=True)
class Options:
    """How documents are read and what is kept of them.

    Args:
        limits: for the readers.
        input_format: reader to use whatever the suffixes say; None decides by file.
        published: EDTF date that takes the place of what the documents say.
        min_confidence: claims below it are left out, in [0, 1].
        text: put the text into the records.
        skip: files that are passed over, such as the output itself where it lies among the sources.
    """

    limits: Limits = field(default_factory=Limits)
    input_format: str | None = None
    published: str | None = None
    min_confidence: float = 0.0
    text: bool = False
    skip: tuple[str, ...] = ()


@dataclass(frozen=True)
class Annotated:
    """A document that went through: what was read, the Doc, and the record."""

    article: Article
    doc: Doc
    record: AnnotatedDocument


def run(nlp: Language, sources: Iterable[str | Path], options: Options | None = None) -> Iterator[Annotated | Failure]:
    """Annotate every document of the sources, in their order.

    Raises:
        ConfigError: the input format is not known. Nothing else: what cannot be read or annotated comes as a Failure.
    """
    options = options or Options()
    for item in read(sources, limits=options.limits, input_format=options.input_format):
        if _skipped(item, options.skip):
            continue
        yield item if isinstance(item, Failure) else _annotate(nlp, item, options)


def _skipped(item: Article | Failure, skip: tuple[str, ...]) -> bool:
    """Whether an item comes from a file in `skip`; a record's source is "file: line 3"."""
    return any(item.source == name or (item.source or "").startswith(f"{name}: ") for name in skip)


def _annotate(nlp: Language, article: Article, options: Options) -> Annotated | Failure:
    if options.published:
        article.published = options.published
    try:
        doc = annotate(nlp, article)
        record = document(doc, text=options.text, min_confidence=options.min_confidence)
    except Exception as error:  # noqa: BLE001 - whatever a document sets off must not cost the others
        problem = f"could not be annotated: {type(error).__name__}: {str(error)[:_MESSAGE]}"
        return Failure(article.source or article.id, problem, "please report it together with the document", article.id)
    return Annotated(article, doc, record)
