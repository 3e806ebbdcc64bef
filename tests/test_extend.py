"""A user's own entities, labels, predicates and switches, from files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from claimstake import extend, pipeline
from claimstake.attributes import MENTIONS
from claimstake.errors import ClaimstakeError, ConfigError, KnowledgeError
from claimstake.ontology import default
from claimstake.output import document
from claimstake.records import Article

MINE = """
min_confidence = 0.25
off = ["QUANTITY", "located_in", "ban-exports-verb", "gallium"]
gazetteers = ["ships.jsonl"]

[[label]]
name = "SHIP"
says = "a vessel by name"
colour = "#a0c0ff"

[[entity]]
id = "zorbium"
label = "MINERAL"
name = "zorbium"
aliases = ["Zb-9 ore"]

[[predicate]]
name = "carries"
says = "takes on board"
subject = ["SHIP"]
object = ["MINERAL", "PRODUCT"]
qualifiers = ["time"]

[[predicate.trigger]]
kind = "verb"
lemmas = ["ferry", "carry"]

[[frame]]
id = "embrace-partner"
predicate = "partners_with"
kind = "verb"
lemmas = ["befriend"]
subject = ["lsubj"]
object = ["lobj"]
prior = 0.9
"""
SHIPS = '{"id": "ever-glimmer", "label": "SHIP", "name": "Ever Glimmer", "aliases": ["MV Ever Glimmer"]}\n'
Write = Callable[..., Path]


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    """Writes a configuration, and the gazetteer that it names, into a folder of its own."""

    def written(text: str, name: str = "mine.toml") -> Path:
        folder = tmp_path_factory.mktemp("config")
        (folder / "ships.jsonl").write_text(SHIPS, encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name

    return written


@pytest.fixture(scope="module")
def mine(write: Write) -> Language:
    """A pipeline with the configuration above."""
    return extend.apply(pipeline.load(), extend.read([write(MINE)]))


def annotated(nlp: Language, text: str) -> Doc:
    return pipeline.annotate(nlp, Article(id="a", text=text, published="2025-03-03"))


def triples(doc: Doc) -> set[tuple[str, str, str]]:
    return {(c["subject"]["canonical"], c["predicate"], c["object"]["canonical"]) for c in doc._.claims}


def names(doc: Doc) -> set[tuple[str, str]]:
    return {(s.text, s.label_) for s in doc.spans[MENTIONS]}


class TestPipeline:
    """What a configuration changes, from the text to the claim."""

    def test_a_new_entity_is_found(self, mine: Language) -> None:
        """A row of the file is found by name and alias, under its canonical name and id."""
        record = document(annotated(mine, "China banned exports of Zb-9 ore."))
        found = [(e.text, e.canonical, e.kb_id) for e in record.entities if e.label == "MINERAL"]
        assert found == [("Zb-9 ore", "zorbium", "zorbium")]

    def test_a_new_label_and_predicate_make_claims(self, mine: Language) -> None:
        """A label of the file's own gazetteer reaches the claims through the file's own predicate and trigger."""
        doc = annotated(mine, "The Ever Glimmer carried zorbium to Rotterdam.")
        assert ("Ever Glimmer", "SHIP") in names(doc)
        assert ("Ever Glimmer", "carries", "zorbium") in triples(doc)
        assert document(doc).claims[0].extractor.startswith("carries-ferry@")

    def test_a_frame_adds_a_trigger_to_a_known_predicate(self, nlp: Language, mine: Language) -> None:
        """The same sentence says nothing to the pipeline without the frame."""
        text = "Rio Tinto befriended Glencore."
        assert not triples(annotated(nlp, text))
        assert ("Rio Tinto", "partners_with", "Glencore") in triples(annotated(mine, text))

    def test_an_entity_can_be_switched_off(self, nlp: Language, mine: Language) -> None:
        """The gazetteer's row is not found any more."""
        text = "Prices of gallium and germanium rose."
        assert {("gallium", "MINERAL"), ("germanium", "MINERAL")} <= names(annotated(nlp, text))
        assert ("germanium", "MINERAL") in names(annotated(mine, text))
        assert "gallium" not in {e.kb_id for e in document(annotated(mine, text)).entities}

    def test_a_label_can_be_switched_off(self, nlp: Language, mine: Language) -> None:
        """Its mentions are gone from the spans and from doc.ents, the others stay."""
        text = "China exported 20,000 tonnes of graphite last year."
        assert "QUANTITY" in {label for _, label in names(annotated(nlp, text))}
        doc = annotated(mine, text)
        assert {label for _, label in names(doc)} >= {"PLACE", "MINERAL", "DATE"}
        assert "QUANTITY" not in {label for _, label in names(doc)} | {e.label_ for e in doc.ents}

    def test_a_predicate_can_be_switched_off(self, nlp: Language, mine: Language) -> None:
        """No rule makes a claim of it, whether frame or pattern; other claims of the sentence stay."""
        text = "Tesla, based in Austin, makes electric vehicles. Albemarle has a plant in Chile."
        assert "located_in" in {p for _, p, _ in triples(annotated(nlp, text))}
        found = triples(annotated(mine, text))
        assert ("Tesla", "produces", "electric vehicle") in found
        assert "located_in" not in {p for _, p, _ in found}

    def test_a_frame_can_be_switched_off(self, nlp: Language, mine: Language) -> None:
        """Claims that only it finds are gone."""
        text = "China banned exports of germanium."
        rules = {c["extractor"].partition("@")[0] for c in annotated(nlp, text)._.claims}
        assert "ban-exports-verb" in rules
        assert "ban-exports-verb" not in {c["extractor"].partition("@")[0] for c in annotated(mine, text)._.claims}

    def test_every_predicate_can_be_switched_off(self, nlp: Language, write: Write) -> None:
        """A pipeline without any predicate makes no claims, and does not fail on rules that propose them."""
        off = ", ".join(f'"{name}"' for name in default().predicates)
        bare = extend.apply(pipeline.load(), extend.read([write(f"off = [{off}]")]))
        text = (
            "China's Ministry of Commerce banned exports of gallium on Feb. 4 in response to U.S. tariffs of 25%. "
            "Tesla, based in Austin, makes batteries from lithium, such as cells, and invests in Chile. "
            "Announcement No. 10 covers graphite. China accounts for 80% of graphite output. "
            "The cathode must contain at least 97% nickel, said Li Wei, CEO of CATL."
        )
        assert annotated(nlp, text)._.claims
        assert annotated(bare, text)._.claims == []

    def test_the_packaged_pipeline_stays_as_it_is(self, mine: Language, nlp: Language) -> None:
        """Changing one pipeline does not change another of the same process."""
        assert ("Ever Glimmer", "SHIP") not in names(annotated(nlp, "The Ever Glimmer carried zorbium."))
        assert "carries" not in default().predicates

    def test_a_changed_pipeline_is_saved_with_its_changes(self, mine: Language, tmp_path: Path) -> None:
        """to_disk and load bring back entities, predicates and switches."""
        mine.to_disk(tmp_path)
        text = "The Ever Glimmer carried zorbium, 20 tonnes of it. Tesla is based in Austin."
        again = annotated(pipeline.load(tmp_path), text)
        assert triples(again) == triples(annotated(mine, text))
        assert names(again) == names(annotated(mine, text))


def test_files_add_up(write: Write) -> None:
    """A folder is read file by file in the order of their names; later settings win, rows and labels add up."""
    path = write(MINE)
    (path.parent / "zz.toml").write_text("min_confidence = 0.9\noff = ['covers']\n", encoding="utf-8")
    config = extend.read([path.parent])
    assert config.min_confidence == 0.9
    assert set(config.off) == {"QUANTITY", "located_in", "ban-exports-verb", "gallium", "covers"}
    assert {row.id for row in config.rows} == {"zorbium", "ever-glimmer"}
    assert "SHIP" in config.ontology.labels
    assert "QUANTITY" not in config.ontology.labels
    assert "covers" not in config.ontology.predicates


def test_a_gazetteer_alone_is_a_configuration(write: Write) -> None:
    """A .jsonl file is rows; its labels are those of the ontology."""
    path = write('{"id": "example-mine", "label": "PLACE", "name": "Example Mine"}', "mines.jsonl")
    assert [row.name for row in extend.read([path]).rows] == ["Example Mine"]


def test_word_sets_of_the_packaged_frames_can_be_used(write: Write) -> None:
    """ "@export" stands for the words that the packaged frames use under that name."""
    frame = "[[frame]]\nid='x'\npredicate='covers'\nkind='noun'\nlemmas='@ban'\nsubject='poss'\nobject='prep:of'\n"
    (found,) = extend.read([write(frame)]).frames
    assert {"ban", "embargo"} <= found.lemmas
    assert (found.subject, found.object) == (("poss",), ("prep:of",))


FRAME = "[[frame]]\nid='x'\npredicate='{}'\nkind='{}'\nlemmas=['y']\nsubject=['lsubj']\nobject=['lobj']\n{}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("min_confidence = 2", r"mine\.toml: min_confidence: expected a number from 0 to 1, not 2"),
        ("min_confidence = true", "min_confidence: expected a number"),
        ("of = []", r"mine\.toml: unknown key 'of'; did you mean 'off'\?"),
        ("off = 'PLACE'", "off: expected a list of strings"),
        ("label = 3", r"label: write it as a list of tables, \[\[label\]\]"),
        ("x = [", r"mine\.toml: is not TOML"),
        ("[[label]]\nname = 'Ship'", "label 'Ship': a name is written CAPITALS_LIKE_THIS"),
        ("[[label]]\nname = 'SHIP'\ncolour = 'red'", "label SHIP: colour 'red' is not of the form"),
        ("[[label]]\nsays = 'x'", "has no name"),
        ("[[label]]\nname = 'SHIP'\nshape = 1", "SHIP has unknown keys: shape"),
        ("[[predicate]]\nname = 'Carries'", "predicate 'Carries': a name is written words_like_this"),
        ("[[predicate]]\nname = 'carries'", r"mine\.toml: predicate carries has no subject"),
        ("[[predicate]]\nname='carries'\nsubject=['SHIP']\nobject=['PLACE']", "carries names unknown labels: SHIP"),
        ("[[predicate]]\nname='c'\nsubject='PLACE'\nobject=['PLACE']", "predicate c: subject: expected a list"),
        (
            "[[predicate]]\nname='c'\nsubject=['PLACE']\nobject=['PLACE']\nqualifiers=['colour']",
            "unknown qualifier 'colour'",
        ),
        ("[[entity]]\nid = 'x'\nlabel = 'PLACE'", r"mine\.toml: entity:1: the row has no name"),
        ("[[entity]]\nid = 'x'\nlabel = 'SHIP'\nname = 'X'", "unknown label SHIP"),
        ("[[entity]]\nid = 'x'\nlabel = 'PLACE'\nname = 'X'\ntype = 1", "unknown keys type"),
        (
            "[[entity]]\nid='x'\nlabel='PLACE'\nname='X'\n[[entity]]\nid='x'\nlabel='PLACE'\nname='Y'",
            "id x stands twice",
        ),
        ("gazetteers = ['none.jsonl']", r"gazetteers: none\.jsonl does not exist beside it"),
        (FRAME.format("coverz", "verb", ""), r"frame x: there is no predicate 'coverz'; did you mean 'covers'\?"),
        (FRAME.format("covers", "adverb", ""), "kind is verb, noun or adj, not adverb"),
        (FRAME.format("covers", "verb", "lemma=['z']"), r"frame x: unknown key 'lemma'; did you mean 'lemmas'\?"),
        (FRAME.format("covers", "verb", "via=['@exports']"), "frame x: via: there is no set '@exports'"),
        (FRAME.format("covers", "verb", "prior=7"), "frame x: prior: expected a number from 0 to 1"),
        (FRAME.format("covers", "verb", "voice='loud'"), "voice is active or passive, not 'loud'"),
        (FRAME.format("covers", "verb", "qualifiers={status='soon'}"), "frame x: qualifiers: status: Input should be"),
        (FRAME.format("covers", "verb", "").replace("lsubj", "boss"), "unknown role boss"),
        (FRAME.format("covers", "verb", "").replace("['y']", "[1]"), "frame x: lemmas: expected a list of strings"),
    ],
)
def test_what_is_wrong_is_named(write: Write, text: str, message: str) -> None:
    """Every mistake gives an error with the file and the key, before any text is read."""
    with pytest.raises(ClaimstakeError, match=message):
        extend.read([write(text)])


@pytest.mark.parametrize(
    ("name", "message"),
    [("none.toml", "does not exist"), ("mine.yaml", "is a .toml file"), (".", "holds no .toml or .jsonl file")],
)
def test_paths_that_are_no_configuration(tmp_path: Path, name: str, message: str) -> None:
    """Missing files, other formats and empty folders are named."""
    (tmp_path / "mine.yaml").write_text("off: []", encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        extend.read([tmp_path / name])


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("off = ['PLACES']", ConfigError, r"mine\.toml: off: there is no 'PLACES'; did you mean 'PLACE'\?"),
        ("off = ['lithum']", ConfigError, r"there is no 'lithum'; did you mean 'lithium'\?"),
        (
            "[[entity]]\nid='x'\nlabel='MINISTRY'\nname='X'\ncountry='chna'",
            KnowledgeError,
            r"mine\.toml: entity: x: country 'chna' is no id of a gazetteer; did you mean 'china'\?",
        ),
    ],
)
def test_what_the_pipeline_does_not_have(
    nlp: Language, write: Write, text: str, error: type[ClaimstakeError], message: str
) -> None:
    """Names that only the pipeline can know are checked when it is changed, and nothing is changed then."""
    before = list(nlp.pipe_names)
    with pytest.raises(error, match=message):
        extend.apply(nlp, extend.read([write(text)]))
    assert nlp.pipe_names == before
