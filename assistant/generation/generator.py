"""Text backends behind one small seam: a prompt goes in, pieces of text come out while they are written.

Knows the seam, and which vocabulary pieces could put a number into a text. The backends are in ``causal``
(transformers), ``llama`` (llama.cpp) and ``remote`` (an OpenAI-compatible server). Does not know what is written about.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from assistant.generation.ways import Ways
from assistant.weights import Progress

if TYPE_CHECKING:
    from assistant.generation.adapter import TextAdapter

_NUMERALS = frozenset("一二两三四五六七八九十百千万亿零〇")
# Everyday words that are spelt with two numerals and count nothing.
_NOT_COUNTS = frozenset(("万一", "千万", "一一", "十分", "百分"))
# A price is written with its currency by code, so a currency sign in the text can only begin a wrong one.
_CURRENCY = frozenset("$€£¥￥₩₹%％")
# Together as long as eight texts of their own on a processor, hardly longer than one on a graphics card.
AT_ONCE = 8
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
        self.closed = False

    def __next__(self) -> str:
        return next(self._pieces)

    def count(self, tokens: int = 1) -> None:
        """Note that the backend has made ``tokens`` more; called by backends only."""
        if self.first_token_at is None:
            self.first_token_at = time.perf_counter()
        self.tokens += tokens

    def start(self) -> None:
        """Let the backend begin before the first piece is asked for; see :func:`stream_many`."""
        start = getattr(self._pieces, "start", None)
        if start is not None:
            start()

    def close(self) -> None:
        """Stop the generation, if it still runs, and wait until the backend is free again."""
        self.closed = True
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
        owner: str | None = None,
        ways: Ways | None = None,
    ) -> TextStream:
        """Write on from ``prompt``, at most ``max_tokens`` tokens, up to but without the first of ``stop``.

        A generation takes its place in the backend's line when its stream is first read, and is served in turn; with
        ``owner``, such as a conversation, one owner that asks often does not keep the others waiting. It ends when the
        stream is closed or nobody holds it, and when ``cancelled``, which is asked before each token and while the
        generation waits for its turn, says so.

        With ``ways`` the text is put together of pieces. Before each one ``ways(written)`` is asked, with the text so
        far without the prompt, for those that may come next; the model chooses one, and none ends the text. Tokens that
        leave no choice are written without asking the model. ``stop`` and ``ban_digits`` then mean nothing, and after
        ``max_tokens`` no further piece is begun. Pieces are asked for in the backend's thread; a failure there is the
        text's own.

        With ``ban_digits`` no piece holds a digit, a currency sign, a Chinese number word of several characters, or
        a sign of markup.
        """
        ...


def stream_many(
    generator: Generator,
    prompts: Sequence[str],
    *,
    max_tokens: int,
    stop: Sequence[str] = (),
    seed: int | None = None,
    temperature: float = 0.0,
    ban_digits: bool = True,
    cancelled: Callable[[], bool] = never,
    owner: str | None = None,
) -> list[TextStream]:
    """Write on from several prompts at once, as far as the backend can: in one batch, or in several requests.

    All take their places in the line now, in the order of the prompts, whichever is read first; each stops on its own.
    With ``owner`` they are in different rounds, so that others may come between them.
    """
    streams = [
        generator.stream(
            prompt,
            max_tokens=max_tokens,
            stop=stop,
            seed=seed,
            temperature=temperature,
            ban_digits=ban_digits,
            cancelled=cancelled,
            owner=owner,
        )
        for prompt in prompts
    ]
    for stream in streams:
        stream.start()
    return streams


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


_NUMERAL_RUN = re.compile(f"[{''.join(sorted(_NUMERALS))}]{{2,}}")


def first_banned(text: str) -> int | None:
    """Where a finished text first holds what ``ban_digits`` forbids, for backends that cannot choose their tokens."""
    found = [
        at
        for at, c in enumerate(text)
        if c in _CURRENCY or c in _MARKUP or (c not in _NUMERALS and unicodedata.category(c)[0] == "N")
    ]
    found += [run.start() for run in _NUMERAL_RUN.finditer(text) if run.group() not in _NOT_COUNTS]
    return min(found, default=None)


def ends_in_numeral(text: str) -> bool:
    """Whether the next character could make the end of a text a Chinese number word."""
    return text[-1:] in _NUMERALS


class Cutter:
    """Lets text through up to the first stop string, and holds back what may be the beginning of one."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = tuple(s for s in stop if s)
        self._hold = max((len(s) for s in self._stop), default=1) - 1
        self._pending = ""
        self.stopped = False

    def feed(self, piece: str) -> str:
        """What may be shown now that this much more has come."""
        if self.stopped:
            return ""
        self._pending += piece
        ends = [at for s in self._stop if (at := self._pending.find(s)) >= 0]
        if ends:
            self.stopped = True
            shown, self._pending = self._pending[: min(ends)], ""
            return shown
        free = max(len(self._pending) - self._hold, 0)
        shown, self._pending = self._pending[:free], self._pending[free:]
        return shown

    def rest(self) -> str:
        """What was held back, once nothing more comes."""
        shown, self._pending = self._pending, ""
        return shown


def cut_at(pieces: Iterator[str], stop: Sequence[str]) -> Iterator[str]:
    """The pieces up to the first stop string; text that may be the beginning of one is held back."""
    cutter = Cutter(stop)
    for piece in pieces:
        shown = cutter.feed(piece)
        if shown:
            yield shown
        if cutter.stopped:
            return
    rest = cutter.rest()
    if rest:
        yield rest


def load_generator(
    name: str,
    *,
    cache: Path,
    device: str = "auto",
    dtype: str = "auto",
    offline: bool = False,
    adapter: TextAdapter | None = None,
    progress: Progress | None = None,
    url: str | None = None,
    key: str | None = None,
    at_once: int = AT_ONCE,
) -> Generator:
    """Load a generator by name; ``llama:NAME`` runs the GGUF file of a known model in llama.cpp instead.

    Args:
        name: a known model, a local folder or a hub id; with ``url``, what the server calls its model.
        cache: where converted weights are kept.
        device: auto, cpu, cuda or mps.
        dtype: auto, float32, bfloat16 or float16.
        offline: never ask a model hub.
        adapter: added to the model; see :func:`assistant.generation.adapter.choose_adapter`. A server adds its own.
        progress: told what is done.
        url: address of an OpenAI-compatible server, such as ``http://HOST:8000/v1``, that runs the model instead.
        key: what the server asks for as a bearer token.
        at_once: how many texts are written at the same time: in one batch, or in requests to a server. llama.cpp
            writes one.

    Raises:
        ConfigurationError: the address or the device cannot be used.
        WeightsError: the name means nothing, or its files are missing or damaged.
        GenerationError: the files are there but do not load as a causal language model.
    """
    # Each backend is imported when it is asked for: two are heavy, and one is optional.
    if url is not None:
        from assistant.generation.remote import RemoteGenerator

        return RemoteGenerator(name, url, key=key, at_once=at_once)
    if name.startswith("llama:"):
        from assistant.generation.llama import load_llama

        return load_llama(name.removeprefix("llama:"), cache=cache, adapter=adapter, progress=progress)
    from assistant.generation.causal import load_transformers

    return load_transformers(
        name,
        cache=cache,
        device=device,
        dtype=dtype,
        offline=offline,
        adapter=adapter,
        progress=progress,
        at_once=at_once,
    )
