"""Which words name product types: the lexicon's forms, looked up at an end or a beginning of a phrase, typos forgiven.

Knows surface forms only. Knows nothing of sentences; the two grammars ask it whether a phrase they found is a thing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.lexicon import Lexicon, fold, singular, words
from assistant.lexicon.spelling import Mender
from assistant.understanding.parsing.draft import compiled
from assistant.understanding.parsing.properties_zh import ChineseProperties

_HAN = compiled(r"[\u3400-\u9fff]")
_LONGEST = 10
# Characters that sound alike and are typed for one another; the first of a pair may be any of its group.
_HOMOPHONES = (
    "线先现限县 机鸡积基击激 苹平评瓶凭 果过裹 耳尔而 宝保饱包堡 鞋协邪 裤库酷 裙群 衣一医依 "
    "帽冒貌 袜瓦 灯登蹬 椅以倚已 桌捉卓 床创窗 垫店电殿 壶湖胡糊 锅郭国 杯背贝 盒合和河 盘盼 "
    "键件建健 鼠署属 标彪 屏瓶 膜磨模摩 壳科克 充冲 器气汽七 箱相香想乡 柜贵 镜静境 表标 笔比 "
    "琴勤 球求 拍排 车扯 伞散 巾斤金今 枕诊 被备 毯坦 刀到 剪减 霜双 乳如 露路 粉分 油游由 "
    "茶查 酒九 米迷 面眠 糖唐 奶乃 书叔 纸只指 包苞 手守首 饰是 套讨 吉几 他它她塔 链连联 "
    "项向相 戒介界 环还 手首 洗喜 衣依 吹炊 风峰 水睡 热惹 扇善 音因 响想 投头 影引 仪移宜 "
    "脑恼 视是 剃替 须需 牙芽 刷耍 膏高糕 运孕 动洞 帐账 篷棚蓬"
).split()


class ProductForms:
    """The product names of a lexicon, in both languages."""

    def __init__(self, lexicon: Lexicon) -> None:
        english: set[tuple[str, ...]] = set()
        chinese: set[str] = set()
        for concept in lexicon.concepts:
            if concept.kind != "product":
                continue
            for form in concept.forms:
                folded = fold(form)
                if _HAN.search(folded):
                    chinese.add(folded.replace(" ", ""))
                else:
                    english.add(tuple(token for token, _, _ in words(folded)))
        self.properties = ChineseProperties(lexicon)
        self._english = frozenset(key for key in english if key)
        self._chinese = frozenset(chinese)
        self.english_words = frozenset(word for key in self._english for word in key)
        self._mender = Mender(self.english_words, shortest=5)
        self._alike: dict[str, str] = {}
        for group in _HOMOPHONES:
            for char in group:
                self._alike[char] = self._alike.get(char, "") + group

    def is_english(self, tokens: Sequence[str]) -> bool:
        """Whether these words, plural apart, are a product name."""
        return tuple(singular(t.removesuffix("'s")) for t in self._split(tokens)) in self._english

    def english_suffix(self, tokens: Sequence[str], *, exact: bool = False) -> int:
        """How many words at the end of a phrase are a product name; unless ``exact``, misspelt words count as meant."""
        parts = [singular(t.removesuffix("'s")) for t in self._split(tokens)]
        for attempt in (parts,) if exact else (parts, [self._mend(part) for part in parts]):
            for n in range(min(len(attempt), 6), 0, -1):
                if tuple(attempt[-n:]) in self._english:
                    return n
        return 0

    def english_prefix(self, tokens: Sequence[str]) -> int:
        """How many words at the beginning of a phrase are a product name."""
        parts = [singular(t.removesuffix("'s")) for t in tokens]
        for n in range(min(len(parts), 6), 0, -1):
            if tuple(parts[:n]) in self._english:
                return n
        return 0

    @staticmethod
    def _split(tokens: Sequence[str]) -> list[str]:
        return [part for token in tokens for part in re.split(r"[-/&+]", token) if part]

    def _mend(self, word: str) -> str:
        if len(word) < 5 or word in self.english_words:
            return word
        return self._mender.mend(word) or word

    def chinese_at(self, text: str, at: int) -> int:
        """The length of the longest product name that begins at ``at``; 0 where there is none."""
        for n in range(min(_LONGEST, len(text) - at), 0, -1):
            if text[at : at + n] in self._chinese:
                return n
        return 0

    def chinese_suffix(self, text: str, *, exact: bool = False) -> int:
        """The length of the longest product name at the end of ``text``; 0 where there is none.

        Unless ``exact``, characters typed for ones that sound alike are forgiven.
        """
        for n in range(min(_LONGEST, len(text)), 0, -1):
            if text[-n:] in self._chinese:
                return n
        if exact:
            return 0
        lengths = range(min(6, len(text)), 1, -1)
        return next((n for n in lengths if self._sound_alike(text[-n:]) is not None), 0)

    def chinese_inside(self, text: str) -> bool:
        """Whether a product name of two characters or more stands anywhere in ``text``."""
        return any(self.chinese_at(text, i) > 1 for i in range(len(text)))

    def correct(self, text: str) -> str:
        """A product name with slips mended ("sandels" → "sandals", 充电先 → 充电线); others unchanged."""
        low = fold(text).strip()
        if _HAN.search(low):
            n = self.chinese_suffix(low)
            if n and low[-n:] not in self._chinese:
                return low[:-n] + (self._sound_alike(low[-n:]) or low[-n:])
            return text
        return re.sub(r"[A-Za-z]{5,}", lambda m: self._mend_written(m.group()), text)

    def _mend_written(self, word: str) -> str:
        base = singular(word.lower())
        mended = self._mend(base)
        if mended == base:
            return word
        return mended + ("s" if word.lower().endswith("s") and not mended.endswith("s") else "")

    def _sound_alike(self, text: str) -> str | None:
        for i, char in enumerate(text):
            for other in self._alike.get(char, ""):
                if other != char and (candidate := text[:i] + other + text[i + 1 :]) in self._chinese:
                    return candidate
        return None
