"""PDF documents, set with reportlab."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate

SENTENCES = [
    "China's Ministry of Commerce announced export licences for gallium and germanium on July 3, 2023.",
    "The notice covers metal, oxides and wafers; exporters must state the end user and the end use.",
    "Licences are decided within 45 working days, the ministry said, and may be refused.",
]
PARAGRAPH = " ".join(SENTENCES)
TITLE = "China licenses gallium exports"


def write_pdf(path: Path, paragraphs: list[str], *, title: str = TITLE, encrypt: object = None, **given: str) -> Path:
    """A report with a running head and numbered pages."""

    def decorate(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.drawString(72, 810, "THE METAL POST  |  Special report")
        canvas.drawString(72, 30, "Confidential - do not copy")
        canvas.drawString(280, 20, f"Page {document.page} of 9")

    styles = getSampleStyleSheet()
    body = ParagraphStyle("body", parent=styles["BodyText"], alignment=TA_JUSTIFY)
    document = SimpleDocTemplate(str(path), pagesize=A4, title=title, encrypt=encrypt, **given)
    document.build(
        [Paragraph(title, styles["Title"]), *(Paragraph(p, body) for p in paragraphs)],
        onFirstPage=decorate,
        onLaterPages=decorate,
    )
    return path


def test_paragraphs_are_put_together(tmp_path: Path, article) -> None:
    """Lines become paragraphs again, in order, under the headline."""
    paragraphs = [f"{PARAGRAPH} This is paragraph {i}." for i in range(4)]
    got = article(write_pdf(tmp_path / "a.pdf", paragraphs))
    assert got.text == "\n\n".join([TITLE, *paragraphs])
    assert (got.id, got.title) == ("a", TITLE)


def test_running_heads_and_page_numbers_are_left_out(tmp_path: Path, article) -> None:
    """What repeats at the edges of the pages is not in the text; what repeats inside them is."""
    paragraphs = [f"{PARAGRAPH} {PARAGRAPH} This is paragraph {i}." for i in range(24)]
    text = article(write_pdf(tmp_path / "a.pdf", paragraphs)).text
    for furniture in ("METAL POST", "Confidential", "Page 1", "Page 3", "of 9"):
        assert furniture not in text
    assert text.count(SENTENCES[0]) == 48


def test_paragraph_across_pages_is_one(tmp_path: Path, article) -> None:
    """A page break inside a paragraph leaves no trace."""
    paragraphs = [f"{PARAGRAPH} {PARAGRAPH} This is paragraph {i}." for i in range(24)]
    got = article(write_pdf(tmp_path / "a.pdf", paragraphs))
    assert got.text.split("\n\n")[1:] == paragraphs


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["The firm refines lith-", "ium carbonate in Chile."], "The firm refines lithium carbonate in Chile."),
        (["The cells are lithium-", "ion batteries of the firm."], "The cells are lithium-ion batteries of the firm."),
        (["Export controls on dual-", "use items were widened."], "Export controls on dual-use items were widened."),
        (["It covers high-", "purity gallium and germanium."], "It covers high-purity gallium and germanium."),
        (["The U.S.-", "China trade war goes on."], "The U.S.-China trade war goes on."),
        (["The rule re-", "stricts exports of graphite."], "The rule restricts exports of graphite."),
    ],
)
def test_hyphens_at_line_ends(tmp_path: Path, article, lines: list[str], expected: str) -> None:
    """A syllable is joined, a compound keeps its hyphen."""
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    for i, line in enumerate(lines):
        canvas.drawString(72, 700 - 14 * i, line)
    canvas.save()
    assert article(tmp_path / "a.pdf").text == expected


def test_list_items_stay_apart(tmp_path: Path, article) -> None:
    """Bullets and numbers begin a line of their own."""
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    lines = [
        "The catalogue lists three technologies that",
        "need a licence:",
        "(a) gallium extraction;",
        "(b) lithium refining;",
    ]
    for i, line in enumerate(lines):
        canvas.drawString(72, 700 - 14 * i, line)
    canvas.save()
    assert article(tmp_path / "a.pdf").text.split("\n\n") == [f"{lines[0]} {lines[1]}", *lines[2:]]


def test_date_of_the_file_is_a_last_resort(tmp_path: Path, article) -> None:
    """A date that the text states counts; else the day the file was made, with a note."""
    stated = article(write_pdf(tmp_path / "a.pdf", ["BEIJING, July 3, 2023 (Wire) - The ministry said so.", PARAGRAPH]))
    assert (stated.published, stated.notes) == ("2023-07-03", [])
    made = article(write_pdf(tmp_path / "b.pdf", [PARAGRAPH]))
    assert made.published
    assert "day on which the file was made" in made.notes[0]


def test_author_of_the_file(tmp_path: Path, article) -> None:
    """Author and title of the file are taken where they are not the program's fillers."""
    assert article(write_pdf(tmp_path / "a.pdf", [PARAGRAPH], author="Ann Lee")).author == "Ann Lee"
    assert article(write_pdf(tmp_path / "b.pdf", [PARAGRAPH])).author is None


def test_encrypted(tmp_path: Path, failure) -> None:
    """A PDF that asks for a password fails with the way to remove it."""
    path = write_pdf(tmp_path / "a.pdf", [PARAGRAPH], encrypt=StandardEncryption("secret", canPrint=0))
    got = failure(path)
    assert (got.source, got.problem) == (str(path), "is encrypted")
    assert "password" in got.mend


def test_owner_password_alone_does_not_matter(tmp_path: Path, article) -> None:
    """A PDF that anybody can open is read, whatever it forbids."""
    path = write_pdf(tmp_path / "a.pdf", [PARAGRAPH], encrypt=StandardEncryption("", "owner", canCopy=0))
    assert PARAGRAPH in article(path).text


@pytest.mark.parametrize("keep", [5, 200, 0.5])
def test_damaged(tmp_path: Path, failure, keep: float) -> None:
    """Rubbish and cut files fail with their name."""
    whole = write_pdf(tmp_path / "a.pdf", [PARAGRAPH] * 30).read_bytes()
    (tmp_path / "b.pdf").write_bytes(whole[: keep if keep > 1 else int(len(whole) * keep)].replace(b"obj", b"ogj"))
    got = failure(tmp_path / "b.pdf")
    assert "damaged PDF" in got.problem
    assert "again" in got.mend


def test_scanned_pages(tmp_path: Path, failure) -> None:
    """Pages without a text layer ask for OCR."""
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    canvas.rect(100, 100, 200, 200, fill=1)
    canvas.save()
    got = failure(tmp_path / "a.pdf")
    assert "no text layer" in got.problem
    assert "OCR" in got.mend
