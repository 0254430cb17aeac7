"""The shop's policies: ``policies/<topic>.<lang>.md``, cut into the passages that are quoted in answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import CatalogError

TOPICS = ("returns", "shipping", "payment", "warranty", "privacy", "contact")
_NAME = re.compile(r"^(?P<topic>[a-z_]+)\.(?P<lang>[a-z]{2})\.md$")


@dataclass(frozen=True, slots=True)
class Passage:
    """One section of a policy: heading and text, as written by the shop."""

    topic: str
    language: str
    heading: str
    text: str


class PolicyBook:
    """All passages of a policy folder, by topic and language."""

    def __init__(self, passages: tuple[Passage, ...]) -> None:
        self.passages = passages

    @classmethod
    def read(cls, folder: Path) -> PolicyBook:
        """Every ``<topic>.<lang>.md`` below ``folder``; a section is what stands under one ``##`` heading.

        Raises:
            CatalogError: the folder is missing or a file is not UTF-8.
        """
        if not folder.is_dir():
            raise CatalogError(f"no policy folder at '{folder}'; give one with files such as returns.en.md")
        passages: list[Passage] = []
        for path in sorted(folder.glob("*.md")):
            match = _NAME.match(path.name)
            if not match:
                continue
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                raise CatalogError(
                    f"policy '{path.name}' is not UTF-8 (byte {error.start}); save it as UTF-8"
                ) from error
            for block in re.split(r"(?m)^## +", text)[1:]:
                heading, _, body = block.partition("\n")
                body = " ".join(body.split())
                if body:
                    passages.append(Passage(match["topic"], match["lang"], heading.strip(), body))
        return cls(tuple(passages))

    def about(self, topic: str, language: str) -> tuple[Passage, ...]:
        """The passages of a topic in ``language``, or in English where that language has none."""
        found = tuple(p for p in self.passages if p.topic == topic and p.language == language)
        return found or tuple(p for p in self.passages if p.topic == topic and p.language == "en")
