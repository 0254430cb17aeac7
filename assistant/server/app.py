"""The application: HTTP interface and shop page on one FastAPI app, behind the guard."""

from __future__ import annotations

from fastapi import FastAPI
from gradio import mount_gradio_app

from assistant.server.api import install_errors, routes
from assistant.server.guard import Guard
from assistant.sessions import Sessions
from assistant.ui.pictures import Pictures
from assistant.ui.shop import build_shop
from assistant.ui.theme import head, theme


def build_app(sessions: Sessions, pictures: Pictures) -> FastAPI:
    """The app that answers for ``sessions``.

    Args:
        sessions: conversations and their assistant; the caller closes them after the server stopped.
        pictures: drawings by product type.
    """
    app = FastAPI(title="Lantern", docs_url=None, redoc_url=None, openapi_url=None)
    install_errors(app)
    app.include_router(routes(sessions))
    remote = sessions.assistant.engine.remote_pictures
    mount_gradio_app(
        app,
        build_shop(sessions, pictures),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=1,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        theme=theme(),
        head=head(),
    )
    app.add_middleware(Guard, remote_pictures=remote)
    return app
