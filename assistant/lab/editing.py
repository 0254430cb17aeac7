"""A draft of a prompt: checked while it is written, shown as the model will get it, compared, and signed when saved.

Knows the file format's errors and their lines. Does not write files.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import yaml

from assistant.errors import PromptError
from assistant.generation.prompts import Prompt, parse_prompt
from assistant.lab.told import Told, told_of

LineKind: TypeAlias = Literal["same", "added", "removed", "gap"]

MOST_CHARACTERS = 40_000
"""Of a draft; a prompt is a page of text, and models read less."""

_DRAFT = "draft"
_CONTEXT = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a draft, and on which line."""

    line: int
    told: Told


@dataclass(frozen=True, slots=True)
class Draft:
    """A text and what it is: a prompt, or a problem."""

    text: str
    prompt: Prompt | None
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What the model gets of a draft for a product and a request; ``tokens`` is ``None`` where nobody can count."""

    text: str
    lead: str
    values: Mapping[str, str]
    slots: Mapping[str, str]
    tokens: int | None
    answer_tokens: int


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a comparison with its numbers before and after; a ``gap`` stands for equal lines left out."""

    kind: LineKind
    text: str
    before: int | None = None
    after: int | None = None


def check_draft(task: str, text: str) -> Draft:
    """Read a text as a version of a task."""
    if len(text) > MOST_CHARACTERS:
        return Draft(text, None, Problem(1, Told("too_long", {"n": str(len(text)), "bound": str(MOST_CHARACTERS)})))
    path = Path(task) / f"{_DRAFT}.yaml"
    try:
        return Draft(text, parse_prompt(text.encode("utf-8", "replace"), path), None)
    except PromptError as error:
        return Draft(text, None, _problem(str(error), path))


def problem_of(error: PromptError, task: str) -> Problem:
    """The problem of an error about a draft."""
    return _problem(str(error), Path(task) / f"{_DRAFT}.yaml")


def compare(old: str, new: str) -> tuple[DiffLine, ...]:
    """The lines that differ, with a little of what stands around them."""
    before, after = old.splitlines(), new.splitlines()
    out: list[DiffLine] = []
    groups = list(difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(_CONTEXT))
    for number, group in enumerate(groups):
        if number:
            out.append(DiffLine("gap", ""))
        for what, i1, i2, j1, j2 in group:
            if what == "equal":
                out += [DiffLine("same", before[i], i + 1, j1 + i - i1 + 1) for i in range(i1, i2)]
                continue
            out += [DiffLine("removed", before[i], i + 1) for i in range(i1, i2)]
            out += [DiffLine("added", after[j], None, j + 1) for j in range(j1, j2)]
    return tuple(out)


def signed(text: str, *, author: str, note: str) -> str:
    """The text with its author and note in the file, whoever and whatever it named before.

    Raises:
        PromptError: the text is no mapping with a key a line.
    """
    for key, value in (("author", author), ("note", note)):
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if not isinstance(root, yaml.MappingNode) or root.flow_style:
            raise PromptError("wanted keys and values")
        lines = text.splitlines()
        starts = sorted(k.start_mark.line for k, _ in root.value)
        at = next((k.start_mark.line for k, _ in root.value if k.value == key), None)
        written = [f"{key}: {json.dumps(value, ensure_ascii=False)}"] if value else []
        if at is None:
            # Behind the author, where people look for it.
            after = next((k.start_mark.line for k, _ in root.value if k.value == "author"), starts[0])
            at = next((s for s in starts if s > after), len(lines))
            lines[at:at] = written
        else:
            end = next((s for s in starts if s > at), len(lines))
            # A comment or an empty line before the next key is not part of the value.
            while end - 1 > at and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
                end -= 1
            lines[at:end] = written
        text = "\n".join(lines) + "\n"
    return text


def _problem(message: str, path: Path) -> Problem:
    rest = message.removeprefix(str(path))
    found = re.match(r"(?:, line (\d+))?: (.*)", rest, re.DOTALL)
    line, what = (found[1], found[2]) if found else (None, message)
    return Problem(int(line or 1), told_of(what))
