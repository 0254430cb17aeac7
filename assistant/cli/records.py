"""JSONL in, JSONL out: one answer a line, errors in place, never a crash on what a line holds."""

from __future__ import annotations

import contextlib
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from assistant.errors import AssistantError, ConfigurationError, RecordError

# Legal inside JSON text, but many readers take them for the end of a line.
_LINE_ENDS = {ord(c): f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"}


@dataclass(frozen=True, slots=True)
class Record:
    """One input line: its number from 1, its id where it has one, its object, or why it cannot be answered."""

    line: int
    id: Any
    data: Mapping[str, Any]
    problem: str | None = None

    def error(self, reason: str) -> dict[str, Any]:
        """The error line of the contract."""
        return {"id": self.id, "line": self.line, "error": reason}


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


def _parse(line: int, raw: bytes) -> Record:
    # Invalid UTF-8 is answered like any other text, with the replacement character where bytes were broken.
    text = raw.decode("utf-8", errors="replace")
    try:
        data = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return Record(line, None, {}, f"not JSON: {error}")
    if not isinstance(data, dict):
        return Record(line, None, {}, f"wanted a JSON object, got {type(data).__name__}")
    identifier = data.get("id")
    if not isinstance(identifier, str | int | float | type(None)) or identifier in (math.inf, -math.inf):
        return Record(line, None, data, "field 'id': wanted a string or a number")
    return Record(line, identifier, data)


def text_field(record: Record, name: str) -> str:
    """A string field of a record.

    Raises:
        RecordError: it is missing or no string.
    """
    if name not in record.data:
        raise RecordError(f"field '{name}' is missing")
    value = record.data[name]
    if not isinstance(value, str):
        raise RecordError(f"field '{name}': wanted a string, got {type(value).__name__}")
    return value


def read(source: str) -> Iterator[Record]:
    """The records of a JSONL file or of standard input (``-``); empty lines are passed over but counted.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    with contextlib.ExitStack() as stack:
        stream: IO[bytes]
        if source == "-":
            stream = sys.stdin.buffer
        else:
            try:
                stream = stack.enter_context(Path(source).open("rb"))
            except OSError as error:
                raise ConfigurationError(f"cannot read --input '{source}': {error.strerror}") from error
        for number, raw in enumerate(stream, 1):
            if raw.strip():
                yield _parse(number, raw)


@contextlib.contextmanager
def writer(target: str) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """A function that writes one JSON object a line to a file or to standard output (``-``), flushed line by line.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    with contextlib.ExitStack() as stack:
        stream: IO[bytes]
        if target == "-":
            stream = sys.stdout.buffer
        else:
            try:
                stream = stack.enter_context(Path(target).open("wb"))
            except OSError as error:
                raise ConfigurationError(f"cannot write --output '{target}': {error.strerror}") from error

        def write(record: Mapping[str, Any]) -> None:
            text = json.dumps(record, ensure_ascii=False).translate(_LINE_ENDS)
            stream.write(text.encode("utf-8", "replace") + b"\n")
            stream.flush()

        yield write


def run(source: str, target: str, answer: Callable[[Record], Mapping[str, Any]]) -> None:
    """Answer every record in order; what cannot be answered gets an error line and the run goes on."""
    records = read(source)
    first = next(records, None)
    with writer(target) as write:
        for record in [] if first is None else _chain(first, records):
            if record.problem:
                write(record.error(record.problem))
                continue
            try:
                write(answer(record))
            except AssistantError as error:
                write(record.error(str(error)))


def _chain(first: Record, rest: Iterator[Record]) -> Iterator[Record]:
    yield first
    yield from rest
