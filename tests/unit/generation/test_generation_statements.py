"""Every statement of the texts that code writes, over the shipped catalogue, held against the records it is about.

The texts are those of real calls: comparisons with advice, reasons of cards, lists and what gave way, stock, prices.
The checks read the texts afresh and know nothing of how they were made.
"""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest

from assistant.catalog.rows import product_from_record
from assistant.generation.replies import ReplyWriter
from assistant.lexicon import Lexicon, fold
from assistant.ranking import card_of
from assistant.types import Card, Constraints, Product

ROOT = Path(__file__).resolve().parents[3]
QUESTIONS = {
    "en": (
        "which is better?",
        "which is lighter?",
        "which is cheaper?",
        "which has better reviews?",
        "which is quieter?",
    ),
    "zh": ("哪个好", "哪个更轻", "哪个便宜", "哪个口碑好", "哪个更安静"),
}
_FIGURE = re.compile(r"\d+(?:\.\d+)?")


@pytest.fixture(scope="module")
def say(lexicon: Lexicon) -> ReplyWriter:
    return ReplyWriter(lexicon)


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Product, Product]]:
    """Two products of each type, the types that have two."""
    lines = (ROOT / "catalog" / "products.jsonl").read_text(encoding="utf-8").splitlines()
    by_type: dict[str, list[Product]] = {}
    for line in lines:
        product = product_from_record(json.loads(line))
        by_type.setdefault(product.type, []).append(product)
    return [(held[0], held[-1]) for held in by_type.values() if len(held) > 1]


def figures(text: str) -> set[str]:
    """The numbers of a text, without grouping and needless zeros."""
    return {f"{float(n):g}" for n in _FIGURE.findall(re.sub(r"(?<=\d),(?=\d{3})", "", text))}


def of_record(card: Card) -> set[str]:
    """The numbers that a record holds, and those that its own say in another form."""
    told = figures(fold(json.dumps(card.product.to_dict(), ensure_ascii=False, default=dict))) | figures(card.title)
    p = card.product
    if p.list_price:
        off = round(100 * (1 - p.price / p.list_price))
        told |= {f"{off}", f"{(100 - off) / 10:g}"}
    return told | {f"{card.price:g}"}


def rows_of(table: str) -> list[list[str]]:
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[c.strip() for c in line.strip("| ").split(" | ")] for line in lines]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_comparisons_state_what_the_records_hold(
    say: ReplyWriter, pairs: list[tuple[Product, Product]], language: str
) -> None:
    checked = 0
    for (one, two), question in zip(pairs, itertools.cycle(QUESTIONS[language]), strict=False):
        cards = [card_of(one, language), card_of(two, language)]
        table, advice = say.compare(language, cards, question)
        for row in rows_of(table)[2:]:
            for card, cell in zip(cards, row[-2:], strict=True):
                assert figures(cell) <= of_record(card) | {f"{card.product.rating_count}"}, (row, card.title)
                checked += 1
        low, high = sorted(cards, key=lambda c: c.price)
        gap = {f"{round(high.price - low.price, 2):g}"}
        assert figures(advice) <= of_record(cards[0]) | of_record(cards[1]) | gap, advice
        for said, right in (
            (r"take (.+?): it costs", low.title),
            (r"看价格选(.+?)，便宜", low.title),
            (r"(?:; |；看评分选)(.+?) is the better rated", max(cards, key=lambda c: c.product.rating or 0).title),
        ):
            if (match := re.search(said, advice)) and low.price != high.price:
                assert match[1] == right, advice
        for quote in re.findall(r"“([^”]*)”", advice):
            held = fold("".join(json.dumps(c.product.to_dict(), ensure_ascii=False, default=dict) for c in cards))
            assert fold(quote).strip("…") in held or ": " in quote, advice
    assert checked > 200


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reasons_stock_and_prices_state_what_the_record_holds(
    say: ReplyWriter, pairs: list[tuple[Product, Product]], language: str
) -> None:
    ledger = Constraints(price_max=5000.0, in_stock_only=True, sort="rating_desc")
    asked = "还有货吗" if language == "zh" else "is it in stock?"
    for product, _ in pairs:
        card = card_of(product, language)
        allowed = of_record(card) | {"5000", "10"}
        for intent in ("check_availability", "check_promotion"):
            said = " ".join(say.answer(language, [card], asked, intent, Constraints()))
            assert figures(said) <= allowed, said
            if intent == "check_availability" and product.stock is not None:
                gone = bool(re.search(r"sold out|售罄|卖完", said))
                assert gone == (product.stock == 0), said
        for why in say.why(card, ledger, language):
            assert figures(why) <= allowed | {f"{len(card.variants) + 1}"}, why


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("relaxed", [(), ("price_max",), ("colors",), ("terms", "brands")])
def test_lists_and_what_gave_way_claim_nothing_of_the_cards(
    say: ReplyWriter, pairs: list[tuple[Product, Product]], language: str, relaxed: tuple[str, ...]
) -> None:
    ledger = Constraints(product="jacket", price_max=31.5, colors=("pink",), terms=("velvet",), brands=("Casio",))
    for kind in ("search", "ideas", "complement"):
        for one, two in pairs[:12]:
            cards = [card_of(one, language), card_of(two, language)]
            said = " ".join(
                say.results(
                    language,
                    kind=kind,
                    cards=cards,
                    ledger=ledger,
                    total=2,
                    relaxed=relaxed,
                    soft=(),
                    currency_missing=None,
                    returned=False,
                    exhausted=False,
                    anchors=[two] if kind == "complement" else [],
                )
            )
            prices = {f"{c.price:g}" for c in cards}
            assert figures(said) <= prices | {"31.5", "2"} | figures(two.title) | figures(two.title_in("zh")), said
            if "colors" in relaxed and language == "en":
                assert not re.search(r"\b(?:found|here (?:is|are))[^.]*\bpink", said, re.I), said
