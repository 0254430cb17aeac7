"""The draw of the next token, the same for every backend that runs here, so that a seed means the same in each.

Knows scores and a temperature. Does not know what the tokens are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# What the makers of small open models recommend; the tail of a vocabulary of 262,000 is noise.
LIKELIEST = 64
_MASS = 0.95


def draw(scores: npt.NDArray[np.float32], temperature: float, chance: np.random.Generator) -> int:
    """Draw one of the likeliest tokens: those that together have 95 % of the probability.

    Args:
        scores: logits of the :data:`LIKELIEST` candidates, of shape (candidates,), in any order.
        temperature: above 0; the higher, the more even.
        chance: where the randomness comes from.

    Returns:
        The position of the drawn candidate in ``scores``.
    """
    order = np.argsort(-scores, kind="stable")
    weights = np.exp((scores[order].astype(np.float64) - float(scores[order[0]])) / temperature)
    shares = weights / weights.sum()
    # The likeliest is always among them, whatever its share.
    kept = shares[: int(np.searchsorted(np.cumsum(shares), _MASS)) + 1]
    at = int(np.searchsorted(np.cumsum(kept), chance.random() * kept.sum(), side="right"))
    return int(order[min(at, len(kept) - 1)])
