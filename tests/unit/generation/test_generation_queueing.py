"""The line before a backend, and the box between a worker and its reader, with workers that a test steers."""

from __future__ import annotations

import random
import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import GenerationError
from assistant.generation.generator import TextStream
from assistant.generation.queueing import Job, Line, Request

LONG = 60.0


class Steered:
    """A backend that serves when it is told to."""

    def __init__(self, *, at_once: int = 1) -> None:
        self.served: list[str] = []
        self.go = threading.Event()
        self.busy = threading.Semaphore(0)
        self.line = Line(self._serve, at_once=at_once, name="steered")

    def _serve(self, job: Job) -> None:
        job.begin()
        self.busy.release()
        assert self.go.wait(LONG)
        if not job.wanted():
            return
        self.served.append(job.request.prompt)
        for letter in job.request.prompt:
            job.count()
            if not job.give(letter):
                return

    def stream(self, prompt: str, owner: str | None = None, stop: tuple[str, ...] = ()) -> TextStream:
        stream = Job(self.line, Request(prompt, 9, stop, owner=owner)).stream()
        stream.start()
        return stream


def served(asked: list[tuple[str, str | None]]) -> list[str]:
    """The order in which the prompts are served that all wait while the first one is."""
    backend = Steered()
    first = backend.stream("first")
    assert backend.busy.acquire(timeout=LONG)
    streams = [backend.stream(prompt, owner) for prompt, owner in asked]
    backend.go.set()
    for stream in (first, *streams):
        assert "".join(stream)
    return backend.served[1:]


def test_without_owners_first_come_is_first_served() -> None:
    assert served([(f"p{n}", None) for n in range(6)]) == [f"p{n}" for n in range(6)]


def test_who_asks_often_waits_for_the_others() -> None:
    asked: list[tuple[str, str | None]] = [("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b"), ("x", None), ("b2", "b")]
    assert served(asked) == ["a1", "b1", "x", "a2", "b2", "a3"]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from("abc"), max_size=12))
def test_nobody_is_served_twice_while_another_waits_for_the_first_time(owners: list[str]) -> None:
    order = served([(f"{owner}{n}", owner) for n, owner in enumerate(owners)])
    assert sorted(order) == sorted(f"{owner}{n}" for n, owner in enumerate(owners))
    turns = [sum(earlier[0] == name[0] for earlier in order[:at]) for at, name in enumerate(order)]
    assert turns == sorted(turns), order
    for owner in "abc":
        own = [int(name[1:]) for name in order if name[0] == owner]
        assert own == sorted(own)


def test_who_leaves_gives_up_the_place() -> None:
    backend = Steered()
    first = backend.stream("first")
    assert backend.busy.acquire(timeout=LONG)
    streams = [backend.stream(f"p{n}") for n in range(5)]
    assert backend.line.length == 5
    streams[1].close()
    streams[3].close()
    assert backend.line.length == 3
    backend.go.set()
    assert [("".join(s)) for s in streams] == ["p0", "", "p2", "", "p4"]
    assert "".join(first) == "first"
    assert backend.served == ["first", "p0", "p2", "p4"]


def test_a_reader_blocked_in_the_line_is_freed_when_another_thread_closes_its_stream() -> None:
    backend = Steered()
    first = backend.stream("first")
    assert backend.busy.acquire(timeout=LONG)
    waiting = backend.stream("second")
    got: list[list[str]] = []
    reader = threading.Thread(target=lambda: got.append(list(waiting)))
    reader.start()
    waiting.close()
    reader.join(LONG)
    assert got == [[]]
    backend.go.set()
    assert "".join(first)


def test_as_many_as_allowed_are_served_at_once_and_no_more() -> None:
    backend = Steered(at_once=3)
    streams = [backend.stream(f"p{n}") for n in range(7)]
    for _ in range(3):
        assert backend.busy.acquire(timeout=LONG)
    assert not backend.busy.acquire(blocking=False)
    assert backend.line.length == 4
    backend.go.set()
    assert ["".join(s) for s in streams] == [f"p{n}" for n in range(7)]


def test_an_idle_line_has_no_threads() -> None:
    backend = Steered()
    backend.go.set()
    assert "".join(backend.stream("x")) == "x"
    for thread in threading.enumerate():
        if thread.name == "generate steered":
            thread.join(LONG)
            assert not thread.is_alive()


def test_a_process_that_ends_waits_for_those_at_work_and_sends_the_others_away() -> None:
    backend = Steered()
    first, second = backend.stream("first"), backend.stream("second")
    assert backend.busy.acquire(timeout=LONG)
    backend.line.settle(0.0)
    assert "".join(second) == "", "nobody else gets a turn"
    backend.go.set()
    backend.line.settle(LONG)
    assert not [thread for thread in threading.enumerate() if thread.name == "generate steered"]
    assert "".join(first) == "first"


def test_a_worker_at_its_last_breath_does_not_abort_the_process() -> None:
    code = """
import sys, threading, time
from assistant.generation.queueing import Job, Line, Request

def serve(job):
    job.begin()
    job.give("x")
    job.finish()
    time.sleep(0.5)  # what a backend does when the reader has its text
    sys.stdout.write("cleared up")
    sys.stdout.flush()

print("".join(Job(Line(serve, at_once=1, name="slow"), Request("x", 9)).stream()), end=" ")
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LONG, check=True)
    assert ended.stdout == "x cleared up"


def test_text_ends_at_a_stop_and_the_backend_hears_of_it() -> None:
    backend = Steered()
    backend.go.set()
    stream = backend.stream("one. two. three", stop=(". t",))
    assert "".join(stream) == "one"
    assert stream.tokens == len("one. t")


def test_errors_come_after_the_text_before_them() -> None:
    def serve(job: Job) -> None:
        job.begin()
        job.give("so far")
        raise ValueError("broken")

    stream = Job(Line(serve, at_once=1, name="bad"), Request("x", 9)).stream()
    assert next(stream) == "so far"
    with pytest.raises(GenerationError, match="the generator 'bad' failed: broken"):
        next(stream)
    assert list(stream) == []


def test_a_slow_reader_keeps_nobody_waiting() -> None:
    backend = Steered()
    backend.go.set()
    slow = backend.stream("slow")
    assert next(slow) == "s"
    assert "".join(backend.stream("quick")) == "quick"
    assert "".join(slow) == "low"


def test_many_threads_that_come_and_go_do_not_hang() -> None:
    def serve(job: Job) -> None:
        job.begin()
        for letter in job.request.prompt:
            if not job.wanted():
                return
            job.give(letter)

    line = Line(serve, at_once=2, name="busy")
    whole: list[bool] = []

    def read(number: int) -> None:
        chance = random.Random(number)
        for _ in range(20):
            text = f"text of {number} " * 4
            stream = Job(line, Request(text, 99, owner=str(number % 3))).stream()
            if chance.random() < 0.5:
                next(stream)
                stream.close()
            else:
                whole.append("".join(stream) == text)

    threads = [threading.Thread(target=read, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
        assert not thread.is_alive()
    assert whole
    assert all(whole)
    assert line.length == 0
