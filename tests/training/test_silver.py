"""Silver and gold Docs, and the passages that are cut from them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from spacy.language import Language

from claimstake.attributes import BODY, MENTIONS
from claimstake.errors import CorpusError
from claimstake.records import Article
from claimstake.training import inline, silver

RAW = [
    {
        "id": "raw-1",
        "text": "BEIJING - China banned exports of gallium to the United States on December 3, 2024. It binds traders.",
        "published": "2024-12-04",
    },
    {"id": "raw-2", "text": "Albemarle sells lithium from Chile.\n\nMonteverdi's Orfeo was first sung in Mantua."},
]
GOLD = """id: gold-1
title: Tin
=== text
Share this page
{{[Malaysia|PLACE] sells [tin ore|MINERAL] to [the Thai [smelter|PRODUCT]|TECHNOLOGY] in [2024|DATE|2024].}}
=== claims
"""


@pytest.fixture(scope="module")
def teacher() -> Language:
    return silver.teacher()


@pytest.fixture(scope="module")
def docs(teacher: Language) -> list:
    return list(silver.make(teacher, [Article(**row) for row in RAW]))


def mentions(doc) -> list[tuple[str, str]]:
    return [(span.text, span.label_) for span in doc.spans[MENTIONS]]


def test_silver_has_what_the_rules_find(docs: list) -> None:
    """Mentions come from our rules, tags and heads from the teacher."""
    assert ("gallium", "MINERAL") in mentions(docs[0])
    assert ("Albemarle", "COMPANY") in mentions(docs[1])
    banned = next(token for token in docs[0] if token.text == "banned")
    assert (banned.tag_, banned.dep_) == ("VBD", "ROOT")


def test_a_name_that_only_the_teacher_sees_has_no_answer(teacher: Language, docs: list) -> None:
    """Where the NER finds a name and the rules none, tokens are missing, not outside; plain words are outside."""
    (chunk,) = silver.chunks(docs[1:])
    given = silver.passage(chunk)
    found = dict(zip(given.words, given.known, strict=True))
    inside = {i for start, end, _ in given.mentions for i in range(start, end)}
    doubtful = {t.i for span in docs[1].spans[silver.DOUBTFUL] for t in span} - inside
    assert found["sells"]
    assert doubtful, "the example should hold a name that only the teacher finds"
    assert not any(given.known[i] for i in doubtful)
    reference = silver.example(teacher.vocab, given).reference
    assert all(reference[i].ent_iob_ == "" for i in doubtful)
    assert reference[given.words.index("sells")].ent_iob_ == "O"


def test_silver_survives_the_disk(teacher: Language, docs: list, tmp_path: Path) -> None:
    """What is read is what was written: words, tags, heads, mentions, body and the id."""
    assert silver.save(docs, tmp_path / "deep" / "raw.spacy") == 2
    again = silver.load(tmp_path / "deep" / "raw.spacy", teacher.vocab)
    for before, after in zip(docs, again, strict=True):
        assert silver.id_of(after) == silver.id_of(before)
        assert mentions(after) == mentions(before)
        assert [(t.text, t.tag_, t.head.i, t.dep_) for t in after] == [
            (t.text, t.tag_, t.head.i, t.dep_) for t in before
        ]
        assert [s.text for s in after.spans[BODY]] == [s.text for s in before.spans[BODY]]


def test_gold_takes_mentions_from_the_annotation(teacher: Language) -> None:
    """Of nested mentions the outer one counts; outside the body nothing is known."""
    with silver.parsing(teacher) as parsing:
        doc = silver.gold(parsing, inline.parse(GOLD, "gold.md").record)
    assert mentions(doc) == [
        ("Malaysia", "PLACE"),
        ("tin ore", "MINERAL"),
        ("the Thai smelter", "TECHNOLOGY"),
        ("2024", "DATE"),
    ]
    known = {
        w: k for c in silver.chunks([doc]) for p in [silver.passage(c)] for w, k in zip(p.words, p.known, strict=True)
    }
    assert known["sells"]
    assert not known["Share"]


def test_gold_needs_its_text(teacher: Language) -> None:
    """A record without text names the document and says what to do."""
    record = inline.parse(GOLD, "gold.md").record
    bare = record.model_copy(update={"doc": record.doc.model_copy(update={"text": None})})
    with pytest.raises(CorpusError, match=r"gold-1: .*--text"):
        silver.gold(teacher, bare)


def test_chunks_cover_each_sentence_once(docs: list) -> None:
    """Chunks neither overlap nor cut a sentence."""
    for doc in docs:
        bounds = [(chunk.start, chunk.end) for chunk in silver.chunks([doc])]
        starts = {sent.start for sent in doc.sents} | {len(doc)}
        assert bounds[0][0] == 0
        assert bounds[-1][1] == len(doc)
        assert all(a in starts and b in starts and a < b for a, b in bounds)
        assert all(b == c for (_, b), (c, _) in zip(bounds, bounds[1:], strict=False))


def test_raw_texts_may_be_packed(tmp_path: Path) -> None:
    """.jsonl.gz is read as .jsonl is; keys that are not strings are left out."""
    lines = "\n".join(json.dumps(row) for row in [*RAW, {"id": 3, "text": "Tin.", "published": 2024}])
    (tmp_path / "a.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    plain, packed = (list(silver.read_raw(tmp_path / name)) for name in ("a.jsonl", "a.jsonl.gz"))
    assert plain == packed
    assert [(a.id, a.published) for a in plain] == [("raw-1", "2024-12-04"), ("raw-2", None), ("3", None)]


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "x"}', '{"text": "x"}'])
def test_a_bad_raw_line_is_named(tmp_path: Path, line: str) -> None:
    """File and line stand in the message."""
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(RAW[0]) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"bad\.jsonl:2: "):
        list(silver.read_raw(path))
