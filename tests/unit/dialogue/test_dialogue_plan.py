"""The planner on scripted readings: what each message does to a conversation, without models and without an index."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from builders import product, reading
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.dialogue import DialogueState, Plan, Planner, Topic
from assistant.dialogue.plan import POLICY_TOPICS
from assistant.dialogue.topics import replace_ledger
from assistant.lexicon import Lexicon
from assistant.types import INTENTS, CartLine, Constraints, Product

SHOP = {
    p.sku: p
    for p in [
        product("s1", "Harrow trail running shoes", 80, color="black", brand="Harrow", prices={"CNY": 560}),
        product("s2", "Brook road running shoes", 60, color="white", brand="Brook", prices={"CNY": 420}),
        product("s3", "Kestrel running shoes", 120, color="red", brand="Kestrel", prices={"CNY": 840}),
        product("p1", "Nova smartphone", 449, color="black", prices={"CNY": 2999}),
        product("p2", "Pebble smartphone", 199, color="white", prices={"CNY": 1299}),
        product("s4", "Plain running shoes", 40, color="grey"),
        product("eur", "Loden hat", 40, currency="EUR"),
    ]
}


def price(sku: str, language: str) -> tuple[float, str]:
    p = SHOP[sku]
    return (p.prices["CNY"], "CNY") if language == "zh" and "CNY" in p.prices else (p.price, p.currency)


@pytest.fixture(scope="module")
def planner(lexicon: Lexicon) -> Planner:
    return Planner(lexicon, SHOP.get, price)


def carry_out(plan: Plan, shown: Sequence[str] = ()) -> DialogueState:
    """What the pipeline remembers of a turn: the list shown, where the turn shows a list."""
    state = replace(plan.state, turns=plan.state.turns + 1)
    if not plan.is_list:
        return state
    if plan.search and state.topic is not None:
        seen = tuple(dict.fromkeys((*state.topic.shown, *shown)))
        topic = replace(state.topic, page=tuple(shown) or state.topic.page, shown=seen)
        state = replace(state, topics=tuple(topic if i == state.active else t for i, t in enumerate(state.topics)))
    if shown:
        state = replace(state, listed=tuple(shown), focus=tuple(shown) if len(shown) == 1 else ())
    return state


SHOES = reading("product_search", "running shoes", product="running shoes")
PHONES = reading("product_search", "show me smartphones", product="smartphone")


@pytest.fixture
def looking_at_shoes(planner: Planner) -> DialogueState:
    return carry_out(planner.plan(SHOES, DialogueState()), ["s1", "s2", "s3"])


# -- topics


def test_a_first_search_opens_a_topic(planner: Planner) -> None:
    plan = planner.plan(reading("product_search", "red shoes", product="shoes", colors=["red"]), DialogueState())
    assert (plan.action, plan.search, plan.is_list) == ("search", True, True)
    assert plan.state.ledger == Constraints(product="shoes", colors=("red",))
    assert plan.topic is not None
    assert plan.topic.request == "red shoes"


def test_another_type_opens_another_topic_and_coming_back_restores_the_first(
    planner: Planner, looking_at_shoes: DialogueState
) -> None:
    refined = carry_out(
        planner.plan(reading("refine_results", "under 100", price_max=100), looking_at_shoes), ["s2", "s1"]
    )
    phones = carry_out(planner.plan(PHONES, refined), ["p1", "p2"])
    assert phones.ledger == Constraints(product="smartphone")
    assert len(phones.topics) == 2
    back = planner.plan(reading("product_search", "back to the running shoes", product="running shoes"), phones)
    assert back.state.ledger == Constraints(product="running shoes", price_max=100)
    assert back.returned
    assert back.skus == ("s2", "s1")
    assert not back.search


def test_coming_back_with_a_new_wish_searches_again(planner: Planner, looking_at_shoes: DialogueState) -> None:
    phones = carry_out(planner.plan(PHONES, looking_at_shoes), ["p1"])
    plan = planner.plan(
        reading("product_search", "those running shoes in red", product="running shoes", colors=["red"]), phones
    )
    assert plan.search
    assert plan.state.ledger == Constraints(product="running shoes", colors=("red",))
    assert len(plan.state.topics) == 2


@pytest.mark.parametrize(
    ("said", "kept"),
    [("shoes", "running shoes"), ("跑步鞋", "running shoes"), ("trail running shoes", "trail running shoes")],
)
def test_the_narrower_phrase_names_the_topic(
    planner: Planner, looking_at_shoes: DialogueState, said: str, kept: str
) -> None:
    plan = planner.plan(reading("product_search", said, product=said), looking_at_shoes)
    assert len(plan.state.topics) == 1
    assert plan.state.ledger.product == kept


def test_off_topic_turns_leave_the_ledger_alone(planner: Planner, looking_at_shoes: DialogueState) -> None:
    for intent in ("smalltalk", "out_of_scope", "unsafe", "speak_to_human", "complaint_feedback", *POLICY_TOPICS):
        plan = planner.plan(reading(intent, "whatever under 5", price_max=5), looking_at_shoes)
        assert plan.state.topics == looking_at_shoes.topics, intent
        assert plan.state.ledger == looking_at_shoes.ledger, intent
        assert not plan.search, intent


@pytest.mark.parametrize(
    ("intent", "action"),
    [
        ("smalltalk", "chat"),
        ("complaint_feedback", "chat"),
        ("speak_to_human", "handoff"),
        ("unsafe", "refuse"),
        ("out_of_scope", "decline"),
        ("return_refund", "policy"),
        ("order_status", "policy"),
    ],
)
def test_turns_without_products(planner: Planner, intent: str, action: str) -> None:
    plan = planner.plan(reading(intent, "x"), DialogueState())
    assert (plan.action, plan.skus, plan.search) == (action, (), False)


def test_every_policy_intent_has_a_topic_of_the_policy_book(planner: Planner) -> None:
    for intent, topic in POLICY_TOPICS.items():
        assert planner.plan(reading(intent, "x"), DialogueState()).policy == topic


def test_refining_merges_and_clearing_clears(planner: Planner, looking_at_shoes: DialogueState) -> None:
    state = carry_out(
        planner.plan(reading("refine_results", "black, under 90", colors=["black"], price_max=90), looking_at_shoes),
        ["s1"],
    )
    assert state.ledger == Constraints(product="running shoes", colors=("black",), price_max=90)
    plan = planner.plan(
        reading("refine_results", "forget the price, white", cleared=["price_max", "price_min"], colors=["white"]),
        state,
    )
    assert plan.state.ledger == Constraints(product="running shoes", colors=("white",))
    assert plan.search


def test_a_search_without_a_type_refines_what_is_under_way(planner: Planner, looking_at_shoes: DialogueState) -> None:
    plan = planner.plan(reading("product_search", "anything in red?", colors=["red"]), looking_at_shoes)
    assert plan.state.ledger == Constraints(product="running shoes", colors=("red",))


def test_refining_nothing_asks_what_is_wanted(planner: Planner) -> None:
    plan = planner.plan(reading("refine_results", "in red", colors=["red"]), DialogueState())
    assert (plan.action, plan.clarify) == ("clarify", "product")


def test_words_without_a_field_still_steer_the_ranking(planner: Planner, looking_at_shoes: DialogueState) -> None:
    plan = planner.plan(reading("refine_results", "something more springy"), looking_at_shoes)
    assert plan.search
    assert plan.topic is not None
    assert "springy" in plan.topic.request
    assert plan.state.ledger == looking_at_shoes.ledger


def test_old_topics_are_forgotten_in_the_end_and_the_active_one_is_not(planner: Planner) -> None:
    state = DialogueState()
    kinds = [
        "sofa",
        "lamp",
        "kettle",
        "guitar",
        "tent",
        "watch",
        "belt",
        "vase",
        "desk",
        "mug",
        "scarf",
        "drill",
        "puzzle",
        "tea",
    ]
    for kind in kinds:
        state = carry_out(planner.plan(reading("product_search", kind, product=kind), state), ["s1"])
    assert state.ledger.product == "tea"
    assert len(state.topics) == 12
    assert planner.plan(reading("product_search", "sofa", product="sofa"), state).search


# -- cheaper and dearer


def test_cheaper_undercuts_the_cheapest_shown(planner: Planner, looking_at_shoes: DialogueState) -> None:
    plan = planner.plan(reading("refine_results", "anything cheaper?", relative="cheaper"), looking_at_shoes)
    assert plan.search
    assert plan.relative == "cheaper"
    assert plan.state.ledger.price_max == 59.99
    assert plan.referenced == ()


def test_cheaper_than_one_pointed_at(planner: Planner, looking_at_shoes: DialogueState) -> None:
    plan = planner.plan(
        reading("refine_results", "cheaper than the third one", relative="cheaper", references=[3]), looking_at_shoes
    )
    assert plan.state.ledger.price_max == 119.99
    assert plan.referenced == ("s3",)


def test_cheaper_in_chinese_is_in_the_prices_shown_in_chinese(
    planner: Planner, looking_at_shoes: DialogueState
) -> None:
    plan = planner.plan(reading("refine_results", "便宜点的", language="zh", relative="cheaper"), looking_at_shoes)
    assert plan.state.ledger.price_max == 419.99
    assert plan.topic is not None
    assert plan.topic.price_currency == "CNY"


@pytest.mark.parametrize(("low", "left"), [(50.0, 50.0), (70.0, None), (59.99, 59.99)])
def test_a_lower_bound_goes_only_when_it_is_above_the_new_upper_one(
    planner: Planner, looking_at_shoes: DialogueState, low: float, left: float | None
) -> None:
    ledger = replace(looking_at_shoes.ledger, price_min=low)
    state = replace(looking_at_shoes, topics=(replace(looking_at_shoes.topics[0], constraints=ledger),))
    plan = planner.plan(reading("refine_results", "cheaper", relative="cheaper"), state)
    assert (plan.state.ledger.price_min, plan.state.ledger.price_max) == (left, 59.99)


def test_cheaper_twice_goes_down_step_by_step(planner: Planner, looking_at_shoes: DialogueState) -> None:
    once = carry_out(planner.plan(reading("refine_results", "cheaper", relative="cheaper"), looking_at_shoes), ["s4"])
    twice = planner.plan(reading("refine_results", "even cheaper", relative="cheaper"), once)
    assert twice.state.ledger.price_max == 39.99


def test_nothing_cheaper_keeps_the_bound_and_the_list(planner: Planner, looking_at_shoes: DialogueState) -> None:
    empty = carry_out(planner.plan(reading("refine_results", "cheaper", relative="cheaper"), looking_at_shoes), [])
    assert empty.listed == ("s1", "s2", "s3")
    assert empty.ledger.price_max == 59.99
    again = planner.plan(reading("refine_results", "cheaper", relative="cheaper"), empty)
    assert again.state.ledger.price_max is not None
    assert again.state.ledger.price_max <= 59.99


def test_cheaper_with_a_number_is_a_number(planner: Planner, looking_at_shoes: DialogueState) -> None:
    plan = planner.plan(reading("refine_results", "cheaper, under 50", price_max=50), looking_at_shoes)
    assert plan.state.ledger.price_max == 50


def test_dearer_goes_above_the_dearest_shown(planner: Planner, looking_at_shoes: DialogueState) -> None:
    state = carry_out(
        planner.plan(reading("refine_results", "under 130", price_max=130), looking_at_shoes), ["s1", "s2", "s3"]
    )
    plan = planner.plan(reading("refine_results", "something more expensive", relative="dearer"), state)
    assert (plan.state.ledger.price_min, plan.state.ledger.price_max) == (120.01, 130)
    plan = planner.plan(
        reading("refine_results", "more expensive than the first", relative="dearer", references=[1]), looking_at_shoes
    )
    assert plan.state.ledger.price_min == 80.01


def test_cheaper_than_nothing_asks(planner: Planner) -> None:
    plan = planner.plan(reading("refine_results", "cheaper", relative="cheaper"), DialogueState())
    assert plan.action == "clarify"


def test_cheaper_with_another_type_searches_that_type(planner: Planner, looking_at_shoes: DialogueState) -> None:
    phones = carry_out(planner.plan(PHONES, looking_at_shoes), ["p1", "p2"])
    plan = planner.plan(
        reading("refine_results", "cheaper running shoes", product="running shoes", relative="cheaper"), phones
    )
    assert plan.state.ledger.product == "running shoes"
    assert plan.state.ledger.price_max == 59.99


# -- show more


def test_more_is_the_same_search_without_what_was_shown(planner: Planner, looking_at_shoes: DialogueState) -> None:
    plan = planner.plan(reading("refine_results", "show more", more=True), looking_at_shoes)
    assert plan.search
    assert plan.exclude == ("s1", "s2", "s3")
    assert plan.state.ledger == looking_at_shoes.ledger
    state = carry_out(plan, ["p1"])
    again = planner.plan(reading("refine_results", "换一批", language="zh", more=True), state)
    assert again.exclude == ("s1", "s2", "s3", "p1")


def test_changed_constraints_may_show_an_earlier_product_again(
    planner: Planner, looking_at_shoes: DialogueState
) -> None:
    plan = planner.plan(reading("refine_results", "in black", colors=["black"]), looking_at_shoes)
    assert plan.exclude == ()
    assert plan.topic is not None
    assert plan.topic.shown == ()


def test_more_of_nothing_is_a_plain_message(planner: Planner) -> None:
    assert planner.plan(reading("refine_results", "more", more=True), DialogueState()).action == "clarify"


def test_a_count_limits_the_list(planner: Planner) -> None:
    assert planner.plan(reading("product_search", "three shoes", product="shoes", count=3), DialogueState()).limit == 3


# -- positions


@pytest.mark.parametrize(
    ("positions", "wanted"), [([1], ("s1",)), ([3], ("s3",)), ([-1], ("s3",)), ([-2], ("s2",)), ([-3], ("s1",))]
)
def test_a_position_counts_the_last_list(
    planner: Planner, looking_at_shoes: DialogueState, positions: list[int], wanted: tuple[str, ...]
) -> None:
    plan = planner.plan(reading("product_question", "is it waterproof?", references=positions), looking_at_shoes)
    assert (plan.action, plan.skus, plan.referenced) == ("answer", wanted, wanted)
    assert plan.state.focus == wanted
    assert plan.state.listed == ("s1", "s2", "s3")


@pytest.mark.parametrize(
    "intent",
    [
        "product_question",
        "check_availability",
        "compare_products",
        "manage_cart",
        "recommend_complement",
        "check_promotion",
    ],
)
@pytest.mark.parametrize("position", [4, 99, 0, -4])
def test_a_position_never_shown_is_asked_about(
    planner: Planner, looking_at_shoes: DialogueState, intent: str, position: int
) -> None:
    plan = planner.plan(reading(intent, "add the one", references=[position]), looking_at_shoes)
    assert (plan.action, plan.clarify, plan.missing) == ("clarify", "reference", (position,))
    assert plan.skus == ()
    assert plan.state.cart == ()


def test_positions_before_any_list_are_asked_about(planner: Planner) -> None:
    plan = planner.plan(reading("product_question", "the second", references=[2]), DialogueState())
    assert (plan.action, plan.missing) == ("clarify", (2,))


@pytest.mark.parametrize(
    ("intent", "action"),
    [
        ("product_question", "answer"),
        ("check_availability", "answer"),
        ("check_promotion", "answer"),
        ("recommend_complement", "complement"),
    ],
)
def test_the_answer_to_which_one_carries_out_what_waited(
    planner: Planner, looking_at_shoes: DialogueState, intent: str, action: str
) -> None:
    asked = carry_out(planner.plan(reading(intent, "the ninth", references=[9]), looking_at_shoes))
    assert asked.pending == intent
    plan = planner.plan(reading("product_question", "the second one", references=[2]), asked)
    assert (plan.action, plan.referenced, plan.state.pending) == (action, ("s2",), None)


def test_a_pending_cart_change_is_carried_out(planner: Planner, looking_at_shoes: DialogueState) -> None:
    asked = carry_out(
        planner.plan(reading("manage_cart", "add the ninth to the cart", references=[9]), looking_at_shoes)
    )
    plan = planner.plan(reading("refine_results", "sorry, the first", references=[1]), asked)
    assert plan.action == "cart"
    assert plan.state.cart == (CartLine("s1", 1),)


def test_a_new_search_is_no_answer_to_which_one(planner: Planner, looking_at_shoes: DialogueState) -> None:
    asked = carry_out(planner.plan(reading("product_question", "the ninth", references=[9]), looking_at_shoes))
    plan = planner.plan(PHONES, asked)
    assert (plan.action, plan.state.pending) == ("search", None)


@pytest.mark.parametrize("intent", ["smalltalk", "return_refund", "product_search"])
def test_anything_else_forgets_what_waited(planner: Planner, looking_at_shoes: DialogueState, intent: str) -> None:
    asked = carry_out(planner.plan(reading("product_question", "the ninth", references=[9]), looking_at_shoes))
    assert planner.plan(reading(intent, "hello", product="tent"), asked).state.pending is None


# -- by word, and "it"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("is the Kestrel one waterproof?", "s3"),
        ("does the white one run small?", "s2"),
        ("黑色那双防水吗", "s1"),
        ("红色的那款有货吗", "s3"),
        ("are the Brook road running shoes any good?", "s2"),
    ],
)
def test_a_product_is_found_by_its_words(
    planner: Planner, looking_at_shoes: DialogueState, text: str, wanted: str
) -> None:
    plan = planner.plan(reading("product_question", text), looking_at_shoes)
    assert (plan.action, plan.skus) == ("answer", (wanted,))


def test_it_is_what_was_spoken_of_last(planner: Planner, looking_at_shoes: DialogueState) -> None:
    state = carry_out(planner.plan(reading("product_question", "the second?", references=[2]), looking_at_shoes))
    plan = planner.plan(reading("check_availability", "is it in stock in 42?", sizes=["42"]), state)
    assert plan.skus == ("s2",)
    assert plan.state.ledger == looking_at_shoes.ledger


def test_it_among_many_is_asked_about(planner: Planner, looking_at_shoes: DialogueState) -> None:
    plan = planner.plan(reading("product_question", "is it waterproof?"), looking_at_shoes)
    assert (plan.action, plan.clarify) == ("clarify", "reference")


def test_the_only_one_shown_needs_no_pointing(planner: Planner) -> None:
    state = carry_out(planner.plan(SHOES, DialogueState()), ["s2"])
    assert planner.plan(reading("product_question", "is it waterproof?"), state).skus == ("s2",)


def test_a_promotion_that_points_at_nothing_shows_no_product(planner: Planner, looking_at_shoes: DialogueState) -> None:
    plan = planner.plan(reading("check_promotion", "any coupons?"), looking_at_shoes)
    assert (plan.action, plan.skus) == ("policy", ())


def test_a_question_about_a_type_never_shown_searches_it(planner: Planner) -> None:
    plan = planner.plan(reading("check_availability", "do you have tents in stock?", product="tents"), DialogueState())
    assert plan.action == "search"
    assert plan.state.ledger.product == "tents"


# -- comparing


def test_named_positions_are_compared_in_that_order(planner: Planner, looking_at_shoes: DialogueState) -> None:
    plan = planner.plan(reading("compare_products", "3 or 1?", references=[3, 1]), looking_at_shoes)
    assert (plan.action, plan.skus, plan.is_list) == ("compare", ("s3", "s1"), False)
    assert plan.state.focus == ("s3", "s1")
    assert plan.state.listed == ("s1", "s2", "s3")


def test_these_two_are_the_two_just_compared(planner: Planner, looking_at_shoes: DialogueState) -> None:
    state = carry_out(planner.plan(reading("compare_products", "3 or 1?", references=[3, 1]), looking_at_shoes))
    plan = planner.plan(reading("compare_products", "which of the two is lighter?"), state)
    assert plan.skus == ("s3", "s1")


def test_which_of_these_compares_the_list(planner: Planner, looking_at_shoes: DialogueState) -> None:
    plan = planner.plan(reading("compare_products", "which of these is the lightest?"), looking_at_shoes)
    assert plan.skus == ("s1", "s2", "s3")


def test_these_two_of_three_is_asked_about(planner: Planner, looking_at_shoes: DialogueState) -> None:
    plan = planner.plan(reading("compare_products", "这两款哪个好", language="zh"), looking_at_shoes)
    assert plan.action == "clarify"


def test_one_against_the_one_in_focus(planner: Planner, looking_at_shoes: DialogueState) -> None:
    state = carry_out(planner.plan(reading("product_question", "the first?", references=[1]), looking_at_shoes))
    plan = planner.plan(reading("compare_products", "how does it compare with the third?", references=[3]), state)
    assert plan.skus == ("s1", "s3")


def test_comparing_nothing_asks(planner: Planner) -> None:
    assert planner.plan(reading("compare_products", "which is better?"), DialogueState()).action == "clarify"


# -- complements and ideas


def test_a_complement_goes_with_what_is_pointed_at(planner: Planner, looking_at_shoes: DialogueState) -> None:
    plan = planner.plan(reading("recommend_complement", "what goes with the second?", references=[2]), looking_at_shoes)
    assert plan.action == "complement"
    assert plan.topic is not None
    assert (plan.topic.kind, plan.topic.anchors, plan.referenced) == ("complement", ("s2",), ("s2",))
    assert plan.state.ledger.product is None


def test_a_complement_goes_with_the_cart_else_with_the_top_of_the_list(
    planner: Planner, looking_at_shoes: DialogueState
) -> None:
    bare = planner.plan(reading("recommend_complement", "what else do I need?"), looking_at_shoes)
    assert bare.topic is not None
    assert bare.topic.anchors == ("s1",)
    cart = replace(looking_at_shoes, cart=(CartLine("p1", 1),))
    full = planner.plan(reading("recommend_complement", "what else do I need?"), cart)
    assert full.topic is not None
    assert full.topic.anchors == ("p1",)


def test_a_complement_to_nothing_asks(planner: Planner) -> None:
    assert planner.plan(reading("recommend_complement", "what goes with it?"), DialogueState()).action == "clarify"


def test_an_accessory_for_a_thing_at_home_needs_no_anchor(planner: Planner) -> None:
    plan = planner.plan(reading("recommend_complement", "a case for my phone", product="phone case"), DialogueState())
    assert (plan.action, plan.search, plan.state.ledger.product) == ("complement", True, "phone case")


def test_ideas_open_a_topic_without_a_type(planner: Planner, looking_at_shoes: DialogueState) -> None:
    plan = planner.plan(reading("browse_ideas", "a gift for my dad under 50", price_max=50), looking_at_shoes)
    assert plan.action == "ideas"
    assert plan.state.ledger == Constraints(price_max=50)
    assert len(plan.state.topics) == 2
    ideas = carry_out(plan, ["p1", "s1"])
    narrowed = planner.plan(reading("browse_ideas", "not shoes", exclude_terms=["shoes"]), ideas)
    assert narrowed.state.ledger == Constraints(price_max=50, exclude_terms=("shoes",))
    assert len(narrowed.state.topics) == 2


# -- the cart


def test_adding_by_position_with_a_quantity(planner: Planner, looking_at_shoes: DialogueState) -> None:
    plan = planner.plan(
        reading("manage_cart", "add two of the second one", references=[2], quantity=2), looking_at_shoes
    )
    assert (plan.action, plan.state.cart, plan.referenced) == ("cart", (CartLine("s2", 2),), ("s2",))
    assert plan.skus == ()
    more = planner.plan(reading("manage_cart", "再加一个", language="zh", quantity=1), carry_out(plan))
    assert more.state.cart == (CartLine("s2", 3),)


def test_adding_what_was_spoken_of(planner: Planner, looking_at_shoes: DialogueState) -> None:
    state = carry_out(planner.plan(reading("product_question", "the third?", references=[3]), looking_at_shoes))
    assert planner.plan(reading("manage_cart", "ok put it in my cart"), state).state.cart == (CartLine("s3", 1),)


def test_adding_what_cannot_be_known_asks(planner: Planner, looking_at_shoes: DialogueState) -> None:
    for state in (DialogueState(), looking_at_shoes):
        plan = planner.plan(reading("manage_cart", "add it to the cart"), state)
        assert (plan.action, plan.clarify, plan.state.pending) == ("clarify", "reference", "manage_cart")


def test_the_cart_is_kept_across_topics(planner: Planner, looking_at_shoes: DialogueState) -> None:
    state = carry_out(planner.plan(reading("manage_cart", "add the first", references=[1]), looking_at_shoes))
    state = carry_out(planner.plan(PHONES, state), ["p1", "p2"])
    state = carry_out(planner.plan(reading("manage_cart", "and the second", references=[2]), state))
    assert state.cart == (CartLine("s1", 1), CartLine("p2", 1))
    removed = planner.plan(reading("manage_cart", "remove the first one", references=[1]), state)
    assert removed.state.cart == (CartLine("p2", 1),)
    emptied = planner.plan(reading("manage_cart", "清空购物车", language="zh"), state)
    assert emptied.state.cart == ()
    assert emptied.change is not None
    assert emptied.change.operation == "clear"


# -- the ledger by hand, and the state


def test_an_edited_ledger_starts_the_list_afresh(looking_at_shoes: DialogueState) -> None:
    edited = replace_ledger(looking_at_shoes, Constraints(product="running shoes", price_max=70))
    assert edited.ledger.price_max == 70
    assert edited.topic is not None
    assert edited.topic.shown == ()
    assert replace_ledger(DialogueState(), Constraints(product="x")) == DialogueState()


def test_the_planner_changes_no_state_it_was_given(planner: Planner, looking_at_shoes: DialogueState) -> None:
    before = json.dumps(looking_at_shoes.to_dict())
    planner.plan(reading("manage_cart", "add the first", references=[1]), looking_at_shoes)
    planner.plan(PHONES, looking_at_shoes)
    assert json.dumps(looking_at_shoes.to_dict()) == before


# -- anything at all

SKUS = st.lists(st.sampled_from([*SHOP, "gone-1", "gone-2"]), max_size=6, unique=True).map(tuple)
PHRASES = st.sampled_from([None, "shoes", "running shoes", "手机", "smartphone", "zorbulator", "shelf", "灯", ""])
PRICES = st.none() | st.sampled_from([0.0, 0.01, 50.0, 1e9])
SOME = st.lists(st.sampled_from(["red", "black", "Harrow", "quiet", "防水", ""]), max_size=2).map(tuple)
CONSTRAINTS = st.builds(
    Constraints,
    product=PHRASES,
    price_min=PRICES,
    price_max=PRICES,
    currency=st.sampled_from([None, "USD", "CNY", "JPY"]),
    brands=SOME,
    exclude_colors=SOME,
    terms=SOME,
    sort=st.sampled_from([None, "price_asc"]),
    quantity=st.none() | st.integers(-1, 3),
    references=st.lists(st.integers(-7, 7), max_size=3).map(tuple),
)
TOPICS = st.builds(
    Topic,
    kind=st.sampled_from(["search", "ideas", "complement"]),
    constraints=CONSTRAINTS,
    request=st.text(max_size=8),
    page=SKUS,
    shown=SKUS,
    anchors=SKUS,
    price_currency=st.sampled_from([None, "CNY", "USD", "JPY"]),
)


CARTS = st.dictionaries(st.sampled_from([*SHOP, "gone-1"]), st.integers(1, 9))


@st.composite
def states(draw: st.DrawFn) -> DialogueState:
    topics = tuple(draw(st.lists(TOPICS, max_size=3)))
    return DialogueState(
        turns=draw(st.integers(0, 5)),
        topics=topics,
        active=draw(st.integers(0, len(topics) - 1)) if topics else None,
        listed=draw(SKUS),
        focus=draw(SKUS),
        cart=tuple(CartLine(s, n) for s, n in draw(CARTS).items()),
        asked=draw(st.booleans()),
        pending=draw(st.sampled_from([None, *INTENTS])),
        language=draw(st.sampled_from(["en", "zh", "other"])),
    )


TEXTS = "|cheaper|add it|remove the red one|这两款哪个好|清空购物车|the black one|结算|🎉|set it to 3|take -2 of it"


def read_as(intent: str, text: str, c: Constraints, **rest: Any) -> Any:
    said = reading(intent, text, **rest)
    return replace(said, understanding=replace(said.understanding, constraints=c))


READINGS = st.builds(
    read_as,
    intent=st.sampled_from(INTENTS),
    text=st.sampled_from(TEXTS.split("|")) | st.text(max_size=20),
    c=CONSTRAINTS,
    language=st.sampled_from(["en", "zh", "other"]),
    cleared=st.sets(st.sampled_from(["price_max", "price_min", "colors", "terms", "product"])),
    relative=st.sampled_from([None, "cheaper", "dearer"]),
    more=st.booleans(),
    count=st.none() | st.integers(1, 9),
)
LEXICON = Lexicon.load()


def lookup(sku: str) -> Product | None:
    return SHOP.get(sku)


@given(READINGS, states())
@settings(max_examples=500, deadline=None)
def test_any_message_in_any_state_has_a_plan(said: Any, state: DialogueState) -> None:
    plan = Planner(LEXICON, lookup, price).plan(said, state)
    assert sum([plan.search, bool(plan.skus)]) <= 1
    assert (plan.action == "clarify") == (plan.clarify is not None)
    assert (plan.action == "cart") == (plan.change is not None)
    assert (plan.action == "policy") == (plan.policy is not None)
    if plan.search:
        assert plan.topic is not None
        assert plan.is_list
    if plan.clarify:
        assert plan.state.cart == state.cart
    assert all(line.quantity >= 1 for line in plan.state.cart)
    assert DialogueState.from_dict(json.loads(json.dumps(plan.state.to_dict()))) == plan.state
