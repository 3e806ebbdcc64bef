"""Plain text and Markdown."""

from __future__ import annotations

import gzip

import pytest

PROSE = "China's commerce ministry said on Thursday that it would license exports of gallium.\n"


@pytest.mark.parametrize(
    "content",
    [
        "Line one.\r\nLine two.\r\n",
        "Old Mac.\rSecond.\r",
        "  leading and trailing  \n\n",
        "Tab\tand form feed\fand \u2028 separators \x85 stay.",
        "商务部 – 🪨 gallium, é, e\u0301",
    ],
)
def test_text_is_kept_exactly(write, article, content: str) -> None:
    """Offsets are those of the file: line ends and blanks are not touched."""
    assert article(write("a.txt", content)).text == content


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.markdown", "A.TXT", "a.text"])
def test_id_is_the_stem(write, article, name: str) -> None:
    """Without metadata the file's stem is the id, and its path the source."""
    path = write(name, PROSE)
    read_back = article(path)
    assert (read_back.id, read_back.source, read_back.text) == (path.stem, str(path), PROSE)


def test_markdown_keeps_its_marks(write, article) -> None:
    """Marks stay in the text; the first heading is the title."""
    text = "# Gallium curbs widen\n\n**Published:** July 5, 2023\n\n- One\n- [Two](https://example.org)\n"
    got = article(write("a.md", text))
    assert (got.text, got.title, got.published) == (text, "Gallium curbs widen", "2023-07-05")


def test_gzipped_text(write, article) -> None:
    """A .txt.gz is read like the .txt in it, and named after it."""
    got = article(write("notice.txt.gz", gzip.compress(PROSE.encode())))
    assert (got.id, got.text) == ("notice", PROSE)


def test_single_line_of_a_megabyte(write, article) -> None:
    """Length of a line does not matter."""
    text = "lithium carbonate " * 60_000
    assert article(write("a.txt", text)).text == text


def test_body_is_left_to_the_component(write, article) -> None:
    """Plain text says nothing about furniture."""
    assert article(write("a.txt", PROSE)).body is None
