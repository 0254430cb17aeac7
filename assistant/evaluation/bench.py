"""Latency and throughput of this machine: start-up, every stage of a turn in both languages, generation, embedding.

Drives the same parts as the commands do, over the default catalogue. Knows how to time them and how to show the
figures; judges no answer. Peers are measured in the same run, in turns with ours, so that a busy machine is busy for
both.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from itertools import islice
from typing import Any

import numpy as np

from assistant.assembly import Parts
from assistant.dialogue import DialogueState
from assistant.errors import ConfigurationError
from assistant.evaluation.machine import describe, peak_memory_mb
from assistant.generation import Generator
from assistant.pipeline import Assistant
from assistant.retrieval.text import document
from assistant.settings import Settings
from assistant.turns import Done, Shown
from assistant.types import ReplyLanguage
from assistant.weights import resolve

STAGES = ("understand", "retrieve", "rank", "cards", "first_token", "first_text", "total")
LANGUAGES: tuple[ReplyLanguage, ...] = ("en", "zh")
# A running shop has answered before; vectors of single messages are remembered, so this one must not come again.
_FIRST = {"en": "a kettle that boils quickly", "zh": "想买个烧水快的电热水壶"}
# Enough documents for a steady rate, few enough for a laptop; embedded in this many rounds, ours and the peer in turns.
_DOCUMENTS = 240
_ROUNDS = 4
_TEXTS = 128
_GENERATED = 48
_PROMPTS = 6
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of one answered message; ``stages`` holds only what ran in that turn."""

    language: str
    action: str
    stages: Mapping[str, float] = field(default_factory=dict)


def conversations(language: str) -> list[list[str]]:
    """The shipped conversations of a language: each a list of messages in order."""
    text = files("assistant.evaluation").joinpath("bench_messages.jsonl").read_text(encoding="utf-8")
    return [row["turns"] for line in text.splitlines() if (row := json.loads(line))["language"] == language]


def run_bench(settings: Settings, *, messages: int, report: Report) -> dict[str, Any]:
    """Measure and show; returns every figure, ready for JSON.

    Args:
        settings: which models, device and catalogue.
        messages: how many messages are timed, half English and half Chinese; the shipped conversations repeat when
            more are asked for than they hold.
        report: receives lines for a person.

    Raises:
        ConfigurationError: fewer than two messages are asked for.
        AssistantError: a part cannot be loaded.
    """
    if messages < 2:
        raise ConfigurationError(f"a bench needs at least 2 messages, one a language; got {messages}")
    figures: dict[str, Any] = {"machine": describe()}
    _show_machine(figures["machine"], report)
    parts, figures["start_s"] = _start(settings, report)
    assistant = parts.assistant
    report(f"answering {messages} messages")
    shares = {"en": messages - messages // 2, "zh": messages // 2}
    timed = [t for language in LANGUAGES for t in _answer(assistant, language, shares[language])]
    figures["messages"] = len(timed)
    figures["ms"] = {
        "all": _stages(timed),
        **{language: _stages([t for t in timed if t.language == language]) for language in LANGUAGES},
        "with_generation": _stages([t for t in timed if "first_token" in t.stages]),
    }
    _show_stages(figures["ms"], report)
    figures["generation"] = _generation(parts.generator, _prompts(parts))
    texts = [message for language in LANGUAGES for turns in conversations(language) for message in turns]
    figures["understanding"] = _understanding(parts, (texts * (_TEXTS // len(texts) + 1))[:_TEXTS])
    # Before the peers, which are no part of the product.
    figures["peak_memory_mb"] = peak_memory_mb()
    figures["embedding"] = _embedding(parts, settings)
    _show_rates(figures, report)
    return figures


def _start(settings: Settings, report: Report) -> tuple[Parts, dict[str, float]]:
    """The parts, each timed while it is made. Weights that were never converted are converted first, untimed."""
    for name in (settings.encoder, settings.generator):
        resolve(name, cache=settings.cache, offline=settings.offline)
    seconds: dict[str, float] = {}
    began = time.perf_counter()
    _import_libraries()
    seconds["libraries"] = time.perf_counter() - began
    parts = Parts(settings)
    for step in ("encoder", "engine", "classifier", "generator", "assistant"):
        at = time.perf_counter()
        getattr(parts, step)
        seconds["index" if step == "engine" else "rest" if step == "assistant" else step] = time.perf_counter() - at
    seconds["total"] = time.perf_counter() - began
    rounded = {name: round(value, 2) for name, value in seconds.items()}
    report("start: " + ", ".join(f"{name} {value:.1f} s" for name, value in rounded.items()))
    return parts, rounded


def _import_libraries() -> None:
    import chromadb  # noqa: F401
    import sentence_transformers  # noqa: F401
    import torch  # noqa: F401
    import transformers  # noqa: F401


def _answer(assistant: Assistant, language: str, count: int) -> Iterator[Timed]:
    """Times ``count`` messages of the shipped conversations, after one untimed message that is none of them."""
    talks = conversations(language)
    assistant.reply(DialogueState(), _FIRST[language])
    return islice(_endless(assistant, talks, language), count)


def _endless(assistant: Assistant, talks: Sequence[Sequence[str]], language: str) -> Iterator[Timed]:
    while True:
        for turns in talks:
            state = DialogueState()
            for message in turns:
                timed, state = time_message(assistant, state, message)
                yield replace(timed, language=language)


def time_message(assistant: Assistant, state: DialogueState, message: str) -> tuple[Timed, DialogueState]:
    """One message, timed as a shopper would: ``cards`` is until the cards are there, ``total`` until the end."""
    began = time.perf_counter()
    stages: dict[str, float] = {}
    for event in assistant.stream(state, message):
        if isinstance(event, Shown) and event.cards:
            stages["cards"] = (time.perf_counter() - began) * 1000
        elif isinstance(event, Done):
            stages |= {name: ms for name, ms in event.turn.ms.to_dict().items() if ms is not None}
            return Timed(event.turn.understanding.language, event.turn.action, stages), event.state
    raise AssertionError("a stream always ends with Done")


def _stages(timed: Sequence[Timed]) -> dict[str, dict[str, float]]:
    """``stage -> {n, p50, p95}`` over the turns in which the stage ran."""
    out: dict[str, dict[str, float]] = {}
    for stage in STAGES:
        if values := [t.stages[stage] for t in timed if stage in t.stages]:
            low, high = np.percentile(values, [50, 95])
            out[stage] = {"n": len(values), "p50": round(float(low), 1), "p95": round(float(high), 1)}
    return out


def _prompts(parts: Parts) -> list[str]:
    """Real prompts, half English and half Chinese, as the recommendation writer fills them."""
    from assistant.ranking import card_of

    writer, out = parts.blurbs, []
    step = max(len(parts.engine.products) // _PROMPTS, 1)
    for n, product in enumerate(parts.engine.products[::step][:_PROMPTS]):
        language = LANGUAGES[n % 2]
        card = card_of(product, language)
        values = writer.prompt_values(card, product.title_in(language), language)
        out.append(writer.prompt(language).render(values))
    return out


def _generation(generator: Generator, prompts: Sequence[str]) -> dict[str, float]:
    """Tokens a second once the first token is there, and the wait for that first token."""
    tokens, seconds, waits = 0, 0.0, []
    for text in prompts:
        began = time.perf_counter()
        stream = generator.stream(text, max_tokens=_GENERATED)
        for _ in stream:
            pass
        ended = time.perf_counter()
        if stream.first_token_at is not None and stream.tokens > 1:
            tokens += stream.tokens - 1
            seconds += ended - stream.first_token_at
            waits.append((stream.first_token_at - began) * 1000)
    return {
        "tokens_per_s": round(tokens / seconds, 1) if seconds else 0.0,
        "first_token_ms_p50": round(float(np.median(waits)), 1) if waits else 0.0,
        "tokens": tokens,
    }


def _understanding(parts: Parts, texts: Sequence[str]) -> dict[str, float]:
    parts.reader.understand(texts[:8])
    began = time.perf_counter()
    parts.reader.understand(texts)
    return {"texts_per_s": round(len(texts) / (time.perf_counter() - began), 1), "texts": len(texts)}


def _embedding(parts: Parts, settings: Settings) -> dict[str, float]:
    """Documents a second of our encoder and of a plain float32 sentence-transformers model of the same weights."""
    from sentence_transformers import SentenceTransformer

    from assistant.encoder import quiet_loading

    documents = [document(p) for p in parts.engine.products][:_DOCUMENTS]
    folder = resolve(settings.encoder, cache=settings.cache, offline=settings.offline)
    with quiet_loading():
        peer = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    prefix = (peer.prompts or {}).get("passage") or (peer.prompts or {}).get("document") or ""

    def ours(batch: Sequence[str]) -> None:
        parts.encoder.encode(batch, kind="passage")

    def plain(batch: Sequence[str]) -> None:
        peer.encode([prefix + text for text in batch], batch_size=32, normalize_embeddings=True)

    ours(documents[:8])
    plain(documents[:8])
    seconds = {ours: 0.0, plain: 0.0}
    for n in range(_ROUNDS):
        batch = documents[n::_ROUNDS]
        for encode in (ours, plain):
            began = time.perf_counter()
            encode(batch)
            seconds[encode] += time.perf_counter() - began
    return {
        "documents": len(documents),
        "docs_per_s": round(len(documents) / seconds[ours], 1),
        "docs_per_s_plain_float32": round(len(documents) / seconds[plain], 1),
    }


# -- for people -------------------------------------------------------------------------------------------------------


def _show_machine(machine: Mapping[str, Any], report: Report) -> None:
    report(
        f"{machine['cpu']}, {machine['cores']} cores ({machine['torch_threads']} torch threads), "
        f"{machine['memory_mb']} MB, load {machine['load_before']}, {machine['system']}, Python {machine['python']}"
    )
    report(", ".join(f"{name} {version}" for name, version in machine["packages"].items()))
    report(f"commit {machine['commit'] or 'unknown'}")


def _show_stages(groups: Mapping[str, Mapping[str, Mapping[str, float]]], report: Report) -> None:
    titles = [f"{group} p50 / p95" for group in groups]
    report("| ms | " + " | ".join(titles) + " |")
    report("|---|" + "---|" * len(titles))
    for stage in STAGES:
        cells = [
            f"{figures[stage]['p50']:.0f} / {figures[stage]['p95']:.0f}" if stage in figures else "–"
            for figures in groups.values()
        ]
        report(f"| {stage} | " + " | ".join(cells) + " |")


def _show_rates(figures: Mapping[str, Any], report: Report) -> None:
    rows = [
        ("tokens/s", figures["generation"]["tokens_per_s"]),
        ("texts/s understood in a batch", figures["understanding"]["texts_per_s"]),
        ("documents/s embedded", figures["embedding"]["docs_per_s"]),
        ("documents/s, plain sentence-transformers float32", figures["embedding"]["docs_per_s_plain_float32"]),
        ("peak memory, MB", figures["peak_memory_mb"]),
        ("start, s", figures["start_s"]["total"]),
    ]
    report("| figure | value |")
    report("|---|---|")
    for name, value in rows:
        report(f"| {name} | {value} |")
