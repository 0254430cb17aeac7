"""What a trained intent classifier is on disk, and how it becomes a network again.

    classifier.json             labels, temperature, prefix, length limit, which encoder it belongs to
    adapter_config.json         method "lora": the low-rank matrices and the head, as peft writes them
    adapter_model.safetensors
    model.safetensors           method "full": every tensor that was trained
    views.safetensors           linear views beside the network, where they help
    outside.safetensors         the shape of known texts, by which strange ones are told
    recipe.json                 how it was made: command, data and their hashes, seed, metrics

The encoder itself is not among them: it is resolved by name and recognised by what it makes of three fixed sentences.
Knows files and tensors. Does not know how the classifier was trained, nor what its labels mean.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from assistant.encoder import clean_text, quiet_loading
from assistant.encoder.pieces import Pieces
from assistant.errors import WeightsError
from assistant.understanding.outside import OUTSIDE, Outside
from assistant.understanding.plain import PlainRule
from assistant.understanding.views import VIEWS, Views

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

    from assistant.understanding.network import PooledClassifier

Method: TypeAlias = Literal["lora", "full"]

CARD = "classifier.json"
RECIPE = "recipe.json"
FULL_WEIGHTS = "model.safetensors"
FORMAT = 1

_PROBES = ("Where can I buy a red umbrella?", "请问这件衣服有大号吗", "third parcel, two keys: 42 & blue!")
_PROBE_WIDTH = 64
# Other number formats and quantisations of one encoder stay above .98; another encoder is near 0 or has other sizes.
_SAME_ENCODER = 0.95
# No piece of the common vocabularies is longer, so text beyond this many characters a token cannot reach the model.
_CHARACTERS_PER_TOKEN = 16


@dataclass(frozen=True, slots=True)
class Card:
    """What must be known besides the tensors.

    ``prefix`` stands before every text; ``probe`` is what :func:`probe` gave for the encoder; ``out_of_scope`` is
    the label that strange texts get, where there is one; ``views`` and ``outside`` say that a file of linear views and
    one of the shape of known texts belong to it; ``plain_margin`` and ``plain_held_out`` are the rule by which words
    alone decide (:class:`~assistant.understanding.plain.PlainRule`), where there is one.
    """

    labels: tuple[str, ...]
    encoder: str
    hidden: int
    probe: tuple[tuple[float, ...], ...]
    method: Method = "lora"
    prefix: str = ""
    max_tokens: int = 96
    temperature: float = 1.0
    out_of_scope: str | None = None
    views: bool = False
    outside: bool = False
    plain_margin: float | None = None
    plain_held_out: int = 0

    @property
    def plain(self) -> PlainRule | None:
        """When the words decide."""
        return None if self.plain_margin is None else PlainRule(self.plain_margin, self.plain_held_out)

    def to_json(self) -> str:
        """The text of ``classifier.json``."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1) + "\n"


def read_card(folder: Path) -> Card:
    """The card of a trained classifier.

    Raises:
        WeightsError: the folder has none, or it is not one this version reads.
    """
    path = folder / CARD
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.pop("format") != FORMAT:
            raise ValueError(f"format is not {FORMAT}")
        data["labels"] = tuple(data["labels"])
        data.pop("reject_below", None)  # of folders made before texts were judged by more than their confidence
        data["probe"] = tuple(tuple(row) for row in data["probe"])
        card = Card(**data)
        if len(card.labels) < 2 or card.method not in ("lora", "full") or not card.temperature > 0:
            raise ValueError("labels, method or temperature make no classifier")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"{path} is not a readable description of an intent classifier ({error}); install the package again, or "
            "make one with `assistant train intent`"
        ) from error
    return card


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of an encoder folder.

    Raises:
        WeightsError: the folder holds none that transformers can load.
    """
    with quiet_loading():
        from transformers import AutoTokenizer

        try:
            tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise WeightsError(f"the tokenizer in {folder} cannot be loaded: {error}") from error
    return tokenizer


def load_backbone(folder: Path) -> tuple[torch.nn.Module, PreTrainedTokenizerBase, int]:
    """The encoder in a folder as (network in float32, tokenizer, hidden width).

    Raises:
        WeightsError: the folder holds no model that transformers can load.
    """
    with quiet_loading():
        import torch
        from transformers import AutoModel

        tokenizer = load_tokenizer(folder)
        try:
            # In float32 whatever it is stored in: adapters are merged into it, and bfloat16 would round them away.
            backbone = AutoModel.from_pretrained(str(folder), dtype=torch.float32, local_files_only=True)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise WeightsError(f"the encoder in {folder} cannot be loaded: {error}") from error
    return backbone, tokenizer, int(backbone.config.hidden_size)


def tokens(
    tokenizer: PreTrainedTokenizerBase | Pieces, texts: Sequence[str], *, prefix: str, max_tokens: int
) -> list[list[int]]:
    """Token ids of each text, cut to ``max_tokens``; any string is taken, lone surrogates included."""
    if isinstance(tokenizer, Pieces):
        return tokenizer.ids(texts, prefix=prefix, max_tokens=max_tokens)
    prepared = [prefix + clean_text(text, max_tokens * _CHARACTERS_PER_TOKEN) for text in texts]
    if not prepared:
        return []
    ids: list[list[int]] = tokenizer(prepared, truncation=True, max_length=max_tokens)["input_ids"]
    return ids


def pad(ids: Sequence[Sequence[int]], pad_id: int) -> dict[str, torch.Tensor]:
    """``input_ids`` and ``attention_mask``, both of shape (len(ids), longest)."""
    import torch

    longest = max(len(row) for row in ids)
    input_ids = torch.full((len(ids), longest), pad_id, dtype=torch.long)
    mask = torch.zeros((len(ids), longest), dtype=torch.long)
    for i, row in enumerate(ids):
        input_ids[i, : len(row)] = torch.tensor(row, dtype=torch.long)
        mask[i, : len(row)] = 1
    return {"input_ids": input_ids, "attention_mask": mask}


def probe(backbone: torch.nn.Module, tokenizer: PreTrainedTokenizerBase) -> tuple[tuple[float, ...], ...]:
    """What an encoder makes of three fixed sentences: the beginning of their mean vectors, each of length 1."""
    import torch

    from assistant.understanding.network import PooledClassifier

    pooled = PooledClassifier(backbone, hidden=1, labels=2).eval()
    batch = pad(tokens(tokenizer, _PROBES, prefix="", max_tokens=64), int(tokenizer.pad_token_id or 0))
    with torch.inference_mode():
        vectors = pooled.pool(**batch).float().numpy()[:, :_PROBE_WIDTH]
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return tuple(tuple(round(float(v), 4) for v in row) for row in vectors)


def load_network(
    folder: Path, card: Card, encoder_folder: Path, encoder_name: str
) -> tuple[PooledClassifier, PreTrainedTokenizerBase]:
    """The classifier in float32, adapters merged into the encoder, ready to predict.

    Raises:
        WeightsError: the encoder is another than the one trained on, or a file is missing or damaged.
    """
    from assistant.understanding.network import PooledClassifier

    backbone, tokenizer, hidden = load_backbone(encoder_folder)
    _same_encoder(card, hidden, probe(backbone, tokenizer) if hidden == card.hidden else (), encoder_name, folder)
    network = PooledClassifier(backbone, hidden=hidden, labels=len(card.labels))
    try:
        loaded = _merge_adapter(network, folder) if card.method == "lora" else _fill(network, folder / FULL_WEIGHTS)
    except Exception as error:  # safetensors and peft raise a dozen types of their own for one damaged file
        raise WeightsError(
            f"the intent classifier in {folder} cannot be loaded ({error}); install the package again, or make one "
            "with `assistant train intent`"
        ) from error
    return loaded.eval(), tokenizer


def load_extras(folder: Path, card: Card) -> tuple[Views | None, Outside | None]:
    """The linear views and the shape of known texts, each ``None`` where the classifier has none.

    Raises:
        WeightsError: a file is missing or damaged.
    """
    try:
        views = Views.load(folder / VIEWS) if card.views else None
        outside = Outside.load(folder / OUTSIDE) if card.outside else None
        if views is not None and len(views.words) not in (0, len(card.labels)):
            raise ValueError(f"{VIEWS} is not for these labels")
        if outside is not None and outside.centres.shape[1] != card.hidden:
            raise ValueError(f"{OUTSIDE} is not for this encoder")
    except Exception as error:  # safetensors raises types of its own for a damaged file
        raise WeightsError(
            f"the intent classifier in {folder} cannot be loaded ({error}); install the package again, or make one "
            "with `assistant train intent`"
        ) from error
    return views, outside


def _merge_adapter(network: PooledClassifier, folder: Path) -> PooledClassifier:
    from peft import PeftModel

    merged: Any = PeftModel.from_pretrained(network, str(folder)).merge_and_unload()
    return merged  # type: ignore[no-any-return]


def _fill(network: PooledClassifier, path: Path) -> PooledClassifier:
    from safetensors.torch import load_file

    missing, unexpected = network.load_state_dict(load_file(path), strict=False)
    if unexpected or any(name.startswith("head.") for name in missing):
        raise ValueError(f"{path.name} does not hold the tensors of this network")
    return network


def _same_encoder(card: Card, hidden: int, found: Sequence[Sequence[float]], name: str, folder: Path) -> None:
    if hidden == card.hidden and len(found) == len(card.probe):
        likeness = float(np.min(np.sum(np.asarray(found) * np.asarray(card.probe), axis=1)))
        if likeness >= _SAME_ENCODER:
            return
        how = f"it agrees with it to {likeness:.2f} only"
    else:
        how = f"it is {hidden} wide, the other {card.hidden}"
    raise WeightsError(
        f"the intent classifier in {folder} was trained on the encoder '{card.encoder}' and cannot run on '{name}' "
        f"({how}); use that encoder, or train one for '{name}' with `assistant train intent`"
    )
