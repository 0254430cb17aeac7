"""How exactly constraints are read: labelled messages compared with what the parser, or the whole reader, returns.

Knows the constraint schema and how a field is compared. Knows no parser: it is handed a function that reads a message.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from assistant import metrics
from assistant.labelled.lines import Lines, language_of, read_lines, text_of
from assistant.types import COLORS, INTENTS, SORTS, Constraints

FIELDS: tuple[str, ...] = tuple(f.name for f in fields(Constraints))
_LISTS = frozenset(f.name for f in fields(Constraints) if str(f.type).startswith("tuple"))
_WANTED = '{"text": "…", "lang": "en", "intent": "product_search", "constraints": {"product": "…", …}}'
_CHOICES: Mapping[str, tuple[str, ...]] = {"colors": COLORS, "exclude_colors": COLORS, "sort": SORTS}
_CLIPPED = 160


@dataclass(frozen=True, slots=True)
class ConstraintExample:
    """A message with its intent and the fields it states; what it does not state must stay empty."""

    text: str
    language: str
    intent: str
    stated: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Miss:
    """A field that was read otherwise than stated; ``wanted`` is ``None`` where the message states nothing."""

    field: str
    wanted: Any
    found: Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """An example, the intent it was read with, and every field that went wrong."""

    example: ConstraintExample
    intent: str
    missed: tuple[Miss, ...] = ()
    invented: tuple[Miss, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every field is as stated, intent aside."""
        return not self.missed and not self.invented


Read = Callable[[ConstraintExample], tuple[str, Constraints]]
"""Reads one message: the intent it was taken for, and its constraints."""


def read_constraint_examples(path: Path) -> Lines[ConstraintExample]:
    """Read ``{"text", "lang", "intent", "constraints"}`` lines; a bad one is left out and named.

    A field that is ``null`` or an empty list is not stated.

    Raises:
        TrainingError: the file cannot be read, or more of its lines are bad than good.
    """
    return read_lines(path, _example, wanted=_WANTED)


def judge(example: ConstraintExample, intent: str, found: Constraints) -> Verdict:
    """Compare what was read with what is stated, field by field.

    Lists are compared as sets and strings without case. Each stated element of ``terms`` must lie within a returned
    one, spaces aside; as a wish can be put into properties in many ways, more of them are no fault.
    """
    got = found.to_dict()
    missed = [Miss(name, want, got[name]) for name, want in example.stated.items() if not _holds(name, want, got[name])]
    invented = [
        Miss(name, None, got[name])
        for name in FIELDS
        if name not in example.stated and name != "terms" and got[name] not in (None, [])
    ]
    return Verdict(example, intent, tuple(missed), tuple(invented))


def measure_constraints(examples: Sequence[ConstraintExample], read: Read) -> tuple[list[Verdict], list[float]]:
    """Read every message once, one at a time.

    Returns:
        A verdict an example, in order, and the milliseconds that reading took.
    """
    if examples:
        # The first call allocates and compiles; it is made on a text that no later call can profit from.
        first, last = examples[0], examples[-1]
        read(ConstraintExample(f"{first.text} {last.text}", first.language, first.intent, {}))
    verdicts, took = [], []
    for example in examples:
        began = time.perf_counter()
        intent, found = read(example)
        took.append((time.perf_counter() - began) * 1000)
        verdicts.append(judge(example, intent, found))
    return verdicts, took


def constraint_figures(verdicts: Sequence[Verdict], took: Sequence[float]) -> dict[str, Any]:
    """All figures of a run, ready for JSON; shares are of 1, rounded to four digits, ``None`` of nothing.

    ``exact`` is the share of stated fields read exactly; ``nothing_invented`` the share of messages in which every
    unstated field stayed empty; ``whole_messages`` the share with both. ``intents`` is the share of messages that were
    read with the stated intent: 1 where it was handed over.

    Raises:
        ValueError: there is nothing to measure.
    """
    of_language = {
        language: _figures([v for v in verdicts if v.example.language == language])
        for language in sorted({v.example.language for v in verdicts})
    }
    return {
        **_figures(verdicts),
        "languages": of_language,
        "ms_p50": round(metrics.percentile(took, 50), 3),
        "ms_p95": round(metrics.percentile(took, 95), 3),
    }


def constraint_table(figures: Mapping[str, Any]) -> list[str]:
    """The figures as a table: a row a field, a column a language; cells are exact of stated."""
    columns = {**figures["languages"], "all": figures}
    lines = ["| field | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for name in figures["fields"]:
        cells = [_cell(column["fields"].get(name)) for column in columns.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    whole = [_cell({"stated": column["stated_fields"], "exact": column["exact"]}) for column in columns.values()]
    lines.append("| **all fields** | " + " | ".join(whole) + " |")
    for key in ("nothing_invented", "whole_messages", "intents"):
        cells = [_cell({"stated": column["messages"], "exact": column[key]}) for column in columns.values()]
        lines.append(f"| {key.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return lines


def failures(verdicts: Iterable[Verdict]) -> Iterable[str]:
    """One line for each field that went wrong: the message, what was wanted and what came."""
    for verdict in verdicts:
        example = verdict.example
        misread = f" (read as {verdict.intent}, is {example.intent})" if verdict.intent != example.intent else ""
        for miss in (*verdict.missed, *verdict.invented):
            yield (
                f"{example.language} {_shown(example.text)}: {miss.field} wants {_shown(miss.wanted)}, "
                f"got {_shown(miss.found)}{misread}"
            )


def _figures(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    wrong = [miss.field for v in verdicts for miss in v.missed]
    stated = [name for v in verdicts for name in v.example.stated]
    return {
        "messages": len(verdicts),
        "stated_fields": len(stated),
        "exact": _share(len(stated) - len(wrong), len(stated)),
        "fields": {
            name: {
                "stated": stated.count(name),
                "exact": _share(stated.count(name) - wrong.count(name), stated.count(name)),
            }
            for name in FIELDS
            if name in stated
        },
        "nothing_invented": _share(sum(not v.invented for v in verdicts), len(verdicts)),
        "whole_messages": _share(sum(v.whole for v in verdicts), len(verdicts)),
        "intents": _share(sum(v.intent == v.example.intent for v in verdicts), len(verdicts)),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _cell(figures: Mapping[str, Any] | None) -> str:
    if not figures or figures["exact"] is None:
        return "–"
    return f"{figures['exact']:.3f} of {figures['stated']}"


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:_CLIPPED]


# -- comparing --------------------------------------------------------------------------------------------------------


def _holds(name: str, want: Any, got: Any) -> bool:
    if name == "terms":
        returned = ["".join(term.split()).casefold() for term in got]
        return all(any("".join(term.split()).casefold() in have for have in returned) for term in want)
    return bool(_plain(want) == _plain(got))


def _plain(value: Any) -> Any:
    """A value as it is compared."""
    if isinstance(value, list):
        return frozenset(_plain(item) for item in value)
    return value.strip().casefold() if isinstance(value, str) else value


# -- reading labelled lines -------------------------------------------------------------------------------------------


def _example(record: Mapping[str, Any]) -> ConstraintExample:
    text, language, intent = text_of(record, "text"), language_of(record), text_of(record, "intent")
    if intent not in INTENTS:
        raise ValueError(f"'intent' is none of the known ones: {intent[:60]!r}")
    found = record.get("constraints")
    if not isinstance(found, dict):
        raise ValueError("'constraints' is missing or no object")
    unknown = [name for name in found if name not in FIELDS]
    if unknown:
        raise ValueError(f"'constraints' has no field {unknown[0][:60]!r}")
    stated = {name: value for name, value in found.items() if value is not None and value != []}
    for name, value in stated.items():
        if not _fits(name, value):
            raise ValueError(f"constraint '{name}' cannot be {json.dumps(value)[:60]}")
    return ConstraintExample(text, language, intent, stated)


def _fits(name: str, value: Any) -> bool:
    """Whether a value is one that the field can hold."""
    if name in _LISTS:
        return isinstance(value, list) and all(_element_fits(name, item) for item in value)
    if name in ("price_min", "price_max"):
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and math.isfinite(value)
    if name == "in_stock_only":
        return isinstance(value, bool)
    return _element_fits(name, value)


def _element_fits(name: str, value: Any) -> bool:
    if name in ("quantity", "references"):
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str) and bool(value.strip()) and value in _CHOICES.get(name, (value,))
