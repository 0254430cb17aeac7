"""Catalogues and policies as files: read, validate, stream. Knows nothing of vectors, ranking or conversations."""

from assistant.catalog.mapping import REQUIRED, ColumnMapping, guess_mapping, missing_fields, stated_mapping
from assistant.catalog.policies import Passage, PolicyBook
from assistant.catalog.reader import RowError, columns_of, read_rows
from assistant.catalog.rows import parse_row, product_from_record
from assistant.catalog.shopify import is_shopify

__all__ = [
    "REQUIRED",
    "ColumnMapping",
    "Passage",
    "PolicyBook",
    "RowError",
    "columns_of",
    "guess_mapping",
    "is_shopify",
    "missing_fields",
    "parse_row",
    "product_from_record",
    "read_rows",
    "stated_mapping",
]
