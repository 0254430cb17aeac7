"""One row: what is taken, what is refused, and that nothing but a CatalogError ever comes out."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.catalog import parse_row, product_from_record
from assistant.errors import CatalogError
from assistant.types import Product

GOOD: dict[str, Any] = {"sku": "A-1", "title": "Red scarf", "price": 19.5}
FULL: dict[str, Any] = {
    "sku": "SHO-1",
    "title": "Harrow trail shoe",
    "description": "Grips wet rock.",
    "brand": "Harrow",
    "category": ["shoes", "trail shoe"],
    "price": 89.9,
    "currency": "EUR",
    "list_price": 99,
    "prices": {"CNY": 629},
    "color": "grey",
    "sizes": ["41", "42"],
    "size_stock": {"41": 0, "42": 3},
    "stock": 3,
    "group_id": "SHO",
    "attributes": {"material": "mesh", "waterproof": True, "drop_mm": 4},
    "url": "https://example.org/1",
    "image_url": None,
    "locale": "en",
    "rating": 4.4,
    "rating_count": 12,
    "created_at": "2026-01-02T03:04:05Z",
    "translations": {"zh": {"title": "越野跑鞋", "description": "湿石头上也不打滑。"}},
}


def test_three_fields_are_enough() -> None:
    p = parse_row(GOOD)
    assert (p.sku, p.title, p.price, p.currency, p.locale) == ("A-1", "Red scarf", 19.5, "USD", "en")
    assert p.stock is None
    assert p.in_stock is None
    assert p.category == p.sizes == ()


def test_every_field_arrives() -> None:
    p = parse_row(FULL)
    for name, value in FULL.items():
        got = getattr(p, name)
        assert (list(got) if isinstance(got, tuple) else got) == value, name


def test_what_is_written_is_read_back_the_same() -> None:
    p = parse_row(FULL)
    assert product_from_record(json.loads(json.dumps(p.to_dict()))) == p
    assert parse_row(p.to_dict()) == p


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"price": None}, "price"),
        ({"price": ""}, "price"),
        ({"price": -1}, "price"),
        ({"price": "-0.01"}, "price"),
        ({"price": float("nan")}, "price"),
        ({"price": float("inf")}, "price"),
        ({"price": "1e999"}, "price"),
        ({"price": "cheap"}, "price"),
        ({"price": True}, "price"),
        ({"price": [3]}, "price"),
        ({"price": 10**400}, "price"),
        ({"currency": "dollars"}, "currency"),
        ({"currency": "usd "}, "currency"),
        ({"currency": 7}, "currency"),
        ({"title": ""}, "title"),
        ({"title": "  \x00 "}, "title"),
        ({"title": None}, "title"),
        ({"title": ["a"]}, "title"),
        ({"title": True}, "title"),
        ({"sku": ""}, "sku"),
        ({"sku": None}, "sku"),
        ({"sku": {"a": 1}}, "sku"),
        ({"description": ["x"]}, "description"),
        ({"category": {"a": 1}}, "category"),
        ({"category": [["deep"]]}, "category"),
        ({"sizes": 42}, "sizes"),
        ({"size_stock": {"42": "many"}}, "size_stock"),
        ({"size_stock": "{broken"}, "size_stock"),
        ({"size_stock": [1]}, "size_stock"),
        ({"prices": {"CNY": -1}}, "prices"),
        ({"prices": {"CNY": "x"}}, "prices"),
        ({"prices": {"yuan": 5}}, "prices"),
        ({"stock": 1.5}, "stock"),
        ({"stock": "lots"}, "stock"),
        ({"stock": False}, "stock"),
        ({"attributes": "[1, 2]"}, "attributes"),
        ({"attributes": "[" * 100_000}, "attributes"),
        ({"attributes": 4}, "attributes"),
        ({"rating": 5.1}, "rating"),
        ({"rating": -1}, "rating"),
        ({"rating": float("inf")}, "rating"),
        ({"rating_count": -3}, "rating_count"),
        ({"rating_count": 10**30}, "rating_count"),
        ({"list_price": -2}, "list_price"),
        ({"translations": {"zh": "标题"}}, "translations"),
        ({"translations": {"zh": {"title": ["x"]}}}, "translations"),
    ],
)
def test_a_bad_value_is_named(change: dict[str, Any], word: str) -> None:
    with pytest.raises(CatalogError) as caught:
        parse_row({**GOOD, **change})
    assert word in str(caught.value)
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", ["sku", "title", "price"])
def test_a_missing_required_field_is_named(missing: str) -> None:
    with pytest.raises(CatalogError, match=rf"{missing}: missing"):
        parse_row({k: v for k, v in GOOD.items() if k != missing})


def test_all_problems_of_a_row_are_told_at_once() -> None:
    with pytest.raises(CatalogError) as caught:
        parse_row({"sku": "A", "price": -1, "currency": "x"})
    for word in ("title", "price", "currency"):
        assert word in str(caught.value)


@pytest.mark.parametrize("row", [None, [], "text", 3, 1.5, True])
def test_a_row_that_is_no_object_is_refused(row: object) -> None:
    with pytest.raises(CatalogError, match="wanted an object"):
        parse_row(row)


def test_explicit_nulls_are_absent_values() -> None:
    p = parse_row({**dict.fromkeys(FULL), **GOOD})
    assert p == parse_row(GOOD)


def test_text_cells_of_a_csv_become_values() -> None:
    p = parse_row(
        {
            "sku": "7",
            "title": " Sofa ",
            "price": "1,299.00",
            "category": "home | sofa |",
            "sizes": "S|M",
            "size_stock": '{"S": 1}',
            "stock": " 4 ",
            "rating": "",
            "brand": "",
            "attributes": '{"seats": 3}',
            "fabric": "linen",
            "legs": "",
        }
    )
    assert (p.title, p.price, p.category, p.sizes) == ("Sofa", 1299.0, ("home", "sofa"), ("S", "M"))
    assert (p.stock, p.rating, p.brand) == (4, None, None)
    assert p.attributes == {"seats": 3, "fabric": "linen"}


def test_numbers_become_text_where_text_is_wanted() -> None:
    p = parse_row({"sku": 1001, "title": 1984, "price": 5, "sizes": [41, 42.5]})
    assert (p.sku, p.title, p.sizes) == ("1001", "1984", ("41", "42.5"))


def test_sizes_come_from_the_stock_per_size() -> None:
    assert parse_row({**GOOD, "size_stock": {"S": 0, "M": 2}}).sizes == ("S", "M")


def test_unknown_columns_become_attributes() -> None:
    p = parse_row({**GOOD, "model_config": "x", "type": "scarf", "empty": "", "nothing": None})
    assert p.attributes == {"model_config": "x", "type": "scarf"}


def test_control_characters_are_dropped_and_markup_is_kept_as_text() -> None:
    p = parse_row({**GOOD, "title": "Mug\x00\x1b[31m <b>big</b>", "description": "a\nb\tc\x07"})
    assert p.title == "Mug[31m <b>big</b>"
    assert p.description == "a\nb\tc"


def test_what_databases_hand_over_is_taken() -> None:
    p = parse_row(
        {
            **GOOD,
            "price": Decimal("19.90"),
            "created_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "translations": {"zh": {"title": "围巾", "brand": None}, "fr": None},
            "season": date(2026, 3, 1),
            "tags": ["warm", "wool"],
            "score": float("nan"),
        }
    )
    assert p.price == 19.9
    assert p.created_at == "2026-01-02T03:04:05+00:00"
    assert p.translations == {"zh": {"title": "围巾"}}
    assert p.attributes["season"] == "2026-03-01"
    assert p.attributes["tags"] == "warm, wool"
    assert "score" not in p.attributes


def test_half_a_surrogate_pair_cannot_reach_the_files() -> None:
    p = parse_row({**GOOD, "title": "Mug \ud83d", "attributes": {"note\udc00": "x\ud83d"}, "brand": "\udfffB"})
    json.dumps(p.to_dict(), ensure_ascii=False).encode("utf-8")


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats()
    | st.text(st.characters(), max_size=12)
    | st.sampled_from(["", " ", "1", "-1", "nan", "1e400", "{", "{}", '{"a": 1}', "a|b", "\ud800", "\x00", "USD"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from([*FULL, "extra", "weight", "type", "model_fields", ""])


def check_message(message: str) -> None:
    assert message.strip()
    assert "\n" not in message
    message.encode("utf-8")


@given(st.dictionaries(FIELDS, VALUES, max_size=8), st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_record_is_a_product_or_a_catalog_error(record: dict[str, Any], complete: bool) -> None:
    try:
        p = parse_row({**GOOD, **record} if complete else record)
    except CatalogError as error:
        check_message(str(error))
        return
    assert isinstance(p, Product)
    assert p.sku
    assert p.title.strip()
    assert p.price >= 0
    assert math.isfinite(p.price)
    text = json.dumps(p.to_dict(), ensure_ascii=False, allow_nan=False)
    text.encode("utf-8")
    assert product_from_record(json.loads(text)) == p
    assert all(isinstance(v, str | int | float | bool) for v in p.attributes.values())


@given(VALUES)
@settings(max_examples=100, deadline=None)
def test_any_value_as_a_row_is_a_product_or_a_catalog_error(value: object) -> None:
    with pytest.raises(CatalogError):
        parse_row(value)
