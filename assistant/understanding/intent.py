"""Which of a closed set of intents a message has, and how sure that is.

Knows texts, labels and probabilities; the shipped classifier is a BERT encoder with a small trained adapter. Knows no
conversation, no constraints, and does not train: any label set that was trained into a folder is served.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from assistant.understanding.artifact import Card, load_network, pad, read_card, tokens
from assistant.weights import Progress, device_and_dtype, resolve

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

    from assistant.understanding.network import PooledClassifier

SHIPPED = Path(__file__).resolve().parent / "weights"
"""The folder of the classifier that travels with the package."""

_BATCH = 32


@dataclass(frozen=True, slots=True)
class IntentPrediction:
    """The label of one text, its calibrated probability, and the probability of every label."""

    intent: str
    confidence: float
    distribution: Mapping[str, float] = field(default_factory=dict)


@runtime_checkable
class IntentClassifier(Protocol):
    """Gives every text exactly one label of a closed set."""

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        """One prediction a text, in order; any string is answered, the empty one included."""
        ...


class EncoderIntentClassifier:
    """An :class:`IntentClassifier` over a fine-tuned encoder; safe to share between threads."""

    def __init__(
        self,
        card: Card,
        network: PooledClassifier,
        tokenizer: PreTrainedTokenizerBase,
        *,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self._card = card
        self._network = network.to(device=device, dtype=dtype).eval()
        self._tokenizer = tokenizer
        self._device = device
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
    ) -> EncoderIntentClassifier:
        """Load a trained classifier, by default the shipped one, onto the encoder called ``encoder_name``.

        Raises:
            WeightsError: a file is missing or damaged, or the encoder is another than the one it was trained on.
            ConfigurationError: the device or the number format cannot be used.
        """
        source = folder if folder is not None else SHIPPED
        card = read_card(source)
        chosen, number_format = device_and_dtype(device, dtype)
        encoder_folder = resolve(encoder_name, cache=cache, offline=offline, progress=progress)
        network, tokenizer = load_network(source, card, encoder_folder, encoder_name)
        return cls(card, network, tokenizer, device=chosen, dtype=number_format)

    @property
    def labels(self) -> tuple[str, ...]:
        """The closed label set, in the order of :meth:`logits`."""
        return self._card.labels

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        """One prediction a text, in order.

        Where the label set has a label for out-of-scope texts, a text of which no label is sure enough gets it too;
        its confidence is then the probability that no other label applies.
        """
        rejecting = self._card.out_of_scope
        out = []
        for row in softmax(self.logits(texts), self._card.temperature):
            best = int(row.argmax())
            intent, confidence = self.labels[best], float(row[best])
            if rejecting is not None and intent != rejecting and confidence < self._card.reject_below:
                intent, confidence = rejecting, 1.0 - confidence
            distribution = dict(zip(self.labels, (float(p) for p in row), strict=True))
            out.append(IntentPrediction(intent, min(confidence, 1.0), distribution))
        return out

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Raw scores of shape (len(texts), len(labels)), before the temperature."""
        return self._run(texts, len(self.labels), lambda batch: self._network(**batch)["logits"])

    def features(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Mean vectors of shape (len(texts), hidden), as the head gets them: texts of like meaning lie close."""
        return self._run(texts, self._card.hidden, lambda batch: self._network.pool(**batch))

    def _run(
        self, texts: Sequence[str], width: int, forward: Callable[[dict[str, torch.Tensor]], torch.Tensor]
    ) -> npt.NDArray[np.float32]:
        import torch

        out = np.zeros((len(texts), width), dtype=np.float32)
        # One at a time: the fast tokenizer refuses to be shared while it pads, and torch uses all cores anyway.
        with self._lock, torch.inference_mode():
            ids = tokens(self._tokenizer, texts, prefix=self._card.prefix, max_tokens=self._card.max_tokens)
            # Texts of like length share a batch, so that little of it is padding.
            order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
            for start in range(0, len(order), _BATCH):
                rows = order[start : start + _BATCH]
                batch = pad([ids[i] for i in rows], int(self._tokenizer.pad_token_id or 0))
                found = forward({name: t.to(self._device) for name, t in batch.items()})
                out[rows] = found.float().cpu().numpy()
        return out


def softmax(logits: npt.NDArray[np.float32], temperature: float = 1.0) -> npt.NDArray[np.float64]:
    """Probabilities of each row of ``logits`` divided by ``temperature``, same shape, each row summing to 1.

    Source: temperature scaling, Guo et al., On Calibration of Modern Neural Networks (ICML 2017), section 4.2.
    """
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probabilities: npt.NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities
