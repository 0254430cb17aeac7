"""``assistant users``: adding, listing, disabling, passwords from standard input."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.cli.users import app
from assistant.errors import StoreError
from assistant.store import Database, UserStore

PASSWORD = "correct horse battery"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASSISTANT_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("ASSISTANT_DATABASE_URL", raising=False)
    return tmp_path / "data"


def _run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


def _users(folder: Path) -> UserStore:
    return UserStore(Database(f"sqlite:///{folder / 'conversations.sqlite'}"))


def test_the_first_admin_comes_in_by_the_command_line(folder: Path) -> None:
    added = _run("add", "Root", "--role", "admin", typed=PASSWORD + "\n")
    assert added.exit_code == 0, added.output
    assert PASSWORD not in added.output
    users = _users(folder)
    assert users.has_admin()
    assert users.check("root", PASSWORD) is not None
    assert _run("password", "root", typed="another good one\n").exit_code == 0
    assert users.check("root", PASSWORD) is None
    assert users.check("root", "another good one") is not None


def test_shoppers_read_a_name_of_its_own(folder: Path) -> None:
    assert (
        "shoppers read May"
        in _run("add", "mei.lin@shop.example", "--role", "agent", "--no-password", "--shown", "May").output
    )
    assert _users(folder).shown_names(["mei.lin@shop.example", "x@y", "bo"]) == {
        "mei.lin@shop.example": "May",
        "x@y": "x",
        "bo": "bo",
    }
    assert "May" in _run("list").output
    assert _run("shown", "mei.lin@shop.example").output == "shoppers read mei.lin\n"
    for wrong in ("", "a@b", "x" * 65, "a\x00b"):
        with pytest.raises(StoreError, match="cannot be shown"):
            _users(folder).set_shown("mei.lin@shop.example", wrong)


def test_users_are_listed_disabled_and_let_in_again(folder: Path) -> None:
    _run("add", "root", "--role", "admin", typed=PASSWORD)
    assert _run("add", "ann", "--role", "agent", "--no-password").exit_code == 0
    assert _run("disable", "ann").exit_code == 0
    listed = _run("list").output
    assert [line.split()[0] for line in listed.splitlines()[1:]] == ["ann", "root"]
    assert "disabled" in listed
    assert _run("enable", "ann").exit_code == 0
    assert _run("role", "ann", "--role", "manager").exit_code == 0
    ann = _users(folder).get("ann")
    assert ann is not None
    assert (ann.role, ann.active, ann.has_password) == ("manager", True, False)


@pytest.mark.parametrize(
    ("arguments", "typed", "says"),
    [
        (["add", "ann", "--role", "agent"], "short\n", "12 to 256"),
        (["add", "ann", "--role", "agent"], "", "12 to 256"),
        (["add", "a b", "--role", "agent"], PASSWORD, "user name"),
        (["disable", "ghost"], "", "no user 'ghost'"),
        (["password", "ghost"], PASSWORD, "no user 'ghost'"),
    ],
)
def test_what_cannot_be_done_is_told(folder: Path, arguments: list[str], typed: str, says: str) -> None:
    failed = _run(*arguments, typed=typed)
    assert isinstance(failed.exception, StoreError)
    assert says in str(failed.exception)
    assert _users(folder).all() == ()


def test_a_role_that_is_none_is_bad_usage(folder: Path) -> None:
    assert _run("add", "ann", "--role", "boss", typed=PASSWORD).exit_code == 2
    assert _run("add", "ann", PASSWORD, "--role", "agent").exit_code == 2
