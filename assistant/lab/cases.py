"""The cases of a task: listed, added one by one or from a table, and made of turns that shoppers really had.

Knows case files and stored turns. Shipped cases stay as they are; new ones go into the lab's own folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from assistant.evaluation.prompt_cases import (
    CASES,
    Checks,
    PromptCase,
    add_cases,
    case_files,
    parse_case,
    parse_case_table,
    read_cases,
)
from assistant.evaluation.prompt_origins import made_of
from assistant.evaluation.prompt_preview import TASKS
from assistant.lab.bench import Bench, family
from assistant.lab.told import Told, told_of
from assistant.store.conversations import ConversationStore
from assistant.store.database import record
from assistant.store.insights import TurnSummary
from assistant.store.schema import TURNS

MOST_TURNS = 50
"""Of production that a list shows."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a table that is no case, and why."""

    line: int
    told: Told


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a table: cases that were added, or the lines that stand in the way of all of them."""

    added: tuple[PromptCase, ...] = ()
    bad: tuple[BadLine, ...] = ()


class CaseBook:
    """The cases of one lab."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._store = ConversationStore(bench.database)

    def all(self, task: str) -> tuple[PromptCase, ...]:
        """The cases of a task, shipped ones first.

        Raises:
            PromptError: a file cannot be read.
        """
        return self._bench.cases(task)

    def add(
        self,
        task: str,
        *,
        request: str = "",
        sku: str = "",
        turns: Sequence[str] = (),
        mention: Sequence[Sequence[str]] = (),
        avoid: Sequence[str] = (),
        most: int | None = None,
        note: str = "",
        conversation: str = "",
    ) -> PromptCase | Told:
        """Add one case; what is wrong with it otherwise.

        Args:
            task: what it is for.
            request: what a shopper says.
            sku: the product it is about; without one the assistant finds it.
            turns: a conversation instead of a request.
            mention: of each group one wording must occur.
            avoid: wordings that must not occur.
            most: words of English, characters of Chinese, at most.
            note: for people.
            conversation: whose words these are; the case goes when that is forgotten.

        Raises:
            PromptError: the file cannot be read or written.
        """
        language = TASKS[task]
        lines = tuple(t.strip() for t in turns if t.strip())
        if sku and self._bench.product(sku) is None:
            return Told("case_product", {"key": sku})
        checks = Checks(
            tuple(tuple(w) for w in mention if w),
            tuple(avoid),
            max_words=most if language == "en" else None,
            max_characters=most if language == "zh" else None,
            language=language,
        )
        case = PromptCase(
            self._free_id(task),
            language,
            "" if lines else request.strip(),
            sku.strip() or None if not lines else None,
            turns=lines,
            note=note.strip(),
            tags=("lab",),
            checks=checks,
        )
        try:
            parse_case(case.to_dict())
        except ValueError as error:
            return told_of(str(error))
        path = self._file(task)
        with made_of(self._bench.database, conversation, case.id, path) if conversation else nullcontext():
            add_cases(path, [case])
        return case

    def take(self, task: str, raw: bytes) -> Imported:
        """Add the cases of a CSV table, all of them or none.

        Raises:
            PromptError: the file of cases cannot be read or written.
        """
        cases, bad = parse_case_table(raw)
        lines = [BadLine(line, told_of(why)) for line, why in bad]
        if not lines and not cases:
            lines = [BadLine(1, Told("no_case"))]
        known = {c.id for c in read_cases(case_files(task, self._bench.folders))}
        # Twice the same id would silently put the new case in the old one's place.
        lines += [BadLine(0, Told("case_known", {"key": c.id})) for c in cases if c.id in known]
        lines += [BadLine(0, Told("case_product", {"key": c.sku})) for c in cases if c.sku and not self._there(c.sku)]
        if lines:
            return Imported(bad=tuple(lines))
        add_cases(self._file(task), cases)
        return Imported(added=cases)

    def turns(
        self,
        *,
        intent: str | None = None,
        language: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        text: str = "",
        limit: int = MOST_TURNS,
    ) -> tuple[TurnSummary, ...]:
        """Turns that shoppers had, newest first; ``text`` is looked for in what they said."""
        chosen = [TURNS.c.message != ""]
        if intent:
            chosen.append(TURNS.c.intent == intent)
        if language:
            chosen.append(TURNS.c.language == language)
        if since is not None:
            chosen.append(TURNS.c.created_at >= since)
        if until is not None:
            chosen.append(TURNS.c.created_at < until)
        if text.strip():
            chosen.append(TURNS.c.message.icontains(text.strip(), autoescape=True))
        query = select(*(TURNS.c[name] for name in TurnSummary.__dataclass_fields__)).where(*chosen)
        with self._bench.database.reading() as connection:
            rows = connection.execute(query.order_by(TURNS.c.created_at.desc(), TURNS.c.id.desc()).limit(limit))
            return tuple(record(TurnSummary, row) for row in rows)

    def intents(self) -> tuple[str, ...]:
        """The intents that stored turns have."""
        with self._bench.database.reading() as connection:
            found = connection.execute(select(TURNS.c.intent).where(TURNS.c.intent.is_not(None)).distinct())
            return tuple(sorted(str(one) for one in found.scalars()))

    def conversation(self, conversation: str, number: int) -> tuple[str, ...]:
        """What a shopper said up to and with one turn; empty where there is no such turn."""
        turns = [t for t in self._store.history(conversation) if t.number <= number and t.message.strip()]
        return tuple(t.message for t in turns) if turns and turns[-1].number == number else ()

    def _file(self, task: str) -> Path:
        return self._bench.overlay / CASES / f"{family(task)}.jsonl"

    def _there(self, sku: str) -> bool:
        return self._bench.product(sku) is not None

    def _free_id(self, task: str) -> str:
        taken = {c.id for c in read_cases(case_files(task, self._bench.folders))}
        language = TASKS[task]
        return next(name for n in range(1, len(taken) + 2) if (name := f"lab-{language}-{n:03d}") not in taken)
