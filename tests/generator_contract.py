"""What every ``Generator`` must do, real or fake; the tests of each one call this."""

from __future__ import annotations

import threading

from assistant.generation import Generator
from assistant.generation.generator import bears_number


def check_generator(generator: Generator, prompt: str, *, stop: str) -> None:
    """Stream from ``prompt``; ``stop`` must be a text the generator is sure to write."""
    assert generator.name
    generator.prepare(prompt[: len(prompt) // 2])

    stream = generator.stream(prompt, max_tokens=12)
    assert stream.tokens == 0
    text = "".join(stream)
    assert text
    assert 0 < stream.tokens <= 12
    assert stream.first_token_at is not None
    assert not any(bears_number(c) for c in text)

    again = "".join(generator.stream(prompt, max_tokens=12))
    assert again == text, "without temperature the same prompt is continued in the same way"

    cut = "".join(generator.stream(prompt, max_tokens=12, stop=[stop]))
    assert cut == text.split(stop)[0]

    asked = threading.Event()
    stream = generator.stream(prompt, max_tokens=500, cancelled=asked.is_set)
    next(stream)
    asked.set()
    rest = list(stream)
    assert len(rest) < 400
    left = generator.stream(prompt, max_tokens=500)
    next(left)
    left.close()
    # A stream that was left must not keep the generator busy.
    assert "".join(generator.stream(prompt, max_tokens=12)) == text
