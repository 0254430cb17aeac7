"""Brand names, of the shipped table and of the index at hand, and when an ordinary word (Apple, Gap, 小米) is one.

Knows names and the words around them. Knows nothing of negation: it reports where a brand stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from assistant.lexicon import Lexicon, singular
from assistant.understanding.parsing.capitals import NOT_MAKERS_OF, PLACES
from assistant.understanding.parsing.draft import Draft, compiled
from assistant.understanding.parsing.makers_zh import TECH_NAMED, joined_names, stands_alone, told_by_things
from assistant.understanding.parsing.matching import Hit, Phrases

_ORDINARY = frozenset(
    "apple honor mi crucial beats pioneer polar brother sharp bear ninja shark tiger carrier macro "
    "angel emerson keen camper peak warrior belle lee diesel "
    "coach guess gap mango next champion supreme triumph citizen fossil pandora camel columbia "
    "thermos giant trek specialized keep origins dove lush crest "
    "always whisper pigeon tide ariel breeze corona absolut pilot parker zebra deli lodge casper "
    "bull pedigree gerber weber aux niu burton penn brooks "
    "hamilton jordan coke rejoice lux sprite simmons sigma omega hoover rode ping ck ecco aima kao "
    "sata muji vans anta toto 3m wd hp yeti stanley arena "
    "vivo nerf tempur comfort oxo breville trek crocs barbie kodak orange target nest ring echo "
    "method dial secret degree axe simple fresh boss theory "
    "regatta tudor bonds jockey glade rituals carefree ritz kickers eureka mongoose umbra brio singer remo focal "
    "sunbeam "
    "joie raleigh altra toms kappa essence blackstone rab easton bauer cordoba framework innocent quip sage primus "
    "tile "
    "mini gilbert felix reiss danner lowa valentino aldo izod tilda maggi finish fairy method walkers sega "
    "viking prince bonobos regalia vax skil rega nair rexel oris mido falke fage tena "
    "pearl tama martin taylor cross mars galaxy polo hero swallow clear quaker bounty gain nothing "
    "shell subway clarks skg keds kind real".split()
)
# Ordinary words that name nothing but the brand in a shop, once they are written small.
_CLEAR_SMALL = frozenset(
    "vans muji hp wd 3m crocs vivo kodak toto stanley yeti barbie oxo breville ecco anta clarks coke "
    "sata nerf tempur".split()
)
# Brand names that have become words for the thing: only a capital letter or "by" tells the brand.
_GENERICISED = frozenset("thermos hoover crayola kodak tide".split())
# Written small these are colours, whatever is made of them.
_SHADES = frozenset("camel orange mango".split())
_ORDINARY_ZH = frozenset(
    "苹果 小米 美的 联想 老板 公牛 骆驼 黑人 光明 水星 大宝 荣耀 小熊 得力 乔丹 双星 兄弟 先锋 天龙 "
    "冠军 芒果 好奇 舒适 统一 思念 渴望 闪电 永久 凤凰 小牛 九号 爱玛 海德 小鹰 土拨鼠 北极狐 化石 "
    "精工 爱慕 "
    "雷神 真我 海盗船 爱国者 外星人 黑莓 腾龙 百乐 派克 灯塔 三叉 康宁 箭牌 清风 霸王 力士 奥妙 飞跃 "
    "回力 虎牌 象印 开利 皇家 多特 狼爪 黑钻 猛犸象 雪峰 胜利 热火 风火轮 小布 大行 六神 大艺 海天 "
    "樱桃 珠江 英雄 天堂 好孩子 顽皮 天王 海鸥 坚果 史密斯 水星 "
    "三全 统一 欧文 维拉 韦伯 罗兰 芬达 神舟 中兴 奔腾 金鸡 飞鹤 笑容加 沁园 鱼跃 必胜 胡佛 创见 "
    "玩家国度 超微 魔声 魔爪 一叶子 自然堂 理光 技嘉 斑马牌 匹克 特步 阿布 科音 雪碧 宝路 伟嘉 顾家 "
    "暴龙 银河 金纺 当妮 丸美 精工 其乐 红米 安桥 天美时 知音 小狗 石头 当贝 佳明".split()
)
_EDIBLE = frozenset("樱桃 苹果 小米 芒果 公牛 小熊 骆驼 先锋 光明".split())
# Where food is named, an edible name is food; 樱桃 makes only what has keys.
_FOODS = compiled(
    r"水果|果汁|生鲜|果干|沙冰|奶昔|车厘子|甜品|冰淇淋|果酱|杂粮|粥|草莓|香蕉|蓝莓|葡萄|蛋糕|奶油|[^没]味|好吃"
)
_CLEAR_ZH = frozenset(
    "匹克 特步 红米 腾龙 联想 佳明 技嘉 理光 当贝 顾家 乔丹 双星 回力 自然堂 雪碧 罗兰 芬达 虎牌 "
    "象印 中兴 神舟 沁园 鱼跃".split()
)
# 舒适的鼠标 is a comfortable one: before 的 these are no makers.
_ADJECTIVES_ZH = frozenset("舒适 永久 统一 好奇 渴望 飞跃 光明 先锋 奔腾 皇家".split())
_CUE_BEFORE = compiled(
    r"(?:\b(?:by|from|brand|brands|except|except for|but|other than|than|not|no|isn't|without|avoid"
    r"|only|just|exclude|excluding|like|of|either|any|prefer|or|and|hate|skip|drop)\s+"
    r"|除了|把|将|不要|别要|只要|换成|换|要|买|除|去掉|排除|和|或|跟|、|或者|品牌|牌子|是|选|只看|推荐|看"
    r"|不喜欢|不是|非|讨厌|避开|不考虑|要么|(?:给|让|跟|帮)我(?:再|老|总|一直)*(?:看到?|推荐?|来|放|拿|发|寄|整|弄|挑|选|上|搞)?"
    r"|别(?:再|老是?|总是?|一直)*(?:推|来|上|拿|发)|就是|(?:没有|没货|不行)(?:的话)?就)\s*\Z"
)
_ORIGIN_BEFORE = compiled(r"\b(?:by|brand|from)\s+\Z")
_CUE_AFTER = compiled(r"\s*(?:brand(?:ed)?\b|products?\b|stuff\b|models?\b|or\b|/|and\b)")
_CUE_AFTER_ZH = compiled(
    r"\s*(?:牌|品牌|家的|旗下|官方|的?(?:都|就|也)?(?:不要|不太?喜欢|没兴趣|无感|用腻|算了|免了|除外|排除|剔除|过滤|拉黑|踢掉|筛掉|删掉|拿掉|屏蔽|跳过|不看|不买|不想|不喜欢|例外|不考虑"
    r"|去掉|也行|都行|别"
    r"|不行|不用)|和|或|跟|、|以外|之外|外)"
)
_TECH = compiled(
    r"\s*(?:的\s*)?(?:新款|最新|二手|款)?(?:[a-z0-9]+\s*)?(?:手机|电脑|笔记本|平板|耳机|手表|手环|充电"
    r"|数据线|电视|路由|音箱|音响|键盘|鼠标|显示器|空调|冰箱|洗衣机|净水器|净化器|风扇|热水器|电饭"
    r"|微波炉|烤箱|"
    r"油烟机|燃气灶|插座|插排|开关|牙膏|牛奶|酸奶|护肤|润肤|台灯|电热|吸尘器|扫地|投影|打印机|相机"
    r"|镜头|钢琴|吉他|鞋|运动|球鞋|背包|冲锋|电动车|自行车|纸尿裤|皮鞋|家纺|四件套|洗碗机|加湿器"
    r"|养生壶|破壁机|酱油|蚝油|"
    r"方便面|饮料|水饺|汤圆|笔|文件|剃须|电磁炉|消毒柜|蒸箱|摄像|门锁|电池|手机壳|钢笔|中性笔|手套"
    r"|保温|内衣|纸巾|洗发|沐浴|phone|laptop|tablet|watch|mac|ipad|airpods|earphone|headphone|earbud"
    r"|charger|cable|tv|monitor|computer|"
    r"keyboard|mouse|printer|blender|vacuum|drill|jeans|shoes?|sneakers?|trainers|boots?|jacket|bag"
    r"|handbag|purse|hoodie|t-?shirt|shirt|dress|backpack|guitars?|pens?|soap|toothpaste|"
    r"detergent|bikes?|bicycle|grill|tumblers?|flask|sunglasses|wallet|belt|coat|perfume|air fryer"
    r"|cookware|bottle|cooler|headset|speaker|ssd|ram|memory|hard drive)"
)
_FRUIT = compiled(r"[斤箱袋筐公斤]\s*(?:新鲜的?|红富士)?\Z|(?:吃|新鲜的?|水果|脆甜|种)\Z")
_NOT_MAKERS = frozenset(
    "the a an my your our his her their its this that these those monday tuesday wednesday thursday "
    "friday saturday sunday january february march april may "
    "june july august september october november december tomorrow today tonight christmas easter "
    "hand email phone post mail bus car bike train air sea "
    "price popularity rating ratings brand size color colour date name default far next any some "
    "itself myself yourself accident mistake now then noon me you us them i "
    "style type category relevance newest chance all and or".split()
)
_MAKER = compiled(
    r"\b(?:by|brand(?:ed)? (?:is )?"
    r"|the brand )\s*:?\s*(?P<name>[A-Z][\w'&+.-]*(?: [A-Z][\w'&+.-]*){0,2})"
)
_FROM = compiled(
    r"\b[Ff]rom (?:the (?:brand|maker|company|label|firm|house of) "
    r"|either )?(?P<name>[A-Z][\w'&+-]*(?: [A-Z][\w'&+-]*){0,2})"
)
# "a Kelbridge backpack": a capital in the middle of a sentence, before what a shop sells.
_BEFORE_THING = compiled(r"(?<=[a-z0-9,:;] )(?P<name>[A-Z][a-z]{2,}[\w'&-]*)(?P<thing>(?: [a-z][a-z'-]+){1,4})")
_OF_A_PEOPLE = compiled(r"(?:ian|ean|ish|ese|can|ist|ic|an|ern)\Z")
_MAKER_MORE = compiled(
    r"\s*(?:,|or|and|nor|&)\s+(?P<name>[A-Z][\w'&+-]*(?: [A-Z][\w'&+-]*){0,1})(?=\s*(?:\Z|[,.;!?)]|or\b"
    r"|nor\b|and\b|in\b|for\b|under\b|between\b|with\b|at\b|from\b|below\b|up\b|around\b|that\b|please\b|pls\b|not\b"
    r"|size\b|sorted\b|max\b|less\b|over\b|about\b|but\b|then\b|if\b|only\b|instead\b))"
)
_NAME_BEFORE = compiled(r"\b(?P<name>[A-Z][\w'&+-]+)(?:, ?(?:or|and|nor)?|,? (?:or|and|nor|&)) ?\Z")
_NAMED_BRAND = compiled(r"\b(?P<name>[A-Z][\w'&+-]*(?: [A-Z][\w'&+-]*)?)[ -]brand(?:ed)?\b")
_NAMED_ZH = compiled(
    r"(?:\A|(?<=[\s,.!?、]))(?:(?:不|别)(?:要|买|考虑|看|想要|喜欢|推荐?|选)|除了?|排除|去掉|避开|拉黑|想?要|想?买|找|来|有没有|有|只要|换成?|个|件|台|双"
    r"|款)*(?P<name>[A-Za-z][A-Za-z0-9'&-]{1,15}|[\u4e00-\u9fffA-Za-z0-9]{2,6}?)(?:牌子?的|这个牌子|品牌的|牌(?=[\u4e00-\u9fff]))"
    r"|(?:\A|(?<=[\s,.!?、]))(?P<alone>(?![^,.!?、]{0,3}[我你别不要啥哪名大杂品招同吊])[\u4e00-\u9fff]{2,4})牌(?=\s*(?:\Z|[,.!?、]))"
)
_UNHEARD = r"(?P<name>[A-Z][a-z]{2,}[\w'&-]*(?: [A-Z][a-z]+)?)"
# A capital in the middle of a sentence, refused: "anything but Brightora", 不要Kelmora的.
_REFUSED_NAME = compiled(
    r"(?:\b(?i:no|not|nor|(?:any|every)(?:thing|one|body)? but|any [a-z]+ but|except(?: for)?|avoid|exclud(?:e|ing)"
    r"|skip|without|hate|dislike|drop|minus|hide|remove|never(?: again)?|(?:other|rather) than|enough of|clear of"
    r"|away from|fan of|(?:done|over|fed up) with|sick of|tired of|besides|apart from|aside from|instead of|ditch|trust"
    r"|boycott|(?:n't|not) like|(?:nothing|not|anything|none)(?: made)? (?:from|by)|no more)\s+"
    r"|(?:不要|别要|除了|除|不考虑|别再?推荐?|别给我(?:推荐?|看)|排除|不买|不想要|不喜欢|避开|去掉|拉黑|屏蔽|不看)\s*)"
    rf"{_UNHEARD}"
)
_REFUSED_MORE = compiled(rf"\s*(?:,\s*)?(?:or|and|nor|&|/|和|或者?|、|与|跟)\s*(?:no |not )?{_UNHEARD}")
_REFUSED_AFTER = compiled(
    rf"(?<![A-Za-z]){_UNHEARD}(?: (?:is (?:out|a no|not for me|excluded|off the)|excluded\b|can go\b|need not apply)"
    r"|\s*(?:的|牌|家的)?(?:就|都|也)?(?:不要|算了|除外|免了|不考虑|排除|别推|别给))"
)
_NOT_NAMES = frozenset(
    "bluetooth velcro teflon lycra spandex android windows alexa siri christmas halloween valentine easter english "
    "french italian chinese japanese korean german american british european asian indian mexican spanish china japan "
    "korea germany america india italy france spain vietnam turkey usa europe asia wifi any which what good big "
    "same different another other some top name cheap known famous store local house decent reliable new every each "
    "this that just only mum mom dad grandma thanks sorry please leather it they he she we you "
    "worries problem problems idea need way more longer".split()
)
_NOT_BRAND_ZH = compiled(
    r"^(?:换|个|种|款|要|什么|哪个|哪些|任何|其他|别的|这个|那个|大|名|杂|品|招|车|门|吊|金|银|奖|王"
    r"|同|国产|进口|知名|扑克|麻将|老|好)"
)


@dataclass(frozen=True, slots=True)
class BrandHit:
    """A brand at ``[start, end)``; ``end_with_suffix`` also covers 牌, "brand" and the like."""

    start: int
    end: int
    end_with_suffix: int


class Brands:
    """Finds brand names in a message."""

    def __init__(self, lexicon: Lexicon, extra: Iterable[str] = ()) -> None:
        rows: list[tuple[str, str]] = []
        for concept in lexicon.concepts:
            if concept.kind == "brand":
                rows += [(form, form.lower()) for form in (*concept.en, *concept.zh)]
        products = {form.lower() for concept in lexicon.concepts if concept.kind != "brand" for form in concept.forms}
        self._things = frozenset(
            form for concept in lexicon.concepts if concept.kind == "product" for form in concept.zh if len(form) > 2
        )
        added = [name.strip() for name in extra if name and name.strip()]
        self._ordinary_extra = frozenset(name.lower() for name in added if name.lower() in products or len(name) < 3)
        rows += [(name, name.lower()) for name in added]
        self._things = frozenset(products)
        self._products = frozenset(
            form.lower() for concept in lexicon.concepts if concept.kind == "product" for form in concept.en
        )
        self._words = frozenset(word for form in products for word in form.split())
        self._phrases = Phrases(rows)

    def find(self, draft: Draft) -> list[BrandHit]:
        """Every brand of a message, from the left."""
        low = draft.low
        hits = [hit for hit in self._phrases.find(low) if not self._inside_thing(low, hit)]
        places = [hit for hit in hits if not self._ordinary(hit)]
        for hit in hits:
            if self._ordinary(hit) and self._in_brand_place(draft, hit, places):
                places.append(hit)
        out = [BrandHit(hit.start, hit.end, _suffix_end(low, hit.end)) for hit in places]
        out += self._unknown(draft, out)
        return sorted(out, key=lambda hit: hit.start)

    def _inside_thing(self, low: str, hit: Hit[str]) -> bool:
        """Whether a Chinese name is only the middle or the end of a thing's own name (明治 in 三明治)."""
        return any(
            low[i:end] in self._things
            for i in range(max(0, hit.start - 3), hit.start)
            for end in range(hit.end, min(len(low), hit.end + 2) + 1)
        )

    def _ordinary(self, hit: Hit[str]) -> bool:
        return hit.value in _ORDINARY or hit.value in _ORDINARY_ZH or hit.value in self._ordinary_extra

    def _in_brand_place(self, draft: Draft, hit: Hit[str], known: list[Hit[str]]) -> bool:
        """Whether an ordinary word is used as a brand: with a capital, after "by", or before what it makes."""
        low = draft.low
        before, after = low[max(0, hit.start - 14) : hit.start], low[hit.end : hit.end + 24]
        joined = not hit.value.isascii() and any(hit.end == k.start or k.end == hit.start for k in known)
        beside = joined or any(
            re.fullmatch(
                r"\s*(?:,|or|and|nor|/|、|和|或|跟|或者|与)\s*(?:no )?",
                low[min(k.end, hit.end) : max(k.start, hit.start)],
            )
            for k in known
        )
        if hit.value in _ORDINARY_ZH or not hit.value.isascii():
            if hit.value == "美的" and _cut_adjective(low, hit):
                return False
            if _FRUIT.search(before) and hit.value in _EDIBLE:
                return False
            if hit.value in _EDIBLE and not _TECH.match(after) and _FOODS.search(low):
                return False
            told = told_by_things(low, hit.value, before, after)
            if told is not None:
                return told
            fit = hit.value not in _ADJECTIVES_ZH and (hit.value not in _EDIBLE or TECH_NAMED.search(low) is not None)
            if fit and stands_alone(before, after):
                return True
            made = _TECH.match(after) and not (hit.value in _ADJECTIVES_ZH and after.startswith("的"))
            if beside or made or _CUE_AFTER_ZH.match(after):
                return True
            clear = hit.value in _CLEAR_ZH
            if re.search(r"[^\s,] \Z", before) and re.match(r"\s|\Z", after):
                # A list of search words (蓝牙音箱 防水 小米) is not a sentence: a brand stands alone in it.
                return True
            if re.match(r"的了?(?:\s*\Z|[,.!?;\x1f])", after):
                return (
                    clear
                    or hit.value in ("苹果", "小米", "美的", "老板", "公牛", "樱桃")
                    or _CUE_BEFORE.search(before) is not None
                )
            return clear or (
                _CUE_BEFORE.search(before) is not None
                and re.match(r"\s*(?:\Z|[,.!?;\x1f]|的|[都也全就了]|其[他它]|别的|哪|要么)", after) is not None
                and not (hit.value in _EDIBLE and re.search(r"(?:买|(?<![不别])要)\Z", before))
            )
        written = draft.written(hit.start, hit.end)
        if (
            hit.value in _CLEAR_SMALL
            or beside
            or (_TECH.match(after) and hit.value not in _GENERICISED and hit.value not in _SHADES)
            or (_CUE_AFTER.match(after) and _CUE_BEFORE.search(before))
        ):
            return True
        capital = written[:1].isupper() and not _opens_sentence(draft.text, hit.start)
        if capital or (written.isupper() and len(written) > 1 and not draft.text.isupper()):
            return True
        return _ORIGIN_BEFORE.search(before) is not None

    def _add_unheard(self, match: re.Match[str], add: Callable[[int, int], None]) -> None:
        """Take a refused capital as a name unless its words are known to mean something."""
        words = [word.lower() for word in match["name"].split(" ")]
        if any(word in _NOT_NAMES or word in self._things or singular(word) in self._things for word in words):
            return
        if _opens_sentence(match.string, match.start("name")) and words[0].endswith(("s", "ed", "ing", "er", "ic")):
            return
        add(match.start("name"), match.end("name"))

    def _makes(self, name: str, thing: list[str]) -> bool:
        """Whether a capital no table holds stands before the name of a product, and so is its maker's."""
        word = name.lower()
        if word in PLACES or word in NOT_MAKERS_OF or word in _NOT_NAMES or word in _NOT_MAKERS:
            return False
        if word in self._words or singular(word) in self._words or _OF_A_PEOPLE.search(word):
            return False
        if singular(" ".join([word, thing[0]])) in self._products:
            return False
        return any(
            singular(" ".join(thing[i:j])) in self._products for i in range(3) for j in range(i + 1, len(thing) + 1)
        )

    def _unknown(self, draft: Draft, known: list[BrandHit]) -> list[BrandHit]:
        """Names no table holds, told by phrasing: "by Kestrel", "Kestrel brand", 某某牌."""
        text = draft.plain
        out: list[BrandHit] = []

        def add(start: int, end: int, *, sure: bool = False) -> None:
            name = text[start:end]
            word = name.lower()
            if not sure and (word in self._things or singular(word) in self._things):
                return
            if name.split(" ")[0].lower() in _NOT_MAKERS or any(
                k.start < end and start < k.end for k in (*known, *out)
            ):
                return
            out.append(BrandHit(start, end, _suffix_end(draft.low, end)))

        for hit in known:
            # "Honda or Stihl": a capital beside a name that is known.
            before = _NAME_BEFORE.search(text, 0, hit.start)
            if before and not _opens_sentence(text, before.start("name")):
                add(before.start("name"), before.end("name"))
            if after := _MAKER_MORE.match(text, hit.end):
                add(after.start("name"), after.end("name"))
        for match in _MAKER.finditer(text):
            add(match.start("name"), match.end("name"), sure=not _title_case(text))
            more = _MAKER_MORE.match(text, match.end())
            while more:
                add(more.start("name"), more.end("name"))
                more = _MAKER_MORE.match(text, more.end())
        if not _title_case(text):
            for match in _REFUSED_NAME.finditer(text):
                self._add_unheard(match, add)
                more = _REFUSED_MORE.match(text, match.end())
                while more:
                    self._add_unheard(more, add)
                    more = _REFUSED_MORE.match(text, more.end())
            for match in _REFUSED_AFTER.finditer(text):
                self._add_unheard(match, add)
            for match in _FROM.finditer(text):
                if match["name"].split(" ")[0].lower() not in PLACES | NOT_MAKERS_OF:
                    add(match.start("name"), match.end("name"), sure=True)
                    more = _MAKER_MORE.match(text, match.end())
                    while more:
                        add(more.start("name"), more.end("name"))
                        more = _MAKER_MORE.match(text, more.end())
            for match in _BEFORE_THING.finditer(text):
                if self._makes(match["name"], match["thing"].split()):
                    add(match.start("name"), match.end("name"))
        for match in _NAMED_BRAND.finditer(text):
            if match["name"].split(" ")[0].lower() not in _NOT_NAMES:
                add(match.start("name"), match.end("name"))
        for start, end in joined_names(text, [(hit.start, hit.end) for hit in known], self._things):
            add(start, end)
        for match in _NAMED_ZH.finditer(text):
            group = "name" if match["name"] else "alone"
            if not _NOT_BRAND_ZH.match(match[group]) and "不" not in match[group]:
                add(match.start(group), match.end(group))
        return out


def _suffix_end(low: str, end: int) -> int:
    match = re.match(r"(?:\s*(?:brand(?:ed)?\b|'s\b)|牌子?|品牌|家)?(?:的(?!话))?", low[end : end + 10])
    return end + match.end() if match else end


def _title_case(text: str) -> bool:
    """Whether a message is written With Capitals Throughout, so that a capital tells nothing."""
    words = re.findall(r"[A-Za-z]{2,}", text)
    return len(words) > 2 and all(word[0].isupper() for word in words)


def _opens_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip()
    return not before or before[-1] in ".!?:\n"


def _cut_adjective(low: str, hit: Hit[str]) -> bool:
    """Whether 美的 is the end of an adjective (精美的, 很美的)."""
    return low[hit.start - 1 : hit.start] in tuple("精优最很真好太唯完健甜华柔俊秀绝")
