"""Which products a shop promotes, out of its setting. Knows texts and files; what comes of it is decided elsewhere."""

from __future__ import annotations

from pathlib import Path

from assistant.errors import ConfigurationError


def promoted_skus(stated: str) -> frozenset[str]:
    """The SKUs that a setting names: separated by commas, or one a line in the file it is the path of.

    Raises:
        ConfigurationError: it is the path of a file that cannot be read.
    """
    path = Path(stated) if stated.strip() else None
    if path is not None and ("," not in stated and (path.is_file() or path.suffix)):
        try:
            stated = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"the promoted products '{path}' cannot be read: {error}; set ASSISTANT_PROMOTED to SKUs or a file"
            ) from error
    return frozenset(sku for line in stated.splitlines() for part in line.split(",") if (sku := part.strip()))
