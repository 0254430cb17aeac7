"""The learned claim check compiled for processors: one graph reads a record, the other a sentence beside it.

Knows tensors and files: how the trained folder becomes two graphs in whole numbers, made once and kept. Knows no text.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assistant.encoder.adapter import merge, read_adapter, stamps
from assistant.encoder.graph import _quiet_export, _session
from assistant.encoder.pieces import Pieces
from assistant.encoder.sentence import quiet_loading
from assistant.errors import WeightsError
from assistant.generation.support import CARD, Cutter, SupportReader, read_bounds
from assistant.weights import Progress, resolve
from assistant.weights.cache import convert_once, sha256_of, silent
from assistant.weights.device import cpu_adds_bytes_exactly

if TYPE_CHECKING:
    from assistant.generation.support_network import SupportNetwork

Floats = npt.NDArray[np.float32]

HEAD_FILE = "head.safetensors"
_RECORD, _SENTENCE, _WORDS = "record.onnx", "sentence.onnx", "words.npy"
_GRAPHS = "1"
_OPSET = 17


class CompiledSupport:
    """The two graphs; safe to share between threads."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        """Open a compiled folder. ``threads`` 0 lets the runtime choose."""
        self._record = _session(folder / _RECORD, threads)
        self._sentence = _session(folder / _SENTENCE, threads)
        # Mapped, not read: a few thousand of the quarter million rows are ever looked at.
        self._words = np.load(folder / _WORDS, mmap_mode="r")

    def record(self, ids: Sequence[int]) -> Floats:
        """Keys and values of a record for every upper layer: (layers, 2, 1, tokens, hidden)."""
        found: Floats = self._record.run(None, {"vectors": self._vectors(ids)})[0]
        return found

    def sentence(self, ids: Sequence[int], keys: Floats) -> Floats:
        """One logit a token of a sentence beside the record of ``keys``."""
        found: Floats = self._sentence.run(None, {"vectors": self._vectors(ids), "keys": keys})[0][0]
        return found

    def _vectors(self, ids: Sequence[int]) -> Floats:
        return np.asarray(self._words[np.asarray(ids)][None], dtype=np.float32)


def load_support(
    folder: Path,
    encoder: str,
    *,
    cache: Path,
    offline: bool = False,
    threads: int = 1,
    progress: Progress | None = None,
) -> SupportReader:
    """The reader that ``folder`` makes of an encoder, compiled the first time.

    Args:
        folder: of ``assistant train claims``.
        encoder: the name of the encoder it was trained on.
        cache: where the compiled graphs are kept.
        offline: never ask a model hub.
        threads: of the graphs; a sentence is too short for many.
        progress: called with a message and the share done.

    Raises:
        WeightsError: a file is missing or damaged, the encoder is another one, or it cannot be compiled here.
    """
    report = progress or silent
    lower, depth, bounds = read_bounds(folder)
    adapter = read_adapter(folder)
    base = resolve(encoder, cache=cache, offline=offline, progress=progress)
    # The bounds are read each time: moving them makes no graph anew.
    source = {"graph": _GRAPHS, "layers": f"{lower}-{depth}", "bytes": str(cpu_adds_bytes_exactly())}
    source |= {"encoder": str(base), HEAD_FILE: sha256_of(folder / HEAD_FILE), **stamps(adapter)}
    name = f"support-{hashlib.sha256(str(sorted(source.items())).encode()).hexdigest()[:12]}"
    reason: Exception | None = None
    for force in (False, True):  # a damaged compiled folder holds nothing that cannot be made again
        try:
            made = convert_once(
                cache,
                name,
                source,
                lambda target: _compile(folder, base, encoder, lower, depth, target, report),
                mend="assistant train claims",
                force=force,
                progress=report,
            )
            reader = SupportReader(CompiledSupport(made, threads=threads), Cutter.load(base), bounds)
            break
        except WeightsError:
            raise
        except Exception as error:  # exporter and runtime have dozens of types of their own
            reason = error
    else:
        raise WeightsError(f"the learned claim check in {folder} cannot be compiled here: {reason}") from reason
    return reader


def load_networks(
    folder: Path, base: Path, encoder: str, lower: int, depth: int
) -> tuple[SupportNetwork, SupportNetwork]:
    """``(plain, trained)``: the encoder's own upper layers read records, the trained ones sentences.

    Raises:
        WeightsError: the encoder is another than the one trained on, or a file is missing or damaged.
    """
    with quiet_loading():
        import torch
        from safetensors.torch import load_file
        from transformers import AutoModel

        backbone = AutoModel.from_pretrained(str(base), dtype=torch.float32, local_files_only=True)
    from assistant.generation.support_network import SupportNetwork

    plain = copy.deepcopy(backbone)
    trained: Any = merge(backbone, read_adapter(folder), pieces=Pieces.load(base), name=encoder)
    hidden = int(backbone.config.hidden_size)
    networks = [SupportNetwork(one, hidden=hidden, lower=lower, depth=depth).float().eval() for one in (plain, trained)]
    try:
        networks[1].head.load_state_dict(load_file(folder / HEAD_FILE))
    except Exception as error:  # safetensors raises types of its own for a damaged file
        raise WeightsError(
            f"{folder / HEAD_FILE} cannot be loaded ({error}); install the package again, or make one with "
            "`assistant train claims`"
        ) from error
    return networks[0], networks[1]


def _compile(folder: Path, base: Path, encoder: str, lower: int, depth: int, target: Path, report: Progress) -> None:
    report("compiling the claim check", 0.0)
    plain, trained = load_networks(folder, base, encoder, lower, depth)
    compile_networks(target, plain, trained)


def compile_networks(
    target: Path, plain: SupportNetwork, trained: SupportNetwork, *, whole_numbers: bool = True
) -> None:
    """Write what :class:`CompiledSupport` opens into an empty folder; ``whole_numbers`` off keeps float32."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from torch import nn

    for one in (plain, trained):
        choose_attention = getattr(one.backbone, "set_attn_implementation", None)
        if callable(choose_attention):
            choose_attention("eager")

    class Record(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.plain, self.trained = plain, trained

        def forward(self, vectors: torch.Tensor) -> torch.Tensor:
            return self.trained.keys(self.plain.record(vectors, None))

    class Sentence(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.trained = trained

        def forward(self, vectors: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
            return self.trained.above(self.trained.below(vectors, None), None, keys, None)

    table: Any = trained.backbone.get_input_embeddings()  # type: ignore[operator]
    np.save(target / _WORDS, table.weight.detach().to(torch.float16).numpy())
    vectors = table(torch.arange(5)).detach()[None]
    with torch.inference_mode():
        keys = Record().eval()(table(torch.arange(7))[None])
    jobs: list[tuple[str, nn.Module, tuple[torch.Tensor, ...], list[str], str, dict[str, dict[int, str]]]] = [
        (_RECORD, Record(), (vectors,), ["vectors"], "keys", {"vectors": {1: "tokens"}, "keys": {3: "tokens"}}),
        (
            _SENTENCE,
            Sentence(),
            (vectors, keys),
            ["vectors", "keys"],
            "logits",
            {"vectors": {1: "tokens"}, "keys": {3: "record"}, "logits": {1: "tokens"}},
        ),
    ]
    for file, network, example, inputs, output, axes in jobs:
        whole = target / "whole.onnx"
        with _quiet_export(), torch.inference_mode():
            torch.onnx.export(
                network.eval(),
                example,
                str(whole),
                input_names=inputs,
                output_names=[output],
                dynamic_axes=axes,
                opset_version=_OPSET,
                dynamo=False,
            )
            if whole_numbers:
                quantize_dynamic(
                    whole,
                    target / file,
                    weight_type=QuantType.QInt8,
                    per_channel=True,
                    reduce_range=not cpu_adds_bytes_exactly(),
                )
        if whole_numbers:
            whole.unlink()
        else:
            whole.replace(target / file)


__all__ = ["CARD", "HEAD_FILE", "CompiledSupport", "compile_networks", "load_networks", "load_support"]
