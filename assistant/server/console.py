"""The agent console as a page of the server: mounted for agents, told who is signed in.

Knows the sign-in and the page; what the page does is in ``assistant.ui.console``.
"""

from __future__ import annotations

from typing import Any

from assistant.desk import Desk
from assistant.server.auth import current_user
from assistant.server.faces import Face
from assistant.server.roles import may
from assistant.ui.console import build_console
from assistant.ui.console_view import Staff
from assistant.ui.pictures import Pictures
from assistant.ui.theme import head, theme

PATH = "/console"
"""Where the page is."""


def console_face(desk: Desk, pictures: Pictures) -> Face:
    """The page for :func:`assistant.server.app.build_app`.

    Args:
        desk: the service behind it.
        pictures: drawings by product type.
    """
    return Face(PATH, build_console(desk, pictures, staff_of), "agent", theme(), head("console.css"))


def staff_of(request: Any) -> Staff:
    """Who sent a request to the page.

    Raises:
        PermissionError: nobody is signed in, which the middleware should have refused.
    """
    user = current_user(request)
    if user is None:
        raise PermissionError("the console was asked by nobody who is signed in")
    return Staff(user.name, may(user.role, "manager"))
