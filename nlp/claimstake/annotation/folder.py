"""The folder that a pull writes.

    pull.json        where from, when, versions, failures, and the names of the other files; last of all
    articles/        what is to be learned from, a file a document in the corpus's format
    documents.jsonl  the same as records with their texts
    pushed.jsonl     what was pushed of every document
    layers/          every annotator's version, where annotators are kept apart
    problems.jsonl   what an annotator should look at again
    diff.json, agreement.json

A folder without pull.json is not whole. Pulling into it again replaces these files and touches no others.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from claimstake.annotation.contract import Pulled
from claimstake.annotation.pull import Result
from claimstake.annotation.understanding import lawful
from claimstake.errors import ConfigError, CorpusError
from claimstake.records import AnnotatedDocument
from claimstake.training.inline_text import written

MANIFEST, ARTICLES, DOCUMENTS, PUSHED = "pull.json", "articles", "documents.jsonl", "pushed.jsonl"
LAYERS, PROBLEMS, DIFF, AGREEMENT = "layers", "problems.jsonl", "diff.json", "agreement.json"
NEW = ".new"  # folder in the folder where files are written before they take their places
COMING = "coming.json"  # in there: names of the files that are in the folder meanwhile
FORMAT = 1
UNTOLD = ("confidence", "extractor", "kb_id", "pipeline", "author", "publisher", "source")  # no annotator's work
SAFE = re.compile(r"[^\w.()+-]+")
LONGEST = 80  # characters of a file's name


def check(out: Path) -> None:
    """Whether a pull may write into a folder.

    Raises:
        ConfigError: it is a file, or holds files of the names that pull writes and that pull did not write, or
            articles that somebody changed since.
    """
    if out.is_file():
        raise ConfigError(f"{out} is a file; name a folder with --out")
    if (out / MANIFEST).is_file() and (changed := _changed(out)):
        raise ConfigError(f"{changed} was changed since it was pulled; move it, or name another folder with --out")
    if not out.is_dir() or (out / MANIFEST).is_file() or (out / NEW).is_dir():
        return
    for name in (ARTICLES, DOCUMENTS, PUSHED, LAYERS, PROBLEMS, DIFF, AGREEMENT):
        if (out / name).exists():
            raise ConfigError(f"{out / name} is there and was not written by a pull; name another folder with --out")


def write(result: Result, out: Path) -> dict[str, Any]:
    """Write what came back; failures to write an article are added to the result's.

    Returns:
        The manifest.

    Raises:
        ConfigError: as `check`.
    """
    check(out)
    new = out / NEW
    old = _files_there(out)
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    losses: Counter[str] = Counter()
    _articles(result, new / ARTICLES, losses)
    _records(new / DOCUMENTS, (version.document for version in result.chosen))
    before = {v.before.doc.id: v.before for v in result.versions if v.before is not None}
    _records(new / PUSHED, before.values())
    for name in sorted({v.annotator for v in result.versions if v.annotator}):
        (new / LAYERS).mkdir(exist_ok=True)
        versions = (v.document for v in result.versions if v.annotator == name)
        _records(new / LAYERS / f"{file_name(name)}.jsonl", versions)
    _lines(new / PROBLEMS, result.problems)
    _json(new / DIFF, result.diff.to_json())
    _json(new / AGREEMENT, result.agreement.to_json())
    return _in_place(result, out, new, old, losses)


def _articles(result: Result, folder: Path, losses: Counter[str]) -> None:
    folder.mkdir()
    for version in result.chosen:
        name = version.document.doc.id
        try:
            document = lawful(version.document)
            text, lost = written(document)
        except CorpusError as error:
            result.failures[name] = f"cannot be written as an article: {error}"
            continue
        losses.update(loss.kind for loss in lost if loss.kind not in UNTOLD)
        losses["mention inside another"] += len(version.document.entities) - len(document.entities)
        losses["claim"] += len(version.document.claims) - len(document.claims)
        (folder / f"{file_name(name)}.md").write_bytes(text.encode("utf-8"))


def _in_place(result: Result, out: Path, new: Path, old: Sequence[str], losses: Mapping[str, int]) -> dict[str, Any]:
    """Move the new files to their places, take away the old ones that have no successor, and write the manifest."""
    files = sorted(str(file.relative_to(new)) for file in new.rglob("*") if file.is_file())
    chosen = {id(version) for version in result.chosen}
    manifest = {
        "format": FORMAT,
        "pulled": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": result.source,
        **result.summary(),
        "prefer": result.prefer,
        "not_in_articles": {kind: number for kind, number in sorted(losses.items()) if number},
        "layers": [_version(version, chosen=id(version) in chosen) for version in result.versions],
        "files": files,
        "articles_sha256": {name: _digest(new / name) for name in files if name.endswith(".md")},
    }
    gone = [_inside(out, name) for name in set(old) - set(files)]
    if others := [name for name in files if name not in old and (out / name).exists()]:
        raise ConfigError(
            f"{out / others[0]} is there and no pull wrote it; move it, or name another folder with --out"
        )
    _json(new / COMING, sorted({*old, *files}))
    (out / MANIFEST).unlink(missing_ok=True)
    for name in files:
        (out / name).parent.mkdir(exist_ok=True)
        (new / name).replace(out / name)
    for file in gone:
        file.unlink(missing_ok=True)
    for name in (ARTICLES, LAYERS):
        if (out / name).is_dir() and not any((out / name).iterdir()):
            (out / name).rmdir()
    _json(new / MANIFEST, manifest)
    (new / MANIFEST).replace(out / MANIFEST)
    shutil.rmtree(new)
    return manifest


def read(out: Path) -> Result:
    """What a pull wrote.

    Raises:
        ConfigError: the folder was not written by a pull, or not to its end.
        CorpusError: a file of it is damaged.
    """
    manifest = read_manifest(out)
    result = Result(dict(manifest["source"]), failures=dict(manifest["failures"]), prefer=manifest["prefer"])
    pushed = _by_id(out / PUSHED)
    layers: dict[str | None, dict[str, AnnotatedDocument]] = {None: _by_id(out / DOCUMENTS)}
    problems: dict[tuple[str, str | None], list[str]] = {}
    for line in (out / PROBLEMS).read_text(encoding="utf-8").split("\n"):
        if line:
            row = json.loads(line)
            problems.setdefault((row["document"], row.get("annotator", "")), []).append(row["problem"])
    for row in manifest["layers"]:
        name, annotator = row["document"], row["annotator"]
        if annotator not in layers:
            layers[annotator] = _by_id(out / LAYERS / f"{file_name(annotator)}.jsonl")
        before = pushed.get(name) if row["pushed"] else None
        version = Pulled(layers[annotator][name], annotator, row["confirmed"], before, example=row["example"])
        result.versions.append(replace(version, problems=tuple(problems.get((name, annotator), ()))))
    return result


def _files_there(out: Path) -> list[str]:
    """Names of the files of an earlier pull, also of one that was stopped while it moved its files."""
    try:
        coming = json.loads((out / NEW / COMING).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        coming = []
    return [*coming, *(read_manifest(out)["files"] if (out / MANIFEST).is_file() else ())]


def _changed(out: Path) -> Path | None:
    """An article that is not as it was pulled; one that was taken away is no loss."""
    pulled = read_manifest(out).get("articles_sha256", {})
    there = ((_inside(out, name), digest) for name, digest in pulled.items())
    return next((file for file, digest in there if file.is_file() and _digest(file) != digest), None)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def file_name(name: str) -> str:
    """A name for a file from an id or account; different ones where the names are."""
    safe = SAFE.sub("_", name).lstrip(".")[:LONGEST] or "_"
    return safe if safe == name else f"{safe}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _version(version: Pulled, *, chosen: bool) -> dict[str, Any]:
    return {
        "document": version.document.doc.id,
        "annotator": version.annotator,
        "confirmed": version.confirmed,
        "example": version.example,
        "pushed": version.before is not None,
        "chosen": chosen,
    }


def read_manifest(out: Path) -> dict[str, Any]:
    """What a pull says of the folder that it wrote.

    Raises:
        ConfigError: as `read`.
    """
    try:
        manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{out}: no pull wrote this folder to its end ({MANIFEST} is not there); pull again"
        ) from None
    except ValueError as error:
        raise ConfigError(f"{out / MANIFEST} is damaged ({error}); pull again") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ConfigError(f"{out / MANIFEST} is of another version of claimstake; pull again")
    return manifest


def _by_id(file: Path) -> dict[str, AnnotatedDocument]:
    found = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), 1):
        if line:
            try:
                document = AnnotatedDocument.model_validate_json(line)
            except ValidationError as error:
                raise CorpusError(f"{file}:{number}: is no annotated document: {error.errors()[0]['msg']}") from None
            found[document.doc.id] = document
    return found


def _inside(out: Path, name: str) -> Path:
    """A file of the folder; a manifest that somebody edited leads nowhere else."""
    file = (out / name).resolve()
    if not file.is_relative_to(out.resolve()):
        raise ConfigError(f"{out / MANIFEST} names {name!r}, which is outside of the folder; delete it and pull again")
    return file


def _records(file: Path, documents: Iterable[AnnotatedDocument]) -> None:
    _lines(file, (document.to_json() for document in documents))


def _lines(file: Path, rows: Iterable[Any]) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _json(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
