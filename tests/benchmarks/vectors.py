"""The embedded vector store beside a Chroma server of its own on this machine, on the vectors of an index.

    python tests/benchmarks/vectors.py --index DIR [--rows 20000]

Rows beyond those of the index are its vectors, slightly turned; queries are other ones of them. Prints one JSON line a
store: vectors added a second, milliseconds a query (p50, p99), and recall@10 against an exact scan.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from chroma_server import chroma_server

from assistant.retrieval import LOCAL, ServerStores, VectorStores

VERSION = "v-benchmark"
# Of a vector of length 1: as far apart as two listings of much the same product are.
TURN = 0.25
SEED = 7


def turned(vectors: npt.NDArray[np.float32], rows: int, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Real vectors, each turned a little, shape (rows, d)."""
    picked = vectors[random.integers(0, len(vectors), rows)]
    away = random.standard_normal(picked.shape).astype(np.float32)
    moved = picked + TURN * away / np.linalg.norm(away, axis=1, keepdims=True)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)


def measure(
    stores: VectorStores, folder: Path, vectors: npt.NDArray[np.float32], queries: npt.NDArray[np.float32]
) -> dict[str, Any]:
    """Figures of one store."""
    folder.mkdir(parents=True)
    ids = [f"S{i:07d}" for i in range(len(vectors))]
    store = stores.make(folder, VERSION, vectors.shape[1])
    started = time.perf_counter()
    for start in range(0, len(ids), 512):
        store.upsert(ids[start : start + 512], vectors[start : start + 512])
    added = len(ids) / (time.perf_counter() - started)
    took, hits = [], 0
    for query in queries:
        started = time.perf_counter()
        found, _ = store.nearest(query, 10)
        took.append(1000 * (time.perf_counter() - started))
        hits += len({int(sku[1:]) for sku in found} & set(np.argsort(-(vectors @ query))[:10].tolist()))
    store.close()
    return {
        "rows": len(ids),
        "added_per_second": round(added),
        "p50_ms": round(float(np.percentile(took, 50)), 2),
        "p99_ms": round(float(np.percentile(took, 99)), 2),
        "recall_at_10": round(hits / (10 * len(queries)), 4),
    }


def main() -> None:
    """Both stores on the same vectors, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--index", type=Path, required=True, help="an index folder, for its vectors")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=300)
    chosen = parser.parse_args()
    version = (chosen.index / "CURRENT").read_text(encoding="utf-8").strip()
    random = np.random.default_rng(SEED)
    real = np.load(chosen.index / version / "vectors.npy").astype(np.float32)
    vectors, queries = turned(real, chosen.rows, random), turned(real, chosen.queries, random)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder) / "embedded" / VERSION
        print(json.dumps({"store": "embedded", **measure(LOCAL, here, vectors, queries)}))
        with chroma_server(Path(folder) / "chroma") as server:
            there = Path(folder) / "server" / VERSION
            print(json.dumps({"store": "server", **measure(ServerStores(server.url), there, vectors, queries)}))


if __name__ == "__main__":
    main()
