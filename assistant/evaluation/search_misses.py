"""Why a query misses what it should find: a filter that was read wrongly, or a part of the score that misled.

Knows graded queries, the constraint parser and the search engine of a conversation. Judges no text and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from assistant import metrics
from assistant.evaluation.retrieval import Query
from assistant.lexicon import simplify
from assistant.retrieval import Filters, SearchEngine
from assistant.retrieval.search import without
from assistant.retrieval.shares import Shares, search_in_shares
from assistant.types import Candidate, Constraints, Product
from assistant.understanding import ConstraintParser, detect_language

TOP = 10
"""Places that count as found."""

SEVERAL = "several filters together"
SOLD_OUT = "sold out, so it goes last on purpose"
_UNREAD = frozenset({"currency", "quantity", "references", "sort"})


@dataclass(frozen=True, slots=True)
class Placed:
    """A product a query brought: its place from 1, its grade, and the shares of its score."""

    product: Product
    place: int
    grade: float
    shares: Shares


@dataclass(frozen=True, slots=True)
class Missing:
    """A wanted product that is not among the first :data:`TOP`.

    ``filtered_by`` is the field of the constraints that took it out, :data:`SEVERAL` where no single one did, ``None``
    where it was ranked, then at ``place``; ``misled_by`` is the score part by which the worst product above it lies
    ahead most.
    """

    product: Product
    grade: float
    place: int | None
    filtered_by: str | None
    misled_by: str | None
    shares: Shares | None = None
    """Of its score, where it was ranked."""

    @property
    def cause(self) -> str:
        """Both kinds of reason as one name."""
        if self.filtered_by:
            return f"filter: {self.filtered_by}"
        if self.misled_by == "sold_out":
            return SOLD_OUT
        return f"ranking: {self.misled_by}" if self.misled_by else "ranking: all above are wanted too"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a query brought and what it missed; ``left`` counts the rows that passed its filters."""

    query: Query
    language: str
    constraints: Constraints
    ndcg: float
    left: int
    came: tuple[Placed, ...]
    missing: tuple[Missing, ...]


def look_into(engine: SearchEngine, parser: ConstraintParser, queries: Sequence[Query]) -> tuple[Outcome, ...]:
    """Search every query as a conversation would, and say of each wanted product that is missing why it is."""
    return tuple(_look(engine, parser, query) for query in queries)


def worst(outcomes: Sequence[Outcome], most: int, *, language: str | None = None) -> tuple[Outcome, ...]:
    """The outcomes with the lowest nDCG@10, the lowest first; only those of one language where it is named."""
    chosen = [o for o in outcomes if language in (None, o.language)]
    return tuple(sorted(chosen, key=lambda o: (o.ndcg, o.query.id))[:most])


def causes(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Cause → how many queries miss their best missing product by it, the most frequent first.

    One a query: twenty phones that one misread bound took out are one mistake.
    """
    found: dict[str, int] = {}
    for outcome in outcomes:
        if outcome.missing:
            cause = outcome.missing[0].cause
            found[cause] = found.get(cause, 0) + 1
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _look(engine: SearchEngine, parser: ConstraintParser, query: Query) -> Outcome:
    plain = simplify(query.text)
    said = parser.parse(plain, intent="product_search")
    language = "zh" if detect_language(query.text) == "zh" else "en"
    result, shares = search_in_shares(engine, plain, Filters(said, language=language))
    placed = [
        Placed(c.product, place, query.grades.get(c.product.sku, 0.0), share)
        for place, (c, share) in enumerate(zip(result.candidates, shares, strict=True), 1)
    ]
    ndcg = metrics.ndcg_at_k([p.product.sku for p in placed], query.grades, k=TOP)
    return Outcome(
        query,
        query.language or language,
        said,
        ndcg,
        len(placed),
        tuple(placed[:TOP]),
        _missing(engine, plain, said, language, query, placed),
    )


def _missing(
    engine: SearchEngine, text: str, said: Constraints, language: str, query: Query, placed: Sequence[Placed]
) -> tuple[Missing, ...]:
    """The wanted products that are not among the first, the best first; those of lower grades only where none is."""
    wanted = max(query.grades.values())
    by_sku = {p.product.sku: p for p in placed}
    # As many as fit: the eleventh of eleven right answers is no miss.
    room = TOP - sum(p.grade >= wanted for p in placed[:TOP])
    out: list[Missing] = []
    for sku, grade in query.grades.items():
        if grade < wanted or (product := engine.product(sku)) is None:
            continue
        one = by_sku.get(sku)
        if one is None:
            out.append(Missing(product, grade, None, _filter_of(engine, text, said, language, sku), None))
        elif one.place > TOP:
            out.append(Missing(product, grade, one.place, None, _misleading(one, placed), one.shares))
    out.sort(key=lambda m: (m.place is not None, m.place or 0, m.product.sku))
    return tuple(out[:room])


def _filter_of(engine: SearchEngine, text: str, said: Constraints, language: str, sku: str) -> str:
    """The one constraint without which the product would be among the results."""
    neutral = Constraints()
    for field in fields(Constraints):
        value = getattr(said, field.name)
        if field.name in _UNREAD or value == getattr(neutral, field.name):
            continue
        loosened = without(said, field.name)
        if any(c.product.sku == sku for c in _all_of(engine, text, loosened, language)):
            return field.name
    return SEVERAL


def _all_of(engine: SearchEngine, text: str, said: Constraints, language: str) -> tuple[Candidate, ...]:
    # A sort would only reorder what is asked about here.
    filters = Filters(replace(said, sort=None), language=language)
    return engine.search(text, filters, k=len(engine.products)).candidates


def _misleading(one: Placed, placed: Sequence[Placed]) -> str | None:
    """The part by which the least wanted of the products above is ahead most; ``None`` where all are as good."""
    above = [p for p in placed[:TOP] if p.grade < one.grade]
    if not above:
        return None
    wrong = min(above, key=lambda p: (p.grade, p.place))
    ahead = wrong.shares.minus(one.shares).to_dict()
    names = list(ahead)
    return names[int(np.argmax([ahead[n] for n in names]))]
