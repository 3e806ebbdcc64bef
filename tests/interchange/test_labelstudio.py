"""Label Studio tasks: there and back, corrections made there, exports of others, offsets of old versions."""

from __future__ import annotations

import copy
import json
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from spacy.language import Language

from claimstake import ontology, pipeline
from claimstake.errors import CorpusError
from claimstake.interchange import formats
from claimstake.interchange.contract import Losses
from claimstake.interchange.labelstudio import LabelStudio, configuration_path
from claimstake.output import document
from claimstake.records import (
    AnnotatedDocument,
    Article,
    Claim,
    DocumentInfo,
    Entity,
    Qualifiers,
    Span,
    Time,
    text_sha256,
)
from conversions import corpus, difference, there_and_back
from odd_documents import documents

ONE = LabelStudio()
TEXT = "\U0001f600 Beijing banned gallium \U0001f44d\U0001f3fd exports.\r\nOn Thursday the ministry cut e\u0301 quotas."
Change = Callable[[list[dict[str, Any]]], None]


def small(*, pipeline_: dict[str, Any] | None = None) -> AnnotatedDocument:
    """A document with characters of two UTF-16 units, a nominal, two claims and free qualifiers."""

    def entity(number: int, label: str, words: str, canonical: str, **more: Any) -> Entity:
        at = TEXT.index(words)
        return Entity(
            id=f"e{number}", label=label, text=words, start=at, end=at + len(words), canonical=canonical, **more
        )

    entities = [
        entity(1, "PLACE", "Beijing", "China", kb_id="Q148", confidence=0.9, extractor="gazetteer"),
        entity(2, "MINERAL", "gallium", "gallium", confidence=0.8),
        entity(3, "DATE", "Thursday", "2025-07-17", value="2025-07-17"),
        entity(4, "PLACE", "the ministry", "China", mention="nominal", kb_id="Q148"),
        entity(5, "PRODUCT", "quotas", "quotas"),
    ]

    def claim(number: int, predicate: str, object_: str, words: str, **more: Any) -> Claim:
        at = TEXT.index(words)
        evidence = Span(start=at, end=at + len(words), text=words)
        return Claim(
            id=f"c{number}",
            predicate=predicate,
            subject="e1",
            object=object_,
            evidence=evidence,
            confidence=0.7,
            **more,
        )

    time = [Time(kind="event", value="2025-07-15")]
    said = Qualifiers(status="proposed", measure="ban", certainty="hedged", target="quotas", time=time)
    claims = [
        claim(1, "restricts_export_of", "e2", "Beijing banned gallium \U0001f44d\U0001f3fd exports.", qualifiers=said),
        claim(2, "designates", "e2", "Beijing banned", qualifiers=Qualifiers(status="in_force")),
    ]
    info = DocumentInfo(id="small", text=TEXT, sha256=text_sha256(TEXT), title="A ban", published="2025-07-18")
    return AnnotatedDocument(doc=info, entities=entities, claims=claims, pipeline=pipeline_)


def changed(folder: Path, change: Change, *, meta: bool = True) -> tuple[AnnotatedDocument, Losses]:
    """The document as it is read after somebody has changed the items of its result."""
    file = folder / "a.json"
    ONE.write([small()], file, Losses())
    tasks = json.loads(file.read_text(encoding="utf-8"))
    result = tasks[0].pop("predictions")[0]["result"]
    change(result)
    tasks[0]["annotations"] = [{"id": 1, "completed_by": 1, "was_cancelled": False, "result": result}]
    if not meta:
        del tasks[0]["meta"]
    file.write_text(json.dumps(tasks), encoding="utf-8")
    losses = Losses()
    (found,) = ONE.read(file, losses)
    return found, losses


def exported(path: Path, *tasks: Any) -> tuple[list[AnnotatedDocument], Losses]:
    path.write_text(json.dumps(list(tasks)), encoding="utf-8")
    losses = Losses()
    return list(ONE.read(path, losses)), losses


def region(id_: str, words: str, *labels: str, text: str = TEXT, **more: Any) -> dict[str, Any]:
    """An item as Label Studio exports it, in a project with other names than ours."""
    at = text.index(words)
    value = {"start": at, "end": at + len(words), "text": words, "labels": list(labels)}
    row = {"value": value, "id": id_, "from_name": "label", "to_name": "text", "type": "labels", "origin": "manual"}
    return row | more


def relation(source: str, target: str, *labels: str, direction: str = "right") -> dict[str, Any]:
    return {"from_id": source, "to_id": target, "type": "relation", "direction": direction, "labels": list(labels)}


def task(*result: Any, text: str = TEXT, **more: Any) -> dict[str, Any]:
    annotation = {"id": 7, "completed_by": {"id": 1, "email": "a@example.org"}, "result": list(result)}
    return {"id": 3, "data": {"text": text}, "annotations": [annotation], "predictions": [5], **more}


def words_of(document_: AnnotatedDocument, claim: Claim) -> tuple[str, str, str]:
    texts = {entity.id: entity.text for entity in document_.entities}
    return texts[claim.subject], claim.predicate, texts[claim.object]


def test_corpus_articles_come_back_as_they_were(tmp_path: Path) -> None:
    """As annotations, since no program made them."""
    before = corpus(5)
    back, written, read = there_and_back(ONE, before, tmp_path / "a.json")
    assert back == before
    assert not written.counts + read.counts
    tasks = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert all("annotations" in one and "predictions" not in one for one in tasks)


def test_program_output_comes_back_as_it_was(nlp: Language, tmp_path: Path) -> None:
    """As predictions, with the model's version and scores."""
    articles = (Article(id=d.doc.id, text=d.doc.text or "", title=d.doc.title) for d in corpus(60))
    before = [document(pipeline.annotate(nlp, article), text=True) for article in articles]
    back, written, read = there_and_back(ONE, before, tmp_path / "a.json")
    assert back == before
    assert not written.counts + read.counts
    (prediction,) = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))[0]["predictions"]
    assert prediction["model_version"].startswith("claimstake ")
    scores = [item["score"] for item in prediction["result"] if "score" in item]
    assert scores
    assert all(0 < score <= 1 for score in scores)


def test_what_is_drawn_holds_all_but_what_only_meta_can(tmp_path: Path) -> None:
    """Without the task's meta (a project copied by hand, say) regions, relations and the sheet say the rest."""
    before = corpus(9)
    ONE.write(before, tmp_path / "a.json", Losses())
    tasks = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    back, losses = exported(tmp_path / "b.json", *({k: v for k, v in one.items() if k != "meta"} for one in tasks))
    lost: Counter[str] = Counter()
    for was, now in zip(before, back, strict=True):
        lost += difference(was, now)
    assert lost == Counter({"claim id": sum(len(d.claims) for d in before), "body": len(before)})
    assert not losses.counts


@settings(max_examples=100, deadline=None)
@given(documents())
def test_odd_documents_come_back_as_they_were(before: AnnotatedDocument) -> None:
    """Whatever is drawn, what nobody touched is what it was."""
    with tempfile.TemporaryDirectory() as folder:
        back, written, read = there_and_back(ONE, [before], Path(folder) / "a.json")
    assert back == [before]
    assert not written.counts + read.counts


def test_a_configuration_stands_beside(tmp_path: Path) -> None:
    """It has every label and relation that the tasks use, in the ontology's colours, with a key of its own each."""
    ONE.write([*corpus(30), small()], tmp_path / "news.json", Losses())
    assert configuration_path(tmp_path / "news.json") == tmp_path / "news.config.xml"
    view = ElementTree.parse(tmp_path / "news.config.xml").getroot()
    labels = {one.get("value"): one for one in view.iter("Label")}
    relations = {one.get("value") for one in view.iter("Relation")}
    tasks = json.loads((tmp_path / "news.json").read_text(encoding="utf-8"))
    answers = [answer for one in tasks for key in ("annotations", "predictions") for answer in one.get(key, ())]
    results = [item for answer in answers for item in answer["result"]]
    assert {x for item in results if item["type"] == "labels" for x in item["value"]["labels"]} <= set(labels)
    assert {x for item in results if item["type"] == "relation" for x in item["labels"]} <= relations
    assert "hedged proposed ban restricts_export_of" in relations
    assert {"same_as", *ontology.default().predicates} <= relations
    known = ontology.default().labels
    assert all(labels[name].get("background") == label.colour for name, label in known.items())
    keys = [one.get("hotkey") for one in labels.values()]
    assert len(set(keys)) == len(keys)
    names = {one.get("name") for one in view.iter() if one.get("name")}
    assert {item["from_name"] for item in results if "from_name" in item} <= names
    assert {item["to_name"] for item in results if "to_name" in item} <= names


def test_a_users_labels_and_predicates_come_back(tmp_path: Path) -> None:
    """They are in the configuration, and a document that was corrected keeps them."""
    before = small()
    entities = [e.model_copy(update={"label": "SHIP"}) if e.id == "e5" else e for e in before.entities]
    extra = before.claims[1].model_copy(update={"predicate": "ships", "object": "e5", "id": "c9"})
    before = before.model_copy(update={"entities": entities, "claims": [*before.claims, extra]})
    file = tmp_path / "a.json"
    ONE.write([before], file, Losses())
    assert '"SHIP"' in (tmp_path / "a.config.xml").read_text(encoding="utf-8")
    tasks = json.loads(file.read_text(encoding="utf-8"))
    tasks[0]["predictions"][0]["result"].append(region("new", "exports", "PRODUCT"))
    (after,), losses = exported(file, *tasks)
    assert "SHIP" in {e.label for e in after.entities}
    assert "ships" in {c.predicate for c in after.claims}
    assert len(after.entities) == len(before.entities) + 1
    assert not losses.counts


def test_what_is_unchanged_keeps_what_is_known_of_it(tmp_path: Path) -> None:
    """A mention that somebody drew has no confidence; the others, and claims between them, stay what they were."""
    after, losses = changed(tmp_path, lambda result: result.append(region("Xy1", "exports", "PRODUCT")))
    before = small()
    assert not losses.counts
    drawn = [e for e in after.entities if e.text == "exports"]
    assert [(e.label, e.canonical, e.confidence, e.kb_id) for e in drawn] == [("PRODUCT", "exports", None, None)]
    kept = [e.model_copy(update={"id": "e"}) for e in after.entities if e not in drawn]
    assert kept == [e.model_copy(update={"id": "e"}) for e in before.entities]
    assert [(words_of(after, c), c.qualifiers, c.confidence) for c in after.claims] == [
        (words_of(before, c), c.qualifiers, c.confidence) for c in before.claims
    ]
    assert after.doc == before.doc


def test_relations_that_were_drawn_changed_and_removed(tmp_path: Path) -> None:
    """A relation with two labels is two claims; one turned to the left goes the other way."""

    def change(result: list[dict[str, Any]]) -> None:
        (arc,) = [item for item in result if item["type"] == "relation" and "same_as" not in item["labels"]]
        assert arc["labels"] == ["hedged proposed ban restricts_export_of", "designates"]
        arc["labels"] = ["negated lifted restricts_export_of"]
        result.append(relation("s5", "s2", "used_in", "derived_from", direction="left"))

    after, losses = changed(tmp_path, change)
    assert {words_of(after, c): c.qualifiers.model_dump(exclude_none=True) for c in after.claims} == {
        ("Beijing", "restricts_export_of", "gallium"): {
            "status": "lifted",
            "polarity": "negated",
            "measure": "restriction",
            "target": "quotas",
            "time": [{"kind": "event", "value": "2025-07-15"}],
        },
        ("gallium", "used_in", "quotas"): {},
        ("gallium", "derived_from", "quotas"): {},
    }
    assert not losses.counts


def test_the_sheet_is_corrected(tmp_path: Path) -> None:
    """A line that was changed, one that was added, and one about a mention that is not there."""

    def change(result: list[dict[str, Any]]) -> None:
        (area,) = [item for item in result if item.get("from_name") == "sheet"]
        rows = area["value"]["text"][0].split("\n")
        assert any("name: Beijing = China" in row for row in rows)
        rows = [row.replace("target=quotas", "target=quotas; attribution=the ministry") for row in rows]
        area["value"]["text"] = ["\n".join([*rows, "value: Thursday = 2025-07-24", "name: Nowhere = Elsewhere"])]

    after, losses = changed(tmp_path, change)
    assert after.claims[0].qualifiers.attribution == "the ministry"
    assert after.claims[0].qualifiers.target == "quotas"
    (date,) = [e for e in after.entities if e.label == "DATE"]
    assert date.value == "2025-07-24"
    assert losses.counts == Counter({"to look at again": 1})
    assert "Nowhere" in losses.examples["to look at again"][0]


def test_names_and_values_are_corrected_in_regions(tmp_path: Path) -> None:
    """The text areas of a region win over the sheet; what is no value is said."""

    def area(id_: str, name: str, words: str) -> dict[str, Any]:
        return {"id": id_, "from_name": name, "to_name": "text", "type": "textarea", "value": {"text": [words]}}

    after, losses = changed(
        tmp_path,
        lambda result: result.extend(
            [
                area("s1", "name", "Beijing = capital"),
                area("s3", "value", "2025-07-24"),
                area("s5", "value", "some"),
                area("s4", "name", "Ministry of Trade"),
                area("s5", "opinion", "odd"),
            ]
        ),
    )
    assert {e.text: (e.canonical, e.value) for e in after.entities if e.text in ("Beijing", "Thursday")} == {
        "Beijing": ("Beijing = capital", None),
        "Thursday": ("2025-07-24", "2025-07-24"),
    }
    assert losses.counts == Counter(
        {"value that is none": 1, "name of a nominal without its label": 1, "textarea opinion": 1}
    )


def test_exports_of_other_projects(tmp_path: Path) -> None:
    """Labels and relations that are ours, whatever the controls are called; all else is said."""
    found, losses = exported(
        tmp_path / "news.json",
        task(
            region("a", "Beijing", "Place"),
            region("b", "gallium", "MINERAL", "CHEM"),
            region("c", "quotas", "PRODUCT", meta={"text": ["sure?"]}),
            relation("a", "b", "proposed restricts_export_of"),
            relation("a", "b", "likes"),
            relation("a", "c"),
            relation("a", "gone", "covers"),
            relation("b", "c", "used_in", direction="bi"),
            {"value": {"choices": ["trade"]}, "id": "d", "from_name": "topic", "to_name": "text", "type": "choices"},
            {"value": {"text": ["hm"]}, "id": "e", "from_name": "remarks", "to_name": "text", "type": "textarea"},
            {
                "value": {"start": 1, "end": 2},
                "id": "f",
                "from_name": "x",
                "to_name": "text",
                "type": "hypertextlabels",
            },
            "nonsense",
        ),
    )
    (after,) = found
    assert after.doc.id == "news-1"
    assert [(e.label, e.text, e.canonical) for e in after.entities] == [
        ("PLACE", "Beijing", "Beijing"),
        ("MINERAL", "gallium", "gallium"),
        ("PRODUCT", "quotas", "quotas"),
    ]
    assert [words_of(after, c) for c in after.claims] == [
        ("Beijing", "restricts_export_of", "gallium"),
        ("gallium", "used_in", "quotas"),
    ]
    assert after.claims[0].qualifiers == Qualifiers(status="proposed", measure="restriction")
    assert losses.counts == Counter(
        {
            "label CHEM": 1,
            "note on a region": 1,
            "relation likes": 1,
            "relation without a label": 1,
            "relation without its mentions": 1,
            "second direction of a relation": 1,
            "choices topic": 1,
            "textarea remarks": 1,
            "hypertextlabels x": 1,
            "item that is none": 1,
        }
    )


def test_offsets_of_old_versions_count_utf_16_units(tmp_path: Path) -> None:
    """Told by the regions' words; a region whose words are nowhere near is left out and said."""

    def units(row: dict[str, Any]) -> dict[str, Any]:
        value = row["value"]
        for key in ("start", "end"):
            value[key] = len(TEXT[: value[key]].encode("utf-16-le")) // 2
        return row

    rows = [region("a", "Beijing", "PLACE"), region("b", "gallium", "MINERAL"), region("c", "Thursday", "DATE")]
    rows.append(region("d", "gallium \U0001f44d\U0001f3fd exports.\r\nOn", "EVIDENCE"))
    rows[3]["value"]["text"] = "gallium \U0001f44d\U0001f3fd exports.\\nOn"  # as Label Studio writes a line end
    now, none = exported(tmp_path / "now.json", task(*copy.deepcopy(rows)))
    old, losses = exported(tmp_path / "now.json", task(*map(units, copy.deepcopy(rows))))
    assert old == now
    assert [e.text for e in now[0].entities] == ["Beijing", "gallium", "Thursday"]
    assert none.counts == losses.counts == Counter({"to look at again": 1})  # a DATE without a value
    rows[1]["value"]["start"] += 3
    rows[2]["value"] |= {"start": 5, "end": 999}
    rows.append({"type": "labels", "id": "x", "value": {"labels": ["PLACE"]}})
    moved, losses = exported(tmp_path / "moved.json", task(*rows))
    assert [e.text for e in moved[0].entities] == ["Beijing"]
    assert losses.counts == Counter(
        {"region whose words are not at its offsets": 1, "region that is not in the text": 2}
    )


def test_annotations_of_several_people(tmp_path: Path) -> None:
    """The first that was not skipped is taken; the others, drafts and tasks that nobody annotated are said."""
    one = task(region("a", "Beijing", "PLACE"), drafts=[{"user": "b@example.org", "result": []}])
    skipped = {"id": 1, "completed_by": 2, "was_cancelled": True, "result": [region("b", "gallium", "MINERAL")]}
    other = {"id": 9, "completed_by": 3, "result": [region("c", "quotas", "PRODUCT")]}
    one["annotations"] = [skipped, *one["annotations"], other]
    empty = task() | {"annotations": []}
    all_skipped = task() | {"annotations": [skipped]}
    found, losses = exported(tmp_path / "a.json", one, empty, all_skipped)
    assert [[e.text for e in d.entities] for d in found] == [["Beijing"]]
    assert losses.counts == Counter(
        {
            "annotation that was skipped": 2,
            "annotation of another annotator": 1,
            "draft": 1,
            "task without an annotation": 2,
        }
    )
    assert losses.examples["annotation of another annotator"] == ["a-1: 3"]


def test_minimal_exports_are_refused(tmp_path: Path) -> None:
    """They do not say which regions a relation joins; the error says what to export instead."""
    labels = [{"start": 2, "end": 9, "labels": ["PLACE"]}]
    row = {"text": TEXT, "id": 1, "label": labels, "annotator": 1, "lead_time": 3}
    (tmp_path / "min.json").write_text(json.dumps([row | {"annotation_id": 2}]), encoding="utf-8")
    with pytest.raises(CorpusError, match=r"min\.json: is a JSON_MIN export.*export it as JSON"):
        list(ONE.read(tmp_path / "min.json", Losses()))
    ONE.write([small()], tmp_path / "good.json", Losses())
    losses = Losses()
    assert list(ONE.read(tmp_path, losses)) == [small()]
    assert list(losses.failures) == [str(tmp_path / "min.json")]


def test_a_damaged_task_spoils_no_other(tmp_path: Path) -> None:
    """The failure names the file and the task; a record in meta that does not fit is said."""
    ONE.write([small(), small()], tmp_path / "a.json", Losses())
    first, second = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    second["data"]["text"] += " More."
    file = tmp_path / "b.json"
    found, losses = exported(file, first, {"data": {"a": "x", "b": "y"}}, "nonsense", {"id": 3}, second)
    assert found[0] == small()
    assert [e.text for e in found[1].entities] == [e.text for e in small().entities]
    assert found[1].entities[0].kb_id is None
    assert losses.counts == Counter({"record in meta that does not fit": 1})
    assert losses.failures == {
        f"{file}: task 2": 'its data has no "text", and not just one other string that could be it',
        f"{file}: task 3": "is no task: it has no data",
        f"{file}: task 4": "is no task: it has no data",
    }


def test_damaged_files(tmp_path: Path) -> None:
    """The failure names file and line; others go on."""
    ONE.write([small()], tmp_path / "a.json", Losses())
    raw = (tmp_path / "a.json").read_bytes()
    (tmp_path / "cut.json").write_bytes(raw[: len(raw) // 2])
    (tmp_path / "latin.json").write_bytes('[{"data": {"text": "é"}}]'.encode("latin-1"))
    losses = Losses()
    assert list(ONE.read(tmp_path, losses)) == [small()]
    assert "is not JSON" in losses.failures[f"{tmp_path / 'cut.json'}:2"]
    assert "is no UTF-8" in losses.failures[str(tmp_path / "latin.json")]


def test_a_document_that_cannot_be_written_spoils_no_other(tmp_path: Path) -> None:
    """Half a surrogate pair, or no text; the file holds the others and nothing half."""
    half = AnnotatedDocument(
        doc=DocumentInfo(id="half", text="a\ud800", sha256=text_sha256("a\ud800")), entities=[], claims=[]
    )
    bare = small().model_copy(update={"doc": small().doc.model_copy(update={"id": "bare", "text": None})})
    losses = Losses()
    assert ONE.write([half, small(), bare], tmp_path / "a.json", losses) == 1
    assert list(ONE.read(tmp_path / "a.json", Losses())) == [small()]
    assert sorted(losses.failures) == ["bare", "half"]


def test_it_is_recognised(tmp_path: Path) -> None:
    """Tasks, exports and refused exports, among other JSON files."""
    ONE.write([small()], tmp_path / "a.json", Losses())
    (tmp_path / "b.json").write_text(json.dumps([task(region("a", "Beijing", "PLACE"))]))
    (tmp_path / "c.json").write_text(json.dumps([{"id": 1, "text": "x", "annotator": 1, "annotation_id": 2}]))
    assert {formats.recognised(tmp_path / f"{name}.json").name for name in "abc"} == {"labelstudio"}
    formats.named("records").write([small()], tmp_path / "records" / "a.json", Losses())
    assert formats.recognised(tmp_path / "records" / "a.json").name == "records"
