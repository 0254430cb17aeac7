"""What every ``Generator`` must do, real or fake; the tests of each one call this.

Where something happens at the same time, the generator is held at a known token by its own question whether the text is
still wanted, so that tokens are counted and no clock is read.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from assistant.errors import GenerationError
from assistant.generation import Generator
from assistant.generation.generator import TextStream, bears_markup, bears_number, stream_many

# More than any check should need on a busy machine; reached only where something hangs.
LONG = 120.0


class Gate:
    """Stands in for ``cancelled``: holds the backend when it asks for the given time, until told to go on.

    Counting may begin later: a backend that asks by the clock would else be held before it wrote anything.
    """

    def __init__(self, at: int = 3, *, counting: bool = True) -> None:
        self.counting = counting
        self.reached = threading.Event()
        self.passed = threading.Event()
        self._at = at
        self._asked = 0

    def __call__(self) -> bool:
        self._asked += self.counting
        if self.counting and self._asked == self._at:
            self.reached.set()
            assert self.passed.wait(LONG)
        return False


def check_generator(generator: Generator, prompt: str, *, stop: str) -> None:
    """Texts one after the other; ``stop`` must be a text the generator is sure to write."""
    assert generator.name
    _check_text(generator, prompt, stop)
    _check_seed(generator, prompt)
    _check_leaving(generator, prompt)
    _check_ways(generator, prompt)
    assert not "".join(generator.stream(prompt, max_tokens=0))


def _check_text(generator: Generator, prompt: str, stop: str) -> None:
    stream = generator.stream(prompt, max_tokens=12)
    assert stream.tokens == 0
    text = "".join(stream)
    assert text
    assert 0 < stream.tokens <= 12
    assert stream.first_token_at is not None
    assert not any(bears_number(c) or bears_markup(c) for c in text)
    assert list(stream) == [], "a stream that was read is at its end"

    again = "".join(generator.stream(prompt, max_tokens=12))
    assert again == text, "without temperature the same prompt is continued in the same way"
    generator.prepare(prompt[: len(prompt) // 2])
    generator.prepare(prompt[: len(prompt) // 2])
    assert "".join(generator.stream(prompt, max_tokens=12)) == text, "preparing changes only speed"

    pieces = list(generator.stream(prompt, max_tokens=12, ban_digits=False))
    assert len(pieces) > 1, "text comes while it is written"

    cut = generator.stream(prompt, max_tokens=12, stop=["\x00 never written", stop])
    assert "".join(cut) == text.split(stop)[0]
    assert cut.tokens <= stream.tokens


def _check_seed(generator: Generator, prompt: str) -> None:
    def sample(seed: int) -> str:
        return "".join(generator.stream(prompt, max_tokens=12, temperature=1.5, seed=seed, ban_digits=False))

    assert sample(1) == sample(1)


def _check_leaving(generator: Generator, prompt: str) -> None:
    asked = 0

    def at_the_fourth() -> bool:
        nonlocal asked
        asked += 1
        return asked >= 4

    stopped = generator.stream(prompt, max_tokens=400, cancelled=at_the_fourth)
    list(stopped)
    assert stopped.tokens <= 4, "the question is asked before each token"

    gate = Gate(at=20, counting=False)
    left = generator.stream(prompt, max_tokens=2000, ban_digits=False, cancelled=gate)
    next(left)
    gate.counting = True
    leaving = threading.Thread(target=left.close)
    leaving.start()
    while not left.closed:
        leaving.join(0.01)
    gate.passed.set()
    leaving.join(LONG)
    assert not leaving.is_alive()
    made = left.tokens
    left.close()
    # A stream that was left must not keep the generator busy, and makes nothing more.
    assert "".join(generator.stream(prompt, max_tokens=12))
    assert left.tokens == made < 2000
    unread = generator.stream(prompt, max_tokens=400)
    unread.close()
    assert list(unread) == []
    assert unread.tokens == 0


class Fork:
    """Ways for a text: a choice, a piece that leaves none, a piece that may end where another goes on, and the end."""

    steps = ((" It is red.", " It is 7 cm high.", " 它很轻。"), (" It costs $5.",), (" And", " And more"), (" stop",))

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, written: str) -> Sequence[str]:
        self.asked.append(written)
        # How far a text is, is told by the text alone.
        left = written
        for step in self.steps:
            taken = next((piece for piece in sorted(step, key=len, reverse=True) if left.startswith(piece)), None)
            if taken is None:
                return step
            left = left[len(taken) :]
        return ()

    def all(self) -> set[str]:
        texts = {""}
        for step in self.steps:
            texts = {text + piece for text in texts for piece in step}
        return texts


def _check_ways(generator: Generator, prompt: str) -> None:
    ways = Fork()
    stream = generator.stream(prompt, max_tokens=400, stop=["stop"], ways=ways)
    text = "".join(stream)
    assert text in ways.all(), "digits and stop strings are allowed: the caller has chosen the pieces"
    assert [asked for asked in ways.asked if not text.startswith(asked)] == []
    assert ways.asked[0] == ""
    assert ways.asked[-1] == text
    assert stream.tokens >= 3
    assert "".join(generator.stream(prompt, max_tokens=400, ways=Fork())) == text
    seeded = ["".join(generator.stream(prompt, max_tokens=400, temperature=2.0, seed=4, ways=Fork())) for _ in range(2)]
    assert seeded[0] == seeded[1]
    assert seeded[0] in ways.all()
    assert "".join(generator.stream(prompt, max_tokens=1, ways=Fork())) in Fork.steps[0], "a begun piece is ended"
    assert "".join(generator.stream(prompt, max_tokens=9, ways=lambda written: [])) == ""
    only = "".join(generator.stream(prompt, max_tokens=99, ways=lambda written: [] if written else ["One way."]))
    assert only == "One way."
    assert "".join(generator.stream(prompt, max_tokens=99, ways=Fork(), cancelled=lambda: True)) == ""

    def fails(written: str) -> Sequence[str]:
        raise LookupError("no such way")

    with pytest.raises(GenerationError, match="no such way"):
        list(generator.stream(prompt, max_tokens=99, ways=fails))
    assert "".join(generator.stream(prompt, max_tokens=400, ways=Fork())) == text, "a failure is the text's own"


def check_crowd(generator: Generator, prompts: list[str], *, same: int) -> None:
    """Eight readers at once; of their texts, at least ``same`` must be what each prompt gives alone.

    All of them where arithmetic is exact enough; a batch in bfloat16 may choose the other of two equally good words.
    """
    assert len(set(prompts)) == 8
    alone = ["".join(generator.stream(p, max_tokens=16)) for p in prompts]
    assert len(set(alone)) > 4, "the prompts must have different continuations for this to show anything"
    with ThreadPoolExecutor(len(prompts)) as pool:
        futures = [pool.submit(lambda p: "".join(generator.stream(p, max_tokens=16)), p) for p in prompts]
        together = [f.result(timeout=LONG) for f in futures]
    assert sum(a == b for a, b in zip(alone, together, strict=True)) >= same, (alone, together)
    guided = ["".join(generator.stream(p, max_tokens=99, ways=Fork())) for p in prompts[::2]]
    with ThreadPoolExecutor(len(prompts)) as pool:
        along = [
            pool.submit(lambda p: "".join(generator.stream(p, max_tokens=99, ways=Fork())), p) for p in prompts[::2]
        ]
        free = [pool.submit(lambda p: "".join(generator.stream(p, max_tokens=16)), p) for p in prompts[1::2]]
        beside = [f.result(timeout=LONG) for f in (*along, *free)]
    assert set(beside[:4]) <= Fork().all()
    mixed = sum(a == b for a, b in zip((*guided, *alone[1::2]), beside, strict=True))
    assert mixed >= same, (guided, alone[1::2], beside)
    streams = stream_many(generator, prompts[:3], max_tokens=16)
    # Read from the last to the first: none waits for another's reader.
    texts = ["".join(stream) for stream in reversed(streams)][::-1]
    assert sum(a == b for a, b in zip(alone, texts, strict=False)) >= same - 5


def check_line(generator: Generator, prompt: str) -> None:
    """A generator that serves one at a time, held at a token: who waits, who gives up, who is served next."""
    gate = Gate()
    held = generator.stream(prompt, max_tokens=400, cancelled=gate)
    held.start()
    assert gate.reached.wait(LONG)
    made = held.tokens

    late = generator.stream(prompt, max_tokens=400, cancelled=lambda: True)
    assert list(late) == [], "a deadline is kept in the line, too"
    gone = generator.stream(prompt, max_tokens=400)
    gone.start()
    gone.close()
    assert (late.tokens, gone.tokens) == (0, 0)

    order: list[str] = []
    reader = threading.current_thread()

    def waiting(name: str, owner: str) -> TextStream:
        def begins() -> bool:
            # A reader that waits asks the same question; only the backend's asking means that it is served.
            if threading.current_thread() is not reader and name not in order:
                order.append(name)
            return False

        stream = generator.stream(prompt, max_tokens=2, cancelled=begins, owner=owner)
        stream.start()
        return stream

    line = [waiting(*place) for place in (("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b"), ("c1", "c"), ("b2", "b"))]
    dropped = generator.stream(prompt, max_tokens=2)
    dropped.start()
    closer = threading.Thread(target=held.close)
    closer.start()
    while not held.closed:
        closer.join(0.001)
    gate.passed.set()
    closer.join(LONG)
    assert held.tokens <= made + 1, "at most the token under way is made after the reader left"
    for stream in reversed(line):
        list(stream)
    assert order == ["a1", "b1", "c1", "a2", "b2", "a3"], "one place a round for each owner"
    dropped.close()
