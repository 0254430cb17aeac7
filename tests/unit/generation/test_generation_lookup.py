from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.generation.lookup import PromptLookup

_TOKENS = st.lists(st.integers(0, 3), max_size=40)


def test_what_followed_the_last_three_tokens_comes_before_what_followed_the_last_two() -> None:
    lookup = PromptLookup([9, 1, 2, 3, 4, 7, 1, 2, 5, 6, 8, 9, 1, 2])
    assert lookup.guess(2) == [3, 4], "9 1 2 was followed by 3 4, 1 2 later by 5 6"
    lookup.add(5)
    assert lookup.guess(10) == [6, 8, 9, 1]
    lookup.add(0)
    assert lookup.guess(10) == [], "5 0 is new"


def test_a_text_repeats_itself_too() -> None:
    lookup = PromptLookup(())
    for token in (1, 2, 3, 1):
        assert lookup.guess(5) == []
        lookup.add(token)
    lookup.add(2)
    assert lookup.guess(5) == [3, 1, 2]
    assert lookup.guess(0) == lookup.guess(-1) == []


def test_more_is_guessed_after_right_guesses_and_less_after_wrong_ones() -> None:
    lookup = PromptLookup([*range(50), 0, 1])
    sizes = []
    for right in (4, 8, 12, 3, 0, 0, 1):
        guessed = len(lookup.guess(40))
        lookup.learn(guessed, right)
        sizes.append(guessed)
    assert sizes == [4, 8, 12, 12, 4, 1, 1]
    assert len(lookup.guess(40)) == 5, "a single one that was right is followed by more"
    lookup.learn(0, 0)
    assert len(lookup.guess(40)) == 5, "where nothing was guessed there is nothing to learn"


@given(_TOKENS, _TOKENS)
def test_a_guess_stands_somewhere_in_what_was_read(prompt: list[int], text: list[int]) -> None:
    lookup = PromptLookup(prompt)
    for token in text:
        lookup.add(token)
    whole = [*prompt, *text]
    guess = lookup.guess(6)
    ends = [whole[-2:] + guess == whole[at : at + 2 + len(guess)] for at in range(len(whole) - 2)]
    assert bool(guess) == any(whole[at : at + 2] == whole[-2:] for at in range(len(whole) - 2))
    assert not guess or any(ends)
