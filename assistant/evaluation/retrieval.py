"""How well queries find their products: graded relevance, recall, time, each with an interval.

Knows queries, grades and ranked SKUs. Does not know how a ranking was made.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from assistant import metrics
from assistant.errors import TrainingError
from assistant.labelled.lines import Lines, read_lines, text_of

Ranker: TypeAlias = Callable[[str], Sequence[str]]
"""All SKUs of the catalogue, or as many as it finds, best first, for the text of a query."""

MEASURES = ("ndcg@10", "ndcg@10_judged", "mrr@10", "recall@100")
_WANTED_QUERY = '{"id": "…", "text": "…"}'
_WANTED_GRADE = '{"id": "…", "sku": "…", "grade": 3}'
_RESAMPLES = 10_000
_BLOCKS = 50
_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Query:
    """A query and the grades of its judged products: 0 is wrong, higher is better."""

    id: str
    text: str
    language: str | None
    grades: Mapping[str, float]

    @property
    def relevant(self) -> frozenset[str]:
        """The SKUs with a grade above 0."""
        return frozenset(sku for sku, grade in self.grades.items() if grade > 0)


@dataclass(frozen=True, slots=True)
class Measured:
    """One ranker over the queries: each measure's value a query, and milliseconds a query."""

    name: str
    values: Mapping[str, Sequence[float]]
    took: Sequence[float]


def read_queries(queries: Path, grades: Path) -> tuple[Lines[Query], int]:
    """Queries with their grades; those without any product graded above 0 cannot be scored.

    Returns:
        The queries that can be scored, bad lines of both files among the problems, and how many cannot.

    Raises:
        TrainingError: a file cannot be read, more of its lines are bad than good, or nothing can be scored.
    """
    stated = read_lines(queries, _query, wanted=_WANTED_QUERY)
    judged = read_lines(grades, _grade, wanted=_WANTED_GRADE)
    by_query: dict[str, dict[str, float]] = {}
    for query, sku, grade in judged.lines:
        by_query.setdefault(query, {})[sku] = grade
    every = [Query(i, text, language, by_query.get(i, {})) for i, text, language in stated.lines]
    scorable = tuple(q for q in every if q.relevant)
    if not scorable:
        raise TrainingError(
            f"no query of {queries.name} has a product graded above 0 in {grades.name}; their ids must be the same"
        )
    return Lines(scorable, (*stated.problems, *judged.problems)), len(every) - len(scorable)


def _query(record: Mapping[str, Any]) -> tuple[str, str, str | None]:
    language = record.get("lang")
    return _id(record), text_of(record, "text"), language if isinstance(language, str) else None


def _grade(record: Mapping[str, Any]) -> tuple[str, str, float]:
    grade = record.get("grade")
    if isinstance(grade, bool) or not isinstance(grade, int | float) or not 0 <= grade <= 10:
        raise ValueError(f"'grade' must be a number from 0 to 10, got {json.dumps(grade)[:60]}")
    return _id(record), text_of(record, "sku"), float(grade)


def _id(record: Mapping[str, Any]) -> str:
    value = record.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError("'id' is missing or empty")
    return str(value)


def measure(name: str, queries: Sequence[Query], ranker: Ranker) -> Measured:
    """Rank the products of every query, one at a time.

    ``ndcg@10_judged`` ranks the judged products of a query only: what nobody graded neither helps nor harms.
    """
    # The first call allocates; texts are remembered, so none of the queries may be used for it.
    ranker(f"{queries[0].text} {queries[-1].text}")
    values: dict[str, list[float]] = {measure: [] for measure in MEASURES}
    took = []
    for query in queries:
        began = time.perf_counter()
        ranked = ranker(query.text)
        took.append((time.perf_counter() - began) * 1000)
        judged = [sku for sku in ranked if sku in query.grades]
        values["ndcg@10"].append(metrics.ndcg_at_k(ranked, query.grades, k=10))
        values["ndcg@10_judged"].append(metrics.ndcg_at_k(judged, query.grades, k=10))
        values["mrr@10"].append(metrics.reciprocal_rank(ranked, query.relevant, k=10))
        values["recall@100"].append(metrics.recall_at_k(ranked, query.relevant, k=100))
    return Measured(name, values, took)


def retrieval_figures(measured: Measured, *, against: Measured | None = None, seed: int = 13) -> dict[str, Any]:
    """All figures of a run, ready for JSON, with 95 % intervals by resampling queries.

    With ``against``, also the difference to another ranker over the same queries, resampled in pairs: above 0 the first
    is better. Source: Sakai, Evaluating Information Retrieval Metrics Based on Bootstrap Hypothesis Tests (2007).
    """
    rng = np.random.default_rng(seed)
    count = len(measured.took)
    draws = rng.integers(0, count, size=(_RESAMPLES, count), dtype=np.uint32)
    figures: dict[str, Any] = {"queries": count}
    for name in MEASURES:
        figures[name] = round(float(np.mean(measured.values[name])), 4)
    figures["ms_p50"] = round(metrics.percentile(measured.took, 50), 2)
    figures["ms_p99"] = round(metrics.percentile(measured.took, 99), 2)
    figures["intervals"] = {name: _interval(measured.values[name], draws) for name in MEASURES}
    if against is not None:
        figures["against"] = {"name": against.name} | {
            name: {
                "value": round(float(np.mean(against.values[name])), 4),
                "difference": round(float(np.mean(measured.values[name]) - np.mean(against.values[name])), 4),
                "interval": _interval(np.subtract(measured.values[name], against.values[name]), draws),
            }
            for name in MEASURES
        }
    return figures


def by_language(measured: Measured, queries: Sequence[Query]) -> dict[str, dict[str, float]]:
    """The mean of each measure over the queries of each language that is stated."""
    out: dict[str, dict[str, float]] = {}
    for language in sorted({q.language for q in queries if q.language}):
        rows = [i for i, q in enumerate(queries) if q.language == language]
        out[language] = {name: round(float(np.mean([measured.values[name][i] for i in rows])), 4) for name in MEASURES}
        out[language]["queries"] = len(rows)
    return out


def retrieval_table(rows: Iterable[Measured]) -> list[str]:
    """One row a ranker, in Markdown."""
    lines = ["| ranking | nDCG@10 | judged only | MRR@10 | recall@100 | ms p50 |", "|---|---|---|---|---|---|"]
    for one in rows:
        means = " | ".join(f"{np.mean(one.values[name]):.4f}" for name in MEASURES)
        lines.append(f"| {one.name} | {means} | {metrics.percentile(one.took, 50):.1f} |")
    return lines


def _interval(values: Any, draws: Any) -> list[float]:
    known = np.asarray(values, dtype=np.float64)
    means = np.concatenate([known[block].mean(axis=1) for block in np.array_split(draws, _BLOCKS)])
    low, high = np.percentile(means, _INTERVAL)
    return [round(float(low), 4), round(float(high), 4)]
