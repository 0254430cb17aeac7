"""Why queries miss what they should find, on a shop small enough to know the answer."""

from __future__ import annotations

import pytest
from builders import engine_of, product
from fakes import HashEncoder

from assistant.evaluation.retrieval import Query
from assistant.evaluation.search_misses import SEVERAL, SOLD_OUT, TOP, Outcome, causes, look_into, worst
from assistant.lexicon import Lexicon
from assistant.retrieval import SearchEngine
from assistant.understanding import ConstraintParser

VASES = [
    product(f"v{n}", f"Blue ceramic vase number {n}", 20 + n, color="blue", category=["home", "vase"], stock=3)
    for n in range(12)
]
SHOP = [
    *VASES,
    product("red", "Red ceramic vase", 300, color="red", category=["home", "vase"], stock=3),
    product("gone", "Blue ceramic vase with a handle", 20, color="blue", category=["home", "vase"], stock=0),
    product("scarf", "Wool scarf", 30, color="blue", category=["clothing", "scarf"], stock=1),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon, hash_encoder: HashEncoder) -> SearchEngine:
    return engine_of(tmp_path_factory.mktemp("misses"), SHOP, hash_encoder, lexicon)


@pytest.fixture(scope="module")
def look(engine: SearchEngine, lexicon: Lexicon) -> object:
    parser = ConstraintParser(lexicon, ())

    def one(text: str, grades: dict[str, float]) -> Outcome:
        return look_into(engine, parser, [Query("q", text, "en", grades)])[0]

    return one


@pytest.mark.parametrize(
    ("text", "wanted", "cause"),
    [
        ("a blue vase", "red", "filter: colors"),
        ("a vase under $100", "red", "filter: price_max"),
        ("a blue vase", "scarf", "filter: product"),
        ("a blue vase under $100", "red", f"filter: {SEVERAL}"),
        ("a blue vase", "gone", SOLD_OUT),
    ],
)
def test_what_took_a_wanted_product_out_is_named(look, text: str, wanted: str, cause: str) -> None:  # type: ignore[no-untyped-def]
    outcome = look(text, {wanted: 3.0})
    (missing,) = outcome.missing
    assert missing.product.sku == wanted
    assert missing.cause == cause
    assert (missing.place is None) == cause.startswith("filter")
    assert outcome.ndcg == 0.0
    assert len(outcome.came) == TOP


def test_what_is_found_is_not_missing(look) -> None:  # type: ignore[no-untyped-def]
    outcome = look("a red vase", {"red": 3.0, "v1": 1.0})
    assert outcome.missing == ()
    assert [(p.product.sku, p.place, p.grade) for p in outcome.came] == [("red", 1, 3.0)]
    assert outcome.left == 1
    assert causes([outcome]) == {}


def test_no_more_can_be_missing_than_there_are_places(look) -> None:  # type: ignore[no-untyped-def]
    outcome = look("a blue vase", {p.sku: 3.0 for p in VASES})
    assert outcome.missing == (), "twelve right answers for ten places"
    assert outcome.ndcg == pytest.approx(1.0)


def test_a_misplaced_product_names_the_part_that_put_a_worse_one_ahead(look) -> None:  # type: ignore[no-untyped-def]
    first = look("a blue vase", {"v0": 3.0}).came
    shown = {p.product.sku for p in first}
    (last,) = [p.sku for p in VASES if p.sku not in shown][-1:]
    (missing,) = look("a blue vase", {last: 3.0}).missing
    assert missing.place is not None
    assert missing.place > TOP
    assert missing.misled_by in ("meaning", "words", "bonus")


def test_the_worst_come_first_and_causes_are_counted_once_a_query(look) -> None:  # type: ignore[no-untyped-def]
    good, bad = look("a red vase", {"red": 3.0}), look("a blue vase", {"red": 3.0, "scarf": 3.0})
    assert worst([good, bad], 5) == (bad, good)
    assert worst([good, bad], 1, language="en") == (bad,)
    assert worst([good, bad], 5, language="zh") == ()
    assert sum(causes([good, bad]).values()) == 1
