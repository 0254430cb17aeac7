"""``assistant train``: fine-tune the parts that learn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="Fine-tune the parts that learn.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Fine-tune the parts that learn."""


@app.command()
def intent(
    train: Annotated[Path, typer.Option("--train", help='JSONL with {"text","intent"}, or a folder of train.*.jsonl')],
    test: Annotated[Path, typer.Option("--test", help="JSONL that is only ever measured on")],
    output: Annotated[Path, typer.Option("--output", help="folder for weights and recipe")],
    validation: Annotated[
        Path | None,
        typer.Option(
            "--validation", help="JSONL that chooses epoch, temperature and thresholds; else a part of --train does"
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="rounds over the training lines")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="texts a step")] = None,
    learning_rate: Annotated[float | None, typer.Option(min=0, help="highest step size")] = None,
    views: Annotated[
        str | None, typer.Option(help="what may join the network: vector,words (default), one of them, or none")
    ] = None,
    seed: Annotated[int, typer.Option(help="seed of everything random")] = 13,
    method: Annotated[str, typer.Option(help="full (best where texts are many), or lora (a few MB)")] = "full",
) -> None:
    """Fine-tune the encoder as an intent classifier; prints one JSON object of metrics."""
    from assistant.cli.progress import Steps
    from assistant.settings import Settings
    from assistant.training.intent import IntentOptions, train_intent

    settings = Settings()
    given: dict[str, Any] = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate}
    if views is not None:
        given["views"] = tuple(name.strip() for name in views.split(",") if name.strip() not in ("", "none"))
    options = IntentOptions(**{name: value for name, value in given.items() if value is not None})
    with Steps() as steps:
        metrics = train_intent(
            train,
            test,
            output,
            validation=validation,
            options=options,
            encoder=settings.encoder,
            cache=settings.cache,
            offline=settings.offline,
            device=settings.device,
            seed=seed,
            method=method,
            progress=steps,
        )
    typer.echo(json.dumps(metrics))
