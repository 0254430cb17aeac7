"""``assistant evaluate recommender``: measure recommenders on events that were held out."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli.recommender_data import Catalog, Text, read_events


class Protocols(StrEnum):
    """Which events are held out."""

    leave_one_out = "leave-one-out"
    time_split = "time-split"


def recommender(
    data: Annotated[
        list[Path],
        typer.Option(
            "--data",
            help="user-item sequences, events.jsonl or ratings; twice, two folders of domains that share their users",
        ),
    ],
    protocol: Annotated[
        Protocols, typer.Option("--protocol", help="each user's last event, or everything after one moment")
    ] = Protocols.leave_one_out,
    model: Annotated[
        list[str] | None, typer.Option("--model", help="repeatable; all: every model; without it the hybrid")
    ] = None,
    seed: Annotated[list[int] | None, typer.Option("--seed", help="repeatable: mean and spread are reported")] = None,
    options: Annotated[
        str | None, typer.Option("--options", help='JSON: {"item-knn": {"shrinkage": 5}, …}; the rest is as usual')
    ] = None,
    attributes: Annotated[
        Path | None, typer.Option("--attributes", help="JSON {item: [attribute, …]}, for content and diversity")
    ] = None,
    catalog: Catalog = None,
    text: Text = False,
    tune: Annotated[bool, typer.Option("--tune", help="choose options on validation events first")] = False,
    tuning_users: Annotated[int, typer.Option(min=1, help="validation questions --tune looks at")] = 4000,
    folds: Annotated[int, typer.Option(min=0, help="also predict ratings, by so many folds of cross-validation")] = 0,
    refit: Annotated[
        bool | None,
        typer.Option(
            "--refit/--no-refit",
            help="learn from validation events too; by default a time split does, leave-one-out does not",
        ),
    ] = None,
    with_sequence: Annotated[
        Path | None,
        typer.Option(
            "--with-sequence",
            help="a Transformer trained before on the training events, to join the hybrid: its folder, or one with "
            "SETTING-SEED/model for each seed, as python -m assistant.training.sequence_runs leaves for a data set",
        ),
    ] = None,
    curve: Annotated[
        Path | None,
        typer.Option("--curve", help="draw the first model's accuracy against diversity into this .png or .svg"),
    ] = None,
) -> None:
    """Measure recommenders with full ranking; prints a table, then one JSON object of metrics."""
    from assistant.cli.progress import Steps
    from assistant.errors import ConfigurationError
    from assistant.evaluation.recommender import recommender_table
    from assistant.evaluation.recommender_curve import check_figure, draw_curve
    from assistant.evaluation.recommender_domains import compare_domains, domain_table, is_domain
    from assistant.evaluation.recommender_ratings import cross_validate
    from assistant.evaluation.recommender_runs import Plan, compare, parse_models
    from assistant.recommendation.reading import attribute_items

    given = _options(options)
    if curve is not None:
        check_figure(curve)
    seeds = tuple(seed or [0])
    if is_domain(data[0]):
        if curve is not None or with_sequence is not None:
            raise ConfigurationError("--curve and --with-sequence are for one file of events, not for two domains")
        if len(data) != 2 or not is_domain(data[1]):
            raise ConfigurationError("a domain is compared with another one: give --data twice, a folder each")
        with Steps() as steps:
            pair = compare_domains(
                data, models=model or ["ials"], options=given, seeds=seeds, tuned=tune, progress=steps
            )
        typer.echo("\n".join(domain_table(pair)))
        typer.echo(json.dumps(pair, ensure_ascii=False))
        return
    if len(data) > 1:
        raise ConfigurationError(f"--data was given {len(data)} times; give one file, or two folders of domains")
    with Steps() as steps:
        events = read_events(data[0], catalog, text, steps).data
        if attributes is not None:
            events = events.with_items(attribute_items(events.items, attributes))
        plan = Plan(
            parse_models(model or [], has_vectors=events.items.vectors is not None),
            protocol.value,
            seeds,
            given,
            tune,
            tuning_users,
            refit,
            with_sequence,
            curve is not None,
        )
        figures = compare(events, plan, steps)
        if folds:
            figures["ratings"] = cross_validate(events, folds=folds, seed=seeds[0])
    if curve is not None:
        draw_curve(figures["curve"], curve, title=f"{figures['model']} on {data[0].stem}, {figures['protocol']}")
    typer.echo("\n".join(recommender_table(figures["models"])))
    typer.echo(json.dumps(figures, ensure_ascii=False))


def _options(text: str | None) -> dict[str, dict[str, Any]]:
    if text is None:
        return {}
    try:
        given = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"no JSON: {error}", param_hint="--options") from error
    if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
        raise typer.BadParameter("wanted an object of objects, by model", param_hint="--options")
    return given
