"""Train the intent classifier again with what agents corrected, and promote it only if no language suffers.

Old and new read the same held-out texts. Of the texts of a language that only one of them reads rightly, as many should
be the new one's as the old one's if neither is better; the new one is worse beyond chance where so few are its own that
a fair coin would give as few in less than one of twenty tries (the exact one-sided sign test of paired answers,
:func:`assistant.metrics.sign_test`). Each language is tested by itself, without any allowance for testing several: a
promotion is refused a little too often rather than too seldom.

Both are read in torch, in the same number format: what compiling loses is no difference between them.

Knows files of labelled texts, two classifiers and the decision. Does not know where corrections come from, nor how a
classifier is trained: that is handed in.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from filelock import FileLock, Timeout

from assistant.errors import TrainingError
from assistant.labelled.scoring import decided
from assistant.labelled.utterances import Utterance, normalised, read_utterances, training_files
from assistant.metrics import sign_test
from assistant.training.intent import IntentOptions, train_intent
from assistant.understanding.artifact import RECIPE
from assistant.understanding.intent import SHIPPED, EncoderIntentClassifier, IntentClassifier
from assistant.understanding.versions import ClassifierShelf
from assistant.weights import Progress

DATA = SHIPPED.parent / "data"
"""The shipped training, validation and test lines."""

CHANCE = 0.05
"""A language got worse beyond chance where the sign test gives less."""

REPORT = "last-report.json"
"""What the last run found, in the shelf's folder, whether it was promoted or not."""

_MADE, _CORRECTIONS, _SCRATCH, _BUSY = "training", "train.agents.jsonl", ".corrections-", ".training.lock"

Fit: TypeAlias = Callable[[Sequence[Path], Path], IntentClassifier]
"""Trains with these files into a folder and returns the classifier; an interrupted run may go on there."""


@dataclass(frozen=True, slots=True)
class LanguageChange:
    """How one language fared on the held-out texts. ``better`` and ``worse`` count those that only the new, only the
    old classifier reads rightly; ``chance`` is how likely so few better ones are where neither is better."""

    language: str
    texts: int
    before: float
    after: float
    better: int
    worse: int
    chance: float

    @property
    def suffers(self) -> bool:
        """Whether the new classifier is worse beyond chance."""
        return self.worse > self.better and self.chance < CHANCE


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the new classifier is to be used, and why not. ``corrections`` many texts were corrected, of which the
    old classifier reads ``read_before`` as the agents do, the new one, which saw them in training, ``read_after``."""

    languages: tuple[LanguageChange, ...]
    corrections: int
    read_before: int
    read_after: int
    promoted: bool
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return asdict(self)


def decide(
    tests: Sequence[Utterance],
    corrections: Sequence[Utterance],
    old: IntentClassifier,
    new: IntentClassifier,
) -> Decision:
    """Compare two classifiers on held-out texts by language, and on what was corrected."""
    read = [decided(tests, c.predict([u.text for u in tests])) for c in (old, new)]
    languages = []
    for language in sorted({u.language or "unknown" for u in tests}):
        rows = [i for i, u in enumerate(tests) if (u.language or "unknown") == language]
        before, after = ([answers[i] == tests[i].label for i in rows] for answers in read)
        better = sum(a and not b for a, b in zip(after, before, strict=True))
        worse = sum(b and not a for a, b in zip(after, before, strict=True))
        was, now = (round(sum(right) / len(rows), 4) for right in (before, after))
        chance = round(sign_test(better, worse), 4)
        languages.append(LanguageChange(language, len(rows), was, now, better, worse, chance))
    texts = [u.text for u in corrections]
    known = [sum(p.intent == u.label for p, u in zip(c.predict(texts), corrections, strict=True)) for c in (old, new)]
    suffering = [change for change in languages if change.suffers]
    reason = ""
    if suffering:
        told = "; ".join(
            f"{c.language}: {100 * c.before:.1f} % before, {100 * c.after:.1f} % after "
            f"({c.worse} texts lost, {c.better} won, by chance in {100 * c.chance:.1f} of 100 cases)"
            for c in suffering
        )
        reason = f"it reads held-out texts worse beyond chance in {told}"
    elif known[1] <= known[0]:
        reason = (
            f"it gains nothing: of {len(texts)} corrected texts the classifier in use reads {known[0]} as the agents "
            f"do, the new one {known[1]}"
        )
    return Decision(tuple(languages), len(texts), known[0], known[1], not reason, reason)


def train_feedback(
    lines: Iterable[Mapping[str, Any]],
    shelf: ClassifierShelf,
    *,
    old: Callable[[], IntentClassifier],
    fit: Fit,
    train: Path | Sequence[Path] = DATA,
    test: Path = DATA / "test.jsonl",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> dict[str, Any]:
    """Train with the corrections added, compare, and promote where nothing suffers.

    A correction that is also a test text is not trained on; where a text is labelled otherwise in the shipped lines,
    the agents' label counts. The shoppers' words are deleted from this machine's training folder afterwards.

    Args:
        lines: ``{"text", "intent", "lang"}``, oldest first.
        shelf: where versions are kept and which is in use.
        old: loads the classifier in use.
        fit: trains.
        train: the lines to add the corrections to.
        test: held-out lines, only ever measured on.
        now: what time it is; the version is named by it.

    Returns:
        The decision as JSON, with ``version`` and ``folder`` where it was promoted and ``left_out`` corrections.

    Raises:
        TrainingError: there is nothing to learn from, or a correction names an intent the training lines do not have.
    """
    files = training_files(train)
    tests = read_utterances(training_files(test)).lines
    given = [Utterance(str(line["text"]), str(line["intent"]), line.get("lang")) for line in lines]
    held = {normalised(u.text) for u in tests}
    # The newest of several spellings of one text, for the first line of a text is the one that is trained on.
    corrections = [*{normalised(u.text): u for u in given if normalised(u.text) not in held}.values()]
    if not corrections:
        left = f"; all {len(given)} are test texts" if given else ""
        raise TrainingError(f"no intent was corrected yet{left}; agents correct intents in the console")
    known = set(read_utterances(files).labels)
    if unknown := sorted({u.label for u in corrections} - known):
        raise TrainingError(f"corrections name intents that no training line has: {', '.join(unknown[:5])}")
    shelf.folder.mkdir(parents=True, exist_ok=True)
    try:
        # Two trainings in one folder would mix; the second is told at once.
        with FileLock(shelf.folder / _BUSY, timeout=0):
            report = _train(corrections, shelf, old, fit, files, tests, now)
    except Timeout as error:
        raise TrainingError(f"a training with corrections is under way in {shelf.folder}; wait for its end") from error
    report["left_out"] = len(given) - len(corrections)
    _replace(shelf.folder / REPORT, json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    return report


def _train(
    corrections: Sequence[Utterance],
    shelf: ClassifierShelf,
    old: Callable[[], IntentClassifier],
    fit: Fit,
    files: Sequence[Path],
    tests: Sequence[Utterance],
    now: Callable[[], datetime],
) -> dict[str, Any]:
    # What a run that was killed left behind holds shoppers' words.
    for stale in shelf.folder.glob(f"{_SCRATCH}*"):
        shutil.rmtree(stale, ignore_errors=True)
    made = shelf.folder / _MADE
    made.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=shelf.folder, prefix=_SCRATCH) as scratch:
        added = Path(scratch) / _CORRECTIONS
        told = ({"text": u.text, "intent": u.label, "lang": u.language} for u in corrections)
        added.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in told), encoding="utf-8")
        new = fit([added, *files], made)
    decision = decide(tests, corrections, old(), new)
    report = decision.to_dict()
    if decision.promoted:
        name = now().astimezone(UTC).strftime("%Y%m%d-%H%M%S")
        (made / REPORT).write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        report |= {"version": name, "folder": str(shelf.promote(made, name))}
    else:
        shutil.rmtree(made, ignore_errors=True)
    return report


def shipped_recipe(folder: Path = SHIPPED) -> tuple[IntentOptions, str]:
    """How the shipped classifier was trained: its options, and its encoder.

    Raises:
        TrainingError: its recipe cannot be read.
    """
    try:
        recipe = json.loads((folder / RECIPE).read_text(encoding="utf-8"))
        options: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in recipe["options"].items()}
        return IntentOptions(**options), str(recipe["encoder"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"the recipe of the classifier in {folder} cannot be read: {error}") from error


def fit_as_shipped(
    *,
    cache: Path,
    device: str = "auto",
    offline: bool = False,
    encoder: str | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Training by the shipped recipe, validation lines included; ``encoder`` is used instead of the recipe's."""
    options, named = shipped_recipe()
    chosen = encoder or named

    def fit(files: Sequence[Path], output: Path) -> IntentClassifier:
        train_intent(
            files,
            DATA / "test.jsonl",
            output,
            validation=DATA / "validation.jsonl",
            options=options,
            encoder=chosen,
            cache=cache,
            offline=offline,
            device=device,
            command="assistant train intent --feedback",
            progress=progress,
        )
        return EncoderIntentClassifier.load(output, chosen, cache=cache, device=device, offline=offline)

    return fit


def _replace(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)
