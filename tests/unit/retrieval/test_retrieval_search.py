"""Search over a small bilingual shop with the fake encoder and real Chroma: types, hard filters, sorts, scores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import engine_of, product
from fakes import HashEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.lexicon import Lexicon
from assistant.retrieval import Filters, SearchEngine, SearchResult
from assistant.retrieval import search as search_module
from assistant.types import SORTS, Constraints, Product

SHOP: list[Product] = [
    product("ph1", "Nova 5 smartphone", 449, zh="新星 5 智能手机", brand="Aurel", color="black", prices={"CNY": 2999},
            category=["electronics", "smartphone"], attributes={"storage": "128 GB", "waterproof": True}, stock=5,
            rating=4.5, rating_count=100, created_at="2025-09-12T00:00:00Z"),
    product("ph2", "Pebble mini smartphone", 199, zh="卵石小屏智能手机", brand="Pebble", color="white",
            prices={"CNY": 1299}, category=["electronics", "smartphone"], attributes={"storage": "64 GB"}, stock=0,
            rating=4.9, rating_count=20, created_at="2026-02-01T00:00:00Z"),
    product("ph3", "Orbit Max smartphone", 899, zh="轨道 Max 智能手机", brand="Orbit", color="blue",
            category=["electronics", "smartphone"], attributes={"storage": "256 GB", "waterproof": True}, stock=2,
            rating=3.9, rating_count=900, created_at="2024-01-01T00:00:00Z"),
    product("cs1", "Clear phone case", 15, zh="透明手机壳", brand="Pebble", category=["electronics", "phone case"],
            stock=9, prices={"CNY": 49}),
    product("sh1", "Women's running shoes", 80, zh="女款跑步鞋", brand="Harrow", color="pink",
            category=["shoes", "running shoe"], sizes=["37", "38"], size_stock={"37": 0, "38": 1}, stock=1),
    product("sh2", "Men's running shoes", 90, zh="男款跑步鞋", brand="Harrow", color="black",
            category=["shoes", "running shoe"], sizes=["42"], size_stock={"42": 2}, stock=2),
    product("sh3", "Ridge running shoes", 70, zh="山脊跑步鞋", brand="Brook", color="grey",
            category=["shoes", "running shoe"], description="No leather anywhere."),
    product("bq1", "Bouquet of tulips", 30, zh="郁金香花束", category=["flowers", "bouquet"]),
    product("vs1", "Blue ceramic vase", 25, zh="蓝色陶瓷花瓶", color="blue", category=["home", "vase"],
            description="For flowers."),
]  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon, hash_encoder: HashEncoder) -> SearchEngine:
    return engine_of(tmp_path_factory.mktemp("shop"), SHOP, hash_encoder, lexicon)


Ask = Callable[..., SearchResult]


@pytest.fixture(scope="module")
def ask(engine: SearchEngine) -> Ask:
    def run(text: str = "", *, k: int = 10, language: str = "en", exclude: Any = (), **fields: Any) -> SearchResult:
        extra = {n: fields.pop(n) for n in ("category", "attributes", "rating_min") if n in fields}
        c = Constraints(**{n: tuple(v) if isinstance(v, list) else v for n, v in fields.items()})
        return engine.search(text, Filters(c, language=language, **extra), k=k, exclude=exclude)

    return run


def skus(result: SearchResult) -> list[str]:
    return [c.product.sku for c in result.candidates]


@pytest.mark.parametrize("phrase", ["smartphone", "phones", "手机", "新手机", "智能手机"])
def test_a_phone_is_a_phone_in_both_languages(ask: Ask, phrase: str) -> None:
    result = ask(phrase, product=phrase)
    assert set(skus(result)) == {"ph1", "ph2", "ph3"}
    assert result.topic_known
    assert result.total == 3


def test_what_is_sold_out_comes_last_unless_left_out(ask: Ask) -> None:
    assert skus(ask("phone", product="phone"))[-1] == "ph2"
    assert skus(ask("phone", product="phone", sort="rating_desc"))[-1] == "ph2"
    assert "ph2" not in skus(ask("phone", product="phone", in_stock_only=True))


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [
        ("price_asc", ["ph1", "ph3", "ph2"]),
        ("price_desc", ["ph3", "ph1", "ph2"]),
        ("rating_desc", ["ph1", "ph3", "ph2"]),
        ("newest", ["ph1", "ph3", "ph2"]),
        ("popularity", ["ph3", "ph1", "ph2"]),
    ],
)
def test_a_sort_orders_what_can_be_bought(ask: Ask, sort: str, wanted: list[str]) -> None:
    assert skus(ask("phone", product="phone", sort=sort)) == wanted


def test_a_chinese_sort_is_by_the_price_that_is_shown(ask: Ask) -> None:
    # ph3 has no CNY price: its own number stands in, as the card shows it.
    assert skus(ask("手机", product="手机", sort="price_asc", language="zh"))[:2] == ["ph3", "ph1"]


@pytest.mark.parametrize("sort", [None, *SORTS])
def test_scores_never_increase(ask: Ask, sort: str | None) -> None:
    for text in ("phone", "something nice", "红色", ""):
        result = ask(text, sort=sort)
        scores = [c.score for c in result.candidates]
        assert scores == sorted(scores, reverse=True)
        assert np.isfinite(scores).all()
        assert len(set(skus(result))) == len(scores) == 9


def test_k_is_the_most(ask: Ask) -> None:
    full = skus(ask("shoe"))
    assert skus(ask("shoe", k=4)) == full[:4]
    assert ask("shoe", k=4).total == 9


def test_shown_ones_are_never_shown_again(ask: Ask) -> None:
    first = skus(ask("running shoes", product="running shoes", k=2))
    rest = skus(ask("running shoes", product="running shoes", exclude=[*first, "never-seen"]))
    assert len(rest) == 1
    assert not set(first) & set(rest)
    assert skus(ask("running shoes", product="running shoes", exclude=[*first, *rest])) == []


def test_filters_are_hard(ask: Ask) -> None:
    assert skus(ask("phone", product="phone", price_max=200)) == ["ph2"]
    assert skus(ask("phone", product="phone", exclude_brands=["Aurel"], exclude_colors=["white"])) == ["ph3"]
    assert skus(ask("手机", product="手机", price_max=1500, language="zh")) == ["ph3", "ph2"]
    assert skus(ask("手机", product="手机", price_max=1500, currency="CNY", language="zh")) == ["ph2"]
    assert skus(ask("shoes", category=("running shoe",), sizes=["38"])) == ["sh1"]
    assert skus(ask("shoes", category=("running shoe",), sizes=["37"])) == []
    assert skus(ask("x", rating_min=4.6)) == ["ph2"]
    assert skus(ask("x", attributes={"storage": ("64 gb", "256 GB")}, in_stock_only=True)) == ["ph3"]


def test_nothing_is_relaxed(ask: Ask) -> None:
    result = ask("phone", product="phone", price_max=5)
    assert result.candidates == ()
    assert result.total == 0


def test_a_phone_that_is_too_dear_is_not_replaced_by_its_case(ask: Ask) -> None:
    assert "cs1" not in skus(ask("phone under 50", product="phone", price_max=50))
    assert "cs1" not in skus(ask("五十块以内的手机", product="手机", price_max=50, language="zh"))


def test_terms_are_hard_where_they_are_stated_and_rank_where_they_are_not(ask: Ask) -> None:
    hard = ask("phone", product="phone", terms=["256 GB"])
    assert skus(hard) == ["ph3"]
    assert hard.soft == ()
    soft = ask("phone", product="phone", terms=["glow in the dark"])
    assert set(skus(soft)) == {"ph1", "ph2", "ph3"}
    assert soft.soft == ("glow in the dark",)
    both = ask("phone", product="phone", terms=["waterproof", "glow in the dark"])
    assert set(skus(both)) == {"ph1", "ph3"}


def test_an_excluded_type_takes_its_products_but_not_what_goes_with_them(ask: Ask) -> None:
    found = skus(ask("a gift", exclude_terms=["flowers"]))
    assert "bq1" not in found
    assert "ph1" in found


def test_excluded_terms_do_not_drop_what_says_it_has_none(ask: Ask) -> None:
    assert "sh3" in skus(ask("running shoes", product="running shoes", exclude_terms=["leather"]))


@pytest.mark.parametrize(
    ("phrase", "gone"), [("men's running shoes", "sh1"), ("女款跑步鞋", "sh2"), ("women's shoes", "sh2")]
)
def test_shoes_for_the_other_half_are_left_out(ask: Ask, phrase: str, gone: str) -> None:
    found = skus(ask(phrase, product=phrase))
    assert gone not in found
    assert "sh3" in found


def test_what_the_shop_lacks_is_told(ask: Ask) -> None:
    result = ask("submarine", product="submarine")
    assert not result.topic_known


def test_every_score_keeps_its_parts(ask: Ask) -> None:
    result = ask("pebble smartphone", product="smartphone")
    for candidate in result.candidates:
        assert {"semantic", "keyword", "fused"} <= set(candidate.parts)
        assert -1.0 <= candidate.parts["semantic"] <= 1.0001
    assert result.candidates[-1].parts["sold_out"] < 0


@pytest.mark.parametrize("text", ["", " ", "🎉🎉", "\x00", "a" * 100_000, "手" * 50_000, "\ud83d", "' OR 1=1 --"])
def test_no_text_breaks_it(ask: Ask, text: str) -> None:
    assert len(ask(text).candidates) == 9
    ask(text, product=text[:200] or None, terms=[text[:200]])


@pytest.mark.parametrize("sort", [None, "price_asc", "rating_desc", "newest"])
def test_a_pool_ranks_first_what_all_rows_would(
    engine: SearchEngine, monkeypatch: pytest.MonkeyPatch, sort: Any
) -> None:
    filters = Filters(Constraints(product="shoes", price_max=100, sort=sort))
    every = engine.search("running shoes", filters, k=1)
    monkeypatch.setattr(search_module, "_EXACT_BELOW", 0)
    monkeypatch.setattr(search_module, "_POOL", 2)
    few = engine.search("running shoes", filters, k=1)
    assert skus(few) == skus(every)
    assert few.total == every.total == 3


def test_lookups(engine: SearchEngine) -> None:
    found = engine.product("vs1")
    assert found is not None
    assert found.title == "Blue ceramic vase"
    assert engine.product("nope") is None
    assert engine.embed("x").shape == (384,)


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "product": st.sampled_from(["phone", "手机", "running shoes", "vase", "submarine", "case"]),
        "price_min": st.sampled_from([0.0, 50.0, 500.0]),
        "price_max": st.sampled_from([20.0, 90.0, 450.0, 3000.0]),
        "currency": st.sampled_from(["USD", "CNY", "JPY"]),
        "brands": st.sampled_from([("Harrow",), ("pebble", "Brook")]),
        "exclude_brands": st.sampled_from([("Aurel",), ("Harrow", "Orbit")]),
        "colors": st.sampled_from([("black",), ("blue", "white")]),
        "exclude_colors": st.sampled_from([("black",), ("pink", "blue")]),
        "sizes": st.sampled_from([("42",), ("37", "38")]),
        "terms": st.sampled_from([("waterproof",), ("128 GB", "velvet")]),
        "exclude_terms": st.sampled_from([("waterproof",), ("leather", "ceramic")]),
        "sort": st.sampled_from(SORTS),
        "in_stock_only": st.booleans(),
    },
)


def violates(p: Product, c: Constraints) -> str | None:
    """What of the constraints this product breaks; written apart from the code, for exactly this shop."""
    price = p.price if c.currency in (None, p.currency) else p.prices.get(str(c.currency))
    if (c.price_max is not None or c.price_min is not None) and price is None:
        return "currency"
    if c.price_max is not None and price is not None and price > c.price_max:
        return "price_max"
    if c.price_min is not None and price is not None and price < c.price_min:
        return "price_min"
    brand = (p.brand or "").lower()
    if c.brands and brand not in [b.lower() for b in c.brands]:
        return "brands"
    if brand and brand in [b.lower() for b in c.exclude_brands]:
        return "exclude_brands"
    if c.colors and p.color not in c.colors:
        return "colors"
    if p.color in c.exclude_colors:
        return "exclude_colors"
    available = {s for s, n in p.size_stock.items() if n > 0}
    if c.sizes and not available & set(c.sizes):
        return "sizes"
    if c.in_stock_only and p.stock == 0:
        return "in_stock_only"
    if "waterproof" in c.exclude_terms and p.attributes.get("waterproof"):
        return "exclude_terms"
    if "ceramic" in c.exclude_terms and "ceramic" in p.title.lower():
        return "exclude_terms"
    return None


@given(FIELDS, st.integers(1, 12), st.sampled_from(["", "phone", "红色的鞋", "gift for mum"]))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_asked_only_what_fits_is_found(
    engine: SearchEngine, fields: dict[str, Any], k: int, text: str
) -> None:
    c = Constraints(**fields)
    result = engine.search(text, Filters(c), k=k)
    assert len(result.candidates) == min(k, result.total)
    for candidate in result.candidates:
        assert violates(candidate.product, c) is None
    scores = [x.score for x in result.candidates]
    assert scores == sorted(scores, reverse=True)
    assert not set(result.soft) - set(c.terms)
    if result.total == 0 and not c.product:
        hard = [p for p in SHOP if violates(p, c) is None]
        assert hard == []


@pytest.fixture(scope="module")
def rank(engine: SearchEngine) -> Callable[..., list[str]]:
    def run(text: str, *, k: int = 20, language: str = "en", **fields: Any) -> list[str]:
        return [c.product.sku for c in engine.rank(text, Filters(Constraints(**fields), language=language), k=k)]

    return run


Rank = Callable[..., list[str]]
EVERY = {p.sku for p in SHOP}


@pytest.mark.parametrize(
    ("text", "kind", "first"),
    [
        ("smartphone", "smartphone", {"ph1", "ph2", "ph3"}),
        ("智能手机", "手机", {"ph1", "ph2", "ph3"}),
        ("phone case", "phone case", {"cs1"}),
        ("running shoes", "running shoes", {"sh1", "sh2", "sh3"}),
    ],
)
def test_ranking_puts_the_type_first_and_drops_nothing(rank: Rank, text: str, kind: str, first: set[str]) -> None:
    found = rank(text, product=kind)
    assert set(found[: len(first)]) == first
    assert set(found) == EVERY
    assert len(found) == len(EVERY)


def test_the_type_raises_what_it_is_and_lowers_what_is_known_to_be_another(engine: SearchEngine) -> None:
    text = "pebble"
    plain = {c.product.sku: c for c in engine.rank(text, Filters(), k=20)}
    typed = {c.product.sku: c for c in engine.rank(text, Filters(Constraints(product="smartphone")), k=20)}
    assert {sku for sku, c in typed.items() if c.parts["type"] > 0} == {"ph1", "ph2", "ph3"}
    for sku in EVERY:
        assert plain[sku].parts["type"] == 0
        assert typed[sku].score - plain[sku].score == pytest.approx(typed[sku].parts["type"])
    assert typed["vs1"].parts["type"] < 0
    assert typed["bq1"].parts["type"] < 0


def test_a_type_the_shop_lacks_changes_no_order(rank: Rank) -> None:
    assert rank("blue submarine", product="submarine") == rank("blue submarine")


def test_ranking_keeps_to_bounds_and_refusals(rank: Rank) -> None:
    assert set(rank("a phone", product="phone", price_max=80.0)) == {"cs1", "sh1", "sh3", "bq1", "vs1"}
    assert set(rank("a phone", product="phone", price_min=449.0)) == {"ph1", "ph3"}
    assert set(rank("手机", price_max=100.0, currency="CNY", language="zh")) == {"cs1"}
    assert EVERY - set(rank("a phone", exclude_brands=("Aurel", "Harrow"))) == {"ph1", "sh1", "sh2"}
    assert EVERY - set(rank("a phone", exclude_colors=("blue",))) == {"ph3", "vs1"}
    assert EVERY - set(rank("a gift", exclude_terms=("running shoes",))) == {"sh1", "sh2", "sh3"}
    assert "bq1" not in rank("a gift", exclude_terms=("flowers",))
    assert EVERY - set(rank("a phone", exclude_terms=("waterproof",))) == {"ph1", "ph3"}
    assert "ph2" not in rank("a phone", in_stock_only=True)
    assert rank("a phone", price_max=1.0) == []


def test_what_the_words_of_the_query_say_filters_nothing(rank: Rank) -> None:
    said = {
        "product": "smartphone", "brands": ("Aurel",), "colors": ("white",), "sizes": ("42",), "terms": ("velvet",),
    }  # fmt: skip
    for field, value in said.items():
        assert set(rank("something", **{field: value})) == EVERY


def test_ranking_stops_at_k_and_scores_never_increase(engine: SearchEngine, rank: Rank) -> None:
    assert rank("blue vase", k=3) == rank("blue vase")[:3]
    for text in ("blue vase", "", "🎉", "\ud83d", "蓝色花瓶", "a" * 100_000):
        found = engine.rank(text, Filters(Constraints(product="vase")), k=20)
        scores = [c.score for c in found]
        assert len(found) == len(EVERY)
        assert np.isfinite(scores).all()
        assert scores == sorted(scores, reverse=True)
        assert all({"semantic", "keyword", "fused", "type"} == set(c.parts) for c in found)


def test_a_name_in_one_language_finds_the_word_of_the_other(
    tmp_path: Path, lexicon: Lexicon, hash_encoder: HashEncoder
) -> None:
    rows = [product(s, f"{s.title()} figurine") for s in ("bear", "rabbit", "owl", "horse")]
    engine = engine_of(tmp_path, rows, hash_encoder, lexicon)
    best = engine.rank("兔子", Filters(), k=4)[0]
    assert best.product.sku == "rabbit"
    assert best.parts["keyword"] > 0


def test_a_chinese_query_is_asked_in_the_words_of_an_english_catalogue(
    tmp_path: Path, lexicon: Lexicon, hash_encoder: HashEncoder, engine: SearchEngine
) -> None:
    rows = [product(s, f"Halder {s} 20") for s in ("fan", "usb hub", "tripod", "radio")]
    english = engine_of(tmp_path, rows, hash_encoder, lexicon)
    assert english._translated("想要便宜的usb集线器") == "想要便宜的 usb hub"
    for said, sku in (("风扇", "fan"), ("usb集线器", "usb hub"), ("三脚架", "tripod")):
        by_name = english.rank(said, Filters(Constraints(product=said)), k=4)
        in_english = english.rank(sku, Filters(Constraints(product=sku)), k=4)
        words = {c.product.sku: (c.parts["keyword"], c.parts["type"]) for c in in_english}
        assert {c.product.sku: (c.parts["keyword"], c.parts["type"]) for c in by_name} == words
        assert by_name[0].product.sku == in_english[0].product.sku == sku
    assert engine._translated("红色的手机") == "红色的手机"


def test_ranking_drops_a_refused_type_that_does_not_say_its_name(
    tmp_path: Path, lexicon: Lexicon, hash_encoder: HashEncoder
) -> None:
    rows = [product("boots", "Chelsea boots"), product("sneaker", "Canvas sneaker"), product("hat", "Felt hat")]
    engine = engine_of(tmp_path, rows, hash_encoder, lexicon)
    found = engine.rank("something to wear", Filters(Constraints(exclude_terms=("shoes",))), k=3)
    assert [c.product.sku for c in found] == ["hat"]


def test_a_later_wish_reaches_the_ranking_and_a_colour_taken_back_leaves_it(engine: SearchEngine) -> None:
    said = engine._query_text("shoes for long runs", Constraints(product="shoes", terms=("breathable",)))
    assert said == "shoes for long runs breathable"
    back = engine._query_text("red shoes for long runs", Constraints(product="shoes", colors=("blue",)))
    assert back == "shoes blue"
    assert engine._query_text("what about that one", Constraints(product="hat")) == "hat"
    assert engine._query_text("shoes, not white", Constraints(product="shoes", exclude_colors=("white",))).startswith(
        "shoes, not white"
    )


def test_nothing_sold_out_stands_above_what_can_be_had(engine: SearchEngine, ask: Ask) -> None:
    for text in ("Pebble mini smartphone white 64 GB", "zzz", "手机"):
        found = ask(text, product="smartphone").candidates
        stock = [engine.columns.in_stock[engine.index.rows[c.product.sku]] == 0 for c in found]
        assert stock == sorted(stock)
