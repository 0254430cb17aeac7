"""Search: hard filters first, then the product type, then cosine and BM25 fused; every score keeps its parts.

In small catalogues every allowed row is scored, in large ones the nearest by meaning, found as :mod:`~.plans` sees fit,
and the nearest by words. Nothing is relaxed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from assistant.encoder import Encoder
from assistant.lexicon import Lexicon, Mention, fold
from assistant.lexicon.text import HAN
from assistant.retrieval.filters import Columns, Filters
from assistant.retrieval.groups import ProductGroups
from assistant.retrieval.index import Index
from assistant.retrieval.keywords import Named
from assistant.retrieval.nearest import best, cosines
from assistant.retrieval.plans import nearest_allowed, typical
from assistant.retrieval.rerank import RERANKED, Reranker, rerank
from assistant.retrieval.text import token_line
from assistant.retrieval.topics import Topic, TopicMap
from assistant.types import Candidate, Constraints, Product

Mask = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]

# How many rows are scored at least, of those near by meaning and of those near by words.
_POOL = 1_000
# How much the best match by words weighs against the best by meaning.
KEYWORD_WEIGHT = 1.25
# The best by meaning is the mean of so many rows: a single one may be a stray.
_BEST_ROWS = 10
# Below this, cosines tell nothing apart: e5 puts unrelated texts within a few hundredths of each other.
_NARROWEST = 0.02
# So many allowed rows are all scored where a catalogue is small; of a large one only a pool of them.
_EXACT_BELOW = 50_000
# Kinds whose words say how a thing is, not what it is about.
_EMPTY_KINDS = frozenset({"idiom", "quality", "color", "size_word", "fit"})
_TERM_BONUS = 0.4
_NAME_BONUS = 0.4
_TYPE_BONUS = 0.4
# Of a title that names the type before a word nobody knows ("laptop riser tray").
_UNREAD = 0.1
# With so many rows of a type, a shelf that holds less than this share of them is probably a mistake of the catalogue.
_ENOUGH = 10
_ODD_SHELF = 0.06
# More than a title that names the type is worth, or a plant stand among chairs is decided by the last bit of a cosine.
_ODD_MALUS = 0.6
_AUDIENCES = {"men": ("women", "kids"), "women": ("men", "kids"), "kids": ("men", "women")}


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Ranked candidates, how many rows passed every filter, and what was applied.

    ``soft`` are wanted terms that no allowed row states: they only ranked. ``topic_known`` is false where the catalogue
    holds nothing of the product type asked for and the nearest rows stand in.
    """

    candidates: tuple[Candidate, ...]
    total: int
    applied: Constraints
    soft: tuple[str, ...] = ()
    topic_known: bool = True
    plan: str = "exact"


class SearchEngine:
    """Everything one index needs to answer requests. Reads only; safe to share between threads."""

    def __init__(self, index: Index, encoder: Encoder, lexicon: Lexicon, *, reranker: Reranker | None = None) -> None:
        """``reranker`` reorders the first results of :meth:`search` where no other order was asked for."""
        self.index = index
        self._reranker = reranker
        self.products: Sequence[Product] = index.products
        self.columns = Columns(index.products, lexicon, index.columns)
        self.topics = TopicMap(index.products, lexicon, index.columns.phrases, index.folder)
        self.lexicon = lexicon
        self._encoder = encoder
        self._telling_kinds = frozenset(c.kind for c in lexicon.concepts) - _EMPTY_KINDS

    @cached_property
    def groups(self) -> ProductGroups:
        """Which rows are one product, and share a card."""
        return ProductGroups.over(self.products, self.index.vectors, self.lexicon, self.index.folder)

    @property
    def remote_pictures(self) -> bool:
        """Whether any product's picture is on another server."""
        return self.columns.data.remote_pictures

    def product(self, sku: str) -> Product | None:
        """The product with this SKU, or ``None``."""
        row = self.index.rows.get(sku)
        return None if row is None else self.products[row]

    def embed(self, text: str) -> npt.NDArray[np.float32]:
        """The query vector of a text, shape (d,)."""
        return np.asarray(self._encoder.encode([text], kind="query")[0], dtype=np.float32)

    def keyword_scores(self, text: str) -> npt.NDArray[np.float32]:
        """How well each row matches a text by words, things it names also in the other language; shape (n,)."""
        return self.index.keywords.scores(text, self._names(text))

    def search(
        self,
        text: str,
        filters: Filters,
        *,
        k: int,
        exclude: Sequence[str] = (),
        within: Mask | None = None,
        use_topic: bool = True,
    ) -> SearchResult:
        """The best ``k`` rows for a text under hard filters.

        Args:
            text: what to rank by; usually the shopper's message.
            filters: constraints and further filters, all hard. ``product`` selects the type where the catalogue has it.
            k: at most so many candidates; fewer where fewer match.
            exclude: SKUs never returned ("show more").
            within: rows to choose from, shape (n,).
            use_topic: off for ideas, where no product type is wanted.
        """
        c = filters.constraints
        base = np.ones(len(self.products), dtype=np.bool_) if within is None else within.copy()
        for sku in exclude:
            if (row := self.index.rows.get(sku)) is not None:
                base[row] = False
        topic: Topic | None = self.topics.find(c.product, text) if use_topic and c.product else None
        # Where the type is missing, what only names it ("a lamp with a duckling" for a rubber duck) rules nothing out.
        typed = topic is not None and topic.any and (topic.exact or bool(topic.head.any() or topic.category.any()))
        known = topic is None or topic.exact
        unfiled = self._unfiled if typed and not c.sort else np.zeros_like(base)
        if topic is not None and typed:
            base &= topic.every | unfiled
        allowed = self.columns.mask(filters, within=base)
        allowed = self._drop_excluded_types(c, allowed)
        # Rows that surely are what was asked for; without a type all are.
        sure = allowed
        if topic is not None and typed:
            sure = self._audience(" ".join((topic.modifiers, *c.terms)), topic.rows(allowed))
            allowed = sure | (allowed & unfiled)
        soft: list[str] = []
        for term in c.terms:
            if any(x.kind == "audience" for x in self.lexicon.named(term)):
                continue  # who it is for was decided above; a listing that says nothing suits everybody
            stating = self.columns.stating(term, allowed)
            if (stating & sure).any():
                allowed, sure = stating, sure & stating
            else:
                soft.append(term)
        total = int(sure.sum()) or int(allowed.sum())
        if not total:
            return SearchResult((), 0, c, tuple(soft), known)
        query = self._query_text(text, c)
        if self._reranker is None or c.sort:
            ranked, plan = self._rank(query, allowed, c, filters, k, topic)
        else:
            ranked, plan = self._rank(query, allowed, c, filters, max(k, RERANKED), topic)
            ranked = rerank(query, ranked, self._reranker)[:k]
        return SearchResult(tuple(ranked), total, c, tuple(soft), known, plan)

    def rank(self, text: str, filters: Filters, *, k: int) -> list[Candidate]:
        """The best ``k`` of all rows that no bound and no refusal rules out; the type asked for does not filter.

        Args:
            text: the query, ranked by as it stands.
            filters: price bounds, exclusions, stock and whatever only the search interface has are hard; product,
                brands, colours, sizes and terms are left to the words of the query.
            k: at most so many candidates.
        """
        rows, parts = self._ranking(text, filters, k)
        score = parts["fused"] + parts["type"]
        return [
            Candidate(
                self.products[int(rows[i])],
                float(score[i]),
                {name: round(float(values[i]), 4) for name, values in parts.items()},
            )
            for i in np.lexsort((rows, -score))[:k]
        ]

    def order(self, text: str, filters: Filters) -> npt.NDArray[np.int64]:
        """The rows that :meth:`rank` would give for any ``k``, best first; shape (rows allowed,)."""
        rows, parts = self._ranking(text, filters, len(self.products))
        return rows[np.lexsort((rows, -(parts["fused"] + parts["type"])))]

    def _ranking(self, text: str, filters: Filters, k: int) -> tuple[npt.NDArray[np.int64], dict[str, Scores]]:
        c = filters.constraints
        hard = replace(c, product=None, brands=(), colors=(), sizes=(), terms=())
        allowed = self._drop_excluded_types(c, self.columns.mask(replace(filters, constraints=hard)))
        topic = self.topics.find(c.product, text) if c.product else None
        said, text = text, self._translated(text)
        keywords = self.index.keywords.scores(text, self._names(text), sure=None if topic is None else topic.head)
        pool = self._pool(self._meant(said, text), keywords, allowed, k)
        rows, cosine, keyword = pool.rows, pool.cosines, keywords[pool.rows].astype(np.float64)
        kind = np.zeros(len(rows))
        if topic is not None and topic.head.any():
            other = self.topics.recognised & ~topic.every
            unread = topic.mention & ~topic.head & ~self.topics.recognised
            kind = _TYPE_BONUS * (topic.head[rows].astype(np.float64) - other[rows]) - _UNREAD * unread[rows]
        fused = _spread(cosine, pool) + KEYWORD_WEIGHT * _share(keyword)
        return rows, {"semantic": cosine, "keyword": keyword, "fused": fused, "type": kind}

    @cached_property
    def _unfiled(self) -> Mask:
        """The rows that no category files: what they are was read from titles alone, which ranks but does not rule."""
        paths = self.columns.data.categories
        bare = np.fromiter((not path for path in paths), np.bool_, len(paths))
        return bare[self.columns.data.category]

    def similar(self, text: str, allowed: Mask, k: int) -> list[Candidate]:
        """The ``k`` allowed rows nearest to a text by cosine and BM25, without any other rule."""
        ranked, _ = self._rank(text, allowed, Constraints(), Filters(), k, None)
        return ranked

    def excluded_types(self, c: Constraints) -> Mask:
        """Rows whose own product type is among the excluded terms ("no flowers" drops every bouquet)."""
        out = np.zeros(len(self.products), dtype=np.bool_)
        for term in c.exclude_terms:
            concepts = [x for m in self.lexicon.mentions(fold(term), ("product",)) for x in m.concepts]
            if concepts:
                topic = self.topics.of_concepts(concepts)
                out |= topic.head | topic.category | self.topics.shelved_under(concepts)
        return out

    def _drop_excluded_types(self, c: Constraints, allowed: Mask) -> Mask:
        return allowed & ~self.excluded_types(c) if c.exclude_terms else allowed

    def _audience(self, modifiers: str, allowed: Mask) -> Mask:
        """Drop listings that say they are for the other audience; keep those that say nothing."""
        wanted = {c.key for m in self.lexicon.mentions(fold(modifiers), ("audience",)) for c in m.concepts}
        for asked, others in _AUDIENCES.items():
            if asked not in wanted:
                continue
            for other in others:
                if other in wanted:
                    continue
                opposite = self.columns.stating(other, allowed) & ~self.columns.stating(asked, allowed)
                if (allowed & ~opposite).any():
                    allowed = allowed & ~opposite
        return allowed

    def _names(self, text: str) -> list[Named]:
        """The things a text names, with their names in both languages: 兔子 also finds "rabbit" and "bunny"."""
        return [_named(m) for m in self.lexicon.mentions(fold(text), self._telling_kinds)]

    def _translated(self, text: str) -> str:
        """A text with what it names in the words of a catalogue that is in the other language: 风扇 is "fan"."""
        low = fold(text)
        out, end = [], 0
        for mention in self.lexicon.mentions(low, self._telling_kinds):
            meant = min(mention.concepts, key=lambda c: c.kind != "product")
            names = meant.en if HAN.search(mention.text) else meant.zh
            if names and self.index.keywords.foreign(mention.text):
                out += [low[end : mention.start], f" {names[0]} "]
                end = mention.end
        return " ".join("".join((*out, low[end:])).split()) if out else text

    def _meant(self, said: str, translated: str) -> npt.NDArray[np.float32]:
        """The query vector of a text and of its translation, shape (d,): half of each."""
        if said == translated:
            return self.embed(said)
        both = self.embed(said) + self.embed(translated)
        return np.asarray(both / np.linalg.norm(both), dtype=np.float32)

    def _query_text(self, text: str, c: Constraints) -> str:
        """What is ranked by: the message itself where it names the product, else what the conversation asks for.

        The message holds what no constraint says: "for two people", "that survives frost". What was asked for later
        is added; where a later message took a colour back, the message no longer says what is wanted.
        """
        if not c.product:
            return text[:1000]
        line = token_line(text)
        said = {x.key for m in self.lexicon.mentions(fold(text), ("color",)) for x in m.concepts}
        if token_line(c.product) not in line or said - {*c.colors, *c.exclude_colors}:
            return " ".join([*c.terms, c.product, *c.brands, *c.colors])[:1000]
        later = [word for word in (*c.terms, *c.brands) if token_line(word) not in line]
        later += [color for color in c.colors if color not in said]
        return " ".join([text[:1000], *later])

    def _rank(
        self, query: str, allowed: Mask, c: Constraints, filters: Filters, k: int, topic: Topic | None
    ) -> tuple[list[Candidate], str]:
        # Without a product type the text is a story ("my niece turns six"): only what it names is looked up by word.
        said, query = query, self._translated(query)
        sure = None if topic is None else topic.head
        keywords = self.index.keywords.scores(query if c.product else "", self._names(query), sure=sure)
        vector = self._meant(said, query)
        if c.sort:
            pool = self._first_by_sort(c, filters, vector, allowed, k)
        else:
            pool = self._pool(vector, keywords, allowed, k)
        rows, cosine, keyword = pool.rows, pool.cosines, keywords[pool.rows].astype(np.float64)
        fused = _spread(cosine, pool) + KEYWORD_WEIGHT * _share(keyword)
        bonus = np.zeros(len(rows)) if topic is None else self._topic_bonus(topic, c, rows)
        fused = fused + bonus
        score = fused.copy()
        if c.sort:
            score = self._by_sort(c, filters, rows, fused)
        sold_out = self.columns.in_stock[rows] == 0
        # Below every other, however far apart the scores are.
        penalty = float(score.max() - score.min()) + 1.0 if len(score) else 0.0
        score = score - penalty * sold_out
        order = np.lexsort((rows, -score))[:k]
        return [
            Candidate(
                self.products[int(rows[i])],
                float(score[i]),
                {
                    "semantic": round(float(cosine[i]), 4),
                    "keyword": round(float(keyword[i]), 4),
                    "fused": round(float(fused[i]), 5),
                    **({"bonus": round(float(bonus[i]), 4)} if bonus[i] else {}),
                    **({"sold_out": round(-penalty, 4)} if sold_out[i] else {}),
                },
            )
            for i in order
        ], pool.plan

    def _topic_bonus(self, topic: Topic, c: Constraints, rows: npt.NDArray[np.int64]) -> Scores:
        """Rewards rows that say the asked words, and holds back rows filed far from all others of their type."""
        bonus = np.zeros(len(rows))
        within = np.zeros(len(self.products), dtype=np.bool_)
        within[rows] = True
        modifiers = [m.text for m in self.lexicon.mentions(topic.modifiers)] or topic.modifiers.split()
        for word in modifiers:
            bonus += _TERM_BONUS * self.columns.stating(word, within)[rows]
        if c.product:
            bonus += _NAME_BONUS * self.topics.named_in_title(c.product, within)[rows]
        other = self.topics.recognised[rows] & ~topic.every[rows]
        bonus += _TYPE_BONUS * self._unfiled[rows] * (topic.head[rows].astype(np.float64) - other)
        heads = np.flatnonzero(topic.head)
        if len(heads) >= _ENOUGH:
            shelf = self.columns.data.category
            filled = np.bincount(shelf[heads], minlength=len(self.columns.data.categories))
            bonus -= _ODD_MALUS * (filled < _ODD_SHELF * len(heads))[shelf[rows]]
        return bonus

    def _pool(self, vector: npt.NDArray[np.float32], keywords: npt.NDArray[np.float32], allowed: Mask, k: int) -> _Pool:
        """The rows that are scored: all that are allowed, or of very many the best by meaning and the best by words."""
        rows = np.flatnonzero(allowed)
        wide = max(_POOL, 4 * k)
        if len(rows) <= max(wide, _EXACT_BELOW if self.index.codes is None else 0):
            return self._all_of(rows, vector)
        near = nearest_allowed(self.index, vector, allowed, wide)
        worded = rows[best(keywords[rows], wide)]
        found = np.union1d(near.rows, worded[keywords[worded] > 0])
        middle = typical(self.index, vector, rows)
        return _Pool(found, cosines(self.index.vectors, self.index.codes, vector, found), middle, len(rows), near.plan)

    def _all_of(self, rows: npt.NDArray[np.int64], vector: npt.NDArray[np.float32]) -> _Pool:
        cosine = cosines(self.index.vectors, self.index.codes, vector, rows)
        return _Pool(rows, cosine, float(np.median(cosine)) if len(rows) else 0.0, len(rows), "exact")

    def _first_by_sort(
        self, c: Constraints, filters: Filters, vector: npt.NDArray[np.float32], allowed: Mask, k: int
    ) -> _Pool:
        """The allowed rows, or of very many those that come first, and of what is level the nearest by meaning."""
        rows = np.flatnonzero(allowed)
        wide = max(_POOL, 4 * k)
        if len(rows) <= max(wide, _EXACT_BELOW):
            return self._all_of(rows, vector)
        key = np.nan_to_num(self._sort_key(c, filters, rows), nan=np.inf)
        sold_out = self.columns.in_stock[rows] == 0
        if (~sold_out).sum() >= wide:
            rows, key = rows[~sold_out], key[~sold_out]
        last = np.partition(key, wide - 1)[wide - 1]
        level = np.zeros_like(allowed)
        level[rows[key == last]] = True
        near = nearest_allowed(self.index, vector, level, wide)
        return self._all_of(np.union1d(rows[key < last], near.rows), vector)

    def _by_sort(self, c: Constraints, filters: Filters, rows: npt.NDArray[np.int64], fused: Scores) -> Scores:
        """Scores in (0, 1] whose order is the asked sort, fused relevance breaking ties."""
        key = self._sort_key(c, filters, rows)
        order = np.lexsort((rows, -fused, np.nan_to_num(key, nan=np.inf)))
        scores = np.empty(len(rows), dtype=np.float64)
        scores[order] = 1.0 - np.arange(len(rows)) / max(len(rows), 1)
        return scores

    def _sort_key(self, c: Constraints, filters: Filters, rows: npt.NDArray[np.int64]) -> Scores:
        """What the rows are sorted by, ascending, shape (len(rows),); NaN where a row does not say."""
        columns = self.columns
        match c.sort:
            case "price_asc":
                return columns.price_view(filters)[rows]
            case "price_desc":
                return -columns.price_view(filters)[rows]
            case "rating_desc":
                return -np.nan_to_num(columns.rating[rows], nan=-1.0)
            case "newest":
                return -columns.created[rows].astype(np.float64)
            case _:
                return -columns.rating_count[rows].astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Pool:
    """The rows that are scored, with their cosines; ``middle`` is the cosine of the middle one of ``allowed`` rows."""

    rows: npt.NDArray[np.int64]
    cosines: Scores
    middle: float
    allowed: int
    plan: str


def _named(mention: Mention) -> Named:
    """A thing named in a query, with its other names, and whether it was called by its usual name."""
    said = token_line(mention.text)
    usual = any(said == token_line(form) for c in mention.concepts for form in (*c.en[:1], *c.zh[:1]))
    return Named(mention.text, tuple(f for c in mention.concepts for f in c.forms), usual)


def _spread(cosine: Scores, pool: _Pool) -> Scores:
    """Cosines as shares of the way from the middle row (0) to the best (1), so that they add up with other scores."""
    if not len(cosine):
        return cosine
    count = max(1, min(_BEST_ROWS, pool.allowed // _BEST_ROWS))
    best = np.partition(cosine, -count)[-count:].mean()
    return (cosine - pool.middle) / max(float(best) - pool.middle, _NARROWEST)


def _share(keyword: Scores) -> Scores:
    """Keyword scores as shares of the best; all 0 where no word was found."""
    best = float(keyword.max(initial=0.0))
    return keyword / best if best > 0 else keyword


def without(c: Constraints, field: str) -> Constraints:
    """The constraints with one field cleared."""
    empty = getattr(Constraints(), field)
    return replace(c, **{field: empty})
