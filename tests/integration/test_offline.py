"""Once installed, nothing needs a network: commands and the demo in a namespace that has none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from assistant.assembly import Parts

pytestmark = pytest.mark.models

REACHES_OUT = """
import socket
s = socket.socket()
s.settimeout(3)
try:
    s.connect(("192.0.2.1", 80))
except OSError as error:
    print(error.errno)
"""
UNREACHABLE = "101"

# Brings the loopback device of the new namespace up (SIOCSIFFLAGS), starts the demo, asks it, and stops it.
DEMO = """
import fcntl, json, re, signal, socket, struct, subprocess, sys, urllib.request

control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))
demo = subprocess.Popen(
    [sys.executable, "-c", "from assistant.cli import main; main()", "demo", "--port", "7997"],
    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
)
said = []
for line in demo.stdout:
    said.append(line)
    if re.search(r"http://127\\.0\\.0\\.1:7997", line):
        break
else:
    sys.exit("the demo ended: " + "".join(said))
try:
    health = json.load(urllib.request.urlopen("http://127.0.0.1:7997/healthz", timeout=60))
    request = urllib.request.Request(
        "http://127.0.0.1:7997/api/chat",
        data=json.dumps({"message": "我想买一条新手机"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    turn = json.load(urllib.request.urlopen(request, timeout=120))
    page = urllib.request.urlopen("http://127.0.0.1:7997/", timeout=60).read().decode()
finally:
    demo.send_signal(signal.SIGINT)
    rest, _ = demo.communicate(timeout=60)
print(json.dumps({"health": health, "turn": turn, "page": len(page), "said": said, "rest": rest}))
"""


@pytest.fixture(scope="session")
def no_network() -> list[str]:
    """The words to put before a command to run it without a network."""
    for before in (["unshare", "-n"], ["unshare", "-r", "-n"]):
        try:
            tried = subprocess.run(
                [*before, sys.executable, "-c", REACHES_OUT], capture_output=True, text=True, timeout=60, check=False
            )
        except OSError:
            break
        if tried.returncode == 0:
            assert tried.stdout.strip() == UNREACHABLE
            return before
    pytest.skip("this machine does not permit network namespaces (unshare -n)")


def test_search_answers_without_a_network(parts: Parts, run_assistant: Any, no_network: list[str]) -> None:
    assert parts.engine.products  # weights are converted and the index is built, as after a first start
    result = run_assistant("search", stdin='{"id": 1, "text": "我想买一条新手机"}'.encode(), before=no_network)
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert len(answer["skus"]) == 10
    assert all(sku.startswith("ELE-PHON") for sku in answer["skus"])


def test_a_dialogue_answers_without_a_network(parts: Parts, run_assistant: Any, no_network: list[str]) -> None:
    assert parts.engine.products
    talk = json.dumps({"id": 1, "turns": ["a warm scarf", "cheaper", "转人工"]}).encode()
    result = run_assistant("dialogue", stdin=talk, before=no_network)
    assert result.returncode == 0, result.stderr
    turns = json.loads(result.stdout)["turns"]
    assert [t["action"] for t in turns] == ["search", "search", "handoff"]
    assert turns[0]["products"]
    assert all(t["reply"] for t in turns)


def test_the_demo_serves_without_a_network(
    parts: Parts, no_network: list[str], tmp_path: Path, weights_cache: Path
) -> None:
    assert parts.engine.products
    result = subprocess.run(
        [*no_network, sys.executable, "-c", textwrap.dedent(DEMO)],
        capture_output=True,
        text=True,
        timeout=600,
        env={
            **os.environ,
            "ASSISTANT_CACHE": str(weights_cache),
            "ASSISTANT_DATA": str(tmp_path),
            "PYTHONUNBUFFERED": "1",
        },
        check=False,
    )
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout.splitlines()[-1])
    assert told["health"]["status"] == "ok"
    assert told["turn"]["products"]
    assert told["turn"]["conversation"]
    assert told["page"] > 1000
    assert "Traceback" not in told["rest"]
