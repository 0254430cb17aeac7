"""General English wording: money of every country, lengths, second thoughts, bounds removed, makers by phrasing."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.lexicon import Lexicon
from assistant.types import Constraints
from assistant.understanding.constraints import ConstraintParser
from assistant.understanding.parsing.currencies import currency_at, currency_before
from assistant.understanding.parsing.pivots import carried, halves

PARSER = ConstraintParser(Lexicon.load())
THINGS = st.sampled_from(["desk lamp", "rug", "bookcase", "wall clock", "suitcase", "umbrella", "dining table"])
PLURALS = st.sampled_from(["dining chairs", "yoga blocks", "desk lamps", "bath towels", "picture frames", "cushions"])
MONEY = st.sampled_from(
    [
        ("Swiss francs", "CHF"),
        ("Australian dollars", "AUD"),
        ("Canadian dollars", "CAD"),
        ("New Zealand dollars", "NZD"),
        ("Hong Kong dollars", "HKD"),
        ("Singapore dollars", "SGD"),
        ("Aussie bucks", "AUD"),
        ("British pounds", "GBP"),
        ("Egyptian pounds", "EGP"),
        ("Swedish kronor", "SEK"),
        ("Norwegian kroner", "NOK"),
        ("Danish kroner", "DKK"),
        ("Czech koruna", "CZK"),
        ("Hungarian forints", "HUF"),
        ("Polish zloty", "PLN"),
        ("rand", "ZAR"),
        ("South African rand", "ZAR"),
        ("Indian rupees", "INR"),
        ("Pakistani rupees", "PKR"),
        ("Mexican pesos", "MXN"),
        ("Philippine pesos", "PHP"),
        ("Brazilian reais", "BRL"),
        ("Turkish lira", "TRY"),
        ("Saudi riyals", "SAR"),
        ("UAE dirhams", "AED"),
        ("Thai baht", "THB"),
        ("Korean won", "KRW"),
        ("Kenyan shillings", "KES"),
        ("naira", "NGN"),
    ]
)
BASICS = st.sampled_from("orange gold silver red black white purple beige".split())
BRANDS = st.lists(st.sampled_from(["Philips", "Tefal", "Cosori", "Bosch", "Sony"]), min_size=1, max_size=4, unique=True)


def read(text: str, intent: str = "product_search") -> dict[str, Any]:
    """What is stated: the fields that are neither null nor empty."""
    return {k: v for k, v in PARSER.parse(text, intent=intent).to_dict().items() if v not in (None, [])}


def listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


@given(THINGS, st.integers(10, 90000), MONEY, st.sampled_from(["under {}", "{} max", "no more than {}", "{} at most"]))
@settings(deadline=None)
def test_money_of_a_country(thing: str, n: int, money: tuple[str, str], frame: str) -> None:
    got = read(f"{thing}, {frame.format(f'{n} {money[0]}')}")
    assert (got["product"], got["price_max"], got["currency"]) == (thing, n, money[1])


@pytest.mark.parametrize(
    ("name", "code"),
    [("swiss francs", "CHF"), ("francs", "CHF"), ("us dollars", "USD"), ("kr", None), ("rs.", "INR"), ("$", "USD")],
)
def test_a_currency_at_a_place(name: str, code: str | None) -> None:
    before = currency_before(f"{name} ")
    after = currency_at(f"40 {name}", 2)
    assert code in (before, after[1] if after else None)
    if after:
        assert after[0] == len(f"40 {name}")


def test_a_sign_before_the_next_amount_is_not_of_this_one() -> None:
    assert currency_at("15 $20", 2) is None


@given(
    THINGS,
    st.integers(20, 300),
    st.sampled_from([("cm", "cm"), ("m", "m"), ("ft", "ft"), ("metres", "m"), ("foot", "ft")]),
)
@settings(deadline=None)
def test_a_length_is_a_size(thing: str, n: int, unit: tuple[str, str]) -> None:
    for frame in ("{x}, {n} {u} long", "a {x} with a width of {n} {u}", "{x} in {n} {u}", "{x}, exactly {n} {u} wide"):
        assert read(frame.format(x=thing, n=n, u=unit[0]))["sizes"] == [f"{n} {unit[1]}"], frame


@pytest.mark.parametrize(
    "text",
    [
        "a watch waterproof to 50 m",
        "sofa not wider than 200 cm",
        "I am 180 cm tall and need a sleeping bag",
        "a camera with a 50mm lens",
        "walkie talkies with a range of 300 m",
        "a rope at least 20 m long",
    ],
)
def test_lengths_that_are_no_size(text: str) -> None:
    assert "sizes" not in read(text)


@given(PLURALS, st.integers(2, 12), st.sampled_from(["oak", "cotton", "steel", "bamboo"]))
@settings(deadline=None)
def test_a_count_before_what_things_are_made_of(things: str, n: int, stuff: str) -> None:
    words = "_ _ two three four five six seven eight nine ten eleven twelve".split()
    for verb in ("I would like to purchase", "wanna buy", "looking for", "can I have", "we are after"):
        got = read(f"{verb} {words[n]} {things} made of {stuff}")
        assert (got.get("quantity"), got.get("product"), got.get("terms")) == (n, things, [stuff]), verb


@given(THINGS, st.sampled_from(["filled with", "stuffed with", "covered in", "crafted from", "lined with"]))
@settings(deadline=None)
def test_what_a_thing_is_made_with_ends_its_name(thing: str, makeup: str) -> None:
    got = read(f"a {thing} {makeup} wool")
    assert (got["product"], got["terms"]) == (thing, ["wool"])


@given(
    BASICS,
    st.sampled_from(
        ["any colour except {}", "every color but {}", "any shade other than {}", "all colours apart from {}"]
    ),
)
@settings(deadline=None)
def test_any_colour_but_one(color: str, frame: str) -> None:
    assert read(frame.format(color), "refine_results") == {"exclude_colors": [color]}


@given(BASICS, st.sampled_from(["let's go with {}", "{} would be better", "how about {}?", "{} please", "actually {}"]))
@settings(deadline=None)
def test_a_colour_is_chosen(color: str, frame: str) -> None:
    assert read(frame.format(color), "refine_results") == {"colors": [color]}


@given(BRANDS, st.sampled_from(["from anyone except {}", "any brand but {}", "no {}", "nothing from {}"]))
@settings(deadline=None)
def test_a_list_of_makers_is_refused_whole(brands: list[str], frame: str) -> None:
    assert read(frame.format(listed(brands)), "refine_results") == {"exclude_brands": brands}


@given(
    st.sampled_from(["lose", "drop", "get rid of", "hide", "remove"]),
    st.sampled_from(["Bosch", "Sony", "Nike"]),
    st.sampled_from(["everything", "anything"]),
    st.sampled_from([("over", "price_max"), ("above", "price_max"), ("under", "price_min"), ("below", "price_min")]),
    st.integers(20, 900),
)
@settings(deadline=None)
def test_a_bound_is_removed_with_a_maker(verb: str, brand: str, all_: str, side: tuple[str, str], n: int) -> None:
    got = read(f"{verb} the {brand} ones and {all_} {side[0]} {n}", "refine_results")
    assert got == {"exclude_brands": [brand], side[1]: float(n)}


@pytest.mark.parametrize(
    "refusal",
    [
        "I won't touch anything",
        "I'm not interested in anything",
        "wouldn't consider anything",
        "don't bother showing me anything",
        "no point showing me things",
        "I refuse to look at anything",
        "I don't trust anything",
    ],
)
def test_a_refused_side_is_a_bound(refusal: str) -> None:
    assert read(f"{refusal} below 40 dollars", "refine_results") == {"price_min": 40.0, "currency": "USD"}
    assert read(f"{refusal} above 40 dollars", "refine_results") == {"price_max": 40.0, "currency": "USD"}


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("cheapest to most expensive", "price_asc"),
        ("least expensive to dearest", "price_asc"),
        ("priciest to cheapest", "price_desc"),
        ("whatever customers rated highest", "rating_desc"),
        ("the ones buyers liked best first", "rating_desc"),
        ("order by star rating, high to low", "rating_desc"),
        ("whatever sells the most, first", "popularity"),
        ("just released ones first", "newest"),
    ],
)
def test_orders(text: str, sort: str) -> None:
    assert read(text, "refine_results") == {"sort": sort}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("my budget is actually eighty-five", {"price_max": 85.0}),
        ("the budget I have is really only 75 euros", {"price_max": 75.0, "currency": "EUR"}),
        ("two to three thousand rand", {"price_min": 2000.0, "price_max": 3000.0, "currency": "ZAR"}),
        ("two or three hundred dollars", {"price_min": 200.0, "price_max": 300.0, "currency": "USD"}),
        ("under Rs500", {"price_max": 500.0, "currency": "INR"}),
    ],
)
def test_budgets(text: str, wanted: dict[str, Any]) -> None:
    assert read(text, "refine_results") == wanted


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("she's an L, a cardigan please", ["L"]),
        ("a hoodie (XL)", ["XL"]),
        ("t-shirt (M) in black", ["M"]),
        ("pyjamas, M or L, cotton", ["M", "L"]),
        ("gloves, men's large", ["L"]),
        ("he's a medium, a polo shirt please", ["M"]),
    ],
)
def test_letters_of_clothes(text: str, sizes: list[str]) -> None:
    assert read(text)["sizes"] == sizes


@pytest.mark.parametrize(
    ("text", "product", "brands"),
    [
        ("a teapot from Zelmora", "teapot", ["Zelmora"]),
        ("pruning saw made by Silky", "pruning saw", ["Silky"]),
        ("a Kelbridge backpack", "backpack", ["Kelbridge"]),
        ("violin strings from Ostrovar or Quendal", "violin strings", ["Ostrovar", "Quendal"]),
        ("tea from China", "tea", None),
        ("a Persian rug", "Persian rug", None),
        ("I need a suit by Friday", "suit", None),
        ("a gift box from Santa", "gift box", None),
        ("vacuum bags compatible with Miele", "vacuum bags", None),
    ],
)
def test_makers_by_phrasing(text: str, product: str, brands: list[str] | None) -> None:
    got = read(text)
    assert (got["product"], got.get("brands")) == (product, brands)


@pytest.mark.parametrize(
    ("text", "unwanted"),
    [
        ("a sweatshirt, and no print anywhere", ["print"]),
        ("handbag, no leather and no fur, my daughter would never forgive me", ["leather", "fur"]),
        ("bedding that isn't patterned, we'd never sleep", ["patterned"]),
        ("I never wear wool, a scarf please", ["wool"]),
        ("lunch box, my son never closes the lid", None),
        ("we have moved and have no curtains, so curtains please", None),
    ],
)
def test_where_a_negation_ends(text: str, unwanted: list[str] | None) -> None:
    assert read(text).get("exclude_terms") == unwanted


@pytest.mark.parametrize(
    "text",
    [
        "I missed the 8:40 bus, I need an alarm clock",
        "flight at 19:05 and I need a neck pillow",
        "a neck pillow please, the last one was rubbish",
        "been running for 15 years, looking for a foam roller",
    ],
)
def test_numbers_that_state_nothing(text: str) -> None:
    assert set(read(text)) == {"product"}


@given(THINGS, THINGS, st.sampled_from([", actually no, ", ", no wait, ", ", sorry, I mean ", ", or rather "]))
@settings(deadline=None)
def test_a_second_thought_replaces_the_thing(first: str, second: str, turn: str) -> None:
    got = read(f"a {first} under 60{turn}a {second}")
    assert (got["product"], got["price_max"]) == (second, 60)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("red, actually no, blue", {"colors": ["blue"]}),
        ("under 50, no wait, under 80", {"price_max": 80.0}),
        ("between 20 and 40, sorry, I mean over 60", {"price_min": 60.0}),
        ("size 10, actually no, 10.5", {"sizes": ["10.5"]}),
        ("size M, actually make that L", {"sizes": ["L"]}),
    ],
)
def test_a_second_thought_replaces_what_it_states(text: str, wanted: dict[str, Any]) -> None:
    assert read(text, "refine_results") == wanted


@pytest.mark.parametrize(
    "text", ["", "actually no, blue", "jacket, actually no leather", "I can't wait", "no, actually"]
)
def test_messages_that_do_not_turn(text: str) -> None:
    assert halves(text) is None


@given(st.text(max_size=80), st.text(max_size=80))
def test_halves_are_parts_of_the_message(first: str, second: str) -> None:
    text = f"{first}, actually no, {second}"
    parts = halves(text)
    if parts is not None:
        assert text.startswith(parts[0])
        assert text.endswith(parts[1])


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        (Constraints(sizes=("10",)), "10.5", "size 10.5"),
        (Constraints(price_max=50.0), "$80", "under $80"),
        (Constraints(price_min=50.0), "80", "at least 80"),
        (Constraints(price_max=50.0), "blue ones", "blue ones"),
        (Constraints(), "80", "80"),
    ],
)
def test_a_bare_correction_carries_its_cue(first: Constraints, second: str, whole: str) -> None:
    assert carried(first, second) == whole


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("drop everything from Xiaomi", {"exclude_brands": ["Xiaomi"]}),
        ("exclude Apple, Beats and Bose", {"exclude_brands": ["Apple", "Beats", "Bose"]}),
        ("no more than 2 of them", {}),
        ("any other brand but Lenovo", {"exclude_brands": ["Lenovo"]}),
    ],
)
def test_words_that_sound_like_another_wish(text: str, wanted: dict[str, Any]) -> None:
    assert read(text, "refine_results") == wanted


def test_removing_some_things_clears_no_field() -> None:
    assert PARSER.cleared_fields("drop everything from Xiaomi") == frozenset()
    assert "price_max" in PARSER.cleared_fields("drop everything")


@pytest.mark.parametrize(
    ("text", "wanted", "refused"),
    [
        ("I want Nike shoes, no wait, not Nike", {"brands": ()}, {"exclude_brands": ("Nike",)}),
        ("red shoes, no wait, any colour but red", {"colors": ()}, {"exclude_colors": ("red",)}),
    ],
)
def test_what_the_second_thought_refuses_is_no_longer_wanted(
    text: str, wanted: dict[str, Any], refused: dict[str, Any]
) -> None:
    said = PARSER.parse(text, intent="product_search")
    for field, value in (wanted | refused).items():
        assert getattr(said, field) == value
