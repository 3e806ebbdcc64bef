"""CoNLL files: our columns, CoNLL-2003, the schemes of tags, and files with damage in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimstake.errors import CorpusError
from claimstake.interchange import formats
from claimstake.interchange.conll import LEVELS, Conll
from claimstake.interchange.contract import Losses
from claimstake.records import AnnotatedDocument, Entity, text_sha256
from conversions import corpus

CONLL_2003 = """\
-DOCSTART- -X- -X- O

Chile NNP B-NP I-LOC
taxes VBZ B-VP O
Codelco NNP B-NP I-ORG
Salvador NNP I-NP I-ORG
. . O O

Copper NN B-NP O
falls VBZ B-VP O

-DOCSTART- -X- -X- O

Peru NNP B-NP I-LOC
Bolivia NNP I-NP B-LOC
"""


def written(tmp_path: Path, text: str, name: str = "news.conll") -> Path:
    """A file of others."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def read(path: Path) -> tuple[list[AnnotatedDocument], Losses]:
    """What is in a file, and what was left out."""
    losses = Losses()
    return list(Conll().read(path, losses)), losses


def mentions(document: AnnotatedDocument) -> list[tuple[str, str]]:
    """Label and text of each."""
    return [(entity.label, entity.text) for entity in document.entities]


def made(text: str, *places: tuple[int, int, str]) -> AnnotatedDocument:
    """A document with some mentions."""
    base = corpus(300)[0]
    entities = [
        Entity(id=f"e{n}", label=label, text=text[a:b], start=a, end=b, canonical=text[a:b])
        for n, (a, b, label) in enumerate(places, 1)
    ]
    info = base.doc.model_copy(update={"text": text, "body": None, "sha256": text_sha256(text)})
    return base.model_copy(update={"doc": info, "entities": entities, "claims": []})


def test_conll_2003(tmp_path: Path) -> None:
    """Four columns, -DOCSTART- between documents, IOB1; the text is built from the tokens, and that is said."""
    found, losses = read(written(tmp_path, CONLL_2003))
    assert [d.doc.id for d in found] == ["news", "news-2"]
    assert found[0].doc.text == "Chile taxes Codelco Salvador .\nCopper falls"
    assert mentions(found[0]) == [("LOC", "Chile"), ("ORG", "Codelco Salvador")]
    assert mentions(found[1]) == [("LOC", "Peru"), ("LOC", "Bolivia")]
    assert losses.counts == {"exact text": 2}
    assert losses.examples["exact text"][0] == "news: rebuilt from the tokens"


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("IOB1", "I-X I-X B-X O I-Y I-X"),
        ("IOB2", "B-X I-X B-X O B-Y B-X"),
        ("BIOES", "B-X E-X S-X O S-Y S-X"),
        ("BILOU", "B-X L-X U-X O U-Y U-X"),
        ("BMEWO", "B-X E-X W-X O W-Y W-X"),
        ("IOE2", "I-X E-X E-X O E-Y E-X"),
    ],
)
def test_every_scheme_says_the_same(scheme: str, tags: str, tmp_path: Path) -> None:
    """One text in six schemes: two touching mentions of a kind, one that stands alone, two that touch."""
    rows = [f"{word}\t{tag}" for word, tag in zip(["a", "b", "c", "d", "e", "f"], tags.split(), strict=True)]
    ((found,), losses) = read(written(tmp_path, "\n".join(rows) + "\n"))
    assert mentions(found) == [("X", "a b"), ("X", "c"), ("Y", "e"), ("X", "f")]
    assert losses.counts == {"exact text": 1}, scheme


def test_a_tag_against_the_scheme_is_said(tmp_path: Path) -> None:
    """In a file that begins its mentions with B, an I behind an O is a slip; it is read as a beginning."""
    ((found,), losses) = read(written(tmp_path, "a\tB-X\nb\tO\nc\tI-X\n"))
    assert mentions(found) == [("X", "a"), ("X", "c")]
    assert losses.examples["tag against the scheme"] == ["news: line 3: I-X"]


def test_a_mention_ends_with_its_sentence(tmp_path: Path) -> None:
    """A blank line ends a sentence and what is tagged in it."""
    ((found,), _) = read(written(tmp_path, "a\tB-X\n\nb\tI-X\n"))
    assert mentions(found) == [("X", "a"), ("X", "b")]


def test_offsets_of_others_are_kept(tmp_path: Path) -> None:
    """Where the second and third column are offsets, the tokens stand there."""
    ((found,), _) = read(written(tmp_path, "Peru\t0\t4\tB-LOC\n,\t4\t5\tO\n\nLima\t7\t11\tB-LOC\n"))
    assert found.doc.text == "Peru,\n Lima"
    assert [(e.start, e.end) for e in found.entities] == [(0, 4), (7, 11)]


def test_comments_divide_documents_and_are_counted(tmp_path: Path) -> None:
    """CoNLL-U's `# newdoc id`; a # that is a token is none."""
    text = "# newdoc id = a1\n# sent_id = 7\n# B-X\n1 O\n# newdoc id = a2\n2 O\n"
    found, losses = read(written(tmp_path, text))
    assert [(d.doc.id, d.doc.text) for d in found] == [("a1", "# 1"), ("a2", "2")]
    assert mentions(found[0]) == [("X", "#")]
    assert losses.examples["comment"] == ["a1: # sent_id = 7"]


@pytest.mark.parametrize("bad", ["Peru", "Peru NNP B-NP", "Peru NNP B-NP LOC", "Peru NNP B-NP I-NP I-LOC"])
def test_a_document_with_a_bad_line_fails_and_others_go_on(bad: str, tmp_path: Path) -> None:
    """Too few columns, too many, or no tag: the failure names file and line."""
    path = written(tmp_path, CONLL_2003.replace("Copper NN B-NP O", bad))
    found, losses = read(path)
    assert [mentions(d) for d in found] == [[("LOC", "Peru"), ("LOC", "Bolivia")]]
    ((where, why),) = losses.failures.items()
    assert where == f"{path}:9"
    assert why.startswith("not 4 columns, the last a tag (O, B-NAME, I-NAME): ['Peru'")


def test_a_line_that_is_no_utf_8(tmp_path: Path) -> None:
    """Only its document fails."""
    path = tmp_path / "x.conll"
    path.write_bytes(CONLL_2003.encode().replace(b"Codelco", b"Codelc\xf3"))
    found, losses = read(path)
    assert len(found) == 1
    assert "is no UTF-8" in losses.failures[f"{path}:5"]


def test_a_packed_file_that_was_cut(tmp_path: Path) -> None:
    """Documents before the damage are read, the one in it fails."""
    before = corpus()[:30]
    whole = tmp_path / "all.conll.gz"
    assert Conll().write(before, whole, Losses()) == 30
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    found, losses = read(whole)
    assert 5 < len(found) < 25
    assert [d.doc for d in found] == [d.doc for d in before[: len(found)]]
    assert any("is damaged" in reason for reason in losses.failures.values())


def test_prose_is_no_conll_file(tmp_path: Path) -> None:
    """The failure shows what a line should be."""
    _, losses = read(written(tmp_path, "Peru exports copper.\n", "a.txt"))
    assert "not 3 columns, the last a tag" in next(iter(losses.failures.values()))


def test_blank_files_hold_nothing(tmp_path: Path) -> None:
    """An error, not zero documents."""
    with pytest.raises(CorpusError, match="no tagged tokens in it"):
        read(written(tmp_path, "\n\n"))


def test_recognised_by_its_tags_where_the_suffix_says_nothing(tmp_path: Path) -> None:
    """CoNLL files are often called .txt."""
    assert formats.recognised(written(tmp_path, CONLL_2003, "eng.testa")).name == "conll"


def test_nested_and_crossing_mentions_have_columns_of_their_own(tmp_path: Path) -> None:
    """The outermost tag is the last; what finds no column is counted."""
    text = "Lima copper plant works"
    places = [(0, 23, "ORGANIZATION"), (0, 17, "TECHNOLOGY"), (5, 11, "MINERAL"), (0, 4, "PLACE"), (12, 23, "PRODUCT")]
    path, losses = tmp_path / "a.conll", Losses()
    Conll().write([made(text, *places)], path, losses)
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line]
    assert [row[-1] for row in rows] == ["B-ORGANIZATION", *["I-ORGANIZATION"] * 3]
    assert [row[-3] for row in rows] == ["B-PLACE", "B-MINERAL", "B-PRODUCT", "I-PRODUCT"]
    assert len(rows[0]) == 4 + LEVELS
    assert not losses.counts
    ((found,), _) = read(path)
    assert mentions(found) == mentions(made(text, *sorted(places, key=lambda p: (p[0], -p[1]))))
    Conll().write([made(text, *places, (5, 17, "PRODUCT"))], path, losses)
    lost = ["bank-research-boron: MINERAL copper", "bank-research-boron: PRODUCT plant works"]
    assert (losses.counts, losses.examples) == ({"mention": 2}, {"mention": lost})


def test_a_mention_inside_a_word_cuts_it(tmp_path: Path) -> None:
    """Tokens are cut where a mention begins or ends, and the text comes back whole."""
    text = "non-Lima-based  ministries\tof\nNo. 5"
    document = made(text, (4, 8, "PLACE"), (16, 25, "MINISTRY"))
    Conll().write([document], tmp_path / "a.conll", Losses())
    ((found,), losses) = read(tmp_path / "a.conll")
    assert (found.doc.text, found.entities) == (text, document.entities)
    assert not losses.counts


def test_a_file_whose_tokens_were_changed_fails(tmp_path: Path) -> None:
    """Tags may be corrected in the file; tokens not, as nobody could say what the text is."""
    path = tmp_path / "a.conll"
    Conll().write([made("Peru exports copper", (0, 4, "PLACE"))], path, Losses())
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("copper\t13\t19\t_\tO\tO\tO", "copper\t13\t19\t_\tO\tO\tB-MINERAL"), encoding="utf-8")
    assert mentions(read(path)[0][0]) == [("PLACE", "Peru"), ("MINERAL", "copper")]
    path.write_text(text.replace("copper", "cobalt"), encoding="utf-8")
    _, losses = read(path)
    assert "its tokens are not the text that it was written from" in next(iter(losses.failures.values()))
