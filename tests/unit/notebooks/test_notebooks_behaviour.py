"""Behaviour models held against one another, shown: figures that are those of the answers, on a shop made up here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from assistant.assembly import Parts
from assistant.errors import ConfigurationError
from assistant.notebooks import behaviour, contests, events
from assistant.notebooks.behaviour import Contest
from assistant.notebooks.events import Shop
from assistant.notebooks.showing import Html, Picture
from assistant.recommendation.catalogue import catalogue_items
from assistant.recommendation.interactions import DAY, Interactions
from assistant.types import Product

EVIL = "<script>alert(1)</script>"
KINDS = (("sports", "tent"), ("sports", "stove"), ("home", "lamp"), ("home", "rug"))
EACH, SHOPPERS = 6, 90
MODELS = ("popularity", "item-knn", "sequential-rules", "content", "sequence", "hybrid")


def cells(shown: Html) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", shown._repr_html_(), re.S)
    return [[re.sub(r"<[^>]+>", "", c) for c in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)] for row in rows][1:]


@pytest.fixture(scope="module")
def shop() -> Shop:
    products = tuple(
        Product(
            f"{kind.upper()}-{number}",
            f"{kind} {number}{EVIL if kind == 'rug' else ''}",
            10.0 + number,
            category=(department, kind),
            brand="ABC"[number % 3],
            translations={"zh": {"title": f"灯{number}", "category": "灯"}} if kind == "lamp" else {},
        )
        for department, kind in KINDS
        for number in range(EACH)
    )
    draw = np.random.default_rng(3)
    vectors = np.repeat(np.eye(len(KINDS), 8), EACH, axis=0) + 0.1 * draw.normal(size=(len(products), 8))
    items = catalogue_items(products, vectors.astype(np.float32))
    users, rows, times, kinds = [], [], [], []
    for user in range(SHOPPERS):
        # Who camps looks at tents, then stoves, number after number; who furnishes, at lamps and rugs.
        home = 2 * EACH * (user % 2)
        begin = int(draw.integers(0, EACH))
        for step in range(6):
            users.append(user)
            rows.append(home + (step % 2) * EACH + (begin + step // 2) % EACH)
            times.append(1.7e9 + user * DAY + step * 60.0)
            kinds.append(("view", "add_to_cart", "purchase", "view", "like", "view")[step])
    data = Interactions.build(
        np.array(users), np.array(rows), np.array(times), items, [f"s-{u}" for u in range(SHOPPERS)], kinds=kinds
    )
    return Shop(products, data, 2 * SHOPPERS, "en", "en")


@pytest.fixture(scope="module")
def found(shop: Shop) -> Contest:
    return behaviour.contest(shop, MODELS, epochs=2)


def test_the_size_and_the_slice_are_told(shop: Shop) -> None:
    told = str(events.summary(shop))
    assert f"{SHOPPERS} shoppers did {6 * SHOPPERS} things with {len(shop.products)} of {len(shop.products)}" in told
    assert f"the file holds {2 * SHOPPERS} shoppers" in told


def test_kinds_are_counted_and_the_strongest_named(shop: Shop) -> None:
    rows = {row[0]: row[1:] for row in cells(events.kinds(shop))}
    assert rows["looked at it"] == [str(3 * SHOPPERS), "50.0\N{NARROW NO-BREAK SPACE}%", "1"]
    assert rows["bought it"] == [str(SHOPPERS), "16.7\N{NARROW NO-BREAK SPACE}%", "5"]
    assert rows["said they do not"][0] == "0"


def test_weeks_and_departments_are_drawn(shop: Shop) -> None:
    assert isinstance(events.weeks(shop), Picture)
    assert "0.0\N{NARROW NO-BREAK SPACE}% of shoppers looked at more than one department" in events.crossing(shop).alt


def test_titles_are_in_the_language_and_escaped(shop: Shop) -> None:
    assert Shop(shop.products, shop.data, 1, "zh", "en").title(2 * EACH) == "灯0"
    assert Shop(shop.products, shop.data, 1, "zh", "en").label(2 * EACH) == "lamp 0"
    assert EVIL not in events.history(shop, "s-1")._repr_html_()


@pytest.mark.parametrize(("missing", "drawn"), [("", "zh"), ("灯", "en")])
def test_a_shop_is_read_and_drawn_in_what_fonts_can_write(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, drawn: str
) -> None:
    told = [
        {"user_id": f"u-{n}", "sku": "LAMP-1", "event": "view", "timestamp": f"2026-01-0{n + 1}T00:00:00Z"}
        for n in range(4)
    ]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(map(json.dumps, told)), encoding="utf-8")
    index = SimpleNamespace(vectors=shop.data.items.vectors)
    parts = cast("Parts", SimpleNamespace(engine=SimpleNamespace(products=shop.products, index=index)))
    monkeypatch.setattr(events, "families_for", lambda texts: (["Sans"], missing))
    read = events.read_shop(parts, shoppers=2, language="zh", file=file)
    assert (read.of, read.language, read.drawn) == (4, "zh", drawn)
    assert [read.data.user_ids[u] for u in read.data.users] == ["u-0", "u-2"], "an even slice"
    assert read.title(int(read.data.rows[0])) == "灯1"
    assert read.label(int(read.data.rows[0])) == ("灯1" if drawn == "zh" else "lamp 1")


def test_a_history_ends_where_it_is_cut(shop: Shop) -> None:
    whole, cut = cells(events.history(shop, "s-0")), cells(events.history(shop, "s-0", until=5))
    assert cut == whole[:-1]
    assert "6 events of s-0: sports 6" in events.timeline(shop, "s-0").alt
    assert "The 2 met last of 6 products" in str(events.history(shop, "s-0", most=2))


def test_unknown_names_are_told(shop: Shop, found: Contest) -> None:
    with pytest.raises(ConfigurationError, match="no product 'X-1'"):
        shop.row("X-1")
    with pytest.raises(ConfigurationError, match="no shopper 'nobody'"):
        events.timeline(shop, "nobody")
    with pytest.raises(ConfigurationError, match="no model gossip"):
        behaviour.contest(shop, ["gossip"])
    with pytest.raises(ConfigurationError, match="name some besides"):
        behaviour.contest(shop, ["hybrid"])


def test_figures_are_those_of_the_answers(found: Contest) -> None:
    assert found.ordered()[-1] == "popularity"
    for name, lists in found.lists.items():
        assert found.figures[name]["hr@10"] == np.mean((lists.ranks > 0) & (lists.ranks <= 10))
        kinds = [len({found.shop.kind(int(r)) for r in line if r >= 0}) for line in lists.rows]
        assert found.figures[name]["types"] == pytest.approx(np.mean(kinds))
        assert 1 <= found.figures[name]["departments"] <= 2
    assert [row[0] for row in cells(behaviour.table_of(found))] == [behaviour.NAMES[n] for n in found.ordered()]
    assert f"Most accurate: {behaviour.NAMES[found.ordered()[0]]}" in str(behaviour.verdict(found))


def test_models_never_learn_from_the_answers(found: Contest) -> None:
    asked = {(int(u), int(t)) for u, t in zip(found.split.users, found.split.targets, strict=True)}
    learnt = set(zip(found.split.train.users.tolist(), found.split.train.rows.tolist(), strict=True))
    assert asked
    assert not asked & learnt


def test_pictures_say_their_figures(found: Contest) -> None:
    best = found.ordered()[0]
    hits = f"{100 * found.figures[best]['hr@10']:.1f}"
    assert f"{behaviour.NAMES[best]} {hits}" in contests.accuracy(found).alt
    assert f"Gini index, 0 equal and 1 all to one: popularity {found.figures['popularity']['gini_items']:.2f}" in (
        contests.exposure(found).alt
    )
    assert "2: " in contests.learning(found).alt
    assert "12 and more events" in contests.weights(found).alt
    assert "none events" not in contests.weights(found).alt
    for picture in (contests.ranks(found), contests.balance(found)):
        assert "Transformer" in picture.alt


def test_more_shoppers_and_longer_histories_are_asked_the_same(found: Contest) -> None:
    grown = behaviour.growth(found, (1.0, 0.1), ["sequential-rules"])["sequential-rules"]
    assert [n for n, _ in grown] == [SHOPPERS // 10, SHOPPERS]
    assert grown[0][1] < grown[1][1]
    assert grown[1][1] == pytest.approx(found.figures["sequential-rules"]["ndcg@10"])
    cut = behaviour.shortened(found, (1, 50), ["item-knn", "content"])
    assert cut["item-knn"][1] == (50, pytest.approx(found.figures["item-knn"]["ndcg@10"]))
    assert "9: " in contests.lines({"sequential-rules": grown}, along="shoppers learnt from").alt


def test_one_shopper_is_answered_by_every_model(found: Contest) -> None:
    shopper = behaviour.telling(found)
    place = behaviour.place_of(found, shopper)
    assert behaviour.before(found, shopper) == len(found.split.histories[place])
    shown = behaviour.side_by_side(found, shopper)
    assert EVIL not in shown._repr_html_()
    assert len(cells(shown)[0]) == len(MODELS) + 1
    next_one = found.shop.products[int(found.split.targets[place])].title.removesuffix(EVIL)
    assert f"Next came: {next_one}" in str(behaviour.came_next(found, shopper))
    got = behaviour.parts_of(found, shopper)
    assert np.sum(list(got.parts.values()), axis=0) == pytest.approx(got.scores, abs=1e-5)
    assert f"1  {found.shop.label(int(got.rows[0]))}" in contests.parts(found, shopper).alt


def test_a_newcomer_gets_something_from_every_model(found: Contest) -> None:
    rows = {row[0]: row[1:] for row in cells(behaviour.after_one(found, "TENT-0"))}
    assert all(all(cell for cell in row) for row in rows.values())
    assert "(tent)" in rows["content"][0]
