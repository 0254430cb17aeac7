"""Trains the behaviour Transformer on one set of interactions: early stopping on validation, then measured on the test.

Knows splits, checkpoints and signals. Does not know file formats, nor which settings are worth trying. The setting is
judged by validation alone; the test is measured once, with the weights that validation chose.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assistant.recommendation.interactions import Interactions
from assistant.recommendation.sequence import Run, SequenceTransformer
from assistant.recommendation.sequence_fit import Measured, Note
from assistant.recommendation.splits import leave_one_out
from assistant.training.stopping import stop_requested
from assistant.weights import Progress

CHECKPOINT = "last.pt"
MODEL = "model"


@dataclass(frozen=True, slots=True)
class Setting:
    """A named choice of hyperparameters: fields of ``NetworkOptions`` and ``FitOptions``, and whether attributes help.

    The seed is no part of it.
    """

    name: str
    network: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    attributes: bool = False

    def model(self, *, seed: int, device: str = "auto", dtype: str = "auto", **training: Any) -> SequenceTransformer:
        """An unfitted model; ``training`` overrides fields of this setting."""
        return SequenceTransformer(
            self.network,
            {**self.training, **training},
            attributes=self.attributes,
            seed=seed,
            device=device,
            dtype=dtype,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """One training: what validation said, what the test said, and what it cost.

    ``seconds`` are of training and ``measuring`` of validation, over all parts of a run that was cut; ``peak_mb`` is
    the highest memory of the process so far, in MiB. ``refit`` tells that the model learnt from the validation events
    too, for as many epochs as were best without them; the published tables do not do that.
    """

    validation: Measured | None
    test: Measured | None
    epochs: int
    best_epoch: int
    seconds: float
    measuring: float
    peak_mb: float
    curve: tuple[Measured, ...]
    refit: bool = False

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def train_sequence(
    data: Interactions,
    setting: Setting,
    *,
    seed: int,
    folder: Path,
    sample: int | None = None,
    refit_epochs: int | None = None,
    test: bool = True,
    device: str = "auto",
    dtype: str = "auto",
    progress: Progress | None = None,
    note: Note | None = None,
) -> Outcome:
    """Train, keep the model in ``folder/model``, measure it. The same call goes on where it was stopped.

    Args:
        data: all events; each shopper's last is the test, the one before the validation.
        setting: the hyperparameters.
        seed: of weights, order, dropout and negatives.
        folder: for the checkpoint and the model.
        sample: validate with so many shoppers only (a fixed sample); ``None`` for all.
        refit_epochs: learn from the validation events too, for exactly so many epochs, without stopping early.
        test: whether the test is looked at; comparisons of settings must not.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        dtype: of the matrix products while training.
        progress: told the share done.
        note: told a line at every measurement.

    Raises:
        TrainingError: it was asked to stop, or the data or the loss cannot be used.
    """
    refit = refit_epochs is not None
    check = leave_one_out(data, "validation")
    watched = check if sample is None else check.sample(sample, seed=0)
    asked = leave_one_out(data, "test", refit=refit)
    if refit:
        model = setting.model(seed=seed, device=device, dtype=dtype, epochs=refit_epochs, patience=0)
    else:
        model = setting.model(seed=seed, device=device, dtype=dtype)
    identity = {"setting": setting.name, "sample": sample, "refit": refit}
    with stop_requested() as stopped:
        run = Run(folder / CHECKPOINT, identity=identity, note=note, stopped=stopped)
        held = None if refit else (watched.histories, watched.targets.tolist())
        model.fit(asked.train, progress=progress, held=held, run=run)
    assert model.fitted is not None
    model.save(folder / MODEL)
    tested = None
    if test:
        tested = model.measured(asked.histories, asked.targets.tolist())
        if note is not None:
            note(f"test R@10 {tested.recall:.4f} nDCG@10 {tested.ndcg:.4f}")
    fitted = model.fitted
    best = max(fitted.curve, key=lambda m: m.ndcg) if fitted.curve else None
    return Outcome(
        best, tested, fitted.epochs, fitted.best_epoch, fitted.seconds, fitted.measuring, _peak(), fitted.curve, refit
    )


def _peak() -> float:
    """Highest memory of this process in MiB: the system says KiB, except on macOS, where it says bytes."""
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
