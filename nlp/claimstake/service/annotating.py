"""What the desk's worker processes do: read a document and annotate it, for an answer or for the database."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from claimstake.archive.job import Job
from claimstake.readers import Failure
from claimstake.readers.items import Item
from claimstake.readers.streaming import articles
from claimstake.store.contract import Outcome, StoredDocument

if TYPE_CHECKING:
    from claimstake.archive.steps import Steps

REPORT = "please report it together with the document"
MESSAGE = 300  # characters of another library's message that a failure repeats
WARMING = "The Ministry of Commerce said on 4 July 2025 that exports of gallium need a licence from 1 August 2025."


@dataclass(frozen=True)
class Wanted:
    """How a document is to be annotated.

    Args:
        published: EDTF date that takes the place of what the document says.
        min_confidence: claims below it are left out, in [0, 1]; None where the users' files decide.
        text: put the text into the record.
    """

    published: str | None = None
    min_confidence: float | None = None
    text: bool = False


@dataclass(frozen=True)
class Annotate:
    """A document of which the record is wanted."""

    item: Item
    wanted: Wanted = Wanted()


@dataclass(frozen=True)
class Keep:
    """A document that is to go into the database."""

    item: Item
    published: str | None = None


@dataclass(frozen=True)
class Annotated:
    """A document's record.

    Args:
        body: `records.AnnotatedDocument` as JSON.
        id: of the document.
        claims: how many there are.
        tokens: of its text.
        notes: of its reader.
    """

    body: bytes
    id: str
    claims: int
    tokens: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explain:
    """A document of which it is asked why its claims are made."""

    item: Item


@dataclass(frozen=True)
class Explained:
    """Why each claim of a document was made.

    Args:
        reasons: `explain.Explanation` as JSON objects, in the order of the claims.
        claims: how many there are.
        tokens: of its text.
    """

    reasons: tuple[dict[str, Any], ...]
    claims: int
    tokens: int


Task = Annotate | Explain | Keep
Result = Annotated | Explained | Outcome | Failure


class Annotating:
    """The work of a process.

    Args:
        job: how documents are read and annotated; all of them are, whatever a gate would say.
        encode: of the store, see `Store.encode`.
    """

    def __init__(self, job: Job, encode: Callable[[StoredDocument], Any]) -> None:
        self._job, self._encode = replace(job, triage=False), encode
        self._steps: Steps | None = None

    def load(self) -> None:
        """Build the pipeline and let it do something; takes two or three seconds, and some 250 MB.

        Raises:
            ConfigError, KnowledgeError, ModelError: it cannot be built, or not as the job's files ask.
        """
        from claimstake.archive.steps import Steps

        self._steps = Steps(self._job, self._encode)
        page = f"<html><body><article><h1>Gallium</h1><p>{WARMING}</p></article></body></html>"
        record = json.dumps({"text": WARMING}).encode()
        for kind, data in (("record", record), ("html", page.encode())):
            self._annotate(Annotate(Item("warming", "warming", kind, data)))

    def __call__(self, items: Sequence[Task]) -> list[Result]:
        """A result for each task; whatever a document sets off is its `Failure`."""
        return [self._do(task) for task in items]

    def _do(self, task: Task) -> Result:
        try:
            if isinstance(task, Keep):
                return self._keep(task)
            return self._explain(task) if isinstance(task, Explain) else self._annotate(task)
        except Exception as error:  # noqa: BLE001 - whatever a document sets off must not cost the process
            said = f"could not be annotated: {type(error).__name__}: {str(error)[:MESSAGE]}"
            return Failure(task.item.source, said, REPORT)

    def _annotate(self, task: Annotate) -> Annotated | Failure:
        from claimstake import output, pipeline

        assert self._steps is not None, "load comes first"
        wanted = task.wanted
        (article,) = articles(task.item, self._job.limits)
        if isinstance(article, Failure):
            return article
        article.published = wanted.published or article.published
        doc = pipeline.annotate(self._steps.nlp, article)
        level = self._job.min_confidence if wanted.min_confidence is None else wanted.min_confidence
        record = output.document(doc, text=wanted.text, min_confidence=level)
        body = record.model_dump_json(exclude_none=True).encode()
        return Annotated(body, record.doc.id, len(record.claims), len(doc), tuple(article.notes))

    def _explain(self, task: Explain) -> Explained | Failure:
        from claimstake import explain, pipeline

        assert self._steps is not None, "load comes first"
        (article,) = articles(task.item, self._job.limits)
        if isinstance(article, Failure):
            return article
        doc = pipeline.annotate(self._steps.nlp, article)
        found = explain.explanations(doc)
        return Explained(tuple(one.to_json() for one in found), len(found), len(doc))

    def _keep(self, task: Keep) -> Outcome | Failure:
        assert self._steps is not None, "load comes first"
        steps = self._steps
        if task.published:
            steps = copy.copy(steps)
            steps.job = replace(steps.job, published=task.published)
        (outcome,) = steps([task.item])
        if not outcome.failures:
            return outcome
        failed = outcome.failures[0]
        return Failure(failed.source, failed.problem, failed.mend, failed.document)
