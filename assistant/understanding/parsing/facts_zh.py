"""What a Chinese message tells beside its wish: who is how tall, which size did not fit, what broke, 要么…要么….

Strikes it, so that 我一百三十斤 orders no 130 of anything and 42码大了，换41 asks for 41 alone. Knows the wording only;
what the readers after it make of the rest is theirs.
"""

from __future__ import annotations

from assistant.understanding.parsing.draft import Draft, compiled

_HAN = compiled(r"[\u3400-\u9fff]")
_NUM = r"(?:\d{1,3}(?:\.\d)?|[零〇一二两三四五六七八九十百]{1,6})"
_WEIGHT = rf"{_NUM}多?\s?(?:公斤|千克|斤|kg)"
_HEIGHT = (
    rf"(?:(?:一|1)\s?米\s?(?:[零〇一二三四五六七八九]{{1,2}}|\d{{1,2}})?|{_NUM}\s?(?:cm|厘米|公分)|1\.\d{{1,2}}\s?(?:米|m)"
    r"|一[三四五六七八九][零〇一二三四五六七八九](?![百千万]))"
)
_AGED = rf"{_NUM}\s?(?:周岁|岁|个月大)半?"
_BODY = rf"(?:{_WEIGHT}|{_HEIGHT}|{_AGED})"
_PERSON = (
    r"(?:(?<![给帮替跟送为])(?:我|本人|俺|咱)|他|她"
    r"|(?:老公|老婆|媳妇|女儿|闺女|儿子|孩子|宝宝|娃|老爸|老妈|爸爸?|妈妈?|爷爷|奶奶|男友|女友|男朋友"
    r"|女朋友|弟弟?|妹妹?|哥哥?|姐姐?|朋友|同事|狗狗?|猫咪?|金毛|泰迪|人))"
)
_NOW = (
    r"(?:的|现在|今年|目前|大概|大约|差不多|也就|就|才|都|已经|快|有|是|身高|体重|净重|,|:|个头|个子|左右|刚|不到"
    r"|超过|\s)*"
)
_TELLS_BODY = compiled(r"[斤岁]|kg|身高|体重|厘米|公分|个月大|米[\d一二三四五六七八九]|cm")
_BODIES = compiled(
    rf"(?:{_PERSON}{_NOW}{_BODY}|(?:身高|体重|净重|个头|个子)(?:是|有|大概|大约|差不多|:|\s)*(?:{_BODY}|{_NUM}(?![\d\w寸码元块]))"
    rf"|(?:{_WEIGHT}|{_HEIGHT})(?=(?:左右)?的?(?:体重|身高|的?人|胖子|男生|女生|男的|女的|能穿|可以?穿|穿得下|穿多大|穿什么)))"
    rf"(?:左右|上下|多)?(?:[,、/\s]*(?:和|身高|体重|净重|是|有|大概|大约)*(?:{_BODY}|(?<=体重){_NUM}(?![\d\w寸码元块])"
    rf"|(?<=身高){_NUM}(?![\d\w寸码元块]))(?:左右|上下)?)*(?:的?(?:体重|身高)?(?:能|可以?)穿的?)?"
)
# 要么黑要么灰, 或者米色或者灰色: the words between which one chooses are no part of either.
_EITHER = compiled(r"要[么嘛](?:是|就|选|给我|来|买)*|(?<=[,;\s])或者(?:是|就)?(?=[^,.!?]{1,6}或者)")
_EITHER_OR = compiled(
    r"(?P<a>不是(?!太|很|说))[^,.!?太很]{1,6}?,?(?P<b>(?:就是|便是|就(?=[要选])))(?=[^,.!?太很]{1,6}(?:\Z|[,.!?]))"
)

_LETTER = r"(?:xxs|xs|[2-6]xl|x{2,5}l|xl|s|m|l)"
_SIZE = (
    rf"(?<![\w.¥$])(?:(?:{_LETTER}|[2-4]\d(?:\.5)?|\d{{2,3}}(?=\s?[码号寸]))\s?(?:码|号|英寸|寸|吋)?"
    r"|[三四]十[一二三四五六七八九]?码)"
)
# 养了两只猫 counts who is at home, and nothing to buy.
_TELLS_HOME = compiled(r"养|猫|狗|孩|娃|宝宝|口人")
_AT_HOME = compiled(
    r"(?:养了?|家里?有|我有|有|带着?|生了?|家里?)(?:着)?(?:\d{1,2}|[一两二三四五六七八九十]{1,2}|几)[只条个口头位匹]"
    r"(?:大|小|调皮的?|可爱的?|淘气的?|胖|老)?(?=猫(?![粮砂窝抓爬包咪]|咪?[用玩零])|狗(?![粮窝绳笼零玩])|孩子|小孩|娃|宝宝"
    r"|老人|儿子|女儿|闺女|人(?:\Z|[,.!? ]))"
)

_TELLS_FIT = compiled(r"[大小紧松挤短长宽窄肥瘦合]|穿不|不要|别|不是")
_TOO = (
    r"(?:的|我|穿着|穿|戴着|戴|看着|用着|放着|试了|好像|感觉|觉得|还是|都|也|又|实在|确实|真的|显得|这个|有点儿?|有些|略微?|稍微?|稍|偏|太|过于|过|不够"
    r"|会|嫌)"
)
_POOR_FIT = (
    r"(?:大|小|紧|松|挤脚?|短|长|宽|窄|肥|瘦|磨脚|卡|不合适|不合身|不合脚|不行|穿不下|穿不了|穿不进|放不下|塞不进)"
)
_MISFIT = compiled(
    rf"(?:(?:之前|原来|现在|上次|刚才|上回|以前)(?:买|订|选|那件|那双|那条)?的?(?:是)?)?{_SIZE}"
    rf"(?:{_TOO}+{_POOR_FIT}(?:了|点儿?|一点|些|一些|啦|啊|吧)*|{_POOR_FIT}了|(?:挤脚|磨脚|不合[适身脚]|[穿放塞]不[下了进]))(?=\s*(?:\Z|[,.;!]|换|改|要|来|给|看|有))"
    rf"|(?:不要|别要|别给我|不是|不想要|别拿|别发)(?:{_SIZE}|均码)(?<=[码号寸xsml吋])(?!以|左右|及|或|到)的?了?(?=\s*(?:\Z|[,.;!换要来]))"
)
# 非小米不买: two negations ask for the thing.
_ONLY_THAT = compiled(r"(?P<a>非)[^,.!?的]{1,8}?(?P<b>不(?:买|要|可|看|选|用))(?=\s*(?:\Z|[,.!?]))")

BROKEN_ZH = compiled(
    r"(?:又|都|已经|也|刚|突然|不小心|昨天|今天|前几天|上周|快|要|老|总|完全|彻底|全)*"
    r"(?:(?:被|让|给|叫)[^,.;!?的]{1,8}?|(?:拉链|带子|鞋底|底|腿|轮子|盖子|把手|屏幕|镜片|壳|面|芯|绳)|用|摔|咬|啃|抓|弄|磨|洗|穿|刮|撕|扯|踩|压|撞|烧|跑|搞|坐|戴|晒"
    r"|玩|挤|掉|砸)?(?:断|坏|破|裂|碎|漏|烂|丢|没|旧|开胶|开线|掉[色漆毛皮]|褪色|起球|散架|报废|罢工|死机|变形|发霉|过期|不见|不亮|不响|不转|不能用|糊底|生锈|失灵|漏[电水气油]|不制冷|不加热|短路|冒烟|炸)(?:了|掉|完|光|水|气)*\Z"
)
"""What befell a thing, to the end of its clause: 断了, 被狗咬坏, 拉链坏了."""


def strike_facts(draft: Draft, *, sizes: bool = True) -> None:
    """Strike what a Chinese message tells of bodies, of sizes that do not fit, and the words of an either-or."""
    if _HAN.search(draft.low) is None:
        return
    if _TELLS_BODY.search(draft.low):
        draft.strike_all(_BODIES)
    if _TELLS_HOME.search(draft.low):
        draft.strike_all(_AT_HOME)
    if sizes and _TELLS_FIT.search(draft.low):
        draft.strike_all(_MISFIT)
    for pattern in (_EITHER_OR, _ONLY_THAT):
        for match in pattern.finditer(draft.left):
            draft.strike(*match.span("a"))
            draft.strike(*match.span("b"))
    draft.strike_all(_EITHER)
