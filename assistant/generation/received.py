"""What becomes of the pieces a text server sends: handed on as they come, in clean sentences, or kept to be read whole.

Knows the reader and what must not be in a text. Does not know servers.
"""

from __future__ import annotations

import logging

from assistant.generation.generator import first_banned
from assistant.generation.queueing import Job
from assistant.generation.surface import SENTENCE_END

_LOG = logging.getLogger(__name__)


class Sentences:
    """Hands text on: as it comes, or where numbers are banned in whole sentences that hold none."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._whole = job.request.ban_digits
        self._pending = ""
        self.began = False

    def take(self, piece: str) -> bool:
        """Take a piece; False where no more is needed."""
        self.began = True
        if not self._whole:
            return self._job.give(piece)
        self._pending += piece
        more = True
        while more and (end := _sentence_end(self._pending)):
            more = self._give(self._pending[:end])
            self._pending = self._pending[end:]
        return more

    def end(self) -> None:
        """Hand on what is left."""
        rest, self._pending = self._pending, ""
        if rest:
            self._give(rest)

    def _give(self, sentence: str) -> bool:
        if first_banned(sentence) is not None:
            _LOG.info("a sentence of the text server held a number or a sign of markup and was left out")
            return True
        return self._job.give(sentence)


class Whole:
    """Collects an answer that is read as a whole."""

    def __init__(self) -> None:
        self.text = ""
        self.began = False

    def take(self, piece: str) -> bool:
        """Take a piece; more is always welcome."""
        self.began = True
        self.text += piece
        return True


def _sentence_end(text: str) -> int:
    """The length of the first whole sentence or line; 0 where there is none yet."""
    ends = [found.end()] if (found := SENTENCE_END.search(text)) is not None else []
    if "\n" in text:
        ends.append(text.index("\n") + 1)
    return min(ends, default=0)
