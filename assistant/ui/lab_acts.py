"""What can be done on the page of the lab: each act of a person as a call of the lab, and what is shown then.

Knows what a page sends; nothing in it can be trusted.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from assistant.errors import StoreError
from assistant.lab import Lab
from assistant.lab.editing import MOST_CHARACTERS, Problem
from assistant.lab.exports import Form
from assistant.lab.grid import FILTERS
from assistant.lab.told import Told
from assistant.lab.versions import LABELS
from assistant.store.runs import Run
from assistant.ui.lab_view import CLOSED, ROWS, TABS, Here, LabView, lab_words

MOST_BYTES = 500_000
"""Of a table that is imported."""

_FILES: Mapping[Form, str] = {"csv": "text/csv", "json": "application/json", "yaml": "application/yaml"}
_BETWEEN = re.compile(r"[,，|｜、]")
_MESSAGE = 4000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act leads to: a place, and the parts that change. ``moved`` renews the whole page."""

    here: Here
    moved: bool = False
    main: bool = False
    grid: bool = False
    side: str | None = None
    panel: str | None = None
    told: str | None = None
    good: bool = True
    file: tuple[str, str, str] | None = None


class LabActs:
    """The acts of one lab."""

    def __init__(self, lab: Lab, view: LabView) -> None:
        self._lab = lab
        self._view = view
        self._known: Mapping[str, Callable[[Mapping[str, Any], Here, str], Outcome]] = {
            "open": self._go, "go": self._go, "check": self._check, "save": self._save, "judge": self._judge,
            "move": self._move, "back": self._back, "case": self._case, "add": self._add, "turns": self._turns,
            "table": self._table, "import": self._import, "start": self._start, "cancel": self._cancel,
            "again": self._again, "watch": self._watch, "mark": self._mark, "comment": self._comment,
            "blind": self._blind, "vote": self._vote, "export": self._export, "split": self._split,
            "unsplit": self._unsplit,
        }  # fmt: skip

    def do(self, name: str, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        """Carry out an act of somebody.

        Raises:
            AssistantError: it cannot be done; the message says why.
        """
        known = self._known.get(name)
        return Outcome(here) if known is None else known(data, here, who)

    # -- where one is -------------------------------------------------------------------------------------------------

    def _go(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        if data.get("tab") in TABS:
            here = replace(here, tab=data["tab"], run="" if data["tab"] != here.tab else here.run)
        if isinstance(data.get("task"), str):
            here = replace(here, task=data["task"], version="", run="")
        if isinstance(data.get("version"), str):
            here = replace(here, version=data["version"])
        if isinstance(data.get("run"), str):
            here = replace(here, tab="compare", run=data["run"][:32], filter="all", shown=ROWS)
        if data.get("language") in ("en", "zh"):
            here = replace(here, language=data["language"])
        if data.get("filter") in FILTERS:
            return Outcome(replace(here, filter=data["filter"], shown=ROWS), moved=True)
        if data.get("more"):
            return Outcome(replace(here, shown=here.shown + ROWS), moved=True)
        if here.run and (run := self._lab.runs.store.get(here.run)) is not None:
            here = replace(here, task=run.task)
        return Outcome(self._view.settle(here), moved=True, panel=CLOSED)

    # -- a draft ------------------------------------------------------------------------------------------------------

    def _check(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        text = _text(data, "text", MOST_CHARACTERS + 1)
        sku, request = _text(data, "sku", 64).strip(), _text(data, "request", _MESSAGE).strip()
        draft = self._lab.check(here.task, text)
        made = self._lab.preview(here.task, text, sku, request) if draft.prompt and sku and request else None
        other = _text(data, "against", 64)
        against = (other, self._lab.versions.text(here.task, other)) if other else None
        names = [v.name for v in self._lab.versions.all(here.task)]
        return Outcome(here, side=self._view.checked(here, draft, made, names, against))

    def _save(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        text = _text(data, "text", MOST_CHARACTERS + 1)
        w = lab_words(here.language)
        saved = self._lab.versions.save(here.task, text, author=who, note=_text(data, "note", 500))
        if isinstance(saved, Problem):
            return Outcome(here, told=f"{w.line.format(saved.line)}: {w.say(saved.told)}", good=False)
        return Outcome(replace(here, version=saved.version), moved=True, told=w.saved.format(saved.version))

    def _judge(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        verdict = self._lab.versions.judge(here.task, here.version, _label(data))
        return Outcome(here, panel=self._view.verdict(here, verdict))

    def _move(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        label, forced = _label(data), _text(data, "forced", 500)
        w = lab_words(here.language)
        verdict = self._lab.versions.move(
            here.task, here.version, label, who=who, why=_text(data, "why", 500), forced=forced
        )
        if not verdict.allowed and not forced.strip():
            return Outcome(here, panel=self._view.verdict(here, verdict, refused=True), told=w.refused, good=False)
        told = w.moved.format(label=w.label(label), version=here.version)
        return Outcome(here, moved=True, panel=CLOSED, told=told)

    def _back(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        label = _label(data)
        w = lab_words(here.language)
        move = self._lab.versions.back(here.task, label, who=who)
        after = w.version.format(move.after) if move.after else w.shipped_version
        return Outcome(here, moved=True, told=w.taken_back.format(label=w.label(label), version=after))

    # -- cases --------------------------------------------------------------------------------------------------------

    def _case(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        conversation, number = data.get("conversation"), data.get("number")
        lines: tuple[str, ...] = tuple(messages_of(data))
        if isinstance(conversation, str) and str(number).isdigit():
            lines = self._lab.cases.conversation(conversation[:64], int(str(number)))
            lines = lines if data.get("whole") else lines[-1:]
        return Outcome(here, panel=self._form(here, lines, _text(data, "sku", 64), data=data))

    def _add(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        lines = messages_of(data)
        sku = _text(data, "sku", 64).strip()
        most = _text(data, "most", 6).strip()
        made = self._lab.cases.add(
            here.task,
            request=lines[0] if len(lines) == 1 else "",
            turns=lines if len(lines) > 1 else (),
            sku=sku if len(lines) == 1 else "",
            mention=[_listed(line) for line in _text(data, "must", 1000).splitlines() if _listed(line)],
            avoid=_listed(_text(data, "must_not", 1000)),
            most=int(most) if most.isdigit() else None,
            note=_text(data, "note", 300),
            conversation=_text(data, "conversation", 64),
        )
        w = lab_words(here.language)
        if isinstance(made, Told):
            return Outcome(here, panel=self._form(here, lines, sku, data=data, problem=w.say(made)))
        return Outcome(here, main=here.tab in ("cases", "compare"), panel=CLOSED, told=w.case_added.format(made.id))

    def _form(
        self,
        here: Here,
        lines: tuple[str, ...] | list[str],
        sku: str,
        *,
        data: Mapping[str, Any] | None = None,
        problem: str = "",
    ) -> str:
        kept = {k: _text(data or {}, k, 1000) for k in ("must", "must_not", "most", "note", "conversation")}
        products = self._lab.products(here.task)
        return self._view.sheet(
            "lab_case", here, lines="\n".join(lines), sku=sku, kept=kept, problem=problem, products=products,
            language=here.task.rpartition(".")[2],
        )  # fmt: skip

    def _turns(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        asked = {k: _text(data, k, 200) for k in ("intent", "language", "since", "until", "text")}
        until = _day(asked["until"])
        found = self._lab.cases.turns(
            intent=asked["intent"] or None,
            language=asked["language"] or None,
            since=_day(asked["since"]),
            until=None if until is None else until + timedelta(days=1),
            text=asked["text"],
        )
        intents = self._lab.cases.intents()
        return Outcome(here, panel=self._view.sheet("lab_turns", here, turns=found, asked=asked, intents=intents))

    def _table(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        return Outcome(here, panel=self._view.sheet("lab_table", here, bad=(), most=MOST_BYTES))

    def _import(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        w = lab_words(here.language)
        try:
            raw = base64.b64decode(_text(data, "data", MOST_BYTES * 2), validate=True)
        except binascii.Error:
            raw = b""
        if len(raw) > MOST_BYTES:
            return Outcome(here, told=w.too_large, good=False)
        done = self._lab.cases.take(here.task, raw)
        if done.bad:
            bad = [(b.line, w.say(b.told)) for b in done.bad]
            return Outcome(here, panel=self._view.sheet("lab_table", here, bad=bad, most=MOST_BYTES))
        return Outcome(here, main=True, panel=CLOSED, told=w.imported.format(len(done.added)))

    # -- runs ---------------------------------------------------------------------------------------------------------

    def _start(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        many = _text(data, "many", 6)
        run = self._lab.runs.start(
            here.task,
            _text(data, "candidate", 64) or here.version,
            _text(data, "baseline", 64) or None,
            author=who,
            note=_text(data, "note", 300).strip(),
            limit=int(many) if many.isdigit() else None,
            fresh=bool(data.get("fresh")),
        )
        return self._at(here, run)

    def _cancel(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        self._lab.runs.cancel(here.run)
        return self._watched(here)

    def _again(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        return self._at(here, self._lab.runs.again(here.run, author=who))

    def _at(self, here: Here, run: Run) -> Outcome:
        return Outcome(replace(here, tab="compare", run=run.id, filter="all", shown=ROWS), moved=True, panel=CLOSED)

    def _watch(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        progress = self._lab.runs.progress(here.run)
        if progress is None or data.get("mark") == f"{progress.done} {progress.run.status}":
            return Outcome(here)
        return self._watched(here)

    def _watched(self, here: Here) -> Outcome:
        progress = self._lab.runs.progress(here.run)
        if progress is None:
            return Outcome(replace(here, run=""), moved=True)
        return Outcome(here, grid=True, side=self._view.progress(here, progress))

    def _mark(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        run, case, version = self._cell(data, here)
        old = next(
            (m for m in self._lab.runs.store.marks(run.id) if (m.case_id, m.version, m.author) == (case, version, who)),
            None,
        )
        value = 1 if data.get("value") == "1" else -1
        self._lab.runs.store.mark(run.id, case, version, value, author=who, comment=old.comment if old else "")
        return Outcome(here, grid=True)

    def _comment(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        run, case, version = self._cell(data, here)
        marks = self._lab.runs.store.marks(run.id)
        mine = next((m for m in marks if (m.case_id, m.version, m.author) == (case, version, who)), None)
        if "comment" not in data:
            others = [m for m in marks if (m.case_id, m.version) == (case, version) and m.author != who and m.comment]
            return Outcome(
                here,
                panel=self._view.sheet(
                    "lab_comment", here, case=case, version=version, mine=mine, others=others, run=run.id
                ),
            )
        value = 1 if data.get("value") == "1" else -1
        self._lab.runs.store.mark(run.id, case, version, value, author=who, comment=_text(data, "comment", 1000))
        w = lab_words(here.language)
        return Outcome(here, grid=True, panel=CLOSED, told=w.commented)

    def _cell(self, data: Mapping[str, Any], here: Here) -> tuple[Run, str, str]:
        run = self._run(here)
        case, version = _text(data, "case", 200), _text(data, "of", 200)
        if case not in run.setup["cases"] or version not in run.setup["versions"]:
            raise StoreError(f"run {run.id} has no text of '{version}' for case '{case}'; choose one that is shown")
        return run, case, version

    def _run(self, here: Here) -> Run:
        run = self._lab.runs.store.get(here.run)
        if run is None:
            raise StoreError(f"there is no run '{here.run}'; choose one of the list")
        return run

    # -- votes, files, splits -----------------------------------------------------------------------------------------

    def _blind(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        return Outcome(here, panel=self._ballot(here, who, ""))

    def _vote(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        run = self._run(here)
        side = data.get("side")
        if side not in ("left", "right", "same"):
            return Outcome(here)
        shown = self._lab.vote(run, _text(data, "case", 200), side, voter=who)
        w = lab_words(here.language)
        names = {k: self._name(getattr(shown, k)) for k in ("left", "right", "winner")}
        told = (w.revealed if shown.winner else w.revealed_tie).format(**names)
        progress = self._lab.runs.progress(run.id)
        side_part = self._view.progress(here, progress) if progress else None
        return Outcome(here, panel=self._ballot(here, who, told), side=side_part)

    def _ballot(self, here: Here, who: str, told: str) -> str:
        ballot, done, total = self._lab.ballot(self._run(here), voter=who)
        return self._view.sheet("lab_vote", here, ballot=ballot, done=done, total=total, revealed=told)

    @staticmethod
    def _name(identity: str | None) -> str:
        return "" if identity is None else identity.partition("/")[2].rpartition("@")[0]

    def _export(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        run = self._run(here)
        form: Form = "json" if data.get("form") == "json" else "yaml" if data.get("form") == "yaml" else "csv"
        text = self._lab.export(run, form)
        return Outcome(here, told="", file=(f"run-{run.id}.{form}", _FILES[form], text))

    def _split(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        w = lab_words(here.language)
        shares = {
            label: float(number) / 100
            for label in self._lab.labels(here.task)
            if (number := _text(data, f"share-{label}", 6).strip()).replace(".", "", 1).isdigit() and float(number) > 0
        }
        name = _text(data, "name", 64).strip() or f"{here.task} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
        self._lab.start_split(name, here.task, shares, author=who)
        return Outcome(here, main=True, told=w.split_started)

    def _unsplit(self, data: Mapping[str, Any], here: Here, who: str) -> Outcome:
        self._lab.trials.end(_text(data, "name", 64))
        return Outcome(here, main=True, told=lab_words(here.language).split_ended)


def messages_of(data: Mapping[str, Any]) -> list[str]:
    """The messages of a form: one a line."""
    return [line.strip() for line in _text(data, "said", _MESSAGE).splitlines() if line.strip()]


def _text(data: Mapping[str, Any], key: str, most: int) -> str:
    value = data.get(key)
    return value[:most] if isinstance(value, str) else ""


def _label(data: Mapping[str, Any]) -> str:
    label = data.get("label")
    return label if isinstance(label, str) and label in LABELS else LABELS[0]


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _BETWEEN.split(text) if part.strip())


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) if text else None
    except ValueError:
        return None
