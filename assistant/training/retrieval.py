"""Adapt the sentence encoder to a catalogue, measure it before and after, and promote it only if it is better.

    DIR/PROMOTED          name of the adapter in use; written only when it ranked better than the encoder without it
    DIR/adapter-<hash>/   the low-rank matrices, a few MB; see assistant/encoder/adapter.py
    DIR/report.json       command, data, options, figures before and after, and why it was or was not promoted
    DIR/checkpoints/      of a run under way; a run with the same data and options goes on from there

What ``assistant train retrieval`` runs. Products of the held-out slice are never trained on, nor are queries with the
same words; nothing but the catalogue is read, so no graded query can leak into an adapter.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import random
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assistant.catalog import ColumnMapping
from assistant.encoder import Encoder, load_encoder, prefixes_of
from assistant.encoder.adapter import POINTER, probe
from assistant.encoder.pieces import Pieces
from assistant.errors import TrainingError
from assistant.lexicon import Lexicon, fold
from assistant.retrieval.keywords import Keywords
from assistant.retrieval.text import document
from assistant.training import heldout
from assistant.training.negatives import mine
from assistant.training.noise import disturb
from assistant.training.slices import (
    LEAST_QUERIES,
    MEASURED,
    POOL,
    TRAINED,
    RetrievalOptions,
    Split,
    draw,
    pool,
    read_products,
    split_rows,
)
from assistant.training.wishes import Wish, WishMaker, passage_of
from assistant.types import Product
from assistant.weights import Progress, cpu_has_fast_bf16, device_and_dtype, resolve
from assistant.weights.cache import sha256_of

if TYPE_CHECKING:
    from assistant.training.contrastive import Example, Held

__all__ = ["REPORT", "RetrievalOptions", "train_retrieval"]

REPORT = "report.json"
_CHECKPOINTS = "checkpoints"
_ENCODED = 256


def train_retrieval(
    catalog: Path,
    output: Path,
    *,
    mapping: ColumnMapping | None = None,
    encoder: str = "multilingual-e5-small",
    cache: Path,
    offline: bool = False,
    device: str = "auto",
    options: RetrievalOptions | None = None,
    command: str | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Adapt an encoder to a catalogue and return the figures before and after; ``promoted`` says how it ended.

    An interrupted run goes on from its last checkpoint when it is started again with the same data and options. What an
    earlier run promoted into ``output`` stays in use until a better one replaces it.

    Args:
        catalog: JSONL, CSV or Parquet file; bad rows are left out and counted.
        output: the folder to write.
        mapping: which columns are which fields, where they have other names.
        encoder: name, folder or hub id of the encoder to adapt.
        cache: where converted weights are kept.
        offline: never ask a model hub.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        options: how to train.
        command: what to record as the command that made it.
        progress: called with a message and the share done.

    Raises:
        TrainingError: the catalogue is too small or says too little to make queries of.
        CatalogError: it cannot be read.
        WeightsError: the encoder cannot be loaded or adapted.
        ConfigurationError: the device cannot be used, or a library is missing.
    """
    from transformers import set_seed

    from assistant.training.contrastive import ContrastiveOptions, backbone_of, load_trainable, run_contrastive
    from assistant.training.packing import write_adapter

    began = time.perf_counter()
    options = options or RetrievalOptions()
    report = progress or _quiet
    report("reading the catalogue", 0.0)
    products, skipped = read_products(catalog, mapping, options)
    maker = WishMaker(products, Lexicon.load())
    split = split_rows(products, options)
    trained, chosen_by, measured = _drawn(maker, split, options, catalog.name)
    folder = resolve(encoder, cache=cache, offline=offline, progress=progress)
    chosen, _ = device_and_dtype(device, "auto")
    set_seed(options.seed)  # the low-rank matrices start at random
    model = load_trainable(folder, rank=options.rank, max_tokens=options.max_tokens, device=chosen)
    known = probe(backbone_of(model), Pieces.load(folder))  # new matrices add nothing yet: this is the plain encoder's
    source = {"file": catalog.name, "sha256": sha256_of(catalog)}
    identity = {
        "catalog": source,
        "mapping": mapping.describe() if mapping is not None else "",
        "options": asdict(options),
        "probe": known,
    }
    checkpoints = output / _CHECKPOINTS
    checkpoints.mkdir(parents=True, exist_ok=True)
    keywords = Keywords.build(products)
    plain = load_encoder(str(folder), cache=cache, device=device, offline=offline)
    tag = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]
    documents = _kept(checkpoints / f"before-{tag}.npy", plain, products, report)
    before = heldout.rank(measured, plain.encode([w.text for w in measured], kind="query"), documents, keywords)
    report("looking for wrong answers", 0.0)
    examples = _examples(trained, products, maker, plain, documents, keywords, split.train, options)
    del plain
    result = run_contrastive(
        model,
        examples,
        _held(chosen_by, products, pool(split, options)),
        prefixes=prefixes_of(encoder, model.prompts or {}),
        options=ContrastiveOptions(
            epochs=options.epochs,
            batch_size=options.batch_size,
            learning_rate=options.learning_rate,
            scale=options.scale,
            evaluations=options.evaluations,
            patience=options.patience,
            seed=options.seed,
        ),
        device=chosen,
        bf16=(chosen.type == "cpu" and cpu_has_fast_bf16()) or chosen.type == "cuda",
        checkpoints=checkpoints,
        identity=identity,
        progress=report,
    )
    name = encoder if not Path(encoder).is_dir() else Path(encoder).name
    adapter = write_adapter(output, backbone_of(model), encoder=name, made_of=known, kept=options.kept)
    del model
    adapted = load_encoder(str(folder), cache=cache, device=device, offline=offline, adapter=adapter)
    documents = _embedded(adapted, products, report, "after")
    after = heldout.rank(measured, adapted.encode([w.text for w in measured], kind="query"), documents, keywords)
    figures: dict[str, Any] = {
        **_compared(measured, before, after, options.seed),
        "products": len(products),
        "skipped": skipped,
        "pairs": len(examples),
        "held_out_products": len(split.test),
        "held_out_queries": len(measured),
        "steps": result.steps,
        "best_step": result.best_step,
        "adapter": adapter.name,
        "bytes": sum(p.stat().st_size for p in adapter.iterdir()),
        "seconds": round(time.perf_counter() - began, 1),
    }
    versions = ("torch", "transformers", "sentence-transformers", "peft")
    recipe = {
        "command": command or _command(catalog, output, options),
        "encoder": name,
        "catalog": source,
        "options": asdict(options),
        "metrics": figures,
        "versions": {package: importlib.metadata.version(package) for package in versions},
    }
    _replace(output / REPORT, json.dumps(recipe, ensure_ascii=False, indent=1) + "\n")
    if figures["promoted"]:
        _replace(output / POINTER, adapter.name + "\n")
    shutil.rmtree(checkpoints, ignore_errors=True)
    report("done", 1.0)
    return figures


def _drawn(
    maker: WishMaker, split: Split, options: RetrievalOptions, catalog: str
) -> tuple[list[Wish], list[Wish], list[Wish]]:
    """The queries that train, that choose the step, and that measure; the last two never hold words of the first."""
    count = min(options.pairs, options.per_product * len(split.train))
    trained = draw(maker, split.train, TRAINED, count, options)
    seen = {fold(w.text) for w in trained}
    chosen_by = draw(maker, split.validation[:POOL], MEASURED, options.queries // 2, options, unseen=seen)
    measured = draw(maker, split.test, MEASURED, options.queries, options, unseen=seen)
    if len(trained) < options.batch_size or len(measured) < LEAST_QUERIES or not chosen_by:
        raise TrainingError(
            f"'{catalog}' gives {len(trained)} queries to train on and {len(measured)} held-out ones; wanted "
            f"{options.batch_size} and {LEAST_QUERIES} at least: titles or categories must name product types"
        )
    return trained, chosen_by, measured


def _compared(measured: Sequence[Wish], before: heldout.Ranked, after: heldout.Ranked, seed: int) -> dict[str, Any]:
    """The figures before and after, whether that is better, and if not, why not."""
    owners = [w.row for w in measured]
    whole = heldout.compare(owners, before.alone, after.alone, seed=seed)
    fused = heldout.compare(owners, before.fused, after.fused, seed=seed)
    parts = heldout.parts_of(measured, before.alone, after.alone, seed=seed)
    reason = heldout.verdict(whole, fused, {k: v for k, v in parts.items() if k in ("en", "zh")})
    figures: dict[str, Any] = {"promoted": reason is None, "reason": reason}
    for name in heldout.MEASURES:
        figures |= {f"{name}_before": whole[name]["before"], name: whole[name]["after"]}
    gain = whole["ndcg@10"]
    return figures | {
        "difference": gain["difference"],
        "interval": gain["interval"],
        "fused": fused,
        "parts": parts,
    }


def _examples(
    wishes: Sequence[Wish],
    products: Sequence[Product],
    maker: WishMaker,
    encoder: Encoder,
    documents: npt.NDArray[np.float32],
    keywords: Keywords,
    rows: Sequence[int],
    options: RetrievalOptions,
) -> list[Example]:
    from assistant.training.contrastive import Example

    allowed = np.zeros(len(products), dtype=np.bool_)
    allowed[list(rows)] = True
    queries = encoder.encode([w.text for w in wishes], kind="query")
    wrong = mine(wishes, queries, documents, maker, keywords, allowed=allowed, seed=options.seed)
    rng = random.Random(options.seed)
    out = []
    for wish, row in zip(wishes, wrong, strict=True):
        while row is None or row in wish.relevant:
            row = rng.choice(rows)
        text = disturb(wish.text, rng, options.noise)
        out.append(
            Example(text, maker.passage(wish), passage_of(products[row], wish.kind), wish.row, row, wish.relevant)
        )
    return out


def _held(wishes: Sequence[Wish], products: Sequence[Product], rows: Sequence[int]) -> Held:
    from assistant.training.contrastive import Held

    place = {row: i for i, row in enumerate(rows)}
    return Held(
        [w.text for w in wishes],
        [document(products[row]) for row in rows],
        [{place[r] for r in w.relevant if r in place} for w in wishes],
    )


def _embedded(encoder: Encoder, products: Sequence[Product], report: Progress, when: str) -> npt.NDArray[np.float32]:
    out = np.zeros((len(products), encoder.dimension), dtype=np.float32)
    for start in range(0, len(products), _ENCODED):
        report(f"embedding the catalogue, {when}", start / len(products))
        batch = products[start : start + _ENCODED]
        out[start : start + len(batch)] = encoder.encode([document(p) for p in batch], kind="passage")
    report(f"embedding the catalogue, {when}", 1.0)
    return out


def _kept(path: Path, encoder: Encoder, products: Sequence[Product], report: Progress) -> npt.NDArray[np.float32]:
    """The plain encoder's vectors: those of an interrupted run, or new ones."""
    if path.is_file():
        found: npt.NDArray[np.float32] = np.load(path)
        return found
    for stale in path.parent.glob("before-*.npy"):
        stale.unlink()
    made = _embedded(encoder, products, report, "before")
    partial = path.with_suffix(".partial.npy")
    np.save(partial, made)
    os.replace(partial, path)
    return made


def _replace(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def _command(catalog: Path, output: Path, options: RetrievalOptions) -> str:
    """The command line that does this again; only options other than the defaults are named."""
    usual = asdict(RetrievalOptions())
    changed = {n: v for n, v in asdict(options).items() if v != usual[n]}
    words = [f"assistant train retrieval --catalog {catalog.name} --output {output.name}"]
    return " ".join([*words, *(f"--{n.replace('_', '-')} {v}" for n, v in changed.items())])


def _quiet(_message: str, _share: float) -> None:
    """The progress callback of whoever wants none."""
