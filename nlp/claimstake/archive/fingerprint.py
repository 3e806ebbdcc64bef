"""What decides how a document comes out, as one hash: code, knowledge, models, the user's files, and options.

An item that was done under another fingerprint is done again. Not part of it: what only lists, stores or shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

import claimstake
from claimstake import __version__
from claimstake.archive.job import Job
from claimstake.bases import base_path
from claimstake.triage import gate

LENGTH = 16  # hexadecimal digits
SHOWING = ("cli", "archive", "store", "sinks", "evaluation", "training", "benchmark", "ledger", "__pycache__")
SHOWING += ("queries", "review", "service", "watch")
SHOWING += ("models", "examples", "corpus")  # the models have a manifest; the other two are data that is not read
SHOWING += ("batch.py", "explain.py", "promotion.py", "schema.py", "scoring.py", "showing.py", "terminal.py")
LIBRARIES = (
    "spacy",
    "thinc",
    "trafilatura",
    "htmldate",
    "pypdfium2",
    "python-docx",
    "pyarrow",
    "charset-normalizer",
    "rensa",
)


def fingerprint(job: Job) -> str:
    """Of the installed pipeline and what `job` asks for; takes some hundredths of a second.

    Raises:
        ConfigError: a file of `job.configs` does not exist or is none.
    """
    digest = hashlib.sha256()
    for part in _parts(job):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:LENGTH]


def _parts(job: Job) -> Iterator[bytes]:
    yield __version__.encode()
    yield json.dumps({name: _version(name) for name in LIBRARIES}).encode()
    yield json.dumps({name: value for name, value in job.plain().items() if name != "configs"}).encode()
    yield (base_path() / "manifest.json").read_bytes()
    if job.triage:
        yield gate.model_path().read_bytes()
    package = Path(claimstake.__file__).parent
    yield from _contents(_package_files(package), package)
    if job.configs:
        from claimstake import extend  # with all of the pipeline behind it, which this process does not need else
    for path in job.configs:
        yield from _contents(extend.files([path]), path.parent)


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def _package_files(package: Path) -> list[Path]:
    found = []
    for top in package.iterdir():
        if top.name not in SHOWING:
            found += [p for p in (top.rglob("*") if top.is_dir() else [top]) if "__pycache__" not in p.parts]
    return sorted(path for path in found if path.is_file())


def _contents(paths: Iterable[Path], root: Path) -> Iterator[bytes]:
    for path in paths:
        yield path.relative_to(root).as_posix().encode("utf-8", "surrogateescape")
        yield path.read_bytes()
