"""Text backends behind one small seam: a prompt goes in, pieces of text come out while they are written.

Knows the seam, and which vocabulary pieces could put a number into a text. The backends are in ``causal``
(transformers) and ``llama`` (llama.cpp). Does not know what is written about.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from assistant.weights import Progress

if TYPE_CHECKING:
    from assistant.generation.adapter import TextAdapter

_NUMERALS = frozenset("一二两三四五六七八九十百千万亿零〇")
# Everyday words that are spelt with two numerals and count nothing.
_NOT_COUNTS = frozenset(("万一", "千万", "一一", "十分", "百分"))
# A price is written with its currency by code, so a currency sign in the text can only begin a wrong one.
_CURRENCY = frozenset("$€£¥￥₩₹%％")
# Base models fall into web pages when unsure; a sentence never needs these.
_MARKUP = frozenset("<>[]|#*\\^~=•")


def never() -> bool:
    """The default of ``cancelled``: nobody asks to stop."""
    return False


class TextStream(Iterator[str]):
    """The pieces of one generation; ``tokens`` and ``first_token_at`` grow while it is read."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self.tokens = 0
        self.first_token_at: float | None = None

    def __next__(self) -> str:
        return next(self._pieces)

    def count(self, tokens: int = 1) -> None:
        """Note that the backend has made ``tokens`` more; called by backends only."""
        if self.first_token_at is None:
            self.first_token_at = time.perf_counter()
        self.tokens += tokens

    def close(self) -> None:
        """Stop the generation, if it still runs, and wait until the backend is free again."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()


@runtime_checkable
class Generator(Protocol):
    """Continues a text."""

    @property
    def name(self) -> str:
        """The model's name, as a person set it."""
        ...

    def prepare(self, prefix: str) -> None:
        """Read a beginning that many prompts share once, so that each of them starts faster. Only speed changes."""
        ...

    def stream(
        self,
        prompt: str,
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        seed: int | None = None,
        temperature: float = 0.0,
        ban_digits: bool = True,
        cancelled: Callable[[], bool] = never,
    ) -> TextStream:
        """Write on from ``prompt``, at most ``max_tokens`` tokens, up to but without the first of ``stop``.

        With ``ban_digits`` no piece holds a digit, a currency sign, a Chinese number word of several characters, or
        a sign of markup.
        """
        ...


def bears_number(text: str) -> bool:
    """Whether a vocabulary piece could put a number into the text: any digit, currency sign, or 三百-like run."""
    if any(unicodedata.category(c)[0] == "N" or c in _CURRENCY for c in text):
        return True
    run = "".join(c for c in text if c in _NUMERALS)
    return len(run) > 1 and not any(word in text for word in _NOT_COUNTS)


def number_tokens(vocabulary: Mapping[str, int]) -> list[int]:
    """The ids of all tokens that bear a number. Byte-fallback tokens (``<0x39>``) count: they can spell digits."""
    return sorted(i for piece, i in vocabulary.items() if bears_number(piece))


def bears_markup(text: str) -> bool:
    """Whether a vocabulary piece holds a sign of markup, which has no place in a spoken sentence."""
    return not _MARKUP.isdisjoint(text)


def cut_at(pieces: Iterator[str], stop: Sequence[str]) -> Iterator[str]:
    """The pieces up to the first stop string; text that may be the beginning of one is held back."""
    if not stop:
        yield from pieces
        return
    hold = max(len(s) for s in stop) - 1
    pending = ""
    for piece in pieces:
        pending += piece
        ends = [at for s in stop if (at := pending.find(s)) >= 0]
        if ends:
            if min(ends):
                yield pending[: min(ends)]
            return
        if len(pending) > hold:
            yield pending[: len(pending) - hold]
            pending = pending[len(pending) - hold :]
    if pending:
        yield pending


def load_generator(
    name: str,
    *,
    cache: Path,
    device: str = "auto",
    dtype: str = "auto",
    offline: bool = False,
    adapter: TextAdapter | None = None,
    progress: Progress | None = None,
) -> Generator:
    """Load a generator by name; ``llama:NAME`` runs the GGUF file of a known model in llama.cpp instead.

    ``adapter`` is added to it; see :func:`assistant.generation.adapter.choose_adapter`.

    Raises:
        WeightsError: the name means nothing, or its files are missing or damaged.
        GenerationError: the files are there but do not load as a causal language model.
    """
    # Each backend is imported when it is asked for: both are heavy, and one is optional.
    if name.startswith("llama:"):
        from assistant.generation.llama import load_llama

        return load_llama(name.removeprefix("llama:"), cache=cache, adapter=adapter, progress=progress)
    from assistant.generation.causal import load_transformers

    return load_transformers(
        name, cache=cache, device=device, dtype=dtype, offline=offline, adapter=adapter, progress=progress
    )
