"""How many threads numeric libraries use. They are told by the environment, before they are loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

NAMES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@contextmanager
def numeric_threads(count: int) -> Iterator[None]:
    """Tell numeric libraries in processes that start meanwhile how many threads to use."""
    before = {name: os.environ.get(name) for name in NAMES}
    os.environ.update(dict.fromkeys(NAMES, str(count)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def prefer_one() -> None:
    """One thread in this process, unless the user says otherwise: our matrices are small, and more only wait."""
    for name in NAMES:
        os.environ.setdefault(name, "1")
