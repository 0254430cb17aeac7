"""Which rows of a catalogue train an encoder, which choose the step and which measure, and the queries drawn for each.

Knows products, shares and seeds. Does not know vectors, nor how anything is trained.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.catalog import ColumnMapping, RowError, read_rows
from assistant.errors import TrainingError
from assistant.lexicon import fold
from assistant.training.wishes import Kind, Wish, WishMaker, group_of
from assistant.types import Product

LEAST_QUERIES = 30
_LEAST_PRODUCTS = 40
# What queries are made of, and how often. The documents hold every word of their description, so that finding one by a
# sentence of it measures nothing: those queries are for training, against documents without it.
TRAINED: tuple[tuple[Kind, float], ...] = (("facts", 0.6), ("title", 0.25), ("description", 0.15))
MEASURED: tuple[tuple[Kind, float], ...] = (("facts", 0.7), ("title", 0.3))
_TRIES = 8
# The same words for several products are one query to measure, and a few at most to learn.
_REPEATED = 4
# While training, so many rows are ranked and no more: each measurement embeds them again.
POOL = 400


@dataclass(frozen=True, slots=True)
class RetrievalOptions:
    """Everything that changes the result besides the catalogue.

    ``products`` is how many rows take part at most, ``pairs`` how many queries an epoch holds at most and
    ``per_product`` how many of them fall on each product; ``held_out`` is the share of products that measures,
    ``validation`` the one that chooses the step; ``chinese`` the share of queries in Chinese; ``noise`` the probability
    of each kind of slip of the finger; ``scale`` is 1 / temperature of the loss; ``kept`` is the share of what was
    learnt that is added to the encoder; ``evaluations`` is how often an epoch is measured and ``patience`` how many
    measurements without progress end the training, 0 none.
    """

    products: int = 20_000
    pairs: int = 6400
    per_product: int = 4
    epochs: int = 1
    batch_size: int = 32
    learning_rate: float = 2e-4
    scale: float = 50.0
    rank: int = 16
    kept: float = 0.5
    chinese: float = 0.5
    noise: float = 0.08
    held_out: float = 0.1
    validation: float = 0.08
    queries: int = 600
    evaluations: int = 5
    patience: int = 3
    max_tokens: int = 96
    seed: int = 13

    def __post_init__(self) -> None:
        wrong = {
            "products": self.products < _LEAST_PRODUCTS,
            "pairs": self.pairs < self.batch_size,
            "epochs": self.epochs < 1,
            "batch_size": self.batch_size < 2,
            "learning_rate": not self.learning_rate > 0,
            "scale": not self.scale > 0,
            "rank": self.rank < 1,
            "kept": not 0 < self.kept <= 1,
            "chinese": not 0 <= self.chinese <= 1,
            "noise": not 0 <= self.noise <= 1,
            "held_out": not 0 < self.held_out <= 0.5,
            "validation": not 0 < self.validation <= 0.5,
            "queries": self.queries < LEAST_QUERIES,
            "max_tokens": not 16 <= self.max_tokens <= 512,
        }
        for name, is_wrong in wrong.items():
            if is_wrong:
                raise TrainingError(f"{name} {getattr(self, name)!r} cannot be used to adapt an encoder")


@dataclass(frozen=True, slots=True)
class Split:
    """Rows to train on, rows that choose the step, rows that measure; variants of one product stay together."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]


def read_products(catalog: Path, mapping: ColumnMapping | None, options: RetrievalOptions) -> tuple[list[Product], int]:
    """At most ``options.products`` rows, drawn evenly where the file holds more, and how many rows are bad."""
    if not catalog.is_file():
        raise TrainingError(f"no catalogue file at '{catalog}'; give a .jsonl, .csv or .parquet file")
    rng = random.Random(options.seed)
    products: list[Product] = []
    good = bad = 0
    for _, row in read_rows(catalog, mapping):
        if isinstance(row, RowError):
            bad += 1
            continue
        good += 1
        if len(products) < options.products:
            products.append(row)
        elif (place := rng.randrange(good)) < options.products:
            products[place] = row
    if len(products) < _LEAST_PRODUCTS:
        raise TrainingError(
            f"'{catalog.name}' holds {len(products)} usable products; {_LEAST_PRODUCTS} at least are needed"
        )
    return products, bad


def split_rows(products: Sequence[Product], options: RetrievalOptions) -> Split:
    """By the hash of a product's group, so that a product added to the catalogue moves no other."""
    parts: tuple[list[int], list[int], list[int]] = ([], [], [])
    for row, product in enumerate(products):
        digest = hashlib.sha256(f"{options.seed}/{group_of(product)}".encode("utf-8", "surrogatepass")).digest()
        share = int.from_bytes(digest[:8], "big") / 2**64
        parts[2 if share < options.held_out else 1 if share < options.held_out + options.validation else 0].append(row)
    return Split(tuple(parts[0]), tuple(parts[1]), tuple(parts[2]))


def draw(
    maker: WishMaker,
    rows: Sequence[int],
    kinds: Sequence[tuple[Kind, float]],
    count: int,
    options: RetrievalOptions,
    *,
    unseen: set[str] | None = None,
) -> list[Wish]:
    """Up to ``count`` different queries for these rows, frequent product types less than their share.

    ``unseen`` are folded texts that must not occur again.
    """
    if not rows:
        return []
    rng = random.Random(f"{options.seed}/{rows[0]}/{len(rows)}")
    weights = [_weight(maker, row) for row in rows]
    drawn = rng.choices(rows, weights, k=count * _TRIES)
    names, shares = [k for k, _ in kinds], [s for _, s in kinds]
    out: list[Wish] = []
    met: set[tuple[str, int]] = set()
    texts: dict[str, int] = {}
    for row in drawn:
        if len(out) >= count:
            break
        kind = rng.choices(names, shares)[0]
        wish = maker.make(row, kind, "zh" if rng.random() < options.chinese else "en", rng)
        if wish is None or len(fold(wish.text)) < 2:
            continue
        key = fold(wish.text)
        most = 1 if unseen is not None else _REPEATED
        if (key, row) in met or texts.get(key, 0) >= most or (unseen is not None and key in unseen):
            continue
        met.add((key, row))
        texts[key] = texts.get(key, 0) + 1
        out.append(wish)
    return out


def _weight(maker: WishMaker, row: int) -> float:
    """Less for a row of a frequent type: a shelf with a thousand cartridges teaches hardly more than one with fifty."""
    sizes = [len(maker.types[value]) for kind, value in maker.facts[row] if kind == "type"]
    return float(min(sizes, default=1) ** -0.5)


def pool(split: Split, options: RetrievalOptions) -> list[int]:
    """The rows that are ranked while training: those of the validation queries among others."""
    others = random.Random(options.seed).sample(split.train, min(len(split.train), POOL))
    return [*split.validation[:POOL], *others]
