"""Steps of a long command that are not done again where nothing that they depend on has changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from claimstake.errors import ConfigError

Result = dict[str, Any]
Watch = Callable[[dict[str, Any]], None]  # told step, and state (begins, done, unchanged) or how far it is (at, of)


class Steps:
    """Runs steps and keeps what they returned in a file.

    Args:
        file: JSON; it and its folder are made.
        watch: see `Watch`.

    Raises:
        ConfigError: the file is there and holds something else.
    """

    def __init__(self, file: Path, watch: Watch | None = None) -> None:
        self._file, self._watch = file, watch
        self.seconds: dict[str, float] = {}
        self.unchanged: set[str] = set()
        try:
            self._state: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        except ValueError as error:
            raise ConfigError(f"{file}: is damaged ({error}); delete it, and all steps are done anew") from error

    def run(self, name: str, key: Any, work: Callable[[], Result], outputs: Iterable[Path] = ()) -> Result:
        """Do a step, or return what it returned when its key was the same and its outputs what they are now.

        Args:
            key: all that the step depends on, as JSON; None does it every time.
            work: returns what JSON can hold.
            outputs: files and folders that it writes.
        """
        known, digest = self._state.get(name), digest_of(key)
        if known and key is not None and known["key"] == digest and known["outputs"] == hashes(outputs):
            self.seconds[name] = known["seconds"]
            self.unchanged.add(name)
            self.tell(step=name, state="unchanged")
            return known["result"]
        self.tell(step=name, state="begins")
        began = time.monotonic()
        result = work()
        self.seconds[name] = round(time.monotonic() - began, 1)
        self._state[name] = {
            "key": digest,
            "seconds": self.seconds[name],
            "outputs": hashes(outputs),
            "result": result,
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self._state, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        self.tell(step=name, state="done", seconds=self.seconds[name])
        return result

    def tell(self, **event: Any) -> None:
        """Say how far a step is."""
        if self._watch is not None:
            self._watch(event)


def digest_of(value: Any) -> str:
    """SHA-256 of a value as JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def hashes(paths: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of every file among files and folders, by path."""
    files = [f for path in paths for f in (sorted(path.rglob("*")) if path.is_dir() else [path]) if f.is_file()]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
