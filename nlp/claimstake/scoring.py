"""Gold and predictions from where users name them: corpus files, records, or articles through a pipeline.

Reading needs no spaCy; a pipeline is imported where one has to run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from claimstake.errors import ConfigError, CorpusError, ModelError
from claimstake.evaluation import annotations, files
from claimstake.evaluation.annotations import Annotation
from claimstake.readers import Failure
from claimstake.readers import read as read_articles
from claimstake.records import Article
from claimstake.training import check, inline

if TYPE_CHECKING:
    from spacy.language import Language

INLINE = ".md"
HEADER = ("id", "split")  # of a table of splits, which may leave it out

Watch = Callable[[Iterable[Article]], Iterable[Article]]  # passes articles on and shows how far they are


@dataclass(frozen=True)
class Documents:
    """Annotated documents by id, and their articles where the texts are known."""

    annotations: dict[str, Annotation] = field(default_factory=dict)
    articles: dict[str, Article] = field(default_factory=dict)

    def texts(self) -> list[Article]:
        """The article of every document.

        Raises:
            CorpusError: of one the text is not known.
        """
        if missing := [id_ for id_ in self.annotations if id_ not in self.articles]:
            raise CorpusError(
                f"{missing[0]}: the gold does not carry the text to annotate; put articles.jsonl beside it"
            )
        return [self.articles[id_] for id_ in self.annotations]

    def only(self, ids: Collection[str]) -> Documents:
        """The documents of some ids."""
        kept = {id_: one for id_, one in self.annotations.items() if id_ in ids}
        return Documents(kept, self.articles)


def read(path: Path) -> Documents:
    """Read annotated documents.

    Args:
        path: corpus files (`*.md`, the inline format), or JSON: a file of annotated documents, or a folder of
            `*.gold.json` with the texts in `articles.jsonl` beside them. A folder may hold folders.

    Raises:
        CorpusError: there is nothing of the kind, something does not parse, or two documents have one id.
    """
    corpus = path.suffix == INLINE or (path.is_dir() and next(path.rglob(f"*{INLINE}"), None) is not None)
    gold = path.is_dir() and next(path.rglob(f"*{files.GOLD}"), None) is not None
    found = _read_inline(path) if corpus and not gold else _read_records(path)
    documents = Documents()
    for where, annotation, article in found:
        if annotation.id in documents.annotations:
            raise CorpusError(f"{where}: there is another document with the id {annotation.id!r}")
        documents.annotations[annotation.id] = annotation
        if article is not None:
            documents.articles[annotation.id] = article
    return documents


def _read_inline(path: Path) -> Iterator[tuple[str, Annotation, Article]]:
    for file in check.files([path]):
        try:
            document = inline.read(file)
        except UnicodeDecodeError as error:
            raise CorpusError(f"{file}: cannot be read: {error}") from error
        yield str(file), annotations.read(document.record), Article(**document.article)


def _read_records(path: Path) -> Iterator[tuple[str, Annotation, Article | None]]:
    beside = _articles(path / files.ARTICLES) if path.is_dir() else {}
    for where, record in files.records(path):
        annotation, info = annotations.read(record), record["doc"]
        article = beside.get(annotation.id)
        if article is None and info.get("text") is not None:
            known = {key: info.get(key) for key in ("title", "author", "publisher", "published", "language", "source")}
            article = Article(id=annotation.id, text=info["text"], **known)
        yield where, annotation, article


def _articles(path: Path) -> dict[str, Article]:
    if not path.is_file():
        return {}
    found: dict[str, Article] = {}
    for item in read_articles([path]):
        if isinstance(item, Failure):
            raise CorpusError(str(item))
        found[item.id] = item
    return found


def read_split(path: Path, split: str) -> set[str]:
    """The ids of one split, from a table of lines "id<TAB>split".

    Raises:
        ConfigError: the file is missing, a line is no such line, or no document is in that split.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: does not exist") from error
    rows = [(n, tuple(line.split("\t"))) for n, line in enumerate(lines, 1) if line and not line.startswith("#")]
    for number, row in rows:
        if len(row) < len(HEADER):
            raise ConfigError(f"{path}:{number}: a line is an id, a tab and the name of a split")
    found = {row[0] for _, row in rows if row[1] == split and row[:2] != HEADER}
    if not found:
        known = sorted({row[1] for _, row in rows if row[:2] != HEADER})
        raise ConfigError(f"{path}: no document is in the split {split!r}; there are {', '.join(known) or 'none'}")
    return found


def is_model(path: Path) -> bool:
    """Whether a folder holds a pipeline or a statistical base, not documents."""
    return (path / "manifest.json").is_file() or (path / "config.cfg").is_file()


def pipeline_of(path: Path | None) -> Language:
    """The pipeline of a model folder: a whole saved one, or a statistical base that ours is built upon.

    Args:
        path: None takes the one that ships with the package.

    Raises:
        ModelError: the folder holds neither, does not fit its manifest, or cannot be loaded.
    """
    from spacy.util import load_config

    from claimstake import pipeline

    if path is None:
        return pipeline.load()
    if not (path / "config.cfg").is_file():
        raise ModelError(f"{path} holds no model (no config.cfg)")
    if (path / "manifest.json").is_file():
        pipeline.verify(path)
    try:
        whole = pipeline.CLAIMS in load_config(path / "config.cfg")["nlp"]["pipeline"]
        return pipeline.load(path) if whole else pipeline.build(path)
    except (OSError, ValueError, LookupError, TypeError) as error:  # what spaCy raises of a model that is not whole
        raise ModelError(f"{path} cannot be loaded: {error}") from error


def annotate(nlp: Language, articles: Iterable[Article]) -> dict[str, Annotation]:
    """What a pipeline finds in articles, by their ids."""
    from claimstake import output, pipeline

    found = (annotations.read(output.document(doc)) for doc in pipeline.annotate_many(nlp, articles))
    return {annotation.id: annotation for annotation in found}


def predict(source: Path | None, gold: Documents, watch: Watch = iter) -> dict[str, Annotation]:
    """What is to be scored against gold.

    Args:
        source: annotated documents, a model folder to run over the gold's texts, or None for the packaged pipeline.
        watch: see `Watch`.

    Raises:
        CorpusError: as `read`, or the gold's texts are not known and a pipeline has to run.
        ModelError: as `pipeline_of`.
    """
    if source is not None and not is_model(source):
        return read(source).annotations
    texts = gold.texts()
    return annotate(pipeline_of(source), watch(texts))
