"""Which of a closed set of intents a message has, and how sure that is.

Knows texts, labels and probabilities; the shipped classifier is a BERT encoder with a small trained adapter. Knows no
conversation, no constraints, and does not train: any label set that was trained into a folder is served.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from assistant.encoder import CompiledEncoder, Encoder, load_encoder
from assistant.encoder.graph import by_length
from assistant.encoder.pieces import Pieces, has_pieces, pad_id
from assistant.understanding.artifact import (
    RECIPE,
    Card,
    load_extras,
    load_network,
    pad,
    read_card,
    tokens,
)
from assistant.understanding.compiled import CompiledNetwork, compile_once
from assistant.understanding.outside import Outside
from assistant.understanding.views import Views
from assistant.weights import Progress, device_and_dtype, resolve
from assistant.weights.cache import sha256_of, silent

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

    from assistant.understanding.network import PooledClassifier

SHIPPED = Path(__file__).resolve().parent / "weights"
"""The folder of the classifier that travels with the package."""

_LOG = logging.getLogger(__name__)
_BATCH = 32

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class IntentPrediction:
    """The label of one text, its calibrated probability, and the probability of every label.

    ``outside`` is how strange the text is to the classifier, 0 to 1: from one half on no label fits it.
    """

    intent: str
    confidence: float
    distribution: Mapping[str, float] = field(default_factory=dict)
    outside: float = 0.0


@runtime_checkable
class IntentClassifier(Protocol):
    """Gives every text exactly one label of a closed set."""

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        """One prediction a text, in order; any string is answered, the empty one included."""
        ...


class Pooler(Protocol):
    """A fine-tuned encoder that turns token ids into one vector a text, with the linear layer that belongs to it."""

    @property
    def head(self) -> tuple[Floats, Floats]:
        """Weights (labels, hidden) and biases (labels,) of the linear layer."""
        ...

    def pool_many(self, ids: Sequence[Sequence[int]], *, batch_size: int) -> Floats:
        """Mean vectors of shape (len(ids), hidden)."""
        ...


class TorchNetwork:
    """A :class:`Pooler` in torch, on any device and in any number format."""

    def __init__(self, network: PooledClassifier, *, pad_id: int, device: torch.device, dtype: torch.dtype) -> None:
        # The head is a small product that numpy makes in full precision from what the network pooled.
        weight, bias = network.head.weight.detach().float().cpu(), network.head.bias.detach().float().cpu()
        self.head: tuple[Floats, Floats] = (weight.numpy(), bias.numpy())
        self._network = network.to(device=device, dtype=dtype).eval()
        self._device, self._pad = device, pad_id

    def pool_many(self, ids: Sequence[Sequence[int]], *, batch_size: int) -> Floats:
        """Mean vectors of shape (len(ids), hidden); texts of like length share a batch, so that little is padding."""
        import torch

        out = np.zeros((len(ids), self.head[0].shape[1]), dtype=np.float32)
        with torch.inference_mode():
            for rows in by_length(ids, batch_size):
                padded = pad([ids[i] for i in rows], self._pad)
                batch = {name: t.to(self._device) for name, t in padded.items()}
                out[rows] = self._network.pool(**batch).float().cpu().numpy()
        return out


class EncoderIntentClassifier:
    """An :class:`IntentClassifier` over a fine-tuned encoder; safe to share between threads."""

    def __init__(
        self,
        card: Card,
        network: Pooler,
        tokenizer: PreTrainedTokenizerBase | Pieces,
        *,
        views: Views | None = None,
        outside: Outside | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        self._card = card
        self._network = network
        self._tokenizer = tokenizer
        self._views = views
        self._outside = outside
        self._encoder = encoder
        self._lock = threading.Lock()

    @classmethod
    def load(
        cls,
        folder: Path | None = None,
        encoder_name: str = "multilingual-e5-small",
        *,
        cache: Path,
        device: str = "auto",
        dtype: str = "auto",
        offline: bool = False,
        progress: Progress | None = None,
        encoder: Encoder | None = None,
        compiled: bool = False,
        threads: int = 0,
    ) -> EncoderIntentClassifier:
        """Load a trained classifier, by default the shipped one, onto the encoder called ``encoder_name``.

        Args:
            folder: where the classifier is.
            encoder_name: the encoder it was trained on.
            cache: where converted weights are kept.
            device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
            dtype: number format of the network in torch.
            offline: never ask a model hub.
            progress: called with a message and the share done.
            encoder: the same encoder, already loaded, for a classifier that also looks at its untouched vectors; one is
                loaded where that is needed and none is given.
            compiled: run in ONNX Runtime where the device is a processor; compiled the first time, and in torch where
                that fails, which is logged.
            threads: of the compiled network, 0 for all.

        Raises:
            WeightsError: a file is missing or damaged, or the encoder is another than the one it was trained on.
            ConfigurationError: the device or the number format cannot be used.
        """
        source = folder if folder is not None else SHIPPED
        card = read_card(source)
        chosen, number_format = device_and_dtype(device, dtype)
        encoder_folder = resolve(encoder_name, cache=cache, offline=offline, progress=progress)
        network: Pooler | None = None
        tokenizer: PreTrainedTokenizerBase | Pieces
        if compiled and chosen.type == "cpu":
            network = _compiled(source, card, encoder_folder, encoder_name, cache, threads, progress or silent)
        if network is None:
            plain, tokenizer = load_network(source, card, encoder_folder, encoder_name)
            pad_id = int(tokenizer.pad_token_id or 0)
            network = TorchNetwork(plain, pad_id=pad_id, device=chosen, dtype=number_format)
        elif isinstance(encoder, CompiledEncoder) and encoder.folder == encoder_folder:
            tokenizer = encoder.pieces
        else:
            tokenizer = Pieces.load(encoder_folder)
        views, outside = load_extras(source, card)
        if views is not None and views.needs_vectors and encoder is None:
            encoder = load_encoder(encoder_name, cache=cache, device=device, dtype=dtype, offline=offline)
        return cls(card, network, tokenizer, views=views, outside=outside, encoder=encoder)

    @property
    def labels(self) -> tuple[str, ...]:
        """The closed label set, in the order of :meth:`logits`."""
        return self._card.labels

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        """One prediction a text, in order.

        Where the label set has a label for out-of-scope texts, a text too strange for the others gets it too; its
        confidence is then how strange it is. What words alone decide (see :mod:`~.plain`) costs no network.
        """
        rule = self._card.plain
        if rule is None or self._views is None or not texts:
            return self._read_out(*self.read(texts))
        words, met = self._views.worded(texts)
        plain = rule.plain(words, met)
        rest = np.flatnonzero(~plain)
        by_network = iter(
            self._read_out(*self._read([texts[i] for i in rest.tolist()], words[rest])) if len(rest) else ()
        )
        by_words = iter(self._plainly(rule.distributions(words[plain])))
        return [next(by_words if p else by_network) for p in plain.tolist()]

    def _plainly(self, probabilities: npt.NDArray[np.float64]) -> list[IntentPrediction]:
        return [
            IntentPrediction(
                self.labels[int(row.argmax())],
                float(row.max()),
                dict(zip(self.labels, (float(p) for p in row), strict=True)),
                float(row.max() if self.labels[int(row.argmax())] == self._card.out_of_scope else 1.0 - row.max()),
            )
            for row in probabilities
        ]

    def _read_out(self, logits: npt.NDArray[np.float32], features: npt.NDArray[np.float32]) -> list[IntentPrediction]:
        rejecting = self._card.out_of_scope
        probabilities = softmax(logits, self._card.temperature)
        strange = self._strangeness(logits, features, probabilities)
        out = []
        for row, outside in zip(probabilities, strange, strict=True):
            best = int(row.argmax())
            intent, confidence = self.labels[best], float(row[best])
            if rejecting is not None and intent != rejecting and self._outside is not None and outside >= 0.5:
                intent, confidence = rejecting, float(outside)
            distribution = dict(zip(self.labels, (float(p) for p in row), strict=True))
            out.append(IntentPrediction(intent, min(confidence, 1.0), distribution, float(outside)))
        return out

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Scores of shape (len(texts), len(labels)) of network and views together, before the temperature."""
        return self.read(texts)[0]

    def features(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Mean vectors of shape (len(texts), hidden), as the head gets them: texts of like meaning lie close."""
        return self._pooled(texts)

    def _strangeness(
        self,
        logits: npt.NDArray[np.float32],
        features: npt.NDArray[np.float32],
        probabilities: npt.NDArray[np.float64],
    ) -> npt.NDArray[np.float64]:
        """Shape (texts,): by the detector, or else what is left to the likeliest in-scope label."""
        if self._outside is not None:
            return self._outside.score(features, logits / self._card.temperature)
        known = [i for i, label in enumerate(self.labels) if label != self._card.out_of_scope]
        return np.asarray(1.0 - probabilities[:, known].max(axis=1))

    def read(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Both :meth:`logits` and :meth:`features` of each text, in one pass; plain texts too."""
        return self._read(texts, None)

    def _read(self, texts: Sequence[str], words: Floats | None) -> tuple[Floats, Floats]:
        features = self._pooled(texts)
        weight, bias = self._network.head
        scores = features @ weight.T + bias
        if self._views is not None and texts:
            scores = self._views.blended(scores, texts, self._embed, words)
        return scores, features

    def _embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        assert self._encoder is not None
        return self._encoder.encode(texts, kind="query")

    def _pooled(self, texts: Sequence[str]) -> Floats:
        if not texts:
            return np.zeros((0, self._card.hidden), dtype=np.float32)
        # One at a time: the fast tokenizer refuses to be shared.
        with self._lock:
            ids = tokens(self._tokenizer, texts, prefix=self._card.prefix, max_tokens=self._card.max_tokens)
        return self._network.pool_many(ids, batch_size=_BATCH)


def _compiled(
    folder: Path, card: Card, encoder_folder: Path, encoder_name: str, cache: Path, threads: int, progress: Progress
) -> CompiledNetwork | None:
    """The compiled network, or ``None`` where this machine cannot compile it."""
    files = [p for p in sorted(folder.iterdir()) if p.suffix in (".safetensors", ".json") and p.name != RECIPE]
    source = {p.name: sha256_of(p) for p in files}
    source |= {f"encoder/{p.name}": f"{p.stat().st_size} {p.stat().st_mtime_ns}" for p in encoder_folder.iterdir()}

    def network() -> PooledClassifier:
        progress("compiling the intent classifier", 0.0)
        return load_network(folder, card, encoder_folder, encoder_name)[0]

    reason: Exception | None = None
    if not has_pieces(encoder_folder):
        _LOG.warning("the intent classifier runs in torch, for %s holds no fast tokenizer", encoder_folder)
        return None
    for force in (False, True):  # a damaged folder holds nothing that cannot be made again
        try:
            own = folder.resolve() != SHIPPED
            made = compile_once(source, network, cache=cache, progress=progress, force=force, own_place=own)
            return CompiledNetwork(made, pad_id=pad_id(encoder_folder), threads=threads)
        except Exception as error:  # exporter and runtime have dozens of types of their own
            reason = error
    _LOG.warning("the intent classifier runs in torch, for it cannot be compiled here: %s", reason)
    return None


def softmax(logits: npt.NDArray[np.float32], temperature: float = 1.0) -> npt.NDArray[np.float64]:
    """Probabilities of each row of ``logits`` divided by ``temperature``, same shape, each row summing to 1.

    Source: temperature scaling, Guo et al., On Calibration of Modern Neural Networks (ICML 2017), section 4.2.
    """
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probabilities: npt.NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities
