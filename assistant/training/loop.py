"""The training loop of the intent classifier, on transformers' ``Trainer``.

Knows batches, epochs, checkpoints and adapters. Does not know where texts come from, what labels mean, nor how the
result is packed and measured. Imported only to train: it brings torch and transformers.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.utils.data import Sampler
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
from assistant.training.adapt import rate_groups, trained_tensors
from assistant.training.batches import BalancedSampler, Disturb, NoisyTexts
from assistant.understanding.artifact import pad, tokens
from assistant.weights import Progress

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_LOG = logging.getLogger(__name__)
_RUN = "run.json"
_EVALUATION_BATCH = 64


@dataclass(frozen=True, slots=True)
class LoopOptions:
    """How a network is trained.

    ``balance`` 0 leaves labels as frequent as they are, 1 makes them equally frequent. ``learning_rate`` is that of the
    encoder's last layer, every layer below learns ``layer_decay`` times as fast as the one above, and the head learns
    at ``head_rate``.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    layer_decay: float
    head_rate: float
    label_smoothing: float
    warmup: float
    weight_decay: float
    balance: float
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


class _Loop(Trainer):
    """Trainer with our sampler, and checkpoints that hold only what is trained."""

    sampler: BalancedSampler
    layer_decay: float
    head_rate: float

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """AdamW with a step size of its own for every layer; biases and norms do not decay."""
        if self.optimizer is None:
            assert isinstance(self.model, nn.Module)
            groups = rate_groups(
                self.model,
                rate=self.args.learning_rate,
                head_rate=self.head_rate,
                layer_decay=self.layer_decay,
                weight_decay=self.args.weight_decay,
            )
            self.optimizer = torch.optim.AdamW(groups, fused=True)
        return self.optimizer

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


def run_loop(
    network: nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    train: tuple[Sequence[str], Sequence[int]],
    held_out: tuple[Sequence[str], Sequence[int]],
    *,
    options: LoopOptions,
    disturb: Disturb | None,
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

    data = NoisyTexts(*train, disturb=disturb, seed=options.seed)
    held = NoisyTexts(*held_out)
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
    loop.layer_decay, loop.head_rate = options.layer_decay, options.head_rate
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
