"""What the lab works with: prompts and their folders, the text generator, the assistant in use, the database.

Knows how they come together for a suite. Does not know what is done with them.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.assembly import Parts
from assistant.evaluation.prompt_cases import PromptCase, case_files, read_cases
from assistant.evaluation.prompt_preview import TASKS, Rendered, Silent, pinned_writer, rendered_by
from assistant.evaluation.prompt_runs import model_name, prompt_folders, versions_in_use
from assistant.evaluation.prompt_suite import PromptSuite
from assistant.generation import BlurbWriter, Generator, Prompt, PromptBook
from assistant.lexicon import Lexicon
from assistant.pipeline import Assistant
from assistant.store.database import Database
from assistant.types import Product


class Pen:
    """The writer of the lab, made when first asked for: what it knows of words takes a moment to read."""

    _PATIENCE = 120.0
    """Seconds a text may take; nobody waits for it in a chat."""

    def __init__(self, generator: Callable[[], Generator], book: Callable[[], PromptBook], lexicon: Lexicon) -> None:
        self._generator = generator
        self._book = book
        self._lexicon = lexicon
        self._lock = threading.Lock()
        self._made: BlurbWriter | None = None

    def writer(self) -> BlurbWriter:
        """It writes with whatever version it is told."""
        with self._lock:
            if self._made is None:
                book = self._book()
                prompt = book.versions(next(iter(TASKS)))[0]
                self._made = pinned_writer(self._generator(), book, self._lexicon, prompt, patience=self._PATIENCE)
            return self._made

    def render(self, prompt: Prompt, product: Product, request: str) -> Rendered:
        """What a version becomes for a product and a request.

        Raises:
            PromptError: it cannot be rendered.
        """
        silent = Silent()
        writer = copy.copy(self.writer())
        writer.generator = silent
        return rendered_by(writer, silent, prompt, product, request)


@dataclass(frozen=True, slots=True)
class Bench:
    """The parts of the lab.

    ``shipped`` and ``overlay`` are the prompt folders, the second need not exist yet; ``results`` is the folder of
    results that the command line reads and writes too. ``usual`` is task → the version that the generator was trained
    with.
    """

    database: Database
    shipped: Path
    overlay: Path
    results: Path
    lexicon: Lexicon
    generator: Callable[[], Generator]
    assistant: Callable[[], Assistant]
    model: str
    usual: Mapping[str, str]
    pen: Pen

    @classmethod
    def of(cls, parts: Parts, database: Database, assistant: Callable[[], Assistant]) -> Bench:
        """The parts of a running server.

        Args:
            parts: where generator and word knowledge are.
            database: where runs, votes and turns are kept.
            assistant: the assistant that answers now.
        """
        settings = parts.settings
        return cls.made(
            database,
            prompt_folders(settings),
            settings.data / "prompt-runs",
            parts.lexicon,
            lambda: parts.generator,
            assistant,
            model=model_name(settings),
            usual=versions_in_use(settings),
        )

    @classmethod
    def made(
        cls,
        database: Database,
        folders: tuple[Path, Path],
        results: Path,
        lexicon: Lexicon,
        generator: Callable[[], Generator],
        assistant: Callable[[], Assistant],
        *,
        model: str,
        usual: Mapping[str, str] | None = None,
    ) -> Bench:
        """Of parts that are named one by one; ``folders`` are the shipped prompts and those of the overlay."""
        shipped, overlay = folders
        pen = Pen(generator, lambda: _book(shipped, overlay), lexicon)
        return cls(database, shipped, overlay, results, lexicon, generator, assistant, model, dict(usual or {}), pen)

    @property
    def folders(self) -> tuple[Path, ...]:
        """The prompt folders that exist, the one that wins last."""
        return (self.shipped, *([self.overlay] if self.overlay.is_dir() else []))

    def book(self) -> PromptBook:
        """Every version and label as the files have them now.

        Raises:
            PromptError: a file is malformed.
        """
        return _book(self.shipped, self.overlay)

    def tasks(self) -> tuple[str, ...]:
        """The tasks that can be tried and tested."""
        return tuple(task for task in self.book().tasks() if task in TASKS)

    def cases(self, task: str) -> tuple[PromptCase, ...]:
        """The cases of a task, of both folders.

        Raises:
            PromptError: a file cannot be read.
        """
        return read_cases(case_files(task, self.folders), languages=[TASKS[task]])

    def results_of(self, task: str) -> Path:
        """The file of results of a task; all languages share one."""
        return self.results / f"{family(task)}.jsonl"

    def product(self, sku: str) -> Product | None:
        """A product of the catalogue in use."""
        return self.assistant().engine.product(sku)

    def suite(self, book: PromptBook) -> PromptSuite:
        """A suite that writes with the shop's own generator."""
        return PromptSuite(
            self.generator(),
            book,
            self.lexicon,
            product=self.product,
            assistant=self.assistant,
            model=self.model,
            writer=self.pen.writer(),
        )

    def tokens(self, text: str) -> int | None:
        """How many tokens a text is for the generator; ``None`` where it cannot say, such as behind a URL."""
        count = getattr(self.generator(), "count_tokens", None)
        return None if count is None else int(count(text))


def _book(shipped: Path, overlay: Path) -> PromptBook:
    return PromptBook.load(shipped, overlay if overlay.is_dir() else None)


def family(task: str) -> str:
    """``blurb`` of ``blurb.en``: what the languages of a task share."""
    return task.rpartition(".")[0] or task
