"""Who is signed in: opaque tokens, of which only a hash is stored, so that a stolen database opens nothing.

A sign-in ends when it is not used for a while, and at the latest after a fixed time.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from assistant.store.database import Database
from assistant.store.schema import LOGINS, USERS
from assistant.store.users import USER_FIELDS, User

_SEEN_STEPS = 20
"""A use is written down when a twentieth of the idle time has passed since the last, not at every request."""


class LoginStore:
    """Sign-ins by token."""

    def __init__(self, database: Database, *, idle: timedelta, longest: timedelta) -> None:
        """Work on an open database.

        Args:
            database: where they are kept.
            idle: without a request for this long a sign-in ends.
            longest: after this long it ends in any case.
        """
        self._database = database
        self._idle = idle
        self._longest = longest

    def open(self, user: User) -> str:
        """Sign a user in; returns the token, which is told once and stored nowhere."""
        token = secrets.token_urlsafe(32)
        now = self._database.now()
        with self._database.writing() as connection:
            connection.execute(
                delete(LOGINS).where((LOGINS.c.expires_at <= now) | (LOGINS.c.seen_at <= now - self._idle))
            )
            connection.execute(
                insert(LOGINS).values(
                    token=_hashed(token),
                    user_name=user.name,
                    created_at=now,
                    seen_at=now,
                    expires_at=now + self._longest,
                )
            )
        return token

    def who(self, token: str) -> User | None:
        """The user a token belongs to; ``None`` if it is unknown or over, or the user was disabled."""
        now = self._database.now()
        known = _hashed(token)
        with self._database.reading() as connection:
            row = connection.execute(
                select(LOGINS.c.seen_at, *USER_FIELDS)
                .join(USERS, USERS.c.name == LOGINS.c.user_name)
                .where(LOGINS.c.token == known, LOGINS.c.expires_at > now, LOGINS.c.seen_at > now - self._idle)
            ).one_or_none()
        if row is None:
            return None
        values = row._asdict()
        seen = values.pop("seen_at")
        user = User(**values)
        if not user.active:
            return None
        if now - seen > self._idle / _SEEN_STEPS:
            with self._database.writing() as connection:
                connection.execute(update(LOGINS).where(LOGINS.c.token == known).values(seen_at=now))
        return user

    def close(self, token: str) -> None:
        """Sign out."""
        with self._database.writing() as connection:
            connection.execute(delete(LOGINS).where(LOGINS.c.token == _hashed(token)))


def _hashed(token: str) -> str:
    # A token is random; unlike a password it needs no slow hash.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
