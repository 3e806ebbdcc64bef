"""A user's own knowledge, without code: TOML and JSON Lines files that add to the pipeline or switch parts of it off.

min_confidence = 0.5                     # claims below it are left out
off = ["QUANTITY", "located_in"]         # labels, predicates, frames (rules), gazetteer ids
gazetteers = ["mines.jsonl"]             # gazetteer files, beside this one

[[entity]]                               # a row of a gazetteer
id = "example-mine"
label = "PLACE"
name = "Example Mine"

[[label]]                                # a new label, for rows that carry it
[[predicate]]                            # a new predicate: name, says, subject, object
[[predicate.trigger]]                    # the words that state it: kind, lemmas, subject, object
[[frame]]                                # more triggers for a predicate that exists
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from spacy.language import Language

from claimstake import ontology as ontology_module
from claimstake.claims.frames import Frame, index_frames, parse_frame
from claimstake.errors import ConfigError, KnowledgeError
from claimstake.knowledge import tables
from claimstake.knowledge.gazetteer import COMMON_NOUNS, Row, read_rows
from claimstake.ontology import Ontology
from claimstake.pipes import without
from claimstake.records import Qualifiers

KEYS = ("min_confidence", "off", "gazetteers", "label", "entity", "predicate", "frame")
TABLES = ("label", "entity", "predicate", "frame")
FRAME_KEYS = tuple(f.name for f in dataclasses.fields(Frame))
LISTS = ("lemmas", "subject", "object", "via", "near", "not_near", "object_labels", "subject_labels")
SETS = ("lemmas", "via", "near", "not_near")  # where "@name" stands for a set of the packaged frames
LABEL = re.compile(r"[A-Z][A-Z0-9_]*")
PREDICATE = re.compile(r"[a-z][a-z0-9_]*")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Config:
    """What one or more files ask for.

    Attributes:
        ontology: the packaged one with the files' labels and predicates, without what is off.
        rows: gazetteer rows to add; a row with the id of a packaged one replaces it.
        frames: triggers to add.
        off: what to switch off, with the file that asks for it.
        labels_off, predicates_off: those of `off` that are labels and predicates.
        min_confidence: claims below it are left out; None where no file says.
    """

    ontology: Ontology = field(default_factory=ontology_module.default)
    rows: tuple[Row, ...] = ()
    frames: tuple[Frame, ...] = ()
    off: Mapping[str, str] = field(default_factory=dict)
    labels_off: tuple[str, ...] = ()
    predicates_off: tuple[str, ...] = ()
    min_confidence: float | None = None


def read(paths: Iterable[str | Path]) -> Config:
    """Read and check configuration files; later ones add to earlier ones.

    Args:
        paths: TOML files, gazetteers (JSON Lines), or folders of them.

    Raises:
        ConfigError: a file is missing or not TOML, or a key is wrong; names file and key.
        KnowledgeError: a row of a gazetteer or a frame is wrong; names file and row.
    """
    files = [file for path in paths for file in _files(Path(path))]
    settings = [(file, _load(file)) for file in files if file.suffix == ".toml"]
    ontology = ontology_module.default()
    for file, table in settings:
        ontology = _extended(ontology, table, file)
    labels = set(ontology.labels)
    rows = [row for file, table in settings for row in _rows(file, table, labels)]
    rows += [row for file in files if file.suffix == ".jsonl" for row in _gazetteer(file, labels)]
    frames = [frame for file, table in settings for frame in _frames(file, table, ontology)]
    off = {name: file.name for file, table in settings for name in _off(file, table)}
    levels = [_level(file, table["min_confidence"]) for file, table in settings if "min_confidence" in table]
    labels_off = tuple(name for name in off if name in ontology.labels)
    predicates_off = tuple(name for name in off if name in ontology.predicates)
    ontology = ontology.extended({}, source="off", off=(*labels_off, *predicates_off))
    return Config(ontology, tuple(rows), tuple(frames), off, labels_off, predicates_off, levels[-1] if levels else None)


def files(paths: Iterable[str | Path]) -> list[Path]:
    """Every file that `read` would read, gazetteers that a TOML file names among them.

    Raises:
        ConfigError: as `read`.
    """
    found = []
    for file in (file for path in paths for file in _files(Path(path))):
        names = _strings(file, "gazetteers", _load(file).get("gazetteers", [])) if file.suffix == ".toml" else []
        found += [file, *(file.parent / name for name in names)]
    return found


def apply(nlp: Language, config: Config) -> Language:
    """Change a pipeline as a configuration asks; returns the same pipeline.

    Raises:
        ConfigError: something to switch off does not exist.
        KnowledgeError: a row belongs to a country that no list has.
    """
    finder, claims = nlp.get_pipe("claimstake_gazetteer"), nlp.get_pipe("claimstake_claims")
    frames = {f.id: f for rows in claims.frames.values() for f in rows} | {f.id: f for f in config.frames}
    rows = {**finder.gazetteer.rows, **{row.id: row for row in config.rows}}
    _check_off(config, frames, rows)
    _check_countries(config, rows)
    common = {label.name for label in config.ontology.labels.values() if label.common_noun}
    if config.rows or set(config.off) & set(rows) or common - finder.gazetteer.common_nouns:
        finder.gazetteer.common_nouns = COMMON_NOUNS | common
        finder.add_rows(config.rows, off=config.off)
    kept = [f for f in frames.values() if f.id not in config.off and f.predicate in config.ontology.predicates]
    claims.configure(config.ontology, index_frames(kept))
    if config.labels_off:
        nlp.add_pipe(without.NAME, config={"labels": list(config.labels_off)}, before="claimstake_claims")
    return nlp


def _check_off(config: Config, frames: Iterable[str], rows: Iterable[str]) -> None:
    known = {*config.labels_off, *config.predicates_off, *frames, *rows}
    for name, file in config.off.items():
        if name not in known:
            meant = _meant(name, known | set(config.ontology.labels) | set(config.ontology.predicates))
            raise ConfigError(f"{file}: off: there is no {name!r}{meant}")


def _check_countries(config: Config, rows: Mapping[str, Row]) -> None:
    for row in config.rows:
        if row.country is not None and row.country not in rows:
            places = [key for key, other in rows.items() if other.label == "PLACE"]
            meant = _meant(row.country, places)
            raise KnowledgeError(f"{row.source}: {row.id}: country {row.country!r} is no id of a gazetteer{meant}")


# --- files ------------------------------------------------------------------------------------------------------------


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.suffix in (".toml", ".jsonl") and p.is_file())
        if not files:
            raise ConfigError(f"{path}: the folder holds no .toml or .jsonl file")
        return files
    if not path.is_file():
        raise ConfigError(f"{path}: does not exist; name a .toml or .jsonl file, or a folder of them")
    if path.suffix not in (".toml", ".jsonl"):
        raise ConfigError(f"{path}: a configuration is a .toml file, or a gazetteer in .jsonl")
    return [path]


def _load(file: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: is not TOML: {error}") from error
    for key, value in table.items():
        if key not in KEYS:
            raise ConfigError(f"{file}: unknown key {key!r}{_meant(key, KEYS)}; known are {', '.join(KEYS)}")
        if key in TABLES and not (isinstance(value, list) and all(isinstance(row, dict) for row in value)):
            raise ConfigError(f"{file}: {key}: write it as a list of tables, [[{key}]]")
    return table


def _strings(file: Path, key: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{file}: {key}: expected a list of strings, not {value!r}")
    return value


def _off(file: Path, table: dict[str, Any]) -> list[str]:
    return _strings(file, "off", table.get("off", []))


def _level(file: Path, value: Any, key: str = "min_confidence") -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ConfigError(f"{file}: {key}: expected a number from 0 to 1, not {value!r}")
    return float(value)


def _meant(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


# --- labels and predicates --------------------------------------------------------------------------------------------


def _extended(ontology: Ontology, table: dict[str, Any], file: Path) -> Ontology:
    for kind, pattern, form in (("label", LABEL, "CAPITALS_LIKE_THIS"), ("predicate", PREDICATE, "words_like_this")):
        for row in table.get(kind, []):
            name = row.get("name")
            if isinstance(name, str) and not pattern.fullmatch(name):
                raise ConfigError(f"{file}: {kind} {name!r}: a name is written {form}")
    for row in table.get("label", []):
        if not COLOUR.fullmatch(str(row.get("colour", "#000000"))):
            raise ConfigError(f"{file}: label {row.get('name')}: colour {row['colour']!r} is not of the form #b5d6f2")
    for row in table.get("predicate", []):
        for key in ("subject", "object", "qualifiers"):
            _strings(file, f"predicate {row.get('name')}: {key}", row.get(key, []))
        _check_qualifiers(file, f"predicate {row.get('name')}", row.get("qualifiers", []))
    rows = {kind: table.get(kind, []) for kind in ("label", "predicate")}
    return ontology.extended(rows, source=str(file))


def _check_qualifiers(file: Path, where: str, names: Iterable[str]) -> None:
    for name in names:
        if name not in Qualifiers.model_fields:
            raise ConfigError(f"{file}: {where}: unknown qualifier {name!r}{_meant(name, Qualifiers.model_fields)}")


# --- gazetteer rows ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Inline:
    """The [[entity]] tables of a TOML file, read like a gazetteer file, so that both are checked alike."""

    name: str
    rows: list[dict[str, Any]]

    def read_text(self, encoding: str) -> str:
        return "\n".join(json.dumps(row, default=str) for row in self.rows)


def _rows(file: Path, table: dict[str, Any], labels: set[str]) -> list[Row]:
    found = _gazetteer(_Inline(f"{file}: entity", table.get("entity", [])), labels)
    for name in _strings(file, "gazetteers", table.get("gazetteers", [])):
        path = file.parent / name
        if not path.is_file():
            raise ConfigError(f"{file}: gazetteers: {name} does not exist beside it")
        found += _gazetteer(path, labels)
    return found


def _gazetteer(source: Path | _Inline, labels: set[str]) -> list[Row]:
    try:
        rows = list(read_rows(source, labels=labels))
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"{source}: is not UTF-8: {error}") from error
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            raise KnowledgeError(f"{source.name}: id {row.id} stands twice")
        seen.add(row.id)
    return [dataclasses.replace(row, source=row.source or source.name) for row in rows]


# --- frames -----------------------------------------------------------------------------------------------------------


def _frames(file: Path, table: dict[str, Any], ontology: Ontology) -> list[Frame]:
    triggers = [
        (f"predicate {row['name']}: trigger {i}", _trigger_frame(row["name"], trigger))
        for row in table.get("predicate", [])
        for i, trigger in enumerate(row.get("trigger", []), 1)
    ]
    own = [(f"frame {row.get('id', i)}", row) for i, row in enumerate(table.get("frame", []), 1)]
    return [_frame(file, where, row, ontology) for where, row in (*triggers, *own)]


def _trigger_frame(predicate: str, trigger: dict[str, Any]) -> dict[str, Any]:
    """The frame that a [[predicate.trigger]] stands for, named after its predicate and first word."""
    lemmas = trigger.get("lemmas")
    first = lemmas[0] if isinstance(lemmas, list) and lemmas else lemmas
    return {"id": f"{predicate}-{first}", **trigger, "predicate": predicate}


def _frame(file: Path, where: str, row: dict[str, Any], ontology: Ontology) -> Frame:
    for key in row:
        if key not in FRAME_KEYS:
            raise ConfigError(f"{file}: {where}: unknown key {key!r}{_meant(key, FRAME_KEYS)}")
    if row.get("kind") == "verb":
        row = {"subject": ["lsubj"], "object": ["lobj"], **row}
    for key in LISTS:
        if key in row:
            row = {**row, key: _strings(file, f"{where}: {key}", [row[key]] if isinstance(row[key], str) else row[key])}
    for key in SETS:
        if key in row:
            row = {**row, key: _expanded(file, f"{where}: {key}", row[key])}
    predicate = row.get("predicate")
    if predicate not in ontology.predicates:
        meant = _meant(str(predicate), ontology.predicates)
        raise ConfigError(f"{file}: {where}: there is no predicate {predicate!r}{meant}")
    _check_settings(file, where, row)
    return parse_frame(row, str(file))


def _expanded(file: Path, where: str, words: list[str]) -> list[str]:
    sets = tables.toml("frames.toml")["sets"]
    out: list[str] = []
    for word in words:
        if word.startswith("@") and word[1:] not in sets:
            known = ", ".join(f"@{name}" for name in sets)
            raise ConfigError(f"{file}: {where}: there is no set {word!r}; there are {known}")
        out += sets[word[1:]] if word.startswith("@") else [word.lower()]
    return out


def _check_settings(file: Path, where: str, row: dict[str, Any]) -> None:
    qualifiers = row.get("qualifiers", {})
    if not isinstance(qualifiers, dict):
        raise ConfigError(f'{file}: {where}: qualifiers: expected a table such as {{ status = "proposed" }}')
    _check_qualifiers(file, where, qualifiers)
    try:
        Qualifiers(**qualifiers)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{file}: {where}: qualifiers: {first['loc'][0]}: {first['msg']}") from error
    if "prior" in row:
        _level(file, row["prior"], f"{where}: prior")
    if row.get("voice", "") not in ("", "active", "passive"):
        raise ConfigError(f"{file}: {where}: voice is active or passive, not {row['voice']!r}")
