"""Price bounds and currency: "under 60", "1k-2k", 两百来块, "nothing over 30", 三百美元封顶.

Reads each amount together with the words directly before and after it. Knows nothing of any catalogue's prices or
currencies, and never converts one into another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.understanding.parsing.currencies import PREFIX, currency_at, currency_before
from assistant.understanding.parsing.draft import Draft, compiled
from assistant.understanding.parsing.numbers import Number, count_of, find_numbers
from assistant.understanding.parsing.price_cues import (
    AFTER_AROUND_EN,
    AFTER_AROUND_ZH,
    AFTER_MAX_EN,
    AFTER_MAX_ZH,
    AFTER_MIN_EN,
    AFTER_MIN_ZH,
    AFTER_NEG_ZH,
    AFTER_THAN_ZH,
    AGE_BEFORE,
    AROUND_EN,
    AROUND_ZH,
    BEFORE_EN,
    BEFORE_ZH,
    BETWEEN,
    BUDGET_AFTER_ZH,
    CENTS,
    DIME,
    FOR_EN,
    FROM_EN,
    HYPHENATED_CODE,
    INDEFINITE_ZH,
    JOIN,
    JUST_EACH,
    LONE_CURRENCY,
    MAX_EN,
    MAX_ZH,
    MIN_EN,
    MIN_ZH,
    MODEL_BEFORE,
    MOST_NUMBERS,
    MOST_PIECES,
    NEG_ONLY_ZH,
    NOT_MONEY,
    PAID,
    PIECES_FOLLOW,
    POUND_OF,
    POUNDS,
    RANGE_HEAD,
    REMOVED_TOO,
    SHARES_SCALE,
    TAIL_ZH,
    THAN_ZH,
    WEIGHING,
    WEIGHTS,
)

# "around 200" and 两百左右 mean 160 to 240.
_LESS, _MORE = 0.8, 1.2
# How far before an amount its words can stand.
_WINDOW = 90
# "a $40 lamp": goods directly after an amount, so that it names a price and no ceiling.
_GOODS_FOLLOW = compiled(r"\s*(?!(?:for|please|or|and)\b)[a-z]")


@dataclass(frozen=True, slots=True)
class PriceReading:
    """Inclusive bounds in major units of ``currency``; each ``None`` where the message states none."""

    low: float | None = None
    high: float | None = None
    currency: str | None = None


@dataclass(slots=True)
class _Amount:
    start: int
    end: int
    low: float
    high: float
    factor: float
    script: str
    currency: str | None = None
    loose: bool = False
    spread: bool = False


def _amount(low: str, number: Number) -> _Amount | None:
    """The number with its currency and vagueness (来, 多, 几); ``None`` where it measures something else."""
    out = _Amount(number.start, number.end, number.low, number.high, number.factor, number.script)
    out.spread = number.low != number.high
    prefix = PREFIX.search(low[max(0, number.start - 12) : number.start])
    if prefix:
        out.start = number.start - len(prefix.group())
        out.currency = currency_before(prefix.group())
    vague = re.match(r"([来几多余把])(?:一?点儿?)?(?=[块元美欧英人日港]|[的左上,. ]|\Z)", low[out.end : out.end + 4])
    if (vague and out.factor >= 10) or (vague and number.high % 10 == 0 and number.high > 0):
        out.end += vague.end()
        if vague.group(1) in "来把":
            out.loose = True
        else:
            # 三百多 lies between 300 and 400: the next step of its last scale.
            step = out.factor if out.factor >= 10 else _last_step(out.high)
            out.high, out.spread = out.high + step, True
    if NOT_MONEY.match(low, out.end) and out.currency is None:
        return None
    if out.high <= MOST_PIECES and out.currency is None and PIECES_FOLLOW.match(low, out.end):
        return None
    suffix = currency_at(low, out.end)
    if not suffix and low[out.end : out.end + 1] == "+" and (open_ended := currency_at(low, out.end + 1)):
        # "50+ dollars": the plus stays to be read as "or more".
        out.currency = out.currency or open_ended[1]
    if suffix:
        out.end = suffix[0]
        out.currency = out.currency or suffix[1]
    if suffix and low[suffix[0] - 1] in "块元" and (tail := DIME.match(low, suffix[0])):
        # 39块9 is 39.9, 三块五 is 3.5.
        tenth = count_of(tail.group())
        out.low = out.high = out.high + (tenth or 0) / 10
        out.end = tail.end()
    if number.script == "words" and re.search(r"(?:tenner|fiver)s?\Z", low[number.start : number.end]):
        out.currency = "GBP"
    if out.currency is None and out.script == "han" and out.high < 10 and not SHARES_SCALE.match(low, out.end):
        # 一起 and 三下 are no prices; small amounts are said with their currency.
        return None
    if out.currency is None and MODEL_BEFORE.search(low[max(0, out.start - 24) : out.start]):
        return None
    return out


def _last_step(value: float) -> float:
    step = 10.0
    while value % (step * 10) == 0:
        step *= 10
    return step


def _merge_ranges(low: str, amounts: list[_Amount]) -> list[_Amount]:
    """Join two amounts with "to", a dash or 到 between; the first takes the second's scale and currency."""
    out: list[_Amount] = []
    for amount in amounts:
        last = out[-1] if out else None
        if last is not None and amount.start < last.end:
            # The tenth of 39块9 is no amount of its own.
            continue
        join = JOIN.fullmatch(low[last.end : amount.start]) if last and amount.start - last.end <= 10 else None
        if last is None or join is None or last.spread or amount.spread:
            out.append(amount)
            continue
        word = join.group().strip()
        head = low[max(0, last.start - 24) : last.start]
        if word in ("and", "&", "和", "跟", "与") and not BETWEEN.search(head):
            out.append(amount)
            continue
        if word == "or" and not (amount.factor > 1 and last.factor == 1):
            # "two or three thousand" is a span, "50 or 60" two amounts.
            out.append(amount)
            continue
        first, second = last.low, amount.high
        if (
            first < second
            and amount.factor > 1
            and last.factor == 1
            and first * amount.factor <= second
            and last.currency is None
        ):
            first *= amount.factor
        if first > second:
            first, second = second, first
        out[-1] = _Amount(
            last.start,
            amount.end,
            first,
            second,
            max(last.factor, amount.factor),
            amount.script,
            amount.currency or last.currency,
            False,
            True,
        )
    return out


@dataclass(frozen=True, slots=True)
class _Context:
    """An amount with the words around it: what stands before, and the cues that follow."""

    low: str
    amount: _Amount
    base: int
    before: str
    after_max: re.Match[str] | None
    after_min: re.Match[str] | None
    after_around: re.Match[str] | None
    end: int

    def begin(self, *heads: re.Match[str] | None) -> int:
        """Where what was read begins: at the first of ``heads`` that was found, else at the amount."""
        head = next((h for h in heads if h is not None), None)
        return self.amount.start if head is None else self.base + head.start()


@dataclass(frozen=True, slots=True)
class _Bound:
    """What an amount bounds and the span ``[start, end)`` that says so."""

    start: int
    end: int
    low: float | None = None
    high: float | None = None


def read_price(draft: Draft) -> PriceReading:
    """The price bounds of a message; strikes what it read."""
    low = high = None
    currency: str | None = None
    for match in INDEFINITE_ZH.finditer(draft.left):
        code = currency_at(match["unit"] or "", 0)
        currency = code[1] if code else currency
        draft.strike(match.start(), match.end())
    text = draft.left
    amounts = [a for n in find_numbers(text)[:MOST_NUMBERS] if (a := _amount(text, n)) is not None]
    floor = 0
    for amount in _merge_ranges(text, amounts):
        bound = _bound(_context(text, amount, floor))
        if bound is None:
            continue
        low = low if bound.low is None else bound.low
        high = high if bound.high is None else bound.high
        draft.strike(bound.start, bound.end)
        floor = bound.end
        currency = amount.currency or currency
    for match in LONE_CURRENCY.finditer(draft.left):
        if match["bare"] and low is None and high is None:
            continue
        code = currency_at((match["en"] or match["zh"] or match["bare"]), 0)
        if currency is None and code:
            currency = code[1]
        draft.strike(match.start(), match.end())
    if low is not None and high is not None and low > high:
        low, high = high, low
    return PriceReading(low, high, currency)


def _context(text: str, amount: _Amount, floor: int) -> _Context:
    base = max(floor, amount.start - _WINDOW)
    after_max = AFTER_MAX_EN.match(text, amount.end) or AFTER_MAX_ZH.match(text, amount.end)
    after_min = AFTER_MIN_EN.match(text, amount.end) or AFTER_MIN_ZH.match(text, amount.end)
    after_around = AFTER_AROUND_EN.match(text, amount.end) or AFTER_AROUND_ZH.match(text, amount.end)
    end = _end(text, amount, after_max or after_min or after_around)
    return _Context(text, amount, base, text[base : amount.start], after_max, after_min, after_around, end)


def _bound(at: _Context) -> _Bound | None:
    """Decide what an amount bounds; ``None`` where it is no price."""
    amount = at.amount
    if AGE_BEFORE.search(at.before) and amount.currency is None and amount.high <= 21:
        return None
    if amount.currency == "GBP" and _weighs(at):
        return None
    if cue := BEFORE_EN.search(at.before) or BEFORE_ZH.search(at.before):
        return _compared(at, cue)
    if (than := THAN_ZH.search(at.before)) and (cheaper := AFTER_THAN_ZH.match(at.low, amount.end)):
        return _Bound(at.begin(than), _end(at.low, amount, cheaper), high=amount.high)
    if amount.spread and not amount.loose and not at.after_max:
        return _spread(at)
    return _cued(at) or _uncued(at)


def _weighs(at: _Context) -> bool:
    """Whether pounds are a weight: what a thing weighs or carries, or stands before its noun."""
    if not POUNDS.search(at.low, at.amount.start, at.amount.end):
        return False
    return (
        WEIGHING.search(at.before) is not None
        or POUND_OF.match(at.low, at.amount.end) is not None
        or (WEIGHTS.search(at.low) is not None and not at.after_max and not BEFORE_EN.search(at.before))
    )


def _compared(at: _Context, cue: re.Match[str]) -> _Bound:
    """ "over" and "under", turned round by a negation before or, in Chinese, behind (超过一千的不看)."""
    flipped, end = cue["neg"] is not None, at.end
    begin = at.begin(cue)
    if not flipped and (removed := REMOVED_TOO.search(at.before, 0, cue.start())):
        flipped, begin = True, at.base + removed.start("cut")
    if not flipped and (negated := AFTER_NEG_ZH.match(at.low, end)):
        flipped, end = True, negated.end()
    if (cue["over"] is not None) != flipped:
        return _Bound(begin, end, low=at.amount.low)
    return _Bound(begin, end, high=at.amount.high)


def _spread(at: _Context) -> _Bound | None:
    """A span of two numbers, where it has a currency or is said like a price."""
    amount = at.amount
    if amount.currency is None:
        if HYPHENATED_CODE.match(at.low, amount.start) or at.low[amount.start - 1 : amount.start] == "-":
            return None
        if amount.low < 10 and amount.factor < 10 and not re.search(r"between\s*\Z", at.before):
            return None
    start = at.begin(RANGE_HEAD.search(at.before))
    if at.after_around:
        return _around(start, at.end, amount)
    return _Bound(start, at.end, amount.low, amount.high)


def _around(start: int, end: int, amount: _Amount) -> _Bound:
    return _Bound(start, end, round(amount.low * _LESS, 2), round(amount.high * _MORE, 2))


def _cued(at: _Context) -> _Bound | None:
    """An amount with a word that bounds it, before or behind."""
    amount = at.amount
    minimum = MIN_EN.search(at.before) or MIN_ZH.search(at.before)
    maximum = MAX_EN.search(at.before) or MAX_ZH.search(at.before)
    around = AROUND_EN.search(at.before) or AROUND_ZH.search(at.before)
    spend = FOR_EN.search(at.before)
    if at.after_max or at.after_min:
        refused = None if maximum or minimum else NEG_ONLY_ZH.search(at.before)
        negated = AFTER_NEG_ZH.match(at.low, at.end)
        start = at.begin(refused, maximum, minimum, around, spend)
        end = negated.end() if negated else at.end
        if (at.after_max is not None) != bool(refused or negated):
            return _Bound(start, end, high=amount.high)
        return _Bound(start, end, low=amount.low)
    if amount.loose or at.after_around or (around and not minimum and not _is_ceiling(maximum)):
        if amount.currency is None and not amount.loose and amount.high < 5:
            return None
        return _around(at.begin(around, maximum, minimum, spend), at.end, amount)
    if minimum:
        return _Bound(at.begin(minimum), at.end, low=amount.low)
    if maximum:
        return _Bound(at.begin(maximum), at.end, high=amount.high)
    return None


def _is_ceiling(match: re.Match[str] | None) -> bool:
    """Whether the words before say a ceiling, and not merely that a budget is being named."""
    return match is not None and not re.search(r"预算|budget|花|spend", match.group())


def _end(low: str, amount: _Amount, after: re.Match[str] | None) -> int:
    end = after.end() if after else amount.end
    each = JUST_EACH.match(low, end)
    if each:
        end = each.end()
    tail = TAIL_ZH.match(low, end)
    return tail.end() if tail and tail.end() > end else end


def _uncued(at: _Context) -> _Bound | None:
    """An amount without a bounding word: money to spend ("for $40"), or a price one names (三百块的)."""
    amount, low = at.amount, at.low
    end = _end(low, amount, None)
    if BUDGET_AFTER_ZH.match(low, amount.end):
        return _Bound(amount.start, end, high=amount.high)
    if amount.currency is None:
        # 五百的耳机: a round Chinese number before 的 is a price; sizes are smaller, models are digits with letters.
        if amount.script == "han" and amount.low >= 50 and low[amount.end : amount.end + 1] == "的":
            return _around(amount.start, end, amount)
        # "for 2k", "at 99.99": said like a price even without a currency.
        paid = PAID.search(at.before)
        if paid and (amount.factor >= 1000 or CENTS.search(low, amount.start, amount.end)):
            return _Bound(at.begin(paid), end, high=amount.high)
        return None
    if amount.currency == "CNY" and amount.high < 5 and low[amount.end - 1] == "块":
        return None
    if start := FROM_EN.search(at.before):
        return _Bound(at.begin(start), end, low=amount.low)
    spend = FOR_EN.search(at.before)
    if low[amount.end : end].endswith("的") or (not spend and _GOODS_FOLLOW.match(low, end)):
        return _around(at.begin(spend), end, amount)
    return _Bound(at.begin(spend), end, high=amount.high)
