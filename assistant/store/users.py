"""People who sign in: name, role, and an argon2 hash of the password.

Knows what a name and a password must look like and how they are checked without telling which names exist. Does not
know what a role may do.
"""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, TypeAlias, get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, delete, func, insert, select, update

from assistant.errors import StoreError
from assistant.store.database import Database, record
from assistant.store.schema import LOGINS, USERS

Role: TypeAlias = Literal["agent", "manager", "admin"]

ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what the ones before it may."""

PASSWORD_LENGTH = (12, 256)
"""Characters a password may have."""

_NAME = re.compile(r"[\w][\w.@+-]{0,63}")
_CHECKS_AT_ONCE = 2
"""A check takes 64 MB for a moment; many at once would be a way to exhaust the machine."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in, unless disabled. ``has_password`` is false where only a proxy lets them in.

    ``shown`` is what shoppers read instead of the sign-in name, where one was chosen.
    """

    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None = None
    has_password: bool = True
    shown: str | None = None

    @property
    def shown_name(self) -> str:
        """What shoppers read."""
        return self.shown or without_address(self.name)

    @property
    def active(self) -> bool:
        """Whether this user may come in."""
        return self.disabled_at is None


class UserStore:
    """Users by name; names are compared without regard to case."""

    def __init__(self, database: Database, hasher: PasswordHasher | None = None) -> None:
        """Work on an open database.

        Args:
            database: where users are kept.
            hasher: argon2 with its costs; the library's recommended ones by default.
        """
        self._database = database
        self._hasher = hasher or PasswordHasher()
        self._checks = threading.Semaphore(_CHECKS_AT_ONCE)

    @cached_property
    def _nobody(self) -> str:
        """Checked against where there is no such user, so that the answer takes as long."""
        return self._hasher.hash(secrets.token_urlsafe(16))

    def add(self, name: str, role: Role, password: str | None, *, shown: str | None = None) -> User:
        """Add a user; without a password only a trusted proxy can let them in, without ``shown`` shoppers read the name
        up to an @.

        Raises:
            StoreError: the name is taken, or name, role or password cannot be used.
        """
        name = user_name(name)
        if not _NAME.fullmatch(name):
            raise StoreError(f"'{name}' cannot be a user name; take up to 64 letters, digits and any of . _ @ + -")
        if self.get(name) is not None:
            raise StoreError(f"there is a user '{name}' already; `assistant users password {name}` sets a new password")
        shown = None if shown is None else _shown(shown)
        user = User(name, _known(role), self._database.now(), None, password is not None, shown)
        hashed = None if password is None else self._hash(name, password)
        with self._database.writing() as connection:
            connection.execute(
                insert(USERS).values(name=name, role=role, password=hashed, created_at=user.created_at, shown=shown)
            )
        return user

    def get(self, name: str) -> User | None:
        """A user by name."""
        with self._database.reading() as connection:
            row = connection.execute(select(*USER_FIELDS).where(USERS.c.name == user_name(name))).one_or_none()
        return None if row is None else record(User, row)

    def shown_names(self, names: Iterable[str]) -> dict[str, str]:
        """Sign-in name → what shoppers read; of somebody unknown the name up to an @."""
        wanted = {name: user_name(name) for name in names}
        with self._database.reading() as connection:
            rows = connection.execute(select(USERS.c.name, USERS.c.shown).where(USERS.c.name.in_(set(wanted.values()))))
            chosen = {row.name: row.shown for row in rows}
        return {name: chosen.get(key) or without_address(name) for name, key in wanted.items()}

    def all(self) -> tuple[User, ...]:
        """Every user, by name."""
        with self._database.reading() as connection:
            return tuple(record(User, row) for row in connection.execute(select(*USER_FIELDS).order_by(USERS.c.name)))

    def has_admin(self) -> bool:
        """Whether any admin may come in."""
        with self._database.reading() as connection:
            return bool(
                connection.execute(
                    select(func.count()).where(USERS.c.role == "admin", USERS.c.disabled_at.is_(None))
                ).scalar_one()
            )

    def check(self, name: str, password: str) -> User | None:
        """The user of that name and password; ``None`` if there is none, or they are disabled. Takes equally long."""
        name = user_name(name)
        with self._database.reading() as connection:
            stored = connection.execute(select(USERS.c.password).where(USERS.c.name == name)).scalar_one_or_none()
        with self._checks:
            right = self._verify(stored or self._nobody, password)
        user = self.get(name)
        if not right or stored is None or user is None or not user.active:
            return None
        if self._hasher.check_needs_rehash(stored):
            with self._checks:
                again = self._hasher.hash(_one_form(password))
            self._write(name, password=again)
        return user

    def set_password(self, name: str, password: str) -> None:
        """Give a user another password and end what they were signed in to.

        Raises:
            StoreError: there is no such user, or the password cannot be used.
        """
        name = user_name(name)
        self._write(name, end_logins=True, password=self._hash(name, password))

    def set_role(self, name: str, role: Role) -> None:
        """Give a user another role; it counts from their next request on.

        Raises:
            StoreError: there is no such user or role, or nobody would be left to administer.
        """
        if _known(role) != "admin":
            self._keep_an_admin(name)
        self._write(user_name(name), role=role)

    def set_shown(self, name: str, shown: str | None) -> None:
        """Let shoppers read another name from now on; ``None`` for the sign-in name up to an @.

        Raises:
            StoreError: there is no such user, or the name cannot be shown.
        """
        self._write(user_name(name), shown=None if shown is None else _shown(shown))

    def disable(self, name: str) -> None:
        """Let a user in no more, from now on.

        Raises:
            StoreError: there is no such user, or nobody would be left to administer.
        """
        self._keep_an_admin(name)
        self._write(user_name(name), end_logins=True, disabled_at=self._database.now())

    def enable(self, name: str) -> None:
        """Let a disabled user in again.

        Raises:
            StoreError: there is no such user.
        """
        self._write(user_name(name), disabled_at=None)

    def _keep_an_admin(self, name: str) -> None:
        admins = {user.name for user in self.all() if user.role == "admin" and user.active}
        if admins == {user_name(name)}:
            raise StoreError(f"'{user_name(name)}' is the last admin; add another with `assistant users add` first")

    def _write(self, name: str, *, end_logins: bool = False, **values: Any) -> None:
        with self._database.writing() as connection:
            if not connection.execute(update(USERS).where(USERS.c.name == name).values(**values)).rowcount:
                raise StoreError(f"there is no user '{name}'; `assistant users list` shows all")
            if end_logins:
                connection.execute(delete(LOGINS).where(LOGINS.c.user_name == name))

    def _hash(self, name: str, password: str) -> str:
        shortest, longest = PASSWORD_LENGTH
        if not shortest <= len(password) <= longest:
            raise StoreError(f"a password has {shortest} to {longest} characters, this one {len(password)}")
        if user_name(password) == name:
            raise StoreError("a password must not be the user's name")
        with self._checks:
            return self._hasher.hash(_one_form(password))

    def _verify(self, stored: str, password: str) -> bool:
        if len(password) > PASSWORD_LENGTH[1]:
            return False
        try:
            return self._hasher.verify(stored, _one_form(password))
        except (VerificationError, InvalidHashError):
            return False


HAS_PASSWORD: ColumnElement[bool] = USERS.c.password.is_not(None).label("has_password")
USER_FIELDS = (USERS.c.name, USERS.c.role, USERS.c.created_at, USERS.c.disabled_at, HAS_PASSWORD, USERS.c.shown)
"""What a :class:`User` is made of."""


def user_name(text: str) -> str:
    """The one form under which a name is stored and looked up."""
    return unicodedata.normalize("NFKC", text).strip().casefold()[:256]


def without_address(name: str) -> str:
    """A sign-in name without the domain that would tell a mail address."""
    return name.partition("@")[0] or name


def _shown(text: str) -> str:
    shown = " ".join(unicodedata.normalize("NFC", text).split())
    if not shown or len(shown) > 64 or "@" in shown or not shown.isprintable():
        raise StoreError(f"'{text[:80]}' cannot be shown as a name; take 1 to 64 printable characters and no @")
    return shown


def _one_form(password: str) -> str:
    # The same key presses give composed or decomposed letters, by keyboard.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode("utf-8")


def _known(role: Role) -> Role:
    if role not in ROLES:
        raise StoreError(f"a role is one of {', '.join(ROLES)}, not '{role}'")
    return role
