"""How a recommendation is put: the shipped turns of phrase, by role, language and style.

Knows the table beside this file. A turn says nothing of its own about a product.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, cast

from assistant.errors import ConfigurationError
from assistant.types import ReplyLanguage

Role = Literal[
    "asked", "asked.more", "first", "bare", "bare.within", "mentioned", "more", "quote", "quote.asked",
    "quote.fragment", "quote.foreign", "against", "against.foreign", "denied", "untold", "price", "within",
]  # fmt: skip
STYLES = ("plain", "warm")
_ROLES = frozenset(Role.__args__)  # type: ignore[attr-defined]
_PLACE = re.compile(r"\[([^\]]*)\]")
_PLACES = frozenset(("x", "，x", "y", "q", "w", "it", "It", "costs"))


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of phrase; ``style`` is empty where it fits both."""

    style: str
    pattern: str

    def put(self, parts: Mapping[str, str]) -> str:
        """The pattern with its places filled; slots stay open."""
        return _PLACE.sub(lambda m: parts[m.group(1)], self.pattern)


def turns(role: Role, language: ReplyLanguage, style: str = "") -> Sequence[Turn]:
    """The turns of a role; with ``style``, those of the other style are left out."""
    return [t for t in _table()[role, language] if not style or t.style in ("", style)]


def unquoted(text: str, language: ReplyLanguage) -> str:
    """A text without the turn that introduces it as a quotation, if it has one."""
    for before, after in _introductions(language):
        if text.startswith(before) and text.endswith(after):
            return text[len(before) : len(text) - len(after)]
    return text


def introduced(text: str, language: ReplyLanguage) -> int | None:
    """Where the quotation begins that a turn introduces; ``None`` where none does."""
    begins = [len(before) for before, _ in _introductions(language) if before and text.startswith(before)]
    return max(begins, default=None)


@cache
def _introductions(language: ReplyLanguage) -> tuple[tuple[str, str], ...]:
    patterns = [t.pattern for (_, lang), row in _table().items() if lang == language for t in row]
    parts = [tuple(p.split("[q]")) for p in patterns if "[q]" in p and p != "[q]"]
    return tuple((before, after) for before, after in parts)


@cache
def _table() -> Mapping[tuple[Role, str], tuple[Turn, ...]]:
    text = files("assistant.generation").joinpath("turns.tsv").read_text(encoding="utf-8")
    rows: dict[tuple[Role, str], tuple[Turn, ...]] = {(r, lang): () for r in _ROLES for lang in ("en", "zh")}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 4 or cells[0] not in _ROLES or cells[1] not in ("en", "zh") or cells[2] not in ("-", *STYLES):
            raise ConfigurationError(
                f"turns.tsv, line {number}: {line[:60]!r} is not a role ({', '.join(sorted(_ROLES))}), a language "
                f"(en, zh), a style (-, {', '.join(STYLES)}) and a pattern"
            )
        if unknown := set(_PLACE.findall(cells[3])) - _PLACES:
            raise ConfigurationError(f"turns.tsv, line {number}: no such place: {', '.join(sorted(unknown))}")
        key = (cast(Role, cells[0]), cells[1])
        rows[key] = (*rows[key], Turn("" if cells[2] == "-" else cells[2], cells[3]))
    return MappingProxyType(rows)
