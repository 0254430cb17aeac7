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
import logging
import os
import random
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assistant.catalog import ColumnMapping, RowError, read_rows
from assistant.encoder import Encoder, Kind, load_encoder, prefixes_of
from assistant.encoder.adapter import CONFIG, POINTER, TENSORS, probe, write_card
from assistant.encoder.pieces import Pieces
from assistant.errors import TrainingError
from assistant.lexicon import Lexicon, fold
from assistant.retrieval.keywords import Keywords
from assistant.retrieval.text import document
from assistant.training import heldout
from assistant.training.negatives import mine
from assistant.training.noise import disturb
from assistant.training.wishes import Wish, WishMaker, group_of, passage_of
from assistant.types import Product
from assistant.weights import Progress, cpu_has_fast_bf16, device_and_dtype, resolve
from assistant.weights.cache import sha256_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from assistant.training.contrastive import Example, Held

_LOG = logging.getLogger(__name__)
REPORT = "report.json"
_CHECKPOINTS = "checkpoints"
_ENCODED = 256
_LEAST_PRODUCTS = 40
_LEAST_QUERIES = 30
# What queries are made of, and how often. The documents hold every word of their description, so that finding one by a
# sentence of it measures nothing: those queries are for training, against documents without it.
_TRAINED = (("facts", 0.6), ("title", 0.25), ("description", 0.15))
_MEASURED = (("facts", 0.7), ("title", 0.3))
_TRIES = 8
# While training, so many rows are ranked and no more: each measurement embeds them again.
_POOL = 400


@dataclass(frozen=True, slots=True)
class RetrievalOptions:
    """Everything that changes the result besides the catalogue.

    ``products`` is how many rows take part at most, ``pairs`` how many queries an epoch holds at most and
    ``per_product`` how many of them fall on each product; ``held_out`` is the share of products that measures,
    ``validation`` the one that chooses the step; ``chinese`` the share of queries in Chinese; ``noise`` the probability
    of each kind of slip of the finger; ``scale`` is 1 / temperature of the loss; ``evaluations`` is how often an epoch
    is measured and ``patience`` how many of them without progress end the training, 0 none.
    """

    products: int = 20_000
    pairs: int = 6400
    per_product: int = 8
    epochs: int = 1
    batch_size: int = 32
    learning_rate: float = 2e-4
    scale: float = 50.0
    rank: int = 16
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
            "chinese": not 0 <= self.chinese <= 1,
            "noise": not 0 <= self.noise <= 1,
            "held_out": not 0 < self.held_out <= 0.5,
            "validation": not 0 < self.validation <= 0.5,
            "queries": self.queries < _LEAST_QUERIES,
            "max_tokens": not 16 <= self.max_tokens <= 512,
        }
        for name, is_wrong in wrong.items():
            if is_wrong:
                raise TrainingError(f"{name} {getattr(self, name)!r} cannot be used to adapt an encoder")


@dataclass(frozen=True, slots=True)
class _Split:
    """Rows to train on, rows that choose the step, rows that measure; variants of one product stay together."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]


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
    from assistant.training.contrastive import ContrastiveOptions, backbone_of, load_trainable, run_contrastive

    began = time.perf_counter()
    options = options or RetrievalOptions()
    report = progress or _quiet
    report("reading the catalogue", 0.0)
    products, skipped = _read(catalog, mapping, options)
    maker = WishMaker(products, Lexicon.load())
    split = _split(products, options)
    trained = _wishes(maker, split.train, _TRAINED, min(options.pairs, options.per_product * len(split.train)), options)
    seen = {fold(w.text) for w in trained}
    chosen_by = _wishes(maker, split.validation[:_POOL], _MEASURED, options.queries // 2, options, unseen=seen)
    measured = _wishes(maker, split.test, _MEASURED, options.queries, options, unseen=seen)
    if len(trained) < options.batch_size or len(measured) < _LEAST_QUERIES or not chosen_by:
        raise TrainingError(
            f"'{catalog.name}' gives {len(trained)} queries to train on and {len(measured)} held-out ones; wanted "
            f"{options.batch_size} and {_LEAST_QUERIES} at least: titles or categories must name product types"
        )
    folder = resolve(encoder, cache=cache, offline=offline, progress=progress)
    chosen, _ = device_and_dtype(device, "auto")
    pieces = Pieces.load(folder)
    model = _seeded(
        lambda: load_trainable(folder, rank=options.rank, max_tokens=options.max_tokens, device=chosen), options
    )
    backbone = backbone_of(model)
    known = _untrained_probe(model, pieces)
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
        _held(chosen_by, products, _pool(split, options)),
        prefixes=_prefixes(encoder, model),
        options=ContrastiveOptions(
            epochs=options.epochs,
            batch_size=options.batch_size,
            learning_rate=options.learning_rate,
            scale=options.scale,
            rank=options.rank,
            evaluations=options.evaluations,
            patience=options.patience,
            max_tokens=options.max_tokens,
            seed=options.seed,
        ),
        device=chosen,
        bf16=(chosen.type == "cpu" and cpu_has_fast_bf16()) or chosen.type == "cuda",
        checkpoints=checkpoints,
        identity=identity,
        progress=report,
    )
    hidden = int(backbone.config.hidden_size)  # type: ignore[union-attr, arg-type]
    name = encoder if not Path(encoder).is_dir() else Path(encoder).name
    adapter = _written(output, model, name, hidden, known)
    del model, backbone
    adapted = load_encoder(str(folder), cache=cache, device=device, offline=offline, adapter=adapter)
    after = heldout.rank(
        measured,
        adapted.encode([w.text for w in measured], kind="query"),
        _embedded(adapted, products, report, "after"),
        keywords,
    )
    owners = [w.row for w in measured]
    whole = heldout.compare(owners, before.alone, after.alone, seed=options.seed)
    fused = heldout.compare(owners, before.fused, after.fused, seed=options.seed)
    parts = heldout.parts_of(measured, before.alone, after.alone, seed=options.seed)
    reason = heldout.verdict(whole, fused, {k: v for k, v in parts.items() if k in ("en", "zh")})
    figures: dict[str, Any] = {
        "promoted": reason is None,
        "reason": reason,
        **{
            f"{m}{suffix}": whole[m][when]
            for m in heldout.MEASURES
            for suffix, when in (("_before", "before"), ("", "after"))
        },
        "difference": whole["ndcg@10"]["difference"],
        "interval": whole["ndcg@10"]["interval"],
        "fused": fused,
        "parts": parts,
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
    recipe = {
        "command": command or _command(catalog, output, options),
        "encoder": name,
        "catalog": source,
        "options": asdict(options),
        "metrics": figures,
        "versions": {
            n: importlib.metadata.version(n) for n in ("torch", "transformers", "sentence-transformers", "peft")
        },
    }
    _replace(output / REPORT, json.dumps(recipe, ensure_ascii=False, indent=1) + "\n")
    if reason is None:
        _replace(output / POINTER, adapter.name + "\n")
    shutil.rmtree(checkpoints, ignore_errors=True)
    report("done", 1.0)
    return figures


def _read(catalog: Path, mapping: ColumnMapping | None, options: RetrievalOptions) -> tuple[list[Product], int]:
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


def _split(products: Sequence[Product], options: RetrievalOptions) -> _Split:
    """By the hash of a product's group, so that a product added to the catalogue moves no other."""
    parts: tuple[list[int], list[int], list[int]] = ([], [], [])
    for row, product in enumerate(products):
        digest = hashlib.sha256(f"{options.seed}/{group_of(product)}".encode("utf-8", "surrogatepass")).digest()
        share = int.from_bytes(digest[:8], "big") / 2**64
        parts[2 if share < options.held_out else 1 if share < options.held_out + options.validation else 0].append(row)
    return _Split(tuple(parts[0]), tuple(parts[1]), tuple(parts[2]))


def _wishes(
    maker: WishMaker,
    rows: Sequence[int],
    kinds: Sequence[tuple[str, float]],
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
        language = "zh" if rng.random() < options.chinese else "en"
        wish = maker.make(row, kind, language, rng)  # type: ignore[arg-type]
        if wish is None or len(fold(wish.text)) < 2:
            continue
        key = fold(wish.text)
        # The same words for several products are one query to measure, and a few at most to learn.
        most = 1 if unseen is not None else 4
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


def _pool(split: _Split, options: RetrievalOptions) -> list[int]:
    """The rows that are ranked while training: those of the validation queries among others."""
    others = random.Random(options.seed).sample(split.train, min(len(split.train), _POOL))
    return [*split.validation[:_POOL], *others]


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


def _prefixes(encoder: str, model: SentenceTransformer) -> dict[Kind, str]:
    return prefixes_of(encoder, model.prompts or {})


def _untrained_probe(model: SentenceTransformer, pieces: Pieces) -> tuple[tuple[float, ...], ...]:
    """The probe of the plain encoder: new low-rank matrices add nothing yet."""
    from assistant.training.contrastive import backbone_of

    return probe(backbone_of(model), pieces)


def _seeded(make: Any, options: RetrievalOptions) -> Any:
    """What ``make`` gives from the options' seed: the low-rank matrices start at random."""
    from transformers import set_seed

    set_seed(options.seed)
    return make()


def _written(
    output: Path, model: SentenceTransformer, encoder: str, hidden: int, known: Sequence[Sequence[float]]
) -> Path:
    """The adapter's folder, named by its tensors' hash, written whole or not at all."""
    import torch
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    from assistant.training.contrastive import backbone_of

    backbone: Any = backbone_of(model)
    scratch = output / ".writing"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    tensors = get_peft_model_state_dict(backbone, adapter_name="default")
    # As peft names them where it wraps the network itself.
    tensors = {f"base_model.model.{name}": tensor for name, tensor in tensors.items()}
    save_file({k: t.to(torch.float16).cpu().contiguous() for k, t in tensors.items()}, scratch / TENSORS)
    (scratch / TENSORS).chmod(0o644)  # safetensors keeps its files to their owner
    config = backbone.peft_config["default"].to_dict()
    config |= {
        "base_model_name_or_path": None,
        "target_modules": sorted(config["target_modules"]),
        "inference_mode": True,
    }
    text = json.dumps(config, indent=1, sort_keys=True, default=str)
    (scratch / CONFIG).write_text(text + "\n", encoding="utf-8")
    write_card(scratch, encoder=encoder, hidden=hidden, made_of=known)
    final = output / f"adapter-{sha256_of(scratch / TENSORS)[:8]}"
    shutil.rmtree(final, ignore_errors=True)
    scratch.replace(final)
    return final


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
