"""A form that is sent twice does its work once: the second press gets what the first one got.

Knows keys and answers; knows neither what a form does nor whose it is. Kept in memory, newest keys only: a form is
pressed twice within minutes, not days.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")

_KEPT = 512


class Presses(Generic[T]):
    """Answers by key. Safe to share between threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._answers: OrderedDict[Hashable, Future[T]] = OrderedDict()

    def once(self, key: Hashable, do: Callable[[], T]) -> T:
        """Do it, or wait for whoever does it already, or give the answer it had.

        What failed is not kept, so it can be tried again; what ``do`` raises is raised to all who waited.
        """
        with self._guard:
            answer = self._answers.get(key)
            first = answer is None
            if answer is None:
                answer = self._answers[key] = Future()
                while len(self._answers) > _KEPT:
                    self._answers.popitem(last=False)
        if not first:
            return answer.result()
        try:
            answer.set_result(do())
        except BaseException as error:
            with self._guard:
                self._answers.pop(key, None)
            answer.set_exception(error)
            raise
        return answer.result()
