"""What a live split has shown so far: shares per conversation with intervals, and each arm against the first.

Shares: Wilson's interval. Differences of two arms: Newcombe's hybrid interval out of the two Wilson intervals (formulas
and sources: :func:`assistant.metrics.wilson`, :func:`assistant.metrics.newcombe`). Both are 95 % intervals of one look
at one measure. Whoever looks again and again, and stops when an interval leaves out zero, finds a difference where none
is far more often than once in twenty; so does whoever picks the best of several measures or arms.
Source of that warning: Armitage, McPherson and Rowe, Repeated Significance Tests on Accumulating Data (JRSS A 1969).

Knows the store's counts. Does not know what a prompt says, and never ends a split.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from assistant.errors import StoreError
from assistant.generation.prompts import DEFAULT_LABEL
from assistant.metrics import newcombe, wilson
from assistant.store.trials import ArmResult, TrialStore

MEASURES: tuple[str, ...] = ("likes", "dislikes", "carts", "handoffs")
"""What is measured, as the share of conversations in which it happened at least once."""

FEWEST = 20
"""Conversations an arm must have before a difference is called anything: below, a single shopper turns the result."""

Verdict: TypeAlias = Literal["baseline", "too_few", "open", "higher", "lower"]


@dataclass(frozen=True, slots=True)
class Measure:
    """How often something happened in the conversations of an arm, and how that differs from the first arm.

    ``interval`` and ``difference_interval`` are 95 % intervals; ``difference`` is this arm's share minus the first's.
    ``verdict``: ``open`` where the interval of the difference holds 0, ``higher`` or ``lower`` where it does not,
    ``too_few`` where an arm has fewer than :data:`FEWEST` conversations.
    """

    count: int
    share: float | None
    interval: tuple[float, float] | None
    difference: float | None
    difference_interval: tuple[float, float] | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """One arm: the prompt label, its share of new conversations, and what became of those it got."""

    arm: str
    planned: float
    conversations: int
    turns: int
    measures: Mapping[str, Measure]


def results(trials: TrialStore, name: str) -> tuple[ArmFigures, ...]:
    """The arms of a trial, production first, else as they were named; the first is what the others are compared with.

    Raises:
        StoreError: there is no trial of that name.
    """
    trial = next((t for t in trials.all() if t.name == name), None)
    if trial is None:
        raise StoreError(f"there is no trial '{name[:60]}'; start it first")
    counted = {found.arm: found for found in trials.results(name)}
    # Whatever order the shares were named in: the question is whether something is better than what the shop has.
    order = sorted(trial.arms, key=lambda arm: arm != DEFAULT_LABEL)
    arms = [(arm, counted.get(arm, ArmResult(arm, 0, 0, 0, 0, 0, 0))) for arm in order]
    first = arms[0][1]
    return tuple(
        ArmFigures(
            arm,
            trial.arms[arm],
            found.conversations,
            found.turns,
            {measure: _measure(found, None if found is first else first, measure) for measure in MEASURES},
        )
        for arm, found in arms
    )


def _measure(found: ArmResult, first: ArmResult | None, measure: str) -> Measure:
    count, total = _count(found, measure), found.conversations
    share = count / total if total else None
    interval = wilson(count, total) if total else None
    if first is None:
        return Measure(count, share, interval, None, None, "baseline")
    if not total or not first.conversations:
        return Measure(count, share, interval, None, None, "too_few")
    before = _count(first, measure)
    low, high = newcombe(before, first.conversations, count, total)
    verdict: Verdict = "higher" if low > 0 else "lower" if high < 0 else "open"
    if min(total, first.conversations) < FEWEST:
        verdict = "too_few"
    difference = count / total - before / first.conversations
    return Measure(count, share, interval, difference, (low, high), verdict)


def _count(found: ArmResult, measure: str) -> int:
    return {"likes": found.liked, "dislikes": found.disliked, "carts": found.carts, "handoffs": found.handoffs}[measure]
