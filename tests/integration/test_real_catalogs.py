"""Catalogues nobody here wrote: all of aws-retail, and a part of icecat, index and answer."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.assembly import Parts
from assistant.dialogue import DialogueState
from assistant.retrieval import Filters
from assistant.types import Product

pytestmark = [pytest.mark.models, pytest.mark.shared]

ICECAT_ROWS = 1500


@pytest.fixture(scope="module")
def retail(shared_data: Path, parts_over: Callable[[Path], Parts]) -> Parts:
    return parts_over(shared_data / "aws-retail" / "products.jsonl")


@pytest.fixture(scope="module")
def icecat(shared_data: Path, kept_folder: Path, parts_over: Callable[[Path], Parts]) -> Parts:
    part = kept_folder / "icecat-part.jsonl"
    with gzip.open(shared_data / "icecat" / "products.jsonl.gz", "rt", encoding="utf-8") as stream:
        part.write_text("".join(itertools.islice(stream, ICECAT_ROWS)), encoding="utf-8")
    return parts_over(part)


def top(parts: Parts, text: str, k: int = 5) -> list[Product]:
    understood = parts.reader.understand([text])[0]
    language = "zh" if understood.language == "zh" else "en"
    result = parts.engine.search(text, Filters(understood.constraints, language=language), k=k)
    return [c.product for c in result.candidates]


def test_everything_of_aws_retail_is_indexed(retail: Parts) -> None:
    assert len(retail.engine.products) == 2465
    assert retail.engine.index.vectors.shape[0] == 2465


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("a roomy daypack for commuting", "backpack"),
        ("想找一个双肩包", "backpack"),
        ("sneakers", "sneaker"),
        ("耳环", "earrings"),
        ("a necklace for my sister", "necklace"),
        ("木椅子", "chairs"),
        ("三人沙发", "sofas"),
        ("wrist watch", "watch"),
        ("headphones", "headphones"),
        ("warm socks", "socks"),
        ("新鲜水果", "fruits"),
        ("围巾", "scarf"),
    ],
)
def test_aws_retail_answers_in_both_languages(retail: Parts, text: str, category: str) -> None:
    found = top(retail, text)
    assert len(found) == 5
    assert sum(category in p.category for p in found) >= 4, [(p.title, p.category) for p in found]


def test_aws_retail_keeps_a_budget_and_undercuts_it(retail: Parts) -> None:
    first = retail.assistant.reply(DialogueState(), "a watch under 200 dollars")
    assert first.turn.cards
    assert all(c.price <= 200 for c in first.turn.cards)
    second = retail.assistant.reply(first.state, "有没有便宜点的")
    assert second.turn.understanding.language == "zh"
    floor = min(c.price for c in first.turn.cards)
    assert all(c.price < floor for c in second.turn.cards)
    assert second.turn.ledger.price_max == pytest.approx(floor - 0.01)


def test_a_part_of_icecat_is_indexed(icecat: Parts) -> None:
    assert len(icecat.engine.products) == ICECAT_ROWS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("toner cartridge", ("toner",)),
        ("打印机硒鼓", ("toner", "cartridge", "drum")),
        ("notebook bag", ("bag", "case", "backpack", "sleeve")),
        ("hdmi cable", ("hdmi",)),
        ("laptop bag", ("bag", "case", "backpack", "sleeve")),
        ("键盘", ("keyboard",)),
        ("keyboard", ("keyboard",)),
        ("a projector for the office", ("projector",)),
    ],
)
def test_icecat_answers_in_both_languages(icecat: Parts, text: str, words: tuple[str, ...]) -> None:
    found = top(icecat, text)
    assert len(found) >= 3
    fitting = [p for p in found if any(w in f"{p.title} {p.description} {p.type}".lower() for w in words)]
    assert len(fitting) >= len(found) - 1, [p.title for p in found]


def test_icecat_keeps_brands_and_their_exclusion(icecat: Parts) -> None:
    only = top(icecat, "Xerox toner cartridge", k=20)
    assert only
    assert {p.brand for p in only} == {"Xerox"}
    without = top(icecat, "toner cartridge, not Xerox", k=20)
    assert without
    assert "Xerox" not in {p.brand for p in without}


def test_icecat_talks(icecat: Parts) -> None:
    done = icecat.assistant.reply(DialogueState(), "I need a network cable under $20")
    assert done.turn.cards
    assert all(c.price <= 20 for c in done.turn.cards)
    assert done.turn.reply
    assert done.turn.claims.unsupported == 0


def test_icecat_shows_listings_of_one_product_on_one_card(icecat: Parts) -> None:
    engine = icecat.engine
    numbers = engine.groups.numbers
    shown = 0
    for number in sorted(set(numbers[numbers >= 0].tolist()))[:6]:
        done = icecat.assistant.reply(DialogueState(), f"I am looking for {engine.products[number].title}")
        groups = [engine.groups.number(engine.index.rows[c.product.sku]) for c in done.turn.cards]
        own = [g for g in groups if g is not None]
        assert len(set(own)) == len(own)
        for card, group in zip(done.turn.cards, groups, strict=True):
            assert bool(card.variants) <= (group is not None)
            shown += bool(card.variants)
    assert shown >= 3


def test_the_narrowing_question_of_icecat_leads_somewhere(icecat: Parts) -> None:
    first = icecat.assistant.reply(DialogueState(), "network cable")
    question = first.turn.question
    assert question is not None
    assert len(question.options) >= 2
    for option in question.options:
        narrowed = icecat.assistant.reply(first.state, option).turn
        assert narrowed.action == "search"
        assert narrowed.cards
        assert narrowed.relaxed == ()
