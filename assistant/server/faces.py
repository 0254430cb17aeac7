"""Mounting a page that Gradio serves: for a role or for everybody, with everything off that it does not need.

Knows Gradio's switches; knows nothing of what a page shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from gradio import mount_gradio_app

from assistant.server.auth import current_user
from assistant.server.roles import may, required_role
from assistant.store.users import Role


@dataclass(frozen=True, slots=True)
class Face:
    """A page to mount. ``blocks`` is Gradio's; ``role`` the least that may see it, ``None`` for everybody."""

    path: str
    blocks: Any
    role: Role | None
    theme: Any = None
    head: str = ""


def mount_face(app: FastAPI, blocks: Any, path: str, role: Role | None, *, theme: Any = None, head: str = "") -> None:
    """Mount a page.

    The middleware refuses whoever lacks the role on every route below ``path``; Gradio asks a second time on its own.
    The page at ``/`` takes every path that is left, so it is mounted last.

    Args:
        app: the server.
        blocks: the page.
        path: where it is.
        role: the least role that may see it; ``None`` for everybody.
        theme: Gradio's theme.
        head: what goes into the page's head.

    Raises:
        ValueError: the table of roles asks for less at this path, so some routes of the page would be open.
    """
    asked = required_role(path)
    if role is not None and (asked is None or not may(asked, role)):
        raise ValueError(
            f"'{path}' is for '{role}', but the table of roles asks for '{asked}' there; add it in roles.py"
        )

    def name_of(request: Request) -> str | None:
        user = current_user(request)
        return user.name if user is not None and role is not None and may(user.role, role) else None

    if path != "/":
        # Without the slash the path would fall to the page at "/".
        @app.get(path)
        def to_the_page(request: Request) -> RedirectResponse:
            query = request.url.query
            return RedirectResponse(f"{path}/?{query}" if query else f"{path}/")

    mount_gradio_app(
        app,
        blocks,
        path=path,
        auth_dependency=None if role is None else name_of,
        allowed_paths=[],
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=1,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        theme=theme,
        head=head,
    )
