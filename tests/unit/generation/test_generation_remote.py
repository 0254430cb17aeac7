"""The OpenAI-compatible backend against a real server of ours over HTTP, with a toy model behind it."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from generator_contract import LONG, check_crowd, check_generator, check_line
from httpcore._backends.anyio import AnyIOStream
from text_server import TextServer, running
from toy_generator import build_toy_generator, spell_letters

from assistant.assembly import Parts
from assistant.errors import ConfigurationError, GenerationError
from assistant.generation import load_generator
from assistant.generation.causal import TransformersGenerator
from assistant.generation.received import Sentences
from assistant.generation.remote import Patience, RemoteGenerator
from assistant.settings import Settings

QUICK = Patience(connect=5, first=LONG, between=LONG, pause=0)
KEY = "sk-not-to-be-shown"


class Heard:
    """A reader's side of a job, without a line."""

    def __init__(self, *, ban_digits: bool) -> None:
        self.request = self
        self.ban_digits = ban_digits
        self.given: list[str] = []

    def give(self, text: str) -> bool:
        self.given.append(text)
        return True


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> TransformersGenerator:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = build_toy_generator(tmp_path_factory.mktemp("toy"), kind="llama", seed=3)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    spell_letters(model, tokenizer)
    return TransformersGenerator("toy", model.float().eval(), tokenizer)


@pytest.fixture
def server(toy: TransformersGenerator) -> Iterator[TextServer]:
    with running(TextServer(toy)) as made:
        yield made


def client(server: TextServer, **options: Any) -> RemoteGenerator:
    return RemoteGenerator("toy", server.url, **{"patience": QUICK, **options})


def test_it_keeps_the_contract(server: TextServer) -> None:
    generator = client(server)
    text = "".join(generator.stream("a prompt", max_tokens=12))
    check_generator(generator, "a prompt", stop=text[3])
    check_crowd(generator, [f"{'more and more ' * n}of {chr(97 + n)}" for n in range(8)], same=8)
    assert set(server.asked) == {"/v1/completions"}
    check_line(client(server, at_once=1), "a prompt")


def test_the_text_is_the_servers(server: TextServer, toy: TransformersGenerator) -> None:
    server.allows_digits = True
    here = toy.stream("a prompt", max_tokens=20, ban_digits=False, temperature=1.2, seed=4)
    there = client(server).stream("a prompt", max_tokens=20, ban_digits=False, temperature=1.2, seed=4)
    assert "".join(there) == "".join(here)
    assert server.bodies[0]["model"] == "toy"
    assert there.tokens == 20


def test_a_reader_who_leaves_closes_the_connection_without_another_piece(server: TextServer) -> None:
    server.silence = threading.Event()
    stream = client(server).stream("a prompt", max_tokens=900, ban_digits=False)
    assert next(stream)
    stream.close()
    assert server.left.wait(LONG), "the server must see that nobody reads any more, and it was not let go on"
    assert server.streams[0].closed
    assert stream.tokens <= 2
    server.left.clear()
    late = threading.Event()
    stopped = client(server).stream("a prompt", max_tokens=900, ban_digits=False, cancelled=late.is_set)
    assert next(stopped)
    late.set()
    list(stopped)
    assert server.left.wait(LONG)
    assert stopped.tokens <= 2


def test_a_connection_that_closes_slowly_is_closed_all_the_same(
    server: TextServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = AnyIOStream.aclose

    async def slowly(stream: AnyIOStream) -> None:
        # Longer than the time between two questions whether the text is still wanted.
        await asyncio.sleep(0.3)
        await close(stream)

    monkeypatch.setattr(AnyIOStream, "aclose", slowly)
    server.silence = threading.Event()
    stream = client(server).stream("a prompt", max_tokens=900, ban_digits=False)
    assert next(stream)
    stream.close()
    assert server.left.wait(LONG)


def test_a_server_that_stops_answering_is_given_up(server: TextServer) -> None:
    server.silence = threading.Event()
    impatient = client(server, patience=Patience(first=LONG, between=0.05, pause=0))
    with pytest.raises(GenerationError, match=r"stopped answering: 0\.05 s passed after a piece"):
        list(impatient.stream("a prompt", max_tokens=900, ban_digits=False))
    assert len(server.asked) == 1, "what has begun is not begun again"
    server.silence.set()


def test_passing_trouble_is_tried_again_before_the_first_piece(server: TextServer) -> None:
    server.refusals = [503, 429]
    assert "".join(client(server).stream("a prompt", max_tokens=5))
    assert len(server.asked) == 3
    server.refusals = [503] * 3
    with pytest.raises(GenerationError, match=rf"{server.port}/v1 answered 503: told to refuse"):
        list(client(server).stream("a prompt", max_tokens=5))
    server.refusals = [400]
    with pytest.raises(GenerationError, match="answered 400: told to refuse"):
        list(client(server).stream("a prompt", max_tokens=5))
    assert server.refusals == []


def test_a_text_that_breaks_off_is_an_error_and_not_its_end(server: TextServer) -> None:
    server.breaks_after = 2
    stream = client(server).stream("a prompt", max_tokens=50, ban_digits=False)
    with pytest.raises(GenerationError, match="broke off in the middle"):
        list(stream)
    assert len(server.asked) == 1


def test_a_server_without_completions_is_asked_to_chat(
    toy: TransformersGenerator, caplog: pytest.LogCaptureFixture
) -> None:
    with running(TextServer(toy, completions=False)) as server, caplog.at_level(logging.WARNING):
        generator = client(server)
        text = "".join(generator.stream("a prompt", max_tokens=12))
        assert text == "".join(toy.stream("a prompt", max_tokens=12))
        list(generator.stream("another", max_tokens=2))
        assert server.asked == ["/v1/chat/completions"] * 2
        assert [m["role"] for m in server.bodies[0]["messages"]] == ["system", "user"]
    assert len([r for r in caplog.records if "has no /completions" in r.getMessage()]) == 1


def test_a_server_that_does_not_stream_is_read_all_the_same(server: TextServer, toy: TransformersGenerator) -> None:
    server.streams_text = False
    assert list(client(server).stream("a", max_tokens=9)) == ["".join(toy.stream("a", max_tokens=9))]


def test_the_key_is_sent_and_shown_nowhere(toy: TransformersGenerator, caplog: pytest.LogCaptureFixture) -> None:
    with running(TextServer(toy, key=KEY)) as server, caplog.at_level(logging.DEBUG):
        assert list(client(server, key=KEY).stream("x", max_tokens=3))
        server.key = "another"
        with pytest.raises(GenerationError, match="set ASSISTANT_GENERATOR_KEY") as caught:
            list(client(server, key=KEY).stream("x", max_tokens=3))
        assert "answered 401: the key Bearer *** is not valid" in str(caught.value)
    assert KEY not in caplog.text
    assert KEY not in repr(vars(caught.value))


def test_a_model_that_the_server_does_not_have(server: TextServer) -> None:
    other = RemoteGenerator("other", server.url, patience=QUICK)
    with pytest.raises(GenerationError, match=r"model other does not exist.*set ASSISTANT_GENERATOR "):
        list(other.stream("x", max_tokens=3))


def test_nobody_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://user:secret@127.0.0.1:{probe.getsockname()[1]}"
        with pytest.raises(GenerationError, match=r"/v1 cannot be reached.*ASSISTANT_GENERATOR_URL") as caught:
            list(RemoteGenerator("m", url, patience=QUICK).stream("x", max_tokens=3))
    assert "secret" not in str(caught.value)


def test_closed_connections_are_opened_again(server: TextServer) -> None:
    generator = client(server)
    assert list(generator.stream("x", max_tokens=3))
    generator.close()
    generator.close()
    assert list(generator.stream("x", max_tokens=3))


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host/v1", "http://", "http://h:x", "", "/v1"])
def test_an_address_that_is_none(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ASSISTANT_GENERATOR_URL"):
        load_generator("m", cache=tmp_path, url=url)


@pytest.mark.parametrize("url", ["http://h:1", "http://h:1/", "http://h:1/v1/", "http://h:1/v1/completions"])
def test_addresses_that_mean_the_same(url: str, tmp_path: Path) -> None:
    generator: Any = load_generator("m", cache=tmp_path, url=url)
    assert str(generator._url) == "http://h:1/v1"
    assert generator.name == "m"


def test_sentences_with_numbers_are_left_out() -> None:
    heard: Any = Heard(ban_digits=True)
    sentences = Sentences(heard)
    for piece in (
        "A good",
        " pot. It hol",
        "ds 5",
        ".5 litres. It is",
        " light! 锅很轻。约三",
        "百克。好",
        "用\nThe **end",
    ):
        assert sentences.take(piece)
    sentences.end()
    assert "".join(heard.given) == "A good pot. It is light! 锅很轻。好用\n"
    free: Any = Heard(ban_digits=False)
    Sentences(free).take("It holds 5")
    assert free.given == ["It holds 5"]


def test_settings_name_the_server(server: TextServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASSISTANT_GENERATOR", "toy")
    monkeypatch.setenv("ASSISTANT_GENERATOR_URL", server.url)
    monkeypatch.setenv("ASSISTANT_GENERATOR_KEY", KEY)
    settings = Settings(cache=tmp_path, data=tmp_path)
    assert KEY not in f"{settings!r} {settings.model_dump_json()}"
    parts = Parts(settings)
    assert parts.generator_adapter is None
    assert "".join(parts.generator.stream("x", max_tokens=3))
    assert server.headers[-1]["authorization"] == f"Bearer {KEY}"
