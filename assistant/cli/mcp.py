"""``assistant mcp``: the catalogue as MCP tools over standard input and output."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from assistant.server.shelf import Shelf

IndexDir = Annotated[
    Path | None, typer.Option("--index", help="index folder; without it the default catalogue is used")
]


class LateShelf:
    """The catalogue, opened while the client is greeted; the first call waits for it."""

    def __init__(self, index: Path | None) -> None:
        """Begin to open an index folder, or the default catalogue's."""
        self._index = index
        self._lock = threading.Lock()
        self._shelf: Shelf | None = None
        threading.Thread(target=self._ahead, name="shelf", daemon=True).start()

    def __call__(self) -> Shelf:
        """The open catalogue.

        Raises:
            AssistantError: it cannot be opened; the next call tries again.
        """
        with self._lock:
            if self._shelf is None:
                self._shelf = self._open()
            return self._shelf

    def _ahead(self) -> None:
        from assistant.errors import AssistantError

        try:
            self()
        except AssistantError as error:
            # Told to the client as well, by the first call.
            typer.echo(f"assistant: {' '.join(str(error).split())}", err=True)

    def _open(self) -> Shelf:
        from assistant.assembly import Parts
        from assistant.progress import Steps
        from assistant.server.shelf import Shelf
        from assistant.settings import Settings

        with Steps() as steps:
            parts = Parts(Settings(), index=self._index, report=steps)
            companions = parts.companions
            return Shelf(parts.reader, parts.engine, companions, parts.policies)


def mcp(index: IndexDir = None) -> None:
    """Serve search, recommend, compare and product to an agent, over standard input and output (MCP)."""
    import anyio
    from mcp.server.stdio import stdio_server

    from assistant.server.mcp_tools import build_mcp

    server = build_mcp(LateShelf(index))

    async def serve() -> None:
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())

    try:
        anyio.run(serve)
    except KeyboardInterrupt:
        # Ctrl-C is how a person ends it.
        return
