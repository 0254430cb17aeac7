"""All trainings of the behaviour Transformer behind the published comparison, one after the other, as one command.

    python -m assistant.training.sequence_runs --data FOLDER --out FOLDER [--select]

Knows the files ``NAME.txt`` (``user item item …``) and ``NAME_item2attributes.json`` of a folder, settings worth trying
and where results go. Does not know how a network is trained. What is done is read from the results: a command that was
stopped, even killed, goes on with the first training that has no result, from its last checkpoint.

In ``--out``: ``results.jsonl`` (a line a training), ``selection.jsonl`` (a line a comparison on validation),
``runs.log``, and a folder a training with its checkpoint and model.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError, ConfigurationError, TrainingError
from assistant.recommendation.interactions import Interactions
from assistant.recommendation.reading import read_interactions
from assistant.training.sequence import CHECKPOINT, Outcome, Setting, train_sequence

_LOG = logging.getLogger(__name__)

SETS = ("Beauty", "Sports_and_Outdoors", "Toys_and_Games")
RESULTS, SELECTION, LOG = "results.jsonl", "selection.jsonl", "runs.log"

_NETWORK: Mapping[str, Any] = {"width": 128, "blocks": 1, "heads": 1, "dropout": 0.3, "input_dropout": 0.3}
_TRAINING: Mapping[str, Any] = {
    "loss": "full", "ahead": 3, "fade": 0.5, "epochs": 200, "patience": 8, "every": 2, "average": 0.999,
}  # fmt: skip

SETTINGS: tuple[Setting, ...] = (
    Setting("next-1", _NETWORK, {**_TRAINING, "ahead": 1}),
    Setting("next-3", _NETWORK, _TRAINING),
    Setting("next-5", _NETWORK, {**_TRAINING, "ahead": 5, "fade": 0.8}),
    Setting("dropout-.5", {**_NETWORK, "dropout": 0.5, "input_dropout": 0.5}, _TRAINING),
    Setting("attributes", _NETWORK, _TRAINING, attributes=True),
    Setting("from-start", {**_NETWORK, "positions": "start"}, _TRAINING),
    Setting("cosine", {**_NETWORK, "scores": "cosine"}, _TRAINING),
    Setting("ligr", {**_NETWORK, "kind": "ligr", "inner": 2}, _TRAINING),
    Setting("width-256", {**_NETWORK, "width": 256, "dropout": 0.5, "input_dropout": 0.5}, _TRAINING),
    Setting("smoothing", _NETWORK, {**_TRAINING, "smoothing": 0.1}),
)
"""Settings worth comparing on validation; the first is what is trained where nothing was compared."""


def read_set(folder: Path, name: str) -> Interactions:
    """One data set; an item's attributes, where their file is there, are the levels of its category path.

    Raises:
        TrainingError: a file is missing or malformed.
    """
    data = read_interactions(folder / f"{name}.txt")
    path = folder / f"{name}_item2attributes.json"
    if not path.is_file():
        return data
    try:
        known: dict[str, list[int]] = json.loads(path.read_text(encoding="utf-8"))
        categories = tuple(tuple(str(a) for a in known.get(key, ())) for key in data.items.ids)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise TrainingError(f"cannot read the attributes in '{path}': {error}") from error
    return data.with_items(replace(data.items, categories=categories))


def read_settings(path: Path) -> tuple[Setting, ...]:
    """Settings of a JSON file: ``{name: {"network": {…}, "training": {…}, "attributes": false}, …}``.

    Raises:
        ConfigurationError: it cannot be read, or a setting has an unknown field.
    """
    try:
        found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        made = tuple(Setting(name, **given) for name, given in found.items())
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"cannot read the settings in '{path}': {error}") from error
    if not made:
        raise ConfigurationError(f"'{path}' holds no setting; write at least one")
    for setting in made:
        setting.model(seed=0)
    return made


def records(path: Path) -> list[dict[str, Any]]:
    """The lines of a results file; a last line that was cut short is left out."""
    if not path.is_file():
        return []
    out: list[dict[str, Any]] = []
    lines = path.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            out.append(json.loads(line))
        except ValueError as error:
            if number == len(lines):
                break
            raise TrainingError(f"line {number} of '{path}' is damaged ({error}); remove that line") from error
    return out


def append(path: Path, record: Mapping[str, Any]) -> None:
    """Add one line, after taking off a last one that was cut short."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if text and not text.endswith("\n"):
        path.write_text(text[: text.rfind("\n") + 1], encoding="utf-8")
    with path.open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(record, ensure_ascii=False) + "\n")


def choose(
    data: Interactions,
    name: str,
    settings: Sequence[Setting],
    out: Path,
    *,
    epochs: int,
    sample: int,
    device: str = "auto",
    dtype: str = "auto",
) -> Setting:
    """The setting with the highest validation nDCG@10 within ``epochs``; the test is not looked at."""
    best: dict[str, float] = {}
    for setting in settings:
        done = [
            line for line in records(out / SELECTION)
            if (line["data"], line["setting"], line["epochs"]) == (name, setting.name, epochs)
        ]  # fmt: skip
        if done:
            best[setting.name] = float(done[-1]["ndcg"])
            continue
        _LOG.info("%s: comparing '%s'", name, setting.name)
        short = replace(setting, training={**setting.training, "epochs": epochs})
        folder = out / "selection" / name / setting.name
        outcome = train_sequence(
            data, short, seed=0, folder=folder, sample=sample, device=device, dtype=dtype, note=_LOG.info, test=False
        )
        top = max(outcome.curve, key=lambda m: m.ndcg)
        best[setting.name] = top.ndcg
        append(
            out / SELECTION,
            {
                "data": name, "setting": setting.name, "epochs": epochs, "ndcg": top.ndcg, "recall": top.recall,
                "best_epoch": top.epoch, "seconds": outcome.seconds,
                "curve": [(m.epoch, m.recall, m.ndcg) for m in outcome.curve],
            },
        )  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)
    chosen = max(settings, key=lambda s: best[s.name])
    _LOG.info("%s: '%s' is best on validation, nDCG@10 %.4f", name, chosen.name, best[chosen.name])
    return chosen


def run_all(
    data_folder: Path,
    out: Path,
    *,
    sets: Sequence[str] = SETS,
    seeds: Sequence[int] = (0, 1, 2),
    settings: Sequence[Setting] = SETTINGS,
    select_epochs: int | None = None,
    sample: int = 5000,
    refit: bool = False,
    device: str = "auto",
    dtype: str = "auto",
) -> list[dict[str, Any]]:
    """Every set with every seed, and what was recorded of each.

    Args:
        data_folder: where the sets are.
        out: where results go.
        sets: names of files without their ending.
        seeds: one training each.
        settings: the first is used, or with ``select_epochs`` the best of them on validation, for each set.
        select_epochs: compare all settings for so many epochs first, with the seed 0.
        sample: shoppers that comparisons validate with.
        refit: train each once more with the validation events learnt too, and record that apart.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        dtype: of the matrix products while training.
    """
    out.mkdir(parents=True, exist_ok=True)
    for name in sets:
        data = read_set(data_folder, name)
        chosen = settings[0]
        if select_epochs is not None:
            chosen = choose(data, name, settings, out, epochs=select_epochs, sample=sample, device=device, dtype=dtype)
        for seed in seeds:
            first = _one(data, name, chosen, seed, out, None, device, dtype)
            if refit:
                _one(data, name, chosen, seed, out, int(first["best_epoch"]), device, dtype)
        _log_summary(name, chosen.name, [r for r in records(out / RESULTS) if r["data"] == name])
    return records(out / RESULTS)


def _one(
    data: Interactions, name: str, setting: Setting, seed: int, out: Path, epochs: int | None, device: str, dtype: str
) -> dict[str, Any]:
    refit = epochs is not None
    for line in records(out / RESULTS):
        if (line["data"], line["setting"], line["seed"], line["refit"]) == (name, setting.name, seed, refit):
            return line
    label = f"{setting.name}-{seed}" + ("-refit" if refit else "")
    _LOG.info("%s: training '%s', seed %d%s", name, setting.name, seed, ", validation learnt too" if refit else "")
    outcome = train_sequence(
        data, setting, seed=seed, folder=out / name / label, refit_epochs=epochs, device=device, dtype=dtype,
        note=_LOG.info,
    )  # fmt: skip
    record = _record(name, setting, seed, outcome)
    append(out / RESULTS, record)
    # From here on the result says that it is done.
    (out / name / label / CHECKPOINT).unlink(missing_ok=True)
    return record


def _record(name: str, setting: Setting, seed: int, outcome: Outcome) -> dict[str, Any]:
    return {
        "data": name,
        "setting": setting.name,
        "seed": seed,
        **outcome.record(),
        "network": dict(setting.network),
        "training": dict(setting.training),
        "attributes": setting.attributes,
    }


def _log_summary(name: str, setting: str, lines: Sequence[Mapping[str, Any]]) -> None:
    for refit in (False, True):
        tested = [line["test"] for line in lines if line["refit"] == refit and line["setting"] == setting]
        if tested:
            said = []
            for key, label in (("recall", "R@10"), ("ndcg", "nDCG@10")):
                values = [test[key] for test in tested]
                spread = statistics.stdev(values) if len(values) > 1 else 0.0
                said.append(f"{label} {statistics.mean(values):.4f} ± {spread:.4f}")
            learnt = " with validation learnt too" if refit else ""
            _LOG.info("%s, '%s', %d seeds%s: test %s", name, setting, len(tested), learnt, ", ".join(said))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when all trainings have a result, 1 when it was stopped or could not go on."""
    parser = argparse.ArgumentParser(prog="python -m assistant.training.sequence_runs", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of NAME.txt")
    parser.add_argument("--out", type=Path, required=True, help="folder for results, checkpoints and models")
    parser.add_argument("--sets", nargs="+", default=list(SETS), help="names of data sets")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--settings", type=Path, help="JSON file of settings instead of those built in")
    parser.add_argument("--select", type=int, metavar="EPOCHS", help="compare the settings on validation first")
    parser.add_argument("--sample", type=int, default=5000, help="shoppers that comparisons validate with")
    parser.add_argument("--refit", action="store_true", help="also train with the validation events learnt")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--dtype", default="auto")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    logger = logging.getLogger("assistant")
    handlers: list[logging.Handler] = [logging.FileHandler(given.out / LOG, encoding="utf-8"), logging.StreamHandler()]
    before = logger.level
    logger.setLevel(logging.INFO)
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        logger.addHandler(handler)
    try:
        settings = read_settings(given.settings) if given.settings else SETTINGS
        run_all(
            given.data, given.out, sets=given.sets, seeds=given.seeds, settings=settings, select_epochs=given.select,
            sample=given.sample, refit=given.refit, device=given.device, dtype=given.dtype,
        )  # fmt: skip
    except AssistantError as error:
        _LOG.error("%s", error)
        return 1
    finally:
        logger.setLevel(before)
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
