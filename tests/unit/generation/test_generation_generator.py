from __future__ import annotations

import builtins
import gc
import importlib.util
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes_generation import ScriptedGenerator
from generator_contract import LONG, Gate, check_crowd, check_generator, check_line
from hypothesis import given
from hypothesis import strategies as st
from toy_generator import build_toy_generator, spell_letters

from assistant.errors import GenerationError, WeightsError
from assistant.generation import load_generator
from assistant.generation.causal import TransformersGenerator
from assistant.generation.generator import bears_number, cut_at, first_banned, number_tokens, stream_many
from assistant.generation.lookup import PromptLookup
from assistant.generation.quick import quicken

LANDS = ("France", "Italy", "Japan", "Egypt", "Peru", "Kenya", "Norway", "Cuba")


def toy(folder: Path, kind: str, **options: Any) -> TransformersGenerator:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    spell_letters(model, tokenizer)
    model = model.float().eval()
    # As they are loaded on a processor.
    quicken(model)
    return TransformersGenerator(kind, model, tokenizer, **options)


def read_sizes(generator: TransformersGenerator, patch: pytest.MonkeyPatch) -> list[list[int]]:
    """The tokens of each text in each of the model's computations from now on, as they come."""
    sizes: list[list[int]] = []
    real = generator._model.forward

    def counted(*args: Any, **kwargs: Any) -> Any:
        sizes.append(list(kwargs["packed"].counts))
        assert kwargs["input_ids"].shape == (1, sum(sizes[-1])), "nothing else is computed"
        return real(*args, **kwargs)

    patch.setattr(generator._model, "forward", counted)
    return sizes


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {kind: build_toy_generator(tmp_path_factory.mktemp(kind), kind=kind, seed=3) for kind in ("llama", "gemma3")}


@pytest.fixture(scope="module")
def tiny(folders: dict[str, Path]) -> TransformersGenerator:
    """A real transformers model, too small to know anything, over a byte-level vocabulary."""
    return toy(folders["llama"], "tiny")


@pytest.fixture(scope="module")
def sliding(folders: dict[str, Path]) -> TransformersGenerator:
    """The same, with layers that look at the last 64 tokens only."""
    return toy(folders["gemma3"], "sliding")


def test_the_scripted_generator_keeps_the_contract() -> None:
    generator = ScriptedGenerator(*["a text with a stop and more text after it " * 20] * 16)
    check_generator(generator, "a prompt", stop="stop")


@pytest.mark.parametrize("name", ["tiny", "sliding"])
def test_the_transformers_generator_keeps_the_contract(name: str, request: pytest.FixtureRequest) -> None:
    generator = request.getfixturevalue(name)
    text = "".join(generator.stream("a prompt", max_tokens=12))
    check_generator(generator, "a prompt", stop=text[3])
    check_crowd(generator, [f"{'more and more ' * n}of {chr(97 + n)}" for n in range(8)], same=8)


def test_the_line_before_a_transformers_generator(folders: dict[str, Path]) -> None:
    check_line(toy(folders["llama"], "one", at_once=1), "a prompt")


@pytest.mark.parametrize("name", ["tiny", "sliding"])
@pytest.mark.parametrize("length", [3, 50, 200])
def test_a_text_is_what_transformers_itself_would_write(name: str, length: int, request: pytest.FixtureRequest) -> None:
    import torch

    generator = request.getfixturevalue(name)
    prompt = ("so it goes on and " * 20)[:length]
    ids = torch.tensor([generator._encode(prompt)])
    whole = generator._model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=100, do_sample=False, eos_token_id=None
    )
    expected = generator._tokenizer.decode(whole[0, ids.shape[1] :], skip_special_tokens=True)
    beside = stream_many(generator, [prompt + " x", "y", prompt], max_tokens=100, ban_digits=False)
    assert "".join(beside[2]) == expected
    generator.prepare(prompt[: length // 2])
    assert "".join(generator.stream(prompt, max_tokens=100, ban_digits=False)) == expected


@pytest.mark.parametrize("name", ["tiny", "sliding"])
@pytest.mark.parametrize("temperature", [0.0, 0.01, 0.5])
@pytest.mark.parametrize("most", [39, 40])
def test_guesses_change_how_often_is_computed_and_nothing_else(
    name: str, temperature: float, most: int, request: pytest.FixtureRequest
) -> None:
    generator = request.getfixturevalue(name)
    prompts = ["so it goes on and on and on", "so it goes " * 9, "another"]

    def written() -> tuple[list[str], list[int], list[list[int]]]:
        with pytest.MonkeyPatch.context() as patch:
            sizes = read_sizes(generator, patch)
            streams = [generator.stream(p, max_tokens=most, temperature=temperature, seed=4) for p in prompts]
            texts = ["".join(s) for s in streams]
            together = stream_many(generator, prompts, max_tokens=most, temperature=temperature, seed=4)
            return texts + ["".join(s) for s in together], [s.tokens for s in (*streams, *together)], sizes

    texts, tokens, sizes = written()
    assert tokens == [most] * 6
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PromptLookup, "guess", lambda *_: [])
        plain, _, each = written()
    assert texts == plain
    if temperature < 0.5:
        # A small model repeats itself, as long as nothing is left to chance.
        assert len(sizes) < 0.8 * len(each)


def test_a_text_that_stops_within_its_guesses_is_cut_there(tiny: TransformersGenerator) -> None:
    prompt = "so it goes on and on and on"
    text = "".join(tiny.stream(prompt, max_tokens=40))
    for at in range(0, 36, 5):
        stop = text[at : at + 4]
        cut = tiny.stream(prompt, max_tokens=40, stop=[stop])
        assert "".join(cut) == text.split(stop)[0]
        assert cut.tokens <= text.index(stop) + len(stop)


def test_texts_that_are_asked_for_together_are_computed_together(tiny: TransformersGenerator) -> None:
    gate = Gate(at=2)
    with pytest.MonkeyPatch.context() as patch:
        sizes = read_sizes(tiny, patch)
        first = tiny.stream("first", max_tokens=40, cancelled=gate)
        first.start()
        assert gate.reached.wait(LONG)
        # While the first is held at its first token, two more come; one of them is short.
        others = stream_many(tiny, ["second", "the third one"], max_tokens=20)
        gate.passed.set()
        assert [len("".join(s)) > 0 for s in (first, *others)] == [True] * 3
    assert max(map(len, sizes)) == 3
    assert len(sizes[-1]) == 1, "who has finished is not computed any more"
    assert [first.tokens, *(s.tokens for s in others)] == [40, 20, 20]


@pytest.mark.parametrize("name", ["tiny", "sliding"])
@pytest.mark.parametrize("times", [1, 3])
def test_newcomers_read_their_prompts_beside_who_writes_and_write_what_they_write_alone(
    name: str, times: int, request: pytest.FixtureRequest
) -> None:
    generator = request.getfixturevalue(name)
    start = "A beginning that all of them share. " * times
    prompts = [start + "second", start + "the third one, longer", start + "4"]
    alone = ["".join(generator.stream(p, max_tokens=12, ban_digits=False)) for p in prompts]
    generator.prepare(start)
    gate = Gate(at=2)
    with pytest.MonkeyPatch.context() as patch:
        first = generator.stream(start + "first", max_tokens=40, cancelled=gate)
        first.start()
        assert gate.reached.wait(LONG)
        sizes = read_sizes(generator, patch)
        others = stream_many(generator, prompts, max_tokens=12, ban_digits=False)
        for stream in others:
            stream.start()
        gate.passed.set()
        assert ["".join(s) for s in others] == alone
        assert "".join(first)
    together = next(counts for counts in sizes if len(counts) == 4)
    own = [len(generator._encode(p)) - len(generator._encode(start)) for p in prompts]
    assert together[1:] == own, "three prompts in one go, each from the prepared beginning on"


def test_a_newcomer_that_nobody_wants_any_more_ends_and_the_others_are_read(tiny: TransformersGenerator) -> None:
    alone = "".join(tiny.stream("third", max_tokens=20))
    gate, gone = Gate(), threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        # So that only a prompt is more than one token.
        patch.setattr(PromptLookup, "guess", lambda *_: [])
        first = tiny.stream("first", max_tokens=40, cancelled=gate)
        first.start()
        assert gate.reached.wait(LONG)
        sizes = read_sizes(tiny, patch)
        left = tiny.stream("second", max_tokens=40, cancelled=gone.is_set)
        good = tiny.stream("third", max_tokens=20)
        left.start()
        good.start()
        gone.set()
        gate.passed.set()
        assert list(left) == []
        assert left.tokens == 0
        assert "".join(good) == alone
        assert "".join(first)
    assert sum(max(counts) > 1 for counts in sizes) == 1, "one prompt is read"
    assert max(map(len, sizes)) == 2


def test_newcomers_whose_prompts_cannot_be_read_leave_who_is_under_way_alone(tiny: TransformersGenerator) -> None:
    start = "A beginning that all of them share. "
    alone = "".join(tiny.stream(start + "first", max_tokens=20))
    tiny.prepare(start)
    real = tiny._model.forward

    def fails_together(*args: Any, **kwargs: Any) -> Any:
        if len(kwargs["packed"].counts) > 1:
            raise RuntimeError("out of memory")
        return real(*args, **kwargs)

    gate = Gate()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny._model, "forward", fails_together)
        first = tiny.stream(start + "first", max_tokens=20, cancelled=gate)
        first.start()
        assert gate.reached.wait(LONG)
        others = stream_many(tiny, [start + "second", start + "the third"], max_tokens=20)
        for stream in others:
            stream.start()
        gate.passed.set()
        for stream in others:
            with pytest.raises(GenerationError, match="out of memory"):
                list(stream)
        assert "".join(first) == alone
    assert first.tokens == 20


def test_a_newcomer_whose_plan_fails_leaves_the_others_alone(tiny: TransformersGenerator) -> None:
    def broken(written: str) -> list[str]:
        raise RuntimeError("no plan")

    gate = Gate(at=2)
    first = tiny.stream("first", max_tokens=20, cancelled=gate)
    first.start()
    assert gate.reached.wait(LONG)
    bad = tiny.stream("second", max_tokens=20, ways=broken)
    good = tiny.stream("third", max_tokens=20)
    bad.start()
    good.start()
    gate.passed.set()
    with pytest.raises(GenerationError, match="no plan"):
        list(bad)
    assert "".join(good)
    assert good.tokens == 20
    assert "".join(first)


def test_a_stream_that_nobody_holds_ends(tiny: TransformersGenerator) -> None:
    gate = Gate(at=6)
    stream = tiny.stream("x", max_tokens=900, cancelled=gate)
    stream.start()
    assert gate.reached.wait(LONG)
    watched = weakref.ref(stream)
    del stream
    gc.collect()
    assert watched() is None
    gate.passed.set()
    # A worker that went on with it would still be there when this text comes, which is written alone.
    assert list(tiny.stream("y", max_tokens=2))


def test_one_text_that_fails_does_not_take_the_others_along(tiny: TransformersGenerator) -> None:
    def broken() -> bool:
        raise RuntimeError("no clock")

    gate = Gate(at=2)
    first = tiny.stream("first", max_tokens=20, cancelled=gate)
    first.start()
    assert gate.reached.wait(LONG)
    bad = tiny.stream("second", max_tokens=20, cancelled=broken)
    bad.start()
    gate.passed.set()
    with pytest.raises(GenerationError, match="no clock"):
        list(bad)
    assert "".join(first)
    assert first.tokens == 20


def test_a_prepared_beginning_changes_nothing_but_speed(tiny: TransformersGenerator) -> None:
    prompt = "The constant beginning. And the end"
    plain = "".join(tiny.stream(prompt, max_tokens=20))
    tiny.prepare("The constant beginning.")
    assert "".join(tiny.stream(prompt, max_tokens=20)) == plain
    assert "".join(tiny.stream(prompt, max_tokens=20)) == plain, "a generation must not write into the kept cache"
    assert "".join(tiny.stream("The constant beginning.", max_tokens=5))
    for n in range(10):
        tiny.prepare(f"beginning {n}")
    assert "".join(tiny.stream(prompt, max_tokens=20)) == plain


def test_a_beginning_is_read_from_the_one_that_shares_most(folders: dict[str, Path]) -> None:
    generator = toy(folders["llama"], "fresh")
    short, long = "The constant beginning. ", "The constant beginning. In a warm way. "
    plain = "".join(generator.stream(long + "And the end", max_tokens=20))
    with pytest.MonkeyPatch.context() as patch:
        sizes = read_sizes(generator, patch)
        generator.prepare(short)
        generator.prepare(long)
        [whole], [more] = sizes
        held = len(generator._encode(short))
        assert (whole, whole + more) == (held, len(generator._encode(long)))
        generator.prepare(long)
        assert len(sizes) == 2, "what is known is not read again"
        assert "".join(generator.stream(long + "And the end", max_tokens=20)) == plain
        assert "".join(generator.stream(short + "And the end", max_tokens=20))
        assert sizes[2] == [len(generator._encode(long + "And the end")) - len(generator._encode(long))]


def test_beginnings_in_use_stay_while_others_come_and_go(folders: dict[str, Path]) -> None:
    generator = toy(folders["llama"], "fresh")
    with pytest.MonkeyPatch.context() as patch:
        generator.prepare("The constant beginning. ")
        sizes = read_sizes(generator, patch)
        for n in range(20):
            generator.prepare(f"{n} is another one. ")
            generator.prepare("The constant beginning. ")
        assert len(sizes) == 20, "only the others are read"
    assert len(generator._prefixes) < 20


def test_a_seed_makes_sampling_repeatable(tiny: TransformersGenerator) -> None:
    def sample(seed: int) -> str:
        return "".join(tiny.stream("x", max_tokens=16, temperature=1.5, seed=seed))

    assert sample(1) == sample(1)
    assert len({sample(n) for n in range(4)}) > 1


def test_digits_are_banned_only_where_asked(tiny: TransformersGenerator) -> None:
    free = "".join(
        "".join(tiny.stream(f"{n}", max_tokens=60, ban_digits=False, temperature=2.0, seed=n)) for n in range(6)
    )
    bound = "".join("".join(tiny.stream(f"{n}", max_tokens=60, temperature=2.0, seed=n)) for n in range(6))
    assert any(c.isdigit() for c in free)
    assert not any(bears_number(c) for c in bound)


def test_odd_prompts_do_not_break_it(tiny: TransformersGenerator) -> None:
    for prompt in ("", "\ud800", "\x00", "🙂" * 30):
        assert isinstance("".join(tiny.stream(prompt, max_tokens=4)), str)


def test_a_failing_model_is_one_clear_error(tiny: TransformersGenerator, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(tiny._model, "forward", fail)
        with pytest.raises(GenerationError, match="'tiny' failed: out of memory"):
            list(tiny.stream("x", max_tokens=4))
    assert list(tiny.stream("x", max_tokens=4))


def test_what_a_finished_text_must_not_hold() -> None:
    assert first_banned("A pot of steel. 一个好锅，三明治也行，万一呢") is None
    assert first_banned("It costs 5 dollars") == 9
    assert first_banned("约三百克") == 1
    assert first_banned("a **bold** word") == 2
    assert first_banned("￥") == 0


@pytest.mark.parametrize("piece", ["1", "a2", "９", "½", "②", "$", "￥", "三百", "<0x39>", "▁五千", "Ⅷ"])
def test_pieces_that_bear_numbers(piece: str) -> None:
    assert bears_number(piece)


@pytest.mark.parametrize("piece", ["a", "一", "▁the", "万一", "十分", "好", "{", "三明治", "…"])
def test_pieces_that_do_not(piece: str) -> None:
    assert not bears_number(piece)


@given(st.text(max_size=12))
def test_no_text_with_a_decimal_digit_escapes_the_ban(text: str) -> None:
    if any(c.isdigit() for c in text):
        assert bears_number(text)


def test_number_tokens_are_found_in_a_vocabulary() -> None:
    assert number_tokens({"a": 0, "7": 1, "x9": 2, "三百": 3, "三": 4}) == [1, 2, 3]


@given(st.lists(st.text(alphabet="ab\n.", max_size=5), max_size=8), st.sampled_from(["\n", "ab", ".\n"]))
def test_text_ends_before_the_first_stop(pieces: list[str], stop: str) -> None:
    def stream() -> Iterator[str]:
        yield from pieces

    assert "".join(cut_at(stream(), [stop])) == "".join(pieces).split(stop)[0]


def test_an_unknown_name_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no model is called 'nonsense'"):
        load_generator("nonsense", cache=tmp_path, offline=True)


def test_without_llama_cpp_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "llama_cpp":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.delitem(sys.modules, "llama_cpp", raising=False)
    with pytest.raises(GenerationError, match=r"pip install 'shopping-assistant\[llama\]'"):
        load_generator("llama:gemma-3-270m", cache=tmp_path)


@pytest.mark.models
@pytest.mark.skipif(
    importlib.util.find_spec("llama_cpp") is None, reason="llama-cpp-python is not installed (extra llama)"
)
def test_llama_cpp_keeps_the_contract(weights_cache: Path) -> None:
    generator: Any = load_generator("llama:gemma-3-270m", cache=weights_cache)
    prompt = "The capital of France is Paris. The capital of Italy is"
    text = "".join(generator.stream(prompt, max_tokens=12))
    check_generator(generator, prompt, stop=text[3:5])
    # Each prompt is read from where it differs from the one before; in four bits that may turn a close choice.
    check_crowd(generator, [f"The capital of {land} is" for land in LANDS], same=5)
    check_line(generator, prompt)

    read: list[int] = []
    real = generator._model.eval
    generator._model.eval = lambda tokens: (read.append(len(tokens)), real(tokens))[1]
    beginning = "Cities and rivers, a list for travellers.\nParis: the Seine\nLondon: the Thames\n"
    generator.prepare(beginning)
    plain = "".join(generator.stream(beginning + "Cairo:", max_tokens=8))
    list(generator.stream("Something else altogether, and long enough to push it out", max_tokens=3))
    read.clear()
    assert "".join(generator.stream(beginning + "Cairo:", max_tokens=8)) == plain
    assert max(read) <= 3, "only what follows the beginning is read, also after another prompt"


def test_along_given_ways_the_model_is_asked_for_choices_only(
    tiny: TransformersGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    calls = tiny._forward._model.forward

    def counted(*args: Any, **kwargs: Any) -> Any:
        read.append(int(kwargs["input_ids"].shape[1]))
        return calls(*args, **kwargs)

    monkeypatch.setattr(tiny._forward._model, "forward", counted)
    forced = tiny.stream("a prompt", max_tokens=99, ways=lambda written: () if written else ("no choice at all",))
    assert "".join(forced) == "no choice at all"
    assert read == []
    steps = {"": ("one of red things", "one of blue things"), "e": (), "s": ()}
    chosen = "".join(tiny.stream("a prompt", max_tokens=99, ways=lambda written: steps[written[-1:]]))
    assert chosen in steps[""]
    assert len(read) == 1, "the beginning is read with the prompt, and nobody asks about the end"
    read.clear()
    twice = (("red, ", "blue, "), ("small", "large"))
    text = "".join(
        tiny.stream("a prompt", max_tokens=99, ways=lambda w: twice[0] if not w else twice[1] if w[-1] == " " else ())
    )
    assert text.split(", ")[1] in twice[1]
    assert len(read) == 2
    assert read[1] > 1, "a choice and what follows without one are read together"
