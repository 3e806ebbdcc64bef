"""Commands about what the program knows and stands on: ontology, schema, build-model."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimstake import settings
from claimstake.cli.guard import guarded
from claimstake.cli.options import AsJson, Configs

if TYPE_CHECKING:
    from claimstake.ontology import Ontology


@guarded
def ontology(as_json: AsJson = False, config: Configs = None) -> None:
    """Print the labels and predicates that claims are made of.

    \b
    claimstake ontology
    claimstake ontology --json
    claimstake ontology --config mine.toml
    """
    from claimstake import ontology as ontologies

    own = settings.read_config(config)
    found = own.ontology if own else ontologies.default()
    if as_json:
        typer.echo(json.dumps(_plain_ontology(found), ensure_ascii=False, indent=2))
        return
    from claimstake.terminal import print_ontology

    print_ontology(found, sys.stdout)


@guarded
def schema(config: Configs = None) -> None:
    """Print the JSON Schema of the output, one document a line.

    \b
    claimstake schema > claims.schema.json
    """
    from claimstake.schema import json_schema

    own = settings.read_config(config)
    typer.echo(json.dumps(json_schema(own.ontology if own else None), indent=2))


@guarded
def build_model(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")] = Path("build/source"),
) -> None:
    """Assemble the source that the base is distilled from, with a manifest of hashes.

    Needs the build extra. Not needed to annotate, and no substitute for models/en_base, which `claimstake train` makes.

    \b
    pip install "claimstake\\[build]" && claimstake build-model
    """
    from claimstake.training.base import write

    manifest = write(out)
    typer.echo(f"{out}: {len(manifest['files'])} files from {manifest['source']}", err=True)


def _plain_ontology(found: Ontology) -> dict[str, Any]:
    """Labels and predicates as JSON values, in the form of a --config file."""
    from dataclasses import asdict

    rows = [asdict(row) for row in found.predicates.values()]
    predicates = [{k: sorted(v) if isinstance(v, frozenset) else v for k, v in row.items()} for row in rows]
    return {"label": [asdict(row) for row in found.labels.values()], "predicate": predicates}
