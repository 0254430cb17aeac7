"""Where settings become objects: an index, classifier, generator, and the assistant made of them.

Every command and page gets its parts from here, so there is one way they fit together. Each part is made when first
asked for: ``understand`` never waits for the text generator.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.assembly_index import IndexParts, Report, silent
from assistant.catalog import PolicyBook
from assistant.companions import Companions
from assistant.generation import BlurbWriter, Generator, PromptBook, ReplyWriter, load_generator
from assistant.generation.adapter import TextAdapter, choose_adapter
from assistant.generation.prompts import MovingPrompts
from assistant.generation.support import SupportReader
from assistant.generation.support_compiled import load_support
from assistant.personal import Bounds
from assistant.pipeline import Assistant
from assistant.promoted import promoted_skus
from assistant.recommendation import Complements
from assistant.recommendation.base import Recommender
from assistant.recommendation.complements_events import Together, together_of
from assistant.resources import default_folder
from assistant.retrieval import Live
from assistant.settings import Settings
from assistant.understanding import (
    CategoryClassifier,
    ConstraintParser,
    EncoderIntentClassifier,
    Reader,
    categories_of,
)
from assistant.understanding.versions import ClassifierShelf

# Catalogues with more rows are told apart by so many of each category.
_TELLING = 25_000
_OF_EACH = 50
# Parts that are made of an index version, and made again of the next one.
_OF_THE_INDEX = ("engine", "parser", "categories", "reader", "together", "assistant")


def _some_of_each(codes: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """The rows that stand for their categories, given as codes: all of a small catalogue, of a large one some of each.

    More rows tell a category apart no better, and each costs a comparison with every message.
    """
    if len(codes) <= _TELLING:
        return np.arange(len(codes))
    order = np.argsort(codes, kind="stable")
    counts = np.bincount(codes)
    place = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    # Evenly over each category: a catalogue often lists what is alike together.
    size = np.repeat(counts, counts)
    kept = place * _OF_EACH // np.maximum(size, _OF_EACH) != (place - 1) * _OF_EACH // np.maximum(size, _OF_EACH)
    chosen: npt.NDArray[np.int64] = np.sort(order[kept])
    return chosen


class Parts(IndexParts):
    """The parts of one running assistant, each made once. ``index`` is an index folder; without it the default
    catalogue's is used and built on first use."""

    def __init__(
        self,
        settings: Settings,
        *,
        index: Path | None = None,
        report: Report = silent,
        edited: Callable[[PolicyBook], PolicyBook] = lambda book: book,
    ) -> None:
        """``edited`` lays what people changed of the shop's policies over its files."""
        super().__init__(settings, index=index, report=report)
        self._edited = edited

    @cached_property
    def parser(self) -> ConstraintParser:
        """The constraint parser, with the brands of the index where one is in use."""
        return ConstraintParser(self.lexicon, self.engine.columns.brand_names)

    @property
    def classifiers(self) -> ClassifierShelf:
        """The classifiers that were made of agents' corrections, and which of them is in use."""
        return ClassifierShelf(self.settings.data / "intent")

    @cached_property
    def classifier(self) -> EncoderIntentClassifier:
        """The intent classifier: the promoted one where there is one, else the shipped one."""
        s = self.settings
        self._report("loading the intent classifier", 0.0)
        classifier = EncoderIntentClassifier.load(
            self.classifiers.current(),
            s.encoder,
            cache=s.cache,
            device=s.device,
            dtype=s.dtype,
            offline=s.offline,
            progress=self._stepped("preparing the intent classifier"),
            # The classifier was trained beside the plain encoder, and never looks at an adapted one.
            encoder=self.encoder if s.encoder_adapter is None else None,
            compiled=s.compiled,
            threads=s.threads or 0,
        )
        self._report("loading the intent classifier", 1.0)
        return classifier

    @cached_property
    def categories(self) -> CategoryClassifier:
        """The second label of a message: which product type of the index it is about."""
        return self.categories_at(None)

    def categories_at(self, level: int | None) -> CategoryClassifier:
        """A classifier over the first ``level`` elements of the category paths of the index; ``None``: all of them."""
        engine = self.engine
        index = engine.index
        rows = _some_of_each(index.columns.category)
        products = [index.products[row] for row in rows.tolist()]
        translated = [[str(t.get("category") or "") for t in p.translations.values()] for p in products]
        labels, owners = categories_of([p.category for p in products], translated, level=level)
        vectors = index.vectors[rows].astype(np.float32, copy=False)
        return CategoryClassifier(
            labels,
            self.encoder,
            self.lexicon,
            products=vectors,
            owners=owners,
            keywords=lambda text: engine.keyword_scores(text)[rows],
        )

    @cached_property
    def reader(self) -> Reader:
        """The understanding stage."""
        return Reader(self.classifier, self.parser, self.lexicon)

    @cached_property
    def generator(self) -> Generator:
        """The text backend."""
        s = self.settings
        self._report("loading the text generator", 0.0)
        generator = load_generator(
            s.generator,
            cache=s.cache,
            device=s.device,
            dtype=s.dtype,
            offline=s.offline,
            adapter=self.generator_adapter,
            progress=self._stepped("preparing the text generator"),
            url=s.generator_url,
            key=s.generator_key.get_secret_value() if s.generator_key is not None else None,
            at_once=s.generator_at_once,
        )
        self._report("loading the text generator", 1.0)
        return generator

    @cached_property
    def generator_adapter(self) -> TextAdapter | None:
        """What is added to the text generator; ``None`` where it runs as it is."""
        if self.settings.generator_url is not None and self.settings.generator_adapter == "auto":
            # A server adds its own; only a person knows whether it is one of ours, and names its folder then, so that
            # the prompts are those it was trained with.
            return None
        return choose_adapter(self.settings.generator_adapter, self.settings.generator)

    @cached_property
    def prompts(self) -> PromptBook:
        """The shipped prompts, overlaid by the edited ones; a folder that was named must exist."""
        overlay = self.settings.prompts or self.settings.data / "prompts"
        used = overlay if overlay.is_dir() or self.settings.prompts else None
        return PromptBook.load(default_folder("prompts"), used)

    @cached_property
    def moving_prompts(self) -> MovingPrompts:
        """The same, as they are whenever a text is written: labels move and versions come while a server runs."""
        overlay = self.settings.prompts or self.settings.data / "prompts"
        return MovingPrompts(default_folder("prompts"), overlay, self.prompts)

    @cached_property
    def blurbs(self) -> BlurbWriter:
        """The writer of recommendation texts."""
        adapter = self.generator_adapter
        versions = adapter.versions if adapter is not None else None
        return BlurbWriter(
            self.generator,
            self.moving_prompts,
            self.lexicon,
            versions=versions,
            support=self.claim_reader,
            encoder=self.encoder,
        )

    @cached_property
    def claim_reader(self) -> SupportReader | None:
        """The network that reads texts beside the rules of the claim check; ``None`` leaves them to the rules."""
        s = self.settings
        if s.claim_reader is None:
            return None
        return load_support(
            s.claim_reader,
            s.encoder,
            cache=s.cache,
            offline=s.offline,
            progress=self._stepped("preparing the claim reader"),
        )

    @cached_property
    def policies(self) -> PolicyBook:
        """The shop's policies."""
        return self._edited(PolicyBook.read(self.settings.policies or self.catalog_folder / "policies"))

    @property
    def orders(self) -> Path | None:
        """Where the orders are that agents see: as set, else those of the shipped catalogue while that is in use."""
        shipped = self.catalog_folder / "orders.jsonl"
        stands = self.settings.catalog is None and self._index_folder is None and shipped.is_file()
        return self.settings.orders or (shipped if stands else None)

    @cached_property
    def assistant(self) -> Assistant:
        """Everything together.

        Loaded one after the other: transformers sets torch's default number format for the whole process while it
        loads a model, so two models loading at once get each other's, and their packages import in circles.
        """
        return Assistant(
            self.reader,
            self.engine,
            Complements.load(self.lexicon),
            self.blurbs,
            ReplyWriter(self.lexicon, self.encoder),
            self.policies,
            categories=self.categories,
            page_size=self.settings.page_size,
            recommender=self.recommender,
            bounds=self.bounds,
            together=self.together,
        )

    @property
    def bounds(self) -> Bounds:
        """How far lists may be moved by what a shopper did, and which products are promoted.

        Raises:
            ConfigurationError: the file of promoted products cannot be read.
        """
        s = self.settings
        return Bounds(
            s.personal_weight if s.personal else 0.0,
            s.personal_browse_weight if s.personal else 0.0,
            60 * s.personal_half_life,
            s.personal_diversity,
            s.personal_brand_share,
            promoted_skus(s.promoted),
            s.promoted_lift,
        )

    @cached_property
    def recommender(self) -> Recommender | None:
        """The recommender that was trained on shoppers' events; ``None`` where none stands in the data folder.

        Raises:
            TrainingError: one stands there and cannot be read.
        """
        # Late: most commands recommend nothing, and the models bring their libraries.
        from assistant.recommendation.versions import current, load_current

        folder = self.settings.data / "recommender"
        return None if current(folder) is None else load_current(folder)

    @property
    def events(self) -> Path | None:
        """The shop's history: ``events.jsonl`` or ``events.jsonl.gz`` in the data folder, else beside the catalogue.

        An index that was named is of a catalogue nobody named, so that only the data folder is looked at.
        """
        folders = [self.settings.data]
        if self._index_folder is None:
            folders.append(self.catalog_file.parent)
        files = (folder / f"events.jsonl{ending}" for folder in folders for ending in ("", ".gz"))
        return next((file for file in files if file.is_file()), None)

    @cached_property
    def together(self) -> Together | None:
        """What the shop's history says of products met together; ``None`` where there is none of this catalogue.

        Raises:
            TrainingError: there are events and they cannot be read.
        """
        if self.events is None:
            return None
        products = self.engine.products
        self._report("counting what goes together", 0.0)
        made = together_of(
            self.events, [p.sku for p in products], [p.type for p in products], self.settings.cache / "together"
        )
        self._report("counting what goes together", 1.0)
        return made

    @property
    def companions(self) -> Companions:
        """What goes with products and what is like them, without the rest of an assistant."""
        return Companions(self.engine, Complements.load(self.lexicon), self.recommender, self.together)

    def live(self) -> Live[Assistant]:
        """The assistant over whatever version of the index is the current one, for a server that goes on meanwhile."""
        made = iter((self,))

        def newest() -> Assistant:
            return (next(made, None) or self._renewed()).assistant

        return Live(
            self.index_folder,
            newest,
            lambda assistant: assistant.engine.index.version,
            close=lambda assistant: assistant.engine.index.store.close(),
        )

    def _renewed(self) -> Parts:
        """Parts with the same models and nothing that was made of the index."""
        fresh = copy.copy(self)
        for name in _OF_THE_INDEX:
            vars(fresh).pop(name, None)
        # Whoever made a new version built it; here it is only opened.
        fresh._index_folder, fresh._report = self.index_folder, silent
        return fresh
