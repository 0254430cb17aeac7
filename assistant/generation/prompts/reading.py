"""The prompt file: which keys it has, what they may hold, and an error with its line for whatever is wrong.

Knows the format. Does not know folders, labels, or what variables are filled with.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from jinja2 import TemplateError, meta, nodes

from assistant.errors import PromptError
from assistant.generation.prompts.lines import Lines, parse_yaml, read_yaml
from assistant.generation.prompts.prompt import Decoding, FactsShape, Message, Prompt, Role, environment, flattened

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What tasks, versions and labels may be called."""

_LANGUAGES = ("en", "zh", "any")
_REQUIRED = ("description", "author", "language", "variables", "decoding")
_OPTIONAL = ("text", "messages", "note", "lead", "defaults", "facts")
_DECODING = ("max_tokens", "stop", "temperature", "sentences", "guided")
_FACTS = ("form", "attributes", "characters")
_FORMS = ("prose", "record")
_ROLES = ("system", "user", "assistant")
# A template chooses and trims words; what could compute, call or load something has no place in one.
_FORBIDDEN: tuple[tuple[type[nodes.Node], str], ...] = (
    (nodes.Call, "a call"),
    (nodes.For, "a loop"),
    (nodes.Pow, "**"),
    (nodes.Mul, "*"),
    (nodes.Include, "include"),
    (nodes.Import, "import"),
    (nodes.FromImport, "import"),
    (nodes.Extends, "extends"),
)
_FILTERS = ("trim", "lower", "upper", "capitalize", "default", "replace", "length", "first", "last", "truncate")


def read_prompt(path: Path) -> Prompt:
    """Read one prompt file; its folder is the task, its name the version.

    Raises:
        PromptError: with file and line, whatever is wrong with it.
    """
    raw, lines = read_yaml(path)
    return _prompt(raw, lines, path)


def parse_prompt(raw: bytes, path: Path) -> Prompt:
    """As :func:`read_prompt`, of text that is not in a file (yet); ``path`` says task and version.

    Raises:
        PromptError: with line, whatever is wrong with it.
    """
    return _prompt(raw, parse_yaml(raw, path), path)


def _prompt(raw: bytes, lines: Lines, path: Path) -> Prompt:
    data, task, version = lines.data, path.parent.name, path.stem
    if not NAME.fullmatch(task) or not NAME.fullmatch(version):
        raise PromptError(f"{path}: folder and file name may hold letters, digits, '.', '-' and '_' only")
    lines.expect(data, _REQUIRED, _OPTIONAL)
    if ("text" in data) == ("messages" in data):
        what = "both text and messages" if "text" in data else "neither text nor messages"
        raise PromptError(f"{path}, line {lines.line('messages')}: {what}; wanted one of them")
    for key in ("description", "author", "language", "text", "lead", "note"):
        empty = key in ("lead", "note")
        if key in data and (not isinstance(data[key], str) or not (empty or data[key].strip())):
            raise lines.wrong(key, f"wanted text, got {data[key]!r}")
    language = data["language"]
    if language not in _LANGUAGES:
        raise lines.wrong("language", f"wanted one of {', '.join(_LANGUAGES)}, got {language!r}")
    declared = data["variables"]
    if not isinstance(declared, list) or not all(isinstance(v, str) and v.isidentifier() for v in declared):
        raise lines.wrong("variables", f"wanted a list of names, got {declared!r}")
    decoding = _decoding(lines, data["decoding"])
    if decoding.guided and data.get("lead"):
        raise lines.wrong("lead", "a guided prompt has none: the record decides what an answer may begin with")
    messages = _messages(lines, data["messages"]) if "messages" in data else ()
    parts = {f"messages[{n}].content": m.content for n, m in enumerate(messages)} or {"text": data["text"]}
    used = _variables(lines, {**parts, "lead": data.get("lead", "")}, declared)
    return Prompt(
        task,
        version,
        language,
        data["description"],
        data["author"],
        tuple(declared),
        flattened(messages, language) if messages else data["text"],
        decoding,
        data.get("lead", ""),
        hashlib.sha256(raw).hexdigest()[:8],
        path,
        MappingProxyType(_defaults(lines, data.get("defaults", {}), declared)),
        _facts(lines, data.get("facts", {})),
        data.get("note", ""),
        messages,
        MappingProxyType(used),
    )


def _messages(lines: Lines, data: Any) -> tuple[Message, ...]:
    """The messages: at most one of the system, first; then user and assistant in turns, the user last."""
    if not isinstance(data, list) or not data:
        raise lines.wrong("messages", f"wanted a list of role and content, got {data!r}")
    out: list[Message] = []
    for number, one in enumerate(data):
        key = f"messages[{number}]"
        if not isinstance(one, dict):
            raise lines.wrong(key, f"wanted role and content, got {one!r}")
        lines.expect(one, ("role", "content"), (), inside=key)
        role, content = one["role"], one["content"]
        if role not in _ROLES:
            raise lines.wrong(f"{key}.role", f"wanted one of {', '.join(_ROLES)}, got {role!r}")
        if not isinstance(content, str) or not content.strip():
            raise lines.wrong(f"{key}.content", f"wanted text, got {content!r}")
        before = out[-1].role if out else "system"
        wanted = "user" if before != "user" else "assistant"
        if role != wanted and not (role == "system" and number == 0):
            raise lines.wrong(f"{key}.role", f"wanted {wanted} after {before if out else 'the start'}, got {role}")
        out.append(Message(cast(Role, role), content))
    if out[-1].role != "user":
        raise lines.wrong(
            f"messages[{len(out) - 1}].role", "the user speaks last; the beginning of the answer belongs into `lead`"
        )
    return tuple(out)


def _variables(lines: Lines, parts: Mapping[str, str], declared: Sequence[str]) -> dict[str, int]:
    """Which variables the templates use, each with the line of its first use."""
    used: dict[str, int] = {}
    for key, template in parts.items():
        first = lines.values.get(key, lines.line(key))
        try:
            tree = environment().parse(template)
            here = meta.find_undeclared_variables(tree)
        except (TemplateError, RecursionError) as error:
            at = first + (getattr(error, "lineno", None) or 1) - 1
            raise PromptError(f"{lines.path}, line {at}: the template is malformed: {error}") from error
        for node in tree.find_all(nodes.Node):
            what = next((name for kind, name in _FORBIDDEN if isinstance(node, kind)), None)
            if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
                what = f"the filter {node.name} (known are {', '.join(_FILTERS)})"
            if what is not None:
                raise PromptError(f"{lines.path}, line {first + node.lineno - 1}: {what} cannot be used in a prompt")
        lines_of: dict[str, int] = {}
        for node in tree.find_all(nodes.Name):
            # Where the variable stands, not where its name is part of another word.
            lines_of[node.name] = min(node.lineno, lines_of.get(node.name, node.lineno))
        for name in sorted(here):
            at = first + lines_of.get(name, 1) - 1
            if name not in declared:
                raise PromptError(f"{lines.path}, line {at}: the {key} uses {name}, which `variables` does not declare")
            used.setdefault(name, at)
    if unused := sorted(set(declared) - set(used)):
        raise lines.wrong("variables", f"{', '.join(unused)} declared, but the text does not use it")
    return used


def _defaults(lines: Lines, data: Any, declared: Sequence[str]) -> dict[str, str]:
    if not isinstance(data, dict):
        raise lines.wrong("defaults", f"wanted `variable: text` pairs, got {data!r}")
    for key, value in data.items():
        if key not in declared:
            raise lines.wrong(f"defaults.{key}", f"`variables` does not declare {key!r}")
        if not isinstance(value, str) or not value.strip() or "\n" in value:
            raise lines.wrong(f"defaults.{key}", f"wanted one line of text, got {value!r}")
    return {str(k): v for k, v in data.items()}


def _facts(lines: Lines, data: Any) -> FactsShape:
    if not isinstance(data, dict):
        raise lines.wrong("facts", f"wanted {', '.join(_FACTS)}, got {data!r}")
    lines.expect(data, (), _FACTS, inside="facts")
    usual = FactsShape()
    form = data.get("form", usual.form)
    if form not in _FORMS:
        raise lines.wrong("facts.form", f"wanted one of {', '.join(_FORMS)}, got {form!r}")
    attributes = _whole(lines, data, "facts", "attributes", usual.attributes, (0, 40))
    return FactsShape(form, attributes, _whole(lines, data, "facts", "characters", usual.characters, (40, 4000)))


def _decoding(lines: Lines, data: Any) -> Decoding:
    if not isinstance(data, dict):
        raise lines.wrong("decoding", f"wanted max_tokens, stop and temperature, got {data!r}")
    lines.expect(data, ("max_tokens",), _DECODING[1:], inside="decoding")
    stop, heat = data.get("stop", []), data.get("temperature", 0.0)
    tokens = _whole(lines, data, "decoding", "max_tokens", 1, (1, 1024))
    if not isinstance(stop, list) or not all(isinstance(s, str) and s for s in stop):
        raise lines.wrong("decoding.stop", f"wanted a list of texts, got {stop!r}")
    if not isinstance(heat, int | float) or isinstance(heat, bool) or not 0 <= heat <= 2:
        raise lines.wrong("decoding.temperature", f"wanted a number from 0 to 2, got {heat!r}")
    guided = data.get("guided", False)
    if not isinstance(guided, bool):
        raise lines.wrong("decoding.guided", f"wanted true or false, got {guided!r}")
    return Decoding(tokens, tuple(stop), float(heat), _whole(lines, data, "decoding", "sentences", 2, (1, 5)), guided)


def _whole(lines: Lines, data: Mapping[str, Any], inside: str, key: str, usual: int, bounds: tuple[int, int]) -> int:
    value = data.get(key, usual)
    if not isinstance(value, int) or isinstance(value, bool) or not bounds[0] <= value <= bounds[1]:
        raise lines.wrong(f"{inside}.{key}", f"wanted a whole number from {bounds[0]} to {bounds[1]}, got {value!r}")
    return value
