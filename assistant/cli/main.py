"""The command line. Exit 0 when the run finished, 2 on bad usage, 1 on failure with one clear line on stderr."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli import catalog as catalog_commands
from assistant.cli import columns
from assistant.cli import evaluate as evaluate_commands
from assistant.cli import facets as facet_commands
from assistant.cli import mcp as mcp_commands
from assistant.cli import prompts as prompt_commands
from assistant.cli import recommend as recommend_command
from assistant.cli import report as report_command
from assistant.cli import train as train_commands
from assistant.cli import users as user_commands
from assistant.cli import weights as weights_commands
from assistant.cli.progress import Steps
from assistant.errors import AssistantError, RecordError
from assistant.weights import share_processor

app = typer.Typer(
    help="A bilingual shopping assistant that runs offline and checks every fact it says.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(catalog_commands.app, name="catalog")
app.add_typer(weights_commands.app, name="weights")
app.add_typer(train_commands.app, name="train")
app.add_typer(user_commands.app, name="users")
app.add_typer(evaluate_commands.app, name="evaluate")
app.add_typer(prompt_commands.app, name="prompts")
app.command()(facet_commands.facets)
app.command()(mcp_commands.mcp)
app.command()(recommend_command.recommend)
app.command()(report_command.report)

Input = Annotated[str, typer.Option("--input", help="JSONL file, or - for standard input")]
Output = Annotated[str, typer.Option("--output", help="JSONL file, or - for standard output")]
IndexDir = Annotated[
    Path | None, typer.Option("--index", help="index folder; without it the default catalogue is used")
]


def _parts(index: Path | None, steps: Steps, **settings: Any) -> Any:
    from assistant.assembly import Parts
    from assistant.settings import Settings

    return Parts(Settings(**settings), index=index, report=steps)


@app.command()
def understand(
    input: Input = "-",
    output: Output = "-",
    index: IndexDir = None,
    category: Annotated[bool, typer.Option("--category", help="add the likeliest product types of the index")] = False,
) -> None:
    """Read messages: intent, confidence, language, constraints."""
    from assistant.cli import records

    with Steps() as steps:
        parts = _parts(index, steps)
        reader, categories = parts.reader, parts.categories if category else None

    def answer(record: records.Record) -> dict[str, Any]:
        text = records.text_field(record, "text")
        found: dict[str, Any] = {"id": record.id, **reader.understand([text])[0].to_dict()}
        if categories is not None:
            found["categories"] = [c.to_dict() for c in categories.predict([text])[0]]
        return found

    records.run(input, output, answer)


@app.command()
def search(
    k: Annotated[int, typer.Option("--k", min=1, max=1000, help="products wanted")] = 10,
    input: Input = "-",
    output: Output = "-",
    index: IndexDir = None,
    why: Annotated[
        bool, typer.Option("--explain", help="add the plan, each filter's rows and the parts of scores")
    ] = False,
) -> None:
    """Find products: what the text says are hard filters; nothing is relaxed."""
    from assistant.cli import records
    from assistant.retrieval import explain
    from assistant.retrieval.overlay import overlay

    with Steps() as steps:
        parts = _parts(index, steps)
        reader, engine = parts.reader, parts.engine

    def answer(record: records.Record) -> dict[str, Any]:
        text = records.text_field(record, "text")
        understanding = reader.understand([text])[0]
        constraints, extra = overlay(understanding.constraints, record.data.get("filters"))
        filters = extra.over(constraints, "zh" if understanding.language == "zh" else "en")
        result = engine.search(text, filters, k=k)
        applied = {**constraints.to_dict(), **extra.to_dict()}
        return {
            "id": record.id,
            "skus": [c.product.sku for c in result.candidates],
            "scores": [round(c.score, 6) for c in result.candidates],
            "applied": applied,
            **({"explain": explain(engine, text, filters, result)} if why else {}),
        }

    records.run(input, output, answer)


@app.command()
def dialogue(input: Input = "-", output: Output = "-", index: IndexDir = None) -> None:
    """Answer whole conversations, turn by turn."""
    from assistant.cli import records
    from assistant.dialogue import DialogueState

    with Steps() as steps:
        assistant = _parts(index, steps).assistant

    def answer(record: records.Record) -> dict[str, Any]:
        turns = record.data.get("turns")
        if turns is None:
            raise RecordError("field 'turns' is missing")
        if not isinstance(turns, list) or not all(isinstance(t, str) for t in turns):
            raise RecordError("field 'turns': wanted a list of strings")
        state, answers = DialogueState(), []
        for message in turns:
            done = assistant.reply(state, message)
            state = done.state
            answers.append(done.turn.to_dict())
        return {"id": record.id, "turns": answers}

    records.run(input, output, answer)


@app.command()
def blurb(input: Input = "-", output: Output = "-") -> None:
    """Write the recommendation text for a product record and a request."""
    from assistant.catalog import parse_row
    from assistant.cli import records

    with Steps() as steps:
        blurbs = _parts(None, steps).blurbs

    def answer(record: records.Record) -> dict[str, Any]:
        if "product" not in record.data:
            raise RecordError("field 'product' is missing")
        language = record.data.get("language", "en")
        if language not in ("en", "zh"):
            raise RecordError(f"field 'language': wanted 'en' or 'zh', got {language!r}")
        written = blurbs.write(parse_row(record.data["product"]), records.text_field(record, "request"), language)
        return {
            "id": record.id,
            "text": written.text,
            "claims": written.claims.to_dict(),
            "tokens": written.tokens,
            "ms": round(written.ms, 2),
        }

    records.run(input, output, answer)


@app.command()
def chat(
    message: Annotated[str, typer.Argument(help="what you would say to the shop")], index: IndexDir = None
) -> None:
    """Ask once and read the answer in the terminal."""
    from assistant.cli.chat import show
    from assistant.dialogue import DialogueState

    with Steps() as steps:
        assistant = _parts(index, steps).assistant
    show(assistant.stream(DialogueState(), message))


@app.command()
def index(
    catalog: Annotated[Path, typer.Option("--catalog", help="JSONL, CSV or Parquet file")],
    output: Annotated[Path, typer.Option("--output", help="index folder")],
    on_error: Annotated[str, typer.Option("--on-error", help="skip bad rows, or fail on the first")] = "skip",
    pairs: columns.Map = None,
    mapping: columns.MappingFile = None,
    guess: columns.Guess = False,
    scale: Annotated[str | None, typer.Option("--scale", help="embed in this process (local), or on Ray (ray)")] = None,
) -> None:
    """Build the search index of a catalogue; resumes where an earlier run was cut off."""
    if on_error not in ("skip", "fail"):
        raise typer.BadParameter("wanted 'skip' or 'fail'", param_hint="--on-error")
    if scale not in (None, "local", "ray"):
        raise typer.BadParameter("wanted 'local' or 'ray'", param_hint="--scale")
    chosen = columns.choose_mapping(catalog, pairs, mapping, guess)
    with Steps() as steps:
        report = _parts(None, steps, **({"scale": scale} if scale else {})).build_index(
            catalog,
            output,
            mapping=chosen,
            fail_on_error=on_error == "fail",
            progress=lambda step, done, total: steps(f"indexing {catalog.name}: {step}", done / max(total, 1)),
        )
    for error in report.errors:
        typer.echo(f"{catalog.name} {error}", err=True)
    if report.embedded < report.vectors:
        typer.echo(f"{report.embedded} of {report.vectors} texts were embedded, the others were known", err=True)
    typer.echo(json.dumps(report.to_dict()))


@app.command()
def demo(
    host: Annotated[str, typer.Option(help="address to listen on; not only loopback once an admin can sign in")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=1, max=65535)] = 7860,
    index: IndexDir = None,
) -> None:
    """Start the shop's chat in the browser."""
    from assistant.server import serve
    from assistant.settings import Settings

    serve(Settings(), index=index, host=host, port=port)


@app.command()
def bench(
    output: Annotated[Path | None, typer.Option("--output", help="also write the figures to this JSON file")] = None,
    messages: Annotated[int, typer.Option("--messages", min=2, help="messages timed, half English, half Chinese")] = 50,
) -> None:
    """Measure latency and throughput of this machine."""
    from assistant.evaluation.bench import run_bench
    from assistant.settings import Settings

    figures = run_bench(Settings(), messages=messages, report=lambda line: typer.echo(line, err=True))
    if output is not None:
        output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps(figures))


def main() -> None:
    """Entry point: known errors become one line on stderr and exit status 1."""
    # Model libraries talk to stderr on their own; a command's stderr is for what its user must know.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    share_processor()
    try:
        app()
    except AssistantError as error:
        # One line, whatever a library put into the message that is quoted in ours.
        typer.echo(f"assistant: {' '.join(str(error).split())}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output left ("| head"); there is nobody to tell.
        sys.stderr.close()
        sys.exit(1)
