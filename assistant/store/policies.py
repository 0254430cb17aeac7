"""Policy passages as people edit them, with every earlier version. They overlay the shop's files.

An edit says which version it was made from: of two people who edit the same passage, the second is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from assistant.errors import EditConflictError, StoreError
from assistant.store.database import Database, record
from assistant.store.schema import PASSAGES


@dataclass(frozen=True, slots=True)
class PassageVersion:
    """One version of a passage, from 1; ``text`` is ``None`` where it was withdrawn."""

    topic: str
    language: str
    heading: str
    version: int
    text: str | None
    author: str
    note: str
    at: datetime


class PolicyStore:
    """Passages by topic, language and heading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self,
        topic: str,
        language: str,
        heading: str,
        text: str | None,
        *,
        author: str,
        base: int,
        note: str = "",
    ) -> PassageVersion:
        """Store a new version of a passage.

        Args:
            topic: ``returns``, ``shipping`` …
            language: ``en`` or ``zh``.
            heading: names the passage within them.
            text: the passage; ``None`` withdraws it.
            author: who wrote it.
            base: the version it was made from, 0 for a passage never edited before.
            note: why.

        Raises:
            EditConflictError: it was edited meanwhile.
            StoreError: it has neither heading nor text.
        """
        if not heading.strip() or (text is not None and not text.strip()):
            raise StoreError("a policy passage needs a heading and a text")
        here = (PASSAGES.c.topic == topic) & (PASSAGES.c.language == language) & (PASSAGES.c.heading == heading)
        saved = PassageVersion(topic, language, heading, base + 1, text, author, note, self._database.now())
        row = {name: getattr(saved, name) for name in PassageVersion.__dataclass_fields__}
        newest = select(func.coalesce(func.max(PASSAGES.c.version), 0)).where(here)
        try:
            with self._database.writing() as connection:
                _expect(connection.execute(newest).scalar_one(), saved)
                connection.execute(insert(PASSAGES).values(row))
        except EditConflictError:
            raise
        except StoreError:
            # Two at once on PostgreSQL both see the same newest; the constraint lets one of them in.
            with self._database.reading() as connection:
                _expect(connection.execute(newest).scalar_one(), saved)
            raise
        return saved

    def current(self) -> tuple[PassageVersion, ...]:
        """The newest version of every edited passage, withdrawn ones included."""
        newest = (
            select(
                PASSAGES.c.topic, PASSAGES.c.language, PASSAGES.c.heading, func.max(PASSAGES.c.version).label("last")
            )
            .group_by(PASSAGES.c.topic, PASSAGES.c.language, PASSAGES.c.heading)
            .subquery()
        )
        with self._database.reading() as connection:
            rows = connection.execute(
                select(*_FIELDS)
                .join(
                    newest,
                    (PASSAGES.c.topic == newest.c.topic)
                    & (PASSAGES.c.language == newest.c.language)
                    & (PASSAGES.c.heading == newest.c.heading)
                    & (PASSAGES.c.version == newest.c["last"]),
                )
                .order_by(PASSAGES.c.topic, PASSAGES.c.language, PASSAGES.c.heading)
            )
            return tuple(record(PassageVersion, row) for row in rows)

    def history(self, topic: str, language: str, heading: str) -> tuple[PassageVersion, ...]:
        """Every version of a passage, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(*_FIELDS)
                .where(PASSAGES.c.topic == topic, PASSAGES.c.language == language, PASSAGES.c.heading == heading)
                .order_by(PASSAGES.c.version.desc())
            )
            return tuple(record(PassageVersion, row) for row in rows)


def _expect(newest: int, saved: PassageVersion) -> None:
    """Refuse an edit that was not made from the newest version."""
    if newest != saved.version - 1:
        raise EditConflictError(
            f"'{saved.heading}' ({saved.topic}, {saved.language}) was edited meanwhile: this edit was made from "
            f"version {saved.version - 1}, the newest is {newest}; load it and edit again"
        )


_PASSAGE = (PASSAGES.c.topic, PASSAGES.c.language, PASSAGES.c.heading)
_FIELDS = tuple(PASSAGES.c[name] for name in PassageVersion.__dataclass_fields__)
