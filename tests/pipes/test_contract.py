"""What every component of the pipeline owes to spaCy."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from claimstake import attributes, pipeline

OURS = [name for name, _ in pipeline.COMPONENTS]
SENTENCE = (
    "On July 15, 2025, China's Ministry of Commerce (MOFCOM) banned exports of gallium and germanium "
    "to the United States. It set a limit of 0.1% by weight for LFP cathodes, according to Xinhua."
)


def annotations(doc: Doc) -> tuple[list[tuple], list[dict]]:
    """Mentions with their records, and claims."""
    group = doc.spans[attributes.MENTIONS]
    mentions = [(s.start, s.end, s.label_, tuple(sorted(group.attrs[s.id_].items(), key=str))) for s in group]
    return mentions, doc._.claims


def plain(value: object) -> object:
    """Tuples as lists, since msgpack brings lists back as either."""
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


@pytest.mark.parametrize("name", OURS)
def test_registered_as_entry_point(name: str) -> None:
    """A saved pipeline loads without importing claimstake: every factory is an entry point."""
    assert name in {e.name for e in entry_points(group="spacy_factories")}


@pytest.mark.parametrize("name", OURS)
def test_factory_declares_itself(nlp: Language, name: str) -> None:
    """Every factory says what it assigns, and brings a scorer."""
    meta = nlp.get_pipe_meta(name)
    assert meta.assigns
    assert meta.default_config.get("scorer")
    assert callable(nlp.get_pipe(name).scorer)


def test_pipes_have_what_they_need(nlp: Language) -> None:
    """spaCy's own analysis of assigns and requires finds no problem."""
    problems = nlp.analyze_pipes(keys=["assigns", "requires"])["problems"]
    assert {name: issues for name, issues in problems.items() if issues} == {}


ODD = ["", " ", "\n\n", "Gallium", "1", "“", "§", "a" * 3000, "中国 禁止 出口 镓。", "🔋🔋 EV", "\u202e\u0000x"]


@pytest.mark.parametrize("text", ODD)
def test_odd_texts(nlp: Language, text: str) -> None:
    """Empty, one-word and strange texts come through, with offsets inside the text."""
    doc = nlp(text)
    for span in doc.spans[attributes.MENTIONS]:
        assert text[span.start_char : span.end_char] == span.text


def test_outermost_in_ents_all_in_spans(nlp: Language) -> None:
    """doc.ents holds the outermost mentions, doc.spans all of them."""
    doc = nlp("China restricts technologies for extracting gallium.")
    labels = {(s.text, s.label_) for s in doc.spans[attributes.MENTIONS]}
    assert ("technologies for extracting gallium", "TECHNOLOGY") in labels
    assert ("gallium", "MINERAL") in labels
    assert [(e.text, e.label_) for e in doc.ents] == [
        ("China", "PLACE"),
        ("technologies for extracting gallium", "TECHNOLOGY"),
    ]


def test_pipe_equals_call(nlp: Language) -> None:
    """nlp.pipe gives what nlp gives, in order."""
    texts = [SENTENCE, "", "Nvidia makes chips.", SENTENCE[::-1]]
    assert [annotations(d) for d in nlp.pipe(texts, batch_size=2)] == [annotations(nlp(t)) for t in texts]


def test_docbin_round_trip(nlp: Language) -> None:
    """Mentions, their records and claims survive DocBin."""
    doc = nlp(SENTENCE)
    assert doc._.claims
    restored = next(iter(DocBin(docs=[doc], store_user_data=True).get_docs(nlp.vocab)))
    assert plain(annotations(restored)) == plain(annotations(doc))


def test_disk_round_trip(nlp: Language, tmp_path: Path) -> None:
    """A pipeline saved with to_disk and loaded by spacy.load alone annotates the same."""
    nlp.to_disk(tmp_path / "model")
    again = spacy.load(tmp_path / "model")
    assert plain(annotations(again(SENTENCE))) == plain(annotations(nlp(SENTENCE)))


@pytest.mark.parametrize("name", OURS)
def test_bytes_round_trip(nlp: Language, name: str) -> None:
    """A component restored from its bytes writes the same bytes."""
    pipe = nlp.get_pipe(name)
    data = pipe.to_bytes()
    pipe.from_bytes(data)
    assert pipe.to_bytes() == data


@pytest.mark.parametrize("name", OURS)
def test_each_component_matters(nlp: Language, name: str) -> None:
    """Taking a component out changes what is found: none is dead weight, and the other tests can fail."""
    text = (
        "Home > News\n\nBy Jane Smith\n\nChina's Ministry of Commerce (MOFCOM) proposed on July 15, 2025 to ban "
        "exports of gallium. MOFCOM said technologies for purifying gallium would need a licence above 99.99%.\n"
        "Vexatron Heliography Corp. (VHC) of Utah, with a stake of 5%, reacted. VHC declined.\n\n"
        "Share this\n\nMost popular\n\nLithium prices fall in Chile\n"
    )
    whole = annotations(nlp(text))
    with nlp.select_pipes(disable=[name]):
        if name == "claimstake_mentions":
            assert attributes.MENTIONS not in nlp(text).spans
        else:
            assert annotations(nlp(text)) != whole
