"""What a running server does once a day: delete what is older than the shop keeps, and cases of prompts made of it."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from assistant.evaluation.prompt_origins import erase_forgotten
from assistant.store.database import Database
from assistant.store.retention import Purged, purge

log = logging.getLogger(__name__)

DAY_SECONDS = 86_400.0


class Upkeep:
    """A thread that deletes at the start and then once a day, until closed."""

    def __init__(self, database: Database, days: int, *, every: float = DAY_SECONDS) -> None:
        """Begin.

        Args:
            database: what is kept in order.
            days: how long turns, events and feedback are kept.
            every: seconds between two rounds.
        """
        self._database = database
        self._kept = timedelta(days=days)
        self._every = every
        self._closing = threading.Event()
        # Before the first request is answered, so that what is over age is not shown once more.
        self.once()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)
        self._thread.start()

    def once(self) -> Purged:
        """One round."""
        purged = purge(self._database, self._database.now() - self._kept)
        # Cases that were made of what is gone now, and any that an earlier round could not reach.
        erase_forgotten(self._database)
        if purged.total:
            log.info("deleted %d rows older than %d days", purged.total, self._kept.days)
        return purged

    def close(self) -> None:
        """Stop; waits for a round under way."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(self._every):
            try:
                self.once()
            except Exception:
                # A database that is away for a moment must not end the upkeep for good.
                log.exception("deleting old rows failed; the next round tries again")
