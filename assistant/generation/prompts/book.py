"""All versions of all prompts: the shipped folder, the overlay that wins over it, and the labels of both.

Knows which version a name means. Does not write files; see ``labels``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from assistant.errors import PromptError
from assistant.generation.prompts.labels import LABELS, read_labels, read_lock
from assistant.generation.prompts.prompt import Prompt
from assistant.generation.prompts.reading import read_prompt

DEFAULT_LABEL = "production"


class PromptBook:
    """All prompts of a folder and of the overlay that wins over it. Read once; reload by making a new book."""

    def __init__(
        self,
        prompts: Sequence[Prompt],
        labels: Mapping[str, Mapping[str, str]],
        edited: Collection[tuple[str, str]] = (),
    ) -> None:
        """``edited`` are the (label, task) pairs that somebody set in an overlay."""
        self._edited = frozenset(edited)
        self._prompts = {(p.task, p.version): p for p in prompts}
        self._labels = {label: dict(tasks) for label, tasks in labels.items()}

    @classmethod
    def load(cls, folder: Path, overlay: Path | None = None) -> PromptBook:
        """Read ``<task>/<version>.yaml`` and ``labels.yaml`` of both folders.

        Raises:
            PromptError: a file is malformed, a version has changed since it was labelled or means two different things,
                a label names a version that is not there, or the overlay is no folder.
        """
        if overlay is not None and not overlay.is_dir():
            raise PromptError(f"the prompt folder {overlay} does not exist; make it or leave ASSISTANT_PROMPTS unset")
        if overlay is not None and overlay.resolve() == folder.resolve():
            overlay = None  # whoever works on the shipped prompts themselves has no second set of them
        prompts: dict[tuple[str, str], Prompt] = {}
        labels: dict[str, dict[str, str]] = {}
        edited: set[tuple[str, str]] = set()
        for place in (folder, *([overlay] if overlay else [])):
            lock = read_lock(place)
            for path in sorted(place.glob("*/*.yaml")):
                prompt = read_prompt(path)
                key = prompt.task, prompt.version
                _unchanged(prompt, lock.get(prompt.task, {}).get(prompt.version), prompts.get(key))
                prompts[key] = prompt
            for label, tasks in read_labels(place).items():
                labels.setdefault(label, {}).update(tasks)
                if place == overlay:
                    edited |= {(label, task) for task in tasks}
        for label, tasks in labels.items():
            for task, version in tasks.items():
                if (task, version) not in prompts:
                    have = ", ".join(sorted(v for t, v in prompts if t == task)) or "none"
                    raise PromptError(
                        f"{LABELS}: {label} names {task}/{version}, which does not exist; there is {have}"
                    )
        return cls(list(prompts.values()), labels, edited)

    def tasks(self) -> tuple[str, ...]:
        """The names of all tasks."""
        return tuple(sorted({task for task, _ in self._prompts}))

    def versions(self, task: str) -> tuple[Prompt, ...]:
        """All versions of a task, by version name; numbers in them count as numbers."""
        return tuple(sorted((p for (t, _), p in self._prompts.items() if t == task), key=lambda p: _natural(p.version)))

    def labels_of(self, prompt: Prompt) -> tuple[str, ...]:
        """The labels that point at a version."""
        return tuple(label for label, tasks in self._labels.items() if tasks.get(prompt.task) == prompt.version)

    def is_edited(self, task: str, label: str = DEFAULT_LABEL) -> bool:
        """Whether somebody set the label in an overlay."""
        return (label, task) in self._edited

    def get(
        self, task: str, version: str | None = None, *, label: str = DEFAULT_LABEL, usual: str | None = None
    ) -> Prompt:
        """One version of a task; without ``version`` the one the label points at.

        ``usual`` is what stands in for the shipped label, such as the version a model was trained with; a label that
        somebody set in an overlay wins over it.

        Raises:
            PromptError: there is no such prompt.
        """
        if version is None and (label, task) not in self._edited:
            version = usual
        chosen = version if version is not None else self._labels.get(label, {}).get(task)
        if chosen is None:
            raise PromptError(
                f"{LABELS}: the label '{label}' names no version of {task}; add `{task}: <version>` to it"
            )
        try:
            return self._prompts[task, chosen]
        except KeyError:
            have = ", ".join(p.version for p in self.versions(task)) or "none"
            raise PromptError(f"there is no prompt {task}/{chosen}; there is {have}") from None

    def find(self, reference: str, *, usual: Mapping[str, str] | None = None) -> Prompt:
        """The version a person names: ``TASK``, ``TASK@VERSION``, ``TASK@LABEL`` or a trace's ``TASK/VERSION@HASH``.

        ``usual`` is task → the version that stands in for the shipped production label.

        Raises:
            PromptError: it names nothing, or a version that says something else by now.
        """
        task, _, rest = reference.partition("@")
        if "/" in task:
            task, _, version = task.partition("/")
            prompt = self._of(task, version)
            if rest and rest != prompt.digest:
                raise PromptError(f"{task}/{version} is @{prompt.digest} here, not @{rest}: another text was meant")
            return prompt
        return self._of(task, rest or DEFAULT_LABEL, usual)

    def _of(self, task: str, name: str, usual: Mapping[str, str] | None = None) -> Prompt:
        versions = self.versions(task)
        if not versions:
            raise PromptError(f"there is no task '{task}'; there is {', '.join(self.tasks()) or 'none'}")
        if (task, name) in self._prompts:
            return self._prompts[task, name]
        if task in self._labels.get(name, {}) or (name == DEFAULT_LABEL and task in (usual or {})):
            return self.get(task, label=name, usual=(usual or {}).get(task) if name == DEFAULT_LABEL else None)
        known = [p.version for p in versions] + [label for label, tasks in self._labels.items() if task in tasks]
        raise PromptError(f"{task} has no version or label '{name}'; there is {', '.join(known)}")

    def pinned(self, label: str, versions: Mapping[str, str]) -> PromptBook:
        """The same prompts, with one more label that nothing else stands in for.

        Raises:
            PromptError: one of the versions does not exist.
        """
        for task, version in versions.items():
            self.get(task, version)
        labels = {**self._labels, label: dict(versions)}
        return PromptBook(list(self._prompts.values()), labels, {*self._edited, *((label, task) for task in versions)})


def _unchanged(prompt: Prompt, locked: str | None, shipped: Prompt | None) -> None:
    """A version means one text for ever: traces and trained models name it.

    Raises:
        PromptError: its file has changed since it was locked, or the overlay has another one of the same name.
    """
    if locked is not None and locked != prompt.digest:
        raise PromptError(
            f"{prompt.path} has changed since it was labelled (it was @{locked}, it is @{prompt.digest}); "
            "versions do not change: take the edit back and save it as a new version"
        )
    if shipped is not None and shipped.digest != prompt.digest:
        raise PromptError(
            f"{prompt.path} says something else than the shipped {shipped.identity}; "
            "rename the file, such as own-1.yaml, and the version in its labels.yaml"
        )


def _natural(version: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in re.split(r"(\d+)", version) if p)
