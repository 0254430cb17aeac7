"""How long one shopper's recommendations take, by the whole score table and as they are asked for; whether they agree.

    python tests/benchmarks/recommenders.py [--data SET.txt [--attributes SET_item2attributes.json]]

Without data: a hybrid over 100,000 items whose tables are random, the hardest case for bounds. With data: a hybrid
fitted on it and asked its validation questions; ``--copies`` stores every item so many times, the copies met by nobody,
to bring a small set to the size that is asked for. Both ways are timed in turn in one process. Processor times: a
machine that does other work besides says little by its clock.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from assistant.recommendation.base import Recommended, Recommender
from assistant.recommendation.hybrid import Hybrid
from assistant.recommendation.interactions import History, Interactions, Items
from assistant.recommendation.reading import attribute_items, read_interactions
from assistant.recommendation.registry import make
from assistant.recommendation.sequence import SequenceTransformer
from assistant.recommendation.splits import leave_one_out

WIDTH, NEIGHBOURS = 128, 100
PARTS: dict[str, dict[str, Any]] = {
    "popularity": {"half_life": 1.0},
    "item-knn": {"half_life": 1.0, "shrinkage": 5.0},
    "sequential-rules": {"window": 10, "half_life": 1.0, "shrinkage": 5.0},
    "ials": {"threads": 1, "iterations": 10, "alpha": 30.0, "half_life": 1.0},
    "content": {},
}


def synthetic(n: int, questions: int) -> tuple[Hybrid, list[History]]:
    """Random tables of the shape that learning gives."""
    chance = np.random.default_rng(0)
    items = Items(tuple(map(str, range(n))))
    ends = np.repeat(np.arange(n), NEIGHBOURS)
    met = (chance.random(len(ends), dtype=np.float32), (ends, chance.integers(0, n, len(ends))))
    near = sparse.csr_matrix(met, shape=(n, n))
    rules = {"data": near.data, "indices": near.indices, "indptr": near.indptr}
    arrays = {
        "popularity": {"counts": chance.random(n), "types": np.zeros(n, dtype=np.int64)},
        "item-knn": rules,
        "sequential-rules": rules,
        "ials": {"factors": chance.standard_normal((n, WIDTH)).astype(np.float32)},
        "content": {"vectors": chance.standard_normal((n, WIDTH)).astype(np.float32)},
    }
    models: dict[str, Recommender] = {}
    for name, given in arrays.items():
        models[name] = make(name)
        models[name]._items = items
        models[name]._restore(given)
    models["sequence"] = transformer(items)
    asked = [History.of(chance.integers(0, n, int(chance.integers(1, 30))).tolist()) for _ in range(questions)]
    return Hybrid.of(models, items), asked


def transformer(items: Items) -> SequenceTransformer:
    """One that learnt next to nothing: as fast as one that learnt."""
    chance = np.random.default_rng(1)
    sequences = [chance.integers(0, len(items), 8).tolist() for _ in range(64)]
    model = SequenceTransformer({"width": WIDTH}, {"epochs": 1, "loss": "sampled", "positions": 512}, device="cpu")
    return model.fit(Interactions.from_sequences(sequences, items))


def real(path: Path, attributes: Path | None, copies: int, questions: int, equal: bool) -> tuple[Hybrid, list[History]]:
    """A fitted hybrid and the histories it is asked with."""
    data = read_interactions(path)
    if attributes is not None:
        data = data.with_items(attribute_items(data.items, attributes))
    held = leave_one_out(data, "validation")
    train = held.train
    if copies > 1:
        ids = tuple(f"{copy}:{key}" for copy in range(copies) for key in data.items.ids)
        vectors = data.items.vectors
        items = Items(ids, vectors=None if vectors is None else np.tile(vectors, (copies, 1)))
        if items.vectors is not None:
            noise = np.random.default_rng(0).standard_normal(items.vectors.shape).astype(np.float32)
            items = replace(items, vectors=items.vectors + 0.01 * noise)
        train = replace(train, items=items)
    parts = {name: options for name, options in PARTS.items() if name != "content" or train.items.vectors is not None}
    models = {name: make(name, **options).fit(train) for name, options in parts.items()}
    hybrid = Hybrid.of(models, train.items, asked=500)
    if not equal:
        hybrid.learn(replace(held, train=train))
    return hybrid, list(held.sample(questions, seed=1).histories)


def timed(model: Recommender, histories: list[History]) -> None:
    """Both ways in turn, so that both meet the same machine."""
    took: dict[str, list[float]] = {"whole": [], "asked": []}
    clock: dict[str, list[float]] = {"whole": [], "asked": []}
    same = 0
    model.recommend(histories[0], 10)
    for history in histories:
        found: dict[str, Recommended] = {}
        for way in took:
            began, at = time.process_time(), time.perf_counter()
            found[way] = Recommender.recommend(model, history, 10) if way == "whole" else model.recommend(history, 10)
            took[way].append((time.process_time() - began) * 1000)
            clock[way].append((time.perf_counter() - at) * 1000)
        same += found["whole"].rows.tolist() == found["asked"].rows.tolist()
    said = [
        f"{way} {np.median(took[way]):.2f} ms p50, {np.percentile(took[way], 95):.2f} p95 "
        f"(clock {np.median(clock[way]):.2f})"
        for way in took
    ]
    print(f"{model.name}: {'; '.join(said)}; same first ten {same} of {len(histories)}", flush=True)


def main() -> None:
    """Print a line a model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--attributes", type=Path)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--equal", action="store_true", help="all parts weigh 1, so that none is left out as useless")
    parser.add_argument("--questions", type=int, default=1000)
    given = parser.parse_args()
    if given.data is not None:
        model, histories = real(given.data, given.attributes, given.copies, given.questions, given.equal)
        print(f"{len(model.items)} items, weights {model.weights}", flush=True)
    else:
        model, histories = synthetic(given.items, given.questions)
    four = {name: one for name, one in model._parts.items() if name != "sequence"}
    if len(four) < len(model._parts):
        timed(Hybrid.of(four, model.items), histories)
        print("with the Transformer:")
    timed(model, histories)


if __name__ == "__main__":
    main()
