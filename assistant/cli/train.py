"""``assistant train``: fine-tune the parts that learn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli import columns
from assistant.cli.train_recommender import recommender

app = typer.Typer(help="Fine-tune the parts that learn.", no_args_is_help=True)


app.command()(recommender)


@app.callback()
def _group() -> None:
    """Fine-tune the parts that learn."""


@app.command()
def intent(
    train: Annotated[
        Path | None, typer.Option("--train", help='JSONL with {"text","intent"}, or a folder of train.*.jsonl')
    ] = None,
    test: Annotated[Path | None, typer.Option("--test", help="JSONL that is only ever measured on")] = None,
    output: Annotated[Path | None, typer.Option("--output", help="folder for weights and recipe")] = None,
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
    feedback: Annotated[
        bool,
        typer.Option(
            "--feedback", help="train the shipped way with what agents corrected; use it if no language suffers"
        ),
    ] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="use the classifier from before the last --feedback again")
    ] = False,
) -> None:
    """Fine-tune the encoder as an intent classifier; prints one JSON object of metrics.

    With --feedback: exit 1 where the new classifier is not used, with the reason.
    """
    if feedback or rollback:
        if train or test or output or validation or (feedback and rollback):
            raise typer.BadParameter("stands alone", param_hint="--feedback" if feedback else "--rollback")
        _feedback(rollback=rollback)
        return
    if train is None or test is None or output is None:
        raise typer.BadParameter("wanted, all three, unless there is --feedback", param_hint="--train --test --output")

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


def _feedback(*, rollback: bool) -> None:
    from assistant.assembly import Parts
    from assistant.cli.progress import Steps
    from assistant.errors import TrainingError
    from assistant.settings import Settings
    from assistant.store import Database, LabelStore
    from assistant.training.feedback import fit_as_shipped, train_feedback
    from assistant.understanding.intent import EncoderIntentClassifier

    settings = Settings()
    parts = Parts(settings)
    if rollback:
        version = parts.classifiers.roll_back()
        typer.echo(json.dumps({"version": version}))
        typer.echo(f"in use after the next start: {version or 'the shipped classifier'}", err=True)
        return
    database = Database.at(settings.database_url, settings.data)
    try:
        lines = list(LabelStore(database).lines("intent"))
    finally:
        database.close()
    with Steps() as steps:
        report = train_feedback(
            lines,
            parts.classifiers,
            old=lambda: EncoderIntentClassifier.load(
                parts.classifiers.current(),
                settings.encoder,
                cache=settings.cache,
                device=settings.device,
                offline=settings.offline,
            ),
            fit=fit_as_shipped(
                cache=settings.cache,
                device=settings.device,
                offline=settings.offline,
                encoder=settings.encoder,
                progress=steps,
            ),
        )
    typer.echo(json.dumps(report, ensure_ascii=False))
    if not report["promoted"]:
        raise TrainingError(f"the new classifier is not used: {report['reason']}")
    typer.echo(f"in use after the next start: {report['folder']}; back: assistant train intent --rollback", err=True)


@app.command()
def retrieval(
    catalog: Annotated[Path, typer.Option("--catalog", help="JSONL, CSV or Parquet file to adapt the encoder to")],
    output: Annotated[
        Path | None,
        typer.Option("--output", help="folder for adapter and report; without it one in the data folder"),
    ] = None,
    products: Annotated[int | None, typer.Option(min=40, help="at most so many products take part")] = None,
    pairs: Annotated[int | None, typer.Option(min=2, help="at most so many queries an epoch")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="rounds over the queries")] = None,
    batch_size: Annotated[int | None, typer.Option(min=2, help="queries a step")] = None,
    learning_rate: Annotated[float | None, typer.Option(min=0, help="highest step size")] = None,
    scale: Annotated[float | None, typer.Option(min=1, help="1 / temperature of the contrastive loss")] = None,
    rank: Annotated[int | None, typer.Option(min=1, help="rank of the trained matrices: the adapter's size")] = None,
    seed: Annotated[int, typer.Option(help="seed of everything random")] = 13,
    pairs_of_columns: columns.Map = None,
    mapping: columns.MappingFile = None,
    guess: columns.Guess = False,
) -> None:
    """Adapt the encoder to a catalogue without labels; prints one JSON object of figures before and after.

    Exit 1 where the adapted encoder ranks the held-out products no better: it is then not promoted.
    """
    from assistant.cli.progress import Steps
    from assistant.errors import TrainingError
    from assistant.settings import Settings
    from assistant.training.retrieval import RetrievalOptions, train_retrieval

    settings = Settings()
    given = {
        "products": products,
        "pairs": pairs,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "scale": scale,
        "rank": rank,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    folder = output or settings.data / "adapters" / catalog.name.split(".")[0]
    with Steps() as steps:
        figures = train_retrieval(
            catalog,
            folder,
            mapping=columns.choose_mapping(catalog, pairs_of_columns, mapping, guess),
            encoder=settings.encoder,
            cache=settings.cache,
            offline=settings.offline,
            device=settings.device,
            options=RetrievalOptions(seed=seed, **chosen),  # type: ignore[arg-type]
            progress=steps,
        )
    typer.echo(json.dumps(figures, ensure_ascii=False))
    if not figures["promoted"]:
        raise TrainingError(f"the adapted encoder is not promoted: {figures['reason']}; see '{folder / 'report.json'}'")
    typer.echo(f"use it: ASSISTANT_ENCODER_ADAPTER={folder}, then build the index again", err=True)


@app.command()
def blurb(
    train: Annotated[
        Path, typer.Option("--train", help='JSONL with {"id","language","request","instructions","product","blurb"}')
    ],
    output: Annotated[Path, typer.Option("--output", help="folder for adapter and recipe")],
    validation: Annotated[
        Path | None,
        typer.Option("--validation", help="JSONL that chooses the step; else a part of the records of --train does"),
    ] = None,
    epochs: Annotated[float | None, typer.Option(min=0, help="rounds over the examples")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="examples a step")] = None,
    micro_batch: Annotated[int | None, typer.Option(min=1, help="examples computed at once: memory")] = None,
    learning_rate: Annotated[float | None, typer.Option(min=0, help="highest step size")] = None,
    rank: Annotated[int | None, typer.Option(min=1, help="rank of the trained matrices: the adapter's size")] = None,
    evaluate_every: Annotated[int | None, typer.Option(min=1, help="steps between measurements")] = None,
    checkpoint_every: Annotated[int | None, typer.Option(min=1, help="steps between checkpoints")] = None,
    patience: Annotated[
        int | None, typer.Option(min=0, help="measurements without progress that end it; 0: never")
    ] = None,
    max_steps: Annotated[int | None, typer.Option(min=1, help="at most so many steps")] = None,
    language: Annotated[str | None, typer.Option(help="examples of one language only: en or zh")] = None,
    prompt: Annotated[
        str | None, typer.Option("--prompt", help="version of blurb.en and blurb.zh to train for")
    ] = None,
    seed: Annotated[int, typer.Option(help="seed of everything random")] = 13,
) -> None:
    """Teach the text generator to write recommendations; prints one JSON object of metrics.

    It goes on where it was cut off, by whatever, when it is started again with the same data and options.
    """
    if language not in (None, "en", "zh"):
        raise typer.BadParameter("wanted en or zh", param_hint="--language")

    from assistant.cli.progress import Steps
    from assistant.generation import PromptBook
    from assistant.resources import default_folder
    from assistant.settings import Settings
    from assistant.training.blurb import BlurbOptions, train_blurb

    settings = Settings()
    given: dict[str, Any] = {
        "epochs": epochs,
        "batch_size": batch_size,
        "micro_batch": micro_batch,
        "learning_rate": learning_rate,
        "rank": rank,
        "evaluate_every": evaluate_every,
        "checkpoint_every": checkpoint_every,
        "patience": patience,
        "max_steps": max_steps,
        "language": language,
        "prompt": prompt,
    }
    overlay = settings.prompts or settings.data / "prompts"
    with Steps() as steps:
        figures = train_blurb(
            train,
            output,
            validation=validation,
            prompts=PromptBook.load(default_folder("prompts"), overlay if overlay.is_dir() else None),
            generator=settings.generator.removeprefix("llama:"),
            cache=settings.cache,
            offline=settings.offline,
            device=settings.device,
            options=BlurbOptions(seed=seed, **{k: v for k, v in given.items() if v is not None}),
            progress=steps,
            note=steps.note,
        )
    typer.echo(json.dumps(figures, ensure_ascii=False))
    typer.echo(f"use it: ASSISTANT_GENERATOR_ADAPTER={output}", err=True)


@app.command()
def claims(
    train: Annotated[
        list[Path],
        typer.Option("--train", help='JSONL with {"language","request","text","unsupported"} and "product" or "sku"'),
    ],
    catalog: Annotated[Path, typer.Option("--catalog", help="JSONL with the records that lines name by sku")],
    output: Annotated[Path, typer.Option("--output", help="folder for tensors, card and recipe")],
    left_out: Annotated[
        list[str] | None, typer.Option("--left-out", help="a writer whose texts are only measured on; may come twice")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="rounds over the sentences")] = 6,
    learning_rate: Annotated[float, typer.Option(min=0, help="highest step size")] = 1e-3,
    keep: Annotated[float, typer.Option(min=0, max=1, help="below this doubt a mark of the rules falls")] = 0.05,
    add: Annotated[float, typer.Option(min=0, max=1, help="from this doubt on a word is marked by itself")] = 0.9,
    seed: Annotated[int, typer.Option(help="seed of everything random")] = 0,
) -> None:
    """Train the learned side of the claim check; prints one JSON object of metrics."""
    if keep > add:
        raise typer.BadParameter("wanted at most --add", param_hint="--keep")

    from assistant.cli.progress import Steps
    from assistant.generation.support import Bounds
    from assistant.settings import Settings
    from assistant.training.claims import ClaimOptions, train_claims

    settings = Settings()
    with Steps() as steps:
        figures = train_claims(
            train,
            catalog,
            output,
            encoder=settings.encoder,
            cache=settings.cache,
            bounds=Bounds(keep, add),
            offline=settings.offline,
            left_out=left_out or (),
            options=ClaimOptions(epochs=epochs, learning_rate=learning_rate, seed=seed),
            progress=steps,
        )
    typer.echo(json.dumps(figures))
