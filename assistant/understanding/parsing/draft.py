"""A message while it is being read: cleaned once, then struck out piece by piece.

Knows how a raw message becomes text that patterns can be run over (width, control characters, traditional characters,
length). Knows nothing of what the words mean.
"""

from __future__ import annotations

import re
import unicodedata


def compiled(pattern: str) -> re.Pattern[str]:
    """``re.compile`` with ASCII classes, so that a word ends where Chinese begins: in 要size 42 there is a boundary."""
    return re.compile(pattern, re.ASCII)


MAX_CHARACTERS = 1200
"""What a message is read up to: a wish is short, and the cost of every pattern stays bounded."""

BREAK = "\x1f"
"""Stands where words were read that separate phrases (a price, a sort order)."""
GAP = "\x1e"
"""Stands where words were read inside a phrase (a colour before a noun): the phrase goes on."""

_TRADITIONAL = (
    "買賣條雙個這還點嗎麼種隻臺機電腦顯錶鍵盤鏡頭無線藍綠紅黃銀駝絲絨綿襯褲襪圍領帶項鍊鏈環釵錢幾塊間內價區預範從給選"
    "擇別過歐鎊圓萬億兩單貓豬鴨鵝雞魚麵飯湯鹽醬糧餅乾蘋檸鳳櫻蔥薑爐鍋壺濾淨熱風燈檯櫃墊簾傘燒園樹葉氣車輪騎馬籃網遊戲"
    "積樂畫筆書紙聽說讀寫學習質長輕軟緊鬆寬膠實鋼鐵鋁銅鑽劍槍護膚髮潔齒劑應該為與於並會來時現後開關進倉庫貨訂購評論較"
    "貴請問誰對錯體驗專業圖標準產廠國際聯繫絡號碼頁發門戶邊離運動減壓療藥寶嬰兒媽爺孫歲婦節禮燭廳廚衛陽臥鈴鋸釘鉗繩縫"
    "紉補蓋殼貼麥響譜鑼簫蕭貝壞變顏樣優劃滿額總數導覽讓將換當沒麗亞詢愛歡裝飾蝦櫥窩鹹轉傳統級層擋彈側啞蹤輔顆籠飼養龍"
    "鬚鬍灑噴霧濕曬劉韓達爾雲歷屬幫薦隨檔簡潤贊獎參觀藝慣廣場術鐘墻牆證詳許討課諾謝趙跡軍轎郵鄉醫針銷鋒錄鎖閱陣隊險頂"
    "須頻題願類飲駕驚鮮鳥龜舊虛蟲蠟衝製複見規視親觸訊記試詩話認誕語誤調談謎譯議豐負財賀賞賬趕趨軌載輩輸辦農適遲遠釋鈕"
    "鈔鉛銹鍛鏟鐮閃閉閒闊陳陸隱雜難靜頓頰頸飛駁騙驅髒鬧魯鴿鷹黨齊儀債傑傷僅儘兌凍凱剛創勁務勝勞匯協卻厭叢吳員啟喪嘗團"
    "報夠夢夾奪妝寧審尋屆嶺嶼幣廁張強彎徑復徵恆惡慮慶憂懷態戀戰拋挾捨掃掛採揚損搖搶撥擁擊擔據擠擺攜攝攪敗敵斷暫曉東極"
    "構樓橋檢權歸殺毀決沖況洶洩涼淚淺渦測溝溫滅滾漢漲濃濟瀏灣災煙煉營爛爭牽犧狀獨獲獻畢異癢盜盡監眾睜瞭矯磚確礎禦穩窮"
    "竊競築簽籌約納純細終組結絕經綜維編緣縣縮縱績織繞繪繳繼續罰羅義聖聞聲職肅脫腳臉臟臨興舉艦艱莊華薩蘭處裡裏覺"
)
_SIMPLIFIED = (
    "买卖条双个这还点吗么种只台机电脑显表键盘镜头无线蓝绿红黄银驼丝绒绵衬裤袜围领带项链链环钗钱几块间内价区预范从给选"
    "择别过欧镑圆万亿两单猫猪鸭鹅鸡鱼面饭汤盐酱粮饼干苹柠凤樱葱姜炉锅壶滤净热风灯台柜垫帘伞烧园树叶气车轮骑马篮网游戏"
    "积乐画笔书纸听说读写学习质长轻软紧松宽胶实钢铁铝铜钻剑枪护肤发洁齿剂应该为与于并会来时现后开关进仓库货订购评论较"
    "贵请问谁对错体验专业图标准产厂国际联系络号码页发门户边离运动减压疗药宝婴儿妈爷孙岁妇节礼烛厅厨卫阳卧铃锯钉钳绳缝"
    "纫补盖壳贴麦响谱锣箫萧贝坏变颜样优划满额总数导览让将换当没丽亚询爱欢装饰虾橱窝咸转传统级层挡弹侧哑踪辅颗笼饲养龙"
    "须胡洒喷雾湿晒刘韩达尔云历属帮荐随档简润赞奖参观艺惯广场术钟墙墙证详许讨课诺谢赵迹军轿邮乡医针销锋录锁阅阵队险顶"
    "须频题愿类饮驾惊鲜鸟龟旧虚虫蜡冲制复见规视亲触讯记试诗话认诞语误调谈谜译议丰负财贺赏账赶趋轨载辈输办农适迟远释钮"
    "钞铅锈锻铲镰闪闭闲阔陈陆隐杂难静顿颊颈飞驳骗驱脏闹鲁鸽鹰党齐仪债杰伤仅尽兑冻凯刚创劲务胜劳汇协却厌丛吴员启丧尝团"
    "报够梦夹夺妆宁审寻届岭屿币厕张强弯径复征恒恶虑庆忧怀态恋战抛挟舍扫挂采扬损摇抢拨拥击担据挤摆携摄搅败敌断暂晓东极"
    "构楼桥检权归杀毁决冲况汹泄凉泪浅涡测沟温灭滚汉涨浓济浏湾灾烟炼营烂争牵牺状独获献毕异痒盗尽监众睁了矫砖确础御稳穷"
    "窃竞筑签筹约纳纯细终组结绝经综维编缘县缩纵绩织绕绘缴继续罚罗义圣闻声职肃脱脚脸脏临兴举舰艰庄华萨兰处里里觉"
)
_SPACES = compiled(r"[ \t]{3,}")
_TO_SIMPLIFIED = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
_PLAIN = str.maketrans(
    "’‘‛`´“”„″–—―−﹣～〜∼。、；，：？！（）【】［］《》「」『』…", '\'\'\'\'\'""""-----~~~.、;,:?!()[][]<>"""".'
)


def clean(text: str) -> str:
    """The message as patterns read it: half-width, simplified, no control characters, bounded in length."""
    out = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])[:MAX_CHARACTERS]
    out = out.translate(_PLAIN).translate(_TO_SIMPLIFIED)
    return _SPACES.sub("  ", "".join(_printable(char) for char in out))


def _printable(char: str) -> str:
    if char == "\n" or char == "\r":
        return "\n"
    # Control, format, surrogate and private characters (Cc, Cf, Cs, Co, Cn) carry no wish.
    return " " if unicodedata.category(char)[0] == "C" else char


def lower(text: str) -> str:
    """Lower case without accents, character by character, so that positions stay those of ``text``."""
    if text.isascii():
        return text.lower()
    return "".join(_lower_char(char) for char in text)


def _lower_char(char: str) -> str:
    if char.isascii() or "\u3400" <= char <= "\u9fff":
        return char.lower()
    low = unicodedata.normalize("NFD", char.lower())
    return low[0] if len(low) == 1 or unicodedata.combining(low[1]) else char


class Draft:
    """A cleaned message and what is left of it to read. One owner: the parse it belongs to."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.low = lower(text)
        self.left = self.low

    def strike(self, start: int, end: int, mark: str = BREAK) -> None:
        """Mark ``[start, end)`` as read."""
        self.left = self.left[:start] + mark * (end - start) + self.left[end:]

    def strike_all(self, pattern: re.Pattern[str], mark: str = BREAK) -> bool:
        """Mark every match of ``pattern`` as read; says whether there was one."""
        found = False
        for match in pattern.finditer(self.left):
            self.strike(match.start(), match.end(), mark)
            found = True
        return found

    def written(self, start: int, end: int) -> str:
        """The shopper's own spelling of a span."""
        return self.text[start:end]
