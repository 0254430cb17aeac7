"""Histories cut into windows, and windows put into batches of like length.

Knows item rows and lengths as flat arrays. Does not know the network. Everything here depends on its arguments only,
so that a training which is resumed meets the same batches in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.errors import TrainingError

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]

_GROUPED_STEPS = 16


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows side by side.

    ``rows`` (windows, longest) are input rows filled with 0 on the right, ``lengths`` (windows,) how many are items,
    ``asked`` (positions,) the flat places ``window * longest + step`` whose next items are to be predicted, ``targets``
    (positions, ahead) those items, nearest first, 0 where the window holds no more.
    """

    rows: Rows
    lengths: Ints
    asked: Ints
    targets: Ints


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows over one flat array of item rows.

    ``flat`` (events,) holds all histories one after another; window i reads ``lengths[i]`` rows from ``starts[i]`` and
    is asked for what follows each of them from step ``first[i]`` on.
    """

    flat: Rows
    starts: Ints
    lengths: Ints
    first: Ints

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def targets(self) -> Ints:
        """Every item that is asked for, as often as it is, in no particular order."""
        counts = self.lengths - self.first
        begins = np.repeat(self.starts + self.first + 1, counts)
        within = np.arange(len(begins)) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.asarray(self.flat[begins + within], dtype=np.int64)

    def batch(self, chosen: Ints, ahead: int = 1) -> Batch:
        """The windows with these numbers, each step asked for its next ``ahead`` items."""
        lengths = self.lengths[chosen]
        steps = np.arange(int(lengths.max(initial=0)))
        real = steps[None, :] < lengths[:, None]
        places = np.where(real, self.starts[chosen][:, None] + steps[None, :], 0)
        rows = np.where(real, self.flat[places], 0).astype(np.int32)
        asked = np.flatnonzero(real & (steps[None, :] >= self.first[chosen][:, None]))
        # A window of n inputs spans n + 1 items: what lies beyond belongs to somebody else, or to another window.
        left = (lengths[:, None] - steps[None, :]).reshape(-1)[asked]
        further = np.arange(min(ahead, len(steps)))
        within = further[None, :] < left[:, None]
        nearest = places.reshape(-1)[asked] + 1
        targets = np.where(within, self.flat[np.where(within, nearest[:, None] + further[None, :], 0)], 0)
        return Batch(rows, lengths, asked, targets.astype(np.int64))


def cut(histories: Sequence[npt.ArrayLike], length: int) -> Windows:
    """Windows of at most ``length`` inputs; every item but a history's first is asked for exactly once.

    A history that is longer than a window gets several; each but the first begins half a window before what it is
    asked for, so that its first answers have something to go by.

    Raises:
        TrainingError: no history holds two items.
    """
    rows = [np.asarray(history, dtype=np.int32) for history in histories]
    flat = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int32)
    step = max(1, length // 2)
    starts: list[int] = []
    lengths: list[int] = []
    first: list[int] = []
    at = 0
    for row in rows:
        inputs = len(row) - 1
        # From the newest item backwards: the newest window is the one that looks like a question.
        end = inputs
        while end > 0:
            begin = max(0, end - length)
            done = 0 if begin == 0 else length - step
            starts.append(at + begin)
            lengths.append(end - begin)
            first.append(done)
            end = begin + done
        at += len(row)
    if not starts:
        raise TrainingError("no shopper has two events or more; the sequence model has nothing to learn from")
    return Windows(flat, np.asarray(starts), np.asarray(lengths), np.asarray(first))


def steps_of(windows: Windows, positions: int, *, seed: int, epoch: int) -> list[Ints]:
    """The window numbers of every step of an epoch: about ``positions`` inputs a step, neighbours of like length.

    Windows are shuffled, then sorted by length within groups of some steps, then the steps are shuffled, so that a
    step is nearly rectangular and the order is nearly random.
    """
    rng = np.random.default_rng((seed, epoch))
    order = rng.permutation(len(windows))
    group = _shares(windows.lengths[order], positions * _GROUPED_STEPS)
    order = order[np.lexsort((windows.lengths[order], group))]
    cuts = np.flatnonzero(np.diff(_shares(windows.lengths[order], positions))) + 1
    parts = np.split(order, cuts)
    return [parts[i] for i in rng.permutation(len(parts))]


def _shares(lengths: Ints, size: int) -> Ints:
    """Which of equally heavy shares of about ``size`` inputs each window falls into: no small rest at the end."""
    total = int(lengths.sum())
    return ((np.cumsum(lengths) - lengths) * -(-total // size) // total).astype(np.int64)


def newest(histories: Sequence[npt.ArrayLike], length: int) -> tuple[Rows, Ints]:
    """The last ``length`` rows of each history as (histories, longest), filled on the right, and their lengths."""
    kept = [np.asarray(history, dtype=np.int32)[-length:] for history in histories]
    lengths = np.asarray([len(row) for row in kept], dtype=np.int64)
    out = np.zeros((len(kept), max(1, int(lengths.max(initial=0)))), dtype=np.int32)
    for i, row in enumerate(kept):
        out[i, : len(row)] = row
    return out, lengths
