"""Products, their types and their departments, and how forecasts of the three are made to agree.

Knows category paths and sums. Does not know how a forecast is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.recommendation.interactions import Floats, Ints
from assistant.types import Product

LEVELS: tuple[str, ...] = ("shop", "department", "type", "product")
"""From the whole to the single product."""


@dataclass(frozen=True)
class Hierarchy:
    """Where each product belongs.

    Attributes:
        departments: first elements of category paths.
        types: whole category paths.
        department_of: the department of each type, shape (types,).
        type_of: the type of each product, shape (products,).
    """

    departments: tuple[str, ...]
    types: tuple[tuple[str, ...], ...]
    department_of: Ints
    type_of: Ints

    @classmethod
    def of(cls, products: Sequence[Product]) -> Hierarchy:
        """The tree of a catalogue; products without a category are a department of their own, named by nothing."""
        types = tuple(sorted({product.category for product in products}))
        place = {path: number for number, path in enumerate(types)}
        departments = tuple(sorted({path[0] if path else "" for path in types}))
        above = {name: number for number, name in enumerate(departments)}
        return cls(
            departments,
            types,
            np.array([above[path[0] if path else ""] for path in types], dtype=np.int64),
            np.array([place[product.category] for product in products], dtype=np.int64),
        )

    def at(self, level: str) -> Ints:
        """The place of each product within a level, shape (products,)."""
        if level == "product":
            return np.arange(len(self.type_of), dtype=np.int64)
        if level == "type":
            return self.type_of
        if level == "department":
            return np.asarray(self.department_of[self.type_of], dtype=np.int64)
        return np.zeros(len(self.type_of), dtype=np.int64)

    def size(self, level: str) -> int:
        """How many series a level has."""
        return {"shop": 1, "department": len(self.departments), "type": len(self.types)}.get(level, len(self.type_of))

    def gather(self, table: Floats, level: str) -> Floats:
        """Sums over the products of each series of a level; (products, weeks) becomes (series, weeks)."""
        out = np.zeros((self.size(level), table.shape[1]))
        np.add.at(out, self.at(level), table)
        return out

    def earliest(self, opened: Ints, level: str) -> Ints:
        """The first week of each series: that of the earliest of its products."""
        out = np.full(self.size(level), np.iinfo(np.int64).max, dtype=np.int64)
        np.minimum.at(out, self.at(level), opened)
        return out

    def agree(self, shop: Floats, departments: Floats, types: Floats, products: Floats) -> dict[str, Floats]:
        """Departments that sum to the shop, types to their departments, products to their types, week by week.

        The forecast of the shop is shared out in proportion to the forecasts of its departments, each of those in
        proportion to its types', and so on: the sums, which are the surest, say how much, the parts say of what.

        Source: top-down by forecast proportions, Athanasopoulos, Ahmed and Hyndman, Hierarchical forecasts for
        Australian domestic tourism (International Journal of Forecasting 25, 2009), section 3.2.
        """
        above = _shared(shop, departments, np.zeros(len(departments), dtype=np.int64))
        middle = _shared(above, types, self.department_of)
        return {
            "shop": shop,
            "department": above,
            "type": middle,
            "product": _shared(middle, products, self.type_of),
        }


def _shared(above: Floats, below: Floats, parent: Ints) -> Floats:
    sums = np.zeros_like(above)
    np.add.at(sums, parent, below)
    members = np.bincount(parent, minlength=len(above)).astype(np.float64)[:, None]
    # Where nothing is expected of any member there is no proportion: then all get alike.
    share = np.divide(below, sums[parent], out=np.zeros_like(below), where=sums[parent] > 0)
    share = np.where(sums[parent] > 0, share, 1.0 / members[parent])
    return np.asarray(above[parent] * share, dtype=np.float64)
