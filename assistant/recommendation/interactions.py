"""Who met which item when: the one record every recommender learns from, and the history it is asked with.

Knows rows, times and strengths. Does not know files, models or how either is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from assistant.errors import TrainingError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

DAY = 86_400.0


@dataclass(frozen=True)
class Items:
    """The items in row order: what can be recommended, whether anybody met it or not.

    ``categories`` are paths, broad to narrow. ``vectors`` has shape (n, d). Each of the optional fields is either
    ``None`` or as long as ``ids``.

    Raises:
        TrainingError: two items have one id, or a field is of another length.
    """

    ids: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...] | None = None
    brands: tuple[str | None, ...] | None = None
    prices: tuple[float | None, ...] | None = None
    vectors: Vectors | None = None

    def __post_init__(self) -> None:
        if len(self.rows) != len(self.ids):
            raise TrainingError(f"{len(self.ids)} items have {len(self.rows)} different ids; ids must be unique")
        for name in ("categories", "brands", "prices", "vectors"):
            value = getattr(self, name)
            if value is not None and len(value) != len(self.ids):
                raise TrainingError(f"{name} of {len(value)} items were given for {len(self.ids)} items")

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each id."""
        return {key: row for row, key in enumerate(self.ids)}

    def types(self) -> Ints:
        """A number for each item's whole category path, shape (n,); all 0 where no categories are known."""
        if self.categories is None:
            return np.zeros(len(self), dtype=np.int64)
        known: dict[tuple[str, ...], int] = {}
        return np.array([known.setdefault(path, len(known)) for path in self.categories], dtype=np.int64)


@dataclass(frozen=True)
class History:
    """What one shopper did so far, oldest first: the query of every model, so that a live session counts at once.

    Attributes:
        items: item rows, shape (m,); may be empty, an item may come twice.
        times: when, in seconds, shape (m,); without them only the order is known.
        weights: how strongly, shape (m,); below 0 is a dislike. Without them 1 each.
        now: the time of asking, in seconds; without it that of the last event.
    """

    items: Ints
    times: Floats | None = None
    weights: Vectors | None = None
    now: float | None = None

    @classmethod
    def of(cls, items: Sequence[int], **given: Any) -> History:
        """A history of plain row numbers."""
        return cls(np.asarray(items, dtype=np.int64).reshape(-1), **given)

    def __len__(self) -> int:
        return len(self.items)

    def liked(self) -> tuple[Ints, Floats]:
        """Rows and strengths of everything that was not disliked, both of shape (l,)."""
        if self.weights is None:
            return self.items, np.ones(len(self.items))
        keep = self.weights > 0
        return self.items[keep], self.weights[keep].astype(np.float64)

    def ages(self, step: float = DAY) -> Floats:
        """Seconds since each event, never below 0, shape (m,); where only the order is known, ``step`` an event."""
        if self.times is None:
            return np.arange(len(self.items), dtype=np.float64)[::-1] * step
        if not len(self.times):
            return np.zeros(0)
        now = self.now if self.now is not None else float(self.times.max())
        return np.asarray(np.maximum(now - self.times, 0.0), dtype=np.float64)


@dataclass(frozen=True)
class Interactions:
    """Events as parallel arrays of length n, sorted by user and within a user by time; make it with :meth:`build`.

    Attributes:
        users: user rows. A user may have no event.
        rows: item rows into ``items``.
        times: seconds since 1970, or, where ``timed`` is false, the position within the user's sequence.
        weights: strength, 1 where nothing is known; below 0 is a dislike.
        items: everything that can be recommended.
        user_ids: pseudonyms in row order.
        timed: whether ``times`` are times.
        ratings: stars, where they are known.
        kinds: what happened (view, purchase …), where it is known.
    """

    users: Ints
    rows: Ints
    times: Floats
    weights: Vectors
    items: Items
    user_ids: tuple[str, ...]
    timed: bool
    ratings: Vectors | None = None
    kinds: tuple[str, ...] | None = None

    @classmethod
    def build(
        cls,
        users: Ints,
        rows: Ints,
        times: Floats | None,
        items: Items,
        user_ids: Sequence[str],
        *,
        weights: Vectors | None = None,
        ratings: Vectors | None = None,
        kinds: Sequence[str] | None = None,
    ) -> Interactions:
        """Sort events by user and time; equal times, or none, keep the order given.

        Raises:
            TrainingError: arrays of different lengths, or a row that is out of range.
        """
        n = len(users)
        for name, value in (("rows", rows), ("times", times), ("weights", weights), ("ratings", ratings)):
            if value is not None and len(value) != n:
                raise TrainingError(f"{name} has {len(value)} values for {n} events")
        if n and (rows.min() < 0 or rows.max() >= len(items)):
            raise TrainingError(f"item rows {rows.min()} to {rows.max()} are not within {len(items)} items")
        if n and (users.min() < 0 or users.max() >= len(user_ids)):
            raise TrainingError(f"user rows {users.min()} to {users.max()} are not within {len(user_ids)} users")
        order = np.lexsort((np.arange(n) if times is None else times, users))
        users = users[order].astype(np.int64)
        if times is None:
            stamped = (np.arange(n) - np.searchsorted(users, users, side="left")).astype(np.float64)
        else:
            stamped = times[order].astype(np.float64)
        return cls(
            users,
            rows[order].astype(np.int64),
            stamped,
            np.ones(n, dtype=np.float32) if weights is None else weights[order].astype(np.float32),
            items,
            tuple(user_ids),
            times is not None,
            None if ratings is None else ratings[order].astype(np.float32),
            None if kinds is None else tuple(kinds[int(i)] for i in order),
        )

    @classmethod
    def from_sequences(
        cls, sequences: Sequence[Sequence[int]], items: Items, user_ids: Sequence[str] | None = None
    ) -> Interactions:
        """Events of which only the order is known, one sequence of item rows a user."""
        lengths = [len(one) for one in sequences]
        users = np.repeat(np.arange(len(sequences), dtype=np.int64), lengths)
        rows = np.array([row for one in sequences for row in one], dtype=np.int64)
        names = user_ids if user_ids is not None else [str(user) for user in range(len(sequences))]
        return cls.build(users, rows, None, items, names)

    def __len__(self) -> int:
        return len(self.users)

    @property
    def n_items(self) -> int:
        """How many items there are, met or not."""
        return len(self.items)

    @property
    def n_users(self) -> int:
        """How many users there are, with events or without."""
        return len(self.user_ids)

    @cached_property
    def starts(self) -> Ints:
        """Where each user's events begin: user u has ``[starts[u]:starts[u + 1]]``. Shape (n_users + 1,)."""
        return np.searchsorted(self.users, np.arange(self.n_users + 1)).astype(np.int64)

    def lengths(self) -> Ints:
        """Events of each user, shape (n_users,)."""
        return np.diff(self.starts)

    def select(self, which: Mask | Ints) -> Interactions:
        """Some of the events; users and items keep their rows."""
        at = np.flatnonzero(which) if which.dtype == np.bool_ else which
        return replace(
            self,
            users=self.users[at],
            rows=self.rows[at],
            times=self.times[at],
            weights=self.weights[at],
            ratings=None if self.ratings is None else self.ratings[at],
            kinds=None if self.kinds is None else tuple(self.kinds[int(i)] for i in at),
        )

    def with_items(self, items: Items) -> Interactions:
        """The same events over items that say more of themselves, in the same rows."""
        if items.ids != self.items.ids:
            raise TrainingError("the items have other ids than those the events are of")
        return replace(self, items=items)

    def over(self, items: Items) -> Interactions:
        """The events of those items that another list holds too, over that list; the others are left out."""
        at = np.array([items.rows.get(key, -1) for key in self.items.ids], dtype=np.int64)
        kept = self.select(at[self.rows] >= 0) if len(self) else self
        return replace(kept, rows=at[kept.rows] if len(kept) else kept.rows, items=items)

    def history(self, user: int, *, now: float | None = None) -> History:
        """What a user did."""
        part = slice(int(self.starts[user]), int(self.starts[user + 1]))
        return History(self.rows[part], self.times[part] if self.timed else None, self.weights[part], now)

    def histories(self) -> tuple[History, ...]:
        """What each user did, in row order, users without events included."""
        return tuple(self.history(user) for user in range(self.n_users))

    def sequences(self) -> list[Ints]:
        """The item rows of each user in time order, dislikes left out."""
        return [one.liked()[0] for one in self.histories()]

    def matrix(self, *, binary: bool = False) -> sparse.csr_matrix:
        """Strengths summed per user and item, dislikes left out: CSR of shape (n_users, n_items), float32."""
        keep = self.weights > 0
        values = np.ones(int(keep.sum()), dtype=np.float32) if binary else self.weights[keep]
        shape = (self.n_users, self.n_items)
        out = sparse.csr_matrix((values, (self.users[keep], self.rows[keep])), shape=shape, dtype=np.float32)
        out.sum_duplicates()
        if binary:
            out.data[:] = 1.0
        return out


def history_matrix(histories: Sequence[History], n_items: int, *, decay: float | None = None) -> sparse.csr_matrix:
    """Histories as sparse rows, strengths of an item that comes twice summed: CSR of shape (batch, n_items), float32.

    Args:
        histories: item rows below ``n_items``.
        n_items: how many items there are.
        decay: half-life in days (in events where only the order is known); ``None`` counts all events alike.
    """
    places: list[Ints] = []
    values: list[Floats] = []
    for one in histories:
        rows, strengths = one.liked()
        if decay is not None and len(rows):
            ages = one.ages() if one.weights is None else one.ages()[one.weights > 0]
            strengths = strengths * np.exp2(-ages / (DAY * decay))
        places.append(rows)
        values.append(strengths)
    indptr = np.concatenate(([0], np.cumsum([len(p) for p in places]))).astype(np.int64)
    data = np.concatenate(values).astype(np.float32) if values else np.zeros(0, dtype=np.float32)
    columns = np.concatenate(places) if places else np.zeros(0, dtype=np.int64)
    out = sparse.csr_matrix((data, columns, indptr), shape=(len(histories), n_items), dtype=np.float32)
    out.sum_duplicates()
    return out
