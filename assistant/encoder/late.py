"""An encoder that is loaded when it is first needed. Knows how an encoder is asked; not which one it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from assistant.encoder.sentence import Encoder, Kind, Vectors


class LateEncoder:
    """An encoder that is loaded when the first text comes: an index that is up to date needs none."""

    def __init__(self, known: Encoder, load: Callable[[], Encoder]) -> None:
        """``known`` is of the same model and says its name and dimension."""
        self._known = known
        self._load = load
        self._loaded: Encoder | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Identifies the vector space."""
        return self._known.name

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        return self._known.dimension

    def encode(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        """As :meth:`assistant.encoder.Encoder.encode`."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
        return self._loaded.encode(texts, kind=kind)
