"""How often somebody may do something. Counted in this process: several servers count each for themselves."""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from assistant.errors import ConfigurationError


class Rates:
    """One rule, such as ``10/15 minutes``, and who used how much of it."""

    def __init__(self, rule: str, setting: str) -> None:
        """Read the rule.

        Args:
            rule: ``COUNT/[NUMBER] UNIT``; several separated by semicolons.
            setting: where it was set, for the message.

        Raises:
            ConfigurationError: the rule cannot be read.
        """
        try:
            self._items: tuple[RateLimitItem, ...] = tuple(parse_many(rule))
        except ValueError as error:
            raise ConfigurationError(
                f"{setting}: '{rule}' is no rate; write COUNT/UNIT, such as 60/minute or 10/15 minutes"
            ) from error
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, *who: str) -> int | None:
        """Count one use; ``None`` if it is allowed, else the whole seconds to wait."""
        refused = [item for item in self._items if not self._limiter.hit(item, *who)]
        if not refused:
            return None
        reset = max(self._limiter.get_window_stats(item, *who).reset_time for item in refused)
        return max(1, math.ceil(reset - time.time()))

    def forgive(self, *who: str) -> None:
        """Begin to count anew."""
        for item in self._items:
            self._limiter.clear(item, *who)


def too_often(wait: int) -> str:
    """The one sentence of a refusal; ``wait`` is in seconds."""
    return f"too many messages at once; try again in {wait} second{'' if wait == 1 else 's'}"
