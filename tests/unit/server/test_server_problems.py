"""Every error of the package as a refusal: its status, its field, and nothing of the inside."""

from __future__ import annotations

import pytest

from assistant.errors import (
    AssistantError,
    BusyError,
    GenerationError,
    IndexFolderError,
    RecordError,
    StoreError,
    UnknownProductError,
    VectorServerError,
)
from assistant.server.lookups import MissingProduct
from assistant.server.problems import Problem, problem_of, told


@pytest.mark.parametrize(
    ("error", "status", "where"),
    [
        (UnknownProductError("no product 'X'"), 404, None),
        (MissingProduct("X", "skus.1"), 404, None),
        (RecordError("filters.price_max: wanted a number, got 'x'"), 422, "filters.price_max"),
        (RecordError("field 'skus': a product is named twice"), 422, "skus"),
        (RecordError("not JSON"), 422, None),
        (StoreError("that is not stored"), 409, None),
        (GenerationError("http://10.0.0.7:8000 is down"), 503, None),
        (VectorServerError("http://10.0.0.7:8000 is down"), 503, None),
        (IndexFolderError("/srv/secret/index is incomplete"), 500, None),
    ],
)
def test_an_error_as_a_refusal(error: AssistantError, status: int, where: str | None) -> None:
    problem = problem_of(error)
    assert (problem.status, problem.where) == (status, where)
    assert problem.body() == told(problem.error, problem.do, where)
    assert problem.do
    if status >= 500:
        assert "10.0.0.7" not in problem.error
        assert "secret" not in problem.error
    else:
        assert problem.error == str(error)


def test_the_field_is_taken_from_who_knows_it() -> None:
    assert problem_of(UnknownProductError("no"), where="sku").where == "sku"
    assert problem_of(RecordError("field 'k': too much"), where="sku").where == "k"


def test_a_message_of_several_lines_becomes_one() -> None:
    assert problem_of(StoreError("one\n  two")).error == "one two"
    assert Problem(400, "no", do="yes").headers == {}


def test_who_comes_too_many_is_told_when_to_come_again() -> None:
    problem = problem_of(BusyError("too many wait; try again in 7 seconds", seconds=7))
    assert (problem.status, problem.error) == (503, "too many wait; try again in 7 seconds")
    assert problem.headers == {"Retry-After": "7"}
