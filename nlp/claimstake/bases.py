"""Where models lie; beside nothing heavy, as a run asks before it loads anything."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

from claimstake.errors import ModelError

MODEL = "en_base"
OWN_MODEL = "CLAIMSTAKE_MODEL"  # environment variable


def base_path() -> Path:
    """Folder of the statistical base: the one that the environment names, else the shipped one.

    Raises:
        ModelError: the one named holds no model, or none is shipped.
    """
    if named := os.environ.get(OWN_MODEL):
        if not (Path(named) / "manifest.json").is_file():
            raise ModelError(f"{OWN_MODEL}: {named} holds no model (no manifest.json); name another folder or unset it")
        return Path(named)
    return shipped(f"models/{MODEL}", f"the statistical base {MODEL}", mark="manifest.json")


def shipped(name: str, what: str, *, mark: str = "") -> Path:
    """A file or folder that comes with claimstake: in the installed package, else in the checkout.

    Args:
        name: its path in either.
        what: it is, for the message.
        mark: file in a folder without which it does not count.

    Raises:
        ModelError: neither is there.
    """
    packaged = Path(str(files("claimstake"))) / name
    checkout = Path(__file__).resolve().parents[2] / name
    for path in (packaged, checkout):
        if (path / mark).is_file():
            return path
    raise ModelError(f"{what} is not installed (looked in {packaged} and {checkout}); reinstall claimstake")
