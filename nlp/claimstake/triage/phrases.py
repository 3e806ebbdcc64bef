"""Words and phrases that always let a document in: the packaged ones, and those of a user's configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from claimstake.knowledge import tables

if TYPE_CHECKING:
    from claimstake.extend import Config

Index = Mapping[bytes, tuple[bytes, ...]]  # longest word of a phrase to the phrases, each with a space at both ends
_WORD = re.compile(r"[a-z0-9]+")
_DOUBLED = re.compile(r"[^aeiou][aeiou][bdgklmnprt]$")


def packaged() -> list[str]:
    """Those of knowledge/data/triage.toml, and their plurals in -s."""
    found = [phrase for group in tables.toml("triage.toml")["always"].values() for phrase in group]
    return [form for phrase in found for form in (phrase, phrase + "s")]


def of_config(config: Config) -> list[str]:
    """Names and aliases of a user's gazetteer rows, and the words of a user's frames with their forms."""
    names = [name for row in config.rows for name in (row.name, *row.aliases)]
    lemmas = {lemma for frame in config.frames for lemma in frame.lemmas}
    return [*names, *(form for lemma in sorted(lemmas) for form in forms(lemma))]


def forms(lemma: str) -> list[str]:
    """A word with its regular inflections, and some that do not exist.

    >>> forms("ban")
    ['ban', 'bans', 'banned', 'banning', 'baned', 'baning', 'banes']
    """
    stem = lemma.removesuffix("e")
    found = [lemma, lemma + "s"]
    if _DOUBLED.search(lemma):
        found += [lemma + lemma[-1] + "ed", lemma + lemma[-1] + "ing"]
    if lemma.endswith("y"):
        found += [lemma[:-1] + "ies", lemma[:-1] + "ied"]
    return [*found, stem + "ed", stem + "ing", stem + "es"]


def normalised(phrase: str) -> str:
    """Lower case, with one space between words of letters and digits."""
    return " ".join(_WORD.findall(phrase.lower()))


def index(found: Iterable[str]) -> Index:
    """Phrases by their longest word; what has no letter of the Latin alphabet is left out."""
    out: dict[bytes, dict[bytes, None]] = {}
    for phrase in found:
        plain = normalised(phrase)
        if plain:
            key = max(plain.split(), key=len)
            out.setdefault(key.encode(), {})[f" {plain} ".encode()] = None
    return {key: tuple(phrases) for key, phrases in out.items()}


def met(phrases: Index, found: frozenset[bytes], content: bytes) -> Iterator[str]:
    """The phrases that a text has, in alphabetical order.

    Args:
        phrases: see `index`.
        found: the words of the text that matter.
        content: the text in lower-case letters, digits and spaces.
    """
    keys = sorted(found & phrases.keys())
    joined = b""
    for key in keys:
        for phrase in phrases[key]:
            if phrase.strip() == key:
                yield key.decode()
                continue
            joined = joined or b" %b " % b" ".join(content.split())
            if phrase in joined:
                yield phrase.decode().strip()
