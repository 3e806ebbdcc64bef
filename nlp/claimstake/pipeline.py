"""The whole pipeline: statistical base, our components in their order, and documents through it.

`build` assembles it from models/en_base and the packaged knowledge, `load` reads a saved one, `annotate` and
`annotate_many` turn articles into annotated Docs.
"""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from claimstake import attributes
from claimstake.bases import base_path
from claimstake.errors import ConfigError, ModelError
from claimstake.mirror import settle
from claimstake.records import Article
from claimstake.tokenizer import quickened

attributes.register()

TRAINED = "trained"  # subfolder of the base with the models of our components, by their names
BASE = ("tok2vec", "tagger", "claimstake_recognizer", "claimstake_parser", "claimstake_words")
CLAIMS = "claimstake_claims"
# Ours, with where each stands: before a pipe of the base, or (None) after everything so far.
COMPONENTS: tuple[tuple[str, str | None], ...] = (
    ("claimstake_body", "tok2vec"),
    ("claimstake_sentences", "claimstake_recognizer"),
    ("claimstake_gazetteer", "claimstake_parser"),
    ("claimstake_measures", "claimstake_parser"),
    ("claimstake_thresholds", None),
    ("claimstake_dates", None),
    ("claimstake_terms", None),
    ("claimstake_names", None),
    ("claimstake_abbreviations", None),
    ("claimstake_mentions", None),
    ("claimstake_clusters", None),
    (CLAIMS, None),
)
RULES = [name for name, before in COMPONENTS if before is None]
COLLECTED = 50_000  # new objects after which the garbage collector looks for cycles; Python's default is 700
MAX_LENGTH = 5_000_000  # characters; parser and NER read sentence by sentence, memory grows with the text


def verify(path: Path) -> None:
    """Compare a model folder with its manifest.

    Raises:
        ModelError: the manifest is missing or unreadable, or a file is missing or has another hash.
    """
    manifest = path / "manifest.json"
    try:
        expected = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    except FileNotFoundError as error:
        raise ModelError(f"{manifest} is missing; the model folder is not complete") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{manifest} is not a model manifest: {error}") from error
    for name, digest in expected.items():
        file = path / name
        if not file.is_file():
            raise ModelError(f"{file} is missing; reinstall or rebuild the model")
        if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            raise ModelError(
                f"{file} is damaged or was changed (hash unlike manifest.json's); reinstall or rebuild the model"
            )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector off what lives as long as the process, and have it come more seldom afterwards.

    It would walk the gazetteers' million objects many times while they are made, and again and again when documents
    are annotated, which makes objects by the thousand and hardly a cycle: a fifth of the time.
    """
    enabled = gc.isenabled()
    if gc.get_freeze_count():  # a pipeline built before, which may be garbage by now
        gc.unfreeze()
        gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        youngest, *older = gc.get_threshold()
        gc.set_threshold(max(youngest, COLLECTED), *older)
        if enabled:
            gc.enable()


@_uncollected()
def build(
    base: Path | str | None = None,
    *,
    config: Mapping[str, Mapping[str, Any]] | None = None,
    exclude: Iterable[str] = (),
) -> Language:
    """Assemble the pipeline.

    Args:
        base: folder of the statistical base; None takes the one that ships with the package.
        config: settings by component name, as `Language.add_pipe` takes them.
        exclude: components to leave out.

    Raises:
        ModelError: the base is missing or damaged.
        ConfigError: `config` or `exclude` names a component that does not exist.
    """
    settings, left_out = dict(config or {}), set(exclude)
    known = {name for name, _ in COMPONENTS}
    if unknown := (set(settings) - known) | (left_out - known - set(BASE)):
        raise ConfigError(f"no such component: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    path = Path(base) if base is not None else base_path()
    verify(path)
    nlp = _read(path, exclude=sorted(left_out & set(BASE)))
    for name, before in COMPONENTS:
        if name in left_out or (name == CLAIMS and not Language.has_factory(name)):
            continue
        place = {"before": before} if before in nlp.pipe_names else {}
        nlp.add_pipe(name, config=dict(settings.get(name, {})), **place)
    _equip(nlp, path)
    return nlp


def _equip(nlp: Language, path: Path) -> None:
    """Give components their trained models, from subfolders of the base that are called like them."""
    for name in nlp.pipe_names:
        folder = path / TRAINED / name
        if folder.is_dir():
            nlp.get_pipe(name).from_disk(folder)


@_uncollected()
def load(path: Path | str | None = None) -> Language:
    """Read a saved pipeline; None builds the packaged one.

    Raises:
        ModelError: the folder holds no pipeline, or its manifest does not fit its files.
    """
    if path is None:
        return build()
    path = Path(path)
    if not (path / "config.cfg").is_file():
        raise ModelError(f"{path} holds no pipeline (no config.cfg)")
    if (path / "manifest.json").is_file():
        verify(path)
    return _read(path)


def _read(path: Path, *, exclude: Sequence[str] = ()) -> Language:
    """A saved pipeline without those components, with our limits in place of spaCy's."""
    nlp = spacy.load(path, exclude=exclude)
    nlp.max_length = MAX_LENGTH
    nlp.tokenizer = quickened(nlp.tokenizer)
    return nlp


def prepare(nlp: Language, article: Article) -> Doc:
    """Tokenize an article and put its metadata on the Doc; no component has run yet."""
    doc = nlp.make_doc(article.text)
    doc._.article = article.model_dump(mode="json", exclude={"text"})
    if _ends_in_rules(nlp):
        settle(doc)
    return doc


def _ends_in_rules(nlp: Language) -> bool:
    """Whether a pipeline ends in our rules and nothing else; they leave tags and parse alone, and the last of them lets
    a doc's mirror go."""
    made_by = nlp.pipe_factories
    return [made_by[name] for name in nlp.pipe_names[-len(RULES) :]] == RULES


def annotate(nlp: Language, article: Article) -> Doc:
    """Run the pipeline over one article."""
    return nlp(prepare(nlp, article))


def annotate_many(nlp: Language, articles: Iterable[Article], *, batch_size: int = 16) -> Iterator[Doc]:
    """Run the pipeline over a stream of articles, in their order, `batch_size` documents at a time."""
    yield from nlp.pipe((prepare(nlp, article) for article in articles), batch_size=batch_size)
