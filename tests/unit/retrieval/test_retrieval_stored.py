"""Columns and types of rows as an index keeps them: the same as made at hand, mapped, and read again when they age."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import product, write_jsonl
from fakes import HashEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.lexicon import Concept, Lexicon
from assistant.retrieval import Columns, Filters, Index, SearchEngine, build_index, open_index
from assistant.retrieval import kinds as kinds_module
from assistant.retrieval.columns import ColumnData, ColumnWriter, attribute_names
from assistant.retrieval.kinds import KindData, kinds_of, topics_folder
from assistant.retrieval.topics import TopicMap
from assistant.types import Constraints, Product

ROWS = [
    product("a", "Clay vase", 20, zh="陶土花瓶", brand="Tarn", color="terracotta", category=["home", "vase"],
            sizes=["S", "M"], size_stock={"S": 1, "M": 0}, stock=1, rating=4.5, rating_count=10, group_id="g",
            prices={"CNY": 150}, attributes={"height_cm": 20, "handmade": True}, created_at="2025-01-02"),
    product("b", "Glass vase", 30, brand="Orlune", color="green", category=["home", "vase"], group_id="g",
            attributes={"height_cm": 20.0, "glass": "blown"}, image_url=" HTTPS://shop.example/b.jpg"),
    product("c", "Ovenware set of three", 40, currency="EUR", category=[], stock=0, created_at="2024-05-06"),
    product("d", "Zorbulator", 50, description="A zorbulator of no glass.", category=["tools", "zorb"], sizes=["M"]),
]  # fmt: skip


def write(folder: Path | None, rows: list[Product] = ROWS, batch: int = 3) -> ColumnData:
    writer = ColumnWriter(folder)
    for start in range(0, len(rows), batch):
        writer.add(rows[start : start + batch])
    return writer.finish()


FILTERS = [
    Filters(Constraints(price_max=160), language="zh"),
    Filters(Constraints(price_max=30, currency="USD")),
    Filters(Constraints(colors=("green",))),
    Filters(Constraints(exclude_colors=("green",), in_stock_only=True)),
    Filters(Constraints(sizes=("S", "M"))),
    Filters(Constraints(brands=("tarn",), exclude_terms=("glass",))),
    Filters(Constraints(exclude_terms=("glass",))),
    Filters(category=("Vase",), attributes={"height_cm": (20,)}, rating_min=4.0),
]


@pytest.mark.parametrize("number", range(len(FILTERS)))
def test_what_is_mapped_filters_as_what_is_at_hand(tmp_path: Path, lexicon: Lexicon, number: int) -> None:
    write(tmp_path)
    stored = Columns(ROWS, lexicon, ColumnData.load(tmp_path))
    assert stored.mask(FILTERS[number]).tolist() == Columns(ROWS, lexicon).mask(FILTERS[number]).tolist()


def test_columns_say_what_the_rows_do(tmp_path: Path, lexicon: Lexicon) -> None:
    data = write(tmp_path)
    columns = Columns(ROWS, lexicon, data)
    assert columns.brand_names == ("Orlune", "Tarn")
    assert columns.in_group("g") == [0, 1]
    assert columns.in_group("nothing") == []
    assert data.created.tolist() == [2, 0, 1, 0]
    assert data.in_stock.tolist() == [1, -1, 0, -1]
    assert data.remote_pictures
    assert not write(None, ROWS[2:]).remote_pictures
    assert [data.categories[code] for code in data.category] == [p.category for p in ROWS]


def test_a_column_that_is_too_short_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    np.save(tmp_path / "rating.npy", np.zeros(3))
    with pytest.raises(ValueError, match="not all of 4 rows"):
        ColumnData.load(tmp_path)


NUMBERS = st.integers(-5, 5) | st.sampled_from([2.0, 2.5, 1e300, float(2**60)]) | st.sampled_from([2**60 + 1])
VALUES = NUMBERS | st.booleans() | st.sampled_from(["2", "2.0", "true", "Canvas", "canvas", ""])


@given(VALUES, VALUES)
@settings(max_examples=300, deadline=None)
def test_a_value_answers_to_what_equals_it(own: object, wanted: object) -> None:
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (own, wanted))
    equal = own == wanted if numbers else str(own).lower() == str(wanted).lower()
    assert bool(set(attribute_names("x", own)) & set(attribute_names("x", wanted))) == equal


# -- types of rows -----------------------------------------------------------------------------------------------------


@pytest.fixture
def index(tmp_path: Path, hash_encoder: HashEncoder, lexicon: Lexicon) -> Index:
    build_index(write_jsonl(tmp_path / "c.jsonl", ROWS), tmp_path / "index", hash_encoder, lexicon=lexicon)
    return open_index(tmp_path / "index", hash_encoder)


def read_nothing(*_: object) -> None:
    raise AssertionError("a title was read")


def test_types_are_read_when_the_index_is_built_and_not_again(
    index: Index, lexicon: Lexicon, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_hand = TopicMap(ROWS, lexicon)
    monkeypatch.setattr(kinds_module.TitleReader, "read", read_nothing)
    stored = TopicMap(index.products, lexicon, index.columns.phrases, index.folder)
    for phrase in ("vase", "花瓶", "glass vase", "zorbulator", "set"):
        one, other = at_hand.find(phrase), stored.find(phrase)
        assert one.head.tolist() == other.head.tolist(), phrase
        assert one.every.tolist() == other.every.tolist(), phrase
    assert [at_hand.types_of(row) for row in range(4)] == [stored.types_of(row) for row in range(4)]
    assert at_hand.recognised.tolist() == stored.recognised.tolist()


def test_another_lexicon_reads_the_rows_again_and_embeds_nothing(
    index: Index, lexicon: Lexicon, hash_encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught = Lexicon([*lexicon.concepts, Concept("zorbulator", "product", ("zorbulator",), ("佐布器",))])
    monkeypatch.setattr(HashEncoder, "encode", read_nothing)
    before = topics_folder(index.folder, lexicon)
    assert before.is_dir()
    engine = SearchEngine(index, hash_encoder, taught)
    assert engine.topics.types_of(3) == {"zorbulator"}
    assert engine.topics.find("佐布器").head.tolist() == [False, False, False, True]
    assert topics_folder(index.folder, taught).is_dir()
    assert not before.exists()


def test_an_index_built_without_a_lexicon_reads_them_when_it_is_first_searched(
    tmp_path: Path, hash_encoder: HashEncoder, lexicon: Lexicon, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_index(write_jsonl(tmp_path / "c.jsonl", ROWS), tmp_path / "index", hash_encoder)
    made = open_index(tmp_path / "index", hash_encoder)
    assert not topics_folder(made.folder, lexicon).exists()
    SearchEngine(made, hash_encoder, lexicon)
    monkeypatch.setattr(kinds_module.TitleReader, "read", read_nothing)
    assert SearchEngine(made, hash_encoder, lexicon).topics.find("vase").head.tolist() == [True, True, False, False]


def test_damaged_types_are_read_again(index: Index, lexicon: Lexicon, caplog: pytest.LogCaptureFixture) -> None:
    folder = topics_folder(index.folder, lexicon)
    np.save(folder / "recognised.npy", np.zeros(2, np.bool_))
    found = kinds_of(index.products, lexicon, index.folder)
    assert found.recognised.shape == (4,)
    assert "read again" in caplog.text
    assert KindData.load(folder, 4).recognised.tolist() == found.recognised.tolist()


def test_a_folder_that_cannot_be_written_keeps_them_in_memory(
    index: Index, lexicon: Lexicon, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(topics_folder(index.folder, lexicon))
    # A file where the folder would be: what a read-only disk does, for every user.
    blocked = index.folder / "products.jsonl"
    found = kinds_of(index.products, lexicon, blocked)
    assert found.recognised.tolist() == kinds_of(ROWS, lexicon).recognised.tolist()
    assert "kept in memory" in caplog.text


def test_rows_of_every_kind_survive_the_way_to_disk(tmp_path: Path, hash_encoder: HashEncoder) -> None:
    # The catalogue's reader trims the picture's address; everything else comes through as it is.
    rows = [replace(p, image_url=None, attributes={**p.attributes, "note": '木\n\t"quoted"'}) for p in ROWS]
    build_index(write_jsonl(tmp_path / "c.jsonl", rows), tmp_path / "index", hash_encoder)
    assert list(open_index(tmp_path / "index", hash_encoder).products) == rows
