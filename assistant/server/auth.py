"""Who somebody is, and the rules of coming in: passwords, sign-ins, a proxy's word, attempts.

Knows users, tokens and cookies; knows neither pages nor which path asks for what.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import HTTPConnection

from assistant.server.peers import Proxies, one_household
from assistant.server.rates import Rates
from assistant.settings import Settings
from assistant.store.database import Database, utc_now
from assistant.store.logins import LoginStore
from assistant.store.users import User, UserStore, user_name

log = logging.getLogger(__name__)

SESSION_COOKIE = "lantern_session"
FORM_COOKIE = "lantern_form"
VISIT_COOKIE = "lantern_visit"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that succeeded; the token goes into the cookie and nowhere else."""

    user: User
    token: str


@dataclass(frozen=True, slots=True)
class TooMany:
    """Too many attempts; ``wait`` is in seconds."""

    wait: int


class Door:
    """Lets people in, and knows them again."""

    def __init__(
        self,
        users: UserStore,
        logins: LoginStore,
        attempts: Rates,
        by_name: Rates,
        *,
        longest: timedelta,
        sign_in: bool = True,
    ) -> None:
        """Work on open stores.

        Args:
            users: who may come in.
            logins: who has.
            attempts: how often one address may try, in all and with one name.
            by_name: how often one name may be tried from everywhere; much more, or whoever knows a name could lock its
                owner out.
            longest: how long the cookie lives.
            sign_in: False lets everybody in as an admin; for one's own machine only.
        """
        self.users = users
        self.longest = longest
        self.sign_in_asked = sign_in
        self._logins = logins
        self._attempts = attempts
        self._by_name = by_name

    def who(self, connection: HTTPConnection) -> User | None:
        """Whoever asks: by a trusted proxy's word, or by the cookie of a sign-in."""
        if not self.sign_in_asked:
            return User("local", "admin", utc_now())
        named: str | None = connection.scope.get("state", {}).get("proxy_user")
        if named is not None:
            user = self.users.get(named)
            return user if user is not None and user.active else None
        token = connection.cookies.get(SESSION_COOKIE)
        return self._logins.who(token) if token else None

    def sign_in(self, name: str, password: str, address: str) -> SignedIn | TooMany | None:
        """Try a name and a password; ``None`` if they do not belong together."""
        who = user_name(name)
        # Counted before the check, so that many tries at once cannot all slip through before the first is counted.
        # An address over its limit cannot use up the attempts of any name besides.
        household = one_household(address)
        wait = self._attempts.hit("address", household)
        if wait is None:
            wait = self._attempts.hit("name", who, household)
        if wait is None:
            wait = self._by_name.hit("name", who)
        if wait is not None:
            log.warning("sign-in attempts over the limit", extra={"address": address})
            return TooMany(wait)
        user = self.users.check(who, password)
        if user is None:
            log.warning("a sign-in failed", extra={"address": address})
            return None
        self._attempts.forgive("name", who, household)
        return SignedIn(user, self._logins.open(user))

    def sign_out(self, connection: HTTPConnection) -> None:
        """End the sign-in of this cookie."""
        if token := connection.cookies.get(SESSION_COOKIE):
            self._logins.close(token)


@dataclass(frozen=True, slots=True)
class Access:
    """Everything the server needs to decide who may do what, and how often."""

    door: Door
    proxies: Proxies
    per_address: Rates
    per_session: Rates
    names: frozenset[str] = frozenset()
    public: bool = False
    mcp_token: str | None = None

    @classmethod
    def of(cls, database: Database, settings: Settings, *, public: bool = False) -> Access:
        """By the settings.

        Args:
            database: where users are kept.
            settings: limits, proxies and names.
            public: whether other machines are answered.

        Raises:
            ConfigurationError: a rate or a proxy cannot be read.
        """
        longest = timedelta(hours=settings.sign_in_hours)
        logins = LoginStore(database, idle=timedelta(minutes=settings.sign_in_idle_minutes), longest=longest)
        attempts = Rates(settings.sign_in_limit, "ASSISTANT_SIGN_IN_LIMIT")
        by_name = Rates(settings.sign_in_limit_name, "ASSISTANT_SIGN_IN_LIMIT_NAME")
        return cls(
            Door(UserStore(database), logins, attempts, by_name, longest=longest, sign_in=settings.sign_in),
            Proxies.parse(settings.trusted_proxy, settings.proxy_user_header),
            Rates(settings.rate_limit_address, "ASSISTANT_RATE_LIMIT_ADDRESS"),
            Rates(settings.rate_limit_session, "ASSISTANT_RATE_LIMIT_SESSION"),
            frozenset(name.strip().lower() for name in settings.public_names.split(",") if name.strip()),
            public,
            settings.mcp_token.get_secret_value() if settings.mcp_token is not None else None,
        )


def current_user(connection: Any) -> User | None:
    """Who asks, on a path that asks for a role; takes Starlette's and Gradio's request alike."""
    inner = getattr(connection, "request", connection)
    user = inner.scope.get("state", {}).get("user")
    return user if isinstance(user, User) else None


def visit_of(connection: Any) -> str | None:
    """The name of a browser visit, which says nothing of anybody; takes Starlette's and Gradio's request alike."""
    inner = getattr(connection, "request", connection)
    value: str | None = inner.cookies.get(VISIT_COOKIE)
    return value if value and len(value) <= 64 and value.isascii() else None


def new_form_token() -> str:
    """What a form and a cookie must both carry: a page elsewhere can send the form, but cannot read the cookie."""
    return secrets.token_urlsafe(24)


def form_token_fits(connection: HTTPConnection, sent: object) -> bool:
    """Whether form and cookie carry the same."""
    kept = connection.cookies.get(FORM_COOKIE, "")
    return isinstance(sent, str) and bool(kept) and hmac.compare_digest(kept.encode(), sent.encode("utf-8", "replace"))
