"""Cart phrases and changes, ledger rules, references, review, and the state as JSON."""

from __future__ import annotations

import json

import pytest
from builders import product
from hypothesis import given
from hypothesis import strategies as st

from assistant.dialogue import DialogueState, Topic
from assistant.dialogue.cart import CartChange, apply, operation
from assistant.dialogue.ledger import clear, merge, same_product
from assistant.dialogue.references import at_positions, resolve
from assistant.dialogue.review import narrowing_questions, relaxations, standing_in_the_way
from assistant.lexicon import Lexicon, fold
from assistant.types import CartLine, Constraints, Facet, FacetValue

# -- the cart


@pytest.mark.parametrize(
    ("text", "quantity", "pointed", "wanted"),
    [
        ("add the second one", None, True, "add"),
        ("put it in my basket please", None, True, "add"),
        ("I'll take two of them", 2, True, "add"),
        ("buy this", None, True, "add"),
        ("第一个加入购物车", None, True, "add"),
        ("把第二双放进购物车", None, True, "add"),
        ("来两件", 2, True, "add"),
        ("就要这个了", None, True, "add"),
        ("remove the first", None, True, "remove"),
        ("take the lamp out of my cart", None, False, "remove"),
        ("delete it", None, True, "remove"),
        ("I no longer want the blue one", None, True, "remove"),
        ("把第一个删掉", None, True, "remove"),
        ("耳机不要了", None, False, "remove"),
        ("移除第二件", None, True, "remove"),
        ("change it to 3", 3, True, "set"),
        ("make that two", 2, True, "set"),
        ("数量改成五", 5, False, "set"),
        ("把第一个改为两件", 2, True, "set"),
        ("what's in my cart?", None, False, "view"),
        ("show me my basket", None, False, "view"),
        ("how much is everything in the cart", None, False, "view"),
        ("看看购物车", None, False, "view"),
        ("购物车里有什么", None, False, "view"),
        ("empty my cart", None, False, "clear"),
        ("clear the basket", None, False, "clear"),
        ("清空购物车", None, False, "clear"),
        ("checkout please", None, False, "checkout"),
        ("I want to check out", None, False, "checkout"),
        ("去结算", None, False, "checkout"),
        ("下单吧", None, False, "checkout"),
        ("买单", None, False, "checkout"),
    ],
)
def test_what_a_cart_message_asks_for(text: str, quantity: int | None, pointed: bool, wanted: str) -> None:
    assert operation(fold(text), quantity, pointed) == wanted


CART = (CartLine("A", 1), CartLine("B", 2))


def test_adding_adds_up() -> None:
    assert apply("add", CART, ["A", "C"], [], 3).cart == (CartLine("A", 4), CartLine("B", 2), CartLine("C", 3))
    assert apply("add", (), ["A"], [], None).cart == (CartLine("A", 1),)
    assert apply("add", CART, [], [], 1) == CartChange("add", CART, unresolved=True)


def test_removing_by_product_then_by_the_carts_own_lines() -> None:
    assert apply("remove", CART, ["B"], [2], None).cart == (CartLine("A", 1),)
    assert apply("remove", CART, ["Z"], [2], None).cart == (CartLine("A", 1),)
    assert apply("remove", CART, [], [-1], None).cart == (CartLine("A", 1),)
    assert apply("remove", CART, [], [5], None).unresolved
    assert apply("remove", CART, [], [0], None).unresolved
    assert apply("remove", CART, [], [], None).unresolved
    assert apply("remove", CART[:1], [], [], None).cart == ()
    assert apply("remove", (), ["A"], [1], None).unresolved


def test_setting_a_quantity() -> None:
    assert apply("set", CART, ["A"], [], 5).cart == (CartLine("A", 5), CartLine("B", 2))
    assert apply("set", CART, ["A"], [], 0).cart == (CartLine("B", 2),)
    assert apply("set", CART, [], [2], 7).cart == (CartLine("A", 1), CartLine("B", 7))


def test_looking_changes_nothing_and_clearing_everything() -> None:
    assert apply("view", CART, ["A"], [1], 3).cart == CART
    assert apply("checkout", CART, [], [], None).cart == CART
    change = apply("clear", CART, [], [], None)
    assert (change.cart, change.touched) == ((), ("A", "B"))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "remove", "set", "view", "clear", "checkout"]),
            st.lists(st.sampled_from("ABC"), max_size=2),
            st.lists(st.integers(-3, 3), max_size=2),
            st.none() | st.integers(-2, 4),
        ),
        max_size=8,
    )
)
def test_a_cart_never_holds_nothing_of_something_nor_a_line_twice(changes: list[tuple]) -> None:  # type: ignore[type-arg]
    cart: tuple[CartLine, ...] = ()
    for op, skus, positions, quantity in changes:
        change = apply(op, cart, skus, positions, quantity)
        assert not (change.unresolved and change.cart != cart)
        cart = change.cart
        assert all(line.quantity >= 1 for line in cart)
        assert len({line.sku for line in cart}) == len(cart)


# -- the ledger


def ledger(**fields: object) -> Constraints:
    return Constraints(**fields)  # type: ignore[arg-type]


def test_later_words_win_for_price_sort_size_brand_and_colour() -> None:
    old = ledger(product="x", price_max=100.0, colors=("red",), brands=("A",), sizes=("42",), sort="newest")
    new = merge(old, ledger(price_max=50.0, colors=("blue",), brands=("B",), sizes=("43",), sort="price_asc"))
    assert new == ledger(product="x", price_max=50.0, colors=("blue",), brands=("B",), sizes=("43",), sort="price_asc")


def test_exclusions_and_properties_add_up_without_repeating() -> None:
    old = ledger(exclude_colors=("red",), terms=("quiet",), exclude_terms=("leather",))
    new = merge(old, ledger(exclude_colors=("blue", "red"), terms=("Quiet", "small"), exclude_terms=("lace",)))
    assert new == ledger(exclude_colors=("red", "blue"), terms=("quiet", "small"), exclude_terms=("leather", "lace"))


def test_wanted_and_not_wanted_exclude_each_other() -> None:
    assert merge(ledger(colors=("red",)), ledger(exclude_colors=("red",))).colors == ()
    assert merge(ledger(exclude_brands=("Apple",)), ledger(brands=("apple",))) == ledger(brands=("apple",))
    assert merge(ledger(terms=("leather",)), ledger(exclude_terms=("Leather",))) == ledger(exclude_terms=("Leather",))


def test_contradicting_bounds_are_dropped() -> None:
    assert merge(ledger(price_min=200.0), ledger(price_max=100.0)) == ledger(price_max=100.0)
    assert merge(ledger(price_max=100.0), ledger(price_min=200.0)) == ledger(price_min=200.0)
    assert merge(ledger(price_min=50.0), ledger(price_max=100.0)) == ledger(price_min=50.0, price_max=100.0)
    assert merge(ledger(price_max=100.0), ledger(price_min=20.0, price_max=30.0)) == ledger(
        price_min=20.0, price_max=30.0
    )


def test_lifting_a_field_empties_it_and_saying_nothing_keeps_it() -> None:
    old = ledger(product="x", price_max=5.0, colors=("red",))
    assert merge(old, Constraints(), ["price_max"]) == ledger(product="x", colors=("red",))
    assert merge(old, Constraints(), ["price_max", "product"]).product == "x"
    assert merge(old, Constraints()) == old
    assert clear(old, ["product", "colors"]) == ledger(price_max=5.0)


def test_references_never_stay_in_the_ledger() -> None:
    assert merge(Constraints(), ledger(references=(1,))).references == ()


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("shoes", "shoes", "shoes"),
        ("running shoes", "shoes", "running shoes"),
        ("shoes", "running shoes", "running shoes"),
        ("手机", "smartphone", "手机"),
        ("phone", "手机", "手机"),
        ("phone case", "phone", None),
        ("phone", "phone case", None),
        ("sofa", "lamp", None),
        ("沙发", "灯", None),
        ("zorbulator", "red zorbulator", "red zorbulator"),
        ("fishing reels", "reels", "fishing reels"),
    ],
)
def test_two_phrases_are_one_topic_or_not(lexicon: Lexicon, old: str, new: str, kept: str | None) -> None:
    found = same_product(lexicon, old, new)
    if kept is None:
        assert found is None
    else:
        assert found in (kept, old, new)
        assert found is not None


# -- references

SHOP = {
    "a": product("a", "Harrow trail shoes", color="black"),
    "b": product("b", "Brook road shoes", color="white"),
    "c": product("c", "Brook city shoes", color="black"),
}


@pytest.mark.parametrize(
    ("positions", "skus", "missing"),
    [
        ([1], ("a",), ()),
        ([-1, 1], ("c", "a"), ()),
        ([2, 2], ("b",), ()),
        ([4], (), (4,)),
        ([0], (), (0,)),
        ([1, 9], ("a",), (9,)),
    ],
)
def test_positions(positions: list[int], skus: tuple[str, ...], missing: tuple[int, ...]) -> None:
    found = at_positions(["a", "b", "c"], positions)
    assert (found.skus, found.missing, found.pointed) == (skus, missing, True)


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("the white one", ("b",)),
        ("白色的那双", ("b",)),
        ("the Harrow one", ("a",)),
        ("the Brook one", ()),  # two of them
        ("the black one", ()),  # two of them
        ("harrow trail shoes please", ("a",)),
        ("white ones in general", ()),
    ],
)
def test_words_point_only_where_they_fit_one(lexicon: Lexicon, text: str, skus: tuple[str, ...]) -> None:
    state = DialogueState(listed=("a", "b", "c"))
    assert resolve(text, (), state, SHOP.get, lexicon).skus == skus


def test_products_that_left_the_catalogue_are_passed_over(lexicon: Lexicon) -> None:
    state = DialogueState(listed=("gone", "b"))
    assert resolve("the white one", (), state, SHOP.get, lexicon).skus == ("b",)


# -- review


def test_relaxations_try_the_smallest_loss_first_and_never_an_exclusion() -> None:
    c = ledger(
        product="x", price_max=5.0, colors=("red",), terms=("quiet",), exclude_brands=("Apple",), in_stock_only=True
    )
    tried = list(relaxations(c))
    assert tried[0] == (
        ("in_stock_only",),
        ledger(product="x", price_max=5.0, colors=("red",), terms=("quiet",), exclude_brands=("Apple",)),
    )
    sizes = [len(fields) for fields, _ in tried]
    assert sizes == sorted(sizes)
    assert all(loosened.exclude_brands == ("Apple",) and loosened.product == "x" for _, loosened in tried)
    assert len({fields for fields, _ in tried}) == len(tried) == 2**4 - 1
    assert list(relaxations(ledger(product="x"))) == []


def test_what_stands_in_the_way_has_a_name() -> None:
    assert standing_in_the_way(ledger(product="x", price_max=5.0)) == "price_max"
    assert standing_in_the_way(ledger(product="x", exclude_terms=("a",))) == "exclude_terms"
    assert standing_in_the_way(ledger(product="x")) == "product"


def bands(rows: int = 12, unit: str = "USD") -> Facet:
    values = (FacetValue("", 4, None, 50.0), FacetValue("", 4, 50.0, 100.0), FacetValue("", 4, 100.0, None))
    return Facet("price", "price", "bands", values, rows, rows, 1.6, unit)


def choices(field: str, counts: dict[str, int], rows: int = 12, *, stated: int = 12, known: bool = True) -> Facet:
    return Facet(
        field, field, "values", tuple(FacetValue(v, n) for v, n in counts.items()), stated, rows, 1.0, known=known
    )


def asked(facets: list[Facet], language: str = "en", **constraints: object) -> list[tuple[str, tuple[str, ...]]]:
    return [(q.field, q.options) for q in narrowing_questions(facets, ledger(**constraints), language)]


def test_a_long_list_gets_a_question_and_a_short_one_none() -> None:
    assert asked([bands(9)]) == []
    assert asked([bands()]) == [("price_max", ("under $50", "$50 to $100", "over $100"))]
    assert asked([bands(unit="CNY")], "zh") == [("price_max", ("50元以内", "50到100元", "100元以上"))]
    assert asked([bands(unit="SEK")]) == [("price_max", ("under SEK 50", "SEK 50 to SEK 100", "over SEK 100"))]


def test_what_tells_most_is_asked_first() -> None:
    four = choices("material", {"steel": 3, "glass": 3, "oak": 3, "256 GB": 3})
    two = choices("brand", {"A": 7, "B": 5})
    assert asked([two, bands(), four]) == [
        ("terms", ("steel ones", "glass ones", "oak ones", "with 256 GB")),
        ("price_max", ("under $50", "$50 to $100", "over $100")),
        ("brands", ("by A", "by B")),
    ]


def test_what_is_settled_is_not_asked() -> None:
    colors = choices("color", {"red": 4, "blue": 4, "green": 4})
    assert [f for f, _ in asked([bands(), colors], price_max=500.0)] == ["colors"]
    assert asked([bands(), colors], price_max=500.0, colors=("red",)) == []
    assert [f for f, _ in asked([bands(), colors], sort="price_asc")] == ["colors"]


def test_what_would_narrow_nothing_is_not_asked() -> None:
    assert asked([choices("brand", {"A": 11, "B": 1})]) == []
    assert asked([choices("material", {"oak": 2, "ash": 2}, stated=4)]) == []
    assert asked([choices("master_case", {"1": 6, "2": 6}, known=False)]) == []
    assert asked([choices("brand", {"A": 12})]) == []


def test_options_are_messages_in_the_shoppers_language() -> None:
    assert asked([choices("color", {"红": 4, "银色": 4, "黑": 4})], "zh") == [("colors", ("红色", "银色", "黑色"))]
    assert asked([choices("material", {"橡木": 6, "钢": 6})], "zh") == [("terms", ("橡木的", "钢的"))]
    assert asked([choices("for", {"women": 6, "men": 6})]) == [("terms", ("for women", "for men"))]
    assert asked([choices("brand", {"Aurel": 6, "Dovrin": 6})], "zh") == [("brands", ("Aurel的", "Dovrin的"))]
    assert asked([choices("size", {"S": 6, "M": 6})]) == [("sizes", ("size S", "size M"))]


# -- the state


@given(
    st.builds(
        DialogueState,
        turns=st.integers(0, 99),
        topics=st.lists(
            st.builds(
                Topic,
                kind=st.sampled_from(["search", "ideas", "complement"]),
                constraints=st.builds(Constraints, product=st.none() | st.text(max_size=5), colors=st.just(("red",))),
                request=st.text(max_size=5),
                page=st.lists(st.text(max_size=3), max_size=3).map(tuple),
                price_currency=st.none() | st.just("CNY"),
            ),
            max_size=3,
        ).map(tuple),
        active=st.none() | st.integers(0, 2),
        listed=st.lists(st.text(max_size=3), max_size=3).map(tuple),
        cart=st.lists(st.builds(CartLine, st.text(max_size=3), st.integers(1, 9)), max_size=2).map(tuple),
        pending=st.none() | st.just("manage_cart"),
        language=st.sampled_from(["en", "zh", "other"]),
    )
)
def test_the_state_becomes_json_and_back(state: DialogueState) -> None:
    assert DialogueState.from_dict(json.loads(json.dumps(state.to_dict()))) == state


def test_an_empty_state_has_an_empty_ledger() -> None:
    assert DialogueState().topic is None
    assert DialogueState().ledger == Constraints()
