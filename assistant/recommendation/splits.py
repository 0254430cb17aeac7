"""What a model may learn from and what it is asked afterwards: leave-one-out and a split in time.

Knows events only; measures nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from assistant.errors import TrainingError
from assistant.recommendation.interactions import History, Interactions, Ints, Mask

Stage: TypeAlias = Literal["validation", "test"]


@dataclass(frozen=True)
class Split:
    """One experiment: learn from ``train``, then answer each history; its target is the row that came next.

    ``targets`` has shape (len(histories),); ``users`` are the users' rows. ``allowed``, of shape (n_items,), says which
    items are candidates where not all are.
    """

    train: Interactions
    histories: tuple[History, ...]
    targets: Ints
    users: Ints
    allowed: Mask | None = None

    def sample(self, n: int, *, seed: int) -> Split:
        """At most ``n`` of the questions, chosen at random, in the old order."""
        if len(self.targets) <= n:
            return self
        return self.at(np.sort(np.random.default_rng(seed).choice(len(self.targets), n, replace=False)))

    def at(self, places: Sequence[int] | Ints) -> Split:
        """Some of the questions, in the order given."""
        at = np.asarray(places, dtype=np.int64)
        return Split(
            self.train, tuple(self.histories[int(i)] for i in at), self.targets[at], self.users[at], self.allowed
        )


def leave_one_out(data: Interactions, stage: Stage = "test", *, refit: bool = False) -> Split:
    """Each user's last event is the test target, the one before it the validation target; the rest is learnt from.

    What is disliked, or was met before, is no target and is passed over for the one before it; what a user did after a
    target is not learnt from either. For the test the history holds the validation event, but, as in the published
    tables, models do not learn from it, unless ``refit``. Users with fewer than two targets after their first event are
    learnt from and not asked.

    Source: Kang and McAuley, Self-Attentive Sequential Recommendation (ICDM 2018), section IV.A.
    """
    starts = data.starts
    places = np.flatnonzero(_askable(data))
    ends = np.searchsorted(data.users[places], np.arange(data.n_users), side="right")
    several = np.flatnonzero(np.bincount(data.users[places], minlength=data.n_users) >= 2)
    test, validation = places[ends[several] - 1], places[ends[several] - 2]
    known = validation > starts[several]
    asked, test, validation = several[known], test[known], validation[known]
    at = test if stage == "test" else validation
    cut = starts[1:].copy()
    cut[asked] = test if refit and stage == "test" else validation
    keep = np.arange(len(data)) < cut[data.users]
    histories = tuple(_before(data, int(user), int(end)) for user, end in zip(asked, at, strict=True))
    return Split(data.select(keep), histories, data.rows[at], asked.astype(np.int64))


def time_split(data: Interactions, stage: Stage = "test", *, share: float = 0.1, refit: bool = True) -> Split:
    """Everything before one moment is learnt from; each user's last event after it is the target.

    The last ``share`` of all events is the test, the ``share`` before it the validation. Nobody's future is learnt
    from, unlike in leave-one-out. The history holds all the user did before the target, what happened after the moment
    too: a live session counts, though no model learnt from it. A target the user met before is passed over for the one
    before it.

    Source: Gusak et al., Time to Split: Exploring Data Splitting Strategies for Offline Evaluation of Sequential
    Recommenders (RecSys 2025), global temporal split with the last target.

    Raises:
        TrainingError: the events have no times.
    """
    if not data.timed:
        raise TrainingError("a time split needs times, and these events have only an order; use leave-one-out")
    first, second = np.quantile(data.times, [1 - 2 * share, 1 - share]) if len(data) else (0.0, 0.0)
    start, end = (second, np.inf) if stage == "test" else (first, second)
    cut = start if refit or stage == "validation" else first
    return _between(data, float(start), float(end), data.times < cut)


def split_after(data: Interactions, moment: float) -> Split:
    """What happened up to one moment, that included, is learnt from; each user's last target after it is asked for.

    Raises:
        TrainingError: the events have no times.
    """
    if not data.timed:
        raise TrainingError("a split at a moment needs times, and these events have only an order; use leave-one-out")
    return _between(data, float(np.nextafter(moment, np.inf)), np.inf, data.times <= moment)


def _between(data: Interactions, start: float, end: float, learnt: Mask) -> Split:
    askable = _askable(data)
    histories, targets, users = [], [], []
    for user in range(data.n_users):
        begin, stop = int(data.starts[user]), int(data.starts[user + 1])
        low, high = begin + np.searchsorted(data.times[begin:stop], [start, end], side="left")
        found = np.flatnonzero(askable[low:high])
        if len(found):
            place = int(low + found[-1])
            histories.append(_before(data, user, place, now=float(data.times[place])))
            targets.append(int(data.rows[place]))
            users.append(user)
    return Split(
        data.select(learnt), tuple(histories), np.array(targets, dtype=np.int64), np.array(users, dtype=np.int64)
    )


def _askable(data: Interactions) -> Mask:
    """Which events can be a target: those of items their user likes and did nothing with before, shape (n,)."""
    _, first = np.unique(data.users * max(1, data.n_items) + data.rows, return_index=True)
    out = np.zeros(len(data), dtype=np.bool_)
    out[first] = True
    return out & (data.weights > 0)


def _before(data: Interactions, user: int, end: int, *, now: float | None = None) -> History:
    part = slice(int(data.starts[user]), end)
    times = data.times[part] if data.timed else None
    return History(data.rows[part], times, data.weights[part], now if data.timed else None)
