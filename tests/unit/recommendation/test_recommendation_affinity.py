"""Types of a catalogue that go together, under the catalogue's own names."""

from __future__ import annotations

from assistant.lexicon import Lexicon
from assistant.recommendation import Complements
from assistant.recommendation.affinity import type_affinity


def test_companions_carry_the_catalogues_names_and_the_first_is_heaviest(lexicon: Lexicon) -> None:
    complements = Complements({"tent": ("sleeping bag", "camping stove", "kayak")}, lexicon)
    found = type_affinity(["tent", "sleeping bag", "camping stove"], complements, lexicon)
    assert list(found) == ["tent"]
    assert found["tent"]["sleeping bag"] > found["tent"]["camping stove"] > 0
    assert "kayak" not in found["tent"]


def test_a_family_stands_for_its_types_but_never_for_the_anchor(lexicon: Lexicon) -> None:
    complements = Complements({"backpack": ("footwear", "backpack")}, lexicon)
    found = type_affinity(["backpack", "sneaker", "no such thing"], complements, lexicon)
    assert set(found["backpack"]) == {"sneaker"}


def test_a_type_the_lexicon_has_no_name_for_is_the_last_thing_its_name_mentions(lexicon: Lexicon) -> None:
    assert lexicon.named("wireless mouse") == ()
    complements = Complements({"laptop": ("mouse",), "mouse": ("laptop",)}, lexicon)
    found = type_affinity(["laptop", "wireless mouse"], complements, lexicon)
    assert found == {"laptop": {"wireless mouse": 1.0}, "wireless mouse": {"laptop": 1.0}}
