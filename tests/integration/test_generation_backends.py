"""The real generator asked by many at once, and behind servers: ours, and that of llama-cpp-python where installed."""

from __future__ import annotations

import contextlib
import importlib.util
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from generator_contract import check_crowd, check_generator
from text_server import TextServer, running

from assistant.generation import Generator, load_generator
from assistant.generation.llama import _gguf

pytestmark = pytest.mark.models

LANDS = ("France", "Italy", "Japan", "Egypt", "Peru", "Kenya", "Norway", "Cuba")
CAPITALS = "The capital of France is Paris. The capital of Italy is"


def test_eight_readers_at_once(gemma: Generator) -> None:
    # In bfloat16 a row of a batch may, rarely, choose the other of two words that are as good.
    check_crowd(gemma, [f"The capital of {land} is" for land in LANDS], same=5)


def test_gemma_behind_a_server_keeps_the_contract(gemma: Generator) -> None:
    with running(TextServer(gemma)) as server:
        generator = load_generator(gemma.name, cache=Path("unused"), url=server.url)
        text = "".join(generator.stream(CAPITALS, max_tokens=12))
        assert text == "".join(gemma.stream(CAPITALS, max_tokens=12))
        check_generator(generator, CAPITALS, stop=text[3:6])
        check_crowd(generator, [f"The capital of {land} is" for land in LANDS], same=5)


@contextlib.contextmanager
def serving(command: list[str], port: int) -> Iterator[str]:
    """Somebody else's server in a process of its own; its address, once it answers."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/v1"
    try:
        for _ in range(600):
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{url}/models", timeout=5).status_code == 200:
                    break
            assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
            threading.Event().wait(0.5)
        yield url
    finally:
        process.kill()
        process.wait(60)


@pytest.mark.skipif(
    importlib.util.find_spec("llama_cpp") is None or importlib.util.find_spec("sse_starlette") is None,
    reason="the server of llama-cpp-python is not installed (llama-cpp-python[server])",
)
def test_the_server_of_llama_cpp_keeps_the_contract(weights_cache: Path, tmp_path: Path) -> None:
    model = _gguf("gemma-3-270m", weights_cache, None)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # As in ``load_llama``: no rearranged weights on processors whose tiles a virtual machine may forbid.
    start = tmp_path / "start.py"
    start.write_text(
        "import llama_cpp.llama_cpp as c, runpy\n"
        "usual = c.llama_model_default_params\n"
        "def plain():\n    made = usual()\n    made.use_extra_bufts = False\n    return made\n"
        "c.llama_model_default_params = plain\n"
        "runpy.run_module('llama_cpp.server', run_name='__main__')\n"
    )
    command = [str(start), "--model", str(model), "--model_alias", "gemma", "--port", str(port)]
    with serving([*command, "--n_ctx", "2048"], port) as url:
        generator = load_generator("gemma", cache=weights_cache, url=url, at_once=1)
        pieces = list(generator.stream(CAPITALS, max_tokens=12, ban_digits=False))
        assert len(pieces) > 4
        text = "".join(pieces)
        assert "Rome" in text
        cut = "".join(generator.stream(CAPITALS, max_tokens=12, ban_digits=False, stop=[text[3:6]]))
        assert cut == text.split(text[3:6])[0]
        left = generator.stream(CAPITALS, max_tokens=1500, ban_digits=False)
        next(left)
        left.close()
        assert left.tokens < 100
        # A server that went on with the text nobody reads would take minutes for this.
        assert "".join(generator.stream(CAPITALS, max_tokens=12, ban_digits=False)) == text
