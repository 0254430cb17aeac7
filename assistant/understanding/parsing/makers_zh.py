"""Chinese brand names that are words of their own (英雄, 小熊, 渴望), told by the things they make.

Knows which thing tells which name, and when a name stands alone in its clause. Knows nothing of the other brands.
"""

from __future__ import annotations

import re

from assistant.understanding.parsing.draft import compiled

_MAKES_ZH: dict[str, re.Pattern[str]] = {
    name: compiled(made)
    for names, made in (
        ("樱桃", r"键盘|键帽|[红茶青黑银]轴|鼠标"),
        ("渴望", r"粮|冻干|零食"),
        ("顽皮", r"[猫狗犬]"),
        ("皇家", r"[猫狗犬]粮|奶粉|奶糕|处方粮|冻干"),
        ("好奇 好孩子", r"纸尿裤|尿不湿|拉拉裤|尿裤|湿巾|推车|童车|安全座椅|婴儿|儿童|奶瓶|餐椅"),
        ("舒适", r"剃须|刮胡|刀架|刀片"),
        ("永久 凤凰", r"自行车|单车|电动车|山地车|童车|三轮车"),
        ("奔腾", r"[锅壶机炉]|剃须|电器"),
        ("小熊", r"[锅壶机炉煲器]|蒸蛋|加湿|电器"),
        ("小狗", r"吸尘|洗地|除螨|扫地"),
        ("石头", r"扫地|洗地|机器人|洗衣|拖地"),
        ("骆驼", r"[鞋靴衣裤服包]|帐篷|皮带|睡袋|羽绒|外套"),
        ("公牛", r"插[座排线头]|排插|开关|灯|充电|转换"),
        ("珠江", r"[钢提]琴|吉他|电子琴"),
        ("英雄", r"[钢水宝]笔|墨水|笔"),
        ("天堂", r"[雨太遮阳晴]伞|伞|雨衣"),
        ("海鸥 天王", r"表|相机"),
        ("坚果", r"投影|手机"),
        ("史密斯", r"热水器|净水|净化|壁挂炉"),
        ("水星", r"四件套|被|枕|床|家纺|路由|网卡"),
        ("海天", r"酱|油|醋|料酒|调料|鸡精"),
        ("黑人", r"牙"),
        ("大宝", r"霜|乳|露|面膜|洗面"),
        ("光明", r"奶|乳"),
        ("统一", r"面|茶|饮料"),
    )
    for name in names.split()
}
# A name alone in its clause: 扳手套装，得力的，46件套.
_WHOLE_BEFORE = compiled(r"(?:\A|[,.;!?、\x1f]\s*)\Z")
_WHOLE_AFTER = compiled(
    r"(?:牌|牌子|家)?的?(?:就行|就好|优先|最好|有没有|有吗|有么|呢|也行|也可以|都行|可以|吧)?"
    r"(?=\s*(?:\Z|[,.;!?、\x1f]|(?:或者?|和|跟)[\u4e00-\u9fff]))"
)
_NEEDS_ITS_THING = frozenset("樱桃 珠江 英雄 天堂 顽皮 海鸥 天王 坚果 史密斯 水星".split())
TECH_NAMED = compiled(
    r"手机|电脑|笔记本|平板|耳机|手表|手环|充电|电视|路由|音箱|空调|冰箱|洗衣机|净水|风扇|热水器|电饭|投影|扫地|键盘|鼠标"
    r"|显示器|包包|裙|衣"
)
"""Beside one of these 苹果, 小米 and 芒果 are no food."""


def stands_alone(before: str, after: str) -> bool:
    """Whether a name between these is a clause of its own (扳手套装，得力的，46件套)."""
    return _WHOLE_BEFORE.search(before) is not None and _WHOLE_AFTER.match(after) is not None


def told_by_things(low: str, name: str, before: str, after: str) -> bool | None:
    """Whether what the message names makes ``name`` a brand, or no brand; ``None`` where it tells nothing."""
    made = _MAKES_ZH.get(name)
    if made is None:
        return None
    if made.search(low) is None:
        return False if name in _NEEDS_ITS_THING else None
    return True if made.search(after[:10]) or stands_alone(before, after) else None


_JOINED_BEFORE = compiled(r"(?:\A|(?<=[\s,.;!?、]))(?P<name>[\u4e00-\u9fff]{2,4})(?:或者?|和|跟|、|还是)\Z")
_JOINED_AFTER = compiled(
    r"(?:或者?|和|跟|、|还是)(?P<name>[\u4e00-\u9fff]{2,4}?)(?=\s*(?:\Z|[,.;!?]|的(?:\Z|[,.;!?])|都[行可要成考看]))"
)
_NO_NAME = compiled(
    r"[的要买有想我你他她换个就都牌款只色不别给看用能好吧呢吗啊哪啥]|其[他它]|[黑白灰红橙黄绿蓝紫粉棕金银]|[男女]|便宜|贵|大|小[的点]|国产|进口"
)


def joined_names(text: str, known: list[tuple[int, int]], things: frozenset[str]) -> list[tuple[int, int]]:
    """Names no table holds beside one it does (小乔或者舒华): where each stands."""
    out: list[tuple[int, int]] = []
    for start, end in known:
        if text[start].isascii():
            continue
        found = (_JOINED_BEFORE.search(text, max(0, start - 7), start), _JOINED_AFTER.match(text, end))
        for match in found:
            if (
                match
                and not _NO_NAME.search(match["name"])
                and not any(
                    match["name"][i:] in things or match["name"][: i + 1] in things for i in range(len(match["name"]))
                )
            ):
                out.append(match.span("name"))
    return out
