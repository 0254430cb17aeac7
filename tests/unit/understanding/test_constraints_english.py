"""English wishes read back: generated numbers, limits, counts and properties, and phrasings of one kind."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.lexicon import Lexicon
from assistant.understanding.constraints import ConstraintParser

PARSER = ConstraintParser(Lexicon.load())
ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
MONEY = st.sampled_from(
    [
        ("${}", "USD"),
        ("{} dollars", "USD"),
        ("{} bucks", "USD"),
        ("€{}", "EUR"),
        ("{} euros", "EUR"),
        ("£{}", "GBP"),
        ("{} quid", "GBP"),
        ("{} yuan", "CNY"),
        ("{} rupees", "INR"),
        ("A${}", "AUD"),
        ("{} francs", "CHF"),
        ("{}", None),
    ]
)
THINGS = st.sampled_from(["mugs", "desk lamps", "bath towels", "picture frames", "wall clocks", "umbrellas"])
PROPERTIES = st.sampled_from(
    [
        "dishwasher safe",
        "flame retardant",
        "magnetic",
        "night vision",
        "extra virgin",
        "easy to clean",
        "glow in the dark",
        "rear facing",
        "steel toe",
        "anti-colic",
        "machine washable",
        "nickel free",
        "hand-tufted",
        "battery operated",
        "low latency",
        "peel and stick",
        "stainless steel",
        "left-handed",
        "dimmable",
    ]
)


def spoken(n: int) -> str:
    """An English numeral below 10,000 in words."""
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10] + ("-" + ONES[n % 10] if n % 10 else "")
    if n < 1000:
        return f"{ONES[n // 100]} hundred" + (f" and {spoken(n % 100)}" if n % 100 else "")
    rest = n % 1000
    return f"{ONES[n // 1000]} thousand" + (f" {'' if rest >= 100 else 'and '}{spoken(rest)}" if rest else "")


def read(text: str, intent: str = "product_search") -> dict[str, Any]:
    """What is stated: the fields that are neither null nor empty."""
    return {k: v for k, v in PARSER.parse(text, intent=intent).to_dict().items() if v not in (None, [])}


@given(st.integers(10, 9999), THINGS, st.sampled_from(["under", "no more than", "at most", "up to"]), st.booleans())
@settings(deadline=None)
def test_a_ceiling_in_words(n: int, thing: str, cue: str, dollars: bool) -> None:
    got = read(f"{thing} {cue} {spoken(n)}{' dollars' if dollars else ''}")
    assert (got["product"], got["price_max"]) == (thing, n)
    assert got.get("currency") == ("USD" if dollars else None)


@given(st.integers(10, 4000), st.integers(1, 5000), THINGS)
@settings(deadline=None)
def test_a_range_in_words(low: int, more: int, thing: str) -> None:
    got = read(f"{thing}, {spoken(low)} to {spoken(low + more)} euros")
    assert (got["product"], got["price_min"], got["price_max"]) == (thing, low, low + more)
    assert got["currency"] == "EUR"


@given(
    st.sampled_from("raise lower bump drop lift push set change move bring".split()),
    st.sampled_from(
        [
            ("the minimum", "price_min"),
            ("the min price", "price_min"),
            ("my lower limit", "price_min"),
            ("the price floor", "price_min"),
            ("the maximum", "price_max"),
            ("max price", "price_max"),
            ("my budget", "price_max"),
            ("the upper limit", "price_max"),
            ("the price cap", "price_max"),
            ("the ceiling", "price_max"),
        ]
    ),
    st.sampled_from(["to", "up to", "down to"]),
    st.integers(10, 9999),
    MONEY,
)
@settings(deadline=None)
def test_a_limit_is_moved(verb: str, limit: tuple[str, str], to: str, n: int, money: tuple[str, str | None]) -> None:
    wanted: dict[str, Any] = {limit[1]: float(n)}
    if money[1]:
        wanted["currency"] = money[1]
    assert read(f"{verb} {limit[0]} {to} {money[0].format(n)}", "refine_results") == wanted


@given(
    THINGS, st.integers(2, 60), st.sampled_from(["{n} {x}", "{x}, {n} please", "{x}, {n} of them", "{n} boxes of {x}"])
)
@settings(deadline=None)
def test_a_count_in_words(thing: str, n: int, frame: str) -> None:
    got = read(frame.format(n=spoken(n), x=thing))
    assert (got.get("quantity"), got.get("product")) == (n, thing)


@given(
    THINGS,
    PROPERTIES,
    st.sampled_from(["{x}, {p}", "{x} that are {p}", "{x}, {p}, under 40", "I need {x}, {p} please"]),
)
@settings(deadline=None)
def test_a_property_is_a_term_and_no_part_of_the_product(thing: str, wanted: str, frame: str) -> None:
    got = read(frame.format(x=thing, p=wanted))
    assert got["product"] == thing
    assert any(wanted in term for term in got["terms"])


@given(st.text(max_size=200), st.sampled_from(["product_search", "refine_results", "manage_cart", "compare_products"]))
@settings(deadline=None)
def test_any_text_is_read(text: str, intent: str) -> None:
    PARSER.parse(text, intent=intent)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "bookshelf, solid oak, no veneer",
            {"product": "bookshelf", "terms": ["solid oak"], "exclude_terms": ["veneer"]},
        ),
        ("cat food, grain free, salmon flavour", {"product": "cat food", "terms": ["grain free", "salmon flavour"]}),
        ("ski jacket with a detachable hood", {"product": "ski jacket", "terms": ["detachable hood"]}),
        ("12 inch cast iron skillet", {"product": "skillet", "terms": ["cast iron"], "sizes": ["12 inch"]}),
        ("night vision goggles", {"product": "night vision goggles"}),
        ("monitor, thirty two inch, 4K", {"product": "monitor", "sizes": ["32 inch"], "terms": ["4K"]}),
        ("four drawer filing cabinet", {"product": "filing cabinet", "terms": ["four drawer"]}),
        ("toaster died this morning. stainless steel please", {"product": "toaster", "terms": ["stainless steel"]}),
        ("I bike to work and need a helmet", {"product": "helmet"}),
        ("I've no tablecloth and need it for Sunday", {"product": "tablecloth"}),
        ("no Apple or Samsung phones please", {"product": "phones", "exclude_brands": ["Apple", "Samsung"]}),
        ("lawn mowers from Kestrel or Stihl", {"product": "lawn mowers", "brands": ["Kestrel", "Stihl"]}),
        ("we have two cats, so a scratching post", {"product": "scratching post"}),
        ("a 20-pound kettlebell under 60 dollars", {"product": "kettlebell", "price_max": 60.0, "currency": "USD"}),
        ("three dozen eggs", {"product": "eggs", "quantity": 36}),
        ("lamp around 49,99 €", {"product": "lamp", "price_min": 39.99, "price_max": 59.99, "currency": "EUR"}),
        ("a laptop for a grand and a half max", {"product": "laptop", "price_max": 1500.0}),
        ("lookin for a gren jacket undr fourty dolars", {"product": "jacket", "colors": ["green"], "price_max": 40.0}),
        ("hide everything I can't order right now", {"in_stock_only": True}),
    ],
)
def test_reads_a_wish(text: str, wanted: dict[str, Any]) -> None:
    got = read(text)
    for field, value in wanted.items():
        assert got.get(field) == value, field
    assert set(got) - set(wanted) <= {"terms", "currency"}


@pytest.mark.parametrize(
    ("text", "intent", "wanted"),
    [
        ("change the quantity in my cart to 5", "manage_cart", {"quantity": 5}),
        ("drop that to one", "manage_cart", {"quantity": 1}),
        ("how heavy is the bottom one", "product_question", {"references": [-1]}),
        ("a lens cap for my EOS R50, two please", "recommend_complement", {"product": "lens cap", "quantity": 2}),
        ("must be dishwasher safe", "refine_results", {"terms": ["dishwasher safe"]}),
        ("not 200, make it 300 max", "refine_results", {"price_max": 300.0}),
        ("bump the max up by 50", "refine_results", {}),
    ],
)
def test_reads_by_intent(text: str, intent: str, wanted: dict[str, Any]) -> None:
    assert read(text, intent) == wanted
