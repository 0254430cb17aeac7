"""Two versions of a prompt beside each other: which keys differ, and the lines that do."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant.generation.prompts.lines import read_yaml
from assistant.generation.prompts.prompt import Prompt


@dataclass(frozen=True, slots=True)
class PromptDiff:
    """``keys`` whose values differ (``decoding.stop`` for inner ones), and the files' unified diff."""

    keys: tuple[str, ...]
    lines: tuple[str, ...]


def compare_prompts(old: Prompt, new: Prompt) -> PromptDiff:
    """What changes from one version to another.

    Raises:
        PromptError: one of the files cannot be read any more.
    """
    (raw_old, was), (raw_new, now) = read_yaml(old.path), read_yaml(new.path)
    before, after = _flat(was.data), _flat(now.data)
    names = [*before, *(k for k in after if k not in before)]
    lines = difflib.unified_diff(
        raw_old.decode("utf-8-sig").splitlines(),
        raw_new.decode("utf-8-sig").splitlines(),
        old.identity,
        new.identity,
        lineterm="",
    )
    return PromptDiff(tuple(k for k in names if before.get(k) != after.get(k)), tuple(lines))


def _flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            out |= _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list) and any(isinstance(v, dict) for v in value):
            out |= _flat({str(n): v for n, v in enumerate(value)}, f"{prefix}{key}.")
        else:
            out[f"{prefix}{key}"] = value
    return out
