"""Running coroutines in a thread of their own: the browser of earlier tests keeps an event loop in the main one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import anyio

T = TypeVar("T")


def run_aside(work: Callable[..., Awaitable[T]], *args: Any) -> T:
    """What ``work(*args)`` comes to, awaited in a loop of its own."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(anyio.run, work, *args).result()
