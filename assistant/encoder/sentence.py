"""The seam of every encoder, and sentence-transformers behind it: every device and number format torch has."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

from assistant.errors import WeightsError
from assistant.weights import device_and_dtype, share_processor

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

    from assistant.encoder.adapter import Adapter

Kind: TypeAlias = Literal["query", "passage"]
Vectors: TypeAlias = npt.NDArray[np.float32]

# No piece of the common vocabularies is longer, so text beyond this many characters a token cannot reach the model.
_CHARACTERS_PER_TOKEN = 16
_REMEMBERED_QUERIES = 512
# Texts of a batch that one thread computes: larger ones fit its cache less well.
_BESIDE = 16


@runtime_checkable
class Encoder(Protocol):
    """Maps texts to unit vectors whose dot product is their similarity."""

    @property
    def name(self) -> str:
        """Identifies the vector space: vectors of encoders with different names must not be compared."""
        ...

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        ...

    def encode(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of length 1.

        ``kind`` tells a question from a text that is searched: some models place the two differently.
        """
        ...


def clean_text(text: str, limit: int) -> str:
    """At most ``limit`` characters, with lone surrogates replaced: tokenizers take only what UTF-8 can hold."""
    text = text[:limit]
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # Through UTF-16, so that a split surrogate pair becomes the character it stands for.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def prefixes_of(name: str, prompts: Mapping[str, str | None]) -> dict[Kind, str]:
    """What to put before a text of each kind: the model's own prompts, e5's where the name says so, else nothing."""
    query = prompts.get("query") or ""
    passage = prompts.get("passage") or prompts.get("document") or ""
    if not query and not passage and "e5-" in name.lower():
        # The e5 models on the hub state their prefixes only in their model card.
        return {"query": "query: ", "passage": "passage: "}
    return {"query": query, "passage": passage}


class Remembered:
    """The vectors of the last few single queries: several stages ask for the same message."""

    def __init__(self) -> None:
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    def get(self, text: str, make: Callable[[], Vectors]) -> Vectors:
        """A copy of what ``make`` gave for this text, asked once while it is remembered."""
        vectors = self._vectors.pop(text, None)
        if vectors is None:
            vectors = make()
            vectors.setflags(write=False)
        self._vectors[text] = vectors
        while len(self._vectors) > _REMEMBERED_QUERIES:
            self._vectors.popitem(last=False)
        return vectors.copy()


class SentenceEncoder:
    """An :class:`Encoder` over a sentence-transformers model; safe to share between threads."""

    def __init__(
        self, name: str, model: SentenceTransformer, *, prefixes: Mapping[Kind, str], batch_size: int = 32
    ) -> None:
        self._name = name
        self._model = model
        self._prefixes = dict(prefixes)
        self._batch_size = batch_size
        self._limit = int(model.max_seq_length or 512) * _CHARACTERS_PER_TOKEN
        self._dimension = len(self._forward(["x"])[0])
        self._lock = threading.Lock()
        self._remembered = Remembered()

    @property
    def name(self) -> str:
        """The name it was loaded by."""
        return self._name

    @property
    def dimension(self) -> int:
        """Width of the vectors."""
        return self._dimension

    @property
    def dtype(self) -> torch.dtype:
        """The number format of the weights."""
        return next(self._model.parameters()).dtype

    def encode(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of length 1; what exceeds the model's limit is cut.

        The vector of a single query is remembered, because several stages ask for the same message.
        """
        prefix = self._prefixes[kind]
        prepared = [prefix + clean_text(text, self._limit) for text in texts]
        if not prepared:
            return np.zeros((0, self._dimension), dtype=np.float32)
        # One at a time: the fast tokenizer refuses to be shared while it pads, and torch uses all cores anyway.
        with self._lock:
            if len(prepared) > 1 or kind != "query":
                return self._forward(prepared)
            return self._remembered.get(prepared[0], lambda: self._forward(prepared))

    def _forward(self, texts: list[str]) -> Vectors:
        """Shape (len(texts), dimension); texts of like length share a batch, so that batches pad little."""
        if len(texts) > _BESIDE and self._model.device.type == "cpu":
            return unit(self._side_by_side(texts))
        raw = self._model.encode(
            texts,
            batch_size=self._batch_size,
            show_progress_bar=False,
            convert_to_numpy=False,
            convert_to_tensor=True,
            normalize_embeddings=False,
        )
        # In float32: a vector normalised in bfloat16 is up to half a percent off unit length.
        return unit(raw.float().cpu().numpy())

    def _side_by_side(self, texts: list[str]) -> Vectors:
        """Raw vectors, shape (len(texts), dimension): each batch on one thread, as many batches at once as threads.

        Matrices this narrow leave threads that share one waiting for each other most of the time.
        """
        import torch

        self._model.eval()
        tokenizing = threading.Lock()
        # Renamed in sentence-transformers 6.
        tokens_of = getattr(self._model, "preprocess", None) or self._model.tokenize
        found = np.empty((len(texts), self._dimension), dtype=np.float32)

        def embed(rows: list[int]) -> None:
            with tokenizing:
                features = tokens_of([texts[row] for row in rows])
            with torch.inference_mode():
                found[rows] = self._model(features)["sentence_embedding"].float().numpy()

        order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        size = min(self._batch_size, _BESIDE)
        with single_threads(torch.get_num_threads()) as pool:
            for _ in pool.map(embed, [order[start : start + size] for start in range(0, len(order), size)]):
                pass
        return found


@contextlib.contextmanager
def single_threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of ``count`` threads, on each of which torch computes alone.

    What a thread asks of torch is also what threads started later begin with: so all of them start first, and then the
    caller's own number is said again.
    """
    import torch

    before = torch.get_num_threads()
    started = threading.Barrier(count + 1)

    def alone() -> None:
        # A thread takes over the common number when it first asks, which must not come after its own was set.
        torch.get_num_threads()
        torch.set_num_threads(1)
        started.wait()

    with ThreadPoolExecutor(count, initializer=alone) as pool:
        for _ in range(count):
            pool.submit(lambda: None)
        started.wait()
        torch.set_num_threads(before)
        yield pool


def unit(vectors: Vectors) -> Vectors:
    """The rows at length 1, same shape, float32; a row of zeros stays one."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.maximum(length, 1e-12), dtype=np.float32)


@contextlib.contextmanager
def quiet_loading() -> Iterator[None]:
    """Keep transformers from drawing bars and warnings while a model loads; its own settings come back afterwards."""
    from transformers.utils import logging as transformers_logging

    bars = transformers_logging.is_progress_bar_enabled()
    verbosity = transformers_logging.get_verbosity()
    library = logging.getLogger("sentence_transformers")
    level = library.level
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    library.setLevel(logging.ERROR)
    try:
        yield
    finally:
        library.setLevel(level)
        transformers_logging.set_verbosity(verbosity)
        if bars:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def load_sentence_encoder(
    name: str,
    folder: Path,
    *,
    device: str,
    dtype: str,
    max_seq_length: int,
    batch_size: int,
    adapter: Adapter | None = None,
) -> SentenceEncoder:
    """Load the model in ``folder`` into torch; see :func:`assistant.encoder.load_encoder`."""
    share_processor()
    chosen, number_format = device_and_dtype(device, dtype)
    with quiet_loading():
        import torch
        from sentence_transformers import SentenceTransformer

        # Matrices are added in float32: what they change is smaller than what bfloat16 tells apart.
        loaded = number_format if adapter is None else torch.float32
        try:
            model = SentenceTransformer(
                str(folder), device=str(chosen), model_kwargs={"dtype": loaded}, local_files_only=True
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise WeightsError(
                f"the encoder '{name}' in {folder} cannot be loaded: {error}; "
                f"run `assistant weights pull {name} --force`"
            ) from error
    prefixes = prefixes_of(name, model.prompts or {})
    if adapter is not None:
        from assistant.encoder.adapter import merge
        from assistant.encoder.pieces import Pieces

        backbone = model.transformers_model
        if backbone is None:
            raise WeightsError(f"the encoder '{name}' is no transformer network: no adapter can be merged into it")
        merge(backbone, adapter, pieces=Pieces.load(folder), name=name)
        model.to(number_format)
        name = adapter.name_over(name)
    model.eval()
    # A model states the length it was trained for; asking for more than it has positions would crash inside it.
    stated = model.max_seq_length
    model.max_seq_length = min(max_seq_length, int(stated)) if stated else max_seq_length
    return SentenceEncoder(name, model, prefixes=prefixes, batch_size=batch_size)
