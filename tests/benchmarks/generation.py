"""How fast the text backends are on this machine, with the prompts of real replies.

Prints for each backend: the time to the first token and to the 40th, the share of the memory-bandwidth ceiling that
writing reaches, three texts in one batch against one, and eight readers at once. Run it on a quiet machine:
``python tests/benchmarks/generation.py [--backends transformers,llama] [--texts 20]``

First come recommendations as the shop shows them: planned, chosen by the model among sentences that the record bears
out, checked, with what that takes. Then decoding itself: every text is written freely, without stop strings up to 40
tokens. One that ends by itself before that is scaled: the time to its first token, and 39 times what each further
token took.

The ceiling: to make one token, every weight is read once from memory, except the table of input embeddings where the
output has a table of its own. The bandwidth is that of copying 512 MB from one place to another, best of seven, bytes
read plus bytes written, with as many threads as the backend computes with. Ceiling = bandwidth / bytes of weights.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from assistant.weights import share_processor

share_processor()

from assistant.assembly import Parts  # noqa: E402
from assistant.errors import AssistantError  # noqa: E402 (what imports torch comes after its threads are told)
from assistant.evaluation.machine import describe  # noqa: E402
from assistant.generation import BlurbWriter, Generator, PromptBook, load_generator  # noqa: E402
from assistant.generation.adapter import choose_adapter  # noqa: E402
from assistant.generation.generator import stream_many  # noqa: E402
from assistant.generation.writer import card_for  # noqa: E402
from assistant.labelled.blurbs import Wish, read_wishes  # noqa: E402
from assistant.lexicon import Lexicon  # noqa: E402
from assistant.settings import Settings  # noqa: E402

TOKENS = 40
READERS = 8
# The prompts that let an untrained model write freely.
FREE = {"blurb.en": "1", "blurb.zh": "1"}
HERE = Path(__file__).resolve().parent


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Timed:
    """One text: seconds to the first token and to the last, and how many there were."""

    first: float
    whole: float
    tokens: int

    @property
    def each(self) -> float:
        """Seconds for a token after the first."""
        return (self.whole - self.first) / max(self.tokens - 1, 1)

    @property
    def forty(self) -> float:
        """Seconds to the 40th token."""
        return self.whole if self.tokens >= TOKENS else self.first + self.each * (TOKENS - 1)


def timed(generator: Generator, prompt: str) -> Timed:
    began = time.perf_counter()
    stream = generator.stream(prompt, max_tokens=TOKENS)
    for _ in stream:
        pass
    whole = time.perf_counter() - began
    first = (stream.first_token_at or began) - began
    return Timed(first, whole, stream.tokens)


def timed_together(generator: Generator, prompts: Sequence[str]) -> tuple[float, list[int]]:
    began = time.perf_counter()
    streams = stream_many(generator, prompts, max_tokens=TOKENS)
    for stream in streams:
        for _ in stream:
            pass
    return time.perf_counter() - began, [s.tokens for s in streams]


def copy_bandwidth(threads: int) -> float:
    """Bytes a second, read plus written."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    source = torch.ones(128 * 2**20, dtype=torch.float32)
    target = torch.zeros_like(source)
    times = []
    for _ in range(7):
        began = time.perf_counter()
        target.copy_(source)
        times.append(time.perf_counter() - began)
    torch.set_num_threads(before)
    return 2 * source.numel() * 4 / min(times)


def read_bandwidth(threads: int) -> float:
    """Bytes a second, read only: the sum of 512 MB. Writing tokens only reads, so this is what bounds it in truth."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    source = torch.ones(128 * 2**20, dtype=torch.float32)
    times = []
    for _ in range(7):
        began = time.perf_counter()
        source.sum()
        times.append(time.perf_counter() - began)
    torch.set_num_threads(before)
    return source.numel() * 4 / min(times)


def weights_of(generator: Any) -> tuple[int, int]:
    """Bytes that are read for one token, and the threads that read them."""
    model = generator._model
    if hasattr(model, "model_path"):
        from gguf import GGUFReader

        sizes = {str(t.name): int(t.n_bytes) for t in GGUFReader(model.model_path).tensors}
        if "output.weight" in sizes:
            sizes.pop("token_embd.weight")
        return sum(sizes.values()), int(model.n_threads)
    import torch

    # On a processor the weights of layers are reordered (``assistant.generation.quick``) and kept as buffers.
    table, head = model.get_input_embeddings().weight, getattr(model.get_output_embeddings(), "weight", None)
    counted = [p for p in (*model.parameters(), *model.buffers()) if p is not table or p is head]
    return sum(p.numel() * p.element_size() for p in counted), torch.get_num_threads()


def tokens_read(generator: Any, prompt: str) -> tuple[int, int] | None:
    """In llama.cpp: the tokens of a prompt, and how many of them are computed for its first token."""
    model = generator._model
    if not hasattr(model, "eval_tokens"):
        return None
    real, read = model.eval, []
    model.eval = lambda tokens: (read.append(len(tokens)), real(tokens))[1]
    try:
        list(generator.stream(prompt, max_tokens=1))
    finally:
        del model.eval
    return len(generator._tokens(prompt)), sum(read)


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def crowd(read: Callable[[T], Timed], prompts: Sequence[T]) -> list[Timed]:
    """One reader for each, all beginning together."""
    ready = threading.Barrier(len(prompts))
    made: list[Timed] = []

    def reader(prompt: T) -> None:
        ready.wait()
        made.append(read(prompt))

    threads = [threading.Thread(target=reader, args=(p,)) for p in prompts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return made


def wishes_of(count: int) -> list[Wish]:
    """Held-out wishes, both languages in turn."""
    wishes = read_wishes(HERE / "blurbs.heldout.jsonl").lines
    by_language = [[w for w in wishes if w.language == language][: count // 2 + 1] for language in ("en", "zh")]
    return [w for pair in zip(*by_language, strict=False) for w in pair][:count]


def writer_of(generator: Generator, settings: Settings, *, free: bool) -> BlurbWriter:
    """The shop's writer; ``free`` lets an untrained model write freely, which is what decoding is timed by."""
    adapter = choose_adapter(settings.generator_adapter, settings.generator)
    versions = adapter.versions if adapter is not None else FREE if free else None
    encoder = None if free else Parts(settings).encoder
    book = PromptBook.load(HERE.parent.parent / "prompts")
    writer = BlurbWriter(generator, book, Lexicon.load(), versions=versions, encoder=encoder)
    writer.warm()
    return writer


def prompts_of(generator: Generator, settings: Settings, count: int) -> list[str]:
    """Prompts for free writing; their beginnings are prepared, as a server does."""
    writer = writer_of(generator, settings, free=True)
    made = []
    for wish in wishes_of(count):
        prompt = writer.prompt(wish.language)
        values = writer.prompt_values(card_for(wish.product, wish.language), wish.request, wish.language)
        made.append(prompt.render(values) + prompt.render_lead(values))
    return made


def recommended(writer: BlurbWriter, wish: Wish) -> Timed:
    """A recommendation as the shop writes and checks it."""
    began = time.perf_counter()
    with writer.begin(card_for(wish.product, wish.language), wish.request, wish.language) as run:
        for _ in run:
            pass
    whole = time.perf_counter() - began
    first = whole if run.first_token_ms is None else run.first_token_ms / 1000
    return Timed(first, whole, run.tokens)


def measure_recommendations(generator: Generator, settings: Settings, texts: int) -> float:
    """The shop's own texts: planned, chosen, checked. Gives the tokens a second, with all that a text takes."""
    writer = writer_of(generator, settings, free=False)
    wishes = wishes_of(max(texts, READERS + 1))
    recommended(writer, wishes[0])
    alone = [recommended(writer, w) for w in wishes[:texts]]
    scaled = statistics.median(1000 * t.whole * TOKENS / t.tokens for t in alone if t.tokens)
    times = [1000 * t.whole for t in alone]
    say(
        f"recommendation first token p50 {1000 * statistics.median(t.first for t in alone):.0f} ms; whole p50 "
        f"{statistics.median(times):.0f} ms, p95 {p95(times):.0f} ms, "
        f"{statistics.median(t.tokens for t in alone):.0f} tokens; {scaled:.0f} ms for each {TOKENS} tokens"
    )
    ratios = []
    for at in range(0, texts - 2, 3):
        one = [recommended(writer, w).whole for w in wishes[at : at + 3]]
        began = time.perf_counter()
        crowd(lambda w: recommended(writer, w), wishes[at : at + 3])
        ratios.append((time.perf_counter() - began) / statistics.mean(one))
    crowds = [t for _ in range(3) for t in crowd(lambda w: recommended(writer, w), wishes[:READERS])]
    whole = [1000 * t.whole for t in crowds]
    say(
        f"               three at once {statistics.median(ratios):.2f} x the time of one; {READERS} at once: whole p50 "
        f"{statistics.median(whole):.0f} ms, p95 {p95(whole):.0f} ms, {len(crowds)} of {3 * READERS} came to their end"
    )
    return 1000 * TOKENS / scaled


def measure(name: str, settings: Settings, texts: int) -> None:
    began = time.perf_counter()
    generator = load_generator(
        name,
        cache=settings.cache,
        device=settings.device,
        dtype=settings.dtype,
        offline=True,
        adapter=choose_adapter(settings.generator_adapter, name),
        at_once=settings.generator_at_once,
    )
    say(f"\n{name}: loaded in {time.perf_counter() - began:.1f} s")
    guided = measure_recommendations(generator, settings, texts)
    prompts = prompts_of(generator, settings, max(texts, READERS + 1))
    timed(generator, prompts[0])

    alone = [timed(generator, p) for p in prompts[:texts]]
    ended = sum(t.tokens < TOKENS for t in alone)
    say(f"first token    p50 {1000 * statistics.median(t.first for t in alone):6.0f} ms, of {len(alone)} texts")
    say(f"{TOKENS} tokens      p50 {1000 * statistics.median(t.forty for t in alone):6.0f} ms ({ended} texts scaled)")

    size, threads = weights_of(generator)
    bandwidth = copy_bandwidth(threads)
    rate = 1 / statistics.median(t.each for t in alone)
    say(
        f"decode         {rate:.1f} tokens/s of {bandwidth / size:.1f} = {100 * rate * size / bandwidth:.0f} % of the "
        f"ceiling ({size / 1e6:.0f} MB a token, copy {bandwidth / 1e9:.1f} GB/s, {threads} threads; "
        f"only reading: {read_bandwidth(threads) / 1e9:.1f} GB/s)"
    )
    say(f"recommendation {guided:.0f} tokens/s from its request to its end = {100 * guided * size / bandwidth:.0f} %")
    read = tokens_read(generator, prompts[1])
    if read is not None:
        say(f"prompt         {read[1]} of {read[0]} tokens are computed after another prompt of the other language")

    ratios = []
    for at in range(0, texts - 2, 3):
        one = timed(generator, prompts[at])
        three, counts = timed_together(generator, prompts[at : at + 3])
        if one.tokens == TOKENS and counts == [TOKENS] * 3:
            ratios.append(three / one.whole)
    if ratios:
        say(f"three at once  {statistics.median(ratios):.2f} x the time of one, p50 of {len(ratios)} threes")

    crowds = [t for _ in range(3) for t in crowd(lambda p: timed(generator, p), prompts[:READERS])]
    first, whole = [1000 * t.first for t in crowds], [1000 * t.whole for t in crowds]
    say(
        f"{READERS} at once      first token p50 {statistics.median(first):.0f} ms, p95 {p95(first):.0f} ms; "
        f"whole text p50 {statistics.median(whole):.0f} ms, p95 {p95(whole):.0f} ms; "
        f"{len(crowds)} of {3 * READERS} came to their end"
    )


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--backends", default="transformers,llama")
    options.add_argument("--texts", type=int, default=21)
    given = options.parse_args()
    settings = Settings()
    machine = describe()
    packages = ", ".join(f"{name} {machine['packages'].get(name)}" for name in ("torch", "transformers"))
    say(
        f"{machine['cpu']}, {machine['cores']} cores, {packages}, commit {machine['commit']}; "
        f"others keep {os.getloadavg()[0]:.1f} processors busy"
    )
    for backend in given.backends.split(","):
        name = settings.generator if backend == "transformers" else f"{backend}:{settings.generator}"
        try:
            measure(name, settings, given.texts)
        except AssistantError as error:
            say(f"{name}: {error}")


if __name__ == "__main__":
    main()
