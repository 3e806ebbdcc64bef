"""UIMA CAS XMI, as INCEpTION imports and exports it: an .xmi file a document, with the types in TypeSystem.xml beside.

A folder is written, or a .zip where the name ends so. Read are .xmi files, folders of them, and .zip files: of one
document's export, of ours, and of a whole project's export with XMI as its secondary format, where the curated version
of a document is taken before the first annotator's; the others are said. Offsets in XMI count UTF-16 units.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from claimstake import ontology
from claimstake.errors import CorpusError
from claimstake.interchange import cas_reading, cas_types, cas_writing, files
from claimstake.interchange.contract import Holds, Losses
from claimstake.records import AnnotatedDocument
from claimstake.sinks.brat import FileNames

TYPES = "TypeSystem.xml"
LAYERS = "layers.json"
LARGEST = 1 << 28  # bytes of an unpacked file: more is no article
DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError)
Put = Callable[[str, bytes], None]


class UimaCas:
    """See `contract.Format`."""

    name = "cas"
    says = "UIMA CAS XMI for INCEpTION: a folder, or a .zip, with a file a document and TypeSystem.xml"
    suffixes = (".xmi", ".zip")
    folder = True
    holds = Holds()

    def recognises(self, start: str) -> bool:
        """By the namespace of XMI, or the names of files in an export."""
        packed = start.startswith(files.PACKED) and (".xmi" in start or ".zip" in start)
        return packed or "http://www.omg.org/XMI" in start

    def read(self, path: Path, losses: Losses) -> Iterator[AnnotatedDocument]:
        """See `contract.Format`; layers of other names are read where they fit."""
        cas_types.library()
        found = False
        for file in files.listed(path, self.suffixes):
            for one in _sources(file, losses):
                found = True
                try:
                    types = cas_reading.type_system(one.types) if one.types is not None else None
                    yield cas_reading.read(one.xmi, types, one.name, losses)
                except CorpusError as error:
                    losses.fail(one.where, str(error))
        if not found and not losses.failures:
            raise CorpusError(f"{path}: no .xmi file in it")

    def write(self, documents: Iterable[AnnotatedDocument], path: Path, losses: Losses) -> int:
        """See `contract.Format`; layers.json beside the documents is for INCEpTION's import of layers."""
        types, names, count = cas_types.type_system(), FileNames(), 0
        names.of("TypeSystem")
        with _target(path) as put:
            put(TYPES, str(types.to_xml()).encode("utf-8"))
            put(LAYERS, cas_types.layers(ontology.default()).encode("utf-8"))
            for document in documents:
                count += files.tried(
                    losses,
                    document.doc.id,
                    lambda document=document: put(
                        f"{names.of(document.doc.id)}.xmi", cas_writing.written(document, types, losses)
                    ),
                )
        return count


@contextmanager
def _folder(path: Path) -> Iterator[Put]:
    folder = files.fresh(path)
    yield lambda name, content: _put(folder / name, content)


def _put(path: Path, content: bytes) -> None:
    with files.appearing(path) as stream:
        stream.write(content)


@contextmanager
def _zip(path: Path) -> Iterator[Put]:
    with files.appearing(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        # no time in it: the same documents give the same bytes
        yield lambda name, content: packed.writestr(zipfile.ZipInfo(name), content, compress_type=zipfile.ZIP_DEFLATED)


def _target(path: Path) -> AbstractContextManager[Put]:
    return _zip(path) if path.suffix.lower() == ".zip" else _folder(path)


@dataclass(frozen=True)
class _Source:
    """An XMI file: where it was found, its bytes, its type system's, and what its document is called."""

    where: str
    name: str
    xmi: bytes
    types: bytes | None


def _sources(path: Path, losses: Losses) -> Iterator[_Source]:
    if path.suffix.lower() != ".zip" or not zipfile.is_zipfile(path):
        try:
            beside = next((p for p in path.parent.iterdir() if p.name.lower() == TYPES.lower()), None)
            yield _Source(str(path), path.stem, path.read_bytes(), beside.read_bytes() if beside else None)
        except OSError as error:
            losses.fail(str(path), files.damage(error))
        return
    try:
        with zipfile.ZipFile(path) as packed:
            yield from _packed(packed, str(path), losses)
    except DAMAGED as error:
        losses.fail(str(path), f"is damaged ({error})")


def _packed(packed: zipfile.ZipFile, where: str, losses: Losses) -> Iterator[_Source]:
    entries = _entries(packed)
    yield from _documents(packed, entries, where, losses)
    yield from _project(packed, entries, where, losses)


def _entries(packed: zipfile.ZipFile) -> dict[PurePosixPath, zipfile.ZipInfo]:
    return {PurePosixPath(entry.filename): entry for entry in packed.infolist() if not entry.is_dir()}


def _documents(
    packed: zipfile.ZipFile, entries: dict[PurePosixPath, zipfile.ZipInfo], where: str, losses: Losses
) -> Iterator[_Source]:
    types = {p.parent: entry for p, entry in entries.items() if p.name.lower() == TYPES.lower()}
    for place, entry in entries.items():
        if place.suffix.lower() == ".xmi":
            here = f"{where}: {place}"
            try:
                beside = _content(packed, types[place.parent]) if place.parent in types else None
                yield _Source(here, place.stem, _content(packed, entry), beside)
            except (*DAMAGED, CorpusError) as error:
                losses.fail(here, str(error))


def _content(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.file_size > LARGEST:
        raise CorpusError(f"is {entry.file_size} bytes large unpacked, more than {LARGEST}")
    return packed.read(entry)


def _project(
    packed: zipfile.ZipFile, entries: dict[PurePosixPath, zipfile.ZipInfo], where: str, losses: Losses
) -> Iterator[_Source]:
    """Documents of a project's export: curation/DOCUMENT/USER.zip before annotation/DOCUMENT/USER.zip."""
    versions: dict[str, list[PurePosixPath]] = {}
    for place in sorted(entries, key=lambda p: (p.parts[0] != "curation", p.stem == "INITIAL_CAS", p.name)):
        if place.suffix.lower() == ".zip" and len(place.parts) == 3 and place.parts[0] in ("curation", "annotation"):
            versions.setdefault(place.parts[1], []).append(place)
    for document, places in versions.items():
        here = f"{where}: {places[0]}"
        for other in places[1:]:
            if other.stem != "INITIAL_CAS":
                losses.add("other version of a document", document, str(other))
        try:
            with zipfile.ZipFile(BytesIO(_content(packed, entries[places[0]]))) as inner:
                inside = _documents(inner, _entries(inner), here, losses)
                yield from (_Source(one.where, PurePosixPath(document).stem, one.xmi, one.types) for one in inside)
        except (*DAMAGED, CorpusError) as error:
            losses.fail(here, f"is damaged ({error})")
