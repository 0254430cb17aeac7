"""A message while it is being read: cleaned once, then struck out piece by piece.

Knows how a raw message becomes text that patterns can be run over (width, control characters, traditional characters,
length), position by position. Knows nothing of what the words mean.
"""

from __future__ import annotations

import re
import unicodedata

from assistant.lexicon import simplify


def compiled(pattern: str) -> re.Pattern[str]:
    """``re.compile`` with ASCII classes, so that a word ends where Chinese begins: in 要size 42 there is a boundary."""
    return re.compile(pattern, re.ASCII)


MAX_CHARACTERS = 1200
"""What a message is read up to: a wish is short, and the cost of every pattern stays bounded."""

BREAK = "\x1f"
"""Stands where words were read that separate phrases (a price, a sort order)."""
GAP = "\x1e"
"""Stands where words were read inside a phrase (a colour before a noun): the phrase goes on."""

_SPACES = compiled(r"[ \t]{3,}")
_PLAIN = str.maketrans(
    "’‘‛`´“”„″–—―−﹣～〜∼。、；，：？！（）【】［］《》「」『』…", '\'\'\'\'\'""""-----~~~.、;,:?!()[][]<>"""".'
)


def clean(text: str) -> str:
    """The message half-width, without control characters, bounded in length; its characters stay the shopper's."""
    head = text[:MAX_CHARACTERS]
    if head.isascii() and head.isprintable() and "`" not in head:  # nothing below would change but spaces
        return _SPACES.sub("  ", head)
    out = unicodedata.normalize("NFKC", head)[:MAX_CHARACTERS]
    out = out.translate(_PLAIN)
    if not out.isprintable():
        out = "".join(_printable(char) for char in out)
    return _SPACES.sub("  ", out)


def _printable(char: str) -> str:
    if char == "\n" or char == "\r":
        return "\n"
    # Control, format, surrogate and private characters (Cc, Cf, Cs, Co, Cn) carry no wish.
    return " " if unicodedata.category(char)[0] == "C" else char


def lower(text: str) -> str:
    """Lower case without accents, character by character, so that positions stay those of ``text``."""
    if text.isascii():
        return text.lower()
    return "".join(_lower_char(char) for char in text)


def _lower_char(char: str) -> str:
    if char.isascii() or "\u3400" <= char <= "\u9fff":
        return char.lower()
    low = unicodedata.normalize("NFD", char.lower())
    return low[0] if len(low) == 1 or unicodedata.combining(low[1]) else char


class Draft:
    """A cleaned message and what is left of it to read. One owner: the parse it belongs to.

    ``text`` keeps the shopper's characters, ``plain`` is simplified, ``low`` also lower case, ``left`` what is unread.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.plain = simplify(text)
        self.low = lower(self.plain)
        self.left = self.low

    def copy(self) -> Draft:
        """The same message with the same left to read, to be struck out independently."""
        twin = Draft.__new__(Draft)
        twin.text, twin.plain, twin.low, twin.left = self.text, self.plain, self.low, self.left
        return twin

    def strike(self, start: int, end: int, mark: str = BREAK) -> None:
        """Mark ``[start, end)`` as read."""
        self.left = self.left[:start] + mark * (end - start) + self.left[end:]

    def strike_all(self, pattern: re.Pattern[str], mark: str = BREAK) -> bool:
        """Mark every match of ``pattern`` as read; says whether there was one."""
        self.left, count = pattern.subn(lambda match: mark * (match.end() - match.start()), self.left)
        return count > 0

    def strike_all_zh(self, pattern: re.Pattern[str], mark: str = BREAK) -> bool:
        """As :meth:`strike_all`, for patterns that match nothing without Chinese: English is not searched."""
        return not self.left.isascii() and self.strike_all(pattern, mark)

    def written(self, start: int, end: int) -> str:
        """The shopper's own spelling of a span."""
        return self.text[start:end]
