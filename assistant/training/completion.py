"""The training loop of a text generator: learn to complete prompts, with low-rank matrices, and go on where it was cut.

Knows token ids, batches, loss, checkpoints. Does not know what the texts are about, nor how the result is packed.
Imported only to train: it brings torch.

The loss is on the completion only, and the vocabulary's scores are computed at completion positions only, some at a
time: for a vocabulary of 262,144 words those of every position would take several gigabytes.
"""

from __future__ import annotations

import json
import math
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import nn

from assistant.errors import TrainingError
from assistant.training.stopping import stop_requested
from assistant.weights import Progress

Note: TypeAlias = Callable[[str], None]
"""Called with one line about how a run is going."""

CHECKPOINT = "last.pt"
_SCORED_AT_ONCE = 128
_BUCKET = 8
_NOTED_EVERY = 10


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of a prompt and of the completion to learn; ``group`` is what validation is told apart by."""

    prompt: tuple[int, ...]
    completion: tuple[int, ...]
    group: str = ""

    @property
    def length(self) -> int:
        """Tokens of both."""
        return len(self.prompt) + len(self.completion)


@dataclass(frozen=True, slots=True)
class LoopOptions:
    """How a generator is trained.

    ``batch_size`` examples make a step, computed ``micro_batch`` at a time. ``learning_rate`` rises over ``warmup`` (a
    share of all steps) and falls as a cosine. ``patience`` counts measurements without progress; 0 never stops early.
    """

    epochs: float
    batch_size: int
    micro_batch: int
    learning_rate: float
    warmup: float
    weight_decay: float
    clip: float
    evaluate_every: int
    checkpoint_every: int
    patience: int
    seed: int
    max_steps: int | None = None


@dataclass(frozen=True, slots=True)
class LoopResult:
    """How it went; losses are nats a token. ``before`` and ``best`` are by group, "" for all."""

    steps: int
    best_step: int
    train_loss: float
    before: Mapping[str, float]
    best: Mapping[str, float]
    seconds_per_step: float


def plan(lengths: Sequence[int], options: LoopOptions) -> list[list[list[int]]]:
    """Every step of a run as its micro-batches of example numbers: neighbours of like length, steps in random order.

    It depends on its arguments only, so a run that is resumed meets the same examples in the same order.
    """
    rng = random.Random(options.seed)
    size = options.batch_size
    wanted = math.ceil(len(lengths) * options.epochs / size)
    if options.max_steps is not None:
        wanted = min(wanted, options.max_steps)
    steps: list[list[int]] = []
    while len(steps) < wanted:
        order = list(range(len(lengths)))
        rng.shuffle(order)
        epoch: list[list[int]] = []
        for start in range(0, len(order), size * _BUCKET):
            bucket = sorted(order[start : start + size * _BUCKET], key=lambda i: lengths[i])
            epoch += [bucket[i : i + size] for i in range(0, len(bucket), size)]
        rng.shuffle(epoch)
        steps += epoch
    cut = options.micro_batch
    return [[step[i : i + cut] for i in range(0, len(step), cut)] for step in steps[:wanted]]


def rate_at(step: int, total: int, options: LoopOptions) -> float:
    """The learning rate of a step, counted from 0: a linear rise, then half a cosine down to a tenth."""
    rise = max(1, round(total * options.warmup))
    if step < rise:
        return options.learning_rate * (step + 1) / rise
    share = (step - rise) / max(1, total - rise)
    return options.learning_rate * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * share)))


def run_completion(
    model: nn.Module,
    examples: Sequence[Encoded],
    held: Sequence[Encoded],
    *,
    options: LoopOptions,
    pad: int,
    device: torch.device,
    bf16: bool,
    checkpoints: Path,
    identity: Mapping[str, Any],
    progress: Progress,
    note: Note,
) -> LoopResult:
    """Train ``model`` in place and leave it as it was where the held-out loss was lowest.

    A checkpoint is one file that replaces the last one whole; a run with the same ``identity`` goes on from it as if it
    had never stopped.

    Args:
        model: a causal model wrapped by peft; only its trainable tensors learn.
        examples: to learn.
        held: measured, never learnt; may be empty, then the last step counts as the best.
        options: how.
        pad: the id that fills rows up.
        device: where the model is.
        bf16: compute in bfloat16.
        checkpoints: the folder for the checkpoint.
        identity: what tells this run from another one.
        progress: called with a message and the share done.
        note: called with a line about loss, rate and time left.

    Raises:
        TrainingError: it was asked to stop, or the loss is no number.
    """
    steps = plan([e.length for e in examples], options)
    tensors = {name: p for name, p in model.named_parameters() if p.requires_grad}
    decayed = [p for p in tensors.values() if p.dim() > 1]
    plain = [p for p in tensors.values() if p.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": options.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=options.learning_rate,
    )
    work = Work(model, pad, device, bf16)
    state = _State.load(checkpoints / CHECKPOINT, identity, tensors, optimizer)
    if state is None:
        state = _State(0, work.evaluate(held, options.micro_batch), {}, 0, {}, 0, [])
        state.best, state.best_tensors = state.before, _copy(tensors)
    else:
        note(f"goes on after step {state.step} of {len(steps)}")
    began, first = time.perf_counter(), state.step
    model.train()
    with stop_requested() as stopped:
        while state.step < len(steps) and not (options.patience and state.waited >= options.patience):
            if not work.step(
                steps[state.step],
                examples,
                optimizer,
                rate_at(state.step, len(steps), options),
                options.clip,
                state.losses,
                stopped,
            ):
                state.save(checkpoints / CHECKPOINT, identity, tensors, optimizer)
                raise TrainingError(
                    f"stopped after step {state.step} of {len(steps)}; the same command goes on from there"
                )
            state.step += 1
            due = state.step == len(steps)
            if held and (due or state.step % options.evaluate_every == 0):
                state.take(work.evaluate(held, options.micro_batch), tensors)
                model.train()
            if due or state.step % options.checkpoint_every == 0:
                state.save(checkpoints / CHECKPOINT, identity, tensors, optimizer)
            took = (time.perf_counter() - began) / (state.step - first)
            if due or state.step % _NOTED_EVERY == 0:
                note(_line(state, len(steps), took))
            progress("training the generator", state.step / len(steps))
    seconds = (time.perf_counter() - began) / max(1, state.step - first)
    if held:
        _restore(tensors, state.best_tensors)
    model.eval()
    last = state.losses[-max(1, options.evaluate_every) :]
    return LoopResult(
        state.step,
        state.best_step if held else state.step,
        sum(last) / max(1, len(last)),
        state.before,
        state.best,
        seconds,
    )


def _line(state: _State, total: int, took: float) -> str:
    recent = state.losses[-_NOTED_EVERY:]
    held = f", held-out {state.best['']:.3f} after step {state.best_step}" if state.best_step else ""
    left = took * (total - state.step) / 60
    loss = sum(recent) / len(recent)
    return f"step {state.step}/{total}: loss {loss:.3f}{held}; {took:.1f} s a step, {left:.0f} min left"


class Work:
    """One model's arithmetic: steps and measurements."""

    def __init__(self, model: nn.Module, pad: int, device: torch.device, bf16: bool) -> None:
        peft: Any = model
        base: Any = peft.get_base_model() if hasattr(model, "get_base_model") else model
        self._model = model
        self._decoder: Any = base.get_decoder()
        self._head: Any = base.get_output_embeddings()
        self._cap = getattr(base.config.get_text_config(), "final_logit_softcapping", None)
        self._pad = pad
        self._device = device
        self._bf16 = bf16

    def step(
        self,
        batches: Sequence[Sequence[int]],
        examples: Sequence[Encoded],
        optimizer: torch.optim.Optimizer,
        rate: float,
        clip: float,
        losses: list[float],
        stopped: Callable[[], bool],
    ) -> bool:
        """Learn one step's micro-batches; ``False`` where it was asked to stop before the step was whole."""
        tokens = sum(len(examples[i].completion) for batch in batches for i in batch)
        total = 0.0
        optimizer.zero_grad(set_to_none=True)
        for batch in batches:
            if stopped():
                return False
            total += self._loss([examples[i] for i in batch], 1 / tokens, learn=True)
        if not math.isfinite(total):
            raise TrainingError(f"the loss became {total}; lower --learning-rate and delete the checkpoints")
        for group in optimizer.param_groups:
            group["lr"] = rate
        nn.utils.clip_grad_norm_([p for g in optimizer.param_groups for p in g["params"]], clip)
        optimizer.step()
        losses.append(total)
        return True

    def evaluate(self, held: Sequence[Encoded], size: int) -> dict[str, float]:
        """Mean loss a token of each group and of all (``""``)."""
        self._model.eval()
        sums: dict[str, tuple[float, int]] = {}
        for group in sorted({e.group for e in held}):
            rows = sorted((e for e in held if e.group == group), key=lambda e: e.length)
            with torch.no_grad():
                loss = sum(self._loss(rows[i : i + size], 1.0, learn=False) for i in range(0, len(rows), size))
            sums[group] = (loss, sum(len(e.completion) for e in rows))
        whole = {group: loss / count for group, (loss, count) in sums.items()}
        if sums:
            whole[""] = sum(loss for loss, _ in sums.values()) / sum(count for _, count in sums.values())
        return whole

    def _loss(self, rows: Sequence[Encoded], scale: float, *, learn: bool) -> float:
        """The summed loss of some rows times ``scale``; with ``learn`` its gradient is added up too."""
        width = max(e.length for e in rows)
        ids = torch.full((len(rows), width), self._pad, dtype=torch.long)
        mask = torch.zeros((len(rows), width), dtype=torch.long)
        asked = torch.zeros((len(rows), width), dtype=torch.bool)
        for i, e in enumerate(rows):
            ids[i, : e.length] = torch.tensor(e.prompt + e.completion)
            mask[i, : e.length] = 1
            # The state at a position predicts the next one's word.
            asked[i, len(e.prompt) - 1 : e.length - 1] = True
        targets = torch.cat([torch.tensor(e.completion) for e in rows]).to(self._device)
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=self._bf16):
            made = self._decoder(
                input_ids=ids.to(self._device), attention_mask=mask.to(self._device), use_cache=False
            ).last_hidden_state
        states = made[asked.to(self._device)]
        known = states.detach().requires_grad_(learn)
        total = 0.0
        for start in range(0, len(targets), _SCORED_AT_ONCE):
            part = known[start : start + _SCORED_AT_ONCE]
            with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=self._bf16):
                scores = self._head(part.to(self._head.weight.dtype)).float()
            if self._cap:
                scores = self._cap * torch.tanh(scores / self._cap)
            loss = scale * nn.functional.cross_entropy(
                scores, targets[start : start + _SCORED_AT_ONCE], reduction="sum"
            )
            if learn:
                # The scores of these positions are free again before the next ones are computed.
                loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        if learn:
            states.backward(known.grad)
        return total


@dataclass(slots=True)
class _State:
    """What a run is made of between two steps, beside the tensors and the optimizer."""

    step: int
    before: Mapping[str, float]
    best: Mapping[str, float]
    best_step: int
    best_tensors: dict[str, torch.Tensor]
    waited: int
    losses: list[float]

    def take(self, measured: Mapping[str, float], tensors: Mapping[str, nn.Parameter]) -> None:
        """Keep what is measured, and the tensors where it is the lowest so far."""
        if measured[""] < self.best[""]:
            self.best, self.best_step, self.waited = dict(measured), self.step, 0
            self.best_tensors = _copy(tensors)
        else:
            self.waited += 1

    def save(
        self,
        path: Path,
        identity: Mapping[str, Any],
        tensors: Mapping[str, nn.Parameter],
        optimizer: torch.optim.Optimizer,
    ) -> None:
        """Write everything as one file, in one step."""
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = {
            "identity": json.dumps(identity, sort_keys=True),
            "tensors": _copy(tensors),
            "optimizer": optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "step": self.step, "before": dict(self.before), "best": dict(self.best), "best_step": self.best_step,
            "best_tensors": self.best_tensors, "waited": self.waited, "losses": self.losses,
        }  # fmt: skip
        partial = path.with_suffix(".partial")
        with partial.open("wb") as handle:
            torch.save(whole, handle)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(partial, path)

    @classmethod
    def load(
        cls,
        path: Path,
        identity: Mapping[str, Any],
        tensors: Mapping[str, nn.Parameter],
        optimizer: torch.optim.Optimizer,
    ) -> _State | None:
        """The state of the same run, its tensors and optimizer restored; ``None`` where there is none."""
        if not path.is_file():
            return None
        found = torch.load(path, map_location="cpu", weights_only=True)
        if found["identity"] != json.dumps(identity, sort_keys=True):
            return None
        _restore(tensors, found["tensors"])
        optimizer.load_state_dict(found["optimizer"])
        torch.set_rng_state(found["random"])
        return cls(
            found["step"], found["before"], found["best"], found["best_step"], found["best_tensors"], found["waited"],
            found["losses"],
        )  # fmt: skip


def _copy(tensors: Mapping[str, nn.Parameter]) -> dict[str, torch.Tensor]:
    return {name: p.detach().cpu().clone() for name, p in tensors.items()}


def _restore(tensors: Mapping[str, nn.Parameter], values: Mapping[str, torch.Tensor]) -> None:
    with torch.no_grad():
        for name, p in tensors.items():
            p.copy_(values[name])
