"""Which texts a batch holds, and how they are disturbed before they are seen.

Knows rows, label numbers and lengths. Does not know the network, nor what disturbs a text.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from torch.utils.data import Dataset, Sampler

Disturb: TypeAlias = Callable[[str, random.Random], str]
"""Changes a text in a way that keeps its label."""

_GROUPED_BATCHES = 16


class NoisyTexts(Dataset[dict[str, Any]]):
    """Texts with their label numbers; each epoch sees them disturbed in another way, a repeated run in the same."""

    def __init__(
        self, texts: Sequence[str], labels: Sequence[int], *, disturb: Disturb | None = None, seed: int = 0
    ) -> None:
        self.texts, self.labels = list(texts), list(labels)
        self._disturb, self._seed = disturb, seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, row: int) -> dict[str, Any]:
        text = self.texts[row]
        if self._disturb is not None:
            text = self._disturb(text, random.Random(f"{self._seed}/{self.epoch}/{row}"))
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
