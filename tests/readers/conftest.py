"""Files that the reader tests read, made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from claimstake.readers import Failure, Limits, read
from claimstake.records import Article

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """write("name.txt", text or bytes, encoding) -> path; folders in the name are made."""

    def write(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def article() -> Callable[..., Article]:
    """article(path, **options) -> the only thing read, which must be an article."""

    def article(source: object, **options: object) -> Article:
        items = list(read([source], **options))
        assert len(items) == 1
        assert isinstance(items[0], Article), str(items[0])
        return items[0]

    return article


@pytest.fixture
def failure() -> Callable[..., Failure]:
    """failure(path, **options) -> the only thing read, which must be a failure that says how to mend it."""

    def failure(source: object, **options: object) -> Failure:
        items = list(read([source], **options))
        assert len(items) == 1
        assert isinstance(items[0], Failure), repr(items[0])
        assert items[0].mend
        return items[0]

    return failure


@pytest.fixture
def small() -> Limits:
    """Limits that a test can exceed without large files."""
    return Limits(max_chars=1_000, max_bytes=20_000)
