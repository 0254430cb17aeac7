"""What the intent classifier costs and gives in every form it could run in; prints a table in Markdown.

    python tests/benchmarks/understanding_variants.py

Accuracy is that of the validation lines: the forms are chosen by it, so the test lines stay out of it. Milliseconds are
of single messages, the median of three rounds; the rounds of all forms take turns, so that a busy machine is busy for
all. Pruned forms lack their last layers and were not trained again.
"""

from __future__ import annotations

import copy
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from assistant.assembly import Parts
from assistant.labelled.utterances import read_utterances
from assistant.settings import Settings
from assistant.understanding.artifact import load_extras, load_network, read_card, tokens
from assistant.understanding.compiled import CompiledNetwork, compile_network
from assistant.understanding.intent import SHIPPED, EncoderIntentClassifier, Pooler, TorchNetwork
from assistant.weights import resolve

ROUNDS, SINGLE = 3, 120
DATA = SHIPPED.parent / "data" / "validation.jsonl"


def main() -> None:
    """Measure every form and print the table."""
    settings = Settings()
    lines = read_utterances((DATA,)).lines
    texts, truth = [u.text for u in lines], [u.label for u in lines]
    card = read_card(SHIPPED)
    folder = resolve(settings.encoder, cache=settings.cache, offline=settings.offline)
    network, tokenizer = load_network(SHIPPED, card, folder, settings.encoder)
    views, outside = load_extras(SHIPPED, card)
    parts = Parts(settings)
    pad_id = int(tokenizer.pad_token_id or 0)
    ids = tokens(tokenizer, texts, prefix=card.prefix, max_tokens=card.max_tokens)

    def classifier(pooler: Pooler) -> EncoderIntentClassifier:
        return EncoderIntentClassifier(card, pooler, tokenizer, views=views, outside=outside, encoder=parts.encoder)

    forms: dict[str, Pooler] = {
        name: TorchNetwork(copy.deepcopy(network), pad_id=pad_id, device=torch.device("cpu"), dtype=dtype)
        for name, dtype in (("torch, float32", torch.float32), ("torch, bfloat16", torch.bfloat16))
    }
    with tempfile.TemporaryDirectory() as scratch:
        for name, layers, whole in (
            ("ONNX Runtime, float32", 12, False),
            ("ONNX Runtime, int8 (used)", 12, True),
            ("ONNX Runtime, int8, 10 of 12 layers", 10, True),
            ("ONNX Runtime, int8, 8 of 12 layers", 8, True),
        ):
            cut = copy.deepcopy(network)
            cut.backbone.encoder.layer = cut.backbone.encoder.layer[:layers]  # type: ignore[union-attr]
            into = Path(scratch) / name.replace(" ", "_").replace(",", "")
            into.mkdir()
            compile_network(into, cut, whole_numbers=whole)
            forms[name] = CompiledNetwork(into, pad_id=pad_id)
        step = max(1, len(ids) // SINGLE)
        alone, batch = {}, {}
        for _ in range(ROUNDS):
            for name, form in forms.items():
                alone.setdefault(name, []).append(_milliseconds(form, ids[::step]))
                batch.setdefault(name, []).append(len(ids) / _seconds(lambda form=form: _pool(form, ids)))
        print("| form | accuracy | with views | ms a message | messages/s |")
        print("|---|---|---|---|---|")
        for name, form in forms.items():
            weight, bias = form.head
            bare = [card.labels[i] for i in (_pool(form, ids) @ weight.T + bias).argmax(axis=1)]
            full = [p.intent for p in classifier(form).predict(texts)]
            print(
                f"| {name} | {_share(bare, truth):.4f} | {_share(full, truth):.4f} | "
                f"{statistics.median(alone[name]):.1f} | {statistics.median(batch[name]):.0f} |"
            )
    if views is not None and len(views.words):
        only = [card.labels[i] for i in views.word_scores(texts).argmax(axis=1)]
        print(
            f"| words and letters alone | {_share(only, truth):.4f} | | {_each(views.word_scores, texts, step):.1f} | |"
        )
    if views is not None and views.needs_vectors:
        vectors = parts.encoder.encode(texts, kind="query")
        only = [card.labels[i] for i in views.vector_scores(vectors).argmax(axis=1)]
        print(f"| the vector that retrieval uses, alone | {_share(only, truth):.4f} | | 0 beyond retrieval's | |")
    reader = parts.reader
    reader.understand(texts[:2])
    taken = []
    for text in texts[::step]:
        began = time.perf_counter()
        reader.understand([text])
        taken.append((time.perf_counter() - began) * 1000)
    rate = len(texts) / _seconds(lambda: reader.understand(texts))
    print(f"| **intent and constraints, as shipped** | | | **{statistics.median(taken):.1f}** | **{rate:.0f}** |")


def _pool(form: Pooler, ids: Sequence[Sequence[int]]) -> np.ndarray:
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    out = None
    for start in range(0, len(order), 32):
        rows = order[start : start + 32]
        found = form.pool([ids[i] for i in rows])
        out = np.zeros((len(ids), found.shape[1]), dtype=np.float32) if out is None else out
        out[rows] = found
    assert out is not None
    return out


def _milliseconds(form: Pooler, ids: Sequence[Sequence[int]]) -> float:
    form.pool([ids[0]])
    return statistics.median(_seconds(lambda row=row: form.pool([row])) * 1000 for row in ids)


def _each(ask: Callable[[Sequence[str]], object], texts: Sequence[str], step: int) -> float:
    return statistics.median(_seconds(lambda text=text: ask([text])) * 1000 for text in texts[::step])


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _share(found: Sequence[str], truth: Sequence[str]) -> float:
    return sum(a == b for a, b in zip(found, truth, strict=True)) / len(truth)


if __name__ == "__main__":
    main()
