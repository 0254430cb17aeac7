"""Whether a version may become what a label means: bounds from ``gates.yaml``, held against two versions' figures.

Knows the file and the bounds. Does not run cases, nor move labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from assistant.generation.prompts.lines import read_yaml

GATES = "gates.yaml"


@dataclass(frozen=True, slots=True)
class Gates:
    """The bounds of one label. Shares are of 1; ``unsupported_before_margin`` is in claims per 100 texts."""

    min_cases: int = 20
    pass_drop: float = 0.05
    """By how much pass^k may be lower than that of the version in use."""
    unsupported_shown: int = 0
    unsupported_before_margin: float = 10.0
    """By how much more the check may have to take out than with the version in use."""
    stood_in_margin: float = 0.05
    """By how much the share of texts with nothing left of the model may be above that of the version in use.

    Such texts are true and pass checks: the record's own words stand in. A prompt that makes a model fall silent would
    look faultless without this.
    """
    right_language: float = 0.98
    latency_ratio: float = 1.25
    """How much longer the median text may take than with the version in use."""
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """One gate: whether it stands, and what was measured against what is allowed.

    ``value`` and ``base`` are the figures of the version and of the one in use, ``bound`` what the gate allows.
    """

    gate: str
    stands: bool
    told: str
    value: float = 0.0
    bound: float = 0.0
    base: float | None = None


def read_gates(folders: Sequence[Path], label: str) -> Gates | None:
    """The gates of a label, of the last of the folders whose ``gates.yaml`` names it; ``None`` where none does.

    Raises:
        PromptError: a file is malformed.
    """
    known = {f.name: type(f.default) for f in fields(Gates)}
    chosen: Gates | None = None
    for path in (p for folder in folders if (p := folder / GATES).is_file()):
        _, lines = read_yaml(path)
        for name, row in lines.data.items():
            if not isinstance(row, dict):
                raise lines.wrong(str(name), f"wanted bounds such as pass_drop, got {row!r}")
            lines.expect(row, (), tuple(known), inside=str(name))
            for key, value in row.items():
                whole = known[key] is int
                fits = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
                if not fits or value < 0:
                    wanted = "a whole number" if whole else "a number"
                    raise lines.wrong(f"{name}.{key}", f"wanted {wanted} from 0, got {value!r}")
            if name == label:
                chosen = Gates(**row)
    return chosen


def judge_version(
    gates: Gates, candidate: Mapping[str, Any], baseline: Mapping[str, Any] | None
) -> tuple[Judgement, ...]:
    """Hold the figures of a version against the gates and, where there is one, the version in use.

    Both are of :func:`assistant.evaluation.prompt_figures.prompt_figures`, over the same cases.
    """
    k = candidate["k"]
    out = [
        _judge(
            "cases",
            candidate["cases"] >= gates.min_cases,
            f"{candidate['cases']} cases",
            f"≥ {gates.min_cases}",
            candidate["cases"],
            gates.min_cases,
        ),
        _judge(
            "errors",
            candidate["errors"] <= gates.errors,
            f"{candidate['errors']} failed runs",
            f"≤ {gates.errors}",
            candidate["errors"],
            gates.errors,
        ),
        _judge(
            "unsupported shown",
            candidate["unsupported_shown"] <= gates.unsupported_shown,
            f"{candidate['unsupported_shown']} unsupported claims shown",
            f"≤ {gates.unsupported_shown}",
            candidate["unsupported_shown"],
            gates.unsupported_shown,
        ),
        _judge(
            "right language",
            candidate["right_language"] >= gates.right_language,
            f"{candidate['right_language']:.3f} in the right language",
            f"≥ {gates.right_language:.3f}",
            candidate["right_language"],
            gates.right_language,
        ),
    ]
    if baseline is None:
        return tuple(out)
    drop = baseline["pass_k"] - candidate["pass_k"]
    more = candidate["unsupported_before_per_100"] - baseline["unsupported_before_per_100"]
    silent = candidate["stood_in"] - baseline["stood_in"]
    slower = candidate["ms_p50"] / baseline["ms_p50"] if baseline["ms_p50"] > 0 else 1.0
    return (
        *out,
        _judge(
            f"pass^{k}",
            drop <= gates.pass_drop + 1e-9,
            f"{candidate['pass_k']:.3f} against {baseline['pass_k']:.3f}, lower by {max(0.0, drop):.3f}",
            f"≤ {gates.pass_drop:.3f} lower",
            candidate["pass_k"],
            gates.pass_drop,
            baseline["pass_k"],
        ),
        _judge(
            "unsupported before the check",
            more <= gates.unsupported_before_margin + 1e-9,
            f"{candidate['unsupported_before_per_100']:.1f} per 100 texts against "
            f"{baseline['unsupported_before_per_100']:.1f}, {max(0.0, more):.1f} more",
            f"≤ {gates.unsupported_before_margin:.1f} more",
            candidate["unsupported_before_per_100"],
            gates.unsupported_before_margin,
            baseline["unsupported_before_per_100"],
        ),
        _judge(
            "texts of the model",
            silent <= gates.stood_in_margin + 1e-9,
            f"nothing left of the model in {candidate['stood_in']:.3f} against {baseline['stood_in']:.3f}, "
            f"{max(0.0, silent):.3f} more",
            f"≤ {gates.stood_in_margin:.3f} more",
            candidate["stood_in"],
            gates.stood_in_margin,
            baseline["stood_in"],
        ),
        _judge(
            "latency",
            slower <= gates.latency_ratio + 1e-9,
            f"median {candidate['ms_p50']:.0f} ms against {baseline['ms_p50']:.0f} ms, {slower:.2f} times",
            f"≤ {gates.latency_ratio:.2f} times",
            candidate["ms_p50"],
            gates.latency_ratio,
            baseline["ms_p50"],
        ),
    )


def _judge(
    gate: str,
    stands: bool,
    measured: str,
    allowed: str,
    value: float,
    bound: float,
    base: float | None = None,
) -> Judgement:
    return Judgement(gate, stands, f"{gate}: {measured} (allowed: {allowed})", value, bound, base)
