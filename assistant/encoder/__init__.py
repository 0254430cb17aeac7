"""Text → vectors: the one encoder every stage is handed.

    sentence.py  the ``Encoder`` seam, and sentence-transformers behind it: every device and number format
    compiled.py  the same model in ONNX Runtime, in whole numbers: several times quicker on processors
    graph.py     how a network becomes a compiled graph, and how one is run
    pieces.py    texts into token ids, without a model
    adapter.py   a few megabytes trained on a catalogue that are merged into the model

Knows how a sentence encoder is loaded, which prefix its model wants, and how to keep any text from breaking it. Does
not know what the vectors are for, and reads no settings.
"""

from __future__ import annotations

import logging
from pathlib import Path

from assistant.encoder.adapter import read_adapter
from assistant.encoder.compiled import CompiledEncoder, load_compiled
from assistant.encoder.sentence import (
    Encoder,
    Kind,
    SentenceEncoder,
    Vectors,
    clean_text,
    load_sentence_encoder,
    prefixes_of,
    quiet_loading,
)
from assistant.weights import Progress, device_and_dtype, resolve

__all__ = [
    "CompiledEncoder",
    "Encoder",
    "Kind",
    "SentenceEncoder",
    "Vectors",
    "clean_text",
    "load_encoder",
    "prefixes_of",
    "quiet_loading",
    "read_adapter",
]

_LOG = logging.getLogger(__name__)


def load_encoder(
    name: str,
    *,
    cache: Path,
    device: str = "auto",
    dtype: str = "auto",
    offline: bool = False,
    max_seq_length: int = 512,
    batch_size: int = 32,
    compiled: bool = False,
    threads: int = 0,
    adapter: Path | None = None,
    progress: Progress | None = None,
) -> Encoder:
    """Load the encoder called ``name``, converting its weights the first time.

    Args:
        name: a local folder, a known name, or the id of a model on the hub.
        cache: where converted weights are kept.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        dtype: number format in torch; one that is named is never compiled.
        offline: never ask a model hub.
        max_seq_length: tokens of a text that count, at most what the model was trained for.
        batch_size: texts that go through the network together.
        compiled: run in ONNX Runtime where the device is a processor; in torch where the model or the machine does not
            allow that, which is logged.
        threads: of the compiled network, 0 for all.
        adapter: a folder of ``assistant train retrieval``; what it promoted is merged into the model, which then has
            another name.
        progress: called with a message and the share done.

    Raises:
        WeightsError: its weights or those of the adapter are missing, damaged, refused, or not a sentence encoder's.
        ConfigurationError: the device or the number format cannot be used.
    """
    folder = resolve(name, cache=cache, offline=offline, progress=progress)
    chosen, _ = device_and_dtype(device, dtype)
    merged = read_adapter(adapter) if adapter is not None else None
    if compiled and chosen.type == "cpu" and dtype == "auto":
        quick = load_compiled(
            name,
            folder,
            cache=cache,
            max_tokens=max_seq_length,
            batch_size=batch_size,
            threads=threads,
            adapter=merged,
            progress=progress,
        )
        if quick is not None:
            return quick
    return load_sentence_encoder(
        name,
        folder,
        device=device,
        dtype=dtype,
        max_seq_length=max_seq_length,
        batch_size=batch_size,
        adapter=merged,
    )
