"""The table of units is complete enough, free of contradictions, and says where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimstake.errors import KnowledgeError
from claimstake.knowledge.units import COLUMNS, load_units, units

HEAD = "\t".join(COLUMNS)


@pytest.mark.parametrize(
    ("spelling", "symbol", "factor"),
    [
        ("kt", "t", 1000),
        ("Mt", "t", 1e6),
        ("kilotons", "t", 1000),
        ("metric tonnes", "t", 1),
        ("ktpa", "t/a", 1000),
        ("mAh", "mAh", 1),
        ("mW", "mW", 1),
        ("MW", "MW", 1),
        ("square feet", "ft2", 1),
        ("sq km", "km2", 1),
        ("km²", "km2", 1),
        ("cubic metres", "m3", 1),
        ("cc", "cm3", 1),
        ("micrograms", "ug", 1),
        ("µg", "ug", 1),
        ("percentage points", "pp", 1),
        ("per cent", "%", 1),
        ("basis points", "bp", 1),
        ("US$", "USD", 1),
        ("yuan", "CNY", 1),
        ("C$", "CAD", 1),
        ("cents", "USD", 0.01),
        ("separative work units", "SWU", 1),
        ("teraflops", "TFLOPS", 1),
        ("degrees Celsius", "°C", 1),
        ("inches", "in", 1),
        ("feet", "ft", 1),
    ],
)
def test_spelling_has_symbol_and_factor(spelling: str, symbol: str, factor: float) -> None:
    """A spelling is known under its symbol, scaled spellings with their factor."""
    unit = units().get(spelling)
    assert unit is not None
    assert (unit.symbol, unit.factor) == (symbol, factor)


@pytest.mark.parametrize("spelling", ["", "minerals", "G", "pm", "Tesla cars", "mx"])
def test_no_unit(spelling: str) -> None:
    """Words that are no unit are unknown."""
    assert units().get(spelling) is None


def test_the_table_has_enough_units() -> None:
    """At least 230 different symbols, powers of lengths not counted."""
    symbols = {s.unit.symbol for entries in units().abbreviations.values() for s in entries}
    symbols |= {s.unit.symbol for entries in units().names.values() for _, s in entries}
    assert len({s for s in symbols if not s.endswith(("2", "3"))}) >= 230


def test_physical_units_convert() -> None:
    """Factors to SI agree with each other: 100 mCi is 3.7 GBq, an acre is 0.4047 ha, 1 kWh is 3.6 MJ."""
    table = units()

    def si(spelling: str) -> float:
        unit = table.get(spelling)
        assert unit is not None
        assert unit.si is not None
        return unit.si * unit.factor

    assert 100 * si("mCi") == pytest.approx(3.7 * si("GBq"))
    assert si("acre") == pytest.approx(0.40468564224 * si("ha"))
    assert si("kWh") == pytest.approx(3.6 * si("MJ"))
    assert si("sq mi") == pytest.approx(640 * si("acre"), rel=1e-5)
    assert si("lb") == pytest.approx(16 * si("oz"))


def test_compound_units_multiply_out() -> None:
    """A quotient carries symbol, dimension and factor of both parts."""
    dollar, kiloton = units().get("$"), units().get("kt")
    assert dollar is not None
    assert kiloton is not None
    price = dollar.per(kiloton)
    assert (price.symbol, price.dimension, price.factor) == ("USD/t", "money/mass", 0.001)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["symbol\tname"], "head line"),
        ([HEAD, "t\tmass"], ":2: 2 columns instead of 6"),
        ([HEAD, "t\tmass\tx\t1\tton\tt"], ":2: si and factor must be numbers"),
        ([HEAD, "\tmass\t1\t1\tton\tt"], ":2: symbol and dimension"),
        ([HEAD, "t\tmass\t1\t1\tton\tt:nowhere"], ":2: 't:nowhere'"),
        ([HEAD, "t\tmass\t1\t1\tton\tt", "T\tflux\t1\t1\ttesla\tt"], ":3: 't' already stands for t"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(tmp_path: Path, lines: list[str], message: str) -> None:
    """An error names the file's line and what is wrong there."""
    path = tmp_path / "units.tsv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(KnowledgeError) as error:
        load_units(path)
    assert message in str(error.value)


def test_an_own_table_can_be_read(tmp_path: Path) -> None:
    """A user's file is read in place of the package's; comments and empty lines are skipped."""
    path = tmp_path / "units.tsv"
    path.write_text(f"{HEAD}\n# own\n\nsmoot\tlength\t1.7018\t1\tsmoot\tsmt\n", encoding="utf-8")
    table = load_units(path)
    smoots = table.get("smoots")
    assert smoots is not None
    assert smoots.symbol == "smoot"
    assert table.get("kg") is None
