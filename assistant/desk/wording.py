"""Words of the gist and the summary, in both languages. Knows no conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GistWords:
    """Everything the gist is put together from, in one language; ``{}`` is what stands there."""

    intents: Mapping[str, str]
    actions: Mapping[str, str]
    sorts: Mapping[str, str]
    under: str
    over: str
    between: str
    no: str
    size: str
    in_stock: str
    pieces: str
    anything: str
    about: str
    order: str
    positions: str
    quotes: str
    tells_order: str
    recommends: str
    glue: str
    colon: str
    customer: str
    unnamed: str
    channels: Mapping[str, str]
    wants: str
    and_before: str
    shown: str
    asked: str
    cart: str
    orders: str
    open: str
    answered: str
    notes: str
    nothing_wanted: str
    stop: str


ENGLISH = GistWords(
    intents={
        "product_search": "Looks for",
        "refine_results": "Changes what they look for",
        "browse_ideas": "Wants ideas",
        "compare_products": "Wants products compared",
        "product_question": "Asks about a product",
        "recommend_complement": "Wants something that goes with it",
        "check_availability": "Asks whether it is in stock",
        "check_promotion": "Asks about discounts",
        "manage_cart": "Changes or asks about the cart",
        "order_status": "Asks where their order is",
        "modify_cancel_order": "Wants to change or cancel an order",
        "return_refund": "Asks about a return or refund",
        "shipping_delivery": "Asks about delivery",
        "payment_invoice": "Asks about payment or an invoice",
        "warranty_repair": "Asks about warranty or repair",
        "account_privacy": "Asks about their account or data",
        "complaint_feedback": "Complains or gives feedback",
        "speak_to_human": "Wants to talk to a person",
        "smalltalk": "Small talk (a greeting, thanks or the like)",
        "unsafe": "Asks for something we do not help with",
        "out_of_scope": "Asks for something that is not about the shop",
    },
    actions={
        "search": "Shows {} products",
        "ideas": "Shows {} ideas",
        "complement": "Shows {} products that go with it",
        "compare": "Compares {} products",
        "answer": "Answers from the record of the product",
        "policy": "Answers from our policies",
        "cart": "Says what is in the cart",
        "clarify": "Asks back what is meant",
        "handoff": "Says that a person takes over",
        "refuse": "Declines to help with it",
        "chat": "Answers the small talk or complaint",
        "decline": "Says that this is not about the shop",
        "order": "Tells how the order stands",
        "ask_number": "Asks for the order number",
        "ask_back": "Asks what they need",
    },
    sorts={
        "price_asc": "cheapest first",
        "price_desc": "dearest first",
        "rating_desc": "best rated first",
        "newest": "newest first",
        "popularity": "most popular first",
    },
    under="up to {}",
    over="from {}",
    between="{} to {}",
    no="no {}",
    size="size {}",
    in_stock="in stock only",
    pieces="{} pieces",
    anything="anything",
    about="about {}",
    order="order {}",
    positions="number {}",
    quotes="quotes “{}”",
    tells_order="order {}: {}",
    recommends="recommends {}",
    glue=", ",
    colon=": ",
    customer="Customer",
    unnamed="no name",
    channels={"web": "chat of the shop", "pasted": "copied from elsewhere"},
    wants="Wants",
    and_before="Before that",
    shown="Shown",
    asked="Asked",
    cart="Cart",
    orders="Orders",
    open="Open",
    answered="nothing, the last word is ours",
    notes="Notes",
    nothing_wanted="no product so far",
    stop=".",
)

CHINESE = GistWords(
    intents={
        "product_search": "想找",
        "refine_results": "修改要求",
        "browse_ideas": "想要些推荐",
        "compare_products": "想比较商品",
        "product_question": "询问商品情况",
        "recommend_complement": "想要搭配的商品",
        "check_availability": "询问有没有货",
        "check_promotion": "询问优惠",
        "manage_cart": "查看或修改购物车",
        "order_status": "询问订单到哪了",
        "modify_cancel_order": "想修改或取消订单",
        "return_refund": "询问退换货或退款",
        "shipping_delivery": "询问配送",
        "payment_invoice": "询问付款或发票",
        "warranty_repair": "询问保修或维修",
        "account_privacy": "询问账户或隐私",
        "complaint_feedback": "投诉或反馈",
        "speak_to_human": "想找人工客服",
        "smalltalk": "寒暄（问候、道谢等）",
        "unsafe": "提出了我们不提供帮助的要求",
        "out_of_scope": "问的不是店里的事",
    },
    actions={
        "search": "展示 {} 件商品",
        "ideas": "推荐 {} 件商品",
        "complement": "展示 {} 件可搭配的商品",
        "compare": "比较 {} 件商品",
        "answer": "按商品资料回答",
        "policy": "按店规回答",
        "cart": "说明购物车里有什么",
        "clarify": "反问顾客的意思",
        "handoff": "说明由人工接手",
        "refuse": "婉拒这个要求",
        "chat": "回应寒暄或投诉",
        "decline": "说明这不是店里的事",
        "order": "说明订单情况",
        "ask_number": "询问订单号",
        "ask_back": "询问顾客需要什么",
    },
    sorts={
        "price_asc": "从便宜到贵",
        "price_desc": "从贵到便宜",
        "rating_desc": "评分最高的在前",
        "newest": "最新的在前",
        "popularity": "最热销的在前",
    },
    under="{}以内",
    over="{}以上",
    between="{}到{}",
    no="不要{}",
    size="尺码 {}",
    in_stock="只要有货的",
    pieces="{} 件",
    anything="不限品类",
    about="关于{}",
    order="订单 {}",
    positions="第 {} 个",
    quotes="引用「{}」",
    tells_order="订单 {}：{}",
    recommends="推荐 {}",
    glue="，",
    colon="：",
    customer="顾客",
    unnamed="未留姓名",
    channels={"web": "店内聊天", "pasted": "从别处粘贴"},
    wants="想要",
    and_before="之前想要",
    shown="已展示",
    asked="问过",
    cart="购物车",
    orders="订单",
    open="待处理",
    answered="无，最后一句是我们说的",
    notes="备注",
    nothing_wanted="还没有提到商品",
    stop="。",
)


def gist_words(language: str) -> GistWords:
    """The words of a language."""
    return CHINESE if language == "zh" else ENGLISH
