"""Folders of the corpus's inline format: what a header says, what is no article, and what does not parse."""

from __future__ import annotations

from pathlib import Path

from claimstake.interchange.contract import Losses
from claimstake.interchange.corpus import Corpus
from claimstake.training import check
from conversions import corpus, difference

ARTICLE = """\
id: copper
published: 2031-02-03
title: Copper
genre: wire
source: example.org/copper
=== text
{{[Chile|PLACE] mines [copper|MINERAL].}}
=== claims
produces | Chile | copper | - | "Chile mines"
"""


def test_a_folder_with_other_files_in_it(tmp_path: Path) -> None:
    """Folders below are read; a README is passed over and said, an article that does not parse fails alone."""
    (tmp_path / "wire").mkdir()
    (tmp_path / "wire" / "a.md").write_text(ARTICLE, encoding="utf-8")
    (tmp_path / "b.md").write_text(
        ARTICLE.replace("|PLACE]", "|LAND]").replace("copper\\n", "tin\\n", 1), encoding="utf-8"
    )
    (tmp_path / "README.md").write_text("# Articles\n\n=== text\n", encoding="utf-8")
    losses = Losses()
    (found,) = Corpus().read(tmp_path, losses)
    assert (found.doc.id, found.doc.source, len(found.claims)) == ("copper", "example.org/copper", 1)
    assert losses.counts == {"header genre": 1, "file that is no article": 1}
    assert losses.failures == {f"{tmp_path / 'b.md'}:7": "unknown label 'LAND' of 'Chile'"}


def test_what_is_written_is_a_corpus(tmp_path: Path) -> None:
    """`claimstake corpus check` takes the folder, and the source of an article stands in its header."""
    before = [d.model_copy(update={"doc": d.doc.model_copy(update={"source": "news/x.html"})}) for d in corpus(60)]
    losses = Losses()
    assert Corpus().write(before, tmp_path / "out", losses) == len(before)
    assert not losses.counts
    report = check.check([tmp_path / "out"])
    assert (len(report.documents), report.errors) == (len(before), [])
    after = {d.doc.id: d for d in Corpus().read(tmp_path / "out", losses)}
    assert all(difference(document, after[document.doc.id]) == {} for document in before)


def test_names_of_files_are_safe_and_unique(tmp_path: Path) -> None:
    """Ids with slashes, and two that differ in large letters only, get a file each."""
    (base,) = corpus(300)
    ids = ["news/1", "News/1", "../up"]
    many = [base.model_copy(update={"doc": base.doc.model_copy(update={"id": id_})}) for id_ in ids]
    Corpus().write(many, tmp_path / "out", Losses())
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["News_1-2.md", "news_1.md", "up.md"]
    assert {d.doc.id for d in Corpus().read(tmp_path / "out", Losses())} == set(ids)
