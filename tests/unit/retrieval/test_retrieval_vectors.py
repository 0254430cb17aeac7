"""What every ``ProductIndex`` and its ``VectorStores`` owe, run on the embedded store and on a real Chroma server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from chroma_server import chroma_server
from fakes import HashEncoder

from assistant.errors import IndexFolderError
from assistant.retrieval.remote import ServerStores
from assistant.retrieval.vectors import LocalStores, ProductIndex, VectorStores

DIMENSION = 64
VERSION = "v-0123456789abcdef"


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chroma_server(tmp_path_factory.mktemp("chroma")) as server:
        yield server.url


@pytest.fixture(params=["embedded", "server"])
def stores(request: pytest.FixtureRequest) -> VectorStores:
    return LocalStores() if request.param == "embedded" else ServerStores(request.getfixturevalue("server_url"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "index" / VERSION
    made.mkdir(parents=True)
    return made


@pytest.fixture
def store(stores: VectorStores, folder: Path) -> Iterator[ProductIndex]:
    made = stores.make(folder, VERSION, DIMENSION)
    yield made
    made.close()


def some(count: int, start: int = 0) -> tuple[list[str], npt.NDArray[np.float32]]:
    """SKUs of every kind and unit vectors of texts that share letters."""
    ids = [f"SKU/{i:04d} é手机 \"'#%" for i in range(start, start + count)]
    return ids, HashEncoder(DIMENSION).encode(
        [f"thing number {i}" for i in range(start, start + count)], kind="passage"
    )


def test_an_empty_store_holds_nothing(store: ProductIndex) -> None:
    assert store.count() == 0
    assert store.ids() == set()
    assert store.vectors([]).shape == (0, DIMENSION)
    assert store.nearest(np.ones(DIMENSION, dtype=np.float32), 3) == ([], [])


def test_what_is_put_comes_back_in_the_order_asked(store: ProductIndex) -> None:
    ids, vectors = some(50)
    store.upsert(ids, vectors)
    assert store.count() == 50
    assert store.ids() == set(ids)
    order = np.random.default_rng(0).permutation(50)
    got = store.vectors([ids[i] for i in order])
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, vectors[order], atol=1e-6)


def test_unknown_skus_have_zeros_and_are_not_deleted(store: ProductIndex) -> None:
    ids, vectors = some(3)
    store.upsert(ids, vectors)
    got = store.vectors([ids[1], "unknown", ids[0]])
    np.testing.assert_allclose(got[[0, 2]], vectors[[1, 0]], atol=1e-6)
    assert not got[1].any()
    store.delete(["unknown", ids[2]])
    assert store.ids() == set(ids[:2])
    store.delete([])
    assert store.count() == 2


def test_putting_again_replaces(store: ProductIndex) -> None:
    ids, vectors = some(4)
    store.upsert(ids, vectors)
    store.upsert(ids[:2], vectors[2:])
    assert store.count() == 4
    np.testing.assert_allclose(store.vectors(ids[:2]), vectors[2:], atol=1e-6)


def test_the_nearest_are_those_of_an_exact_scan(store: ProductIndex) -> None:
    ids, vectors = some(300)
    store.upsert(ids, vectors)
    query = HashEncoder(DIMENSION).encode(["number 41 thing"], kind="query")[0]
    exact = vectors @ query
    for k in (10, 300):
        found, cosines = store.nearest(query, k)
        assert len(set(found)) == len(cosines) == k
        np.testing.assert_allclose(cosines, exact[[ids.index(sku) for sku in found]], atol=1e-4)
        assert cosines == sorted(cosines, reverse=True)
        assert len({ids.index(sku) for sku in found} & set(np.argsort(-exact)[:k].tolist())) >= 0.8 * k
    assert cosines[0] == pytest.approx(float(exact.max()), abs=1e-4)


def test_more_than_one_batch_is_put_and_read(store: ProductIndex) -> None:
    ids, vectors = some(6000)  # Chroma takes 5461 at once
    store.upsert(ids, vectors)
    assert store.count() == 6000
    np.testing.assert_allclose(store.vectors(ids), vectors, atol=1e-6)
    store.delete(ids[:5999])
    assert store.ids() == {ids[5999]}


def test_what_was_put_is_there_after_closing(stores: VectorStores, folder: Path) -> None:
    ids, vectors = some(20)
    first = stores.make(folder, VERSION, DIMENSION)
    first.upsert(ids[:10], vectors[:10])
    first.close()
    resumed = stores.make(folder, VERSION, DIMENSION)
    assert resumed.ids() == set(ids[:10])
    resumed.upsert(ids[10:], vectors[10:])
    resumed.close()
    opened = stores.open(folder, VERSION, DIMENSION)
    assert opened.ids() == set(ids)
    opened.close()


def test_a_finished_version_may_be_moved_and_opened(stores: VectorStores, folder: Path) -> None:
    ids, vectors = some(5)
    building = folder.parent / "building-0123456789abcdef"
    building.mkdir()
    made = stores.make(building, VERSION, DIMENSION)
    made.upsert(ids, vectors)
    made.close()
    folder.rmdir()
    building.replace(folder)
    opened = stores.open(folder, VERSION, DIMENSION)
    assert opened.nearest(vectors[3], 1)[0] == [ids[3]]
    opened.close()


def test_opening_does_not_create(stores: VectorStores, folder: Path) -> None:
    with pytest.raises(IndexFolderError):
        stores.open(folder, VERSION, DIMENSION)
    assert list(folder.iterdir()) == []
    other = stores.make(folder.parent / "v-other", "v-other", DIMENSION)
    other.upsert(*some(2))
    other.close()
    with pytest.raises(IndexFolderError):
        stores.open(folder, VERSION, DIMENSION)


def test_versions_are_apart_and_dropping_keeps_what_is_named(stores: VectorStores, folder: Path) -> None:
    ids, vectors = some(6)
    newer = folder.parent / "v-fedcba9876543210"
    newer.mkdir()
    for place, part in ((folder, slice(0, 2)), (newer, slice(2, 6))):
        made = stores.make(place, place.name, DIMENSION)
        made.upsert(ids[part], vectors[part])
        made.close()
    stores.drop(folder.parent, [newer.name])
    kept = stores.open(newer, newer.name, DIMENSION)
    assert kept.ids() == set(ids[2:])
    kept.close()


def test_index_folders_do_not_touch_each_other(stores: VectorStores, tmp_path: Path) -> None:
    ids, vectors = some(3)
    for name in ("one", "two"):
        place = tmp_path / name / VERSION
        place.mkdir(parents=True)
        made = stores.make(place, VERSION, DIMENSION)
        made.upsert(ids, vectors)
        made.close()
    stores.drop(tmp_path / "one", [])
    other = stores.open(tmp_path / "two" / VERSION, VERSION, DIMENSION)
    assert other.count() == 3
    other.close()
