"""Prompt lookup: how a text may go on, guessed from how the same words went on before, in its prompt or in itself.

A recommendation repeats much of the record it was given, so guesses are often right, and a model reads several tokens
in one step nearly as fast as one. A guess decides nothing: the model scores every place of it, the token is chosen from
those scores as ever, and what follows the first wrong guess is forgotten.

Knows token ids. Does not know what they spell, or who scores them. The technique is Saxena's prompt lookup decoding.
"""

from __future__ import annotations

from collections.abc import Sequence

# Three tokens that came before tell more than two; one tells too little to be worth reading on from.
_SIZES = (3, 2)
_FIRST = 4
_GROWTH = 4
# A guessed token costs a fortieth of a step in bfloat16 and a seventh in eight bits: more would not pay in the latter.
_MOST = 12


class PromptLookup:
    """The tokens of a text and its prompt, by what stands before each of them."""

    def __init__(self, ids: Sequence[int]) -> None:
        """Take the tokens of the prompt."""
        self._ids: list[int] = []
        self._next: dict[tuple[int, ...], int] = {}
        self._most = _FIRST
        for token in ids:
            self.add(token)

    def add(self, token: int) -> None:
        """The text went on with this token."""
        for size in _SIZES:
            if len(self._ids) >= size:
                self._next[tuple(self._ids[-size:])] = len(self._ids)
        self._ids.append(token)

    def guess(self, most: int) -> list[int]:
        """The tokens that followed when it last read so: at most ``most``, none where it never did."""
        for size in _SIZES:
            at = self._next.get(tuple(self._ids[-size:]))
            if at is not None:
                return self._ids[at : at + max(0, min(most, self._most))]
        return []

    def learn(self, guessed: int, right: int) -> None:
        """So many tokens were guessed, so many of them right: what is worth guessing next time."""
        if guessed:
            self._most = min(_MOST, guessed + _GROWTH if right == guessed else right + 1)
