"""The learned claim check compiled for processors: one graph reads a record, the other a sentence beside it.

Knows tensors and files: how the trained folder becomes two graphs, made once and kept. Knows no text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assistant.encoder.adapter import probe
from assistant.encoder.graph import _quiet_export, _session
from assistant.encoder.pieces import Pieces
from assistant.encoder.sentence import quiet_loading
from assistant.errors import WeightsError
from assistant.generation.support import CARD, Cutter, SupportCard, SupportReader, read_support_card
from assistant.weights import Progress, resolve
from assistant.weights.cache import convert_once, sha256_of, silent
from assistant.weights.device import cpu_adds_bytes_exactly

if TYPE_CHECKING:
    from assistant.generation.support_network import SupportNetwork

Floats = npt.NDArray[np.float32]

TENSORS = "support.safetensors"
_RECORD, _SENTENCE, _WORDS = "record.onnx", "sentence.onnx", "words.npy"
_GRAPHS = "3"
# Other number formats of one encoder stay above .98; another encoder is near 0 or has other sizes.
_SAME_ENCODER = 0.95
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
        """What the lower layers make of a record: (1, tokens, hidden)."""
        found: Floats = self._record.run(None, {"vectors": self._vectors(ids)})[0]
        return found

    def sentence(self, ids: Sequence[int], told: Floats) -> Floats:
        """One logit a token of a sentence beside the record ``told``."""
        found: Floats = self._sentence.run(None, {"vectors": self._vectors(ids), "told": told})[0][0]
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
    card = read_support_card(folder)
    base = resolve(encoder, cache=cache, offline=offline, progress=progress)
    if not (folder / TENSORS).is_file():
        raise WeightsError(f"{folder / TENSORS} is missing; make it with `assistant train claims`")
    # The bounds are read each time: moving them makes no graph anew.
    source = {"graph": _GRAPHS, "lower": str(card.lower), "bytes": str(cpu_adds_bytes_exactly())}
    source |= {"encoder": str(base), TENSORS: sha256_of(folder / TENSORS)}
    name = f"support-{hashlib.sha256(str(sorted(source.items())).encode()).hexdigest()[:12]}"
    reason: Exception | None = None
    for force in (False, True):  # a damaged compiled folder holds nothing that cannot be made again
        try:
            made = convert_once(
                cache,
                name,
                source,
                lambda target: _compile(folder, card, base, encoder, target, report),
                mend="assistant train claims",
                force=force,
                progress=report,
            )
            return SupportReader(CompiledSupport(made, threads=threads), Cutter.load(base), card.bounds)
        except WeightsError:
            raise
        except Exception as error:  # exporter and runtime have dozens of types of their own
            reason = error
    raise WeightsError(f"the learned claim check in {folder} cannot be compiled here: {reason}") from reason


def load_network(folder: Path, card: SupportCard, base: Path, encoder: str) -> SupportNetwork:
    """The network in float32, ready to read.

    Raises:
        WeightsError: the encoder is another than the one trained on, or a file is missing or damaged.
    """
    with quiet_loading():
        import torch
        from safetensors.torch import load_file
        from transformers import AutoModel

        backbone = AutoModel.from_pretrained(str(base), dtype=torch.float32, local_files_only=True)
    from assistant.generation.support_network import SupportNetwork

    hidden = int(backbone.config.hidden_size)
    if hidden != card.hidden or _unlike(card, probe(backbone, Pieces.load(base))):
        raise WeightsError(
            f"the learned claim check in {folder} was trained on the encoder '{card.encoder}' and cannot run on "
            f"'{encoder}'; use that encoder, or train one for '{encoder}' with `assistant train claims`"
        )
    network = SupportNetwork(backbone, hidden=hidden, lower=card.lower)
    try:
        network.beside.load_state_dict(load_file(folder / TENSORS))
    except Exception as error:  # safetensors raises types of its own for a damaged file
        raise WeightsError(
            f"{folder / TENSORS} cannot be loaded ({error}); make one with `assistant train claims`"
        ) from error
    return network.float().eval()


def _unlike(card: SupportCard, found: Sequence[Sequence[float]]) -> bool:
    given, known = np.asarray(found), np.asarray(card.probe)
    return given.shape != known.shape or float(np.min(np.sum(given * known, axis=1))) < _SAME_ENCODER


def _compile(folder: Path, card: SupportCard, base: Path, encoder: str, target: Path, report: Progress) -> None:
    report("compiling the claim check", 0.0)
    # In whole numbers a sentence takes half the time, and 2.5 points of precision go.
    compile_network(target, load_network(folder, card, base, encoder), whole_numbers=False)


def compile_network(target: Path, network: SupportNetwork, *, whole_numbers: bool = True) -> None:
    """Write what :class:`CompiledSupport` opens into an empty folder; ``whole_numbers`` off keeps float32."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from torch import nn

    class Record(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, vectors: torch.Tensor) -> torch.Tensor:
            return self.network.below(vectors, None)

    class Sentence(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, vectors: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = self.network.beside(self.network.below(vectors, None), None, told, None)
            return found

    table: Any = network.backbone.get_input_embeddings()  # type: ignore[operator]
    np.save(target / _WORDS, table.weight.detach().to(torch.float16).numpy())
    vectors = table(torch.arange(5)).detach()[None]
    told = torch.zeros((1, 7, vectors.shape[-1]))
    jobs: list[tuple[str, nn.Module, dict[str, torch.Tensor], str, dict[str, dict[int, str]]]] = [
        (_RECORD, Record(), {"vectors": vectors}, "told", {"vectors": {1: "tokens"}, "told": {1: "tokens"}}),
        (
            _SENTENCE,
            Sentence(),
            {"vectors": vectors, "told": told},
            "logits",
            {"vectors": {1: "tokens"}, "told": {1: "record"}, "logits": {1: "tokens"}},
        ),
    ]
    for file, part, example, output, axes in jobs:
        whole = target / "whole.onnx"
        with _quiet_export(), torch.inference_mode():
            torch.onnx.export(
                part.eval(),
                tuple(example.values()),
                str(whole),
                input_names=list(example),
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


__all__ = ["CARD", "TENSORS", "CompiledSupport", "compile_network", "load_network", "load_support"]
