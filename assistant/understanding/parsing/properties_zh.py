"""Whether a short Chinese phrase says how a thing should be (防泼水, 晴雨两用, 免打孔, 碳素的) rather than what it is.

Knows the lexicon's property words and the shapes such phrases have. Knows nothing of sentences.
"""

from __future__ import annotations

from assistant.lexicon import Lexicon, fold
from assistant.understanding.parsing.draft import compiled

_HAN = compiled(r"[\u3400-\u9fff]")
_NO_PROPERTY = frozenset(("product", "color", "brand", "idiom"))
# What begins a property: ability, absence, presence, degree.
_HEAD = compiled(
    r"^(?:防|免|抗|耐|可(?!乐|可|颂|丽)|能(?!量)|会|带(?!鱼|子)|含|有(?!机)|无(?!线|人|花)|低|高(?!跟鞋|尔夫|达|脚)|超|全(?!家|麦)|自(?!行车|拍|热)|双(?!肩"
    r"|节棍)|多|易"
    r"|适合|适用|适配|支持|兼容|搭配|附|附带|自带|内置|配|不(?!锈|倒翁)|纯|真(?!丝被)|半|微(?!波炉)|零|加(?!湿|油)|轻|快|速|助|显|修|护(?![肤士膝肘腕栏])|去"
    r"|除|祛|控|遮|补|滋|润|深层?|浅|持|长效|即|现|手工|原|特|高清|适)"
)
# What ends one: kind, use, style, part, grade.
_TAIL = compiled(
    r"(?:款|型|式|版|级|用|味|口味|风|风格|系|材质|面料|质地|质感|认证|接口|设计|包装|装|功能|能效|印花|图案|花纹|领|袖|腰|跟|底"
    r"|香|香型|工艺|一体|尺寸|通用|专用|两用|三用|多用|显瘦|显白|登机|性|感|度|色系|肤质|肌|皮|发质|人群|产地|产|制|轴|芯|核|线|口|头"
    r"|边框|背|光|音质|音|声|刷|屏|效|容量|续航|配置|配色|码数|版型|杯型|轮|层|格|档|段|星|绒|布|木|石|钢|银|金|铜|铁|铝|瓷|竹|皮革"
    r"|棉|麻|丝|胶|塑|纹|碳|素|合成|驱动|模式|认证|进口|国产|正版|正品|原装|行货|水洗|手洗|机洗|清洗|拆洗|折叠|收纳|升降|伸缩"
    r"|调节|旋转|充电|供电|防水|防滑|静音|保温|保湿|美白|透气|吸汗|速干|加厚|加绒|加长|加宽)$"
)
# What is said beside the wish and is no property of the goods.
_ASIDE = compiled(
    r"谢|急|怕|担心|在线|自己|送|给|生日|过年|礼物|预算|牌子|品牌|颜色|别的|其他|随便|推荐|看看|多少|什么|哪|怎|吗|呢|吧|啊|你|我|他|她|它"
    r"|店|客服|快递|发货|包邮|优惠|打折|活动|今天|明天|最近|现在|以前|上次|这次|买|换(?!洗)|找|选|挑[选个]|要求|问题|好吗|行吗|可以|都行|也行"
    r"|就行|还行|没有|有没有|不错|听说|朋友|老婆|老公|妈妈|爸爸|孩子|儿子|女儿|同事|了$|过$|着$|最好|准备|打算|马上|需要|想|觉得|感觉"
)


_SOMEWHAT = compiled(r"(?:一?点|一?些|点儿)?的?$")


class ChineseProperties:
    """The Chinese property words of a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._forms = frozenset(
            fold(form)
            for concept in lexicon.concepts
            if concept.kind not in _NO_PROPERTY
            for form in concept.zh
            if _HAN.search(form)
        )

    def names(self, text: str) -> bool:
        """Whether the phrase is a property word of the lexicon, 的 or 款 apart."""
        bare = text.removesuffix("的")
        return bare in self._forms or text in self._forms or bare.removesuffix("款") in self._forms

    def describes(self, text: str) -> bool:
        """Whether the phrase is a property word, has the shape of one, or is a bare word said in a list of wishes."""
        if self.names(text):
            return True
        bare = _SOMEWHAT.sub("", text)
        if not 1 < len(bare) <= 10 or _ASIDE.search(bare):
            return False
        return _HEAD.match(bare) is not None or _TAIL.search(bare) is not None or len(bare) <= 4

    def shaped(self, text: str) -> bool:
        """Whether the phrase begins or ends like a property, or is one the lexicon names."""
        return self.names(text) or (1 < len(text) <= 8 and not _ASIDE.search(text) and _HEAD.match(text) is not None)
