"""Undo, correction and recall on scripted readings: what they leave of a topic and which list they show."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import product, reading

from assistant.dialogue import DialogueState, Planner, Topic
from assistant.dialogue.ledger import merge
from assistant.lexicon import Lexicon
from assistant.types import Constraints

SHOP = {p.sku: p for p in [product("b1", "Ankle boots", 80), product("h1", "Studio headphones", 60)]}


@pytest.fixture(scope="module")
def planner(lexicon: Lexicon) -> Planner:
    return Planner(lexicon, SHOP.get, lambda sku, _: (SHOP[sku].price, "USD"))


def on(*topics: Topic) -> DialogueState:
    return DialogueState(topics=topics, active=len(topics) - 1, listed=topics[-1].page)


BOOTS = Topic("search", Constraints(product="boots", price_max=150), "boots", ("b1",), ("b1",))
HEADPHONES = Topic("search", Constraints(product="headphones", price_max=90, currency="GBP"), "headphones", ("h1",))


def test_undo_goes_back_one_change_at_a_time_and_survives_json(planner: Planner) -> None:
    state = planner.plan(reading("refine_results", "no leather", exclude_terms=["leather"]), on(BOOTS)).state
    state = planner.plan(reading("refine_results", "black ones", colors=["black"]), state).state
    state = DialogueState.from_dict(state.to_dict())
    undo = replace(reading("smalltalk", "undo"), revises="undo")
    once = planner.plan(undo, state)
    assert once.search
    assert once.is_list
    assert once.state.ledger == Constraints(product="boots", price_max=150, exclude_terms=("leather",))
    assert planner.plan(undo, once.state).state.ledger == BOOTS.constraints


def test_undo_takes_cheaper_and_what_was_said_with_it_back_together(planner: Planner) -> None:
    said = reading("refine_results", "cheaper black ones", relative="cheaper", colors=["black"])
    state = planner.plan(said, on(BOOTS)).state
    assert state.ledger.price_max == 79.99
    undo = replace(reading("refine_results", "undo"), revises="undo")
    assert planner.plan(undo, state).state.ledger == BOOTS.constraints


def test_undo_of_a_first_search_returns_to_the_topic_before(planner: Planner) -> None:
    plan = planner.plan(replace(reading("refine_results", "undo"), revises="undo"), on(BOOTS, HEADPHONES))
    assert plan.state.ledger == BOOTS.constraints
    assert (plan.returned, plan.skus) == (True, ("b1",))


def test_what_is_welcome_after_all_is_no_longer_excluded(planner: Planner) -> None:
    state = planner.plan(reading("refine_results", "不要皮革的", exclude_terms=["皮革"]), on(BOOTS)).state
    state = planner.plan(reading("refine_results", "black", colors=["black"]), state).state
    undo = replace(reading("refine_results", "撤销，皮的也可以"), revises="undo", allowed=("皮",))
    assert planner.plan(undo, state).state.ledger == BOOTS.constraints


def test_a_corrected_currency_replaces_the_bound(planner: Planner) -> None:
    said = replace(reading("refine_results", "I meant 90 dollars", price_max=90, currency="USD"), revises="correct")
    ledger = planner.plan(said, on(HEADPHONES)).state.ledger
    assert ledger == Constraints(product="headphones", price_max=90, currency="USD")


def test_a_bound_in_another_currency_does_not_stay() -> None:
    pounds = Constraints(price_min=50, price_max=90, currency="GBP")
    assert merge(pounds, Constraints(price_max=100, currency="USD")) == Constraints(price_max=100, currency="USD")


@pytest.mark.parametrize(("bound", "other"), [("price_max", "price_min"), ("price_min", "price_max")])
def test_a_bare_number_replaces_the_bound_that_stood(planner: Planner, bound: str, other: str) -> None:
    topic = replace(BOOTS, constraints=Constraints(product="boots", **{bound: 100.0}))  # type: ignore[arg-type]
    said = replace(reading("refine_results", "not 100, 150"), revises="correct", amount=150.0)
    ledger = planner.plan(said, on(topic)).state.ledger
    assert (getattr(ledger, bound), getattr(ledger, other)) == (150, None)


def test_a_corrected_product_opens_its_topic_and_keeps_the_price(planner: Planner) -> None:
    said = replace(reading("product_search", "no, I meant headphones", product="headphones"), revises="correct")
    plan = planner.plan(said, on(BOOTS))
    assert plan.search
    assert plan.state.ledger == Constraints(product="headphones", price_max=150)
    assert len(plan.state.topics) == 2


def test_a_corrected_colour_excludes_nothing(planner: Planner) -> None:
    topic = replace(BOOTS, constraints=Constraints(product="boots", colors=("black",)))
    said = reading("refine_results", "I meant blue, not black", colors=["blue"], exclude_colors=["black"])
    ledger = planner.plan(replace(said, revises="correct"), on(topic)).state.ledger
    assert ledger == Constraints(product="boots", colors=("blue",))


def test_a_list_comes_again_as_it_was(planner: Planner) -> None:
    said = replace(
        reading("manage_cart", "bring those boots again"), revises="recall", recalled="those boots", of_list=True
    )
    plan = planner.plan(said, on(BOOTS, HEADPHONES))
    assert (plan.returned, plan.search, plan.skus, plan.is_list) == (True, False, ("b1",), True)
    assert plan.state.ledger == BOOTS.constraints


def test_no_name_means_the_list_under_way_and_a_strange_name_none(planner: Planner) -> None:
    those = replace(reading("refine_results", "those again"), revises="recall", recalled="those again", of_list=True)
    assert planner.plan(those, on(BOOTS, HEADPHONES)).skus == ("h1",)
    strange = replace(
        reading("smalltalk", "show those kettles again"), revises="recall", recalled="those kettles", of_list=True
    )
    assert not planner.plan(strange, on(BOOTS, HEADPHONES)).returned
