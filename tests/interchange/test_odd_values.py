"""Files in which a value is not what it should be: the document is read or fails, and nothing else happens."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from claimstake.errors import CorpusError
from claimstake.interchange import formats
from claimstake.interchange.contract import Losses
from conversions import corpus

ODD = (None, 3, -1, float("inf"), "", [], {}, "x", ["x"], {"a": 1}, True, [[1, 2]], "\ud800", 10**30)
OWN = ("meta", "claimstake", "sheet")  # what only our own files have
DEEPEST = 6
TRIED = 400  # of the places and values, at random


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield (*above, key)
        if len(above) < DEEPEST:
            yield from places(one, (*above, key))


def changed(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    whole = inner = copy.deepcopy(value)
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = new
    return whole


@pytest.mark.parametrize("others", [False, True], ids=["ours", "others"])
@pytest.mark.parametrize(("name", "suffix"), [("records", ".jsonl"), ("doccano", ".jsonl"), ("labelstudio", ".json")])
def test_any_value_may_be_odd(name: str, suffix: str, others: bool, tmp_path: Path) -> None:
    """Whatever stands in its place."""
    one, path, chance = formats.named(name), tmp_path / f"a{suffix}", random.Random(3)
    one.write([min(corpus(), key=lambda document: len(document.doc.text or ""))], path, Losses())
    whole = json.loads(path.read_text(encoding="utf-8"))
    row = whole[0] if isinstance(whole, list) else whole
    if others:
        row = {key: value for key, value in row.items() if key not in OWN}
    tries = [(place, new) for place in places(row) for new in ODD]
    for place, new in chance.sample(tries, min(TRIED, len(tries))):
        odd = changed(row, place, new)
        path.write_text(json.dumps([odd] if isinstance(whole, list) else odd), encoding="utf-8")
        losses = Losses()
        try:
            found = list(one.read(path, losses))
        except CorpusError:
            continue
        assert found or losses.failures or losses.counts, (place, new)
