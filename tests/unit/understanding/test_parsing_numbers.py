"""Numbers and prices read back: generated English and Chinese numerals, and price phrases around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.understanding.parsing.draft import Draft, clean
from assistant.understanding.parsing.numbers import find_numbers, parse_english, parse_han
from assistant.understanding.parsing.price import PriceReading, read_price

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
DIGITS = "零一二三四五六七八九"


def in_english(n: int, joint: str = " and ") -> str:
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10] + ("-" + ONES[n % 10] if n % 10 else "")
    if n < 1000:
        return ONES[n // 100] + " hundred" + (joint + in_english(n % 100) if n % 100 else "")
    return (
        in_english(n // 1000)
        + " thousand"
        + ((" " if n % 1000 >= 100 else joint) + in_english(n % 1000) if n % 1000 else "")
    )


def in_chinese(n: int) -> str:
    """The standard numeral: 1005 一千零五, 12000 一万二千, 15 十五."""
    if n >= 10000:
        rest = n % 10000
        return in_chinese(n // 10000) + "万" + (("零" if rest < 1000 else "") + in_chinese(rest) if rest else "")
    out, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = n // unit % 10
        if digit:
            out += ("零" if zero and out else "") + DIGITS[digit] + name
            zero = False
        elif out:
            zero = True
    return out.removeprefix("一") if 10 <= n < 20 else out


def price(text: str) -> tuple[float | None, float | None, str | None]:
    found: PriceReading = read_price(Draft(clean(text)))
    return found.low, found.high, found.currency


@given(st.integers(1, 99_999), st.sampled_from([" and ", " "]))
def test_english_words_round_trip(n: int, joint: str) -> None:
    assert parse_english(in_english(n, joint)) == n


@given(st.integers(1, 999_999))
def test_chinese_numerals_round_trip(n: int) -> None:
    assert parse_han(in_chinese(n)) == (n, n)


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(["百", "千", "万"]))
def test_a_last_digit_takes_the_next_scale(head: int, tail: int, scale: str) -> None:
    unit = {"百": 100, "千": 1000, "万": 10000}[scale]
    assert parse_han(f"{DIGITS[head]}{scale}{DIGITS[tail]}") == (head * unit + tail * unit // 10,) * 2


@given(st.integers(1, 8), st.sampled_from(["十", "百", "千", "万"]))
def test_neighbouring_digits_are_a_span(first: int, scale: str) -> None:
    unit = {"十": 10, "百": 100, "千": 1000, "万": 10000}[scale]
    assert parse_han(f"{DIGITS[first]}{DIGITS[first + 1]}{scale}") == (first * unit, (first + 1) * unit)


@given(st.integers(1, 999_999))
def test_digits_with_separators(n: int) -> None:
    assert [number.high for number in find_numbers(f"x {n:,} y")] == [n]


@pytest.mark.parametrize("text", ["pixel s23", "256gb", "wh-1000xm5", "usb3", "二〇二四", "一二三"])
def test_codes_are_no_numbers(text: str) -> None:
    assert find_numbers(text) == [] or all(number.script == "digits" for number in find_numbers(text))
    assert price(text) == (None, None, None)


AMOUNTS = st.integers(10, 99_999)
SIGNS = st.sampled_from(
    [
        ("$", "", "USD"),
        ("€", "", "EUR"),
        ("£", "", "GBP"),
        ("", " dollars", "USD"),
        ("", " bucks", "USD"),
        ("", "", None),
    ]
)


@given(
    AMOUNTS,
    SIGNS,
    st.sampled_from(
        ["under", "below", "up to", "no more than", "less than", "at most", "not over", "max", "nothing above"]
    ),
)
def test_english_ceilings(n: int, sign: tuple[str, str, str | None], cue: str) -> None:
    assert price(f"a gizmo {cue} {sign[0]}{n}{sign[1]} please") == (None, n, sign[2])


@given(
    AMOUNTS,
    SIGNS,
    st.sampled_from(["over", "at least", "more than", "no less than", "nothing under", "above", "minimum"]),
)
def test_english_floors(n: int, sign: tuple[str, str, str | None], cue: str) -> None:
    assert price(f"gizmos {cue} {sign[0]}{n}{sign[1]}") == (n, None, sign[2])


@given(AMOUNTS, SIGNS, st.sampled_from(["or less", "max", "tops", "at most", "or under", "is my limit"]))
def test_english_ceilings_behind(n: int, sign: tuple[str, str, str | None], cue: str) -> None:
    assert price(f"gizmos, {sign[0]}{n}{sign[1]} {cue}") == (None, n, sign[2])


@given(
    AMOUNTS,
    st.integers(1, 5000),
    SIGNS,
    st.sampled_from([("between ", " and "), ("from ", " to "), ("", "-"), ("", " to ")]),
)
def test_english_ranges(n: int, more: int, sign: tuple[str, str, str | None], frame: tuple[str, str]) -> None:
    text = f"gizmos, {frame[0]}{sign[0]}{n}{frame[1]}{sign[0]}{n + more}{sign[1]}"
    assert price(text) == (n, n + more, sign[2])


@given(AMOUNTS, SIGNS, st.sampled_from(["around", "about", "roughly", "approximately"]))
def test_english_around(n: int, sign: tuple[str, str, str | None], cue: str) -> None:
    assert price(f"a gizmo, {cue} {sign[0]}{n}{sign[1]}") == (round(n * 0.8, 2), round(n * 1.2, 2), sign[2])


@given(st.integers(2, 99))
def test_k_counts_thousands(n: int) -> None:
    assert price(f"{n}k-{n + 1}k for a gizmo") == (n * 1000, (n + 1) * 1000, None)
    assert price(f"{n}-{n + 1}k for a gizmo") == (n * 1000, (n + 1) * 1000, None)


UNITS = st.sampled_from(
    [("", None), ("元", "CNY"), ("块", "CNY"), ("块钱", "CNY"), ("美元", "USD"), ("欧元", "EUR"), ("英镑", "GBP")]
)


@given(AMOUNTS, UNITS, st.sampled_from(["以内", "以下", "之内", "封顶"]), st.booleans())
def test_chinese_ceilings(n: int, unit: tuple[str, str | None], cue: str, words: bool) -> None:
    text = in_chinese(n) if words else str(n)
    assert price(f"{text}{unit[0]}{cue}的玩意儿") == (None, n, unit[1])


@given(AMOUNTS, UNITS, st.sampled_from(["别超过", "不超过", "最多", "预算", "低于", "上限"]), st.booleans())
def test_chinese_ceilings_in_front(n: int, unit: tuple[str, str | None], cue: str, words: bool) -> None:
    text = in_chinese(n) if words else str(n)
    assert price(f"玩意儿，{cue}{text}{unit[0]}") == (None, n, unit[1])


@given(AMOUNTS, UNITS, st.sampled_from([("至少", ""), ("不低于", ""), ("", "以上"), ("", "起")]), st.booleans())
def test_chinese_floors(n: int, unit: tuple[str, str | None], frame: tuple[str, str], words: bool) -> None:
    text = in_chinese(n) if words else str(n)
    assert price(f"玩意儿，{frame[0]}{text}{unit[0]}{frame[1]}") == (n, None, unit[1])


@given(AMOUNTS, st.integers(1, 5000), UNITS, st.sampled_from(["到", "至", "-", "~"]))
def test_chinese_ranges(n: int, more: int, unit: tuple[str, str | None], joint: str) -> None:
    assert price(f"{n}{joint}{n + more}{unit[0]}的玩意儿") == (n, n + more, unit[1])


@given(AMOUNTS, UNITS, st.sampled_from(["左右", "上下"]))
def test_chinese_around(n: int, unit: tuple[str, str | None], cue: str) -> None:
    assert price(f"{n}{unit[0]}{cue}的玩意儿") == (round(n * 0.8, 2), round(n * 1.2, 2), unit[1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("drop anything above 70", (None, 70, None)),
        ("skip anything under 20", (20, None, None)),
        ("两百以上的不要", (None, 200, None)),
        ("低于一百的去掉", (100, None, None)),
        ("at least 80 but no more than 120", (80, 120, None)),
        ("a wristwatch for five dollars or less", (None, 5, "USD")),
        ("up to half a grand", (None, 500, None)),
        ("fifteen hundred max", (None, 1500, None)),
        ("boots from 129.99 to 140 dollars", (129.99, 140, "USD")),
        ("十来块的发圈", (8, 12, "CNY")),
        ("39块9以内", (None, 39.9, "CNY")),
        ("1万2以下", (None, 12000, None)),
        ("三五百的耳机", (300, 500, None)),
        ("In dollars then: 140 is my ceiling", (None, 140, "USD")),
        ("按美元算吧，45以内", (None, 45, "USD")),
    ],
)
def test_price_phrases(text: str, expected: tuple[float | None, float | None, str | None]) -> None:
    assert price(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "iPhone 15 case",
        "order 90-1177",
        "my niece turns six",
        "spread it over six months",
        "up to a fourth floor",
        "over 5 hours of battery",
        "27 inch monitor",
        "under 3 kg",
        "toys for kids under 5",
        "size 42",
        "number 4 or number 5",
        "a 2-person tent",
        "at least 4 stars",
        "42码的鞋",
        "两件",
        "第三个",
        "27寸",
        "五斤苹果",
        "三个月",
        "一起买",
        "500毫升",
        "16G内存",
    ],
)
def test_numbers_that_are_no_prices(text: str) -> None:
    assert price(text) == (None, None, None)
