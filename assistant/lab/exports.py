"""A run as a file for other tools: CSV for spreadsheets, JSON and YAML for programs.

Knows the three forms. No cell of a table can be taken for a formula.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import yaml

from assistant.evaluation.prompt_suite import Result
from assistant.store.runs import Mark, Run, Vote

Form: TypeAlias = Literal["csv", "json", "yaml"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = (
    "case", "language", "version", "seed", "passed", "failed_checks", "unsupported_shown", "unsupported_before",
    "length", "tokens", "first_token_ms", "ms", "product", "request", "text", "error", "likes", "dislikes", "comments",
)  # fmt: skip


def exported(
    run: Run,
    results: Sequence[Result],
    figures: Mapping[str, Mapping[str, Any]],
    marks: Sequence[Mark],
    votes: Sequence[Vote],
    form: Form,
) -> str:
    """The text of the file; JSON and YAML hold figures and votes too."""
    rows = [_row(result, marks) for result in results]
    if form == "csv":
        out = io.StringIO()
        # A spreadsheet takes a file without this mark for its own country's encoding.
        out.write("\ufeff")
        table = csv.DictWriter(out, _COLUMNS)
        table.writeheader()
        for row in rows:
            table.writerow({k: _cell(v) for k, v in row.items()})
        return out.getvalue()
    told: dict[str, Any] = {
        "run": run.id,
        "task": run.task,
        "author": run.author,
        "note": run.note,
        "status": run.status,
        "created_at": run.created_at.isoformat(timespec="seconds"),
        "versions": run.setup["versions"],
        "model": run.setup["model"],
        "seed": run.setup["seed"],
        "runs_of_a_case": run.setup["k"],
        "figures": {name: _plain(row) for name, row in figures.items()},
        "votes": [
            {"case": v.case_id, "first": v.first, "second": v.second, "winner": v.winner, "voter": v.author}
            for v in votes
        ],
        "results": rows,
    }
    if form == "json":
        return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
    return str(yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=1000))


def _row(result: Result, marks: Sequence[Mark]) -> dict[str, Any]:
    mine = [m for m in marks if (m.case_id, m.version) == (result.case, result.prompt)]
    return {
        "case": result.case,
        "language": result.language,
        "version": result.prompt,
        "seed": result.seed,
        "passed": result.passed,
        "failed_checks": {check: why for check, why in result.checks.items() if why is not None},
        "unsupported_shown": result.claims.unsupported,
        "unsupported_before": result.unsupported_before,
        "length": result.length,
        "tokens": result.tokens,
        "first_token_ms": None if result.first_token is None else round(result.first_token, 1),
        "ms": round(result.ms, 1),
        "product": result.sku,
        "request": result.request,
        "text": result.text,
        "error": result.error,
        "likes": sum(m.value > 0 for m in mine),
        "dislikes": sum(m.value < 0 for m in mine),
        "comments": [f"{m.author}: {m.comment}" for m in mine if m.comment],
    }


def _cell(value: object) -> object:
    if isinstance(value, dict):
        value = "; ".join(f"{k}: {v}" for k, v in value.items())
    elif isinstance(value, list):
        value = "; ".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _plain(value: Any) -> Any:
    """Without tuples, which YAML has no plain form for."""
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value
