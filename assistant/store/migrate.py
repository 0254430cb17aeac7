"""Bringing a database up to this release, once, whichever of several processes comes first.

A migration runs in one transaction under a lock: killed half-way, the database is as before. A database made before
there were migrations is recognised by its tables. Knows nothing of what the tables mean.
"""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from assistant.errors import ConfigurationError

HEAD = "0004"
"""The newest migration; said here so that a database which is up to date opens without loading Alembic."""

_BEFORE_MIGRATIONS = "0001"
_LOCK_NUMBER = 6_804_211_903
"""Names our lock among all advisory locks of a PostgreSQL database."""

# Alembic's migration scripts speak to a process-wide object; two databases opened at once take turns.
_ALEMBIC = threading.Lock()


def bring_up_to_date(engine: Engine, writer: Engine) -> None:
    """Make, adopt or upgrade the tables; does nothing on a database of this release.

    Args:
        engine: for reading.
        writer: the same database, whose transactions take the write lock at their beginning.

    Raises:
        ConfigurationError: a newer release made this database.
    """
    with engine.connect() as connection:
        if version_of(connection) == HEAD:
            return
    with _ALEMBIC, writer.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK_NUMBER})
        # Asked again: another process may have done it while this one waited for the lock.
        found = version_of(connection)
        if found == HEAD:
            return
        if found is not None and found > HEAD:
            raise ConfigurationError(
                f"the database is of a newer release (its version is {found}, this release knows up to {HEAD}); "
                "install that release, or give another ASSISTANT_DATABASE_URL or ASSISTANT_DATA"
            )
        _upgrade(connection, adopt=found is None and inspect(connection).has_table("conversations"))


def version_of(connection: Connection) -> str | None:
    """The migration a database is at; ``None`` where none ever ran."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _upgrade(connection: Connection, *, adopt: bool) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    # A folder whose name has a percent sign must not be taken for an interpolation.
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if adopt:
        command.stamp(config, _BEFORE_MIGRATIONS)
    command.upgrade(config, "head")
