"""Fixtures for all tests: the whole pipeline, loaded once, and where the evaluation data stands."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from claimstake import pipeline

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def nlp() -> Language:
    """The pipeline as users load it."""
    return pipeline.load()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the evaluation data; skips where it is not beside the checkout."""
    if not (SHARED / "dev" / "articles.jsonl").is_file():
        pytest.skip("the evaluation data (../shared) is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def base() -> Language:
    """The statistical base with our sentence boundaries, without NER: what marked text is read with (see markup.py)."""
    parsed = spacy.load(pipeline.base_path(), exclude=["claimstake_recognizer"])
    parsed.add_pipe("claimstake_sentences", before="claimstake_parser")
    return parsed
