"""The same seam on llama.cpp, several times faster on a CPU; needs the extra ``llama`` and a compiler to install it.

Knows how a known model's GGUF file is put together from its package, and which tokens llama.cpp holds in its context.
Loads nothing until asked.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assistant.encoder.adapter import CONFIG, TENSORS, stamps
from assistant.errors import GenerationError, WeightsError
from assistant.generation.generator import TextStream, bears_markup, bears_number, never
from assistant.generation.lookup import PromptLookup
from assistant.generation.queueing import Job, Line, Request
from assistant.generation.sampling import LIKELIEST, draw
from assistant.generation.ways import Walk, Ways
from assistant.weights import Progress, cpu_has_tiles, known
from assistant.weights.cache import convert_once, silent, weights_folder
from assistant.weights.gguf_lora import write_gguf_lora
from assistant.weights.packages import verified

if TYPE_CHECKING:
    from llama_cpp import Llama  # type: ignore[import-not-found, unused-ignore]

    from assistant.generation.adapter import TextAdapter

_LORA = "adapter.gguf"
_CONTEXT = 2048
_PREFIXES_KEPT = 8
# Putting a kept beginning back copies its state; reading so few tokens is as fast.
_WORTH_PUTTING_BACK = 8


@dataclass(frozen=True, slots=True)
class _Kept:
    """A beginning that was read, and llama.cpp's state after it."""

    tokens: tuple[int, ...]
    state: Any


class LlamaCppGenerator:
    """A GGUF model in llama.cpp, one generation at a time.

    The context keeps the tokens of the last prompt and text, and the next prompt is read from where it differs. When
    another prompt came between, the state of a prepared beginning is put back first. A text that is written freely is
    guessed ahead from its prompt; see :mod:`~assistant.generation.lookup`. llama.cpp rounds a token's state
    differently when it is computed with others, so what the context holds may, rarely, turn the choice between two
    words that are as good.
    """

    def __init__(self, name: str, model: Llama) -> None:
        """Take the model, loaded."""
        self._name = name
        self._model = model
        self._line = Line(self._serve, at_once=1, name=name)
        # Held while the context changes; the line alone would not keep :meth:`prepare` out.
        self._lock = threading.Lock()
        self._prefixes: OrderedDict[str, _Kept] = OrderedDict()
        self._forgets = _forgets(model)
        size = model.n_vocab()
        pieces = [self._piece(i) for i in range(size)]
        banned = [bears_number(piece) or bears_markup(piece) for piece in pieces]
        banned[model.token_eos()] = False
        self._ban: npt.NDArray[np.intp] = np.flatnonzero(np.array(banned, dtype=np.bool_))

    @property
    def name(self) -> str:
        """The model's name, as a person set it."""
        return self._name

    def prepare(self, prefix: str) -> None:
        """Read a shared beginning once and keep its state; a few of them are kept."""
        if not prefix or prefix in self._prefixes:
            return
        with self._lock:
            tokens = self._tokens(prefix)[: _CONTEXT - 1]
            self._read(tokens, reread_last=False)
            self._prefixes[prefix] = _Kept(tuple(tokens), _state(self._model))
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
        """Write on from ``prompt``; see :class:`~assistant.generation.generator.Generator`."""
        request = Request(prompt, max_tokens, tuple(stop), seed, temperature, ban_digits, cancelled, owner, ways)
        return Job(self._line, request).stream()

    def _serve(self, job: Job) -> None:
        job.begin()
        with self._lock:
            if not job.wanted():
                return
            try:
                self._write(job)
            except (RuntimeError, ValueError) as error:
                raise GenerationError(f"the generator '{self._name}' failed in llama.cpp: {error}") from error

    def _write(self, job: Job) -> None:
        request, model = job.request, self._model
        prompt = self._tokens(request.prompt)
        most = min(request.max_tokens, _CONTEXT - len(prompt))
        if most < min(request.max_tokens, 1):
            raise GenerationError(
                f"a prompt of {len(prompt)} tokens does not fit into the {_CONTEXT} tokens that '{self._name}' reads; "
                "shorten the prompt"
            )
        chance = np.random.default_rng(request.seed)
        if request.ways is not None:
            self._go_along(job, Walk(request.ways, self._pieces_of, self._text, most), prompt, chance)
            return
        made: list[int] = []
        shown = 0
        for token in self._freely(request, prompt, most, chance):
            made.append(token)
            job.count()
            text = model.detokenize(made, prev_tokens=prompt).decode("utf-8", "ignore")
            if len(text) > shown:
                more = job.give(text[shown:])
                shown = len(text)
                if not more:
                    break
            if not job.wanted():
                break

    def _freely(self, request: Request, prompt: list[int], most: int, chance: np.random.Generator) -> Iterator[int]:
        """The tokens of a text up to its end; what the prompt lets guess is read in one computation with the last."""
        lookup = PromptLookup(prompt)
        made: list[int] = []
        while len(made) < most:
            guessed = lookup.guess(most - len(made) - 1) if made and self._forgets else []
            self._read([*prompt, *made], guessed)
            right = 0
            while True:
                token = self._choose(request, chance, right - len(guessed) - 1)
                if token == self._model.token_eos():
                    return
                made.append(token)
                lookup.add(token)
                yield token
                if right == len(guessed) or token != guessed[right]:
                    break
                right += 1
            lookup.learn(len(guessed), right)

    def _go_along(self, job: Job, walk: Walk, prompt: list[int], chance: np.random.Generator) -> None:
        """Write along given ways; the model reads what left no choice when it is asked next."""
        read = list(prompt)
        tokens, text = walk.go()
        while True:
            job.count(len(tokens))
            if text:
                job.give(text)
            read += tokens
            if not walk.allowed or not job.wanted():
                return
            if len(read) >= _CONTEXT:
                raise GenerationError(f"the text has reached the {_CONTEXT} tokens that '{self._name}' reads")
            self._read(read)
            scores = _scores(self._model)
            values = scores[list(walk.allowed)]
            chosen = walk.decide(values, int(scores.argmax()), job.request.temperature, chance)
            ended = walk.choose(chosen)
            tokens, text = walk.go()
            tokens, text = [*([] if chosen is None else [chosen]), *tokens], ended + text

    def _read(self, tokens: list[int], guessed: Sequence[int] = (), *, reread_last: bool = True) -> None:
        """Bring the context to hold these tokens, computing those only that it does not hold yet.

        The last one is computed in any case, as the scores of the next token are those of the latest computation. The
        guesses follow it, and there are scores after each of them too.
        """
        model = self._model
        held = _shared(model.input_ids[: model.n_tokens].tolist(), tokens)
        if held < len(tokens) - 1:
            kept = max(self._prefixes.values(), key=lambda known: _shared(known.tokens, tokens), default=None)
            if kept is not None and (length := _shared(kept.tokens, tokens)) > held + _WORTH_PUTTING_BACK:
                _put_back(model, kept)
                held = length
        if reread_last:
            held = min(held, len(tokens) - 1)
        if held < model.n_tokens and not _cut(model, held):
            # Recurrent models cannot forget the end of what they have read.
            model.reset()
            held = 0
        if guessed:
            _compute(model, tokens[held:], guessed)
        elif held < len(tokens):
            model.eval(tokens[held:])

    def _choose(self, request: Request, chance: np.random.Generator, at: int) -> int:
        scores = _scores(self._model, at)
        if request.ban_digits:
            scores[self._ban] = -np.inf
        if request.temperature <= 0:
            return int(scores.argmax())
        best = np.argpartition(scores, -min(LIKELIEST, len(scores)))[-min(LIKELIEST, len(scores)) :]
        best.sort()
        return int(best[draw(scores[best], request.temperature, chance)])

    def count_tokens(self, text: str) -> int:
        """How many tokens a text is for this model."""
        return len(self._tokens(text))

    def _tokens(self, text: str) -> list[int]:
        return list(self._model.tokenize(text.encode("utf-8", "replace"), add_bos=True))

    def _pieces_of(self, text: str) -> list[int]:
        """The tokens of a text that goes on another one."""
        return list(self._model.tokenize(text.encode("utf-8", "replace"), add_bos=False))

    def _text(self, tokens: Sequence[int]) -> str:
        return str(self._model.detokenize(list(tokens)).decode("utf-8", "replace"))

    def _piece(self, token: int) -> str:
        return str(self._model.detokenize([token]).decode("utf-8", "ignore"))


def _shared(held: Sequence[int], tokens: Sequence[int]) -> int:
    """How many of the first tokens are the same."""
    pairs = zip(held, tokens, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(held), len(tokens)))


# -- what of the C interface the binding's own class does not offer; all of it is public there -------------------------


def _scores(model: Llama, at: int = -1) -> npt.NDArray[np.float32]:
    """The scores of the next token, of shape (vocabulary,): llama.cpp's own memory, until it computes again.

    ``at`` counts from the end the tokens after which there are scores.
    """
    import llama_cpp

    size = model.n_vocab()
    return np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(model.ctx, at), shape=(size,))


def _compute(model: Llama, tokens: Sequence[int], guessed: Sequence[int]) -> None:
    """Compute some tokens and guesses after them in one batch, with scores after the last token and each guess."""
    import llama_cpp

    start, run = model.n_tokens, [*tokens, *guessed]
    batch = llama_cpp.llama_batch_init(len(run), 0, 1)
    try:
        batch.n_tokens = len(run)
        for n, token in enumerate(run):
            batch.token[n], batch.pos[n], batch.n_seq_id[n], batch.seq_id[n][0] = token, start + n, 1, 0
            batch.logits[n] = n >= len(tokens) - 1
        if failed := llama_cpp.llama_decode(model.ctx, batch):
            raise RuntimeError(f"llama_decode returned {failed}")
    finally:
        llama_cpp.llama_batch_free(batch)
    model.input_ids[start : start + len(run)] = run
    model.n_tokens = start + len(run)


def _forgets(model: Llama) -> bool:
    """Whether the model can take back the last tokens that it has read; those with a recurrent state cannot."""
    import llama_cpp

    return not (llama_cpp.llama_model_is_recurrent(model.model) or llama_cpp.llama_model_is_hybrid(model.model))


def _cut(model: Llama, length: int) -> bool:
    """Forget all but the first tokens; False where the model cannot."""
    import llama_cpp

    if not llama_cpp.llama_memory_seq_rm(llama_cpp.llama_get_memory(model.ctx), 0, length, -1):
        return False
    model.n_tokens = length
    return True


def _state(model: Llama) -> Any:
    """A copy of what the context holds of its tokens, as a C array of bytes."""
    import llama_cpp

    size = llama_cpp.llama_state_seq_get_size(model.ctx, 0)
    state = (ctypes.c_uint8 * size)()
    llama_cpp.llama_state_seq_get_data(model.ctx, state, size, 0)
    return state


def _put_back(model: Llama, kept: _Kept) -> None:
    """Make the context what it was when the beginning had just been read."""
    import llama_cpp

    model.reset()
    llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(model.ctx), True)
    if not llama_cpp.llama_state_seq_set_data(model.ctx, kept.state, len(kept.state), 0):
        raise RuntimeError("the state of a prepared beginning cannot be put back")
    model.input_ids[: len(kept.tokens)] = kept.tokens
    model.n_tokens = len(kept.tokens)


def load_llama(
    name: str, *, cache: Path, adapter: TextAdapter | None = None, progress: Progress | None = None
) -> LlamaCppGenerator:
    """Load the GGUF file of a known model, or any GGUF file by its path, in llama.cpp, with an adapter added to it.

    Raises:
        GenerationError: llama-cpp-python is not installed, or the file does not load.
        WeightsError: the model is not known or its package is missing.
    """
    try:
        from llama_cpp import Llama
    except ImportError as error:
        raise GenerationError(
            f"the generator 'llama:{name}' needs llama-cpp-python, which is not installed; "
            "run `pip install 'shopping-assistant[llama]'` (a C compiler is needed) or leave out 'llama:'"
        ) from error

    class PlainlyLoaded(Llama):  # type: ignore[misc, unused-ignore]
        """A model whose weights stay as they are in the file, where the processor has matrix tiles.

        llama.cpp rearranges weights for those tiles, and its kernels then die of an illegal instruction on virtual
        machines that show the tiles and forbid their use. The binding offers no argument for it, and hands this
        attribute to the loader as it is.
        """

        def __setattr__(self, key: str, value: Any) -> None:
            if key == "model_params" and cpu_has_tiles():
                value.use_extra_bufts = False
            super().__setattr__(key, value)

    path = Path(name) if name.endswith(".gguf") else _gguf(name, cache, progress)
    try:
        model = PlainlyLoaded(
            str(path),
            n_ctx=_CONTEXT,
            verbose=False,
            n_threads=os.cpu_count(),
            lora_path=str(_gguf_lora(adapter, path, cache, progress)) if adapter is not None else None,
        )
    except (ValueError, RuntimeError) as error:
        raise GenerationError(f"llama.cpp does not load {path}: {error}") from error
    return LlamaCppGenerator(f"llama:{name}", model)


def _gguf_lora(adapter: TextAdapter, base: Path, cache: Path, progress: Progress | None) -> Path:
    """The adapter as a GGUF file beside the converted weights, made once."""
    name = f"text-{adapter.id}-gguf"

    def build(folder: Path) -> None:
        write_gguf_lora(adapter.folder / TENSORS, adapter.folder / CONFIG, base, folder / _LORA)

    mend = f"rm -r {weights_folder(cache, name)}"
    return convert_once(cache, name, stamps(adapter), build, mend=mend, progress=progress or silent) / _LORA


def _gguf(name: str, cache: Path, progress: Progress | None) -> Path:
    info = next((m for m in known() if m.name == name and m.layout == "gguf"), None)
    if info is None:
        names = ", ".join(m.name for m in known() if m.layout == "gguf")
        raise WeightsError(f"no GGUF file is known for '{name}'; known are {names}, or give the path of a .gguf file")
    parts = verified(info, cache)
    if len(parts) == 1:
        return parts[0]
    folder = cache / "gguf"
    whole = folder / f"{name}.gguf"
    if whole.exists() and whole.stat().st_size == sum(p.stat().st_size for p in parts):
        return whole
    if progress is not None:
        progress("joining the GGUF file", 0.5)
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f"{name}.{os.getpid()}.part"
    with half.open("wb") as out:
        for part in parts:
            out.write(part.read_bytes())
    half.replace(whole)
    return whole
