"""Where the statistical base lies; beside nothing heavy, as a run asks before it loads anything."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from claimstake.errors import ModelError

MODEL = "en_base"


def base_path() -> Path:
    """Folder of the statistical base: in the installed package, else in the checkout.

    Raises:
        ModelError: neither is there.
    """
    packaged = Path(str(files("claimstake"))) / "models" / MODEL
    checkout = Path(__file__).resolve().parents[2] / "models" / MODEL
    for path in (packaged, checkout):
        if (path / "manifest.json").is_file():
            return path
    raise ModelError(
        f"the statistical base {MODEL} is not installed (looked in {packaged} and {checkout}); reinstall claimstake"
    )
