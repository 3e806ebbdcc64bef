"""A candidate model in place of the current one: copied and verified beside it, then two renames."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from claimstake import pipeline
from claimstake.errors import ConfigError

PREVIOUS = ".previous"


def check(candidate: Path, current: Path) -> None:
    """Make sure that one folder can take the place of the other.

    Raises:
        ConfigError: they are the same folder, or one lies in the other.
        ModelError: one of them has no manifest or does not fit it.
    """
    new, old = candidate.resolve(), current.resolve()
    if new == old or new in old.parents or old in new.parents:
        raise ConfigError(f"{candidate} cannot replace {current}: name two separate folders")
    pipeline.verify(candidate)
    pipeline.verify(current)


def replace(candidate: Path, current: Path) -> Path:
    """Copy a model over another, which is kept beside it under the name `<current>.previous`.

    The copy is made and verified beside the current model first; an older `.previous` goes.

    Returns:
        Where the old model is now.

    Raises:
        ConfigError, ModelError: as `check`; or the copy does not fit its manifest.
        OSError: the folder cannot be written to; the current model is then where it was.
    """
    check(candidate, current)
    current = current.resolve()  # a link stays a link
    previous = current.with_name(current.name + PREVIOUS)
    with tempfile.TemporaryDirectory(prefix=f".{current.name}.", dir=current.parent) as beside:
        fresh = Path(beside) / current.name
        shutil.copytree(candidate, fresh)
        pipeline.verify(fresh)
        if previous.exists():
            previous.rename(Path(beside) / "outdated")
        current.rename(previous)
        try:
            fresh.rename(current)
        except OSError:
            previous.rename(current)
            raise
    return previous
