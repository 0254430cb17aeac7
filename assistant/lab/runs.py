"""Runs of two versions on cases: in the background, stored text by text, cancelled, found again.

A run goes on when nobody looks. The process that makes it says every few seconds that it is there; of one that was
silent for a minute nothing more will come, so its runs end as cut off, whichever server notices. Runs are made one
after the other, so that shoppers wait for one text of the lab at most. Knows neither pages nor what is good.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from assistant.errors import AssistantError, StoreError
from assistant.evaluation.prompt_cases import PromptCase
from assistant.evaluation.prompt_origins import running
from assistant.evaluation.prompt_results import ResultsFile
from assistant.evaluation.prompt_suite import SEED, Result, plan
from assistant.lab.bench import Bench
from assistant.lab.versions import RUNS_OF_A_CASE
from assistant.store.runs import Cell, Run, RunStore

log = logging.getLogger(__name__)

INTERRUPTED = "interrupted"
"""The error of a run whose server ended before it did."""

FAILED = "the run failed unexpectedly; the server's log says why"
"""The error of a run that failed as nobody foresaw; what an exception says is for the log, not for a page."""

BEAT = 10.0
"""Seconds between two signs of life of the runs of a process."""

SILENT = timedelta(seconds=60)
"""After this long without one, the process is taken for dead."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A run and how far it is. ``left`` is in seconds, ``None`` where nothing can be said yet."""

    run: Run
    done: int
    left: float | None

    @property
    def under_way(self) -> bool:
        """Whether it goes on."""
        return self.run.under_way


class RunDesk:
    """The runs of one lab. Owns their threads."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._store = RunStore(bench.database)
        self._guard = threading.Lock()
        self._turn = threading.Lock()
        self._threads: dict[str, threading.Thread] = {}
        self._closing = threading.Event()
        self._beater: threading.Thread | None = None
        self._began: dict[str, datetime] = {}
        self._end_what_was_cut_off()

    @property
    def store(self) -> RunStore:
        """Where runs are kept."""
        return self._store

    def start(
        self,
        task: str,
        candidate: str,
        baseline: str | None,
        *,
        author: str,
        note: str = "",
        limit: int | None = None,
        only: Sequence[str] = (),
        k: int = RUNS_OF_A_CASE,
        fresh: bool = False,
    ) -> Run:
        """Begin a run; one that somebody asks for twice is begun once.

        Args:
            task: such as ``blurb.en``.
            candidate: a version or label.
            baseline: another one, ``None`` for none.
            author: who asked for it.
            note: why.
            limit: only so many cases, spread evenly.
            only: only the cases with these ids.
            k: how often a case is run where chance has a part.
            fresh: write everything again, whatever is known.

        Raises:
            PromptError: a version does not exist, or there is no case.
            StoreError: there is nothing to run.
        """
        book = self._bench.book()
        names = [candidate, *([baseline] if baseline else [])]
        found = [book.find(f"{task}@{name}", usual=self._bench.usual) for name in names]
        prompts = list({p.identity: p for p in found}.values())
        every = self._bench.cases(task)
        cases = tuple(c for c in every if c.id in set(only)) if only else every
        if limit is not None and limit < len(cases):
            cases = tuple(cases[i * len(cases) // limit] for i in range(limit))
        total = len(plan(cases, prompts, k=k))
        if not total:
            raise StoreError("there is no case to run; add one first")
        setup: dict[str, Any] = {
            "versions": [p.identity for p in prompts],
            "candidate": candidate,
            "baseline": baseline,
            "cases": [c.id for c in cases],
            "k": k,
            "seed": SEED,
            "model": self._bench.model,
            "fresh": fresh,
            "process": _process(),
        }
        with self._guard:
            # Enter pressed twice, or a second page of the same person.
            for other in map(self._store.get, self._threads):
                if other and (other.status, other.task, other.author, other.setup) == ("running", task, author, setup):
                    return other
            run = self._store.begin(task, setup, total, author=author, note=note)
            thread = threading.Thread(
                target=self._work,
                args=(run, cases, tuple(p.identity for p in prompts)),
                name=f"run {run.id}",
                daemon=True,
            )
            self._threads[run.id] = thread
            if self._beater is None:
                self._beater = threading.Thread(target=self._beat, name="runs alive", daemon=True)
                self._beater.start()
        thread.start()
        return run

    def again(self, run: str, *, author: str) -> Run:
        """Begin a run once more; what it has written already is taken over.

        Raises:
            PromptError: a version or case of it does not exist any more.
            StoreError: there is no such run.
        """
        old = self._store.get(run)
        if old is None:
            raise StoreError(f"there is no run '{run}'; choose one of the list")
        versions = [_name(identity) for identity in old.setup["versions"]]
        return self.start(
            old.task,
            versions[0],
            versions[1] if len(versions) > 1 else None,
            author=author,
            note=old.note,
            only=old.setup["cases"],
            k=old.setup["k"],
        )

    def cancel(self, run: str) -> bool:
        """Ask a run to stop after the text it is writing, or end it where nobody is there to stop; False if over."""
        asked = self._store.cancel(run)
        self._end_what_was_cut_off()
        return asked

    def progress(self, run: str) -> Progress | None:
        """How far a run is; ``None`` if there is none."""
        found = self._store.get(run)
        if found is not None and found.under_way and self._gone(found):
            self._end_what_was_cut_off()
            found = self._store.get(run)
        if found is None:
            return None
        done, total = self._store.progress(run)
        left = None
        began = self._began.get(run)
        if found.status == "running" and began is not None and done:
            took = (self._bench.database.now() - began).total_seconds()
            left = took / done * (total - done)
        return Progress(found, done, left)

    def all(self, task: str | None = None, *, limit: int = 30) -> tuple[Progress, ...]:
        """Runs, newest first."""
        found = (self.progress(run.id) for run in self._store.all(task, limit=limit))
        return tuple(one for one in found if one is not None)

    def results(self, run: str) -> tuple[Result, ...]:
        """The results of a run so far."""
        return tuple(result_of(cell) for cell in self._store.cells(run))

    def wait(self, run: str, *, seconds: float) -> bool:
        """Wait until a run of this process is over; whether it is."""
        with self._guard:
            thread = self._threads.get(run)
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def close(self) -> None:
        """Stop every run after the text it is writing; what is made is kept, and `again` goes on from there."""
        self._closing.set()
        with self._guard:
            threads = list(self._threads.values())
            beater = self._beater
        for thread in (*threads, *([beater] if beater else [])):
            thread.join()

    # -- the work -----------------------------------------------------------------------------------------------------

    def _work(self, run: Run, cases: Sequence[PromptCase], identities: Sequence[str]) -> None:
        error: str | None = None
        try:
            with self._turn:
                self._began[run.id] = self._bench.database.now()
                if self._goes_on(run):
                    self._write(run, cases, identities)
            error = INTERRUPTED if self._closing.is_set() and self._store.wanted(run.id) else None
            done, total = self._store.progress(run.id)
            error = error if done < total else None
        except AssistantError as failure:
            error = str(failure)
        except Exception:
            # The page must not wait for ever for a run that is dead; the reason belongs into the log too.
            log.exception("a run of the lab failed", extra={"run": run.id})
            error = FAILED
        finally:
            self._store.end(run.id, error=error)
            with self._guard:
                self._threads.pop(run.id, None)
                self._began.pop(run.id, None)

    def _write(self, run: Run, cases: Sequence[PromptCase], identities: Sequence[str]) -> None:
        book = self._bench.book()
        prompts = [book.find(identity) for identity in identities]
        seed = run.setup["seed"]
        suite = self._bench.suite(book)
        # The file of the command line: whichever of the two made a result, `promote` and a later run find it.
        path = self._bench.results_of(run.task)
        with running(self._bench.database, [c.id for c in cases], path), ResultsFile(path) as file:
            known = {} if run.setup["fresh"] else file.known
            for result in suite.run(plan(cases, prompts, k=run.setup["k"], seed=seed), known=known):
                file.add(result)
                self._store.add(run.id, [cell_of(result, result.seed - seed)])
                if not self._goes_on(run):
                    return

    def _goes_on(self, run: Run) -> bool:
        return not self._closing.is_set() and self._store.wanted(run.id)

    def _beat(self) -> None:
        while True:
            with self._guard:
                mine = tuple(self._threads)
                if not mine:
                    self._beater = None
                    return
            try:
                self._store.beat(mine)
            except Exception:
                # The next one comes; a run is not given up for a database that was busy.
                log.warning("runs of the lab could not be marked as alive", exc_info=True)
            if self._closing.wait(BEAT):
                return

    def _gone(self, run: Run) -> bool:
        """Whether whoever made a run was not heard of for too long."""
        return (run.alive_at or run.created_at) < self._bench.database.now() - SILENT

    def _end_what_was_cut_off(self) -> None:
        """Runs of a server that is not there any more will not go on by themselves."""
        self._store.end_silent(self._bench.database.now() - SILENT, error=INTERRUPTED)
        for run in self._store.all(limit=1000):
            if not run.under_way:
                continue
            # On this machine nobody has to wait for the silence to last.
            machine, _, number = str(run.setup.get("process", "")).rpartition(":")
            if machine == socket.gethostname() and number.isdecimal() and not self._works(run, int(number)):
                cancelled = run.status == "cancelling"
                self._store.end(run.id, error=None if cancelled else INTERRUPTED)

    def _works(self, run: Run, number: int) -> bool:
        if number != os.getpid():
            return _alive(number)
        with self._guard:
            # Of an earlier process that had this number, unless it is ours.
            return run.id in self._threads


def cell_of(result: Result, sample: int) -> Cell:
    """A result as it is stored; ``checks`` holds all of it, so that figures can be counted again."""
    return Cell(
        result.case,
        result.prompt,
        result.text,
        result.passed,
        result.to_dict(),
        unsupported=result.claims.unsupported,
        ms=result.ms,
        tokens=result.tokens,
        sample=sample,
        error=result.error,
    )


def result_of(cell: Cell) -> Result:
    """The inverse of :func:`cell_of`."""
    return Result.from_dict(cell.checks)


def _name(identity: str) -> str:
    """The version of ``task/version@hash``."""
    return identity.partition("/")[2].rpartition("@")[0]


def _process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
