"""The corpus's inline format: an article a file, mentions marked in the text, claims below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from claimstake.errors import CorpusError
from claimstake.interchange import difference, files
from claimstake.interchange.contract import Holds, Losses
from claimstake.records import AnnotatedDocument
from claimstake.sinks import brat
from claimstake.training import inline, inline_text

SOURCE = "source"  # the one word of a header's description that a record has a place for
HEADER = re.compile(rf"({'|'.join((*inline.HEADERS, *inline.DESCRIBING, 'name'))}): ")


class Corpus:
    """See `contract.Format`."""

    name = "corpus"
    says = "the corpus's inline format, a Markdown-like file an article (see corpus/GUIDELINES.md)"
    suffixes = (".md",)
    folder = True
    holds = Holds(overlapping="nested, on one line", metadata="id, title, published, source", details="no")

    def recognises(self, start: str) -> bool:
        """By the line that divides header and text."""
        return "\n=== text\n" in start

    def read(self, path: Path, losses: Losses) -> Iterator[AnnotatedDocument]:
        """See `contract.Format`; what a header says of genre, outlet and the like has no place there."""
        found = False
        for file in files.listed(path, self.suffixes):
            try:
                source = files.text(file)
                if path.is_dir() and not HEADER.match(source.lstrip()):
                    losses.add("file that is no article", str(file))  # a README among them
                    continue
                found = True
                article = inline.parse(source, str(file))
            except CorpusError as error:
                where, _, reason = str(error).partition(": ")
                losses.fail(where, reason)
                continue
            for key in article.about.keys() - {SOURCE}:
                losses.add(f"header {key}", article.record.doc.id, article.about[key])
            yield _record(article)
        if not found and not losses.failures:
            raise CorpusError(f"{path}: no article of the corpus's format in it (a header, === text, === claims)")

    def write(self, documents: Iterable[AnnotatedDocument], path: Path, losses: Losses) -> int:
        """See `contract.Format`; files are named after the documents."""
        folder, names = files.fresh(path), brat.FileNames()
        return sum(
            files.tried(losses, document.doc.id, lambda document=document: _write(folder, names, document, losses))
            for document in documents
        )


def _record(article: inline.Annotated) -> AnnotatedDocument:
    info = article.record.doc.model_copy(update={"source": article.about.get(SOURCE)})
    return article.record.model_copy(update={"doc": info})


def _write(folder: Path, names: brat.FileNames, document: AnnotatedDocument, losses: Losses) -> None:
    about = {SOURCE: document.doc.source} if document.doc.source else {}
    written = inline_text.written(document, about).text
    difference.count(losses, document, _record(inline.parse(written, document.doc.id)))
    with files.appearing_text(folder / f"{names.of(document.doc.id)}.md") as stream:
        stream.write(written)
