"""A sentence encoder in ONNX Runtime: the vectors of the torch model to within a percent, several times quicker.

Knows sentence-transformers folders that are a BERT-like network, mean pooling and unit length; every other kind runs
in torch. What it compiles is kept in the cache and made again when the model's files change.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.encoder.adapter import Adapter, merge, stamps
from assistant.encoder.graph import FORMAT, CompiledGraph, compile_graph
from assistant.encoder.pieces import Pieces, pad_id
from assistant.encoder.sentence import Kind, Remembered, Vectors, prefixes_of, quiet_loading, unit
from assistant.errors import WeightsError
from assistant.weights.cache import Progress, convert_once, silent
from assistant.weights.device import cpu_adds_bytes_exactly

_LOG = logging.getLogger(__name__)
_MEND = "assistant weights pull"
_MODULES = "modules.json"


class CompiledEncoder:
    """An :class:`assistant.encoder.Encoder` over a compiled graph; safe to share between threads."""

    def __init__(
        self,
        name: str,
        folder: Path,
        graph: CompiledGraph,
        pieces: Pieces,
        *,
        prefixes: Mapping[Kind, str],
        max_tokens: int,
        batch_size: int = 32,
    ) -> None:
        self._name = name
        self._folder = folder
        self._graph = graph
        self._pieces = pieces
        self._prefixes = dict(prefixes)
        self._max_tokens = max_tokens
        self._batch_size = batch_size
        self._remembered = Remembered()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The name it was loaded by."""
        return self._name

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        return self._graph.width

    @property
    def folder(self) -> Path:
        """The model's files."""
        return self._folder

    @property
    def pieces(self) -> Pieces:
        """Its tokenizer, for others that run on the same vocabulary."""
        return self._pieces

    def encode(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of length 1; what exceeds the model's limit is cut.

        The vector of a single query is remembered, because several stages ask for the same message.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        if len(texts) > 1 or kind != "query":
            return self._forward(texts, kind)
        with self._lock:
            return self._remembered.get(texts[0], lambda: self._forward(texts, kind))

    def _forward(self, texts: Sequence[str], kind: Kind) -> Vectors:
        ids = self._pieces.ids(texts, prefix=self._prefixes[kind], max_tokens=self._max_tokens)
        return unit(self._graph.pool_many(ids, batch_size=self._batch_size))


def load_compiled(
    name: str,
    folder: Path,
    *,
    cache: Path,
    max_tokens: int,
    batch_size: int,
    threads: int,
    adapter: Adapter | None = None,
    progress: Progress | None = None,
) -> CompiledEncoder | None:
    """The model in ``folder`` compiled, or ``None`` where it or this machine does not allow that, which is logged.

    Raises:
        WeightsError: the adapter cannot be merged into the model.
    """
    report = progress or silent
    kept = f"compiled-{folder.name}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"
    kept += f"-{adapter.id}" if adapter is not None else ""
    reason: Exception | None = None
    for force in (False, True):  # a damaged compiled folder holds nothing that cannot be made again
        try:
            stated = _plain_mean(folder)
            source = {"folder": str(folder), "graph": FORMAT, "bytes": str(cpu_adds_bytes_exactly())}
            source |= {p.name: _stamp(p) for p in sorted(folder.iterdir()) if p.is_file()}
            source |= stamps(adapter) if adapter is not None else {}
            made = convert_once(
                cache,
                kept,
                source,
                lambda target: _compile(folder, target, report, adapter, name),
                mend=f"{_MEND} {name} --force",
                force=force,
                progress=report,
            )
            pieces = Pieces.load(folder)
            graph = CompiledGraph(made, pad_id=pad_id(folder), threads=threads)
            encoder = CompiledEncoder(
                adapter.name_over(name) if adapter is not None else name,
                folder,
                graph,
                pieces,
                prefixes=prefixes_of(name, _prompts(folder)),
                max_tokens=min(max_tokens, stated) if stated else max_tokens,
                batch_size=batch_size,
            )
            encoder.encode(["x"], kind="passage")
            return encoder
        except _NotPlainError as error:
            reason = error
            break
        except _AdapterError as error:
            raise WeightsError(str(error)) from error
        except Exception as error:  # exporter and runtime have dozens of types of their own
            reason = error
    _LOG.warning("the encoder '%s' runs in torch, for it cannot be compiled here: %s", name, reason)
    return None


class _NotPlainError(WeightsError):
    """A model that is more than a network, the mean of its vectors and unit length."""


class _AdapterError(Exception):
    """An adapter that does not fit: torch could not run it either."""


def _plain_mean(folder: Path) -> int | None:
    """The number of tokens the model was made for, where it is of the kind that is compiled here."""
    modules = _json(folder / _MODULES)
    kinds = [str(m["type"]).rsplit(".", 1)[-1] for m in modules] if isinstance(modules, list) else []
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise _NotPlainError(f"its modules are {kinds}, not Transformer, Pooling and at most Normalize")
    pooling = _json(folder / str(modules[1]["path"]) / "config.json")
    modes = [k for k, v in pooling.items() if k.startswith("pooling_mode_") and v is True]
    if modes != ["pooling_mode_mean_tokens"] and pooling.get("pooling_mode") != "mean":
        raise _NotPlainError(f"it pools by {', '.join(modes) or pooling.get('pooling_mode')}, not by the mean")
    stated = _json(folder / "sentence_bert_config.json")
    if stated.get("do_lower_case"):
        raise _NotPlainError("it wants its texts in lower case")
    limit = stated.get("max_seq_length")
    return int(limit) if limit else None


def _compile(folder: Path, target: Path, report: Progress, adapter: Adapter | None, name: str) -> None:
    report("compiling the encoder", 0.0)
    with quiet_loading():
        import torch
        from transformers import AutoModel

        backbone = AutoModel.from_pretrained(str(folder), dtype=torch.float32, local_files_only=True)
    if adapter is not None:
        try:
            backbone = merge(backbone, adapter, pieces=Pieces.load(folder), name=name)
        except WeightsError as error:
            raise _AdapterError(str(error)) from error
    compile_graph(target, backbone)


def _stamp(path: Path) -> str:
    found = path.stat()
    return f"{found.st_size} {found.st_mtime_ns}"


def _prompts(folder: Path) -> Mapping[str, str | None]:
    prompts = _json(folder / "config_sentence_transformers.json").get("prompts")
    return prompts if isinstance(prompts, dict) else {}


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
