"""``assistant prompts``: look at versions of prompts, try them on cases, and move the labels that say which is in use.

What happens is in ``assistant.evaluation.prompt_*`` and ``assistant.generation.prompts``; here it is shown.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli import prompt_trials
from assistant.cli.prompt_trials import AsJson, Index, Task, Version, settings_now

app = typer.Typer(help="Prompts: look at versions, try them on cases, move labels.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Prompts: look at versions, try them on cases, move labels."""


@app.command("list")
def list_versions(as_json: AsJson = False) -> None:
    """Show all versions of all prompts, and which of them are in use."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from assistant.evaluation.prompt_runs import load_prompts, prompt_folders, versions_in_use

    settings = settings_now()
    book, usual, shipped = load_prompts(settings), versions_in_use(settings), prompt_folders(settings)[0]
    rows: list[dict[str, Any]] = []
    for task in book.tasks():
        # A task without a production label and without a trained model has no version in use.
        used = {p.version for p in book.versions(task) if "production" in book.labels_of(p)}
        used = {usual[task]} if task in usual and not book.is_edited(task) else used
        for p in book.versions(task):
            rows.append(
                {
                    "task": task,
                    "version": p.version,
                    "labels": list(book.labels_of(p)),
                    "in_use": p.version in used,
                    "hash": p.digest,
                    "author": p.author,
                    "description": p.description.strip(),
                    "note": p.note.strip(),
                    "shipped": p.path.is_relative_to(shipped),
                    "file": str(p.path),
                }
            )
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("task", "version", "labels", "in use", "hash", "author", "description", box=None)
    for row in rows:
        cells = (row["task"], row["version"], ", ".join(row["labels"]), "yes" if row["in_use"] else "", row["hash"])
        table.add_row(*(escape(str(c)) for c in (*cells, row["author"], row["description"])))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


@app.command()
def show(version: Version, as_json: AsJson = False) -> None:
    """Show the file of a version."""
    from assistant.evaluation.prompt_runs import load_prompts, versions_in_use

    settings = settings_now()
    book = load_prompts(settings)
    prompt = book.find(version, usual=versions_in_use(settings))
    text = prompt.path.read_text(encoding="utf-8")
    if as_json:
        told = {
            "prompt": prompt.identity,
            "labels": list(book.labels_of(prompt)),
            "file": str(prompt.path),
            "text": text,
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    labels = ", ".join(book.labels_of(prompt))
    typer.echo(f"# {prompt.identity}{f' ({labels})' if labels else ''}, {prompt.path}", err=True)
    typer.echo(text.rstrip("\n"))


@app.command()
def diff(
    task: Task,
    old: Annotated[str, typer.Argument(metavar="A", help="version or label")],
    new: Annotated[str, typer.Argument(metavar="B", help="version or label")],
) -> None:
    """Show what changes from one version to another: the keys that differ, and the lines."""
    from assistant.evaluation.prompt_runs import load_prompts, versions_in_use
    from assistant.generation.prompts import compare_prompts

    settings = settings_now()
    book, usual = load_prompts(settings), versions_in_use(settings)
    found = compare_prompts(book.find(f"{task}@{old}", usual=usual), book.find(f"{task}@{new}", usual=usual))
    typer.echo(f"keys that differ: {', '.join(found.keys) or 'none'}")
    colours = {"+": typer.colors.GREEN, "-": typer.colors.RED, "@": typer.colors.CYAN}
    for line in found.lines:
        typer.echo(typer.style(line, fg=colours.get(line[:1])))


@app.command()
def render(
    version: Version,
    product: Annotated[str, typer.Option("--product", metavar="SKU", help="a product of the catalogue")],
    request: Annotated[str, typer.Option("--request", help="what a shopper says")],
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Show what the text generator really gets for a product and a request, and the slots of its answer."""
    from assistant.assembly import Parts
    from assistant.evaluation.prompt_preview import render_prompt
    from assistant.evaluation.prompt_runs import load_prompts, product_for, versions_in_use

    settings = settings_now()
    book = load_prompts(settings)
    prompt = book.find(version, usual=versions_in_use(settings))
    parts = Parts(settings, index=index)
    made = render_prompt(prompt, book, parts.lexicon, product_for(parts, product, of_index=index is not None), request)
    if as_json:
        told: dict[str, Any] = {
            "prompt": prompt.identity,
            "text": made.text,
            "lead": made.lead,
            "messages": [{"role": m.role, "content": m.content} for m in made.messages],
            "values": dict(made.values),
            "slots": dict(made.slots),
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    typer.echo(made.text)
    typer.echo(f"\n# {prompt.identity}; slots:", err=True)
    for slot, value in made.slots.items():
        typer.echo(f"#   {{{slot}}} = {value}", err=True)


@app.command("import")
def import_cases(
    table: Annotated[Path, typer.Argument(metavar="CASES.csv", help="a column per key and check")],
    task: Annotated[str, typer.Option("--task", help="what the cases are for")] = "blurb",
    output: Annotated[
        Path | None,
        typer.Option("--output", help="JSONL file they are added to; without it cases/TASK.jsonl of your prompts"),
    ] = None,
) -> None:
    """Add cases of a CSV file; nothing is added unless every row is a case."""
    from assistant.evaluation.prompt_cases import CASES, add_cases, read_case_table
    from assistant.evaluation.prompt_runs import prompt_folders

    path = output or prompt_folders(settings_now())[1] / CASES / f"{task}.jsonl"
    cases = read_case_table(table)
    total = add_cases(path, cases)
    typer.echo(json.dumps({"added": len(cases), "cases": total, "file": str(path)}, ensure_ascii=False))


app.command("test")(prompt_trials.run_suite)
app.command()(prompt_trials.promote)
app.command()(prompt_trials.rollback)
app.command()(prompt_trials.history)
