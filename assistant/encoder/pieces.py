"""Texts into token ids, without a model: what compiled networks are fed.

Stateless, and so safe to share between threads, which the tokenizers that cut and pad are not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.encoder.sentence import clean_text
from assistant.errors import WeightsError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# No piece of the common vocabularies is longer, so text beyond this many characters a token cannot reach the model.
_CHARACTERS_PER_TOKEN = 16
_FILE = "tokenizer.json"


def pad_id(folder: Path) -> int:
    """The id that a model folder states for filling up a batch; 0 where it states none."""
    path = folder / "config.json"
    stated = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return int(stated.get("pad_token_id") or 0)


def has_pieces(folder: Path) -> bool:
    """Whether a model folder holds a tokenizer that works without transformers."""
    return (folder / _FILE).is_file()


class Pieces:
    """A tokenizer as a function."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._special = tokenizer.num_special_tokens_to_add(False)

    @classmethod
    def load(cls, folder: Path) -> Pieces:
        """Read the tokenizer of a model folder.

        Raises:
            WeightsError: the folder holds none of the fast kind, or a damaged one.
        """
        from tokenizers import Tokenizer

        path = folder / _FILE
        if not path.is_file():
            raise WeightsError(f"{folder} holds no {_FILE}, so its texts cannot be cut into pieces without a model")
        try:
            return cls(Tokenizer.from_file(str(path)))
        except Exception as error:  # the library raises bare exceptions for every kind of damage
            raise WeightsError(f"the tokenizer in {path} cannot be loaded: {error}") from error

    def ids(self, texts: Sequence[str], *, prefix: str, max_tokens: int) -> list[list[int]]:
        """Token ids of each text, at most ``max_tokens`` of them; any string is taken, lone surrogates included."""
        prepared = [prefix + clean_text(text, max_tokens * _CHARACTERS_PER_TOKEN) for text in texts]
        out = []
        for encoding in self._tokenizer.encode_batch_fast(prepared, add_special_tokens=False):
            encoding.truncate(max_tokens - self._special)
            out.append(self._tokenizer.post_process(encoding).ids)
        return out
