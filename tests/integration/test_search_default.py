"""The default catalogue with the real models: who asks for a thing sees that thing and nothing else."""

from __future__ import annotations

import pytest

from assistant.assembly import Parts
from assistant.dialogue import DialogueState
from assistant.retrieval import Filters, SearchResult
from assistant.types import Understanding

pytestmark = pytest.mark.models

QUERIES = [
    ("我想买一条新手机", "smartphone"),
    ("I need a new phone with a good camera", "smartphone"),
    ("拍照好一点的手机有吗", "smartphone"),
    ("a light laptop for university", "laptop"),
    ("想换台笔记本电脑，办公用", "laptop"),
    ("over-ear headphones for the office", "headphones"),
    ("戴着舒服的头戴式耳机", "headphones"),
    ("smart watch that tracks my sleep", "smartwatch"),
    ("买个充电宝出差用", "power bank"),
    ("mechanical keyboard, quiet switches", "mechanical keyboard"),
    ("家里灰多，要个吸尘器", "vacuum cleaner"),
    ("which air purifiers do you have?", "air purifier"),
    ("blender for smoothies", "blender"),
    ("两个人用的电饭煲", "rice cooker"),
    ("烧水快的电热水壶", "kettle"),
    ("non-stick frying pan", "frying pan"),
    ("three-seater sofa for a small flat", "sofa"),
    ("客厅想放张沙发", "sofa"),
    ("an office chair that is kind to my back", "office chair"),
    ("卧室用的落地灯", "floor lamp"),
    ("looking for a rug for the living room", "rug"),
    ("a warm wool scarf", "scarf"),
    ("夏天穿的连衣裙", "dress"),
    ("blue jeans", "jeans"),
    ("running shoes for wet roads", "running shoe"),
    ("周末爬山穿的徒步靴", "hiking boot"),
    ("carry-on suitcase", "suitcase"),
    ("上班背的双肩包", "backpack"),
    ("silver necklace for my mum", "necklace"),
    ("送妈妈的耳环", "earrings"),
    ("moisturising face cream", "face cream"),
    ("电动牙刷推荐一下", "electric toothbrush"),
    ("two-person tent", "tent"),
    ("露营用的睡袋，要暖和", "sleeping bag"),
    ("acoustic guitar for a beginner", "acoustic guitar"),
    ("孩子玩的积木", "building blocks"),
    ("a dog bed that can be washed", "dog bed"),
    ("猫爬架有没有大一点的", "cat tree"),
    ("dark chocolate without too much sugar", "dark chocolate"),
    ("来点咖啡豆，深烘的", "coffee beans"),
]


def search(parts: Parts, text: str, k: int = 5) -> tuple[Understanding, SearchResult]:
    """As ``assistant search`` does it."""
    understood = parts.reader.understand([text])[0]
    language = "zh" if understood.language == "zh" else "en"
    return understood, parts.engine.search(text, Filters(understood.constraints, language=language), k=k)


def test_there_are_enough_queries_in_both_languages() -> None:
    chinese = sum(any("\u4e00" <= c <= "\u9fff" for c in text) for text, _ in QUERIES)
    assert len(QUERIES) >= 34
    assert min(chinese, len(QUERIES) - chinese) >= 15
    assert len({kind for _, kind in QUERIES}) >= 30


@pytest.mark.parametrize(("text", "kind"), QUERIES)
def test_the_top_five_are_of_the_type_asked_for(parts: Parts, text: str, kind: str) -> None:
    understood, result = search(parts, text)
    available = sum(p.type == kind for p in parts.engine.products)
    assert available >= 3
    found = [c.product.type for c in result.candidates]
    assert found, understood.constraints
    assert set(found) == {kind}, [c.product.title for c in result.candidates]


@pytest.mark.parametrize("text", ["我想买一条新手机", "I want to buy a new phone"])
def test_the_first_turn_shows_phones_and_only_phones(parts: Parts, text: str) -> None:
    turn = parts.assistant.reply(DialogueState(), text).turn
    assert turn.action == "search"
    assert [card.product.type for card in turn.cards] == ["smartphone"] * 5
    assert turn.relaxed == ()
    assert turn.claims.unsupported == 0
    assert turn.reply


@pytest.mark.parametrize(
    ("text", "price_max", "currency"),
    [("phone under $300", 300.0, "USD"), ("两千元以内的手机", 2000.0, "CNY"), ("运动鞋 500 块以下", 500.0, "CNY")],
)
def test_a_budget_is_kept_in_the_shoppers_currency(parts: Parts, text: str, price_max: float, currency: str) -> None:
    understood, result = search(parts, text, k=20)
    assert understood.constraints.price_max == price_max
    assert result.candidates
    for candidate in result.candidates:
        price = candidate.product.price_in(currency)
        assert price is not None
        assert price <= price_max


@pytest.mark.parametrize(
    ("text", "color"), [("black backpack", "black"), ("白色的运动鞋", "white"), ("a blue jacket", "blue")]
)
def test_a_colour_is_kept(parts: Parts, text: str, color: str) -> None:
    _, result = search(parts, text, k=20)
    assert result.candidates
    assert {c.product.color for c in result.candidates} == {color}


@pytest.mark.parametrize(("text", "color"), [("a sofa, but not grey", "grey"), ("不要黑色的手机", "black")])
def test_what_is_not_wanted_is_not_shown(parts: Parts, text: str, color: str) -> None:
    understood, result = search(parts, text, k=20)
    assert understood.constraints.exclude_colors == (color,)
    assert result.candidates
    assert color not in {c.product.color for c in result.candidates}


def test_a_conversation_over_the_default_shop(parts: Parts) -> None:
    """Search, undercut, question, cart, another topic and back, in one go, on the real parts."""
    state = DialogueState()
    turns = []
    for message in [
        "show me running shoes",
        "anything cheaper?",
        "is the first one waterproof?",
        "add it to my cart",
        "推荐几个双肩包",
        "back to the running shoes",
    ]:
        done = parts.assistant.reply(state, message)
        state = done.state
        turns.append(done.turn)
        assert done.turn.claims.unsupported == 0
        assert done.turn.reply.strip()
    shoes, cheaper, question, cart, bags, back = turns
    assert {c.product.type for c in shoes.cards} == {"running shoe"}
    floor = min(c.price for c in shoes.cards)
    assert all(c.price < floor for c in cheaper.cards)
    assert cheaper.ledger.price_max == pytest.approx(floor - 0.01)
    listed = cheaper.cards or shoes.cards
    assert question.referenced == (listed[0].product.sku,)
    assert [line.sku for line in cart.cart] == [listed[0].product.sku]
    assert {c.product.type for c in bags.cards} == {"backpack"}
    assert bags.understanding.language == "zh"
    assert back.ledger.product == shoes.ledger.product
    assert back.ledger.price_max == cheaper.ledger.price_max
