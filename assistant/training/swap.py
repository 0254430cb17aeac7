"""Put another product into a sentence: what makes it a search, a return or a repair does not depend on the thing.

Knows the product words of the lexicon and the shop's own labels. Used while training only; a few thousand sentences
name a few hundred things, and a classifier would else take those nouns for a sign of the label they happened to have.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from assistant.labelled.utterances import Utterance
from assistant.lexicon import Lexicon
from assistant.lexicon.text import HAN
from assistant.types import INTENTS

# Here the noun is the meaning (a forbidden thing, a poem's subject), a verb in disguise ("phone me"), or the shop's own
# basket.
_KEEP = frozenset(
    "browse_ideas manage_cart refine_results account_privacy speak_to_human smalltalk unsafe out_of_scope".split()
)


class ProductSwap:
    """Swaps one product word of a known sentence for another in the same script."""

    def __init__(self, lexicon: Lexicon, lines: Iterable[Utterance]) -> None:
        products = [c for c in lexicon.concepts if c.kind == "product"]
        self._english = tuple(sorted({form for c in products for form in c.en}))
        self._chinese = tuple(sorted({form for c in products for form in c.zh if HAN.match(form)}))
        self._spans: dict[str, tuple[tuple[int, int], ...]] = {}
        for line in lines:
            if line.label not in _KEEP:
                found = lexicon.mentions(line.text, ("product",))
                if found:
                    self._spans[line.text] = tuple((m.start, m.end) for m in found)

    def __len__(self) -> int:
        return len(self._spans)

    def __call__(self, text: str, rng: random.Random, rate: float) -> str:
        """The sentence about another thing, with probability ``rate`` where it names one."""
        spans = self._spans.get(text)
        if spans is None or rng.random() >= rate:
            return text
        start, end = rng.choice(spans)
        old = text[start:end]
        new = rng.choice(self._chinese if HAN.search(old) else self._english)
        if old.isascii() and old.endswith("s") and not new.endswith("s"):
            new += "s"
        return text[:start] + new + text[end:]


def is_shop_label_set(labels: Iterable[str]) -> bool:
    """Whether these are labels of the shop's own taxonomy, for which swapping products is known to keep the meaning."""
    return set(labels) <= set(INTENTS)
