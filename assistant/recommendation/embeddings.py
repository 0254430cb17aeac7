"""Matrix factorisation by gradient descent: user and item embeddings, dot product, sigmoid. In torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from assistant.errors import TrainingError
from assistant.recommendation.base import Progress
from assistant.recommendation.factors import FoldedFactors
from assistant.recommendation.interactions import Interactions

if TYPE_CHECKING:
    import torch
    from torch import nn


class GradientFactors(FoldedFactors):
    """σ(x_u·y_i + b_i) is the probability that shopper u goes for item i.

    Minimises, as a mean over events, -ln σ(s_ui) - Σ_j ln(1 - σ(s_uj)) + λ (|x_u|² + |y_i|² + Σ_j |y_j|²) by Adam, with
    s_ui = x_u·y_i + b_i and ``negatives`` items j drawn for each event with probability proportional to
    (count + 1)^0.75. Those drawn may have been met: with many items that is rare.

    Source: Koren, Bell and Volinsky, Matrix Factorization Techniques (Computer 2009), equation 2, with the logistic
    loss of Johnson, Logistic Matrix Factorization (2014), and the sampling of Mikolov et al., word2vec (NeurIPS 2013).
    """

    name = "gradient-mf"

    def __init__(
        self,
        factors: int = 64,
        epochs: int = 30,
        batch_size: int = 4096,
        learning_rate: float = 0.005,
        regularization: float = 1e-5,
        negatives: int = 8,
        half_life: float | None = 1.0,
        seed: int = 0,
    ) -> None:
        """Embedding size, rounds, events a step, step size, λ, negatives an event, half-life of the history, seed."""
        super().__init__(half_life)
        if min(factors, epochs, batch_size, negatives) < 1:
            raise TrainingError(
                f"factors {factors}, epochs {epochs}, batch_size {batch_size}, negatives {negatives}: all at least 1"
            )
        self._size = factors
        self._epochs = epochs
        self._batch = batch_size
        self._rate = learning_rate
        self._regularization = regularization
        self._negatives = negatives
        self._seed = seed

    @property
    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "factors": self._size,
            "epochs": self._epochs,
            "batch_size": self._batch,
            "learning_rate": self._rate,
            "regularization": self._regularization,
            "negatives": self._negatives,
            "half_life": self._half_life,
            "seed": self._seed,
        }

    def fit(self, data: Interactions, *, progress: Progress | None = None) -> Self:
        """Descend."""
        import torch
        from torch import nn

        self._items = data.items
        self._factors = np.zeros((data.n_items, self._size + 1), dtype=np.float32)
        self._map = np.zeros((self._size + 3, self._size + 1))
        liked = data.select(data.weights > 0)
        if not len(liked):
            return self
        generator = torch.Generator().manual_seed(self._seed)
        users = _table(data.n_users, self._size, generator)
        items = _table(data.n_items, self._size, generator)
        bias = nn.Parameter(torch.zeros(data.n_items))
        optimizer = torch.optim.Adam([users, items, bias], lr=self._rate)
        counts = np.bincount(liked.rows, minlength=data.n_items)
        frequency = torch.from_numpy((counts + 1.0) ** 0.75)
        who, what = torch.from_numpy(liked.users), torch.from_numpy(liked.rows)
        for epoch in range(self._epochs):
            order = torch.randperm(len(who), generator=generator)
            # One draw a round: a draw a step would cost as much as the step.
            drawn = torch.multinomial(frequency, len(who) * self._negatives, replacement=True, generator=generator)
            drawn = drawn.view(len(who), self._negatives)
            for start in range(0, len(who), self._batch):
                at = order[start : start + self._batch]
                rows = torch.cat([what[at, None], drawn[at]], dim=1)
                # As a look-up its gradient is a sum over sorted rows, several times faster than that of indexing.
                x, y = nn.functional.embedding(who[at], users), nn.functional.embedding(rows, items)
                logits = torch.einsum("bd,bkd->bk", x, y) + nn.functional.embedding(rows, bias[:, None])[..., 0]
                truth = torch.zeros_like(logits)
                truth[:, 0] = 1.0
                loss = nn.functional.binary_cross_entropy_with_logits(logits, truth, reduction="sum") / len(at)
                # Over as many events as the loss, or λ would mean another thing with every size of a step.
                loss = loss + self._regularization * (x.square().sum() + y.square().sum()) / len(at)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
            if progress is not None:
                progress("matrix factorisation", (epoch + 1) / self._epochs)
        ones = np.ones((data.n_users, 1), dtype=np.float32)
        self._factors = np.concatenate([items.detach().numpy(), bias.detach().numpy()[:, None]], axis=1)
        self._learn_map(data, np.concatenate([users.detach().numpy(), ones], axis=1))
        return self


def _table(rows: int, size: int, generator: torch.Generator) -> nn.Parameter:
    import torch
    from torch import nn

    return nn.Parameter(torch.randn(rows, size, generator=generator) * (0.1 / size**0.5))
