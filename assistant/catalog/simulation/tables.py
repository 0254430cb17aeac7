"""The tables behind simulated shoppers: lives, seasons, refills, as arrays over a catalogue's product types.

Knows the three ``.tsv`` files beside it, which say themselves what their columns mean. Types that the catalogue does
not hold are left out, so the tables serve other catalogues too. Knows no product, shopper or time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from assistant.errors import CatalogError, ConfigurationError

Floats = npt.NDArray[np.float64]

_HEART, _EDGE = 3.0, 1.0


@dataclass(frozen=True)
class Tables:
    """What is assumed of shoppers, over T product types.

    Attributes:
        lives: names of the lives, L of them.
        shares: how common each life is, shape (L,), sum 1.
        wishes: what a life wishes for, shape (L, T), each row with sum 1.
        seasons: factor on the wish for a type by month, January first, shape (12, T).
        refills: days until a type is bought again, shape (T,); 0 where it is not used up.
        affinity: how well a type (column) goes with another (row), shape (T, T), 0 to 1, nothing on the diagonal.
    """

    lives: tuple[str, ...]
    shares: Floats
    wishes: Floats
    seasons: Floats
    refills: Floats
    affinity: Floats


def load_tables(types: Sequence[str], goes_with: Mapping[str, Mapping[str, float]]) -> Tables:
    """The shipped tables for these product types.

    Args:
        types: the catalogue's product types, each once.
        goes_with: type to the types that complement it, with a weight in (0, 1].

    Raises:
        CatalogError: no life wishes for any of the types.
        ConfigurationError: a line of a table is wrong.
    """
    column = {kind: place for place, kind in enumerate(types)}
    names, shares, wishes = [], [], []
    for where, (name, share, heart, edge) in _rows("lives.tsv", 4):
        wish = np.zeros(len(types))
        for cell, weight in ((edge, _EDGE), (heart, _HEART)):
            wish[[column[kind] for kind in cell.split("|") if kind in column]] = weight
        if wish.any():
            names.append(name)
            shares.append(_number(where, share))
            wishes.append(wish / wish.sum())
    if not names:
        raise CatalogError(f"no simulated life wishes for any of this catalogue's {len(types)} product types")
    seasons = np.ones((12, len(types)))
    for where, (kinds, months, factor) in _rows("seasons.tsv", 3):
        chosen = [int(_number(where, month)) - 1 for month in months.split()]
        for kind in kinds.split("|"):
            if kind in column:
                seasons[chosen, column[kind]] *= _number(where, factor)
    refills = np.zeros(len(types))
    for where, (kinds, days) in _rows("refills.tsv", 2):
        refills[[column[kind] for kind in kinds.split("|") if kind in column]] = _number(where, days)
    affinity = np.zeros((len(types), len(types)))
    for kind, companions in goes_with.items():
        for other, weight in companions.items():
            if kind in column and other in column and kind != other:
                affinity[column[kind], column[other]] = weight
    common = np.array(shares)
    return Tables(tuple(names), common / common.sum(), np.array(wishes), seasons, refills, affinity)


def _rows(name: str, width: int) -> list[tuple[str, list[str]]]:
    text = files("assistant.catalog.simulation").joinpath(name).read_text(encoding="utf-8")
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != width:
            raise ConfigurationError(f"{name} line {number}: wanted {width} columns, got {len(cells)}")
        rows.append((f"{name} line {number}", cells))
    return rows


def _number(where: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError as error:
        raise ConfigurationError(f"{where}: wanted a number, got '{cell}'") from error
    if not 0 < value < float("inf"):
        raise ConfigurationError(f"{where}: wanted a number above 0, got '{cell}'")
    return value
