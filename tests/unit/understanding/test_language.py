"""Language detection by script and telling words."""

import pytest

from assistant.understanding.language import detect_language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "42",
        "running shoes under 60",
        "sandels undr 60 pls",
        "kettle",
        "XL",
        "do you have café crème sets?",
        "do you sell any 旗袍 under 50?",
        "Nike Air Max",
        "a La Roche-Posay sunscreen",
        "max 80 euros",
        "hola is what my son says, need a pinata",
        "iPhone 15 Pro Max",
        "belt",
        "lol ok thx",
        "thé?",
        "L'Oréal mascara under 15",
        "cheap!!",
        "size M, no logo",
        "Le Creuset pan in blue",
        "El Paso taco kit",
        "doner kebab knife",
    ],
)
def test_english(text: str) -> None:
    assert detect_language(text) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "我想买一条新手机",
        "想入个 wireless 的 mouse，蓝色",
        "iPhone 15 手机壳",
        "你好",
        "第二个",
        "我想買一雙鞋",
        "推荐 Sony 的 headphones，不要 black",
    ],
)
def test_chinese(text: str) -> None:
    assert detect_language(text) == "zh"


@pytest.mark.parametrize(
    "text",
    [
        "busco zapatos rojos baratos",
        "¿tienen zapatillas de correr?",
        "quiero un teléfono",
        "ich suche rote Schuhe unter 50 Euro",
        "haben Sie das in blau?",
        "je cherche une robe rouge",
        "avez-vous des chaussures noires ?",
        "cerco scarpe economiche",
        "赤い靴をください",
        "スマホケース",
        "운동화 추천해 주세요",
        "красные кроссовки",
        "أحذية حمراء",
        "quero um celular barato",
        "ik zoek een fiets",
        "कुर्ता दिखाओ",
        "รองเท้าวิ่ง",
    ],
)
def test_other(text: str) -> None:
    assert detect_language(text) == "other"
