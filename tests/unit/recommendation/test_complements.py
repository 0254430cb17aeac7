"""The table of companions fits the lexicon, and the ranking stays within the rows it is allowed."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from assistant.lexicon import Lexicon
from assistant.recommendation import Complements
from assistant.types import Product


@pytest.fixture(scope="module")
def table() -> dict[str, list[str]]:
    text = files("assistant.recommendation").joinpath("complements.tsv").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line.strip() and not line.startswith("#")]
    out = {key: companions.split("|") for key, companions in lines}
    assert len(out) == len(lines), "a product type has two lines"
    return out


@pytest.fixture(scope="module")
def complements(lexicon: Lexicon) -> Complements:
    return Complements.load(lexicon)


def below(lexicon: Lexicon, key: str) -> set[str]:
    """All narrower types of a type."""
    out: set[str] = set()
    pending = [key]
    while pending:
        concept = lexicon.product(pending.pop())
        for narrower in concept.narrower if concept else ():
            if narrower not in out:
                out.add(narrower)
                pending.append(narrower)
    return out


def test_is_large_enough_to_cover_general_retail(table: dict[str, list[str]]) -> None:
    assert len(table) >= 260
    assert all(4 <= len(companions) <= 10 for companions in table.values())


def test_every_key_is_a_product_type_of_the_lexicon(table: dict[str, list[str]], lexicon: Lexicon) -> None:
    unknown = {k for key, companions in table.items() for k in (key, *companions) if lexicon.product(k) is None}
    assert not unknown


def test_no_type_is_its_own_companion_nor_is_a_broader_one(table: dict[str, list[str]], lexicon: Lexicon) -> None:
    wrong = [(k, c) for k, companions in table.items() for c in companions if c == k or k in below(lexicon, c)]
    assert not wrong


def test_no_companion_is_named_twice(table: dict[str, list[str]]) -> None:
    assert not [key for key, companions in table.items() if len(set(companions)) != len(companions)]


@pytest.mark.parametrize(
    ("owned", "wanted"),
    [
        ("oxford shoes", {"suit", "necktie", "belt", "shirt"}),
        ("whiskey glass", {"nuts", "chocolate", "cheese"}),
        ("cheese", {"cracker", "bread", "wine", "grape"}),
        ("belt", {"jeans", "trousers", "dress"}),
        ("camera", {"memory card", "tripod", "camera bag"}),
        ("tent", {"sleeping bag", "camping lantern", "camping stove"}),
        ("hammer", {"nail", "pliers", "toolbox"}),
        ("drum kit", {"drumsticks", "cymbal", "headphones"}),
        ("sofa", {"throw pillow", "coffee table", "rug"}),
    ],
)
def test_the_natural_companions_are_there(complements: Complements, owned: str, wanted: set[str]) -> None:
    assert wanted <= set(complements.types_for([owned]))


def test_a_type_without_a_line_uses_the_next_broader_one(complements: Complements, table: dict[str, list[str]]) -> None:
    assert "chelsea boots" not in table
    found = complements.types_for(["chelsea boots"])
    assert "socks" in found
    assert "chelsea boots" not in found


def test_weights_fall_along_the_line(complements: Complements, table: dict[str, list[str]]) -> None:
    found = complements.types_for(["tent"])
    assert [k for k, _ in sorted(found.items(), key=lambda item: -item[1])] == table["tent"]
    assert all(0 < weight <= 1 for weight in found.values())


def unit(*values: float) -> list[float]:
    vector = np.array(values, dtype=np.float32)
    return list(vector / np.linalg.norm(vector))


ROWS = ["tent", "sleeping bag", "sleeping bag", "camping lantern", "teapot"]
PRODUCTS = [Product(sku=f"S{i}", title=kind, price=10.0, stock=3) for i, kind in enumerate(ROWS)]
VECTORS = np.array([unit(1, 0, 0), unit(1, 1, 0), unit(1, 0.1, 0), unit(0, 1, 0), unit(0, 0, 1)], dtype=np.float32)


def rank(complements: Complements, allowed: list[bool], products: list[Product] = PRODUCTS, k: int = 10) -> list[str]:
    found = complements.rank(
        products,
        VECTORS,
        [0],
        ["tent"],
        VECTORS[0],
        np.array(allowed),
        lambda key: np.array([kind == key for kind in ROWS]),
        k=k,
    )
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    return [c.product.sku for c in found]


def test_ranking_respects_the_mask(complements: Complements) -> None:
    assert set(rank(complements, [False, False, True, True, False])) == {"S2", "S3"}
    assert rank(complements, [False] * 5) == []


def test_companions_come_before_anything_else_and_the_nearer_of_two_first(complements: Complements) -> None:
    found = rank(complements, [False, True, True, True, True])
    assert found[0] == "S2"
    assert "S4" not in found


def test_without_any_companion_the_nearest_allowed_row_stands_in(complements: Complements) -> None:
    assert rank(complements, [False, False, False, False, True]) == ["S4"]


def test_a_sold_out_companion_falls_behind_one_of_its_own_type(complements: Complements) -> None:
    assert rank(complements, [False, True, True, False, False]) == ["S2", "S1"]
    products = [PRODUCTS[0], PRODUCTS[1], Product(sku="S2", title="sleeping bag", price=10.0, stock=0), *PRODUCTS[3:]]
    assert rank(complements, [False, True, True, False, False], products) == ["S1", "S2"]


def test_at_most_k(complements: Complements) -> None:
    assert len(rank(complements, [False, True, True, True, False], k=2)) == 2
