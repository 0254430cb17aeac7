"""The MCP tools as agents reach them: the SDK's client over standard input and output, and over HTTP.

The command runs on a small index made here; the server in a process of its own answers a small shop.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aside import run_aside
from builders import write_jsonl
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from small_shop import SHELF

from assistant.encoder import SentenceEncoder
from assistant.retrieval import build_index

TOKEN = "a token of sixteen or more"

SERVER = """
import socket, sys
from pathlib import Path
import uvicorn
from pydantic import SecretStr
from assistant.lexicon import Lexicon
from assistant.server import build_app
from assistant.server.auth import Access
from assistant.sessions import Sessions
from assistant.settings import Settings
from assistant.store import ConversationStore, Database
from assistant.ui.pictures import Pictures
from small_shop import small_assistant

folder, token = Path(sys.argv[1]), sys.argv[2]
lexicon = Lexicon.load()
database = Database(f"sqlite:///{folder / 'shop.sqlite'}")
access = Access.of(database, Settings.model_construct(mcp_token=SecretStr(token) if token else None))
app = build_app(Sessions(small_assistant(folder, lexicon), ConversationStore(database)), Pictures({}, lexicon), access)
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(64)
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning", proxy_headers=False)).run(sockets=[listener])
"""


def _served(folder: Path, token: str, repo_root: Path) -> Iterator[str]:
    path = [part for part in (str(repo_root / "tests"), os.environ.get("PYTHONPATH")) if part]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder), token],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path), "GRADIO_ANALYTICS_ENABLED": "False"},
        cwd=repo_root,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/mcp"
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


async def _visit(client: Client) -> None:
    """What an agent would do: look around, search, compare, look closer, recommend, read a policy, and err once."""
    tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == ["search", "recommend", "compare", "product"]
    found = await client.call_tool("search", {"text": "running shoes under $80"})
    assert not found.is_error
    content: dict[str, Any] = found.structured_content or {}
    assert content["skus"]
    assert all(product["price"] <= 80 for product in content["products"])
    first, second = content["skus"][0], "TST-BOTTLE/1"
    assert f"SKU {first}" in found.content[0].text  # type: ignore[union-attr]
    compared = await client.call_tool("compare", {"skus": [first, second], "language": "zh"})
    assert compared.structured_content is not None
    assert compared.structured_content["rows"][0]["same"] is False
    looked = await client.call_tool("product", {"sku": second})
    assert looked.structured_content is not None
    assert looked.structured_content["attributes"]["capacity"] == "750 ml"
    across = await client.call_tool("recommend", {"history": [first], "cross_category": True})
    assert across.structured_content is not None
    assert across.structured_content["skus"]
    assert first not in across.structured_content["skus"]
    wrong = await client.call_tool("product", {"sku": "X-1"})
    assert wrong.is_error
    policy = await client.read_resource("policy://returns/en")
    assert policy.contents[0].text  # type: ignore[union-attr]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_agent_over_http(tmp_path: Path, repo_root: Path, mode: str) -> None:
    for address in _served(tmp_path, "", repo_root):

        async def visit(address: str = address) -> None:
            async with Client(address, mode=mode) as client:
                await _visit(client)

        run_aside(visit)


def test_an_agent_brings_its_token(tmp_path: Path, repo_root: Path) -> None:
    httpx2 = pytest.importorskip("httpx2")
    for address in _served(tmp_path, TOKEN, repo_root):

        async def visit(headers: dict[str, str], address: str = address) -> None:
            async with (
                httpx2.AsyncClient(headers=headers, timeout=60) as http,
                Client(streamable_http_client(address, http_client=http)) as client,
            ):
                await _visit(client)

        run_aside(visit, {"authorization": f"Bearer {TOKEN}"})
        with pytest.raises(BaseException):  # noqa: B017, PT011 - the client wraps what it is told in groups of errors
            run_aside(visit, {"authorization": "Bearer wrong"})


@pytest.mark.models
def test_an_agent_over_standard_input_and_output(
    tmp_path: Path, repo_root: Path, real_encoder: SentenceEncoder, weights_cache: Path
) -> None:
    build_index(write_jsonl(tmp_path / "catalog.jsonl", SHELF), tmp_path / "index", real_encoder)
    command = StdioServerParameters(
        command=sys.executable,
        args=["-c", "from assistant.cli import main; main()", "mcp", "--index", str(tmp_path / "index")],
        env={**os.environ, "ASSISTANT_CACHE": str(weights_cache), "ASSISTANT_DATA": str(tmp_path / "data")},
        cwd=repo_root,
    )

    async def visit() -> None:
        async with Client(command, read_timeout_seconds=600) as client:
            await _visit(client)

    run_aside(visit)
