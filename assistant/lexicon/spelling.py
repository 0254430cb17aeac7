"""The word a misspelling was meant to be, among given words. Knows letters, not meanings."""

from __future__ import annotations

from collections.abc import Iterable


def _deletes(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))}


def one_slip_apart(a: str, b: str) -> bool:
    """Whether two words differ by at most one slip: a letter missing, added, changed, or two neighbours swapped."""
    if abs(len(a) - len(b)) > 1 or a == b:
        return a == b
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    if a[i + 1 :] == b[i + 1 :] or a[i:] == b[i + 1 :] or a[i + 1 :] == b[i:]:
        return True
    return a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :]


class Mender:
    """Looks a misspelling up by its deletions. Source: symmetric delete spelling correction (Garbe, 2012)."""

    def __init__(self, vocabulary: Iterable[str], *, shortest: int = 4) -> None:
        self._words = frozenset(word for word in vocabulary if len(word) >= shortest and word.isalpha())
        self._shortest = shortest
        self._index: dict[str, list[str]] = {}
        for word in sorted(self._words):
            for key in (word, *_deletes(word)):
                self._index.setdefault(key, []).append(word)

    def mend(self, word: str) -> str | None:
        """The vocabulary word one slip away (two for words of eight letters or more); ``None`` where there is none."""
        close = self.near(word)
        return close[0] if close else None

    def near(self, word: str) -> list[str]:
        """The vocabulary words one slip away (two for words of eight letters or more), the likeliest first."""
        if word in self._words:
            return [word]
        if len(word) < self._shortest - 1 or len(word) > 24:
            return []
        candidates: dict[str, None] = {}
        for key in (word, *_deletes(word)):
            candidates.update(dict.fromkeys(self._index.get(key, ())))
        close = [c for c in candidates if c[0] == word[0] and one_slip_apart(word, c)]
        if not close and len(word) >= 8:
            close = [c for c in candidates if c[0] == word[0]]
        return sorted(close, key=lambda c: (abs(len(c) - len(word)), c))
