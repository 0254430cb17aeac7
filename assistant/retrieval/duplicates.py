"""Which rows of a catalogue are one product: listed again, or in another colour or size.

Rows are blocked by what their title says without colour, size and the maker's name, so that no row is compared with all
others; within a block a pair must agree in everything the records state, and the records must state enough. Precision
comes first: two models on one card hide one of them, two cards of one model only cost a place. Knows records and
vectors; knows no ranking, and never overrules a catalogue's own ``group_id``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.lexicon import Lexicon, fold
from assistant.retrieval.listings import Listing, Listings
from assistant.types import Product

Groups = npt.NDArray[np.int32]
"""Shape (n,): the first row of the group a row belongs to, or -1 for a row that stands alone."""

# A generic title can be that of thousands of rows; beyond so many they are told apart no further.
_LARGEST_BLOCK = 400
# Prices of one product listed twice differ, those of two models of a series differ more; colours may be sold off.
_PRICE_RATIO = 1.1
_PRICE_RATIO_OF_COLORS = 1.3
_LOWEST_COSINE = 0.9
# Of two descriptions, how much they share; in the same colour a word more ("PCoIP enabled") may be another model.
_SAME_TEXT = 0.95
_SAME_TEXT_OF_COLORS = 0.85
_FEW_WORDS = 6
_TELLING_TITLE = 5
_SHARED_FACTS = 4
_BRIEF = 15
_TOLERANCE = 0.02


@dataclass(frozen=True, slots=True)
class Marks:
    """What rows are blocked by: 64 bits for the title and for the catalogue's own group, 0 where there is none."""

    titles: npt.NDArray[np.uint64]
    owners: npt.NDArray[np.uint64]

    @classmethod
    def of(cls, products: Iterable[Product], lexicon: Lexicon) -> Marks:
        """The marks of rows in order, each row read once: 16 bytes a row are kept."""
        reader = Listings(lexicon)
        pairs = [(reader.key(p), reader.owner(p)) for p in products]
        both = np.array(pairs, dtype=np.uint64).reshape(-1, 2)
        return cls(both[:, 0], both[:, 1])


def duplicate_groups(
    products: Sequence[Product],
    vectors: npt.NDArray[np.floating] | None,
    lexicon: Lexicon,
    *,
    marks: Marks | None = None,
) -> Groups:
    """The groups of rows that are one product.

    Args:
        products: in row order; only rows that share a block with another are read, unless ``marks`` have to be made.
        vectors: (n, d), L2-normalised, of the same rows; pairs that are far apart stay apart. ``None`` skips that test.
        lexicon: names colours in both languages.
        marks: those of the same rows, where a build has made them on its way.

    Returns:
        Shape (n,): for every row the first row of its group, -1 where it stands alone. The same rows give the same
        groups, whatever the order they are asked in.
    """
    reader = Listings(lexicon)
    if marks is None:
        marks = Marks.of((products[i] for i in range(len(products))), lexicon)
    counters = _counters(products)
    first_of = _Unions()
    for rows in _blocks(marks.owners):
        for row in rows[1:]:
            first_of.join(rows[0], row)
    for block in _blocks(marks.titles):
        listings = [(row, reader.read(products[row])) for row in block[:_LARGEST_BLOCK]]
        for cluster in _clusters(listings, vectors, counters):
            for row in cluster[1:]:
                first_of.join(cluster[0], row)
    groups = np.full(len(products), -1, dtype=np.int32)
    for row in first_of.rows():
        groups[row] = first_of.first(row)
    return groups


class _Unions:
    """Rows joined into groups; a group is named by its first row."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def first(self, row: int) -> int:
        """The first row of the group that a row is in."""
        while (above := self._above.get(row, row)) != row:
            row = above
        return row

    def join(self, a: int, b: int) -> None:
        """Make one group of the groups of two rows."""
        low, high = sorted((self.first(a), self.first(b)))
        self._above[high] = low
        self._above.setdefault(low, low)

    def rows(self) -> list[int]:
        """Every row that was joined with another."""
        return sorted(self._above)


def _blocks(keys: npt.NDArray[np.uint64]) -> Iterable[list[int]]:
    """Rows of equal key, two or more, in row order; blocks by their first row. A key of 0 is none."""
    order = np.argsort(keys, kind="stable")
    edges = np.flatnonzero(np.diff(keys[order])) + 1
    blocks = [part.tolist() for part in np.split(order, edges) if len(part) > 1 and keys[part[0]]]
    return sorted(blocks)


def _clusters(
    listings: Sequence[tuple[int, Listing]], vectors: npt.NDArray[np.floating] | None, ignored: frozenset[str]
) -> list[list[int]]:
    """Each listing joins the first cluster that it agrees with in full, so that no chain of small steps joins two."""
    title_tells = _title_tells(listings, ignored)
    clusters: list[list[tuple[int, Listing]]] = []
    for row, listing in listings:
        for cluster in clusters:
            if all(
                _near(vectors, row, other) and same_product(listing, member, ignored=ignored, title_tells=title_tells)
                for other, member in cluster
            ):
                cluster.append((row, listing))
                break
        else:
            clusters.append([(row, listing)])
    return [[row for row, _ in cluster] for cluster in clusters if len(cluster) > 1]


def _title_tells(listings: Sequence[tuple[int, Listing]], ignored: frozenset[str]) -> bool:
    """Whether the title of a block is that of one product: no two rows of one colour under it are two products."""
    by_look: dict[tuple[frozenset[str], str], list[Listing]] = {}
    for _, listing in listings:
        by_look.setdefault((listing.colors, listing.size), []).append(listing)
    return all(same_product(alike[0], other, ignored=ignored) for alike in by_look.values() for other in alike[1:])


def _near(vectors: npt.NDArray[np.floating] | None, a: int, b: int) -> bool:
    if vectors is None:
        return True
    return float(np.dot(vectors[a].astype(np.float32), vectors[b].astype(np.float32))) >= _LOWEST_COSINE


def _counters(products: Sequence[Product], sample: int = 2000) -> frozenset[str]:
    """Attributes that number the rows instead of describing them (a popularity, a shelf number).

    They are plain numbers that hardly ever come twice, counted over rows spread through the catalogue.
    """
    seen: dict[str, list[object]] = {}
    step = max(1, len(products) // sample)
    for row in range(0, len(products), step):
        for name, value in products[row].attributes.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                seen.setdefault(name, []).append(value)
    return frozenset(
        name for name, values in seen.items() if len(values) >= 30 and len(set(values)) > 0.5 * len(values)
    )


def same_product(a: Listing, b: Listing, *, ignored: frozenset[str] = frozenset(), title_tells: bool = True) -> bool:
    """Whether two listings are one product, in other colours or sizes at most.

    Args:
        a: a listing.
        b: another one.
        ignored: attributes that describe no product.
        title_tells: whether their common title may be taken for that of one product, in whatever colour.
    """
    one, other = a.product, b.product
    if one.group_id and other.group_id:
        return one.group_id == other.group_id
    if a.title != b.title or a.named_things != b.named_things or a.pluses != b.pluses:
        return False
    if fold(one.brand or "") != fold(other.brand or ""):
        return False
    if a.size != b.size and not (a.size and b.size):
        return False
    if one.category and other.category and one.category != other.category:
        return False
    recolored = bool(a.colors and b.colors and a.colors != b.colors)
    if not _close_prices(one, other, _PRICE_RATIO_OF_COLORS if recolored else _PRICE_RATIO):
        return False
    if _facts_conflict(a.facts, b.facts, ignored) or (not recolored and a.fits != b.fits):
        return False
    if any(amounts.isdisjoint(b.measures.get(unit, amounts)) for unit, amounts in a.measures.items()):
        return False
    if recolored and (a.is_print_supply or b.is_print_supply):
        return False
    if not (a.materials <= b.materials or b.materials <= a.materials):
        return False
    if not _codes_agree(a.codes, b.codes, recolored=recolored):
        return False
    return _enough_evidence(a, b, ignored, recolored=recolored, title_tells=title_tells)


def _enough_evidence(a: Listing, b: Listing, ignored: frozenset[str], *, recolored: bool, title_tells: bool) -> bool:
    """Whether what agrees is more than a title, which two models of a maker may share."""
    shared = a.description & b.description
    union = a.description | b.description
    says_the_same = len(shared) >= (_SAME_TEXT_OF_COLORS if recolored else _SAME_TEXT) * len(union)
    if not recolored and not says_the_same and not (a.numbers <= b.numbers or b.numbers <= a.numbers):
        return False
    if union and says_the_same and len(shared) + len(a.title) >= _FEW_WORDS:
        return True
    branded = bool(a.product.brand)
    agreeing = sum(1 for k in a.facts.keys() & b.facts.keys() if k not in ignored)
    if branded and (recolored or says_the_same or agreeing) and _share_a_code(a.codes, b.codes, recolored=recolored):
        return True
    if max(len(a.description), len(b.description)) <= _BRIEF and _each_says_more(a.description, b.description):
        return False  # a line that names the thing, and names it otherwise: "security backpack", "convertible backpack"
    if agreeing >= _SHARED_FACTS and (recolored or says_the_same or not a.description or not b.description):
        return True
    # The same words in another colour: a maker's series. The same words in the same colour could be its next model.
    # Where only one record names its model, the other may be any model of that title.
    return title_tells and branded and recolored and len(a.title) >= _TELLING_TITLE and bool(a.codes) == bool(b.codes)


def _each_says_more(a: frozenset[str], b: frozenset[str]) -> bool:
    words_a, words_b = ({w for w in said if not any(c.isdigit() for c in w)} for said in (a, b))
    return not (words_a <= words_b or words_b <= words_a)


def _close_prices(a: Product, b: Product, ratio: float) -> bool:
    low, high = sorted((a.price, b.price))
    return a.currency == b.currency and high <= ratio * low


def _codes_agree(a: frozenset[str], b: frozenset[str], *, recolored: bool) -> bool:
    """Whether neither names a model that the other contradicts; another colour may end a number in other letters."""
    only_a, only_b = a - b, b - a
    if not only_a or not only_b:
        return True
    return recolored and all(any(_differ_in_tail(x, y) for y in only_b) for x in only_a)


def _share_a_code(a: frozenset[str], b: frozenset[str], *, recolored: bool) -> bool:
    """Whether both name one model; in two colours its number may end in other letters."""
    return bool(a & b) or (recolored and any(_differ_in_tail(x, y) for x in a for y in b))


def _differ_in_tail(a: str, b: str) -> bool:
    """Whether two numbers share all up to their last digit and differ in letters after it: F8M666BLK, F8M666BLU."""
    head_a, head_b = re.match(r".*\d", a), re.match(r".*\d", b)
    return bool(head_a and head_b and len(head_a[0]) >= 4 and head_a[0] == head_b[0])


def _facts_conflict(a: Mapping[str, object], b: Mapping[str, object], ignored: frozenset[str]) -> bool:
    return any(not _same_fact(a[name], b[name]) for name in a.keys() & b.keys() if name not in ignored)


def _same_fact(a: object, b: object) -> bool:
    """Equal; or numbers that differ by no more than two weighings of one thing do."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int | float) and isinstance(b, int | float):
        return abs(a - b) <= _TOLERANCE * max(abs(a), abs(b))
    return fold(str(a)).strip() == fold(str(b)).strip()
