"""What every ``Encoder`` owes its callers, run on the fake and on the real one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from assistant.encoder import Encoder

NASTY = [
    "",
    " ",
    "\n\t\r",
    "\x00\x01\x02\x7f",
    "\ud83d",  # half of a surrogate pair
    "ok \udfff tail",
    "\ud83d\ude00",  # a pair that was split
    "🎉👍🏽🏳️‍🌈",
    "<s></s><pad><mask>[CLS]",
    "\u202eright to left\u202c \u200b\ufeff",
    "é" * 50,
    "Z̸̢̛̤a̷͎͝l̶̥̈́g̸̰̏o̵͇͂" * 20,
    "手机" * 20_000,
    "word " * 20_000,
    "a" * 100_000,
]


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.models)], scope="module")
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return request.getfixturevalue("hash_encoder" if request.param == "fake" else "real_encoder")


def test_it_is_an_encoder(encoder: Encoder) -> None:
    assert isinstance(encoder, Encoder)
    assert encoder.name
    assert encoder.dimension == 384


@pytest.mark.parametrize("kind", ["query", "passage"])
@pytest.mark.parametrize("count", [0, 1, 3, 70])
def test_vectors_are_float32_unit_rows(encoder: Encoder, kind: str, count: int) -> None:
    vectors = encoder.encode([f"a red scarf number {i}" for i in range(count)], kind=kind)
    assert vectors.shape == (count, encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("kind", ["query", "passage"])
def test_no_text_breaks_it(encoder: Encoder, kind: str) -> None:
    vectors = encoder.encode(NASTY, kind=kind)
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    for text in NASTY[:8]:
        assert np.isfinite(encoder.encode([text], kind=kind)).all()


def test_order_and_company_do_not_matter(encoder: Encoder) -> None:
    texts = [
        "phone",
        "一部拍照好的手机",
        "a very long description of a sofa with three seats and a grey fabric " * 6,
        "cup",
    ]
    together = encoder.encode(texts, kind="passage")
    backwards = encoder.encode(texts[::-1], kind="passage")[::-1]
    alone = np.concatenate([encoder.encode([t], kind="passage") for t in texts])
    assert (together * backwards).sum(axis=1).min() > 0.999
    assert (together * alone).sum(axis=1).min() > 0.999


def test_asking_again_gives_the_same_even_after_the_answer_was_changed(encoder: Encoder) -> None:
    first = encoder.encode(["blue running shoes"], kind="query")
    kept = first.copy()
    first[:] = 0.0
    np.testing.assert_array_equal(encoder.encode(["blue running shoes"], kind="query"), kept)


@pytest.mark.parametrize(
    ("query", "near", "far"),
    [
        ("running shoes for men", "men's running shoes, light and cushioned", "cast-iron frying pan"),
        ("儿童保温水杯", "儿童保温水杯，304不锈钢", "真皮三人沙发"),
    ],
)
def test_what_is_meant_is_nearer(encoder: Encoder, query: str, near: str, far: str) -> None:
    question = encoder.encode([query], kind="query")[0]
    passages = encoder.encode([near, far], kind="passage")
    assert passages[0] @ question > passages[1] @ question


def test_threads_share_it(encoder: Encoder) -> None:
    texts = [f"item {i} 商品" for i in range(24)]
    expected = encoder.encode(texts, kind="passage")
    with ThreadPoolExecutor(6) as pool:
        rows = list(pool.map(lambda t: encoder.encode([t], kind="passage")[0], texts))
    assert (np.stack(rows) * expected).sum(axis=1).min() > 0.999
