"""Gold and predictions from files: every form is read, every slip is named."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest
from spacy.language import Language

from claimstake import pipeline, scoring
from claimstake.errors import ConfigError, CorpusError, ModelError
from claimstake.evaluation import annotations
from claimstake.evaluation.scores import evaluate
from claimstake.training import inline
from claimstake.training.base import write_manifest
from small_annotations import BAN, MAKES, source

RECORD = inline.parse(source(BAN, MAKES), "one.md").record
LINE = json.dumps(RECORD.to_json())
BARE = json.dumps({"doc": {"id": "two"}, "entities": [], "claims": []})


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.md", source(BAN, MAKES)),
        ("deep/er/one.md", source(BAN, MAKES)),
        ("one.jsonl", LINE + "\n\n"),
        ("one.json", LINE),
        ("list.json", f"[{LINE}]"),
        ("one.gold.json", LINE),
        ("one.jsonl.gz", gzip.compress(LINE.encode(), mtime=0)),
        ("one.json.gz", gzip.compress(LINE.encode(), mtime=0)),
    ],
)
def test_every_form_is_read(tmp_path: Path, name: str, content: str | bytes) -> None:
    """A corpus file, lines, one record or a list of them, packed or not, named or found in a folder: all the same."""
    path = written(tmp_path, name, content)
    for named in (path, tmp_path):
        found = scoring.read(named)
        assert found.annotations == {"one": annotations.read(RECORD)}
        assert [article.text for article in found.texts()] == [RECORD.doc.text]


def test_texts_lie_beside_the_gold(tmp_path: Path) -> None:
    """articles.jsonl gives the texts and what is known of them; a folder with *.gold.json is read for those alone."""
    record = RECORD.to_json()
    del record["doc"]["text"]
    written(tmp_path, "one.gold.json", json.dumps(record))
    written(tmp_path, "other.json", BARE)
    article = {"id": "one", "text": RECORD.doc.text, "published": "2025-07-16", "title": "Gallium"}
    written(tmp_path, "articles.jsonl", json.dumps(article) + '\n{"id": "three", "text": "Not annotated."}\n')
    found = scoring.read(tmp_path)
    assert list(found.annotations) == ["one"]
    (text,) = found.texts()
    assert (text.text, text.published, text.title) == (RECORD.doc.text, "2025-07-16", "Gallium")


def test_gold_without_a_text_cannot_be_annotated(tmp_path: Path) -> None:
    """It can be scored, but when a pipeline has to run the document without a text is named."""
    found = scoring.read(written(tmp_path, "two.jsonl", BARE))
    assert list(found.annotations) == ["two"]
    with pytest.raises(CorpusError, match=r"two: the gold does not carry the text.*articles\.jsonl"):
        scoring.predict(None, found)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.jsonl", None, "no such file or folder"),
        ("empty.jsonl", "", "no annotated documents there"),
        ("cut.jsonl", LINE + "\n" + LINE[:50], "cut.jsonl:2: is not JSON"),
        ("other.jsonl", '{"id": "x", "text": "An article."}', "other.jsonl:1: is no annotated document"),
        ("numbers.json", "[1]", "document 1: is no annotated document"),
        ("cut.json.gz", gzip.compress(LINE.encode(), mtime=0)[:40], "cannot be read"),
        ("latin.json", '{"doc": "é"}'.encode("latin-1"), "cannot be read"),
        ("latin.md", "id: é".encode("latin-1"), "cannot be read"),
        ("twice.jsonl", f"{LINE}\n{LINE}", "twice.jsonl:2: there is another document with the id 'one'"),
        ("slip.md", source(BAN.replace("ban;", "prohibition;")), "slip.md:6: qualifiers"),
        ("cut.jsonl", LINE.replace('"label": "PLACE", ', ""), r"one: entities\[0\] is incomplete"),
    ],
)
def test_slips_are_named(tmp_path: Path, name: str, content: str | bytes | None, message: str) -> None:
    """What cannot be read raises with file, line where there is one, and what is wrong."""
    path = tmp_path / name
    if content is not None:
        written(tmp_path, name, content)
    with pytest.raises(CorpusError, match=message):
        scoring.read(path)


def test_a_split_is_read(tmp_path: Path) -> None:
    """The ids of one split; comments and a head are passed over."""
    path = written(tmp_path, "splits.tsv", "# by outlet\nid\tsplit\none\ttest\ntwo\ttrain\tnote\nthree\ttest\n")
    assert scoring.read_split(path, "test") == {"one", "three"}
    documents = scoring.read(written(tmp_path, "both.jsonl", f"{LINE}\n{BARE}"))
    assert list(documents.only(scoring.read_split(path, "train")).annotations) == ["two"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist"),
        ("one test\n", "splits.tsv:1: a line is an id, a tab and the name of a split"),
        ("one\ttrain\n", "no document is in the split 'test'; there are train"),
        ("id\tsplit\n", "there are none"),
    ],
)
def test_splits_that_are_none(tmp_path: Path, content: str | None, message: str) -> None:
    """A table without the split, or that is no table, is named."""
    path = tmp_path / "splits.tsv"
    if content is not None:
        written(tmp_path, "splits.tsv", content)
    with pytest.raises(ConfigError, match=message):
        scoring.read_split(path, "test")


def test_a_pipeline_is_scored_like_its_output(nlp: Language, tmp_path: Path) -> None:
    """Running the pipeline over the gold's texts gives what scoring its written output gives."""
    gold = scoring.read(written(tmp_path, "one.md", source(BAN, MAKES)))
    direct = evaluate(gold.annotations, scoring.predict(None, gold)).report
    again = evaluate(gold.annotations, scoring.annotate(nlp, gold.texts())).report
    assert direct == again
    assert direct["claims"]["f"] > 0


def test_a_whole_saved_pipeline_is_a_model(nlp: Language, tmp_path: Path) -> None:
    """A folder that Language.to_disk wrote is loaded as it is, a statistical base gets our components."""
    nlp.to_disk(tmp_path / "whole")
    assert scoring.is_model(tmp_path / "whole")
    assert scoring.pipeline_of(tmp_path / "whole").pipe_names == nlp.pipe_names
    assert scoring.pipeline_of(pipeline.base_path()).pipe_names == nlp.pipe_names
    assert not scoring.is_model(tmp_path)


def test_models_that_are_none(tmp_path: Path) -> None:
    """No model, a damaged one, and one that spaCy cannot load are told apart from each other."""
    with pytest.raises(ModelError, match="holds no model"):
        scoring.pipeline_of(tmp_path)
    damaged = tmp_path / "damaged"
    shutil.copytree(pipeline.base_path(), damaged)
    (damaged / "tok2vec" / "model").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="is damaged or was changed"):
        scoring.pipeline_of(damaged)
    write_manifest(damaged)
    with pytest.raises(ModelError, match="damaged cannot be loaded"):
        scoring.pipeline_of(damaged)
