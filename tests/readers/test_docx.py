"""Word documents, made with python-docx."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from claimstake.readers import Limits

LEAD = "Chile's state miner signed an agreement with SQM on lithium in the Atacama salt flat."


def write_docx(path: Path, fill=None, **properties: object) -> Path:
    document = docx.Document()
    document.add_heading("Chile signs lithium pact", level=1)
    document.add_paragraph(LEAD)
    if fill:
        fill(document)
    for name, value in properties.items():
        setattr(document.core_properties, name, value)
    document.save(str(path))
    return path


def test_blocks_in_reading_order(tmp_path: Path, article) -> None:
    """Headings, paragraphs, list items and table rows, one a line."""

    def fill(document) -> None:
        document.add_paragraph("Terms", style="Heading 2")
        document.add_paragraph("Until 2060", style="List Bullet")
        document.add_paragraph("Majority for the state", style="List Number")
        table = document.add_table(rows=2, cols=2)
        for cell, text in zip(table._cells, ["Year", "Output", "2031", "300,000 tonnes"], strict=True):
            cell.text = text
        document.add_paragraph("Codelco said so.")
        document.sections[0].header.paragraphs[0].text = "Running head"

    got = article(write_docx(tmp_path / "a.docx", fill))
    assert got.text.split("\n") == [
        "Chile signs lithium pact", LEAD, "Terms", "- Until 2060", "- Majority for the state",
        "Year | Output", "2031 | 300,000 tonnes", "Codelco said so.",
    ]  # fmt: skip
    assert (got.id, got.title) == ("a", "Chile signs lithium pact")


def test_tracked_changes_and_breaks(tmp_path: Path, article) -> None:
    """Insertions count, deletions do not; line breaks and tabs are kept."""

    def fill(document) -> None:
        paragraph = document.add_paragraph("The state holds ")
        names = nsdecls("w")
        paragraph._p.append(parse_xml(f'<w:del {names} w:id="1"><w:r><w:delText>49%</w:delText></w:r></w:del>'))
        paragraph._p.append(parse_xml(f'<w:ins {names} w:id="2"><w:r><w:t>51%</w:t></w:r></w:ins>'))
        paragraph.add_run(" plus one share.").add_break()
        paragraph.add_run("From\t2031.")

    got = article(write_docx(tmp_path / "a.docx", fill))
    assert got.text.endswith("The state holds 51% plus one share.\nFrom\t2031.")


def test_merged_cells_count_once(tmp_path: Path, article) -> None:
    """A cell over two columns is one text."""

    def fill(document) -> None:
        table = document.add_table(rows=1, cols=3)
        table.cell(0, 0).merge(table.cell(0, 1)).text = "Lithium carbonate"
        table.cell(0, 2).text = "38%"

    assert article(write_docx(tmp_path / "a.docx", fill)).text.endswith("\nLithium carbonate | 38%")


def test_properties(tmp_path: Path, article) -> None:
    """Title, author and day of the file are taken, the day with a note."""
    given = {"title": "Lithium pact", "author": "Ann Lee", "created": datetime(2024, 6, 1, 9)}
    got = article(write_docx(tmp_path / "a.docx", **given))
    assert (got.title, got.author, got.published) == ("Lithium pact", "Ann Lee", "2024-06-01")
    assert "day on which the file was made" in got.notes[0]


def test_fillers_of_the_program_are_no_metadata(tmp_path: Path, article) -> None:
    """The template's author and day say nothing about the document."""
    got = article(write_docx(tmp_path / "a.docx"))
    assert (got.author, got.published, got.notes) == (None, None, [])


def test_stated_date_counts_more(tmp_path: Path, article) -> None:
    """A date line of the text stands above the file's day."""
    path = write_docx(
        tmp_path / "a.docx", lambda d: d.add_paragraph("Published: May 31, 2024"), created=datetime(2024, 6, 1)
    )
    assert article(path).published == "2024-05-31"


@pytest.mark.parametrize("data", [b"PK\x03\x04 rubbish", b"rubbish", b""])
def test_damaged(write, failure, data: bytes) -> None:
    """Rubbish with the suffix .docx fails."""
    assert "damaged Word document" in failure(write("a.docx", data)).problem


def test_zip_without_a_document(tmp_path: Path, failure) -> None:
    """A ZIP archive of something else is no Word document."""
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("notes.txt", "gallium")
    assert "damaged Word document" in failure(tmp_path / "a.docx").problem


def test_encrypted_or_old(write, failure) -> None:
    """Encrypted .docx and .doc files come in a container of their own."""
    got = failure(write("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)))
    assert "encrypted, or an old .doc" in got.problem
    assert "password" in got.mend


def test_bomb(tmp_path: Path, failure) -> None:
    """An archive that unfolds beyond the limit is not opened."""
    held = io.BytesIO(write_docx(tmp_path / "a.docx").read_bytes())
    with zipfile.ZipFile(held, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/zeros.bin", bytes(5_000_000))
    (tmp_path / "b.docx").write_bytes(held.getvalue())
    assert "unpacks to 5," in failure(tmp_path / "b.docx", limits=Limits(max_bytes=1_000_000)).problem


def test_empty_document(tmp_path: Path, failure) -> None:
    """A document without words fails."""
    docx.Document().save(str(tmp_path / "a.docx"))
    assert "holds no text" in failure(tmp_path / "a.docx").problem
