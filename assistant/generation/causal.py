"""The default backend: a causal language model in transformers, placed by accelerate.

Knows how the model is loaded, streamed and stopped, and keeps the attention cache of prompt beginnings that come again.
Does not know what is written about. Reads no settings.
"""

from __future__ import annotations

import copy
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import GenerationError
from assistant.generation.adapter import TextAdapter, merged
from assistant.generation.generator import TextStream, bears_markup, cut_at, never, number_tokens
from assistant.weights import Progress, device_and_dtype, resolve

if TYPE_CHECKING:
    import torch
    from transformers import DynamicCache, PreTrainedModel, PreTrainedTokenizerBase

_PREFIXES_KEPT = 4


class TransformersGenerator:
    """A causal model of transformers, placed by accelerate. One generation at a time; others wait for their turn."""

    def __init__(self, name: str, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
        self._name = name
        self._model = model
        self._tokenizer = tokenizer
        self._lock = threading.Lock()
        self._prefixes: OrderedDict[str, tuple[list[int], DynamicCache]] = OrderedDict()
        self._ban = self._number_mask()

    @property
    def name(self) -> str:
        """The model's name, as a person set it."""
        return self._name

    def prepare(self, prefix: str) -> None:
        """Compute the attention cache of a shared beginning once; a few of them are kept."""
        if not prefix:
            return
        with self._lock:
            self._prepared(prefix)

    def stream(
        self,
        prompt: str,
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        seed: int | None = None,
        temperature: float = 0.0,
        ban_digits: bool = True,
        cancelled: Callable[[], bool] = never,
    ) -> TextStream:
        """Write on from ``prompt``; see :class:`Generator`.

        Raises:
            GenerationError: while the stream is read, where the model fails.
        """
        holder: list[TextStream] = []

        def pieces() -> Iterator[str]:
            with self._lock:
                yield from self._run(
                    prompt,
                    holder[0],
                    max_tokens=max_tokens,
                    stop=stop,
                    seed=seed,
                    temperature=temperature,
                    ban_digits=ban_digits,
                    cancelled=cancelled,
                )

        stream = TextStream(pieces())
        holder.append(stream)
        return stream

    # -- one generation -----------------------------------------------------------------------------------------------

    def _run(
        self,
        prompt: str,
        stream: TextStream,
        *,
        max_tokens: int,
        stop: Sequence[str],
        seed: int | None,
        temperature: float,
        ban_digits: bool,
        cancelled: Callable[[], bool],
    ) -> Iterator[str]:
        import torch
        from transformers import LogitsProcessorList, StoppingCriteriaList

        out: queue.Queue[str | BaseException | None] = queue.Queue()
        given_up = threading.Event()
        ids, cache = self._tokens(prompt)
        inputs = torch.tensor([ids], device=self._model.device)
        arguments: dict[str, Any] = {
            "input_ids": inputs,
            "attention_mask": torch.ones_like(inputs),
            "max_new_tokens": max_tokens,
            "do_sample": temperature > 0,
            "stopping_criteria": StoppingCriteriaList([_StopWhen(lambda: given_up.is_set() or cancelled())]),
            "streamer": _Pieces(self._tokenizer, stream, out),
        }
        if cache is not None:
            arguments["past_key_values"] = cache
        if temperature > 0:
            arguments["temperature"] = temperature
        if ban_digits:
            arguments["logits_processor"] = LogitsProcessorList([_Ban(self._ban)])

        model: Any = self._model

        def work() -> None:
            try:
                with torch.inference_mode(), torch.random.fork_rng(enabled=seed is not None):
                    if seed is not None:
                        torch.manual_seed(seed)
                    model.generate(**arguments)
            except BaseException as error:
                # Whatever it was, the reader must hear of it: a thread that dies silently leaves the reader waiting.
                out.put(error)
            finally:
                out.put(None)

        worker = threading.Thread(target=work, name="generate", daemon=True)
        worker.start()
        try:
            yield from cut_at(_drain(out, self._name), stop)
        finally:
            given_up.set()
            worker.join()

    def _tokens(self, prompt: str) -> tuple[list[int], DynamicCache | None]:
        """The token ids of a prompt and, where its beginning is prepared, a cache of that beginning to write on."""
        known = max((p for p in self._prefixes if prompt.startswith(p)), key=len, default=None)
        if known is None:
            return self._encode(prompt, first=True), None
        ids, cache = self._prepared(known)
        rest = self._encode(prompt[len(known) :], first=False)
        if not rest:
            return ids, None
        # Generation writes into the cache, so each one works on its own copy.
        return ids + rest, copy.deepcopy(cache)

    def _prepared(self, prefix: str) -> tuple[list[int], DynamicCache]:
        import torch
        from transformers import DynamicCache

        if prefix in self._prefixes:
            self._prefixes.move_to_end(prefix)
            return self._prefixes[prefix]
        ids = self._encode(prefix, first=True)
        cache = DynamicCache(config=self._model.config)
        with torch.inference_mode():
            inputs = torch.tensor([ids], device=self._model.device)
            self._model.forward(input_ids=inputs, past_key_values=cache, use_cache=True, logits_to_keep=1)
        self._prefixes[prefix] = (ids, cache)
        while len(self._prefixes) > _PREFIXES_KEPT:
            self._prefixes.popitem(last=False)
        return ids, cache

    def _encode(self, text: str, *, first: bool) -> list[int]:
        # Lone surrogates cannot be encoded in UTF-8 and would stop the tokenizer.
        clean = text.encode("utf-8", "replace").decode("utf-8")
        ids: list[int] = self._tokenizer(clean, add_special_tokens=False)["input_ids"]
        bos = self._tokenizer.bos_token_id
        return [bos, *ids] if first and bos is not None else ids

    def _number_mask(self) -> torch.Tensor:
        """Of shape (vocabulary,): true for the tokens that must not be written where digits are banned."""
        import torch

        mask = torch.zeros(self._model.config.get_text_config().vocab_size, dtype=torch.bool)
        vocabulary = self._tokenizer.get_vocab()
        banned = number_tokens(vocabulary) + [i for piece, i in vocabulary.items() if bears_markup(piece)]
        banned = [i for i in banned if i < len(mask)]
        mask[torch.tensor(banned, dtype=torch.long)] = True
        stops = self._model.generation_config.eos_token_id
        for stop in stops if isinstance(stops, list) else [stops]:
            if stop is not None:
                mask[stop] = False
        return mask.to(self._model.device)


class _Pieces:
    """What transformers calls with each new token; hands on text as soon as it cannot change any more."""

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        stream: TextStream,
        out: queue.Queue[str | BaseException | None],
    ) -> None:
        self._tokenizer = tokenizer
        self._stream = stream
        self._out = out
        self._ids: list[int] = []
        self._shown = 0
        self._prompt_seen = False

    def put(self, value: torch.Tensor) -> None:
        """Take the prompt's ids first, then the id of each new token."""
        if not self._prompt_seen:
            self._prompt_seen = True
            return
        self._stream.count()
        self._ids.append(int(value.flatten()[0]))
        text = self._text()
        # A character whose bytes are still arriving decodes to the replacement character.
        if len(text) > self._shown and not text.endswith("\ufffd"):
            self._out.put(text[self._shown :])
            self._shown = len(text)

    def end(self) -> None:
        """Hand on what is left."""
        text = self._text()
        if len(text) > self._shown:
            self._out.put(text[self._shown :])
            self._shown = len(text)

    def _text(self) -> str:
        return str(self._tokenizer.decode(self._ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))


class _Ban:
    """Sets the scores of some tokens to minus infinity, in place: the vocabulary is too large to copy at each step."""

    def __init__(self, mask: torch.Tensor) -> None:
        self._mask = mask

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        return scores.masked_fill_(self._mask, float("-inf"))


class _StopWhen:
    """Stops every sequence once a condition holds."""

    def __init__(self, condition: Callable[[], bool]) -> None:
        self._condition = condition

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        import torch

        return torch.full((input_ids.shape[0],), self._condition(), dtype=torch.bool, device=input_ids.device)


def _drain(out: queue.Queue[str | BaseException | None], name: str) -> Iterator[str]:
    while (item := out.get()) is not None:
        if isinstance(item, BaseException):
            raise GenerationError(f"the generator '{name}' failed: {item}") from item
        yield item


def load_transformers(
    name: str,
    *,
    cache: Path,
    device: str = "auto",
    dtype: str = "auto",
    offline: bool = False,
    adapter: TextAdapter | None = None,
    progress: Progress | None = None,
) -> TransformersGenerator:
    """Load a causal model with transformers; accelerate puts it on the device. Raises as :func:`load_generator`."""
    folder = resolve(name, cache=cache, offline=offline, progress=progress)
    if adapter is not None:
        folder = merged(folder, adapter, name=name, cache=cache, progress=progress)
    chosen, number_format = device_and_dtype(device, dtype)
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    quiet: Callable[[], None] = transformers_logging.disable_progress_bar
    # Progress is reported to the caller; a second bar would run through it.
    quiet()

    # With several GPUs and no device named, accelerate spreads the layers; a named device gets all of them.
    placement: Any = "auto" if device == "auto" and chosen.type == "cuda" else {"": chosen}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=number_format, device_map=placement, local_files_only=True
        )
    except (OSError, ValueError, KeyError) as error:
        raise GenerationError(
            f"'{name}' does not load as a text generator from {folder}: {error}; "
            f"run `assistant weights pull {name} --force` or name another generator"
        ) from error
    model.train(False)
    return TransformersGenerator(name, model, tokenizer)
