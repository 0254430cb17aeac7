"""Simulated events: reproducible, within the catalogue's facts, and with the habits they are said to have."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from assistant.catalog import read_rows
from assistant.catalog.simulation import Event, event_lines, load_tables, open_shop, simulate, write_events
from assistant.errors import CatalogError
from assistant.lexicon import Lexicon
from assistant.recommendation import Complements
from assistant.recommendation.affinity import type_affinity
from assistant.recommendation.reading import read_interactions
from assistant.types import Product

SHOPPERS, SEED = 2400, 7
Affinity = dict[str, dict[str, float]]


@pytest.fixture(scope="module")
def products(repo_root: Path) -> list[Product]:
    rows = [row for _, row in read_rows(repo_root / "catalog" / "products.jsonl")]
    return [row for row in rows if isinstance(row, Product)]


@pytest.fixture(scope="module")
def by_sku(products: list[Product]) -> dict[str, Product]:
    return {product.sku: product for product in products}


@pytest.fixture(scope="module")
def goes_with(products: list[Product], lexicon: Lexicon) -> Affinity:
    return type_affinity({product.type for product in products}, Complements.load(lexicon), lexicon)


@pytest.fixture(scope="module")
def few(products: list[Product], goes_with: Affinity) -> list[Event]:
    return simulate(products, goes_with, shoppers=60, seed=SEED)


@pytest.fixture(scope="module")
def shipped(repo_root: Path) -> list[Event]:
    lines = gzip.decompress((repo_root / "catalog" / "events.jsonl.gz").read_bytes()).decode("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert all(set(r) == {"user_id", "sku", "event", "timestamp", "value"} for r in records)
    return [Event(r["user_id"], r["sku"], r["event"], seconds(r["timestamp"]), r["value"]) for r in records]


def seconds(text: str) -> int:
    assert text.endswith("Z")
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def month(event: Event) -> int:
    return datetime.fromtimestamp(event.timestamp, UTC).month


def test_the_same_seed_makes_the_same_bytes_and_another_one_others(
    products: list[Product], goes_with: Affinity, few: list[Event], tmp_path: Path
) -> None:
    again = simulate(products, goes_with, shoppers=60, seed=SEED)
    for name, events in (("a.jsonl.gz", few), ("b.jsonl.gz", again)):
        write_events(events, tmp_path / name)
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()
    assert event_lines(simulate(products, goes_with, shoppers=60, seed=SEED + 1)) != event_lines(few)


def test_the_shipped_events_are_those_of_the_command(few: list[Event], shipped: list[Event]) -> None:
    wanted = {event.user_id for event in few}
    assert [event for event in shipped if event.user_id in wanted] == few


def test_the_shipped_events_are_many_over_one_year_in_a_small_file(shipped: list[Event], repo_root: Path) -> None:
    assert len({event.user_id for event in shipped}) >= 2000
    assert len(shipped) >= 40_000
    assert (repo_root / "catalog" / "events.jsonl.gz").stat().st_size <= 1_500_000
    times = [event.timestamp for event in shipped]
    assert times == sorted(times)
    assert 350 * 86_400 < times[-1] - times[0] < 366 * 86_400
    assert {event.event for event in shipped} == {"view", "add_to_cart", "purchase", "like", "dislike"}


def test_they_are_read_as_interactions(shipped: list[Event], repo_root: Path) -> None:
    data = read_interactions(repo_root / "catalog" / "events.jsonl.gz")
    assert len(data) == len(shipped)
    assert data.n_users == len({event.user_id for event in shipped})
    assert data.timed


def test_every_product_exists_and_is_met_only_once_it_is_there(
    shipped: list[Event], by_sku: dict[str, Product]
) -> None:
    assert {event.sku for event in shipped} <= set(by_sku)
    for event in shipped:
        since = by_sku[event.sku].created_at
        assert since is None or event.timestamp >= int(seconds(since)), event
    assert len({event.sku for event in shipped}) > 0.98 * len(by_sku)


def test_a_purchase_is_paid_at_the_price_or_the_list_price_and_nothing_else_is(
    shipped: list[Event], by_sku: dict[str, Product]
) -> None:
    for event in shipped:
        product = by_sku[event.sku]
        if event.event == "purchase":
            assert event.value in {product.price, product.list_price or product.price}, event
        else:
            assert event.value is None


def test_each_step_of_the_funnel_is_rarer_and_follows_the_one_before(shipped: list[Event]) -> None:
    count = Counter(event.event for event in shipped)
    assert 0.06 < count["add_to_cart"] / count["view"] < 0.16
    assert 0.35 < count["purchase"] / count["add_to_cart"] < 0.65
    assert 0.02 < count["like"] / len(shipped) < 0.09
    assert 0.005 < count["dislike"] / count["view"] < 0.03
    before = {"add_to_cart": "view", "purchase": "add_to_cart", "like": "view", "dislike": "view"}
    seen: set[tuple[str, str, str]] = set()
    for event in shipped:
        if event.event in before:
            assert (event.user_id, event.sku, before[event.event]) in seen, event
        seen.add((event.user_id, event.sku, event.event))


def test_what_is_sold_out_is_still_looked_at_but_no_longer_bought(
    shipped: list[Event], products: list[Product]
) -> None:
    shop = open_shop(products, np.random.default_rng((SEED, 0)))
    gone = dict(zip(shop.skus, shop.gone.tolist(), strict=True))
    assert {sku for sku, when in gone.items() if when < shop.end} == {p.sku for p in products if p.in_stock is False}
    after = Counter(event.event for event in shipped if event.timestamp >= gone[event.sku])
    assert after["view"] > 200
    assert after["add_to_cart"] == after["purchase"] == 0


def test_the_season_shows(shipped: list[Event], by_sku: dict[str, Product]) -> None:
    summer, winter = {5, 6, 7, 8}, {11, 12, 1, 2}
    views = [(by_sku[event.sku].type, month(event)) for event in shipped if event.event == "view"]

    def share(types: set[str], months: set[int]) -> float:
        return sum(kind in types and at in months for kind, at in views) / sum(at in months for _, at in views)

    hot, cold = {"sunscreen", "sandal", "shorts", "fan"}, {"scarf", "gloves", "coat", "heater"}
    assert share(hot, summer) > 3 * share(hot, winter)
    assert share(cold, winter) > 3 * share(cold, summer)


def test_reduced_products_are_bought_more_often_per_day_of_reduction(
    shipped: list[Event], products: list[Product]
) -> None:
    shop = open_shop(products, np.random.default_rng((SEED, 0)))
    rows = np.flatnonzero(shop.list_price > shop.price)
    days = [shop.start + (day + 0.5) * 86_400 for day in range(365)]
    there = np.array([(shop.created[rows] <= day) & (shop.gone[rows] > day) for day in days])
    offer = np.array([shop.on_offer(rows, day) for day in days]) & there
    bought = [event for event in shipped if event.event == "purchase"]
    place = {shop.skus[row]: row for row in rows.tolist()}
    reduced = sum(e.sku in place and e.value == shop.price[place[e.sku]] for e in bought)
    full = sum(e.sku in place for e in bought) - reduced
    assert reduced / offer.sum() > 1.4 * full / (there & ~offer).sum()


def test_alternatives_of_one_type_are_viewed_together(shipped: list[Event], by_sku: dict[str, Product]) -> None:
    last: dict[str, Event] = {}
    same: list[bool] = []
    for event in shipped:
        if event.event == "view":
            before = last.get(event.user_id)
            if before is not None and event.timestamp - before.timestamp < 1800:
                same.append(by_sku[event.sku].type == by_sku[before.sku].type)
            last[event.user_id] = event
    assert np.mean(same) > 0.5


def _complement_pairs(bought: list[tuple[str, str]], goes_with: Affinity, by_sku: dict[str, Product]) -> int:
    """Pairs of types one shopper bought that go together and are of different departments."""
    department = {product.type: product.category[0] for product in by_sku.values()}
    types: dict[str, set[str]] = defaultdict(set)
    for user, sku in bought:
        types[user].add(by_sku[sku].type)
    return sum(
        other in goes_with.get(one, {}) and department[one] != department[other]
        for owned in types.values()
        for one in owned
        for other in owned
    )


def test_complements_of_other_departments_are_bought_together_more_than_by_chance(
    shipped: list[Event], by_sku: dict[str, Product], goes_with: Affinity
) -> None:
    bought = [(event.user_id, event.sku) for event in shipped if event.event == "purchase"]
    rng = np.random.default_rng(0)
    chance = []
    for _ in range(3):
        shuffled = rng.permutation([sku for _, sku in bought]).tolist()
        pairs = [(user, sku) for (user, _), sku in zip(bought, shuffled, strict=True)]
        chance.append(_complement_pairs(pairs, goes_with, by_sku))
    assert _complement_pairs(bought, goes_with, by_sku) > 2 * np.mean(chance)


def test_tastes_cross_departments_without_the_table_of_complements(products: list[Product]) -> None:
    tables = load_tables(tuple(dict.fromkeys(p.type for p in products)), {})
    assert not tables.affinity.any()
    department = {product.type: product.category[0] for product in products}
    types = list(department)
    for life, wishes in zip(tables.lives, tables.wishes, strict=True):
        assert len({department[types[column]] for column in np.flatnonzero(wishes)}) >= 3, life


def test_the_tables_speak_of_types_of_the_shipped_catalogue_and_of_all_of_them(
    products: list[Product], repo_root: Path
) -> None:
    types = {product.type for product in products}
    wished: set[str] = set()
    for name, columns in (("lives.tsv", (2, 3)), ("seasons.tsv", (0,)), ("refills.tsv", (0,))):
        path = repo_root / "assistant" / "catalog" / "simulation" / name
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
        for named in ({kind for cell in columns for kind in row[cell].split("|")} for row in rows):
            assert named <= types, (name, named - types)
            wished |= named if name == "lives.tsv" else set()
    assert wished == types


def test_a_shopper_does_the_same_however_many_others_there_are(
    products: list[Product], goes_with: Affinity, few: list[Event]
) -> None:
    one = simulate(products, goes_with, shoppers=5, seed=SEED)
    assert one == [event for event in few if event.user_id <= "sim-0005"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"category": ("x", "no such thing")}, "no simulated life"),
        ({"created_at": None}, "created_at"),
        ({"created_at": "last week"}, "ISO 8601"),
    ],
)
def test_a_catalogue_that_cannot_be_simulated_is_said(
    products: list[Product], change: dict[str, object], told: str
) -> None:
    with pytest.raises(CatalogError, match=told):
        simulate([replace(products[0], **change)], {}, shoppers=1, seed=0)


def test_nothing_to_simulate_is_an_error(products: list[Product]) -> None:
    with pytest.raises(CatalogError, match="without products"):
        simulate([], {}, shoppers=1, seed=0)
    with pytest.raises(CatalogError, match="at least 1 shopper"):
        simulate(products, {}, shoppers=0, seed=0)


def test_a_catalogue_of_one_product_without_brand_colour_and_stock_works(products: list[Product]) -> None:
    bare = replace(products[0], brand=None, color=None, stock=None, size_stock={}, rating=None, rating_count=None)
    events = simulate([bare], {}, shoppers=3, seed=1)
    assert {event.sku for event in events} == {bare.sku}
