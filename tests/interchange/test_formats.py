"""The registry of formats: names, recognition, and what every format has to do."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from claimstake.errors import ConfigError, CorpusError
from claimstake.interchange import formats, losing
from claimstake.interchange.contract import Format, Holds, Losses
from claimstake.records import AnnotatedDocument, Claim, DocumentInfo, Entity

EVERY = list(formats.every())
ids = pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)


@ids
def test_a_format_is_registered_under_its_name(one: Format) -> None:
    """`--to` takes the name that the format has, and help says what it is."""
    assert formats.named(one.name) is one
    assert one.says
    assert all(suffix.startswith(".") for suffix in one.suffixes)
    assert isinstance(one.holds, Holds)
    assert all(getattr(one.holds, held.name) for held in fields(Holds))


def test_an_unknown_name_lists_the_formats() -> None:
    """The error says what there is."""
    with pytest.raises(ConfigError, match=f"no format 'xls'; the formats are {', '.join(formats.names())}"):
        formats.named("xls")


@ids
@pytest.mark.parametrize("content", [b"", b"\n \n"], ids=["empty", "blank"])
def test_an_empty_file_holds_no_documents(one: Format, content: bytes, tmp_path: Path) -> None:
    """Nothing to read is an error, not zero documents in silence."""
    file = tmp_path / f"empty{(one.suffixes or ('',))[-1]}"
    file.write_bytes(content)
    losses, said = Losses(), ""
    try:
        assert not list(one.read(file, losses))
    except CorpusError as error:
        said = str(error)
    assert str(file) in f"{said} {' '.join(losses.failures)}"


@ids
def test_a_path_that_is_not_there(one: Format, tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(CorpusError, match=r"nowhere: there is no such file or folder"):
        list(one.read(tmp_path / "nowhere", Losses()))


@ids
def test_a_folder_without_such_files(one: Format, tmp_path: Path) -> None:
    """A folder that holds nothing of the format is an error."""
    (tmp_path / "notes.xyz").write_text("nothing")
    with pytest.raises(CorpusError, match=str(tmp_path)):
        list(one.read(tmp_path, Losses()))


def test_nothing_heavy_is_imported_before_a_format_reads_or_writes() -> None:
    """`claimstake convert --list` and --help start fast."""
    code = "import sys; from claimstake.interchange import formats; list(formats.every()); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not {"spacy", "cassis", "requests", "lxml", "sklearn"} & set(done.stdout.split())


def test_a_format_is_recognised_by_content_where_suffixes_are_shared(tmp_path: Path) -> None:
    """A JSON Lines file, packed or not, is told by its first line; a folder by the files in it."""
    record = {"schema_version": "1.0", "doc": {"id": "a", "sha256": "0" * 64}, "entities": [], "claims": []}
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.jsonl").write_text(json.dumps(record))
    (tmp_path / "a" / "two.jsonl.gz").write_bytes(gzip.compress(json.dumps(record).encode()))
    (tmp_path / "strange.data").write_text(json.dumps(record))
    found = [
        formats.recognised(tmp_path / name).name for name in ("a/one.jsonl", "a/two.jsonl.gz", "a", "strange.data")
    ]
    assert found == ["records"] * 4


def test_what_is_not_recognised_says_how_to_name_it(tmp_path: Path) -> None:
    """Neither a guess nor a traceback."""
    file = tmp_path / "letter.txt"
    file.write_text("Dear all,")
    with pytest.raises(ConfigError, match=r"letter.txt: is of no format that claimstake knows; name it with --from"):
        formats.recognised(file)
    with pytest.raises(ConfigError, match="holds no file of any format"):
        formats.recognised(tmp_path)
    with pytest.raises(ConfigError, match="there is no such file"):
        formats.recognised(tmp_path / "other")


def test_a_folder_of_several_formats_is_not_guessed(tmp_path: Path) -> None:
    """The error names what is in it."""
    (tmp_path / "a.md").write_text("id: a\ntitle: A\n=== text\n{{A}}\n=== claims\n")
    (tmp_path / "b.jsonl").write_text('{"schema_version": "1.0", "doc": {}, "entities": []}')
    with pytest.raises(ConfigError, match=r"holds files of several formats \(corpus, records\); name it with --from"):
        formats.recognised(tmp_path)


def test_the_documentation_knows_every_format() -> None:
    """docs/formats.md has a row and an example command for each."""
    told = (Path(__file__).resolve().parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    for name in formats.names():
        assert f"| `{name}` |" in told
        assert f"--to {name} " in told


def test_json_of_several_tools_is_told_apart(tmp_path: Path) -> None:
    """Records, doccano's examples and Label Studio's tasks, full and as its short export has them."""
    texts = {
        "records": [{"schema_version": "1.0", "doc": {"id": "a", "sha256": "0" * 64, "text": "x"}, "entities": []}],
        "doccano": [{"id": 1, "data": "x", "label": []}],
        "labelstudio": [{"id": 1, "text": "x", "label": [{"start": 0}], "annotator": 1, "annotation_id": 4}],
    }
    for name, value in texts.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
        assert formats.recognised(tmp_path / f"{name}.json").name == name


def test_every_field_of_a_record_has_a_name_when_it_is_lost() -> None:
    """A field that a later version adds cannot be left out in silence."""
    place = {"id", "label", "text", "start", "end", "mention"}
    assert set(losing.PARTS_OF_MENTION) == set(Entity.model_fields) - place
    assert set(losing.PARTS_OF_CLAIM) == set(Claim.model_fields) - {"predicate", "subject", "object", "qualifiers"}
    assert set(losing.DOCUMENT) == set(DocumentInfo.model_fields) - {"id", "sha256", "text", "body"}
    assert set(AnnotatedDocument.model_fields) == {"schema_version", "doc", "entities", "claims", "pipeline"}
