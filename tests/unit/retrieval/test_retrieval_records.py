"""Rows on demand: what was written is read, one row at a time, and every SKU finds its row."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import product

from assistant.errors import IndexFolderError
from assistant.retrieval import records
from assistant.retrieval.records import ProductFile, ProductWriter, SkuRows
from assistant.types import Product

ROWS = [
    product(sku, f"Title of {sku}", 1.5 * i, zh="标题", sizes=["1"], attributes={"a": i})
    for i, sku in enumerate(["a b", "日本-1", "x/y\\z", "'; drop table", "🎉", "A" * 200, "a"], 1)
]


@pytest.fixture
def held(tmp_path: Path) -> ProductFile:
    writer = ProductWriter(tmp_path)
    writer.add(ROWS[:3])
    writer.add(ROWS[3:])
    return writer.finish()


def test_rows_come_back_as_they_were(held: ProductFile) -> None:
    assert list(held) == ROWS
    assert (len(held), held[0], held[-1]) == (len(ROWS), ROWS[0], ROWS[-1])
    assert held[1:6:2] == tuple(ROWS[1:6:2])
    assert held[2] is held[2]
    for row in (len(ROWS), -len(ROWS) - 1):
        with pytest.raises(IndexError):
            held[row]


def test_every_sku_finds_its_row(held: ProductFile, tmp_path: Path) -> None:
    rows = SkuRows(tmp_path, held)
    assert {sku: rows[sku] for sku in rows} == {p.sku: i for i, p in enumerate(ROWS)}
    assert rows.of([p.sku for p in reversed(ROWS)]).tolist() == list(reversed(range(len(ROWS))))
    assert rows.of([]).tolist() == []
    assert rows.get("nope") is None
    assert "nope" not in rows
    assert len(rows) == len(ROWS)


def test_skus_of_one_digest_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "digest", lambda sku: len(sku) % 2)
    writer = ProductWriter(tmp_path)
    writer.add(ROWS)
    rows = SkuRows(tmp_path, writer.finish())
    assert rows.of([p.sku for p in ROWS]).tolist() == list(range(len(ROWS)))
    assert [rows[p.sku] for p in ROWS] == list(range(len(ROWS)))
    assert rows.get("nope") is None


def test_a_file_of_another_length_is_refused(held: ProductFile, tmp_path: Path) -> None:
    with (tmp_path / "products.jsonl").open("a") as stream:
        stream.write("{}\n")
    with pytest.raises(ValueError, match="not what was written"):
        ProductFile(tmp_path)


def test_a_damaged_row_says_which(held: ProductFile, tmp_path: Path) -> None:
    path = tmp_path / "products.jsonl"
    path.write_bytes(path.read_bytes().replace(b'{"sku": "\xe6', b'["sku": "\xe6'))
    again = ProductFile(tmp_path)
    assert again[0] == ROWS[0]
    with pytest.raises(IndexFolderError, match="row 1 of"):
        again[1]


def test_only_what_was_asked_for_is_parsed(held: ProductFile, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    real = records.product_from_record

    def watched(record: dict[str, object]) -> Product:
        parsed.append(str(record["sku"]))
        return real(record)

    monkeypatch.setattr(records, "product_from_record", watched)
    assert [held[4].sku, held[4].sku, held[0].sku] == [ROWS[4].sku, ROWS[4].sku, ROWS[0].sku]
    assert parsed == [ROWS[4].sku, ROWS[0].sku]
