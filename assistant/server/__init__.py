"""The web server: pages and HTTP interface of one assistant."""

from assistant.server.app import build_app
from assistant.server.serve import serve

__all__ = ["build_app", "serve"]
