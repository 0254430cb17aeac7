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
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from assistant.encoder.adapter import probe
from assistant.encoder.pieces import Pieces, pad_id
from assistant.encoder.sentence import quiet_loading
from assistant.errors import TrainingError
from assistant.generation.support import CARD, Bounds, Cutter, SupportCard
from assistant.generation.support_compiled import TENSORS
from assistant.generation.support_network import Beside, SupportNetwork
from assistant.labelled.claims import ClaimCase
from assistant.training.claims_data import IGNORED, Unit, read_texts, units_of
from assistant.weights import Progress, resolve
from assistant.weights.cache import sha256_of, silent

RECIPE = "recipe.json"
_RECORDS_AT_ONCE, _UNITS_AT_ONCE, _WINDOW, _WARM, _TOKENS = 16, 64, 600, 50, 1600


@dataclass(frozen=True, slots=True)
class ClaimOptions:
    """How the network is trained.

    ``lower`` layers of the encoder are used and stay as they are. ``tokens`` is how many make a step; ``others`` the
    share of the sentences beside records of other products that an epoch has; ``weight`` what an unsupported token
    counts beside a supported one.
    """

    lower: int = 5
    epochs: int = 6
    tokens: int = _TOKENS
    learning_rate: float = 1e-3
    others: float = 0.4
    weight: float = 2.0
    seed: int = 0


@dataclass(frozen=True)
class Read:
    """Records and sentences as the layers that do not learn leave them, each of shape (tokens, hidden)."""

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
    """Train on labelled texts and write tensors, card and recipe; the metrics are those of the recipe.

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
    hidden = int(backbone.config.hidden_size)
    network = SupportNetwork(backbone.eval(), hidden=hidden, lower=how.lower)
    report("reading records and sentences", 0.0)
    read = read_once(network, records, units, pad=pad_id(base))
    network.beside.mean.copy_(torch.cat([one.float() for one in read.sentences[::5]]).mean(0))
    began = time.perf_counter()
    losses = fit(network.beside, units, read, kept, how, report)
    figures = {
        "texts": len(texts),
        "sentences": len(kept),
        "steps": len(losses),
        "loss": round(float(np.mean(losses[-50:])), 4),
        "seconds": round(time.perf_counter() - began),
        "left_out": sorted(left_out),
        **measured(network.beside, units, read, held),
    }
    recipe = {
        "command": "assistant train claims",
        "encoder": encoder,
        "options": asdict(how),
        "data": {path.name: sha256_of(path) for path in (*train, catalog)},
        "metrics": figures,
    }
    write_folder(output, network.beside, SupportCard(encoder, hidden, how.lower, made_of, bounds), recipe)
    return figures


@torch.inference_mode()
def read_once(network: SupportNetwork, records: Sequence[Sequence[int]], units: Sequence[Unit], *, pad: int) -> Read:
    """What does not learn, computed once: records and sentences, each alone."""
    table: Any = network.backbone.get_input_embeddings()  # type: ignore[operator]
    told: list[Any] = [None] * len(records)
    said: dict[tuple[int, ...], Any] = {}
    with torch.autocast("cpu", torch.bfloat16):
        order = sorted(range(len(records)), key=lambda i: len(records[i]))
        for at in range(0, len(order), _RECORDS_AT_ONCE):
            rows = order[at : at + _RECORDS_AT_ONCE]
            ids, mask = _padded([records[i] for i in rows], pad)
            states = network.below(table(ids), mask).to(torch.bfloat16)
            for place, i in enumerate(rows):
                told[i] = states[place, : len(records[i])].clone()
        different = sorted({unit.ids for unit in units}, key=len)
        for at in range(0, len(different), _UNITS_AT_ONCE):
            some = different[at : at + _UNITS_AT_ONCE]
            ids, mask = _padded(some, pad)
            found = network.below(table(ids), mask).to(torch.bfloat16)
            for place, one in enumerate(some):
                said[one] = found[place, : len(one)].clone()
    return Read(told, [said[unit.ids] for unit in units])


def fit(
    network: Beside, units: Sequence[Unit], read: Read, rows: Sequence[int], how: ClaimOptions, report: Progress
) -> list[float]:
    """Train in place; returns the loss of every step."""
    rng = random.Random(how.seed)
    network.train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=how.learning_rate, weight_decay=0.02)
    losses: list[float] = []
    steps = 0
    for _ in range(how.epochs):
        some = [i for i in rows if units[i].text >= 0 or rng.random() < how.others]
        rng.shuffle(some)
        batches: list[list[int]] = []
        for at in range(0, len(some), _WINDOW):
            batches += _batches(some[at : at + _WINDOW], units, how.tokens)
        rng.shuffle(batches)
        steps = steps or how.epochs * len(batches)
        for batch in batches:
            part = min(1.0, len(losses) / steps)
            factor = min(1.0, (len(losses) + 1) / _WARM) * (0.02 + 0.49 * (1 + math.cos(math.pi * part)))
            for group in optimizer.param_groups:
                group["lr"] = how.learning_rate * factor
            logits, labels = _logits(network, units, read, batch)
            known = labels != IGNORED
            loss = nn.functional.binary_cross_entropy_with_logits(
                logits[known], labels[known].float(), pos_weight=torch.tensor(how.weight)
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            losses.append(float(loss.item()))
            report(f"loss {np.mean(losses[-20:]):.3f}", part)
    network.eval()
    return losses


@torch.inference_mode()
def measured(network: Beside, units: Sequence[Unit], read: Read, rows: Sequence[int]) -> dict[str, float]:
    """``auc`` and ``average_precision`` of the tokens of some sentences; nothing where there are none."""
    if not rows:
        return {}
    from sklearn.metrics import average_precision_score, roc_auc_score

    chances, truth = [], []
    for batch in _batches(rows, units, 4 * _TOKENS):
        logits, labels = _logits(network, units, read, batch)
        chances.append(logits[labels != IGNORED].numpy())
        truth.append(labels[labels != IGNORED].numpy())
    found, known = np.concatenate(chances), np.concatenate(truth)
    return {
        "auc": round(float(roc_auc_score(known, found)), 4),
        "average_precision": round(float(average_precision_score(known, found)), 4),
    }


def write_folder(output: Path, network: Beside, card: SupportCard, recipe: Mapping[str, Any]) -> None:
    """Write what :func:`assistant.generation.support_compiled.load_support` reads, in place of what was there."""
    scratch = output.with_name(output.name + ".writing")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    tensors = {name: t.detach().to(torch.float16).contiguous() for name, t in network.state_dict().items()}
    save_file(tensors, scratch / TENSORS)
    (scratch / TENSORS).chmod(0o644)  # safetensors keeps its files to their owner
    (scratch / CARD).write_text(card.to_json(), encoding="utf-8")
    (scratch / RECIPE).write_text(json.dumps(recipe, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    shutil.rmtree(output, ignore_errors=True)
    scratch.replace(output)


def _logits(
    network: Beside, units: Sequence[Unit], read: Read, rows: Sequence[int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """``(logits, labels)``, each of shape (rows, longest)."""
    said, mask = _stacked([read.sentences[i] for i in rows])
    told = sorted({units[i].record for i in rows})
    place = {record: at for at, record in enumerate(told)}
    states, seen = _stacked([read.records[record] for record in told])
    which = torch.tensor([place[units[i].record] for i in rows])
    labels = torch.full(mask.shape, IGNORED)
    for at, i in enumerate(rows):
        labels[at, : len(units[i].labels)] = torch.tensor(units[i].labels)
    with torch.autocast("cpu", torch.bfloat16):
        return network(said.float(), mask, states.float()[which], seen[which]).float(), labels


def _batches(rows: Sequence[int], units: Sequence[Unit], most: int) -> list[list[int]]:
    """Sentences of like length together, at most ``most`` tokens of them with what is padded."""
    out: list[list[int]] = [[]]
    for i in sorted(rows, key=lambda i: len(units[i].ids)):
        if out[-1] and (len(out[-1]) + 1) * len(units[i].ids) > most:
            out.append([])
        out[-1].append(i)
    return out


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


def _writer(texts: Sequence[ClaimCase], unit: Unit) -> str:
    """Of the text a sentence is from, be it beside its own record or beside another's."""
    return texts[unit.text if unit.text >= 0 else -1 - unit.text].writer
