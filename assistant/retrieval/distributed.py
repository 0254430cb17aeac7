"""Embedding a catalogue on Ray Data: the same encoder in many workers, on this machine or a cluster.

A pass before the build: texts stream through ``map_batches`` and their vectors come back into shards on disk, from
which the ordinary build takes them. So the index is laid out by one piece of code, and a run that was cut off goes on
where it stopped. Needs the ``scale`` extra. Does not know Chroma, and does not load the encoder in this process.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from assistant.catalog import ColumnMapping, RowError, read_rows
from assistant.encoder import Encoder
from assistant.errors import AssistantError, CatalogError, ClusterError, IndexFolderError
from assistant.lexicon import Lexicon
from assistant.retrieval.index import EMBEDDED_AT_ONCE, BuildReport, build_index
from assistant.retrieval.ingest import Progress, text_digest
from assistant.retrieval.shards import Shards
from assistant.retrieval.text import document
from assistant.retrieval.vectors import LOCAL, VectorStores
from assistant.retrieval.versions import EMBEDDED, known_vectors
from assistant.types import Product

_log = logging.getLogger(__name__)

_SHARD_ROWS = 1024
_MISSED_HEALTH_CHECKS = 100
_CONNECT_SECONDS = 10.0
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PLACE = re.compile(r"(ray://)?(?P<host>[^/]+):(?P<port>\d+)$")
_CONTEXT = {"enable_progress_bars": False, "print_on_execution_start": False, "raise_original_map_exception": True}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where Ray runs. ``address`` is that of a cluster (``auto``, ``HOST:6379``, ``ray://HOST:10001``); without one a
    Ray of our own runs on this machine while it is needed. ``gpu`` gives every worker a graphics card. ``patience`` is
    how many seconds may pass without any vector, before a run whose workers die or never come is given up."""

    workers: int = 2
    address: str | None = None
    gpu: bool = False
    patience: float = 900.0


def build_index_on_ray(
    catalog: Path,
    output: Path,
    encoder: Encoder,
    load: Callable[[], Encoder],
    cluster: Cluster,
    *,
    mapping: ColumnMapping | None = None,
    fail_on_error: bool = False,
    stores: VectorStores = LOCAL,
    lexicon: Lexicon | None = None,
    shard_rows: int = _SHARD_ROWS,
    progress: Progress = lambda stage, done, total: None,
) -> BuildReport:
    """As :func:`assistant.retrieval.build_index`, with the texts embedded by Ray's workers.

    Args:
        catalog: JSONL, CSV or Parquet file.
        output: index folder.
        encoder: says the name and dimension, and embeds nothing unless a file changes meanwhile.
        load: makes the same encoder in a worker, on whichever machine that is; must be picklable.
        cluster: where the workers run.
        mapping: which columns are which fields, where they have other names.
        fail_on_error: a bad row ends the run instead of being counted.
        stores: where the vectors are kept to be searched.
        lexicon: as for a build on one machine.
        shard_rows: vectors that are written to disk together; so many at most are made again after a crash.
        progress: called with ``(stage, done, total)``.

    Raises:
        CatalogError: as for a build on one machine.
        IndexFolderError: the folder cannot be written.
        ClusterError: Ray is not installed, cannot be started or reached, or its workers failed.
    """
    started = time.perf_counter()
    if not catalog.is_file():
        raise CatalogError(f"no catalogue file at '{catalog}'; give a .jsonl, .csv or .parquet file")
    space = hashlib.sha256(f"{encoder.name} {encoder.dimension}".encode()).hexdigest()[:12]
    shards = Shards(output / f"{EMBEDDED}{space}", encoder.dimension)
    before = len(shards)
    known = known_vectors(output, encoder)
    batches = _batches(catalog, mapping, fail_on_error, lambda digest: digest in shards or digest in known)
    first = next(batches, None)
    if first is not None:
        _embed(chain([first], batches), encoder, load, cluster, shards, shard_rows, progress)
    made = len(shards) - before
    report = build_index(
        catalog,
        output,
        encoder,
        mapping=mapping,
        fail_on_error=fail_on_error,
        stores=stores,
        known=shards,
        lexicon=lexicon,
        progress=progress,
    )
    shards.remove()
    return replace(report, embedded=report.embedded + made, seconds=time.perf_counter() - started)


Text = tuple[bytes, str]


def _batches(
    catalog: Path, mapping: ColumnMapping | None, fail_on_error: bool, done: Callable[[bytes], bool]
) -> Iterator[list[Text]]:
    """The texts of the catalogue that have no vector yet, after their digests, batch by batch.

    Batches are those of a build on one machine: what is padded together rounds together, and so vectors are the same.
    """
    products = _products(catalog, mapping, fail_on_error)
    while batch := list(islice(products, EMBEDDED_AT_ONCE)):
        texts: dict[bytes, str] = {}
        for product in batch:
            digest = text_digest(product)
            if digest not in texts and not done(digest):
                texts[digest] = document(product)
        if texts:
            yield list(texts.items())


def _products(catalog: Path, mapping: ColumnMapping | None, fail_on_error: bool) -> Iterator[Product]:
    for _, row in read_rows(catalog, mapping):
        if not isinstance(row, RowError):
            yield row
        elif fail_on_error:
            raise CatalogError(f"{catalog.name} {row}; mend the row, or skip bad rows with --on-error skip")
        # else the build counts and reports it


class _Worker:
    """What a Ray worker is: an encoder that is loaded once, and embeds one block after the other."""

    def __init__(self, load: Callable[[], Encoder], name: str, dimension: int) -> None:
        self._load = load
        self._expected = (name, dimension)
        self._encoder: Encoder | None = None

    def _loaded(self) -> Encoder:
        # Not when the worker starts: Ray tells what went wrong with a block, but not why a worker did not come up.
        made = self._load()
        if (made.name, made.dimension) != self._expected:
            raise ClusterError(
                f"a worker loaded the encoder '{made.name}' ({made.dimension} numbers) instead of "
                f"'{self._expected[0]}' ({self._expected[1]} numbers); give every machine the same settings and weights"
            )
        return made

    def __call__(self, block: dict[str, Any]) -> dict[str, Any]:
        self._encoder = self._encoder or self._loaded()
        # As bytes, because Arrow's strings cannot hold the halves of characters that catalogues do.
        texts = [bytes(text).decode("utf-8", "surrogatepass") for text in block["text"]]
        return {"digest": block["digest"], "vector": self._encoder.encode(texts, kind="passage")}


def _embed(
    batches: Iterator[list[Text]],
    encoder: Encoder,
    load: Callable[[], Encoder],
    cluster: Cluster,
    shards: Shards,
    shard_rows: int,
    progress: Progress,
) -> None:
    """Send the texts through the workers and write what comes back, in whatever order it does."""
    try:
        # Read when Ray is imported: whether it reports its use to its makers, and what its core writes to stderr.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
        import pyarrow
        import ray
        import ray.data
    except ImportError as error:
        raise ClusterError(
            f"embedding on Ray needs the 'scale' extra ({error}): pip install 'shopping-assistant[scale]'"
        ) from error
    with _running(ray, cluster), _told(ray, cluster):
        # Blocks lie in Ray's object store, which moves to disk what does not fit, and not in this process.
        blocks, total = list[Any](), 0
        progress("reading texts", 0, 1)
        for batch in batches:
            digests, texts = zip(*((d, t.encode("utf-8", "surrogatepass")) for d, t in batch), strict=True)
            fields = {
                "digest": pyarrow.array(digests, pyarrow.binary()),
                "text": pyarrow.array(texts, pyarrow.binary()),
            }
            blocks.append(ray.put(pyarrow.table(fields)))
            total += len(batch)
        progress("reading texts", 1, 1)
        progress("embedding on Ray", 0, total)
        workers = min(cluster.workers, len(blocks))
        rows: Any = ray.data.from_arrow_refs(blocks).map_batches(
            _Worker,
            fn_constructor_args=(load, encoder.name, encoder.dimension),
            compute=ray.data.ActorPoolStrategy(min_size=workers if cluster.address is None else 1, max_size=workers),
            num_cpus=1,
            num_gpus=1 if cluster.gpu else None,
            batch_size=None,  # a block as it is
            batch_format="numpy",
        )
        done, waiting = 0, list[dict[str, Any]]()
        for block in rows.iter_batches(batch_size=None, batch_format="numpy"):
            waiting.append(block)
            if sum(len(b["digest"]) for b in waiting) >= shard_rows:
                _write(shards, waiting)
            done += len(block["digest"])
            progress("embedding on Ray", done, total)
        if waiting:
            _write(shards, waiting)


@contextmanager
def _told(ray: Any, cluster: Cluster) -> Iterator[None]:
    """Ray Data without its own bars and reports, and its failures as one error."""
    context, log = ray.data.DataContext.get_current(), logging.getLogger("ray.data")
    names = (*_CONTEXT, "execution_no_progress_timeout_s")
    before, level = {name: getattr(context, name) for name in names}, log.level
    # What a worker raises comes back as it was; one that is killed is started again, but not for ever.
    for name, value in _CONTEXT.items():
        setattr(context, name, value)
    context.execution_no_progress_timeout_s = cluster.patience
    log.setLevel(logging.CRITICAL + 1)  # an error of it is raised as well
    try:
        yield
    except Exception as error:  # Ray raises its own kinds, and with them what a worker raised
        cause = getattr(error, "cause", None) or error
        if isinstance(cause, AssistantError):
            raise type(cause)(_line(cause, 0)) from error
        # Of a worker that did not come up Ray tells why at the end, below what it did.
        why = _line(cause, -1 if isinstance(cause, ray.exceptions.RayError) else 0)
        raise ClusterError(
            f"embedding on Ray with {cluster.workers} workers failed ({type(cause).__name__}: {why}); "
            "what is finished is kept: run the command again, with fewer ASSISTANT_RAY_WORKERS if memory was short"
        ) from error
    finally:
        log.setLevel(level)
        for name, value in before.items():
            setattr(context, name, value)


def _write(shards: Shards, blocks: list[dict[str, Any]]) -> None:
    digests = np.array([list(digest) for block in blocks for digest in block["digest"]], dtype=np.uint8)
    try:
        shards.append(digests, np.concatenate([block["vector"] for block in blocks]))
    except OSError as error:
        raise IndexFolderError(f"vectors cannot be written: {error}; the index folder needs room") from error
    blocks.clear()


def _running(ray: Any, cluster: Cluster) -> AbstractContextManager[None]:
    """Ray while it is needed; one that this process has already started is used, and left running."""
    return nullcontext() if ray.is_initialized() else _started(ray, cluster)


@contextmanager
def _started(ray: Any, cluster: Cluster) -> Iterator[None]:
    own = cluster.address is None
    where = "on this machine" if own else f"at '{cluster.address}'"
    room: dict[str, Any] = {
        # Fewer processors than workers would leave Ray waiting for ever for a place to start the last one.
        "num_cpus": max(cluster.workers, os.cpu_count() or 1),
        "include_dashboard": False,
        # A busy machine answers late, and Ray would take its only node for dead.
        "_system_config": {"health_check_failure_threshold": _MISSED_HEALTH_CHECKS},
    }
    try:
        if cluster.address is not None and (named := _PLACE.match(cluster.address)):
            # Ray itself tries for minutes, and then ends the process.
            socket.create_connection((named["host"].strip("[]"), int(named["port"])), _CONNECT_SECONDS).close()
        ray.init(
            address=cluster.address or "local",
            log_to_driver=False,
            logging_level=logging.ERROR,
            **(room if own else {}),
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise ClusterError(
            f"Ray cannot be {'started' if own else 'reached'} {where} ({_line(error, 0)}); "
            "mend ASSISTANT_RAY_ADDRESS, or index without --scale ray"
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _line(error: BaseException, which: int) -> str:
    lines = _COLOUR.sub("", str(error)).strip().splitlines() or [""]
    return (lines[which].strip() or type(error).__name__)[:300]
