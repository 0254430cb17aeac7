"""What every row of a catalogue is, as lists of rows by type: read once, stored beside the index, memory-mapped.

    topics-<digest>/kinds.json      the type keys and materials that occur
    topics-<digest>/rows.*          rows by what :mod:`~.titles` read of them
    topics-<digest>/words.*         rows and places of the words of category and title head
    topics-<digest>/heads.npy …     the types of each row

The digest is of the lexicon and of the code that reads titles: where either changed, rows are read again and nothing is
embedded again. Knows no phrases and no queries.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
import os
import shutil
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.lexicon import Lexicon, characters, tables
from assistant.lexicon import text as lexicon_text
from assistant.retrieval import text, titles
from assistant.retrieval.postings import Digests64, Postings, PostingsWriter, mapped
from assistant.retrieval.titles import UNKNOWN, TitleReader
from assistant.types import Product

_log = logging.getLogger(__name__)

_TABLES = "kinds.json"
_ROWS = "rows"
_WORDS = "words"
_BATCH = 1024
PLACE_BITS = 16
"""A word's number is its row, shifted by so many bits, and its place among the row's words."""


@dataclass(frozen=True, slots=True)
class KindData:
    """Rows by type.

    ``listed`` answers to ``head``, ``mention``, ``unread``, ``category``, ``shelf`` and ``material`` with a key, and to
    ``last`` with the last word of a row, see :func:`listed_as`. ``recognised`` are the rows, shape (n,), whose own type
    the lexicon knows; the types of a row are ``keys`` at ``codes[starts[row]:starts[row + 1]]``.
    """

    rows: int
    listed: Postings
    words: Postings
    recognised: npt.NDArray[np.bool_]
    starts: npt.NDArray[np.int64]
    codes: npt.NDArray[np.int32]
    keys: tuple[str, ...]
    materials: tuple[str, ...]

    @classmethod
    def load(cls, folder: Path, rows: int) -> KindData:
        """Map what :class:`KindWriter` wrote below ``folder``.

        Raises:
            OSError: a file is missing.
            ValueError, KeyError, TypeError: a file is damaged.
        """
        told = json.loads((folder / _TABLES).read_text(encoding="utf-8"))
        recognised, starts, codes = (mapped(folder / f"{name}.npy") for name in ("recognised", "starts", "codes"))
        listed, words = Postings.load(folder, _ROWS), Postings.load(folder, _WORDS)
        keys, materials = tuple(told["keys"]), tuple(told["materials"])
        found = cls(int(told["rows"]), listed, words, recognised, starts, codes, keys, materials)
        if not rows == found.rows == len(found.recognised) == len(found.starts) - 1:
            raise ValueError(f"types of {found.rows} rows for {rows} products")
        return found


def listed_as(how: str, key: str) -> str:
    """What the rows are listed under that are ``head``, ``mention``, … of a key."""
    return f"{how}\0{key}"


class KindWriter:
    """Reads products in row order and collects what they are."""

    def __init__(self, lexicon: Lexicon, folder: Path | None = None) -> None:
        """``folder`` is where the files go; ``None`` keeps all in memory."""
        self._folder = folder
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._reader = TitleReader(lexicon)
        self._listed = PostingsWriter(folder, _ROWS, np.int32)
        self._words = PostingsWriter(folder, _WORDS)
        self._digests = Digests64()
        self._rows = 0
        self._keys: dict[str, int] = {}
        self._codes, self._starts, self._recognised = array("i"), array("q", [0]), array("b")
        self._materials: set[str] = set()

    def add(self, products: Sequence[Product]) -> None:
        """Add the next rows."""
        names: list[str] = []
        rows: list[int] = []
        words: list[str] = []
        places: list[int] = []
        for row, product in enumerate(products, self._rows):
            read = self._reader.read(product)
            phrase = read.phrase[: 1 << PLACE_BITS]
            lists = {
                "head": read.heads,
                "mention": read.mentions,
                "unread": read.unread,
                "category": dict.fromkeys(read.category),
                "shelf": read.shelf,
                "material": read.materials,
                "last": phrase[-1:],
            }
            found = [listed_as(how, key) for how, keys in lists.items() for key in keys]
            names += found
            rows += [row] * len(found)
            words += phrase
            places += [(row << PLACE_BITS) + place for place in range(len(phrase))]
            self._codes.extend(self._keys.setdefault(key, len(self._keys)) for key in sorted(read.heads))
            self._starts.append(len(self._codes))
            self._recognised.append(any(not key.startswith(UNKNOWN) for key in read.heads))
            self._materials.update(read.materials)
        self._listed.add((self._digests(name) for name in names), rows)
        self._words.add((self._digests(word) for word in words), places)
        self._rows += len(products)

    def finish(self) -> KindData:
        """Everything read; with a folder it is written there and mapped."""
        recognised = np.array(self._recognised, dtype=np.bool_)
        starts, codes = np.array(self._starts, dtype=np.int64), np.array(self._codes, dtype=np.int32)
        keys, materials = tuple(self._keys), tuple(sorted(self._materials))
        made = KindData(
            self._rows, self._listed.finish(), self._words.finish(), recognised, starts, codes, keys, materials
        )
        if self._folder is None:
            return made
        for name in ("recognised", "starts", "codes"):
            np.save(self._folder / f"{name}.npy", getattr(made, name))
        told = {"rows": self._rows, "keys": keys, "materials": materials}
        (self._folder / _TABLES).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        return KindData.load(self._folder, self._rows)


def reading_digest(lexicon: Lexicon) -> str:
    """What tells whether rows would be read as before: a digest of the tables and of the code that reads by them."""
    made = hashlib.sha256(repr(lexicon.concepts).encode())
    for module in (titles, text, tables, lexicon_text, characters):
        made.update(inspect.getsource(module).encode())
    return made.hexdigest()[:16]


def topics_folder(version: Path, lexicon: Lexicon) -> Path:
    """Where the types of an index version's rows lie, if they were read by this lexicon."""
    return version / f"topics-{reading_digest(lexicon)}"


def kinds_of(products: Sequence[Product], lexicon: Lexicon, version: Path | None = None) -> KindData:
    """The types of all rows: as stored in an index version's folder, else read now and stored there.

    Where the folder cannot be written they are kept in memory.
    """
    if version is None:
        return _read(products, KindWriter(lexicon))
    folder = topics_folder(version, lexicon)
    if folder.is_dir():
        try:
            return KindData.load(folder, len(products))
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("the types of the rows are read again: %s", error)
    else:
        _log.info("the types of %d rows are read again, for the word tables changed", len(products))
    building = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    try:
        _read(products, KindWriter(lexicon, building))
        shutil.rmtree(folder, ignore_errors=True)
        building.replace(folder)
        made = KindData.load(folder, len(products))
    except OSError as error:
        _log.warning("the types of the rows are kept in memory, for '%s' cannot be written: %s", folder, error)
        shutil.rmtree(building, ignore_errors=True)
        return _read(products, KindWriter(lexicon))
    for other in version.glob("topics-*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    return made


def _read(products: Iterable[Product], writer: KindWriter) -> KindData:
    left = iter(products)
    while batch := list(islice(left, _BATCH)):
        writer.add(batch)
    return writer.finish()
