"""The systems that are compared, and how one of them answers from a process of its own.

A process of its own gives each its own peak of memory and its own garbage collector: the pipeline's gazetteers, a
million objects, would slow down what runs beside them. Nothing of ours is imported where another system runs, so each
loader imports what it needs.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimstake.errors import ModelError
from claimstake.records import Article

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

OURS = "claimstake, whole"
REFERENCE = "en_core_web_sm, whole"  # what the others' speed is a multiple of
NER = "en_core_web_sm, NER alone"
TOKENIZER = "tokenizer alone"
BATCH = 16  # documents
WARM_UP = 5  # documents that each system reads before anything is measured
LONGEST = 5_000_000  # characters of a text that en_core_web_sm takes; it refuses more than a million by itself
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class System:
    """A loaded system: its pipeline, and what makes Docs of articles."""

    nlp: Language
    run: Callable[[Sequence[Article]], Iterable[Doc]]


@dataclass(frozen=True)
class Turn:
    """One run over all articles.

    Attributes:
        seconds: from the first article to the last Doc.
        documents, tokens: of those Docs, as the system itself divides them.
    """

    seconds: float
    documents: int
    tokens: int


def _ours() -> System:
    from claimstake import pipeline

    nlp = pipeline.load()
    return System(nlp, lambda articles: pipeline.annotate_many(nlp, articles, batch_size=BATCH))


def _reference() -> System:
    return _source(())


def _ner() -> System:
    """The recogniser with the token vectors that it has for itself; nothing else is even loaded."""
    return _source(("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer"))


def _source(exclude: Sequence[str]) -> System:
    import spacy

    from claimstake.training.base import SOURCE, SOURCE_VERSION

    try:
        nlp = spacy.load(SOURCE, exclude=exclude)
    except (OSError, ImportError) as error:
        raise ModelError(f"{SOURCE} {SOURCE_VERSION} is not installed; install claimstake[build]") from error
    nlp.max_length = LONGEST
    return System(nlp, lambda articles: nlp.pipe((article.text for article in articles), batch_size=BATCH))


def _tokenizer() -> System:
    import spacy

    from claimstake.tokenizer import customise

    nlp = spacy.blank("en")
    customise(nlp)
    return System(nlp, lambda articles: nlp.tokenizer.pipe(article.text for article in articles))


LOADERS: dict[str, Callable[[], System]] = {OURS: _ours, REFERENCE: _reference, NER: _ner, TOKENIZER: _tokenizer}
OPTIONAL = frozenset({REFERENCE, NER})  # from a package that need not be installed


def serve(pipe: Connection, name: str, articles: Sequence[Article]) -> None:
    """Load a system, warm it up, and do what comes through the pipe until its other end is closed.

    Answers first with the seconds of loading, imports included, or with a ModelError and nothing more; then to each
    name of a request (see `REQUESTS`) with what it returns.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this is interrupted too, and ends it
    start = time.perf_counter()
    try:
        system = LOADERS[name]()
    except ModelError as error:
        pipe.send(error)
        return
    loading = time.perf_counter() - start
    turn(system, articles[:WARM_UP])
    pipe.send(loading)
    while True:
        try:
            request = pipe.recv()
        except EOFError:
            return
        pipe.send(REQUESTS[request](system, articles))


def turn(system: System, articles: Sequence[Article]) -> Turn:
    """Run a system over articles; its Docs are dropped as they come."""
    documents = tokens = 0
    start = time.perf_counter()
    for doc in system.run(articles):
        documents += 1
        tokens += len(doc)
    return Turn(time.perf_counter() - start, documents, tokens)


def components(system: System, articles: Sequence[Article]) -> dict[str, float]:
    """Seconds that each component takes while documents stream through all of them, as in `nlp.pipe`.

    A component is a generator over what the one before it gives, so its own time is what it takes less what the one
    before it takes. Run each over all documents in turn instead, and rules that find a document in the processor's
    cache here would have to fetch it again.
    """
    from claimstake.pipeline import prepare

    stage = _Timed(prepare(system.nlp, article) for article in articles)
    stages = {"tokenizer": stage}
    for name, component in system.nlp.pipeline:
        piped = hasattr(component, "pipe")
        stage = _Timed(component.pipe(stage, batch_size=BATCH) if piped else map(component, stage))
        stages[name] = stage
    for _ in stage:
        pass
    totals = [one.seconds for one in stages.values()]
    own = (total - before for total, before in zip(totals, [0.0, *totals], strict=False))
    return {name: max(0.0, seconds) for name, seconds in zip(stages, own, strict=True)}


class _Timed:
    """Passes Docs on and adds up how long the next one takes to come."""

    def __init__(self, docs: Iterable[Doc]) -> None:
        self.seconds, self._docs = 0.0, iter(docs)

    def __iter__(self) -> Iterator[Doc]:
        return self

    def __next__(self) -> Doc:
        start = time.perf_counter()
        try:
            return next(self._docs)
        finally:
            self.seconds += time.perf_counter() - start


def peak_memory() -> float | None:
    """The most memory that this process has held, in MB of 2**20 bytes; None where the system does not tell.

    Linux counts into ru_maxrss of a new process what the one that started it held, so there the kernel's mark of the
    program itself is read.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / MEGABYTE
    if find_spec("resource") is None:
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE


REQUESTS: dict[str, Callable[[System, Sequence[Article]], Any]] = {
    "turn": turn,
    "components": components,
    "memory": lambda *_: peak_memory(),
}
