"""Longest-match search for fixed phrases in a draft: colours and brands share it.

Unlike the lexicon's own search it keeps plurals apart (Vans is a brand, a van is not) and reports every place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from assistant.understanding.parsing.draft import compiled, lower

T = TypeVar("T")
_TOKEN = compiled(r"[a-z0-9]+|[\u3400-\u9fff]|[&+'.-]")


@dataclass(frozen=True, slots=True)
class Hit(Generic[T]):
    """A phrase at ``[start, end)`` of the searched text."""

    start: int
    end: int
    value: T


class Phrases(Generic[T]):
    """A fixed set of phrases, each with a value."""

    def __init__(self, rows: Iterable[tuple[str, T]]) -> None:
        self._values: dict[tuple[str, ...], T] = {}
        self._longest: dict[str, int] = {}
        for phrase, value in rows:
            key = tuple(_key(phrase))
            if key and key not in self._values:
                self._values[key] = value
                self._longest[key[0]] = max(self._longest.get(key[0], 0), len(key))

    def find(self, low: str) -> list[Hit[T]]:
        """Non-overlapping hits from the left, the longest at each place; ``low`` is lower case."""
        tokens = [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(low) if m.group() not in "&+'.-"]
        out: list[Hit[T]] = []
        i = 0
        while i < len(tokens):
            step = 1
            for n in range(min(self._longest.get(tokens[i][0], 0), len(tokens) - i), 0, -1):
                window = tokens[i : i + n]
                value = self._values.get(tuple(t[0] for t in window))
                if value is None or not _tight(low, window):
                    continue
                out.append(Hit(window[0][1], window[-1][2], value))
                step = n
                break
            i += step
        return out


def _key(phrase: str) -> list[str]:
    return [t for t in _TOKEN.findall(lower(phrase)) if t not in "&+'.-"]


def _tight(low: str, window: list[tuple[str, int, int]]) -> bool:
    """Whether the tokens of a phrase stand next to each other: no punctuation or struck words between."""
    return all(b[1] - a[2] <= 3 and all(char in " &+'.%-\n" for char in low[a[2] : b[1]]) for a, b in pairwise(window))
