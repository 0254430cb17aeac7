"""The stores on SQLite, and what is SQLite's own: adopting old files, processes at once, traces of the forgotten."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from store_contract import StoreContract, Watch, trace

from assistant.errors import ConfigurationError
from assistant.store import ConversationStore, Database, InsightStore, TrialStore, migrate
from assistant.store.schema import META


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.sqlite'}"


class TestOnSqlite(StoreContract):
    @pytest.fixture
    def database(self, address: str, watch: Watch) -> Iterator[Database]:
        opened = Database(address, clock=watch)
        yield opened
        opened.close()


OLD = """
create table conversations (id varchar(64) not null, state text not null, created_at datetime not null,
    updated_at datetime not null, primary key (id));
create table turns (id integer not null primary key autoincrement, conversation_id varchar(64) not null,
    number integer not null, message text not null, trace text not null, created_at datetime not null,
    unique (conversation_id, number), foreign key(conversation_id) references conversations (id) on delete cascade);
create index ix_turns_conversation_id on turns (conversation_id);
"""
"""The tables as the release before migrations made them."""


def _old(path: Path, turns: int) -> None:
    with sqlite3.connect(path) as old:
        old.executescript(OLD)
        time = "2026-01-02 03:04:05.000006"
        old.execute("insert into conversations values ('c', '{\"n\": 1}', ?, ?)", (time, time))
        traces = ['{"intent": "smalltalk", "ms": {"total": 7}, "products": [1]}', '{"odd": true, "ms": []}']
        old.executemany(
            "insert into turns values (?, 'c', ?, 'm', ?, ?)",
            [(n, n, traces[n % 2], time) for n in range(1, turns + 1)],
        )
    old.close()


def test_a_database_of_the_release_before_is_adopted_whole(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    _old(path, 1201)
    store = ConversationStore(f"sqlite:///{path}")
    history = store.history("c")
    assert [turn.number for turn in history] == list(range(1, 1202))
    assert history[1].trace == {"intent": "smalltalk", "ms": {"total": 7}, "products": [1]}
    assert history[0].created_at.isoformat() == "2026-01-02T03:04:05.000006+00:00"
    assert store.load("c") == {"n": 1}
    day = history[0].created_at
    assert InsightStore(store.database).intents_and_languages(day, day.replace(day=3))[0] == {"smalltalk": 600}
    assert store.save_turn("c", {"n": 2}, "next", trace()) == 1202
    store.forget("c")
    assert store.turns("c") == []
    store.close()


def test_a_migration_cut_short_leaves_the_old_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.sqlite"
    _old(path, 2)
    real: Any = migrate._upgrade

    def cut(connection: Any, *, adopt: bool) -> None:
        real(connection, adopt=adopt)
        raise RuntimeError("the power went")

    monkeypatch.setattr(migrate, "_upgrade", cut)
    with pytest.raises(ConfigurationError, match="the power went"):
        ConversationStore(f"sqlite:///{path}")
    tables = {row[0] for row in sqlite3.connect(path).execute("select name from sqlite_master where type = 'table'")}
    assert tables == {"conversations", "turns", "sqlite_sequence"}
    monkeypatch.undo()
    store = ConversationStore(f"sqlite:///{path}")
    assert len(store.turns("c")) == 2
    store.close()


def test_the_migrations_make_the_tables_the_stores_use(address: str) -> None:
    database = Database(address)
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), META) == []
    database.close()
    folder = Path(migrate.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == migrate.HEAD


def test_of_splits_under_way_the_newest_goes_on_after_the_migration(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    config = Config(attributes={"connection": (engine := create_engine(f"sqlite:///{path}")).connect()})
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    connection = config.attributes["connection"]
    command.upgrade(config, "0003")
    for name, task, day in (("a", "x", 1), ("b", "x", 3), ("c", "x", 2), ("d", "y", 1)):
        connection.exec_driver_sql(
            "insert into trials values (?, ?, '{\"production\": 1.0}', 'm', ?, null)",
            (name, task, f"2026-01-0{day} 00:00:00.000000"),
        )
    connection.commit()
    connection.close()
    engine.dispose()
    database = Database(f"sqlite:///{path}")
    trials = TrialStore(database)
    assert {t.name for t in trials.all() if t.ended_at is None} == {"b", "d"}
    assert all(t.versions is None for t in trials.all())
    database.close()


def test_a_database_that_is_up_to_date_opens_without_alembic(address: str) -> None:
    Database(address).close()
    program = (
        "import sys; from assistant.store import Database; Database(sys.argv[1]).close(); "
        "assert not any(m.split('.')[0] == 'alembic' for m in sys.modules), 'loaded'"
    )
    subprocess.run([sys.executable, "-c", program, address], check=True)


OPENER = """
import sys
from assistant.store import ConversationStore
sys.stdin.readline()
store = ConversationStore(sys.argv[1])
print(store.save_turn(sys.argv[2], {}, "hello", {}))
"""


def test_processes_that_open_one_new_file_at_once_all_work(address: str) -> None:
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, address, f"c{n}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for n in range(3)
    ]
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write("now\n")
        opener.stdin.flush()
    assert [opener.communicate(timeout=60)[0].strip() for opener in openers] == ["1"] * 3
    store = ConversationStore(address)
    assert all(store.load(f"c{n}") == {} for n in range(3))
    store.close()


def test_what_is_forgotten_is_in_no_file(tmp_path: Path, address: str) -> None:
    store = ConversationStore(address)
    secret = "SECRETWORD" * 30
    for n in range(20):
        store.save_turn("c", {"said": secret}, secret, {"text": secret, "n": n})
        store.save_turn("other", {}, "stays", {})
    assert any(b"SECRETWORD" in path.read_bytes() for path in tmp_path.iterdir())
    store.forget("c")
    assert not any(b"SECRETWORD" in path.read_bytes() for path in tmp_path.iterdir())
    assert len(store.turns("other")) == 20
    store.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://me:hidden@host/db", "neither SQLite nor PostgreSQL"),
        ("postgresql://me:hidden@127.0.0.1:1/db", "cannot be opened"),
    ],
)
def test_a_password_is_in_no_message(url: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as told:
        Database(url)
    assert "hidden" not in str(told.value)
