"""Longest-match search for fixed phrases in a draft: colours and brands share it.

Unlike the lexicon's own search it keeps plurals apart (Vans is a brand, a van is not) and reports every place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Generic, TypeVar

from assistant.understanding.parsing.draft import compiled, lower

T = TypeVar("T")
_TOKEN = compiled(r"[a-z0-9]+|[\u3400-\u9fff]")


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
            key = _key(phrase)
            if key and key not in self._values:
                self._values[key] = value
                self._longest[key[0]] = max(self._longest.get(key[0], 0), len(key))

    def find(self, low: str) -> list[Hit[T]]:
        """Non-overlapping hits from the left, the longest at each place; ``low`` is lower case."""
        names, tokens = _tokens(low)
        out: list[Hit[T]] = []
        i = 0
        while i < len(tokens):
            step = 1
            for n in range(min(self._longest.get(names[i], 0), len(tokens) - i), 0, -1):
                value = self._values.get(names[i : i + n])
                if value is None:
                    continue
                window = tokens[i : i + n]
                if not _tight(low, window):
                    continue
                out.append(Hit(window[0][0], window[-1][1], value))
                step = n
                break
            i += step
        return out


def _key(phrase: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(lower(phrase)))


# A message is searched for colours and for brands, one after the other.
@lru_cache(maxsize=256)
def _tokens(low: str) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """The tokens of a text, and ``[start, end)`` of each."""
    found = list(_TOKEN.finditer(low))
    return tuple(m.group() for m in found), tuple(m.span() for m in found)


def _tight(low: str, window: Sequence[tuple[int, int]]) -> bool:
    """Whether the tokens of a phrase stand next to each other: no punctuation or struck words between."""
    return all(b[0] - a[1] <= 3 and all(char in " &+'.%-\n" for char in low[a[1] : b[0]]) for a, b in pairwise(window))
