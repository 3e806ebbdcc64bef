"""A text's signature, and whether two signatures are of copies of one text.

A signature holds a MinHash over runs of five words, another over those of its beginning, the number of different runs,
and a sample of the numbers in the text. A copy may have another headline and dateline, lack paragraphs and have others
added: the shorter of the two stands mostly in the longer. Texts that share only their ends, as notices of one firm do,
are no copies; nor are those that say nearly the same in other numbers, as daily notices do.

Bytes: 1 version, 4 count, 96 x 4 minima, 20 x 4 of the beginning, up to 10 x 4 hashes of numbers; little-endian.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from rensa import RMinHash

VERSION = 1  # signatures of another version are never compared
RUN = 5  # words
MINIMA = 96  # 32 bands of 3 in `stories`
HEAD_MINIMA = 20
SEED = 7
SHORTEST = 40  # words; shorter texts have no signature
NUMBERS = 10  # hashes of numbers that are kept, the smallest
HEAD = 0.4  # of the words: the beginning
OPENING = 20  # words of headline and dateline, whose numbers do not count
LEAST_ALIKE = 0.36  # Jaccard of runs, estimated
LEAST_SHARED = 0.55  # of the shorter text's runs
LEAST_HEAD = 0.1  # Jaccard of the beginnings' runs, estimated
SAME_LENGTH = 0.93  # of the longer text's runs: from there on numbers count
NEARLY_SAME = 0.75  # Jaccard from which no number may contradict
LEAST_NUMBERS = 0.5  # of the numbers of one text that the other must have below that
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
COUNT_AT, MINIMA_AT = 1, 5  # offsets of the parts
SIZE = MINIMA_AT + 4 * (MINIMA + HEAD_MINIMA + NUMBERS)  # bytes, at most


@dataclass(frozen=True)
class Signature:
    """A signature, read.

    Attributes:
        count: different runs of five words.
        minima: (MINIMA,) uint32.
        head: (HEAD_MINIMA,) uint32, of the beginning.
        numbers: the smallest hashes of the text's numbers, in order.
    """

    count: int
    minima: np.ndarray
    head: np.ndarray
    numbers: tuple[int, ...]

    @cached_property
    def all_numbers(self) -> bool:
        """Whether these are all numbers of the text."""
        return len(self.numbers) < NUMBERS


def signature(text: str) -> bytes | None:
    """The signature of a text (the article alone, without menus and footers); None where it is too short for one."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    words = _WORD.findall(plain.casefold())
    if len(words) < SHORTEST:
        return None
    runs = [" ".join(words[start : start + RUN]) for start in range(len(words) - RUN + 1)]
    head = runs[: int(HEAD * len(runs))]
    return b"".join(
        (
            VERSION.to_bytes(1, "little"),
            len(set(runs)).to_bytes(4, "little"),
            _minima(runs, MINIMA),
            _minima(head, HEAD_MINIMA),
            np.array(_numbers(plain), dtype="<u4").tobytes(),
        )
    )


def read(data: bytes) -> Signature | None:
    """A signature's parts; None for one of another version, or of no version."""
    whole = np.frombuffer(data[MINIMA_AT:], dtype="<u4") if (len(data) - MINIMA_AT) % 4 == 0 else np.zeros(0, "<u4")
    if len(whole) < MINIMA + HEAD_MINIMA or len(data) > SIZE or data[0] != VERSION:
        return None
    count = int.from_bytes(data[COUNT_AT:MINIMA_AT], "little")
    minima, head, numbers = np.split(whole, (MINIMA, MINIMA + HEAD_MINIMA))
    return Signature(count, minima, head, tuple(map(int, numbers)))


def similarity(a: bytes, b: bytes) -> float:
    """The estimated share of runs of two texts that both have (Jaccard), in [0, 1]; 0 for another version's."""
    one, other = read(a), read(b)
    return float((one.minima == other.minima).mean()) if one and other else 0.0


def are_copies(a: bytes, b: bytes) -> bool:
    """Whether two texts tell one story in the same words."""
    one, other = read(a), read(b)
    return bool(one and other and agree(one, other, float((one.minima == other.minima).mean())))


def agree(one: Signature, other: Signature, alike: float) -> bool:
    """Whether texts that are so much alike (Jaccard) are copies."""
    if alike < LEAST_ALIKE or shared(alike, one.count, other.count) < LEAST_SHARED:
        return False
    if (one.head == other.head).mean() < LEAST_HEAD:
        return False
    same_length = min(one.count, other.count) >= SAME_LENGTH * max(one.count, other.count)
    return not same_length or _numbers_agree(one, other, strictly=alike >= NEARLY_SAME)


def shared(alike: Any, a: Any, b: Any) -> Any:
    """The share of the smaller of two sets that is in the larger, from their Jaccard and sizes; numbers or arrays."""
    return np.minimum(1.0, alike * (a + b) / ((1 + alike) * np.maximum(1, np.minimum(a, b))))


def _numbers_agree(one: Signature, other: Signature, *, strictly: bool) -> bool:
    """Whether two texts have the same numbers, among those of which both signatures know.

    Args:
        strictly: no number of one and none of the other may be lacking, else only most of them.
    """
    known = min((s.numbers[-1] for s in (one, other) if not s.all_numbers), default=2**32)
    mine, theirs = ({n for n in s.numbers if n <= known} for s in (one, other))
    if strictly:
        return mine <= theirs or theirs <= mine
    fewest = min(len(mine), len(theirs))
    return fewest < 2 or len(mine & theirs) >= LEAST_NUMBERS * fewest


def _minima(runs: list[str], number: int) -> bytes:
    sketch = RMinHash(num_perm=number, seed=SEED)
    sketch.update(runs)
    return np.array(sketch.digest(), dtype="<u4").tobytes()


def _numbers(text: str) -> list[int]:
    """The smallest hashes of the different numbers behind a text's opening."""
    opening = next((word.end() for i, word in enumerate(_WORD.finditer(text), 1) if i == OPENING), 0)
    found = {number.replace(",", "") for number in _NUMBER.findall(text, opening)}
    hashed = {int.from_bytes(hashlib.blake2b(number.encode(), digest_size=4).digest(), "little") for number in found}
    return sorted(hashed)[:NUMBERS]
