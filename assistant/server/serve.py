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
from assistant.desk import Desk, EditedPolicies
from assistant.errors import ConfigurationError
from assistant.progress import Steps
from assistant.server.auth import Access
from assistant.server.guard import is_loopback
from assistant.server.upkeep import Upkeep
from assistant.sessions import Sessions
from assistant.settings import Settings
from assistant.store.conversations import ConversationStore
from assistant.store.database import FILE, Database
from assistant.store.users import UserStore
from assistant.ui.pictures import Pictures

_POLL_SECONDS = 0.1


def serve(settings: Settings, *, index: Path | None = None, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serve the shop until interrupted.

    Args:
        settings: everything that can be set.
        index: an index folder; without it the default catalogue's, built on first use.
        host: a name or address of this machine; other than loopback only where an admin can sign in.
        port: TCP port; 0 lets the system choose.

    Raises:
        ConfigurationError: the address is open to other machines without anybody who could sign in, or is taken.
    """
    public = not is_loopback(host)
    if public:
        check_sign_in(settings, host)
    # Bound before minutes of loading: a taken port is told at once, and nobody else can take it meanwhile.
    listener = _bind(host, port)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    with Steps() as steps:
        database = open_database(settings)
        parts = Parts(settings, index=index, report=steps, edited=lambda book: EditedPolicies(book, database))
        assistant = parts.live()
        steps("opening the shop", 0.0)
        assistant.get().blurbs.warm()
        from assistant.server.app import build_app
        from assistant.server.console import console_face
        from assistant.server.lab import lab_face, open_lab

        upkeep = Upkeep(database, settings.retention_days) if settings.retention_days else None
        sessions = Sessions(assistant, ConversationStore(database), personal=settings.personal)
        folders = [folder for folder in _picture_folders(parts) if folder.is_dir()]
        access = Access.of(database, settings, public=public)
        pictures = Pictures.load(folders, parts.lexicon)
        lab = open_lab(parts, database, assistant)
        faces = (console_face(open_desk(settings, parts, sessions), pictures), lab_face(lab))
        app = build_app(sessions, pictures, access, faces)
        steps("opening the shop", 1.0)
    # Who speaks for whom is decided by our own settings: uvicorn would believe every process of this machine.
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5, proxy_headers=False, server_header=False)
    )
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
        lab.close()
        sessions.close()
        if upkeep is not None:
            upkeep.close()
        database.close()
        listener.close()


def open_database(settings: Settings) -> Database:
    """The database of these settings: by URL, else SQLite in the data folder.

    Raises:
        ConfigurationError: it cannot be opened, or the data folder cannot be made.
    """
    return Database.at(settings.database_url, settings.data)


def open_desk(settings: Settings, parts: Parts, sessions: Sessions) -> Desk:
    """The service behind the agent console, over the conversations of the shop.

    Raises:
        ConfigurationError: the orders cannot be read.
    """
    cases = settings.prompts or settings.data / "prompts"
    return Desk.of(sessions, lexicon=parts.lexicon, policies=parts.policies, orders=parts.orders, cases=cases)


def check_sign_in(settings: Settings, host: str) -> None:
    """Refuse to be open to other machines as long as nobody can sign in.

    Raises:
        ConfigurationError: sign-in is off, or there is no admin yet.
    """
    opened = f"--host '{host}' is open to other machines"
    if not settings.sign_in:
        raise ConfigurationError(f"{opened}, and sign-in is off; take ASSISTANT_SIGN_IN=false away, or use 127.0.0.1")
    # Looked for only where it is: asking must not make a database.
    if settings.database_url or (settings.data / FILE).exists():
        database = open_database(settings)
        try:
            if UserStore(database).has_admin():
                return
        finally:
            database.close()
    raise ConfigurationError(
        f"{opened}, and no admin has a sign-in yet; `assistant users add NAME --role admin`, or use 127.0.0.1"
    )


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
