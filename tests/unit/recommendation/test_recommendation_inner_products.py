from __future__ import annotations

import numpy as np
import pytest

from assistant.recommendation.base import leading_of
from assistant.recommendation.inner_products import InnerProducts
from assistant.recommendation.interactions import Vectors

N = 3000


def table(kind: str) -> Vectors:
    chance = np.random.default_rng(5)
    rows = chance.standard_normal((N, 48)).astype(np.float32)
    if kind == "clusters":
        rows = rows * 0.3 + chance.standard_normal((20, 48)).astype(np.float32)[chance.integers(0, 20, N)]
    if kind == "lengths":
        rows *= np.exp(2.0 * chance.standard_normal((N, 1))).astype(np.float32)
    if kind == "outliers":
        rows[:, 7] *= 40.0
    if kind == "twins":
        rows[N // 2 :] = rows[: N // 2]
    if kind == "nothing known":
        rows[::3] = 0.0
    return rows


KINDS = ("normal", "clusters", "lengths", "outliers", "twins", "nothing known")


def expected(rows: Vectors, query: Vectors, depth: int, allowed: np.ndarray | None = None) -> list[int]:
    scores = rows @ query
    return leading_of(scores if allowed is None else np.where(allowed, scores, -np.inf), depth)[0].tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_are_those_of_all_products(kind: str) -> None:
    rows = table(kind)
    asked = InnerProducts(rows, fewest=100)
    chance = np.random.default_rng(1)
    masks = [None, chance.random(N) < 0.5, chance.random(N) < 0.01, np.arange(N) == 17, np.zeros(N, dtype=bool)]
    for query in chance.standard_normal((12, 48)).astype(np.float32):
        for allowed in masks:
            found, products = asked.first(query, 40, allowed)
            wanted = expected(rows, query, 40, allowed)
            # Twins' products differ by rounding when they are computed among others, so products are compared.
            np.testing.assert_allclose(products, rows[found] @ query, rtol=1e-4, atol=1e-4)
            assert np.all(np.diff(products) <= 0)
            np.testing.assert_allclose(np.sort(products), np.sort(rows[wanted] @ query), rtol=1e-4, atol=1e-4)
            if kind not in ("twins", "nothing known"):
                assert found.tolist() == wanted
            assert allowed is None or allowed[found].all()


def test_bounds_hold_what_they_bound_and_are_near_it() -> None:
    rows = table("lengths")
    asked = InnerProducts(rows, fewest=100)
    query = np.random.default_rng(2).standard_normal(48).astype(np.float32)
    assert asked._session is not None
    lower, upper = asked._bounds(asked._session, query)
    products = rows @ query
    assert np.all(lower <= products)
    assert np.all(products <= upper)
    assert np.median((upper - lower) / np.linalg.norm(rows, axis=1)) < 0.06 * np.linalg.norm(query)


def test_few_are_computed_exactly() -> None:
    rows = np.random.default_rng(8).standard_normal((20_001, 32)).astype(np.float32)
    asked = InnerProducts(rows)
    assert asked._session is not None
    looked: list[int] = []

    class Counted(np.ndarray):  # type: ignore[type-arg]
        def __getitem__(self, key: object) -> np.ndarray:
            looked.append(len(key) if isinstance(key, np.ndarray) else -1)
            return np.asarray(self)[key]  # type: ignore[index]

    asked.table = rows.view(Counted)
    asked.first(rows[3], 100)
    assert len(looked) == 1
    assert 100 <= looked[0] < 2000


def test_a_query_of_nothing_ranks_nothing_and_one_item_alone_is_first() -> None:
    rows = table("normal")
    asked = InnerProducts(rows, fewest=100)
    assert asked.first(np.zeros(48, dtype=np.float32), 10)[0].tolist() == []
    assert asked.first(np.zeros(48, dtype=np.float32), 10, np.arange(N) == 4)[0].tolist() == [4]
    same = InnerProducts(np.ones((500, 8), dtype=np.float32), fewest=10)
    assert same.first(np.ones(8, dtype=np.float32), 10)[0].tolist() == []


def test_more_than_there_are_gives_all_but_the_lowest() -> None:
    rows = table("normal")[:200]
    asked = InnerProducts(rows, fewest=100)
    query = rows[0]
    assert len(asked.first(query, 1000)[0]) == 199


def test_small_tables_are_multiplied_as_they_are() -> None:
    assert InnerProducts(table("normal"))._session is None
    assert InnerProducts(np.zeros((30_000, 0), dtype=np.float32))._session is None
