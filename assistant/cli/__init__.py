"""One command, ``assistant``: every subcommand is a thin layer over what the package offers."""

from assistant.cli.main import main

__all__ = ["main"]
