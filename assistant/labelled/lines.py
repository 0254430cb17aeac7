"""Labelled JSON lines of any shape: every line is parsed by its caller, and every bad one is named.

Knows files, line numbers and what makes a file useless. Does not know which fields a line has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args

from assistant.errors import TrainingError
from assistant.types import Language

T = TypeVar("T")
LANGUAGES: tuple[str, ...] = get_args(Language)


@dataclass(frozen=True, slots=True)
class Lines(Generic[T]):
    """What was read, and why lines were left out, as ``file:line: reason``."""

    lines: tuple[T, ...]
    problems: tuple[str, ...] = ()


def read_lines(path: Path, parse: Callable[[Mapping[str, Any]], T], *, wanted: str) -> Lines[T]:
    """Read a JSONL file; a line that cannot be used is left out and named with its number and reason.

    Args:
        path: the file, UTF-8, one JSON object a line; empty lines are skipped.
        parse: makes an example of an object, or raises ``ValueError`` with the reason.
        wanted: what a line looks like, for the message about a useless file.

    Raises:
        TrainingError: the file cannot be read, holds no line, or more of its lines are bad than good.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise TrainingError(f"{path} cannot be read: {error}") from error
    good: list[T] = []
    bad: list[str] = []
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            good.append(parse(_object(line)))
        except (ValueError, RecursionError) as error:
            bad.append(f"{path.name}:{number}: {error}")
    if len(bad) > len(good) or not good:
        shown = "; ".join(bad[:3]) or "it is empty"
        raise TrainingError(
            f"{path} has {len(bad)} bad of {len(bad) + len(good)} lines ({shown}); each must be {wanted}"
        )
    return Lines(tuple(good), tuple(bad))


def text_of(record: Mapping[str, Any], field: str) -> str:
    """A string field that holds more than space.

    Raises:
        ValueError: it does not.
    """
    value = record.get(field)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"'{field}' is missing or empty")
    return value


def language_of(record: Mapping[str, Any]) -> str:
    """The language a line states as ``lang``.

    Raises:
        ValueError: it states none that is known.
    """
    value = record.get("lang")
    if value not in LANGUAGES:
        raise ValueError(f"'lang' must be one of {', '.join(LANGUAGES)}, got {json.dumps(value)[:60]}")
    return str(value)


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg})") from error
    if not isinstance(record, dict):
        raise ValueError("not an object")
    return record
