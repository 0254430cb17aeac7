"""Amounts in both languages: values, units, ranges, reductions, and Han numerals that count nothing."""

from __future__ import annotations

import pytest

from assistant.generation.quantities import quantities


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("holds 1.2 litres", [(1200.0, "volume")]),
        ("容量 1.2 升", [(1200.0, "volume")]),
        ("a metre and a half tall", [(1500.0, "length")]),
        ("两个半小时", [(9000.0, "time")]),
        ("2.5 hours", [(9000.0, "time")]),
        ("4–14 mm", [(4.0, "length"), (14.0, "length")]),
        ("55 x 40 x 20 cm", [(550.0, "length"), (400.0, "length"), (200.0, "length")]),
        ("60 by 50 cm", [(600.0, "length"), (500.0, "length")]),
        ("twenty-four pans", [(24.0, "")]),
        ("十二支", [(12.0, "")]),
        ("打八折", [(20.0, "percent")]),
        ("a fifth cheaper", [(20.0, "percent")]),
        ("九成的光", [(90.0, "percent")]),
        ("€180", [(180.0, "money")]),
        ("1,050 kg", [(1050000.0, "mass")]),
        ("7-in-1", [(7.0, "")]),
        ("质保一年", [(31557600.0, "time")]),
        ("一年四季都能用，万一下雨", []),
        ("AES-256", []),
    ],
)
def test_amounts(text: str, wanted: list[tuple[float, str]]) -> None:
    assert [(round(q.value, 3), q.dimension) for q in quantities(text)] == wanted


def test_positions_are_those_of_the_text() -> None:
    text = "It weighs 620 g and has three pockets."
    assert [text[q.start : q.end] for q in quantities(text)] == ["620 g", "three"]


def test_amounts_of_different_units_are_equal() -> None:
    (one,), (other,) = quantities("1.5 kg"), quantities("1500 克")
    assert one.equals(other)
    assert not one.equals(quantities("1500 ml")[0])
