"""Words inside web and mail addresses are left out, and no others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from claimstake.knowledge.addresses import addresses, outside
from claimstake.knowledge.surfaces import NAME_WORD


def test_words_beside_addresses_stay() -> None:
    text = "Write to desk@ore.example or see www.ore.example/gallium-news (in English)."
    words = outside(list(NAME_WORD.finditer(text)), addresses(text))
    assert [word[0] for word in words] == ["Write", "to", "or", "see", "(", "in", "English", ")", "."]


@given(st.text("ab .@", max_size=60), st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=5))
def test_a_word_stays_where_no_span_touches_it(text: str, drawn: list[tuple[int, int]]) -> None:
    spans = sorted((start, start + length) for start, length in drawn)
    words = list(NAME_WORD.finditer(text))
    untouched = [w for w in words if all(w.end() <= low or high <= w.start() for low, high in spans)]
    assert outside(words, spans) == untouched
