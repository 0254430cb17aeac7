"""Cases for prompts: a product and a request, or a conversation, and what a good text says and does not say.

Knows the two file formats (JSON lines, and CSV as a spreadsheet writes it) and where a task's cases lie. Does not run
a case. A case that cannot be read is an error, never left out: a suite that shrinks unseen guards nothing.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

from filelock import FileLock, Timeout

from assistant.catalog import parse_row
from assistant.errors import CatalogError, PromptError, TrainingError
from assistant.labelled.lines import read_lines, text_of
from assistant.types import Product, ReplyLanguage

CASES = "cases"
"""The folder of case files beside the prompts."""

_WANTED = '{"id", "language", "request" with "sku" or "product", or "turns", "checks"}'
_KEYS = ("id", "language", "request", "sku", "product", "turns", "tags", "note", "checks")
_COUNTS = ("min_words", "max_words", "min_characters", "max_characters", "unsupported_before")
_LISTS = ("must_not_mention", "slots_used")
_LOCK, _PATIENCE = ".cases.lock", 30.0
_OR, _AND = re.compile(r"[|｜]"), re.compile(r"[;；\n]")


@dataclass(frozen=True, slots=True)
class Checks:
    """What is asked of every text of a case, beside that nothing in it is unsupported.

    Of each group of ``must_mention_any`` one wording must occur. Words are counted in English, characters in Chinese,
    in the text as shown. ``unsupported_before`` bounds the claims that the check had to take out of the model's text.
    """

    must_mention_any: tuple[tuple[str, ...], ...] = ()
    must_not_mention: tuple[str, ...] = ()
    min_words: int | None = None
    max_words: int | None = None
    min_characters: int | None = None
    max_characters: int | None = None
    language: ReplyLanguage | None = None
    slots_used: tuple[str, ...] = ()
    unsupported_before: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """What is stated, as a case file has it."""
        out: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if value not in (None, ()):
                out[one.name] = (
                    [list(v) if isinstance(v, tuple) else v for v in value] if isinstance(value, tuple) else value
                )
        return out


@dataclass(frozen=True, slots=True)
class PromptCase:
    """One case: a ``request`` about the product of a SKU or record, or ``turns`` said to the whole assistant.

    A request without product is a conversation of one turn. Of a conversation, the recommendation of the last turn is
    checked.
    """

    id: str
    language: ReplyLanguage
    request: str = ""
    sku: str | None = None
    product: Product | None = None
    turns: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    note: str = ""
    checks: Checks = Checks()

    @property
    def conversation(self) -> tuple[str, ...]:
        """What is said to the assistant; empty where the product is given."""
        return self.turns or (() if self.sku or self.product else (self.request,))

    @property
    def digest(self) -> str:
        """A hash of all that a result depends on."""
        told = {k: v for k, v in self.to_dict().items() if k not in ("tags", "note")}
        return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        """The line of a case file."""
        out: dict[str, Any] = {"id": self.id, "language": self.language}
        out |= {"sku": self.sku} if self.sku else {}
        out |= {"product": self.product.to_dict()} if self.product else {}
        out |= {"request": self.request} if self.request else {}
        out |= {"turns": list(self.turns)} if self.turns else {}
        out |= {"tags": list(self.tags)} if self.tags else {}
        out |= {"note": self.note} if self.note else {}
        return {**out, "checks": self.checks.to_dict()}


def case_files(task: str, folders: Sequence[Path]) -> tuple[Path, ...]:
    """The files with cases for a task: ``cases/blurb.jsonl`` holds those of ``blurb.en`` and ``blurb.zh``."""
    names = dict.fromkeys((task.rpartition(".")[0] or task, task))
    return tuple(p for folder in folders for name in names if (p := folder / CASES / f"{name}.jsonl").is_file())


def read_cases(paths: Sequence[Path], *, languages: Sequence[str] = ("en", "zh")) -> tuple[PromptCase, ...]:
    """The cases of files, in order; one in a later file takes the place of that with the same id before.

    Raises:
        PromptError: a file cannot be read, or one of its lines is no case.
    """
    found: dict[str, PromptCase] = {}
    for path in paths:
        try:
            data = read_lines(path, parse_case, wanted=_WANTED)
        except TrainingError as error:
            raise PromptError(str(error)) from error
        if data.problems:
            raise PromptError(f"{path} has {len(data.problems)} bad cases: {'; '.join(data.problems[:3])}")
        ids = [c.id for c in data.lines]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise PromptError(f"{path}: ids stand there twice: {', '.join(twice[:5])}")
        found |= {c.id: c for c in data.lines}
    return tuple(c for c in found.values() if c.language in languages)


def parse_case(record: Mapping[str, Any]) -> PromptCase:
    """A case of its JSON object.

    Raises:
        ValueError: it is no case; the message says why.
    """
    _only(record, _KEYS, "a case")
    language = record.get("language")
    if language not in ("en", "zh"):
        raise ValueError(f"'language' must be en or zh, got {language!r}")
    turns = _texts(record, "turns")
    request = text_of(record, "request") if not turns else ""
    if turns and any(record.get(k) is not None for k in ("request", "sku", "product")):
        raise ValueError("'turns' stand alone: the assistant finds the product itself")
    sku, product = record.get("sku"), record.get("product")
    if sku is not None and (not isinstance(sku, str) or not sku or product is not None):
        raise ValueError("'sku' must be a text, and stands alone or not at all beside 'product'")
    try:
        parsed = None if product is None else parse_row(product)
    except CatalogError as error:
        raise ValueError(f"'product': {error}") from error
    note = record.get("note") or ""
    if not isinstance(note, str):
        raise ValueError(f"'note' must be a text, got {note!r}")
    checks = _checks(record.get("checks", {}))
    return PromptCase(
        text_of(record, "id"), language, request, sku, parsed, turns, _texts(record, "tags"), note, checks
    )


def read_case_table(path: Path) -> tuple[PromptCase, ...]:
    """The cases of a CSV file; see :func:`parse_case_table`.

    Raises:
        PromptError: the file cannot be read, or a row is no case; the first bad rows are named.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PromptError(f"{path} cannot be read: {error.strerror or error}") from error
    cases, bad = parse_case_table(raw)
    if bad or not cases:
        told = [f"line {line}: {why}" for line, why in bad[:5]]
        raise PromptError(f"{path}: {'; '.join(told) or 'it holds no case'}; nothing was imported")
    return cases


def parse_case_table(raw: bytes) -> tuple[tuple[PromptCase, ...], tuple[tuple[int, str], ...]]:
    """The cases of a CSV table, and its bad rows: their lines, and why they are no cases.

    A column per key and check, ``|`` between wordings, ``;`` between groups of them. UTF-8 or GB18030, comma, semicolon
    or tab. ``turns`` are separated by line breaks or ``|``, ``tags`` by ``|``.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", "replace")
    head = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    cases: list[PromptCase] = []
    bad: list[tuple[int, str]] = []
    seen: set[str] = set()
    try:
        for row in rows:
            try:
                if None in row:
                    raise ValueError("it has more cells than the header")
                case = parse_case(_from_cells(row))
                if case.id in seen:
                    raise ValueError(f"the id {case.id!r} stands there twice")
                seen.add(case.id)
                cases.append(case)
            except ValueError as error:
                bad.append((rows.line_num, str(error)))
    except csv.Error as error:
        bad.append((rows.line_num, f"not CSV: {error}"))
    return tuple(cases), tuple(bad)


def add_cases(path: Path, cases: Sequence[PromptCase]) -> int:
    """Write cases behind those of a file, which is made where it is missing; returns how many it holds then.

    Raises:
        PromptError: an id is there already, the file cannot be read or written, or somebody else keeps writing it.
    """
    with alone(path):
        known = read_cases([path]) if path.exists() else ()
        ids = [c.id for c in (*known, *cases)]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise PromptError(f"{path}: ids stand there already, or come twice: {', '.join(twice[:5])}")
        old = path.read_text(encoding="utf-8").rstrip("\n") + "\n" if known else ""
        new = "".join(json.dumps(c.to_dict(), ensure_ascii=False) + "\n" for c in cases)
        replace_file(path, old + new)
    return len(ids)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One writer at a time, across processes, for all that is read and written of a folder of cases."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.parent / _LOCK, timeout=_PATIENCE):
            yield
    except Timeout as error:
        raise PromptError(f"{path} is being changed by somebody else; try again") from error
    except OSError as error:
        raise PromptError(f"{path} cannot be written: {error.strerror or error}") from error


def replace_file(path: Path, text: str) -> None:
    """Put a whole file in the place of another; a reader finds the one or the other."""
    partial = path.with_name(f"{path.name}.{secrets.token_hex(6)}.partial")
    try:
        with partial.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _from_cells(row: Mapping[str, str | None]) -> dict[str, Any]:
    """A row as the object of a case file; empty cells say nothing."""
    record: dict[str, Any] = {}
    checks: dict[str, Any] = {}
    for name, cell in row.items():
        key, value = (name or "").strip().lower(), (cell or "").strip()
        if not value:
            continue
        if key == "turns":
            record[key] = [t.strip() for t in re.split(r"[|｜\n]", value) if t.strip()]
        elif key == "tags":
            record[key] = _split(_OR, value)
        elif key == "must_mention_any":
            checks[key] = [_split(_OR, group) for group in _split(_AND, value)]
        elif key in _LISTS:
            checks[key] = _split(_OR, value)
        elif key in _COUNTS:
            if not value.isdecimal():
                raise ValueError(f"'{key}' must be a whole number, got {value!r}")
            checks[key] = int(value)
        else:
            record[key] = json.loads(value) if key == "product" else value
    return {**record, "checks": checks}


def _split(pattern: re.Pattern[str], text: str) -> list[str]:
    return [part.strip() for part in pattern.split(text) if part.strip()]


def _checks(data: Any) -> Checks:
    if not isinstance(data, dict):
        raise ValueError(f"'checks' must be an object, got {data!r}")
    _only(data, tuple(f.name for f in fields(Checks)), "'checks'")
    groups = data.get("must_mention_any", [])
    if not isinstance(groups, list):
        raise ValueError("'must_mention_any' must be a list of lists of wordings")
    mention = tuple(
        (g,) if isinstance(g, str) and g.strip() else _texts({"must_mention_any": g}, "must_mention_any")
        for g in groups
    )
    if not all(mention):
        raise ValueError("'must_mention_any' has a group without a wording")
    counts = {name: data.get(name) for name in _COUNTS}
    for name, value in counts.items():
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise ValueError(f"'{name}' must be a whole number, got {value!r}")
    for kind in ("words", "characters"):
        low, high = counts[f"min_{kind}"], counts[f"max_{kind}"]
        if low is not None and high is not None and low > high:
            raise ValueError(f"'min_{kind}' is above 'max_{kind}'")
    if data.get("language") not in (None, "en", "zh"):
        raise ValueError(f"'checks.language' must be en or zh, got {data['language']!r}")
    return Checks(
        mention,
        _texts(data, "must_not_mention"),
        language=cast(ReplyLanguage | None, data.get("language")),
        slots_used=_texts(data, "slots_used"),
        **counts,
    )


def _texts(record: Mapping[str, Any], field: str) -> tuple[str, ...]:
    value = record.get(field)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        raise ValueError(f"'{field}' must be a list of texts, got {value!r}")
    return tuple(value)


def _only(record: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    if unknown := [k for k in record if k not in known]:
        raise ValueError(f"{what} has no {', '.join(map(repr, unknown[:3]))}; known are {', '.join(known)}")
