"""Embedding on a local Ray with two workers: the index of a build in one process, resumed, and clear when it fails."""

from __future__ import annotations

import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import product, write_jsonl
from chroma_server import chroma_server
from fakes import HashEncoder

from assistant.encoder import Encoder, Kind, Vectors
from assistant.errors import CatalogError, ClusterError, WeightsError
from assistant.lexicon import Lexicon
from assistant.resources import default_folder
from assistant.retrieval import (
    Cluster,
    Filters,
    SearchEngine,
    ServerStores,
    build_index,
    build_index_on_ray,
    open_index,
)
from assistant.types import Constraints, Product

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install '.[scale]'")

TWO = Cluster(workers=2, patience=300)


@pytest.fixture(scope="module", autouse=True)
def running() -> Iterator[None]:
    """One Ray for all tests here, whose workers can import what the tests hand them."""
    tests = str(Path(__file__).resolve().parent.parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([tests, os.path.join(tests, "integration")]))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(
            address="local",
            num_cpus=2,
            include_dashboard=False,
            log_to_driver=False,
            # The machine of the tests may be busy for longer than Ray waits for its own answers.
            _system_config={"health_check_failure_threshold": 100},
        )
        yield
        ray.shutdown()


class Gate(socketserver.ThreadingTCPServer):
    """Lets callers through when two are there: a quick worker would else embed everything before the other is up."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Waiting)
        self.both = threading.Barrier(2, timeout=240)


class Waiting(socketserver.BaseRequestHandler):
    server: Gate

    def handle(self) -> None:
        self.server.both.wait()
        self.request.sendall(b"go")


@pytest.fixture
def gate() -> Iterator[int]:
    """The port of a gate for two."""
    with Gate() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made.server_address[1]
        made.shutdown()


class Telling(HashEncoder):
    """Writes down in a folder which process embedded how many texts."""

    def __init__(self, folder: Path, gate: int | None = None) -> None:
        super().__init__()
        self._folder = folder
        if gate is not None:
            with socket.create_connection(("127.0.0.1", gate)) as waiting:
                assert waiting.recv(2) == b"go"

    def encode(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        (self._folder / f"{os.getpid()}-{uuid.uuid4().hex}").write_text(str(len(texts)))
        return super().encode(texts, kind=kind)


def told(folder: Path) -> tuple[set[str], int]:
    """The processes that embedded, and how many texts in all."""
    files = list(folder.iterdir())
    return {f.name.partition("-")[0] for f in files}, sum(int(f.read_text()) for f in files)


def goods(count: int) -> list[Product]:
    return [product(f"S{i:04d}", f"Thing number {i}", price=1 + i, zh=f"东西{i}号") for i in range(count)]


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


def test_it_writes_the_same_index(tmp_path: Path, notes: Path, gate: int) -> None:
    encoder, lexicon = HashEncoder(), Lexicon.load()
    rows = (default_folder("catalog") / "products.jsonl").read_text(encoding="utf-8").splitlines()
    catalog = write_jsonl(tmp_path / "c.jsonl", [*rows, *goods(1200), "{broken", goods(1)[0]])
    plain = build_index(catalog, tmp_path / "plain", encoder)
    seen: list[tuple[str, int, int]] = []
    report = build_index_on_ray(
        catalog, tmp_path / "ray", encoder, partial(Telling, notes, gate), TWO, progress=lambda *args: seen.append(args)
    )
    workers, texts = told(notes)
    assert len(workers) == 2
    assert str(os.getpid()) not in workers
    assert texts == report.embedded == plain.embedded
    assert (report.products, report.vectors, report.skipped) == (plain.products, plain.vectors, plain.skipped)
    assert report.errors == plain.errors
    shown = [done for stage, done, _ in seen if stage == "embedding on Ray"]
    assert shown == sorted(shown)
    assert shown[-1] == texts
    assert not list((tmp_path / "ray").glob("embedded-*"))

    one, two = (open_index(tmp_path / name, encoder) for name in ("plain", "ray"))
    assert one.version == two.version
    assert [p.sku for p in one.products] == [p.sku for p in two.products]
    np.testing.assert_allclose(
        np.asarray(two.vectors, dtype=np.float32), np.asarray(one.vectors, dtype=np.float32), atol=1e-3
    )
    engines = [SearchEngine(index, encoder, lexicon) for index in (one, two)]
    for text, wanted in (("a warm scarf", "scarf"), ("想买条连衣裙", "dress"), ("thing number 77", None)):
        found = [e.search(text, Filters(Constraints(product=wanted)), k=10).candidates for e in engines]
        assert [c.product.sku for c in found[0]] == [c.product.sku for c in found[1]]
        np.testing.assert_allclose([c.score for c in found[0]], [c.score for c in found[1]], atol=1e-3)


def test_what_was_finished_before_an_interruption_is_not_embedded_again(tmp_path: Path, notes: Path) -> None:
    catalog, folder = write_jsonl(tmp_path / "c.jsonl", goods(1500)), tmp_path / "index"

    def stop(stage: str, done: int, _: int) -> None:
        if stage == "embedding on Ray" and done >= 700:
            raise KeyboardInterrupt

    load = partial(Telling, notes)
    with pytest.raises(KeyboardInterrupt):
        build_index_on_ray(catalog, folder, HashEncoder(), load, TWO, shard_rows=256, progress=stop)
    assert not (folder / "CURRENT").exists()
    kept = sum(len(np.load(path)) for path in folder.rglob("*.digests.npy"))
    assert 256 <= kept < 1500
    report = build_index_on_ray(catalog, folder, HashEncoder(), load, TWO)
    assert report.embedded == 1500 - kept
    assert report.vectors == 1500
    index = open_index(folder, HashEncoder())
    expected = HashEncoder().encode(["x"], kind="query")
    assert len(index.nearest(expected[0], 1500)[0]) == 1500


KILLED = """
import os, signal, sys
from pathlib import Path
from fakes import HashEncoder
from assistant.retrieval import Cluster, build_index_on_ray

def die(stage, done, total):
    if stage == "embedding on Ray" and done >= 700:
        os.kill(os.getpid(), signal.SIGKILL)

catalog, folder = map(Path, sys.argv[1:])
build_index_on_ray(catalog, folder, HashEncoder(), HashEncoder, Cluster(2), shard_rows=256, progress=die)
"""


def test_a_run_that_was_killed_goes_on(tmp_path: Path) -> None:
    """With a Ray of its own, which goes with it."""
    catalog, folder = write_jsonl(tmp_path / "c.jsonl", goods(1500)), tmp_path / "index"
    died = subprocess.run([sys.executable, "-c", KILLED, str(catalog), str(folder)], timeout=300, check=False)
    assert died.returncode == -signal.SIGKILL
    kept = sum(len(np.load(path)) for path in folder.rglob("*.digests.npy"))
    assert 256 <= kept < 1500
    report = build_index_on_ray(catalog, folder, HashEncoder(), HashEncoder, TWO)
    assert (report.embedded, report.vectors) == (1500 - kept, 1500)
    assert open_index(folder, HashEncoder()).store.ids() == {p.sku for p in goods(1500)}


def test_only_changed_texts_are_embedded_and_each_once(tmp_path: Path, notes: Path) -> None:
    before, folder = goods(300), tmp_path / "index"
    build_index_on_ray(write_jsonl(tmp_path / "c.jsonl", before), folder, HashEncoder(), partial(Telling, notes), TWO)
    after = [*before[:299], product("NEW", "Quite another thing"), product("TWIN", "Quite another thing")]
    report = build_index_on_ray(
        write_jsonl(tmp_path / "c.jsonl", after), folder, HashEncoder(), partial(Telling, notes), TWO
    )
    assert report.embedded == 1
    assert told(notes)[1] == 301
    index = open_index(folder, HashEncoder())
    np.testing.assert_array_equal(index.vectors[index.rows["NEW"]], index.vectors[index.rows["TWIN"]])


def test_texts_that_arrow_cannot_hold_as_strings(tmp_path: Path) -> None:
    catalog = write_jsonl(tmp_path / "c.jsonl", [product("A", "half \ud83d of it"), product("B", "zero \x00 byte")])
    build_index_on_ray(catalog, tmp_path / "ray", HashEncoder(), HashEncoder, TWO)
    build_index(catalog, tmp_path / "plain", HashEncoder())
    one, two = (open_index(tmp_path / name, HashEncoder()) for name in ("plain", "ray"))
    np.testing.assert_allclose(two.vectors, one.vectors, atol=1e-3)


def test_its_vectors_go_to_a_server_too(tmp_path: Path) -> None:
    catalog, folder = write_jsonl(tmp_path / "c.jsonl", goods(50)), tmp_path / "index"
    with chroma_server(tmp_path / "chroma") as server:
        stores = ServerStores(server.url)
        build_index_on_ray(catalog, folder, HashEncoder(), HashEncoder, TWO, stores=stores)
        index = open_index(folder, HashEncoder(), stores=stores)
        assert index.nearest(np.asarray(index.vectors[7], dtype=np.float32), 1)[0] == [7]


def refuses() -> Encoder:
    raise WeightsError("no weights here; run `assistant weights pull`")


def breaks() -> Encoder:
    raise ZeroDivisionError("by nothing")


@pytest.mark.parametrize(
    ("load", "kind", "said"),
    [
        (refuses, WeightsError, "^no weights here; run `assistant weights pull`$"),
        (breaks, ClusterError, "ZeroDivisionError: by nothing.*run the command again"),
        (partial(HashEncoder, 12), ClusterError, "'hash-12' .12 numbers. instead of 'hash-384'"),
    ],
)
def test_what_fails_in_a_worker_is_told_in_one_line(
    tmp_path: Path, load: Any, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said) as error:
        build_index_on_ray(write_jsonl(tmp_path / "c.jsonl", goods(5)), tmp_path / "i", HashEncoder(), load, TWO)
    assert "\n" not in str(error.value)


def test_a_bad_row_stops_it_where_that_was_asked(tmp_path: Path) -> None:
    catalog = write_jsonl(tmp_path / "c.jsonl", [*goods(600), "{broken"])
    with pytest.raises(CatalogError, match="line 601"):
        build_index_on_ray(catalog, tmp_path / "i", HashEncoder(), HashEncoder, TWO, fail_on_error=True)


@pytest.mark.models
def test_the_option_alone_moves_embedding_to_ray(
    tmp_path: Path, run_assistant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (default_folder("catalog") / "products.jsonl").read_text(encoding="utf-8").splitlines()
    rows = rows[:: len(rows) // 100]
    catalog = write_jsonl(tmp_path / "c.jsonl", rows)
    asked = "\n".join(json.dumps({"id": i, "text": t}) for i, t in enumerate(["a mug", "围巾", "phone"])).encode()
    vectors, answers = [], []
    for output, option in (("plain", []), ("ray", ["--scale", "ray"])):
        built = run_assistant("index", "--catalog", str(catalog), "--output", str(tmp_path / output), *option)
        assert built.returncode == 0, built.stderr
        assert json.loads(built.stdout)["vectors"] == len(rows)
        version = tmp_path / output / (tmp_path / output / "CURRENT").read_text().strip()
        vectors.append(np.load(version / "vectors.npy").astype(np.float32))
        found = run_assistant("search", "--k", "5", "--index", str(tmp_path / output), stdin=asked)
        answers.append([json.loads(line)["skus"] for line in found.stdout.splitlines()])
    np.testing.assert_allclose(vectors[1], vectors[0], atol=1e-3)
    assert answers[0] == answers[1]
    assert all(answers[0])

    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: whoever connects is turned away
        monkeypatch.setenv("ASSISTANT_RAY_ADDRESS", f"127.0.0.1:{nobody.getsockname()[1]}")
        gone = run_assistant("index", "--catalog", str(catalog), "--output", str(tmp_path / "gone"), "--scale", "ray")
    assert gone.returncode == 1
    assert gone.stderr.decode().strip().splitlines()[-1].startswith("assistant: Ray cannot be reached at '127.0.0.1:")
