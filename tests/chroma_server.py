"""A real Chroma server of a test's own: ``chroma run`` on loopback over a temporary folder."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx

_RUN = "import sys; from chromadb.cli.cli import app; sys.argv[0] = 'chroma'; app()"


class ChromaServer:
    """A running server. ``url`` stays the same when it is stopped and started again over the same folder."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until it says that it listens."""
        command = ["run", "--path", str(self._folder), "--host", "127.0.0.1", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _RUN, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None
        said: list[str] = []
        for line in self._process.stdout:
            said.append(line)
            if "listening on address" in line:
                break
        else:
            raise RuntimeError(f"chroma run ended: {''.join(said)}")
        # Read on, or the server stops when the pipe is full.
        threading.Thread(target=self._process.stdout.read, daemon=True).start()
        # It says so a moment before it does.
        with httpx.Client(transport=httpx.HTTPTransport(retries=6)) as client:
            client.get(f"{self.url}/api/v2/heartbeat", timeout=30).raise_for_status()

    def stop(self) -> None:
        """End it, as when its machine goes away."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=30)
            self._process = None


@contextlib.contextmanager
def chroma_server(folder: Path) -> Iterator[ChromaServer]:
    """A started server, ended afterwards."""
    server = ChromaServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
