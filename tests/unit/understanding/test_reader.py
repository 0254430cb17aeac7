"""Where the taxonomy's own rules overrule the classifier, and where they must not."""

from __future__ import annotations

import pytest

from assistant.lexicon import Lexicon
from assistant.understanding import ConstraintParser, IntentPrediction, Reader


class Says:
    """A classifier that always says the same."""

    def __init__(self, intent: str, confidence: float = 0.6, **others: float) -> None:
        self._prediction = IntentPrediction(intent, confidence, {intent: confidence, **others})

    def predict(self, texts: list[str]) -> list[IntentPrediction]:
        return [self._prediction for _ in texts]


@pytest.fixture(scope="module")
def parts() -> tuple[ConstraintParser, Lexicon]:
    lexicon = Lexicon.load()
    return ConstraintParser(lexicon), lexicon


def intent_of(parts: tuple[ConstraintParser, Lexicon], text: str, says: Says) -> str:
    return Reader(says, *parts).understand([text])[0].intent


@pytest.mark.parametrize(
    ("text", "says", "wanted"),
    [
        ("I need a wallet", Says("out_of_scope"), "product_search"),
        ("来个口红", Says("out_of_scope"), "product_search"),
        ("我想买一条新手机", Says("out_of_scope"), "product_search"),
        ("also a kettle under 60", Says("refine_results"), "product_search"),
        ("全店最便宜的手风琴", Says("product_question"), "product_search"),
        ("anything cheaper than that one?", Says("compare_products"), "refine_results"),
        ("none with stripes please", Says("out_of_scope", 0.5), "refine_results"),
        ("15-35 dollars", Says("product_search", 0.97), "refine_results"),
        ("两百到三百吧", Says("check_promotion", 0.97), "refine_results"),
        ("no clowns, the kids would cry", Says("refine_results", 0.6, unsafe=0.4), "refine_results"),
        ("刚下的单不要了，撤回吧", Says("modify_cancel_order", 0.95), "modify_cancel_order"),
        (
            "is the second one lighter than the fourth",
            Says("out_of_scope", 0.5, compare_products=0.2),
            "compare_products",
        ),
    ],
)
def test_a_rule_of_the_taxonomy_overrules(
    parts: tuple[ConstraintParser, Lexicon], text: str, says: Says, wanted: str
) -> None:
    assert intent_of(parts, text, says) == wanted


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("her mum is strict about sugar, nothing sweet", Says("refine_results")),
        ("take the kettle out of my cart", Says("manage_cart")),
        ("my phone stopped charging", Says("warranty_repair")),
        ("is it waterproof", Says("product_question")),
        ("make it blue", Says("refine_results")),
        ("ideas for a tea lover under 40", Says("browse_ideas")),
        ("what is the capital of Peru", Says("out_of_scope")),
        ("", Says("smalltalk")),
    ],
)
def test_the_classifier_keeps_its_word(parts: tuple[ConstraintParser, Lexicon], text: str, says: Says) -> None:
    assert intent_of(parts, text, says) == says.predict([text])[0].intent


def test_confidence_stays_a_probability(parts: tuple[ConstraintParser, Lexicon]) -> None:
    reader = Reader(Says("out_of_scope", 0.7, product_search=0.2), *parts)
    understanding = reader.understand(["I need a wallet"])[0]
    assert understanding.confidence == pytest.approx(0.9)
