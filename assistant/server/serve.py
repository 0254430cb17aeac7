"""From settings to a running server: progress while it gets ready, the address once it answers."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import threading
from pathlib import Path

import uvicorn

from assistant.assembly import Parts
from assistant.errors import ConfigurationError
from assistant.progress import Steps
from assistant.server.guard import is_loopback
from assistant.sessions import Sessions
from assistant.settings import Settings
from assistant.store.conversations import ConversationStore
from assistant.ui.pictures import Pictures

_POLL_SECONDS = 0.1


def serve(settings: Settings, *, index: Path | None = None, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serve the shop until interrupted.

    Args:
        settings: everything that can be set.
        index: an index folder; without it the default catalogue's, built on first use.
        host: a loopback name or address.
        port: TCP port; 0 lets the system choose.

    Raises:
        ConfigurationError: the address is not loopback, or is taken.
    """
    if not is_loopback(host):
        raise ConfigurationError(
            f"--host '{host}' is open to other machines, and there is no sign-in yet; use 127.0.0.1, localhost or ::1"
        )
    # Bound before minutes of loading: a taken port is told at once, and nobody else can take it meanwhile.
    listener = _bind(host, port)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    with Steps() as steps:
        parts = Parts(settings, index=index, report=steps)
        assistant = parts.live()
        steps("opening the shop", 0.0)
        assistant.get().blurbs.warm()
        from assistant.server.app import build_app

        store = open_store(settings)
        sessions = Sessions(assistant, store)
        folders = [folder for folder in _picture_folders(parts) if folder.is_dir()]
        app = build_app(sessions, Pictures.load(folders, parts.lexicon))
        steps("opening the shop", 1.0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5))
    address = listener.getsockname()
    announcer = threading.Thread(
        target=_announce, args=(steps, server, address[0], address[1]), name="announce", daemon=True
    )
    announcer.start()
    if threading.current_thread() is threading.main_thread():
        # uvicorn stops in an orderly way and then sends itself the signal again; turns under way must still be stored.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        steps.note("The shop is closed.")
    finally:
        server.should_exit = True
        announcer.join()
        sessions.close()
        store.close()
        listener.close()


def open_store(settings: Settings) -> ConversationStore:
    """The conversation store of these settings: a database by URL, else SQLite in the data folder."""
    if settings.database_url:
        return ConversationStore(settings.database_url)
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"the data folder '{settings.data}' cannot be made: {error}") from error
    return ConversationStore(f"sqlite:///{settings.data / 'conversations.sqlite'}")


def _picture_folders(parts: Parts) -> tuple[Path, ...]:
    """Drawings beside the catalogue in use come before the shipped ones."""
    return parts.catalog_file.parent / "images", parts.catalog_folder / "images"


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"{host}:{port} cannot be listened on ({error.strerror or error}); choose another with --port"
        ) from error
    return listener


def _announce(steps: Steps, server: uvicorn.Server, host: str, port: int) -> None:
    """Say where the shop is, once it answers."""
    waiting = threading.Event()
    while not server.should_exit:
        connection = http.client.HTTPConnection(host, port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                name = f"[{host}]" if ":" in host else host
                steps.note(f"The shop is open: http://{name}:{port}  (Ctrl-C closes it)")
                return
        except OSError:
            # Not listening yet; the wait is what this loop is for.
            waiting.wait(_POLL_SECONDS)
        finally:
            connection.close()
