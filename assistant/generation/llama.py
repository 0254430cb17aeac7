"""The same seam on llama.cpp, several times faster on a CPU; needs the extra ``llama`` and a compiler to install it.

Knows how a known model's GGUF file is put together from its package. Loads nothing until asked.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assistant.encoder.adapter import CONFIG, TENSORS, stamps
from assistant.errors import GenerationError, WeightsError
from assistant.generation.generator import TextStream, bears_markup, bears_number, cut_at, never
from assistant.weights import Progress, known
from assistant.weights.cache import convert_once, silent, weights_folder
from assistant.weights.gguf_lora import write_gguf_lora
from assistant.weights.packages import verified

if TYPE_CHECKING:
    from llama_cpp import Llama  # type: ignore[import-not-found, unused-ignore]

    from assistant.generation.adapter import TextAdapter

_LORA = "adapter.gguf"


class LlamaCppGenerator:
    """A GGUF model in llama.cpp. One generation at a time; llama.cpp itself keeps the last prompt's cache."""

    def __init__(self, name: str, model: Llama) -> None:
        self._name = name
        self._model = model
        self._lock = threading.Lock()
        size = model.n_vocab()
        pieces = [self._piece(i) for i in range(size)]
        banned = [bears_number(piece) or bears_markup(piece) for piece in pieces]
        banned[model.token_eos()] = False
        self._ban: npt.NDArray[np.bool_] = np.array(banned, dtype=np.bool_)

    @property
    def name(self) -> str:
        """The model's name, as a person set it."""
        return self._name

    def prepare(self, prefix: str) -> None:
        """Evaluate a shared beginning; the next prompt that begins with it starts from there."""
        if prefix:
            with self._lock:
                self._model.reset()
                self._model.eval(self._tokens(prefix))

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
        """Write on from ``prompt``; see :class:`~assistant.generation.generator.Generator`."""
        holder: list[TextStream] = []

        def pieces() -> Iterator[str]:
            with self._lock:
                made = self._generate(prompt, max_tokens, seed, temperature, ban_digits, holder[0], cancelled)
                yield from cut_at(made, stop)

        stream = TextStream(pieces())
        holder.append(stream)
        return stream

    def _generate(
        self,
        prompt: str,
        max_tokens: int,
        seed: int | None,
        temperature: float,
        ban_digits: bool,
        stream: TextStream,
        cancelled: Callable[[], bool],
    ) -> Iterator[str]:
        model = self._model
        if seed is not None:
            model.set_seed(seed)

        def ban(_: npt.NDArray[np.intc], scores: npt.NDArray[np.single]) -> npt.NDArray[np.single]:
            scores[self._ban] = -np.inf
            return scores

        tokens = self._tokens(prompt)
        made: list[int] = []
        shown = 0
        try:
            for token in model.generate(
                tokens, temp=temperature, logits_processor=_processors(ban if ban_digits else None)
            ):
                if token == model.token_eos() or cancelled():
                    break
                stream.count()
                made.append(int(token))
                text = model.detokenize(made, prev_tokens=tokens).decode("utf-8", "ignore")
                if len(text) > shown:
                    yield text[shown:]
                    shown = len(text)
                if len(made) >= max_tokens:
                    break
        except (RuntimeError, ValueError) as error:
            raise GenerationError(f"the generator '{self._name}' failed in llama.cpp: {error}") from error

    def _tokens(self, text: str) -> list[int]:
        return list(self._model.tokenize(text.encode("utf-8", "replace"), add_bos=True))

    def _piece(self, token: int) -> str:
        return str(self._model.detokenize([token]).decode("utf-8", "ignore"))


def _processors(ban: Callable[..., Any] | None) -> Any:
    from llama_cpp import LogitsProcessorList

    return LogitsProcessorList([ban]) if ban is not None else None


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
    path = Path(name) if name.endswith(".gguf") else _gguf(name, cache, progress)
    try:
        model = Llama(
            str(path),
            n_ctx=2048,
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
