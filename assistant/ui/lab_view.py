"""How the prompt lab looks: every part of the page out of what the lab knows, in the reader's language.

Knows templates and words. Changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from assistant.evaluation.prompt_gates import Judgement
from assistant.generation.prompts import Move
from assistant.lab import Lab
from assistant.lab.editing import Draft, Preview, Problem, compare
from assistant.lab.grid import FILTERS, Filter, changes_of, figures_of, kept, rows_of
from assistant.lab.runs import INTERRUPTED, Progress
from assistant.lab.told import told_of
from assistant.lab.trying import Tried
from assistant.lab.versions import LABELS, Verdict
from assistant.store.runs import Run
from assistant.types import ReplyLanguage
from assistant.ui.insights_splits import render_splits
from assistant.ui.lab_charts import charts_of
from assistant.ui.templating import TEMPLATES
from assistant.ui.words_console_en import EN as CONSOLE_EN
from assistant.ui.words_console_zh import ZH as CONSOLE_ZH
from assistant.ui.words_lab import LabWords
from assistant.ui.words_lab_en import EN_LAB
from assistant.ui.words_lab_zh import ZH_LAB

TABS = ("prompts", "try", "compare", "cases", "split", "insights")

CLOSED = ""
"""The sheet part when no sheet is open."""

ROWS = 12
"""Rows of the grid that are shown at first, and that come with each "more"."""

_INTENTS: Mapping[ReplyLanguage, Mapping[str, str]] = {"en": CONSOLE_EN.intents, "zh": CONSOLE_ZH.intents}
"""Called as in the console: one shop has one word for what its customers want."""

_SOME = (5, 20)
"""Numbers of cases that a run is offered for, beside all."""


@dataclass(frozen=True, slots=True)
class Here:
    """Where a browser tab is, as its page says; nothing in it can be trusted."""

    language: ReplyLanguage = "en"
    tab: str = "prompts"
    task: str = ""
    version: str = ""
    run: str = ""
    filter: Filter = "all"
    shown: int = ROWS

    @classmethod
    def read(cls, said: Any) -> Here:
        """Out of what the page sent; what does not fit is left out."""
        told: Mapping[str, Any] = said if isinstance(said, dict) else {}
        tab, chosen, shown = told.get("tab"), told.get("filter"), told.get("shown")
        return cls(
            "zh" if told.get("language") == "zh" else "en",
            tab if tab in TABS else "prompts",
            str(told.get("task") or "")[:64],
            str(told.get("version") or "")[:64],
            str(told.get("run") or "")[:32],
            chosen if chosen in FILTERS else "all",
            min(max(shown, ROWS), 1000) if isinstance(shown, int) else ROWS,
        )


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the page. ``console`` says whether they may see the agent console too."""

    name: str


def lab_words(language: str) -> LabWords:
    """The words of the lab in a language; English where there are none."""
    return ZH_LAB if language == "zh" else EN_LAB


class LabView:
    """Renders the parts of one lab's page."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def settle(self, here: Here) -> Here:
        """The same place with a task and version that exist."""
        tasks = self._lab.bench.tasks()
        usual = next((t for t in tasks if t.endswith(f".{here.language}")), next(iter(tasks), ""))
        task = here.task if here.task in tasks else usual
        versions = [v.name for v in self._lab.versions.all(task)]
        used = next((v.name for v in self._lab.versions.all(task) if v.in_use), versions[0] if versions else "")
        return replace(here, task=task, version=here.version if here.version in versions else used)

    def head(self, here: Here, reader: Reader) -> str:
        """Sign, sections, language."""
        told = json.dumps(asdict(here), ensure_ascii=False)
        return self._render("lab_head", here, reader=reader, tabs=TABS, told=told)

    def main(self, here: Here) -> str:
        """What is worked on in a section."""
        common = {"tasks": self._lab.bench.tasks()}
        match here.tab:
            case "prompts":
                return self._edit(here, common)
            case "try":
                versions = self._lab.versions.all(here.task)
                return self._render(
                    "lab_try", here, **common, versions=versions, products=self._lab.products(here.task),
                    other=_another(here, [v.name for v in versions]),
                )  # fmt: skip
            case "compare":
                return self._compare(here, common)
            case "cases":
                cases = self._lab.cases.all(here.task)
                return self._render("lab_cases", here, **common, cases=cases)
            case "split":
                return self._split(here, common)
        return self._render("lab_insights", here)

    def side(self, here: Here, viewer: str) -> str:
        """What a section has to say about it."""
        if here.tab == "prompts":
            return self._render("lab_checking", here)
        if here.tab == "try":
            return self._render("lab_tried", here, tried=None)
        if here.tab == "compare" and (progress := self._lab.runs.progress(here.run)):
            return self.progress(here, progress)
        return ""

    def grid(self, here: Here, viewer: str) -> str:
        """The rows of the run that is looked at."""
        run = self._lab.runs.store.get(here.run) if here.tab == "compare" and here.run else None
        if run is None:
            return ""
        names = list(run.setup["versions"])
        results = self._lab.runs.results(run.id)
        rows = rows_of(results, names, self._lab.runs.store.marks(run.id), viewer=viewer)
        counts = {one: len(kept(rows, one)) for one in FILTERS}
        chosen = kept(rows, here.filter)
        return self._render(
            "lab_grid", here, run=run, rows=chosen[: here.shown], more=max(0, len(chosen) - here.shown), counts=counts,
            names=names, none=not rows,
        )  # fmt: skip

    def checked(
        self,
        here: Here,
        draft: Draft,
        made: Preview | Problem | None,
        versions: Sequence[str],
        against: tuple[str, str] | None = None,
    ) -> str:
        """What is said of a draft; ``against`` is another version's name and text that it is compared with."""
        w = lab_words(here.language)
        problem = draft.problem or (made if isinstance(made, Problem) else None)
        variables = []
        for name in draft.prompt.variables if draft.prompt else ():
            default = draft.prompt.defaults.get(name) if draft.prompt else None
            variables.append((name, w.variable.get(name, w.variable_other), default))
        lines = compare(against[1], draft.text) if against else ()
        return self._render(
            "lab_checked", here, draft=draft, problem=problem, variables=variables,
            made=made if isinstance(made, Preview) else None, against=against, lines=lines,
        )  # fmt: skip

    def tried(self, here: Here, tried: Tried, sku: str) -> str:
        """What versions wrote about a message so far."""
        return self._render("lab_tried", here, tried=tried, sku=sku)

    def progress(self, here: Here, progress: Progress) -> str:
        """How far a run is, and its figures."""
        run = progress.run
        names = list(run.setup["versions"])
        results = self._lab.runs.results(run.id)
        figures = figures_of(results, names, k=run.setup["k"])
        w = lab_words(here.language)
        language = run.task.rpartition(".")[2]
        units = {"share": w.share, "seconds": w.seconds, "length": w.lengths.get(language, "{}")}
        changes = changes_of(results, names)
        return self._render(
            "lab_progress", here, progress=progress, run=run, figures=figures, names=names,
            charts=charts_of(figures, names[0], units), changes=changes, tally=self._lab.tally(run), language=language,
            status=self.status(run), mark=f"{progress.done} {run.status}",
            why=w.say(told_of(run.error)) if run.error else "",
        )  # fmt: skip

    def verdict(self, here: Here, verdict: Verdict, *, refused: bool = False) -> str:
        """Whether a label may move, condition by condition."""
        w = lab_words(here.language)
        judged = [(j.stands, told_gate(j, w)) for j in verdict.judged]
        return self._render("lab_move", here, verdict=verdict, judged=judged, refused=refused)

    def sheet(self, name: str, here: Here, **more: Any) -> str:
        """A sheet over the page."""
        return self._render(name, here, **more)

    def told(self, here: Here, text: str, *, good: bool = True, file: tuple[str, str, str] | None = None) -> str:
        """A sentence about what was done; ``file`` is a name, a type and a text to be downloaded."""
        return self._render("lab_told", here, text=text, good=good, file=file)

    def moves(self, here: Here) -> list[str]:
        """The history of the labels of a task as sentences, newest first."""
        w = lab_words(here.language)
        return [_move(move, w) for move in self._lab.versions.history(here.task)]

    def status(self, run: Run) -> str:
        """The status of a run as a key of the words."""
        return "interrupted" if run.status == "failed" and run.error == INTERRUPTED else run.status

    def _edit(self, here: Here, common: Mapping[str, Any]) -> str:
        versions = self._lab.versions.all(here.task)
        now = next(v for v in versions if v.name == here.version)
        cases = [c for c in self._lab.cases.all(here.task) if c.sku]
        used = next((v.name for v in versions if v.in_use and v.name != here.version), "")
        return self._render(
            "lab_edit", here, **common, versions=versions, now=now,
            text=self._lab.versions.text(here.task, here.version),
            products=self._lab.products(here.task), example=cases[0] if cases else None, labels=LABELS,
            moves=self.moves(here), used=used,
        )  # fmt: skip

    def _compare(self, here: Here, common: Mapping[str, Any]) -> str:
        run = self._lab.runs.store.get(here.run) if here.run else None
        versions = self._lab.versions.all(here.task)
        count = len(self._lab.cases.all(here.task))
        runs = () if run else self._lab.runs.all(here.task)
        used = next((v.name for v in versions if v.in_use), "")
        candidate = here.version if here.version != used else _another(here, [v.name for v in versions])
        return self._render(
            "lab_compare", here, **common, run=run, runs=[(p, self.status(p.run)) for p in runs], versions=versions,
            count=count, some=[n for n in _SOME if n < count], used=used, candidate=candidate,
        )  # fmt: skip

    def _split(self, here: Here, common: Mapping[str, Any]) -> str:
        from assistant.insights.splits import results

        trials = [t for t in self._lab.trials.all() if t.task == here.task]
        labels = self._lab.labels(here.task)
        meant = {label: self._lab.versions.find(here.task, label).version for label in labels}
        return self._render(
            "lab_split", here, **common, labels=meant, current=self._lab.trials.current(here.task),
            trials=[(t, results(self._lab.trials, t.name)) for t in trials], able=len(set(meant.values())) > 1,
        )  # fmt: skip

    def _render(self, name: str, here: Here, **more: Any) -> str:
        w = lab_words(here.language)
        helpers = {
            "duration": lambda seconds: duration(seconds, w),
            "moment": lambda at: at.astimezone(UTC).strftime("%Y-%m-%d %H:%M"),
            "version_of": version_of,
            "percent": lambda share: f"{100 * share:.0f}",
            "once": datetime.now(UTC).timestamp(),
            "intent_name": lambda key: _INTENTS[here.language].get(key, key.replace("_", " ")),
            "told_split": lambda arms: Markup(render_splits(arms, here.language, w.label)),
        }
        return str(Markup(TEMPLATES.get_template(f"{name}.html").render(w=w, here=here, **helpers, **more)))


def version_of(identity: str) -> str:
    """The version's name in ``task/version@hash``."""
    return identity.partition("/")[2].rpartition("@")[0] or identity


def duration(seconds: float, w: LabWords) -> str:
    """Seconds as people say them."""
    if seconds < 10:
        return w.seconds.format(f"{seconds:.1f}")
    return w.seconds.format(f"{seconds:.0f}") if seconds < 90 else w.minutes.format(f"{seconds / 60:.0f}")


def told_gate(judged: Judgement, w: LabWords) -> str:
    """One condition in words."""
    key = "pass" if judged.gate.startswith("pass^") else judged.gate
    if key not in w.gates:
        return judged.told
    # Shares are told in percent, times in seconds, counts as they are.
    scale = {"right language": (100, 100), "pass": (100, 100), "texts of the model": (100, 100), "latency": (0.001, 1)}
    of_value, of_bound = scale.get(key, (1, 1))
    numbers = {
        "value": f"{judged.value * of_value:.3g}",
        "bound": f"{judged.bound * of_bound:.3g}",
        "base": f"{(judged.base or 0.0) * of_value:.3g}",
    }
    return w.gates[key].format(**numbers)


def _move(move: Move, w: LabWords) -> str:
    line = w.back_line if move.kind == "rollback" else w.move_line
    told = line.format(
        who=move.who,
        label=w.label(move.label),
        after=w.version.format(move.after) if move.after else w.shipped_version,
        before=w.version.format(move.before) if move.before else w.shipped_version,
    )
    reason = f": {move.why}" if move.why else ""
    forced = f" · {w.forced_line.format(move.forced)}" if move.forced else ""
    return f"{move.at[:16].replace('T', ' ')} · {told}{reason}{forced}"


def _another(here: Here, names: Sequence[str]) -> str:
    return next((name for name in reversed(names) if name != here.version), "")
