"""What goes with products and what is like them, over real stages with an encoder that hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from builders import engine_of
from fakes import HashEncoder
from fakes_assistant import PRODUCTS
from small_shop import SHELF

from assistant.companions import Companions
from assistant.lexicon import Lexicon
from assistant.recommendation import Complements
from assistant.recommendation.interactions import Interactions, Items
from assistant.recommendation.registry import make
from assistant.retrieval import Filters
from assistant.types import Constraints

SHOE, INK = PRODUCTS[0], PRODUCTS[1]
ANY = Filters(Constraints())


@pytest.fixture(scope="module")
def companions(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon) -> Companions:
    gone = replace(SHELF[6], sku="TST-BOTTLE/2", stock=0, title="Brook large water bottle")
    engine = engine_of(tmp_path_factory.mktemp("companions"), (*SHELF, gone), HashEncoder(), lexicon)
    return Companions(engine, Complements.load(lexicon))


def _skus(found: Sequence[object]) -> list[str]:
    return [c.product.sku for c in found]  # type: ignore[attr-defined]


def test_what_goes_with_a_shoe_is_no_shoe(companions: Companions) -> None:
    found = companions.find([SHOE.sku], "", ANY, k=20).candidates
    assert found
    assert not any(c.product.type == "running shoe" for c in found)
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


def test_filters_and_exclusions_are_hard(companions: Companions) -> None:
    cheap = Filters(Constraints(price_max=15.0))
    for result in (companions.find([SHOE.sku], "", cheap, k=20), companions.alike([SHOE.sku], cheap, k=20)):
        assert result.candidates
        assert all(c.product.price <= 15 for c in result.candidates)
    without = companions.find([SHOE.sku], "", ANY, k=20, exclude=["TST-SOCK-01"])
    assert "TST-SOCK-01" not in _skus(without.candidates)
    assert companions.alike([SHOE.sku], Filters(Constraints(price_max=0.5)), k=5).candidates == ()


def test_what_is_alike_leaves_the_history_out(companions: Companions) -> None:
    found = companions.alike([SHOE.sku, INK.sku], ANY, k=20).candidates
    assert {SHOE.sku, INK.sku}.isdisjoint(_skus(found))
    assert found[0].product.type == "running shoe"
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


def test_the_latest_counts_most(companions: Companions) -> None:
    last_shoe = _skus(
        companions.alike(["TST-MUG-01", "TST-MUG-01", SHOE.sku, SHOE.sku, SHOE.sku], ANY, k=20).candidates
    )
    last_bottle = _skus(
        companions.alike([SHOE.sku, "TST-BOTTLE/1", "TST-BOTTLE/1", "TST-BOTTLE/1"], ANY, k=20).candidates
    )
    assert last_shoe[0] == INK.sku
    assert last_bottle.index("TST-BOTTLE/2") > last_bottle.index("TST-SOCK-01"), "sold out comes last"
    assert last_shoe != last_bottle


def test_nothing_known_recommends_nothing(companions: Companions) -> None:
    assert companions.alike(["X-1"], ANY, k=5).candidates == ()
    assert companions.alike([], ANY, k=5).candidates == ()


def test_companions_of_a_page_are_of_many_types(companions: Companions) -> None:
    cards = companions.goes_with(SHOE, "zh", k=2)
    assert [c.product.type for c in cards] == ["socks", "water bottle"]
    # A second one of a type comes only where no other type is left.
    cards = companions.goes_with(SHOE, "zh", k=4)
    assert [c.product.type for c in cards][:2] == ["socks", "water bottle"]
    assert {c.currency for c in cards} <= {"CNY", "USD", "EUR"}


def test_variants_share_a_card(companions: Companions) -> None:
    assert [p.sku for p in companions.group(SHOE)] == [INK.sku]
    assert companions.card_number(SHOE) == companions.card_number(INK) is not None
    stranger = replace(SHOE, sku="X-1")
    assert companions.group(stranger) == ()
    assert companions.card_number(stranger) is None


@pytest.fixture(scope="module")
def taught(companions: Companions) -> Companions:
    """Shoppers went from the shoe to other shoes and to one product of another type; an item is no longer sold."""
    engine = companions._engine
    skus = [p.sku for p in engine.products]
    other = next(p.sku for p in engine.products if p.type != SHOE.type and p.in_stock is not False)
    items = Items(("GONE", *reversed(skus)))
    told = [[SHOE.sku, other, "GONE"], [SHOE.sku, INK.sku, other]] * 20
    data = Interactions.from_sequences([[items.rows[sku] for sku in one] for one in told], items)
    return Companions(engine, companions._complements, make("item-knn", half_life=None).fit(data))


def test_what_was_learnt_ranks_under_the_same_masks_and_is_shown(taught: Companions, companions: Companions) -> None:
    found = taught.find([SHOE.sku], "", ANY, k=20).candidates
    assert found[0].parts["behaviour"] > 0
    assert not any(c.product.type == SHOE.type for c in found)
    alike = taught.alike([SHOE.sku], ANY, k=20).candidates
    top = max(alike, key=lambda c: c.parts["behaviour"])
    assert top.parts["behaviour"] == pytest.approx(1.0)
    assert SHOE.sku not in _skus(alike)
    assert [c.score for c in alike] == sorted((c.score for c in alike), reverse=True)
    without = taught.alike([SHOE.sku], ANY, k=20, exclude=[top.product.sku]).candidates
    assert top.product.sku not in _skus(without)
    assert all("behaviour" not in c.parts for c in companions.alike([SHOE.sku], ANY, k=20).candidates)


def test_of_a_history_nobody_met_nothing_was_learnt(companions: Companions) -> None:
    items = Items(("X", "Y"))
    model = make("item-knn").fit(Interactions.from_sequences([[0, 1]], items))
    cold = Companions(companions._engine, companions._complements, model)
    for one, other in (
        (cold.find([SHOE.sku], "", ANY, k=9), companions.find([SHOE.sku], "", ANY, k=9)),
        (cold.alike([SHOE.sku], ANY, k=9), companions.alike([SHOE.sku], ANY, k=9)),
    ):
        assert one == other
