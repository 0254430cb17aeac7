"""How attributes are said: one predicate per attribute and language, from a table.

Knows the table beside this file. Knows no product.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from assistant.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Frame:
    """One attribute as a predicate in each language; empty where it is not said.

    ``{v}`` stands for the value, ``{n}`` for one that must be a number.
    """

    en: str
    zh: str

    def said(self, value: object) -> str:
        """Both predicates with the value put in, as the record states them."""
        return " ; ".join(p.replace("{v}", str(value)).replace("{n}", str(value)) for p in (self.en, self.zh) if p)


def load_frames() -> dict[str, Frame]:
    """The shipped table, attribute keys in order of preference.

    Raises:
        ConfigurationError: a line has not three columns.
    """
    text = files("assistant.generation").joinpath("frames.tsv").read_text(encoding="utf-8")
    out: dict[str, Frame] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 3:
            raise ConfigurationError(f"frames.tsv line {number}: wanted 3 columns, got {len(cells)}")
        key, en, zh = (cell.strip() for cell in cells)
        out[key] = Frame("" if en == "-" else en, "" if zh == "-" else zh)
    return out
