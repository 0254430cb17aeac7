"""How often somebody may do something. Counted in this process: several servers count each for themselves.

Knows names, which clients may choose, and times. Keeps a bounded number of them, so that nobody can fill the memory by
calling themselves something else each time.
"""

from __future__ import annotations

import math
import threading
import time
from array import array
from collections import OrderedDict
from collections.abc import Callable

from limits import RateLimitItem, parse_many

from assistant.errors import ConfigurationError

MOST_KEYS = 50_000
"""How many are counted at a time; beyond it, whoever did nothing for longest is forgotten."""


class Rates:
    """One rule, such as ``10/15 minutes``, and who used how much of it. Safe to use from many threads."""

    def __init__(
        self, rule: str, setting: str, *, clock: Callable[[], float] = time.monotonic, most_keys: int = MOST_KEYS
    ) -> None:
        """Read the rule.

        Args:
            rule: ``COUNT/[NUMBER] UNIT``; several separated by semicolons.
            setting: where it was set, for the message.
            clock: seconds that never go back.
            most_keys: how many are counted at a time.

        Raises:
            ConfigurationError: the rule cannot be read.
        """
        try:
            items: tuple[RateLimitItem, ...] = tuple(parse_many(rule))
        except ValueError as error:
            raise ConfigurationError(
                f"{setting}: '{rule}' is no rate; write COUNT/UNIT, such as 60/minute or 10/15 minutes"
            ) from error
        self._limits = tuple((item.amount, item.get_expiry()) for item in items)
        self._most = max(amount for amount, _ in self._limits)
        self._longest = max(seconds for _, seconds in self._limits)
        self._clock = clock
        self._most_keys = most_keys
        # The times of each one's uses, oldest first; whoever did something last stands last.
        self._uses: OrderedDict[tuple[str, ...], array[float]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def counted(self) -> int:
        """How many are remembered just now."""
        return len(self._uses)

    def hit(self, *who: str) -> int | None:
        """Count one use; ``None`` if it is allowed, else the whole seconds to wait. What is refused does not count."""
        with self._lock:
            now = self._clock()
            self._forget(now - self._longest)
            uses = self._uses.get(who, array("d"))
            waits = [_wait(uses, amount, seconds, now) for amount, seconds in self._limits]
            if (wait := max(waits)) > 0:
                return max(1, math.ceil(wait))
            uses.append(now)
            del uses[: -self._most]
            self._uses[who] = uses
            self._uses.move_to_end(who)
            if len(self._uses) > self._most_keys:
                self._uses.popitem(last=False)
        return None

    def forgive(self, *who: str) -> None:
        """Begin to count anew."""
        with self._lock:
            self._uses.pop(who, None)

    def _forget(self, until: float) -> None:
        # They stand in the order of their last use, so only those that go are looked at.
        while self._uses and (first := next(iter(self._uses.items())))[1][-1] <= until:
            del self._uses[first[0]]


def _wait(uses: array[float], amount: int, seconds: int, now: float) -> float:
    """Seconds until one more use is allowed, 0 if it is now."""
    if amount < 1:
        return seconds
    return max(0.0, uses[-amount] + seconds - now) if len(uses) >= amount else 0.0


def too_often(wait: int) -> str:
    """The one sentence of a refusal; ``wait`` is in seconds."""
    return f"too many messages at once; try again in {wait} second{'' if wait == 1 else 's'}"
