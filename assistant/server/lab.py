"""The prompt lab over the parts of a running server, and its page behind the role it asks for.

Knows how they come together; knows nothing of what the page shows.
"""

from __future__ import annotations

from assistant.assembly import Parts
from assistant.lab import Bench, Lab
from assistant.pipeline import Assistant
from assistant.retrieval import Live
from assistant.server.faces import Face
from assistant.store.database import Database
from assistant.ui.lab import build_lab
from assistant.ui.theme import head, theme

PATH = "/lab"


def open_lab(parts: Parts, database: Database, assistant: Live[Assistant]) -> Lab:
    """The lab of a server; close it before the database.

    Args:
        parts: where generator and word knowledge are.
        database: where runs, votes and turns are kept.
        assistant: whoever answers now.
    """
    return Lab(Bench.of(parts, database, assistant.get))


def lab_face(lab: Lab) -> Face:
    """The page of a lab."""
    return Face(PATH, build_lab(lab), "manager", theme(), head("lab.css"))
