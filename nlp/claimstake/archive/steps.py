"""Work items to outcomes: read, gate, annotate, assemble, encode. One bad document costs itself and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from spacy.tokens import Doc

from claimstake import extend, output, pipeline
from claimstake.archive.job import Job
from claimstake.archive.work import broken
from claimstake.attributes import BODY
from claimstake.duplicates.signature import signature
from claimstake.readers import Failure
from claimstake.readers.items import Item
from claimstake.readers.streaming import articles
from claimstake.records import AnnotatedDocument, Article
from claimstake.store.contract import KEY_LENGTH, Failed, Outcome, StoredDocument, document_key
from claimstake.triage.gate import Gate


@dataclass
class _Draft:
    """An article on its way through the pipeline."""

    article: Article
    key: str
    relevant: bool = True
    sha256: str | None = None  # of its bytes, where nobody took a text out of them
    doc: Doc | None = None
    failed: Failed | None = None


@dataclass
class _Unit:
    """A work item and what was found in it, in its order."""

    item: Item
    key: str
    drafts: list[_Draft] = field(default_factory=list)
    failures: list[Failed] = field(default_factory=list)


class Steps:
    """The pipeline, and what happens around it.

    Args:
        job: what is done with every document.
        encode: of the store, see `Store.encode`.

    Attributes:
        job: as given.
        nlp: the pipeline, as the job's files ask.

    Raises:
        ConfigError, KnowledgeError, ModelError: the pipeline cannot be built, or not as the job's files ask.
    """

    def __init__(self, job: Job, encode: Callable[[StoredDocument], Any]) -> None:
        config = extend.read(job.configs) if job.configs else None
        nlp = pipeline.load()
        self.job, self._encode = job, encode
        self.nlp = extend.apply(nlp, config) if config else nlp
        self._gate = Gate.load(config=config) if job.triage else None

    def __call__(self, items: Sequence[Item]) -> list[Outcome]:
        """What becomes of each item, in their order; whatever its documents set off is in `Outcome.failures`."""
        units = [self._read(item) for item in items]
        self._annotate([(unit, draft) for unit in units for draft in unit.drafts if draft.relevant])
        return [self._outcome(unit) for unit in units]

    def _read(self, item: Item) -> _Unit:
        unit = _Unit(item, item.key)
        if self._gate and item.format == "html" and not item.gzipped and not self._gate.relevant_html(item.data):
            unit.drafts.append(_unopened(unit))
            return unit
        try:
            for found in articles(item, self.job.limits):
                if isinstance(found, Failure):
                    unit.failures.append(_unread(unit.key, found))
                else:
                    unit.drafts.append(self._draft(found))
        except Exception as error:  # noqa: BLE001 - whatever a document sets off must not cost the others
            unit.failures.append(_broken(unit, "read", "could not be read", error))
        return unit

    def _draft(self, article: Article) -> _Draft:
        key = document_key(article)
        if self.job.published:
            article.published = self.job.published
        return _Draft(article, key, relevant=self._gate is None or self._gate.relevant(article.text))

    def _annotate(self, drafts: list[tuple[_Unit, _Draft]]) -> None:
        """Docs for all; one by one where they do not go together."""
        nlp = self.nlp
        try:
            docs = list(pipeline.annotate_many(nlp, (draft.article for _, draft in drafts)))
        except Exception:  # noqa: BLE001 - one of them did it
            docs = []
        for place, (unit, draft) in enumerate(drafts):
            try:
                draft.doc = docs[place] if docs else pipeline.annotate(nlp, draft.article)
            except Exception as error:  # noqa: BLE001
                draft.failed = _broken(unit, "annotate", "could not be annotated", error, draft.article)

    def _outcome(self, unit: _Unit) -> Outcome:
        stored = [made for draft in unit.drafts if (made := self._store(unit, draft))]
        return Outcome(
            item=unit.key,
            source=unit.item.source,
            documents=tuple(encoded for _, encoded in stored),
            failures=(*unit.failures, *(draft.failed for draft in unit.drafts if draft.failed)),
            tokens=sum(document.tokens for document, _ in stored),
            claims=sum(len(document.record.claims) for document, _ in stored),
            relevant=sum(document.relevant for document, _ in stored),
        )

    def _store(self, unit: _Unit, draft: _Draft) -> tuple[StoredDocument, Any] | None:
        """A document and what the store wants of it; None where it has failed."""
        if draft.failed:
            return None
        try:
            tokens = len(draft.doc) if draft.doc is not None else 0
            signed = signature("\n".join(s.text for s in draft.doc.spans[BODY])) if draft.doc is not None else None
            document = StoredDocument(
                draft.key,
                unit.key,
                self._record(draft),
                tokens,
                relevant=draft.relevant,
                signature=signed,
                url=draft.article.url,
            )
            return document, self._encode(document)
        except Exception as error:  # noqa: BLE001
            draft.failed = _broken(unit, "annotate", "could not be annotated", error, draft.article)
            return None

    def _record(self, draft: _Draft) -> AnnotatedDocument:
        if draft.doc is None:
            return output.unread(draft.article, sha256=draft.sha256, text=self.job.text and draft.sha256 is None)
        return output.document(draft.doc, text=self.job.text, min_confidence=self.job.min_confidence)


def _unopened(unit: _Unit) -> _Draft:
    """A page of which the bytes alone were looked at: it has a name and no text."""
    item = unit.item
    article = Article(id=item.id, text="", url=item.url, source=item.source)
    return _Draft(article, unit.key[:KEY_LENGTH], relevant=False, sha256=hashlib.sha256(item.data).hexdigest())


def _unread(key: str, failure: Failure) -> Failed:
    return Failed(key, failure.source, "read", failure.problem, failure.mend, document=failure.document)


def _broken(unit: _Unit, stage: str, what: str, error: BaseException, article: Article | None = None) -> Failed:
    source = (article.source if article else None) or unit.item.source
    return broken(unit.key, source, stage, what, error, article.id if article else None)
