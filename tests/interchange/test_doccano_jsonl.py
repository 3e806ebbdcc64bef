"""doccano's JSON Lines: what we write, and what other people's projects export."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from claimstake.errors import CorpusError
from claimstake.interchange import formats
from claimstake.interchange.contract import Losses
from claimstake.interchange.doccano import Doccano
from claimstake.records import AnnotatedDocument, Time
from conversions import corpus, difference

TEXT = "Codelco 😀 sells copper to Japan. Japan refines it."


def written(tmp_path: Path, *rows: Any) -> Path:
    """A file with these examples."""
    path = tmp_path / "all.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def read(path: Path) -> tuple[list[AnnotatedDocument], Losses]:
    """What is in a file, and what was left out."""
    losses = Losses()
    return list(Doccano().read(path, losses)), losses


def one(tmp_path: Path, **row: Any) -> tuple[AnnotatedDocument, Losses]:
    """What a single example says."""
    (found,), losses = read(written(tmp_path, row))
    assert not losses.failures
    return found, losses


def span(number: int, label: str, words: str, text: str = TEXT) -> dict[str, Any]:
    """A span as doccano has it: its page counts UTF-16 units."""
    start = len(text[: text.index(words)].encode("utf-16-le")) // 2
    return {"id": number, "label": label, "start_offset": start, "end_offset": start + len(words)}


def rows_of(documents: list[AnnotatedDocument], tmp_path: Path) -> list[dict[str, Any]]:
    """What is written of documents."""
    losses = Losses()
    assert Doccano().write(documents, tmp_path / "out.jsonl", losses) == len(documents)
    return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="ascii").splitlines()]


def test_an_export_of_others(tmp_path: Path) -> None:
    """Labels and types of their own, several words too; offsets in UTF-16 units; what a record has no place for."""
    found, losses = one(
        tmp_path,
        id=41,
        text=TEXT,
        entities=[span(7, "ORG", "Codelco"), span(8, "METAL", "copper"), span(9, "LOC", "Japan")],
        relations=[{"id": 1, "from_id": 7, "to_id": 8, "type": "sells to market"}],
        Comments=[{"id": 1, "comment": "looks fine"}],
        source_url="x",
    )
    assert found.doc.id == "41"
    assert [(e.label, e.text) for e in found.entities] == [("ORG", "Codelco"), ("METAL", "copper"), ("LOC", "Japan")]
    (claim,) = found.claims
    assert (claim.predicate, claim.subject, claim.object) == ("sells_to_market", "e1", "e2")
    assert claim.evidence.text == "Codelco 😀 sells copper to Japan."
    assert losses.examples == {"metadata source_url": ["41: x"]}


@pytest.mark.parametrize("spans", ["label", "labels", "entities"])
@pytest.mark.parametrize("text", ["text", "data"])
def test_older_forms(spans: str, text: str, tmp_path: Path) -> None:
    """Lists of start, end and name; `data` for `text`."""
    found, _ = one(tmp_path, **{text: "Japan refines.", spans: [[0, 5, "PLACE"]], "id": 3})
    assert [(e.label, e.text, e.canonical) for e in found.entities] == [("PLACE", "Japan", "Japan")]


def test_what_stands_in_a_line(tmp_path: Path) -> None:
    """Every line has the same keys, as doccano's import fills lacking ones with numbers; all is ASCII, as it guesses
    encodings; and no key is one that its export overwrites."""
    rows = rows_of(corpus(20), tmp_path)
    assert len({tuple(row) for row in rows}) == 1
    assert set(rows[0]) == {"text", "entities", "relations", "document", "title", "published", "sheet", "claimstake"}
    assert {s["label"] for s in rows[0]["entities"]} >= {"PLACE", "EVIDENCE"}


def test_claims_are_drawn_and_their_free_qualifiers_are_said(tmp_path: Path) -> None:
    """Without the packed record the layer and the sheet still say mentions, names, values, claims, qualifiers and
    evidence; ids, language and body are what a layer does not hold."""
    before = corpus(10)
    rows = [{k: v for k, v in row.items() if k != "claimstake"} for row in rows_of(before, tmp_path)]
    found, losses = read(written(tmp_path, *rows))
    assert not losses.counts
    lost = sum((difference(a, b) for a, b in zip(before, found, strict=True)), difference(before[0], before[0]))
    assert set(lost) == {"claim id", "document language", "body"}


def test_a_comment_corrects_the_sheet(tmp_path: Path) -> None:
    """Later comments win, line by line; a claim that was not touched keeps its id."""
    before = next(d for d in corpus() if any(c.qualifiers.time for c in d.claims))
    (row,) = rows_of([before], tmp_path)
    claim = next(c for c in before.claims if c.qualifiers.time)
    names = {e.id: e.canonical for e in before.entities}
    said = f"{claim.predicate} | {names[claim.subject]} | {names[claim.object]} | time=deadline:2031-05"
    (found,), losses = read(written(tmp_path, {**row, "Comments": [{"id": 5, "comment": said}]}))
    after = next(c for c in found.claims if c.id == claim.id)
    assert after.qualifiers.time == [Time(kind="deadline", value="2031-05")]
    assert difference(before, found.model_copy(update={"claims": before.claims})) == {}
    assert not losses.counts


def test_spans_that_an_annotator_added_and_removed(tmp_path: Path) -> None:
    """What is drawn counts; what is as it was written keeps its confidence and knowledge base id."""
    before = corpus()[0]
    known = [e.model_copy(update={"confidence": 0.5, "kb_id": "k"}) for e in before.entities]
    before = before.model_copy(update={"entities": known, "claims": []})
    (row,) = rows_of([before], tmp_path)
    gone = row["entities"].pop(0)
    text = before.doc.text or ""
    row["entities"].append(span(900, "PRODUCT", "reserves", text))
    (found,), losses = read(written(tmp_path, row))
    assert not losses.counts
    assert len(found.entities) == len(known)
    assert (gone["start_offset"], gone["end_offset"]) not in {(e.start, e.end) for e in found.entities}
    assert {e.confidence for e in found.entities if e.text != "reserves"} == {0.5}
    assert {(e.confidence, e.kb_id) for e in found.entities if e.text == "reserves"} == {(None, None)}


def test_what_does_not_fit_is_a_problem_told(tmp_path: Path) -> None:
    """A claim at the wrong end is not in the document, and the problem says where and why."""
    found, losses = one(
        tmp_path,
        id=2,
        text=TEXT,
        entities=[span(1, "MINERAL", "copper"), span(2, "PLACE", "Japan")],
        relations=[{"id": 1, "from_id": 1, "to_id": 2, "type": "produces"}],
    )
    assert not found.claims
    assert losses.counts == {"what does not fit together": 1}
    assert "turn it round" in losses.examples["what does not fit together"][0]


def test_damaged_lines_and_others_go_on(tmp_path: Path) -> None:
    """Half a line, an example without text, spans that are none, a line that is no UTF-8."""
    good, *_ = rows_of(corpus(100), tmp_path)
    path = tmp_path / "all.jsonl"
    rows = [
        json.dumps(good),
        '{"text": "Ja',
        '{"label": []}',
        '{"text": "a", "label": ["good"]}',
        "\ud800",
        json.dumps(good),
    ]
    path.write_bytes("\n".join(rows).encode("utf-8", "surrogatepass"))
    found, losses = read(path)
    assert len(found) == 2
    reasons = {where.removeprefix(f"{path}:"): why for where, why in losses.failures.items()}
    assert reasons["2"].startswith("is not JSON")
    assert reasons["3"] == "is no example of doccano: it has no text"
    assert reasons["4"].startswith("its spans or relations are not those of doccano")
    assert reasons["5"].startswith("is no UTF-8")


@pytest.mark.parametrize("packed", ["1.AAAA", "7.AAAA", 5])
def test_a_packed_record_that_is_damaged_is_said(packed: Any, tmp_path: Path) -> None:
    """The layer is read without it."""
    (row,) = rows_of(corpus()[:1], tmp_path)
    (found,), losses = read(written(tmp_path, {**row, "claimstake": packed}))
    assert losses.counts == {"packed record": 1}
    assert found.claims


def test_a_text_that_was_changed_has_no_packed_record(tmp_path: Path) -> None:
    """The record of another text would put what it says at the wrong places."""
    (row,) = rows_of(corpus()[:1], tmp_path)
    (found,), losses = read(written(tmp_path, {**row, "text": row["text"] + " More."}))
    assert losses.examples["packed record"] == [f"{found.doc.id}: it is of another text"]


def test_a_text_that_a_server_trimmed_comes_back_whole(tmp_path: Path) -> None:
    """Exports of projects that were filled through the server's interface lack white space at the ends of texts."""
    from claimstake.interchange import layer, offsets, snapshot

    base = corpus()[0]
    whole = snapshot.moved(base, f" \n{base.doc.text}\n", 2)
    kept = snapshot.Snapshot(whole, offset=2)
    shown = snapshot.shown(kept)
    drawn = offsets.in_units(layer.draw(shown), shown.doc.text or "")
    found, _ = one(
        tmp_path,
        id=1,
        text=shown.doc.text,
        entities=[{"id": s.id, "label": s.type, "start_offset": s.start, "end_offset": s.end} for s in drawn.spans],
        relations=[{"id": a.id, "from_id": a.source, "to_id": a.target, "type": a.type} for a in drawn.arcs],
        Comments=[{"id": 1, "comment": sheet} for sheet in drawn.sheets],
        document=whole.doc.id,
        claimstake=snapshot.pack(kept),
    )
    assert difference(whole, found) == {}


def test_texts_that_doccano_does_not_take(tmp_path: Path) -> None:
    """An empty one, and half a surrogate pair."""
    base = corpus()[0].model_copy(update={"entities": [], "claims": []})
    texts = {"empty": "", "half": "\ud800"}
    bad = [base.model_copy(update={"doc": base.doc.model_copy(update={"id": k, "text": v})}) for k, v in texts.items()]
    losses = Losses()
    assert Doccano().write(bad, tmp_path / "out.jsonl", losses) == 0
    assert losses.failures == {
        "empty": "has an empty text, which doccano does not take",
        "half": "has half a surrogate pair in it",
    }


def test_an_export_as_it_was_downloaded(tmp_path: Path) -> None:
    """doccano's page gives a .zip with a file an annotator; of several one must be named."""
    rows_of(corpus(100), tmp_path)
    path = tmp_path / "1.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.write(tmp_path / "out.jsonl", "all.jsonl")
    assert formats.recognised(path).name == "doccano"
    found, losses = read(path)
    assert [d.doc.id for d in found] == [d.doc.id for d in corpus(100)]
    assert not losses.failures
    with zipfile.ZipFile(path, "a") as packed:
        packed.write(tmp_path / "out.jsonl", "ben.jsonl")
    with pytest.raises(CorpusError, match=r"holds 2 .jsonl files \(all.jsonl, ben.jsonl\); unpack it and name one"):
        read(path)


def test_an_export_that_was_damaged(tmp_path: Path) -> None:
    """A flipped byte is found by the checksum, and named with file and line."""
    rows_of(corpus()[:2], tmp_path)
    path = tmp_path / "1.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.write(tmp_path / "out.jsonl", "all.jsonl")
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b'"title"', b'"titel"', 1))
    _, losses = read(path)
    assert any("is damaged" in why for why in losses.failures.values())
    assert all(where.startswith(f"{path}/all.jsonl:") for where in losses.failures)


def test_recognised_beside_records(tmp_path: Path) -> None:
    """Both are JSON Lines; the keys of the first line tell."""
    assert formats.recognised(written(tmp_path, {"id": 1, "text": "a", "label": []})).name == "doccano"
    rows_of(corpus()[:1], tmp_path)
    assert formats.recognised(tmp_path / "out.jsonl").name == "doccano"
