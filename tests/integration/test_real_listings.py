"""Facets and near-duplicates over whole catalogues nobody here wrote, and the default one. Needs no models."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.catalog import RowError, read_rows
from assistant.lexicon import Lexicon, fold, words
from assistant.retrieval.duplicates import duplicate_groups
from assistant.retrieval.facets import derive_facets
from assistant.types import Product

pytestmark = pytest.mark.shared

# File, rows, and between how many groups the derivation may find: a change of kind shows here.
CATALOGS = {
    "default": ("", 1235, range(140, 167)),
    "aws-retail": ("aws-retail/products.jsonl", 2465, range(0, 3)),
    "bestbuy": ("bestbuy/products.jsonl.gz", 3291, range(200, 320)),
    "icecat": ("icecat/products.jsonl.gz", 19406, range(280, 440)),
}
COLORS = re.compile(
    r"\b(?:black|white|gr[ae]y|red|orange|yellow|green|blue|purple|pink|brown|beige|gold|silver|navy|rose)\b", re.I
)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load()


@pytest.fixture(scope="module")
def rows_of(shared_data: Path, repo_root: Path) -> Callable[[str], list[Product]]:
    known: dict[str, list[Product]] = {}

    def read(name: str) -> list[Product]:
        if name not in known:
            file = CATALOGS[name][0]
            path = shared_data / file if file else repo_root / "catalog" / "products.jsonl"
            known[name] = [row for _, row in read_rows(path) if not isinstance(row, RowError)]
        return known[name]

    return read


def numbers(text: str) -> list[str]:
    """The tokens of a text that hold a digit, in any order."""
    return sorted(t for t, _, _ in words(fold(text)) if any(c.isdigit() for c in t))


@pytest.mark.parametrize("name", CATALOGS)
def test_no_group_joins_two_makers_two_numbers_or_two_prices(
    name: str, rows_of: Callable[[str], list[Product]], lexicon: Lexicon
) -> None:
    products = rows_of(name)
    assert len(products) == CATALOGS[name][1]
    groups: dict[int, list[Product]] = defaultdict(list)
    for product, group in zip(products, duplicate_groups(products, None, lexicon).tolist(), strict=True):
        if group >= 0:
            groups[group].append(product)
    assert len(groups) in CATALOGS[name][2]
    for members in groups.values():
        if all(p.group_id for p in members):
            assert len({p.group_id for p in members}) == 1
            continue
        assert len({fold(p.brand or "") for p in members}) == 1
        titles = [COLORS.sub("", p.title) for p in members]
        assert len({tuple(numbers(t)) for t in titles}) == 1, titles
        assert max(p.price for p in members) <= 1.3 * min(p.price for p in members), titles


@pytest.mark.parametrize("name", CATALOGS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_facets_count_what_is_there(
    name: str, language: str, rows_of: Callable[[str], list[Product]], lexicon: Lexicon
) -> None:
    products = rows_of(name)
    facets = {f.field: f for f in derive_facets(products, lexicon, language=language)}
    price = facets["price"]
    assert 3 <= len(price.values) <= 5
    prices = [v for p in products if (v := p.price_in(price.unit)) is not None]
    for band in price.values:
        assert band.count == sum(1 for v in prices if (band.low or 0) <= v <= (band.high or math.inf))
        assert band.count >= 0.08 * len(prices)
    for low, high in itertools.pairwise(price.values):
        assert low.high == high.low
    if "brand" in facets:
        brands = Counter(fold(p.brand) for p in products if p.brand)
        shown = facets["brand"].values
        assert all(brands[fold(v.value)] == v.count for v in shown)
        assert [v.count for v in shown] == sorted((v.count for v in shown), reverse=True)
    assert all(f.stated >= 0.2 * len(products) for f in facets.values())


def test_what_icecat_says_of_cables_splits_cables(rows_of: Callable[[str], list[Product]], lexicon: Lexicon) -> None:
    cables = [p for p in rows_of("icecat") if "patch cable" in p.title.lower()]
    facets = {f.field: f for f in derive_facets(cables, lexicon)}
    assert {"price", "brand", "color", "cable_length"} <= set(facets)
    assert facets["cable_length"].kind == "bands"
    assert {"blue", "grey", "black", "red"} <= {v.value for v in facets["color"].values}
