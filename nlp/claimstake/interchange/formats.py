"""The formats that `claimstake convert` knows, by name, and which of them a file or folder is of.

A format's module is imported when it is asked for; what is heavy (spaCy, cassis) it imports when it reads or writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from claimstake.errors import ConfigError
from claimstake.interchange import files
from claimstake.interchange.contract import Format

# In the order of help and of `claimstake convert --list`.
FORMATS = {
    "records": "own:Records",
    "corpus": "corpus:Corpus",
    "doccano": "doccano:Doccano",
    "brat": "brat:Brat",
    "conll": "conll:Conll",
    "docbin": "docbin:SpacyDocs",
    "labelstudio": "labelstudio:LabelStudio",
    "cas": "cas:UimaCas",
}


def names() -> tuple[str, ...]:
    """Of all formats."""
    return tuple(FORMATS)


@cache
def named(name: str) -> Format:
    """The format of a name.

    Raises:
        ConfigError: there is none; lists them.
    """
    if name not in FORMATS:
        raise ConfigError(f"there is no format {name!r}; the formats are {', '.join(FORMATS)}")
    module, _, attribute = FORMATS[name].partition(":")
    found: Format = getattr(import_module(f"claimstake.interchange.{module}"), attribute)()
    return found


def every() -> Iterator[Format]:
    """All formats."""
    return map(named, FORMATS)


def recognised(path: Path) -> Format:
    """The format of a file, by its name and its first characters, or of a folder, by the files in it.

    Raises:
        ConfigError: no format, or several, would do; says to name one.
    """
    mend = f"name it with --from ({', '.join(FORMATS)})"
    if not path.exists():
        raise ConfigError(f"{path}: there is no such file or folder")
    if not path.is_dir():
        found = _candidates(path)
        if len(found) == 1:
            return found[0]
        which = f"may be {' or '.join(f.name for f in found)}" if found else "is of no format that claimstake knows"
        raise ConfigError(f"{path}: {which}; {mend}")
    inside = sorted({one.name for file in files.visible(path) for one in _inside(file)})
    if len(inside) == 1:
        return named(inside[0])
    which = f"holds files of several formats ({', '.join(inside)})" if inside else "holds no file of any format"
    raise ConfigError(f"{path}: {which}; {mend}")


def _inside(path: Path) -> list[Format]:
    """What a file of a folder can be: its name must say so, and its content must not deny it."""
    start = files.start(path) if (known := _by_suffix(path)) else ""
    return [one for one in known if one.recognises(start) or (len(known) == 1 and not start)]


def _by_suffix(path: Path) -> list[Format]:
    return [one for one in every() if path.name.lower().endswith(one.suffixes or ("\0",))]


def _candidates(path: Path) -> list[Format]:
    known = _by_suffix(path)
    if len(known) == 1:
        return known
    start = files.start(path)
    return [one for one in known or every() if one.recognises(start)]
