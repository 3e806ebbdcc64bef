"""Building, loading and running the pipeline."""

from __future__ import annotations

import shutil
import weakref
from pathlib import Path

import pytest
from spacy.language import Language

from claimstake import pipeline
from claimstake.errors import ConfigError, ModelError
from claimstake.mirror.document import SETTLED
from claimstake.records import Article


def test_order(nlp: Language) -> None:
    """Components stand in the order of the table, the body first, sentences before the parser."""
    ours = [name for name in nlp.pipe_names if name not in pipeline.BASE]
    assert nlp.pipe_names[0] == "claimstake_body"
    assert nlp.pipe_names.index("claimstake_sentences") < nlp.pipe_names.index("claimstake_parser")
    assert ours == [name for name, _ in pipeline.COMPONENTS]


def test_damaged_model_is_refused(tmp_path: Path) -> None:
    """A file whose hash is not the manifest's is named."""
    copy = tmp_path / "en_base"
    shutil.copytree(pipeline.base_path(), copy)
    (copy / "claimstake_parser" / "moves").write_bytes(b"changed")
    with pytest.raises(ModelError, match="moves is damaged"):
        pipeline.build(copy)
    (copy / "claimstake_parser" / "moves").unlink()
    with pytest.raises(ModelError, match="moves is missing"):
        pipeline.build(copy)


@pytest.mark.parametrize("content", ["", "[]", "{}"])
def test_unreadable_manifest(tmp_path: Path, content: str) -> None:
    """A manifest that is none is a ModelError, not a crash."""
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ModelError, match="not a model manifest"):
        pipeline.build(tmp_path)


def test_folder_without_pipeline(tmp_path: Path) -> None:
    """A folder that holds no pipeline is refused by name."""
    with pytest.raises(ModelError, match="holds no pipeline"):
        pipeline.load(tmp_path)


def test_unknown_component() -> None:
    """A setting for a component that does not exist is a mistake of the user's."""
    with pytest.raises(ConfigError, match="no such component: claimstake_nothing"):
        pipeline.build(config={"claimstake_nothing": {}})


def test_many_keep_their_order(nlp: Language) -> None:
    """Articles come back in their order with their own metadata."""
    articles = [Article(id=f"a{i}", text=f"Gallium rose {i} times.", published="2024-05-06") for i in range(5)]
    docs = list(pipeline.annotate_many(nlp, articles, batch_size=2))
    assert [(d._.article["id"], d.text) for d in docs] == [(a.id, a.text) for a in articles]
    assert "text" not in docs[0]._.article


def test_text_without_article(nlp: Language) -> None:
    """The pipeline works on plain text too."""
    assert [e.text for e in nlp("China buys gallium.").ents] == ["China", "gallium"]


def test_pipelines_that_nobody_holds_are_freed() -> None:
    """Keeping the collector off a pipeline does not keep the pipeline: building again frees those no longer used."""
    nlp = pipeline.build(exclude=["claimstake_gazetteer"])
    gone = weakref.ref(nlp.get_pipe("claimstake_claims"))
    del nlp
    pipeline.build(exclude=["claimstake_gazetteer"])
    assert gone() is None


def test_docs_are_settled_where_only_our_rules_follow(nlp: Language) -> None:
    """A component among the rules that is not ours may change what a doc's mirror holds."""
    article = Article(id="a", text="Zaire bans cobaltite.")
    assert SETTLED in pipeline.prepare(nlp, article).user_data
    assert SETTLED not in pipeline.annotate(nlp, article).user_data
    with nlp.select_pipes(disable=["claimstake_claims"]):
        assert SETTLED not in pipeline.prepare(nlp, article).user_data
    nlp.add_pipe("merge_noun_chunks", before="claimstake_terms")
    try:
        assert SETTLED not in pipeline.prepare(nlp, article).user_data
    finally:
        nlp.remove_pipe("merge_noun_chunks")
