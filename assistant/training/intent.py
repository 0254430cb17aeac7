"""Fine-tune an encoder into an intent classifier, pack it and measure it: what ``assistant train intent`` runs.

Knows files of labelled texts of any label set, and what a finished classifier folder holds. Does not know the loop's
inside, nor what the labels mean. The test file is read last, for measuring; nothing is chosen by it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import logging
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.encoder import Encoder, load_encoder
from assistant.errors import TrainingError
from assistant.labelled.confusion import count_confusions
from assistant.labelled.pages import write_labels_page
from assistant.labelled.scoring import decided, out_of_scope_label, score_intents
from assistant.labelled.utterances import (
    Utterance,
    Utterances,
    held_out,
    read_utterances,
    training_files,
    without_repeats,
)
from assistant.lexicon import Lexicon
from assistant.training.calibration import fit_temperature
from assistant.training.noise import disturb
from assistant.training.outside import fit_outside
from assistant.training.swap import ProductSwap, is_shop_label_set
from assistant.training.views import choose_blend, fit_views
from assistant.understanding.artifact import CARD, FULL_WEIGHTS, RECIPE, Card, Method, load_backbone, probe
from assistant.understanding.intent import EncoderIntentClassifier
from assistant.understanding.outside import OUTSIDE
from assistant.understanding.plain import find_rule
from assistant.understanding.views import VIEWS, Views
from assistant.weights import Progress, cpu_has_fast_bf16, device_and_dtype, resolve

if TYPE_CHECKING:
    from torch import nn

_LOG = logging.getLogger(__name__)
_ADAPTER = ("adapter_config.json", "adapter_model.safetensors")
_CHECKPOINTS = "checkpoints"
# Low-rank matrices start at zero beside frozen layers, so they need and bear larger steps, alike in all layers.
_RATE: Mapping[str, float] = {"lora": 5e-4, "full": 3e-4}
_LAYER_DECAY: Mapping[str, float] = {"lora": 1.0, "full": 0.9}
_HEAD_RATE = 1e-3


@dataclass(frozen=True, slots=True)
class IntentOptions:
    """Everything that changes the result besides the data.

    ``rank`` is that of the low-rank matrices of method ``lora``; ``learning_rate`` and ``layer_decay`` ``None`` take
    the method's own; ``held_out`` is the share of the training lines that chooses epoch and temperature; ``noise`` is
    the probability of each kind of slip of the finger; ``swap`` that of another product word, in sentences of the
    shop's own labels; ``views`` are the linear ones that may join the network; ``patience`` is how many epochs without
    progress end the training, 0 none.
    """

    method: Method = "full"
    epochs: int = 8
    batch_size: int = 64
    learning_rate: float | None = None
    layer_decay: float | None = None
    rank: int = 16
    label_smoothing: float = 0.05
    warmup: float = 0.1
    weight_decay: float = 0.01
    dropout: float = 0.2
    balance: float = 0.5
    noise: float = 0.1
    swap: float = 0.3
    views: tuple[str, ...] = ("vector", "words")
    held_out: float = 0.06
    patience: int = 3
    seed: int = 13
    prefix: str = "query: "
    max_tokens: int = 96

    def __post_init__(self) -> None:
        wrong = {
            "method": self.method not in ("lora", "full"),
            "epochs": self.epochs < 1,
            "batch_size": self.batch_size < 1,
            "rank": self.rank < 1,
            "held_out": not 0 <= self.held_out <= 0.5,
            "max_tokens": not 8 <= self.max_tokens <= 512,
            "noise": not 0 <= self.noise <= 1,
            "swap": not 0 <= self.swap <= 1,
            "views": not set(self.views) <= {"vector", "words"},
        }
        for name, is_wrong in wrong.items():
            if is_wrong:
                raise TrainingError(f"{name} {getattr(self, name)!r} cannot be used to train an intent classifier")

    @property
    def rate(self) -> float:
        """The learning rate that is used."""
        return self.learning_rate if self.learning_rate is not None else _RATE[self.method]

    @property
    def decay(self) -> float:
        """The factor from the learning rate of one layer to that of the layer below."""
        return self.layer_decay if self.layer_decay is not None else _LAYER_DECAY[self.method]


def train_intent(
    train: Path | Sequence[Path],
    test: Path,
    output: Path,
    *,
    validation: Path | None = None,
    encoder: str = "multilingual-e5-small",
    cache: Path,
    offline: bool = False,
    device: str = "auto",
    seed: int | None = None,
    method: str | None = None,
    options: IntentOptions | None = None,
    command: str | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train a classifier into ``output`` and return its figures on ``test``.

    An interrupted run goes on from its last whole epoch when it is started again with the same data and options. The
    folder is replaced at the end only, file by file, so that a classifier in it serves until then.

    Args:
        train: a file, several, or a folder with ``train.*.jsonl``; lines ``{"text", "intent"}``.
        test: a file of the same form. Lines of it that also occur in ``train`` are not trained on.
        output: the folder to write; what else it holds stays.
        validation: a file that chooses epoch, temperature and threshold instead of a held-out part of ``train``; lines
            of it that also occur in ``train`` are not trained on.
        encoder: name, folder or hub id of the encoder to fine-tune.
        cache: where converted weights are kept.
        offline: never ask a model hub.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        seed: instead of that of the options.
        method: instead of that of the options, ``lora`` or ``full``.
        options: how to train.
        command: what to record as the command that made it.
        progress: called with a message and the share done.

    Returns:
        The figures of :func:`assistant.labelled.scoring.score_intents`, with ``seconds``, ``train_lines`` and
        ``skipped_lines``.

    Raises:
        TrainingError: the data cannot be used.
        WeightsError: the encoder cannot be loaded.
        ConfigurationError: the device cannot be used.
    """
    from assistant.labelled.picture import write_confusion_picture
    from assistant.training.adapt import fit_head, prepare_full, prepare_lora, quicken
    from assistant.training.loop import LoopOptions, run_loop

    began = time.perf_counter()
    given: dict[str, Any] = {"seed": seed, "method": method}
    options = replace(options or IntentOptions(), **{k: v for k, v in given.items() if v is not None})
    report = progress or _quiet
    data, tests = _read(train, test)
    labels = data.labels
    if validation is None:
        fit, held = held_out(data.lines, options.held_out, options.seed)
    else:
        chosen_by = _validation(validation, tests, labels)
        data = without_repeats(data, chosen_by.lines)
        lost = sorted(set(labels) - set(data.labels))
        if lost:
            raise TrainingError(
                f"every training line of {', '.join(lost[:5])} is also in the validation file; add others"
            )
        fit, held = list(data.lines), list(chosen_by.lines)
    report("loading the encoder", 0.0)
    folder = resolve(encoder, cache=cache, offline=offline, progress=progress)
    chosen, _ = device_and_dtype(device, "auto")
    backbone, tokenizer, hidden = load_backbone(folder)
    card = Card(
        labels=labels,
        encoder=encoder if not Path(encoder).is_dir() else Path(encoder).name,
        hidden=hidden,
        probe=probe(backbone, tokenizer),
        method=options.method,
        prefix=options.prefix,
        max_tokens=options.max_tokens,
    )
    _seed(options.seed)
    from assistant.understanding.network import PooledClassifier

    plain = PooledClassifier(backbone, hidden=hidden, labels=len(labels), dropout=options.dropout)
    number = {label: i for i, label in enumerate(labels)}
    fitted = [u.text for u in fit], [number[u.label] for u in fit]
    report("fitting the head", 0.0)
    fit_head(plain, tokenizer, *fitted, prefix=options.prefix, max_tokens=options.max_tokens)
    quicken(backbone)
    network = prepare_lora(plain, rank=options.rank) if options.method == "lora" else prepare_full(plain)
    sources: dict[str, Any] = {"train": [_source(f) for f in data.files], "test": _source(tests.files[0])}
    if validation is not None:
        sources["validation"] = _source(validation)
    output.mkdir(parents=True, exist_ok=True)
    result = run_loop(
        network,
        tokenizer,
        fitted,
        ([u.text for u in held], [number[u.label] for u in held]),
        options=LoopOptions(
            epochs=options.epochs,
            batch_size=options.batch_size,
            learning_rate=options.rate,
            layer_decay=options.decay,
            head_rate=_HEAD_RATE if options.method == "full" else options.rate,
            label_smoothing=options.label_smoothing,
            warmup=options.warmup,
            weight_decay=options.weight_decay,
            balance=options.balance,
            patience=options.patience,
            seed=options.seed,
            prefix=options.prefix,
            max_tokens=options.max_tokens,
        ),
        disturb=_disturbance(options, fit),
        device=chosen,
        bf16=(chosen.type == "cpu" and cpu_has_fast_bf16()) or chosen.type == "cuda",
        checkpoints=output / _CHECKPOINTS,
        identity={"sources": sources, "options": _looped(options), "probe": card.probe, "labels": labels},
        progress=report,
    )
    report("fitting what stands beside the network", 0.95)
    placed: dict[str, Any] = {"cache": cache, "device": device, "offline": offline}
    untouched = load_encoder(str(folder), **placed)
    with tempfile.TemporaryDirectory(dir=output, prefix=".writing-") as scratch:
        made = Path(scratch)
        _write(made, card, network)
        bare = EncoderIntentClassifier.load(made, str(folder), **placed)
        card, views = _complete(made, card, bare, untouched, fitted, held, options)
        _publish(made, output)
    report("measuring", 0.99)
    classifier = EncoderIntentClassifier.load(output, str(folder), **placed, encoder=untouched)
    found = classifier.predict([u.text for u in tests.lines])
    figures = score_intents(classifier, tests.lines, found=found)
    held_figures = score_intents(classifier, held) if held else None
    figures |= {
        "train_lines": len(fit),
        "held_out_lines": len(held),
        "skipped_lines": len(data.problems) + len(tests.problems),
        "seconds": round(time.perf_counter() - began, 1),
    }
    recipe = {
        "command": command or _command(train, test, output, validation, options),
        "encoder": card.encoder,
        "data": sources,
        "options": asdict(options) | {"learning_rate": options.rate, "layer_decay": options.decay},
        "seed": options.seed,
        "best_epoch": result.best_epoch,
        "blend": None if views is None else dict(zip(("network", "vector", "words"), views.blend, strict=True)),
        "plain": None if card.plain is None else asdict(card.plain),
        "epochs_run": result.epochs,
        "validation": held_figures,
        "metrics": figures,
        "versions": {name: importlib.metadata.version(name) for name in ("torch", "transformers", "peft")},
    }
    _replace(output / RECIPE, json.dumps(recipe, ensure_ascii=False, indent=1) + "\n")
    confusion = count_confusions([u.label for u in tests.lines], decided(tests.lines, found))
    write_confusion_picture(output / "confusion.png", confusion)
    write_labels_page(output / "labels.html", confusion, title="Labels of the test file")
    shutil.rmtree(output / _CHECKPOINTS, ignore_errors=True)
    report("done", 1.0)
    return figures


def _disturbance(options: IntentOptions, lines: Sequence[Utterance]) -> Callable[[str, random.Random], str]:
    swap = ProductSwap(Lexicon.load(), lines) if options.swap and is_shop_label_set({u.label for u in lines}) else None

    def apply(text: str, rng: random.Random) -> str:
        if swap is not None:
            text = swap(text, rng, options.swap)
        return disturb(text, rng, options.noise)

    return apply


def _read(train: Path | Sequence[Path], test: Path) -> tuple[Utterances, Utterances]:
    tests = read_utterances(training_files(test))
    data = without_repeats(read_utterances(training_files(train)), tests.lines)
    for problem in (*data.problems, *tests.problems):
        _LOG.warning("intent data: %s", problem)
    if len(data.labels) < 2:
        raise TrainingError(f"the training lines hold {len(data.labels)} label(s); a classifier needs two or more")
    outside = out_of_scope_label(tests.labels)
    unknown = [label for label in tests.labels if label not in data.labels and label != outside]
    if unknown:
        raise TrainingError(
            f"the test file holds labels that no training line has: {', '.join(unknown[:5])}; add training lines for "
            "them or take them out of the test file"
        )
    return data, tests


def _looped(options: IntentOptions) -> dict[str, Any]:
    """The options that the loop depends on; what is fitted after it may change without training again."""
    return {name: value for name, value in asdict(options).items() if name != "views"}


def _complete(
    output: Path,
    card: Card,
    bare: EncoderIntentClassifier,
    untouched: Encoder,
    fitted: tuple[Sequence[str], Sequence[int]],
    held: Sequence[Utterance],
    options: IntentOptions,
) -> tuple[Card, Views | None]:
    """Fit views, temperature, detector and the rule for plain texts by a trained network's held-out texts; write them.

    They are fitted to what the written network says as it will run, not to what the training loop saw.
    """
    strange = out_of_scope_label(card.labels)
    card = replace(card, out_of_scope=strange)
    if not held:
        (output / CARD).write_text(card.to_json(), encoding="utf-8")
        return card, None
    texts, labels = [u.text for u in held], card.labels
    truth = np.asarray([labels.index(u.label) for u in held], dtype=np.int64)
    logits, features = bare.read(texts)
    views = _views(options, fitted, texts, truth, logits, untouched, len(labels))
    if views is not None:
        logits = views.blended(logits, texts, lambda some: untouched.encode(some, kind="query"))
        if views.blend[2] > 0 and (rule := find_rule(*views.worded(texts), logits, truth)) is not None:
            card = replace(card, plain_margin=rule.margin, plain_held_out=rule.held_out)
    temperature = round(fit_temperature(logits, truth), 4)
    outside = fit_outside(
        bare.features(fitted[0]),
        np.asarray(fitted[1], dtype=np.int64),
        features,
        logits / np.float32(temperature),
        truth,
        strange=labels.index(strange) if strange else None,
    )
    card = replace(card, temperature=temperature, views=views is not None, outside=outside is not None)
    if views is not None:
        views.save(output / VIEWS)
    if outside is not None:
        outside.save(output / OUTSIDE)
    (output / CARD).write_text(card.to_json(), encoding="utf-8")
    return card, views


def _views(
    options: IntentOptions,
    fitted: tuple[Sequence[str], Sequence[int]],
    texts: Sequence[str],
    truth: np.ndarray[Any, np.dtype[np.int64]],
    logits: np.ndarray[Any, np.dtype[np.float32]],
    encoder: Encoder,
    count: int,
) -> Views | None:
    """The linear views, weighted by what they bring on the held-out texts; ``None`` where they bring nothing."""
    if not options.views:
        return None
    views = fit_views(fitted[0], encoder.encode(fitted[0], kind="query"), fitted[1], count=count, seed=options.seed)
    nothing = np.zeros_like(logits)
    vector = views.vector_scores(encoder.encode(texts, kind="query")) if "vector" in options.views else nothing
    words = views.word_scores(texts) if "words" in options.views else nothing
    views = replace(views, blend=choose_blend(logits, vector, words, truth))
    return views if any(views.blend[1:]) else None


def _validation(path: Path, tests: Utterances, labels: Sequence[str]) -> Utterances:
    """The lines that choose; none of them may be measured on afterwards."""
    found = without_repeats(read_utterances((path,)), tests.lines)
    for problem in found.problems:
        _LOG.warning("intent validation data: %s", problem)
    if not found.lines:
        raise TrainingError(f"every line of {path.name} is also in the test file; nothing would choose the epoch")
    unknown = [label for label in found.labels if label not in labels]
    if unknown:
        raise TrainingError(f"the validation file holds labels that no training line has: {', '.join(unknown[:5])}")
    return found


def _write(folder: Path, card: Card, network: nn.Module) -> None:
    """Write the network's tensors as float16, and the card."""
    import torch
    from safetensors.torch import load_file, save_file

    from assistant.training.adapt import trained_tensors

    if card.method == "lora":
        network.save_pretrained(str(folder))  # type: ignore[operator]
        tensors = load_file(folder / _ADAPTER[1])
        _without_paths(folder / _ADAPTER[0])
    else:
        tensors = trained_tensors(network)
    name = _ADAPTER[1] if card.method == "lora" else FULL_WEIGHTS
    save_file({key: t.to(torch.float16).cpu().contiguous() for key, t in tensors.items()}, folder / name)
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")


def _publish(made: Path, output: Path) -> None:
    """Move a finished classifier into its folder, the card last, and drop what an earlier one left; the rest stays."""
    names = [name for name in (*_ADAPTER, FULL_WEIGHTS, VIEWS, OUTSIDE) if (made / name).is_file()]
    for name in (*names, CARD):
        (made / name).chmod(0o644)  # safetensors keeps its files to their owner
        os.replace(made / name, output / name)
    for stale in {*_ADAPTER, FULL_WEIGHTS, VIEWS, OUTSIDE, RECIPE} - set(names):
        (output / stale).unlink(missing_ok=True)


def _without_paths(config: Path) -> None:
    """Keep a machine's folder names out of what is shipped, and lists in one order."""
    data = json.loads(config.read_text(encoding="utf-8"))
    data["base_model_name_or_path"] = None
    data["target_modules"] = sorted(data["target_modules"])
    config.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _replace(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def _source(path: Path) -> Mapping[str, Any]:
    raw = path.read_bytes()
    return {"file": path.name, "sha256": hashlib.sha256(raw).hexdigest(), "lines": len(raw.splitlines())}


def _command(
    train: Path | Sequence[Path], test: Path, output: Path, validation: Path | None, options: IntentOptions
) -> str:
    """The command line that does this again; only options other than the defaults are named."""
    files = [train] if isinstance(train, Path) else list(train)
    words = ["assistant train intent", *(f"--train {f.as_posix()}" for f in files)]
    words += [f"--validation {validation.as_posix()}"] if validation is not None else []
    words += [f"--test {test.as_posix()}", f"--output {output.as_posix()}"]
    usual, used = asdict(IntentOptions()), asdict(options)
    said = {n: ",".join(v) or "none" if isinstance(v, tuple) else v for n, v in used.items() if v != usual[n]}
    return " ".join([*words, *(f"--{name.replace('_', '-')} {value}" for name, value in said.items())])


def _seed(seed: int) -> None:
    from transformers import set_seed

    set_seed(seed)


def _quiet(_message: str, _share: float) -> None:
    """The progress callback of whoever wants none."""
