"""An index whose vectors are on a real Chroma server: the embedded one's answers, and one clear error without it."""

from __future__ import annotations

import http.server
import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import killed
import numpy as np
import pytest
from builders import product, write_jsonl
from chroma_server import ChromaServer, chroma_server
from fakes import HashEncoder

from assistant.encoder import Kind, Vectors
from assistant.errors import ConfigurationError, IndexFolderError, VectorServerError
from assistant.lexicon import Lexicon
from assistant.resources import default_folder
from assistant.retrieval import Filters, SearchEngine, ServerStores, build_index, open_index
from assistant.types import Constraints, Product

ROWS = 433
REQUESTS: list[tuple[str, Constraints]] = [
    ("a warm scarf", Constraints(product="scarf")),
    ("三千以内的手机，不要苹果", Constraints(product="手机", price_max=3000, exclude_brands=("apple",))),
    ("running shoes for wet roads", Constraints(product="running shoes")),
    ("blue jeans under 80", Constraints(product="jeans", colors=("blue",), price_max=80)),
    ("something for a six year old", Constraints()),
    ("a gift, not red", Constraints(exclude_colors=("red",))),
    ("烧水快的电热水壶", Constraints(product="电热水壶", sort="price_asc")),
    ("mechanical keyboard, quiet switches", Constraints(product="mechanical keyboard", terms=("quiet",))),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with chroma_server(tmp_path_factory.mktemp("chroma")) as running:
        yield running


@pytest.fixture
def stores(server: ChromaServer) -> ServerStores:
    return ServerStores(server.url)


def goods(count: int, start: int = 0) -> list[Product]:
    return [product(f"S{i:04d}", f"Thing number {i}", price=1 + i, stock=i % 3) for i in range(start, start + count)]


def collections(server: ChromaServer, folder: Path) -> list[str]:
    import chromadb

    prefix = (folder / "COLLECTIONS").read_text(encoding="utf-8")
    client = chromadb.HttpClient(server.url)
    names = [c.name for c in client.list_collections(limit=1000)]
    return sorted(name for name in names if name.startswith(prefix))


class Counting(HashEncoder):
    """Counts passages, and breaks after so many."""

    def __init__(self, break_after: int | None = None) -> None:
        super().__init__()
        self.embedded = 0
        self.break_after = break_after

    def encode(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        if kind == "passage":
            if self.break_after is not None and self.embedded + len(texts) > self.break_after:
                raise KeyboardInterrupt
            self.embedded += len(texts)
        return super().encode(texts, kind=kind)


def test_the_same_catalogue_gives_the_same_answers(tmp_path: Path, stores: ServerStores) -> None:
    encoder, lexicon = HashEncoder(), Lexicon.load()
    # Of many rows no two graphs of the same vectors answer alike, wherever they are kept.
    lines = (default_folder("catalog") / "products.jsonl").read_text(encoding="utf-8").splitlines()[:ROWS]
    catalog = tmp_path / "products.jsonl"
    catalog.write_text("\n".join(lines) + "\n", encoding="utf-8")
    build_index(catalog, tmp_path / "here", encoder)
    report = build_index(catalog, tmp_path / "there", encoder, stores=stores)
    here, there = open_index(tmp_path / "here", encoder), open_index(tmp_path / "there", encoder, stores=stores)
    assert there.version == here.version
    assert report.vectors == len(here.products)
    assert not list((tmp_path / "there").rglob("chroma*"))
    np.testing.assert_allclose(there.vectors, here.vectors, atol=1e-6)
    first, second = SearchEngine(here, encoder, lexicon), SearchEngine(there, encoder, lexicon)
    alike = 0
    for text, constraints in REQUESTS:
        ours, theirs = (engine.search(text, Filters(constraints), k=10).candidates for engine in (first, second))
        assert [c.product.sku for c in theirs] == [c.product.sku for c in ours]
        np.testing.assert_allclose([c.score for c in theirs], [c.score for c in ours], atol=1e-4)
        query = encoder.encode([text], kind="query")[0]
        near_here, near_there = (dict(zip(*index.nearest(query, 20), strict=True)) for index in (here, there))
        both = near_here.keys() & near_there.keys()
        np.testing.assert_allclose([near_there[r] for r in both], [near_here[r] for r in both], atol=1e-5)
        alike += len(both)
    # Chroma links its graph from several threads, so that two embedded stores of the same vectors differ as much.
    assert alike >= 0.97 * 20 * len(REQUESTS)


def test_an_interrupted_build_is_resumed(tmp_path: Path, stores: ServerStores) -> None:
    catalog, folder = write_jsonl(tmp_path / "c.jsonl", goods(700)), tmp_path / "index"
    broken = Counting(break_after=300)
    with pytest.raises(KeyboardInterrupt):
        build_index(catalog, folder, broken, stores=stores)
    with pytest.raises(IndexFolderError):
        open_index(folder, broken, stores=stores)
    again = Counting()
    assert build_index(catalog, folder, again, stores=stores).vectors == 700
    assert 0 < again.embedded == 700 - broken.embedded
    assert len(open_index(folder, again, stores=stores).products) == 700


def test_a_new_version_has_its_own_collection_and_older_ones_go(
    tmp_path: Path, server: ChromaServer, stores: ServerStores
) -> None:
    folder, encoder = tmp_path / "index", Counting()
    versions = []
    for count in (10, 12, 14):
        build_index(write_jsonl(tmp_path / "c.jsonl", goods(count)), folder, encoder, stores=stores)
        index = open_index(folder, encoder, stores=stores)
        versions.append(index.version)
        assert len(index.nearest(index.vectors[0], 100)[0]) == count
    assert encoder.embedded == 14
    left = collections(server, folder)
    assert any(name.endswith(versions[-1].removeprefix("v-")) for name in left)
    assert not any(name.endswith(versions[0].removeprefix("v-")) for name in left)
    kept = {p.name.removeprefix("v-") for p in folder.glob("v-*")}
    assert {name.rpartition("-")[2] for name in left} == kept


def test_an_index_built_without_the_server_is_not_taken_for_one_of_it(tmp_path: Path, stores: ServerStores) -> None:
    catalog, folder = write_jsonl(tmp_path / "c.jsonl", goods(5)), tmp_path / "index"
    build_index(catalog, folder, HashEncoder())
    with pytest.raises(IndexFolderError, match="build it again"):
        open_index(folder, HashEncoder(), stores=stores)
    encoder = Counting()
    build_index(catalog, folder, encoder, stores=stores)
    assert encoder.embedded == 0  # the vectors that the folder holds are sent to the server
    assert len(open_index(folder, HashEncoder(), stores=stores).nearest(np.ones(384, dtype=np.float32), 9)[0]) == 5


def test_a_collection_that_was_lost_or_is_short_is_filled_without_embedding(
    tmp_path: Path, server: ChromaServer, stores: ServerStores
) -> None:
    import chromadb

    catalog, folder = write_jsonl(tmp_path / "c.jsonl", goods(30)), tmp_path / "index"
    build_index(catalog, folder, HashEncoder(), stores=stores)
    client = chromadb.HttpClient(server.url)
    (name,) = collections(server, folder)
    client.get_collection(name, embedding_function=None).delete(ids=["S0003", "S0004"])
    for harm in (lambda: None, lambda: client.delete_collection(name)):
        harm()
        with pytest.raises(IndexFolderError, match="build it again"):
            open_index(folder, HashEncoder(), stores=stores)
        encoder = Counting()
        assert build_index(catalog, folder, encoder, stores=stores).vectors == 30
        assert encoder.embedded == 0
        index = open_index(folder, HashEncoder(), stores=stores)
        assert index.nearest(np.asarray(index.vectors[3], dtype=np.float32), 1)[0] == [3]


@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")
def test_a_build_that_is_killed_loses_and_doubles_nothing(tmp_path: Path, stores: ServerStores) -> None:
    folder, context = tmp_path / "index", killed.context()
    editions = [write_jsonl(tmp_path / f"{n}.jsonl", goods(300 + 10 * n, start=n)) for n in range(2)]
    build_index(editions[0], folder, HashEncoder(), stores=stores)
    for kill_at in (60, 700, 1500, 1600, 1700, None):
        steps = context.Value("i", 0)
        process = context.Process(target=killed.build, args=(editions[1], folder, kill_at, steps, stores))
        process.start()
        process.join(120)
        index = open_index(folder, HashEncoder(), stores=stores)
        new = index.products[0].sku == "S0001"
        assert index.store.count() == len(index.products) == (310 if new else 300)
        assert process.exitcode == (-signal.SIGKILL if kill_at else 0)
        if new:
            break
    assert new
    assert index.store.ids() == {p.sku for p in index.products}


def test_a_server_that_goes_away_is_one_clear_error_and_loses_nothing(tmp_path: Path) -> None:
    encoder, folder = HashEncoder(), tmp_path / "index"
    catalog = write_jsonl(tmp_path / "c.jsonl", goods(20))
    with chroma_server(tmp_path / "chroma") as own:
        stores = ServerStores(own.url)
        build_index(catalog, folder, encoder, stores=stores)
        index = open_index(folder, encoder, stores=stores)
        before = index.nearest(index.vectors[4], 3)
        current = (folder / "CURRENT").read_text()
        own.stop()
        acts: list[Callable[[], object]] = [
            lambda: index.nearest(index.vectors[4], 3),
            lambda: open_index(folder, encoder, stores=stores),
            lambda: build_index(catalog, folder, encoder, stores=stores),
            lambda: build_index(write_jsonl(tmp_path / "d.jsonl", goods(21)), folder, encoder, stores=stores),
        ]
        for act in acts:
            with pytest.raises(VectorServerError, match=rf"{own.url} cannot be reached .*chroma run") as told:
                act()
            assert "\n" not in str(told.value)
        assert (folder / "CURRENT").read_text() == current
        own.start()
        assert index.nearest(index.vectors[4], 3) == before
        assert open_index(folder, encoder, stores=stores).version == current


@pytest.mark.parametrize(
    ("headers", "body", "told"),
    [
        ({}, b"<html>hello</html>", "no Chroma server"),
        ({"Server": "uvicorn"}, b'{"nanosecond heartbeat": 1}', "in Python"),
    ],
)
def test_what_answers_must_be_the_right_server(tmp_path: Path, headers: dict[str, str], body: bytes, told: str) -> None:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        stores = ServerStores(f"http://user:secret@127.0.0.1:{other.server_port}")
        with pytest.raises(VectorServerError, match=told) as error:
            build_index(write_jsonl(tmp_path / "c.jsonl", goods(2)), tmp_path / "i", HashEncoder(), stores=stores)
        assert "secret" not in str(error.value)
        other.shutdown()


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", "http://", "chroma"])
def test_an_address_that_is_none_is_told(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="no address"):
        build_index(
            write_jsonl(tmp_path / "c.jsonl", goods(2)), tmp_path / "i", HashEncoder(), stores=ServerStores(url)
        )


@pytest.mark.models
def test_the_setting_alone_moves_every_command_to_the_server(
    tmp_path: Path, server: ChromaServer, run_assistant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = write_jsonl(
        tmp_path / "shop.jsonl",
        [
            product("M1", "Blue ceramic mug", 12, category=["kitchen", "mug"], zh="蓝色陶瓷杯"),
            product("M2", "Steel travel mug", 25, category=["kitchen", "mug"], zh="不锈钢随行杯"),
            product("S1", "Grey wool scarf", 30, category=["clothing", "scarf"], zh="灰色羊毛围巾"),
        ],
    )
    asked = "\n".join(
        json.dumps({"id": i, "text": t}) for i, t in enumerate(["a mug", "围巾", "mug under 20"])
    ).encode()
    answers = []
    for url, output in ((None, "here"), (server.url, "there")):
        if url:
            monkeypatch.setenv("ASSISTANT_CHROMA_URL", url)
        built = run_assistant("index", "--catalog", str(catalog), "--output", str(tmp_path / output))
        assert built.returncode == 0, built.stderr
        found = run_assistant("search", "--k", "3", "--index", str(tmp_path / output), stdin=asked)
        assert found.returncode == 0, found.stderr
        answers.append([json.loads(line)["skus"] for line in found.stdout.splitlines()])
    assert answers[0] == answers[1]
    assert answers[0][1] == ["S1"]
    assert len(collections(server, tmp_path / "there")) == 1

    monkeypatch.setenv("ASSISTANT_CHROMA_URL", "http://127.0.0.1:9")
    gone = run_assistant("search", "--index", str(tmp_path / "there"), stdin=asked)
    assert gone.returncode == 1
    told = gone.stderr.decode().strip().splitlines()
    assert told[-1].startswith("assistant: the vector server at http://127.0.0.1:9 cannot be reached")
    assert "Traceback" not in gone.stderr.decode()
