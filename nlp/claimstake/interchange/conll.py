"""CoNLL-style files: a token a line with its offsets and its tags (BIO), a blank line between sentences.

What we write is CoNLL-U Plus: the first line names the columns. The token is the first, the tag of the outermost
mention the last, as most readers take it; mentions within mentions, or across them, are tagged in the columns before.
A comment `# document = {...}` opens each document, and tells what its tokens do not: id, title, body and so on. The
text comes back exactly: what stands between two tokens, where it is not just blanks, is in the column AFTER.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from claimstake.errors import CorpusError
from claimstake.interchange import checking, conll_reading, files, losing
from claimstake.interchange.conll_reading import BEFORE, COLUMNS, DOCUMENT, GLOBAL
from claimstake.interchange.contract import Holds, Losses
from claimstake.records import AnnotatedDocument, Entity
from claimstake.training.inline import ABBREVIATION, SENTENCE_END

LEVELS = 3  # of mentions in mentions
TOKEN = re.compile(r"\w+|[^\w\s]")
NAMES = (*COLUMNS, *(f"NE{level}" for level in range(LEVELS, 0, -1)))
UNTAGGED = re.compile(r"\s")


class Conll:
    """See `contract.Format`."""

    name = "conll"
    says = f"CoNLL-style BIO, tab-separated; {LEVELS} columns of tags for nested mentions"
    suffixes = (".conll.gz", ".conllup", ".conll", ".bioes", ".iob2", ".iob", ".bio")
    folder = False
    holds = Holds(
        overlapping=f"{LEVELS} deep",
        canonical="no",
        values="no",
        claims="no",
        closed="no",
        free="no",
        evidence="no",
        details="no",
    )

    def recognises(self, start: str) -> bool:
        """By lines of several columns whose last is a tag."""
        return conll_reading.looks_tagged(start)

    def read(self, path: Path, losses: Losses) -> Iterator[AnnotatedDocument]:
        """See `contract.Format`; files of others have the columns of CoNLL-2003 or any, the tag in the last."""
        for file in files.listed(path, self.suffixes):
            found = False
            for document in conll_reading.read(file, losses):
                found = True
                yield document
            if not found and not losses.failures:
                raise CorpusError(f"{file}: no tagged tokens in it")

    def write(self, documents: Iterable[AnnotatedDocument], path: Path, losses: Losses) -> int:
        """See `contract.Format`; nominal mentions have no tag, as they are none where names are looked for."""
        count = 0
        with files.appearing_text(path) as stream:
            stream.write(f"# {GLOBAL} = {' '.join(NAMES)}\n")
            for document in documents:
                count += files.tried(
                    losses, document.doc.id, lambda document=document: _write(document, stream, losses)
                )
        return count


@dataclass(frozen=True)
class Token:
    start: int
    end: int


def _write(document: AnnotatedDocument, stream: TextIO, losses: Losses) -> None:
    text = checking.text_of(document)
    text.encode("utf-8")  # before anything is written
    names = [entity for entity in document.entities if entity.mention == "name"]
    tokens = tokens_of(text, names)
    levels, left_out = _levels(tokens, names)
    about = document.to_json()
    about["doc"].pop("text", None)
    head = {"doc": about["doc"], "pipeline": about.get("pipeline")}
    stream.write(f"# {DOCUMENT} = {json.dumps(head)}\n")
    before = text[: tokens[0].start] if tokens else text
    stream.write(f"# {BEFORE} = {json.dumps(before)}\n" if before else "")
    for line in _lines(text, tokens, levels):
        stream.write(f"{line}\n")
    stream.write("\n")
    _count(document, left_out, losses)


def tokens_of(text: str, mentions: list[Entity]) -> list[Token]:
    """Words and signs, cut also where a mention begins or ends."""
    cuts = sorted({place for entity in mentions for place in (entity.start, entity.end)})
    found, cut = [], 0
    for match in TOKEN.finditer(text):
        start, end = match.span()
        while cut < len(cuts) and cuts[cut] < end:
            if cuts[cut] > start:
                found.append(Token(start, cuts[cut]))
                start = cuts[cut]
            cut += 1
        found.append(Token(start, end))
    return found


def _levels(tokens: list[Token], mentions: list[Entity]) -> tuple[list[dict[int, str]], list[Entity]]:
    """Tags by number of token, outermost level first; and mentions that find no place.

    A mention has none where it begins or ends in white space, or is nothing else, or where all levels are taken.
    """
    firsts = {token.start: number for number, token in enumerate(tokens)}
    lasts = {token.end: number for number, token in enumerate(tokens)}
    levels: list[dict[int, str]] = [{} for _ in range(LEVELS)]
    left_out = []
    for entity in sorted(mentions, key=lambda e: (e.start, -e.end)):
        first, last = firsts.get(entity.start), lasts.get(entity.end)
        free = [] if first is None or last is None else [one for one in levels if not _taken(one, first, last)]
        if not free or UNTAGGED.search(entity.label) or not entity.label:
            left_out.append(entity)
            continue
        free[0] |= {number: f"{'B' if number == first else 'I'}-{entity.label}" for number in range(first, last + 1)}
    return levels, left_out


def _taken(level: dict[int, str], first: int, last: int) -> bool:
    return any(number in level for number in range(first, last + 1))


def _lines(text: str, tokens: list[Token], levels: list[dict[int, str]]) -> Iterator[str]:
    for number, token in enumerate(tokens):
        following = tokens[number + 1].start if number + 1 < len(tokens) else len(text)
        gap = text[token.end : following]
        after = "_" if gap.strip(" ") == "" and following < len(text) or not gap else json.dumps(gap)
        tags = [level.get(number, "O") for level in reversed(levels)]
        yield "\t".join([text[token.start : token.end], str(token.start), str(token.end), after, *tags])
        inside = any(level.get(number + 1, "O").startswith("I-") for level in levels)
        if number + 1 < len(tokens) and not inside and ends_sentence(text, token.end, following):
            yield ""


def ends_sentence(text: str, end: int, following: int) -> bool:
    """Whether a sentence ends with the token that ends at `end`; the next one begins at `following`."""
    if "\n" in text[end:following]:
        return True
    closed = following > end and SENTENCE_END.search(text, max(0, end - 3), end) is not None
    return closed and not ABBREVIATION.search(text, max(0, end - 8), end)


def _count(document: AnnotatedDocument, left_out: list[Entity], losses: Losses) -> None:
    for entity in document.entities:
        if entity.mention == "nominal" or entity in left_out:
            losing.whole_mention(losses, document, entity)
        else:
            losing.of_mention(losses, document, entity)
    for claim in document.claims:
        losing.whole_claim(losses, document, claim)
