"""What a shop's events say of products met together: counts, per product and per product type.

Counts only; what they are worth in a ranking is decided in ``complements_scores``. Knows events and the names of types,
no catalogue records and no words.

- *following*: within a week after a product was put into a cart or bought, the same shopper put another one of another
  type into a cart or bought it; and, for types, looked at one of that other type in the same session;
- *orders*: purchases of one shopper without a gap of half an hour; *carts*: the same of what was put into a cart.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse

from assistant.errors import TrainingError
from assistant.recommendation.interactions import DAY, Floats, Interactions, Ints, Items
from assistant.recommendation.reading import read_interactions

SESSION = 1800.0
"""Seconds without an event after which a session has ended."""
AFTER = 7 * DAY
"""What is put into a cart so many seconds after another product may have been put there because of it."""
HALF_LIFE = 90.0
"""Days after which an event says half as much of how popular a product is."""
_SPEAKS = {"view": 1.0, "like": 2.0, "add_to_cart": 3.0, "purchase": 5.0}
_TAKEN = ("add_to_cart", "purchase")
_FORMAT = 1


@dataclass(frozen=True)
class Baskets:
    """How many baskets there were, and what was in them; ``pairs`` of products, ``type_pairs`` of types, symmetric.

    ``holding`` has shape (n,), ``type_holding`` (T,): baskets that hold a product, and any product of a type.
    """

    total: int
    holding: Ints
    pairs: sparse.csr_matrix
    type_holding: Ints
    type_pairs: sparse.csr_matrix


@dataclass(frozen=True)
class Together:
    """The counts, over n products of T types.

    Attributes:
        skus: product rows.
        types: names of the types.
        type_of: type row of each product, shape (n,).
        following: (n, n), how often the column came within a week after the row, of another type.
        type_following: (T, T), the same of types, with what was looked at in the same session.
        popularity: events of a product by strength, fading with age, shape (n,).
        orders: what was bought together.
        carts: what was put into carts together.
    """

    skus: tuple[str, ...]
    types: tuple[str, ...]
    type_of: Ints
    following: sparse.csr_matrix
    type_following: sparse.csr_matrix
    popularity: Floats
    orders: Baskets
    carts: Baskets

    @classmethod
    def learn(cls, data: Interactions, kinds: Sequence[str]) -> Together:
        """Count.

        Args:
            data: events with kinds and times.
            kinds: the product type of every item, by name.

        Raises:
            TrainingError: the events have no times or no kinds, or the types are of other items.
        """
        if not data.timed or data.kinds is None:
            raise TrainingError("what goes together is learnt from events with times and kinds; these have none")
        if len(kinds) != data.n_items:
            raise TrainingError(f"{len(kinds)} types were given for {data.n_items} items")
        types = tuple(dict.fromkeys(kinds))
        place = {kind: row for row, kind in enumerate(types)}
        type_of = np.array([place[kind] for kind in kinds], dtype=np.int64)
        happened = np.array(data.kinds, dtype=object) if len(data) else np.zeros(0, dtype=object)
        taken = np.isin(happened, _TAKEN)
        strength = np.array([_SPEAKS.get(kind, 0.0) for kind in data.kinds])
        if len(data):
            strength = strength * np.exp2(-(data.times.max() - data.times) / DAY / HALF_LIFE)
        following, type_following = _following(data, type_of, taken, happened == "view", len(types))
        return cls(
            data.items.ids,
            types,
            type_of,
            following,
            type_following,
            np.bincount(data.rows, weights=strength, minlength=data.n_items).astype(np.float64),
            _baskets(data, happened == "purchase", type_of, len(types)),
            _baskets(data, taken, type_of, len(types)),
        )

    def save(self, path: Path) -> None:
        """Write one ``.npz``; a reader never sees half of it."""
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "format": np.array(_FORMAT),
            "skus": np.array(self.skus),
            "types": np.array(self.types),
            "type_of": self.type_of,
            "popularity": self.popularity,
        }
        for name, matrix in (("following", self.following), ("type_following", self.type_following)):
            arrays |= _flat(name, matrix)
        for name, baskets in (("orders", self.orders), ("carts", self.carts)):
            arrays |= {
                f"{name}.total": np.array(baskets.total),
                f"{name}.holding": baskets.holding,
                f"{name}.type_holding": baskets.type_holding,
                **_flat(f"{name}.pairs", baskets.pairs),
                **_flat(f"{name}.type_pairs", baskets.type_pairs),
            }
        content = io.BytesIO()
        np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.with_suffix(".part")
        whole.write_bytes(content.getvalue())
        whole.replace(path)

    @classmethod
    def load(cls, path: Path) -> Together:
        """Take back what :meth:`save` wrote.

        Raises:
            TrainingError: the file is missing, damaged or of another format.
        """
        try:
            with np.load(path, allow_pickle=False) as held:
                if int(held["format"]) != _FORMAT:
                    raise TrainingError(f"'{path}' is of another format than {_FORMAT}; remove it")
                n, t = len(held["skus"]), len(held["types"])

                def matrix(name: str, size: int) -> sparse.csr_matrix:
                    parts = (held[f"{name}.data"], held[f"{name}.indices"], held[f"{name}.indptr"])
                    return sparse.csr_matrix(parts, shape=(size, size))

                def baskets(name: str) -> Baskets:
                    return Baskets(
                        int(held[f"{name}.total"]),
                        held[f"{name}.holding"],
                        matrix(f"{name}.pairs", n),
                        held[f"{name}.type_holding"],
                        matrix(f"{name}.type_pairs", t),
                    )

                return cls(
                    tuple(held["skus"].tolist()),
                    tuple(held["types"].tolist()),
                    held["type_of"],
                    matrix("following", n),
                    matrix("type_following", t),
                    held["popularity"],
                    baskets("orders"),
                    baskets("carts"),
                )
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise TrainingError(f"what goes together cannot be read from '{path}' ({error}); remove it") from error


def together_of(events: Path, skus: Sequence[str], kinds: Sequence[str], cache: Path) -> Together | None:
    """The counts of a file of events over a catalogue; counted once, then read from a cache folder.

    Args:
        events: ``events.jsonl``, gzipped or not.
        skus: the catalogue in row order; events of other products are left out.
        kinds: the product type of each.
        cache: where counts are kept, named by what they were made of.

    Returns:
        ``None`` where no event is of the catalogue.

    Raises:
        TrainingError: the events cannot be read.
    """
    try:
        told = hashlib.sha256(events.read_bytes())
    except OSError as error:
        raise TrainingError(f"cannot read the events in '{events}': {error}") from error
    told.update(json.dumps([_FORMAT, list(skus), list(kinds)]).encode())
    kept = cache / f"{told.hexdigest()[:16]}.npz"
    if kept.is_file():
        made = Together.load(kept)
    else:
        data = read_interactions(events).over(Items(tuple(skus)))
        made = Together.learn(data, kinds)
        made.save(kept)
    return made if made.popularity.any() else None


def sessions(data: Interactions) -> Ints:
    """A number for the session of each event, shape (n,): a new one after half an hour without any."""
    if not len(data):
        return np.zeros(0, dtype=np.int64)
    begins = np.ones(len(data), dtype=np.bool_)
    begins[1:] = (data.users[1:] != data.users[:-1]) | (np.diff(data.times) > SESSION)
    return np.cumsum(begins).astype(np.int64) - 1


def first_taken(data: Interactions, user: int) -> list[tuple[int, float]]:
    """What one shopper put into a cart or bought, each product once, as (item row, when), in the order of time."""
    out: dict[int, float] = {}
    for at in range(int(data.starts[user]), int(data.starts[user + 1])):
        if data.kinds is not None and data.kinds[at] in _TAKEN:
            out.setdefault(int(data.rows[at]), float(data.times[at]))
    return list(out.items())


def _following(
    data: Interactions,
    type_of: Ints,
    taken: npt.NDArray[np.bool_],
    viewed: npt.NDArray[np.bool_],
    n_types: int,
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    pairs: Counter[tuple[int, int]] = Counter()
    kinds: Counter[tuple[int, int]] = Counter()
    session = sessions(data)
    for user in np.unique(data.users[taken]).tolist():
        begin, end = int(data.starts[user]), int(data.starts[user + 1])
        own = first_taken(data, user)
        for place, (one, when) in enumerate(own):
            for other, later in own[place + 1 :]:
                if later - when <= AFTER and type_of[one] != type_of[other]:
                    pairs[one, other] += 1
                    kinds[int(type_of[one]), int(type_of[other])] += 1
        places = np.arange(begin, end)
        seen: set[int] = set()
        for at in places[taken[begin:end]].tolist():
            one = int(data.rows[at])
            if one in seen:
                continue
            seen.add(one)
            after = (places > at) & viewed[begin:end] & (session[begin:end] == session[at])
            for kind in set(type_of[data.rows[begin:end][after]].tolist()) - {int(type_of[one])}:
                kinds[int(type_of[one]), kind] += 1
    return _square(pairs, data.n_items), _square(kinds, n_types)


def _baskets(data: Interactions, which: npt.NDArray[np.bool_], type_of: Ints, n_types: int) -> Baskets:
    session = sessions(data)
    at = np.flatnonzero(which)
    # A product that is put into the cart and then bought is in the basket once.
    cells = np.unique(np.stack([session[at], data.rows[at]], axis=1), axis=0) if len(at) else np.zeros((0, 2), int)
    _, basket = np.unique(cells[:, 0], return_inverse=True)
    total = int(basket.max()) + 1 if len(basket) else 0
    ones = np.ones(len(cells), dtype=np.int64)
    items = sparse.csr_matrix((ones, (basket, cells[:, 1])), shape=(total, data.n_items))
    kinds = sparse.csr_matrix((ones, (basket, type_of[cells[:, 1]])), shape=(total, n_types))
    kinds.data[:] = 1
    return Baskets(total, _column_sums(items), _met(items), _column_sums(kinds), _met(kinds))


def _met(held: sparse.csr_matrix) -> sparse.csr_matrix:
    out = (held.T @ held).tolil()
    out.setdiag(0)
    made = out.tocsr()
    made.eliminate_zeros()
    return made


def _column_sums(matrix: sparse.csr_matrix) -> Ints:
    return np.asarray(matrix.sum(axis=0), dtype=np.int64).reshape(-1)


def _square(cells: Counter[tuple[int, int]], size: int) -> sparse.csr_matrix:
    rows, columns = _sides(cells)
    values = np.array(list(cells.values()), dtype=np.float64)
    return sparse.csr_matrix((values, (rows, columns)), shape=(size, size))


def _sides(cells: Iterable[tuple[int, int]]) -> tuple[Ints, Ints]:
    sides = np.array(list(cells), dtype=np.int64).reshape(-1, 2)
    return sides[:, 0], sides[:, 1]


def _flat(name: str, matrix: sparse.csr_matrix) -> dict[str, npt.NDArray[np.generic]]:
    return {f"{name}.data": matrix.data, f"{name}.indices": matrix.indices, f"{name}.indptr": matrix.indptr}
