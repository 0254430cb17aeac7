"""Labels that move and come back, versions that do not change, and the names a person gives a version."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import PromptError
from assistant.generation.prompts import (
    PromptBook,
    compare_prompts,
    move_label,
    read_history,
    roll_back,
    save_version,
)
from assistant.generation.prompts.labels import read_labels, read_lock

TEXT = """\
description: version {n}
author: someone
language: en
variables: [facts]
decoding: {{max_tokens: 40}}
text: "{n}: {{{{ facts }}}}"
"""


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    (folder / "blurb.en").mkdir(parents=True)
    for n in (1, 2, 10):
        (folder / "blurb.en" / f"{n}.yaml").write_text(TEXT.format(n=n))
    (folder / "labels.yaml").write_text("production: {blurb.en: 1}\nstaging: {blurb.en: 2}\n")
    return folder


def promote(overlay: Path, shipped: Path, version: str, **more: object) -> None:
    book = PromptBook.load(shipped, overlay if overlay.is_dir() else None)
    move_label(overlay, book.get("blurb.en", version), label="production", who="li", **more)  # type: ignore[arg-type]


def test_a_moved_label_wins_and_its_move_is_told(shipped: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    promote(mine, shipped, "2", why="reads better", evidence={"pass_k": 0.5})
    book = PromptBook.load(shipped, mine)
    assert book.get("blurb.en", usual="1").version == "2"
    assert book.labels_of(book.get("blurb.en", "2")) == ("production", "staging")
    assert book.is_edited("blurb.en")
    assert not book.is_edited("blurb.en", "staging")
    (move,) = read_history(mine)
    assert (move.who, move.before, move.after, move.why, move.forced) == ("li", None, "2", "reads better", None)
    assert json.loads((mine / "labels.history.jsonl").read_text())["evidence"] == {"pass_k": 0.5}
    assert read_labels(shipped) == {"production": {"blurb.en": "1"}, "staging": {"blurb.en": "2"}}


def test_rollback_goes_back_move_by_move_to_the_shipped_version(shipped: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    for version in ("2", "10"):
        promote(mine, shipped, version)
    assert roll_back(mine, "blurb.en", label="production", who="li", why="worse").after == "2"
    assert PromptBook.load(shipped, mine).get("blurb.en").version == "2"
    assert roll_back(mine, "blurb.en", label="production", who="li").after is None
    assert PromptBook.load(shipped, mine).get("blurb.en").version == "1"
    assert not PromptBook.load(shipped, mine).is_edited("blurb.en")
    with pytest.raises(PromptError, match="nothing to take back"):
        roll_back(mine, "blurb.en", label="production", who="li")
    promote(mine, shipped, "10")
    assert [m.kind for m in read_history(mine)] == ["promote", "promote", "rollback", "rollback", "promote"]
    assert roll_back(mine, "blurb.en", label="production", who="li").after is None


def test_a_label_edited_by_hand_is_not_rolled_back_blindly(shipped: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    promote(mine, shipped, "2")
    (mine / "labels.yaml").write_text("production: {blurb.en: 10}\n")
    with pytest.raises(PromptError, match="edited by hand"):
        roll_back(mine, "blurb.en", label="production", who="li")
    promote(mine, shipped, "1")
    assert roll_back(mine, "blurb.en", label="production", who="li").after == "10"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["1", "2", "10", "back"]), max_size=8))
def test_any_sequence_of_moves_behaves_as_a_stack(tmp_path_factory: pytest.TempPathFactory, moves: list[str]) -> None:
    base = tmp_path_factory.mktemp("stack")
    (base / "s" / "blurb.en").mkdir(parents=True)
    for n in (1, 2, 10):
        (base / "s" / "blurb.en" / f"{n}.yaml").write_text(TEXT.format(n=n))
    stack: list[str | None] = [None]
    for move in moves:
        if move != "back":
            promote(base / "m", base / "s", move)
            stack.append(move)
        elif len(stack) > 1:
            stack.pop()
            assert roll_back(base / "m", "blurb.en", label="production", who="x").after == stack[-1]
        now = read_labels(base / "m").get("production", {}).get("blurb.en")
        assert now == stack[-1]


def test_a_labelled_version_that_changes_is_an_error_that_says_what_to_do(shipped: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    saved = save_version(mine, "blurb.en", TEXT.format(n="mine"), taken=("1", "2", "10"))
    assert saved.version == "own-1"
    saved.path.write_text(TEXT.format(n="else"))
    with pytest.raises(PromptError, match=rf"own-1.yaml has changed since .* \(it was @{saved.digest}.*new version"):
        PromptBook.load(shipped, mine)


def test_a_draft_may_change_until_it_is_labelled(shipped: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    path = mine / "blurb.en" / "draft.yaml"
    path.parent.mkdir(parents=True)
    for n in ("a", "b"):
        path.write_text(TEXT.format(n=n))
        assert PromptBook.load(shipped, mine).get("blurb.en", "draft").description == f"version {n}"
    promote(mine, shipped, "draft")
    assert list(read_lock(mine)["blurb.en"]) == ["draft"]
    path.write_text(TEXT.format(n="c"))
    with pytest.raises(PromptError, match="has changed since it was labelled"):
        PromptBook.load(shipped, mine)


def test_a_version_name_means_one_text(shipped: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "blurb.en").mkdir(parents=True)
    (mine / "blurb.en" / "2.yaml").write_text(TEXT.format(n="other"))
    with pytest.raises(PromptError, match=r"says something else than the shipped blurb\.en/2@"):
        PromptBook.load(shipped, mine)
    (mine / "blurb.en" / "2.yaml").write_text(TEXT.format(n=2))
    assert PromptBook.load(shipped, mine).get("blurb.en", "2").description == "version 2"


def test_a_saved_version_is_valid_new_and_never_overwritten(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="line 1: missing description"):
        save_version(tmp_path, "blurb.en", "text: x")
    assert not list(tmp_path.glob("*/*.yaml"))
    names = [save_version(tmp_path, "blurb.en", TEXT.format(n=n)).version for n in range(3)]
    assert names == ["own-1", "own-2", "own-3"]
    with pytest.raises(PromptError, match="own-2 exists"):
        save_version(tmp_path, "blurb.en", TEXT.format(n=9), version="own-2")
    with pytest.raises(PromptError, match="letters, digits"):
        save_version(tmp_path, "blurb.en", TEXT.format(n=9), version="../up")


def test_moves_from_many_threads_are_all_told(shipped: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    book = PromptBook.load(shipped)
    prompts = [book.get("blurb.en", v) for v in ("1", "2", "10")] * 4
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda p: move_label(mine, p, label="production", who="t"), prompts))
    moves = read_history(mine)
    assert len(moves) == 12
    assert all(late.before == early.after for early, late in pairwise(moves))
    assert read_labels(mine)["production"]["blurb.en"] == moves[-1].after


def test_damaged_files_are_named(shipped: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    promote(mine, shipped, "2")
    (mine / "labels.history.jsonl").write_text('{"at": "x"}\n')
    with pytest.raises(PromptError, match="line 1: not a move"):
        read_history(mine)
    (mine / "labels.yaml").write_text("production:\n  blurb.en: [1]\n")
    with pytest.raises(PromptError, match="line 1: production: wanted `task: version`"):
        PromptBook.load(shipped, mine)
    with pytest.raises(PromptError, match="a label may hold"):
        move_label(mine, PromptBook.load(shipped).get("blurb.en"), label="a b", who="x")


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("blurb.en", "1"),
        ("blurb.en@2", "2"),
        ("blurb.en@staging", "2"),
        ("blurb.en@production", "1"),
        ("blurb.en/10", "10"),
    ],
)
def test_a_version_is_found_by_the_name_a_person_gives(shipped: Path, name: str, version: str) -> None:
    book = PromptBook.load(shipped)
    assert book.find(name).version == version
    assert [p.version for p in book.versions("blurb.en")] == ["1", "2", "10"]


def test_a_trained_version_stands_for_production_and_a_trace_names_its_text(shipped: Path) -> None:
    book = PromptBook.load(shipped)
    assert book.find("blurb.en", usual={"blurb.en": "10"}).version == "10"
    assert book.find("blurb.en@staging", usual={"blurb.en": "10"}).version == "2"
    two = book.get("blurb.en", "2")
    assert book.find(two.identity) is two
    with pytest.raises(PromptError, match="another text was meant"):
        book.find("blurb.en/2@00000000")
    with pytest.raises(PromptError, match=r"there is no task 'blurb'; there is blurb\.en"):
        book.find("blurb")
    with pytest.raises(PromptError, match="no version or label 'next'; there is 1, 2, 10, production, staging"):
        book.find("blurb.en@next")
    pinned = book.pinned("trial", {"blurb.en": "10"})
    assert pinned.get("blurb.en", label="trial", usual="2").version == "10"
    with pytest.raises(PromptError, match="there is no prompt"):
        book.pinned("trial", {"blurb.en": "11"})


def test_a_diff_names_the_keys_that_differ(shipped: Path) -> None:
    book = PromptBook.load(shipped)
    diff = compare_prompts(book.get("blurb.en", "1"), book.get("blurb.en", "2"))
    assert diff.keys == ("description", "text")
    assert diff.lines[0].startswith("--- blurb.en/1@")
    assert "+description: version 2" in diff.lines
    assert compare_prompts(book.get("blurb.en"), book.get("blurb.en")).keys == ()
