"""Colours and shades, and when a word that also means a thing (cream, orange, 粉) is one.

Knows the fifteen basic names through the lexicon. Knows nothing of negation: it reports where a colour stands.
"""

from __future__ import annotations

import re

from assistant.lexicon import Lexicon
from assistant.understanding.parsing.draft import compiled
from assistant.understanding.parsing.matching import Hit, Phrases

_AMBIGUOUS = frozenset(
    "terracotta orange oranges gold golden silver silvers golds rose cream creme coffee chocolate wine wheat "
    "stone sand mint olive peach plum salmon coral apricot "
    "amber ruby emerald jade sapphire amethyst garnet onyx ebony raven charcoal slate graphite "
    "pewter cherry cranberry lemon lime canary saffron mustard "
    "sage moss tan camel chestnut mocha cognac caramel hazel bronze copper brass chrome platinum "
    "espresso toffee cinnamon rust biscuit vanilla fawn buff "
    "champagne lavender orchid grape eggplant aubergine violet indigo aqua cyan turquoise teal "
    "cardinal rouge bordeaux claret merlot tangerine pistachio "
    "sterling obsidian alabaster eggshell oatmeal nude violet umber stone bubblegum magenta fuchsia "
    "navy avocado cornflower denim cobalt blush ivory "
    "metallic greens reds blues whites blacks browns yellows pinks purples khaki periwinkle".split()
)
# Words of the list above that are colours wherever they stand in a shop.
_SAFE = frozenset(
    "navy teal turquoise magenta fuchsia beige maroon golden khaki ivory violet indigo cyan blush".split()
)
_WORN = (
    r"(?:(?:[a-z'-]+ ){0,2}(?:shirts?|t-?shirts?|tees?|tops?|blouses?|sweaters?|jumpers?|hood(?:ie"
    r"|y)s?|cardigans?|jackets?|coats?|parkas?|blazers?|suits?|vests?|"
    r"dress(?:es)?|skirts?|gowns?|pants|trousers|jeans|chinos|shorts|leggings|joggers|socks?|shoes?"
    r"|sneakers?|trainers|boots?|heels?|sandals?|loafers?|"
    r"slippers?|flats|pumps|hats?|caps?|beanies?|scarf|scarves|gloves?|mittens|belts?|ties?|bow ties?"
    r"|bags?|handbags?|purses?|backpacks?|totes?|wallets?|"
    r"suitcases?|luggage|umbrellas?|sofas?|couch(?:es)?|armchairs?|chairs?|stools?|ottomans?|benches"
    r"|rugs?|carpets?|curtains?|cushions?|pillows?|pillowcases|"
    r"throws?|blankets?|duvets?|quilts?|sheets?|bedding|towels?|lamps?|lampshades?|vases?|cabinets?"
    r"|dressers?|desks?|phones?|laptops?|headphones|earbuds|"
    r"watch(?:es)?|cases?|kettles?|toasters?|mixers?|bikes?|bicycles?|scooters?|helmets?|swimsuits?"
    r"|bikinis?|pyjamas|pajamas|robes?|bras?|underwear|"
    r"necklaces?|pendants?|chains?|bracelets?|bangles?|earrings?|rings?|brooch(?:es)?|cufflinks"
    r"|jewell?ery|turtlenecks?|polos?|jumpsuits?|overalls|tights|mugs?|plates?|bowls?|nail polish"
    r"|lipsticks?|yarn|paint|tablecloths?|aprons?|masks?|ones?|version|edition|models?)\b)"
)
_BEFORE = compiled(
    r"(?:\b(?:in|in a|in an|it|them|colou?rs?|colou?red|dark|light|deep|pale|bright|soft|muted"
    r"|metallic|matte|only|just|be|is|not|no|isn't|aren't|to|go|have|has|the)\s+"
    r"|(?:colou?r[: ]+))\Z"
)
# "go with silver", "I'd prefer cream": said of a look, and of a taste only where the shade is one.
_CHOSEN = compiled(
    r"\b(?:go(?:ing|es)? (?:with|for)|(?:how|what) about|prefer|rather|rather have|actually|maybe|perhaps|switch to"
    r"|then|either"
    r"|choose|pick|take|comes? in|available in)(?: (?:a|an|the|some|it in))?\s+\Z"
)
_TASTES = frozenset(
    "coffee chocolate wine wheat cherry cranberry lemon lime saffron mustard chestnut mocha cognac caramel hazel "
    "espresso"
    " toffee cinnamon biscuit vanilla champagne grape eggplant aubergine claret merlot tangerine pistachio oatmeal"
    " bubblegum avocado oranges apricot".split()
)
# Alone in a list, what a thing is made of.
_METALS = frozenset("brass copper bronze chrome platinum sterling ebony".split())
# "any shade but orange": colours are being spoken of.
_OF_COLORS = compiled(r"\b(?:colou?rs?|coloured|colored|shades?|tones?|hues?)\b[^.!?]{0,44}\Z")
_WOULD = compiled(
    r"\s+(?:would|will|might|looks?|is|works?|suits?)\b[^,.;!?]{0,14}\b(?:better|nicer|best|good|great|fine|perfect"
    r"|nice|do"
    r"|lovely|me|well|ideal|preferred)\b"
)
_ONLY_WORD = (
    r"\A(?:(?:ok|okay|actually|hm+|maybe|just|only|yes|no|so|then|and|in|or|oh|um|well|it|make|sorry|also|preferably"
    r"|ideally"
    r"|something)[ ,]+)*{word}(?:[ ,]+(?:please|pls|plz|then|instead|thanks|thank you|only|if possible|maybe|ones?))*"
    r"[ .!?]*(?:\Z|,)"
)
# Beside one of these an edible shade alone in a list is what the thing tastes or smells of.
_TASTED = compiled(
    r"\b(?:juice|flavou?r\w*|fruit|tea|coffee|vitamins?|cand(?:y|ies)|sweets?|snacks?|protein|powder|gum|soda|drinks?"
    r"|syrup"
    r"|ice cream|yogh?urt|cake|cookies?|bars?|jam|marmalade|sauce|oil|soap|candles?|scent\w*|perfume|shampoo|lotion"
    r"|cream"
    r"|balm|toothpaste|mouthwash|spray|diffuser|liqueur|seeds?|plants?|trees?|food|treats?|chocolates?|spices?)\b"
)
_REFUSED = compiled(r"\b(?:no|not|without|is|be|has|have|has|the|isn't|aren't)\s+\Z")
_ALONE = compiled(r"[,;:.?!]\s*\Z")
# Shades that are first of all things to eat or drink: "no mint" refuses a taste.
_EATEN = frozenset(
    "orange oranges cream creme coffee chocolate wine wheat mint olive peach plum salmon apricot "
    "cherry cranberry lemon lime "
    "saffron mustard sage chestnut mocha cognac caramel hazel espresso toffee cinnamon biscuit "
    "vanilla champagne lavender "
    "terracotta grape eggplant aubergine claret merlot tangerine pistachio oatmeal bubblegum avocado sand stone".split()
)
_CONTINUES = compiled(r"\s*(?:,|or|and|&|/)\s*\Z")
_AFTER_STRONG = compiled(r"\s*-?\s*(?:colou?r(?:ed|s)?|tone|toned|shade|hue|finish|ones?\b|instead)")
_AFTER_WORN = compiled(rf"\s+(?:{_WORN})")
_AT_END = compiled(
    r"\s*(?:\Z|[,.;:!?\x1f]|please\b|pls\b|or\b|and\b|if\b|but\b|instead\b|then\b|for\b|under\b"
    r"|version\b)"
)
# A colour word that is part of the thing's own name.
_NAMES = compiled(
    r"\b(?:(?:black|green|white|red) tea|red wine|white wine|black pepper|white pepper|brown rice"
    r"|brown sugar|white rice|brown bread|white bread|white chocolate|"
    r"blue cheese|green beans?|black beans?|red lentils?|green onions?|red onions?|white noise"
    r"|green ?screens?|black ?boards?|white ?boards?|red bull|blue moon|"
    r"black\+|black ?& ?decker|black and decker|black diamond|blue yeti|bobbi brown|black friday"
    r"|white goods|green card|red light therapy|blue ?light|blue-light|blue ?ray|blu-?ray|"
    r"golden (?:wedding|anniversary|hour|age)|silver (?:wedding|anniversary)|ruby wedding"
    r"|golden retrievers?|golden syrup|gold ?fish|silver ?ware|silver polish|silver lining"
    r"|orange juice"
    r"|orange marmalade|navy beans|pink salt|himalayan pink|"
    r"(?:brown|red|blue|black|yellow|silver|green|white|clear) switch(?:es)?|pink floyd|green ?house|black ?out|black "
    r"?berr(?:y|ies)|blue ?berr(?:y|ies)|pink lady"
    r"|yellow pages|white wash|red cross|black forest|green curry|"
    r"red curry|black garlic|black sesame|red dates?|black label|red dragonfly|purple rice|rose ?water"
    r"|red star|white elephant|black mirror|old navy|orange is the new black)\b"
)
_ZH_NAMES = compiled(
    r"红酒|白酒|黄酒|红茶|绿茶|白茶|黑茶|黄油|白糖|红糖|黑糖|黑胡椒|白胡椒|红豆|绿豆|黄豆|黑豆|白板"
    r"|黑板|蓝牙|白醋|红枣|黄瓜|白菜|橙子|橙汁|橙味|金鱼|金枪鱼|银行|银联|银耳|红包|黑科技|红木|蓝光"
    r"|蓝莓|"
    r"黑莓|青椒|红薯|紫薯|白酱|黄桃|白葡萄|红葡萄|白巧克力|黑巧克力|黑巧|白兰地|红牛|白米|黑米|黑芝麻"
    r"|白芝麻|红外|紫外|绿植|绿萝|红烧|白噪音|白平衡|灰尘|粉底|粉饼|粉末|粉丝|面粉|奶粉|"
    r"蛋白粉|散粉|洗衣粉|花粉|痱子粉|粉刺|粉扑|红双喜|红米|蓝月亮|黄金|白金|红宝石|蓝宝石|翡翠|绿松石"
    r"|黑曜石|黑人|黑白调|红蜻蜓|红星|白色家电|黑胶|黑头|美白|亮白|漂白|增白|白天|空白|明白|白送|白领|"
    r"红领巾|红花|红参|红薯|黄芪|黄花|蓝纹|蓝图|青岛|青少年|橘子|橘猫|金属|基金|现金|资金|金额|奖金"
    r"|金融|押金|定金|黑五|黑户|黑色星期五|绿联|绿米|网红|口红|腮红|眼红|红点|一黑|小白鞋|白嫖"
    r"|绿色食品|绿色环保|茶色玻璃"
)
_ZH_SINGLE = "黑白灰红橙黄绿蓝紫粉棕褐"
_ZH_PAIR = compiled(
    r"[黑白灰红黄绿蓝紫粉棕]{2,5}(?=都|两|三|相间|拼|配色|撞色|的|也|色|任选|可选|均可|以外|之外|这[种些类三两]|那[种些])"
    r"|(?<=[,.;:!? 要选看了是除只换非买来带])[黑白灰红黄绿蓝紫粉棕]{2,5}"
    r"(?=\s*(?:\Z|[,.;!?]|以外|之外|就行|就好|吧|了|我|哪))"
    r"|(?<![黑白灰红黄绿蓝紫粉棕])[黑白灰红黄绿蓝紫粉棕]{3,5}(?![\u4e00-\u9fff])"
)
_ZH_ONE_EACH = compiled(r"一(?P<a>[黑白灰红黄绿蓝紫粉棕])[,、]?一(?P<b>[黑白灰红黄绿蓝紫粉棕])(?=\s*(?:\Z|[,.;!?的]))")
# 一双黑一双白: the next piece follows.
_ZH_NEXT_ONE = compiled(r"[一两二三四,]\s*[件双条个只台把顶套张]")
_ZH_MODIFIER = "深浅淡暗亮纯大正偏全"
_ZH_SINGLE_BEFORE = compiled(
    r"(?:\A"
    r"|[\s,.;:!?、和或跟与及\x1f\x1e的要选买找换成是个件条双款把台顶只套张对支除了不色看给配来么者上推拿发就])\Z"
)
_ZH_WORN = compiled(
    r"(?:[\u4e00-\u9fffa-z]{0,4}?)(?:衣|衫|裙|裤|鞋|靴|帽|袜|包|套|T恤|t恤|恤|外套|大衣|夹克|西装|毛衣"
    r"|风衣|背心|围巾|手套|领带|皮带|沙发|椅|窗帘|地毯|床单|被套|手机|耳机|键盘|鼠标|电脑|表|杯|壳|灯"
    r"|桌|柜|"
    r"毯|枕|箱|伞|袋|车|头盔|口红|眼镜|墨镜|毛巾|浴巾|拖鞋|眼影|马克杯|花瓶|锅|壶|款|版|色)"
)


class Colors:
    """Finds colour names in a message."""

    def __init__(self, lexicon: Lexicon) -> None:
        english: list[tuple[str, str]] = []
        chinese: list[tuple[str, str]] = []
        for concept in lexicon.concepts:
            if concept.kind != "color":
                continue
            english += [(form, concept.key) for form in (concept.key, *concept.en)]
            for form in concept.zh:
                chinese.append((form, concept.key))
                if not form.endswith(("色", "系")) and len(form) > 1:
                    chinese.append((form + "色", concept.key))
        self.words = frozenset(form.lower() for form, _ in english if " " not in form)
        self._english = Phrases(english)
        self._chinese = Phrases((form, key) for form, key in chinese if len(form) > 1)
        self._single = {"金": "gold", "银": "silver"} | {form: key for form, key in chinese if len(form) == 1}

    def find(self, low: str) -> list[Hit[str]]:
        """Every colour of a lower-case text with its basic name, from the left."""
        taken = [(m.start(), m.end()) for m in _NAMES.finditer(low)]
        out = [hit for hit in self._english.find(low) if not _inside(hit, taken)]
        out = self._unambiguous(low, out)
        han_taken = [(m.start(), m.end()) for m in _ZH_NAMES.finditer(low)]
        chinese = [
            hit
            for hit in self._chinese.find(low)
            if not _inside(hit, han_taken) and " " not in low[hit.start : hit.end]
        ]
        covered = han_taken + [(hit.start, hit.end) for hit in chinese]
        out += chinese + self._single_characters(low, covered)
        return sorted(out, key=lambda hit: hit.start)

    def _unambiguous(self, low: str, hits: list[Hit[str]]) -> list[Hit[str]]:
        kept: list[Hit[str]] = []
        for hit in hits:
            word = low[hit.start : hit.end]
            if word not in _AMBIGUOUS or word in _SAFE or self._in_color_place(low, hit, kept):
                kept.append(hit)
        return kept

    @staticmethod
    def _in_color_place(low: str, hit: Hit[str], kept: list[Hit[str]]) -> bool:
        """Whether a word like "cream" is said of a colour: "in cream", "cream sweater", "red or cream"."""
        if _AFTER_STRONG.match(low, hit.end) or _AFTER_WORN.match(low, hit.end):
            return True
        at_end = _AT_END.match(low, hit.end) is not None
        word = low[hit.start : hit.end]
        before = low[max(0, hit.start - 16) : hit.start]
        if at_end and _BEFORE.search(before) and not (word in _EATEN and _REFUSED.search(before)):
            return True
        if at_end and word not in _METALS and _ALONE.search(before) and (word not in _EATEN or not _tasted(low, word)):
            return True
        if at_end and word not in _TASTES and _CHOSEN.search(low[max(0, hit.start - 26) : hit.start]):
            return True
        if at_end and _OF_COLORS.search(low[max(0, hit.start - 60) : hit.start]):
            return True
        if word not in _TASTES and _WOULD.match(low, hit.end):
            return True
        joined = kept and _CONTINUES.fullmatch(low[kept[-1].end : hit.start]) is not None
        if joined and at_end:
            return True
        follows = re.match(
            r"\s*(?:,|or|and|&|/)\s*(black|white|grey|gray|red|green|blue|purple|pink|brown|yellow|silver"
            r"|navy)\b",
            low[hit.end : hit.end + 20],
        )
        return follows is not None or re.match(_ONLY_WORD.format(word=re.escape(word)), low) is not None

    def _single_characters(self, low: str, covered: list[tuple[int, int]]) -> list[Hit[str]]:
        """黑的, 白衬衫, 要红: a lone character is a colour only before 的 or a thing that is worn, or at the end."""
        out: list[Hit[str]] = []
        for match in _ZH_PAIR.finditer(low):
            if not any(s < match.end() and match.start() < e for s, e in covered):
                out += [Hit(i, i + 1, self._single[low[i]]) for i in range(*match.span()) if low[i] in self._single]
                covered = [*covered, match.span()]
        for match in _ZH_ONE_EACH.finditer(low):
            out += [Hit(match.start(g), match.end(g), self._single[match[g]]) for g in ("a", "b")]
            covered = [*covered, match.span()]
        for i, char in enumerate(low):
            if (char not in _ZH_SINGLE and not (char in "金银" and low[i - 1 : i] in "么者")) or any(
                s <= i < e for s, e in covered
            ):
                continue
            start = i - 1 if i and low[i - 1] in _ZH_MODIFIER else i
            after = low[i + 1 : i + 2]
            before_ok = start == 0 or _ZH_SINGLE_BEFORE.match(low[start - 1]) is not None
            if after in ("的", "色") and (before_ok or start < i):
                pass
            elif before_ok and (
                after in ("", ",", " ", "和", "或", "、", "/", "\x1f", "款", "!", "?", "吧", "就", "都", "各")
                or _ZH_WORN.match(low, i + 1)
                or _ZH_NEXT_ONE.match(low, i + 1)
                or low.startswith(("要么", "或者", "不要", "也不", "别"), i + 1)
            ):
                if after == "" and start == 0 and len(low) > 1:
                    pass
            else:
                continue
            end = i + 2 if after == "色" else i + 1
            key = self._single.get(char)
            if key:
                out.append(Hit(start, end, key))
        return out


def _tasted(low: str, word: str) -> bool:
    """Whether an edible shade in a list may be a taste, or a plant, and no colour."""
    return word in _TASTES or any(match.group() != word for match in _TASTED.finditer(low))


def _inside(hit: Hit[str], spans: list[tuple[int, int]]) -> bool:
    return any(start < hit.end and hit.start < end for start, end in spans)
