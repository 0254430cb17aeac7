"""The shop's policies as people edited them: the newest version of a passage in place of the file's.

Read from the store each time a policy is asked for, so an edit is quoted from the next answer on, by every process.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from assistant.catalog import Passage, PolicyBook
from assistant.store.database import Database
from assistant.store.policies import PassageVersion, PolicyStore

CANNED = "canned"
"""The topic under which agents' own replies are kept; never part of a policy."""


class EditedPolicies(PolicyBook):
    """A policy book with the edits of a database laid over it."""

    def __init__(self, book: PolicyBook, database: Database) -> None:
        self._files = book.passages
        self._store = PolicyStore(database)

    @property
    def passages(self) -> tuple[Passage, ...]:  # type: ignore[override]
        """Every passage as it is quoted now, those that were added behind the file's."""
        edits = self._edits()
        out = []
        for passage in self._files:
            edit = edits.pop((passage.topic, passage.language, passage.heading), None)
            if edit is None:
                out.append(passage)
            elif edit.text is not None:
                out.append(Passage(passage.topic, passage.language, passage.heading, edit.text))
        added = (Passage(e.topic, e.language, e.heading, e.text) for e in edits.values() if e.text is not None)
        return (*out, *added)

    @cached_property
    def originals(self) -> Mapping[tuple[str, str, str], str]:
        """What the shop's files say, by topic, language and heading."""
        return {(p.topic, p.language, p.heading): p.text for p in self._files}

    def edits(self) -> tuple[PassageVersion, ...]:
        """The newest version of every passage that was edited, withdrawn ones included."""
        return tuple(self._edits().values())

    def _edits(self) -> dict[tuple[str, str, str], PassageVersion]:
        return {(e.topic, e.language, e.heading): e for e in self._store.current() if e.topic != CANNED}
