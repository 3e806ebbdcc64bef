"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Sources = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files, folders, quoted globs, or - for standard input: .txt .md .html .pdf .docx .json .jsonl .csv "
        ".parquet, also .gz."
    ),
]
Configs = Annotated[
    list[Path] | None,
    typer.Option(
        "--config",
        "-c",
        help="Your own entities, labels, predicates and switches: .toml, .jsonl, or a folder of them. May be repeated.",
    ),
]
MinConfidence = Annotated[
    float | None, typer.Option("--min-confidence", min=0, max=1, help="Leave out claims that are less sure than this.")
]
Published = Annotated[
    str | None,
    typer.Option(help="Publication date of the documents, in place of what they say; 'last month' is counted from it."),
]
InputFormat = Annotated[
    str | None,
    typer.Option(help="Read every source as text, html, pdf, docx, json, jsonl, csv or parquet, whatever its name."),
]
MaxChars = Annotated[int | None, typer.Option(min=1, help="Longest text that is taken in, in characters.")]
TextColumn = Annotated[
    str | None, typer.Option(help="Column of a table, or key of a JSON record, that holds the text.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Neither progress nor summary; failures are still named.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Triage = Annotated[
    bool, typer.Option("--triage/--no-triage", help="Let documents without any claims in sight pass unread.")
]
KeepText = Annotated[bool, typer.Option("--text/--no-text", help="Keep the texts of documents.")]
