"""A toy packed encoder, written byte by byte, becomes a folder that sentence-transformers loads."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import WeightsError
from assistant.weights.e5 import build_folder, open_packed, state_dict

HIDDEN, LAYERS, HEADS, FFN, POSITIONS = 32, 2, 2, 64, 24
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁red", "▁shoe", "s", "～", "红", "色", "fi", "<mask>"]
SPARE = 3


def q4(rng: np.random.Generator, elements: int) -> tuple[bytes, np.ndarray]:
    scales = rng.uniform(0.01, 0.1, elements // 32).astype("<f2")
    nibbles = rng.integers(0, 16, (elements // 32, 32), dtype=np.uint8)
    packed = b"".join(
        s.tobytes() + (row[:16] | (row[16:] << 4)).tobytes() for s, row in zip(scales, nibbles, strict=True)
    )
    return packed, ((nibbles.astype(np.float32) - 8) * scales.astype(np.float32)[:, None]).reshape(-1)


@pytest.fixture
def toy(tmp_path: Path) -> tuple[Path, dict[str, np.ndarray]]:
    rng = np.random.default_rng(7)
    vocabulary = len(PIECES) + SPARE
    sizes = {"emb.word": vocabulary * HIDDEN, "emb.pos": POSITIONS * HIDDEN, "emb.type": HIDDEN}
    sizes |= {"emb.ln.w": HIDDEN, "emb.ln.b": HIDDEN}
    for i in range(LAYERS):
        for name, (rows, columns) in {
            **dict.fromkeys(("q", "k", "v", "ao"), (HIDDEN, HIDDEN)),
            "fi": (FFN, HIDDEN),
            "fo": (HIDDEN, FFN),
        }.items():
            sizes |= {f"l{i}.{name}.w": rows * columns, f"l{i}.{name}.b": rows}
        sizes |= {f"l{i}.{n}.{p}": HIDDEN for n in ("aln", "oln") for p in "wb"}
    blobs, values = {}, {}
    for name, count in sizes.items():
        if name == "emb.word" or (name.startswith("l") and name.endswith(".w") and "ln" not in name):
            blobs[name], values[name] = q4(rng, count)
        else:
            values[name] = rng.normal(0, 0.3, count).astype("<f4")
            blobs[name] = values[name].tobytes()
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, LAYERS, HEADS, FFN, vocabulary, POSITIONS, 2, 1e-12, 32)
    words = [p.encode() for p in PIECES]
    offsets = np.cumsum([0, *map(len, words)]).astype("<u4")
    scores = -np.arange(len(PIECES), dtype="<f4")
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(offsets[-1]))
    head += offsets.tobytes() + scores.tobytes() + b"".join(words)
    entry = struct.pack("<IB2I", 0xFB01, 2, ord("f"), ord("i"))
    head += struct.pack("<iI", 1, len(entry)) + entry
    directory_size = 4 + sum(2 + len(n) + 21 for n in sizes)
    at = len(head) + directory_size
    directory = struct.pack("<i", len(sizes))
    for name, count in sizes.items():
        kind = 1 if len(blobs[name]) != 4 * count else 0
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, count, at, len(blobs[name]))
        at += len(blobs[name])
    path = tmp_path / "toy.bin"
    path.write_bytes(head + directory + b"".join(blobs.values()))
    return path, values


def test_every_value_is_unpacked(toy: tuple[Path, dict[str, np.ndarray]]) -> None:
    path, values = toy
    state = state_dict(open_packed(path))
    np.testing.assert_allclose(
        state["embeddings.word_embeddings.weight"].reshape(-1), values["emb.word"], rtol=1e-3, atol=1e-6
    )
    np.testing.assert_allclose(
        state["encoder.layer.1.output.dense.weight"], values["l1.fo.w"].reshape(HIDDEN, FFN), rtol=1e-3, atol=1e-6
    )
    np.testing.assert_allclose(state["encoder.layer.0.attention.self.key.bias"], values["l0.k.b"], rtol=1e-3, atol=1e-6)
    assert state["embeddings.word_embeddings.weight"].shape == (len(PIECES) + SPARE, HIDDEN)
    assert state["embeddings.token_type_embeddings.weight"].shape == (2, HIDDEN)


def test_the_folder_loads_and_pools_by_mean(toy: tuple[Path, dict[str, np.ndarray]], tmp_path: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import BertModel

    folder = tmp_path / "folder"
    folder.mkdir()
    build_folder(toy[0], folder)
    model = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": torch.float32}, local_files_only=True)
    assert model.prompts["query"] == "query: "
    assert model.prompts["passage"] == "passage: "
    assert model.max_seq_length == POSITIONS
    vector = model.encode("red shoes")
    ids = torch.tensor([[0, 5, 6, 7, 2]])
    assert model.tokenizer("red shoes")["input_ids"] == ids[0].tolist()
    bert = BertModel.from_pretrained(folder, dtype=torch.float32)
    with torch.inference_mode():
        expected = bert(ids).last_hidden_state.mean(dim=1)[0].numpy()
    np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), atol=1e-5)


def test_the_tokenizer_normalises_as_the_model_expects(toy: tuple[Path, dict[str, np.ndarray]], tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    folder = tmp_path / "folder"
    folder.mkdir()
    build_folder(toy[0], folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.tokenize("ﬁ") == ["▁", "fi"]
    assert tokenizer.tokenize("红～色") == ["▁", "红", "～", "色"]
    assert tokenizer.tokenize("red  \x01\n shoe") == ["▁red", "▁shoe"]
    assert tokenizer("q")["input_ids"] == [0, 4, 3, 2]
    assert tokenizer.pad_token_id == 1
    assert tokenizer.model_max_length == POSITIONS


@pytest.mark.parametrize("damage", ["magic", "cut in the header", "version"])
def test_another_file_is_refused(toy: tuple[Path, dict[str, np.ndarray]], damage: str) -> None:
    path, _ = toy
    data = bytearray(path.read_bytes())
    if damage == "magic":
        data[:4] = b"NOPE"
    elif damage == "version":
        data[4] = 9
    else:
        del data[60:]
    path.write_bytes(data)
    with pytest.raises(WeightsError):
        open_packed(path)
