"""The stores on a real PostgreSQL of this machine, on a port and in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url
from store_contract import StoreContract, Watch

from assistant.store import ConversationStore, Database
from assistant.store.schema import META


def _programs() -> Path | None:
    """The folder of PostgreSQL's programs; Debian keeps them out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    program = shutil.which("initdb")
    return Path(program).parent if program else None


def _unprivileged() -> str | None:
    """Whom to run it as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    pytest.skip("PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody'")


def _folder(user: str | None) -> Path:
    """A new folder that the user can reach."""
    for parent in (Path(tempfile.gettempdir()), Path("/var", "tmp")):
        open_to_all = all(p.stat().st_mode & 0o001 for p in (parent, *parent.parents))
        if user is None or open_to_all:
            folder = Path(tempfile.mkdtemp(prefix="pg-", dir=parent))
            if user is not None:
                shutil.chown(folder, user)
            return folder
    pytest.skip("no temporary folder that an unprivileged user can reach")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a running server, without a database name."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    pytest.importorskip("pg8000", reason="pg8000 is not installed (pip install 'shopping-assistant[postgres]')")
    user = _unprivileged()
    folder = _folder(user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(*command: str) -> None:
        done = subprocess.run(command, user=user, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr + done.stdout

    data = str(folder / "data")
    try:
        run(str(programs / "initdb"), "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        run(str(programs / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://shop@127.0.0.1:{port}"
        finally:
            run(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def address(server: str) -> str:
    return f"{server}/postgres"


def _run(address: str, script: str) -> None:
    """Statements, each committed by itself, without the stores."""
    engine = create_engine(make_url(address).set(drivername="postgresql+pg8000"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    engine.dispose()


def _empty(address: str) -> None:
    _run(address, "drop schema public cascade;\ncreate schema public")


class TestOnPostgres(StoreContract):
    @pytest.fixture
    def database(self, address: str, watch: Watch) -> Iterator[Database]:
        _empty(address)
        opened = Database(address, clock=watch)
        yield opened
        opened.close()


def test_the_migrations_make_the_tables_the_stores_use(address: str) -> None:
    _empty(address)
    database = Database(address)
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), META) == []
    database.close()


OLD = """
create table conversations (id varchar(64) primary key, state text not null, created_at timestamptz not null,
    updated_at timestamptz not null);
create table turns (id serial primary key,
    conversation_id varchar(64) not null references conversations on delete cascade, number integer not null,
    message text not null, trace text not null, created_at timestamptz not null, unique (conversation_id, number));
create index ix_turns_conversation_id on turns (conversation_id);
insert into conversations values ('c', '{"n": 1}', now(), now());
insert into turns values (default, 'c', 1, 'm', '{"intent": "smalltalk"}', now());
"""


def test_a_database_of_the_release_before_is_adopted_whole(address: str) -> None:
    _empty(address)
    _run(address, OLD)
    store = ConversationStore(address)
    assert store.turns("c") == [{"intent": "smalltalk"}]
    assert store.save_turn("c", {"n": 2}, "next", {}) == 2
    with store.database.reading() as connection:
        assert connection.exec_driver_sql("select intent from turns order by number").scalars().all() == [
            "smalltalk",
            None,
        ]
    store.close()


OPENER = """
import sys
from assistant.store import ConversationStore
sys.stdin.readline()
store = ConversationStore(sys.argv[1])
print(store.save_turn(sys.argv[2], {}, "hello", {}))
"""


def test_processes_that_open_one_new_database_at_once_all_work(address: str) -> None:
    _empty(address)
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
