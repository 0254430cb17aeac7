"""Which role a path asks for. The one table of it: what is not listed is public.

Knows paths and roles; does not know who somebody is.
"""

from __future__ import annotations

from assistant.store.users import ROLES, Role

PROTECTED: tuple[tuple[str, Role], ...] = (
    ("/console", "agent"),
    ("/api/console", "agent"),
    ("/lab", "manager"),
    ("/api/lab", "manager"),
    ("/admin", "admin"),
    ("/api/admin", "admin"),
)
"""Each path, with everything below it, and the least role that may ask for it."""


def required_role(path: str) -> Role | None:
    """The least role that may ask for a path; ``None`` where everybody may."""
    for prefix, role in PROTECTED:
        if path == prefix or path.startswith(prefix + "/"):
            return role
    return None


def may(role: Role, needed: Role) -> bool:
    """Whether a role is the needed one or one above it."""
    return ROLES.index(role) >= ROLES.index(needed)
