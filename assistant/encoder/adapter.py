"""A few megabytes that change a sentence encoder: low-rank matrices trained on a catalogue, merged when it is loaded.

    DIR/PROMOTED                        name of the adapter that measured better than what was there before
    DIR/adapter-<hash>/adapter.json     which encoder it belongs to, and what tells that encoder from another
    DIR/adapter-<hash>/adapter_config.json, adapter_model.safetensors    as peft writes them

An adapted encoder has a name of its own, so that no index of another one is taken for its. Knows files and networks.
Does not know how an adapter is trained.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from assistant.encoder.pieces import Pieces
from assistant.errors import WeightsError
from assistant.weights.cache import sha256_of

if TYPE_CHECKING:
    from torch import nn

CARD, CONFIG, TENSORS = "adapter.json", "adapter_config.json", "adapter_model.safetensors"
POINTER = "PROMOTED"
FORMAT = 1

_PROBES = ("Where can I buy a red umbrella?", "请问这件衣服有大号吗", "third parcel, two keys: 42 & blue!")
_PROBE_WIDTH = 64
_PROBE_TOKENS = 64
# Other number formats and quantisations of one encoder stay above .98; another encoder is near 0 or has other sizes.
_SAME_ENCODER = 0.95


@dataclass(frozen=True, slots=True)
class Adapter:
    """A readable adapter. ``probe`` is what :func:`probe` gave for the encoder it was trained on."""

    folder: Path
    encoder: str
    hidden: int
    probe: tuple[tuple[float, ...], ...]

    @property
    def id(self) -> str:
        """Tells this adapter from every other: the beginning of a hash of its weights and their scale."""
        return adapter_id(self.folder)

    def name_over(self, encoder: str) -> str:
        """The name of an encoder with this adapter merged into it."""
        return f"{encoder}+{self.id}"


def adapter_id(folder: Path) -> str:
    """The :attr:`Adapter.id` of a folder with configuration and tensors."""
    return hashlib.sha256("".join(sha256_of(folder / name) for name in (CONFIG, TENSORS)).encode()).hexdigest()[:8]


def write_card(folder: Path, *, encoder: str, hidden: int, made_of: Sequence[Sequence[float]]) -> None:
    """Write what is known of an adapter besides its tensors; ``made_of`` is the probe of its encoder."""
    card = {"format": FORMAT, "encoder": encoder, "hidden": hidden, "probe": made_of}
    (folder / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def read_adapter(folder: Path) -> Adapter:
    """The adapter of a folder: the promoted one of a training output, or the one the folder itself is.

    Raises:
        WeightsError: there is none, none was promoted, or it is not one this version reads.
    """
    again = "make one with `assistant train retrieval --catalog FILE`"
    if not folder.is_dir():
        raise WeightsError(f"no adapter folder at '{folder}'; {again}")
    pointer = folder / POINTER
    if pointer.is_file():
        folder = folder / pointer.read_text(encoding="utf-8", errors="replace").strip()
    path = folder / CARD
    if not path.is_file():
        raise WeightsError(
            f"'{folder}' holds no promoted adapter (no {POINTER} and no {CARD}): training did not finish, or what it "
            f"made ranked no better, which report.json says; {again}, or unset ASSISTANT_ENCODER_ADAPTER"
        )
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ValueError(f"format is not {FORMAT}")
        probe = tuple(tuple(float(v) for v in row) for row in data["probe"])
        missing = [name for name in (CONFIG, TENSORS) if not (folder / name).is_file()]
        if missing:
            raise ValueError(f"{missing[0]} is missing")
        return Adapter(folder, str(data["encoder"]), int(data["hidden"]), probe)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"the adapter in '{folder}' cannot be read ({error}); {again}") from error


class Stamped(Protocol):
    """Anything with a folder that holds configuration and tensors."""

    @property
    def folder(self) -> Path:
        """Where they are."""
        ...


def stamps(adapter: Stamped) -> dict[str, str]:
    """What changes when the adapter does, for caches of what is made with it."""
    return {f"adapter/{name}": sha256_of(adapter.folder / name) for name in (CONFIG, TENSORS)}


def merge(backbone: nn.Module, adapter: Adapter, *, pieces: Pieces, name: str) -> nn.Module:
    """The network in float32 with the adapter's matrices added to its own; it then costs what the plain one does.

    Args:
        backbone: the encoder's network without pooling.
        adapter: what to merge.
        pieces: the encoder's tokenizer.
        name: the encoder's name, for messages.

    Raises:
        WeightsError: the adapter was trained on another encoder, or a file of it is damaged.
    """
    from peft import PeftModel

    config: Any = backbone.config
    _same_encoder(adapter, int(config.hidden_size), backbone.float(), pieces, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # peft and transformers about each other's names
            # Matrices without their numbers would change nothing, and say so only as a warning.
            warnings.filterwarnings("error", message=".*missing adapter keys.*")
            merged: nn.Module = PeftModel.from_pretrained(backbone, str(adapter.folder)).merge_and_unload()
    except Exception as error:  # safetensors and peft raise a dozen types of their own for one damaged file
        raise WeightsError(
            f"the adapter in '{adapter.folder}' cannot be merged into '{name}' ({error}); make it again with "
            "`assistant train retrieval`"
        ) from error
    return merged


def probe(backbone: nn.Module, pieces: Pieces) -> tuple[tuple[float, ...], ...]:
    """What an encoder makes of three fixed sentences: the beginning of their mean vectors, each of length 1."""
    import torch

    rows = []
    training = backbone.training
    backbone.eval()
    with torch.inference_mode():
        for ids in pieces.ids(_PROBES, prefix="", max_tokens=_PROBE_TOKENS):
            table = torch.tensor([ids])
            states = backbone(input_ids=table, attention_mask=torch.ones_like(table)).last_hidden_state
            vector = states[0].mean(dim=0).float().numpy()[:_PROBE_WIDTH]
            rows.append(tuple(round(float(v), 4) for v in vector / max(float(np.linalg.norm(vector)), 1e-12)))
    backbone.train(training)
    return tuple(rows)


def _same_encoder(adapter: Adapter, hidden: int, backbone: nn.Module, pieces: Pieces, name: str) -> None:
    if hidden == adapter.hidden:
        found, known = np.asarray(probe(backbone, pieces)), np.asarray(adapter.probe)
        likeness = float(np.min(np.sum(found * known, axis=1))) if found.shape == known.shape else 0.0
        if likeness >= _SAME_ENCODER:
            return
        how = f"it agrees with it to {likeness:.2f} only"
    else:
        how = f"it is {hidden} wide, the other {adapter.hidden}"
    raise WeightsError(
        f"the adapter in '{adapter.folder}' was trained on the encoder '{adapter.encoder}' and cannot run on '{name}' "
        f"({how}); use that encoder, or train one for '{name}' with `assistant train retrieval`"
    )
