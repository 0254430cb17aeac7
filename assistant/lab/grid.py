"""The results of a run as a grid: a row a case, a column a version, the baseline beside the candidate.

Knows which rows a filter keeps, and what the figures of each version are. Runs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from assistant.evaluation.prompt_figures import Outcome, outcomes, prompt_figures, versus
from assistant.evaluation.prompt_suite import Result
from assistant.lab.told import Told, told_of
from assistant.store.runs import Mark

Filter: TypeAlias = Literal["all", "failures", "different", "errors"]

FILTERS: tuple[Filter, ...] = get_args(Filter)


@dataclass(frozen=True, slots=True)
class Check:
    """A check of a case: why the text fails it, ``None`` where it passes."""

    name: str
    why: Told | None


@dataclass(frozen=True, slots=True)
class GridCell:
    """What one version wrote for one case; of several runs the first text, and how many of them pass.

    ``first_ms`` and ``ms`` are milliseconds. ``mark`` and ``comment`` are of whoever looks, ``likes`` and ``dislikes``
    count everybody's.
    """

    version: str
    text: str
    passed: bool
    checks: tuple[Check, ...]
    unsupported: int
    removed: int
    stood_in: bool
    ms: float
    first_ms: float | None
    tokens: int
    length: int
    runs: int
    runs_passed: int
    error: Told | None
    mark: int = 0
    comment: str = ""
    likes: int = 0
    dislikes: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A case; ``cells`` are in the order of the versions, ``None`` where there is nothing yet."""

    case: str
    language: str
    request: str
    sku: str
    cells: tuple[GridCell | None, ...]

    @property
    def fails(self) -> bool:
        """Whether a text fails a check."""
        return any(c is not None and not c.passed for c in self.cells)

    @property
    def differs(self) -> bool:
        """Whether the versions wrote different texts."""
        return len({c.text for c in self.cells if c is not None}) > 1

    @property
    def broken(self) -> bool:
        """Whether a version could not write."""
        return any(c is not None and c.error is not None for c in self.cells)


def rows_of(
    results: Sequence[Result], versions: Sequence[str], marks: Sequence[Mark] = (), *, viewer: str = ""
) -> tuple[Row, ...]:
    """The grid of a run.

    Args:
        results: of the run, by case.
        versions: identities, in the order of the columns.
        marks: what people think of the texts.
        viewer: whose marks are shown as one's own.
    """
    by_version = [outcomes(results, version) for version in versions]
    out = []
    for case in dict.fromkeys(r.case for r in results):
        found = [one.get(case) for one in by_version]
        first = next(o.results[0] for o in found if o is not None)
        cells = tuple(
            None if o is None else _cell(o, v, [m for m in marks if (m.case_id, m.version) == (case, v)], viewer)
            for o, v in zip(found, versions, strict=True)
        )
        out.append(Row(case, first.language, first.request, first.sku, cells))
    return tuple(out)


def kept(rows: Sequence[Row], chosen: Filter) -> tuple[Row, ...]:
    """The rows that a filter keeps."""
    return tuple(
        row
        for row in rows
        if chosen == "all" or {"failures": row.fails, "different": row.differs, "errors": row.broken}[chosen]
    )


def figures_of(results: Sequence[Result], versions: Sequence[str], *, k: int) -> dict[str, dict[str, Any]]:
    """Version → its figures; see :func:`assistant.evaluation.prompt_figures.prompt_figures`."""
    return {v: prompt_figures(results, [v], k=k) for v in versions if any(r.prompt == v for r in results)}


def changes_of(results: Sequence[Result], versions: Sequence[str]) -> dict[str, list[str]]:
    """What became of the cases that both versions were run on; empty where there is one version."""
    return versus(results, versions[0], versions[1]) if len(versions) > 1 else {}


def _cell(outcome: Outcome, version: str, marks: Sequence[Mark], viewer: str) -> GridCell:
    first = outcome.results[0]
    failures = dict(outcome.failures)
    names = dict.fromkeys(name for r in outcome.results for name in r.checks)
    mine = next((m for m in marks if m.author == viewer), None)
    return GridCell(
        version,
        first.text,
        outcome.passed,
        tuple(Check(n, told_of(failures[n]) if n in failures else None) for n in names),
        first.claims.unsupported,
        first.unsupported_before,
        first.stood_in,
        first.ms,
        first.first_token,
        first.tokens,
        first.length,
        len(outcome.results),
        sum(r.passed for r in outcome.results),
        None if outcome.error is None else told_of(outcome.error),
        mine.value if mine else 0,
        mine.comment if mine else "",
        sum(m.value > 0 for m in marks),
        sum(m.value < 0 for m in marks),
    )
