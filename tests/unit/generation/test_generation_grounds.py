"""A yes, a no or a value is said only of the product itself, as it is sold and as it was asked."""

from __future__ import annotations

import re
from typing import Any

import pytest

from assistant.generation.replies import ReplyWriter
from assistant.generation.replies.grounds import about_it, belongs
from assistant.generation.replies.polarity import pieces
from assistant.generation.replies.scope import one_figure, same_scope
from assistant.lexicon import Lexicon, fold
from assistant.ranking import card_of
from assistant.types import Constraints, Product

SIDE = re.compile(r"(?:^|[.] )(?:Yes|No)[:,]|^(?:是的?|有|能|会|含|支持|可以|不是|没有|不能|不含|不支持|不可以)，")


@pytest.fixture(scope="module")
def say(lexicon: Lexicon) -> ReplyWriter:
    return ReplyWriter(lexicon)


def ask(say: ReplyWriter, text: str, description: str = "", **attributes: Any) -> str:
    language = "zh" if re.search(r"[\u3400-\u9fff]", text) else "en"
    product = Product(
        sku="G", title="Kite", price=9.0, category=("thing",), description=description, attributes=attributes
    )
    said = say.answer(language, [card_of(product, language)], text, "product_question", Constraints())
    return ("" if language == "zh" else " ").join(said)


@pytest.mark.parametrize(
    ("text", "description"),
    [
        # another version, another time
        ("Does it have offline maps?", "The Kite 5 Pro adds offline maps and a loudspeaker."),
        ("Does it support multipoint?", "Multipoint will come with an update later this year."),
        ("能打奶泡吗", "咖啡师版另有出售，更易打奶泡。"),
        # a part of it, or something else altogether
        ("Is it splash-proof?", "The hard case is splash-proof."),
        ("Is it leather?", "Canvas bag with leather."),
        ("Does it contain peanuts?", "Made in a bakery that also handles peanuts and sesame."),
        ("Does it contain milk?", "Not meant for bath water or milk."),
        ("防水吗", "防水拉链，三个口袋。"),
        # what it only looks, tastes or feels like
        ("Is it silk?", "Polyester with a silk-like feel."),
        ("Is it marble?", "Table with a marble-effect top."),
        ("里面有草莓吗", "草莓香型，泡沫少。"),
        # advice, condition, nothing added
        ("是不是无氟的", "3岁以下请选无氟款。"),
        ("Is it waterproof?", "Waterproof only when the flap is closed."),
        ("Is it sugar free?", "A crisp bar with no added sugar."),
        # less than was asked
        ("Is it waterproof?", "Splash-proof (IPX3)."),
        ("Does it have milk in it?", "Lactose free."),
        ("can it do without tools?", "Wooden tools keep it young."),
        ("护眼吗", "Flicker-free light."),
        ("有收纳架吗", "Two pads snap off so a table becomes a racetrack."),
    ],
)
def test_a_clause_that_is_not_of_the_product_decides_nothing(say: ReplyWriter, text: str, description: str) -> None:
    said = ask(say, text, description)
    assert not SIDE.search(said), said
    assert re.search(r"does not|can't say|没有|不能确定", said), said


@pytest.mark.parametrize(
    ("text", "description", "side"),
    [
        ("Does it have offline maps?", "It has offline maps and a loudspeaker.", "Yes"),
        ("Is it splash-proof?", "It is splash-proof.", "Yes"),
        ("Is the case splash-proof?", "The hard case is splash-proof.", "Yes"),
        ("Does it contain peanuts?", "Contains peanuts and sesame.", "Yes"),
        ("Does it contain parabens?", "Free from fragrance and parabens.", "No"),
        ("Is the battery included?", "Battery and charger are not included.", "No"),
        ("电磁炉能用吗", "燃气灶、电磁炉、烤箱通用，手柄会发烫。", "能"),
        ("含糖吗", "每颗3克，无糖无奶。", "不含"),
    ],
)
def test_what_is_said_of_the_product_still_decides(say: ReplyWriter, text: str, description: str, side: str) -> None:
    said = ask(say, text, description)
    assert said.startswith(side), said


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("has it got more than one compartment?", {"compartments": 1}),
        ("memory card in the box?", {"storage": "memory card up to 256 GB"}),
        ("对麸质过敏能喝吗", {"过敏原": "含麸质"}),
        ("充电线送的吧", {"charge_time": "90 min"}),
        ("Is that within what it is meant to bear?", {"max_load": "90 kg"}),
    ],
)
def test_an_attribute_that_only_names_it_decides_nothing(
    say: ReplyWriter, text: str, attributes: dict[str, Any]
) -> None:
    said = ask(say, text, **attributes)
    assert not SIDE.search(said), said
    assert re.search(r"does not|can't say|没有|不能确定", said), said


@pytest.mark.parametrize(
    ("text", "attributes", "not_said"),
    [
        ("What does it weigh?", {"max_load": "15 kg"}, "According"),
        ("What does it weigh?", {"max_user_weight": "110 kg"}, "According"),
        ("多重", {"承重": "15公斤"}, "写的是"),
        ("How much sugar is in one?", {"allergens": "oats"}, "oats"),
        ("how heavy is it with the battery on?", {"weight_without_battery": "1.1 kg"}, "According"),
        ("锅盖单独有多重？", {"weight_with_lid_kg": 5.4}, "写的是"),
        ("what age is it rated for?", {"rating": "4.4"}, "4.4"),
        ("屏幕多大", {"resolution": "2560x1440"}, "2560"),
        ("有几个电机？", {"适用年龄": "0-36个月"}, "36"),
        ("what battery does it use?", {"battery_life": "7 hours"}, "7 hours"),
        ("how high is it?", {"height": "ankle"}, "ankle"),
        ("Does it need one battery or two?", {"battery_type": "AA"}, "AA"),
    ],
)
def test_a_value_of_another_thing_is_no_answer(
    say: ReplyWriter, text: str, attributes: dict[str, Any], not_said: str
) -> None:
    said = ask(say, text, **attributes)
    assert re.search(r"does not|can't say|没有|不能确定", said), said
    assert not_said not in said or re.search(r"nearest|as a whole|只写了|最接近", said), said


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("how long does it last at full brightness?", "Glows for up to 12 hours on the lowest setting."),
        ("how heavy is the M?", "Size S is for heads of 48-52 cm and weighs 240 g."),
        ("How long does a full charge take?", "USB-C charging, 10 minutes give 3 hours."),
        ("what age is it for?", "Tea stains settle in the fine crackle after some years."),
        ("How long does the battery last?", "Keeps warm for at most 12 hours."),
        ("how tall is it?", "The model is 186 cm tall and wears M."),
        ("how is it cleaned?", "A clean look for every kitchen."),
        ("地钉是铝的还是铁的？", "地钉8根随附，天幕杆需另购。"),
        ("什么木头做的", "搭原木和奶油色都好看。"),
    ],
)
def test_a_clause_that_gives_another_value_is_no_answer(say: ReplyWriter, text: str, description: str) -> None:
    assert re.search(r"does not|can't say|没有|不能确定", ask(say, text, description)), ask(say, text, description)


@pytest.mark.parametrize(
    ("text", "description", "value"),
    [
        ("how long does it last on the lowest setting?", "Glows for up to 12 hours on the lowest setting.", "12 hours"),
        ("how heavy is the S?", "Size S weighs 240 g.", "240 g"),
        ("What is it made of?", "Made of solid oak.", "oak"),
    ],
)
def test_a_clause_that_gives_the_value_asked_answers(say: ReplyWriter, text: str, description: str, value: str) -> None:
    said = ask(say, text, description)
    assert value in said
    assert "does not" not in said
    assert "can't say" not in said


def test_the_parts_that_are_looked_at() -> None:
    known = "kite".__eq__
    piece = pieces(fold("The hard case is splash-proof"))[0]
    at = piece.text.index("splash")
    assert not about_it(piece, "The hard case is splash-proof", at, known)
    assert about_it(piece, "The hard case is splash-proof", at, lambda word: word in ("hard", "case"))
    assert not belongs("is it silk", "a silk-like feel", 2, 6)
    assert belongs("is it silk-like", "a silk-like feel", 2, 6)
    assert same_scope("how heavy is it", "weight 3 kg")
    assert not same_scope("how heavy is it with the stand", "without stand 3 kg")
    assert one_figure("120 x 60 cm", "cm")
    assert not one_figure("charges in 2 hours and runs 5 hours", "hours")
