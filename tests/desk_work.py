"""Work for the desk's processes that misbehaves on demand; a module of its own, as workers import it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass

from claimstake.readers import Failure
from claimstake.service.annotating import Annotate, Annotated


@dataclass(frozen=True)
class Words:
    """Does what a document's bytes say; tells which process did it."""

    def load(self) -> None:
        pass

    def __call__(self, items: Sequence[Annotate]) -> list[Annotated | Failure]:
        return [self._one(item.item.data.decode()) for item in items]

    def _one(self, said: str) -> Annotated | Failure:
        word, _, rest = said.partition(" ")
        match word:
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "die-once":
                if not os.path.exists(rest):  # noqa: PTH110 - short
                    os.close(os.open(rest, os.O_CREAT))
                    os.kill(os.getpid(), signal.SIGKILL)
            case "sleep":
                time.sleep(float(rest))
            case "bad":
                return Failure("x", "is bad", "make it good")
            case "grow":
                KEPT.append(b"x" * 300_000_000)
        return Annotated(str(os.getpid()).encode(), said, 1, 2)


@dataclass(frozen=True)
class Broken:
    """Cannot be loaded."""

    def load(self) -> None:
        raise ValueError("no such model")

    def __call__(self, items: Sequence[object]) -> list[object]:
        return list(items)


KEPT: list[bytes] = []
