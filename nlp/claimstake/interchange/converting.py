"""From one format into another, and what was left out on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from claimstake.errors import ConfigError
from claimstake.interchange import formats
from claimstake.interchange.contract import Losses
from claimstake.records import AnnotatedDocument

Watch = Callable[[Iterable[AnnotatedDocument]], Iterable[AnnotatedDocument]]  # passes documents on, shows how many


@dataclass
class Conversion:
    """What was done.

    Attributes:
        source, target: names of the formats.
        out: what was written.
        documents: how many were written.
        read, written: what a record cannot hold of the source, and what the target cannot hold of a record.
    """

    source: str
    target: str
    out: Path
    documents: int = 0
    read: Losses = field(default_factory=Losses)
    written: Losses = field(default_factory=Losses)

    @property
    def failures(self) -> dict[str, str]:
        """Documents that could not be read, then those that could not be written, with the reason."""
        return {**self.read.failures, **{f"{k} (not written)": v for k, v in self.written.failures.items()}}

    @property
    def left_out(self) -> int:
        """How many things were left out, reading or writing."""
        return self.read.counts.total() + self.written.counts.total()

    def rows(self) -> Iterator[tuple[str, str, int, list[str]]]:
        """Of each kind of thing that was left out: where ("reading brat"), what, how many, the first few."""
        for where, losses in ((f"reading {self.source}", self.read), (f"writing {self.target}", self.written)):
            for kind, count in sorted(losses.counts.items()):
                yield where, kind, count, losses.examples[kind]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        keys = ("while", "what", "count", "examples")
        return {
            "from": self.source,
            "to": self.target,
            "out": str(self.out),
            "documents": self.documents,
            "left_out": [dict(zip(keys, row, strict=True)) for row in self.rows()],
            "failures": self.failures,
        }


def convert(source: Path, to: str, out: Path, *, from_: str | None = None, watch: Watch = iter) -> Conversion:
    """Read annotated documents of one format and write them in another.

    Args:
        source: file or folder.
        to: name of the format to write.
        out: file to write, replaced where it is there; or folder, which must be new or empty.
        from_: name of the source's format; None recognises it.
        watch: shows how far it is.

    Raises:
        ConfigError: there is no such format, the source's is not recognised, or the output is the source.
        CorpusError: nothing of that format is in the source, or the output folder is in use.
    """
    target = formats.named(to)
    origin = formats.named(from_) if from_ else formats.recognised(source)
    if out.exists() and source.exists() and (out.samefile(source) or out.resolve() in source.resolve().parents):
        raise ConfigError(f"{out}: is what is read, or holds it; name another --out")
    if out.is_dir() and not target.folder:
        raise ConfigError(f"{out}: is a folder, and {to} is written to a file; name a file in it")
    done = Conversion(origin.name, target.name, out)
    done.documents = target.write(watch(origin.read(source, done.read)), out, done.written)
    return done
