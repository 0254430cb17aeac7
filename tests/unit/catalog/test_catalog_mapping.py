"""Catalogues whose columns have other names, and Shopify's export: what is taken, what is refused, what is proposed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.catalog import (
    ColumnMapping,
    RowError,
    columns_of,
    guess_mapping,
    is_shopify,
    parse_row,
    read_rows,
    stated_mapping,
)
from assistant.catalog.mapping import FIELDS, missing_fields
from assistant.catalog.shopify import plain_text, shopify_rows
from assistant.errors import CatalogError
from assistant.types import Product

SHOPIFY = """Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Status
tee,Linen Tee,"<p>Light &amp; cool.</p><script>x()</script><ul><li>Washable</li></ul>",Harrow,Apparel > Clothing > Shirts,T-shirt,summer,true,Color,Navy,Size,S,TEE-N-S,4,29.50,39,https://example.org/a.jpg,active
tee,,,,,,,,,Navy,,M,TEE-N-M,0,29.50,39,,
tee,,,,,,,,,,,,,,,,https://example.org/b.jpg,
mug,Enamel Mug,<b>Chipproof</b>,Dorrey,,Mug,,true,Title,Default Title,,,,7,12.00,,,active
old,Old Thing,,,,Thing,,true,Title,Default Title,,,OLD-1,1,5.00,,,archived
bad,Bad Price,,,,Thing,,true,Title,Default Title,,,BAD-1,1,cheap,,,active
"""  # noqa: E501


def rows_of(path: Path, mapping: ColumnMapping | None = None) -> tuple[list[Product], list[RowError]]:
    rows = [row for _, row in read_rows(path, mapping)]
    return [r for r in rows if isinstance(r, Product)], [r for r in rows if isinstance(r, RowError)]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "products_export.csv"
    path.write_text(SHOPIFY, encoding="utf-8")
    return path


def test_an_export_is_one_row_a_variant(export: Path) -> None:
    assert is_shopify(columns_of(export))
    products, bad = rows_of(export)
    assert [p.sku for p in products] == ["TEE-N-S", "TEE-N-M", "mug"]
    small, medium, mug = products
    assert small.title == "Linen Tee, Navy / S"
    assert (small.price, small.list_price, small.brand, small.color) == (29.5, 39.0, "Harrow", "Navy")
    assert small.category == ("Apparel", "Clothing", "Shirts", "T-shirt")
    assert small.description == "Light & cool. Washable"
    assert (small.size_stock, medium.size_stock, medium.in_stock) == ({"S": 4}, {"M": 0}, False)
    assert small.group_id == medium.group_id == "tee"
    assert small.image_url == "https://example.org/a.jpg"
    assert (mug.title, mug.sizes, mug.stock) == ("Enamel Mug", (), 7)
    assert [(e.sku, "price" in e.reason) for e in bad] == [("BAD-1", True)]


def test_a_stated_mapping_moves_columns_and_reaches_into_objects(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(json.dumps({"id": 7, "name": "Lamp", "offer": {"price": 20}, "colour": "red", "watt": 5}) + "\n")
    products, bad = rows_of(path, stated_mapping(["sku=id", "title=name", "price=offer.price"]))
    assert bad == []
    assert (products[0].sku, products[0].title, products[0].price) == ("7", "Lamp", 20.0)
    assert products[0].attributes["watt"] == 5
    assert products[0].attributes["colour"] == "red"


def test_a_row_without_the_mapped_column_keeps_its_own_field(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    lines: list[dict[str, object]] = [
        {"sku": "A", "name": "Lamp", "title": "an old name", "price": 1},
        {"sku": "B", "title": "Chair", "price": 2},
        {"sku": "C", "title": "Table", "name": None, "price": 3},
        {"sku": "D", "title": None, "name": "", "price": 4},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    products, bad = rows_of(path, stated_mapping(["title=name"]))
    assert [p.title for p in products] == ["Lamp", "Chair", "Table"]
    assert [e.sku for e in bad] == ["D"]


def test_a_file_states_it_and_an_option_overrules_it(tmp_path: Path) -> None:
    toml, other = tmp_path / "m.toml", tmp_path / "m.json"
    toml.write_text('sku = "id"\ntitle = "name"\n', encoding="utf-8")
    other.write_text('{"sku": "id"}', encoding="utf-8")
    assert stated_mapping(["title=label"], toml).columns == {"sku": "id", "title": "label"}
    assert stated_mapping([], other).columns == {"sku": "id"}


@pytest.mark.parametrize("pair", ["title", "title=", "headline=name", "=name"])
def test_what_is_no_mapping_is_refused(pair: str) -> None:
    with pytest.raises(CatalogError):
        stated_mapping([pair])


@pytest.mark.parametrize("text", ["title = 3", "title = ", "[title]\nx = 'y'"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match=r"m\.toml"):
        stated_mapping([], path)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["Item ID", "Product Name", "Sale Price"], {"sku": "Item ID", "title": "Product Name", "price": "Sale Price"}),
        (["商品编号", "商品名称", "售价"], {"sku": "商品编号", "title": "商品名称", "price": "售价"}),
        (["sku", "title", "price", "vendor"], {"brand": "vendor"}),
        (["alpha", "beta"], {}),
    ],
)  # fmt: skip
def test_likely_columns_are_proposed(columns: list[str], expected: dict[str, str]) -> None:
    assert dict(guess_mapping(columns, ColumnMapping()).columns) == expected


@given(st.lists(st.text(max_size=12), max_size=12, unique=True))
def test_a_guess_takes_each_column_once_and_only_real_ones(columns: list[str]) -> None:
    found = guess_mapping(columns, ColumnMapping({"title": "mine"})).columns
    assert found["title"] == "mine"
    taken = [c for f, c in found.items() if f != "title"]
    assert len(set(taken)) == len(taken)
    assert set(taken) <= set(columns)
    assert set(found) <= set(FIELDS)


def test_what_is_missing_counts_the_mapping() -> None:
    assert missing_fields(["id", "title"], ColumnMapping({"sku": "id"})) == ["price"]


@given(st.text(max_size=200))
def test_no_markup_breaks_the_words(markup: str) -> None:
    assert plain_text(markup) == " ".join(plain_text(markup).split())


@pytest.mark.parametrize("text", ['[\n {"sku": "A"}\n]\n', '\ufeff{\n "A": {}\n}\n'])
def test_one_document_over_many_lines_is_one_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match="one product a line"):
        rows_of(path)


def test_what_a_shop_does_not_count_is_not_sold_out(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(
        "Handle,Title,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,"
        "Variant Inventory Policy,Variant Price,Image Src\n"
        "a,Card,gift,Size,S,A-S,,0,deny,5,1.jpg\n"
        "a,,,,M,A-M,shopify,0,continue,5,2.jpg\n"
        "a,,,,L,A-L,shopify,0,deny,5,\n",
        encoding="utf-8",
    )
    uncounted, endless, gone = rows_of(path)[0]
    assert [p.in_stock for p in (uncounted, endless, gone)] == [None, None, False]
    assert {p.attributes["tags"] for p in (uncounted, endless, gone)} == {"gift"}
    assert {p.image_url for p in (uncounted, endless, gone)} == {"1.jpg"}


def test_a_mapping_reads_an_export_as_a_plain_table(export: Path) -> None:
    products, _ = rows_of(export, stated_mapping(["sku=Variant SKU", "title=Handle", "price=Variant Price"]))
    assert [p.title for p in products][:2] == ["tee", "tee"]


def test_an_export_with_the_newer_column_names_is_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(
        "Title,URL handle,Description,Vendor,Product category,Type,Published on online store,Status,SKU,Option1 name,"
        "Option1 value,Price,Compare-at price,Inventory tracker,Inventory quantity,Continue selling when out of stock,"
        "Product image URL,Variant image URL,Fabric (product.metafields.shopify.fabric)\n"
        "Tee,tee,<p>Soft</p>,Harrow,Apparel > Shirts,T-shirt,TRUE,Active,T-S,Size,S,29.5,39,shopify,0,DENY,1.jpg,,"
        "cotton; linen\n"
        ",tee,,,,,,,T-M,,M,29.5,39,shopify,0,TRUE,,2.jpg,\n"
        ",tee,,,,,,,,,,,,,,,3.jpg,,\n"
        "Hid,hid,,,,,FALSE,Active,H,Title,Default Title,1,,,,,,,\n",
        encoding="utf-8",
    )
    (small, medium), bad = rows_of(path)
    assert bad == []
    assert (small.title, small.price, small.list_price, small.description) == ("Tee, S", 29.5, 39.0, "Soft")
    assert [p.in_stock for p in (small, medium)] == [False, None]
    assert [p.image_url for p in (small, medium)] == ["1.jpg", "2.jpg"]
    assert {(p.group_id, p.brand, p.category, p.attributes["Fabric"]) for p in (small, medium)} == {
        ("tee", "Harrow", ("Apparel", "Shirts", "T-shirt"), "cotton, linen")
    }


COLORS, SIZES = ("Navy", "Ecru", "Rust"), ("S", "M", "L", "XL")


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(0, 3), st.sampled_from(["active", "draft"])),
        min_size=1,
        max_size=6,
    )
)
def test_every_variant_of_a_generated_export_is_one_row(shapes: list[tuple[int, int, int, str]]) -> None:
    records: list[dict[str, str]] = []
    expected: list[tuple[str, str, str, str]] = []
    for number, (colors, sizes, pictures, status) in enumerate(shapes):
        handle = f"item-{number}"
        own: list[dict[str, str]] = [
            {"Option1 Value": c, "Option2 Value": s, "Variant Price": f"{number + 1}.50", "Variant Inventory Qty": "2"}
            for c in COLORS[:colors]
            for s in SIZES[:sizes]
        ]
        own += [{} for _ in range(max(0, pictures - len(own)))]
        for place, row in enumerate(own):
            row["Handle"] = handle
            if place < pictures:
                row["Image Src"] = f"https://example.org/{number}-{place}.jpg"
        own[0] |= {"Title": f"Item {number}", "Option1 Name": "Color", "Option2 Name": "Size", "Status": status}
        records += own
        if status == "active":
            expected += [(handle, c, s, f"Item {number}, {c} / {s}") for c in COLORS[:colors] for s in SIZES[:sizes]]
    found = [parse_row(row) for _, row in shopify_rows(iter(enumerate(records, 2)))]
    assert [(p.group_id, p.color, p.sizes[0], p.title) for p in found] == expected
    assert len({p.sku for p in found}) == len(found)
    for product in found:
        number, pictures = int((product.group_id or "-0").split("-")[1]), shapes[int((product.group_id or "-0")[5:])][2]
        assert product.image_url == (f"https://example.org/{number}-0.jpg" if pictures else None)
