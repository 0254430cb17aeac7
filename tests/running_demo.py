"""The real demo with a data folder of its own and a Chromium to look at it, for what measures or pictures its pages.

Knows how both are started and ended; knows nothing of what is done with them.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

NAME, PASSWORD = "mia", "correct horse battery"
"""Somebody who may see every page."""

_COMMAND = (sys.executable, "-c", "from assistant.cli import main; main()")
_FLAGS = ("--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync").split()


@contextmanager
def running_demo() -> Iterator[str]:
    """The address of ``assistant demo`` with an empty data folder that knows one admin; ended afterwards.

    Raises:
        SystemExit: it did not start.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "ASSISTANT_DATA": folder}
        add = [*_COMMAND, "users", "add", NAME, "--role", "admin"]
        subprocess.run(add, input=PASSWORD + "\n", env=environment, text=True, check=True, stdout=subprocess.DEVNULL)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        demo = subprocess.Popen(
            [*_COMMAND, "demo", "--port", str(port)], env=environment, stderr=subprocess.PIPE, text=True
        )
        assert demo.stderr is not None
        try:
            said: list[str] = []
            for line in demo.stderr:
                said.append(line)
                if "http://" in line:
                    break
            else:
                sys.exit(f"the demo did not start: {''.join(said[-5:])}")
            threading.Thread(target=demo.stderr.read, daemon=True).start()
            yield f"http://127.0.0.1:{port}"
        finally:
            demo.terminate()
            demo.wait(30)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window.

    Raises:
        SystemExit: there is none on this machine.
    """
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("no Chromium here: install it (Debian: apt-get install chromium) or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def sign_in(page: Page) -> None:
    """Fill in and send the form of the sign-in page that is open."""
    page.fill("input[name=name]", NAME)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")


def say(page: Page, message: str, turn: int) -> None:
    """Send a message on the shop page and wait for the end of its turn, counted from 1."""
    page.fill("#message textarea", message)
    page.press("#message textarea", "Enter")
    page.wait_for_selector(f'#live .turn[data-turn="{turn}"][data-status="done"]')
