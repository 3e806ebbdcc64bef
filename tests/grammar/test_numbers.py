"""Numbers in digits and words are read with their full value, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimstake.grammar.numbers import CANDIDATE, read_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("3.85", 3.85),
        (".05", 0.05),
        ("1,000", 1000),
        ("1,234,567.5", 1234567.5),
        ("12,34,567.89", 1234567.89),
        ("1.250.000", 1250000),
        ("816 000", 816000),
        ("1\u202f400", 1400),
        ("2\u00a0500\u00a0000", 2500000),
        ("1,5", 1.5),
        ("0,002", 0.002),
        ("12,75", 12.75),
        ("1e5", 100000),
        ("10^6", 1e6),
        ("10²⁵", 1e25),
        ("3.7 × 10-3", 0.0037),
        ("6.5 × 10⁻⁴", 0.00065),
        ("2 x 10^4", 20000),
        ("1/4", 0.25),
        ("10 1/2", 10.5),
        ("½", 0.5),
        ("2½", 2.5),
        ("5 million", 5e6),
        ("1.5bn", 1.5e9),
        ("3 lakh", 3e5),
        ("2 crore", 2e7),
        ("1.2 thousand million", 1.2e9),
        ("five", 5),
        ("twenty-five", 25),
        ("Forty two", 42),
        ("one hundred and twenty", 120),
        ("three thousand nine hundred and sixty five", 3965),
        ("two and a half", 2.5),
        ("two and a half million", 2.5e6),
        ("half a million", 5e5),
        ("quarter million", 2.5e5),
        ("one million two hundred thousand", 1.2e6),
        ("one-quarter", 0.25),
        ("three-quarters", 0.75),
        ("two thirds", 2 / 3),
    ],
)
def test_value_of_a_number(text: str, value: float) -> None:
    """The whole text is one number of this value."""
    number = read_number(text, 0)
    assert number is not None
    assert number.value == pytest.approx(value)
    assert (number.start, number.end) == (0, len(text))


@pytest.mark.parametrize("text", ["1.2.3", "24/7", "and", "hundreds", "tent", "ones"])
def test_not_a_number(text: str) -> None:
    """Versions, round-the-clock and plain words are no numbers."""
    assert read_number(text, 0) is None


@pytest.mark.parametrize(
    ("text", "end"),
    [("5,10 or 15", 4), ("2012-13", 4), ("12/2024", 2), ("20 June", 2), ("five men", 4), ("1,2345", 6), ("5. The", 1)],
)
def test_a_number_ends_where_it_ends(text: str, end: int) -> None:
    """What follows a number is not drawn into it."""
    number = read_number(text, 0)
    assert number is not None
    assert number.end == end


def test_a_lost_exponent_is_remembered() -> None:
    """ "3.7 × 10" has lost its exponent and says so; "3.7 × 10-3" has not."""
    lost, kept = read_number("3.7 × 10 TBq", 0), read_number("3.7 × 10-3 TBq", 0)
    assert lost is not None
    assert kept is not None
    assert (lost.lost_power, kept.lost_power) == (True, False)


@pytest.mark.parametrize(("text", "plain"), [("2024", True), ("2,024", False), ("20.24", False), ("2 million", False)])
def test_plain_digits_may_be_a_year(text: str, plain: bool) -> None:
    """Only bare digits are marked as what may be a year or a reference."""
    number = read_number(text, 0)
    assert number is not None
    assert number.plain is plain


def test_links_are_candidates_as_a_whole() -> None:
    """Nothing inside an address is a place to look for a number."""
    text = "see https://example.org/2025/07/5-tonnes and 7"
    assert [(m.lastgroup, m.group()) for m in CANDIDATE.finditer(text)] == [
        ("link", "https://example.org/2025/07/5-tonnes"),
        ("digits", "7"),
    ]


@given(st.text(alphabet="0123456789 .,/-×^½²⁻andhlfmilonetwy\u202f", max_size=60), st.integers(0, 59))
def test_any_string_can_be_read(text: str, start: int) -> None:
    """Reading never raises, stays inside the string and does not run backwards."""
    if start < len(text):
        number = read_number(text, start)
        assert number is None or start < number.end <= len(text)
