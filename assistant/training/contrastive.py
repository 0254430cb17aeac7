"""The training loop of the sentence encoder, on sentence-transformers' own trainer, loss and evaluator.

Knows texts in threes (query, answer, wrong answer), batches and checkpoints. Does not know products, nor how the result
is measured and packed. Imported only to train: it brings torch and sentence-transformers.
"""

from __future__ import annotations

import json
import logging
import shutil
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from transformers import EarlyStoppingCallback, PrinterCallback, TrainerCallback, TrainerControl, TrainerState

from assistant.encoder import Kind, quiet_loading
from assistant.errors import ConfigurationError, TrainingError
from assistant.training.adapt import quicken, trained_tensors
from assistant.weights import Progress

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_LOG = logging.getLogger(__name__)
_RUN = "run.json"
_TENSORS = "trained.safetensors"
_METRIC = "eval_held_cosine_ndcg@10"
_WARMUP = 0.1
_EVALUATION_BATCH = 32
# How far ahead a batch looks for rows that do not contradict those it has.
_LOOK_AHEAD = 8


@dataclass(frozen=True, slots=True)
class Example:
    """A query, its answer and, where one is near, a wrong answer.

    ``answer`` and ``wrong`` are rows; ``relevant`` are all rows the query may mean, none of which may stand in the same
    batch as another query's answer: there it would count as wrong.
    """

    query: str
    passage: str
    wrong_passage: str
    answer: int
    wrong: int | None
    relevant: frozenset[int]


@dataclass(frozen=True, slots=True)
class Held:
    """What is ranked while training: queries, passages, and for each query the numbers of the passages it means."""

    queries: Sequence[str]
    passages: Sequence[str]
    relevant: Sequence[Collection[int]]


@dataclass(frozen=True, slots=True)
class ContrastiveOptions:
    """How the encoder is trained. ``scale`` is 1 / temperature; ``evaluations`` is how often an epoch is measured."""

    epochs: int
    batch_size: int
    learning_rate: float
    scale: float
    evaluations: int
    patience: int
    seed: int


@dataclass(frozen=True, slots=True)
class ContrastiveResult:
    """The step the matrices were taken from, how many were made, and the held-out figure there."""

    best_step: int
    steps: int
    best: float


def load_trainable(folder: Path, *, rank: int, max_tokens: int, device: torch.device) -> SentenceTransformer:
    """The sentence encoder of a folder in float32 with low-rank matrices beside its layers; only these learn.

    Source: Hu et al., LoRA (ICLR 2022), on all linear layers, scale 2.
    """
    from peft import LoraConfig

    with quiet_loading():
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(
            str(folder), device=str(device), model_kwargs={"dtype": torch.float32}, local_files_only=True
        )
    stated = model.max_seq_length
    model.max_seq_length = min(max_tokens, int(stated)) if stated else max_tokens
    backbone = backbone_of(model)
    targets = [n for n, m in backbone.named_modules() if isinstance(m, nn.Linear) and "pooler" not in n]
    quicken(backbone)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model.add_adapter(LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets))
    return model


def backbone_of(model: SentenceTransformer) -> nn.Module:
    """The network of a sentence encoder, without pooling."""
    found: Any = model.transformers_model
    if not isinstance(found, nn.Module):
        raise TrainingError("the encoder is no transformer network, so no low-rank matrices can be trained for it")
    return found


def run_contrastive(
    model: SentenceTransformer,
    examples: Sequence[Example],
    held: Held,
    *,
    prefixes: Mapping[Kind, str],
    options: ContrastiveOptions,
    device: torch.device,
    bf16: bool,
    checkpoints: Path,
    identity: Mapping[str, Any],
    progress: Progress,
) -> ContrastiveResult:
    """Train ``model`` in place and leave it as it was where it ranked the held-out queries best.

    A checkpoint is written with each measurement; a run with the same ``identity`` goes on from the last one.

    Raises:
        ConfigurationError: a library that training needs is not installed.
        TrainingError: a checkpoint is another network's.
    """
    try:
        from datasets import Dataset, disable_progress_bars
    except ImportError as error:
        raise ConfigurationError(
            "training an encoder needs the package 'datasets': pip install datasets (it belongs to this package's own "
            "requirements)"
        ) from error
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.base.sampler import DefaultBatchSampler
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    disable_progress_bars()
    data = Dataset.from_dict(
        {
            "anchor": [e.query for e in examples],
            "positive": [e.passage for e in examples],
            "negative": [e.wrong_passage for e in examples],
        }
    )

    class Sampler(DefaultBatchSampler):
        """Batches in which no query's answer is another's wrong one."""

        def __iter__(self) -> Iterator[list[int]]:
            yield from batches_of(examples, options.batch_size, seed=options.seed, epoch=self.epoch)

        def __len__(self) -> int:
            return max(1, len(examples) // options.batch_size)

    class Loop(SentenceTransformerTrainer):
        """The trainer with checkpoints that hold only what is trained."""

        def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
            """No model card: it would ask the hub about the base model."""

        def _save(self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None) -> None:
            from safetensors.torch import save_file

            folder = Path(output_dir or checkpoints)
            folder.mkdir(parents=True, exist_ok=True)
            save_file(trained_tensors(self.model), folder / _TENSORS)

        def _load_from_checkpoint(self, checkpoint_path: str, model: Any = None) -> None:
            from safetensors.torch import load_file

            found = load_file(Path(checkpoint_path) / _TENSORS)
            lost = set(trained_tensors(self.model)) - set(found)
            unknown = self.model.load_state_dict(found, strict=False).unexpected_keys
            if lost or unknown:
                raise TrainingError(f"{checkpoint_path} holds another network's tensors; delete it")

        def _load_best_model(self) -> None:
            # The library's own logs a failure and goes on with the last step as if it were the best.
            if self.state.best_model_checkpoint:
                self._load_from_checkpoint(self.state.best_model_checkpoint)

    steps = max(1, len(examples) // options.batch_size) * options.epochs
    every = max(1, steps // (options.epochs * options.evaluations))
    evaluator = InformationRetrievalEvaluator(
        {str(i): q for i, q in enumerate(held.queries)},
        {str(i): p for i, p in enumerate(held.passages)},
        {str(i): {str(n) for n in wanted} for i, wanted in enumerate(held.relevant)},
        name="held",
        ndcg_at_k=[10],
        mrr_at_k=[10],
        map_at_k=[10],
        accuracy_at_k=[10],
        precision_recall_at_k=[10],
        batch_size=_EVALUATION_BATCH,
        query_prompt=prefixes["query"],
        corpus_prompt=prefixes["passage"],
        score_functions={"cosine": _cosine},
        write_csv=False,
    )
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(checkpoints),
        per_device_train_batch_size=options.batch_size,
        num_train_epochs=options.epochs,
        learning_rate=options.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=max(1, round(steps * _WARMUP)),
        batch_sampler=Sampler,
        prompts={"anchor": prefixes["query"], "positive": prefixes["passage"], "negative": prefixes["passage"]},
        eval_strategy="steps",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=1,
        load_best_model_at_end=True,
        metric_for_best_model=_METRIC,
        greater_is_better=True,
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=False,
        seed=options.seed,
        bf16=bf16,
        use_cpu=device.type == "cpu",
    )
    callbacks: list[TrainerCallback] = [_Watch(progress)]
    if options.patience:
        callbacks.append(EarlyStoppingCallback(early_stopping_patience=options.patience))
    loop = Loop(
        model=model,
        args=arguments,
        train_dataset=data,
        evaluator=evaluator,
        loss=MultipleNegativesRankingLoss(model, scale=options.scale),
        callbacks=callbacks,
    )
    loop.remove_callback(PrinterCallback)
    with warnings.catch_warnings():
        # The trainer and peft warn about each other's names; nothing that a user could change.
        warnings.simplefilter("ignore", FutureWarning)
        loop.train(resume_from_checkpoint=_resumable(checkpoints, identity))
    state = loop.state
    return ContrastiveResult(state.best_global_step or state.global_step, state.global_step, state.best_metric or 0.0)


def batches_of(examples: Sequence[Example], size: int, *, seed: int, epoch: int) -> Iterator[list[int]]:
    """Every example once, in whole batches where no query's answer stands as a wrong one of another.

    An example that fits no batch in sight waits for a later one; what is left at the end that fits none is left out.
    """
    order = np.random.default_rng((seed, epoch)).permutation(len(examples)).tolist()
    waiting: list[int] = []
    for _ in range(max(1, len(examples) // size)):
        batch: list[int] = []
        answers: set[int] = set()
        meant: set[int] = set()
        passed: list[int] = []
        while len(batch) < size and (waiting or order) and len(passed) < _LOOK_AHEAD * size:
            number = waiting.pop(0) if waiting else order.pop()
            one = examples[number]
            shown = {one.answer} if one.wrong is None else {one.answer, one.wrong}
            if shown & meant or answers & one.relevant:
                passed.append(number)
                continue
            batch.append(number)
            answers |= shown
            meant |= one.relevant
        waiting = passed + waiting
        if len(batch) > 1:
            yield batch


def _cosine(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    from sentence_transformers.util import cos_sim

    found: torch.Tensor = cos_sim(one, other)
    return found


class _Watch(TrainerCallback):
    """Tells the caller how far the training has come."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._last = ""

    def on_step_end(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if state.max_steps:
            self._progress(f"training{self._last}", state.global_step / state.max_steps)

    def on_evaluate(self, args: Any, state: TrainerState, control: TrainerControl, **kw: Any) -> None:
        found = kw.get("metrics", {}).get(_METRIC)
        if found is not None:
            self._last = f", nDCG@10 {found:.3f} after step {state.global_step}"
            _LOG.info("step %d: held-out nDCG@10 %.4f", state.global_step, found)


def _resumable(checkpoints: Path, identity: Mapping[str, Any]) -> str | None:
    """The newest whole checkpoint of the same run; those of another run are removed."""
    stated = json.dumps(identity, sort_keys=True, ensure_ascii=False)
    record = checkpoints / _RUN
    if record.is_file() and record.read_text(encoding="utf-8") == stated:
        whole = [p for p in checkpoints.glob("checkpoint-*") if (p / "trainer_state.json").is_file()]
        return str(max(whole, key=lambda p: int(p.name.rpartition("-")[2]))) if whole else None
    for stale in checkpoints.glob("checkpoint-*"):
        shutil.rmtree(stale, ignore_errors=True)
    checkpoints.mkdir(parents=True, exist_ok=True)
    record.write_text(stated, encoding="utf-8")
    return None
