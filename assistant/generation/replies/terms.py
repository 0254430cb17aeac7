"""Words that carry no meaning of their own in a shopper's question, and how two forms of one word are met."""

from __future__ import annotations

import re

from assistant.generation.replies.wording import has_han

#: What joins two things of one clause, and what makes a clause of its own out of what stands between two commas.
JOINS = re.compile(r"\s(?:and|with|or|plus)\s|,|、|和|及|与|以及|，")
VERB = re.compile(r"\b(?:is|are|has|have|can|works?|fits?|goes|comes?|does|do|be|cannot|will)\b|是|为|可|能|不|均|都")
EN_STOP = frozenset(
    "a an the is are was be been am do does did can could will would should shall may might must have has "
    "had of on in at to for from with without by as it its this that these those they them he she i you "
    "we me my your our us and or but if so than then there here what which who whom whose when where why "
    "how much many long tall high big large small wide deep heavy old good well ok okay any some one two "
    "three four five six seven eight nine ten first second third fourth fifth sixth seventh eighth ninth "
    "tenth last number no not please tell say know get got go put take use used using come make made work "
    "works really actually also too very just about into out up down off over under please thanks hi hey "
    "like want need would item product thing pair set ones each every all both kind type sort exactly "
    "anything something more most still ever only will it's what's is there whats wat wats secnd secon "
    "frist guys else able doe goe bad mistake sorry mean meant oops".split()
)
ZH_STOP = frozenset(
    "的 了 吗 呢 吧 啊 呀 么 嘛 是 有 没 没有 不 能 会 可以 可 要 想 请问 这 那 它 这个 那个 这款 那款 这件 那件 "
    "第一 第二 第三 第四 第五 第六 第七 第八 一个 个 款 件 把 条 "
    "双 套 张 只 台 部 什么 啥 怎么 怎么样 如何 多少 几 哪 "
    "哪里 谁 用 做 里面 里 上 下 在 和 跟 与 或 还是 也 都 就 吗 我 你 您 他 她 我们 你们 家 说 看 下 一下 说明 "
    "东西 商品 产品 一共 总共 大概 到底 真的 多 高 长 宽 重 "
    "大 小 时候 问题 情况 一款 支持 适合 使用 属于 看错 说错 搞错 "
    "看错了".split()
)


def holds(word: str, have: set[str], text: str) -> bool:
    """Whether a text, given also as its stems, holds a word; a compound counts ("skin" in "goatskin")."""
    if has_han(word):
        return word in text
    return word in have or (len(word) >= 4 and any(h.startswith(word) or h.endswith(word) for h in have))


def stem(word: str) -> str:
    """A crude English stem: enough to meet "lined" with "lining" and "cuts" with "cutting"."""
    if len(word) < 5 or has_han(word):
        return word
    for tail in ("ing", "ed", "able", "ly"):
        if word.endswith(tail) and len(word) - len(tail) >= 3:
            word = word[: -len(tail)]
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word
