"""Where the shipped defaults lie: at the top level of a checkout, inside the package of a wheel."""

from __future__ import annotations

from pathlib import Path

from assistant.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parent


def default_folder(name: str) -> Path:
    """The folder of the shipped ``catalog`` or ``prompts``.

    Raises:
        ConfigurationError: the installation lacks it.
    """
    for candidate in (_PACKAGE / "_defaults" / name, _PACKAGE.parent / name):
        if candidate.is_dir() and (candidate / "README.md").exists():
            return candidate
    raise ConfigurationError(f"this installation lacks its '{name}' folder; install the package again")
