"""Which words say the same, and what anyone would grant: a table of rows in both languages.

Knows word forms and rows. Knows no product: the claim check asks it which rows a text and a record have in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files

from assistant.errors import ConfigurationError
from assistant.lexicon.text import fold, words

_Forms = dict[tuple[str, ...], frozenset[int]]
_LONGEST = 7
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

    def __init__(self, rows: Iterable[tuple[Iterable[str], Iterable[str]]]) -> None:
        """Index the rows.

        Args:
            rows: for each row the forms that mean the same, and the forms that follow from them.
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
        self._starts = frozenset(k[0] for k in (*self._same, *self._follow))

    @classmethod
    def load(cls) -> Senses:
        """The shipped table.

        Raises:
            ConfigurationError: a line has more than three columns.
        """
        text = files("assistant.generation").joinpath("senses.tsv").read_text(encoding="utf-8")
        rows = []
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            cells = line.split("\t")
            if len(cells) > 3:
                raise ConfigurationError(f"senses.tsv line {number}: wanted at most 3 columns, got {len(cells)}")
            forms = [form for cell in cells[:2] for form in cell.split("|") if form.strip()]
            conclusions = [form for cell in cells[2:] for form in cell.split("|") if form.strip()]
            rows.append((forms, conclusions))
        return cls(rows)

    def found(self, text: str) -> Iterator[Sense]:
        """Every form of every row in a text, the overlapping ones too."""
        tokens = words(text)
        for i, (first, start, _) in enumerate(tokens):
            if first not in self._starts:
                continue
            key: tuple[str, ...] = ()
            for token, _, end in tokens[i : i + _LONGEST]:
                key = (*key, token)
                rows, follows = self._same.get(key), self._follow.get(key)
                if rows or follows:
                    yield Sense(start, end, rows or frozenset(), follows or frozenset())


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
