"""What every index folder owes: whole or not at all, resumed, swapped, refused when it does not fit. Real Chroma."""

from __future__ import annotations

import gc
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import product, write_jsonl
from fakes import HashEncoder

from assistant.encoder import Kind, Vectors
from assistant.errors import AssistantError, CatalogError, IndexFolderError
from assistant.retrieval import build_index, open_index
from assistant.retrieval import ingest as ingest_module
from assistant.types import Product


class Recording(HashEncoder):
    """Counts what it embeds, and breaks after so many texts when told to."""

    def __init__(self, break_after: int | None = None, dimension: int = 384) -> None:
        super().__init__(dimension)
        self.embedded: list[str] = []
        self.break_after = break_after

    def encode(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        if kind == "passage":
            if self.break_after is not None and len(self.embedded) + len(texts) > self.break_after:
                raise KeyboardInterrupt
            self.embedded += texts
        return super().encode(texts, kind=kind)


def goods(count: int, start: int = 0) -> list[Product]:
    return [
        product(f"S{i:04d}", f"Thing number {i}", price=1 + i, zh=f"东西{i}号", stock=i % 3)
        for i in range(start, start + count)
    ]


@pytest.fixture
def catalog(tmp_path: Path) -> Callable[[Sequence[Product]], Path]:
    return lambda rows: write_jsonl(tmp_path / "catalog.jsonl", rows)


def folders(index: Path) -> list[str]:
    return sorted(p.name for p in index.iterdir())


def test_build_and_open(tmp_path: Path, catalog: Callable[[Sequence[Product]], Path]) -> None:
    rows, encoder, folder = goods(30), Recording(), tmp_path / "index"
    seen: list[tuple[str, int, int]] = []
    report = build_index(catalog(rows), folder, encoder, progress=lambda *args: seen.append(args))
    assert (report.products, report.vectors, report.skipped, report.errors) == (30, 30, 0, ())
    assert set(report.to_dict()) == {"products", "vectors", "skipped", "seconds"}
    assert report.seconds > 0
    assert ("embedding", 30, 30) in seen
    index = open_index(folder, encoder)
    assert list(index.products) == rows
    assert index.vectors.shape == (30, encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(index.vectors, axis=1), 1.0, atol=1e-5)
    assert index.rows["S0007"] == 7
    assert len(folders(folder)) == 2


def test_chroma_and_the_exact_vectors_agree(tmp_path: Path, catalog: Callable[[Sequence[Product]], Path]) -> None:
    encoder, folder = Recording(), tmp_path / "index"
    build_index(catalog(goods(60)), folder, encoder)
    index = open_index(folder, encoder)
    query = encoder.encode(["thing number 41"], kind="query")[0]
    rows, cosines = index.nearest(query, 10)
    exact = index.vectors @ query
    np.testing.assert_allclose(cosines, exact[rows], atol=1e-4)
    assert cosines == sorted(cosines, reverse=True)
    assert rows[0] == int(exact.argmax())
    assert len(index.nearest(query, 1000)[0]) == 60


def test_building_again_does_nothing_twice(tmp_path: Path, catalog: Callable[[Sequence[Product]], Path]) -> None:
    folder, path = tmp_path / "index", catalog([*goods(5), {"sku": "bad", "title": "x"}])  # type: ignore[list-item]
    first = build_index(path, folder, HashEncoder())
    again = Recording()
    second = build_index(path, folder, again)
    assert again.embedded == []
    assert (second.products, second.vectors, second.skipped) == (first.products, first.vectors, 1)
    assert second.errors == first.errors
    assert second.errors[0].line == 6


def test_an_interrupted_build_leaves_no_index_and_is_resumed(
    tmp_path: Path, catalog: Callable[[Sequence[Product]], Path]
) -> None:
    folder, path = tmp_path / "index", catalog(goods(600))
    broken = Recording(break_after=300)
    with pytest.raises(KeyboardInterrupt):
        build_index(path, folder, broken)
    assert 0 < len(broken.embedded) < 600
    assert "CURRENT" not in folders(folder)
    with pytest.raises(IndexFolderError):
        open_index(folder, broken)
    again = Recording()
    report = build_index(path, folder, again)
    assert len(again.embedded) == 600 - len(broken.embedded)
    assert not set(again.embedded) & set(broken.embedded)
    assert report.vectors == 600
    index = open_index(folder, again)
    fresh = HashEncoder().encode(["anything"], kind="query")
    assert len(index.nearest(fresh[0], 600)[0]) == 600
    assert len(folders(folder)) == 2


def test_an_interrupted_rebuild_leaves_the_old_version_in_use(
    tmp_path: Path, catalog: Callable[[Sequence[Product]], Path]
) -> None:
    folder = tmp_path / "index"
    build_index(catalog(goods(20)), folder, HashEncoder())
    path = catalog(goods(400, start=10))
    with pytest.raises(KeyboardInterrupt):
        build_index(path, folder, Recording(break_after=260))
    assert len(open_index(folder, HashEncoder()).products) == 20
    again = Recording()
    build_index(path, folder, again)
    index = open_index(folder, again)
    assert len(again.embedded) < 400
    assert [p.sku for p in index.products] == [f"S{i:04d}" for i in range(10, 410)]


def test_a_changed_catalogue_is_swapped_in_and_deleted_rows_are_gone(
    tmp_path: Path, catalog: Callable[[Sequence[Product]], Path]
) -> None:
    folder, encoder = tmp_path / "index", HashEncoder()
    build_index(catalog(goods(12)), folder, encoder)
    old = open_index(folder, encoder)
    changed = [*goods(12)[:3], product("S0003", "A red scarf", 99.0), product("NEW", "A blue hat")]
    build_index(catalog(changed), folder, encoder)
    new = open_index(folder, encoder)
    assert new.version != old.version
    assert list(new.products) == changed
    rows, _ = new.nearest(encoder.encode(["thing number 11"], kind="query")[0], 50)
    assert sorted(rows) == list(range(5))
    # The version before stays, for readers may have it open; the one before that goes.
    assert folders(folder) == sorted(["CURRENT", "PREVIOUS", old.version, new.version])
    build_index(catalog(changed[1:]), folder, encoder)
    assert folders(folder) == sorted(["CURRENT", "PREVIOUS", new.version, open_index(folder, encoder).version])
    assert len(old.products) == 12
    np.testing.assert_allclose(np.linalg.norm(old.vectors, axis=1), 1.0, atol=1e-5)


def test_one_encoders_index_is_refused_by_another(tmp_path: Path, catalog: Callable[[Sequence[Product]], Path]) -> None:
    folder = tmp_path / "index"
    build_index(catalog(goods(5)), folder, HashEncoder(384))
    with pytest.raises(IndexFolderError, match=r"hash-384.*hash-64.*assistant index"):
        open_index(folder, HashEncoder(64))
    report = build_index(catalog(goods(5)), folder, HashEncoder(64))
    assert report.vectors == 5
    assert open_index(folder, HashEncoder(64)).vectors.shape == (5, 64)


class SameName(HashEncoder):
    @property
    def name(self) -> str:
        return "hash-384"


def test_another_width_under_the_same_name_is_refused(
    tmp_path: Path, catalog: Callable[[Sequence[Product]], Path]
) -> None:
    folder = tmp_path / "index"
    build_index(catalog(goods(5)), folder, HashEncoder(384))
    with pytest.raises(IndexFolderError, match="64"):
        open_index(folder, SameName(64))


def break_file(name: str, content: bytes | None) -> Callable[[Path], None]:
    def apply(version: Path) -> None:
        path = version / name
        if content is None:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        else:
            path.write_bytes(content)

    return apply


def empty_manifest(version: Path) -> None:
    (version / "manifest.json").write_text("{}")


def drop_a_product(version: Path) -> None:
    path = version / "products.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


DAMAGE = {
    "no manifest": break_file("manifest.json", None),
    "half a manifest": break_file("manifest.json", b'{"format": 1, "enc'),
    "empty manifest": empty_manifest,
    "manifest is a list": break_file("manifest.json", b"[]"),
    "no products": break_file("products.jsonl", None),
    "binary products": break_file("products.jsonl", b"\xff\xfe\x00"),
    "a product less": drop_a_product,
    "no vectors": break_file("vectors.npy", None),
    "empty vectors": break_file("vectors.npy", b""),
    "cut vectors": break_file(
        "vectors.npy", b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (5,"
    ),
    "no keywords": break_file("bm25", None),
    "no chroma": break_file("chroma", None),
    "broken chroma": break_file("chroma/chroma.sqlite3", b"not a database" * 500),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_folder_is_told_and_can_be_built_again(
    tmp_path: Path, catalog: Callable[[Sequence[Product]], Path], how: str
) -> None:
    folder, path = tmp_path / "index", catalog(goods(5))
    build_index(path, folder, HashEncoder())
    version = folder / (folder / "CURRENT").read_text().strip()
    DAMAGE[how](version)
    with pytest.raises(IndexFolderError, match="assistant index") as caught:
        open_index(folder, HashEncoder())
    assert "\n" not in str(caught.value)
    # The message names a command; that command must mend it.
    assert build_index(path, folder, HashEncoder()).vectors == 5
    index = open_index(folder, HashEncoder())
    assert len(index.nearest(HashEncoder().encode(["x"], kind="query")[0], 9)[0]) == 5


@pytest.mark.parametrize("content", [b"", b"v-gone\n", b"\xff\xfe", b"../elsewhere"])
def test_a_pointer_to_nothing_is_told(
    tmp_path: Path, catalog: Callable[[Sequence[Product]], Path], content: bytes
) -> None:
    folder = tmp_path / "index"
    build_index(catalog(goods(3)), folder, HashEncoder())
    (folder / "CURRENT").write_bytes(content)
    with pytest.raises(IndexFolderError):
        open_index(folder, HashEncoder())


def test_no_folder_no_index(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match="no index at"):
        open_index(tmp_path / "none", HashEncoder())


def test_bad_rows_are_skipped_and_counted_or_fatal(tmp_path: Path) -> None:
    path = write_jsonl(
        tmp_path / "c.jsonl",
        [
            product("A", "Scarf"),
            "{broken",
            {"sku": "B\ud83d", "title": "no price"},
            {"sku": "A", "title": "again", "price": 1},
            {"sku": "C", "title": "odd \ud83d text", "price": 1, "attributes": {"k\udfff": [1, {"deep": None}]}},
        ],
    )
    report = build_index(path, tmp_path / "index", HashEncoder())
    assert (report.products, report.vectors, report.skipped) == (2, 2, 3)
    assert [e.line for e in report.errors] == [2, 3, 4]
    assert [p.sku for p in open_index(tmp_path / "index", HashEncoder()).products] == ["A", "C"]
    again = build_index(path, tmp_path / "index", HashEncoder())
    assert [e.line for e in again.errors] == [2, 3, 4]
    with pytest.raises(CatalogError, match="line 2"):
        build_index(path, tmp_path / "other", HashEncoder(), fail_on_error=True)


@pytest.mark.parametrize("content", ["", "\n\n", '{"sku": "A", "title": "no price"}\n'])
def test_a_catalogue_without_a_usable_row_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(content)
    with pytest.raises(CatalogError, match="no usable product"):
        build_index(path, tmp_path / "index", HashEncoder())
    with pytest.raises(IndexFolderError):
        open_index(tmp_path / "index", HashEncoder())


def test_a_place_that_cannot_be_written_is_a_clear_error(
    tmp_path: Path, catalog: Callable[[Sequence[Product]], Path]
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(AssistantError, match="file"):
        build_index(catalog(goods(2)), tmp_path / "file", HashEncoder())


def test_skus_of_any_kind_are_ids(tmp_path: Path) -> None:
    skus = ["a b", "日本-1", "x/y\\z", "'; drop table", "🎉", "A" * 200]
    path = write_jsonl(tmp_path / "c.jsonl", [{"sku": s, "title": f"t {s}", "price": 1} for s in skus])
    build_index(path, tmp_path / "index", HashEncoder())
    index = open_index(tmp_path / "index", HashEncoder())
    assert [p.sku for p in index.products] == skus
    assert len(index.nearest(HashEncoder().encode(["t"], kind="query")[0], 10)[0]) == len(skus)


def test_the_manifest_says_what_it_is(tmp_path: Path, catalog: Callable[[Sequence[Product]], Path]) -> None:
    folder = tmp_path / "index"
    build_index(catalog(goods(4)), folder, HashEncoder())
    manifest = json.loads((folder / (folder / "CURRENT").read_text().strip() / "manifest.json").read_text())
    assert manifest["encoder"] == "hash-384"
    assert manifest["dimension"] == 384
    assert manifest["products"] == manifest["vectors"] == 4
    assert manifest["source"] == "catalog.jsonl"


def test_only_changed_texts_are_embedded_again(tmp_path: Path, catalog: Callable[[Sequence[Product]], Path]) -> None:
    folder, before = tmp_path / "index", goods(20)
    assert build_index(catalog(before), folder, Recording()).embedded == 20
    # A price and a stock are no part of the text; a title is; one is gone, one is new, and the order is another.
    rows = [replace(p, price=p.price + 1, stock=9) for p in reversed(before[1:])]
    rows[3] = replace(rows[3], title="Something else altogether")
    rows += goods(1, start=50)
    encoder = Recording()
    report = build_index(catalog(rows), folder, encoder)
    assert report.embedded == len(encoder.embedded) == 2
    assert report.vectors == 20
    index = open_index(folder, encoder)
    assert list(index.products) == rows
    fresh = tmp_path / "fresh"
    build_index(catalog(rows), fresh, Recording())
    np.testing.assert_allclose(index.vectors, open_index(fresh, Recording()).vectors, atol=1e-6)


def test_listings_that_say_the_same_are_embedded_once(
    tmp_path: Path, catalog: Callable[[Sequence[Product]], Path]
) -> None:
    encoder, folder = Recording(), tmp_path / "index"
    rows = [product(f"SHOE-{size}", "Running shoe", price=50 + size) for size in range(36, 47)]
    report = build_index(catalog([*goods(3), *rows]), folder, encoder)
    assert report.embedded == len(encoder.embedded) == 4
    index = open_index(folder, encoder)
    vectors = np.asarray(index.vectors, dtype=np.float32)
    np.testing.assert_array_equal(vectors[4:], np.repeat(vectors[3:4], 10, axis=0))
    assert index.store.count() == 14


def test_another_encoder_embeds_everything(tmp_path: Path, catalog: Callable[[Sequence[Product]], Path]) -> None:
    folder = tmp_path / "index"
    build_index(catalog(goods(6)), folder, Recording())
    assert build_index(catalog(goods(7)), folder, Recording(dimension=64)).embedded == 7


def test_a_version_without_digests_is_embedded_again(
    tmp_path: Path, catalog: Callable[[Sequence[Product]], Path], caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "index"
    build_index(catalog(goods(6)), folder, Recording())
    next(folder.glob("v-*/texts.npy")).unlink()
    assert build_index(catalog(goods(7)), folder, Recording()).embedded == 7
    assert "embedded again" in caplog.text


def test_a_build_never_holds_all_rows(tmp_path: Path, catalog: Callable[[Sequence[Product]], Path]) -> None:
    path, alive = catalog(goods(3000)), []
    gc.collect()
    before = sum(isinstance(held, Product) for held in gc.get_objects())

    def count(stage: str, done: int, total: int) -> None:
        alive.append(sum(isinstance(held, Product) for held in gc.get_objects()) - before)

    build_index(path, tmp_path / "index", HashEncoder(), progress=count)
    assert len(alive) > 15
    assert 0 < max(alive) < 1500


def test_a_catalogue_that_was_read_to_its_end_is_not_read_again(
    tmp_path: Path, catalog: Callable[[Sequence[Product]], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, path = tmp_path / "index", catalog([*goods(300), "{broken"])  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        build_index(path, folder, Recording(break_after=256))

    def read_again(*_: object) -> None:
        raise AssertionError("the catalogue was read again")

    monkeypatch.setattr(ingest_module, "read_rows", read_again)
    with pytest.raises(CatalogError, match="line 301"):
        build_index(path, folder, Recording(), fail_on_error=True)
    monkeypatch.undo()
    again = Recording()
    report = build_index(path, folder, again)
    assert (report.products, report.skipped, len(again.embedded)) == (300, 1, 44)
    assert [e.line for e in report.errors] == [301]


@pytest.mark.parametrize("name", ["columns", "columns/columns.json", "columns/brand.npy", "products.starts.npy",
                                  "skus.keys.npy", "errors.jsonl", "columns/phrases.values.npy"])  # fmt: skip
def test_a_version_that_lacks_a_file_is_refused_and_built_again(
    tmp_path: Path, catalog: Callable[[Sequence[Product]], Path], name: str
) -> None:
    folder, path = tmp_path / "index", catalog(goods(5))
    build_index(path, folder, HashEncoder())
    break_file(name, None)(next(folder.glob("v-*")))
    with pytest.raises(IndexFolderError, match=r"damaged.*assistant index"):
        open_index(folder, HashEncoder())
    again = Recording()
    assert build_index(path, folder, again).products == 5
    assert again.embedded == []
    assert len(open_index(folder, HashEncoder()).products) == 5


def test_an_index_of_an_older_format_says_what_to_do(
    tmp_path: Path, catalog: Callable[[Sequence[Product]], Path]
) -> None:
    folder = tmp_path / "index"
    build_index(catalog(goods(5)), folder, HashEncoder())
    path = next(folder.glob("v-*")) / "manifest.json"
    path.write_text(path.read_text().replace('"format": 2', '"format": 1'))
    with pytest.raises(IndexFolderError, match=r"format 1.*format 2.*build it again: assistant index"):
        open_index(folder, HashEncoder())
