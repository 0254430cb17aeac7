"""Runs of prompt versions over cases, as they come in cell by cell, and what people think of the cells.

A run that was cut off keeps what it has. Knows nothing of prompts: versions and cases are names, checks a document.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import delete, func, insert, select, update

from assistant.errors import StoreError
from assistant.store.database import Database, record
from assistant.store.schema import CELLS, MARKS, RUNS, VOTES

RunStatus: TypeAlias = Literal["running", "cancelling", "finished", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Run:
    """One run. ``setup`` is what it was asked to do (versions, cases, seed); ``total`` how many cells it will have.

    ``alive_at`` is when the process that makes it last said that it is there.
    """

    id: str
    task: str
    author: str
    note: str
    status: RunStatus
    setup: dict[str, Any]
    total: int
    error: str | None
    created_at: datetime
    finished_at: datetime | None
    alive_at: datetime | None = None

    @property
    def under_way(self) -> bool:
        """Whether it is not over, as far as is written down."""
        return self.status in ("running", "cancelling")


@dataclass(frozen=True, slots=True)
class Cell:
    """What one version wrote for one case. ``checks`` is a document of whoever ran it; ``ms`` are milliseconds."""

    case_id: str
    version: str
    text: str
    passed: bool
    checks: dict[str, Any]
    unsupported: int = 0
    ms: float = 0.0
    tokens: int = 0
    sample: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Somebody's 👍 or 👎 on a cell."""

    case_id: str
    version: str
    author: str
    value: int
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Vote:
    """Somebody's choice between two versions on one case; ``winner`` is ``None`` for "as good"."""

    case_id: str
    first: str
    second: str
    author: str
    winner: str | None
    comment: str
    at: datetime


class RunStore:
    """Runs, their cells, marks and votes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, task: str, setup: dict[str, Any], total: int, *, author: str, note: str = "") -> Run:
        """Store a run that begins."""
        now = self._database.now()
        run = Run(secrets.token_hex(8), task, author, note, "running", setup, total, None, now, None, now)
        with self._database.writing() as connection:
            connection.execute(insert(RUNS).values({name: getattr(run, name) for name in Run.__dataclass_fields__}))
        return run

    def get(self, run: str) -> Run | None:
        """A run by its id."""
        with self._database.reading() as connection:
            row = connection.execute(select(RUNS).where(RUNS.c.id == run)).one_or_none()
        return None if row is None else record(Run, row)

    def all(self, task: str | None = None, *, limit: int = 100) -> tuple[Run, ...]:
        """Runs, newest first."""
        chosen = [] if task is None else [RUNS.c.task == task]
        with self._database.reading() as connection:
            rows = connection.execute(
                select(RUNS).where(*chosen).order_by(RUNS.c.created_at.desc(), RUNS.c.id).limit(limit)
            )
            return tuple(record(Run, row) for row in rows)

    def beat(self, runs: Iterable[str]) -> None:
        """Write down that these runs are being made."""
        with self._database.writing() as connection:
            connection.execute(update(RUNS).where(RUNS.c.id.in_(list(runs))).values(alive_at=self._database.now()))

    def end_silent(self, before: datetime, *, error: str) -> None:
        """End runs of which nothing was heard since ``before``: as cancelled where that was asked, else as failed."""
        silent = func.coalesce(RUNS.c.alive_at, RUNS.c.created_at) < before
        now = self._database.now()
        with self._database.writing() as connection:
            for status, over in (
                ("running", {"status": "failed", "error": error}),
                ("cancelling", {"status": "cancelled"}),
            ):
                connection.execute(update(RUNS).where(RUNS.c.status == status, silent).values(**over, finished_at=now))

    def add(self, run: str, cells: Iterable[Cell]) -> None:
        """Store cells as they are done; one that is there already is replaced.

        Raises:
            StoreError: there is no such run.
        """
        with self._database.writing() as connection:
            for cell in cells:
                values = {name: getattr(cell, name) for name in Cell.__dataclass_fields__}
                connection.execute(
                    self._database.insert(CELLS)
                    .values(run_id=run, **values)
                    .on_conflict_do_update(index_elements=["run_id", "case_id", "version", "sample"], set_=values)
                )

    def cells(self, run: str) -> tuple[Cell, ...]:
        """The cells of a run so far, by case and version."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(*(CELLS.c[name] for name in Cell.__dataclass_fields__))
                .where(CELLS.c.run_id == run)
                .order_by(CELLS.c.case_id, CELLS.c.version, CELLS.c.sample)
            )
            return tuple(record(Cell, row) for row in rows)

    def progress(self, run: str) -> tuple[int, int]:
        """How many cells are there, and how many there will be."""
        found = self.get(run)
        with self._database.reading() as connection:
            done = connection.execute(select(func.count()).where(CELLS.c.run_id == run)).scalar_one()
        return done, found.total if found else 0

    def cancel(self, run: str) -> bool:
        """Ask a run to stop; False if it is over. The process that runs it asks :meth:`wanted` between cells."""
        with self._database.writing() as connection:
            asked = update(RUNS).where(RUNS.c.id == run, RUNS.c.status == "running").values(status="cancelling")
            return connection.execute(asked).rowcount == 1

    def wanted(self, run: str) -> bool:
        """Whether the run should go on."""
        found = self.get(run)
        return found is not None and found.status == "running"

    def end(self, run: str, *, error: str | None = None) -> None:
        """Say that a run is over: failed where there is an error, cancelled where that was asked, else finished."""
        with self._database.writing() as connection:
            status = connection.execute(select(RUNS.c.status).where(RUNS.c.id == run)).scalar_one_or_none()
            if status not in ("running", "cancelling"):
                return
            over = "failed" if error is not None else "cancelled" if status == "cancelling" else "finished"
            connection.execute(
                update(RUNS).where(RUNS.c.id == run).values(status=over, error=error, finished_at=self._database.now())
            )

    def delete(self, run: str) -> None:
        """Delete a run with all that belongs to it."""
        with self._database.writing() as connection:
            connection.execute(delete(RUNS).where(RUNS.c.id == run))

    def mark(self, run: str, case: str, version: str, value: int, *, author: str, comment: str = "") -> None:
        """Store somebody's 👍 (1) or 👎 (-1) on a cell, in place of an earlier one.

        Raises:
            StoreError: the value is neither, or there is no such run.
        """
        if value not in (1, -1):
            raise StoreError(f"a mark is 1 or -1, not {value!r}")
        said = {"value": value, "comment": comment, "at": self._database.now()}
        with self._database.writing() as connection:
            connection.execute(
                self._database.insert(MARKS)
                .values(run_id=run, case_id=case, version=version, author=author, **said)
                .on_conflict_do_update(index_elements=["run_id", "case_id", "version", "author"], set_=said)
            )

    def marks(self, run: str) -> tuple[Mark, ...]:
        """The marks of a run, by case and version."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(*(MARKS.c[name] for name in Mark.__dataclass_fields__))
                .where(MARKS.c.run_id == run)
                .order_by(MARKS.c.case_id, MARKS.c.version, MARKS.c.author)
            )
            return tuple(record(Mark, row) for row in rows)

    def vote(
        self, run: str, case: str, pair: tuple[str, str], winner: str | None, *, author: str, comment: str = ""
    ) -> None:
        """Store somebody's choice between two versions, in place of an earlier one; the order of the pair is no matter.

        Raises:
            StoreError: the winner is none of the two, the two are one, or there is no such run.
        """
        first, second = sorted(pair)
        if first == second:
            raise StoreError(f"a vote is between two versions; both are '{first}'")
        if winner not in (None, first, second):
            raise StoreError(f"the winner is '{first}', '{second}' or none of them, not '{winner}'")
        said = {"winner": winner, "comment": comment, "at": self._database.now()}
        with self._database.writing() as connection:
            connection.execute(
                self._database.insert(VOTES)
                .values(run_id=run, case_id=case, first=first, second=second, author=author, **said)
                .on_conflict_do_update(index_elements=["run_id", "case_id", "first", "second", "author"], set_=said)
            )

    def votes(self, run: str) -> tuple[Vote, ...]:
        """The votes of a run, by case."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(*(VOTES.c[name] for name in Vote.__dataclass_fields__))
                .where(VOTES.c.run_id == run)
                .order_by(VOTES.c.case_id, VOTES.c.first, VOTES.c.second, VOTES.c.author)
            )
            return tuple(record(Vote, row) for row in rows)
