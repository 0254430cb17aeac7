"""Progress of long steps on stderr: a bar on a terminal, one line a step elsewhere. Quick steps stay silent."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Steps:
    """Receives ``(step, share)`` reports; use as a context manager around the long work."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live = sys.stderr.isatty()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._started: dict[str, float] = {}

    def __enter__(self) -> Steps:
        if self._live:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._progress.stop()

    def __call__(self, step: str, share: float) -> None:
        """Report that ``share`` (0 to 1) of ``step`` is done."""
        if self._live:
            if step not in self._tasks:
                self._tasks[step] = self._progress.add_task(step, total=1.0)
            self._progress.update(self._tasks[step], completed=share)
            return
        now = time.monotonic()
        if step not in self._started:
            self._started[step] = now
            if share < 1.0:
                self._console.print(f"{step} …", highlight=False)
        elif share >= 1.0 and self._started[step] >= 0:
            self._console.print(f"{step}: done in {now - self._started[step]:.1f} s", highlight=False)
            self._started[step] = -1.0

    def note(self, line: str) -> None:
        """One line above the bars."""
        self._console.print(line, highlight=False, markup=False)
