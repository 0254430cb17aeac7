"""Queries made of a catalogue: they say what their row states, in both languages, and mean exactly the rows that do."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from builders import product

from assistant.lexicon import Lexicon, fold
from assistant.retrieval.keywords import Keywords
from assistant.training.negatives import mine
from assistant.training.wishes import KINDS, Wish, WishMaker, passage_of
from assistant.types import Product

PRODUCTS = (
    product(
        "B1",
        "Aurel red leather belt",
        brand="Aurel",
        category=["accessories", "belt"],
        color="red",
        description="A belt that lasts. The buckle is solid brass and closes without a sound.",
    ),
    product("B2", "Aurel black leather belt", brand="Aurel", category=["accessories", "belt"], color="black"),
    product("B3", "Kivento red canvas belt", brand="Kivento", category=["accessories", "belt"], color="red"),
    product("C1", "Aurel red coat with belt", brand="Aurel", category=["clothing", "coat"], color="red", zh="红色大衣"),
    product("L1", "Nova laptop, 15 inch", brand="Nova", category=["laptop"], group_id="G", attributes={"ram": "8 GB"}),
    product("L2", "Nova laptop, 17 inch", brand="Nova", category=["laptop"], group_id="G", attributes={"ram": "16 GB"}),
)


@pytest.fixture(scope="module")
def maker(lexicon: Lexicon) -> WishMaker:
    return WishMaker(PRODUCTS, lexicon)


def many(maker: WishMaker, row: int, kind: str, language: str, count: int = 60) -> list[Wish]:
    rng = random.Random(5)
    made = [maker.make(row, kind, language, rng) for _ in range(count)]  # type: ignore[arg-type]
    return [wish for wish in made if wish is not None]


def test_rows_state_their_type_brand_colour_and_properties(maker: WishMaker) -> None:
    assert {("type", "belt"), ("brand", "Aurel"), ("color", "red"), ("material", "leather")} <= maker.facts[0]
    assert ("type", "belt") not in maker.facts[3]  # the coat only comes with one
    assert ("attribute", "ram\t8 GB") in maker.facts[4]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_query_of_facts_means_every_row_that_states_them_and_no_other(maker: WishMaker, language: str) -> None:
    wishes = many(maker, 0, "facts", language)
    assert wishes
    for wish in wishes:
        assert 0 in wish.relevant
        assert 3 not in wish.relevant
        for row in range(len(PRODUCTS)):
            states = all(
                row in maker.types[value] if kind == "type" else (kind, value) in maker.facts[row]
                for kind, value in wish.facts
            )
            assert (row in wish.relevant) == (states or row == wish.row)
    assert {len(w.facts) for w in wishes} == {1, 2, 3}


def test_both_languages_name_the_same_facts(maker: WishMaker, lexicon: Lexicon) -> None:
    english = " ".join(w.text for w in many(maker, 0, "facts", "en"))
    chinese = "".join(w.text for w in many(maker, 0, "facts", "zh"))
    assert "belt" in english
    assert "leather" in english
    assert any(form in chinese for form in lexicon.product("belt").zh)  # type: ignore[union-attr]
    assert "红" in chinese
    assert not any("belt" in w.text for w in many(maker, 0, "facts", "zh"))


def test_queries_of_a_rows_own_text_mean_it_and_its_variants(maker: WishMaker) -> None:
    for wish in many(maker, 4, "title", "en"):
        assert wish.relevant == {4, 5}
        assert all(word in PRODUCTS[4].title for word in wish.text.split())
    told = many(maker, 0, "description", "en")
    assert {w.text for w in told} == {
        "A belt that lasts.",
        "The buckle is solid brass and closes without a sound.",
    }
    assert told[0].text not in maker.passage(told[0])
    assert PRODUCTS[0].title in maker.passage(told[0])
    assert told[0].text in passage_of(PRODUCTS[0], "facts")


def test_a_row_without_text_of_a_language_gives_none_of_it(maker: WishMaker) -> None:
    assert not many(maker, 0, "title", "zh")
    assert not many(maker, 1, "description", "en")
    assert many(maker, 3, "title", "zh")


def test_a_type_that_only_a_description_names_is_no_fact(lexicon: Lexicon) -> None:
    odd = product("X", "PGI-7BK Original", description="For every computer and printer.")
    assert not [f for f in WishMaker([odd], lexicon).facts[0] if f[0] == "type"]


def test_contradictions_need_a_statement(maker: WishMaker, lexicon: Lexicon) -> None:
    assert maker.contradicts(1, [("color", "red")])
    assert not maker.contradicts(4, [("color", "red")])  # says no colour
    assert maker.contradicts(3, [("type", "belt")])
    assert not maker.contradicts(2, [("type", "belt"), ("color", "red")])
    unknown = WishMaker([replace(PRODUCTS[0], title="Zzq 12", category=(), brand=None, color=None)], lexicon)
    assert unknown.make(0, "facts", "en", random.Random(1)) is None


def test_wrong_answers_are_near_and_never_what_is_meant(maker: WishMaker) -> None:
    rng = np.random.default_rng(0)
    documents = rng.normal(size=(len(PRODUCTS), 8)).astype(np.float32)
    documents /= np.linalg.norm(documents, axis=1, keepdims=True)
    wishes = [w for row in range(len(PRODUCTS)) for k in KINDS for w in many(maker, row, k, "en", 10)]
    queries = documents[[w.row for w in wishes]]
    allowed = np.ones(len(PRODUCTS), dtype=np.bool_)
    allowed[3] = False
    for keywords in (None, Keywords.build(PRODUCTS)):
        found = mine(wishes, queries, documents, maker, keywords, allowed=allowed, seed=1)
        assert len(found) == len(wishes)
        assert any(row is not None for row in found)
        for wish, row in zip(wishes, found, strict=True):
            assert row is None or (row not in wish.relevant and allowed[row])
            assert row is None or not wish.facts or maker.contradicts(row, wish.facts)
        assert found == mine(wishes, queries, documents, maker, keywords, allowed=allowed, seed=1)


def test_the_same_product_listed_twice_is_no_wrong_answer(maker: WishMaker) -> None:
    wish = Wish("Aurel red", "en", "title", 0, frozenset({0}))
    documents = np.eye(len(PRODUCTS), dtype=np.float32)
    documents[1] = documents[0]
    allowed = np.array([True, True, False, False, False, False])
    assert mine([wish], documents[:1], documents, maker, None, allowed=allowed, seed=1) == [None]


def test_products_are_made_once(maker: WishMaker) -> None:
    assert isinstance(PRODUCTS[0], Product)
    assert maker.meant([("brand", "Aurel")]) is maker.meant([("brand", "Aurel")])
    assert fold("腰带") == "腰带"
