"""The introduction of a list in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.generation.replies.listing import ListWriter
from assistant.generation.replies.wording import (
    color_name,
    currency_name,
    has_han,
    in_language,
    listed,
    money,
    reads_as,
    spaced,
    variant,
)
from assistant.types import Constraints

_SORT = {
    "price_asc": "价格从低到高",
    "price_desc": "价格从高到低",
    "rating_desc": "评分从高到低",
    "newest": "新品在前",
    "popularity": "热门在前",
}
_ONE = {
    "price_asc": "价格最低",
    "price_desc": "价格最高",
    "rating_desc": "评分最高",
    "newest": "最新",
    "popularity": "评价数最多",
}


class ChineseList(ListWriter):
    """The sentences of a list in Chinese."""

    language = "zh"

    def noun(self, c: Constraints) -> str:
        """ "80美元以内、42码的黑色防水跑鞋（不含红色）"."""
        before: list[str] = []
        if price := self.price(c):
            before.append(price)
        if sizes := self.said_any(c.sizes):
            before.append(
                "或".join(s if has_han(s) else f"{s}码" if s.replace(".", "").isdigit() else s for s in sizes)
            )
        if c.in_stock_only:
            before.append("有现货")
        words = [
            *([listed([color_name(x, "zh", self.lexicon) for x in c.colors], "zh", last="or")] if c.colors else []),
            *([listed(self.said_any(c.brands), "zh", last="or")] if c.brands else []),
            *self.said(c.terms),
        ]
        head = in_language(c.product, "zh", self.lexicon) if c.product else None
        if head is None and c.product and len(c.product.split()) <= 3:
            head = c.product
        words = [w for w in words if not (head and w in head)]
        head = head or {"ideas": "主意", "complement": "搭配"}.get(self.f.kind, "商品")
        out = "、".join(before) + ("的" if before else "") + "".join(words) + head
        return spaced(out + self.without(c))

    def without(self, c: Constraints) -> str:
        """What was ruled out, in brackets."""
        names = [
            *(color_name(x, "zh", self.lexicon) for x in c.exclude_colors),
            *self.said_any(c.exclude_terms),
            *self.said_any(c.exclude_brands),
        ]
        return f"（不含{'、'.join(names)}）" if names else ""

    def said_any(self, phrases: Sequence[str]) -> list[str]:
        """Phrases in Chinese where they have a Chinese name, else short Latin ones as they are (brands, codes)."""
        return [
            in_language(p, "zh", self.lexicon) or " ".join(p.split())
            for p in phrases
            if in_language(p, "zh", self.lexicon) or len(p.split()) <= 3
        ]

    def price(self, c: Constraints) -> str:
        """The price bounds as a phrase."""
        low, high, cur = c.price_min, c.price_max, self.f.currency
        if low is not None and high is not None:
            first = money(low, None, "zh") if cur else money(low, cur, "zh")
            return f"{first}到{money(high, cur, 'zh')}"
        if high is not None:
            return f"{money(high, cur, 'zh')}以内"
        return f"{money(low, cur, 'zh')}以上" if low is not None else ""

    def found(self) -> str:
        """What was found, nothing loosened."""
        f, c = self.f, self.kept
        n = len(f.cards)
        sort = f"，按{_SORT[c.sort]}排" if c.sort and n > 1 else ""
        if f.anchors:
            goes_with = f"“{f.anchors[0].title_in('zh')}”" if len(f.anchors) == 1 else "您选的商品"
            if c.product:
                return spaced(f"和{goes_with}搭配的{self.noun(c)}，挑了{n}款{sort}。")
            price = self.price(c)
            return spaced(
                f"想和{goes_with}搭配，{f'{price}的，' if price else ''}可以看看这{n}样{self.without(c)}{sort}。"
            )
        noun = self.noun(c)
        if n == 1 and c.sort and f.total > 1:
            return f"{noun}一共{f.total}款，{_ONE[c.sort]}的是这款。"
        if n == 1:
            return f"{noun}，只找到这1款。" if f.total == 1 and f.kind == "search" else f"{noun}，给您挑了这1款。"
        if f.kind == "ideas":
            price = self.price(c)
            ask = f"{price}的，" if price else ""
            lead = variant(self.seed, (f"{ask}想到这{n}样，供您参考", f"{ask}这{n}样可以考虑", f"{ask}给您挑了{n}样"))
            return f"{lead}{self.without(c)}{sort}。"
        total = f"一共{f.total}款，" if f.total > n and c.product else ""
        return variant(
            self.seed,
            (
                f"{noun}，{total}挑了这{n}款{sort}。",
                f"{noun}，{total}先看这{n}款{sort}。",
                f"找到了{noun}，{total}这{n}款{'更合适' if not sort else '在前'}{sort}。"
                if total
                else f"找到{n}款{noun}{sort}。",
            ),
        )

    def gave_way(self) -> str:
        """What was loosened to find these cards."""
        n = len(self.f.cards)
        start = f"，{self.lowest()}起" if {"price_max", "price_min"} & set(self.loosened) else ""
        return f"没有找到{self.noun(self.asked)}。放宽{listed(self.bounds(), 'zh')}之后，这{n}款比较接近{start}。"

    def bounds(self) -> list[str]:
        """What was loosened, by name and value."""
        c, cur, names = self.f.ledger, self.f.currency, list(self.loosened)
        out: list[str] = []
        if c.price_max is not None and "price_max" in names:
            out.append(f"{money(c.price_max, cur, 'zh')}的价格上限")
        if c.price_min is not None and "price_min" in names:
            out.append(f"{money(c.price_min, cur, 'zh')}的价格下限")
        for name, label in (("brands", "品牌"), ("colors", "颜色"), ("sizes", "尺码")):
            if name in names:
                values = getattr(c, name)
                said = (
                    [color_name(x, "zh", self.lexicon) for x in values] if name == "colors" else self.said_any(values)
                )
                out.append(spaced(f"{label}“{listed(said, 'zh', last='or')}”" if said else label))
        if "terms" in names:
            said = self.said_any(c.terms)
            out.append(spaced(f"“{listed(said, 'zh')}”的要求" if said else "其他要求"))
        if "in_stock_only" in names:
            out.append("“只看有货”")
        for name in ("exclude_terms", "exclude_colors", "exclude_brands"):
            if name in names:
                values = getattr(c, name)
                said = (
                    [color_name(x, "zh", self.lexicon) for x in values]
                    if name == "exclude_colors"
                    else self.said_any(values)
                )
                out.append(spaced(f"“不要{listed(said, 'zh', last='or')}”的条件" if said else "排除条件"))
        return out or ["其中一个条件"]

    def nothing(self) -> str:
        """No cards, and what stands in the way."""
        f = self.f
        if self.unknown_type or not self.loosened:
            asked = in_language(f.ledger.product, "zh", self.lexicon) if f.ledger.product else None
            what = f"叫“{asked}”的商品" if asked else "合适的商品"
            return f"抱歉，店里没有{what}。您可以换个说法，或者说说打算用在哪里，我再找找。"
        bare = self.noun(replace(self.asked, price_max=None, price_min=None))
        if self.loosened == ["price_max"] and f.ledger.price_max is not None:
            return f"没有{money(f.ledger.price_max, f.currency, 'zh')}以内的{bare}了，价格没法再低。"
        if self.loosened == ["price_min"] and f.ledger.price_min is not None:
            return f"没有{money(f.ledger.price_min, f.currency, 'zh')}以上的{bare}了，价格没法再高。"
        return f"没有找到{self.noun(self.asked)}，卡在{listed(self.bounds(), 'zh')}上。改一下这个条件，我再帮您找。"

    def nearest_type(self) -> str:
        """The product type is not sold; the nearest stand in."""
        asked = in_language(self.f.ledger.product, "zh", self.lexicon) if self.f.ledger.product else None
        also = f"（{listed(self.bounds(), 'zh')}也放宽了）" if self.loosened else ""
        what = f"叫“{asked}”的商品" if asked else "这个名字的商品"
        return f"店里没有{what}，下面这{len(self.f.cards)}款是找到的比较接近的{also}。"

    def other_currency(self) -> str:
        """A bound was not applied, for want of prices in its currency."""
        f = self.f
        cur = f.currency_missing
        amounts = [money(v, cur, "zh") for v in (f.ledger.price_min, f.ledger.price_max) if v is not None]
        own = f"这里的价格以{currency_name(f.cards[0].currency, 'zh')}计" if f.cards else "这里用的是另一种货币"
        return f"{own}，我不会自己估算汇率，所以{listed(amounts, 'zh')}的预算没有算进去。"

    def no_more(self) -> str:
        """More was wanted and there is none."""
        return f"{self.noun(self.kept)}已经全部给您看过了，没有更多了。放宽一个条件，我可以接着找。"

    def back_again(self) -> str:
        """The list of an earlier topic is shown again."""
        c = self.kept if self.f.relaxed else self.f.ledger
        sort = f"，按{_SORT[c.sort]}排" if c.sort else ""
        return f"回到刚才的{self.noun(c)}，还是那几款{sort}。"

    def only_ranked(self) -> str:
        """A wish that no listing states."""
        said = self.said(self.f.soft)
        if not said:
            return "有的要求商品资料里都没有写，所以只按接近程度排了序。"
        wish = listed([f"“{s}”" for s in said], "zh", last="or")
        text = f"商品资料里都没有写{wish}，所以只按接近程度排了序。"
        return text if reads_as("zh", text) else "有的要求商品资料里都没有写，所以只按接近程度排了序。"
