"""The application: HTTP interface, MCP tools, sign-in and pages on one FastAPI app, behind the guard."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.routing import Route

from assistant.server.access import AccessMiddleware
from assistant.server.api import Elsewhere, install_errors, routes
from assistant.server.auth import Access
from assistant.server.beside import beside_routes
from assistant.server.faces import Face, mount_face
from assistant.server.guard import Guard
from assistant.server.mcp_http import PATH as MCP_PATH
from assistant.server.mcp_http import McpEndpoint
from assistant.server.mcp_tools import build_mcp
from assistant.server.openapi import docs_routes
from assistant.server.peers import PeerMiddleware
from assistant.server.shelf import Shelf
from assistant.server.sign_in import sign_in_routes
from assistant.sessions import Sessions
from assistant.settings import Settings
from assistant.ui.pictures import Pictures
from assistant.ui.shop import build_shop
from assistant.ui.theme import head, theme


def build_app(
    sessions: Sessions, pictures: Pictures, access: Access | None = None, faces: Sequence[Face] = ()
) -> FastAPI:
    """The app that answers for ``sessions``.

    Args:
        sessions: conversations and their assistant; the caller closes them after the server stopped.
        pictures: drawings by product type.
        access: who may do what, and how often; by default with the default settings, on the database of ``sessions``.
        faces: pages besides the shop.
    """
    # Defaults alone, whatever this process's environment says.
    access = access or Access.of(sessions.store.database, Settings.model_construct())
    agents = McpEndpoint(build_mcp(lambda: Shelf.of(sessions.assistant)), access.mcp_token)
    app = FastAPI(title="Lantern", docs_url=None, redoc_url=None, openapi_url=None, lifespan=agents.running)
    install_errors(app)
    interface = routes(sessions, access.per_session)
    app.include_router(interface)
    app.include_router(docs_routes(interface))
    app.router.routes.append(Route(MCP_PATH, agents))
    app.include_router(sign_in_routes(access))
    app.include_router(beside_routes(sessions))
    for face in faces:
        mount_face(app, face.blocks, face.path, face.role, theme=face.theme, head=face.head)
    app.router.routes.append(Route("/api/{rest:path}", Elsewhere(interface)))
    mount_face(app, build_shop(sessions, pictures), "/", None, theme=theme(), head=head())
    remote = sessions.assistant.engine.remote_pictures
    # The last one added is asked first: who is there, may they ask this server, may they ask this path.
    app.add_middleware(AccessMiddleware, access=access)
    app.add_middleware(Guard, remote_pictures=remote, names=access.names, public=access.public)
    app.add_middleware(PeerMiddleware, proxies=access.proxies)
    return app
