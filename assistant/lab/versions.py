"""Versions of a task: what there is, who saved it and why, and the labels that say which is in use.

A label moves only if the gates of ``assistant prompts promote`` stand on results that were really made, or with a
reason that is kept. Knows files of prompts and results; runs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.errors import PromptError, StoreError
from assistant.evaluation.prompt_gates import Judgement, read_gates
from assistant.evaluation.prompt_results import read_results
from assistant.evaluation.prompt_runs import NOBODY, Pair, judge_pair, known_results, pairs_of
from assistant.evaluation.prompt_suite import SEED, plan
from assistant.generation.prompts import (
    DEFAULT_LABEL,
    Move,
    Prompt,
    PromptBook,
    move_label,
    read_history,
    roll_back,
    save_version,
)
from assistant.lab.bench import Bench
from assistant.lab.editing import Draft, Problem, check_draft, problem_of, signed
from assistant.store.trials import TrialStore

LABELS = (DEFAULT_LABEL, "staging")
"""The labels that the lab offers; any other can be set by the command line."""

RUNS_OF_A_CASE = 3
"""How often a case is run where chance has a part, as `assistant prompts promote` asks for."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version as a list shows it. ``in_use`` says that the shop writes with it."""

    prompt: Prompt
    labels: tuple[str, ...]
    in_use: bool
    shipped: bool

    @property
    def name(self) -> str:
        """Of the version, without its task."""
        return self.prompt.version


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gates of a label say of a version. ``missing`` of ``total`` runs were not made yet.

    ``already`` says that the label means this version; ``free`` that it has no gates.
    """

    task: str
    version: str
    label: str
    baseline: str | None
    judged: tuple[Judgement, ...] = ()
    missing: int = 0
    total: int = 0
    already: bool = False
    free: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the label may move."""
        return not self.already and (self.free or (not self.missing and all(j.stands for j in self.judged)))


class Versions:
    """The versions of one lab."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._trials = TrialStore(bench.database)

    def all(self, task: str) -> tuple[Version, ...]:
        """Every version of a task, by name.

        Raises:
            PromptError: the prompts cannot be read.
        """
        book = self._bench.book()
        used = self._in_use(book, task)
        return tuple(
            Version(p, book.labels_of(p), p.version == used, p.path.is_relative_to(self._bench.shipped))
            for p in book.versions(task)
        )

    def find(self, task: str, version: str) -> Prompt:
        """A version by its name or label.

        Raises:
            PromptError: there is none.
        """
        return self._bench.book().find(f"{task}@{version}", usual=self._bench.usual)

    def text(self, task: str, version: str) -> str:
        """The file of a version.

        Raises:
            PromptError: there is none.
        """
        return self.find(task, version).path.read_text(encoding="utf-8-sig")

    def save(self, task: str, text: str, *, author: str, note: str) -> Prompt | Problem:
        """Save a draft as the next version, signed; what is wrong with it otherwise.

        Raises:
            PromptError: the folder cannot be written.
        """
        draft: Draft = check_draft(task, text)
        if draft.problem is not None:
            return draft.problem
        try:
            written = signed(text, author=author, note=note.strip())
        except PromptError as error:
            return problem_of(error, task)
        if (again := check_draft(task, written)).problem is not None:
            return again.problem
        taken = [p.version for p in self._bench.book().versions(task)]
        return save_version(self._bench.overlay, task, written, taken=taken)

    def history(self, task: str) -> tuple[Move, ...]:
        """The moves of the labels of a task, newest first.

        Raises:
            PromptError: the history cannot be read.
        """
        return tuple(reversed(read_history(self._bench.overlay, task=task)))

    def judge(self, task: str, version: str, label: str) -> Verdict:
        """What the gates say of a version on the results there are.

        Raises:
            PromptError: the version does not exist, or a file cannot be read.
        """
        return self._judge(task, version, label)[0]

    def move(self, task: str, version: str, label: str, *, who: str, why: str = "", forced: str = "") -> Verdict:
        """Let a label mean a version if its gates stand, or with a reason although they do not.

        Returns:
            The verdict; the label moved if it is allowed, or if a reason was given.

        Raises:
            PromptError: the version does not exist, or a file cannot be read or written.
            StoreError: a live split uses the label.
        """
        self._not_in_a_split(task, label)
        verdict, prompt, evidence = self._judge(task, version, label)
        overruled = forced.strip() or None
        if verdict.already or (not verdict.allowed and overruled is None):
            return verdict
        move_label(
            self._bench.overlay,
            prompt,
            label=label,
            who=who,
            why=why.strip(),
            forced=None if verdict.allowed else overruled,
            evidence=evidence,
        )
        return verdict

    def back(self, task: str, label: str, *, who: str, why: str = "") -> Move:
        """Let a label mean what it meant before.

        Raises:
            PromptError: there is nothing to go back to.
            StoreError: a live split uses the label.
        """
        self._not_in_a_split(task, label)
        return roll_back(self._bench.overlay, task, label=label, who=who, why=why.strip())

    def _not_in_a_split(self, task: str, label: str) -> None:
        """A split goes on with what its labels meant when it began; one that moved would be told under a wrong name."""
        trial = self._trials.current(task)
        if trial is not None and label in trial.arms:
            raise StoreError(f"the live split '{trial.name}' uses the label '{label}'; end it before the label moves")

    def _in_use(self, book: PromptBook, task: str) -> str | None:
        try:
            return book.get(task, usual=self._bench.usual.get(task)).version
        except PromptError:
            return None  # no label and no trained model names one

    def _judge(self, task: str, version: str, label: str) -> tuple[Verdict, Prompt, dict[str, object] | None]:
        book, usual = self._bench.book(), self._bench.usual
        prompt = book.find(f"{task}@{version}", usual=usual)
        try:
            against = book.find(f"{task}@{label}", usual=usual)
        except PromptError:
            against = None  # nothing bears the label yet
        verdict = Verdict(task, prompt.version, label, None if against is None else against.version)
        if against is not None and against.identity == prompt.identity and label in book.labels_of(prompt):
            return replace(verdict, already=True), prompt, None
        gates = read_gates(self._bench.folders, label)
        if gates is None:
            return replace(verdict, free=True), prompt, None
        pair: Pair = pairs_of(
            book, f"{task}@{prompt.version}", NOBODY if against is None else against.version, usual=usual
        )[0]
        runs = plan(self._bench.cases(task), pair.prompts, k=RUNS_OF_A_CASE, seed=SEED)
        path = self._bench.results_of(task)
        kept = read_results(path) if path.exists() else ()
        found, missing = known_results(kept, runs, model=self._bench.model)
        verdict = replace(verdict, missing=len(missing), total=len(runs))
        if missing or not runs:
            return verdict, prompt, None
        judged, evidence = judge_pair(gates, found, pair, k=RUNS_OF_A_CASE)
        return replace(verdict, judged=judged), prompt, evidence
