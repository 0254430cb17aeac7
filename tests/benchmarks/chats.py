"""Many chats at once over real event streams of the real server: mixed up, lost, how long to the first text.

    python tests/benchmarks/chats.py [--chats 20] [--turns 3] [--address http://127.0.0.1:7860]

Without an address it starts ``assistant demo`` on a free port and stops it in the end. Prints one JSON object.
Each chat asks for a product type and a bound of its own; an event that belongs to another chat, or never comes, is
seen by them: cards above the bound, a conversation that changes, a reply that is not the sum of its text events.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

_WISHES = (
    ("running shoes", "跑鞋"),
    ("headphones", "耳机"),
    ("a backpack", "背包"),
    ("a coffee mug", "咖啡杯"),
    ("a jacket", "夹克"),
)
_FOLLOW = (("show me cheaper ones", "再便宜一点的"), ("compare the first two", "比较前两个"))
_START_SECONDS = 900


@dataclass
class Chat:
    """What one chat saw."""

    number: int
    first_text_ms: list[float] = field(default_factory=list)
    first_card_ms: list[float] = field(default_factory=list)
    total_ms: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    turns: int = 0

    def messages(self, turns: int) -> list[str]:
        """Its messages; half of the chats are Chinese."""
        wish = _WISHES[self.number % len(_WISHES)]
        chinese = self.number % 2
        bound = 60 + 7 * self.number
        first = f"{wish[1]}，{bound * 7}元以内" if chinese else f"{wish[0]} under ${bound}"
        follow = [pair[1] if chinese else pair[0] for pair in _FOLLOW]
        return [first, *(follow[n % len(follow)] for n in range(turns - 1))]


def talk(chat: Chat, address: str, turns: int, start: threading.Barrier) -> None:
    """One chat from its first to its last message."""
    conversation: str | None = None
    with httpx.Client(base_url=address, timeout=600) as client:
        start.wait()
        for number, message in enumerate(chat.messages(turns), 1):
            body: dict[str, Any] = {"message": message, **({"conversation": conversation} if conversation else {})}
            try:
                events = _turn(client, body, chat)
            except httpx.HTTPError as error:
                chat.problems.append(f"turn {number}: {type(error).__name__}")
                return
            names = [name for name, _ in events]
            if names[:2] != ["understood", "products"] or names[-1:] != ["done"]:
                chat.problems.append(f"turn {number}: events {names}")
                return
            done = events[-1][1]
            _check(chat, number, events, done, conversation)
            conversation = done["conversation"]
            chat.turns += 1


def _turn(client: httpx.Client, body: dict[str, Any], chat: Chat) -> list[tuple[str, dict[str, Any]]]:
    events: list[tuple[str, dict[str, Any]]] = []
    began = time.perf_counter()
    name = ""
    with client.stream("POST", "/api/chat/stream", json=body) as answer:
        answer.raise_for_status()
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                since = 1000 * (time.perf_counter() - began)
                if name == "products":
                    chat.first_card_ms.append(since)
                if name == "text" and all(seen != "text" for seen, _ in events):
                    chat.first_text_ms.append(since)
                events.append((name, json.loads(line.removeprefix("data: "))))
    chat.total_ms.append(1000 * (time.perf_counter() - began))
    return events


def _check(
    chat: Chat, number: int, events: list[tuple[str, dict[str, Any]]], done: dict[str, Any], conversation: str | None
) -> None:
    """Whether every event of a turn is this chat's own."""
    if conversation is not None and done["conversation"] != conversation:
        chat.problems.append(f"turn {number}: another conversation")
    said = "".join("".join(data["text"].split()) for name, data in events if name == "text")
    if said != "".join(done["reply"].split()):
        chat.problems.append(f"turn {number}: the text events are not the reply")
    if next(data for name, data in events if name == "products")["products"] != done["products"]:
        chat.problems.append(f"turn {number}: the cards of the event are not those of the turn")
    language = "zh" if chat.number % 2 else "en"
    if done["language"] != language:
        chat.problems.append(f"turn {number}: answered as {done['language']}")
    bound = done["ledger"]["price_max"]
    own = 60 + 7 * chat.number
    if number == 1 and bound != (own * 7 if language == "zh" else own):
        chat.problems.append(f"turn 1: the bound is {bound}")
    if not done["relaxed"] and done["action"] == "search" and any(p["price"] > bound for p in done["products"]):
        chat.problems.append(f"turn {number}: a card above the bound")


def percentile(values: list[float], share: float) -> float | None:
    """The value that ``share`` of the values do not exceed, in whole milliseconds."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, max(0, -(-int(100 * share) * len(ordered) // 100) - 1))])


def run(address: str, chats: int, turns: int) -> dict[str, Any]:
    """Talk ``chats`` chats at once; figures over all turns of all of them."""
    everyone = [Chat(n) for n in range(chats)]
    start = threading.Barrier(chats)
    threads = [threading.Thread(target=talk, args=(chat, address, turns, start)) for chat in everyone]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    first = [ms for chat in everyone for ms in chat.first_text_ms]
    cards = [ms for chat in everyone for ms in chat.first_card_ms]
    total = [ms for chat in everyone for ms in chat.total_ms]
    answered = sum(chat.turns for chat in everyone)
    return {
        "chats": chats,
        "turns": answered,
        "lost": chats * turns - answered,
        "problems": [f"chat {chat.number}, {problem}" for chat in everyone for problem in chat.problems],
        "first_card_ms": {"p50": percentile(cards, 0.5), "p95": percentile(cards, 0.95)},
        "first_text_ms": {"p50": percentile(first, 0.5), "p95": percentile(first, 0.95)},
        "total_ms": {"p50": percentile(total, 0.5), "p95": percentile(total, 0.95)},
        "turns_per_second": round(answered / seconds, 3),
        "seconds": round(seconds, 1),
        "load_before": round(os.getloadavg()[0], 1),
        "mean_first_text_ms": round(statistics.fmean(first)) if first else None,
    }


@contextmanager
def demo() -> Iterator[str]:
    """The address of an ``assistant demo`` that is stopped in the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-c", "from assistant.cli import main; main()", "demo", "--port", str(port)],
            env={
                **os.environ,
                "ASSISTANT_DATA": folder,
                "ASSISTANT_RATE_LIMIT_ADDRESS": "100000/minute",
                "ASSISTANT_RATE_LIMIT_SESSION": "100000/minute",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        late = threading.Timer(_START_SECONDS, process.kill)
        late.start()
        told = []
        for line in process.stderr:
            told.append(line)
            if "http://" in line:
                break
        late.cancel()
        # What it says later must not fill the pipe and stop it.
        drain = threading.Thread(target=lambda: told.extend(process.stderr or ()), daemon=True)
        drain.start()
        try:
            if process.poll() is not None:
                raise SystemExit("the demo did not start: " + "".join(told[-20:]))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)
            drain.join(10)


def main() -> None:
    """Run by the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chats", type=int, default=20)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--address", help="of a server that runs already; its rate limits must allow it")
    chosen = parser.parse_args()
    if chosen.address:
        print(json.dumps(run(chosen.address, chosen.chats, chosen.turns)))
        return
    with demo() as address:
        run(address, 1, 1)  # what is loaded on first use is not part of the figures
        print(json.dumps(run(address, chosen.chats, chosen.turns)))


if __name__ == "__main__":
    main()
