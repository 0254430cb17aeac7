"""Which prompt label a live conversation is served, and what became of it: the A/B split.

An arm is drawn from the names of trial and conversation and written down when first asked for: it stays when shares
change, and two servers draw alike. Knows no prompt and computes no interval.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, distinct, func, select, update

from assistant.errors import StoreError
from assistant.store.database import Database, record
from assistant.store.schema import ASSIGNMENTS, EVENTS, FEEDBACK, TRIALS, TURNS


@dataclass(frozen=True, slots=True)
class Trial:
    """A split under way, or over. ``arms`` are prompt labels with their shares, which add up to 1.

    ``versions`` is what each label meant when the split began, as ``task/version@hash``: that is what an arm serves
    until the end, wherever the label points by then. Splits of the release before have none.
    """

    name: str
    task: str
    arms: dict[str, float]
    author: str
    started_at: datetime
    ended_at: datetime | None
    versions: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ArmResult:
    """What became of the conversations of one arm from when they joined until the trial ended.

    Each conversation counts once at most in all figures but ``turns``.
    """

    arm: str
    conversations: int
    turns: int
    liked: int
    disliked: int
    carts: int
    handoffs: int


class Serving:
    """The labels of one turn, and a note of those that were asked for; a conversation joins a trial by being asked."""

    def __init__(self, trials: TrialStore, conversation: str) -> None:
        self._trials = trials
        self._conversation = conversation
        self._arms: dict[str, dict[str, str]] = {}

    def label_of(self, task: str) -> str | None:
        """The version, or in an old trial the label, that serves a task of this conversation; ``None`` where no trial
        of the task is under way."""
        trial = self._trials.current(task)
        if trial is None:
            return None
        arm = self._trials.arm(trial, self._conversation)
        self._arms[task] = {"trial": trial.name, "task": task, "arm": arm}
        return (trial.versions or {}).get(arm, arm)

    def missed(self, task: str) -> None:
        """The arm could not be served: the conversation is none of its, until it is drawn for a turn that is."""
        if (joined := self._arms.pop(task, None)) is not None:
            self._trials.leave(joined["trial"], self._conversation)

    @property
    def arms(self) -> list[dict[str, str]]:
        """Trial, task and arm of every label that was asked for and is under trial."""
        return list(self._arms.values())


class TrialStore:
    """Trials by name, and the arm of every conversation in them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(
        self,
        name: str,
        task: str,
        arms: Mapping[str, float],
        *,
        author: str,
        versions: Mapping[str, str] | None = None,
    ) -> Trial:
        """Begin a trial.

        Args:
            name: of the trial.
            task: such as ``blurb.en``.
            arms: label → share; the first is what the others are compared with.
            author: who began it.
            versions: label → identity of the version it serves.

        Raises:
            StoreError: the name is taken, another trial of the task is under way, or the shares are no shares.
        """
        if len(arms) < 2 or min(arms.values()) <= 0 or abs(sum(arms.values()) - 1) > 1e-6:
            raise StoreError(
                f"a trial needs two arms or more whose shares are above 0 and add up to 1, got {dict(arms)}"
            )
        trial = Trial(name, task, dict(arms), author, self._database.now(), None, dict(versions) if versions else None)
        values = {f: getattr(trial, f) for f in Trial.__dataclass_fields__}
        with self._database.writing() as connection:
            # The index lets one of two that begin at once through; nothing is inserted for the other, without an error.
            begun = connection.execute(self._database.insert(TRIALS).values(values).on_conflict_do_nothing()).rowcount
        if not begun:
            other = self.current(task)
            if other is not None and other.name != name:
                raise StoreError(f"trial '{other.name}' of task '{task}' is under way; end it first")
            raise StoreError(f"there is a trial '{name}' already; choose another name")
        return trial

    def current(self, task: str) -> Trial | None:
        """The trial of a task that is under way."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(TRIALS)
                .where(TRIALS.c.task == task, TRIALS.c.ended_at.is_(None))
                .order_by(TRIALS.c.name)
                .limit(1)
            ).one_or_none()
        return None if row is None else record(Trial, row)

    def all(self) -> tuple[Trial, ...]:
        """Every trial, newest first."""
        with self._database.reading() as connection:
            return tuple(
                record(Trial, row) for row in connection.execute(select(TRIALS).order_by(TRIALS.c.started_at.desc()))
            )

    def end(self, name: str) -> bool:
        """End a trial; False if it is over or was never begun."""
        with self._database.writing() as connection:
            over = update(TRIALS).where(TRIALS.c.name == name, TRIALS.c.ended_at.is_(None))
            return connection.execute(over.values(ended_at=self._database.now())).rowcount == 1

    def arm(self, trial: Trial, conversation: str) -> str:
        """The arm of a conversation, drawn and written down if it has none yet."""
        drawn = _draw(trial, conversation)
        mine = (ASSIGNMENTS.c.trial == trial.name) & (ASSIGNMENTS.c.conversation_id == conversation)
        with self._database.reading() as connection:
            found: str | None = connection.execute(select(ASSIGNMENTS.c.arm).where(mine)).scalar_one_or_none()
        if found is not None:
            return found
        with self._database.writing() as connection:
            connection.execute(
                self._database.insert(ASSIGNMENTS)
                .values(trial=trial.name, conversation_id=conversation, arm=drawn, at=self._database.now())
                .on_conflict_do_nothing(index_elements=["trial", "conversation_id"])
            )
            return str(connection.execute(select(ASSIGNMENTS.c.arm).where(mine)).scalar_one())

    def leave(self, trial: str, conversation: str) -> None:
        """Take a conversation out of a trial."""
        with self._database.writing() as connection:
            connection.execute(
                delete(ASSIGNMENTS).where(ASSIGNMENTS.c.trial == trial, ASSIGNMENTS.c.conversation_id == conversation)
            )

    def serving(self, conversation: str) -> Serving:
        """Which prompt labels serve a turn of a conversation, by what is under way when each is asked for."""
        return Serving(self, conversation)

    def results(self, name: str) -> tuple[ArmResult, ...]:
        """What became of the conversations of a trial, by arm."""
        of = ASSIGNMENTS.c.conversation_id
        counted = {
            "turns": (func.count(), TURNS, TURNS.c.created_at, None),
            "liked": (func.count(distinct(of)), FEEDBACK, FEEDBACK.c.created_at, FEEDBACK.c.value == 1),
            "disliked": (func.count(distinct(of)), FEEDBACK, FEEDBACK.c.created_at, FEEDBACK.c.value == -1),
            "carts": (func.count(distinct(of)), EVENTS, EVENTS.c.at, EVENTS.c.event == "add_to_cart"),
            "handoffs": (func.count(distinct(of)), TURNS, TURNS.c.created_at, TURNS.c.handoff.is_(True)),
        }
        mine = ASSIGNMENTS.c.trial == name
        with self._database.reading() as connection:
            sizes = {
                row.arm: row.conversations
                for row in connection.execute(
                    select(ASSIGNMENTS.c.arm, func.count().label("conversations"))
                    .where(mine)
                    .group_by(ASSIGNMENTS.c.arm)
                    .order_by(ASSIGNMENTS.c.arm)
                )
            }
            figures: dict[str, dict[str, int]] = {arm: dict.fromkeys(counted, 0) for arm in sizes}
            ended = connection.execute(select(TRIALS.c.ended_at).where(TRIALS.c.name == name)).scalar_one_or_none()
            for figure, (count, table, at, only) in counted.items():
                # What came before the arm was drawn, or after the trial was over, is no doing of the arm's.
                query = select(ASSIGNMENTS.c.arm, count).join(table, table.c.conversation_id == of)
                query = query.where(mine, at >= ASSIGNMENTS.c.at)
                if ended is not None:
                    query = query.where(at < ended)
                if only is not None:
                    query = query.where(only)
                for arm, number in connection.execute(query.group_by(ASSIGNMENTS.c.arm)):
                    figures[arm][figure] = number
        return tuple(ArmResult(arm, conversations=size, **figures[arm]) for arm, size in sizes.items())


def _draw(trial: Trial, conversation: str) -> str:
    digest = hashlib.sha256(f"{trial.name}\n{conversation}".encode("utf-8", "replace")).digest()
    point = int.from_bytes(digest[:8]) / 2**64
    for arm, share in sorted(trial.arms.items()):
        point -= share
        if point < 0:
            return arm
    # Shares that add up to a hair less than 1.
    return max(trial.arms)
