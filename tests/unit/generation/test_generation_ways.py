"""Decoding along given ways, over a vocabulary of bytes: what leaves a choice, and what does not."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from assistant.generation.ways import Walk


def walk(*steps: Sequence[str], most: int = 999) -> Walk:
    """A walk whose steps come one after the other."""
    left = [*steps, ()]
    return Walk(lambda written: left.pop(0), lambda text: list(text.encode()), lambda ids: bytes(ids).decode(), most)


def test_what_leaves_no_choice_is_taken_without_asking() -> None:
    w = walk(["It is red."], [" It costs {price}."])
    tokens, text = w.go()
    assert text == "It is red. It costs {price}."
    assert bytes(tokens).decode() == text
    assert w.allowed == ()
    assert w.tokens == len(tokens)


def test_a_choice_is_asked_where_the_pieces_part() -> None:
    w = walk(["It is red.", "It is blue.", "It weighs a ton."])
    tokens, text = w.go()
    assert (bytes(tokens), text) == (b"It ", "It ")
    assert set(bytes(w.allowed)) == set(b"iw")
    assert not w.may_end
    assert w.choose(ord("i")) == ""
    tokens, text = w.go()
    assert (bytes(tokens), text) == (b"s ", "is ")
    assert w.choose(ord("b")) == ""
    tokens, text = w.go()
    assert (bytes(tokens), text) == (b"lue.", "blue.")
    assert w.allowed == ()


def test_a_piece_may_end_where_another_goes_on() -> None:
    for token, rest in ((None, ""), (ord(" "), " and more")):
        w = walk(["Good", "Good and more"], ["!"])
        w.go()
        assert w.may_end
        assert w.allowed == (ord(" "),)
        text = w.choose(token)
        assert text + w.go()[1] == rest + "!"


def test_pieces_that_read_the_same_count_once_and_empty_ones_do_not() -> None:
    w = walk(["twice", "twice", ""])
    assert w.go()[1] == "twice"


def test_after_so_many_tokens_nothing_is_begun() -> None:
    w = walk(["a long piece."], [" another"], most=3)
    assert w.go()[1] == "a long piece."
    assert w.allowed == ()


def test_half_a_character_is_not_shown() -> None:
    w = Walk(
        lambda written: () if written else ["好吗", "奶吗"],
        lambda text: list(text.encode()),
        lambda ids: bytes(ids).decode("utf-8", "replace"),
        99,
    )
    tokens, text = w.go()
    assert (len(tokens), text) == (2, "")
    w.choose("好".encode()[2])
    assert w.go()[1] == "好吗"


@given(st.lists(st.lists(st.text("ab 好", min_size=1, max_size=6), min_size=1, max_size=4), max_size=4), st.randoms())
def test_every_walk_writes_one_of_the_texts(steps: list[list[str]], chance: object) -> None:
    w = walk(*steps)
    text = ""
    while True:
        text += w.go()[1]
        if not w.allowed:
            break
        text += w.choose(chance.choice([*w.allowed, *([None] if w.may_end else [])]))  # type: ignore[attr-defined]
    texts = {""}
    for step in steps:
        texts = {t + piece for t in texts for piece in step}
    assert text in texts
