"""Blind votes between two texts: which is on which side is drawn, and told only after the vote.

The draw is by run, case and voter, so that a reload does not change sides and nobody can learn them by voting often.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from assistant.evaluation.prompt_suite import Result
from assistant.metrics import wilson
from assistant.store.runs import RunStore

Side: TypeAlias = Literal["left", "right", "same"]


@dataclass(frozen=True, slots=True)
class Ballot:
    """Two texts about one request, without the names of their versions."""

    case: str
    language: str
    request: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Reveal:
    """What was voted on: the versions of both sides, and the better one, ``None`` for as good."""

    case: str
    left: str
    right: str
    winner: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """All votes between two versions. ``share`` and ``interval`` (95 %) are of the first one's wins among decided."""

    first: str
    second: str
    wins: int
    losses: int
    ties: int
    share: float | None
    interval: tuple[float, float] | None
    voters: int


def ballots(results: Sequence[Result], versions: Sequence[str], *, run: str, voter: str) -> tuple[Ballot, ...]:
    """Every pair of texts that differ, sides drawn."""
    if len(versions) < 2:
        return ()
    first, second = ({r.case: r for r in reversed(results) if r.prompt == v} for v in versions[:2])
    out = []
    for case, a in sorted(first.items()):
        b = second.get(case)
        if b is None or a.error or b.error or a.text == b.text:
            continue
        left, right = (b, a) if _swapped(run, case, voter) else (a, b)
        out.append(Ballot(case, a.language, a.request, left.text, right.text))
    return tuple(out)


def cast(
    store: RunStore, run: str, case: str, versions: tuple[str, str], side: Side, *, voter: str, comment: str = ""
) -> Reveal:
    """Store a vote and tell what it was about.

    Raises:
        StoreError: there is no such run.
    """
    left, right = versions[::-1] if _swapped(run, case, voter) else versions
    winner = {"left": left, "right": right, "same": None}[side]
    store.vote(run, case, versions, winner, author=voter, comment=comment)
    return Reveal(case, left, right, winner)


def voted(store: RunStore, run: str, voter: str) -> frozenset[str]:
    """The cases that somebody has voted on."""
    return frozenset(vote.case_id for vote in store.votes(run) if vote.author == voter)


def tally(store: RunStore, run: str, versions: tuple[str, str]) -> Tally:
    """All votes of a run between two versions."""
    votes = [v for v in store.votes(run) if {v.first, v.second} == set(versions)]
    wins = sum(v.winner == versions[0] for v in votes)
    losses = sum(v.winner == versions[1] for v in votes)
    decided = wins + losses
    return Tally(
        *versions,
        wins,
        losses,
        len(votes) - decided,
        wins / decided if decided else None,
        wilson(wins, decided) if decided else None,
        len({v.author for v in votes}),
    )


def _swapped(run: str, case: str, voter: str) -> bool:
    return hashlib.sha256(f"{run}\n{case}\n{voter}".encode("utf-8", "replace")).digest()[0] % 2 == 1
