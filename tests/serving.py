"""A web application listening in a thread of the tests, at a free port. Knows nothing of what it serves."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address of ``app`` while it listens; its requests are given two seconds to end afterwards."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        # Listening before the thread runs: a browser that comes earlier waits in the queue instead of being refused.
        listener.listen(128)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
