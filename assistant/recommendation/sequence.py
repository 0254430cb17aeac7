"""The Transformer over the behaviour sequence: what comes next, by causal self-attention over the items met so far.

Knows interactions and histories. Does not know files or splits; training can be cut and resumed by whoever hands it a
checkpoint. The history is the query, so a live session counts at once and a new shopper needs no training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

from assistant.errors import ConfigurationError, TrainingError
from assistant.recommendation.base import Arrays, Progress, Recommender
from assistant.recommendation.inner_products import VectorRecommender
from assistant.recommendation.interactions import History, Interactions, Ints, Items, Mask, Vectors
from assistant.recommendation.sequence_fit import (
    FitOptions,
    FitResult,
    Fitting,
    Held,
    Measured,
    Note,
    last_scores,
    last_states,
    measure,
)
from assistant.recommendation.sequence_network import NetworkOptions, SequenceNetwork
from assistant.recommendation.sequence_reading import HistoryReader
from assistant.recommendation.sequence_windows import cut
from assistant.weights import device_and_dtype

_FEWEST_HELD = 100
_MOST_HELD = 5000


@dataclass(frozen=True, slots=True)
class Run:
    """Where a training may leave and find its state, and whom it tells; all optional."""

    checkpoint: Path | None = None
    identity: Mapping[str, Any] | None = None
    note: Note | None = None
    stopped: Callable[[], bool] | None = None


class SequenceTransformer(VectorRecommender):
    """Scores of the next item from the newest state of a causal Transformer over the history.

    s(i | h) = f(e_h1 + p_1, …, e_hm + p_m)_m · e_i, the items' vectors e shared by input and output, p learned
    positions, f blocks of causal self-attention and a feed-forward part. Trained to predict every next item of every
    history by cross-entropy over all items, or by a softmax over sampled ones with their odds taken out.

    Source: Kang and McAuley, Self-Attentive Sequential Recommendation (ICDM 2018); Klenitskiy and Vasilev, Turning
    Dross Into Gold Loss (RecSys 2023) for the cross-entropy; Tikhonovich et al., eSASRec, arXiv 2508.06450.
    """

    name = "sequence"

    def __init__(
        self,
        network: Mapping[str, Any] | None = None,
        training: Mapping[str, Any] | None = None,
        *,
        attributes: bool = False,
        seed: int = 0,
        device: str = "auto",
        dtype: str = "auto",
    ) -> None:
        """Fields of :class:`NetworkOptions` and of :class:`FitOptions`.

        Args:
            network: the shape; fields left out have their default.
            training: how it learns, all but the seed; likewise.
            attributes: whether brands and the levels of category paths have vectors that items share.
            seed: of weights, order, dropout and negatives.
            device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
            dtype: of the training's matrix products: ``auto``, ``float32`` or ``bfloat16``. Scores are float32.

        Raises:
            ConfigurationError: a value that cannot be used, or a field that is not there.
        """
        super().__init__()
        self._network_options = NetworkOptions(**_known(network, NetworkOptions))
        self._training = FitOptions(**_known(training, FitOptions, but="seed"), seed=seed)
        self._attributes = attributes
        self._device, self._dtype = device, dtype
        self._network: SequenceNetwork | None = None
        self._reader: HistoryReader | None = None
        self._table: torch.Tensor | None = None
        self._vectors: Vectors = np.zeros((0, 0), dtype=np.float32)
        self.fitted: FitResult | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The constructor's arguments, every field written out."""
        return {
            "network": asdict(self._network_options),
            "training": {key: value for key, value in asdict(self._training).items() if key != "seed"},
            "attributes": self._attributes,
            "seed": self._training.seed,
            "device": self._device,
            "dtype": self._dtype,
        }

    def fit(
        self,
        data: Interactions,
        *,
        progress: Progress | None = None,
        held: tuple[Sequence[History], Sequence[int]] | None = None,
        run: Run | None = None,
    ) -> Self:
        """Learn from events; how it went is in ``fitted``.

        Args:
            data: what happened.
            progress: told the share done.
            held: histories and what came next in each, to stop early and to keep the best epoch by. Without it, the
                newest event of some shoppers is kept out for that where there are enough of them; otherwise all epochs
                are done and the last one counts.
            run: checkpoints and notes.

        Raises:
            TrainingError: it was asked to stop, or the loss is no number.
        """
        run = run or Run()
        self._items = data.items
        self._network, self.fitted = None, None
        sequences = [rows + 1 for rows in data.sequences()]
        questions: Held | None
        if held is not None and len(held[0]):
            questions = Held([_liked_rows(one) for one in held[0]], np.asarray(held[1], dtype=np.int64) + 1)
        else:
            sequences, questions = self._keep_out(sequences)
        if not any(len(rows) > 1 for rows in sequences):
            # Nothing follows anything: there is no network to train, and every item is as likely as another.
            return self
        device, dtype = device_and_dtype(self._device, self._dtype)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._training.seed)
            network = self._made(data.items)
        windows = cut(sequences, self._network_options.length)
        fitting = Fitting(network, windows, questions, self._training, device=device, dtype=_products(dtype))
        self.fitted = fitting.run(
            checkpoint=run.checkpoint,
            identity={**(run.identity or {}), "model": self.options, "events": len(data), "items": data.n_items},
            progress=progress,
            note=run.note,
            stopped=run.stopped,
        )
        self._keep(fitting.network)
        return self

    def _keep(self, network: SequenceNetwork) -> None:
        # The items' vectors do not change any more: with attributes or cosines they would cost more than the answer.
        with torch.no_grad():
            self._network, self._table = network.eval(), network.eval().table()
            self._vectors = self._table[1:].float().cpu().numpy()
            self._reader = HistoryReader(network, self._vectors)

    def measured(self, histories: Sequence[History], targets: Sequence[int]) -> Measured:
        """Recall and nDCG at 10 of what came next, ranked among all items but those of the history.

        Raises:
            TrainingError: the model was not fitted, or nothing was to be learnt.
        """
        if self._network is None:
            raise TrainingError(f"the model '{self.name}' has no network to measure; fit it on longer histories")
        return measure(
            self._network, Held([_liked_rows(one) for one in histories], np.asarray(targets, dtype=np.int64) + 1)
        )

    def _keep_out(self, sequences: list[Any]) -> tuple[list[Any], Held | None]:
        long = np.flatnonzero([len(rows) >= 3 for rows in sequences])
        if len(long) < 10 * _FEWEST_HELD or not self._training.patience:
            return sequences, None
        count = min(_MOST_HELD, len(long) // 10)
        chosen = np.random.default_rng(self._training.seed).choice(long, count, replace=False)
        held = Held([sequences[i][:-1] for i in chosen], np.asarray([sequences[i][-1] for i in chosen]))
        out = set(chosen.tolist())
        return [rows[:-1] if i in out else rows for i, rows in enumerate(sequences)], held

    def _made(self, items: Items) -> SequenceNetwork:
        if not self._attributes:
            return SequenceNetwork(len(items), self._network_options)
        known: dict[str, int] = {}
        rows: list[list[int]] = []
        for i in range(len(items)):
            named = [f"category {level}" for level in (items.categories[i] if items.categories is not None else ())]
            brand = items.brands[i] if items.brands is not None else None
            named += [f"brand {brand}"] if brand is not None else []
            rows.append([known.setdefault(name, len(known)) for name in dict.fromkeys(named)])
        return SequenceNetwork(len(items), replace(self._network_options, attributes=len(known)), rows)

    def item_vectors(self) -> Vectors:
        """The items' vectors, shape (n_items, width); none before anything was learnt."""
        return self._vectors

    def fold_in(self, histories: Sequence[History]) -> Vectors:
        """What the network has made of each history, shape (len(histories), width).

        Raises:
            TrainingError: the model was not fitted, or nothing was to be learnt.
        """
        if self._network is None or self._table is None or self._reader is None:
            raise TrainingError(f"the model '{self.name}' has no network to ask; fit it on longer histories")
        if len(histories) == 1:
            return self._reader.state(histories[0].liked()[0])[None]
        return last_states(self._network, [_liked_rows(one) for one in histories], self._table)

    def leading(self, history: History, depth: int, allowed: Mask | None = None) -> tuple[Ints, Vectors]:
        """As the base says; nothing has a rank where nothing was learnt."""
        if self._network is None:
            return Recommender.leading(self, history, depth, allowed)
        return super().leading(history, depth, allowed)

    def _score(self, histories: Sequence[History]) -> Vectors:
        if self._network is None:
            return np.zeros((len(histories), len(self.items)), dtype=np.float32)
        return last_scores(self._network, [_liked_rows(one) for one in histories], self._table)

    def _arrays(self) -> Arrays:
        if self._network is None:
            return {"untrained": np.ones(1, dtype=np.uint8)}
        return {name: tensor.detach().cpu().numpy() for name, tensor in self._network.state_dict().items()}

    def _restore(self, arrays: Arrays) -> None:
        self._network = None
        if "untrained" in arrays:
            return
        device, _ = device_and_dtype(self._device, self._dtype)
        network = self._made(self.items)
        try:
            network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in arrays.items()})
        except RuntimeError as error:
            raise TrainingError(f"the sequence model does not fit its options ({error}); train it again") from error
        self._keep(network.to(device))


def _liked_rows(history: History) -> Any:
    return history.liked()[0] + 1


def _products(dtype: torch.dtype) -> torch.dtype:
    """The number format of matrix products: half precision would need its loss scaled, so it is not used."""
    return torch.bfloat16 if dtype == torch.bfloat16 else torch.float32


def _known(given: Mapping[str, Any] | None, kind: type, but: str = "") -> dict[str, Any]:
    names = {f.name for f in fields(kind)} - {but}
    unknown = sorted(set(given or {}) - names)
    if unknown:
        raise ConfigurationError(
            f"the sequence model has no option {', '.join(unknown)}; known are {', '.join(sorted(names))}"
        )
    return dict(given or {})
