"""Training of the learned claim check: labels of tokens, a toy that learns, and the compiled folder it becomes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes_intent import build_toy_encoder

from assistant.errors import TrainingError, WeightsError
from assistant.generation.support import Bounds, Cutter, read_support_card
from assistant.generation.support_compiled import CompiledSupport, compile_network, load_network, load_support
from assistant.training.claims import ClaimOptions, train_claims
from assistant.training.claims_data import IGNORED, read_texts, units_of

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = ROOT / "assistant" / "generation" / "data" / "claims.train.jsonl"


def line(number: int, word: str, **more: Any) -> dict[str, Any]:
    text = f"it is {word}. ok."
    wrong = [{"span": word, "kind": "color"}] if word == "blue" else []
    product = {"sku": f"p{number}", "title": f"red hat {number}", "price": 5, "category": ["hats", "hat"]}
    return {
        "id": f"t{number}",
        "writer": f"w{number % 2}",
        "language": "en",
        "request": "hat",
        "product": product,
        "text": text,
        "unsupported": wrong,
        **more,
    }


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import BertConfig, BertModel

    folder = build_toy_encoder(tmp_path_factory.mktemp("toy"))
    torch.manual_seed(0)
    config = BertConfig.from_pretrained(str(folder), num_hidden_layers=3, max_position_embeddings=512)
    BertModel(config).save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="module")
def trained(encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("claims")
    rows = [line(i, ("red", "blue")[i // 2 % 2]) for i in range(24)]
    figures = train_claims(
        [write(folder / "texts.jsonl", rows)],
        write(folder / "records.jsonl", []),
        folder / "out",
        encoder=str(encoder),
        cache=folder / "cache",
        bounds=Bounds(0.2, 0.5),
        left_out=["w1"],
        options=ClaimOptions(lower=1, epochs=40, tokens=300, learning_rate=3e-3),
    )
    return folder, dict(figures)


def test_a_marked_phrase_becomes_labels_of_its_tokens(encoder: Path, tmp_path: Path) -> None:
    texts = read_texts(write(tmp_path / "texts.jsonl", [line(0, "blue")]), {})
    records, units = units_of(texts, Cutter.load(encoder))
    assert len(records) == 1
    assert [unit.start for unit in units] == [0, len("it is blue. ")]
    first = units[0]
    offset = len(first.ids) - 1 - len(first.spans)
    assert set(first.labels[:offset]) == {IGNORED}
    marked = [span for span, label in zip(first.spans, first.labels[offset:], strict=False) if label == 1]
    assert "".join("it is blue."[a:b] for a, b in marked) == "blue"
    assert 1 not in units[1].labels


def test_beside_another_record_only_what_it_lacks_is_unsupported(encoder: Path, tmp_path: Path) -> None:
    own = {"sku": "a", "title": "linen sunhat", "price": 5, "category": ["hats", "hat"]}
    other = {"sku": "b", "title": "straw sunhat", "price": 5, "category": ["hats", "hat"]}
    rows = [line(0, "x", product=own, text="a linen sunhat today."), line(1, "x", product=other, text="straw.")]
    texts = read_texts(write(tmp_path / "texts.jsonl", rows), {})
    _, units = units_of(texts, Cutter.load(encoder), others=True)
    unit = next(unit for unit in units if unit.text == -1)
    offset = len(unit.ids) - 1 - len(unit.spans)
    found = dict.fromkeys((0, 1, IGNORED), "")
    for (a, b), label in zip(unit.spans, unit.labels[offset:], strict=False):
        found[label] += "a linen sunhat today."[a:b]
    assert (found[1], found[0]) == ("linen", "sunhat")
    assert unit.record == 1


@pytest.mark.parametrize("change", [{"unsupported": [{"span": "green", "kind": "color"}]}, {"product": {}}])
def test_a_bad_line_is_named(tmp_path: Path, change: dict[str, Any]) -> None:
    path = write(tmp_path / "texts.jsonl", [line(0, "red"), line(1, "red", **change)])
    with pytest.raises(TrainingError, match=r"texts\.jsonl:2"):
        read_texts(path, {})


def test_the_shipped_texts_are_readable_and_half_of_them_true() -> None:
    rows = [json.loads(one) for one in (ROOT / "catalog" / "products.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = read_texts(SHIPPED, {row["sku"]: row for row in rows})
    assert len(texts) == 1800
    assert sum(not text.planted for text in texts) == 900
    assert {text.writer for text in texts} == set("123456")


def test_a_toy_learns_and_is_measured_on_the_writer_left_out(trained: tuple[Path, dict[str, Any]]) -> None:
    _, figures = trained
    assert figures["left_out"] == ["w1"]
    assert figures["auc"] > 0.95


def test_the_compiled_reader_doubts_what_it_learned(trained: tuple[Path, dict[str, Any]], encoder: Path) -> None:
    from assistant.catalog.rows import product_from_record
    from assistant.generation.evidence import EvidenceReader
    from assistant.generation.frames import load_frames
    from assistant.generation.slots import slots_of
    from assistant.generation.writer import card_for
    from assistant.lexicon import Lexicon

    folder, _ = trained
    reader = load_support(folder / "out", str(encoder), cache=folder / "cache")
    assert reader.bounds == Bounds(0.2, 0.5)
    lexicon = Lexicon.load()
    product = product_from_record(line(0, "red")["product"])
    evidence = EvidenceReader(lexicon, load_frames()).read(product, slots_of(card_for(product, "en"), "en", lexicon))
    means = {}
    for word in ("red", "blue"):
        sentence = f"it is {word}."
        at = sentence.find(word)
        found = reader.doubts(sentence, evidence, "hat", "en")
        means[word] = np.mean([d.chance for d in found if at <= d.start < at + len(word)])
    assert means["blue"] > means["red"] + 0.3


def test_compiled_in_float_it_says_what_the_network_says(
    trained: tuple[Path, dict[str, Any]], encoder: Path, tmp_path: Path
) -> None:
    import torch

    out = trained[0] / "out"
    network = load_network(out, read_support_card(out), encoder, str(encoder))
    compile_network(tmp_path, network, whole_numbers=False)
    graph = CompiledSupport(tmp_path, threads=1)
    record, said = [2, 5, 6, 7, 8, 3], [2, 9, 10, 3, 11, 3]
    table: Any = network.backbone.get_input_embeddings()  # type: ignore[operator]
    with torch.inference_mode():
        told = network.below(table(torch.tensor([record])), None)
        known = network.beside(network.below(table(torch.tensor([said])), None), None, told, None)[0].numpy()
    assert np.allclose(graph.sentence(said, graph.record(record)), known, atol=0.02)


def test_another_encoder_is_refused(trained: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    other = build_toy_encoder(tmp_path / "other", hidden=16)
    with pytest.raises(WeightsError, match="trained on the encoder"):
        load_support(trained[0] / "out", str(other), cache=tmp_path / "cache")


def test_nothing_to_train_on_is_said(encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="unsupported phrase"):
        train_claims(
            [write(tmp_path / "texts.jsonl", [line(0, "red")])],
            write(tmp_path / "records.jsonl", []),
            tmp_path / "out",
            encoder=str(encoder),
            cache=tmp_path / "cache",
            bounds=Bounds(0.1, 0.9),
            options=ClaimOptions(lower=1),
        )
