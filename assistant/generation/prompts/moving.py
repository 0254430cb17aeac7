"""The prompts as they are now: read again when the labels of the overlay have moved, for a server that goes on.

Knows when a folder's labels changed. A folder that cannot be read leaves the prompts as they were.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from assistant.errors import PromptError
from assistant.generation.prompts.book import PromptBook
from assistant.generation.prompts.labels import LABELS, LOCK

_LOG = logging.getLogger(__name__)


class MovingPrompts:
    """Called for the prompts of now; safe to share between threads."""

    def __init__(self, folder: Path, overlay: Path, book: PromptBook) -> None:
        """``book`` is what both folders say at this moment; the overlay may still come to be."""
        self._folder = folder
        self._overlay = overlay
        self._book = book
        self._stamp = self._stamped()
        self._lock = threading.Lock()

    def __call__(self) -> PromptBook:
        """The book, read again where labels moved or versions came since."""
        stamp = self._stamped()
        if stamp == self._stamp:
            return self._book
        with self._lock:
            if stamp != self._stamp:
                try:
                    self._book = PromptBook.load(self._folder, self._overlay if self._overlay.is_dir() else None)
                except PromptError:
                    # Texts are written with the prompts of before; the next move is another chance.
                    _LOG.warning("the prompts in %s cannot be read", self._overlay, exc_info=True)
                self._stamp = stamp
        return self._book

    def _stamped(self) -> tuple[tuple[int, int] | None, ...]:
        """When each file that decides was last written, and its size; both are replaced whole."""
        out: list[tuple[int, int] | None] = []
        for name in (LABELS, LOCK):
            try:
                found = (self._overlay / name).stat()
            except OSError:
                out.append(None)
            else:
                out.append((found.st_mtime_ns, found.st_size))
        return tuple(out)
