"""Which reader takes which file, and that only the one that is asked is imported."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from claimstake.readers import registry

SLOW = ("trafilatura", "docx", "pypdfium2", "pyarrow")


def test_every_suffix_has_a_reader() -> None:
    """A suffix names a reader that exists."""
    assert set(registry.SUFFIXES.values()) <= set(registry.FORMATS)


def test_nothing_slow_at_the_start() -> None:
    """A command that reads plain text does not wait for the libraries that read HTML, Word, PDF and Parquet."""
    code = "import json, sys, claimstake.batch; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not set(SLOW) & set(json.loads(done.stdout))


@pytest.mark.parametrize("name", sorted({**registry.READERS, **registry.LISTERS}))
def test_readers_are_there(name: str) -> None:
    """What is imported when asked can be imported."""
    with pytest.raises(TypeError):  # it is there, and takes a source and limits
        {**registry.READERS, **registry.LISTERS}[name]()
