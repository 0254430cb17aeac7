"""Prompts as data: one strict YAML file per version, a label that says which version is in use, an overlay for edits.

Knows the file format and rendering. Does not know what a prompt is for, nor any model.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

import yaml
from jinja2 import StrictUndefined, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from assistant.errors import PromptError

DEFAULT_LABEL = "production"
_LANGUAGES = ("en", "zh", "any")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_REQUIRED = ("description", "author", "language", "variables", "text", "decoding")
_OPTIONAL = ("lead", "defaults", "facts")
_DECODING = ("max_tokens", "stop", "temperature", "sentences")
_FACTS = ("form", "attributes", "characters")
_FORMS = ("prose", "record")


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a prompt wants to be continued."""

    max_tokens: int
    stop: tuple[str, ...] = ()
    temperature: float = 0.0
    sentences: int = 2
    """How many sentences of the model are taken at most."""


@dataclass(frozen=True, slots=True)
class FactsShape:
    """How much of a record the variable ``facts`` shows, and in which form.

    ``attributes`` are counted; ``characters`` are Latin ones, two fifths of that in Chinese text.
    """

    form: Literal["prose", "record"] = "prose"
    attributes: int = 3
    characters: int = 330


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version of one prompt. ``lead`` is the beginning of the answer: given to the model, kept in the reply."""

    task: str
    version: str
    language: str
    description: str
    author: str
    variables: tuple[str, ...]
    text: str
    decoding: Decoding
    lead: str
    digest: str
    path: Path
    defaults: Mapping[str, str] = field(default_factory=dict)
    """What variables hold that nothing else fills: style, length and the like."""
    facts: FactsShape = FactsShape()

    @property
    def identity(self) -> str:
        """``task/version@hash``: the hash is of the file's content, so that an edit is another prompt."""
        return f"{self.task}/{self.version}@{self.digest}"

    @property
    def prefix(self) -> str:
        """The part before the first variable, up to a line end: the same in every rendering."""
        head = re.split(r"\{[{%#]", self.text, maxsplit=1)[0]
        return head[: head.rfind("\n") + 1]

    def render(self, values: Mapping[str, str]) -> str:
        """The prompt with its variables put in, without the lead; what is not given comes from the defaults.

        Raises:
            PromptError: a declared variable is missing, or an undeclared one is given.
        """
        values = {**self.defaults, **values}
        missing = [v for v in self.variables if v not in values]
        extra = [v for v in values if v not in self.variables]
        if missing or extra:
            what = f"missing {', '.join(missing)}" if missing else f"not declared: {', '.join(extra)}"
            raise PromptError(
                f"{self.path}: variables {what}; the prompt declares {', '.join(self.variables) or 'none'}"
            )
        return self._filled(self.text, values)

    def render_lead(self, values: Mapping[str, str]) -> str:
        """The lead with its variables put in, without white space at its end."""
        return self._filled(self.lead, {**self.defaults, **values}).rstrip()

    def _filled(self, template: str, values: Mapping[str, str]) -> str:
        try:
            return _environment().from_string(template).render(dict(values))
        except TemplateError as error:
            raise PromptError(f"{self.path}: the text cannot be rendered: {error}") from error


def _environment() -> ImmutableSandboxedEnvironment:
    # Prompts are plain text for a model, not HTML: nothing is escaped, and what comes in was made harmless before.
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)


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
            PromptError: a file is malformed, a label names a version that is not there, or the overlay is no folder.
        """
        if overlay is not None and not overlay.is_dir():
            raise PromptError(f"the prompt folder {overlay} does not exist; make it or leave ASSISTANT_PROMPTS unset")
        prompts: dict[tuple[str, str], Prompt] = {}
        labels: dict[str, dict[str, str]] = {}
        edited: set[tuple[str, str]] = set()
        for place in (folder, *([overlay] if overlay else [])):
            for path in sorted(place.glob("*/*.yaml")):
                prompt = read_prompt(path)
                prompts[prompt.task, prompt.version] = prompt
            for label, tasks in _read_labels(place / "labels.yaml").items():
                labels.setdefault(label, {}).update(tasks)
                if place == overlay:
                    edited |= {(label, task) for task in tasks}
        for label, tasks in labels.items():
            for task, version in tasks.items():
                if (task, version) not in prompts:
                    have = ", ".join(sorted(v for t, v in prompts if t == task)) or "none"
                    raise PromptError(
                        f"labels.yaml: {label} names {task}/{version}, which does not exist; there is {have}"
                    )
        return cls(list(prompts.values()), labels, edited)

    def tasks(self) -> tuple[str, ...]:
        """The names of all tasks."""
        return tuple(sorted({task for task, _ in self._prompts}))

    def versions(self, task: str) -> tuple[Prompt, ...]:
        """All versions of a task, by version name."""
        return tuple(p for key, p in sorted(self._prompts.items()) if key[0] == task)

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
                f"labels.yaml: the label '{label}' names no version of {task}; add `{task}: <version>` to it"
            )
        try:
            return self._prompts[task, chosen]
        except KeyError:
            have = ", ".join(p.version for p in self.versions(task)) or "none"
            raise PromptError(f"there is no prompt {task}/{chosen}; there is {have}") from None


def read_prompt(path: Path) -> Prompt:
    """Read one prompt file; its folder is the task, its name the version.

    Raises:
        PromptError: with file and line, whatever is wrong with it.
    """
    raw, data, lines = _read_yaml(path)
    task, version = path.parent.name, path.stem
    if not _NAME.fullmatch(task) or not _NAME.fullmatch(version):
        raise PromptError(f"{path}: folder and file name may hold letters, digits, '.', '-' and '_' only")
    _keys(path, data, lines, _REQUIRED, _OPTIONAL)
    for key in ("description", "author", "language", "text", *(k for k in ("lead",) if k in data)):
        if not isinstance(data[key], str) or (key != "lead" and not data[key].strip()):
            raise _wrong(path, lines, key, f"wanted text, got {data[key]!r}")
    if data["language"] not in _LANGUAGES:
        raise _wrong(path, lines, "language", f"wanted one of {', '.join(_LANGUAGES)}, got {data['language']!r}")
    declared = data["variables"]
    if not isinstance(declared, list) or not all(isinstance(v, str) and v.isidentifier() for v in declared):
        raise _wrong(path, lines, "variables", f"wanted a list of names, got {declared!r}")
    _check_template(path, lines, data["text"], data.get("lead", ""), declared)
    return Prompt(
        task,
        version,
        data["language"],
        data["description"],
        data["author"],
        tuple(declared),
        data["text"],
        _decoding(path, lines, data["decoding"]),
        data.get("lead", ""),
        hashlib.sha256(raw).hexdigest()[:8],
        path,
        MappingProxyType(_defaults(path, lines, data.get("defaults", {}), declared)),
        _facts(path, lines, data.get("facts", {})),
    )


def _defaults(path: Path, lines: Mapping[str, int], data: Any, declared: Sequence[str]) -> dict[str, str]:
    if not isinstance(data, dict):
        raise _wrong(path, lines, "defaults", f"wanted `variable: text` pairs, got {data!r}")
    for key, value in data.items():
        if key not in declared:
            raise _wrong(path, lines, f"defaults.{key}", f"`variables` does not declare {key!r}")
        if not isinstance(value, str) or not value.strip() or "\n" in value:
            raise _wrong(path, lines, f"defaults.{key}", f"wanted one line of text, got {value!r}")
    return {str(k): v for k, v in data.items()}


def _facts(path: Path, lines: Mapping[str, int], data: Any) -> FactsShape:
    if not isinstance(data, dict):
        raise _wrong(path, lines, "facts", f"wanted {', '.join(_FACTS)}, got {data!r}")
    _keys(path, data, {k: lines.get(f"facts.{k}", lines["facts"]) for k in data}, (), _FACTS)
    usual = FactsShape()
    form = data.get("form", usual.form)
    if form not in _FORMS:
        raise _wrong(path, lines, "facts.form", f"wanted one of {', '.join(_FORMS)}, got {form!r}")
    counts = []
    for key, least, most in (("attributes", 0, 40), ("characters", 40, 4000)):
        value = data.get(key, getattr(usual, key))
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise _wrong(path, lines, f"facts.{key}", f"wanted a whole number from {least} to {most}, got {value!r}")
        counts.append(value)
    return FactsShape(cast(Literal["prose", "record"], form), *counts)


def _check_template(path: Path, lines: Mapping[str, int], text: str, lead: str, declared: Sequence[str]) -> None:
    used: set[str] = set()
    for key, template in (("text", text), ("lead", lead)):
        first = lines.get(key, 1)
        try:
            here = meta.find_undeclared_variables(_environment().parse(template))
        except TemplateError as error:
            at = first + (getattr(error, "lineno", None) or 0)
            raise PromptError(f"{path}, line {at}: the template is malformed: {error}") from error
        if unknown := sorted(here - set(declared)):
            at = first + next((n for n, line in enumerate(template.splitlines(), 1) if unknown[0] in line), 0)
            raise PromptError(
                f"{path}, line {at}: the {key} uses {', '.join(unknown)}, which `variables` does not declare"
            )
        used |= here
    if unused := sorted(set(declared) - used):
        raise _wrong(path, lines, "variables", f"{', '.join(unused)} declared, but the text does not use it")


def _decoding(path: Path, lines: Mapping[str, int], data: Any) -> Decoding:
    if not isinstance(data, dict):
        raise _wrong(path, lines, "decoding", f"wanted max_tokens, stop and temperature, got {data!r}")
    _keys(path, data, {k: lines.get(f"decoding.{k}", lines["decoding"]) for k in data}, ("max_tokens",), _DECODING[1:])
    tokens, stop, heat = data["max_tokens"], data.get("stop", []), data.get("temperature", 0.0)
    if not isinstance(tokens, int) or isinstance(tokens, bool) or not 1 <= tokens <= 1024:
        raise _wrong(path, lines, "decoding.max_tokens", f"wanted a whole number from 1 to 1024, got {tokens!r}")
    if not isinstance(stop, list) or not all(isinstance(s, str) and s for s in stop):
        raise _wrong(path, lines, "decoding.stop", f"wanted a list of texts, got {stop!r}")
    if not isinstance(heat, int | float) or isinstance(heat, bool) or not 0 <= heat <= 2:
        raise _wrong(path, lines, "decoding.temperature", f"wanted a number from 0 to 2, got {heat!r}")
    sentences = data.get("sentences", 2)
    if not isinstance(sentences, int) or isinstance(sentences, bool) or not 1 <= sentences <= 5:
        raise _wrong(path, lines, "decoding.sentences", f"wanted a whole number from 1 to 5, got {sentences!r}")
    return Decoding(tokens, tuple(stop), float(heat), sentences)


def _read_labels(path: Path) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    _, data, lines = _read_yaml(path)
    out: dict[str, dict[str, str]] = {}
    for label, tasks in data.items():
        if not isinstance(tasks, dict) or not all(isinstance(v, str | int) for v in tasks.values()):
            raise _wrong(path, lines, str(label), f"wanted `task: version` pairs, got {tasks!r}")
        out[str(label)] = {str(task): str(version) for task, version in tasks.items()}
    return out


def _read_yaml(path: Path) -> tuple[bytes, dict[str, Any], dict[str, int]]:
    """The bytes, the mapping, and the line of every key ("decoding.stop" for inner ones)."""
    raw = path.read_bytes()
    try:
        node = yaml.compose(raw.decode("utf-8"), Loader=yaml.SafeLoader)
        data = yaml.safe_load(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise PromptError(f"{path}: not UTF-8 text: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = f", line {mark.line + 1}" if mark else ""
        raise PromptError(f"{path}{at}: not YAML: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(node, yaml.MappingNode):
        raise PromptError(f"{path}, line 1: wanted keys and values")
    lines: dict[str, int] = {}
    _collect(path, node, "", lines)
    return raw, data, lines


def _collect(path: Path, node: yaml.MappingNode, prefix: str, lines: dict[str, int]) -> None:
    for key, value in node.value:
        name = f"{prefix}{key.value}"
        if name in lines:
            raise PromptError(f"{path}, line {key.start_mark.line + 1}: '{name}' is given twice")
        lines[name] = key.start_mark.line + 1
        if isinstance(value, yaml.MappingNode):
            _collect(path, value, f"{name}.", lines)


def _keys(
    path: Path, data: Mapping[str, Any], lines: Mapping[str, int], required: Sequence[str], optional: Sequence[str]
) -> None:
    for key in data:
        if key not in required and key not in optional:
            known = ", ".join((*required, *optional))
            raise _wrong(path, lines, str(key), f"unknown key; known are {known}")
    if missing := [k for k in required if k not in data]:
        raise PromptError(f"{path}, line 1: missing {', '.join(missing)}")


def _wrong(path: Path, lines: Mapping[str, int], key: str, what: str) -> PromptError:
    return PromptError(f"{path}, line {lines.get(key, 1)}: {key}: {what}")
