"""Hard filters over many rows: ours, Chroma's own ``where`` and a plain numpy scan, in one run.

Rows are made of a real catalogue's: titles, descriptions, brands, categories and attributes as they are; prices, stock,
colours and sizes drawn anew; vectors are the real ones, each moved a little way along the difference of two others, so
that they stay as texts of a shop lie. Measured is what comes after the query's vector is known: the mask, then the ten
nearest allowed rows. ``python tests/benchmarks/filters.py --index DIR --queries FILE --rows 100000 --work DIR``
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.assembly import Parts
from assistant.catalog import product_from_record
from assistant.encoder import Encoder
from assistant.evaluation.machine import describe
from assistant.lexicon import Lexicon
from assistant.retrieval import Columns, Filters, Index, open_index
from assistant.retrieval import keywords as keywords_module
from assistant.retrieval import phrases as phrases_module
from assistant.retrieval.columns import ColumnData, ColumnWriter
from assistant.retrieval.index import FORMAT
from assistant.retrieval.ingest import COLUMNS, KEYWORDS
from assistant.retrieval.keywords import KeywordWriter
from assistant.retrieval.kinds import KindWriter, topics_folder
from assistant.retrieval.nearest import COARSE_FROM, Codes, best
from assistant.retrieval.plans import Nearest, nearest_allowed
from assistant.retrieval.records import ProductWriter
from assistant.retrieval.titles import RowTypes
from assistant.retrieval.vectors import LOCAL
from assistant.retrieval.versions import MANIFEST, TEXTS, VECTORS
from assistant.settings import Settings
from assistant.types import COLORS, Constraints, Product

Vectors = npt.NDArray[np.float32]

SEED = 7
K = 10
VERSION = "v-made"
SIZES = ("S", "M", "L", "XL", "41", "42", "43", "44")
_ATTRIBUTES = 12
_MOST = 1_000_000
_BLOCK = 50_000


# -- making the rows ---------------------------------------------------------------------------------------------------


def vectors_made(real: Vectors, count: int) -> Iterator[tuple[npt.NDArray[np.int64], Vectors]]:
    """``(rows of the real catalogue, vectors made of theirs)``, block by block; fewer are the beginning of more."""
    rng = np.random.default_rng(SEED)
    base = rng.integers(0, len(real), _MOST)[:count]
    for start in range(0, count, _BLOCK):
        rows = base[start : start + _BLOCK]
        others = rng.integers(0, len(real), (2, len(rows)))
        share = rng.uniform(0.05, 0.2, (len(rows), 1)).astype(np.float32)
        moved = real[rows] + share * (real[others[0]] - real[others[1]])
        yield rows, moved / np.linalg.norm(moved, axis=1, keepdims=True)


def row_of(real: Product, number: int, rng: np.random.Generator) -> Product:
    """A row made of a real one."""
    sizes = tuple(rng.choice(SIZES, 3, replace=False)) if rng.random() < 0.4 else ()
    attributes = dict(itertools.islice(real.attributes.items(), _ATTRIBUTES))
    attributes["warranty_years"] = int(rng.integers(1, 6))
    return replace(
        real,
        sku=f"B{number:07d}",
        price=round(float(real.price * rng.lognormal(0, 0.4)), 2),
        stock=None if rng.random() < 0.1 else int(rng.integers(0, 7)),
        color=str(rng.choice(COLORS)) if rng.random() < 0.7 else None,
        sizes=sizes,
        size_stock={size: int(rng.integers(0, 4)) for size in sizes},
        attributes=attributes,
        rating=round(float(rng.uniform(2, 5)), 1),
    )


def remember_texts() -> None:
    """Every real text comes many times; what is read of it is remembered here, which no shop's build could."""
    phrases_module.words = functools.lru_cache(1 << 18)(phrases_module.words)
    phrases_module.fold = functools.lru_cache(1 << 18)(phrases_module.fold)
    read, known = keywords_module.keyword_document, dict[tuple[str, str], list[str]]()

    def remembered(product: Product) -> list[str]:
        key = (product.title, product.description)
        if key not in known:
            known[key] = read(replace(product, sku="x", color=None))
        return [*known[key], product.sku.lower()]

    keywords_module.keyword_document = remembered


def remembering(read: Callable[[Product], RowTypes]) -> Callable[[Product], RowTypes]:
    """As :func:`remember_texts`, of what a row is."""
    known = dict[tuple[str, tuple[str, ...]], RowTypes]()

    def remembered(product: Product) -> RowTypes:
        key = (product.title, product.category)
        if key not in known:
            known[key] = read(product)
        return known[key]

    return remembered


def real_catalogue(folder: Path) -> tuple[list[Product], Vectors]:
    """The rows and vectors of an index folder of any format."""
    whole = folder / (folder / "CURRENT").read_text().strip()
    with (whole / "products.jsonl").open(encoding="utf-8") as stream:
        rows = [product_from_record(json.loads(line)) for line in stream]
    return rows, np.load(whole / "vectors.npy").astype(np.float32)


def make(source: Path, folder: Path, rows: int, encoder: Encoder, lexicon: Lexicon) -> None:
    """An index folder of ``rows`` rows, written by the same code that a build writes with."""
    whole = folder / VERSION
    if (whole / "manifest.json").is_file():
        return
    whole.mkdir(parents=True, exist_ok=True)
    known, real = real_catalogue(source)
    remember_texts()
    store = LOCAL.make(whole, VERSION, real.shape[1])
    stored = store.count()
    products, columns = ProductWriter(whole), ColumnWriter(whole / COLUMNS)
    kinds, keywords = KindWriter(lexicon, topics_folder(whole, lexicon)), KeywordWriter(whole / KEYWORDS)
    kinds._reader.read = remembering(kinds._reader.read)  # type: ignore[method-assign]
    shape = (rows, real.shape[1])
    out = np.lib.format.open_memmap(whole / VECTORS, mode="w+", dtype=np.float32, shape=shape)
    rng, done, started = np.random.default_rng(SEED + 1), 0, time.perf_counter()
    for bases, made in vectors_made(real, rows):
        some = [row_of(known[int(base)], done + i, rng) for i, base in enumerate(bases)]
        for writer in (products, columns, kinds, keywords):
            writer.add(some)
        out[done : done + len(some)] = made
        if done + len(some) > stored:
            store.upsert([p.sku for p in some], made.astype(np.float32))
        done += len(some)
        say(f"{done} rows made in {time.perf_counter() - started:.0f} s")
    for writer in (products, columns, kinds, keywords):
        writer.finish()
    np.save(whole / TEXTS, np.zeros((rows, 16), np.uint8))
    (whole / "errors.jsonl").write_text("")
    if rows >= COARSE_FROM:
        Codes.make(out, whole)
    manifest = {"format": FORMAT, "encoder": encoder.name, "dimension": encoder.dimension, "source": "made",
                "products": rows, "vectors": store.count(), "skipped": 0}  # fmt: skip
    store.close()
    (whole / MANIFEST).write_text(json.dumps(manifest))
    (folder / "CURRENT").write_text(VERSION)
    say(f"{rows} rows written after {time.perf_counter() - started:.0f} s")


# -- asking ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: a query's vector, our filters, and the same as Chroma says it, where it can."""

    vector: Vectors
    filters: Filters
    where: dict[str, Any] | None
    against: bool


def metadata(product: Product) -> dict[str, Any]:
    """What Chroma's ``where`` is asked about."""
    return {
        "price": product.price,
        "brand": product.brand or "",
        "color": product.color or "",
        "shelf": product.category[0] if product.category else "",
        "stock": 1 if product.stock is None else product.stock,
        "warranty": int(product.attributes["warranty_years"]),
        "rating": product.rating or 0.0,
        **{f"size {size}": count for size, count in product.size_stock.items()},
    }


def asks(engine_columns: Columns, index: Index, queries: Vectors, count: int) -> list[Ask]:
    """Random mixes of one to four filters; every third time one of them takes out what the query is nearest to."""
    rng = np.random.default_rng(SEED + 2)
    data = engine_columns.data
    prices = np.quantile(data.own_price, np.linspace(0.05, 0.95, 19))
    sizes_of = np.bincount(data.brand, minlength=len(data.brands))
    common = [int(b) for b in np.argsort(-sizes_of)[:40] if data.brands[b]]
    shelves = [int(c) for c in np.argsort(-np.bincount(data.category))[:30] if data.categories[c]]
    found, everything = [], np.ones(len(index.products), dtype=np.bool_)
    for number in range(count):
        vector = queries[int(rng.integers(len(queries)))]
        c, rest, where = Constraints(), dict[str, Any](), list[dict[str, Any]]()
        against = number % 3 == 0
        if against:
            near = [index.products[int(row)] for row in nearest_allowed(index, vector, everything, 60).rows]
            brands = [p.brand for p in near if p.brand]
            worst = max(set(brands), key=brands.count) if brands else "HP"
            c = replace(c, exclude_brands=(worst,), price_max=float(np.quantile([p.price for p in near], 0.2)))
            where += [{"brand": {"$ne": worst}}, {"price": {"$lte": c.price_max}}]
        kinds = ("price", "brand", "color", "size", "shelf", "stock", "attribute", "rating", "no color", "no brand")
        for kind in rng.choice(kinds, int(rng.integers(1, 5)) - against, replace=False):
            match str(kind):
                case "price" if not against:
                    low = int(rng.integers(0, 12))
                    c = replace(c, price_min=float(prices[low]), price_max=float(prices[low + int(rng.integers(2, 7))]))
                    where += [{"price": {"$gte": c.price_min}}, {"price": {"$lte": c.price_max}}]
                case "brand" if not against:
                    names = [data.brands[int(b)][0] for b in rng.choice(common, 2, replace=False)]
                    c = replace(c, brands=tuple(names))
                    where.append({"brand": {"$in": [n for b in names for n in written(data, b)]}})
                case "color":
                    c = replace(c, colors=tuple(str(x) for x in rng.choice(COLORS, 2, replace=False)))
                    where.append({"color": {"$in": list(c.colors)}})
                case "size":
                    c = replace(c, sizes=(str(rng.choice(SIZES)),))
                    where.append({f"size {c.sizes[0]}": {"$gt": 0}})
                case "shelf":
                    name = data.categories[int(rng.choice(shelves))][0]
                    rest["category"] = (name,)
                    where.append({"shelf": name})
                case "stock":
                    c = replace(c, in_stock_only=True)
                    where.append({"stock": {"$gt": 0}})
                case "attribute":
                    years = int(rng.integers(1, 6))
                    rest["attributes"] = {"warranty_years": (years,)}
                    where.append({"warranty": years})
                case "rating":
                    rest["rating_min"] = float(rng.uniform(2.5, 4.5))
                    where.append({"rating": {"$gte": rest["rating_min"]}})
                case "no color":
                    c = replace(c, exclude_colors=(str(rng.choice(COLORS)),))
                    where.append({"color": {"$ne": c.exclude_colors[0]}})
                case "no brand" if not against:
                    name = data.brands[int(rng.choice(common))][0]
                    c = replace(c, exclude_brands=(name,))
                    where.append({"brand": {"$nin": written(data, name)}})
        said = where[0] if len(where) == 1 else {"$and": where} if where else None
        found.append(Ask(vector, Filters(c, **rest), said, against))
    return found


def written(data: ColumnData, folded: str) -> list[str]:
    """How a brand is written in the catalogue."""
    return [name for name in data.brand_names if name.lower() == folded] or [folded]


# -- measuring ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of every call, on the clock and of the processor."""

    wall: list[float]
    cpu: list[float]

    def row(self, name: str, more: str = "") -> str:
        """A line of the table."""
        wall, cpu = np.array(self.wall), np.array(self.cpu)
        cells = (np.median(wall), np.quantile(wall, 0.99), np.median(cpu), np.quantile(cpu, 0.99))
        return f"| {name} | {len(wall)} | " + " | ".join(f"{v:.2f}" for v in cells) + f" | {more} |"


def timed(calls: Iterable[Callable[[], Any]]) -> tuple[Timed, list[Any]]:
    """Run every call once; the first few are run before, for what is only read from disk once."""
    every = list(calls)
    for call in every[:10]:
        call()
    wall, cpu, results = list[float](), list[float](), list[Any]()
    for call in every:
        began, used = time.perf_counter(), time.process_time()
        results.append(call())
        wall.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (time.process_time() - used))
    return Timed(wall, cpu), results


def memory_mb() -> dict[str, int]:
    """What this process holds now: in all, of its own, of mapped files (Linux)."""
    lines = (line.split() for line in Path("/proc/self/status").read_text().splitlines())
    return {c[0][:-1]: int(c[1]) // 1024 for c in lines if c and c[0] in ("VmRSS:", "RssAnon:", "RssFile:", "VmHWM:")}


def scan(exact: Vectors, vector: Vectors, allowed: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """The plain way: every allowed row compared, in single precision."""
    rows = np.flatnonzero(allowed)
    cosine = exact[rows] @ vector
    order = best(cosine, K)
    return rows[order[np.argsort(-cosine[order])]]


def filtered_collection(folder: Path, index: Index, exact: Vectors) -> Any:
    """The same rows in a Chroma collection with what filters ask about as metadata."""
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    client = chromadb.PersistentClient(str(folder / "where"), ChromaSettings(anonymized_telemetry=False))
    made: Any = client.get_or_create_collection(
        "rows", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
    )
    for start in range(made.count(), len(index.products), 5_000):
        some = index.products[start : start + 5_000]
        made.upsert(
            ids=[p.sku for p in some],
            embeddings=np.asarray(exact[start : start + len(some)]),
            metadatas=[metadata(p) for p in some],
        )
        say(f"{start + len(some)} rows given to Chroma with their metadata")
    return made


def say(line: str) -> None:
    """Tell how far it is, beside the table."""
    sys.stderr.write(line + "\n")


def main() -> None:
    """Make what is missing, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True, help="index folder of a real catalogue")
    parser.add_argument("--queries", type=Path, nargs="+", required=True, help='JSONL with {"text"}')
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--work", type=Path, required=True, help="where the made index is kept")
    parser.add_argument("--asks", type=int, default=300)
    parser.add_argument("--where", type=int, default=40, help="so many asks of Chroma's own filter; 0 leaves it out")
    parser.add_argument("--only-make", action="store_true")
    options = parser.parse_args()
    parts = Parts(Settings())
    folder = options.work / f"rows-{options.rows}"
    make(options.index, folder, options.rows, parts.encoder, parts.lexicon)
    if options.only_make:
        return
    texts = [json.loads(line)["text"] for path in options.queries for line in path.open(encoding="utf-8")]
    queries = np.concatenate([parts.encoder.encode([text], kind="query") for text in texts]).astype(np.float32)
    before, began = memory_mb(), time.perf_counter()
    index = open_index(folder, parts.encoder)
    columns = Columns(index.products, parts.lexicon, index.columns)
    opened = time.perf_counter() - began
    wanted = asks(columns, index, queries, options.asks)
    masks, allowed = timed([functools.partial(columns.mask, ask.filters) for ask in wanted])

    def ours(ask: Ask) -> Nearest:
        return nearest_allowed(index, ask.vector, columns.mask(ask.filters), K)

    both, found = timed([functools.partial(ours, ask) for ask in wanted])
    words, _ = timed([functools.partial(index.keywords.scores, text) for text in texts])
    after = memory_mb()
    exact = np.load(folder / VERSION / VECTORS, mmap_mode="r")
    held = np.asarray(exact) if options.rows > 200_000 else np.array(exact)
    plain, truth = timed(
        [functools.partial(scan, held, ask.vector, mask) for ask, mask in zip(wanted, allowed, strict=True)]
    )
    recall = [recall_of(held, ask, one.rows, true) for ask, one, true in zip(wanted, found, truth, strict=True)]
    far = [r for r, ask in zip(recall, wanted, strict=True) if ask.against]
    say(json.dumps({"machine": describe(), "opened_s": round(opened, 2), "before": before, "after": after}))
    say(json.dumps({"allowed": [int(q) for q in np.quantile([m.sum() for m in allowed], [0, 0.1, 0.5, 0.9, 1])]}))
    rows = [masks.row("our mask"), both.row("our mask and search", f"{np.mean(recall):.4f}")]
    for plan in ("exact", "codes", "graph"):
        some = [i for i, one in enumerate(found) if one.plan == plan]
        if some:
            rows.append(
                Timed([both.wall[i] for i in some], [both.cpu[i] for i in some]).row(
                    f"… by {plan}", f"{np.mean([recall[i] for i in some]):.4f}"
                )
            )
    rows.append(
        Timed(
            [t for t, ask in zip(both.wall, wanted, strict=True) if ask.against],
            [t for t, ask in zip(both.cpu, wanted, strict=True) if ask.against],
        ).row("… against the query", f"{np.mean(far):.4f}")
    )
    rows.append(plain.row("numpy scan of our mask", "1"))
    rows.append(words.row("BM25 of all rows, beside it"))
    if options.where:
        collection = filtered_collection(folder, index, exact)
        asked = [ask for ask in wanted if ask.where][: options.where]
        theirs, _ = timed(
            [
                functools.partial(
                    collection.query, query_embeddings=[ask.vector.tolist()], n_results=K, where=ask.where, include=[]
                )
                for ask in asked
            ]
        )
        rows.append(theirs.row("Chroma's where"))
    sys.stdout.write(
        f"{options.rows} rows, p50 and p99 in ms\n\n"
        "| | asks | p50 | p99 | processor p50 | processor p99 | recall@10 |\n|---|---|---|---|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
    )


def recall_of(exact: Vectors, ask: Ask, found: npt.NDArray[np.int64], true: npt.NDArray[np.int64]) -> float:
    """The share of the true ten that were found; what is as near as the tenth counts as true."""
    if not len(true):
        return float(not len(found))
    last = float(np.min(exact[true] @ ask.vector))
    return float(np.sum(exact[found] @ ask.vector >= last - 1e-6)) / len(true)


if __name__ == "__main__":
    main()
