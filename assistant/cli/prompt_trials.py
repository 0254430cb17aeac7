"""``assistant prompts test``, ``promote``, ``rollback`` and ``history``: versions on cases, and the labels that move.

What happens is in ``assistant.evaluation.prompt_*`` and ``assistant.generation.prompts``; here it is shown.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from assistant.evaluation.prompt_cases import PromptCase
    from assistant.evaluation.prompt_gates import Gates
    from assistant.evaluation.prompt_runs import Pair
    from assistant.evaluation.prompt_suite import Result
    from assistant.generation import PromptBook
    from assistant.settings import Settings

Version = Annotated[
    str, typer.Argument(metavar="TASK[@VERSION|LABEL]", help="such as blurb.en, blurb.en@2, blurb.en@staging")
]
Task = Annotated[str, typer.Argument(metavar="TASK", help="such as blurb.en")]
Label = Annotated[str, typer.Option("--label", help="the label that moves")]
Index = Annotated[Path | None, typer.Option("--index", help="index folder; without it the default catalogue is used")]
Cases = Annotated[
    list[Path] | None,
    typer.Option("--cases", help="JSONL file of cases; several may be given; without it cases/TASK.jsonl"),
]
Times = Annotated[int, typer.Option("--k", min=1, max=20, help="runs of each case; it passes when all of them pass")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="of the first run; the next ones count on")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object instead of text")]
Why = Annotated[str, typer.Option("--why", help="a reason, for the history")]
By = Annotated[str | None, typer.Option("--by", help="who moves the label; without it the user of this machine")]


def run_suite(
    version: Version,
    against: Annotated[
        str, typer.Option("--against", help="version or label that it is held against, or none")
    ] = "production",
    cases: Cases = None,
    k: Times = 3,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="only so many cases, spread evenly")] = None,
    seed: Seed = 13,
    output: Annotated[
        Path | None, typer.Option("--output", help="JSONL file of all runs; what it holds already is not run again")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="run everything again, whatever is known")] = False,
    report: Annotated[Path | None, typer.Option("--report", help="page of figures and texts, FILE.html")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="table of all runs, FILE.csv")] = None,
    index: Index = None,
) -> None:
    """Run cases with a version and with the one in use: same products, same seeds; prints figures, then JSON.

    TASK may be blurb, for blurb.en and blurb.zh together. A run that was cut off goes on where it was.
    """
    from assistant.evaluation.prompt_figures import case_lines, figure_table
    from assistant.evaluation.prompt_results import write_results_table, write_suite_page
    from assistant.evaluation.prompt_runs import (
        cases_for,
        judge_pair,
        load_prompts,
        pairs_of,
        results_path,
        suite_figures,
        suite_notes,
        versions_in_use,
    )

    settings = settings_now()
    book = load_prompts(settings)
    pairs = pairs_of(book, version, against, usual=versions_in_use(settings))
    chosen = cases_for(settings, pairs, cases or (), limit=limit)
    path = output or results_path(settings, pairs[0].candidate.task)
    results, whole = _run(settings, book, pairs, chosen, k=k, seed=seed, path=path, fresh=fresh, index=index)
    figures = suite_figures(results, pairs, k=k)
    notes = suite_notes(pairs, k=k)
    identities = [p.identity for pair in pairs for p in pair.prompts]
    for line in case_lines(results, identities):
        typer.echo(line)
    typer.echo("\n".join(["", *figure_table(figures["versions"]), ""]))
    judged: dict[str, Any] = {}
    for pair in pairs:
        told = figures["versus"].get(pair.candidate.identity)
        if told:
            counts = ", ".join(f"{len(told[name])} {name}" for name in ("fixed", "broken", "pass", "fail"))
            typer.echo(f"{pair.candidate.identity}: {counts}, {len(told['same_text'])} with the same text")
        gates = _gates(settings, "production")
        if gates is not None and whole:
            verdicts, _ = judge_pair(gates, results, pair, k=k)
            judged[pair.candidate.identity] = [{"gate": j.gate, "stands": j.stands, "told": j.told} for j in verdicts]
            for one in verdicts:
                typer.echo(f"  {'stands' if one.stands else 'FALLS '}  {one.told}")
    for note in notes:
        typer.echo(f"note: {note}")
    if csv is not None:
        write_results_table(csv, results)
    if report is not None:
        sides = [(p.candidate.identity, p.baseline.identity if p.baseline else None) for p in pairs]
        write_suite_page(report, results, figures["versions"], sides, notes=notes)
    typer.echo(json.dumps({**figures, "gates": judged, "complete": whole, "notes": notes, "results": str(path)}))
    if not whole:
        raise typer.Exit(130)


def promote(
    task: Task,
    version: Annotated[str, typer.Argument(metavar="VERSION", help="a version, or another label")],
    label: Label = "production",
    suite: Annotated[bool, typer.Option("--suite", help="run what is missing of the cases first")] = False,
    force: Annotated[
        str | None, typer.Option("--force", metavar="REASON", help="move it whatever the gates say; the reason is kept")
    ] = None,
    why: Why = "",
    by: By = None,
    cases: Cases = None,
    k: Times = 3,
    seed: Seed = 13,
    results: Annotated[
        Path | None, typer.Option("--results", help="JSONL file of `prompts test --output`, if it was given")
    ] = None,
    index: Index = None,
) -> None:
    """Let a label mean a version, if the gates of the label stand on the results of its cases."""
    from assistant.errors import PromptError
    from assistant.evaluation.prompt_runs import (
        NOBODY,
        judge_pair,
        load_prompts,
        pairs_of,
        prompt_folders,
        versions_in_use,
    )
    from assistant.generation.prompts import move_label

    if force is not None and not force.strip():
        raise typer.BadParameter("wanted a reason", param_hint="--force")
    settings = settings_now()
    book = load_prompts(settings)
    usual = versions_in_use(settings)
    prompt = book.find(f"{task}@{version}", usual=usual)
    gates = _gates(settings, label)
    try:
        book.find(f"{task}@{label}", usual=usual)
        against = label
    except PromptError:
        against = NOBODY  # nothing bears the label yet, so only the bounds that need no other version count
    (pair,) = pairs_of(book, f"{task}@{prompt.version}", against, usual=usual)
    if pair.baseline is None and against != NOBODY and label in book.labels_of(prompt):
        typer.echo(f"{label} means {prompt.identity} already", err=True)
        return
    evidence = None
    if gates is not None and (force is None or suite):
        found = _evidence(settings, book, pair, cases or (), k=k, seed=seed, path=results, suite=suite, index=index)
        judged, evidence = judge_pair(gates, found, pair, k=k)
        for one in judged:
            typer.echo(f"  {'stands' if one.stands else 'FALLS '}  {one.told}", err=True)
        fallen = [j.told for j in judged if not j.stands]
        if fallen and force is None:
            raise PromptError(
                f"{prompt.identity} does not become {label}: {'; '.join(fallen)}. Mend it, or move the label all the "
                "same with --force REASON"
            )
    folder = prompt_folders(settings)[1]
    move = move_label(folder, prompt, label=label, who=by or _user(), why=why, forced=force, evidence=evidence)
    if usual.get(task) not in (None, prompt.version):
        typer.echo(f"the text generator's adapter was trained for {task}/{usual[task]}, not for this version", err=True)
    typer.echo(json.dumps(move.to_dict(), ensure_ascii=False))


def rollback(task: Task, label: Label = "production", why: Why = "", by: By = None) -> None:
    """Let a label mean again what it meant before its last move."""
    from assistant.evaluation.prompt_runs import prompt_folders
    from assistant.generation.prompts import roll_back

    folder = prompt_folders(settings_now())[1]
    typer.echo(
        json.dumps(roll_back(folder, task, label=label, who=by or _user(), why=why).to_dict(), ensure_ascii=False)
    )


def history(
    task: Annotated[str | None, typer.Argument(metavar="TASK", help="only of this task")] = None,
    as_json: AsJson = False,
) -> None:
    """Show who moved which label, when and why, oldest first."""
    from assistant.evaluation.prompt_runs import prompt_folders
    from assistant.generation.prompts import read_history

    moves = read_history(prompt_folders(settings_now())[1], task=task)
    if as_json:
        typer.echo(json.dumps([m.to_dict() for m in moves], ensure_ascii=False))
        return
    for m in moves:
        reason = f" ({m.why})" if m.why else ""
        forced = f" against the gates: {m.forced}" if m.forced else ""
        steps = f"{m.before or 'the shipped version'} → {m.after or 'the shipped version'}"
        typer.echo(f"{m.at} {m.who} {m.kind} {m.task} {m.label}: {steps}{reason}{forced}")


def _run(
    settings: Settings,
    book: PromptBook,
    pairs: Sequence[Pair],
    cases: Sequence[PromptCase],
    *,
    k: int,
    seed: int,
    path: Path,
    fresh: bool,
    index: Path | None,
) -> tuple[tuple[Result, ...], bool]:
    """The results of a suite, kept in a file as they come; ``False`` where it was stopped by Ctrl-C."""
    from assistant.assembly import Parts
    from assistant.cli.progress import Steps
    from assistant.evaluation.prompt_results import ResultsFile
    from assistant.evaluation.prompt_runs import suite_for
    from assistant.evaluation.prompt_suite import plan

    runs = plan(cases, [p for pair in pairs for p in pair.prompts], k=k, seed=seed)
    done: list[Result] = []
    with ResultsFile(path) as file, Steps() as steps:
        suite = suite_for(Parts(settings, index=index, report=steps), book, cases, of_index=index is not None)
        what = f"running {len(runs)} texts of {len(cases)} cases"
        steps(what, 0.0)
        try:
            for result in suite.run(runs, known=None if fresh else file.known):
                file.add(result)
                done.append(result)
                steps(what, len(done) / len(runs))
        except KeyboardInterrupt:
            steps.note(f"stopped after {len(done)} of {len(runs)} texts; the same command goes on from there")
            return tuple(done), False
    return tuple(done), True


def _evidence(
    settings: Settings,
    book: PromptBook,
    pair: Pair,
    files: Sequence[Path],
    *,
    k: int,
    seed: int,
    path: Path | None,
    suite: bool,
    index: Path | None,
) -> tuple[Result, ...]:
    """The results that gates are held against: those that were kept or, with ``suite``, all that it takes."""
    from assistant.errors import PromptError
    from assistant.evaluation.prompt_results import read_results
    from assistant.evaluation.prompt_runs import cases_for, known_results, model_name, results_path
    from assistant.evaluation.prompt_suite import plan

    cases = cases_for(settings, [pair], files)
    path = path or results_path(settings, pair.candidate.task)
    if suite:
        found, whole = _run(settings, book, [pair], cases, k=k, seed=seed, path=path, fresh=False, index=index)
        if not whole:
            raise PromptError("the suite was stopped, so no label was moved; the same command goes on")
        return found
    kept = read_results(path) if path.exists() else ()
    runs = plan(cases, pair.prompts, k=k, seed=seed)
    found, missing = known_results(kept, runs, model=model_name(settings))
    if missing:
        name = f"{pair.candidate.task}@{pair.candidate.version}"
        raise PromptError(
            f"{len(missing)} of {len(runs)} runs of the suite are not in {path}; run `assistant prompts test {name}`, "
            "or add --suite"
        )
    return found


def _gates(settings: Settings, label: str) -> Gates | None:
    from assistant.evaluation.prompt_gates import read_gates
    from assistant.evaluation.prompt_runs import prompt_folders

    return read_gates(prompt_folders(settings), label)


def settings_now() -> Settings:
    """The settings of this run."""
    from assistant.settings import Settings

    return Settings()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"  # a container without a user database
