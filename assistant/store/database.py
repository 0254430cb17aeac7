"""One database, opened and brought up to date: who reads, who writes, and what a write survives.

SQLite runs in WAL mode with full synchronisation, so what was committed survives ``kill -9``; a write takes the lock at
its beginning, so that two processes wait for each other instead of failing half-way. Knows no table's meaning.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import URL, Connection, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError

from assistant.errors import ConfigurationError, StoreError
from assistant.store.migrate import bring_up_to_date

Clock: TypeAlias = Callable[[], datetime]
Upsert: TypeAlias = sqlite.Insert | postgresql.Insert
T = TypeVar("T")

FILE = "conversations.sqlite"
"""The database's name in the data folder."""

_WRITES = "assistant_writes"
_BUSY_MS = 15_000
"""How long a write waits for another process's. Milliseconds."""


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def record(cls: type[T], row: Any) -> T:
    """A frozen record out of a row whose columns are named as its fields."""
    return cls(**row._asdict())


class Database:
    """A SQLite file or a PostgreSQL database. One per process; safe to share between threads."""

    def __init__(self, url: str, *, clock: Clock = utc_now) -> None:
        """Open the database, make its tables or bring them up to date.

        Args:
            url: a SQLAlchemy URL, ``sqlite:///FILE`` or ``postgresql://USER@HOST/NAME``.
            clock: what time it is; tests hand in their own.

        Raises:
            ConfigurationError: the URL cannot be used, or a newer release made the database.
        """
        self.now = clock
        shown = "the given URL"
        try:
            address = _with_driver(make_url(url))
            # Messages end up in logs and terminals; a password must not.
            shown = f"'{address.render_as_string(hide_password=True)}'"
            if address.get_backend_name() not in ("sqlite", "postgresql"):
                raise ConfigurationError(
                    f"the database {shown} is neither SQLite nor PostgreSQL; set ASSISTANT_DATABASE_URL to one of them"
                )
            self._engine = create_engine(address, pool_pre_ping=True)
            self._writer = self._engine.execution_options(**{_WRITES: True})
            if self.is_sqlite:
                event.listen(self._engine, "connect", _durable_sqlite)
                event.listen(self._engine, "begin", _begin_sqlite)
            bring_up_to_date(self._engine, self._writer)
        except ConfigurationError:
            raise
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                f"the database {shown} needs the module '{error.name}'; pip install 'shopping-assistant[postgres]'"
            ) from error
        except Exception as error:
            raise ConfigurationError(f"the database {shown} cannot be opened: {error}") from error

    @classmethod
    def at(cls, url: str | None, folder: Path) -> Database:
        """The database at a URL, else the SQLite file in a folder, which is made.

        Raises:
            ConfigurationError: it cannot be opened, or the folder cannot be made.
        """
        if url:
            return cls(url)
        try:
            # What shoppers said is nobody else's on this machine.
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConfigurationError(f"the data folder '{folder}' cannot be made: {error}") from error
        return cls(f"sqlite:///{folder / FILE}")

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a file on this machine."""
        return self._engine.dialect.name == "sqlite"

    def close(self) -> None:
        """Release every connection."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection whose statements see one state of the database."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of its statements, or none.

        Raises:
            StoreError: a row refers to one that is not there, or is there already.
        """
        try:
            with self._writer.begin() as connection:
                yield connection
        except DBAPIError as error:
            if not _breaks_a_rule(error):
                raise
            raise StoreError(f"this cannot be stored: {error.orig}") from error

    def insert(self, table: Table) -> Upsert:
        """An insert that may say what happens ``on_conflict``; both databases spell it alike."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def wipe_traces(self) -> None:
        """After a deletion: empty SQLite's log, which still holds the pages as they were; not while somebody reads."""
        if not self.is_sqlite:
            return
        connection = self._engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except (sqlite3.OperationalError, DBAPIError):
            # Busy; the next checkpoint overwrites it.
            return
        finally:
            connection.close()


def _breaks_a_rule(error: DBAPIError) -> bool:
    """Whether a row was refused by a key or a check; pg8000 tells most of these by their SQLSTATE (class 23) only."""
    told = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return isinstance(error, IntegrityError) or (isinstance(told, dict) and str(told.get("C", "")).startswith("23"))


def _with_driver(url: URL) -> URL:
    """``postgresql://`` and ``postgres://`` mean pg8000, whatever SQLAlchemy's default is."""
    return url.set(drivername="postgresql+pg8000") if url.drivername in ("postgresql", "postgres") else url


def _durable_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions on its own; _begin_sqlite does.
    connection.isolation_level = None
    cursor = connection.cursor()
    # First, or the change to WAL fails where another process is opening the same new file.
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # What a shopper wants forgotten must not stay readable in free pages of the file.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A read that turns into a write fails at once where another process wrote meanwhile; taking the lock first waits.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
