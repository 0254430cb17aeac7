"""The training loop of the behaviour Transformer: steps, averaged weights, early stopping, going on where it was cut.

Knows windows, a network and held-out questions as row numbers. Does not know users, items' names, nor where a
checkpoint's folder comes from.

Randomness of a step (dropout, negatives) is drawn from the seed and the step's number alone, so a run that was stopped
at any step and resumed gives the same bits as one that was not.
"""

from __future__ import annotations

import copy
import json
import math
import os
import pickle
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from assistant.errors import ConfigurationError, TrainingError
from assistant.recommendation.sequence_losses import LossKind, full_cross_entropy, gbce, sampled_softmax
from assistant.recommendation.sequence_network import SequenceNetwork
from assistant.recommendation.sequence_windows import Ints, Windows, newest, steps_of

Note: TypeAlias = Callable[[str], None]
Progress: TypeAlias = Callable[[str, float], None]

_SCORED_HISTORIES = 512
_MOST_FULLY_SCORED = 30_000
_CUTOFF = 10


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How the network is trained.

    A step holds about ``positions`` inputs. The learning ``rate`` rises over ``warmup`` epochs, then stays, or falls as
    a cosine to a tenth at the last epoch. ``loss`` ``auto`` is full cross-entropy up to 30,000 items and a sampled
    softmax above; ``negatives`` and ``in_batch`` are of the sampled losses. Each step is asked for its next ``ahead``
    items, each wished for ``fade`` times as much as the one before it. ``average`` is the share of its past that
    the moving average of the weights keeps at a step; 0 measures and keeps the weights as they are. Measured every
    ``every`` epochs; after ``patience`` measurements without progress it stops (0: never).
    """

    epochs: int = 100
    positions: int = 1024
    rate: float = 1e-3
    warmup: float = 1.0
    schedule: Literal["constant", "cosine"] = "constant"
    weight_decay: float = 0.0
    clip: float = 1.0
    loss: LossKind = "auto"
    negatives: int = 1024
    in_batch: bool = True
    calibration: float = 0.75
    ahead: int = 1
    fade: float = 0.5
    smoothing: float = 0.0
    average: float = 0.999
    every: int = 2
    patience: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.epochs, self.positions, self.negatives, self.every, self.ahead) < 1 or self.rate <= 0:
            raise ConfigurationError(f"epochs, positions, negatives, every, ahead and rate must be above 0, got {self}")
        if not (
            0 <= self.average < 1 and 0 <= self.smoothing < 1 and 0 <= self.calibration <= 1 and 0 < self.fade <= 1
        ):
            raise ConfigurationError(
                f"average {self.average} and smoothing {self.smoothing} must be in [0, 1), calibration "
                f"{self.calibration} in [0, 1], fade {self.fade} in (0, 1]"
            )
        if self.loss not in ("auto", "full", "sampled", "gbce") or self.schedule not in ("constant", "cosine"):
            raise ConfigurationError(
                f"unknown loss {self.loss!r} or schedule {self.schedule!r}; use auto, full, sampled or gbce, and "
                "constant or cosine"
            )


@dataclass(frozen=True, slots=True)
class Held:
    """Questions that are measured, never learnt: histories of rows from 1, and what came next, shape (histories,)."""

    histories: Sequence[npt.ArrayLike]
    targets: Ints


@dataclass(frozen=True, slots=True)
class Measured:
    """Full ranking over all items, those of the history left out; ``epoch`` is counted from 1, 0 where none applies."""

    epoch: int
    recall: float
    ndcg: float
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class FitResult:
    """How it went: epochs done, the one the weights are of, every measurement, seconds of training and measuring."""

    epochs: int
    best_epoch: int
    curve: tuple[Measured, ...]
    seconds: float
    measuring: float


def rate_at(step: int, steps_an_epoch: int, options: FitOptions) -> float:
    """The learning rate of a step, counted from 0."""
    rise = max(1, round(options.warmup * steps_an_epoch))
    if step < rise:
        return options.rate * (step + 1) / rise
    if options.schedule == "constant":
        return options.rate
    share = (step - rise) / max(1, options.epochs * steps_an_epoch - rise)
    return options.rate * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * min(1.0, share))))


@torch.no_grad()
def last_scores(
    network: SequenceNetwork, histories: Sequence[npt.ArrayLike], table: torch.Tensor | None = None
) -> npt.NDArray[np.float32]:
    """Scores of every item as the next of each history, shape (histories, items); empty histories score 0.

    Computed in float32 whatever the training was in: bfloat16 would tie items that differ. ``table`` is what
    ``network.table()`` gave, for those who ask often.
    """
    network.eval()
    table = network.table() if table is None else table
    out = np.zeros((len(histories), len(table) - 1), dtype=np.float32)
    for part, final in _finals(network, histories, table):
        out[part] = (final @ table[1:].T).float().cpu().numpy()
    return out


@torch.no_grad()
def last_states(
    network: SequenceNetwork, histories: Sequence[npt.ArrayLike], table: torch.Tensor
) -> npt.NDArray[np.float32]:
    """What the network has made of each history, shape (histories, width); empty histories are 0."""
    network.eval()
    out = np.zeros((len(histories), table.shape[1]), dtype=np.float32)
    for part, final in _finals(network, histories, table):
        out[part] = final.float().cpu().numpy()
    return out


def _finals(
    network: SequenceNetwork, histories: Sequence[npt.ArrayLike], table: torch.Tensor
) -> Iterator[tuple[Ints, torch.Tensor]]:
    """Places of histories that are not empty, a batch at a time, and the state after the last item of each."""
    device = network.items.weight.device
    rows, lengths = newest(histories, network.options.length)
    for begin in range(0, len(rows), _SCORED_HISTORIES):
        part = np.arange(begin, min(begin + _SCORED_HISTORIES, len(rows)))
        part = part[lengths[part] > 0]
        if not len(part):
            continue
        wide = int(lengths[part].max())
        counts = torch.from_numpy(lengths[part]).to(device)
        states = network.states(torch.from_numpy(rows[part, :wide]).to(device), counts, table)
        yield part, states[torch.arange(len(part), device=device), counts - 1]


def measure(network: SequenceNetwork, held: Held, *, epoch: int = 0, loss: float = 0.0) -> Measured:
    """Recall and nDCG at 10; a target that ties with others counts as the last of them.

    Raises:
        TrainingError: there is no question.
    """
    if not len(held.targets):
        raise TrainingError("there is nothing to measure: no shopper has an event to hold out")
    with torch.no_grad():
        table = network.table()
    order = np.argsort([len(np.atleast_1d(h)) for h in held.histories], kind="stable")
    ranks = np.zeros(len(order), dtype=np.int64)
    for begin in range(0, len(order), _SCORED_HISTORIES):
        part = order[begin : begin + _SCORED_HISTORIES]
        histories = [np.asarray(held.histories[i], dtype=np.int64) for i in part]
        scores = last_scores(network, histories, table)
        wanted = scores[np.arange(len(part)), held.targets[part] - 1][:, None]
        seen = np.repeat(np.arange(len(part)), [len(h) for h in histories])
        met = np.concatenate(histories) - 1
        ahead = np.count_nonzero(scores >= wanted, axis=1) - 1
        # Items met before are not ranked: those that stood ahead are taken off, each once.
        pairs = np.unique(np.stack([seen, met]), axis=1)
        own = pairs[1] == held.targets[part][pairs[0]] - 1
        over = (scores[pairs[0], pairs[1]] >= wanted[pairs[0], 0]) & ~own
        ahead = ahead - np.bincount(pairs[0][over], minlength=len(part))
        # What stands in the history is no candidate, so a target that does cannot be found.
        ahead[pairs[0][own]] = scores.shape[1]
        ranks[part] = ahead
    hit = ranks < _CUTOFF
    gains = np.where(hit, 1.0 / np.log2(ranks + 2.0), 0.0)
    return Measured(epoch, float(hit.mean()), float(gains.mean()), loss)


@dataclass(slots=True)
class _State:
    step: int = 0
    epoch: int = 0
    at: int = 0
    best_epoch: int = 0
    best: float = -1.0
    waited: int = 0
    seconds: float = 0.0
    measuring: float = 0.0
    losses: list[float] = field(default_factory=list)
    curve: list[Measured] = field(default_factory=list)
    best_tensors: dict[str, torch.Tensor] = field(default_factory=dict)


class Fitting:
    """One run: the network that learns, the average that is measured, and everything a checkpoint holds."""

    def __init__(
        self,
        network: SequenceNetwork,
        windows: Windows,
        held: Held | None,
        options: FitOptions,
        *,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.network = network.to(device)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self._windows, self._held, self._options = windows, held, options
        self._device, self._dtype = device, dtype
        counts = np.bincount(windows.targets, minlength=network.items_count + 1)
        self._frequency = torch.from_numpy((counts / counts.sum()).astype(np.float32)).to(device)
        decayed = [p for p in self.network.parameters() if p.dim() > 1]
        plain = [p for p in self.network.parameters() if p.dim() <= 1]
        self._optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": options.weight_decay}, {"params": plain, "weight_decay": 0.0}],
            lr=options.rate,
            betas=(0.9, 0.98),
            fused=device.type in ("cpu", "cuda"),
        )
        # For the learning rate only: how many steps an epoch really has depends on how its windows fall.
        self._steps_an_epoch = -(-int(windows.lengths.sum()) // options.positions)
        self.state = _State()

    def run(
        self,
        *,
        checkpoint: Path | None = None,
        identity: Mapping[str, Any] | None = None,
        checkpoint_seconds: float = 60.0,
        progress: Progress | None = None,
        note: Note | None = None,
        stopped: Callable[[], bool] | None = None,
    ) -> FitResult:
        """Train to the end and leave the network as it was at its best measurement (without any: at the last step).

        Args:
            checkpoint: a file that is replaced whole from time to time; a run of the same ``identity`` goes on from it.
            identity: what tells this run from another.
            checkpoint_seconds: how long between two checkpoints.
            progress: called with a message and the share done.
            note: called with a line at every measurement.
            stopped: asked between steps; a yes writes the checkpoint and ends the run.

        Raises:
            TrainingError: it was asked to stop, or the loss is no number.
        """
        options = self._options
        stated = json.dumps(dict(identity or {}), sort_keys=True)
        if checkpoint is not None and self._load(checkpoint, stated) and note is not None:
            note(f"goes on after step {self.state.step}")
        state = self.state
        saved = time.perf_counter()
        # The caller's own random numbers go on as if nothing had been trained.
        with torch.random.fork_rng(devices=[self._device] if self._device.type == "cuda" else []):
            while state.epoch < options.epochs and not (options.patience and state.waited >= options.patience):
                plan = steps_of(self._windows, options.positions, seed=options.seed, epoch=state.epoch)
                begun = time.perf_counter()
                for chosen in plan[state.at :]:
                    if stopped is not None and stopped():
                        state.seconds += time.perf_counter() - begun
                        if checkpoint is not None:
                            self._save(checkpoint, stated)
                        raise TrainingError(f"stopped after step {state.step}; the same command goes on from there")
                    self._step(chosen)
                    state.step, state.at = state.step + 1, state.at + 1
                    if progress is not None:
                        done = (state.epoch + state.at / len(plan)) / options.epochs
                        progress("training the sequence model", done)
                state.seconds += time.perf_counter() - begun
                state.epoch, state.at = state.epoch + 1, 0
                self._close_epoch(note)
                if checkpoint is not None and time.perf_counter() - saved >= checkpoint_seconds:
                    self._save(checkpoint, stated)
                    saved = time.perf_counter()
        if checkpoint is not None:
            self._save(checkpoint, stated)
        self.network.load_state_dict(state.best_tensors or self.average.state_dict())
        self.network.eval()
        best = state.best_epoch or state.epoch
        return FitResult(state.epoch, best, tuple(state.curve), state.seconds, state.measuring)

    def _step(self, chosen: Ints) -> None:
        options, state = self._options, self.state
        torch.manual_seed(options.seed * 1_000_003 + state.step)
        batch = self._windows.batch(chosen, options.ahead)
        targets = torch.from_numpy(batch.targets).to(self._device)
        self.network.train()
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=self._dtype == torch.bfloat16):
            made, table = self.network(
                torch.from_numpy(batch.rows).to(self._device), torch.from_numpy(batch.lengths).to(self._device)
            )
            asked = made.flatten(0, 1)[torch.from_numpy(batch.asked).to(self._device)]
            loss = self._loss(asked, table, targets)
        for group in self._optimizer.param_groups:
            group["lr"] = rate_at(state.step, self._steps_an_epoch, options)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        value = float(loss.detach())
        if not math.isfinite(value):
            raise TrainingError(f"the loss became {value} at step {state.step}; lower the rate and start again")
        if options.clip:
            nn.utils.clip_grad_norm_(self.network.parameters(), options.clip, foreach=True)
        self._optimizer.step()
        self._follow()
        state.losses.append(value)

    def _loss(self, states: torch.Tensor, table: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        options, loss = self._options, self._options.loss
        if loss == "auto":
            loss = "full" if self.network.items_count <= _MOST_FULLY_SCORED else "sampled"
        there = targets > 0
        weights = there * options.fade ** torch.arange(targets.shape[1], device=targets.device)
        weights = weights / weights.sum(dim=1, keepdim=True)
        if loss == "full":
            return full_cross_entropy(states, table, targets, weights, smoothing=options.smoothing, dtype=self._dtype)
        drawn = torch.randint(1, self.network.items_count + 1, (options.negatives,)).to(self._device)
        states = states[there.nonzero()[:, 0]]
        targets, weights = targets[there], weights[there]
        if loss == "gbce":
            return gbce(states, table, targets, drawn, weights, calibration=options.calibration)
        return sampled_softmax(states, table, targets, drawn, self._frequency, weights, in_batch=options.in_batch)

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the weights; early on it follows closely, or it would remember the beginning."""
        step = self.state.step
        share = 1.0 - min(self._options.average, (1 + step) / (10 + step))
        if self._options.average == 0.0:
            share = 1.0
        torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), share)

    def _close_epoch(self, note: Note | None) -> None:
        options, state = self._options, self.state
        epoch = state.epoch
        recent, state.losses = state.losses, []
        if self._held is None or (epoch % options.every and epoch != options.epochs):
            return
        begun = time.perf_counter()
        found = measure(self.average, self._held, epoch=epoch, loss=sum(recent) / len(recent))
        state.curve.append(found)
        if found.ndcg > state.best:
            state.best, state.best_epoch, state.waited = found.ndcg, epoch, 0
            state.best_tensors = {k: v.detach().cpu().clone() for k, v in self.average.state_dict().items()}
        else:
            state.waited += 1
        state.measuring += time.perf_counter() - begun
        if note is not None:
            note(
                f"epoch {epoch}/{options.epochs}: loss {found.loss:.4f}, held-out R@10 {found.recall:.4f} "
                f"nDCG@10 {found.ndcg:.4f} (best {state.best:.4f} at {state.best_epoch}), "
                f"{state.seconds / epoch:.1f} s an epoch"
            )

    def _save(self, path: Path, identity: str) -> None:
        """Write everything as one file, in one step."""
        state = self.state
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = {
            "identity": identity, "network": self.network.state_dict(), "average": self.average.state_dict(),
            "optimizer": self._optimizer.state_dict(), "step": state.step, "epoch": state.epoch, "at": state.at,
            "best_epoch": state.best_epoch, "best": state.best, "waited": state.waited,
            "seconds": state.seconds, "measuring": state.measuring,
            "losses": state.losses, "best_tensors": state.best_tensors,
            "curve": [(m.epoch, m.recall, m.ndcg, m.loss) for m in state.curve],
        }  # fmt: skip
        partial = path.with_suffix(".partial")
        with partial.open("wb") as handle:
            torch.save(whole, handle)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(partial, path)

    def _load(self, path: Path, identity: str) -> bool:
        """Take back what was saved of the same run; ``False`` where there is nothing."""
        if not path.is_file():
            return False
        try:
            found = torch.load(path, map_location=self._device, weights_only=True)
        except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
            raise TrainingError(f"the checkpoint '{path}' cannot be read ({error}); delete it to begin anew") from error
        if found["identity"] != identity:
            return False
        self.network.load_state_dict(found["network"])
        self.average.load_state_dict(found["average"])
        self._optimizer.load_state_dict(found["optimizer"])
        names = (
            "step", "epoch", "at", "best_epoch", "best", "waited", "seconds", "measuring", "losses", "best_tensors"
        )  # fmt: skip
        self.state = _State(**{name: found[name] for name in names}, curve=[Measured(*m) for m in found["curve"]])
        return True
