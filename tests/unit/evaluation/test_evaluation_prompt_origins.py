"""Cases of prompts that were made of conversations, and what becomes of them when somebody wants to be forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import PromptError
from assistant.evaluation.prompt_cases import add_cases, parse_case, read_cases
from assistant.evaluation.prompt_origins import erase_forgotten, made_of, running
from assistant.store.conversations import ConversationStore
from assistant.store.database import Database
from assistant.store.runs import Cell, RunStore

SECRET = "my address is Rose Lane 7\u2028second line"


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[ConversationStore]:
    store = ConversationStore(f"sqlite:///{tmp_path / 'store.sqlite'}")
    for conversation in ("mine", "other"):
        store.save_turn(conversation, {}, SECRET, {})
    yield store
    store.close()


def _add(database: Database, conversation: str | None, case: str, path: Path, said: str = SECRET) -> None:
    made = parse_case({"id": case, "language": "en", "turns": [said, "boots"], "checks": {}})
    if conversation is None:
        add_cases(path, [made])
        return
    with made_of(database, conversation, case, path):
        add_cases(path, [made])


def test_a_case_goes_with_its_conversation_and_no_other_does(talk: ConversationStore, tmp_path: Path) -> None:
    path = tmp_path / "cases" / "blurb.jsonl"
    _add(talk.database, None, "shipped", path, "hello")
    _add(talk.database, "mine", "one", path)
    _add(talk.database, "other", "two", path, "shoes")
    assert erase_forgotten(talk.database) == 0
    talk.forget("mine")
    assert erase_forgotten(talk.database) == 1
    assert [c.id for c in read_cases([path])] == ["shipped", "two"]
    assert "Rose Lane" not in path.read_text(encoding="utf-8")
    assert erase_forgotten(talk.database) == 0


def test_a_file_without_cases_is_not_left_behind(talk: ConversationStore, tmp_path: Path) -> None:
    path = tmp_path / "cases" / "blurb.jsonl"
    _add(talk.database, "mine", "one", path)
    talk.forget("mine")
    erase_forgotten(talk.database)
    assert not path.exists()


def test_results_and_cells_go_too_even_of_a_run_under_way(talk: ConversationStore, tmp_path: Path) -> None:
    cases, results = tmp_path / "cases" / "blurb.jsonl", tmp_path / "runs" / "blurb.jsonl"
    _add(talk.database, "mine", "one", cases)
    runs = RunStore(talk.database)
    run = runs.begin("blurb.en", {}, 2, author="ana")
    results.parent.mkdir()
    with running(talk.database, ["one", "free"], results):
        for case in ("one", "free"):
            runs.add(run.id, [Cell(case, "v", SECRET, True, {"request": SECRET})])
        talk.forget("mine")
        erase_forgotten(talk.database)
        # Written after the shopper was forgotten, by a run that had read the case before.
        lines = [json.dumps({"key": c, "case": c, "request": SECRET}) for c in ("one", "free")]
        results.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert [json.loads(line)["case"] for line in results.read_text(encoding="utf-8").splitlines()] == ["free"]
    assert [cell.case_id for cell in runs.cells(run.id)] == ["free"]


def test_who_is_forgotten_while_a_case_is_made_leaves_none(talk: ConversationStore, tmp_path: Path) -> None:
    path = tmp_path / "cases" / "blurb.jsonl"
    made = parse_case({"id": "one", "language": "en", "turns": [SECRET], "checks": {}})
    with made_of(talk.database, "mine", "one", path):
        talk.forget("mine")
        erase_forgotten(talk.database)
        add_cases(path, [made])
    assert not path.exists()


def test_what_cannot_be_erased_is_tried_again(talk: ConversationStore, tmp_path: Path) -> None:
    path = tmp_path / "cases" / "blurb.jsonl"
    _add(talk.database, "mine", "one", path)
    kept = path.read_bytes()
    path.write_bytes(b"\xff\n" + kept)
    talk.forget("mine")
    with pytest.raises(PromptError, match="not UTF-8"):
        erase_forgotten(talk.database)
    path.write_bytes(kept)
    assert erase_forgotten(talk.database) == 1
    assert not path.exists()
