"""The shares of a score: they add up to it, and each is what its part says."""

from __future__ import annotations

import pytest
from builders import engine_of, product
from fakes import HashEncoder

from assistant.lexicon import Lexicon
from assistant.retrieval import Filters, SearchEngine
from assistant.retrieval.search import KEYWORD_WEIGHT
from assistant.retrieval.shares import search_in_shares
from assistant.types import Constraints

SHOP = [
    product("v1", "Blue ceramic vase", 25, color="blue", category=["home", "vase"], stock=3),
    product("v2", "White ceramic vase", 45, color="white", category=["home", "vase"], stock=0),
    product("v3", "Velvet blue vase", 95, color="blue", category=["home", "vase"], stock=1),
    product("s1", "Wool scarf", 30, color="blue", category=["clothing", "scarf"], stock=1),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon, hash_encoder: HashEncoder) -> SearchEngine:
    return engine_of(tmp_path_factory.mktemp("shares"), SHOP, hash_encoder, lexicon)


@pytest.mark.parametrize("wanted", [Constraints(product="vase"), Constraints(), Constraints(colors=("blue",))])
def test_shares_add_up_to_the_score(engine: SearchEngine, wanted: Constraints) -> None:
    result, shares = search_in_shares(engine, "a blue vase", Filters(wanted))
    assert len(result.candidates) == len(shares) > 0
    for candidate, share in zip(result.candidates, shares, strict=True):
        assert share.total == pytest.approx(candidate.score, abs=2e-4)
        assert share.sold_out <= 0
    best = max(c.parts["keyword"] for c in result.candidates)
    for candidate, share in zip(result.candidates, shares, strict=True):
        assert share.words == pytest.approx(KEYWORD_WEIGHT * candidate.parts["keyword"] / best)


def test_meaning_follows_the_cosine_and_nothing_else(engine: SearchEngine) -> None:
    result, shares = search_in_shares(engine, "a blue vase", Filters(Constraints(product="vase")))
    by_cosine = sorted(range(len(shares)), key=lambda i: result.candidates[i].parts["semantic"])
    values = [shares[i].meaning for i in by_cosine]
    assert values == sorted(values)
    # The middle row of a search is where meaning counts nothing.
    assert values[len(values) // 2] == pytest.approx(0.0, abs=1e-3)


def test_only_what_is_sold_out_is_held_back(engine: SearchEngine) -> None:
    result, shares = search_in_shares(engine, "a vase", Filters(Constraints(product="vase")))
    held = [c.product.sku for c, s in zip(result.candidates, shares, strict=True) if s.sold_out]
    assert held == ["v2"]
    assert result.candidates[-1].product.sku == "v2"
    assert shares[0].minus(shares[-1]).sold_out > 0


def test_a_search_that_finds_nothing_has_no_shares(engine: SearchEngine) -> None:
    result, shares = search_in_shares(engine, "a vase", Filters(Constraints(product="vase", price_max=1.0)))
    assert result.candidates == shares == ()
