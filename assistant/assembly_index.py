"""Where settings become an index and the engine that searches it: word tables, encoder, vectors, reranker.

Each part is made when first asked for. Knows settings and folders; what an assistant is made of besides is put together
in :mod:`assistant.assembly`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path

from filelock import FileLock

from assistant.catalog import ColumnMapping
from assistant.encoder import CompiledEncoder, Encoder, load_encoder, read_adapter
from assistant.encoder.cross import CrossScorer, load_cross_encoder
from assistant.encoder.late import LateEncoder
from assistant.errors import IndexFolderError
from assistant.lexicon import Lexicon
from assistant.resources import default_folder
from assistant.retrieval import (
    LOCAL,
    BuildReport,
    Cluster,
    SearchEngine,
    ServerStores,
    VectorStores,
    build_index,
    build_index_on_ray,
    open_index,
)
from assistant.settings import Settings
from assistant.weights import cpu_has_fast_bf16

Report = Callable[[str, float], None]
"""Called with a step's name and its share done, 0 to 1."""


def silent(step: str, share: float) -> None:
    """Default for callers that show no progress."""


class IndexParts:
    """The parts that find products, each made once. ``index`` is an index folder; without it the default catalogue's is
    used and built on first use."""

    def __init__(self, settings: Settings, *, index: Path | None = None, report: Report = silent) -> None:
        self.settings = settings
        self._index_folder = index
        self._report = report
        if settings.threads:
            import torch

            torch.set_num_threads(settings.threads)

    @cached_property
    def lexicon(self) -> Lexicon:
        """The bilingual word tables."""
        return Lexicon.load()

    @cached_property
    def encoder(self) -> Encoder:
        """The sentence encoder."""
        s = self.settings
        self._report("loading the encoder", 0.0)
        encoder = load_encoder(
            s.encoder,
            cache=s.cache,
            device=s.device,
            dtype=s.dtype,
            offline=s.offline,
            compiled=s.compiled,
            threads=s.threads or 0,
            adapter=s.encoder_adapter,
            progress=self._stepped("preparing the encoder"),
        )
        self._report("loading the encoder", 1.0)
        return encoder

    @property
    def document_encoder(self) -> Encoder:
        """The encoder that embeds catalogues: the same model, on processors with bfloat16 in torch.

        There that is as quick for long texts as whole numbers are, and loses nothing. Vectors of both forms may be
        compared. A new one each time: a server has no use for it once its index is built.
        """
        s = self.settings
        if not isinstance(self.encoder, CompiledEncoder) or not cpu_has_fast_bf16():
            return self.encoder
        return LateEncoder(
            self.encoder,
            lambda: load_encoder(
                s.encoder, cache=s.cache, device=s.device, offline=s.offline, adapter=s.encoder_adapter
            ),
        )

    @property
    def stores(self) -> VectorStores:
        """Where indexes keep the vectors that are searched: in their folders, or on a server."""
        return ServerStores(self.settings.chroma_url) if self.settings.chroma_url else LOCAL

    def build_index(
        self,
        catalog: Path,
        output: Path,
        *,
        mapping: ColumnMapping | None = None,
        fail_on_error: bool = False,
        progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
    ) -> BuildReport:
        """As :func:`assistant.retrieval.build_index`, where and with what the settings say.

        Raises:
            ClusterError: the settings name Ray, and it is not there or its workers failed.
        """
        s = self.settings
        build: Callable[..., BuildReport] = build_index
        encoder = self.document_encoder
        if s.scale == "ray":
            # A worker has one processor to itself, whatever else its machine does.
            load = partial(
                load_encoder,
                s.encoder,
                cache=s.cache,
                device=s.device,
                dtype=s.dtype,
                offline=s.offline,
                compiled=s.compiled and encoder is self.encoder,
                threads=1,
                adapter=s.encoder_adapter,
            )
            cluster = Cluster(s.ray_workers, s.ray_address, gpu=s.device == "cuda")
            build = partial(build_index_on_ray, load=load, cluster=cluster)
        return build(
            catalog,
            output,
            encoder,
            mapping=mapping,
            fail_on_error=fail_on_error,
            stores=self.stores,
            lexicon=self.lexicon,
            progress=progress,
        )

    @cached_property
    def catalog_folder(self) -> Path:
        """The shipped catalogue's folder."""
        return default_folder("catalog")

    @cached_property
    def index_folder(self) -> Path:
        """The index folder in use; the default catalogue's is named by what it is made of."""
        if self._index_folder is not None:
            return self._index_folder
        catalog = self.catalog_file
        made_by = self.settings.encoder
        if self.settings.encoder_adapter is not None:
            made_by = read_adapter(self.settings.encoder_adapter).name_over(made_by)
        name = hashlib.sha256(f"{catalog.resolve()} {made_by}".encode()).hexdigest()[:12]
        return self.settings.cache / "index" / name

    @property
    def catalog_file(self) -> Path:
        """The catalogue that is indexed when no index is named."""
        return self.settings.catalog or self.catalog_folder / "products.jsonl"

    @cached_property
    def engine(self) -> SearchEngine:
        """The search engine over the index.

        Raises:
            IndexFolderError: an index was named and cannot be opened.
        """
        if self._index_folder is None:
            # A finished build costs one file hash, so edits of the default catalogue are picked up by themselves.
            folder = self.index_folder
            folder.parent.mkdir(parents=True, exist_ok=True)
            # Of commands started side by side one builds.
            with FileLock(folder.with_name(f".{folder.name}.lock")):
                build_index(
                    self.catalog_file,
                    folder,
                    self.document_encoder,
                    stores=self.stores,
                    progress=lambda step, done, all: self._report(
                        f"indexing the catalogue: {step}", done / max(all, 1)
                    ),
                )
        elif not self._index_folder.is_dir():
            raise IndexFolderError(
                f"no index at '{self._index_folder}'; build one: assistant index --catalog FILE --output DIR"
            )
        return SearchEngine(
            open_index(self.index_folder, self.encoder, stores=self.stores),
            self.encoder,
            self.lexicon,
            reranker=self.reranker,
        )

    @cached_property
    def reranker(self) -> CrossScorer | None:
        """The cross-encoder that reorders the first results; ``None`` unless one is named."""
        s = self.settings
        if s.reranker is None:
            return None
        self._report("loading the reranker", 0.0)
        scorer = load_cross_encoder(s.reranker, cache=s.cache, device=s.device, offline=s.offline)
        self._report("loading the reranker", 1.0)
        return scorer

    def _stepped(self, what: str) -> Report:
        def report(step: str, share: float) -> None:
            self._report(f"{what}: {step}", share)

        return report
