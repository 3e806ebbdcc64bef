"""Work for worker processes that misbehaves on demand; a module of its own, as workers import it."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Squares:
    """Squares numbers; words make it misbehave.

    Args:
        starts: a file to which every process that loads it adds its pid.
        pause: seconds for each item.
    """

    starts: Path
    pause: float = 0.0

    def load(self) -> None:
        with self.starts.open("a") as file:
            file.write(f"{os.getpid()}\n")

    def __call__(self, items: Sequence[int | str]) -> list[int | str]:
        return [self._one(item) for item in items]

    def _one(self, item: int | str) -> int | str:
        time.sleep(self.pause)
        match item:
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "leave":
                sys.exit(3)
            case "hang":
                re.fullmatch(r"(a+)+b", "a" * 64)  # never ends, and lets no other thread run
            case "raise":
                raise ValueError("as asked")
            case "grow":
                _KEPT.append(b"x" * 300_000_000)
                return item
            case "pid":
                return os.getpid()
            case str():
                return item
        return item * item


_KEPT: list[bytes] = []


@dataclass(frozen=True)
class Unloadable:
    """Work that cannot be loaded: it raises, or takes its process with it."""

    dies: bool

    def load(self) -> None:
        if self.dies:
            os._exit(7)
        raise ValueError("no model here")

    def __call__(self, items: Sequence[int]) -> list[int]:
        raise AssertionError("was not loaded")


@dataclass(frozen=True)
class Deadly:
    """Other work, which ends its process at items that ask for it."""

    work: Any

    def load(self) -> None:
        self.work.load()

    def __call__(self, items: Sequence[Any]) -> list[Any]:
        for item in items:
            if b"please die" in item.data:
                os.kill(os.getpid(), signal.SIGKILL)
            if b"please hang" in item.data:
                re.fullmatch(r"(a+)+b", "a" * 64)
        return self.work(items)
