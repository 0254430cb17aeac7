"""Who is at the other end of a connection: the browser, or a proxy that says whom it speaks for.

What a request says of its own origin (``X-Forwarded-*``) is believed of trusted proxies only, and taken out of all
others, so that nothing behind this middleware has to ask again. Knows no user.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.errors import ConfigurationError

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Headers: TypeAlias = list[tuple[bytes, bytes]]

_SAID_BY_PROXIES = (b"forwarded", b"x-real-ip", b"x-forwarded-")


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies whose word is taken. ``user_header`` is the lower-case header that names who is signed in there."""

    networks: tuple[Network, ...] = ()
    user_header: str | None = None

    @classmethod
    def parse(cls, networks: str, user_header: str | None) -> Proxies:
        """Read the settings.

        Args:
            networks: addresses and CIDR blocks, separated by commas.
            user_header: name of the header; ``None`` where proxies name nobody.

        Raises:
            ConfigurationError: a block cannot be read, covers every address, or a header is named without any block.
        """
        found: list[Network] = []
        for block in filter(None, (part.strip() for part in networks.split(","))):
            try:
                network = ipaddress.ip_network(block)
            except ValueError as error:
                raise ConfigurationError(
                    f"ASSISTANT_TRUSTED_PROXY: '{block}' is no address or CIDR block ({error}); write 10.0.0.0/8"
                ) from error
            if network.prefixlen == 0:
                raise ConfigurationError(f"ASSISTANT_TRUSTED_PROXY: '{block}' is everybody; name your proxy alone")
            found.append(network)
        if user_header and not found:
            raise ConfigurationError(
                f"ASSISTANT_PROXY_USER_HEADER is '{user_header}', but anybody could send it; "
                "say in ASSISTANT_TRUSTED_PROXY whose word is taken"
            )
        return cls(tuple(found), user_header.strip().lower() if user_header else None)

    def trust(self, address: str) -> bool:
        """Whether an address is a trusted proxy's."""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.networks)

    def client_behind(self, peer: str, forwarded_for: str) -> str:
        """The nearest address on the way that is no trusted proxy; what lies beyond it is hearsay."""
        for address in (part.strip() for part in reversed(forwarded_for.split(","))):
            try:
                ipaddress.ip_address(address)
            except ValueError:
                return peer
            if not self.trust(address):
                return address
            peer = address
        return peer


class PeerMiddleware:
    """Puts the client's address, scheme and host into the scope as far as a trusted proxy told them."""

    def __init__(self, app: ASGIApp, *, proxies: Proxies) -> None:
        self._app = app
        self._proxies = proxies
        own = proxies.user_header
        self._user_header = own.encode("latin-1") if own else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with what is said by others taken out, or put in its place."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers: Headers = [(name.lower(), value) for name, value in scope["headers"]]
        client = scope.get("client") or ("", 0)
        state = dict(scope.get("state") or {})
        scope = {**scope, "state": state}
        if self._proxies.trust(client[0]):
            said = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
            scope["client"] = (self._proxies.client_behind(client[0], said.get("x-forwarded-for", "")), client[1])
            scheme = said.get("x-forwarded-proto", "").split(",")[0].strip().lower()
            if scheme in ("http", "https"):
                scope["scheme"] = scheme
            if host := said.get("x-forwarded-host", "").split(",")[0].strip():
                headers = [(n, v) for n, v in headers if n != b"host"] + [(b"host", host.encode("latin-1"))]
            if self._proxies.user_header and (user := said.get(self._proxies.user_header, "").strip()):
                state["proxy_user"] = user
        else:
            headers = [(name, value) for name, value in headers if not name.startswith(_SAID_BY_PROXIES)]
        scope["headers"] = [(name, value) for name, value in headers if name != self._user_header]
        await self._app(scope, receive, send)


def one_household(address: str) -> str:
    """The address to count by: of IPv6 the /64, whose addresses one client has at will."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def host_name(host: str) -> str:
    """The name in a ``Host`` header, without the port."""
    return host.rsplit("]", 1)[0] if host.startswith("[") else host.partition(":")[0]
