"""The training loop of the intent classifier, on transformers' ``Trainer``.

Knows batches, epochs, checkpoints and adapters. Does not know where texts come from, what labels mean, nor how the
result is packed and measured. Imported only to train: it brings torch and transformers.
"""

from __future__ import annotations

import json
import logging
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.utils.data import Dataset, Sampler
from transformers import (
    EarlyStoppingCallback,
    EvalPrediction,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from assistant import metrics
from assistant.errors import TrainingError
from assistant.training.noise import disturb
from assistant.understanding.artifact import pad, tokens
from assistant.weights import Progress

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from assistant.understanding.network import PooledClassifier

_LOG = logging.getLogger(__name__)
_RUN = "run.json"
_EVALUATION_BATCH = 64
_GROUPED_BATCHES = 16
_PROBE_STEPS = 100
_PROBE_PENALTY = 15.0  # ½·1/C of a logistic regression with C = 1/30, for standardised features


@dataclass(frozen=True, slots=True)
class LoopOptions:
    """How a network is trained; ``balance`` 0 leaves labels as frequent as they are, 1 makes them equally frequent."""

    epochs: int
    batch_size: int
    learning_rate: float
    label_smoothing: float
    warmup: float
    weight_decay: float
    balance: float
    noise: float
    patience: int
    seed: int
    prefix: str
    max_tokens: int


@dataclass(frozen=True, slots=True)
class LoopResult:
    """Raw scores of the held-out texts, shape (texts, labels), and the epoch the network was taken from."""

    held_out_logits: npt.NDArray[np.float32]
    best_epoch: int
    epochs: int


class NoisyTexts(Dataset[dict[str, Any]]):
    """Texts with their label numbers; each epoch sees other slips of the finger, the same ones in a repeated run."""

    def __init__(self, texts: Sequence[str], labels: Sequence[int], *, noise: float, seed: int) -> None:
        self.texts, self.labels = list(texts), list(labels)
        self._noise, self._seed = noise, seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, row: int) -> dict[str, Any]:
        text = self.texts[row]
        if self._noise:
            text = disturb(text, random.Random(f"{self._seed}/{self.epoch}/{row}"), self._noise)
        return {"text": text, "label": self.labels[row]}


class BalancedSampler(Sampler[int]):
    """An epoch of as many rows as there are, rare labels more often, texts of like length side by side.

    A label with n rows gets a share proportional to n^(1 - balance).
    """

    def __init__(
        self, labels: Sequence[int], lengths: Sequence[int], *, balance: float, batch_size: int, seed: int
    ) -> None:
        self._rows = [np.flatnonzero(np.asarray(labels) == label) for label in sorted(set(labels))]
        self._lengths = np.asarray(lengths)
        self._group = batch_size * _GROUPED_BATCHES
        self._batch, self._seed = batch_size, seed
        weights = np.asarray([len(rows) ** (1.0 - balance) for rows in self._rows])
        self._counts = np.maximum(1, np.round(len(labels) * weights / weights.sum())).astype(int)
        self.epoch = 0

    def __len__(self) -> int:
        return int(self._counts.sum())

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng((self._seed, self.epoch))
        drawn: list[npt.NDArray[np.int64]] = []
        for rows, count in zip(self._rows, self._counts, strict=True):
            # Whole permutations one after another: no row comes twice before each came once.
            rounds = -(-int(count) // len(rows))
            drawn.append(np.concatenate([rng.permutation(rows) for _ in range(rounds)])[:count])
        order = rng.permutation(np.concatenate(drawn))
        batches: list[npt.NDArray[np.int64]] = []
        for start in range(0, len(order), self._group):
            group = order[start : start + self._group]
            group = group[np.argsort(self._lengths[group], kind="stable")]
            batches.extend(group[at : at + self._batch] for at in range(0, len(group), self._batch))
        # The only short batch must stay last, or the loader would cut the following ones askew.
        last = batches.pop() if len(batches[-1]) < self._batch else np.zeros(0, dtype=np.int64)
        for i in rng.permutation(len(batches)):
            yield from (int(row) for row in batches[i])
        yield from (int(row) for row in last)


class _Loop(Trainer):
    """Trainer with our sampler, and checkpoints that hold only what is trained."""

    sampler: BalancedSampler

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        return self.sampler

    def compute_loss(  # type: ignore[override]
        self, model: nn.Module, inputs: dict[str, Any], return_outputs: bool = False, **_: Any
    ) -> torch.Tensor | tuple[torch.Tensor, dict[str, torch.Tensor]]:
        outputs = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"])
        smoothing = self.args.label_smoothing_factor if model.training else 0.0
        loss = nn.functional.cross_entropy(outputs["logits"].float(), inputs["labels"], label_smoothing=smoothing)
        return (loss, outputs) if return_outputs else loss

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
        if isinstance(self.model, nn.Module) and not hasattr(self.model, "peft_config"):
            state_dict = trained_tensors(self.model)
        super()._save(output_dir, state_dict)

    def _issue_warnings_after_load(self, load_result: Any) -> None:
        # A checkpoint without the frozen tensors is what _save wrote; a tensor nobody knows would be a fault.
        if load_result.unexpected_keys:
            raise TrainingError(f"a checkpoint holds unknown tensors: {load_result.unexpected_keys[:3]}; delete it")


class _Epochs(TrainerCallback):
    """Tells the data which epoch it is, and the caller how far the training has come."""

    def __init__(self, data: NoisyTexts, sampler: BalancedSampler, progress: Progress) -> None:
        self._data, self._sampler, self._progress = data, sampler, progress
        self._last = ""

    def on_epoch_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._data.epoch = self._sampler.epoch = round(state.epoch or 0)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if state.global_step % 5 == 0 and state.max_steps:
            epoch = int(state.epoch or 0) + 1
            self._progress(f"training, epoch {epoch}{self._last}", state.global_step / state.max_steps)

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kw: Any) -> None:
        found = kw.get("metrics", {})
        if "eval_macro_f1" in found:
            self._last = f", held-out macro-F1 {found['eval_macro_f1']:.3f}"
            _LOG.info("epoch %.0f%s, loss %.3f", state.epoch or 0, self._last, found.get("eval_loss", float("nan")))


def trained_tensors(network: nn.Module) -> dict[str, torch.Tensor]:
    """The tensors of a network that training changes, by name."""
    return {name: p.detach().contiguous() for name, p in network.named_parameters() if p.requires_grad}


def prepare_full(network: PooledClassifier) -> PooledClassifier:
    """Let every layer learn but the word table: most of its rows never occur in a few thousand texts."""
    for name, parameter in network.named_parameters():
        parameter.requires_grad = ".word_embeddings." not in name and ".pooler." not in name
    return network


def fit_head(
    network: PooledClassifier,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    labels: Sequence[int],
    *,
    prefix: str,
    max_tokens: int,
) -> None:
    """Start the head as the best linear classifier over the untrained encoder.

    With a random head the first epochs bend a good encoder towards noise; starting from the linear probe keeps more of
    what it knows about wording that the training texts lack, and saves those epochs.
    Source: Kumar et al., Fine-Tuning can Distort Pretrained Features (ICLR 2022), LP-FT.
    """
    ids = tokens(tokenizer, texts, prefix=prefix, max_tokens=max_tokens)
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    pooled = torch.zeros((len(ids), network.head.in_features))
    network.eval()
    with torch.no_grad():
        for start in range(0, len(order), _EVALUATION_BATCH):
            rows = order[start : start + _EVALUATION_BATCH]
            pooled[rows] = network.pool(**pad([ids[i] for i in rows], int(tokenizer.pad_token_id or 0))).float()
    mean, spread = pooled.mean(dim=0), pooled.std(dim=0).clamp(min=1e-6)
    features, truth = (pooled - mean) / spread, torch.tensor(list(labels))
    counts = torch.bincount(truth, minlength=network.head.out_features).clamp(min=1)
    balance = len(truth) / (len(counts) * counts.float())
    weight = torch.zeros((len(counts), features.shape[1]), requires_grad=True)
    bias = torch.zeros(len(counts), requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=_PROBE_STEPS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(features @ weight.T + bias, truth, weight=balance)
        loss = loss + _PROBE_PENALTY / len(truth) * weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        # The standardisation is folded into the layer, so that prediction needs no further step.
        network.head.weight.copy_(weight / spread)
        network.head.bias.copy_(bias - (weight / spread) @ mean)


def prepare_lora(network: PooledClassifier, *, rank: int) -> nn.Module:
    """Freeze the encoder and put low-rank matrices beside each linear layer of it; the head learns in full.

    The low-rank path has no dropout of its own: the encoder's dropouts regularise enough, and it costs half the speed.
    Source: Hu et al., LoRA (ICLR 2022), on all linear layers, scale 2.
    """
    from peft import LoraConfig, get_peft_model

    from assistant.understanding.network import HEAD

    targets = [
        name
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear) and name.startswith("backbone.") and ".pooler." not in name
    ]
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets, modules_to_save=[HEAD])
    adapted: nn.Module = get_peft_model(network, config)
    return adapted


def run_loop(
    network: nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    train: tuple[Sequence[str], Sequence[int]],
    held_out: tuple[Sequence[str], Sequence[int]],
    *,
    options: LoopOptions,
    device: torch.device,
    bf16: bool,
    checkpoints: Path,
    identity: Mapping[str, Any],
    progress: Progress,
) -> LoopResult:
    """Train ``network`` in place and leave it as it was after its best epoch on the held-out texts.

    A checkpoint is written after each epoch; a run with the same ``identity`` goes on from the last one.
    """
    pad_id = int(tokenizer.pad_token_id or 0)

    def ids_of(texts: Sequence[str]) -> list[list[int]]:
        return tokens(tokenizer, texts, prefix=options.prefix, max_tokens=options.max_tokens)

    def collate(rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        batch = pad(ids_of([row["text"] for row in rows]), pad_id)
        return batch | {"labels": torch.tensor([row["label"] for row in rows])}

    data = NoisyTexts(*train, noise=options.noise, seed=options.seed)
    held = NoisyTexts(*held_out, noise=0.0, seed=options.seed)
    sampler = BalancedSampler(
        data.labels,
        [len(row) for row in ids_of(data.texts)],
        balance=options.balance,
        batch_size=options.batch_size,
        seed=options.seed,
    )
    measured = len(held) > 0
    steps = -(-len(sampler) // options.batch_size) * options.epochs
    arguments = TrainingArguments(
        output_dir=str(checkpoints),
        per_device_train_batch_size=options.batch_size,
        per_device_eval_batch_size=_EVALUATION_BATCH,
        num_train_epochs=options.epochs,
        learning_rate=options.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=round(steps * options.warmup),
        weight_decay=options.weight_decay,
        label_smoothing_factor=options.label_smoothing,
        eval_strategy="epoch" if measured else "no",
        save_strategy="epoch",
        save_total_limit=1,
        load_best_model_at_end=measured,
        metric_for_best_model="macro_f1" if measured else None,
        greater_is_better=True,
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        label_names=["labels"],
        seed=options.seed,
        bf16=bf16,
        use_cpu=device.type == "cpu",
    )
    callbacks: list[TrainerCallback] = [_Epochs(data, sampler, progress)]
    if measured and options.patience:
        callbacks.append(EarlyStoppingCallback(early_stopping_patience=options.patience))
    loop = _Loop(
        model=network,
        args=arguments,
        data_collator=collate,
        train_dataset=data,
        eval_dataset=held if measured else None,
        compute_metrics=_held_out_scores,
        callbacks=callbacks,
    )
    loop.remove_callback(PrinterCallback)
    loop.sampler = sampler
    loop.train(resume_from_checkpoint=_resumable(checkpoints, identity))
    best_step = loop.state.best_global_step or loop.state.global_step
    per_epoch = max(1, steps // options.epochs)
    logits: npt.NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)
    if measured:
        logits = np.asarray(loop.predict(held).predictions, dtype=np.float32)
    return LoopResult(logits, round(best_step / per_epoch), round(loop.state.epoch or 0))


def _held_out_scores(found: EvalPrediction) -> dict[str, float]:
    truth = [str(label) for label in np.asarray(found.label_ids)]
    predicted = [str(label) for label in np.asarray(found.predictions).argmax(axis=1)]
    return {"accuracy": metrics.accuracy(truth, predicted), "macro_f1": metrics.macro_f1(truth, predicted)}


def _resumable(checkpoints: Path, identity: Mapping[str, Any]) -> str | None:
    """The newest whole checkpoint of the same run; those of another run are removed."""
    stated = json.dumps(identity, sort_keys=True, ensure_ascii=False)
    record = checkpoints / _RUN
    if record.is_file() and record.read_text(encoding="utf-8") == stated:
        whole = [p for p in checkpoints.glob("checkpoint-*") if (p / "trainer_state.json").is_file()]
        if whole:
            return str(max(whole, key=lambda p: int(p.name.rpartition("-")[2])))
        return None
    shutil.rmtree(checkpoints, ignore_errors=True)
    checkpoints.mkdir(parents=True)
    record.write_text(stated, encoding="utf-8")
    return None
