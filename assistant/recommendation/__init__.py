"""What goes with what. Ranks rows inside a mask of allowed ones, so hard constraints stay hard."""

from assistant.recommendation.complements import Complements

__all__ = ["Complements"]
