"""Answers on stock and on price reductions, from the record and the variants that share its card.

No promise is made: no restock date, no coupon, no bargain that the record does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from assistant.generation.replies.wording import color_name, listed, money, number, variant
from assistant.lexicon import Lexicon, fold
from assistant.types import Card, Constraints, Product

_WHEN = re.compile(r"\bwhen\b|\brestock\w*|\bback in\b|\bagain\b|什么时候|啥时候|几时|补货|到货|何时", re.I)
_WHERE = re.compile(r"\b(?:store|branch|shop in|pick ?up|collect)\b|门店|实体店|店里|自提|分店", re.I)
_HAGGLE = re.compile(
    r"\bhaggle|\bnegotia|\bknock\b|\bbest price|\blowest you|\bwill you take\b|\bcheaper if\b|\bround down\b|"
    r"抹零|抹个零|最低|便宜点|少点|讲价|还价|砍价|优惠点|打包价",
    re.I,
)
_COUPON = re.compile(r"\bcoupon|\bvoucher|\bcode\b|\bpoints\b|\bgift card|优惠券|券|红包|积分|满减|返现", re.I)
_HISTORY = re.compile(
    r"\blast (?:month|week|year)\b|\bhistory\b|\braised\b|\bused to cost\b|上个月|历史|之前多少|涨价|降过", re.I
)
_COLORS = re.compile(r"\bcolou?rs?\b|\bshades?\b|颜色|什么色|色号|别的色", re.I)
_FEW = 5
# Asked in so many words, a question is about stock whatever else a message was taken for.
_IN_STOCK = re.compile(
    r"\bin stock\b|\bsold out\b|\bout of stock\b|\bavailable (?:right now|now|today|at the moment)\b"
    r"|\bany left\b|\bhow many .{0,12}left\b"
    r"|有货|现货|库存|售罄|断货|缺货|卖完|还有吗|还有没有",
    re.I,
)
_SIZE = re.compile(
    r"(?:\b(?:in|size|a|an|have)\s+(?:an?\s+|size\s+)?)(\d{2,3}(?:\.5)?|[2-5]xl|x{0,3}[sl]|m)\b(?!\s*(?:%|cm|mm"
    r"|kg|g|ml|w|v|inch|litre))"
    r"|(?<![a-z0-9])(\d{2,3}(?:\.5)?|[2-5]xl|x{0,3}[sl]|m)"
    r"(?=\s*码|号?的[吗么?？]?|号|\s+(?:still )?(?:in stock|sold out|left)\b)"
)
_OF_SIZE = re.compile(
    r"\b(?:do you have|have you got|got|is there|are there|does it come|do they come|is it|are they|come|comes"
    r"|available|get)\b.{0,24}"
    r"\b(?:in|size|a)\b|有|还剩|还有|能买到",
    re.I,
)
_OF_COLOR = re.compile(
    r"\b(?:come|comes|available|have|got|get|sell)\b.{0,20}\bin\b|\bother colou?rs?\b|有没有.*色|有.{0,4}色的?[吗么?？]"
    r"|别的颜色|其他颜色",
    re.I,
)

_HOW_MUCH = re.compile(r"多[重大长高宽厚深久远轻]|\bhow (?:heavy|long|wide|tall|big|deep|thick)\b|\bweigh\w*")
_STOCK_WORD = re.compile(
    r"(?:in )?stock|stocks|available|availability|sizes?|right|now|today|left|moment|sold|pieces?|still|currently|order"
    r"|buy"
    r"|\d*[码号]|尺[码寸]|大?小?号|[还仍]有|有货|现货|库存|缺货|断货|售罄|补货|到货|目前|现在|今天|大的|小的|件|双|买|下单|发货"
    r"|我?脚长?|头围|胸围|腰围|身高|体重"
)
_IN_THAT = re.compile(r"\bin\s+(?:[a-z]+\s+){0,2}$")


def asked(lexicon: Lexicon, cards: Sequence[Card], text: str, constraints: Constraints) -> Constraints | None:
    """What a question about a product asks of its stock, overall, in a size or in a colour; ``None`` where nothing."""
    low = fold(text)
    named = [size for card in cards for size in card.product.sizes if len(size) > 2 and _holds(low, size)]
    sizes = tuple(dict.fromkeys((*constraints.sizes, *named, *_sizes_in(low))))
    mentions = lexicon.mentions(low, ("color",))
    colors = constraints.colors or tuple(dict.fromkeys(c.key for m in mentions for c in m.concepts))
    sized = all(card.product.sizes or card.product.size_stock or card.variants for card in cards)
    of_size = bool(sizes) and sized and bool(_OF_SIZE.search(low)) and not _HOW_MUCH.search(low)
    of_color = bool(colors) and bool(_OF_COLOR.search(low))
    if of_color and low.isascii():
        # "What do the two stones come to in carats" names a colour, and asks for none.
        of_color = "other" in low or any(_IN_THAT.search(low[: m.start]) for m in mentions)
    if not (_IN_STOCK.search(low) or of_size or of_color):
        return None
    return replace(constraints, sizes=sizes if sized else (), colors=colors if of_color else ())


def is_of_stock(word: str) -> bool:
    """Whether a word of a question only asks for stock or for a size, or says whom a size must fit."""
    return _STOCK_WORD.fullmatch(word) is not None


def _holds(text: str, size: str) -> bool:
    """Whether a folded text names a size that is a word, such as "queen"."""
    return size.isalpha() and re.search(rf"\b{re.escape(fold(size))}\b", text) is not None


def _sizes_in(text: str) -> list[str]:
    """The sizes that a folded question names: "in a 41", "an M", 44码."""
    found = [m[1] or m[2] for m in _SIZE.finditer(text)]
    return [s.upper() if s.isalpha() or s.endswith("xl") else s for s in found]


def availability(
    lexicon: Lexicon, language: str, cards: Sequence[Card], text: str, constraints: Constraints
) -> list[str]:
    """What the record says on stock: overall, or for the size, colour or number of pieces asked about."""
    return [s for card in cards for s in _stock_of(lexicon, language, card, text, constraints)]


def _stock_of(lexicon: Lexicon, language: str, card: Card, text: str, c: Constraints) -> list[str]:
    zh = language == "zh"
    out: list[str] = []
    product, title = card.product, card.title
    if c.colors:
        found, sentence = _in_color(lexicon, language, card, c.colors)
        out.append(sentence)
        if found is None or (not c.sizes and found.in_stock is None):
            return out
        product, title = found, found.title_in("zh" if zh else "en")
        if not c.sizes:
            return out
    if c.sizes:
        return [*out, *(_in_size(language, product, title, size, card.variants) for size in c.sizes)]
    if _COLORS.search(fold(text)):
        return [_colors(lexicon, language, card)]
    asks_where = _WHERE.search(fold(text))
    if asks_where:
        out.append(
            "店里各处的库存我这里查不到，只能看到总库存。"
            if zh
            else "I can't see stock per store, only the stock overall."
        )
    if product.in_stock is None:
        out.append(
            f"{title}的商品资料里没有库存信息，回复“转人工”可以请客服同事帮您查。"
            if zh
            else f"The record of {title} holds no stock figure. Ask for a person, and a colleague can check."
        )
        return out
    if product.in_stock:
        return [*out, _there(language, product, title, c.quantity, text)]
    others = [v for v in card.variants if v.in_stock]
    out.append(_gone(language, title, others, text))
    if _WHEN.search(fold(text)):
        out.append("什么时候补货，资料里没有写。" if zh else "The record gives no restock date.")
    return out


def _there(language: str, product: Product, title: str, wanted: int | None, text: str) -> str:
    zh, stock = language == "zh", product.stock
    sizes = [s for s in product.sizes if product.size_stock.get(s, 0) > 0]
    in_sizes = ""
    if product.size_stock and sizes:
        in_sizes = f"，有货的尺码：{'、'.join(sizes)}" if zh else f", in {listed(sizes, 'en')}"
    if stock is not None and wanted and wanted > stock:
        return (
            f"{title}目前只有{stock}件现货，不够{wanted}件。"
            if zh
            else f"Only {stock} of {title} in stock now, fewer than the {wanted} you ask for."
        )
    if stock is not None and stock <= _FEW:
        return (
            f"有的，{title}还剩{stock}件{in_sizes}。"
            if zh
            else f"Yes, though only {stock} of {title} {'is' if stock == 1 else 'are'} left{in_sizes}."
        )
    pieces = "" if stock is None else (f"，库存{stock}件" if zh else f", {number(stock, 'en')} pieces")
    if zh:
        return variant(text, (f"有的，{title}有现货{pieces}{in_sizes}。", f"{title}现在有货{pieces}{in_sizes}。"))
    return variant(text, (f"Yes, {title} is in stock{pieces}{in_sizes}.", f"{title} is in stock{pieces}{in_sizes}."))


def _gone(language: str, title: str, others: Sequence[Product], text: str) -> str:
    if language == "zh":
        more = f"同款里{'、'.join(v.title_in('zh') for v in others[:3])}还有货。" if others else "我可以帮您找类似的。"
        return f"抱歉，{title}目前售罄了。{more}"
    names = listed([v.title_in("en") for v in others[:3]], "en")
    more = (
        f"From the same range, {names} {'is' if len(others[:3]) == 1 else 'are'} in stock."
        if others
        else "I can look for something similar."
    )
    return f"Sorry, {title} is sold out at the moment. {more}"


def _in_color(lexicon: Lexicon, language: str, card: Card, colors: Sequence[str]) -> tuple[Product | None, str]:
    """The SKU on this card in the colour asked for, and the sentence on it."""
    zh = language == "zh"
    family = (card.product, *card.variants)
    have = {p.sku: colors_of(lexicon, p) for p in family}
    asked = listed([color_name(x, language, lexicon) for x in colors], language, last="or")
    for p in sorted(family, key=lambda p: p.in_stock is False):
        if have[p.sku] & set(colors):
            title = p.title_in("zh" if zh else "en")
            if p.in_stock is False:
                return (
                    p,
                    f"{asked}的{title}目前售罄了。"
                    if zh
                    else f"It comes in {asked} ({title}), but that one is sold out.",
                )
            if p.in_stock is None:
                return (
                    p,
                    f"{asked}的有：{title}，库存资料里没有写。"
                    if zh
                    else f"It comes in {asked}: {title}. Its record gives no stock figure.",
                )
            left = "" if p.stock is None else (f"，库存{p.stock}件" if zh else f", {number(p.stock, 'en')} in stock")
            return p, f"{asked}的有：{title}{left}。" if zh else f"Yes, it comes in {asked}: {title}{left}."
    known = [color_name(x, language, lexicon) for x in dict.fromkeys(x for p in family for x in sorted(have[p.sku]))]
    if not known:
        return None, (
            f"{card.title}的商品资料里没有写颜色，有没有{asked}的我不能确定。"
            if zh
            else f"The listing of {card.title} does not state its colours, so I can't say whether it comes in {asked}."
        )
    return None, (
        f"{card.title}没有{asked}的，目前有{listed(known, 'zh')}。"
        if zh
        else f"I don't see {card.title} in {asked}, only in {listed(known, 'en')}."
    )


def _colors(lexicon: Lexicon, language: str, card: Card) -> str:
    """The colours of the SKUs that share this card, those that are sold out named as such."""
    zh = language == "zh"
    there: dict[str, bool] = {}
    for p in (card.product, *card.variants):
        for color in sorted(colors_of(lexicon, p)):
            there[color] = there.get(color, False) or p.in_stock is not False
    if not there:
        return (
            f"{card.title}的商品资料里没有写颜色。"
            if zh
            else f"The listing of {card.title} does not state its colours."
        )
    names = [color_name(c, language, lexicon) for c in there]
    gone = [color_name(c, language, lexicon) for c, left in there.items() if not left]
    if zh:
        return f"{card.title}目前有{listed(names, 'zh')}" + (f"，其中{listed(gone, 'zh')}售罄了。" if gone else "。")
    return f"{card.title} comes in {listed(names, 'en')}" + (f"; {listed(gone, 'en')} is sold out." if gone else ".")


def colors_of(lexicon: Lexicon, product: Product) -> set[str]:
    """The basic colours a record states: its colour field, else what its title says."""
    if product.color:
        found = {c.key for m in lexicon.mentions(fold(product.color), ("color",)) for c in m.concepts}
        return found or {product.color.lower()}
    return {c.key for m in lexicon.mentions(fold(product.title), ("color",)) for c in m.concepts}


def _in_size(language: str, product: Product, title: str, size: str, variants: Sequence[Product]) -> str:
    zh = language == "zh"
    mine = same_size(product.sizes or tuple(product.size_stock), size)
    shown = f"{size}码" if zh and size.replace(".", "").isdigit() else size
    if mine is None:
        for v in variants:
            if same_size((*v.sizes, str(v.attributes.get("size", "")), v.title), size):
                stock = (
                    ""
                    if v.in_stock is None
                    else ("，有货" if v.in_stock else "，目前售罄")
                    if zh
                    else ("" if v.in_stock is None else ", in stock" if v.in_stock else ", sold out now")
                )
                name = v.title_in("zh" if zh else "en")
                return f"{shown}的是这款：{name}{stock}。" if zh else f"In {size} there is {name}{stock}."
        sizes = product.sizes or tuple(product.size_stock)
        if not sizes:
            return (
                f"{title}的商品资料里没有写尺码，{shown}有没有我不能确定。"
                if zh
                else f"The listing of {title} gives no sizes, so I can't say whether there is a {size}."
            )
        return (
            f"{title}没有{shown}，有这些尺码：{'、'.join(sizes)}。"
            if zh
            else f"{title} does not come in {size}; it comes in {listed(sizes, 'en')}."
        )
    left = product.size_stock.get(mine)
    if left is None:
        left = product.stock if product.stock == 0 else None
    if left is None:
        known = "" if product.in_stock is None else ("，整体有货" if zh else "; the product is in stock")
        return (
            f"{title}有{shown}{known}，这个尺码的库存资料里没有单独写。"
            if zh
            else f"{title} comes in {size}{known}, though the record gives no stock per size."
        )
    if left > 0:
        return (
            f"有的，{title}的{shown}有货，还有{left}件。"
            if zh
            else f"Yes, {title} is in stock in {size}, {number(left, 'en')} left."
        )
    rest = [s for s in product.sizes if product.size_stock.get(s, 0) > 0]
    if zh:
        return f"{title}的{shown}卖完了" + (f"，现在有货的是{'、'.join(rest)}。" if rest else "，其他尺码也没有货了。")
    return f"{title} is sold out in {size}" + (
        f"; in stock are {listed(rest, 'en')}." if rest else ", as in every other size."
    )


def same_size(sizes: Iterable[str], asked: str) -> str | None:
    """The size of the list that is meant: "m" is "M", "13" is "13 inch", 42码 is "42"."""
    wanted = fold(asked).replace("码", "").replace("号", "").strip()
    for size in sizes:
        low = fold(size).strip()
        if low and (
            low == wanted
            or low.split()[0] == wanted
            or wanted.split()[:1] == [low]
            or low in _SIZE_WORDS.get(wanted, ())
        ):
            return size
    return None


_SIZE_WORDS = {
    "small": ("s",), "medium": ("m",), "large": ("l",), "extra large": ("xl",), "extra small": ("xs",),
    "s": ("small",), "m": ("medium",), "l": ("large",), "xl": ("extra large", "x-large"), "2xl": ("xxl",),
    "xxl": ("2xl",),
    "小": ("s", "small"), "中": ("m", "medium"), "大": ("l", "large"), "加大": ("xl",), "均": ("one size",),
}  # fmt: skip


def promotion(lexicon: Lexicon, language: str, cards: Sequence[Card], text: str) -> list[str]:
    """The reduction the record states, or that it states none."""
    zh = language == "zh"
    low = fold(text)
    out: list[str] = []
    for card in cards:
        p = card.product
        price = money(card.price, card.currency, language)
        cut = discount(p)
        if cut and card.currency == p.currency and p.list_price is not None:
            was = money(p.list_price, p.currency, language)
            fold_zh = _tenths(cut)
            out.append(
                f"{card.title}正在优惠：原价{was}，现价{price}，约{fold_zh}折。"
                if zh
                else f"Yes: {card.title} is down from {was} to {price}, {cut} % off."
            )
        elif cut:
            # The list price stands in the record's own currency only; no other is worked out from it.
            was, now = money(p.list_price or 0.0, p.currency, language), money(p.price, p.currency, language)
            out.append(
                f"{card.title}正在优惠：标价{was}，现在{now}，约{_tenths(cut)}折；您这边的售价是{price}。"
                if zh
                else f"Yes: {card.title} is down from {was} to {now}, {cut} % off; the price for you is {price}."
            )
        else:
            out.append(
                variant(
                    text,
                    (
                        f"{card.title}目前没有标注折扣，售价{price}。",
                        f"查了一下，{card.title}现在没有优惠，价格是{price}。",
                    ),
                )
                if zh
                else variant(
                    text,
                    (
                        f"No reduction is listed for {card.title} at the moment; it costs {price}.",
                        f"{card.title} is at its regular price of {price}: no discount is listed.",
                    ),
                )
            )
    if _HISTORY.search(low):
        out.append("过去的价格没有记录，我查不到。" if zh else "Earlier prices are not recorded here.")
    elif _HAGGLE.search(low):
        out.append(
            "价格我没法再让，不过可以帮您找更便宜的同类商品。"
            if zh
            else "I can't bargain, but I can look for something similar that costs less."
        )
    elif _COUPON.search(low):
        out.append(
            "优惠券的情况商品资料里没有写，我不能承诺。"
            if zh
            else "The record says nothing on coupons, so I can't promise any."
        )
    return out


def discount(product: Product) -> int | None:
    """The reduction against the list price in per cent, where the record states one worth naming."""
    if product.list_price is None or product.list_price <= product.price or product.list_price <= 0:
        return None
    cut = round(100 * (1 - product.price / product.list_price))
    return cut if cut >= 1 else None


def _tenths(cut: int) -> str:
    """A reduction as Chinese shops say it: 20 % off is 8折, 15 % off 8.5折."""
    return number((100 - cut) / 10, "zh")
