"""What the results of a suite say of each version, and of one version against another.

Knows results and how often each case was to be run. Does not know what is good enough; see ``prompt_gates``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.evaluation.prompt_suite import Result
from assistant.metrics import wilson


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case under one version: all its runs. ``passed`` is pass^k: whether every run passes every check.

    Source: Yao et al., τ-bench (2024), pass^k; here with as many runs as k, so that it is all or nothing.
    """

    case: str
    language: str
    results: tuple[Result, ...]

    @property
    def passed(self) -> bool:
        """Whether all runs pass."""
        return all(r.passed for r in self.results)

    @property
    def error(self) -> str | None:
        """Why a run could not be made."""
        return next((r.error for r in self.results if r.error), None)

    @property
    def failures(self) -> tuple[tuple[str, str], ...]:
        """The checks that fail, each with its first reason."""
        found: dict[str, str] = {}
        for result in self.results:
            for check, why in result.checks.items():
                if why is not None:
                    found.setdefault(check, why)
        return tuple(found.items())


def outcomes(results: Sequence[Result], prompt: str) -> dict[str, Outcome]:
    """Case → its outcome under the version with this identity."""
    found: dict[str, list[Result]] = {}
    for result in results:
        if result.prompt == prompt:
            found.setdefault(result.case, []).append(result)
    return {case: Outcome(case, rows[0].language, tuple(rows)) for case, rows in found.items()}


def prompt_figures(results: Sequence[Result], prompts: Sequence[str], *, k: int) -> dict[str, Any]:
    """The figures of the version(s) with these identities; shares are of 1, times milliseconds.

    Several identities are one version in several languages.
    """
    found = [o for prompt in prompts for o in outcomes(results, prompt).values()]
    rows = [r for o in found for r in o.results]
    written = [r for r in rows if r.error is None]
    passed = sum(o.passed for o in found)
    waits = [r.first_token for r in written if r.first_token is not None]
    failed: dict[str, int] = {}
    for outcome in found:
        for check, _ in outcome.failures:
            failed[check] = failed.get(check, 0) + 1
    low, high = wilson(passed, len(found)) if found else (0.0, 0.0)
    return {
        "prompts": list(prompts),
        "cases": len(found),
        "runs": len(rows),
        "k": k,
        "deterministic": bool(rows) and all(r.once for r in rows),
        "pass_k": _share(passed, len(found)),
        "pass_k_interval": (round(low, 4), round(high, 4)),
        "runs_passed": _share(sum(r.passed for r in rows), len(rows)),
        "errors": sum(r.error is not None for r in rows),
        "failed_checks": dict(sorted(failed.items(), key=lambda item: -item[1])),
        "unsupported_before_per_100": round(100 * _mean([r.unsupported_before for r in written]), 1),
        "unsupported_shown": sum(r.claims.unsupported for r in written),
        "sentences_repaired": sum(r.claims.repaired for r in written),
        "sentences_replaced": sum(r.claims.replaced for r in written),
        "stood_in": _share(sum(r.stood_in for r in written), len(written)),
        "right_language": _share(sum(r.right_language for r in rows), len(rows)),
        "length": {
            language: round(_mean([r.length for r in written if r.language == language]), 1)
            for language in sorted({r.language for r in written})
        },
        "tokens": round(_mean([r.tokens for r in written]), 1),
        "first_token_p50": _percentile(waits, 50),
        "ms_p50": _percentile([r.ms for r in written], 50),
        "ms_p95": _percentile([r.ms for r in written], 95),
    }


def complete(results: Sequence[Result], prompt: str, cases: Sequence[str], *, k: int) -> bool:
    """Whether a version was run on all these cases, each as often as it needs."""
    found = outcomes(results, prompt)
    return all(
        case in found and len(found[case].results) >= (1 if found[case].results[0].once else k) for case in cases
    )


def versus(results: Sequence[Result], candidate: str, baseline: str) -> dict[str, list[str]]:
    """The cases of both versions, by what became of them; ``same_text`` overlaps the others."""
    new, old = outcomes(results, candidate), outcomes(results, baseline)
    both = [case for case in new if case in old]

    def where(passed: bool, before: bool) -> list[str]:
        return [c for c in both if new[c].passed is passed and old[c].passed is before]

    return {
        "fixed": where(True, False),
        "broken": where(False, True),
        "pass": where(True, True),
        "fail": where(False, False),
        "same_text": [c for c in both if new[c].results[0].text == old[c].results[0].text],
    }


def figure_table(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A Markdown table, one line a version."""
    k = next(iter(rows.values()))["k"] if rows else 0
    out = [
        f"| version | cases | pass^{k} (95 %) | runs passed | errors | unsupported per 100, before the check | shown | "
        "nothing left of the model | right language | length | tokens | first token ms | ms p50 | p95 |",
        "|---|" + "---|" * 13,
    ]
    for name, f in rows.items():
        low, high = f["pass_k_interval"]
        cells = [
            name,
            str(f["cases"]),
            f"{100 * f['pass_k']:.1f} % ({100 * low:.0f}–{100 * high:.0f})",
            f"{100 * f['runs_passed']:.1f} %",
            str(f["errors"]),
            f"{f['unsupported_before_per_100']:.0f}",
            str(f["unsupported_shown"]),
            f"{100 * f['stood_in']:.1f} %",
            f"{100 * f['right_language']:.1f} %",
            ", ".join(f"{n:.0f} {'words' if one == 'en' else 'characters'}" for one, n in f["length"].items()),
            *(f"{f[key]:.0f}" for key in ("tokens", "first_token_p50", "ms_p50", "ms_p95")),
        ]
        out.append("| " + " | ".join(cells) + " |")
    return out


def case_lines(results: Sequence[Result], prompts: Sequence[str]) -> list[str]:
    """One line a case: how each version did, and why it failed."""
    by_prompt = {prompt: outcomes(results, prompt) for prompt in prompts}
    out = []
    for case in dict.fromkeys(r.case for r in results):
        told = []
        for prompt, found in by_prompt.items():
            if case in found:
                one = found[case]
                why = one.error or "; ".join(f"{check}: {reason}" for check, reason in one.failures)
                told.append(f"{prompt.partition('@')[0]} {'passes' if one.passed else f'fails ({why})'}")
        out.append(f"{case}: {' · '.join(told)}")
    return out


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _mean(values: Sequence[float | int]) -> float:
    return float(np.mean(values)) if values else 0.0


def _percentile(values: Sequence[float], q: float) -> float:
    return round(float(np.percentile(values, q)), 1) if values else 0.0
