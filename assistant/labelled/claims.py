"""Texts about products in which every phrase that the record does not support is marked.

Knows the line format. Does not know how a claim is recognised, nor what is measured or trained on the texts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from assistant.catalog.rows import product_from_record
from assistant.labelled.lines import Lines, language_of, read_lines, text_of
from assistant.types import Product, ReplyLanguage

_WANTED = '{"language": "en", "request": "…", "product": {…}, "text": "…", "unsupported": [{"span": "…", "kind": "…"}]}'


@dataclass(frozen=True, slots=True)
class Planted:
    """A stretch of a text, ``[start, end)``, that its record does not support."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class ClaimCase:
    """A text about a product and every error in it; a true text has none. ``writer`` is the file's name where the line
    names nobody."""

    id: str
    language: ReplyLanguage
    request: str
    product: Product
    text: str
    planted: tuple[Planted, ...]
    writer: str = ""


def read_claim_cases(path: Path, records: Mapping[str, Mapping[str, Any]] | None = None) -> Lines[ClaimCase]:
    """Read labelled texts; a bad line is left out and named.

    Args:
        path: JSONL; a line has its ``product``, or the ``sku`` of one of ``records``.
        records: catalogue rows by SKU.

    Raises:
        TrainingError: the file cannot be read, or more of its lines are bad than good.
    """
    return read_lines(path, partial(_case, records or {}, path.stem), wanted=_WANTED)


def _case(records: Mapping[str, Mapping[str, Any]], file: str, line: Mapping[str, Any]) -> ClaimCase:
    text = text_of(line, "text")
    language = language_of({"lang": line.get("lang", line.get("language"))})
    row = line.get("product", records.get(str(line.get("sku"))))
    if not isinstance(row, Mapping):
        known = "product" not in line and "sku" in line
        raise ValueError(f"no record has the sku {line['sku']!r}" if known else "'product' is not an object")
    try:
        product = product_from_record(row)
    except (TypeError, ValidationError) as error:
        raise ValueError(f"'product' is no catalogue row: {error}") from error
    return ClaimCase(
        str(line.get("id") or ""),
        "zh" if language == "zh" else "en",
        str(line.get("request") or ""),
        product,
        text,
        tuple(_planted(text, item) for item in line.get("unsupported") or ()),
        str(line.get("writer") or file),
    )


def _planted(text: str, item: object) -> Planted:
    if not isinstance(item, dict) or not isinstance(item.get("span"), str) or not item["span"]:
        raise ValueError("every element of 'unsupported' needs a 'span' and a 'kind'")
    span = item["span"]
    start = item.get("start", text.find(span))
    if not isinstance(start, int) or start < 0 or text[start : start + len(span)] != span:
        raise ValueError(f"the span {json.dumps(span, ensure_ascii=False)[:60]} does not stand in the text")
    return Planted(start, start + len(span), str(item.get("kind") or "other"))
