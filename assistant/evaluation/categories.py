"""How well messages are labelled with a catalogue's product types: accuracy, calibration, time.

Knows labelled messages and predictions. Does not know how a classifier or its catalogue was made.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from assistant import metrics
from assistant.labelled.lines import Lines, language_of, read_lines, text_of
from assistant.types import CategoryPrediction

_WANTED = '{"text": "…", "lang": "en", "type": "…"}'
_WITHIN = 3
_JOINT = " > "


class Labeller(Protocol):
    """What is measured."""

    def predict(self, texts: Sequence[str], *, k: int = 3) -> list[list[CategoryPrediction]]:
        """The ``k`` likeliest categories of each text, best first."""
        ...


@dataclass(frozen=True, slots=True)
class CategoryExample:
    """A message and the product type it is about: the last element of a category path, or the path joined by " > "."""

    text: str
    language: str
    type: str


@dataclass(frozen=True, slots=True)
class Placed:
    """An example and the likeliest categories of its text, best first."""

    example: CategoryExample
    found: tuple[CategoryPrediction, ...]

    @property
    def rank(self) -> int | None:
        """Where the stated type stands among them, from 1; ``None`` where it does not."""
        return next((n for n, one in enumerate(self.found, 1) if names(self.example.type, one.path)), None)

    @property
    def confidence(self) -> float:
        """The probability of the best; 0 where there is none."""
        return self.found[0].probability if self.found else 0.0


def read_category_examples(path: Path) -> Lines[CategoryExample]:
    """Read ``{"text", "lang", "type"}`` lines; a bad one is left out and named.

    Raises:
        TrainingError: the file cannot be read, or more of its lines are bad than good.
    """
    return read_lines(
        path,
        lambda record: CategoryExample(text_of(record, "text"), language_of(record), text_of(record, "type").strip()),
        wanted=_WANTED,
    )


def names(stated: str, path: Sequence[str]) -> bool:
    """Whether a stated type means the category at ``path``, case aside."""
    return bool(path) and stated.casefold() in (path[-1].casefold(), _JOINT.join(path).casefold())


def unknown_types(examples: Iterable[CategoryExample], paths: Sequence[Sequence[str]]) -> list[str]:
    """The stated types that no category has: they can never be read rightly."""
    stated = dict.fromkeys(example.type for example in examples)
    return [one for one in stated if not any(names(one, path) for path in paths)]


def measure_categories(examples: Sequence[CategoryExample], labeller: Labeller) -> tuple[list[Placed], list[float]]:
    """Label every message once, one at a time.

    Returns:
        The examples with their predictions, in order, and the milliseconds that labelling took, embedding included.
    """
    if examples:
        # The first call allocates and chooses kernels. Single texts are remembered, so none of the test may be used.
        labeller.predict([f"{examples[0].text} {examples[-1].text}"], k=_WITHIN)
    placed, took = [], []
    for example in examples:
        began = time.perf_counter()
        found = labeller.predict([example.text], k=_WITHIN)[0]
        took.append((time.perf_counter() - began) * 1000)
        placed.append(Placed(example, tuple(found)))
    return placed, took


def category_figures(placed: Sequence[Placed], took: Sequence[float]) -> dict[str, Any]:
    """All figures of a run, ready for JSON.

    ``top1`` and ``top3`` are the shares of messages whose type is the likeliest, or among the three likeliest; ``ece``
    is of the likeliest one's probability.

    Raises:
        ValueError: there is nothing to measure.
    """
    return {
        **_figures(placed),
        "languages": {
            language: _figures([one for one in placed if one.example.language == language])
            for language in sorted({one.example.language for one in placed})
        },
        "ms_p50": round(metrics.percentile(took, 50), 3),
        "ms_p95": round(metrics.percentile(took, 95), 3),
    }


def category_table(figures: Mapping[str, Any]) -> list[str]:
    """The figures as a table, a row a language."""
    lines = ["| language | messages | top 1 | top 3 | ECE |", "|---|---|---|---|---|"]
    for name, row in {**figures["languages"], "**all**": figures}.items():
        lines.append(f"| {name} | {row['messages']} | {row['top1']:.3f} | {row['top3']:.3f} | {row['ece']:.3f} |")
    return lines


def misread(placed: Iterable[Placed]) -> Iterable[str]:
    """One line for each message whose type is not the likeliest: what was wanted and what came."""
    for one in placed:
        if one.rank != 1:
            came = ", ".join(f"{_JOINT.join(p.path)} {p.probability:.2f}" for p in one.found)
            text = json.dumps(one.example.text, ensure_ascii=False)[:160]
            yield f"{one.example.language} {text}: wants {one.example.type}, got {came or 'nothing'}"


def _figures(placed: Sequence[Placed]) -> dict[str, Any]:
    right = [one.rank == 1 for one in placed]
    ece = metrics.expected_calibration_error([one.confidence for one in placed], right)
    return {
        "messages": len(placed),
        "top1": round(sum(right) / len(placed), 4),
        "top3": round(sum(one.rank is not None for one in placed) / len(placed), 4),
        "ece": round(ece, 4),
    }
