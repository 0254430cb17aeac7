"""The bench's arithmetic, its messages, and what it says of the machine; without models."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from assistant.dialogue import DialogueState
from assistant.errors import ConfigurationError
from assistant.evaluation import bench
from assistant.evaluation.machine import commit, describe, peak_memory_mb
from assistant.settings import Settings
from assistant.turns import Done, Event, Said, Shown, Understood
from assistant.types import Card, Constraints, Product, Timing, Turn, Understanding


class Scripted:
    """Answers every message with one card and counts the turns of each conversation."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, str]] = []

    def stream(self, state: DialogueState, message: str) -> Iterator[Event]:
        self.heard.append((state.turns, message))
        understanding = Understanding("product_search", 0.9, "en", Constraints())
        yield Understood(understanding, Constraints())
        yield Shown((Card(Product("A", "Scarf", 3.0), "Scarf", 3.0, "USD"),), (), None)
        yield Said("A scarf.")
        timing = Timing(understand=1.0, retrieve=None if state.turns else 5.0, total=9.0)
        turn = Turn(message, understanding, Constraints(), "search", ms=timing)
        yield Done(turn, DialogueState(turns=state.turns + 1))

    def reply(self, state: DialogueState, message: str) -> Done:
        (done,) = (event for event in self.stream(state, message) if isinstance(event, Done))
        return done


def test_the_messages_are_many_varied_and_in_both_languages() -> None:
    talks = {language: bench.conversations(language) for language in bench.LANGUAGES}
    messages = {language: list(chain.from_iterable(turns)) for language, turns in talks.items()}
    assert min(map(len, messages.values())) >= 25
    assert sum(map(len, messages.values())) >= 50
    every = [*messages["en"], *messages["zh"]]
    assert max(Counter(every).values()) == 1
    for text in messages["zh"]:
        assert any("\u4e00" <= c <= "\u9fff" for c in text), text
    for text in messages["en"]:
        assert text.isascii(), text
    assert max(len(turns) for turns in talks["en"]) >= 3


def test_conversations_are_answered_in_order_and_begin_afresh() -> None:
    assistant: Any = Scripted()
    talks = bench.conversations("en")
    timed = list(bench._answer(assistant, "en", 5))
    assert len(timed) == 5
    warm, *heard = assistant.heard
    assert warm[1] not in chain.from_iterable(talks)
    wanted = [(n, message) for turns in talks for n, message in enumerate(turns)]
    assert heard == wanted[:5]


def test_more_messages_than_there_are_begin_again() -> None:
    assistant: Any = Scripted()
    count = sum(map(len, bench.conversations("zh"))) + 2
    assert len(list(bench._answer(assistant, "zh", count))) == count


def test_only_stages_that_ran_are_counted() -> None:
    assistant: Any = Scripted()
    timed, state = bench.time_message(assistant, DialogueState(), "x")
    assert set(timed.stages) == {"understand", "retrieve", "cards", "total"}
    assert 0 <= timed.stages["cards"] < 1000
    again, _ = bench.time_message(assistant, state, "y")
    assert "retrieve" not in again.stages
    figures = bench._stages([timed, again])
    assert figures["understand"] == {"n": 2, "p50": 1.0, "p95": 1.0}
    assert figures["retrieve"]["n"] == 1
    assert "first_token" not in figures


def test_percentiles_are_of_the_values() -> None:
    timed = [bench.Timed("en", "search", {"total": float(n)}) for n in range(1, 101)]
    figures = bench._stages(timed)["total"]
    assert (figures["n"], figures["p50"]) == (100, 50.5)
    assert 95.0 <= figures["p95"] <= 95.1


def test_too_few_messages_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="at least 2"):
        bench.run_bench(Settings(), messages=1, report=print)


def test_the_tables_say_every_figure() -> None:
    said: list[str] = []
    groups = {"all": bench._stages([bench.Timed("en", "search", {"total": 12.0, "cards": 3.0})]), "zh": {}}
    bench._show_stages(groups, said.append)
    assert said[0] == "| ms | all p50 / p95 | zh p50 / p95 |"
    assert "| total | 12 / 12 | – |" in said
    assert "| first_token | – | – |" in said
    assert len({line.count("|") for line in said}) == 1


def test_the_machine_is_described_in_json() -> None:
    machine = json.loads(json.dumps(describe()))
    assert machine["cpu"]
    assert machine["cores"] >= 1
    assert machine["torch_threads"] >= 1
    assert machine["packages"]["torch"]
    assert peak_memory_mb() > 10


def test_a_commit_is_told_with_its_changes(tmp_path: Path) -> None:
    assert commit(tmp_path) is None or commit(tmp_path) != ""

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=tmp_path, check=True)

    git("init", "-q")
    (tmp_path / "file").write_text("one")
    git("add", "file")
    git("commit", "-q", "-m", "first")
    clean = commit(tmp_path)
    assert clean is not None
    assert len(clean) == 12
    (tmp_path / "file").write_text("two")
    assert commit(tmp_path) == f"{clean}+changes"
