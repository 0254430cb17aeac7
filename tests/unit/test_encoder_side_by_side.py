"""Batches side by side, each on one thread: the same vectors, and nobody else's threads touched."""

from __future__ import annotations

import threading

import pytest

torch = pytest.importorskip("torch")

from assistant.encoder.sentence import single_threads  # noqa: E402


def test_each_thread_computes_alone_and_the_caller_as_before() -> None:
    before = torch.get_num_threads()
    with single_threads(2) as pool:
        inside = list(pool.map(lambda _: (threading.get_ident(), torch.get_num_threads()), range(8)))
        assert torch.get_num_threads() == before
        later: list[int] = []
        thread = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
        thread.start()
        thread.join()
    assert {count for _, count in inside} == {1}
    assert threading.get_ident() not in {thread for thread, _ in inside}
    assert later == [before]
    assert torch.get_num_threads() == before


def test_what_goes_wrong_on_a_thread_reaches_the_caller() -> None:
    with single_threads(1) as pool, pytest.raises(ValueError, match="no such text"):
        list(pool.map(lambda _: (_ for _ in ()).throw(ValueError("no such text")), [0]))
