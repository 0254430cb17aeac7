"""Results of a suite in files: JSON lines that a cut-off run goes on from, a CSV table, a page for people.

Knows these files. Does not know how results come about.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from assistant.errors import PromptError
from assistant.evaluation.prompt_figures import outcomes, versus
from assistant.evaluation.prompt_suite import Result
from assistant.labelled.pages import write_page

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ResultsFile:
    """A file of results that grows run by run; entering reads what is there, every new result is written at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[str, Result] = {}
        self._file: IO[str] | None = None

    def __enter__(self) -> ResultsFile:
        self.known = {r.key: r for r in read_results(self.path)} if self.path.exists() else {}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            torn = self.path.exists() and not self.path.read_bytes().endswith(b"\n")
            self._file = self.path.open("a", encoding="utf-8")
            if torn and self.path.stat().st_size:
                self._file.write("\n")
        except OSError as error:
            raise PromptError(f"results cannot be written to {self.path}: {error.strerror or error}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, result: Result) -> None:
        """Write a result that is not there yet."""
        if self._file is None or self.known.get(result.key) == result:
            return
        self._follow()
        self._file.write(json.dumps(result.to_dict(), ensure_ascii=False) + "\n")
        self._file.flush()
        self.known[result.key] = result

    def _follow(self) -> None:
        """Go on in the file that stands there now, if somebody put another one in its place, as to take lines out."""
        if self._file is None or (
            self.path.exists() and os.path.samestat(os.fstat(self._file.fileno()), self.path.stat())
        ):
            return
        self._file.close()
        self._file = self.path.open("a", encoding="utf-8")


def read_results(path: Path) -> tuple[Result, ...]:
    """The results of a file; of two with one key the later counts. A line that was cut off is left out.

    Raises:
        PromptError: the file cannot be read, or holds something else.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise PromptError(f"{path} cannot be read: {error.strerror or error}") from error
    found: dict[str, Result] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except ValueError as error:
            if line.startswith(b'{"key"'):
                continue  # a run that was killed while it wrote
            raise PromptError(f"{path}, line {number}: not a result of a suite: {error}") from error
        try:
            result = Result.from_dict(data)
        except (KeyError, TypeError) as error:
            raise PromptError(f"{path}, line {number}: not a result of a suite: {error!r}") from error
        found[result.key] = result
    return tuple(found.values())


def write_results_table(path: Path, results: Sequence[Result]) -> None:
    """A CSV table for a spreadsheet, one row a run; no cell can be taken for a formula.

    Raises:
        PromptError: the file cannot be written.
    """
    head = (
        "case", "language", "prompt", "seed", "passed", "failed", "unsupported_before", "unsupported_shown", "stood_in",
        "length", "tokens", "ms", "sku", "request", "text", "error",
    )  # fmt: skip
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file)
            table.writerow(head)
            for r in results:
                failed = "; ".join(f"{check}: {why}" for check, why in r.checks.items() if why)
                cells = (
                    r.case, r.language, r.prompt, r.seed, r.passed, failed, r.unsupported_before, r.claims.unsupported,
                    r.stood_in, r.length, r.tokens, round(r.ms, 1), r.sku, r.request, r.text, r.error or "",
                )  # fmt: skip
                table.writerow([_harmless(cell) for cell in cells])
    except OSError as error:
        raise PromptError(f"{path} cannot be written: {error.strerror or error}") from error


def write_suite_page(
    path: Path,
    results: Sequence[Result],
    rows: Mapping[str, Mapping[str, Any]],
    pairs: Sequence[tuple[str, str | None]],
    *,
    notes: Iterable[str] = (),
) -> None:
    """One page with the figures of every version and every case, the versions beside each other.

    Args:
        path: of the page.
        results: of the suite.
        rows: name → figures, for the table.
        pairs: (candidate, baseline) identities, one pair a language.
        notes: lines above the table.

    Raises:
        PromptError: the page cannot be written.
    """
    cases = []
    for candidate, baseline in pairs:
        new, old = outcomes(results, candidate), outcomes(results, baseline) if baseline else {}
        changed = versus(results, candidate, baseline) if baseline else {}
        for case, one in new.items():
            sides = [one] + ([old[case]] if case in old else [])
            cases.append(
                {
                    "id": case,
                    "language": one.language,
                    "request": one.results[0].request,
                    "sku": one.results[0].sku,
                    "sides": sides,
                    "failed": not one.passed,
                    "error": any(o.error for o in sides),
                    "change": next((name for name in ("fixed", "broken") if case in changed.get(name, ())), ""),
                    "different": case in old and case not in changed.get("same_text", ()),
                }
            )
    try:
        write_page(
            path,
            "prompt_report.html",
            (_TEMPLATES,),
            title="Prompt versions " + ", ".join(candidate for candidate, _ in pairs),
            rows=rows,
            cases=cases,
            notes=list(notes),
        )
    except OSError as error:
        raise PromptError(f"{path} cannot be written: {error.strerror or error}") from error


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
