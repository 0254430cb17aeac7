"""Conversations survive: reopening, threads, and a writer that is killed in the middle of its work. Real SQLite."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.errors import ConfigurationError
from assistant.store import ConversationStore


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'talk.db'}"


@pytest.fixture
def store(url: str) -> Iterator[ConversationStore]:
    opened = ConversationStore(url)
    yield opened
    opened.close()


def test_a_turn_and_its_state_are_stored_together(store: ConversationStore) -> None:
    assert store.load("c") is None
    assert store.turns("c") == []
    assert store.save_turn("c", {"n": 1}, "hello", {"reply": "hi"}) == 1
    assert store.save_turn("c", {"n": 2}, "再来", {"reply": "好"}) == 2
    assert store.load("c") == {"n": 2}
    assert store.turns("c") == [{"reply": "hi"}, {"reply": "好"}]


def test_conversations_never_mix(store: ConversationStore) -> None:
    store.save_turn("a", {"who": "a"}, "x", {"t": "a1"})
    store.save_turn("b", {"who": "b"}, "y", {"t": "b1"})
    store.save_turn("a", {"who": "a"}, "z", {"t": "a2"})
    assert [t["t"] for t in store.turns("a")] == ["a1", "a2"]
    assert store.load("b") == {"who": "b"}


def test_a_state_without_a_message(store: ConversationStore) -> None:
    store.save_state("c", {"cart": [1]})
    assert store.load("c") == {"cart": [1]}
    assert store.turns("c") == []
    store.save_turn("c", {"cart": []}, "x", {})
    store.save_state("c", {"cart": [2]})
    assert store.load("c") == {"cart": [2]}


def test_forgetting_leaves_nothing(store: ConversationStore, url: str) -> None:
    store.save_turn("c", {"n": 1}, "a secret", {"reply": "r"})
    store.save_turn("d", {"n": 1}, "stays", {"reply": "r"})
    store.forget("c")
    store.forget("never-there")
    assert store.load("c") is None
    assert store.turns("c") == []
    assert store.save_turn("c", {}, "again", {}) == 1
    assert len(store.turns("d")) == 1
    rows = sqlite3.connect(url.removeprefix("sqlite:///")).execute("select message from turns").fetchall()
    assert sorted(r[0] for r in rows) == ["again", "stays"]


def test_what_was_stored_is_there_after_reopening(url: str) -> None:
    first = ConversationStore(url)
    first.save_turn("c", {"n": 1}, "x", {"reply": "r"})
    first.close()
    second = ConversationStore(url)
    assert second.load("c") == {"n": 1}
    assert second.save_turn("c", {"n": 2}, "y", {}) == 2
    second.close()


def test_sqlite_writes_ahead(store: ConversationStore, url: str) -> None:
    store.save_state("c", {})
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    assert connection.execute("pragma journal_mode").fetchone()[0] == "wal"


def test_ids_cannot_be_guessed() -> None:
    ids = {ConversationStore.new_id() for _ in range(200)}
    assert len(ids) == 200
    assert min(map(len, ids)) >= 20
    assert max(map(len, ids)) <= 64


def test_many_threads_lose_nothing(store: ConversationStore) -> None:
    def talk(n: int) -> int:
        return store.save_turn(f"c{n % 4}", {"n": n}, str(n), {"n": n})

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(talk, range(80)))
    for c in range(4):
        assert sorted(t["n"] for t in store.turns(f"c{c}")) == list(range(c, 80, 4))
    assert sorted(numbers) == sorted(list(range(1, 21)) * 4)


def test_two_stores_on_one_file_see_each_other(url: str) -> None:
    one, two = ConversationStore(url), ConversationStore(url)
    assert one.save_turn("c", {"n": 1}, "x", {}) == 1
    assert two.save_turn("c", {"n": 2}, "y", {}) == 2
    assert one.load("c") == {"n": 2}
    one.close()
    two.close()


@pytest.mark.parametrize("bad", ["nonsense", "sqlite:////no/such/folder/x.db", "nodialect://x", ""])
def test_a_url_that_cannot_be_used_is_told(bad: str) -> None:
    with pytest.raises(ConfigurationError, match="database"):
        ConversationStore(bad)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4), st.text(st.characters(), max_size=30))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_document_and_any_message_come_back(store: ConversationStore, document: dict, message: str) -> None:  # type: ignore[type-arg]
    conversation = store.new_id()
    store.save_turn(conversation, document, message, document)
    assert store.load(conversation) == document
    assert store.turns(conversation) == [document]


WRITER = """
import sys
from assistant.store import ConversationStore
store = ConversationStore(sys.argv[1])
n = 0
while True:
    n += 1
    number = store.save_turn("c", {"n": n, "cart": ["x"] * 50}, f"message {n}", {"n": n, "reply": "r" * 500})
    assert number == n
    print(n, flush=True)  # the answer leaves only after it was stored
"""


def test_a_killed_writer_has_lost_no_turn_it_answered(url: str, tmp_path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    answered = 0
    try:
        for line in writer.stdout:
            answered = int(line)
            if answered >= 40:
                break
    finally:
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read().split()
        writer.wait()
    answered = max([answered, *map(int, rest)])
    store = ConversationStore(url)
    kept = store.turns("c")
    assert len(kept) >= answered >= 40
    assert [t["n"] for t in kept] == list(range(1, len(kept) + 1))
    state = store.load("c")
    assert state is not None
    assert state["n"] == len(kept)
    assert store.save_turn("c", {"n": 0}, "after", {}) == len(kept) + 1
    store.close()
