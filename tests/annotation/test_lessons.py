"""What is learned, what is kept apart, what is left out; names that are proposed; when a candidate is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimstake import extend, ontology
from claimstake.annotation import naming, weighing
from claimstake.annotation.lessons import Lessons, is_held_out, lessons
from claimstake.annotation.stepping import Steps
from claimstake.bases import OWN_MODEL, base_path
from claimstake.errors import ConfigError, ModelError
from claimstake.records import AnnotatedDocument
from claimstake.training import inline, retrain

LABELS = frozenset(ontology.default().labels)
WORDS = "The smelter of [{0}|COMPANY] stood still. Traders told [{0}|COMPANY] to sell [tin|MINERAL]."


def document(id_: str, text: str = "", *claims: str) -> AnnotatedDocument:
    text = text or WORDS.format(f"Firm {id_}")
    source = "\n".join([f"id: {id_}", "title: T", "=== text", f"{{{{{text}}}}}", "=== claims", *claims, ""])
    return inline.parse(source, id_).record


def relabelled(document: AnnotatedDocument, label: str, new: str) -> AnnotatedDocument:
    entities = [e.model_copy(update={"label": new}) if e.label == label else e for e in document.entities]
    return document.model_copy(update={"entities": entities})


def chosen(*documents: AnnotatedDocument, **more: Any) -> Lessons:
    return lessons(documents, LABELS, more.pop("measured", {}), **more)


def ids(documents: list[AnnotatedDocument]) -> list[str]:
    return [d.doc.id for d in documents]


def test_a_copy_of_what_is_measured_is_not_learned() -> None:
    """Neither a dev article under another name, nor one with another headline, nor a part of it."""
    article = retrain.corpus_documents(retrain.corpus_path(), "dev")[3]
    text = article.doc.text or ""
    bodies = {"same": text, "headed": f"Read this first\n\n{text}", "cut": text[: int(len(text) * 0.7)]}
    copies = [document(name, "[Tin|MINERAL] fell.") for name in bodies]
    copies = [c.model_copy(update={"doc": c.doc.model_copy(update={"text": bodies[c.doc.id]})}) for c in copies]
    found = chosen(*copies, document("own"), measured={article.doc.id: text})
    assert ids(found.learned) == ["own"]
    assert set(found.left_out) == set(bodies)
    assert all(f"is a copy of {article.doc.id!r}" in reasons[0] for reasons in found.left_out.values())


@settings(deadline=None, max_examples=25)
@given(st.sets(st.text("abcdefgh-0123456789", min_size=1, max_size=12), min_size=5, max_size=40))
def test_what_is_kept_apart_stays_apart(names: set[str]) -> None:
    """At least one of five; with more documents, and in later rounds, nothing goes over to what is learned."""
    first = sorted(names)[:5]
    few = chosen(*(document(n) for n in first))
    assert few.held_out
    more = chosen(*(document(n) for n in sorted(names)), kept_apart=ids(few.held_out))
    assert set(ids(few.held_out)) <= set(ids(more.held_out))
    assert sorted([*ids(more.learned), *ids(more.held_out)]) == sorted(names)
    assert all(d.doc.id in ids(more.held_out) for d in more.taken if is_held_out(d.doc.id))


def test_about_a_fifth_is_kept_apart() -> None:
    """By the hash of the id; of four documents none is."""
    share = sum(is_held_out(f"article-{n}") for n in range(2000)) / 2000
    assert 0.17 < share < 0.23
    assert not chosen(*(document(str(n)) for n in range(4))).held_out


def test_what_was_learned_cannot_measure_later() -> None:
    """Of four documents all are learned; in a later round with more none of the four is kept apart."""
    names = [name for name in map(str, range(100)) if is_held_out(name)][:4]
    assert ids(chosen(*map(document, names)).learned) == sorted(names)
    more = [*names, *"abcdefgh"]
    assert set(names) & set(ids(chosen(*map(document, more)).held_out))
    later = chosen(*map(document, more), learned_before=names)
    assert later.held_out
    assert not set(names) & set(ids(later.held_out))


def test_copies_of_what_is_kept_apart_are_left_out() -> None:
    """Else the report would measure what was learned."""
    long = " ".join(f"word{n} [tin|MINERAL] rose" for n in range(60))
    apart = next(f"a{n}" for n in range(100) if is_held_out(f"a{n}"))
    other = next(f"b{n}" for n in range(100) if not is_held_out(f"b{n}"))
    rest = [document(f"c{n}") for n in range(5)]
    found = chosen(document(apart, long), document(other, f"{long} again"), *rest)
    assert apart in ids(found.held_out)
    assert f"is a copy of {apart!r}, which is kept apart" in found.left_out[other][0]


def test_labels_nobody_can_learn_are_taken_out() -> None:
    """Their mentions and claims go, the rest of the document is learned, and the user is told what to do."""
    ship = relabelled(
        document("one", WORDS.format("Aurora"), 'produces | Aurora | tin | - | "The smelter"'), "COMPANY", "SHIP"
    )
    found = chosen(ship)
    (learned,) = found.learned
    assert [e.label for e in learned.entities] == ["MINERAL"]
    assert learned.claims == []
    assert found.foreign == {"SHIP": {"Aurora": 2}}
    assert "names.toml proposes its names" in found.warnings["one"][0]
    proposed = naming.of_foreign(found.foreign)
    text = naming.to_toml(proposed, name="names.toml")
    assert '[[label]]\nname = "SHIP"' in text


def test_what_breaks_the_rules_is_left_out_and_named() -> None:
    """Mentions in one another, claims between the wrong things, nothing marked, ids twice, problems of a pull."""
    nested = document("nested", "The [Bank of [Chile|PLACE]|ORGANIZATION] and [tin|MINERAL].")
    backwards = document("backwards", WORDS.format("Aurora"), 'produces | Aurora | tin | - | "The smelter"')
    (claim,) = backwards.claims
    turned = claim.model_copy(update={"subject": claim.object, "object": claim.subject})
    backwards = backwards.model_copy(update={"claims": [turned]})
    found = chosen(
        *(nested, backwards, document("empty", "Nothing."), document("twice"), document("twice"), document("asked")),
        problems={"asked": ["an arc fits nothing"], "absent": ["anna, ben differ"]},
        failures={"torn.md:3": "does not parse"},
    )
    said = {where: reasons[0] for where, reasons in found.left_out.items()}
    assert ids(found.learned) == ["twice"]
    assert "PLACE 'Chile' lies inside ORGANIZATION 'Bank of Chile'" in said["nested"]
    assert "produces cannot go from 'tin' (MINERAL) to 'Aurora' (COMPANY)" in said["backwards"]
    assert said["empty"] == "has no mention that could be learned"
    assert said["twice"] == "another document has the same id"
    assert (said["asked"], said["absent"]) == ("an arc fits nothing", "anna, ben differ")
    assert said["torn.md:3"] == "does not parse"


def test_documents_with_problems_are_learned_if_asked() -> None:
    """With a warning; of mentions in one another the longer counts."""
    nested = document("nested", "The [Bank of [Chile|PLACE]|ORGANIZATION] and [tin|MINERAL].")
    found = chosen(nested, document("asked"), problems={"asked": ["an arc fits nothing"]}, with_problems=True)
    assert ids(found.learned) == ["asked", "nested"]
    assert [e.text for e in found.learned[1].entities] == ["Bank of Chile", "tin"]
    assert found.warnings["asked"] == ["an arc fits nothing"]
    assert "lies inside" in found.warnings["nested"][0]


def test_single_names_may_contradict_the_gazetteers() -> None:
    """An annotator may know better of one name; of most places in many documents it is a slip."""
    texts = ["In [Chile|PLACE] and [Peru|PLACE].", "[Norway|PLACE] and [Chile|PLACE].", "[Ghana|PLACE], [Laos|PLACE]."]
    right = [document(str(n), text) for n, text in enumerate(texts)]
    one = relabelled(document("odd", "[Chile|PLACE] won."), "PLACE", "COMPANY")
    assert not chosen(*right, one).left_out
    wrong = [relabelled(d, "PLACE", "PERSON") for d in right]
    found = chosen(*wrong, document("fine"))
    assert ids(found.learned) == ["fine"]
    assert "marks what the gazetteers know as PLACE as PERSON: 'Chile', 'Peru', 'Norway'" in found.left_out["0"][0]


# --- names ------------------------------------------------------------------------------------------------------------


def test_names_that_were_missed_twice_are_proposed(tmp_path: Path) -> None:
    """Not those of the gazetteers, those found, or those missed once; everyday words are weak."""
    text = (
        "[Ostrel|COMPANY] and [Ostrel|COMPANY] buy from [Umicore|COMPANY] and [Umicore|COMPANY]. [Found|COMPANY] "
        "sold, [Found|COMPANY] too. [Once|COMPANY] more. [Journey|COMPANY] met [Journey|COMPANY]. "
        "[Lumo Metals|COMPANY|~Lumo] and [Lumo|COMPANY] rose. Zerbit was there; [Zerbit|COMPANY] and [Zerbit|COMPANY]."
    )
    own = document("one", text)
    told = own.model_copy(update={"entities": [e for e in own.entities if e.text == "Found"]})
    found = {p.name: p for p in naming.proposals([own], {"one": told})}
    assert set(found) == {"Ostrel", "Journey", "Lumo", "Zerbit"}
    assert found["Lumo"].aliases == ("Lumo Metals",)
    assert (found["Journey"].weak, found["Zerbit"].weak, found["Ostrel"].weak) == (("Journey",), ("Zerbit",), ())
    file = tmp_path / "names.toml"
    file.write_text(naming.to_toml(list(found.values()), name="names.toml"), encoding="utf-8")
    rows = {row.name: row for row in extend.read([file]).rows}
    assert rows["Lumo"].surfaces == ("Lumo", "Lumo Metals")
    assert rows["Zerbit"].weak == ("Zerbit",)


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), min_size=1, max_size=4))
def test_any_name_survives_the_configuration(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    """Quotes, control characters and other scripts come back as they were."""
    names = [n for n in dict.fromkeys(names) if n.strip()]
    rows = [naming.Proposal("COMPANY", name, (name + "x",), (), 2, ("a\nb",)) for name in names]
    file = tmp_path_factory.mktemp("names") / "names.toml"
    file.write_text(naming.to_toml(rows, name=str(file)), encoding="utf-8", newline="\n")
    assert [(row.name, row.aliases) for row in extend.read([file]).rows] == [(n, (n + "x",)) for n in names]


# --- verdicts and steps -----------------------------------------------------------------------------------------------


def row(name: str, before: float, after: float, low: float, high: float, floor: float | None = None) -> dict[str, Any]:
    gain = {"value": round(after - before, 4), "low": low, "high": high}
    return {"name": name, "before": before, "after": after, "gain": gain, "floor": floor, "says": "", "of": 100}


SAME = "claims F1 goes from 0.500 to 0.500"
GAINED = {"learned": [row("entities strict F1", 0.5, 0.7, 0.1, 0.3)]}


@pytest.mark.parametrize(
    ("gold", "held_out", "documents", "reasons"),
    [
        (row("claims F1", 0.5, 0.49, -0.02, 0.01), (), 0, []),  # chance explains it
        (row("claims F1", 0.5, 0.498, -0.003, -0.001), (), 0, []),  # too little to matter
        (row("claims F1", 0.5, 0.45, -0.08, -0.01), (), 0, ["on gold, claims F1 goes from 0.500 to 0.450 (lost)"]),
        (
            row("claims F1", 0.5, 0.5, 0, 0, 0.6),
            (),
            0,
            ["on gold, claims F1 goes from 0.500 to 0.500 (below its floor)"],
        ),
        (row("claims F1", 0.5, 0.5, 0, 0), [row("claims F1", 0.5, 0.4, -0.2, -0.01)], 4, []),  # too few documents
        (
            row("claims F1", 0.5, 0.5, 0, 0),
            [row("claims F1", 0.5, 0.4, -0.2, -0.01)],
            5,
            ["on your documents kept apart, claims F1 goes from 0.500 to 0.400 (lost)"],
        ),
    ],
)
def test_what_speaks_against_a_candidate(gold: Any, held_out: Any, documents: int, reasons: list[str]) -> None:
    """A loss beyond chance and beyond what is tolerated, on gold or on enough documents of the user; a floor."""
    assert weighing.refusals({"gold": [gold], "held_out": list(held_out), **GAINED}, documents) == reasons


def test_a_candidate_must_bring_something() -> None:
    """Where no figure of the user's documents is better, nothing is replaced."""
    same = [row("entities strict F1", 0.5, 0.5, 0, 0)]
    (reason,) = weighing.refusals({"gold": same, "held_out": same, "learned": same}, 9)
    assert reason.startswith("it brings nothing")


def test_steps_are_done_once(tmp_path: Path) -> None:
    """Again when the key or an output changes; what they returned is kept; a damaged file is named."""
    file, output, done = tmp_path / "steps.json", tmp_path / "out.txt", []

    def work() -> dict[str, Any]:
        done.append(1)
        output.write_text("made", encoding="utf-8")
        return {"n": len(done)}

    assert Steps(file).run("one", ["a"], work, [output]) == {"n": 1}
    again = Steps(file)
    assert again.run("one", ["a"], work, [output]) == {"n": 1}
    assert again.unchanged == {"one"}
    assert Steps(file).run("one", ["b"], work, [output]) == {"n": 2}
    output.write_text("changed", encoding="utf-8")
    assert Steps(file).run("one", ["b"], work, [output]) == {"n": 3}
    assert Steps(file).run("one", None, work, [output]) == {"n": 4}
    file.write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"steps\.json: is damaged"):
        Steps(file)


def test_a_model_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the folder of the model that all commands use."""
    monkeypatch.setenv(OWN_MODEL, str(tmp_path))
    with pytest.raises(ModelError, match="holds no model"):
        base_path()
    (tmp_path / "manifest.json").write_text(json.dumps({"files": {}}), encoding="utf-8")
    assert base_path() == tmp_path
