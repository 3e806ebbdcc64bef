"""Imports run one way, and the package is never imported under a second name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import claimstake

PACKAGE = Path(claimstake.__file__).parent
MODULES = sorted(p.relative_to(PACKAGE) for p in PACKAGE.rglob("*.py"))

# A part of the package may import itself and what stands here; nobody imports cli or __main__.
MAY_IMPORT = {
    "errors": set(),
    "threads": set(),
    "records": {"errors"},
    "knowledge": {"errors", "records"},
    "grammar": {"errors", "records", "knowledge"},
    "readers": {"errors", "records", "knowledge"},
    "ontology": {"errors", "knowledge"},
    "attributes": {"errors", "records"},
    "mirror": set(),
    "linear": {"errors"},
    "tokenizer": {"errors"},
    "schema": {"errors", "records", "ontology"},
    "claims": {"errors", "records", "attributes", "mirror", "linear", "knowledge", "ontology", "grammar"},
    "pipes": {"errors", "records", "attributes", "mirror", "linear", "knowledge", "grammar", "ontology", "claims"},
    "bases": {"errors"},
    "pipeline": {"bases", "errors", "records", "attributes", "mirror", "tokenizer", "knowledge", "pipes", "ontology"},
    "output": {"bases", "errors", "records", "attributes", "ontology", "claims", "pipeline"},
    "sinks": {"errors", "records", "ontology"},
    "store": {"errors", "records", "sinks", "duplicates"},
    "ledger": {"errors", "records", "knowledge", "grammar", "ontology", "sinks", "store"},
    "queries": {"errors", "records", "knowledge", "ontology", "sinks", "store", "ledger"},
    "review": {
        *("errors", "records", "knowledge", "ontology", "sinks", "store", "queries", "interchange", "training"),
        *("annotation", "evaluation"),
    },
    "watch": {
        *("errors", "records", "readers", "pipeline", "extend", "triage", "store", "archive", "terminal", "threads"),
        "sinks",
    },
    "service": {
        *("errors", "records", "ontology", "knowledge", "readers", "pipeline", "extend", "output", "sinks", "store"),
        *("archive", "queries", "review", "ledger", "schema", "threads", "terminal", "explain", "triage"),
    },
    "triage": {"bases", "errors", "knowledge", "extend"},
    "duplicates": set(),
    "extend": {"errors", "knowledge", "ontology", "claims", "pipes", "records"},
    "explain": {"errors", "records", "attributes", "output", "pipeline"},
    "batch": {"errors", "records", "readers", "pipeline", "output"},
    "showing": {"errors", "records", "ontology", "readers", "batch", "explain", "sinks"},
    "settings": {"errors", "ontology", "readers", "pipeline", "batch", "extend", "sinks"},
    "terminal": {"ontology", "readers", "output", "sinks"},
    "archive": {
        *("bases", "errors", "records", "readers", "pipeline", "extend", "output", "triage", "duplicates", "store"),
        *("attributes", "sinks", "terminal", "threads"),
    },
    "evaluation": {"errors", "records", "ontology"},
    "training": {
        *("bases", "errors", "records", "attributes", "linear", "mirror", "tokenizer", "knowledge", "grammar"),
        *("ontology", "claims", "pipes", "pipeline", "output", "evaluation", "scoring", "triage"),
    },
    "scoring": {"errors", "records", "readers", "pipeline", "output", "training", "evaluation"},
    "promotion": {"errors", "pipeline"},
    "interchange": {
        *("errors", "records", "ontology", "knowledge", "sinks", "training", "evaluation", "tokenizer", "output"),
    },
    "annotation": {
        *("bases", "errors", "records", "ontology", "readers", "pipeline", "output", "batch", "attributes", "claims"),
        *("knowledge", "grammar", "pipes", "evaluation", "scoring", "training", "promotion", "interchange", "sinks"),
        *("terminal", "threads", "duplicates", "settings", "extend"),
    },
    "benchmark": {
        *("errors", "records", "readers", "tokenizer", "pipeline", "output", "settings", "training", "evaluation"),
        *("store", "terminal", "threads"),
    },
}
FREE = {"cli", "__main__", "__init__"}
NO_SPACY = {
    *("errors", "records", "knowledge", "grammar", "readers", "sinks", "store", "ontology", "evaluation", "ledger"),
    *("triage", "duplicates"),
}


def part_of(module: Path) -> str:
    return module.parts[0].removesuffix(".py")


def imported(module: Path) -> set[str]:
    """Dotted names that a module imports anywhere."""
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            names.add(node.module or "")
            if node.module == "claimstake":
                names |= {f"claimstake.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_imports_run_one_way(module: Path) -> None:
    """A part imports only what stands below it."""
    part = part_of(module)
    if part in FREE:
        pytest.skip("cli and the package root may import anything")
    own = {n.split(".")[1] for n in imported(module) if n.startswith("claimstake.")} - {part, "__version__"}
    assert part in MAY_IMPORT, f"{part} is a new part of the package: say in this table what it may import"
    assert own <= MAY_IMPORT[part], f"{module} must not import {sorted(own - MAY_IMPORT[part])}"


@pytest.mark.parametrize("module", [m for m in MODULES if part_of(m) in NO_SPACY], ids=str)
def test_no_spacy_below_the_pipes(module: Path) -> None:
    """Readers, knowledge, grammars and sinks work without spaCy."""
    assert not {n for n in imported(module) if n.split(".")[0] == "spacy"}


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_imported_under_one_name(module: Path) -> None:
    """Nothing imports `nlp.claimstake`: two copies of the Doc attributes would clash."""
    assert not {n for n in imported(module) if n.split(".")[0] == "nlp"}
