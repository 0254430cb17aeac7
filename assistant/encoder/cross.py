"""A cross-encoder: query and text read together, which tells close candidates apart that vectors cannot.

Knows how such a model is loaded and asked. Does not know what is reordered by it, and reads no settings. None ships
with this package: name one by folder or hub id.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assistant.encoder.sentence import clean_text, quiet_loading
from assistant.errors import WeightsError
from assistant.weights import Progress, device_and_dtype, resolve, share_processor

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

Scores = npt.NDArray[np.float64]

_BATCH = 16
_MOST_TOKENS = 256
# No piece of the common vocabularies is longer, so text beyond this many characters a token cannot reach the model.
_CHARACTERS_PER_TOKEN = 16


class CrossScorer:
    """How well texts answer a query, by a sentence-transformers ``CrossEncoder``; safe to share between threads."""

    def __init__(self, name: str, model: CrossEncoder) -> None:
        self.name = name
        self._model = model
        self._lock = threading.Lock()

    def __call__(self, query: str, texts: Sequence[str]) -> Scores:
        """One score a text, shape (len(texts),): the higher, the better it answers.

        Raises:
            WeightsError: the model gives something else than one number a pair.
        """
        if not texts:
            return np.zeros(0)
        limit = _MOST_TOKENS * _CHARACTERS_PER_TOKEN
        pairs: list[Any] = [(clean_text(query, limit), clean_text(text, limit)) for text in texts]
        with self._lock:  # the fast tokenizer refuses to be shared while it pads
            found = np.asarray(self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False), dtype=np.float64)
        if found.shape != (len(texts),) or not np.isfinite(found).all():
            raise WeightsError(
                f"the reranker '{self.name}' gives numbers of shape {found.shape} for {len(texts)} pairs, not one "
                "finite number each; name a cross-encoder with a single label, or unset ASSISTANT_RERANKER"
            )
        return found


def load_cross_encoder(
    name: str, *, cache: Path, device: str = "auto", offline: bool = False, progress: Progress | None = None
) -> CrossScorer:
    """Load the cross-encoder called ``name``.

    Args:
        name: a local folder or the id of a model on the hub.
        cache: where converted weights are kept.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        offline: never ask a model hub.
        progress: called with a message and the share done.

    Raises:
        WeightsError: its weights are missing, damaged, or not a cross-encoder's.
        ConfigurationError: the device cannot be used.
    """
    try:
        folder = resolve(name, cache=cache, offline=offline, progress=progress)
    except WeightsError as error:
        raise WeightsError(f"the reranker cannot be loaded: {error}; or unset ASSISTANT_RERANKER") from error
    share_processor()
    chosen, _ = device_and_dtype(device, "auto")
    with quiet_loading():
        from sentence_transformers import CrossEncoder

        try:
            model = CrossEncoder(str(folder), device=str(chosen), local_files_only=True)
            labels = int(model.config.num_labels)
        except (OSError, ValueError, KeyError, RuntimeError, AttributeError) as error:
            raise WeightsError(
                f"the reranker '{name}' in {folder} cannot be loaded: {error}; name a cross-encoder, or unset "
                "ASSISTANT_RERANKER"
            ) from error
    if labels != 1:
        raise WeightsError(
            f"the reranker '{name}' has {labels} labels; name a cross-encoder with a single one, or unset "
            "ASSISTANT_RERANKER"
        )
    model.eval()
    # Longer pairs than a model has positions for would crash inside it.
    limits = (model.max_seq_length, getattr(model.config, "max_position_embeddings", None))
    model.max_seq_length = min(_MOST_TOKENS, *(int(n) for n in limits if n))
    return CrossScorer(name, model)
