"""What an explained search says: true counts, and parts that add up to the score."""

from __future__ import annotations

import json
from typing import Any

import pytest
from builders import engine_of, product
from fakes import HashEncoder

from assistant.lexicon import Lexicon
from assistant.retrieval import Filters, SearchEngine, explain
from assistant.types import Constraints

SHOP = [
    product("v1", "Blue ceramic vase", 25, color="blue", brand="Vero", category=["home", "vase"], stock=3),
    product("v2", "White ceramic vase", 45, color="white", category=["home", "vase"], stock=0),
    product("v3", "Velvet blue vase", 95, color="blue", category=["home", "vase"], stock=1, rating=4.0),
    product(
        "s1", "Wool scarf", 30, color="blue", category=["clothing", "scarf"], attributes={"length": "2 m"}, stock=1
    ),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon, hash_encoder: HashEncoder) -> SearchEngine:
    return engine_of(tmp_path_factory.mktemp("explained"), SHOP, hash_encoder, lexicon)


def told(engine: SearchEngine, text: str, filters: Filters) -> dict[str, Any]:
    return explain(engine, text, filters, engine.search(text, filters, k=10))


def test_each_filter_says_what_it_leaves_alone(engine: SearchEngine) -> None:
    filters = Filters(
        Constraints(product="vase", price_max=50, colors=("blue",), exclude_terms=("velvet",), terms=("ceramic",)),
        category=("home",), attributes={"length": ("2 m",)}, rating_min=3.5,
    )  # fmt: skip
    found = {row["filter"]: row["rows"] for row in told(engine, "blue ceramic vase", filters)["filters"]}
    assert found == {
        "product": 3, "price_max": 3, "colors": 3, "exclude_terms": 3, "terms": 2,
        "category": 3, "attributes.length": 1, "rating_min": 1,
    }  # fmt: skip


def test_the_parts_of_a_score_add_up(engine: SearchEngine) -> None:
    found = told(engine, "a blue vase", Filters(Constraints(product="vase")))
    assert found["rows"] == 3
    assert found["of"] == 4
    assert found["plan"] == "exact"
    assert [row["sku"] for row in found["scores"]][-1] == "v2"
    for row in found["scores"]:
        assert row["score"] == pytest.approx(row["fused"] + row.get("sold_out", 0), abs=1e-4)
    assert any("bonus" in row for row in found["scores"])
    json.dumps(found)


def test_a_word_that_no_row_states_is_named(engine: SearchEngine) -> None:
    found = told(engine, "bamboo vase", Filters(Constraints(product="vase", terms=("bamboo",))))
    assert found["ranked_only"] == ["bamboo"]
    assert found["rows"] == 3


def test_nothing_asked_means_no_filters(engine: SearchEngine) -> None:
    found = told(engine, "something nice", Filters())
    assert found["filters"] == []
    assert found["rows"] == found["of"] == 4
