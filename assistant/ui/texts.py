"""The words of the interface itself, in both languages. Replies are not written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.types import ReplyLanguage


@dataclass(frozen=True, slots=True)
class Words:
    """Every interface string of one language; ``{}`` marks what is filled in."""

    lang: str
    locale: str
    shop: str
    discloses: str
    new_conversation: str
    you: str
    ask: str
    placeholder: str
    send: str
    looking: str
    writing: str
    looking_for: str
    asked_for: str
    remove: str
    removed: str
    nothing_changed: str
    products: str
    product_count: str
    price: str
    was: str
    rated: str
    in_stock: str
    few_left: str
    sold_out: str
    stock_unknown: str
    why: str
    colours: str
    sizes: str
    size_gone: str
    also_as: str
    details: str
    to_cart: str
    to_cart_short: str
    to_cart_message: str
    cart: str
    pieces: str
    cart_message: str
    near_miss: str
    in_the_way: str
    suggestions: str
    error: str
    retry: str
    and_more: str
    under: str
    over: str
    without: str
    quantity: str
    only_in_stock: str
    fields: Mapping[str, str]
    questions: Mapping[str, str]
    sorts: Mapping[str, str]
    colors: Mapping[str, str]

    def question(self, field: str) -> str:
        """The narrowing question about a constraint field."""
        return self.questions.get(field, self.questions["*"])

    def field(self, name: str) -> str:
        """What a shopper calls a constraint field."""
        return self.fields.get(name, name.replace("_", " "))

    def color(self, name: str) -> str:
        """A basic colour's name."""
        return self.colors.get(name, name)


EN = Words(
    lang="en",
    locale="en_US",
    shop="Lantern",
    discloses="An AI answers, using our own listings.",
    new_conversation="New conversation",
    you="You",
    ask="Your message to the shop",
    placeholder="What are you looking for?",
    send="Send",
    looking="Looking through the shelves",
    writing="Writing",
    looking_for="Looking for",
    asked_for="What you asked for; press one to remove it",
    remove="Remove: {}",
    removed="Without “{}”",
    nothing_changed="That is no longer part of your search.",
    products="Products",
    product_count="{} products shown",
    price="Price",
    was="before {}",
    rated="Rated {rating} of 5 by {count} people",
    in_stock="In stock",
    few_left="Only {} left",
    sold_out="Sold out",
    stock_unknown="Ask for availability",
    why="Why it matches",
    colours="Colours",
    sizes="Sizes",
    size_gone="{}, sold out",
    also_as="Also as",
    details="Details",
    to_cart="Add to cart",
    to_cart_short="Add",
    to_cart_message="Add number {} to my cart",
    cart="Cart",
    pieces="{} in cart",
    cart_message="Show my cart",
    near_miss="Nothing matches everything, so these come closest. Not met: {}.",
    in_the_way="Nothing matches. What stands in the way: {}.",
    suggestions="You could say next",
    error="That did not work. Your message is kept; please send it again.",
    retry="Send again",
    and_more="… {} more characters",
    under="under {}",
    over="from {}",
    without="no {}",
    quantity="{} pieces",
    only_in_stock="in stock only",
    fields={
        "product": "the kind of product",
        "price_max": "the price limit",
        "price_min": "the lowest price",
        "currency": "the currency",
        "brands": "the brand",
        "exclude_brands": "the brand to avoid",
        "colors": "the colour",
        "exclude_colors": "the colour to avoid",
        "sizes": "the size",
        "terms": "a property you want",
        "exclude_terms": "a property to avoid",
        "in_stock_only": "being in stock",
        "quantity": "the quantity",
        "sort": "the order",
    },
    questions={
        "price_max": "What would you like to spend?",
        "colors": "Is there a colour you prefer?",
        "brands": "Is there a brand you like?",
        "sizes": "Which size?",
        "*": "Shall we narrow it down?",
    },
    sorts={
        "price_asc": "cheapest first",
        "price_desc": "dearest first",
        "rating_desc": "best rated first",
        "newest": "newest first",
        "popularity": "most popular first",
    },
    colors={},
)

ZH = Words(
    lang="zh",
    locale="zh_CN",
    shop="灯笼小铺",
    discloses="由人工智能作答，只依据本店商品资料。",
    new_conversation="新对话",
    you="您",
    ask="想对小铺说的话",
    placeholder="想找点什么？",
    send="发送",
    looking="正在货架上找",
    writing="正在写",
    looking_for="正在找",
    asked_for="您的要求，按一下可去掉",
    remove="去掉：{}",
    removed="去掉“{}”",
    nothing_changed="这个条件已经不在您的要求里了。",
    products="商品",
    product_count="共展示 {} 件商品",
    price="价格",
    was="原价 {}",
    rated="评分 {rating}（满分 5），{count} 人评价",
    in_stock="有货",
    few_left="仅剩 {} 件",
    sold_out="已售罄",
    stock_unknown="库存请咨询",
    why="符合之处",
    colours="颜色",
    sizes="尺码",
    size_gone="{}，已售罄",
    also_as="另有",
    details="详情",
    to_cart="加入购物车",
    to_cart_short="加购",
    to_cart_message="把第{}个加入购物车",
    cart="购物车",
    pieces="购物车 {} 件",
    cart_message="看看购物车",
    near_miss="没有完全符合的，先看最接近的几件。未满足：{}。",
    in_the_way="没有符合的商品，卡在：{}。",
    suggestions="接下来可以说",
    error="这次没有成功，您的话还在，请再发送一次。",
    retry="再发一次",
    and_more="……还有 {} 个字",
    under="{} 以内",
    over="{} 以上",
    without="不要{}",
    quantity="{} 件",
    only_in_stock="只看有货",
    fields={
        "product": "商品种类",
        "price_max": "价格上限",
        "price_min": "价格下限",
        "currency": "币种",
        "brands": "品牌",
        "exclude_brands": "不要的品牌",
        "colors": "颜色",
        "exclude_colors": "不要的颜色",
        "sizes": "尺码",
        "terms": "想要的特点",
        "exclude_terms": "不要的特点",
        "in_stock_only": "有货",
        "quantity": "数量",
        "sort": "排序",
    },
    questions={
        "price_max": "预算大概多少？",
        "colors": "偏爱哪种颜色？",
        "brands": "有喜欢的品牌吗？",
        "sizes": "要什么尺码？",
        "*": "要不要再缩小一点范围？",
    },
    sorts={
        "price_asc": "价格从低到高",
        "price_desc": "价格从高到低",
        "rating_desc": "评分从高到低",
        "newest": "最新上架",
        "popularity": "最受欢迎",
    },
    colors=dict(
        zip(
            "black white grey red orange yellow green blue purple pink brown beige gold silver navy".split(),
            "黑色 白色 灰色 红色 橙色 黄色 绿色 蓝色 紫色 粉色 棕色 米色 金色 银色 藏青色".split(),
            strict=True,
        )
    ),
)


def words(language: str) -> Words:
    """The interface words for a language; English where there are none."""
    return ZH if language == "zh" else EN


def reply_language(language: str) -> ReplyLanguage:
    """The language the shop answers in."""
    return "zh" if language == "zh" else "en"


@dataclass(frozen=True, slots=True)
class Wish:
    """An example message of the welcome page and the product phrase it is about."""

    text: str
    language: ReplyLanguage
    product: str


WISHES: tuple[Wish, ...] = (
    Wish("Running shoes under $100, but not white", "en", "running shoes"),
    Wish("A quiet vacuum cleaner for a small flat", "en", "vacuum cleaner"),
    Wish("Headphones for long flights", "en", "headphones"),
    Wish("Which laptop is good for editing photos?", "en", "laptop"),
    Wish("A warm winter jacket", "en", "jacket"),
    Wish("An acoustic guitar for a beginner", "en", "guitar"),
    Wish("我想买一条新手机", "zh", "手机"),
    Wish("三百元以内的双肩包，不要黑色", "zh", "双肩包"),
    Wish("送妈妈的围巾，暖和一点的", "zh", "围巾"),
    Wish("适合小户型的沙发", "zh", "沙发"),
    Wish("想买一件防风的外套", "zh", "外套"),
    Wish("想学吉他，买把入门的木吉他", "zh", "吉他"),
)
"""More than one page shows: each is offered only where the catalogue sells what it asks for."""
