"""Fixtures for all tests: the whole pipeline, loaded once, and where the evaluation data stands."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.language import Language

from claimstake import pipeline
from postgresql_server import postgresql

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
MOST = 4  # test processes; each may hold pipelines, servers and worker processes of its own


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """As many test processes as there are cores, within reason; none beside this one where single files are asked."""
    asked = [Path(name.partition("::")[0]) for name in config.args]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 0 if cores == 1 or all(path.is_file() for path in asked) else min(cores, MOST)


def pytest_configure(config: pytest.Config) -> None:
    """Commands that tests start are to meet what they meet anywhere: no terminal, and a Ctrl-C that counts."""
    if hasattr(config, "workerinput"):
        for name in ("COLUMNS", "LINES"):
            os.environ.pop(name, None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # begun in a shell's background, which children would inherit
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, so that no process waits for another's at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def nlp() -> Language:
    """The pipeline as users load it."""
    return pipeline.load()


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    """A PostgreSQL of our own; tests have schemas of it."""
    with postgresql() as found:
        yield found


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
