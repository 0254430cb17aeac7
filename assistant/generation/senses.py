"""Which words say the same, and what anyone would grant: a table of rows in both languages.

Knows word forms and rows. Knows no product: the claim check asks it which rows a text and a record have in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from assistant.errors import ConfigurationError
from assistant.lexicon.text import fold, words

_Forms = dict[tuple[str, ...], frozenset[int]]
_VOWELS = "aeiou"
# What looks like an inflection of these is another word: weighted keys have nothing to do with a weight.
_NOUNS = frozenset(("weight", "number", "light", "line", "box", "room"))


@dataclass(frozen=True, slots=True)
class Sense:
    """A form found at ``[start, end)``: the rows it belongs to, and the rows it follows from."""

    start: int
    end: int
    rows: frozenset[int]
    follows: frozenset[int]


class Senses:
    """The rows, searchable by form. Immutable once built; safe to share."""

    def __init__(
        self,
        rows: Iterable[tuple[Iterable[str], Iterable[str]]],
        first_gloss: int | None = None,
        everyday: int | None = None,
    ) -> None:
        """Index the rows.

        Args:
            rows: for each row the forms that mean the same, and the forms that follow from them.
            first_gloss: the number of the first row that only tells what a word is called in the other language.
            everyday: the number of the first row of words of daily life.
        """
        same: dict[tuple[str, ...], set[int]] = {}
        follow: dict[tuple[str, ...], set[int]] = {}
        for number, (forms, conclusions) in enumerate(rows):
            for table, entries in ((same, forms), (follow, conclusions)):
                for form in entries:
                    for key in _keys(form):
                        table.setdefault(key, set()).add(number)
        self._same: _Forms = {k: frozenset(v) for k, v in same.items()}
        self._follow: _Forms = {k: frozenset(v) for k, v in follow.items()}
        self.first_gloss = first_gloss if first_gloss is not None else len(self._same) + len(self._follow)
        self._everyday = everyday if everyday is not None else self.first_gloss
        self._longest = {
            first: max(len(k) for k in keys) for first, keys in _by_first(self._same, self._follow).items()
        }

    @classmethod
    def load(cls) -> Senses:
        """The shipped tables: what means the same, and how the words of product texts are called in two languages.

        They are read once a process: every writer of a preview or a test asks for the same.

        Raises:
            ConfigurationError: a line has more than three columns.
        """
        return _shipped()

    def names(self, word: str) -> bool:
        """Whether a word alone, as it stands, is a form of some row that tells of products."""
        rows = self._same.get(tuple(token for token, _, _ in words(word)), frozenset())
        return bool(rows) and not any(row >= self._everyday for row in rows)

    def everyday(self, word: str) -> bool:
        """Whether a word alone is one of daily life: clothes, people, rooms, weather."""
        rows = self._same.get(tuple(token for token, _, _ in words(word)), frozenset())
        return any(row >= self._everyday for row in rows)

    def found(self, text: str) -> Iterator[Sense]:
        """Every form of every row in a text, the overlapping ones too."""
        tokens = words(text)
        for i, (first, start, _) in enumerate(tokens):
            if first not in self._longest:
                continue
            key: tuple[str, ...] = ()
            for token, _, end in tokens[i : i + self._longest[first]]:
                key = (*key, token)
                rows, follows = self._same.get(key), self._follow.get(key)
                if rows or follows:
                    yield Sense(start, end, rows or frozenset(), follows or frozenset())


@cache
def _shipped() -> Senses:
    senses, (special, daily) = list(_rows("senses.tsv")), _glossary()
    return Senses([*senses, *special, *daily], len(senses), len(senses) + len(special))


def _by_first(*tables: _Forms) -> dict[str, list[tuple[str, ...]]]:
    out: dict[str, list[tuple[str, ...]]] = {}
    for table in tables:
        for key in table:
            out.setdefault(key[0], []).append(key)
    return out


def _text(name: str) -> str:
    return files("assistant.generation").joinpath(name).read_text(encoding="utf-8")


def _glossary() -> tuple[list[tuple[list[str], list[str]]], list[tuple[list[str], list[str]]]]:
    special, _, daily = _text("glossary.tsv").partition("\n# ==")
    return list(_rows("glossary.tsv", special)), list(_rows("glossary.tsv", "#" + daily))


def _rows(name: str, text: str | None = None) -> Iterator[tuple[list[str], list[str]]]:
    text = _text(name) if text is None else text
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) > 3:
            raise ConfigurationError(f"{name} line {number}: wanted at most 3 columns, got {len(cells)}")
        forms = [form for cell in cells[:2] for form in cell.split("|") if form.strip()]
        conclusions = [form for cell in cells[2:] for form in cell.split("|") if form.strip()]
        yield forms, conclusions


def _keys(form: str) -> Iterator[tuple[str, ...]]:
    """A form as tokens; a single English word in its inflections too, the ones that do not exist harm nobody."""
    key = tuple(token for token, _, _ in words(fold(form)))
    if not key:
        return
    yield key
    word = key[0]
    if len(key) > 1 or len(word) < 3 or word in _NOUNS or not re.fullmatch(r"[a-z]+", word):
        return
    base = word[:-1] if word.endswith("e") else word
    yield from ((base + "ed",), (base + "ing",))
    if word[-1] not in _VOWELS + "wy" and word[-2] in _VOWELS:
        yield from ((word + word[-1] + "ed",), (word + word[-1] + "ing",))
    if word.endswith("y"):
        yield (word[:-1] + "ied",)
