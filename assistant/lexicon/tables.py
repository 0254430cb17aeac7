"""The tables themselves, and the longest-match search over them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from assistant.errors import ConfigurationError
from assistant.lexicon.text import HAN, PLURAL_ONLY, fold, words

#: The kind of phrases that contain a product word without naming it ("phone number", 包邮).
IDIOM = "idiom"
_NOT_PROPERTIES = frozenset(("product", "color", "brand", IDIOM))


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing both languages have words for; ``kind`` is ``product``, ``color``, ``brand`` or a property kind."""

    key: str
    kind: str
    en: tuple[str, ...]
    zh: tuple[str, ...]
    narrower: tuple[str, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        """Every surface form, English first."""
        return self.en + self.zh


@dataclass(frozen=True, slots=True)
class Mention:
    """A span ``[start, end)`` of the searched text and the concepts it can name."""

    start: int
    end: int
    text: str
    concepts: tuple[Concept, ...]


def _split(cell: str) -> tuple[str, ...]:
    return tuple(form.strip() for form in cell.split("|") if form.strip())


def _rows(name: str) -> list[tuple[int, list[str]]]:
    text = files("assistant.lexicon").joinpath(name).read_text(encoding="utf-8")
    return [
        (number, line.rstrip("\n").split("\t"))
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.startswith("#")
    ]


class Lexicon:
    """All concepts of the shipped tables (or of the ones given), searchable by surface form.

    Building reads a few hundred kilobytes once; the owner keeps the instance and hands it around.
    """

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self.concepts: tuple[Concept, ...] = tuple(concepts)
        self._by_key = {(c.kind == "product", c.key): c for c in reversed(self.concepts)}
        self._forms: dict[tuple[str, ...], list[Concept]] = {}
        for concept in self.concepts:
            for form in concept.forms:
                token_key = tuple(token for token, _, _ in words(fold(form)))
                for key in self._variants(token_key):
                    if concept not in self._forms.setdefault(key, []):
                        self._forms[key].append(concept)
        self._longest: dict[str, int] = {}
        for token_key in self._forms:
            self._longest[token_key[0]] = max(self._longest.get(token_key[0], 0), len(token_key))
        self.tokens = frozenset(token for token_key in self._forms for token in token_key)
        """Every token that some surface form holds, as :func:`words` makes them."""

    @staticmethod
    def _variants(tokens: tuple[str, ...]) -> list[tuple[str, ...]]:
        """A form as given, and its plural where plural and singular are different words ("wine glass": "glasses")."""
        if len(tokens) < 2:
            return [tokens] if tokens else []
        plurals = [p for p in (tokens[-1] + "s", tokens[-1] + "es") if p in PLURAL_ONLY]
        return [tokens, *((*tokens[:-1], p) for p in plurals)]

    @classmethod
    def load(cls) -> Lexicon:
        """The shipped tables.

        Raises:
            ConfigurationError: a table has a line of the wrong shape.
        """
        concepts: list[Concept] = []
        for number, row in _rows("products.tsv"):
            if len(row) not in (2, 3):
                raise ConfigurationError(f"products.tsv line {number}: wanted 2 or 3 columns, got {len(row)}")
            en = _split(row[0])
            concepts.append(Concept(en[0], "product", en, _split(row[1]), _split(row[2]) if len(row) == 3 else ()))
        for number, row in _rows("properties.tsv"):
            if len(row) != 3:
                raise ConfigurationError(f"properties.tsv line {number}: wanted 3 columns, got {len(row)}")
            en = _split(row[1])
            concepts.append(Concept(en[0], row[0].strip(), en, _split(row[2])))
        for name, kind in (("colors.tsv", "color"), ("brands.tsv", "brand")):
            for number, row in _rows(name):
                if len(row) not in ((3,) if kind == "color" else (1, 2)):
                    raise ConfigurationError(f"{name} line {number}: wrong number of columns ({len(row)})")
                if kind == "color":
                    concepts.append(Concept(row[0].strip(), kind, (row[0].strip(), *_split(row[1])), _split(row[2])))
                else:
                    en = _split(row[0])
                    concepts.append(Concept(en[0], kind, en, _split(row[1]) if len(row) == 2 else ()))
        return cls(concepts)

    def product(self, key: str) -> Concept | None:
        """The product type with this key."""
        return self._by_key.get((True, key))

    def named(self, form: str) -> tuple[Concept, ...]:
        """The concepts that have exactly this surface form, plural and case apart."""
        return tuple(self._forms.get(tuple(token for token, _, _ in words(fold(form))), ()))

    def mentions(self, text: str, kinds: Iterable[str] | None = None) -> list[Mention]:
        """Non-overlapping mentions, longest first from the left. ``kinds`` narrows what is looked for.

        The longest form of *any* kind takes its span before ``kinds`` is applied, so that "green tea" is no green
        thing, 防水 is no water and 包邮 is no bag. Only property words are also found inside a longer product name,
        where they mostly hold: a "leather jacket" is of leather. ``idiom`` rows take their span and are never returned,
        unless asked for by kind.
        """
        wanted = None if kinds is None else frozenset(kinds)
        tokens = words(text)
        names = tuple(token for token, _, _ in tokens)
        out: list[Mention] = []
        i = 0
        product_end = 0  # up to this token we are inside a product name that was not asked for
        while i < len(tokens):
            step = 1
            for n in range(min(self._longest.get(names[i], 0), len(tokens) - i), 0, -1):
                found = self._forms.get(names[i : i + n])
                if not found or (i < product_end and i + n > product_end):
                    continue
                if all(c.kind != "product" for c in found) and self._cuts_product(tokens, i, n):
                    continue
                if wanted is None:
                    hits = [c for c in found if c.kind != IDIOM]
                else:
                    hits = [c for c in found if c.kind in wanted]
                if i < product_end:
                    hits = [c for c in hits if c.kind not in _NOT_PROPERTIES]
                if hits:
                    start, end = tokens[i][1], tokens[i + n - 1][2]
                    out.append(Mention(start, end, text[start:end], tuple(hits)))
                    step = n
                    break
                if i >= product_end:
                    if all(c.kind != "product" for c in found):
                        step = n
                        break
                    product_end = i + n
            i += step
        return out

    def _cuts_product(self, tokens: list[tuple[str, int, int]], start: int, size: int) -> bool:
        """Whether a form ends in the middle of a product name whose rest is no product: 新手 in 新手机 (a new phone).

        Chinese is written without spaces, so the longest match from the left can end inside the next word.
        """
        end = start + size
        if not HAN.match(tokens[end - 1][0]) or self._product_from(tokens, end):
            return False
        return any(self._product_from(tokens, inner, beyond=end) for inner in range(start + 1, end))

    def _product_from(self, tokens: list[tuple[str, int, int]], start: int, beyond: int = 0) -> bool:
        """Whether a product name begins at this token and reaches further than ``beyond``."""
        if start >= len(tokens):
            return False
        for n in range(min(self._longest.get(tokens[start][0], 0), len(tokens) - start), 0, -1):
            if start + n <= beyond:
                break
            found = self._forms.get(tuple(t[0] for t in tokens[start : start + n]), ())
            if any(c.kind == "product" for c in found):
                return True
        return False

    def surface_forms(self, concept: Concept) -> tuple[str, ...]:
        """All forms of a concept and of the narrower ones below it, each once."""
        out: dict[str, None] = {}
        pending, seen = [concept], set()
        while pending:
            c = pending.pop()
            if c.key in seen:
                continue
            seen.add(c.key)
            out.update(dict.fromkeys(c.forms))
            pending += [n for key in c.narrower if (n := self.product(key)) is not None]
        return tuple(out)

    @cached_property
    def usual(self) -> dict[str, str]:
        """Narrower type -> general type, where listings mostly leave the modifier out: a plain "clock" is a wall clock,
        and 头戴式耳机 are what "headphones" without another word are."""
        return {row[0].strip(): row[1].strip() for _, row in _rows("usual.tsv") if len(row) == 2}

    @cached_property
    def attribute_labels(self) -> dict[str, tuple[str, str]]:
        """``attribute_key -> (English label, Chinese label)``."""
        return {row[0].strip(): (row[1].strip(), row[2].strip()) for _, row in _rows("attributes.tsv") if len(row) == 3}
