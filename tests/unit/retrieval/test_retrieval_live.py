"""Versions that are swapped while they are searched: every answer is of one version, and none is an error."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from builders import product, write_jsonl
from fakes import HashEncoder

from assistant.errors import IndexFolderError
from assistant.lexicon import Lexicon
from assistant.retrieval import Filters, SearchEngine, build_index, open_index
from assistant.retrieval.live import Live
from assistant.retrieval.versions import write_atomically
from assistant.types import Constraints, Product


def edition(number: int, count: int = 40) -> list[Product]:
    """A catalogue all of whose rows say which edition they are of, in every field that an answer is made of."""
    return [
        product(f"S{i:02d}", f"Edition {number} vase {i}", price=100 * number + i, brand=f"Brand{number}",
                category=["home", "vase"], attributes={"edition": number})
        for i in range(number % 5, count)
    ]  # fmt: skip


class Folder:
    """An index folder of which editions are made."""

    def __init__(self, folder: Path, lexicon: Lexicon, encoder: HashEncoder) -> None:
        self.index, self._catalog = folder / "index", folder / "catalog.jsonl"
        self._lexicon, self._encoder = lexicon, encoder
        self.opened = 0

    def build(self, number: int) -> None:
        build_index(write_jsonl(self._catalog, edition(number)), self.index, self._encoder, lexicon=self._lexicon)

    def engine(self) -> SearchEngine:
        self.opened += 1
        return SearchEngine(open_index(self.index, self._encoder), self._encoder, self._lexicon)

    def live(self, **options: object) -> Live[SearchEngine]:
        return Live(
            self.index,
            self.engine,
            lambda engine: engine.index.version,
            close=lambda engine: engine.index.store.close(),
            **options,  # type: ignore[arg-type]
        )


@pytest.fixture
def shop(tmp_path: Path, lexicon: Lexicon, hash_encoder: HashEncoder) -> Folder:
    made = Folder(tmp_path, lexicon, hash_encoder)
    made.build(1)
    return made


def editions_in(engine: SearchEngine) -> set[object]:
    """The editions that one request meets, by every way to a product."""
    found = engine.search("vase", Filters(Constraints(product="vase")), k=50).candidates
    rows, _ = engine.index.nearest(engine.embed("vase"), 10)
    products: Sequence[Product] = [*(c.product for c in found), *(engine.products[row] for row in rows)]
    assert len(found) == len(engine.products)
    return {p.attributes["edition"] for p in products} | {
        int(name.removeprefix("Brand")) for name in engine.columns.brand_names
    }


def test_searches_never_see_two_versions_nor_an_error(shop: Folder) -> None:
    live, stop = shop.live(every=0.0), threading.Event()
    seen: list[set[object]] = []
    errors: list[BaseException] = []

    def ask() -> None:
        while not stop.is_set():
            try:
                seen.append(editions_in(live.get()))
            except BaseException as error:
                errors.append(error)
                return

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    # There and back again: a version that was dropped is made anew under its old name.
    for number in (2, 1, 2, 3, 1, 4, 1):
        shop.build(number)
        assert editions_in(live.settle()) == {number}
    stop.set()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert all(len(one) == 1 for one in seen)
    assert {number for one in seen for number in one} >= {1, 2}


def test_a_request_under_way_ends_on_the_version_it_began_with(shop: Folder) -> None:
    live = shop.live(every=0.0)
    begun = live.get()
    shop.build(2)
    assert live.settle() is not begun
    assert editions_in(begun) == {1}
    assert editions_in(live.get()) == {2}


def test_the_folder_is_looked_at_now_and_then(shop: Folder) -> None:
    now = [0.0]
    live = shop.live(every=1.0, clock=lambda: now[0])
    first = live.get()
    shop.build(2)
    now[0] = 0.9
    assert live.get() is first
    assert shop.opened == 1
    now[0] = 1.0
    live.get()
    assert live.settle() is not first
    for now[0] in (3.0, 5.0, 7.0):
        live.settle()
    assert shop.opened == 2


def test_a_build_that_changes_nothing_opens_nothing(shop: Folder) -> None:
    live = shop.live(every=0.0)
    first = live.get()
    shop.build(1)
    assert live.settle() is first
    assert shop.opened == 1


def test_a_version_that_cannot_be_opened_leaves_the_one_in_use(shop: Folder, caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    live = shop.live(every=0.0, clock=lambda: now[0])
    good = (shop.index / "CURRENT").read_text()
    write_atomically(shop.index / "CURRENT", "v-gone")
    first = live.get()
    assert live.settle() is first
    assert "stays in use" in caplog.text
    opened = shop.opened
    for now[0] in (5.0, 29.0):
        live.settle()
    assert shop.opened == opened
    now[0] = 31.0
    assert live.settle() is first
    assert shop.opened == opened + 1
    write_atomically(shop.index / "CURRENT", good)
    assert editions_in(live.settle()) == {1}


def test_without_an_index_there_is_nothing_to_begin_with(tmp_path: Path, hash_encoder: HashEncoder) -> None:
    with pytest.raises(IndexFolderError, match="no index at"):
        Live(tmp_path, lambda: open_index(tmp_path, hash_encoder), lambda index: index.version)
