"""The default backend: a causal language model in transformers, placed by accelerate.

Knows how the model is loaded, how the texts that are asked for at the same time are written in one batch, and keeps the
attention cache of prompt beginnings that come again. Does not know what is written about. Reads no settings.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.errors import GenerationError
from assistant.generation.adapter import TextAdapter, merged
from assistant.generation.batching import Forward, Memory
from assistant.generation.generator import AT_ONCE, TextStream, bears_markup, never, number_tokens
from assistant.generation.lookup import PromptLookup
from assistant.generation.queueing import Job, Line, Request, as_generation_error
from assistant.generation.sampling import LIKELIEST, draw
from assistant.generation.ways import Walk, Ways
from assistant.weights import Progress, device_and_dtype, resolve

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_PREFIXES_KEPT = 8


class TransformersGenerator:
    """A causal model of transformers, placed by accelerate.

    What is asked for at the same time is written in one batch: a step reads the weights once, whatever it computes, and
    nothing is padded. Between two steps finished texts leave the batch and those in the line join it; their prompts are
    read in the step in which the others write on.

    A prompt whose first tokens are those of a prepared beginning is read from there, on a copy of the beginning's keys
    and values, which are computed once.

    A text that is written freely is guessed ahead from its prompt, and several guesses are scored in one step; see
    :mod:`~assistant.generation.lookup`.

    In float16 and bfloat16 the last bit of a score depends on how many tokens are computed together, so a text written
    beside others may, rarely, choose the other of two words that are as good; ``at_once=1`` rules that out.
    """

    def __init__(
        self, name: str, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, at_once: int = AT_ONCE
    ) -> None:
        """Take the parts; ``at_once`` texts are written together at most."""
        self._name = name
        self._model = model
        self._tokenizer = tokenizer
        self._forward = Forward(model)
        # Models with layers of other kinds, such as recurrent ones, keep what they have read in ways of their own.
        self._at_once = at_once if self._forward.packs else 1
        self._line = Line(self._serve, at_once=1, name=name)
        self._encoding = threading.Lock()
        self._preparing = threading.RLock()
        self._prefixes: OrderedDict[str, Memory] = OrderedDict()
        stops = model.generation_config.eos_token_id if model.generation_config is not None else None
        self._ends = frozenset(stops if isinstance(stops, list) else [stops]) - {None}
        self._ban = self._number_mask()

    @property
    def name(self) -> str:
        """The model's name, as a person set it."""
        return self._name

    def prepare(self, prefix: str) -> None:
        """Compute the attention cache of a shared beginning once; a few of them are kept."""
        if not prefix or not self._forward.packs:
            return
        # Texts under way go on: reading a beginning changes nothing of theirs.
        with self._preparing:
            if prefix in self._prefixes:
                self._prefixes.move_to_end(prefix)
                return
            import torch

            ids = self._encode(prefix)
            if not ids:
                return
            memory = self._known(ids)
            with torch.inference_mode():
                self._forward.step([memory], [ids[len(memory.ids) :]])
            self._prefixes[prefix] = memory
            while len(self._prefixes) > _PREFIXES_KEPT:
                self._prefixes.popitem(last=False)

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
        owner: str | None = None,
        ways: Ways | None = None,
    ) -> TextStream:
        """Write on from ``prompt``; see :class:`Generator`.

        Raises:
            GenerationError: while the stream is read, where the model fails.
        """
        request = Request(prompt, max_tokens, tuple(stop), seed, temperature, ban_digits, cancelled, owner, ways)
        return Job(self._line, request).stream()

    # -- the worker ---------------------------------------------------------------------------------------------------

    def _serve(self, first: Job) -> None:
        """Write the first text and whatever is asked for meanwhile, until nothing is left."""
        import torch

        rows: list[_Row | _GuidedRow] = []
        newcomers = [first]
        try:
            with torch.inference_mode():
                while newcomers or rows:
                    newcomers += self._waiting(self._at_once - len(rows) - len(newcomers))
                    rows += [row for job in newcomers if (row := self._begun(job)) is not None]
                    newcomers = []
                    try:
                        self._step(rows)
                    except Exception as error:
                        # The rows are computed together, so they fail together; the line goes on with the next ones.
                        for row in rows:
                            row.job.fail(as_generation_error(error, self._name))
                        rows = []
                    newcomers = self._waiting(1) if not rows else []
        finally:
            for job in (*newcomers, *(row.job for row in rows)):
                job.finish()

    def _waiting(self, most: int) -> list[Job]:
        """Those who wait, as many as there is room for."""
        taken: list[Job] = []
        while len(taken) < most and (job := self._line.take()) is not None:
            taken.append(job)
        return taken

    def _begun(self, job: Job) -> _Row | _GuidedRow | None:
        """A newcomer's row, which has its prompt to read; ``None`` where there is nothing to write."""
        try:
            job.begin()
            if job.request.max_tokens < 1 or not job.wanted():
                job.finish()
                return None
            free = job.request.ways is None
            row = _Row(job, self._tokenizer) if free else _GuidedRow(job, self._walk(job.request))
            # What leaves no choice at the beginning is read with the prompt; where nothing does, there is none to read.
            begun = row.begin()
            if begun is None or not job.wanted():
                job.finish()
                return None
            ids = [*self._encode(job.request.prompt), *begun]
            row.memory = self._known(ids)
            row.run = ids[len(row.memory.ids) :]
            row.know(ids)
            return row
        except Exception as error:
            job.fail(as_generation_error(error, self._name))
            return None

    def _walk(self, request: Request) -> Walk:
        assert request.ways is not None
        return Walk(request.ways, self._pieces_of, partial(text_of, self._tokenizer), request.max_tokens)

    def _step(self, rows: list[_Row | _GuidedRow]) -> None:
        """Read what each row has to read, choose what comes next and hand it on; rows that end leave."""
        if not rows:
            return
        try:
            scores = self._read(rows)
        except Exception as error:
            newcomers = [row for row in rows if not row.under_way]
            if len(newcomers) in (0, len(rows)):
                raise
            # A step that fails changes nothing of what has been read; their prompts may be what it failed at.
            for row in newcomers:
                row.job.fail(as_generation_error(error, self._name))
            rows[:] = [row for row in rows if row.under_way]
            scores = self._read(rows)
        self._ban_numbers(scores, rows)
        # The first of the largest, as argmax finds it; on a processor it takes a quarter of a millisecond, not one.
        best: list[int] = scores.max(-1).indices.tolist()
        at = 0
        for row in rows:
            end = at + 1 + len(row.guessed)
            self._go_on(row, scores[at:end], best[at:end])
            at = end
        rows[:] = [row for row in rows if row.run]

    def _read(self, rows: Sequence[_Row | _GuidedRow]) -> torch.Tensor:
        """The scores after the run of each row and after each of its guesses."""
        runs = [[*row.run, *row.guessed] for row in rows]
        return self._forward.step([row.memory for row in rows], runs, [1 + len(row.guessed) for row in rows])

    def _go_on(self, row: _Row | _GuidedRow, scores: torch.Tensor, best: Sequence[int]) -> None:
        """Choose the next token of a row, and those after it as long as they are what was guessed."""
        guessed, right = row.guessed, 0
        while True:
            token = row.choose(scores[right], best[right])
            row.run, row.under_way = self._follow(row, token), True
            if not row.run or right == len(guessed) or token != guessed[right]:
                break
            right += 1
        row.memory.forget(len(guessed) - right)
        row.guessed = row.guess(len(guessed), right) if row.run and self._forward.packs else []

    def _follow(self, row: _Row | _GuidedRow, token: int | None) -> list[int]:
        """The tokens to be read after a choice: the chosen one and what it leaves no choice about; none at the end."""
        try:
            run = [] if token in self._ends or not row.job.wanted() else row.take(token)
            run = run if row.job.wanted() else []
        except Exception as error:
            row.job.fail(as_generation_error(error, self._name))
            return []
        if not run:
            row.finish()
        return run

    def _ban_numbers(self, scores: torch.Tensor, rows: Sequence[_Row | _GuidedRow]) -> None:
        """Make what must not be written impossible in rows that are written freely."""
        # In place: the vocabulary is too large to copy at each step, and nobody else looks at the scores.
        at = 0
        for row in rows:
            end = at + 1 + len(row.guessed)
            if isinstance(row, _Row) and row.job.request.ban_digits:
                scores[at:end].masked_fill_(self._ban, float("-inf"))
            at = end

    # -- prompts ------------------------------------------------------------------------------------------------------

    def _known(self, ids: Sequence[int]) -> Memory:
        """A memory of the first ids of a text, as many as a prepared beginning shares with it, but never all."""
        with self._preparing:
            shared = [(min(b.shared_with(ids), len(ids) - 1), b) for b in self._prefixes.values()]
            length, best = max(shared, key=lambda pair: pair[0], default=(0, None))
            return best.beginning(length) if best is not None and length > 0 else Memory()

    def count_tokens(self, text: str) -> int:
        """How many tokens a text is for this model."""
        return len(self._encode(text))

    def _encode(self, text: str) -> list[int]:
        # Lone surrogates cannot be encoded in UTF-8 and would stop the tokenizer.
        clean = text.encode("utf-8", "replace").decode("utf-8")
        # A fast tokenizer sets its own options at each call, which two threads must not do at once.
        with self._encoding:
            ids: list[int] = self._tokenizer(clean, add_special_tokens=False)["input_ids"]
        bos = self._tokenizer.bos_token_id
        if bos is not None:
            return [bos, *ids]
        # A model must be given something to continue.
        return ids or [next(iter(self._ends), 0)]

    def _pieces_of(self, text: str) -> list[int]:
        """The ids of a text that goes on another one: without what begins a text."""
        with self._encoding:
            ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def _number_mask(self) -> torch.Tensor:
        """Of shape (vocabulary,): true for the tokens that must not be written where digits are banned."""
        import torch

        mask = torch.zeros(self._model.config.get_text_config().vocab_size, dtype=torch.bool)
        vocabulary = self._tokenizer.get_vocab()
        banned = number_tokens(vocabulary) + [i for piece, i in vocabulary.items() if bears_markup(piece)]
        banned = [i for i in banned if i < len(mask)]
        mask[torch.tensor(banned, dtype=torch.long)] = True
        mask[torch.tensor(sorted(self._ends), dtype=torch.long)] = False
        return mask.to(self._model.device)


class _Written:
    """A text of a batch: what of it has been read, what is to be read next, and whether a step has read any yet.

    ``guessed`` are tokens that may come after the run; they are read with it.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.memory = Memory()
        self.run: list[int] = []
        self.guessed: list[int] = []
        self.under_way = False
        self.chance = np.random.default_rng(job.request.seed)


class _Row(_Written):
    """One text of a batch; hands on its text as soon as it cannot change any more."""

    def __init__(self, job: Job, tokenizer: PreTrainedTokenizerBase) -> None:
        super().__init__(job)
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._shown = 0
        self._lookup = PromptLookup(())

    def begin(self) -> list[int] | None:
        """What follows the prompt without a choice: nothing."""
        return []

    def know(self, ids: Sequence[int]) -> None:
        """The tokens of the prompt, which the text may repeat."""
        self._lookup = PromptLookup(ids)

    def choose(self, scores: torch.Tensor, best: int) -> int:
        """The next token by its scores, of shape (vocabulary,), the best of which is known."""
        temperature = self.job.request.temperature
        if temperature <= 0:
            return best
        top = scores.float().topk(min(LIKELIEST, len(scores)))
        return int(top.indices[draw(top.values.cpu().numpy(), temperature, self.chance)])

    def guess(self, guessed: int, right: int) -> list[int]:
        """What may follow after the next token, given how many of the last guesses were right."""
        self._lookup.learn(guessed, right)
        return self._lookup.guess(self.job.request.max_tokens - len(self._ids) - 1)

    def take(self, token: int | None) -> list[int]:
        """Add a token: what is to be read next, nothing where the text ends with it."""
        assert token is not None
        self.job.count()
        self._ids.append(token)
        self._lookup.add(token)
        text = text_of(self._tokenizer, self._ids)
        more = len(self._ids) < self.job.request.max_tokens
        # A character whose bytes are still arriving decodes to the replacement character.
        if len(text) > self._shown and not text.endswith("\ufffd"):
            more = self.job.give(text[self._shown :]) and more
            self._shown = len(text)
        return [token] if more else []

    def finish(self) -> None:
        """Hand on what is left."""
        text = text_of(self._tokenizer, self._ids)
        if len(text) > self._shown:
            self.job.give(text[self._shown :])
        self.job.finish()


class _GuidedRow(_Written):
    """One text of a batch that goes along given ways."""

    def __init__(self, job: Job, walk: Walk) -> None:
        super().__init__(job)
        self._walk = walk

    def begin(self) -> list[int] | None:
        """What follows the prompt without a choice; ``None`` where there is never one, and the text is finished."""
        tokens, text = self._walk.go()
        self._give(len(tokens), text)
        return tokens if self._walk.allowed else None

    def know(self, ids: Sequence[int]) -> None:
        """The tokens of the prompt: nothing is guessed from them, as few tokens are chosen at all."""

    def choose(self, scores: torch.Tensor, best: int) -> int | None:
        """The token to go on with, by the scores of shape (vocabulary,); ``None`` where the piece ends here."""
        values = scores[list(self._walk.allowed)].float().cpu().numpy()
        return self._walk.decide(values, best, self.job.request.temperature, self.chance)

    def guess(self, guessed: int, right: int) -> list[int]:
        """What may follow after the next token: nothing, what leaves no choice is in the run."""
        return []

    def take(self, token: int | None) -> list[int]:
        """Go on with a token: what is to be read next, nothing where the text has ended."""
        ended = self._walk.choose(token)
        tokens, text = self._walk.go()
        chosen = [] if token is None else [token]
        self._give(len(chosen) + len(tokens), ended + text)
        return [*chosen, *tokens] if self._walk.allowed else []

    def _give(self, tokens: int, text: str) -> None:
        if tokens:
            self.job.count(tokens)
        if text:
            self.job.give(text)

    def finish(self) -> None:
        """No more text will come; all that is known has been handed on."""
        self.job.finish()


def text_of(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]) -> str:
    """The text that token ids spell."""
    return str(tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))


def load_transformers(
    name: str,
    *,
    cache: Path,
    device: str = "auto",
    dtype: str = "auto",
    offline: bool = False,
    adapter: TextAdapter | None = None,
    progress: Progress | None = None,
    at_once: int = AT_ONCE,
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
    if chosen.type == "cpu":
        # Imported here: it needs torch at once.
        from assistant.generation.quick import quicken

        quicken(model)
    return TransformersGenerator(name, model, tokenizer, at_once=at_once)
