"""Train the learned side of the claim check; imported only to train, since it brings torch.

Knows batches, steps, and the folder that results. Does not know how files become sentences with labels
(:mod:`assistant.training.claims_data`), nor how doubts and rules are put together.
"""

from __future__ import annotations

import json
import math
import random
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save_file
from torch import nn

from assistant.encoder.adapter import CONFIG, TENSORS, probe, write_card
from assistant.encoder.pieces import Pieces, pad_id
from assistant.encoder.sentence import quiet_loading
from assistant.errors import TrainingError
from assistant.generation.support import CARD, FORMAT, Bounds, Cutter
from assistant.generation.support_compiled import HEAD_FILE
from assistant.generation.support_network import HEAD, SupportNetwork
from assistant.training.claims_data import IGNORED, Text, Unit, read_texts, units_of
from assistant.weights import Progress, resolve
from assistant.weights.cache import sha256_of, silent

RECIPE = "recipe.json"
_RECORDS_AT_ONCE, _UNITS_AT_ONCE, _TOKENS_AT_ONCE = 16, 64, 1400
_HEAD_FASTER = 3.0
_START_LOGIT = -2.5


@dataclass(frozen=True, slots=True)
class ClaimOptions:
    """How the network is trained.

    ``lower`` layers of the encoder stay as they are and read alone, those up to ``depth`` learn, the rest is left out.
    ``records`` is how many records, each with all sentences beside it, make a step; ``others`` the share of the
    sentences beside records of other products that an epoch has; ``weight`` what an unsupported token counts beside a
    supported one.
    """

    lower: int = 5
    depth: int = 9
    rank: int = 32
    epochs: int = 3
    records: int = 8
    learning_rate: float = 1e-3
    others: float = 0.3
    weight: float = 2.0
    seed: int = 0


@dataclass(frozen=True)
class Read:
    """Records and sentences as the layers that do not learn leave them."""

    records: Sequence[torch.Tensor]
    sentences: Sequence[torch.Tensor]


def train_claims(
    train: Sequence[Path],
    catalog: Path,
    output: Path,
    *,
    encoder: str,
    cache: Path,
    bounds: Bounds,
    offline: bool = False,
    left_out: Sequence[str] = (),
    options: ClaimOptions | None = None,
    progress: Progress | None = None,
) -> Mapping[str, Any]:
    """Train on labelled texts and write adapter, head, card and recipe; the metrics are those of the recipe.

    Args:
        train: JSONL files of labelled texts.
        catalog: JSONL with the records that lines name by ``sku``.
        output: the folder to write.
        encoder: name of the encoder.
        cache: of converted weights.
        bounds: where the doubts decide; they are written to the card.
        offline: never ask a model hub.
        left_out: writers whose texts are only measured on.
        options: of the training.
        progress: called with a message and the share done.

    Raises:
        TrainingError: a file cannot be read, or there is nothing to train on.
        WeightsError: the encoder cannot be loaded.
    """
    how, report = options or ClaimOptions(), progress or silent
    base = resolve(encoder, cache=cache, offline=offline, progress=progress)
    lines = catalog.read_text(encoding="utf-8").splitlines()
    rows = {row["sku"]: row for row in (json.loads(line) for line in lines if line.strip())}
    texts = [text for path in train for text in read_texts(path, rows)]
    records, units = units_of(texts, Cutter.load(base), others=True, seed=how.seed)
    kept = [i for i, unit in enumerate(units) if _writer(texts, unit) not in left_out]
    held = [i for i, unit in enumerate(units) if unit.text >= 0 and _writer(texts, unit) in left_out]
    if not any(1 in units[i].labels for i in kept):
        raise TrainingError("no unsupported phrase is left to train on; name other files, or leave out fewer writers")
    torch.manual_seed(how.seed)
    with quiet_loading():
        from transformers import AutoModel

        backbone = AutoModel.from_pretrained(str(base), dtype=torch.float32, local_files_only=True)
    made_of = probe(backbone, Pieces.load(base))
    for module in backbone.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    network = SupportNetwork(backbone, hidden=int(backbone.config.hidden_size), lower=how.lower, depth=how.depth)
    report("reading records and sentences", 0.0)
    read = read_once(network, records, units, pad=pad_id(base))
    model: Any = with_matrices(network, how)
    began = time.perf_counter()
    losses = fit(model, network, units, read, kept, how, report)
    figures = {
        "texts": len(texts),
        "sentences": len(kept),
        "steps": len(losses),
        "loss": round(float(np.mean(losses[-50:])), 4),
        "seconds": round(time.perf_counter() - began),
        "left_out": sorted(left_out),
        **measured(network, units, read, held),
    }
    recipe = {
        "command": "assistant train claims",
        "encoder": encoder,
        "options": asdict(how),
        "data": {path.name: sha256_of(path) for path in (*train, catalog)},
        "metrics": figures,
    }
    write_folder(output, model, network, encoder=encoder, made_of=made_of, how=how, bounds=bounds, recipe=recipe)
    return figures


def with_matrices(network: SupportNetwork, how: ClaimOptions) -> nn.Module:
    """Put low-rank matrices beside each linear layer of the upper layers; only they and the head learn."""
    nn.init.normal_(network.head.weight, std=0.02)
    nn.init.constant_(network.head.bias, _START_LOGIT)
    config = LoraConfig(r=how.rank, lora_alpha=2 * how.rank, target_modules=network.targets, modules_to_save=[HEAD])
    model: nn.Module = get_peft_model(network, config)
    return model


@torch.inference_mode()
def read_once(network: SupportNetwork, records: Sequence[Sequence[int]], units: Sequence[Unit], *, pad: int) -> Read:
    """What does not learn, computed once: records for every upper layer, sentences below the first of them."""
    table: Any = network.backbone.get_input_embeddings()  # type: ignore[operator]
    told: list[Any] = [None] * len(records)
    said: dict[tuple[int, ...], Any] = {}
    with torch.autocast("cpu", torch.bfloat16):
        order = sorted(range(len(records)), key=lambda i: len(records[i]))
        for at in range(0, len(order), _RECORDS_AT_ONCE):
            rows = order[at : at + _RECORDS_AT_ONCE]
            ids, mask = _padded([records[i] for i in rows], pad)
            states = network.record(table(ids), mask).to(torch.bfloat16)
            for place, i in enumerate(rows):
                told[i] = states[:, place, : len(records[i])].clone()
        different = sorted({unit.ids for unit in units}, key=len)
        for at in range(0, len(different), _UNITS_AT_ONCE):
            some = different[at : at + _UNITS_AT_ONCE]
            ids, mask = _padded(some, pad)
            found = network.below(table(ids), mask).to(torch.bfloat16)
            for place, one in enumerate(some):
                said[one] = found[place, : len(one)].clone()
    return Read(told, [said[unit.ids] for unit in units])


def fit(
    model: nn.Module,
    network: SupportNetwork,
    units: Sequence[Unit],
    read: Read,
    rows: Sequence[int],
    how: ClaimOptions,
    report: Progress,
) -> list[float]:
    """Train in place; returns the loss of every step."""
    rng = random.Random(how.seed)
    learning = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    groups = [
        {"params": [p for name, p in learning if "head" not in name], "factor": 1.0},
        {"params": [p for name, p in learning if "head" in name], "factor": _HEAD_FASTER},
    ]
    optimizer = torch.optim.AdamW(groups, lr=how.learning_rate, weight_decay=0.01)
    steps = how.epochs * -(-len({units[i].record for i in rows}) // how.records)
    losses: list[float] = []
    for _ in range(how.epochs):
        beside: dict[int, list[int]] = {}
        for i in rows:
            if units[i].text >= 0 or rng.random() < how.others:
                beside.setdefault(units[i].record, []).append(i)
        order = list(beside)
        rng.shuffle(order)
        for at in range(0, len(order), how.records):
            part = len(losses) / steps
            factor = min(1.0, (len(losses) + 1) / 20) * (0.03 + 0.485 * (1 + math.cos(math.pi * min(part, 1.0))))
            for group in optimizer.param_groups:
                group["lr"] = how.learning_rate * factor * group["factor"]
            some = [i for record in order[at : at + how.records] for i in beside[record]]
            loss = _loss(network, units, read, some, how.weight)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_([p for _, p in learning], 1.0)
            optimizer.step()
            optimizer.zero_grad()
            losses.append(float(loss.item()))
            report(f"loss {np.mean(losses[-20:]):.3f}", min(part, 1.0))
    return losses


@torch.inference_mode()
def measured(network: SupportNetwork, units: Sequence[Unit], read: Read, rows: Sequence[int]) -> dict[str, float]:
    """``auc`` and ``average_precision`` of the tokens of some sentences; nothing where there are none."""
    if not rows:
        return {}
    from sklearn.metrics import average_precision_score, roc_auc_score

    chances, truth = [], []
    order = sorted(rows, key=lambda i: units[i].record)
    for at in range(0, len(order), _UNITS_AT_ONCE):
        for logits, labels in _forward(network, units, read, order[at : at + _UNITS_AT_ONCE]):
            chances.append(logits[labels != IGNORED].numpy())
            truth.append(labels[labels != IGNORED].numpy())
    found, known = np.concatenate(chances), np.concatenate(truth)
    return {
        "auc": round(float(roc_auc_score(known, found)), 4),
        "average_precision": round(float(average_precision_score(known, found)), 4),
    }


def write_folder(
    output: Path,
    model: nn.Module,
    network: SupportNetwork,
    *,
    encoder: str,
    made_of: Sequence[Sequence[float]],
    how: ClaimOptions,
    bounds: Bounds,
    recipe: Mapping[str, Any],
) -> None:
    """Write what :func:`assistant.generation.support_compiled.load_support` reads, in place of what was there."""
    scratch = output.with_name(output.name + ".writing")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    found = {k: v for k, v in get_peft_model_state_dict(model).items() if "lora_" in k}
    # As peft names them where it wraps the encoder itself, which is what they are merged into.
    tensors = {
        "base_model.model." + k.removeprefix("base_model.model.").removeprefix("backbone."): v.to(torch.float16).cpu()
        for k, v in found.items()
    }
    save_file({k: v.contiguous() for k, v in tensors.items()}, scratch / TENSORS)
    head: Any = network.head
    layer = getattr(head, "modules_to_save", {"default": head})["default"]
    save_file({k: v.detach().float().contiguous() for k, v in layer.state_dict().items()}, scratch / HEAD_FILE)
    for file in (TENSORS, HEAD_FILE):
        (scratch / file).chmod(0o644)  # safetensors keeps its files to their owner
    peft: Any = model
    config = peft.peft_config["default"].to_dict() | {
        "base_model_name_or_path": None,
        "target_modules": sorted(name.removeprefix("backbone.") for name in peft.peft_config["default"].target_modules),
        "modules_to_save": None,
        "auto_mapping": None,
        "inference_mode": True,
    }
    (scratch / CONFIG).write_text(json.dumps(config, indent=1, sort_keys=True, default=str) + "\n", encoding="utf-8")
    write_card(scratch, encoder=encoder, hidden=int(layer.in_features), made_of=made_of)
    card = {"format": FORMAT, "lower": how.lower, "depth": how.depth, **asdict(bounds)}
    (scratch / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    (scratch / RECIPE).write_text(json.dumps(recipe, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    shutil.rmtree(output, ignore_errors=True)
    scratch.replace(output)


def _loss(
    network: SupportNetwork, units: Sequence[Unit], read: Read, rows: Sequence[int], weight: float
) -> torch.Tensor:
    """Of all sentences of a step; those of like length go together, so that little is padding."""
    losses: list[torch.Tensor] = []
    count = 0
    for logits, labels in _forward(network, units, read, rows):
        known = labels != IGNORED
        count += int(known.sum())
        losses.append(
            nn.functional.binary_cross_entropy_with_logits(
                logits[known], labels[known].float(), pos_weight=torch.tensor(weight), reduction="sum"
            )
        )
    return torch.stack(losses).sum() / max(count, 1)


def _forward(
    network: SupportNetwork, units: Sequence[Unit], read: Read, rows: Sequence[int]
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """``(logits, labels)`` of some of the rows after the other, each of shape (rows, longest)."""
    told = sorted({units[i].record for i in rows})
    place = {record: at for at, record in enumerate(told)}
    states, seen = _stacked([read.records[record].transpose(0, 1) for record in told])
    with torch.autocast("cpu", torch.bfloat16):
        keys = network.keys(states.permute(2, 0, 1, 3))
    some: list[int] = []
    for i in [*sorted(rows, key=lambda i: len(units[i].ids)), None]:
        if i is not None and (len(some) + 1) * len(units[i].ids) <= _TOKENS_AT_ONCE:
            some.append(i)
            continue
        if some:
            said, mask = _stacked([read.sentences[n] for n in some])
            labels = torch.full(mask.shape, IGNORED)
            for at, n in enumerate(some):
                labels[at, : len(units[n].labels)] = torch.tensor(units[n].labels)
            which = torch.tensor([place[units[n].record] for n in some])
            with torch.autocast("cpu", torch.bfloat16):
                logits = network.above(said, mask, keys[:, :, which], seen[which])
            yield logits.float(), labels
        some = [] if i is None else [i]


def _stacked(rows: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Tensors of unlike first sizes in one, zeros behind them, and what is real of it."""
    longest = max(row.shape[0] for row in rows)
    out = torch.zeros((len(rows), longest, *rows[0].shape[1:]), dtype=rows[0].dtype)
    mask = torch.zeros((len(rows), longest))
    for at, row in enumerate(rows):
        out[at, : row.shape[0]] = row
        mask[at, : row.shape[0]] = 1
    return out, mask


def _padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(row) for row in rows)
    ids, mask = torch.full((len(rows), longest), pad), torch.zeros((len(rows), longest))
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(list(row))
        mask[at, : len(row)] = 1
    return ids, mask


def _writer(texts: Sequence[Text], unit: Unit) -> str:
    """Of the text a sentence is from, be it beside its own record or beside another's."""
    return texts[unit.text if unit.text >= 0 else -1 - unit.text].writer
