"""The shipped claim reader: it loads on the default encoder, is small, and tells a wrong material from a right one."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.generation.evidence import EvidenceReader
from assistant.generation.frames import load_frames
from assistant.generation.slots import slots_of
from assistant.generation.support import SupportReader
from assistant.generation.support_compiled import load_support
from assistant.generation.writer import card_for
from assistant.lexicon import Lexicon
from assistant.settings import Settings
from assistant.types import Product, ReplyLanguage

FOLDER = Path(__file__).resolve().parents[2] / "assistant" / "generation" / "weights" / "claims"
BOWL = Product(
    sku="A-1",
    title="Tarn oak salad bowl",
    price=39.5,
    category=("kitchen", "salad bowl"),
    attributes={"material": "oak", "diameter": "28 cm"},
    description="A wide bowl turned from oak. Wash it by hand and oil it now and then.",
    translations={
        "zh": {"title": "塔恩橡木沙拉碗", "description": "整块橡木车成的大碗，手洗，偶尔上油。", "category": "沙拉碗"}
    },
)


@pytest.fixture(scope="module")
def reader() -> SupportReader:
    settings = Settings()
    return load_support(FOLDER, settings.encoder, cache=settings.cache, offline=True)


def test_it_is_a_few_megabytes() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 12_000_000


@pytest.mark.models
@pytest.mark.parametrize(
    ("language", "sentence", "true", "false"),
    [
        ("en", "This bowl is turned from {} and wants washing by hand.", "oak", "marble"),
        ("zh", "这只碗用{}做成，要用手洗。", "橡木", "大理石"),
    ],
)
def test_a_material_that_is_not_the_records_is_doubted_more(
    language: ReplyLanguage, sentence: str, true: str, false: str, reader: SupportReader
) -> None:
    lexicon = Lexicon.load()
    evidence = EvidenceReader(lexicon, load_frames()).read(BOWL, slots_of(card_for(BOWL, language), language, lexicon))
    chances = []
    for word in (true, false):
        said = sentence.format(word)
        at = said.find(word)
        found = reader.doubts(said, evidence, "", language)
        chances.append(max(d.chance for d in found if d.start < at + len(word) and at < d.end))
    assert chances[1] > chances[0] + 0.2
