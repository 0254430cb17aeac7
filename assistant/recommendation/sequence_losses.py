"""What the sequence model is told about its mistakes: full cross-entropy, sampled softmax, or gBCE.

Knows states, item vectors and targets as tensors. Does not know sequences, nor where negatives are drawn.

Full cross-entropy never holds (positions, items) scores of a whole step: some positions at a time are scored, turned
into their gradient and multiplied back while they are in the cache.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import torch
from torch.nn import functional as F

LossKind: TypeAlias = Literal["auto", "full", "sampled", "gbce"]

_SCORED_AT_ONCE = 512
_TINY = 1e-30


class _FullCrossEntropy(torch.autograd.Function):
    """Mean cross-entropy over all items, with both gradients made on the way forward."""

    @staticmethod
    def forward(
        ctx: Any,
        states: torch.Tensor,
        table: torch.Tensor,
        targets: torch.Tensor,
        weights: torch.Tensor,
        smoothing: float,
        dtype: torch.dtype,
    ) -> torch.Tensor:
        # Row 0 is the filling: never scored, so that it can never be the answer.
        known, vectors = states.detach().to(dtype), table.detach()[1:].to(dtype)
        count, items = len(states), len(vectors)
        slope_states = torch.empty_like(states)
        slope_table = torch.zeros_like(table)
        total = torch.zeros((), device=states.device)
        centre = vectors.float().mean(dim=0) * smoothing
        for begin in range(0, count, _SCORED_AT_ONCE):
            here = slice(begin, begin + _SCORED_AT_ONCE)
            part, wish = known[here], weights[here] * (1 - smoothing)
            asked = (targets[here] - 1).clamp_min(0)
            scores = part @ vectors.T
            wanted = scores.gather(1, asked).float()
            spread = smoothing * scores.float().mean(dim=1) if smoothing else 0.0
            # The one pass over all scores but the products: half the memory, and in the products' own number format.
            shares = torch.softmax(scores, dim=1)
            log_sum = wanted[:, 0] - shares.gather(1, asked[:, :1]).float().squeeze(1).clamp_min(_TINY).log()
            total += (log_sum - (wish * wanted).sum(dim=1) - spread).sum()
            slope_states[here] = (shares @ vectors).float() - centre
            for step in range(asked.shape[1]):
                slope_states[here] -= wish[:, step, None] * vectors[asked[:, step]].float()
            slope_table[1:] += shares.T @ part
        # What is wished for is a few items a position, and a little of all: no need for it in the large matrix.
        for step in range(targets.shape[1]):
            wish = weights[:, step, None] * (smoothing - 1)
            slope_table.index_add_(0, targets[:, step], known.to(table.dtype) * wish)
        slope_table[0] = 0
        slope_table[1:] -= known.float().sum(dim=0) * (smoothing / items)
        ctx.save_for_backward(slope_states / count, slope_table / count)
        return total / count

    @staticmethod
    def backward(ctx: Any, *slopes: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Both gradients, times that of the loss."""
        states, table = ctx.saved_tensors
        return states * slopes[0], table * slopes[0], None, None, None, None


def full_cross_entropy(
    states: torch.Tensor,
    table: torch.Tensor,
    targets: torch.Tensor,
    weights: torch.Tensor,
    *,
    smoothing: float,
    dtype: torch.dtype,
) -> torch.Tensor:
    """Mean cross-entropy between what is wished for and a softmax over all items, in nats.

    Args:
        states: (positions, width).
        table: (items + 1, width); row 0 is no item.
        targets: (positions, ahead) rows from 1; the first of each position is one, others may be 0 for none.
        weights: (positions, ahead) shares of the wish, 1 in sum; 0 where there is no target.
        smoothing: the share of the wish that is spread over all items.
        dtype: that of the matrix products; sums are in float32.
    """
    return _FullCrossEntropy.apply(states, table, targets, weights, smoothing, dtype)  # type: ignore[no-any-return, no-untyped-call]


def sampled_softmax(
    states: torch.Tensor,
    table: torch.Tensor,
    targets: torch.Tensor,
    drawn: torch.Tensor,
    frequency: torch.Tensor,
    weights: torch.Tensor,
    *,
    in_batch: bool,
) -> torch.Tensor:
    """Weighted mean cross-entropy among the target and shared negatives, each less the log of its odds.

    The candidates are ``drawn`` (uniform) and, with ``in_batch``, the targets of the other positions. A candidate's
    score is lowered by ln(expected times it is among them), which makes the sum over candidates an unbiased estimate of
    that over all items; a candidate that is the target itself is left out.

    Source: Bengio and Senecal, 2008 (the correction); Yi et al., Sampling-Bias-Corrected Neural Modeling, 2019.

    Args:
        states: (positions, width).
        table: (items + 1, width).
        targets: (positions,) rows from 1.
        drawn: (negatives,) rows from 1, uniform.
        frequency: (items + 1,) share of each row among all targets of the training.
        weights: (positions,) how much each counts.
        in_batch: use the targets as negatives too.
    """
    candidates = torch.cat([drawn, targets]) if in_batch else drawn
    expected = torch.full_like(frequency[candidates], len(drawn) / (len(table) - 1))
    if in_batch:
        expected = expected + len(targets) * frequency[candidates]
    scores = (states @ F.embedding(candidates, table).T).float() - expected.log()
    scores = scores.masked_fill(candidates[None, :] == targets[:, None], -torch.inf)
    # Rows are gathered apart from the product: the target is one row a position, not one more column of all.
    wanted = (states * F.embedding(targets, table)).sum(dim=1).float()
    losses = torch.logsumexp(torch.cat([wanted[:, None], scores], dim=1), dim=1) - wanted
    return (losses * weights).sum() / weights.sum()


def gbce(
    states: torch.Tensor,
    table: torch.Tensor,
    targets: torch.Tensor,
    drawn: torch.Tensor,
    weights: torch.Tensor,
    *,
    calibration: float,
) -> torch.Tensor:
    """Weighted mean of the generalised binary cross-entropy with shared uniform negatives.

    beta = a (t (1 - 1/a) + 1/a) with a the share of items drawn and t the calibration (0 is plain binary
    cross-entropy, 1 undoes the overconfidence that sampling causes); loss = -(beta ln s(target) + sum ln(1 - s(n))).

    Source: Petrov and Macdonald, gSASRec, 2023.

    Args:
        states: (positions, width).
        table: (items + 1, width).
        targets: (positions,) rows from 1.
        drawn: (negatives,) rows from 1.
        weights: (positions,) how much each counts.
        calibration: t in [0, 1].
    """
    share = len(drawn) / max(1, len(table) - 2)
    beta = share * (calibration * (1 - 1 / share) + 1 / share)
    scores = (states @ F.embedding(drawn, table).T).float()
    scores = scores.masked_fill(drawn[None, :] == targets[:, None], -torch.inf)
    wanted = (states * F.embedding(targets, table)).sum(dim=1).float()
    losses = (F.softplus(scores).sum(dim=1) - beta * F.logsigmoid(wanted)) / (len(drawn) + 1)
    return (losses * weights).sum() / weights.sum()
