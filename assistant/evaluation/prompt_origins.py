"""From whose conversations cases were made, so that a case goes when its shopper wants to be forgotten.

A row names a conversation, a case made of it, and a file that holds the shopper's words: the case's own, and every
file of results with it. A row outlives its conversation until the words are out of the file; what fails is tried again.
Knows JSON lines with an ``id`` or a ``case``; does not know who asks for what.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select

from assistant.errors import PromptError
from assistant.evaluation.prompt_cases import alone, replace_file
from assistant.store.database import Database
from assistant.store.schema import CASE_ORIGINS, CELLS, CONVERSATIONS


@contextmanager
def made_of(database: Database, conversation: str, case: str, path: Path) -> Iterator[None]:
    """Within it a case is made of a conversation and written to a file.

    Raises:
        PromptError: the conversation was forgotten meanwhile, and the file cannot be written.
    """
    row = (conversation, case, path)
    # Before it is written, so that no crash leaves words that nobody knows of; and again afterwards, because whoever
    # was forgotten meanwhile found nothing to delete yet.
    _keep(database, [row])
    yield
    _keep(database, [row])
    erase_forgotten(database)


@contextmanager
def running(database: Database, cases: Collection[str], path: Path) -> Iterator[None]:
    """Within it results of cases are written to a file.

    Raises:
        PromptError: somebody was forgotten meanwhile, and the file cannot be written.
    """
    with database.reading() as connection:
        found = connection.execute(select(CASE_ORIGINS.c.conversation_id, CASE_ORIGINS.c.case_id).distinct()).all()
    wanted = set(cases)
    rows = [(conversation, case, path) for conversation, case in found if case in wanted]
    _keep(database, rows)
    try:
        yield
    finally:
        if rows:
            _keep(database, rows)
            erase_forgotten(database)


def erase_forgotten(database: Database) -> int:
    """Delete the cases and results of conversations that are not there any more; returns how many cases went.

    Raises:
        PromptError: a file cannot be read or written; what it holds is tried again by the next call.
    """
    with database.reading() as connection:
        gone = connection.execute(select(CASE_ORIGINS).where(_forgotten())).all()
    if not gone:
        return 0
    files: dict[str, set[str]] = {}
    for row in gone:
        files.setdefault(row.path, set()).add(row.case_id)
    cases = sorted({row.case_id for row in gone})
    with database.writing() as connection:
        connection.execute(delete(CELLS).where(CELLS.c.case_id.in_(cases)))
    database.wipe_traces()
    for path, ids in sorted(files.items()):
        _without(Path(path), ids)
        done = [
            and_(CASE_ORIGINS.c.conversation_id == row.conversation_id, CASE_ORIGINS.c.case_id == row.case_id)
            for row in gone
            if row.path == path
        ]
        with database.writing() as connection:
            connection.execute(delete(CASE_ORIGINS).where(CASE_ORIGINS.c.path == path, or_(*done)))
    return len(cases)


def _forgotten() -> ColumnElement[bool]:
    return ~exists().where(CONVERSATIONS.c.id == CASE_ORIGINS.c.conversation_id)


def _keep(database: Database, rows: Sequence[tuple[str, str, Path]]) -> None:
    if not rows:
        return
    with database.writing() as connection:
        connection.execute(
            database.insert(CASE_ORIGINS)
            .values([{"conversation_id": c, "case_id": case, "path": str(path.resolve())} for c, case, path in rows])
            .on_conflict_do_nothing()
        )


def _without(path: Path, ids: Collection[str]) -> None:
    """Take the lines of cases out of a file; one that is not there holds none."""
    if not path.exists():
        return
    try:
        with alone(path):
            # Bytes: within JSON a text may hold characters that str.splitlines takes for ends of lines.
            lines = path.read_bytes().splitlines(keepends=True)
            kept = [line for line in lines if _case_of(line) not in ids]
            if len(kept) == len(lines):
                return
            if any(line.strip() for line in kept):
                replace_file(path, b"".join(kept).decode("utf-8"))
            else:
                path.unlink()  # a file of cases that holds none is an error to whoever reads it
    except UnicodeDecodeError as error:
        raise PromptError(f"{path} is not UTF-8, so cases of somebody to be forgotten stay in it; mend it") from error


def _case_of(line: bytes) -> str | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None  # cut off, or of people; their readers say what is wrong with it
    found = (record.get("case") or record.get("id")) if isinstance(record, dict) else None
    return found if isinstance(found, str) else None
