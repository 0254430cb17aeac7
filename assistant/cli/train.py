"""``assistant train``: fine-tune the parts that learn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Fine-tune the parts that learn.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Fine-tune the parts that learn."""


@app.command()
def intent(
    train: Annotated[Path, typer.Option("--train", help='JSONL with {"text","intent"}, or a folder of train.*.jsonl')],
    test: Annotated[Path, typer.Option("--test", help="JSONL that is only ever measured on")],
    output: Annotated[Path, typer.Option("--output", help="folder for adapter, head and recipe")],
    seed: Annotated[int, typer.Option(help="seed of everything random")] = 13,
    method: Annotated[str, typer.Option(help="lora (a few MB) or full")] = "lora",
) -> None:
    """Fine-tune the encoder as an intent classifier; prints one JSON object of metrics."""
    from assistant.cli.progress import Steps
    from assistant.settings import Settings
    from assistant.training.intent import train_intent

    settings = Settings()
    with Steps() as steps:
        metrics = train_intent(
            train,
            test,
            output,
            encoder=settings.encoder,
            cache=settings.cache,
            offline=settings.offline,
            seed=seed,
            method=method,
            progress=steps,
        )
    typer.echo(json.dumps(metrics))
