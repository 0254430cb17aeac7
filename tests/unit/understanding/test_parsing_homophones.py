"""Chinese typed by sound, and prices that point instead of asking."""

from __future__ import annotations

import pytest

from assistant.lexicon import Lexicon
from assistant.understanding import ConstraintParser


@pytest.fixture(scope="module")
def parser(lexicon: Lexicon) -> ConstraintParser:
    return ConstraintParser(lexicon)


@pytest.mark.parametrize(("text", "wanted"), [("地一个有多大", (1,)), ("弟二款防水吗", (2,)), ("第三各多重", (3,))])
def test_an_ordinal_typed_by_sound_points(parser: ConstraintParser, text: str, wanted: tuple[int, ...]) -> None:
    assert parser.parse(text, intent="product_question").references == wanted


def test_a_property_typed_by_sound_is_the_property(parser: ConstraintParser) -> None:
    assert "防水" in parser.parse("要能放水的", intent="refine_results").terms[0]
    assert parser.parse("音箱，300元一下", intent="product_search").price_max == 300


@pytest.mark.parametrize("text", ["当地一个品牌", "泳池怎么放水"])
def test_what_makes_sense_as_written_stays(parser: ConstraintParser, text: str) -> None:
    assert parser.parse(text, intent="product_question").references == ()
    assert parser.parse(text, intent="refine_results").terms != ("防水",)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("is the cheaper one waterproof?", None),
        ("便宜的那个防水吗", None),
        ("the more expensive one, please", None),
        ("something cheaper", "cheaper"),
        ("有便宜一点的吗", "cheaper"),
        ("cheaper than the second one", "cheaper"),
    ],
)
def test_a_price_that_points_asks_for_no_other_list(parser: ConstraintParser, text: str, wanted: str | None) -> None:
    assert parser.mentions_relative_price(text) == wanted
