"""Runs the command in processes of their own that need not import everything again.

One process imports what the commands import, and waits; each run is a fork of it, with its own arguments, environment,
standard streams and exit status, which loads its own models and ends as any interpreter ends. Nothing but modules is
made before the fork, and no module that starts threads. Knows nothing of any command.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_START = "import sys; sys.path.append(sys.argv[1]); import prepared; prepared.wait(int(sys.argv[2]))"
_IMPORTED = (
    "torch",
    "transformers",
    "chromadb",
    "assistant.assembly",
    "assistant.cli.records",
    "assistant.evaluation",
)
# Their imports start threads, which a fork would be without: it would wait for them when it ends.
_WITH_THREADS = frozenset(("onnxruntime", "polars", "pyarrow"))


class Prepared:
    """The waiting process, started for the first run. It serves one run at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (close() closes it)

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            folder = str(Path(__file__).resolve().parent)
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, folder, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._channel = ours
        return ours

    def run(
        self, arguments: Sequence[str], *, stdin: bytes, environment: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[bytes]:
        """Run the command and wait for its end; what the imports said on stderr is told as if this run had imported.

        Raises:
            TimeoutError: it took longer than ``timeout`` seconds.
        """
        channel = self._channel or self._start()
        channel.settimeout(timeout)
        with contextlib.ExitStack() as files:
            order, source, out, err = (files.enter_context(tempfile.TemporaryFile()) for _ in range(4))
            asked = {"arguments": list(arguments), "environment": dict(environment), "folder": os.getcwd()}
            order.write(json.dumps(asked).encode())
            source.write(stdin)
            for file in (order, source):
                file.flush()
                file.seek(0)
            socket.send_fds(channel, [b"!"], [f.fileno() for f in (order, source, out, err)])
            answer = channel.recv(16)
            if not answer:
                raise RuntimeError(f"the prepared process ended: {_all_of(self._said).decode()[-2000:]}")
            return subprocess.CompletedProcess(
                list(arguments), int(answer), _all_of(out), _all_of(self._said) + _all_of(err)
            )

    def close(self) -> None:
        """End the waiting process, and a run that did not end."""
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._said.close()


def _all_of(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def wait(channel: int) -> None:
    """In the prepared process: import, then fork for every order until the other end is closed."""
    from assistant.cli.main import main

    # A command sets what libraries read when they are imported; its help loads none of them.
    sys.argv = ["assistant", "--help"]
    with contextlib.suppress(SystemExit):
        main()
    for name in _IMPORTED:
        importlib.import_module(name)
    if found := _WITH_THREADS & sys.modules.keys():
        raise RuntimeError(f"{sorted(found)} cannot be imported before a fork; take out of _IMPORTED what imports it")
    gc.freeze()
    orders = socket.socket(fileno=channel)
    while True:
        byte, files, _, _ = socket.recv_fds(orders, 1, 4)
        if not byte:
            return
        child = os.fork()
        if child == 0:
            orders.close()
            _become(files)
            # Returning from here, or the exit inside, ends this interpreter as a command's is ended.
            main()
            return
        for file in files:
            os.close(file)
        orders.sendall(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _become(files: Sequence[int]) -> None:
    order, *streams = files
    with os.fdopen(order, "rb") as file:
        asked: dict[str, Any] = json.load(file)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.argv = ["-c", *asked["arguments"]]
