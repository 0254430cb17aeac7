"""Decoding along given ways: a caller says which texts may come next, a model chooses among them.

Constrained decoding where tokens that leave no choice are taken without asking the model, and are read by it together
with the next token that it does choose. Knows texts and token ids. Does not know which model scores them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from assistant.generation.sampling import draw

Ways = Callable[[str], Sequence[str]]
"""From the text written so far to the texts that may come next, the caller's own preference first."""


class Walk:
    """Where a text is among the ways it may go.

    ``allowed`` are the tokens the model may choose from, none where the text has ended; ``may_end`` says that the piece
    may also end here, though others go on.
    """

    def __init__(
        self, ways: Ways, encode: Callable[[str], Sequence[int]], decode: Callable[[Sequence[int]], str], most: int
    ) -> None:
        """Take the ways, the model's own reading and writing of tokens, and after how many tokens nothing is begun."""
        self._ways = ways
        self._encode = encode
        self._decode = decode
        self._most = most
        self._written = ""
        self._taken: list[int] = []
        self._left: list[tuple[str, tuple[int, ...]]] = []
        self._shown = 0
        self.tokens = 0
        self.allowed: tuple[int, ...] = ()
        self.may_end = False

    def go(self) -> tuple[list[int], str]:
        """Take every token that leaves no choice: those tokens, and the text that is known by them."""
        taken: list[int] = []
        text = ""
        while True:
            if not self._left and not self._open():
                self.allowed = ()
                return taken, text
            at = len(self._taken)
            ended = next((piece for piece, ids in self._left if len(ids) == at), None)
            after = {ids[at]: None for _, ids in self._left if len(ids) > at}
            if ended is not None and not after:
                text += self._close(ended)
            elif ended is None and len(after) == 1:
                self._take(next(iter(after)), taken)
            else:
                self.allowed, self.may_end = tuple(after), ended is not None
                return taken, text + self._news()

    def decide(
        self, scores: npt.NDArray[np.float32], likeliest: int, temperature: float, chance: np.random.Generator
    ) -> int | None:
        """The token to go on with; ``None`` where the piece ends here.

        Args:
            scores: logits of the allowed tokens, of shape (allowed,), in their order.
            likeliest: of all tokens; where it is none of the allowed ones and the piece may end, it does.
            temperature: 0 for the likeliest of the allowed ones, above for a draw.
            chance: where the randomness comes from.
        """
        if self.may_end and likeliest not in self.allowed:
            return None
        return self.allowed[draw(scores, temperature, chance) if temperature > 0 else int(scores.argmax())]

    def choose(self, token: int | None) -> str:
        """Take one of the tokens that were allowed; ``None`` ends the piece here. The text known by that, if any."""
        if token is None:
            at = len(self._taken)
            return self._close(next(piece for piece, ids in self._left if len(ids) == at))
        self._take(token, [])
        return ""

    def _open(self) -> bool:
        """Ask for the next pieces."""
        pieces = self._ways(self._written) if self.tokens < self._most else ()
        unlike = {tuple(ids): piece for piece in reversed(pieces) if (ids := self._encode(piece))}
        self._left = [(piece, ids) for ids, piece in reversed(unlike.items())]
        return bool(self._left)

    def _take(self, token: int, taken: list[int]) -> None:
        at = len(self._taken)
        self._left = [(piece, ids) for piece, ids in self._left if len(ids) > at and ids[at] == token]
        self._taken.append(token)
        self.tokens += 1
        taken.append(token)

    def _news(self) -> str:
        """What can be shown of the piece: all that is left begins with it."""
        text = self._decode(self._taken)
        if text.endswith("\ufffd") or not all(piece.startswith(text) for piece, _ in self._left):
            return ""
        new, self._shown = text[self._shown :], max(self._shown, len(text))
        return new

    def _close(self, piece: str) -> str:
        new = piece[self._shown :]
        self._written += piece
        self._taken, self._left, self._shown = [], [], 0
        return new
