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
from assistant.errors import TrainingError
from assistant.lexicon import Lexicon
from assistant.recommendation import Complements
from assistant.recommendation.complements_events import Together
from assistant.recommendation.interactions import Interactions, Items
from assistant.recommendation.reading import event_interactions
from assistant.recommendation.registry import make
from assistant.retrieval import Filters
from assistant.types import Candidate, Constraints

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


SOCK, MUG = "TST-SOCK-01", "TST-MUG-01"


def _events(companions: Companions, told: Sequence[tuple[str, str, str, float]]) -> Companions:
    engine = companions._engine
    data = event_interactions(list(told), Items(tuple(p.sku for p in engine.products)))
    return Companions(engine, companions._complements, None, Together.learn(data, [p.type for p in engine.products]))


@pytest.fixture(scope="module")
def told(companions: Companions) -> Companions:
    """Mugs were bought with the shoe, which no table thinks of; and much was bought alone."""
    lines = [(f"u{n}", sku, "purchase", n * 1e6 + t) for n in range(80) for t, sku in enumerate((SHOE.sku, MUG))]
    others = [p.sku for p in companions._engine.products if p.sku not in (SHOE.sku, MUG)]
    lines += [(f"v{n}", sku, "purchase", n * 1e5) for n, sku in enumerate(others * 12)]
    lines += [(f"w{n}", SOCK, "purchase", n * 1e5) for n in range(200)]
    return _events(companions, lines)


def test_what_the_shop_s_history_says_comes_first_under_the_same_masks(told: Companions) -> None:
    found = told.find([SHOE.sku], "", ANY, k=20).candidates
    assert found[0].product.sku == MUG
    assert not any(c.product.type == SHOE.type for c in found)
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    for candidate in found:
        assert sum(candidate.parts.values()) == pytest.approx(candidate.score, abs=1e-3)
    without = told.find([SHOE.sku], "", ANY, k=20, exclude=[MUG])
    assert MUG not in _skus(without.candidates)
    cheap = told.find([SHOE.sku], "", Filters(Constraints(price_max=15.0)), k=20).candidates
    assert all(c.product.price <= 15 for c in cheap)


def test_sold_out_comes_last_unless_it_does_not_matter(told: Companions) -> None:
    gone = {c.product.sku for c in told.find([MUG], "", ANY, k=20).candidates if "sold_out" in c.parts}
    assert "TST-BOTTLE/2" in gone
    assert all("sold_out" not in c.parts for c in told.find([MUG], "", ANY, k=20, sold_out_last=False).candidates)


def test_a_reason_is_given_only_where_the_counts_bear_it(told: Companions, companions: Companions) -> None:
    products = {p.sku: p for p in told._engine.products}
    bond = told.bond([SHOE.sku], products[MUG])
    assert bond is not None
    assert (bond.kind, bond.anchor.sku, bond.together, bond.of) == ("products bought", SHOE.sku, 80, 80)
    ink = told.bond([INK.sku], products[MUG])
    assert ink is not None
    assert ink.kind == "types bought", "other shoes were bought with mugs, this one was not"
    assert ink.of > 80
    sock = told.bond([SHOE.sku], products[SOCK])
    assert sock is not None
    assert (sock.kind, sock.together) == ("known", 0)
    assert companions.bond([SHOE.sku], products[MUG]) is None
    assert told.bond(["X-1"], products[MUG]) is None


def test_whether_there_is_a_bond_is_told_as_the_bond_is(told: Companions, companions: Companions) -> None:
    for asked in (told, companions):
        products = asked._engine.products
        pairs = [(one.sku, other) for one in products for other in products]
        bound = [asked.bound([sku], other) for sku, other in pairs]
        assert bound == [asked.bond([sku], other) is not None for sku, other in pairs]
        assert any(bound)
        assert not all(bound)
    assert not told.bound([SHOE.sku], replace(SHOE, sku="X-1"))


def test_several_anchors_are_asked_together_and_the_last_counts_most(told: Companions) -> None:
    cart = told.find([SOCK, SHOE.sku], "", ANY, k=20).candidates
    assert cart[0].product.sku == MUG
    assert not {c.product.type for c in cart} & {SHOE.type, "socks"}
    bond = told.bond([SOCK, SHOE.sku], cart[0].product)
    assert bond is not None
    assert bond.anchor.sku == SHOE.sku


def test_a_product_without_events_still_has_complements(told: Companions) -> None:
    quiet = _events(told, [("u", MUG, "view", 0.0)])
    found = quiet.find([SHOE.sku], "", ANY, k=5).candidates
    assert found[0].product.sku == SOCK


def test_counts_of_another_catalogue_are_refused(companions: Companions) -> None:
    data = event_interactions([("u", "A", "view", 0.0)], Items(("A",)))
    with pytest.raises(TrainingError, match="other"):
        Companions(companions._engine, companions._complements, None, Together.learn(data, ["tent"]))


def test_what_is_made_for_another_day_comes_later(companions: Companions) -> None:
    bottle = next(p for p in companions._engine.products if p.sku == "TST-BOTTLE/1")
    spooky = replace(bottle, sku="X-2", title="Halloween water bottle")
    ranked = companions._suited([Candidate(spooky, 1.0), Candidate(bottle, 0.9)], [SHOE], 2)
    assert [c.product.sku for c in ranked] == [bottle.sku, "X-2"]
    assert ranked[1].parts["made_for"] < 0
    party = replace(SHOE, title="Halloween shoe")
    assert companions._suited([Candidate(bottle, 0.9), Candidate(spooky, 0.8)], [party], 1)[0].product is spooky
