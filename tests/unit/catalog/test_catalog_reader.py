"""Files: every kind, every bad row by its line, and the same products out of each kind."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import write_jsonl

from assistant.catalog import RowError, columns_of, parse_row, read_rows, stated_mapping
from assistant.errors import CatalogError
from assistant.types import Product

A: dict[str, Any] = {"sku": "A", "title": "Red scarf", "price": 9.5}
B: dict[str, Any] = {
    "sku": "B",
    "title": 'Trail shoe, "grip" | wide',
    "description": "两行\n文字, with a comma",
    "price": 80,
    "brand": "Harrow",
    "category": ["shoes", "trail shoe"],
    "prices": {"CNY": 560.0},
    "size_stock": {"42": 3},
    "sizes": ["42"],
    "stock": 3,
    "attributes": {"material": "mesh"},
    "rating": 4.5,
    "rating_count": 3,
    "translations": {"zh": {"title": "越野鞋"}},
}


def rows(path: Path) -> list[tuple[int, Product | RowError]]:
    return list(read_rows(path))


def errors(path: Path) -> dict[int, str]:
    return {line: row.reason for line, row in rows(path) if isinstance(row, RowError)}


def products(path: Path) -> list[Product]:
    return [row for _, row in rows(path) if isinstance(row, Product)]


def test_each_bad_line_of_jsonl_is_reported_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "catalog.jsonl"
    lines: list[bytes] = [
        json.dumps(A).encode(),  # 1
        b'{"sku": "X", "title": "no price"}',  # 2
        b"{broken",  # 3
        b"",  # 4: nothing
        b'{"sku": "L", "title": "caf\xe9", "price": 1}',  # 5
        b"[1, 2]",  # 6
        json.dumps({**A, "title": "again"}).encode(),  # 7
        b'{"sku": "N", "title": "t", "price": NaN}',  # 8
        b'{"sku": "I", "title": "t", "price": 1e999}',  # 9
        b'{"sku": "M", "title": "t", "price": -3}',  # 10
        b'{"sku": "C", "title": "t", "price": 3, "currency": "bucks"}',  # 11
        b'{"sku": "S", "title": "t", "price": 3, "stock": "some"}',  # 12
        b"[" * 200_000,  # 13
        b"   \t ",  # 14: nothing
        b'{"sku": "D", "title": "' + b"9" * 10 + b'", "price": ' + b"9" * 5000 + b"}",  # 15
        json.dumps(B, ensure_ascii=False).encode(),  # 16
    ]
    path.write_bytes(b"\n".join(lines))
    found = errors(path)
    assert sorted(found) == [2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15]
    assert "price" in found[2]
    assert "not JSON" in found[3]
    assert "UTF-8" in found[5]
    assert "object" in found[6]
    assert "line 1" in found[7]
    for line in (8, 9, 10):
        assert "price" in found[line]
    assert "currency" in found[11]
    assert "stock" in found[12]
    assert [p.sku for p in products(path)] == ["A", "B"]


def test_the_sku_of_a_bad_row_is_told_where_it_can_be_read(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "c.jsonl", [{"sku": "X-9", "title": "t", "price": "free"}, {"title": "t"}])
    first, second = (row for _, row in rows(path))
    assert isinstance(first, RowError)
    assert isinstance(second, RowError)
    assert str(first).startswith("line 1 (sku X-9): ")
    assert str(second).startswith("line 2: ")


def test_a_bad_row_does_not_use_up_its_sku(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "c.jsonl", [{**A, "price": -1}, A])
    assert sorted(errors(path)) == [1]
    assert products(path)[0].price == 9.5


def test_a_byte_order_mark_and_windows_line_ends_are_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(A).encode() + b"\r\n" + json.dumps(B).encode() + b"\r\n")
    assert [p.sku for p in products(path)] == ["A", "B"]
    table = tmp_path / "c.csv"
    table.write_bytes(b"\xef\xbb\xbfsku,title,price\r\nA,Scarf,3\r\n")
    assert [p.title for p in products(table)] == ["Scarf"]


def test_a_gzipped_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(A).encode() + b"\n{\n"))
    assert [p.sku for p in products(path)] == ["A"]
    assert sorted(errors(path)) == [2]


def test_a_broken_gzip_is_a_clear_error(tmp_path: Path) -> None:
    packed = gzip.compress(b"\n".join(json.dumps({**A, "sku": str(i)}).encode() for i in range(500)))
    for name, content in (
        ("cut", packed[: len(packed) // 2]),
        ("none", b"not gzip at all"),
        ("bad", packed[:40] + b"\xff" * 40),
    ):
        path = tmp_path / f"{name}.jsonl.gz"
        path.write_bytes(content)
        with pytest.raises(CatalogError, match=name):
            rows(path)


def test_csv_rows_are_reported_by_line_too(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(
        "sku,title,price,color\n"
        "A,Scarf,9.5,red\n"
        "B,Belt,,brown\n"  # 3: no price
        "C,Hat,5,blue,extra\n"  # 4: a cell too many
        'D,"Two\nlines",4,\n'  # 5-6
        "E,Short row,7\n"  # 7
        "A,Again,1,\n"  # 8: duplicate
        ",No sku,1,\n",  # 9
        encoding="utf-8",
    )
    found = errors(path)
    assert sorted(found) == [3, 4, 8, 9]
    assert "price" in found[3]
    assert "more cells" in found[4]
    assert "line 2" in found[8]
    assert [p.sku for p in products(path)] == ["A", "D", "E"]


ROWS = "sku,title,price\nA,{},3\nB,Scarf,4\n"


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("latin-1", "café crème, décor"),
        ("cp1252", "Søren’s “Blå” stol – 5 €"),
        ("gb18030", "羊毛围巾，红色，适合冬天"),
        ("gbk", "A5 笔记本"),
        ("utf-16", "羊毛围巾 scarf"),
        ("utf-8-sig", "羊毛围巾 café"),
    ],
)
def test_a_csv_in_another_encoding_is_read_as_that(tmp_path: Path, encoding: str, title: str) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(ROWS.replace("{}", f'"{title}"').encode(encoding))
    assert [p.title for p in products(path)] == [title, "Scarf"]


def test_one_bad_cell_costs_a_character_not_the_file(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(ROWS.format("羊毛").encode() + b"C,caf\xe9,3\n")
    assert [p.title for p in products(path)] == ["羊毛", "Scarf", "caf\ufffd"]


@pytest.mark.parametrize(
    ("encoding", "title"), [("cp1251", "шерстяной шарф красный"), ("shift-jis", "ウールのマフラー")]
)
def test_an_encoding_that_is_not_known_is_one_clear_error(tmp_path: Path, encoding: str, title: str) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(ROWS.format(title).encode(encoding))
    with pytest.raises(CatalogError, match="save it as UTF-8"):
        rows(path)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "head",
    ["sku;title;price;brand", "sku\ttitle\tprice\tbrand", "sku|title|price|brand", 'sep=;\nsku;title;"price";brand'],
)
def test_other_separators_are_read(tmp_path: Path, head: str, end: str) -> None:
    separator = next(c for c in ";\t|" if c in head.splitlines()[-1])
    path = tmp_path / "c.csv"
    row = separator.join(["A", "Scarf, long", "12,50", "Harrow"])
    bad = separator.join(["B", "Belt", "cheap", ""])
    path.write_bytes("\n".join([head, row, bad, ""]).replace("\n", end).encode())
    (found,) = products(path)
    assert (found.title, found.price, found.brand) == ("Scarf, long", 12.5, "Harrow")
    assert list(errors(path)) == [len(head.splitlines()) + 2]


@pytest.mark.parametrize(
    ("cell", "price"),
    [
        ("1299", 1299), ("1,299", 1299), ("1,299.00", 1299), ("1.299,00", 1299), ("12,5", 12.5), ("1 299,90", 1299.9),
        ("12.5", 12.5), ("1,234,567", 1234567), ("0,99", 0.99),
    ],
)  # fmt: skip
def test_a_number_is_read_as_tables_write_it(tmp_path: Path, cell: str, price: float) -> None:
    path = tmp_path / "c.csv"
    path.write_text(f"sku;title;price\nA;Scarf;{cell}\n", encoding="utf-8")
    assert products(path)[0].price == price


def test_a_column_that_comes_twice_hides_no_other(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("sku, title ,price,note,note,,\nA,Scarf,3,soft,long,,\n", encoding="utf-8")
    (found,) = products(path)
    assert found.title == "Scarf"
    assert found.attributes == {"note": "soft", "note 2": "long"}


def test_lists_in_cells_may_be_json_or_a_path(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(
        'sku;title;price;category;sizes\nA;x;1;Home > Kitchen > Mug;"[""S"", ""M""]"\nB;x;1;a|b > c;[S\n',
        encoding="utf-8",
    )
    first, second = products(path)
    assert (first.category, first.sizes) == (("Home", "Kitchen", "Mug"), ("S", "M"))
    assert (second.category, second.sizes) == (("a", "b > c"), ("[S",))


def test_columns_are_looked_for_past_the_first_hundred_rows(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "c.jsonl", [{"id": i, "price": 1} for i in range(150)] + [{"name": "x", "price": 2}])
    assert columns_of(path) == ("id", "price")
    assert columns_of(path, ["id", "name"]) == ("id", "price", "name")
    assert columns_of(path, None) == ("id", "price", "name")


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("none.csv", b"", "no column 'sku'"),
        ("other.csv", b"id,name\n1,a\n", "no column 'sku'"),
        ("fake.parquet", b"PAR1 not really", "Parquet"),
        ("empty.parquet", b"", "Parquet"),
        ("list.xlsx", b"PK", "no known kind"),
        ("noname", b"{}", "no known kind"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, name: str, content: bytes, word: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CatalogError, match=word):
        rows(path)


def test_a_missing_file_and_a_folder_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no catalogue file"):
        rows(tmp_path / "absent.jsonl")
    with pytest.raises(CatalogError, match="no catalogue file"):
        rows(tmp_path)


def test_empty_files_have_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(b"\n\n  \n")
    assert rows(path) == []


def as_csv(path: Path, items: list[Product]) -> Path:
    names = list(items[0].to_dict())
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        for item in items:
            cells = {
                k: "|".join(v) if isinstance(v, list) else json.dumps(v) if isinstance(v, dict) else v
                for k, v in item.to_dict().items()
            }
            writer.writerow(cells)
    return path


def test_the_same_products_come_out_of_csv(tmp_path: Path) -> None:
    items = [parse_row(A), parse_row({**B, "category": ["shoes", "trail shoe"]})]
    assert products(as_csv(tmp_path / "c.csv", items)) == items


@pytest.mark.parametrize("nested", [True, False], ids=["structs", "JSON text"])
def test_the_same_products_come_out_of_parquet(tmp_path: Path, nested: bool) -> None:
    third = {**A, "sku": "C", "translations": {"zh": {"title": "围巾", "brand": "哈罗"}, "fr": {"title": "écharpe"}}}
    items = [parse_row(A), parse_row(B), parse_row(third)]
    dicts = [p.to_dict() for p in items]
    if not nested:
        dicts = [{k: json.dumps(v) if isinstance(v, dict) else v for k, v in d.items()} for d in dicts]
    path = tmp_path / "c.parquet"
    pl.DataFrame(dicts, infer_schema_length=None).write_parquet(path)
    assert products(path) == items


def test_parquet_rows_are_counted_from_one(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    pl.DataFrame({"sku": ["A", "B", "A"], "title": ["x", "y", "z"], "price": [1.0, None, 2.0]}).write_parquet(path)
    found = errors(path)
    assert sorted(found) == [2, 3]
    assert "price" in found[2]


def test_parquet_dates_and_lists_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    frame = pl.DataFrame(
        {"sku": ["A"], "title": ["x"], "price": [1.0], "created_at": ["2026-01-02"], "tags": [["a", "b"]]}
    )
    frame.with_columns(pl.col("created_at").str.to_datetime(time_zone="UTC")).write_parquet(path)
    (found,) = products(path)
    assert str(found.created_at).startswith("2026-01-02T00:00:00")
    assert found.attributes["tags"] == "a, b"


def test_parquet_with_other_names_nested_and_typed(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    frame = pl.DataFrame(
        {
            "id": pl.Series([1042.0, None], dtype=pl.Float64),
            "name": pl.Series([b"Lamp", b"Chair"], dtype=pl.Binary),
            "offer": [{"price": "19.90", "cur": "EUR"}, {"price": "5", "cur": None}],
            "path": [["home", "lamp"], None],
            "amounts": [[{"key": "CNY", "value": 150.0}], []],
            "made": pl.Series(["oak", "steel"], dtype=pl.Categorical),
            "watt": pl.Series(["4.5", None], dtype=pl.Decimal(10, 2)),
            "tags": [["warm", "dim"], []],
        }
    )
    frame.write_parquet(path)
    assert columns_of(path) == tuple(frame.columns)
    with pytest.raises(CatalogError, match="no column 'sku' or 'title' or 'price'"):
        rows(path)
    mapping = stated_mapping(
        ["sku=id", "title=name", "price=offer.price", "currency=offer.cur", "category=path", "prices=amounts"]
    )
    (_, lamp), (line, bad) = read_rows(path, mapping)
    assert isinstance(lamp, Product)
    assert (lamp.sku, lamp.title, lamp.price, lamp.currency) == ("1042", "Lamp", 19.9, "EUR")
    assert (lamp.category, lamp.prices) == (("home", "lamp"), {"CNY": 150.0})
    assert lamp.attributes == {"made": "oak", "watt": 4.5, "tags": "warm, dim", "offer": "price 19.90, cur EUR"}
    assert isinstance(bad, RowError)
    assert (line, "sku" in bad.reason) == (2, True)


def test_a_mapped_column_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("sku,title,price\nA,Scarf,3\n", encoding="utf-8")
    with pytest.raises(CatalogError, match="no column 'marque'"):
        list(read_rows(path, stated_mapping(["brand=marque"])))


def test_reading_is_lazy(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    with path.open("w") as stream:
        for i in range(2000):
            stream.write(json.dumps({**A, "sku": str(i)}) + "\n")
    stream_of_rows = read_rows(path)
    assert next(stream_of_rows)[0] == 1
    path.unlink()
    stream_of_rows.close()
