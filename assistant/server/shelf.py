"""The part of an assistant that answers without a conversation: reading, searching, companions, policies.

A server takes it from the assistant that answers now; the ``mcp`` command builds it alone, without a text generator.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.catalog import PolicyBook
from assistant.companions import Companions
from assistant.pipeline import Assistant
from assistant.retrieval import SearchEngine
from assistant.understanding import Reader


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a catalogue can be asked with."""

    reader: Reader
    engine: SearchEngine
    companions: Companions
    policies: PolicyBook

    @classmethod
    def of(cls, assistant: Assistant) -> Shelf:
        """Of a whole assistant."""
        return cls(assistant.reader, assistant.engine, assistant.companions, assistant.policies)
