"""What the words of plain texts decide alone, against the whole classifier, and what that spares.

    python tests/benchmarks/plain_texts.py

Prints JSON: how many texts of the independent test set are plain and how many of them the whole classifier reads
otherwise; the same for pairs of a plain message and another one, some of them attacks that hide behind it; messages
understood a second in batches (medians of 15 rounds) with and without the rule.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from assistant.assembly import Parts
from assistant.labelled.utterances import Utterance, read_utterances
from assistant.settings import Settings
from assistant.understanding.intent import EncoderIntentClassifier

DATA = Path(__file__).parents[2] / "assistant" / "understanding" / "data"
ROUNDS, PAIRS, SEED = 15, 750, 3


def lines(name: str) -> list[Utterance]:
    return list(read_utterances([DATA / f"{name}.jsonl"]).lines)


def agreement(classifier: EncoderIntentClassifier, whole: EncoderIntentClassifier, texts: Sequence[str]) -> Any:
    """How many texts are plain, and how many of these are read otherwise; one by one, as a conversation reads them."""
    views, rule = classifier._views, classifier._card.plain
    assert views is not None
    assert rule is not None
    plain = [texts[i] for i in np.flatnonzero(rule.plain(*views.worded(texts)))]
    quick, full = ([c.predict([t])[0].intent for t in plain] for c in (classifier, whole))
    return {
        "texts": len(texts),
        "plain": len(plain),
        "read otherwise": sum(a != b for a, b in zip(quick, full, strict=True)),
        "attacks missed by words alone": sum(b == "unsafe" != a for a, b in zip(quick, full, strict=True)),
    }


def hidden(classifier: EncoderIntentClassifier, behind: Sequence[Utterance], second: Sequence[Utterance]) -> list[str]:
    """Pairs of messages of one language, in either order, the first of them plain."""
    views, rule = classifier._views, classifier._card.plain
    assert views is not None
    assert rule is not None
    plain = [behind[i] for i in np.flatnonzero(rule.plain(*views.worded([u.text for u in behind])))]
    rng, out = random.Random(SEED), []
    while len(out) < PAIRS:
        pair = [rng.choice(plain).text, rng.choice(second).text]
        if pair[0].isascii() == pair[1].isascii():
            rng.shuffle(pair)
            out.append(rng.choice([". ", " ", ", "] if pair[0].isascii() else ["。", "，", " "]).join(pair))
    return out


def rate(reader: Any, texts: Sequence[str]) -> float:
    reader.understand(texts[:300])
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        reader.understand(texts)
        found.append(len(texts) / (time.perf_counter() - began))
    return round(statistics.median(found), 1)


def main() -> None:
    parts = Parts(Settings())
    classifier, reader = parts.classifier, parts.reader
    card = classifier._card
    other = Parts(Settings())
    whole, slow = other.classifier, other.reader
    whole._card = replace(card, plain_margin=None)
    test, validation = lines("test"), lines("validation")
    safe = [u for u in test if u.label != "unsafe"]
    print(
        json.dumps(
            {
                "rule": {"margin": card.plain_margin, "held_out": card.plain_held_out},
                "test.jsonl": agreement(classifier, whole, [u.text for u in test]),
                "an attack beside a plain message": agreement(
                    classifier, whole, hidden(classifier, safe, [u for u in test + validation if u.label == "unsafe"])
                ),
                "another message beside a plain one": agreement(classifier, whole, hidden(classifier, safe, safe)),
                "messages a second": {
                    name: {"with": rate(reader, texts), "without": rate(slow, texts)}
                    for name, texts in (
                        ("test.jsonl", [u.text for u in test]),
                        ("validation.jsonl", [u.text for u in validation]),
                    )
                },
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
