"""The nearest rows: by codes as exactly, whatever is allowed; and the plan that is cheaper."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest

from assistant.retrieval import plans
from assistant.retrieval.index import Index
from assistant.retrieval.nearest import Codes, VectorFile, best, nearest_of
from assistant.retrieval.plans import graph_cost, nearest_allowed, scan_cost, typical
from assistant.retrieval.vectors import LateVectors

N, D = 20_000, 128
Vectors = npt.NDArray[np.float32]


def unit(vectors: Vectors) -> Vectors:
    made: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return made


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    """As texts of a shop are: many topics, and within each few directions that matter."""
    rng = np.random.default_rng(5)
    topics = rng.normal(size=(60, D))
    spread = rng.normal(size=(60, 12, D)) * 0.25
    topic = rng.integers(0, 60, N)
    own = np.einsum("nk,nkd->nd", rng.normal(size=(N, 12)), spread[topic])
    return unit(topics[topic] + own + 0.02 * rng.normal(size=(N, D)))


@pytest.fixture(scope="module")
def codes(vectors: Vectors, tmp_path_factory: pytest.TempPathFactory) -> Codes:
    return made_in(tmp_path_factory.mktemp("codes"), vectors)


def made_in(folder: Path, vectors: Vectors) -> Codes:
    np.save(folder / "vectors.npy", vectors)
    return Codes.make(vectors, folder)


def queries(vectors: Vectors, count: int = 30) -> Vectors:
    rng = np.random.default_rng(6)
    return unit(vectors[rng.integers(0, N, count)] + 0.3 * vectors[rng.integers(0, N, count)])


@pytest.mark.parametrize("share", [0.2, 0.6, 1.0])
def test_codes_find_what_an_exact_scan_finds(vectors: Vectors, codes: Codes, share: float) -> None:
    rng = np.random.default_rng(7)
    found = []
    for query in queries(vectors):
        rows = np.flatnonzero(rng.random(N) < share)
        exact = vectors[rows] @ query
        got, cosine = nearest_of(vectors, codes, query, rows, 10)
        np.testing.assert_allclose(cosine, vectors[got] @ query, atol=1e-6)
        assert (np.diff(cosine) <= 0).all()
        found.append(len(set(got.tolist()) & set(rows[np.argsort(-exact)[:10]].tolist())) / 10)
    assert np.mean(found) >= 0.99


def test_rows_that_are_all_allowed_but_far_away_are_found(vectors: Vectors, codes: Codes) -> None:
    query = queries(vectors)[0]
    rows = np.flatnonzero(vectors @ query < np.quantile(vectors @ query, 0.4))
    got, _ = nearest_of(vectors, codes, query, rows, 10)
    assert set(got.tolist()) == set(rows[np.argsort(-(vectors[rows] @ query))[:10]].tolist())


def test_few_rows_and_more_wanted_than_there_are(vectors: Vectors, codes: Codes) -> None:
    query = queries(vectors)[0]
    rows = np.array([5, 6, 9000])
    got, cosine = nearest_of(vectors, codes, query, rows, 10)
    assert sorted(got.tolist()) == rows.tolist()
    assert cosine.shape == (3,)
    assert best(np.array([3.0, 1.0, 2.0]), 2).tolist() in ([0, 2], [2, 0])


def test_damaged_codes_are_refused(vectors: Vectors, tmp_path: Path) -> None:
    made_in(tmp_path, vectors[:200])
    np.save(tmp_path / "rest.npy", np.zeros((100, 7), np.int8))
    with pytest.raises(ValueError, match="codes of"):
        Codes.load(tmp_path)


def test_stored_vectors_are_read_row_by_row(vectors: Vectors, tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", vectors[:50])
    stored = VectorFile(tmp_path / "vectors.npy")
    for rows in ([], [0], [49, 3, 3], list(range(50))):
        some = np.array(rows, dtype=np.int64)
        assert (stored.rows(some) == vectors[:50][some]).all()
    with pytest.raises(OSError, match="row 50"):
        stored.rows(np.array([50]))
    for odd in (vectors[:3].astype(np.float16), vectors[0], np.asfortranarray(vectors[:9])):
        np.save(tmp_path / "odd.npy", odd)
        with pytest.raises(ValueError, match=r"odd\.npy"):
            VectorFile(tmp_path / "odd.npy")


class Answers:
    """A store of which only one thing is asked."""

    opened = 0

    def count(self) -> int:
        return 7


def test_a_large_store_is_opened_when_it_is_asked() -> None:
    def opened() -> Any:
        Answers.opened += 1
        return Answers()

    late = LateVectors(opened)
    late.close()
    assert Answers.opened == 0
    assert (late.count(), late.count(), Answers.opened) == (7, 7, 1)


class Graph:
    """Answers exactly, and remembers how many rows it was asked for."""

    def __init__(self, vectors: Vectors, codes: Codes | None) -> None:
        self.vectors, self.codes = vectors, codes
        self.asked: list[int] = []

    def nearest(self, vector: Vectors, k: int) -> tuple[list[int], list[float]]:
        self.asked.append(k)
        cosine = self.vectors @ vector
        rows = np.argsort(-cosine)[:k]
        return rows.tolist(), cosine[rows].tolist()


def index_over(graph: Graph) -> Index:
    return cast(Index, SimpleNamespace(vectors=graph.vectors, codes=graph.codes, nearest=graph.nearest))


@pytest.fixture
def cheap_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """Costs as they are with fifty times as many rows."""
    monkeypatch.setattr(plans, "_GRAPH_QUERY", 20.0)
    monkeypatch.setattr(plans, "_GRAPH_ROW", 0.16)
    monkeypatch.setattr(plans, "_CODED_AT_LEAST", 40.0)


@pytest.mark.parametrize(
    ("share", "against", "plan"), [(0.001, False, "codes"), (0.02, False, "codes"), (0.5, False, "graph"),
                                   (1.0, False, "graph"), (0.5, True, "codes")],
)  # fmt: skip
def test_the_plan_follows_what_is_allowed(
    vectors: Vectors, codes: Codes, cheap_graph: None, share: float, against: bool, plan: str
) -> None:
    graph = Graph(vectors, codes)
    query = queries(vectors)[3]
    cosine = vectors @ query
    rng = np.random.default_rng(8)
    allowed = cosine < np.quantile(cosine, share) if against else rng.random(N) < share
    found = nearest_allowed(index_over(graph), query, allowed, 10)
    rows = np.flatnonzero(allowed)
    wanted = rows[np.argsort(-cosine[rows])[:10]]
    assert found.rows.tolist() == wanted.tolist()
    np.testing.assert_allclose(found.cosines, cosine[wanted], atol=1e-6)
    assert found.plan == plan
    # What the graph was asked for in vain costs no more than the scan.
    if plan == "codes":
        assert sum(map(graph_cost, graph.asked)) <= scan_cost(index_over(graph), len(rows))


def test_small_catalogues_are_compared_exactly(vectors: Vectors) -> None:
    graph = Graph(vectors[:500], None)
    found = nearest_allowed(index_over(graph), vectors[3], np.ones(500, np.bool_), 5)
    assert (found.plan, found.rows[0], graph.asked) == ("exact", 3, [])
    nothing = nearest_allowed(index_over(graph), vectors[3], np.zeros(500, np.bool_), 5)
    assert (len(nothing.rows), len(nothing.cosines)) == (0, 0)


def test_the_middle_is_told_from_a_sample(vectors: Vectors) -> None:
    index = index_over(Graph(vectors, None))
    query, rows = queries(vectors)[1], np.arange(N)
    assert abs(typical(index, query, rows) - float(np.median(vectors @ query))) < 0.02
    assert typical(index, query, rows[:0]) == 0.0
