"""YAML that remembers its lines: plain mappings, lists and scalars, so that an error can say where it is.

Knows YAML and nothing of prompts. Anchors, aliases and keys given twice are refused: what is written is what counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from assistant.errors import PromptError


@dataclass(frozen=True, slots=True)
class Lines:
    """A YAML mapping and the lines its keys stand on; inner keys are named ``decoding.stop``, ``messages[0].role``."""

    path: Path
    data: Mapping[str, Any]
    keys: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, int] = field(default_factory=dict)
    """The line on which a scalar's own text begins: below its key where it is a block (``|``)."""

    def wrong(self, key: str, what: str) -> PromptError:
        """An error about one key, with file and line."""
        return PromptError(f"{self.path}, line {self.line(key)}: {key}: {what}")

    def line(self, key: str) -> int:
        """The line of a key, or of the nearest one around it; 1 where there is none."""
        while key not in self.keys and ("." in key or "[" in key):
            key = key[: max(key.rfind("."), key.rfind("["))]
        return self.keys.get(key, 1)

    def expect(
        self, data: Mapping[str, Any], required: Sequence[str], optional: Sequence[str], *, inside: str = ""
    ) -> None:
        """Check that a mapping has the required keys and no unknown one; ``inside`` is its own key.

        Raises:
            PromptError: it does not.
        """
        for key in data:
            if key not in required and key not in optional:
                line = self.line(f"{inside}.{key}" if inside else str(key))
                known = ", ".join((*required, *optional))
                raise PromptError(f"{self.path}, line {line}: {key}: unknown key; known are {known}")
        if missing := [k for k in required if k not in data]:
            raise PromptError(f"{self.path}, line {self.line(inside)}: missing {', '.join(missing)}")


def parse_yaml(raw: bytes, path: Path) -> Lines:
    """A YAML mapping with the line of every key; ``path`` is for messages.

    Raises:
        PromptError: it is no UTF-8, no YAML, no mapping, or gives a key twice.
    """
    try:
        text = raw.decode("utf-8-sig")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            return Lines(path, {})
        if not isinstance(node, yaml.MappingNode):
            raise PromptError(f"{path}, line 1: wanted keys and values")
        keys: dict[str, int] = {}
        values: dict[str, int] = {}
        _collect(path, node, "", keys, values, set())
        data = yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise PromptError(f"{path}: not UTF-8 text: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = f", line {mark.line + 1}" if mark else ""
        raise PromptError(f"{path}{at}: not YAML: {getattr(error, 'problem', None) or error}") from error
    except (ValueError, OverflowError, RecursionError) as error:
        # Dates that do not exist, numbers without end, brackets without end: read as YAML, but no value of a prompt.
        raise PromptError(f"{path}: a value cannot be read: {error}; write text in quotes") from error
    return Lines(path, data, keys, values)


def read_yaml(path: Path) -> tuple[bytes, Lines]:
    """The bytes of a file and what they say.

    Raises:
        PromptError: the file cannot be read, or as :func:`parse_yaml`.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PromptError(f"{path} cannot be read: {error.strerror or error}") from error
    return raw, parse_yaml(raw, path)


def _collect(
    path: Path, node: yaml.Node, name: str, keys: dict[str, int], values: dict[str, int], seen: set[int]
) -> None:
    if id(node) in seen:
        raise PromptError(
            f"{path}, line {node.start_mark.line + 1}: write the value out; '&' and '*' are not read here"
        )
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = f"{name}.{key.value}" if name else f"{key.value}"
            if inner in keys:
                raise PromptError(f"{path}, line {key.start_mark.line + 1}: '{inner}' is given twice")
            keys[inner] = key.start_mark.line + 1
            _collect(path, value, inner, keys, values, seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            keys[f"{name}[{number}]"] = value.start_mark.line + 1
            _collect(path, value, f"{name}[{number}]", keys, values, seen)
    elif isinstance(node, yaml.ScalarNode):
        values[name] = node.start_mark.line + (2 if node.style in ("|", ">") else 1)
