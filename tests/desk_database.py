"""A database as an analyst has it: `claimstake archive` of the bundled examples and of articles of the corpus."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import archive_sources
from claimstake.training import inline

ROOT = Path(__file__).resolve().parents[1]
ARTICLES = 20  # of the corpus


def build(path: Path) -> Path:
    """Archive them into a new SQLite file."""
    paths = sorted((ROOT / "corpus" / "articles").rglob("*.md"))
    records = [inline.read(found).article for found in paths[:: len(paths) // ARTICLES][:ARTICLES]]
    source = path.with_suffix(".jsonl")
    source.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    done = archive_sources.run(ROOT / "corpus" / "examples", source, "--to", path, "--quiet", "-j", 1)
    assert done.returncode == 0, done.stderr
    return path


def copied(database: Path, to: Path) -> Path:
    """A copy that may be written to, also of a database that is open."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
    return to
