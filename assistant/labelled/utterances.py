"""Labelled texts: read with every bad line named, divide into a training and a held-out part.

Knows ``{"text", "intent"}`` lines of any label set. Does not know what a label means, nor what is trained on them.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Utterance:
    """A text, its label, and its language where the file states it as ``lang``."""

    text: str
    label: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Utterances:
    """What was read, from which files, and why lines of them were left out."""

    lines: tuple[Utterance, ...]
    files: tuple[Path, ...]
    problems: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label that occurs, sorted."""
        return tuple(sorted({u.label for u in self.lines}))


def training_files(source: Path | Sequence[Path]) -> tuple[Path, ...]:
    """The files meant by a path: itself, every one of a list, or in a folder all ``train.*.jsonl``.

    Raises:
        TrainingError: a file is not there, or a folder holds none.
    """
    out: list[Path] = []
    for path in [source] if isinstance(source, Path) else source:
        if path.is_dir():
            found = sorted({*path.glob("train.jsonl"), *path.glob("train.*.jsonl")})
            if not found:
                raise TrainingError(f"the folder {path} holds no train.*.jsonl; name the training file itself")
            out.extend(found)
        elif path.is_file():
            out.append(path)
        else:
            raise TrainingError(f"there is no file {path}; give a JSONL file with the fields text and intent")
    if not out:
        raise TrainingError("no training file was given")
    return tuple(out)


def read_utterances(files: Sequence[Path]) -> Utterances:
    """Read labelled lines; a line that cannot be used is left out and named with its number and reason.

    Raises:
        TrainingError: a file cannot be read, or more of its lines are bad than good.
    """
    lines: list[Utterance] = []
    problems: list[str] = []
    for path in files:
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise TrainingError(f"{path} cannot be read: {error}") from error
        good, bad = [], []
        for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
            if not line.strip():
                continue
            try:
                good.append(_parse(line))
            except (ValueError, RecursionError) as error:
                bad.append(f"{path.name}:{number}: {error}")
        if len(bad) > len(good) or not good:
            shown = "; ".join(bad[:3]) or "it is empty"
            raise TrainingError(
                f'{path} has {len(bad)} bad of {len(bad) + len(good)} lines ({shown}); each must be {{"text": "…", '
                '"intent": "…"}'
            )
        lines.extend(good)
        problems.extend(bad)
    return Utterances(tuple(lines), tuple(files), tuple(problems))


def normalised(text: str) -> str:
    """The text by which two lines count as the same: case, width, outer space and final punctuation are ignored."""
    return unicodedata.normalize("NFKC", text).casefold().strip(" \t\r\n.!?。…~,，;；")


def without_repeats(train: Utterances, test: Sequence[Utterance]) -> Utterances:
    """The training lines that are not in the test set, each text once; texts with two labels keep the first."""
    forbidden = {normalised(u.text) for u in test}
    seen: dict[str, str] = {}
    kept: list[Utterance] = []
    leaked = repeated = 0
    problems = list(train.problems)
    for line in train.lines:
        key = normalised(line.text)
        if key in forbidden:
            leaked += 1
        elif key not in seen:
            seen[key] = line.label
            kept.append(line)
        elif seen[key] != line.label:
            problems.append(f"'{line.text[:60]}' is labelled {seen[key]} and {line.label}; the first is kept")
        else:
            repeated += 1
    if leaked:
        problems.append(f"{leaked} training lines are also in the test set and were left out")
    if repeated:
        problems.append(f"{repeated} training lines repeat another one and were left out")
    return Utterances(tuple(kept), train.files, tuple(problems))


def held_out(lines: Sequence[Utterance], share: float, seed: int) -> tuple[list[Utterance], list[Utterance]]:
    """(training part, held-out part): ``share`` of every label, at least one line of it where it has three or more.

    A share of 0 holds out nothing.
    """
    rng = np.random.default_rng(seed)
    chosen: set[int] = set()
    for label in sorted({u.label for u in lines}):
        rows = [i for i, u in enumerate(lines) if u.label == label]
        count = max(1, round(len(rows) * share)) if share and len(rows) >= 3 else 0
        chosen.update(int(i) for i in rng.permutation(rows)[:count])
    return [u for i, u in enumerate(lines) if i not in chosen], [lines[i] for i in sorted(chosen)]


def _parse(line: bytes) -> Utterance:
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg})") from error
    if not isinstance(record, dict):
        raise ValueError("not an object")
    text, label, language = record.get("text"), record.get("intent"), record.get("lang")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("'text' is missing or empty")
    if not isinstance(label, str) or not label.strip():
        raise ValueError("'intent' is missing or empty")
    return Utterance(text, label.strip(), language if isinstance(language, str) else None)
