"""The session vector, what it moves and what it may not, and the row of products that is one shopper's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import engine_of, product
from fakes import HashEncoder
from hypothesis import given
from hypothesis import strategies as st
from small_shop import small_assistant

from assistant.companions import Companions
from assistant.dialogue import DialogueState, Topic
from assistant.errors import ConfigurationError
from assistant.for_you import ForYou
from assistant.lexicon import Lexicon
from assistant.personal import NO_TASTE, PERSONAL, PROMOTED, Bounds, Personal, Sign, Taste
from assistant.pipeline import Assistant
from assistant.promoted import promoted_skus
from assistant.recommendation import Complements
from assistant.recommendation.interactions import Interactions, Items
from assistant.recommendation.registry import make
from assistant.retrieval import Filters, SearchEngine, SearchResult
from assistant.settings import Settings
from assistant.turns import Done
from assistant.types import Candidate, Constraints

ANY = Filters(Constraints())
SHOES = tuple(
    product(
        f"S-{name}",
        f"{brand} {name} running shoe",
        price,
        category=("footwear", "running shoe"),
        brand=brand,
        stock=stock,
        description=words,
    )
    for name, brand, price, stock, words in [
        ("Dash", "Trundle", 60.0, 5, "light mesh for tarmac"),
        ("Dart", "Trundle", 65.0, 5, "light mesh for tarmac and speed"),
        ("Moss", "Trundle", 70.0, 5, "grip for forest trails and mud"),
        ("Root", "Fell", 75.0, 5, "grip for forest trails and roots"),
        ("Gone", "Fell", 50.0, 0, "grip for forest trails"),
    ]
)
OTHERS = (
    product("C-1", "Woolly running socks", 12.0, category=("clothing", "socks"), brand="Woolly", stock=9),
    product("C-2", "Brook water bottle", 18.0, category=("sports", "water bottle"), brand="Brook", stock=9),
    product("C-3", "Clay coffee mug", 9.0, category=("kitchen", "mug"), brand="Clay", stock=9),
    product("C-4", "Paper notebook", 5.0, category=("stationery", "notebook"), brand="Clay", stock=9),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon) -> SearchEngine:
    return engine_of(tmp_path_factory.mktemp("personal"), (*SHOES, *OTHERS), HashEncoder(), lexicon)


@pytest.fixture(scope="module")
def companions(engine: SearchEngine, lexicon: Lexicon) -> Companions:
    return Companions(engine, Complements.load(lexicon))


def did(*doings: tuple[str, str], age: float = 0.0) -> Taste:
    return Taste(tuple(Sign(sku, doing, age) for sku, doing in doings))  # type: ignore[arg-type]


def found(engine: SearchEngine, *scored: tuple[str, float], **parts: float) -> SearchResult:
    candidates = []
    for sku, score in scored:
        one = engine.product(sku)
        assert one is not None
        candidates.append(Candidate(one, score, {"semantic": score, **parts}))
    return SearchResult(tuple(candidates), len(candidates), Constraints())


def skus(result: SearchResult) -> list[str]:
    return [c.product.sku for c in result.candidates]


def test_the_vector_points_at_what_was_liked_and_away_from_what_was_not(engine: SearchEngine) -> None:
    personal = Personal(engine, Bounds())
    rows = np.array([engine.index.rows[s] for s in ("S-Moss", "S-Root", "C-3")])
    liked = personal.scores(did(("S-Moss", "like")), rows)
    assert liked is not None
    assert liked[0] == pytest.approx(1.0, abs=1e-5)
    assert liked[1] > liked[2]
    disliked = personal.scores(did(("S-Moss", "dislike")), rows)
    assert disliked is not None
    assert disliked[0] == pytest.approx(-1.0, abs=1e-5)
    both = personal.scores(did(("C-3", "like"), ("S-Moss", "dislike")), rows)
    assert both is not None
    assert both[2] > 0 > both[0]


def test_what_was_done_fades_by_halves(engine: SearchEngine) -> None:
    personal = Personal(engine, Bounds(half_life=600.0))
    (now,), (later,), (latest,) = (personal.likings(did(("S-Dash", "view"), age=age)) for age in (0.0, 600.0, 1200.0))
    assert later.weight == pytest.approx(now.weight / 2)
    assert latest.weight == pytest.approx(now.weight / 4)
    assert personal.vector(did(("S-Dash", "like"), age=600.0 * 20)) is None, "too long ago to go by"
    assert personal.vector(NO_TASTE) is None
    assert personal.vector(did(("NOT-SOLD", "like"))) is None


def test_a_later_doing_counts_and_a_dislike_ends_it(engine: SearchEngine) -> None:
    personal = Personal(engine, Bounds())
    (one,) = personal.likings(did(("S-Dash", "view"), ("S-Dash", "cart"), ("S-Dash", "view")))
    assert (one.doing, one.weight) == ("cart", 1.0)
    assert personal.likings(did(("S-Dash", "cart"), ("S-Dash", "dislike"))) == []


def test_without_events_the_list_is_the_very_same(engine: SearchEngine) -> None:
    result = found(engine, ("S-Dash", 0.9), ("S-Moss", 0.8))
    topic = Topic("search", Constraints(), "running shoes")
    for taste, bounds in (
        (NO_TASTE, Bounds()),
        (did(("S-Root", "like")), Bounds(weight=0.0, browse_weight=0.0)),
        (did(("NOT-SOLD", "like")), Bounds()),
    ):
        for kind in ("search", "ideas", "complement"):
            moved = Personal(engine, bounds).moved(
                result, replace(topic, kind=kind), taste, ANY, size=2, exclude=(), card=lambda p: p.sku
            )
            assert moved is result


def test_a_result_moves_by_no_more_than_the_weight_and_says_so(engine: SearchEngine) -> None:
    personal = Personal(engine, Bounds(weight=0.1))
    taste = did(("S-Root", "like"))
    near = personal.rerank(found(engine, ("S-Dash", 0.805), ("S-Moss", 0.80)), taste, "shoes for me")
    assert skus(near) == ["S-Moss", "S-Dash"], [c.parts for c in near.candidates]
    assert all(abs(c.parts[PERSONAL]) <= 0.1 for c in near.candidates)
    assert near.candidates[0].score == pytest.approx(0.80 + near.candidates[0].parts[PERSONAL], abs=1e-4)
    far = personal.rerank(found(engine, ("S-Dash", 1.05), ("S-Moss", 0.80)), taste, "shoes for me")
    assert skus(far) == ["S-Dash", "S-Moss"], "more than twice the weight apart"


def test_nothing_passes_what_answers_better_in_kind(engine: SearchEngine) -> None:
    personal = Personal(engine, Bounds(weight=0.3))
    taste = did(("S-Root", "like"))
    named = found(engine, ("S-Dash", 0.9), ("S-Moss", 0.89))
    first = replace(named.candidates[0], parts={"semantic": 0.9, "bonus": 0.4})
    named = replace(named, candidates=(first, *named.candidates[1:]))
    assert skus(personal.rerank(named, taste, "shoes")) == ["S-Dash", "S-Moss"]
    sold_out = found(engine, ("S-Dash", 0.9), ("S-Gone", 0.89))
    last = replace(sold_out.candidates[1], parts={"semantic": 0.89, "sold_out": -2.0})
    sold_out = replace(sold_out, candidates=(sold_out.candidates[0], last))
    assert skus(personal.rerank(sold_out, taste, "shoes")) == ["S-Dash", "S-Gone"]
    exact = found(engine, ("S-Dash", 0.9), ("S-Moss", 0.89))
    assert skus(personal.rerank(exact, taste, "Trundle Dash running shoe")) == ["S-Dash", "S-Moss"]
    assert skus(personal.rerank(exact, taste, "something to run in")) == ["S-Moss", "S-Dash"]


@given(
    st.lists(st.floats(0.0, 2.0), min_size=2, max_size=9),
    st.lists(
        st.tuples(
            st.sampled_from([p.sku for p in (*SHOES, *OTHERS)]), st.sampled_from(["view", "like", "cart", "dislike"])
        ),
        max_size=4,
    ),
)
def test_whatever_was_done_the_same_products_stay_and_none_moves_past_twice_the_weight(
    engine: SearchEngine, scores: list[float], doings: list[tuple[str, str]]
) -> None:
    held = [p.sku for p in (*SHOES, *OTHERS)][: len(scores)]
    result = found(engine, *zip(held, sorted(scores, reverse=True), strict=True))
    moved = Personal(engine, Bounds(weight=0.1)).rerank(result, did(*doings), "a wish")
    assert sorted(skus(moved)) == sorted(held)
    before = {c.product.sku: c.score for c in result.candidates}
    for place, one in enumerate(moved.candidates):
        for other in moved.candidates[place + 1 :]:
            assert before[other.product.sku] - before[one.product.sku] <= 0.2 + 1e-6


def test_ideas_follow_taste_under_the_same_filters(engine: SearchEngine) -> None:
    topic = Topic("ideas", Constraints(price_max=20.0), "show me something")
    filters = Filters(topic.constraints)
    plain = engine.search(topic.request, filters, k=60, use_topic=False)
    personal = Personal(engine, Bounds(browse_weight=1.0, diversity=0.0))
    card = lambda p: p.sku  # noqa: E731
    moved = personal.moved(plain, topic, did(("C-3", "like")), filters, size=4, exclude=(), card=card)
    assert set(skus(moved)) == set(skus(plain)), "nothing comes that the filters keep out"
    assert all(PERSONAL in c.parts for c in moved.candidates)
    best = max(moved.candidates, key=lambda c: c.parts[PERSONAL])
    assert best.product.sku == "C-3"
    assert skus(moved).index("C-3") <= skus(plain).index("C-3")


def test_one_brand_and_one_type_get_their_share_and_no_more(engine: SearchEngine) -> None:
    rows = np.array([engine.index.rows[p.sku] for p in (*SHOES[:4], *OTHERS)])
    score = np.linspace(1.0, 0.2, len(rows))
    first = Personal(engine, Bounds(brand_share=0.4, diversity=0.0)).spread(score, rows, size=5, card=lambda p: p.sku)
    shown = [engine.products[int(rows[place])] for place in first[:5]]
    assert [p.brand for p in shown].count("Trundle") == 2
    assert [p.type for p in shown].count("running shoe") == 2
    assert len(first) == len(rows), "what was held back follows"
    alone = Personal(engine, Bounds(brand_share=0.2, diversity=0.0)).spread(score, rows, size=5, card=lambda p: p.sku)
    assert max([engine.products[int(rows[p])].brand for p in alone[:4]].count(b) for b in ("Trundle", "Clay")) == 1


def test_variety_sets_what_is_alike_apart(engine: SearchEngine) -> None:
    rows = np.array([engine.index.rows[s] for s in ("S-Dash", "S-Dart", "C-3")])
    score = np.array([1.0, 0.95, 0.6])
    bounds = Bounds(brand_share=1.0)
    order = {
        weight: Personal(engine, replace(bounds, diversity=weight)).spread(score, rows, size=3, card=lambda p: p.sku)
        for weight in (0.0, 0.8)
    }
    assert order[0.0] == [0, 1, 2]
    assert order[0.8] == [0, 2, 1]


def test_promoted_products_are_lifted_within_bounds_and_marked(engine: SearchEngine) -> None:
    result = found(engine, ("S-Dash", 0.85), ("S-Moss", 0.80), ("S-Root", 0.10))
    assert Personal(engine, Bounds(promoted=frozenset({"S-Moss"}))).rerank(result, NO_TASTE, "shoes") is result
    bounds = Bounds(promoted=frozenset({"S-Moss", "S-Root"}), promoted_lift=0.1)
    moved = Personal(engine, bounds).rerank(result, NO_TASTE, "shoes")
    assert skus(moved) == ["S-Moss", "S-Dash", "S-Root"]
    assert [c.parts.get(PROMOTED) for c in moved.candidates] == [0.1, None, 0.1]
    assert all(PERSONAL not in c.parts for c in moved.candidates)


def test_suggestions_have_true_reasons_and_none_was_met(engine: SearchEngine, companions: Companions) -> None:
    row = ForYou(engine, companions, Personal(engine, Bounds()))
    taste = did(("S-Root", "view"), ("S-Dash", "cart"))
    got = row.suggestions(taste, "en", k=6)
    shown = [one.card.product.sku for one in got]
    assert shown
    assert {"S-Root", "S-Dash", "S-Gone"}.isdisjoint(shown)
    met = {"S-Root": "view", "S-Dash": "cart"}
    assert all(met[one.because.sku] == one.doing for one in got)
    goes = [one for one in got if one.goes_with]
    assert {one.card.product.type for one in goes} & {"socks", "water bottle"}
    assert all(one.card.product.type != one.because.type for one in goes)
    assert all(one.card.product.type == "running shoe" for one in got if not one.goes_with and one.because in SHOES)


def test_refusals_hold_in_suggestions_and_nothing_to_go_by_shows_nothing(
    engine: SearchEngine, companions: Companions
) -> None:
    row = ForYou(engine, companions, Personal(engine, Bounds()))
    taste = did(("S-Root", "like"))
    refused = Constraints(exclude_brands=("Trundle",), exclude_terms=("socks",))
    brands = {one.card.product.brand for one in row.suggestions(taste, "en", k=8, asked=refused)}
    types = {one.card.product.type for one in row.suggestions(taste, "en", k=8, asked=refused)}
    assert "Trundle" in {one.card.product.brand for one in row.suggestions(taste, "en", k=8)}
    assert "Trundle" not in brands
    assert "socks" not in types
    assert row.suggestions(NO_TASTE, "en", k=6) == ()
    assert row.suggestions(did(("S-Root", "dislike")), "en", k=6) == ()


def test_what_was_learnt_brings_its_own_products(engine: SearchEngine, companions: Companions) -> None:
    names = [p.sku for p in engine.products]
    items = Items(tuple(names))
    told = [[items.rows["C-4"], items.rows["S-Root"]], [items.rows["C-4"], items.rows["S-Root"]], [items.rows["C-3"]]]
    model = make("item-knn", half_life=None).fit(Interactions.from_sequences(told * 10, items))
    personal = Personal(engine, Bounds(), model)
    plain = ForYou(engine, companions, Personal(engine, Bounds()))
    taught = ForYou(engine, companions, personal)
    taste = did(("C-4", "view"))
    got = taught.suggestions(taste, "en", k=3)
    assert got[0].card.product.sku == "S-Root"
    assert got[0].because.sku == "C-4"
    assert "S-Root" not in [one.card.product.sku for one in plain.suggestions(taste, "en", k=1)]
    rows = np.array([engine.index.rows["S-Root"], engine.index.rows["C-3"]])
    scores = personal.scores(taste, rows)
    assert scores is not None
    assert scores[0] > scores[1]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon) -> Assistant:
    return small_assistant(tmp_path_factory.mktemp("small"), lexicon)


def _turn(assistant: Assistant, message: str, taste: Taste, state: DialogueState | None = None) -> Done:
    events = list(assistant.stream(state or DialogueState(), message, taste=taste))
    assert isinstance(events[-1], Done)
    return events[-1]


def _shown(done: Done) -> Sequence[str]:
    return [card.product.sku for card in done.turn.cards]


def test_a_turn_is_personal_only_for_who_did_something(assistant: Assistant) -> None:
    taste = did(("TST-SHOE-05", "like"))
    plain, mine = (_turn(assistant, "running shoes under 130", t) for t in (NO_TASTE, taste))
    assert sorted(_shown(plain)) == sorted(_shown(mine))
    assert all(PERSONAL not in card.parts for card in plain.turn.cards)
    assert any(PERSONAL in card.parts for card in mine.turn.cards)
    assert all(card.product.price <= 130 for card in mine.turn.cards)


def test_an_explicit_order_stays_as_asked(assistant: Assistant) -> None:
    for taste in (NO_TASTE, did(("TST-SHOE-05", "like"))):
        done = _turn(assistant, "the cheapest running shoes", taste)
        prices = [card.price for card in done.turn.cards if card.product.in_stock]
        assert prices == sorted(prices)
        assert all(PERSONAL not in card.parts for card in done.turn.cards)


def test_promoted_skus_are_named_or_listed_in_a_file(tmp_path: Path) -> None:
    assert promoted_skus("") == frozenset()
    assert promoted_skus(" A-1, B-2 ,") == {"A-1", "B-2"}
    listed = tmp_path / "promoted.txt"
    listed.write_text("A-1\nB-2\n\n", encoding="utf-8")
    assert promoted_skus(str(listed)) == {"A-1", "B-2"}
    with pytest.raises(ConfigurationError, match="ASSISTANT_PROMOTED"):
        promoted_skus(str(tmp_path / "missing.txt"))


def test_settings_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_PERSONAL", "off")
    assert Settings().personal is False
    monkeypatch.setenv("ASSISTANT_PERSONAL_WEIGHT", "0.5")
    with pytest.raises(ConfigurationError, match="personal_weight"):
        Settings()
