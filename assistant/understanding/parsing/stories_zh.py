"""The thing a Chinese story leads to: 客厅缺一张茶几, 墙上想挂一幅画, 家里的台灯坏了.

Knows what introduces a thing one lacks. Knows nothing of what stands before or behind it in the clause.
"""

from __future__ import annotations

from assistant.understanding.parsing.draft import compiled
from assistant.understanding.parsing.facts_zh import BROKEN_ZH
from assistant.understanding.parsing.products import ProductForms

# A story that leads to the thing: 客厅缺一张, 墙上想挂一幅, 还差一顶. The measure tells that a thing follows.
_GETTING = (
    r"(?:缺少?|少|差|装|安装?|加装|添置?|置办|购置|换|配|买|弄|搞|整|入手?|摆|放|挂|铺|盖|垫|送|备|囤|求|找|来|用|订|做|种|养|带|穿"
    r"|戴|选|挑|需要|想要|要|得有|该有|没有?|贴|搭|支|拿|上|推荐)"
)
_STORY = compiled(
    rf"{_GETTING}(?:了|着|上|个)?(?:他|她|它|我|你|您|咱|孩子|老婆|老公|妈妈|爸爸|女儿|儿子|朋友|爸妈|父母)?们?"
    r"(?:一|1|几|两三|三五|好几)?(?:个(?!人|性)|款|件|双(?!肩|层|人|面)|条|台(?![灯历球式湾秤钟])|只|张|把(?!手)"
    r"|支|本(?!子)|套(?!装)|瓶(?!子)|盒(?!子)"
    r"|袋(?!子)|包(?!包)|顶|部|辆|副|根|颗|罐|桶|箱(?!子)|枚|片|对(?!讲|联)|幅|盏|座|束|朵|口|杯(?!子|垫)|捆"
    r"|份|块|架(?!子)"
    r"|床(?![单垫头笠上罩品])|面(?![膜包条霜粉盆料])|株|棵|盆(?!栽)|卷|串|组|批|提(?!包|琴)|筒|管|扇|点儿?|些|身|打)"
)
# The same without a measure, where nothing but a product name follows: 厨房需要电饭煲.
_LACKING = compiled(
    r"(?:缺少?|需要|想要|想买|想换|想添|想装|要买|要换|要装|得买|得换|添置|置办|急需|还差|没有?|想入手?|该换"
    r"|该买|用得上|少了?)(?:新的?)?"
)
# 家里的台灯坏了: what broke, ran out or got lost at home is what is wanted again.
_BROKEN = compiled(
    r"(?:(?:我|他|她|咱)们?(?:家里?)?|家里?|宿舍|公司|单位|办公室|店里|学校|厨房|客厅|卧室|阳台|浴室)里?的?"
    r"(?:[那这](?:个|台|把|条|张|双)?)?(?P<thing>[^,的坏旧破丢没]{2,8}?)(?:又|都|已经|快|也|老)*(?:坏|旧|破|丢|没了|用完|不够用|不行|该换|摔)"
)

# 狗子把拖鞋咬烂了
_DONE_TO = compiled(rf"[^,的]{{0,8}}?把(?:我|家里|他|她)*的?(?P<thing>[^,的]{{1,8}}?)(?={BROKEN_ZH.pattern})")


def thing_of_story(text: str, forms: ProductForms) -> tuple[int, int] | None:
    """Where the thing stands that a clause ends in, where it is a known one or a measure announces it."""
    broken = _BROKEN.match(text) or ("把" in text and _DONE_TO.match(text)) or None
    if broken and forms.chinese_suffix(broken["thing"], exact=True) > 1:
        return broken.span("thing")
    for match in reversed(list(_STORY.finditer(text))):
        rest = text[match.end() :]
        if match.start() and len(rest) > 1 and not _inside_name(text, match.start(), match.end(), forms):
            tail = rest.rsplit("的", 1)[-1]
            if forms.chinese_suffix(tail, exact=True) > 1 or forms.chinese_inside(rest):
                return match.end(), len(text)
    for match in _LACKING.finditer(text):
        rest = text[match.end() :]
        if match.start() and len(rest) <= 7 and forms.chinese_suffix(rest, exact=True) > 1 and "的" not in rest:
            return match.end(), len(text)
    return None


def _inside_name(text: str, start: int, end: int, forms: ProductForms) -> bool:
    """Whether a product name reaches over the place where the story would be cut off."""
    return any(forms.chinese_at(text, i) + i > end for i in range(max(0, start - 2), end))
