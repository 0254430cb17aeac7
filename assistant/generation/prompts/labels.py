"""Labels that move, the history of their moves, and versions that do not change once they are named.

    labels.yaml             label → task → version
    labels.history.jsonl    every move: when, who, from, to, why; only ever added to
    versions.lock           task → version → hash of what the version said when it was first labelled

Knows these files of one folder, and writes them so that a reader never finds half of one. Does not know whether a
version is good enough to be labelled.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import yaml
from filelock import FileLock, Timeout

from assistant.errors import PromptError
from assistant.generation.prompts.lines import read_yaml
from assistant.generation.prompts.prompt import Prompt
from assistant.generation.prompts.reading import NAME, parse_prompt

LABELS, HISTORY, LOCK = "labels.yaml", "labels.history.jsonl", "versions.lock"
_LABELS_HEAD = "# Which version of each task a label means. Moved by `assistant prompts promote` and `rollback`."
_LOCK_HEAD = "# What each version said when it was first labelled. Versions do not change: save an edit as a new one."
_MOVED = ("at", "who", "move", "task", "label", "from", "to")
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Move:
    """One move of a label. ``before`` and ``after`` are versions, ``None`` where this folder says nothing itself.

    ``forced`` is why the gates did not count; ``evidence`` what they saw.
    """

    at: str
    who: str
    kind: Literal["promote", "rollback"]
    task: str
    label: str
    before: str | None
    after: str | None
    why: str = ""
    forced: str | None = None
    evidence: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The line of the history."""
        return {
            "at": self.at,
            "who": self.who,
            "move": self.kind,
            "task": self.task,
            "label": self.label,
            "from": self.before,
            "to": self.after,
            "why": self.why,
            "forced": self.forced,
            "evidence": None if self.evidence is None else dict(self.evidence),
        }


def move_label(
    folder: Path,
    prompt: Prompt,
    *,
    label: str,
    who: str,
    why: str = "",
    forced: str | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> Move:
    """Let a label of a folder point at a version, lock that version, and note the move.

    Raises:
        PromptError: the label cannot be called so, or the files cannot be read or written.
    """
    if not NAME.fullmatch(label):
        raise PromptError(f"a label may hold letters, digits, '.', '-' and '_' only, got '{label}'")
    with _alone(folder):
        labels = read_labels(folder)
        before = labels.get(label, {}).get(prompt.task)
        move = Move(_now(), who, "promote", prompt.task, label, before, prompt.version, why, forced, evidence)
        _lock(folder, prompt)
        _carry_out(folder, labels, move)
    return move


def roll_back(folder: Path, task: str, *, label: str, who: str, why: str = "") -> Move:
    """Let a label mean again what it meant before its last move that was not taken back yet.

    Where that was the shipped version, the folder's own label goes.

    Raises:
        PromptError: there is no such move, or labels.yaml was edited by hand after it.
    """
    with _alone(folder):
        labels = read_labels(folder)
        now = labels.get(label, {}).get(task)
        trail = _trail(read_history(folder, task=task, label=label))
        if len(trail) < 2:
            raise PromptError(f"nothing to take back: {folder / HISTORY} has no move of {label} for {task}")
        if trail[-1] != now:
            raise PromptError(
                f"{folder / LABELS} says {now or 'nothing'} of {task}, its history {trail[-1] or 'nothing'}: "
                "it was edited by hand; promote the version you want instead"
            )
        move = Move(_now(), who, "rollback", task, label, now, trail[-2], why)
        _carry_out(folder, labels, move)
    return move


def save_version(
    folder: Path, task: str, text: str, *, taken: Collection[str] = (), version: str | None = None
) -> Prompt:
    """Write a new version into a folder and lock it; an existing one is never overwritten.

    Args:
        folder: the overlay.
        task: such as ``blurb.en``.
        text: the whole file.
        taken: versions that exist, also elsewhere.
        version: its name; without one the next free ``own-1``, ``own-2`` …, which no later release will ship.

    Raises:
        PromptError: the text is no prompt, the name is taken or cannot be used.
    """
    raw = text.encode("utf-8")
    with _alone(folder):
        place = folder / task
        used = {*taken, *(p.stem for p in place.glob("*.yaml"))}
        name = version or next(n for i in range(1, len(used) + 2) if (n := f"own-{i}") not in used)
        if name in used:
            raise PromptError(f"{task}/{name} exists; versions do not change: choose another name")
        prompt = parse_prompt(raw, place / f"{name}.yaml")
        place.mkdir(exist_ok=True)
        _replace(prompt.path, raw)
        _lock(folder, prompt)
    return prompt


def read_labels(folder: Path) -> dict[str, dict[str, str]]:
    """Label → task → version of a folder; empty where it has no labels.

    Raises:
        PromptError: the file is malformed.
    """
    return _table(folder / LABELS, "task: version")


def read_lock(folder: Path) -> dict[str, dict[str, str]]:
    """Task → version → hash of a folder; empty where nothing is locked.

    Raises:
        PromptError: the file is malformed.
    """
    return _table(folder / LOCK, "version: hash")


def read_history(folder: Path, *, task: str | None = None, label: str | None = None) -> tuple[Move, ...]:
    """The moves of a folder's labels, oldest first.

    Raises:
        PromptError: a line is no move.
    """
    path = folder / HISTORY
    if not path.exists():
        return ()
    moves = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
            if data["move"] not in ("promote", "rollback"):
                raise ValueError(f"'move' must be promote or rollback, got {data['move']!r}")
            at, who, kind, about, moved, before, after = (data[k] for k in _MOVED)
            more = (data.get("why", ""), data.get("forced"), data.get("evidence"))
            moves.append(Move(at, who, kind, about, moved, before, after, *more))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PromptError(f"{path}, line {number}: not a move of a label: {error}") from error
    return tuple(m for m in moves if task in (None, m.task) and label in (None, m.label))


def _trail(moves: tuple[Move, ...]) -> list[str | None]:
    """What a label meant, oldest first, without what was taken back."""
    trail: list[str | None] = []
    for move in moves:
        if move.kind == "rollback":
            del trail[-1:]
            continue
        if not trail or trail[-1] != move.before:
            trail.append(move.before)
        trail.append(move.after)
    return trail


def _carry_out(folder: Path, labels: dict[str, dict[str, str]], move: Move) -> None:
    tasks = labels.setdefault(move.label, {})
    if move.after is None:
        tasks.pop(move.task, None)
    else:
        tasks[move.task] = move.after
    _replace(folder / LABELS, _dumped(_LABELS_HEAD, {k: v for k, v in labels.items() if v}))
    # After the label: a move that is told but was not made could not be taken back.
    with (folder / HISTORY).open("a", encoding="utf-8") as file:
        file.write(json.dumps(move.to_dict(), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _lock(folder: Path, prompt: Prompt) -> None:
    """Note what a version says, in the folder it is in; one that another folder holds is locked there."""
    if prompt.path.parent.parent.resolve() != folder.resolve():
        return
    lock = read_lock(folder)
    if prompt.version in lock.get(prompt.task, {}):
        return
    lock.setdefault(prompt.task, {})[prompt.version] = prompt.digest
    _replace(folder / LOCK, _dumped(_LOCK_HEAD, lock))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One writer at a time, across processes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".labels.lock", timeout=_PATIENCE):
            yield
    except Timeout as error:
        raise PromptError(f"{folder} is being changed by somebody else; try again") from error
    except OSError as error:
        raise PromptError(f"the prompt folder {folder} cannot be written: {error.strerror or error}") from error


def _table(path: Path, wanted: str) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    _, lines = read_yaml(path)
    out: dict[str, dict[str, str]] = {}
    for key, row in lines.data.items():
        if not isinstance(row, dict) or not all(
            isinstance(v, str | int) and not isinstance(v, bool) for v in row.values()
        ):
            raise lines.wrong(str(key), f"wanted `{wanted}` pairs, got {row!r}")
        out[str(key)] = {str(name): str(value) for name, value in row.items()}
    return out


def _dumped(head: str, table: Mapping[str, Mapping[str, str]]) -> bytes:
    plain = {key: {k: int(v) if v == str(_number(v)) else v for k, v in row.items()} for key, row in table.items()}
    return f"{head}\n{yaml.safe_dump(plain, allow_unicode=True, sort_keys=False) if plain else ''}".encode()


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None


def _replace(path: Path, raw: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
