"""Layers as documents, without a server: every article of the corpus, and what may be wrong with an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claimstake import ontology
from claimstake.annotation import folder
from claimstake.annotation.changes import changes
from claimstake.annotation.contract import LAYERS
from claimstake.annotation.found import Drawn, Found, Names, Unfinished, layer_of
from claimstake.annotation.pull import Result
from claimstake.annotation.understanding import LayerError, lawful, pulled
from claimstake.errors import ConfigError, CorpusError
from claimstake.interchange.drawing import DrawnSpan, Layer
from claimstake.interchange.layer import draw
from claimstake.interchange.snapshot import DOCUMENT, META, Snapshot, pack, shown, trimmed
from claimstake.interchange.types import relation_types, span_types
from claimstake.records import AnnotatedDocument
from claimstake.training import check, inline
from claimstake.training.inline_text import written

ARTICLES = sorted((Path(__file__).parents[2] / "corpus" / "articles").rglob("*.md"))
ONTOLOGY = ontology.default()
TYPES = {shown.name for shown in (*span_types(ONTOLOGY), *relation_types(ONTOLOGY))}
SOURCE = """id: d
title: T
=== text

  Menu
{{[Oslo|PLACE] digs [nickel|MINERAL] 🔩.}}
Read on: [PLACE]
=== claims
produces | Oslo | nickel | - | "Oslo digs"
""".replace("[PLACE]", "Bergen")


def found(document: AnnotatedDocument, meta: Mapping[str, Any] | None = None, **layer: Any) -> Found:
    """The example of a document that was pushed and ticked."""
    snapshot = Snapshot(document, trimmed(document.doc.text)[1])
    drawn = draw(shown(snapshot))
    known = {META: pack(snapshot), DOCUMENT: document.doc.id, LAYERS: "admin", **(meta or {})}
    how = {"confirmed": True, **layer}
    return Found(7, shown(snapshot).doc.text, replace(drawn, **how), known)


def example(**more: Any) -> Found:
    """The example of the small document."""
    return found(inline.parse(SOURCE, "d").record, **more)


@pytest.mark.parametrize("path", ARTICLES, ids=lambda p: p.stem)
def test_article_of_the_corpus(path: Path) -> None:
    """What was drawn of an article and not touched is the article, its file included."""
    record = inline.read(path).record
    one = found(record)
    version = pulled(one, ONTOLOGY, TYPES | {arc.type for arc in one.layer.arcs})
    assert (changes(record, version.document), version.problems) == ([], ())
    assert version.document.doc == record.doc
    assert written(lawful(version.document)).losses == []


class TestExample:
    def test_drawn_outside_the_body(self) -> None:
        """A mention outside the body takes its line into it."""
        one = example()
        start = one.text.index("Bergen")
        spans = (*one.layer.spans, DrawnSpan(99, "PLACE", start, start + 6))
        document = pulled(replace(one, layer=replace(one.layer, spans=spans)), ONTOLOGY, TYPES).document
        body = [document.doc.text[span.start : span.end] for span in document.doc.body]
        assert body == ["Oslo digs nickel 🔩.", "Read on: Bergen"]
        assert [loss.kind for loss in written(document).losses] == ["kb_id"]

    def test_guidelines_forbid(self) -> None:
        """A mention around another is a problem, and left out of the article where it carries no claim."""
        one = example()
        start = one.text.index("Oslo")
        spans = (*one.layer.spans, DrawnSpan(99, "COMPANY", start, start + 9))
        version = pulled(replace(one, layer=replace(one.layer, spans=spans)), ONTOLOGY, TYPES)
        assert [p for p in version.problems if "only a good inside a TECHNOLOGY" in p]
        assert [e.text for e in lawful(version.document).entities] == ["Oslo", "nickel"]
        assert list(check.nested(lawful(version.document))) == []

    @pytest.mark.parametrize(
        ("one", "says"),
        [
            (replace(example(), text="Another text"), "text was changed"),
            (example(meta={META: "1.AAAA"}), "damaged"),
            (example(meta={META: "9.AAAA"}), "newer claimstake"),
            (example(meta={META: 5}), "is no text"),
            (example(meta={LAYERS: ""}, confirmed=False), "half-way"),
        ],
    )
    def test_unreadable(self, one: Found, says: str) -> None:
        """What cannot be trusted is an error that says why."""
        with pytest.raises(LayerError, match=says):
            pulled(one, ONTOLOGY, TYPES)

    def test_half_pushed_but_confirmed(self) -> None:
        """Who ticks a document that was pushed half-way has seen it; it is not compared with what was pushed."""
        version = pulled(example(meta={LAYERS: ""}), ONTOLOGY, TYPES)
        assert (version.before, len(version.document.entities)) == (None, 2)

    def test_layer_that_was_not_given(self) -> None:
        """An annotator who began with nothing has removed nothing."""
        version = pulled(example(annotator="ben", spans=(), arcs=()), ONTOLOGY, TYPES)
        assert version.before is None

    def test_deleted_type(self) -> None:
        """A type that the project has no more is told, with how many annotations went."""
        version = pulled(example(spans=(), arcs=()), ONTOLOGY, TYPES - {"MINERAL", "produces"})
        told = [problem for problem in version.problems if "was deleted" in problem]
        assert [problem.split("'")[1] for problem in told] == ["MINERAL", "produces"]


class TestRows:
    def test_offsets_are_code_points(self) -> None:
        """Offsets of the page, in UTF-16 units, become code points."""
        drawn = Drawn(({"id": 1, "label": 5, "start_offset": 3, "end_offset": 6, "prob": 0.5},), ())
        layer = layer_of(drawn, Names({5: "MINERAL"}, {}), "🔩 tin", sheets=(), annotator=None, confirmed=False)
        assert layer == Layer((DrawnSpan(1, "MINERAL", 2, 5, 0.5),), (), (), None, False)

    def test_unfinished(self, tmp_path: Path) -> None:
        """A file of an unfinished run gives what was written whole, to a run of the same project only."""
        file, source = tmp_path / "rows", {"path": "projects/1"}
        kept = Unfinished(file, source)
        for number in (1, 2):
            kept.add(number, Drawn(({"id": number, "x": "🔩"},), ()), confirmed=number == 1)
        kept.close()
        with file.open("a", encoding="utf-8") as out:
            out.write('{"example": 3, "at"')
        again = Unfinished(file, source)
        assert {n: kept.drawn.spans[0]["id"] for n, kept in again.known.items()} == {1: 1, 2: 2}
        assert {n: kept.confirmed for n, kept in again.known.items()} == {1: True, 2: False}
        assert Unfinished(file, {"path": "projects/2"}).known == {}
        again.add(3, Drawn((), ()), confirmed=True)
        again.close()
        assert list(Unfinished(file, source).known) == [1, 2, 3]

    def test_stale_rows(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What was fetched too long ago is fetched anew."""
        kept = Unfinished(tmp_path / "rows", {})
        kept.add(1, Drawn((), ()), confirmed=True)
        kept.close()
        monkeypatch.setattr("claimstake.annotation.found.FRESH", 0.0)
        assert Unfinished(tmp_path / "rows", {}).known == {}


class TestFolder:
    @staticmethod
    def result(*names: str) -> Result:
        """Documents that came back."""
        versions = []
        for name in names:
            record = inline.parse(SOURCE.replace("id: d", f"id: {name}"), "d").record
            versions.append(pulled(found(record), ONTOLOGY, TYPES))
        return Result({"address": "http://127.0.0.1:1", "project": "p", "number": 1, "user": "u"}, versions)

    def test_again(self, tmp_path: Path) -> None:
        """A second pull replaces the files of the first, and touches no others."""
        folder.write(self.result("one", "a/b?", "A" * 200), tmp_path)
        (tmp_path / "articles" / "own.md").write_text("mine", encoding="utf-8")
        assert len(list((tmp_path / "articles").iterdir())) == 4
        folder.write(self.result("two"), tmp_path)
        assert {f.name for f in (tmp_path / "articles").iterdir()} == {"own.md", "two.md"}
        assert [v.document.doc.id for v in folder.read(tmp_path).versions] == ["two"]
        assert not (tmp_path / folder.NEW).exists()

    def test_a_stopped_pull_leaves_nothing_behind(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Files that an earlier pull wrote go with the next one, also where a pull in between was stopped half-way."""
        folder.write(self.result("one", "two"), tmp_path)
        replace_ = Path.replace

        def stopped(self: Path, target: Path) -> Path:
            if self.name == "three.md":
                raise KeyboardInterrupt
            return replace_(self, target)

        monkeypatch.setattr(Path, "replace", stopped)
        with pytest.raises(KeyboardInterrupt):
            folder.write(self.result("two", "three"), tmp_path)
        monkeypatch.undo()
        assert not (tmp_path / folder.MANIFEST).exists()
        folder.write(self.result("three"), tmp_path)
        assert [f.name for f in (tmp_path / "articles").iterdir()] == ["three.md"]

    def test_an_article_of_ones_own_is_not_overwritten(self, tmp_path: Path) -> None:
        """A file in the place of an article that no pull wrote."""
        folder.write(self.result("one"), tmp_path)
        (tmp_path / "articles" / "own.md").write_text("mine", encoding="utf-8")
        with pytest.raises(ConfigError, match=r"own\.md is there and no pull wrote it"):
            folder.write(self.result("own"), tmp_path)
        assert (tmp_path / "articles" / "own.md").read_text(encoding="utf-8") == "mine"
        assert [v.document.doc.id for v in folder.read(tmp_path).versions] == ["one"]

    def test_a_corrected_article_is_not_overwritten(self, tmp_path: Path) -> None:
        """What somebody mended in a pulled article stays; one that was taken away may come again."""
        folder.write(self.result("one", "two"), tmp_path)
        mended = tmp_path / "articles" / "one.md"
        mended.write_text(mended.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        with pytest.raises(ConfigError, match=r"one\.md was changed since it was pulled"):
            folder.write(self.result("one", "two"), tmp_path)
        mended.unlink()
        folder.write(self.result("one", "two"), tmp_path)
        assert mended.is_file()

    def test_same_as_written(self, tmp_path: Path) -> None:
        """A folder is read as it was written."""
        result = self.result("one", "two")
        folder.write(result, tmp_path)
        assert folder.read(tmp_path).versions == result.versions

    def test_others_files_are_safe(self, tmp_path: Path) -> None:
        """A folder that holds such files of somebody else is refused."""
        (tmp_path / "documents.jsonl").write_text("mine", encoding="utf-8")
        with pytest.raises(ConfigError, match="was not written by a pull"):
            folder.write(self.result("one"), tmp_path)
        assert (tmp_path / "documents.jsonl").read_text(encoding="utf-8") == "mine"

    def test_unfinished_folder(self, tmp_path: Path) -> None:
        """A folder without its list of files is no pulled folder; a damaged one is named."""
        with pytest.raises(ConfigError, match="pull again"):
            folder.read(tmp_path)
        folder.write(self.result("one"), tmp_path)
        (tmp_path / "documents.jsonl").write_text("{}\n", encoding="utf-8")
        with pytest.raises(CorpusError, match=r"documents\.jsonl:1"):
            folder.read(tmp_path)

    def test_edited_list_leads_nowhere_else(self, tmp_path: Path) -> None:
        """Nothing outside of the folder is deleted, whatever its list of files says."""
        outside = tmp_path / "outside"
        outside.write_text("mine", encoding="utf-8")
        folder.write(self.result("one"), tmp_path / "out")
        manifest = tmp_path / "out" / folder.MANIFEST
        manifest.write_text(
            manifest.read_text(encoding="utf-8").replace('"diff.json"', '"../outside"'), encoding="utf-8"
        )
        with pytest.raises(ConfigError, match="outside of the folder"):
            folder.write(self.result("two"), tmp_path / "out")
        assert outside.exists()
