"""Every recommender by its name, and how a saved one is read back. Knows nothing of the files they learn from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assistant.errors import TrainingError
from assistant.recommendation.base import Recommender, read_manifest
from assistant.recommendation.content import Content
from assistant.recommendation.embeddings import GradientFactors
from assistant.recommendation.factors import BPR, ImplicitALS
from assistant.recommendation.hybrid import Hybrid
from assistant.recommendation.neighbours import ItemNeighbours, SequentialRules
from assistant.recommendation.popularity import Popularity
from assistant.recommendation.private import PrivateNeighbours
from assistant.recommendation.sequence import SequenceTransformer

MODELS: dict[str, type[Recommender]] = {
    cls.name: cls
    for cls in (
        Popularity,
        ItemNeighbours,
        SequentialRules,
        ImplicitALS,
        BPR,
        GradientFactors,
        Content,
        Hybrid,
        PrivateNeighbours,
        SequenceTransformer,
    )
}
"""Constructors by name; a model's options are their keyword arguments."""


def make(name: str, **options: Any) -> Recommender:
    """An unfitted model.

    Raises:
        TrainingError: there is no such model, or it has no such option.
    """
    if name not in MODELS:
        raise TrainingError(f"there is no recommender '{name}'; there are {', '.join(sorted(MODELS))}")
    try:
        return MODELS[name](**options)
    except TypeError as error:
        raise TrainingError(f"the recommender '{name}' does not take these options: {error}") from error


def load(folder: Path) -> Recommender:
    """A saved model.

    Raises:
        TrainingError: the folder holds none, or one that cannot be read.
    """
    manifest = read_manifest(folder)
    return make(str(manifest["model"]), **manifest["options"]).load_from(folder)
