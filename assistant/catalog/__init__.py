"""Catalogues and policies as files: read, validate, stream. Knows nothing of vectors, ranking or conversations."""

from assistant.catalog.policies import Passage, PolicyBook
from assistant.catalog.reader import RowError, read_rows
from assistant.catalog.rows import parse_row, product_from_record

__all__ = ["Passage", "PolicyBook", "RowError", "parse_row", "product_from_record", "read_rows"]
