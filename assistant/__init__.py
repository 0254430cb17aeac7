"""A bilingual shopping assistant: understand the wish, find the products, say only what the record says."""

__version__ = "0.1.0"
