"""The progress reporter, under the name the commands use."""

from assistant.progress import Steps

__all__ = ["Steps"]
