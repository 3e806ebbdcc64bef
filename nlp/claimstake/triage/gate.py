"""Lets off-topic documents pass unread: a linear model over the words of a document, and words that always let in.

A document costs one pass over its bytes and one set intersection. Weights are whole numbers, thousandths of log-odds,
so that a sum does not depend on the order of its terms. Without evidence a document is let in: the threshold lies below
the bias. For markup see `claimstake.triage.markup`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from claimstake.bases import shipped
from claimstake.errors import ModelError
from claimstake.knowledge import tables
from claimstake.triage import phrases
from claimstake.triage.markup import plain

if TYPE_CHECKING:
    from claimstake.extend import Config

FILE = "triage.json"
UNIT = 1000  # weights to a log-odd
HTML_SLACK = 1.0  # log-odds by which a page may fall short: menus and footers speak with the article
LONG = 12_000  # bytes from which passages are judged too: a round-up may have one paragraph of our subject
PASSAGE = 2_000  # bytes
PASSAGE_THRESHOLD = 0.0  # log-odds; many passages are tried, so that each has to say more
FEWEST = 8  # known words without which there is nothing to judge by
_SPACE = ord(" ")
_LETTERS = b"abcdefghijklmnopqrstuvwxyz0123456789"
_PLAIN = bytes(code if (code := byte + 32 * (65 <= byte <= 90)) in _LETTERS else _SPACE for byte in range(256))


@dataclass(frozen=True)
class Verdict:
    """Why a document is let in or not.

    Attributes:
        relevant: whether it is to be read.
        reason: "word" (one of the words that always let in), "evidence", "passage" (of a long text), "short",
            or "language".
        score: log-odds of its words; it is let in from `threshold` on.
        threshold: log-odds.
        words: what weighs most, with its log-odds, strongest first; for "word" the words and phrases met.
    """

    relevant: bool
    reason: str
    score: float
    threshold: float
    words: tuple[tuple[str, float], ...]


class Gate:
    """Judges documents.

    Args:
        weights: word to thousandths of log-odds.
        bias, threshold: likewise.
        always: words and phrases that let a document in, as `phrases.normalised` writes them.
    """

    def __init__(self, weights: dict[str, int], bias: int, threshold: int, always: Iterable[str]) -> None:
        language = tables.toml("triage.toml")["language"]
        self.threshold, self._bias = threshold / UNIT, bias
        self._weights = {word.encode(): weight for word, weight in weights.items()}
        self._always = phrases.index(always)
        self._english = frozenset(word.encode() for word in language["words"])
        self._fewest, self._from_bytes = language["fewest"], language["from_bytes"]
        self._known = frozenset(self._weights) | frozenset(self._always) | self._english
        self.digest = _digest(weights, bias, threshold, self._always)

    @classmethod
    def load(cls, path: Path | None = None, *, config: Config | None = None) -> Self:
        """The trained gate; None takes the packaged one.

        Args:
            path: a file that training wrote.
            config: a user's own knowledge, whose names and trigger words always let a document in.

        Raises:
            ModelError: the file is missing or damaged.
        """
        path = path or model_path()
        try:
            model: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            weights = {str(word): int(weight) for word, weight in model["weights"].items()}
            bias, threshold = int(model["bias"]), int(model["threshold"])
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise ModelError(f"{path}: no gate of triage there, or a damaged one ({error}); reinstall it") from error
        return cls(weights, bias, threshold, [*phrases.packaged(), *(phrases.of_config(config) if config else ())])

    def relevant(self, text: str) -> bool:
        """Whether a text is to be read."""
        return self._passes(text.encode("utf-8", "replace").translate(_PLAIN), self.threshold)

    def relevant_html(self, data: bytes) -> bool:
        """Whether a page may hold a text that is to be read, before anything is extracted from it.

        A page in UTF-16 or UTF-32 always may.
        """
        if b"\0" in data[:1000]:
            return True
        return self._passes(plain(data).translate(_PLAIN), self.threshold - HTML_SLACK)

    def explain(self, text: str) -> Verdict:
        """The verdict on a text with its reasons."""
        content = text.encode("utf-8", "replace").translate(_PLAIN)
        found = self._known.intersection(content.split())
        score = self._score(found)
        met = tuple(phrases.met(self._always, found, content))
        weighty = sorted(((w, self._weights[w] / UNIT) for w in found if w in self._weights), key=_by_weight)
        words = tuple((word.decode(), weight) for word, weight in weighty[:12])
        if self._is_foreign(content, found):
            return Verdict(False, "language", score, self.threshold, words)
        if met:
            return Verdict(True, "word", score, self.threshold, tuple((p, 0.0) for p in met))
        if len(found) < FEWEST:
            return Verdict(True, "short", score, self.threshold, words)
        if score < self.threshold and self._has_passage(content):
            return Verdict(True, "passage", score, self.threshold, words)
        return Verdict(score >= self.threshold, "evidence", score, self.threshold, words)

    def score(self, text: str) -> float:
        """Log-odds of a text's words, without the words that always let in."""
        return self._score(self._known.intersection(text.encode("utf-8", "replace").translate(_PLAIN).split()))

    def _passes(self, content: bytes, threshold: float) -> bool:
        found = self._known.intersection(content.split())
        if self._is_foreign(content, found):
            return False
        if len(found) < FEWEST or self._score(found) >= threshold:
            return True
        return next(phrases.met(self._always, found, content), None) is not None or self._has_passage(content)

    def _has_passage(self, content: bytes) -> bool:
        """Whether some part of a long text tells of our subject, whatever stands around it."""
        if len(content) < LONG:
            return False
        starts = range(0, len(content), PASSAGE)
        found = (self._known.intersection(content[start : start + PASSAGE].split()) for start in starts)
        return any(len(words) >= FEWEST and self._score(words) >= PASSAGE_THRESHOLD for words in found)

    def _is_foreign(self, content: bytes, found: frozenset[bytes]) -> bool:
        return len(content) >= self._from_bytes and len(self._english & found) < self._fewest

    def _score(self, found: frozenset[bytes]) -> float:
        weights = self._weights
        return (self._bias + sum([weights[word] for word in found if word in weights])) / UNIT


def words_of(text: str) -> list[str]:
    """The words of a text as the gate sees them: runs of letters a to z and digits, in lower case."""
    return text.encode("utf-8", "replace").translate(_PLAIN).decode("ascii").split()


def model_path() -> Path:
    """The packaged gate; see `bases.shipped`."""
    return shipped(f"models/{FILE}", "the gate of triage")


def _by_weight(pair: tuple[bytes, float]) -> tuple[float, bytes]:
    return -abs(pair[1]), pair[0]


def _digest(weights: dict[str, int], bias: int, threshold: int, always: phrases.Index) -> str:
    """Hash of all that a verdict depends on, for fingerprints of runs."""
    plain = [sorted(weights.items()), bias, threshold, sorted(p.decode() for ps in always.values() for p in ps)]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:16]
