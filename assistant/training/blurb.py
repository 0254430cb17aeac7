"""Teach a text generator to write recommendations: low-rank matrices of a few megabytes, trained on written examples.

    DIR/adapter.json, adapter_config.json, adapter_model.safetensors    the adapter; see assistant/generation/adapter.py
    DIR/recipe.json     command, data, options, base model, figures: what made it
    DIR/checkpoints/    of a run under way; a run with the same data and options goes on from there

What ``assistant train blurb`` runs. The model learns from exactly the prompt that it is given when it writes, token for
token; the adapter therefore names the version of that prompt.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import TrainingError
from assistant.generation.generator import Generator, TextStream, never
from assistant.generation.prompts import Prompt, PromptBook
from assistant.generation.writer import BlurbWriter, card_for
from assistant.labelled.blurbs import BlurbExample, held_out, read_blurbs
from assistant.lexicon import Lexicon
from assistant.types import ReplyLanguage
from assistant.weights import Progress, cpu_has_fast_bf16, device_and_dtype, resolve
from assistant.weights.cache import sha256_of

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from assistant.training.completion import Encoded, Note

__all__ = ["RECIPE", "BlurbOptions", "held_out_loss", "train_blurb"]

RECIPE = "recipe.json"
_CHECKPOINTS = "checkpoints"
_LEAST = 4


@dataclass(frozen=True, slots=True)
class BlurbOptions:
    """How a generator is taught; see :class:`assistant.training.completion.LoopOptions` for the rest.

    ``rank`` is that of the low-rank matrices beside every linear layer of attention and feed-forward; their scale is 2.
    ``held_out`` is the share of records kept for measuring where no validation file is given. ``prompt`` is the version
    of the prompts ``blurb.en`` and ``blurb.zh``. ``language`` restricts the examples to one.
    """

    epochs: float = 3.0
    batch_size: int = 16
    micro_batch: int = 8
    learning_rate: float = 5e-4
    warmup: float = 0.06
    weight_decay: float = 0.01
    clip: float = 1.0
    rank: int = 16
    evaluate_every: int = 40
    checkpoint_every: int = 20
    patience: int = 4
    held_out: float = 0.05
    prompt: str = "2"
    language: str | None = None
    max_steps: int | None = None
    seed: int = 13


def train_blurb(
    train: Path,
    output: Path,
    *,
    validation: Path | None = None,
    prompts: PromptBook,
    generator: str = "gemma-3-270m",
    cache: Path,
    offline: bool = False,
    device: str = "auto",
    options: BlurbOptions | None = None,
    command: str | None = None,
    progress: Progress | None = None,
    note: Note | None = None,
) -> dict[str, Any]:
    """Train an adapter and return its figures.

    An interrupted run goes on from its last checkpoint when it is started again with the same data and options.

    Args:
        train: JSONL with ``{"id","language","request","instructions","product","blurb"}``.
        output: the folder to write.
        validation: lines of the same form that choose the step; without it a part of the records does.
        prompts: where the prompts are that the adapter is trained for.
        generator: name, folder or hub id of a causal language model.
        cache: where converted weights are kept.
        offline: never ask a model hub.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        options: how to train.
        command: what to record as the command that made it.
        progress: called with a message and the share done.
        note: called with a line about loss, rate and time left.

    Raises:
        TrainingError: the data are unusable, or the run was asked to stop.
        WeightsError: the generator cannot be loaded.
        PromptError: the prompts have no such version.
        ConfigurationError: the device cannot be used.
    """
    from transformers import set_seed

    from assistant.generation.adapter import probe, write_card
    from assistant.training.completion import LoopOptions, run_completion

    began = time.perf_counter()
    options = options or BlurbOptions()
    report = progress or _quiet
    report("reading the examples", 0.0)
    lexicon = Lexicon.load()
    taught, measured, problems = _examples(train, validation, lexicon, options)
    books: dict[ReplyLanguage, Prompt] = {
        "en": prompts.get("blurb.en", options.prompt),
        "zh": prompts.get("blurb.zh", options.prompt),
    }
    versions = {f"blurb.{language}": options.prompt for language in books}
    folder = resolve(generator, cache=cache, offline=offline, progress=progress)
    chosen, number_format = device_and_dtype(device, "auto")
    base = {"generator": _name(generator), "sha256": _weights_digest(folder)}
    digests = _digest(train, validation)
    identity = {
        "data": digests,
        "options": asdict(options),
        "base": base,
        "prompts": {language: p.identity for language, p in books.items()},
    }
    set_seed(options.seed)
    model, tokenizer = _load(folder, options.rank, chosen, number_format)
    known = probe(model, tokenizer)  # new matrices add nothing yet: this is the plain model's
    writer = BlurbWriter(_NoGenerator(), prompts, lexicon, versions=versions)
    encoded = [encode(e, writer, tokenizer) for e in taught]
    held = [encode(e, writer, tokenizer) for e in measured]
    report("reading the examples", 1.0)
    loop = {f: getattr(options, f) for f in LoopOptions.__dataclass_fields__}
    result = run_completion(
        model,
        encoded,
        held,
        options=LoopOptions(**loop),
        pad=int(tokenizer.pad_token_id or 0),
        device=chosen,
        bf16=(chosen.type == "cpu" and cpu_has_fast_bf16()) or chosen.type == "cuda",
        checkpoints=output / _CHECKPOINTS,
        identity=identity,
        progress=report,
        note=note or _silent,
    )
    scratch = output / ".writing"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    _write_tensors(model, scratch)
    write_card(
        scratch,
        generator=_name(generator),
        model=model,
        made_of=known,
        prompts={t: f"{t}/{v}" for t, v in versions.items()},
    )
    figures: dict[str, Any] = {
        "examples": len(taught),
        "validation_examples": len(measured),
        "left_out": len(problems),
        "steps": result.steps,
        "best_step": result.best_step,
        "train_loss": round(result.train_loss, 4),
        "validation_loss_before": _rounded(result.before),
        "validation_loss": _rounded(result.best),
        "tokens": sum(e.length for e in encoded),
        "completion_tokens": sum(len(e.completion) for e in encoded),
        "seconds_per_step": round(result.seconds_per_step, 2),
        "bytes": sum(p.stat().st_size for p in scratch.iterdir()),
        "seconds": round(time.perf_counter() - began, 1),
    }
    recipe = {
        "command": command or _command(train, validation, output, generator, options),
        "base": base,
        "data": {"file": train.name, **digests},
        "prompts": identity["prompts"],
        "options": asdict(options),
        "metrics": figures,
        "versions": {package: importlib.metadata.version(package) for package in ("torch", "transformers", "peft")},
    }
    (scratch / RECIPE).write_text(json.dumps(recipe, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    _move_into(scratch, output)
    shutil.rmtree(output / _CHECKPOINTS, ignore_errors=True)
    report("done", 1.0)
    return figures


def held_out_loss(
    data: Path,
    adapter: Path,
    *,
    prompts: PromptBook,
    generator: str = "gemma-3-270m",
    cache: Path,
    offline: bool = False,
) -> dict[str, float]:
    """The loss a token of an adapter on written examples, by language and of all; nats.

    Raises:
        TrainingError: the data are unusable.
        WeightsError: generator or adapter cannot be loaded, or do not belong together.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from assistant.generation.adapter import merged, read_text_adapter
    from assistant.training.completion import Work

    found = read_text_adapter(adapter)
    folder = merged(resolve(generator, cache=cache, offline=offline), found, name=generator, cache=cache)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    fast = cpu_has_fast_bf16()
    model: Any = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.bfloat16 if fast else torch.float32, local_files_only=True
    )
    lexicon = Lexicon.load()
    writer = BlurbWriter(_NoGenerator(), prompts, lexicon, versions=found.versions)
    held = [encode(e, writer, tokenizer) for e in read_blurbs(data, lexicon).lines]
    return _rounded(Work(model, int(tokenizer.pad_token_id or 0), model.device, fast).evaluate(held, 8))


def encode(example: BlurbExample, writer: BlurbWriter, tokenizer: PreTrainedTokenizerBase) -> Encoded:
    """An example as the backends will meet it: prefix and rest are cut into tokens apart, the answer ends the text."""
    from assistant.training.completion import Encoded

    language = example.wish.language
    prompt = writer.prompt(language)
    prompt = replace(prompt, defaults={**prompt.defaults, **example.instructions})
    card = card_for(example.wish.product, language)
    text = prompt.render(writer.prompt_values(card, example.wish.request, language, prompt=prompt))
    text += prompt.render_lead({})
    ids = _ids(tokenizer, prompt.prefix) + _ids(tokenizer, text[len(prompt.prefix) :])
    if tokenizer.bos_token_id is not None:
        ids = [tokenizer.bos_token_id, *ids]
    answer = _ids(tokenizer, (" " if language == "en" else "") + example.blurb)
    if tokenizer.eos_token_id is None:
        raise TrainingError("the tokenizer has no token that ends a text, so the model could not learn to stop")
    return Encoded(tuple(ids), (*answer, tokenizer.eos_token_id), language)


def _ids(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    found: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"] if text else []
    return found


def _examples(
    train: Path, validation: Path | None, lexicon: Lexicon, options: BlurbOptions
) -> tuple[list[BlurbExample], list[BlurbExample], tuple[str, ...]]:
    read = read_blurbs(train, lexicon)
    if validation is None:
        taught, measured = held_out(read.lines, options.held_out)
        problems = read.problems
    else:
        other = read_blurbs(validation, lexicon)
        taught, measured, problems = list(read.lines), list(other.lines), read.problems + other.problems
    seen = {e.wish.product.sku for e in measured}
    taught = [e for e in taught if e.wish.product.sku not in seen and options.language in (None, e.wish.language)]
    measured = [e for e in measured if options.language in (None, e.wish.language)]
    if len(taught) < _LEAST:
        raise TrainingError(f"{train.name} leaves {len(taught)} examples to learn; wanted {_LEAST} at least")
    return taught, measured, problems


def _load(folder: Path, rank: int, device: Any, number_format: Any) -> tuple[Any, PreTrainedTokenizerBase]:
    """The model with low-rank matrices beside its linear layers; only these learn, in float32.

    Source: Hu et al., LoRA (ICLR 2022), on all linear layers, scale 2.
    """
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    quiet: Any = transformers_logging.disable_progress_bar
    quiet()
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=number_format, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(f"{folder} does not load as a causal language model: {error}") from error
    model.to(device)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft and transformers about each other's names
        return get_peft_model(model, config), tokenizer


def _write_tensors(model: Any, folder: Path) -> None:
    import torch
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    from assistant.generation.adapter import CONFIG, TENSORS

    tensors = get_peft_model_state_dict(model)
    save_file({k: t.to(torch.float16).cpu().contiguous() for k, t in tensors.items()}, folder / TENSORS)
    (folder / TENSORS).chmod(0o644)  # safetensors keeps its files to their owner
    config = model.peft_config["default"].to_dict()
    config |= {
        "base_model_name_or_path": None,  # a machine's folder names have no place in what is handed on
        "target_modules": sorted(config["target_modules"]),
        "inference_mode": True,
    }
    text = json.dumps(config, indent=1, sort_keys=True, default=str)
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8")


def _move_into(scratch: Path, output: Path) -> None:
    from assistant.generation.adapter import CARD

    # The card goes last: a folder that has one is whole.
    for path in sorted(scratch.iterdir(), key=lambda p: p.name == CARD):
        os.replace(path, output / path.name)
    scratch.rmdir()


class _NoGenerator(Generator):
    """Stands where a writer wants a generator while only its prompts are rendered."""

    name = "none"

    def prepare(self, prefix: str) -> None:
        """Nothing is ever read."""

    def stream(self, prompt: str, *, max_tokens: int, stop: Sequence[str] = (), seed: int | None = None,
               temperature: float = 0.0, ban_digits: bool = True, cancelled: Any = never,
               owner: str | None = None, ways: Any = None) -> TextStream:  # fmt: skip
        """Nothing is ever written."""
        raise TrainingError("a prompt was to be answered while examples are read; this is a fault of the program")


def _rounded(losses: Mapping[str, float]) -> dict[str, float]:
    return {group or "all": round(loss, 4) for group, loss in losses.items()}


def _name(generator: str) -> str:
    return Path(generator).name if Path(generator).is_dir() else generator


def _weights_digest(folder: Path) -> str:
    files = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
    return hashlib.sha256("".join(sha256_of(f) for f in files).encode()).hexdigest() if files else ""


def _digest(train: Path, validation: Path | None) -> dict[str, str]:
    out = {"sha256": sha256_of(train)}
    if validation is not None:
        out["validation_sha256"] = sha256_of(validation)
    return out


def _command(train: Path, validation: Path | None, output: Path, generator: str, options: BlurbOptions) -> str:
    """The command line that does this again; only options other than the defaults are named."""
    usual = asdict(BlurbOptions())
    changed = {n: v for n, v in asdict(options).items() if v != usual[n]}
    words = [f"ASSISTANT_GENERATOR={_name(generator)} assistant train blurb --train {train.name}"]
    words += [f"--validation {validation.name}"] if validation else []
    words += [f"--output {output.name}", *(f"--{n.replace('_', '-')} {v}" for n, v in changed.items())]
    return " ".join(words)


def _quiet(_message: str, _share: float) -> None:
    """The progress callback of whoever wants none."""


def _silent(_line: str) -> None:
    """The note callback of whoever wants none."""
