"""Taking a turn back, putting one right and asking for a list again, as the parser reads them in both languages."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from assistant.lexicon import Lexicon
from assistant.understanding import ConstraintParser, IntentPrediction, Reader


class Says:
    """A classifier that always says the same."""

    def __init__(self, intent: str) -> None:
        self._prediction = IntentPrediction(intent, 0.9, {intent: 0.9})

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        return [self._prediction for _ in texts]


@pytest.fixture(scope="module")
def parser() -> ConstraintParser:
    return ConstraintParser(Lexicon.load())


@pytest.fixture(scope="module")
def misled(parser: ConstraintParser) -> Reader:
    return Reader(Says("smalltalk"), parser, Lexicon.load())


@pytest.mark.parametrize(
    "text",
    [
        "undo that last filter",
        "undo",
        "take that back",
        "go back to before",
        "scrap that last change",
        "put it back the way it was",
        "撤销刚才那条",
        "撤回",
        "还原上一步",
        "回到上一步",
        "刚才那个条件不要了",
    ],
)
def test_a_turn_is_taken_back(parser: ConstraintParser, misled: Reader, text: str) -> None:
    assert parser.revision(text).undo
    read = misled.read(text)
    assert (read.revises, read.understanding.intent) == ("undo", "refine_results")
    assert not read.cleared


@pytest.mark.parametrize(
    "text",
    [
        "can I take it back to the shop?",
        "I want to cancel my last order",
        "undo the price limit",
        "undo everything",
        "撤销退款申请",
        "撤销所有条件",
        "try again",
    ],
)
def test_what_only_sounds_alike_takes_nothing_back(parser: ConstraintParser, text: str) -> None:
    assert not parser.revision(text).undo


@pytest.mark.parametrize(
    ("text", "allowed"), [("撤销刚才那条，皮的也可以", "皮"), ("undo that, leather is fine after all", "leather")]
)
def test_what_is_welcome_after_all_is_no_wish(misled: Reader, text: str, allowed: str) -> None:
    read = misled.read(text)
    assert read.allowed == (allowed,)
    assert read.plain.terms == ()


@pytest.mark.parametrize(
    ("text", "price", "currency"),
    [
        ("sorry, I meant 90 dollars", 90, "USD"),
        ("I said 150 euros, not dollars", 150, "EUR"),
        ("oops, make that 80 pounds", 80, "GBP"),
        ("不对是九十美元", 90, "USD"),
    ],
)
def test_a_price_is_put_right_whatever_the_classifier_says(
    misled: Reader, text: str, price: float, currency: str
) -> None:
    read = misled.read(text)
    assert (read.revises, read.understanding.intent) == ("correct", "refine_results")
    assert (read.constraints.price_max, read.constraints.currency) == (price, currency)
    assert read.constraints.exclude_terms == ()


@pytest.mark.parametrize("text", ["not 100, 150", "不是100，是150"])
def test_a_bare_number_is_put_right(misled: Reader, text: str) -> None:
    read = misled.read(text)
    assert (read.revises, read.amount) == ("correct", 150)


@pytest.mark.parametrize(
    ("text", "product"), [("no, I meant boots", "boots"), ("我说的是靴子", "靴子"), ("打错了，是耳机", "耳机")]
)
def test_a_product_is_put_right(misled: Reader, text: str, product: str) -> None:
    read = misled.read(text)
    assert (read.revises, read.understanding.intent) == ("correct", "product_search")
    assert read.constraints.product == product


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("bring me al of those tabels agian", "table"),
        ("show me those wreaths again", "wreath"),
        ("刚才那些花环再给我看看", "花环"),
        ("那几个茶壶再让我看一眼", "茶壶"),
    ],
)
def test_a_list_is_wanted_again(misled: Reader, text: str, named: str) -> None:
    read = misled.read(text)
    assert read.revises == "recall"
    assert named in read.recalled


@pytest.mark.parametrize(
    "text", ["show me other tables", "how long do I have to send it back?", "再来一些花环", "try again"]
)
def test_other_ones_are_no_list_again(misled: Reader, text: str) -> None:
    assert misled.read(text).revises is None
